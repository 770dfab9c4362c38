package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hframes/hframes"
	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// Progress is told in numbers that people read: no thousandths of a second.
func TestProgressLine(t *testing.T) {
	for want, s := range map[string]render.Progress{
		"open": {Stage: render.StageOpen},
		"capture  frame 30/60   50%  7.5 fps  ETA 0:04":     {Stage: render.StageCapture, Frame: 30, Frames: 60, FPS: 7.5, ETA: 4004 * time.Millisecond},
		"capture  frame 1/9000    0%  1.0 fps  ETA 150:00":  {Stage: render.StageCapture, Frame: 1, Frames: 9000, FPS: 1, ETA: 9000*time.Second - time.Millisecond},
		"capture  frame 59/60   98%  7.5 fps":               {Stage: render.StageCapture, Frame: 59, Frames: 60, FPS: 7.5, ETA: 4 * time.Millisecond},
		"wait  another process renders to this file":        {Stage: render.StageWait},
		"media  frame 30/60   50%  50% reused":              {Stage: render.StageMedia, Frame: 30, Frames: 60, Reused: 30},
		"finish  frame 60/60  100%  7.5 fps  1% reused":     {Stage: render.StageFinish, Frame: 60, Frames: 60, Reused: 1, FPS: 7.5, Scene: "end"},
		"capture  frame 2/60    3%  7.5 fps  speed, voices": {Stage: render.StageCapture, Frame: 2, Frames: 60, FPS: 7.5, Scene: "speed, voices"},
	} {
		if got := progressLine(s); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

// The last line of a render tells what was made, and what of it was there.
func TestMadeLine(t *testing.T) {
	loud := ffmpeg.Loudness{Integrated: -14.04}
	for want, res := range map[string]render.Result{
		"60 frames, 2.000 s, 809.6 kB in 1.2s":                         {Frames: 60, Duration: 2, Size: 809_554},
		"60 frames, 2.000 s, 809.6 kB in 1.2s; 95% reused; -14.0 LUFS": {Frames: 60, Duration: 2, Size: 809_554, Reused: 57, Audio: true, Loudness: loud},
		"60 frames, 2.000 s, 809.6 kB in 1.2s; silent":                 {Frames: 60, Duration: 2, Size: 809_554, Audio: true, Loudness: ffmpeg.Loudness{Silent: true}},
	} {
		if got := madeLine(&res, 1234*time.Millisecond); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

// Errors of the system say what can be done about them.
func TestAdvised(t *testing.T) {
	for _, err := range []error{syscall.ENOSPC, os.ErrPermission, &render.NotReady{}} {
		wrapped := fmt.Errorf("write film.mp4: %w", err)
		if got := advised(wrapped, "film.mp4"); hintOf(got) == "" || got.Error() != wrapped.Error() || !errors.Is(got, err) {
			t.Errorf("%v: %v, %q", err, got, hintOf(got))
		}
	}
	if err := errors.New("other"); advised(err, "film.mp4") != err {
		t.Error("an error that nothing is known of was changed")
	}
}

// A HyperFrames folder gets the values of its variables as the types that it declares.
func TestValues(t *testing.T) {
	const declared = `<!doctype html><html lang="en" data-composition-variables='[
		{"id": "speed", "type": "number", "label": "", "default": 1, "min": 0, "max": 99},
		{"id": "loud", "type": "boolean", "label": "", "default": false},
		{"id": "side", "type": "enum", "label": "", "default": "left", "options": [{"value": "left", "label": ""}, {"value": 2, "label": ""}]},
		{"id": "accent", "type": "color", "label": "", "default": "#000"}]'>`
	const silent = `<!doctype html><html lang="en">`
	for _, c := range []struct {
		head     string
		pairs    []string
		want     map[string]any
		warnings []string
		err      string
	}{
		{declared, []string{"speed=12.5", "loud=true", "side=2", "accent=#fff"}, map[string]any{"speed": 12.5, "loud": true, "side": 2.0, "accent": "#fff"}, nil, ""},
		{declared, []string{"sped=1"}, map[string]any{"sped": "1"}, []string{`the film declares no variable "sped"; did you mean "speed"?`}, ""},
		{silent, []string{"speed=1", "x=a=b"}, map[string]any{"speed": "1", "x": "a=b"}, nil, ""},
		{declared, []string{"speed=NaN"}, nil, nil, `speed="NaN" is not a number`},
		{declared, []string{"speed=-Inf"}, nil, nil, `speed="-Inf" is not a number`},
		{declared, []string{"speed=100"}, nil, nil, `speed="100" is not in the variable's range`},
		{declared, []string{"loud=very"}, nil, nil, `loud="very" is not true or false`},
		{declared, []string{"side=up"}, nil, nil, `side="up" is not one of its options`},
	} {
		dir := t.TempDir()
		page := c.head + `<head><title>t</title></head><body><div id="root" data-composition-id="main" data-start="0" data-duration="1" data-width="64" data-height="36" data-no-timeline></div></body></html>`
		if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := hframes.Open(dir, hframes.Options{CacheDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		film, err := p.Build(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, warnings, err := (&renderFlags{vars: c.pairs}).values(&cobra.Command{}, film)
		if c.err != "" {
			if err == nil || err.Error() != c.err || code(err) != exitUsage {
				t.Errorf("%q: error %v, want %s", c.pairs, err, c.err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got) + cmp.Diff(c.warnings, warnings); err != nil || diff != "" {
			t.Errorf("%q: %v %s", c.pairs, err, diff)
		}
	}
}

// The shape of a film decides how HeyGen renders it.
func TestShape(t *testing.T) {
	for _, c := range []struct {
		width, height int
		want          string
	}{
		{1920, 1080, "16:9"}, {3840, 2160, "16:9"}, {1280, 720, "16:9"}, {1366, 768, "16:9"}, {1080, 1920, "9:16"}, {1080, 1080, "1:1"}, {64, 63, "1:1"},
		{1280, 800, ""}, {1080, 1350, ""}, {1440, 1080, ""}, {2560, 1080, ""}, {1080, 2400, ""},
	} {
		if got, err := shape(c.width, c.height); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%dx%d: %q, %v, want %q", c.width, c.height, got, err, c.want)
		}
	}
}

// A file's format is what was asked for, and its name says the same.
func TestFormatOf(t *testing.T) {
	for _, c := range []struct{ asked, out, want, err string }{
		{"", "", "mp4", ""}, {"", "a.webm", "webm", ""}, {"", "a.MOV", "mov", ""}, {"", "a.film", "mp4", ""}, {"mov", "", "mov", ""},
		{"mov", "a", "mov", ""}, {"mov", "a.mov", "mov", ""}, {"webm", "dir.mov/a", "webm", ""},
		{"mov", "b/a.mp4", "", "b/a.mp4 is no name for a film in mov"},
		{"", "a.gif", "gif", ""}, {"png", "", "png", ""}, {"png", "stills", "png", ""},
		{"", "a.png", "", "a.png is the name of one picture, and a film in png is a folder of them"},
		{"png", "a.png", "", "a.png is the name of one picture, and a film in png is a folder of them"},
		{"png", "a.gif", "", "a.gif is no name for a film in png"}, {"mp4", "a.png", "", "a.png is no name for a film in mp4"},
	} {
		got, err := formatOf(&cobra.Command{}, c.asked, c.out)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%q, %q: %q, %v, want %q %s", c.asked, c.out, got, err, c.want, c.err)
		}
	}
}

func TestBecame(t *testing.T) {
	for want, res := range map[string]cloud.Result{
		"2.667 s, 809.6 kB in 1.2s":                                           {Seconds: 2.667, Bytes: 809_554, Created: true, Fetched: true},
		"2.667 s, 12.3 MB in 1.2s; the render was there already":              {Seconds: 2.667, Bytes: 12_345_678, Fetched: true},
		"2.667 s, 12.3 MB; the file was there already, --force renders again": {Seconds: 2.667, Bytes: 12_345_678},
	} {
		if got := became(&res, 1234*time.Millisecond); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

// An error of a render names it, however it is wrapped.
func TestRenderOf(t *testing.T) {
	for _, err := range []error{
		&leftRunning{"hfr_1"}, &cloud.StillRunning{Render: "hfr_1"}, &cloud.FailedError{Render: "hfr_1"}, &cloud.GoneError{Render: "hfr_1"},
		&cloud.WrongFile{Render: "hfr_1", Faults: []string{"no sound"}}, &incomplete{1, 2, &cloud.StillRunning{Render: "hfr_1"}},
	} {
		if got := renderOf(fmt.Errorf("wait: %w", err)); got != "hfr_1" {
			t.Errorf("%T: %q", err, got)
		}
	}
	if got := renderOf(errors.New("other")); got != "" {
		t.Errorf("%q", got)
	}
	if code(&leftRunning{"hfr_1"}) != exitInterrupted || code(&incomplete{1, 2, &cloud.StillRunning{}}) != exitRunning {
		t.Error("wrong exit codes")
	}
}

// No two renders are downloaded to one file by one command.
func TestOutputsOf(t *testing.T) {
	got := outputsOf([]cloud.Record{
		{Render: "hfr_1", Output: "/v/film.mp4"}, {Render: "hfr_2", Output: "/v/other.mp4"},
		{Key: "0123456789abcdef", Output: "/v/film.mp4"}, {Render: "hfr_3", Output: "/v/film.mp4"},
		{Render: "hfr_4", Request: heygen.RenderRequest{Format: "webm"}},
	})
	want := []string{"/v/film-hfr_1.mp4", "/v/other.mp4", "/v/film-0123456789ab.mp4", "/v/film.mp4", "hfr_4.webm"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Columns stand under each other whatever alphabet they are in.
func TestTable(t *testing.T) {
	got := table([][]string{{"A", "TITLE", "FILE"}, {"1", "影片", "a"}, {"22", "e\u0301te\u0301", "b"}})
	if want := "A   TITLE  FILE\n1   影片   a\n22  e\u0301te\u0301    b\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestNearby(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(here, "out", "a.mp4"): filepath.Join("out", "a.mp4"), filepath.Join(filepath.Dir(here), "a"): filepath.Join("..", "a"),
	} {
		if got := nearby(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// Whatever a file holds, it gives names of itself or a fault with a place in it.
func FuzzReadObject(f *testing.F) {
	for _, s := range []string{`{"a": 1, "b\"c": [{"d": null}]}`, "{}", "[1]", `{"a":1,"a":2}`, "null", "", `{"a":`, "\xff{}", `{"a":1} x`} {
		f.Add([]byte(s))
	}
	file := filepath.Join(f.TempDir(), "vars.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		list, err := readObject(file)
		if err != nil {
			var faults source.List
			if !errors.As(err, &faults) || len(faults) != 1 || !faults[0].Pos.IsValid() {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		for _, s := range list {
			if data[s.at] != '"' {
				t.Fatalf("%q: the place of %q is %d", data, s.name, s.at)
			}
		}
	})
}
