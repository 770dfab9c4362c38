package render

import (
	"strings"
	"testing"
	"testing/fstest"
)

// What a film lacks is named, also where the film can be shown without it: an author would look for it in the picture.
// TestNotReady has what a film cannot be shown without.
func TestLacking(t *testing.T) {
	t.Parallel()
	const own = `<style>@font-face{font-family:Own;src:url(%)}</style>`
	for _, c := range []struct {
		name, head, body string
		says             []string
	}{
		{"font that is none", strings.Replace(own, "%", "bad.ttf", 1), `<p style="font-family:Own">x</p>`, []string{"Failed to decode downloaded font: bad.ttf"}},
		{"font that is not there", strings.Replace(own, "%", "gone.woff2", 1), `<p style="font-family:Own">x</p>`, []string{"failed: status 404 (gone.woff2)"}},
		{"font that nothing is set in", strings.Replace(own, "%", "gone.woff2", 1), "", []string{"failed: status 404 (gone.woff2)"}},
		{"picture that is none", "", `<img src="bad.png" alt="">`, []string{"bad.png: the picture is not shown: not a PNG"}},
		{"picture that is not there", "", `<img src="gone.png" alt="">`, []string{"failed: status 404 (gone.png)"}},
		{"background that is not there", "", `<div style="position:absolute;inset:0;background:url(gone.jpg)"></div>`, []string{"failed: status 404 (gone.jpg)"}},
		{"style sheet", `<link rel="stylesheet" href="gone.css">`, "", []string{"gone.css"}},
		{"script", `<script src="gone.js"></script>`, "", []string{"failed: status 404 (gone.js)"}},
		{"animation", "", `<script>fetch("gone.json").then((r) => r.json())</script>`, []string{"failed: status 404 (gone.json)", "SyntaxError"}},
		{"script that fails", "", `<script>nonsense.call()</script>`, []string{"exception: ReferenceError: nonsense is not defined (index.html:1:"}},
		{"script that fails at a frame", "", `<script>addEventListener("hf-seek", (e) => { if (e.detail.time > 0.2) nonsense.call() })</script>`,
			[]string{"exception: ReferenceError: nonsense is not defined (index.html:1:"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, res := makeFilm(t, fstest.MapFS{
				"index.html": {Data: []byte(still(c.head, c.body, small))},
				"bad.ttf":    {Data: []byte("not a font")},
				"bad.png":    {Data: []byte("not a picture")},
			}, Options{FPS: 10})
			all := strings.Join(res.Warnings, "\n")
			for _, want := range c.says {
				if !strings.Contains(all, want) {
					t.Errorf("no warning %q in:\n%s", want, all)
				}
			}
		})
	}
}
