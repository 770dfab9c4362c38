package compose

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/npm"
)

// officialRuntime returns the pinned runtime, or the one that HFRAMES_RUNTIME names.
var officialRuntime = sync.OnceValues(func() (string, error) {
	if file := os.Getenv("HFRAMES_RUNTIME"); file != "" {
		js, err := os.ReadFile(file)
		return string(js), err
	}
	files, err := npm.Cache{}.Fetch(context.Background(), npm.Runtime)
	if err != nil {
		return "", err
	}
	js, err := fs.ReadFile(files, npm.RuntimeFile)
	return string(js), err
})

// onRuntime bundles a composition and opens it under the official runtime, as a renderer does: the runtime before all
// other scripts, variables of the render in window.__hfVariables.
func onRuntime(t *testing.T, m made, variables string) *chrome.Page {
	t.Helper()
	runtime, err := officialRuntime()
	if missing := (*npm.Missing)(nil); errors.As(err, &missing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, list := bundler.New(bundler.Options{}).Build(t.Context(), m.FS, m.Entry)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	first := "window.__hfVariables = " + variables + "; window.__HF_RENDER_CAPTURE_MODE = true;"
	p := open(t, b.FS(), "<script>"+strings.ReplaceAll(runtime, "</script", `<\/script`)+"</script>", first, m.Size.Width, m.Size.Height)
	ready := eval[bool](t, p, `new Promise((done) => {
		const end = performance.now() + 20000;
		const look = () => {
			const ids = [...document.querySelectorAll("[data-composition-id]")].map((e) => e.dataset.compositionId);
			const all = window.__playerReady && window.__renderReady && ids.every((id) => window.__timelines[id]);
			if (all || performance.now() > end) document.fonts.ready.then(() => done(all));
			else setTimeout(look, 20);
		};
		look();
	})`)
	if !ready {
		t.Fatalf("the film was not ready: %v", p.Events())
	}
	return p
}

func picture(t *testing.T, p *chrome.Page, at float64) image.Image {
	t.Helper()
	eval[any](t, p, fmt.Sprintf("window.__player.renderSeek(%v), null", at))
	data, err := p.Screenshot(t.Context(), chrome.PNG)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestVariables: values that are given when the film is rendered change its text and its colours, in every scene.
func TestVariables(t *testing.T) {
	m := composed(os.DirFS("../examples/launch"), Options{Size: "640x360"}).ok(t)
	plain := onRuntime(t, m, `{}`)
	given := onRuntime(t, m, `{ product: "Other", accent: "#0055ff" }`)
	for _, c := range m.Timeline.Clips {
		at := (c.Start + c.Duration*7/10).Seconds()
		before, after := picture(t, plain, at), picture(t, given, at)
		if n := differing(before, after); n < 100 {
			t.Errorf("%s: %d pixels differ", c.Scene, n)
		}
		for i, p := range []*chrome.Page{plain, given} {
			got := eval[map[string]string](t, p, `(() => {
				const stage = document.getElementById("`+c.Scene+`-stage");
				const probe = stage.appendChild(document.createElement("i"));
				probe.style.color = "var(--color-accent)";
				const color = getComputedStyle(probe).color;
				probe.remove();
				return { color, text: stage.textContent };
			})()`)
			word, other := "Relay", "Other"
			color := "rgb(212, 55, 10)"
			if i == 1 {
				word, other, color = other, word, "rgb(0, 85, 255)"
			}
			if strings.Contains(m.text(t, "compositions/"+c.Scene+".html"), `data-bind="product"`) &&
				(!strings.Contains(got["text"], word) || strings.Contains(got["text"], other)) {
				t.Errorf("%s: text %q", c.Scene, got["text"])
			}
			if got["color"] != color {
				t.Errorf("%s: accent %s, want %s", c.Scene, got["color"], color)
			}
		}
	}
	for _, p := range []*chrome.Page{plain, given} {
		if e := p.Events(); len(e) > 0 {
			t.Errorf("the page says %v", e)
		}
	}
}

func differing(a, b image.Image) (n int) {
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				n++
			}
		}
	}
	return n
}

// TestOrderOnRuntime seeks a film under the official runtime, in order and out of it, and on pages whose first seek is
// somewhere else: the same moment looks the same in its scene.
func TestOrderOnRuntime(t *testing.T) {
	m := composed(inMemory(t, map[string]string{
		deck:                                "---\ntheme: plain\ntransition: fade 0.5s\nsize: 320x200\n---\n\n# A {.all duration=3s}\n\n---\n\n# B {.all duration=4s}\n\n---\n\n# C {.all duration=2s}\n",
		"templates/layouts/all/layout.yaml": "description: Animations of every kind.\n",
		"templates/layouts/all/layout.html": clockFile(t, "stage.html"),
		"templates/layouts/all/style.css":   clockFile(t, "style.css"),
	}), Options{Fonts: fonts}).ok(t)
	start := func() *chrome.Page {
		p := onRuntime(t, m, `{}`)
		eval[any](t, p, strings.Replace(clockFile(t, "look.js"), "export function look", "window.look = function", 1)+"; null")
		return p
	}
	at := func(p *chrome.Page, frame int) map[string]look {
		eval[any](t, p, fmt.Sprintf("window.__player.renderSeek(%v), null", float64(frame)/30))
		out := map[string]look{}
		for _, c := range m.Timeline.Clips {
			if frame >= c.StartFrame && frame < c.StartFrame+c.Frames {
				out[c.Scene] = eval[look](t, p, `window.look(document.getElementById("`+c.Scene+`-stage"))`)
				out[c.Scene]["stage"] = eval[string](t, p, `getComputedStyle(document.getElementById("`+c.Scene+`-stage")).opacity`)
			}
		}
		return out
	}
	p := start()
	frames := []int{0, 1, 7, 20, 44, 74, 75, 76, 82, 90, 100, 120, 150, 179, 180, 181, 190, 210, m.Timeline.Frames - 1}
	want := map[int]map[string]look{}
	for _, f := range frames {
		want[f] = at(p, f)
	}
	if got := want[20]["a"]["both"]; !strings.HasPrefix(got, "0.333333 ") {
		t.Errorf("at 0.667 s a fade of 2 s is at %s", got)
	}
	if got := want[90]["b"]["both"]; !strings.HasPrefix(got, "0.25 ") {
		t.Errorf("0.5 s into the second scene a fade of 2 s is at %s", got)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		f := frames[r.IntN(len(frames))]
		if d := cmp.Diff(want[f], at(p, f)); d != "" {
			t.Fatalf("frame %d, out of order:\n%s", f, d)
		}
	}
	for _, first := range []int{m.Timeline.Frames - 1, 120} {
		p := start()
		for _, f := range []int{first, 90, 20, 181} {
			if d := cmp.Diff(want[f], at(p, f)); d != "" {
				t.Errorf("frame %d on a page that began with %d:\n%s", f, first, d)
			}
		}
	}
}
