package render

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/hframes/hframes/internal/ffmpeg"
)

// gsap returns GSAP as the tests' packages have it.
func gsap(t *testing.T) []byte {
	t.Helper()
	return readFile(t, filepath.Join("..", "tools", "node_modules", "gsap", "dist", "gsap.min.js"))
}

// A film that stands still between its tweens is the same file whether all frames of it are drawn or only those that may
// differ; one that moves where its timelines say that nothing does is drawn anew, whole.
func TestStill(t *testing.T) {
	t.Parallel()
	page := func(more string) fstest.MapFS {
		return fstest.MapFS{"gsap.js": {Data: gsap(t)}, "index.html": {Data: []byte(still(`<script src="gsap.js"></script>`,
			`<div id="box" class="clip" data-start="0" data-duration="2" data-track-index="1" style="position:absolute;left:10px;top:10px;width:20px;height:20px;background:#c30"></div>
			<div id="late" class="clip" data-start="1.2" data-duration="0.3" data-track-index="2" style="position:absolute;left:10px;top:50px;width:20px;height:20px;background:#03c"></div>
			<script>window.__timelines = window.__timelines || {};
			const tl = gsap.timeline({ paused: true });
			tl.to("#box", { x: 60, duration: 0.4 }, 0.3).to("#box", { y: 30, duration: 0.3 }, 1.6);
			`+more+`
			window.__timelines["main"] = tl;</script>`, `data-duration="2" data-width="160" data-height="90"`))}}
	}
	// What no tween and no clip says: a timeline that does more than it tells.
	odd := `const seek = tl.totalTime.bind(tl); tl.totalTime = (t, ...r) => { if (t !== undefined) document.getElementById("box").style.opacity = 1 - t / 4; return seek(t, ...r); };`
	for name, more := range map[string]string{"as told": "", "not as told": odd} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quick, res := makeFilm(t, page(more), Options{method: methodWayland})
			whole, _ := makeFilm(t, page(more), Options{method: methodBeginFrame, all: true})
			a, b := frames(t, quick, 160, 90), frames(t, whole, 160, 90)
			if res.Frames != 60 || len(a) != len(b) {
				t.Fatalf("%d and %d frames", len(a), len(b))
			}
			for n := range a {
				if string(a[n].rgb) != string(b[n].rgb) {
					t.Errorf("frame %d differs", n)
				}
			}
			eachMethod(t, func(t *testing.T, o Options) {
				o.Runtime, o.Quality = official(t), "draft"
				for _, o.Format = range []ffmpeg.Format{ffmpeg.MP4, ffmpeg.PNG} {
					if o.Format.Alpha() && o.method == methodWayland {
						continue
					}
					films := map[bool]string{}
					for _, o.all = range []bool{false, true} {
						films[o.all] = filepath.Join(t.TempDir(), "film."+string(o.Format))
						res, err := Local(t.Context(), page(more), "index.html", films[o.all], o)
						if err != nil {
							t.Fatal(err)
						}
						if res.Frames != 60 {
							t.Errorf("%d frames", res.Frames)
						}
					}
					if !bytes.Equal(contents(t, films[false]), contents(t, films[true])) {
						t.Errorf("%s: another film than one of which every frame is drawn", o.Format)
					}
				}
			})
		})
	}
}

// contents returns what is in a file, or in all files of a folder.
func contents(t *testing.T, path string) (all []byte) {
	t.Helper()
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return readFile(t, path)
	}
	names, err := filepath.Glob(filepath.Join(path, "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", path, len(names), err)
	}
	for _, name := range names {
		all = append(all, readFile(t, name)...)
	}
	return all
}
