package hframes_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/chrome"
)

// BenchmarkPreviewBesideOfficial times edits: from the rename that puts the new file in its place to the first frame of
// the browser that shows the new content, under our preview and under the official one. Both show the same film at the
// same second in the same browser, both are warm, and an edit waits until all that the last one set off is done. It
// reports the median and the 95th percentile in ms, in how many edits of a hundred a frame showed neither the old nor
// the new picture, and how many times longer the official preview took.
func BenchmarkPreviewBesideOfficial(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "hframes")
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "./cmd/hframes").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	br, err := chrome.Start(b.Context(), chrome.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(br.Close)
	for _, c := range []struct {
		edit   string
		scenes int
	}{{"css", 10}, {"text", 10}, {"text", 100}} {
		var ours float64
		name := fmt.Sprintf("%s/scenes=%d/", c.edit, c.scenes)
		b.Run(name+"hframes", func(b *testing.B) {
			ours = timeEdits(b, br, oursPreview(b, bin, c.edit, c.scenes))
		})
		b.Run(name+"official", func(b *testing.B) {
			if theirs := timeEdits(b, br, officialPreview(b, c.edit, c.scenes)); ours > 0 {
				b.ReportMetric(theirs/ours, "times-longer")
			}
		})
	}
}

// timeEdits makes one edit in each round of the benchmark and reports what it took. It returns the median in ms.
func timeEdits(b *testing.B, br *chrome.Browser, e editable) float64 {
	w := watchPreview(b, br, e)
	var took []time.Duration
	flashes, next := 0, 1
	for b.Loop() {
		if e.most > 0 && len(took) >= e.most {
			continue
		}
		d, flashed := w.edit(next)
		took = append(took, d)
		if flashed {
			flashes++
		}
		next = 1 - next
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[(len(took)*95+99)/100-1]), "p95-ms")
	b.ReportMetric(100*float64(flashes)/float64(len(took)), "%flashed")
	return ms(took[len(took)/2])
}

// The second of the film that is looked at: the first scene stands still there.
const lookAt = 1.5

// The two texts of the first heading. Each has its ink where the other has none, and a blank picture is like neither.
const headingA, headingB = "MMMM iii", "iii MMMM"

// The two colours of the first scene's ground, both far from white and from the theme's own ground.
const groundA, groundB = "#14304f", "#4f8a3c"

// An editable is a running preview, its page and a file in two versions.
type editable struct {
	url      string
	file     string
	versions func() [2][]byte // read once the page shows the film
	most     int              // edits that are made, 0 = one a round
}

// swapped returns a text and the same with every a for a b and the other way round.
func swapped(data []byte, a, b string) [2][]byte {
	other := strings.NewReplacer(a, b, b, a).Replace(string(data))
	return [2][]byte{data, []byte(other)}
}

// writeDeck writes a deck of n scenes, the first of them in a layout of the project's own.
func writeDeck(b *testing.B, n int) (dir string) {
	b.Helper()
	dir = filepath.Join(b.TempDir(), "film")
	deck := strings.Replace(generated(n), "## Part 0 of the story", "## "+headingA+" {.plain}", 1)
	deck = strings.Replace(deck, "---\n", "---\ntransition: cut\n", 1)
	if !strings.Contains(deck, headingA) {
		b.Fatal("the generated deck has no heading to edit")
	}
	writeFile(b, filepath.Join(dir, hframes.Deck), []byte(deck))
	layout := filepath.Join(dir, "templates/layouts/plain")
	writeFile(b, filepath.Join(layout, "layout.yaml"), []byte("description: A heading on a ground.\n\naccepts: [list]\n"))
	writeFile(b, filepath.Join(layout, "layout.html"), []byte(`<div class="plain"><h2 id="{{.ID}}-title" class="display">{{.Title}}</h2></div>`+"\n"))
	writeFile(b, filepath.Join(layout, "style.css"), []byte(ground(".plain", groundA)+".plain h2 {\n  color: #fff;\n  font-size: calc(var(--u) * 260);\n}\n"))
	return dir
}

func ground(selector, colour string) string {
	return selector + " {\n  position: absolute;\n  inset: 0;\n  background: " + colour + ";\n}\n"
}

