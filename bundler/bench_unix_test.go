//go:build unix

package bundler

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

// film100 is what compose hands over for a film of 100 scenes: 12 layouts, each with 1.5 KB of styles, 3 KB a scene.
func film100(scenes int) fstest.MapFS {
	fsys := fstest.MapFS{}
	var hosts strings.Builder
	for i := range scenes {
		id := fmt.Sprintf("s%d", i)
		fmt.Fprintf(&hosts, `<div id="host-%s" class="clip" data-composition-id="%s" data-composition-src="compositions/%s.html" data-start="%d" data-duration="6" data-track-index="1" data-width="1920" data-height="1080" data-variable-values='{"title":"A \"film\""}'></div>`+"\n", id, id, id, 6*i)
		fsys["compositions/"+id+".html"] = &fstest.MapFile{Data: []byte(scenePage(id, i%12, "text"))}
	}
	fsys["index.html"] = &fstest.MapFile{Data: []byte(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><style>` + strings.Repeat("\n:root { --color-accent: #ff8800; }\n.stage { position: absolute; inset: 0; }", 40) + `</style>
<script src="film.js"></script></head><body>
<div id="root" data-composition-id="main" data-start="0" data-duration="600" data-width="1920" data-height="1080">
` + hosts.String() + `</div><script>window.__timelines = window.__timelines || {};</script></body></html>`)}
	fsys["film.js"] = &fstest.MapFile{Data: []byte(`import { scene } from "./clock.js"; window.hframes = { scene };`)}
	fsys["clock.js"] = &fstest.MapFile{Data: []byte(strings.Repeat("export function clamp(value, max) { return Math.min(Math.max(Number(value) || 0, 0), max); }\n", 1) + "export function scene(stage) { return clamp(stage, 1); }")}
	return fsys
}

func scenePage(id string, layout int, text string) string {
	css := strings.Repeat(fmt.Sprintf(".l-%d .item { animation: hf-rise var(--dur-2) var(--ease-out) both; color: var(--color-text); margin: 0 0 var(--space-3) 0 }\n", layout), 12)
	var items strings.Builder
	for i := range 8 {
		fmt.Fprintf(&items, `<li id="%s-item-%d" class="item" style="--i:%d;--n:8"><p>%s &amp; some more words for item %d of the list</p></li>`+"\n", id, i, i, text, i)
	}
	return fmt.Sprintf(`<template id="%s-template">
<div id="%s-root" data-composition-id="%s" data-start="0" data-duration="6" data-width="1920" data-height="1080">
<style>
%s
</style>
<div id="%s-stage" class="stage l-%d landscape" style="--dur:6s">
<h2 id="%s-title">A title</h2>
<ul>
%s</ul>
</div>
<script>
window.__timelines = window.__timelines || {};
{
  const clock = hframes.scene(document.getElementById("%s-stage"), {"start":%d,"duration":6});
  window.__timelines["%s"] = clock;
}
</script>
</div>
</template>`, id, id, id, css, id, layout, id, items.String(), id, len(id), id)
}

func BenchmarkCold(b *testing.B) {
	fsys := film100(100)
	b.ReportAllocs()
	defer cpuTime(b)()
	for b.Loop() {
		if got, list := New(Options{}).Build(b.Context(), fsys, "index.html"); got == nil {
			b.Fatal(list)
		}
	}
}

func BenchmarkOneSceneChanged(b *testing.B) {
	fsys := film100(100)
	bundler := New(Options{})
	if got, list := bundler.Build(b.Context(), fsys, "index.html"); got == nil {
		b.Fatal(list)
	}
	b.ReportAllocs()
	defer cpuTime(b)()
	n := 0
	for b.Loop() {
		n++
		fsys["compositions/s50.html"] = &fstest.MapFile{Data: []byte(scenePage("s50", 2, fmt.Sprint("edit ", n)))}
		if got, list := bundler.Build(b.Context(), fsys, "index.html"); got == nil {
			b.Fatal(list)
		}
	}
}

func BenchmarkNothingChangedOnDisk(b *testing.B) {
	dir := b.TempDir()
	for name, f := range film100(100) {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(full, f.Data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	bundler := New(Options{Dir: dir})
	defer cpuTime(b)()
	for b.Loop() {
		if got, list := bundler.Build(b.Context(), root.FS(), "index.html"); got == nil {
			b.Fatal(list)
		}
	}
}

// cpuTime reports the processor time of an operation, which is steadier than the clock on a busy machine.
func cpuTime(b *testing.B) func() {
	now := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := now()
	return func() { b.ReportMetric(float64((now()-before).Microseconds())/1000/float64(b.N), "cpu-ms/op") }
}
