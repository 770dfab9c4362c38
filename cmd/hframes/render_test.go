package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hframes/hframes"
	"github.com/hframes/hframes/render"
	"github.com/spf13/cobra"
)

// Progress is told in numbers that people read: no thousandths of a second.
func TestProgressLine(t *testing.T) {
	for want, s := range map[string]render.Progress{
		"open": {Stage: render.StageOpen},
		"capture  frame 30/60   50%  7.5 fps  ETA 0:04":    {Stage: render.StageCapture, Frame: 30, Frames: 60, FPS: 7.5, ETA: 4004 * time.Millisecond},
		"capture  frame 1/9000    0%  1.0 fps  ETA 150:00": {Stage: render.StageCapture, Frame: 1, Frames: 9000, FPS: 1, ETA: 9000*time.Second - time.Millisecond},
		"capture  frame 59/60   98%  7.5 fps":              {Stage: render.StageCapture, Frame: 59, Frames: 60, FPS: 7.5, ETA: 4 * time.Millisecond},
	} {
		if got := progressLine(s); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
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