// oursPreview starts our preview of a deck.
func oursPreview(b *testing.B, bin, edit string, scenes int) editable {
	b.Helper()
	dir := writeDeck(b, scenes)
	cmd := exec.CommandContext(b.Context(), bin, "preview", dir, "--json", "--port", "0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	startServer(b, cmd)
	var started struct{ URL string }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &started)
	}
	if err != nil || started.URL == "" {
		b.Fatalf("the preview printed %q: %v\n%s", line, err, cmd.Stderr)
	}
	e := editable{url: fmt.Sprintf("%s#t=%g", started.URL, lookAt), file: filepath.Join(dir, hframes.Deck)}
	a, other := headingA, headingB
	if edit == "css" {
		e.file, a, other = filepath.Join(dir, "templates/layouts/plain/style.css"), groundA, groundB
	}
	e.versions = func() [2][]byte { return swapped(readFile(b, e.file), a, other) }
	return e
}

// officialPreview starts the official preview of the same film, built as an author would keep it: not minified, with a
// stylesheet of its own beside it.
func officialPreview(b *testing.B, edit string, scenes int) editable {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "film")
	writeReadable(b, writeDeck(b, scenes), dir)
	index := filepath.Join(dir, "index.html")
	linked := strings.Replace(string(readFile(b, index)), "</head>", `<link rel="stylesheet" href="style.css"></head>`, 1)
	writeFile(b, index, []byte(linked))
	style := filepath.Join(dir, "style.css")
	writeFile(b, style, []byte(strings.Replace(ground(".plain", groundA), groundA, groundA+" !important", 1)))

	port := freePort(b)
	cmd := officialCommand(b, "hyperframes", "preview", dir, "--no-open", "--foreground", "--force-new", "--port", fmt.Sprint(port))
	startServer(b, cmd)
	origin := fmt.Sprintf("http://127.0.0.1:%d/", port)
	waitFor(b, "the official preview to answer", func() bool {
		res, err := http.Get(origin)
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	})
	e := editable{url: fmt.Sprintf("%s#project/%s?v=1&t=%g", origin, filepath.Base(dir), lookAt), file: style}
	if scenes > 10 { // an edit of a hundred scenes was seen to take it 13 to 18 s
		e.most = 3
	}
	e.versions = func() [2][]byte { return swapped(readFile(b, style), groundA, groundB) }
	if edit == "text" {
		e.file = fileWith(b, filepath.Join(dir, "compositions"), headingA)
		// It writes its ids into the files that it shows. An edit that took them out would be two changes.
		e.versions = func() [2][]byte {
			waitFor(b, "the official preview to write its ids", func() bool { return bytes.Contains(readFile(b, e.file), []byte("data-hf-id")) })
			return swapped(readFile(b, e.file), headingA, headingB)
		}
	}
	return e
}

// writeReadable builds a deck, not minified, into dir.
func writeReadable(b *testing.B, deck, dir string) {
	b.Helper()
	p, err := hframes.Open(deck, hframes.Options{NoMinify: true})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	film, err := p.Build(context.Background())
	if err == nil {
		err = film.Bundle.WriteDir(dir)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// startServer starts a program that ends with the benchmark. What it writes is kept for an error to show.
func startServer(b *testing.B, cmd *exec.Cmd) {
	b.Helper()
	if cmd.Stdout == nil {
		cmd.Stdout = &bytes.Buffer{}
	}
	cmd.Stderr = &bytes.Buffer{}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { cmd.Wait() }) // its context has ended by then
}

func freePort(b testing.TB) int {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func readFile(b *testing.B, path string) []byte {
	b.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// fileWith returns the file of a folder that contains a text.
func fileWith(b *testing.B, dir, text string) string {
	b.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		if bytes.Contains(readFile(b, f), []byte(text)) {
			return f
		}
	}
	b.Fatalf("no file in %s contains %q", dir, text)
	return ""
}

// patience is the longest wait for anything, perLook for one edit of a page that may not be ready yet.
const patience, perLook = 3 * time.Minute, 90 * time.Second

// waitFor polls for a condition.
func waitFor(b *testing.B, what string, done func() bool) {
	b.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("waited in vain for %s", what)
		}
	}
}

