package hframes_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"math"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/preview"
	"github.com/hframes/hframes/render"
)

// starts starts a preview of a deck, and returns where it is and what stops it, which the end of the test does too.
func starts(t testing.TB, deck string, o preview.Options) (preview.Address, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan preview.Address, 1), make(chan error, 1)
	o.Open = func(size string) (*hframes.Project, error) { return hframes.Open(deck, hframes.Options{Size: size}) }
	o.Ready = func(a preview.Address) { ready <- a }
	go func() { ended <- preview.Run(ctx, o) }()
	select {
	case at := <-ready:
		stop := sync.OnceFunc(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		t.Cleanup(stop)
		return at, stop
	case err := <-ended:
		cancel()
		t.Fatal(err)
	}
	panic("unreachable")
}

// serves starts a preview of a deck and returns its address. Places in it are links to the editor "edit:".
func serves(t testing.TB, deck string, built func(preview.Report)) preview.Address {
	t.Helper()
	at, _ := starts(t, deck, preview.Options{Editor: "edit:{path}:{line}:{column}", Built: built})
	return at
}

// chromium starts a browser for a test.
func chromium(t testing.TB) *chrome.Browser {
	t.Helper()
	b, err := chrome.Start(context.Background(), chrome.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// opens opens an address in a window of that size.
func opens(t testing.TB, b *chrome.Browser, url string, width, height int) *chrome.Page {
	t.Helper()
	page, err := b.Page(context.Background(), chrome.PageOptions{Width: width, Height: height})
	if err != nil {
		t.Fatal(err)
	}
	if err := page.Navigate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	return page
}

// shows starts a preview of a deck, and a browser with its page in a window of that size.
func shows(t testing.TB, deck string, width, height int) *chrome.Page {
	t.Helper()
	at := serves(t, deck, nil)
	return opens(t, chromium(t), at.URL, width, height)
}

// until waits until an expression is true in a page.
func until(t testing.TB, page *chrome.Page, expression string) {
	t.Helper()
	var ok bool
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err := page.Eval(t.Context(), "!!("+expression+")", &ok); err == nil && ok {
			return
		}
	}
	t.Fatalf("never true: %s", expression)
}

// alone opens a preview in a window in which the picture of the film has its own size, width × height px, and returns
// where in the window it is.
func alone(t testing.TB, deck string, width, height int) (*chrome.Page, image.Rectangle) {
	t.Helper()
	room := func(page *chrome.Page) (at [4]float64) {
		until(t, page, `document.querySelector(".stage[data-time]")`)
		for _, of := range []string{".views", ".stage"} {
			js := fmt.Sprintf(`(() => { const b = document.querySelector(%q).getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })()`, of)
			if err := page.Eval(t.Context(), js, &at); err != nil {
				t.Fatal(err)
			}
			if of == ".views" && int(at[2]) != width {
				return at
			}
		}
		return at
	}
	const more = 500
	page := shows(t, deck, width+more, height+more)
	at := room(page)
	page = shows(t, deck, width+more+width-int(at[2]), height+more+height-int(at[3]))
	at = room(page)
	if int(at[2]) != width || int(at[3]) != height {
		t.Fatalf("the picture is %v", at)
	}
	return page, image.Rect(0, 0, width, height).Add(image.Pt(int(at[0]), int(at[1])))
}

// stillAt sends the preview to a time in seconds, and returns a picture of that part of the page.
func stillAt(t testing.TB, page *chrome.Page, part image.Rectangle, at float64) string {
	t.Helper()
	if err := page.Eval(t.Context(), fmt.Sprintf(`location.hash = "t=%.6f"`, at), nil); err != nil {
		t.Fatal(err)
	}
	until(t, page, fmt.Sprintf(`Math.abs(document.querySelector(".stage").dataset.time - %.6f) < 0.002`, at))
	shot, err := page.Screenshot(t.Context(), chrome.PNG)
	if err != nil {
		t.Fatal(err)
	}
	all, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, all.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(part)); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "still.png")
	writeFile(t, name, out.Bytes())
	return name
}

// filmPSNR compares a picture with a frame of a film as the film stores it, with half of the colour in each direction. In dB.
func filmPSNR(t testing.TB, still, file string, frame int) float64 {
	t.Helper()
	tools, err := ffmpeg.Find("")
	if err != nil {
		t.Fatal(err)
	}
	const film = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p"
	graph := fmt.Sprintf("[0]%s[a];[1]select=eq(n\\,%d)[b];[a][b]psnr", film, frame)
	out, err := exec.Command(tools.FFmpeg, "-i", still, "-i", file, "-lavfi", graph, "-frames:v", "1", "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, rest, ok := strings.Cut(string(out), "average:")
	if !ok {
		t.Fatalf("no PSNR in\n%s", out)
	}
	word, _, _ := strings.Cut(rest, " ")
	if word == "inf" {
		return math.Inf(1)
	}
	db, err := strconv.ParseFloat(word, 64)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// What the preview shows is what the local render makes of the same time.
func TestPreviewMatchesRender(t *testing.T) {
	const deck, fps = "examples/launch", 2
	p, err := hframes.Open(deck, hframes.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	film, err := p.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	runtime, err := p.Runtime(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "film.mp4")
	made, err := render.Local(t.Context(), film.Bundle.FS(), film.Bundle.Entry, file, render.Options{FPS: fps, Quality: "high", Runtime: runtime})
	if err != nil {
		t.Fatal(err)
	}
	page, part := alone(t, deck, 1920, 1080)
	for i := range 10 {
		frame := 3 + i*(made.Frames-6)/9
		got := filmPSNR(t, stillAt(t, page, part, float64(frame)/fps), file, frame)
		t.Logf("at %.1f s: %.1f dB", float64(frame)/fps, got)
		if got < 45 || math.IsNaN(got) {
			t.Errorf("at %.1f s: %.1f dB, want 45", float64(frame)/fps, got)
		}
	}
}

// eval runs JavaScript in a page.
func eval(t testing.TB, page *chrome.Page, js string) {
	t.Helper()
	if err := page.Eval(t.Context(), js, nil); err != nil {
		t.Fatalf("%s: %v", js, err)
	}
}
