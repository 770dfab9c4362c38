package render

import (
	"path/filepath"
	"testing"
	"testing/fstest"
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
			whole, _ := makeFilm(t, page(more), Options{method: methodBeginFrame})
			a, b := frames(t, quick, 160, 90), frames(t, whole, 160, 90)
			if res.Frames != 60 || len(a) != len(b) {
				t.Fatalf("%d and %d frames", len(a), len(b))
			}
			for n := range a {
				if string(a[n].rgb) != string(b[n].rgb) {
					t.Errorf("frame %d differs", n)
				}
			}
		})
	}
}