// A previewWatch looks at the frames of a preview's page.
type previewWatch struct {
	b        *testing.B
	page     *chrome.Page
	frames   <-chan chrome.Frame
	file     string
	temp     string // where a version is written before it is renamed
	versions [2][]byte
	film     image.Rectangle // where the film is in a frame
	mask     []image.Point   // where the two versions differ
	pictures [2]*image.Gray  // how they look
	apart    float64         // how far they are from each other
	last     *image.Gray     // the last frame
}

// The frames are half the size of the page: what differs between the two versions is still thousands of pixels.
const pageWidth, pageHeight, frameScale = 1280, 800, 2

// watchPreview opens the page of a preview and learns how the two versions of the file look, by making the edits. The
// preview is warm then.
func watchPreview(b *testing.B, br *chrome.Browser, e editable) *previewWatch {
	b.Helper()
	p, err := br.Page(b.Context(), chrome.PageOptions{Width: pageWidth, Height: pageHeight})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.Close)
	if err := p.Navigate(b.Context(), e.url); err != nil {
		b.Fatal(err)
	}
	w := &previewWatch{b: b, page: p, file: e.file, temp: filepath.Join(b.TempDir(), "next")}
	waitFor(b, "a film in the page", w.locate)
	w.versions = e.versions()
	cast, err := p.Screencast(b.Context(), chrome.Format{Type: "jpeg", Quality: 80}, pageWidth/frameScale, pageHeight/frameScale)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cast.Stop)
	w.frames = cast.Frames
	w.learn()
	return w
}

// locate finds the film in the page.
func (w *previewWatch) locate() bool {
	w.b.Helper()
	var at []int
	if err := w.page.Eval(w.b.Context(), largestFrame, &at); err != nil {
		w.b.Fatal(err)
	}
	if len(at) != 4 || at[2]-at[0] < 200 {
		return false
	}
	w.film = image.Rect(at[0]/frameScale, at[1]/frameScale, at[2]/frameScale, at[3]/frameScale)
	return true
}

// largestFrame is JavaScript: the corners of the largest iframe in sight, in CSS px, inside shadow roots included.
const largestFrame = `(function () {
  let best = [], most = 0;
  (function walk(root) {
    for (const e of root.querySelectorAll("*")) {
      if (e.shadowRoot) walk(e.shadowRoot);
      if (e.tagName !== "IFRAME") continue;
      const r = e.getBoundingClientRect();
      const box = [Math.max(r.left, 0), Math.max(r.top, 0), Math.min(r.right, innerWidth), Math.min(r.bottom, innerHeight)].map(Math.round);
      const area = Math.max(box[2] - box[0], 0) * Math.max(box[3] - box[1], 0);
      if (area > most) { most = area; best = box; }
    }
  })(document);
  return best;
})()`

// learn edits until each version looks the same twice and unlike the other.
func (w *previewWatch) learn() {
	w.b.Helper()
	end := time.Now().Add(patience)
	for !w.still(2*quiet, w.shown) { // its place may move while the page is built up
		if w.locate(); time.Now().After(end) {
			w.b.Fatal("the preview does not show the film")
		}
	}
	first := w.last
	for {
		second := w.look(1, first)
		again := w.look(0, second)
		w.mask = w.differing(again, second)
		w.apart = w.distance(again, second)
		if w.distance(w.look(1, again), second) < w.apart/10 && w.distance(w.look(0, second), again) < w.apart/10 {
			w.pictures = [2]*image.Gray{again, second}
			return
		}
		if first = w.last; time.Now().After(end) {
			w.b.Fatalf("the film does not follow its file (%d pixels, %.0f apart)", len(w.mask), w.apart)
		}
	}
}

// shown reports whether a frame has the first scene in the film's place: its lower half is the ground, and nothing else.
func (w *previewWatch) shown(_ time.Time, m *image.Gray) bool {
	ground := color.GrayModel.Convert(color.RGBA{0x14, 0x30, 0x4f, 0xff}).(color.Gray)
	for y := w.film.Min.Y + w.film.Dy()/2; y < w.film.Max.Y-w.film.Dy()/8; y++ {
		for x := w.film.Min.X + w.film.Dx()/8; x < w.film.Max.X-w.film.Dx()/8; x++ {
			if d := int(m.GrayAt(x, y).Y) - int(ground.Y); max(d, -d) > 8 {
				return false
			}
		}
	}
	return true
}

