package render

import (
	"bytes"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/hframes/hframes/internal/chrome"
)

// strips of testdata/motion, from the top: what moves the block, and when it is seen.
var strips = []struct {
	name     string
	from, to float64 // s
}{
	{"css animation", 0, 2}, {"css animation of a pseudo-element", 0, 2}, {"css animation in svg", 0, 2},
	{"own timeline", 0, 2}, {"animation frames", 0, 2}, {"date", 0, 2},
	{"own timeline of a scene", 0.4, 1.6}, {"css animation of a scene", 0.4, 1.6}, {"animation frames of an iframe", 0, 2},
}

// blockAt returns the left edge of the bright block of a strip, to a fraction of a pixel; -1 if there is none.
func blockAt(p picture, strip int) float64 {
	y := strip*20 + 10
	for x := range p.w {
		c := p.at(x, y)
		if m := max(c[0], c[1], c[2]); m > 100 {
			return float64(x)
		}
	}
	return -1
}

// Whatever moves a thing, frame n shows it where it is at n/fps.
func TestMotion(t *testing.T) {
	t.Parallel()
	eachMethod(t, func(t *testing.T, o Options) {
		path, res := makeFilm(t, project("motion"), o)
		if res.FPS != 25 || len(res.Warnings) > 0 {
			t.Errorf("result %+v", res)
		}
		all := frames(t, path, 320, 200)
		if len(all) != 50 {
			t.Fatalf("%d frames", len(all))
		}
		for n, p := range all {
			at := float64(n) / 25
			for i, s := range strips {
				want := 100 * (at - s.from)
				if at < s.from-1e-9 || at >= s.to-1e-9 {
					want = -1
				}
				if got := blockAt(p, i); got < want-1 || got > want+1 || (want == -1) != (got == -1) {
					t.Errorf("frame %d, %s: block at %.0f, want %.1f", n, s.name, got, want)
				}
			}
			// A picture that is needed from 1 s on, and starts to load then.
			if blue := p.near(160, 190, [3]int{0, 0, 255}, 12); blue != (at >= 1) {
				t.Errorf("frame %d: late picture is %v", n, p.at(160, 190))
			}
			if n == 10 && !p.near(50, 70, [3]int{255, 0, 0}, 40) {
				t.Errorf("the block of the timeline is %v, not red", p.at(50, 70))
			}
		}
	})
}

// Variables reach the page before its first script.
func TestVariables(t *testing.T) {
	t.Parallel()
	path, _ := makeFilm(t, project("motion"), Options{Variables: map[string]any{"accent": "#00ff00", "speed": 50}, FPS: 10})
	all := frames(t, path, 320, 200)
	if len(all) != 20 {
		t.Fatalf("%d frames", len(all))
	}
	p := all[10]
	if got := blockAt(p, 3); got < 49 || got > 51 {
		t.Errorf("block at %.0f, want 50", got)
	}
	if c := p.at(60, 70); c[1] < 200 || c[0] > 60 {
		t.Errorf("block is %v, want green", c)
	}
}

// Any number of browsers and any way to take pictures makes the same file, to the last bit.
func TestWaysAgree(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]fs.FS{
		"motion": project("motion"),
		"edges":  fstest.MapFS{"index.html": {Data: readFile(t, "testdata/edges.html")}},
		"layers": fstest.MapFS{"index.html": {Data: readFile(t, "testdata/layers.html")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, res := makeFilm(t, src, Options{Quality: "high", Workers: 1})
			if res.CaptureMode != string(methodWayland) {
				t.Errorf("captured by %s", res.CaptureMode)
			}
			for other, o := range map[string]Options{
				"three browsers": {Workers: 3},
				"beginFrame":     {method: methodBeginFrame, Browser: browser(t, chrome.Shell)},
				"screenshots":    {method: methodScreenshot, Browser: browser(t, chrome.Full)},
			} {
				o.Quality = "high"
				path, res := makeFilm(t, src, o)
				if o.method != "" && res.CaptureMode != string(o.method) {
					t.Errorf("captured by %s, not %s", res.CaptureMode, o.method)
				}
				if !bytes.Equal(readFile(t, one), readFile(t, path)) {
					t.Errorf("%s made another file", other)
				}
			}
		})
	}
}

// What a script draws on a canvas, flat or by WebGL, is in the frame it is drawn for.
func TestCanvasFrames(t *testing.T) {
	t.Parallel()
	eachMethod(t, func(t *testing.T, o Options) {
		path, _ := makeFilm(t, fstest.MapFS{"index.html": {Data: readFile(t, "testdata/canvas.html")}}, o)
		for n, p := range frames(t, path, 64, 64) {
			if !p.near(32, 16, [3]int{0, n * 25, 0}, 8) || !p.near(32, 48, [3]int{n * 25, 0, 0}, 8) {
				t.Errorf("frame %d: flat %v, deep %v", n, p.at(32, 16), p.at(32, 48))
			}
		}
	})
}
