package render

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/ffmpeg"
)

// still is a film of one second that does not move. head goes into its head, body into its root, attrs onto its root.
func still(head, body, attrs string) string {
	return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title>` + head + `</head><body>` +
		`<div id="root" data-composition-id="main" data-start="0" ` + attrs + `>` + body + `</div></body></html>`
}

const small = `data-no-timeline data-duration="0.5" data-width="64" data-height="36"`

// fails renders a film that cannot be rendered, and returns why. Nothing may appear at its place.
func fails(t *testing.T, src fstest.MapFS, o Options) error {
	t.Helper()
	dir := t.TempDir()
	o.Runtime = official(t)
	o.Quality = "draft"
	_, err := Local(t.Context(), src, "index.html", filepath.Join(dir, "film.mp4"), o)
	if err == nil {
		t.Fatal("no error")
	}
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("%s was left behind", files[0].Name())
	}
	return err
}

// A film that does not get ready is an error that names what is missing and what the page said.
func TestNotReady(t *testing.T) {
	t.Parallel()
	short := Options{ready: 3 * time.Second}
	for _, c := range []struct {
		name, page string
		o          Options
		missing    []string
		says       string
	}{
		{"timeline", still("", "", `data-duration="1" data-width="64" data-height="36"`), short, []string{`timeline "main"`}, ""},
		{"exception", still("", "<script>nonsense.call()</script>", `data-duration="1" data-width="64" data-height="36"`), Options{}, []string{`timeline "main"`}, "exception: ReferenceError: nonsense is not defined (index.html:1:"},
		{"script", still(`<script src="gone.js"></script>`, "", `data-duration="1" data-width="64" data-height="36"`), Options{}, []string{`timeline "main"`}, "failed: status 404 (gone.js)"},
		{"library from elsewhere", still(`<script src="https://cdn.example.com/gsap.js"></script>`, "", `data-duration="1" data-width="64" data-height="36"`), Options{}, []string{`timeline "main"`}, "blocked: the page may only use its own files (https://cdn.example.com/gsap.js)"},
		{"duration", still("", "", `data-no-timeline data-width="64" data-height="36"`), short, []string{"a duration greater than 0"}, ""},
		{"endless script", still("", "<script>console.error('here'); for (;;) {}</script>", small), Options{Patience: 2 * time.Second}, []string{"an answer of the page: a script may run without end"}, "console error: here"},
		{"endless callback", still("", "<script>setTimeout(() => { for (;;) {} })</script>", small), Options{Patience: 2 * time.Second}, []string{"an answer of the page: a script may run without end"}, ""},
		{"console", still("<script>console.error('two', 2)</script>", "", `data-duration="1" data-width="64" data-height="36"`), short, []string{`timeline "main"`}, "console error: two 2 (index.html:1:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := fails(t, fstest.MapFS{"index.html": {Data: []byte(c.page)}}, c.o)
			var nr *NotReady
			if !errors.As(err, &nr) {
				t.Fatalf("error %v", err)
			}
			if fmt.Sprint(nr.Missing) != fmt.Sprint(c.missing) {
				t.Errorf("missing %q, want %q", nr.Missing, c.missing)
			}
			if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "missing "+c.missing[0]) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// What is wrong before anything starts.
func TestWrongInput(t *testing.T) {
	t.Parallel()
	page := func(attrs string) fstest.MapFS {
		return fstest.MapFS{"index.html": {Data: []byte(still("", "", attrs))}}
	}
	good := page(small)
	for _, c := range []struct {
		src  fstest.MapFS
		o    Options
		want string
	}{
		{fstest.MapFS{}, Options{}, "read entry page: open index.html: file does not exist"},
		{fstest.MapFS{"index.html": {Data: []byte("<p>")}}, Options{}, "index.html: no element with data-composition-id"},
		{page(`data-width="64"`), Options{}, "index.html: the root composition has no data-height"},
		{page(`data-width="wide" data-height="36"`), Options{}, `index.html: data-width "wide" is not a number of pixels from 1 to 16384`},
		{page(small + ` data-fps="fast"`), Options{}, `index.html: data-fps: "fast" is not a frame rate from 1 to 240`},
		{good, Options{FPS: 241}, "241 frames a second: the number goes from 1 to 240"},
		{good, Options{Quality: "best"}, `unknown quality "best": draft, standard or high`},
		{good, Options{Workers: 17}, "17 workers: the number goes from 1 to 16"},
	} {
		o := c.o
		o.Runtime = []byte("x")
		_, err := Local(t.Context(), c.src, "index.html", filepath.Join(t.TempDir(), "x.mp4"), o)
		if err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	if _, err := Local(t.Context(), good, "index.html", "x.mp4", Options{}); err != ErrNoRuntime {
		t.Errorf("error %v", err)
	}
	var nb *chrome.NotFound
	if _, err := Local(t.Context(), good, "index.html", "x.mp4", Options{Runtime: []byte("x"), Browser: "/no/browser"}); !errors.As(err, &nb) {
		t.Errorf("error %v", err)
	}
	var nf *ffmpeg.NotFound
	if _, err := Local(t.Context(), good, "index.html", "x.mp4", Options{Runtime: []byte("x"), FFmpeg: "/no/ffmpeg"}); !errors.As(err, &nf) {
		t.Errorf("error %v", err)
	}
}

// An encoder that ends is told at once, not when all pictures of its piece are taken.
func TestEncoderEnds(t *testing.T) {
	t.Parallel()
	tools, err := ffmpeg.Find("")
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "ffmpeg")
	script := "#!/bin/sh\ncase \"$*\" in *rawvideo*pipe:0*) echo no encoder >&2; exit 1;; esac\nexec " + tools.FFmpeg + ` "$@"` + "\n"
	if err := os.WriteFile(broken, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(tools.FFprobe, filepath.Join(filepath.Dir(broken), "ffprobe")); err != nil {
		t.Fatal(err)
	}
	move := `<style>@keyframes go { from { left: 0 } to { left: 50px } } b { position: absolute; width: 9px; height: 9px; background: red; animation: go 4s linear both }</style>`
	page := still(move, `<b class="clip" data-start="0" data-duration="4"></b>`, `data-no-timeline data-duration="4" data-fps="240" data-width="64" data-height="36"`)
	most := 0
	err = fails(t, fstest.MapFS{"index.html": {Data: []byte(page)}}, Options{FFmpeg: broken, Progress: func(p Progress) { most = max(most, p.Frame) }})
	if want := "ffmpeg: no encoder (exit status 1)"; !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	if most == 960 {
		t.Errorf("all %d pictures were taken", most)
	}
}

// Media that cannot be used is an error with the element's name.
func TestWrongMedia(t *testing.T) {
	t.Parallel()
	sound := soundFile(t, "a.wav", "sine=frequency=440:duration=0.2")
	for _, c := range []struct{ name, body, want string }{
		{"missing", `<video id="v" src="gone.mp4" muted data-start="0" data-duration="0.5"></video>`, "video #v: read gone.mp4: ffprobe: "},
		{"broken", `<audio id="a" src="bad.mp3" data-start="0" data-duration="0.5"></audio>`, "audio #a: read bad.mp3: ffprobe: "},
		{"elsewhere", `<audio id="a" src="https://example.com/a.mp3" data-start="0" data-duration="0.5"></audio>`, "audio #a: https://example.com/a.mp3 is not a file of the film"},
		{"past the end", `<video id="v" src="clip.mp4" muted data-start="0" data-duration="0.5" data-media-start="9"></video>`, "video #v: its file has no picture at 9 s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			src := fstest.MapFS{
				"index.html": {Data: []byte(still("", c.body, small))}, "bad.mp3": {Data: []byte("not a sound")}, "a.wav": {Data: sound},
				"clip.mp4": {Data: clipFile(t, "c.mp4", "10", 5, "-pix_fmt", "yuv420p")},
			}
			if err := fails(t, src, Options{}); !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

// A page that asks for what is not its own is rendered without it, and the result says so.
func TestWarnings(t *testing.T) {
	t.Parallel()
	body := `<img src="https://example.com/a.png" alt=""><img src="http://192.0.2.1/b.png" alt=""><img src="gone.png" alt="">` +
		`<script>fetch("http://localhost:1/x").catch(function () {}); console.warn("careful"); console.log("quiet")</script>`
	body += `<img src="moving.gif" alt=""><video id="v" src="clip.mp4" muted data-start="0" data-duration="0.5" data-color-grading="warm"></video>`
	_, res := makeFilm(t, fstest.MapFS{
		"index.html": {Data: []byte(still("", body, small))},
		"moving.gif": {Data: clipFile(t, "m.gif", "10", 3)},
		"clip.mp4":   {Data: clipFile(t, "c.mp4", "10", 5, "-pix_fmt", "yuv420p")},
	}, Options{})
	for _, want := range []string{
		"blocked: the page may only use its own files (https://example.com/a.png)",
		"blocked: the page may only use its own files (http://192.0.2.1/b.png)",
		"blocked: the page may only use its own files (http://localhost:1/x)",
		"failed: status 404 (gone.png)",
		"console warning: careful",
		"moving.gif: an animated picture is not in step with the film; make it a video",
		"video #v: data-color-grading is not rendered locally",
	} {
		if !strings.Contains(strings.Join(res.Warnings, "\n"), want) {
			t.Errorf("no warning %q", want)
		}
	}
	if len(res.Warnings) != 7 {
		t.Errorf("warnings:\n%s", strings.Join(res.Warnings, "\n"))
	}
}

// Sizes and speeds that are not round.
func TestOddShapes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		attrs         string
		frames        int
		width, height int
		fps           float64
	}{
		{`data-no-timeline data-duration="0.5" data-width="65" data-height="37"`, 15, 66, 38, 30},
		{`data-no-timeline data-duration="0.5" data-width="64" data-height="36" data-fps="30000/1001"`, 15, 64, 36, 30000.0 / 1001},
		{`data-no-timeline data-duration="0.334" data-width="64" data-height="36" data-fps="60"`, 21, 64, 36, 60},
		{`data-no-timeline data-duration="0.01" data-width="64" data-height="36" data-fps="24"`, 1, 64, 36, 24},
	} {
		t.Run(c.attrs, func(t *testing.T) {
			t.Parallel()
			body := `<div style="position:absolute;inset:0;background:#f00"></div>`
			path, res := makeFilm(t, fstest.MapFS{"index.html": {Data: []byte(still("", body, c.attrs))}}, Options{})
			if res.Frames != c.frames || res.Width != c.width || res.Height != c.height || res.FPS != c.fps {
				t.Errorf("result %+v", res)
			}
			if p := frames(t, path, c.width, c.height)[0]; !p.near(20, 20, [3]int{255, 0, 0}, 6) {
				t.Errorf("colour %v", p.at(20, 20))
			}
		})
	}
}