// look puts a version in place and returns the picture that is there once it differs from the last one and nothing
// changes any more. It gives up after perLook: a page that is not yet ready may miss an edit.
func (w *previewWatch) look(version int, last *image.Gray) *image.Gray {
	w.b.Helper()
	w.put(version)
	w.still(perLook, func(_ time.Time, m *image.Gray) bool { return len(w.differing(m, last)) > 1000 })
	return w.last
}

// differing returns where two pictures of the film differ clearly.
func (w *previewWatch) differing(a, b *image.Gray) (at []image.Point) {
	for y := w.film.Min.Y; y < w.film.Max.Y; y++ {
		for x := w.film.Min.X; x < w.film.Max.X; x++ {
			if difference(a, b, image.Pt(x, y)) > 30 {
				at = append(at, image.Pt(x, y))
			}
		}
	}
	return at
}

// distance is the mean difference in brightness of two pictures, 0–255, where the two versions differ.
func (w *previewWatch) distance(a, b *image.Gray) float64 {
	sum := 0
	for _, at := range w.mask {
		sum += difference(a, b, at)
	}
	return float64(sum) / float64(max(len(w.mask), 1))
}

func difference(a, b *image.Gray, at image.Point) int {
	d := int(a.GrayAt(at.X, at.Y).Y) - int(b.GrayAt(at.X, at.Y).Y)
	return max(d, -d)
}

// put writes a version beside the project and renames it into its place. It returns the moment before the rename.
func (w *previewWatch) put(version int) time.Time {
	w.b.Helper()
	writeFile(w.b, w.temp, w.versions[version])
	began := time.Now()
	if err := os.Rename(w.temp, w.file); err != nil {
		w.b.Fatal(err)
	}
	return began
}

// edit puts a version in place and returns how long it took to be seen, and whether a frame was like neither version.
func (w *previewWatch) edit(version int) (took time.Duration, flashed bool) {
	w.b.Helper()
	began := w.put(version)
	ok := w.still(patience, func(at time.Time, m *image.Gray) bool {
		switch {
		case w.distance(m, w.pictures[version]) < w.apart/4:
			if took == 0 && at.After(began) {
				took = at.Sub(began)
			}
		case w.distance(m, w.pictures[1-version]) >= w.apart/4:
			flashed = true
		}
		return took > 0
	})
	if !ok {
		w.b.Fatal("an edit was never seen, or the page never came to rest")
	}
	return took, flashed
}

// quiet is how long nothing must change in the whole page for an edit to count as done. The official preview puts off
// what comes within 0.3 s of a change.
const quiet = time.Second

// still reads frames until none has come for the time of quiet, and keeps the last one. Each is shown to see, which
// says whether what it waits for has come. It reports false when that takes longer than limit.
func (w *previewWatch) still(limit time.Duration, see func(time.Time, *image.Gray) bool) bool {
	w.b.Helper()
	late := time.NewTimer(limit)
	defer late.Stop()
	seen := see == nil || w.last != nil && see(time.Time{}, w.last)
	for {
		pause := time.NewTimer(quiet)
		select {
		case f, ok := <-w.frames:
			if !ok {
				w.b.Fatal("the page is gone")
			}
			w.last = brightness(w.b, f.Data)
			if see != nil {
				seen = see(f.At, w.last)
			}
		case <-pause.C:
			if seen && w.last != nil {
				return true
			}
		case <-late.C:
			return false
		}
		pause.Stop()
	}
}

// brightness decodes a JPEG, without its colours.
func brightness(b *testing.B, data []byte) *image.Gray {
	b.Helper()
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	if c, ok := m.(*image.YCbCr); ok {
		return &image.Gray{Pix: c.Y, Stride: c.YStride, Rect: c.Rect}
	}
	gray := image.NewGray(m.Bounds())
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			gray.SetGray(x, y, color.GrayModel.Convert(m.At(x, y)).(color.Gray))
		}
	}
	return gray
}
