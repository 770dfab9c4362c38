package check

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// BenchmarkFolder checks a film of a hundred scenes, each a file of its own with markup, styles and a script.
func BenchmarkFolder(b *testing.B) {
	fsys := manyScenes(100)
	b.ReportAllocs()
	for b.Loop() {
		if list := Folder(fsys, "", Options{}); len(list) != 0 {
			b.Fatal(list.Error())
		}
	}
}

// manyScenes returns a correct project with n scenes of five seconds.
func manyScenes(n int) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, name := range []string{"assets/photo.jpg", "assets/body.woff2"} {
		fsys[name] = &fstest.MapFile{Data: standIn(name, []byte("x\n"))}
	}
	var hosts strings.Builder
	for i := range n {
		id := fmt.Sprintf("s%d", i)
		fmt.Fprintf(&hosts, `<div id="host-%s" class="clip" data-composition-id="%s" data-composition-src="compositions/%s.html" data-start="%d" data-duration="5" data-track-index="1" data-width="1920" data-height="1080"></div>`+"\n", id, id, id, i*5)
		fsys["compositions/"+id+".html"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(benchScene, "ID", id))}
	}
	fsys["index.html"] = &fstest.MapFile{Data: fmt.Appendf(nil, benchIndex, n*5, hosts.String(), n*5)}
	return fsys
}

const benchIndex = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>bench</title>
<style>@font-face { font-family: "Body"; src: url("assets/body.woff2"); } :root { --font: "Body", sans-serif; } body { margin: 0; background: #000; }</style>
</head><body>
<div id="root" data-composition-id="main" data-start="0" data-duration="%d" data-width="1920" data-height="1080">
%s</div>
<script>window.__timelines = window.__timelines || {}; window.__timelines["main"] = own(%d);</script>
</body></html>
`

const benchScene = `<template id="ID-template">
<div id="ID-root" data-composition-id="ID" data-width="1920" data-height="1080" data-start="0" data-duration="5">
<style>
#ID-root { position: absolute; inset: 0; font-family: var(--font); color: #fff; }
.stage { position: absolute; inset: 0; display: grid; place-content: center; padding: 64px; }
.title { font-size: 108px; line-height: 1.05; letter-spacing: -.02em; animation: ID-rise .6s cubic-bezier(.2, .8, .2, 1) both; animation-delay: .2s; }
.item { font-size: 46px; animation: ID-rise .5s ease-out both; }
.item:nth-child(1) { animation-delay: .5s; } .item:nth-child(2) { animation-delay: .6s; } .item:nth-child(3) { animation-delay: .7s; }
.photo { width: 640px; height: 360px; object-fit: cover; border-radius: 24px; }
@keyframes ID-rise { from { opacity: 0; transform: translateY(40px); } to { opacity: 1; transform: none; } }
</style>
<div id="ID-stage" class="stage">
<h1 id="ID-title" class="title">A heading for scene ID</h1>
<ul id="ID-list"><li class="item">First point<li class="item">Second point<li class="item">Third point</ul>
<img id="ID-photo" class="photo" src="assets/photo.jpg" alt="">
</div>
<script>
(function () {
  var root = document.getElementById("ID-root"), title = document.getElementById("ID-title");
  function paint(t) { title.style.setProperty("--t", Math.min(1, t / 0.6).toFixed(4)); }
  var now = 0;
  window.__timelines = window.__timelines || {};
  window.__timelines["ID"] = {
    duration: function () { return 5; }, totalDuration: function () { return 5; },
    time: function (v) { if (v === undefined) return now; now = v; paint(v); return this; },
    seek: function (v) { return this.time(v); }, totalTime: function (v) { return this.time(v); },
    play: function () {}, pause: function () {}, paused: function () { return true; },
  };
})();
</script>
</div>
</template>
`
