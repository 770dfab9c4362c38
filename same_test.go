package hframes_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/cache"
	"github.com/hframes/hframes/render"
)

// TestSameFrames renders films with other numbers of workers, and with a cache that is absent, empty and full: the files
// are the same to the byte, and so is every frame that a player decodes.
func TestSameFrames(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes of headless Chromium")
	}
	draft := render.Options{FPS: 15, Quality: "draft"}
	for _, tt := range []struct {
		name, dir string
		options   render.Options
	}{
		{"deep", film(t, "deep"), draft},
		{"clips", film(t, "clips"), draft},
		{"stagger", film(t, "stagger"), draft},
		{"shader", film(t, "shader"), draft},
		// Large letters that fade in and figures that move by less than Chromium draws anew, as every deck of ours has them.
		{"launch", filepath.Join("examples", "launch"), render.Options{FPS: 30, Quality: "high", To: 8.3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := hframes.Open(tt.dir, hframes.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			made, err := p.Build(t.Context())
			if err != nil {
				t.Fatal(said(err))
			}
			runtime, err := p.Runtime(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			store := &cache.Store{Dir: t.TempDir()}
			var first []byte
			var frames []string
			for _, c := range []struct {
				name    string
				workers int
				cache   *cache.Store
				reused  bool
			}{
				{"one worker", 1, nil, false},
				{"one worker again", 1, nil, false},
				{"two workers", 2, nil, false},
				{"four workers, cold cache", 4, store, false},
				{"one worker, warm cache", 1, store, true},
			} {
				file := filepath.Join(t.TempDir(), "film.mp4")
				o := tt.options
				o.Runtime, o.Workers, o.Cache = runtime, c.workers, c.cache
				res, err := render.Local(t.Context(), made.Bundle.FS(), made.Bundle.Entry, file, o)
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				if (res.Reused == res.Frames) != c.reused {
					t.Errorf("%s: %d of %d frames were reused", c.name, res.Reused, res.Frames)
				}
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first, frames = data, frameHashes(t, file)
					continue
				}
				for n, hash := range frameHashes(t, file) {
					if n >= len(frames) || hash != frames[n] {
						t.Errorf("%s: frame %d is not what one worker makes", c.name, n)
					}
				}
				if !bytes.Equal(data, first) {
					t.Errorf("%s: another file than with one worker: %d and %d bytes", c.name, len(data), len(first))
				}
			}
		})
	}
}
