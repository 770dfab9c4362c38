package render

import (
	"testing"
	"testing/fstest"
)

// What is drawn with WebGL is in every frame, and the graphics driver's advice is not taken for the page's.
func TestWebGL(t *testing.T) {
	t.Parallel()
	page := inDocument("html,body{background:#000}", scene("main", 2, "", `<div class="main"></div><canvas id="gl" width="320" height="180"></canvas>`)+`
<script>
const gl = document.getElementById("gl").getContext("webgl");
function draw(time) { gl.clearColor(0, time / 2, 1, 1); gl.clear(gl.COLOR_BUFFER_BIT); }
window.addEventListener("hf-seek", (e) => draw(e.detail.time));
draw(0);
</script>`)
	eachMethod(t, func(t *testing.T, o Options) {
		o.FPS, o.Quality = 10, "high"
		path, res := makeFilm(t, fstest.MapFS{"index.html": {Data: []byte(page)}}, o)
		if len(res.Warnings) > 0 {
			t.Errorf("warnings %q", res.Warnings)
		}
		for n, p := range frames(t, path, 320, 180) {
			if want := [3]int{0, int(255 * float64(n) / 20), 255}; !p.near(160, 90, want, 6) {
				t.Errorf("frame %d is %v, want %v", n, p.at(160, 90), want)
			}
		}
	})
}
