package render

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hframes/hframes/internal/chrome"
)

// counterColors are the solid colours of testdata/counter, from left to right.
var counterColors = [8][3]int{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 0}, {0, 255, 255}, {255, 0, 255}, {128, 128, 128}, {255, 128, 0}}

// Every frame shows its own number: none is stale, missing or doubled, and colours are what CSS said.
func TestEveryFrame(t *testing.T) {
	t.Parallel()
	eachMethod(t, func(t *testing.T, o Options) {
		o.Quality = "high"
		path, res := makeFilm(t, project("counter"), o)
		if res.Frames != 60 || res.FPS != 30 || res.Width != 320 || res.Height != 180 || res.Duration != 2 || res.Audio || res.CaptureMode != string(o.method) {
			t.Errorf("result %+v", res)
		}
		if len(res.Warnings) > 0 {
			t.Errorf("warnings %q", res.Warnings)
		}
		checkCounter(t, frames(t, path, 320, 180), 60)
	})
}

func checkCounter(t *testing.T, all []picture, want int) {
	t.Helper()
	if len(all) != want {
		t.Errorf("%d frames, want %d", len(all), want)
	}
	for n, p := range all {
		if got := p.bits(8, 0, 320, 45); got != n {
			t.Errorf("frame %d shows %d", n, got)
		}
		for i, c := range counterColors {
			if !p.near(i*40+20, 135, c, 3) {
				t.Errorf("frame %d: colour %d is %v, want %v", n, i, p.at(i*40+20, 135), c)
			}
		}
	}
}

// A browser that cannot draw on command takes screenshots, for the whole film.
func TestFallback(t *testing.T) {
	t.Parallel()
	_, res := makeFilm(t, fstest.MapFS{"index.html": {Data: []byte(still("", "", small))}}, Options{method: methodBeginFrame, Browser: browser(t, chrome.Full)})
	if res.CaptureMode != string(methodScreenshot) || len(res.Warnings) != 1 || !strings.HasPrefix(res.Warnings[0], "pictures are not taken by way of beginframe: ") {
		t.Errorf("result %+v", res)
	}
}

// The same film is the same file.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	one, _ := makeFilm(t, project("counter"), Options{})
	two, _ := makeFilm(t, project("counter"), Options{})
	if !bytes.Equal(readFile(t, one), readFile(t, two)) {
		t.Error("a second render made a different file")
	}
}
