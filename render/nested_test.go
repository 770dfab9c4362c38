package render

import (
	"fmt"
	"testing"
	"testing/fstest"
)

// scene is a composition that holds inner and moves its element .<id> to the right by 100 px a second of its own time.
func scene(id string, seconds float64, attrs, inner string) string {
	return fmt.Sprintf(`<div id="%[1]s-root" data-composition-id="%[1]s" data-start="0" data-duration="%[2]g" data-width="320"
data-height="180" %[3]s>%[4]s<script>
const block = document.querySelector(".%[1]s");
const scene = {
  now: 0, duration: () => %[2]g, totalDuration: () => %[2]g, paused: () => true, play() {}, pause() {},
  time: (t) => (t === undefined ? scene.now : scene.seek(t)), totalTime: (t) => scene.time(t),
  seek(t) { scene.now = t; block.style.transform = "translateX(" + 100 * t + "px)"; return scene; },
};
window.__timelines = window.__timelines || {};
window.__timelines["%[1]s"] = scene;
</script></div>`, id, seconds, attrs, inner)
}

func inTemplate(id, scene string) string {
	return `<template id="` + id + `-template">` + scene + `</template>`
}

func inDocument(css, body string) string {
	return "<!doctype html><html><head><style>" + css + "</style></head><body>" + body + "</body></html>"
}

// bar is the markup of a block.
func bar(id string, top int, background string) string {
	return fmt.Sprintf(`<div class="%s" style="position:absolute;left:0;top:%dpx;width:10px;height:20px;%s"></div>`, id, top, background)
}

func mount(id, key string, start, seconds float64, more string) string {
	return fmt.Sprintf(`<div id="%s" class="clip" style="position:absolute" data-composition-id="%s" data-composition-src="scenes/%s.html"
data-start="%g" data-duration="%g" data-track-index="1" data-width="320" data-height="180" %s></div>`, key, id, id, start, seconds, more)
}

// Compositions are shown however deep they are mounted, each at its own time, twice if mounted twice.
func TestNested(t *testing.T) {
	t.Parallel()
	color := `data-composition-variables='[{"id":"color","type":"color","label":"Colour","default":"#888888"}]'`
	files := fstest.MapFS{
		"index.html": {Data: []byte(inDocument("html,body{background:#000}", scene("main", 2, "", bar("main", 0, "background:#ffff00")+
			mount("outer", "outer-1", 0.2, 1.8, ""))))},
		"scenes/outer.html": {Data: []byte(inTemplate("outer", scene("outer", 1.8, "", bar("outer", 40, "background:#ff0000")+
			mount("inner", "inner-1", 0.2, 1.6, `data-variable-values='{"color":"#00ff00"}'`)+
			mount("inner", "inner-2", 0.6, 1.2, `data-variable-values='{"color":"#0000ff"}'`))))},
		"scenes/inner.html": {Data: []byte(inTemplate("inner", scene("inner", 1.6, color, bar("inner", 80, "background:var(--color)")+
			mount("core", "core-1", 0.1, 1.5, ""))))},
		"scenes/core.html": {Data: []byte(inDocument(".core{background:#fff}", scene("core", 1.5, "", bar("core", 120, ""))))},
	}
	path, res := makeFilm(t, files, Options{FPS: 10, Quality: "high"})
	if len(res.Warnings) > 0 {
		t.Errorf("warnings %q", res.Warnings)
	}
	all := frames(t, path, 320, 180)
	if len(all) != 20 {
		t.Fatalf("%d frames", len(all))
	}
	for _, want := range []struct {
		name  string
		y     int
		color [3]int
		start float64 // in the film, s
	}{
		{"the film", 10, [3]int{255, 255, 0}, 0}, {"outer", 50, [3]int{255, 0, 0}, 0.2},
		{"first inner", 90, [3]int{0, 255, 0}, 0.4}, {"second inner", 90, [3]int{0, 0, 255}, 0.8},
		{"core of the first", 130, [3]int{255, 255, 255}, 0.5}, {"core of the second", 130, [3]int{255, 255, 255}, 0.9},
	} {
		for n, p := range all {
			at := float64(n)/10 - want.start
			if at < -1e-9 {
				continue
			}
			if x := int(100*at+0.5) + 5; !p.near(x, want.y, want.color, 24) {
				t.Errorf("frame %d: %s is not at %d: %v", n, want.name, x, p.at(x, want.y))
			}
		}
	}
}
