package hframes_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/render"
)

// eyes is what reads the page of the preview: see() tells what an author sees of it, watch() writes down what moves
// while the film plays, until watched() hands it over.
const eyes = `if (self === top) window.ui = (() => {
	const q = (s) => document.querySelector(s);
	const slider = (name) => q('[role="slider"][aria-label="' + name + '"]');
	const duration = () => Number(slider("Playhead").ariaValueMax);
	const starts = () => [...document.querySelectorAll(".scrubber-parts > div")].map((e) => parseFloat(e.style.left) / 100 * duration()).map((t) => Math.round(t * 1e3) / 1e3);
	const time = () => Number(q(".stage").dataset.time);
	const playing = () => q(".transport-play").ariaLabel === "Pause";
	let log = [], stopped = 0;
	const note = () => {
		if (!playing()) stopped++;
		log.push([performance.now() / 1000, time(), starts().findLast((s) => s <= time() + 0.01) ?? 0]);
	};
	return {
		q, press: (...keys) => keys.forEach((key) => ["keydown", "keyup"].forEach((type) =>
			document.dispatchEvent(new KeyboardEvent(type, { key, bubbles: true, cancelable: true })))),
		see: () => ({
			time: time(), hash: q(".stage").dataset.hash ?? "", playing: playing(), duration: duration(), starts: starts(),
			range: slider("Loop start").hidden ? [] : [Number(slider("Loop start").ariaValueNow), Number(slider("Loop end").ariaValueNow)],
			looped: q('button[aria-label="Loop"]').ariaPressed === "true",
			scene: q("tr[aria-current] .timing-title")?.textContent ?? "",
			card: q(".card-sheet").hidden ? "" : q(".card-sheet").innerText,
			problems: q("#page-problems").textContent,
			stage: (({ x, y, width, height }) => [x, y, width, height])(q(".stage").getBoundingClientRect()),
		}),
		watch: () => {
			[log, stopped] = [[], 0];
			window.watching = new MutationObserver(note);
			watching.observe(q(".stage"), { attributeFilter: ["data-time"] });
			watching.observe(q(".transport-play"), { attributeFilter: ["aria-label"] });
		},
		watched: () => (watching.disconnect(), { log, stopped }),
	};
})()`

// A view is what the page shows of a film.
type view struct {
	Time     float64 // s, of the picture that is shown
	Hash     string  // of its version
	Playing  bool
	Duration float64    // s
	Starts   []float64  // s, of the scenes
	Range    []float64  // s, of the loop; empty = none
	Looped   bool       // whether it is on
	Scene    string     // title of the scene at the playhead
	Card     string     // text of the error card, "" = there is none
	Problems string     // text of the tab
	Stage    [4]float64 // px: x, y, width, height
}

// A live is a preview with its folder and a page.
type live struct {
	t    *testing.T
	b    *chrome.Browser
	page *chrome.Page
	url  string
	dir  string
}

// begin opens the preview of a folder at a place, such as #t=3, and waits for the picture.
func begin(t *testing.T, b *chrome.Browser, dir, at string) *live {
	t.Helper()
	return looks(t, b, serves(t, dir, nil).URL, dir, at, 1280, 800)
}

// looks opens a page of a preview that is running, in a window of width × height px.
func looks(t *testing.T, b *chrome.Browser, url, dir, at string, width, height int) *live {
	t.Helper()
	page, err := b.Page(t.Context(), chrome.PageOptions{Width: width, Height: height, OnNewDocument: eyes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(page.Close)
	l := &live{t, b, page, url, dir}
	if err := page.Navigate(t.Context(), url+at); err != nil {
		t.Fatal(err)
	}
	until(t, page, `ui.q(".stage[data-time]")`)
	if at, ok := strings.CutPrefix(at, "#t="); ok {
		l.at(at)
	}
	return l
}

// at waits until the picture shows a time.
func (l *live) at(t string) {
	l.t.Helper()
	until(l.t, l.page, fmt.Sprintf("Math.abs(ui.see().time - %s) < 0.02", t))
}

func (l *live) do(script string) {
	l.t.Helper()
	if err := l.page.Eval(l.t.Context(), script, nil); err != nil {
		l.t.Fatalf("%s: %v", script, err)
	}
}

func (l *live) see() view {
	l.t.Helper()
	var v view
	if err := l.page.Eval(l.t.Context(), "ui.see()", &v); err != nil {
		l.t.Fatal(err)
	}
	return v
}

// seek goes to a time, s.
func (l *live) seek(t float64) {
	l.t.Helper()
	l.do(fmt.Sprintf(`location.hash = "t=%.3f&now=" + performance.now()`, t)) // a hash that is there already is no change
	if !l.see().Playing {
		l.at(fmt.Sprint(t))
	}
}

// save puts another text in the place of a file, as editors do: by a rename.
func (l *live) save(name string, data []byte) {
	l.t.Helper()
	next := filepath.Join(l.t.TempDir(), "next")
	writeFile(l.t, next, data)
	if err := os.Rename(next, filepath.Join(l.dir, name)); err != nil {
		l.t.Fatal(err)
	}
}

// edit replaces a text in a file, which must be there.
func (l *live) edit(name, old, now string) {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join(l.dir, name))
	if err != nil {
		l.t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		l.t.Fatalf("%s has no %q", name, old)
	}
	l.save(name, bytes.Replace(data, []byte(old), []byte(now), 1))
}

// picture returns what is on the page's stage, without what lies over it.
func (l *live) picture() *image.RGBA {
	l.t.Helper()
	l.do(`{ const sheet = new CSSStyleSheet(); sheet.replaceSync(".card, .over { visibility: hidden }"); document.adoptedStyleSheets = [sheet]; }`)
	shot, err := l.page.Screenshot(l.t.Context(), chrome.PNG)
	if err != nil {
		l.t.Fatal(err)
	}
	l.do(`document.adoptedStyleSheets = []`)
	return cutPNG(l.t, shot, l.see().Stage)
}

// cutPNG returns a part of a screenshot.
func cutPNG(t *testing.T, shot []byte, part [4]float64) *image.RGBA {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	return cut(img, part, 1)
}

func writePNG(t *testing.T, name string, img image.Image) {
	t.Helper()
	var data bytes.Buffer
	if err := png.Encode(&data, img); err != nil {
		t.Fatal(err)
	}
	writeFile(t, name, data.Bytes())
}

// cut returns a part of a picture that is k times the size that the part is given in.
func cut(img image.Image, part [4]float64, k float64) *image.RGBA {
	at := func(i int) int { return int(math.Round(part[i] * k)) }
	out := image.NewRGBA(image.Rect(0, 0, at(2), at(3)))
	draw.Draw(out, out.Bounds(), img, image.Pt(at(0), at(1)), draw.Src)
	return out
}

// like compares two pictures of one size: peak signal to noise in dB. Of different sizes none is like another.
func like(a, b *image.RGBA) float64 {
	if a.Rect != b.Rect {
		return 0
	}
	sum := 0.0
	for i := range a.Pix {
		d := float64(a.Pix[i]) - float64(b.Pix[i])
		sum += d * d
	}
	if sum == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(255*255/(sum/float64(len(a.Pix))))
}

// films records the page's frames until the function that it returns is called, which hands over the stage in each.
func (l *live) record() func() []*image.RGBA {
	l.t.Helper()
	cast, err := l.page.Screencast(l.t.Context(), chrome.Format{Type: "jpeg", Quality: 90}, 640, 400)
	if err != nil {
		l.t.Fatal(err)
	}
	var all [][]byte
	done := make(chan struct{})
	go func() {
		defer close(done)
		for f := range cast.Frames {
			all = append(all, f.Data)
		}
	}()
	return func() (out []*image.RGBA) {
		l.t.Helper()
		cast.Stop()
		<-done
		for _, data := range all {
			img, err := jpeg.Decode(bytes.NewReader(data))
			if err != nil {
				l.t.Fatal(err)
			}
			out = append(out, cut(img, l.see().Stage, 0.5))
		}
		return out
	}
}

// flashes counts frames that show a ground like neither of two pictures at three places near the upper edge, where no
// card and no text is. pictures are as large as the stage, frames half so.
func flashes(frames []*image.RGBA, pictures ...*image.RGBA) (n int, first *image.RGBA) {
	for _, f := range frames {
		ok := true
		for _, x := range []float64{0.04, 0.5, 0.96} {
			near := false
			for _, p := range pictures {
				a := f.RGBAAt(int(x*float64(f.Rect.Dx())), int(0.04*float64(f.Rect.Dy())))
				b := p.RGBAAt(int(x*float64(p.Rect.Dx())), int(0.04*float64(p.Rect.Dy())))
				d := func(a, b uint8) float64 { return math.Abs(float64(a) - float64(b)) }
				near = near || max(d(a.R, b.R), d(a.G, b.G), d(a.B, b.B)) < 12
			}
			ok = ok && near
		}
		if !ok {
			n++
			if first == nil {
				first = f
			}
		}
	}
	return n, first
}

// survivor writes a deck whose second scene has a ground of its own, and a second theme.
func survivor(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "film")
	writeFile(t, filepath.Join(dir, hframes.Deck), []byte(`---
title: What stays
size: [landscape, square]
theme: tangent
transition: cut
---

## First {#first duration=4s}

- One point

---

## Second {#second .plain duration=90s}

---

## Third {#third duration=6s}

- Another point
`))
	layout := filepath.Join(dir, "templates/layouts/plain")
	writeFile(t, filepath.Join(layout, "layout.yaml"), []byte("description: A heading on a ground.\n\naccepts: [list]\n"))
	writeFile(t, filepath.Join(layout, "layout.html"), []byte(`<div class="plain"><h2 id="{{.ID}}-title" class="display">{{.Title}}</h2></div>`+"\n"))
	writeFile(t, filepath.Join(layout, "style.css"), []byte(".plain {\n  position: absolute;\n  inset: 0;\n  background: var(--color-surface);\n}\n"+
		".plain h2 {\n  padding: calc(var(--u) * 200) 0;\n  font-size: calc(var(--u) * 160);\n}\n"))
	for _, name := range []string{"theme.css", "theme.yaml"} {
		data, err := os.ReadFile(filepath.Join("templates/themes/tangent", name))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, "templates/themes/dusk", name), bytes.Replace(data, []byte(`surface: "#f7f5fc"`), []byte(`surface: "#d0a0b0"`), 1))
	}
	return dir
}

const plainCSS = "templates/layouts/plain/style.css"

// A survival is a change of that deck. shift is by how much the second scene moves, s; same says that its picture does
// not change.
type survival struct {
	name, file, old, now string
	shift                float64
	same, broken         bool
}

// survivals are made one after another, each to what the one before has left.
var survivals = []survival{
	{name: "text", file: hframes.Deck, old: "## Second", now: "## Words of another length"},
	{name: "css", file: plainCSS, old: "var(--color-surface)", now: "color-mix(in srgb, var(--color-surface) 60%, #14304f)"},
	{name: "scene added before", file: hframes.Deck, old: "---\n\n## Words", now: "---\n\n## New {#new duration=3s}\n\n- A point\n\n---\n\n## Words", shift: 3, same: true},
	{name: "scene before made longer", file: hframes.Deck, old: "duration=3s", now: "duration=5.5s", shift: 2.5, same: true},
	{name: "broken", file: hframes.Deck, old: "transition: cut", now: "transition: cuut", same: true, broken: true},
	{name: "repaired", file: hframes.Deck, old: "cuut", now: "cut", same: true},
	{name: "theme", file: hframes.Deck, old: "theme: tangent", now: "theme: dusk"},
	{name: "renamed", file: hframes.Deck, old: "## Words of another length {#second", now: "## Renamed {#other"},
	{name: "size"},
	{name: "scene before removed", file: hframes.Deck, old: "---\n\n## New {#new duration=5.5s}\n\n- A point\n\n", now: "", shift: -5.5, same: true},
}

// TestPreviewSurvives makes changes under a page that stands still and under one that plays, and looks at what the
// author must not lose: the place in the scene, whether it plays, the loop's range, and a picture at every moment.
func TestPreviewSurvives(t *testing.T) {
	b := chromium(t)
	for _, playing := range []bool{false, true} {
		name := map[bool]string{false: "paused", true: "playing"}[playing]
		t.Run(name, func(t *testing.T) {
			l := begin(t, b, survivor(t), "#t=4")
			l.do(`ui.press("i"), location.hash = "t=97"`)
			l.at("97")
			l.do(`ui.press("o", "r")`) // the loop is off: what plays goes on past its end
			l.seek(7)
			if playing {
				l.do(`ui.press(" ")`)
				until(t, l.page, `ui.see().playing && ui.see().time > 7.1`)
			}
			for _, c := range survivals {
				t.Run(c.name, func(t *testing.T) {
					l := &live{t, b, l.page, l.url, l.dir}
					if playing {
						l.survivesPlaying(c)
					} else {
						l.survivesPaused(c)
					}
				})
			}
		})
	}
}

// change makes a change and waits until the page shows it.
func (l *live) change(c survival, hash string) {
	l.t.Helper()
	if c.name == "size" {
		l.do(`ui.q('.sizes input[value="square"]').click()`)
	} else {
		l.edit(c.file, c.old, c.now)
	}
	if c.broken {
		until(l.t, l.page, `ui.see().card !== ""`)
		return
	}
	until(l.t, l.page, fmt.Sprintf(`ui.see().card === "" && %v || ui.see().hash !== %q`, c.name == "repaired", hash))
}

func (l *live) survivesPaused(c survival) {
	t := l.t
	before, old := l.see(), l.picture()
	frames := l.record()
	l.change(c, before.Hash)
	after, now := l.see(), l.picture()
	l.keptPlace(c, before, after)
	near := func(a, b float64) bool { return math.Abs(a-b) < 0.002 }
	if !near(after.Time, before.Time+c.shift) || after.Playing {
		t.Errorf("the playhead went from %g to %g s (playing %v), want %g", before.Time, after.Time, after.Playing, before.Time+c.shift)
	}
	if db := like(old, now); c.same && db < 45 {
		t.Errorf("the picture is another one: %.1f dB", db)
	} else if !c.same && db > 40 {
		t.Errorf("the picture is still the old one: %.1f dB", db)
	}
	if c.name == "size" {
		frames() // they are of two shapes
	} else if n, f := flashes(frames(), old, now); n > 0 {
		t.Errorf("%d frames are neither the old nor the new picture, such as %s", n, kept(t, f))
	}
	if !c.broken { // what a page shows that knows nothing of what was before
		fresh := looks(t, l.b, l.url, l.dir, fmt.Sprintf("#t=%g", after.Time), 1280, 800)
		if c.name == "size" || after.Stage != fresh.see().Stage {
			fresh.do(`ui.q('.sizes input[value="square"]').click()`)
			until(t, fresh.page, fmt.Sprintf(`ui.see().hash === %q`, after.Hash))
			fresh.at(fmt.Sprint(after.Time))
		}
		if db := like(now, fresh.picture()); db < 45 {
			t.Errorf("a page that is opened now shows another picture: %.1f dB", db)
		}
		fresh.page.Close()
	}
}

func (l *live) survivesPlaying(c survival) {
	t := l.t
	start := l.see().Starts
	second := start[len(start)-2]
	l.seek(second + 3)
	until(t, l.page, fmt.Sprintf(`ui.see().time > %g && ui.see().time < %g`, second+3, second+5))
	old := l.picture()
	before := l.see()
	frames := l.record()
	l.do(`ui.watch()`)
	l.change(c, before.Hash)
	changed := l.see()
	until(t, l.page, fmt.Sprintf(`ui.see().time > %g`, changed.Time+0.5))
	l.keptPlace(c, before, changed)
	l.jumps()
	now := l.picture()
	shots := frames()
	t.Logf("%d frames seen", len(shots))
	if c.name == "size" {
		return
	}
	if n, f := flashes(shots, old, now); n > 0 {
		t.Errorf("%d frames are neither the old nor the new picture, such as %s", n, kept(t, f))
	}
}

// jumps ends a watch of a film that plays. It must have gone on, at the clock's pace and within its scene.
func (l *live) jumps() {
	t := l.t
	t.Helper()
	var w struct {
		Log     [][3]float64 // s: of the clock, of the film, and where the scene at the playhead begins
		Stopped int
	}
	if err := l.page.Eval(t.Context(), "ui.watched()", &w); err != nil {
		t.Fatal(err)
	}
	if w.Stopped > 0 || !l.see().Playing {
		t.Error("it does not play any more")
	}
	back, on := 0.0, 0.0
	for i := 1; i < len(w.Log); i++ {
		a, b := w.Log[i-1], w.Log[i]
		step := (b[1] - b[2]) - (a[1] - a[2])
		back, on = max(back, -step), max(on, step-(b[0]-a[0]))
	}
	t.Logf("%d times told, furthest back %.3f s, ahead of the clock %.3f s", len(w.Log), back, on)
	if back > 0.5 || on > 1 {
		t.Errorf("the playhead jumped: back %.3f s, ahead of the clock %.3f s", back, on)
	}
}

// keptPlace compares what stands in the same place of the same scene whether the film plays or not.
func (l *live) keptPlace(c survival, before, after view) {
	t := l.t
	t.Helper()
	want := []float64{before.Range[0] + c.shift, before.Range[1] + c.shift}
	if len(after.Range) != 2 || math.Abs(after.Range[0]-want[0]) > 0.002 || math.Abs(after.Range[1]-want[1]) > 0.002 || after.Looped != before.Looped {
		t.Errorf("the loop's range went from %v to %v, want %v", before.Range, after.Range, want)
	}
	if c.broken {
		for _, part := range []string{"1 error", "video.md:5:13", "transition: cuut", `did you mean "cut"?`, "last good build"} {
			if !strings.Contains(after.Card, part) {
				t.Errorf("the card has no %q: %s", part, after.Card)
			}
		}
		var links string
		if err := l.page.Eval(t.Context(), `ui.q(".card-sheet a.place").href`, &links); err != nil || links != "edit:"+filepath.ToSlash(l.dir)+"/video.md:5:13" {
			t.Errorf("the card links to %q, %v", links, err)
		}
	} else if after.Card != "" {
		t.Errorf("the card is still there: %s", after.Card)
	}
}

// kept saves a picture for whoever reads the test's output, and returns where.
func kept(t *testing.T, img *image.RGBA) string {
	t.Helper()
	f, err := os.CreateTemp("", "preview-*.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// TestPreviewSeekMeanwhile goes elsewhere at the moment when a change is known and its picture is not there yet.
func TestPreviewSeekMeanwhile(t *testing.T) {
	l := begin(t, chromium(t), survivor(t), "#t=7")
	goes := func(key string) {
		l.do(`{ const o = new MutationObserver(() => { o.disconnect(); ui.press("` + key + `"); });
			o.observe(ui.q(".scrubber-parts"), { childList: true }); }`)
	}
	hash := l.see().Hash
	goes("4") // the third scene, which will be the fourth
	l.edit(hframes.Deck, "---\n\n## Second", "---\n\n## New {duration=3s}\n\n- A point\n\n---\n\n## Second")
	until(t, l.page, fmt.Sprintf(`ui.see().hash !== %q && ui.see().time > 20`, hash))
	if v := l.see(); v.Time != 97 || v.Scene != "Third" {
		t.Errorf("it is at %g s, in %q", v.Time, v.Scene)
	}
	l.seek(5)
	l.do(`ui.press(" ")`)
	until(t, l.page, `ui.see().time > 5.05`)
	hash = l.see().Hash
	goes("2")
	l.edit(hframes.Deck, "---\n\n## New {duration=3s}\n\n- A point\n\n---\n\n## Second", "---\n\n## Second")
	until(t, l.page, fmt.Sprintf(`ui.see().hash !== %q`, hash))
	l.do(`ui.watch()`)
	until(t, l.page, `ui.see().time > 4.5`)
	if v := l.see(); v.Time > 30 || !v.Playing || v.Scene != "Second" {
		t.Errorf("it is at %g s, in %q, playing %v", v.Time, v.Scene, v.Playing)
	}
}

// TestPreviewScroll changes a film of forty scenes while its list and its contact sheet are scrolled.
func TestPreviewScroll(t *testing.T) {
	b := chromium(t)
	dir := filepath.Join(t.TempDir(), "film")
	deck := generated(40)
	writeFile(t, filepath.Join(dir, hframes.Deck), []byte(deck))
	url := serves(t, dir, nil).URL
	for _, c := range []struct{ name, open, ready, scroller string }{
		{"timing", `ui.press("t")`, "true", "#page-timing"},
		{"contact sheet", `ui.press("c")`, `ui.q(".sheet-grid").style.getPropertyValue("--columns") > 1`, ".sheet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := looks(t, b, url, dir, "", 1280, 800)
			l.do(c.open)
			until(t, l.page, fmt.Sprintf(`ui.q(%q).scrollHeight > 2000 && %s`, c.scroller, c.ready))
			l.do(fmt.Sprintf(`ui.q(%q).scrollTop = 900`, c.scroller))
			// row finds a row, the first on screen that is called "Part …" if none is named, and by how many px it is below
			// the upper edge.
			type row struct {
				Name  string
				Below float64
			}
			find := func(name string) (r row) {
				t.Helper()
				err := l.page.Call(t.Context(), `(scroller, name) => {
					const box = ui.q(scroller).getBoundingClientRect();
					for (const e of document.querySelectorAll(scroller + " :is(tbody tr, li)")) {
						const at = e.getBoundingClientRect(), title = /Part \d+ of the story/.exec(e.textContent)?.[0];
						if (name ? title === name : title && at.top >= box.top) return { name: title, below: at.top - box.top };
					}
				}`, &r, c.scroller, name)
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			before := find("")
			t.Logf("at %+v", before)
			step := func(what, old, now, done string) {
				t.Helper()
				hash := l.see().Hash
				l.edit(hframes.Deck, old, now)
				until(t, l.page, fmt.Sprintf(done, hash))
				r := find(before.Name)
				if c.name == "contact sheet" && what == "scene added" { // the tiles are laid out anew
					until(t, l.page, `ui.q(".sheet").scrollTop === 900`)
				} else if math.Abs(r.Below-before.Below) > 1 {
					t.Errorf("%s: %+v is now %+v", what, before, r)
				}
			}
			step("text", "The second point", "Another second point", `ui.see().hash !== %q`)
			step("broken", "title: A long film", "title: A long film\ntransition: cuut", `ui.see().card !== "" || %q === ""`)
			step("repaired", "title: A long film\ntransition: cuut", "title: A long film", `ui.see().card === "" || %q === ""`)
			step("scene added", "\n## Code 1", "\n## New {duration=3s}\n\n- A point\n\n---\n\n## Code 1", `ui.see().hash !== %q`)
			step("scene removed", "\n## New {duration=3s}\n\n- A point\n\n---\n\n## Code 1", "\n## Code 1", `ui.see().hash !== %q`)
			step("text again", "Another second point", "The second point", `ui.see().hash !== %q`)
		})
	}
}

// TestPreviewMedia takes the picture and the clip of a film away and brings them back.
func TestPreviewMedia(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "film")
	writeFile(t, filepath.Join(dir, hframes.Deck), []byte(`---
title: Media
transition: cut
---

## First {duration=2s}

- One point

---

## Sky {.media duration=60s}

![Sky](sky.png)

---

## Clip {.media duration=60s}

![Clip](flow.mp4)
`))
	sky := image.NewRGBA(image.Rect(0, 0, 320, 180))
	draw.Draw(sky, sky.Bounds(), image.NewUniform(color.RGBA{40, 90, 200, 255}), image.Point{}, draw.Src)
	writePNG(t, filepath.Join(dir, "sky.png"), sky)
	clip, err := os.ReadFile("examples/launch/media/flow.mp4")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "flow.mp4"), clip)
	l := begin(t, chromium(t), dir, "#t=4")
	for _, c := range []struct {
		file string
		at   float64
	}{{"sky.png", 4}, {"flow.mp4", 64}} {
		for _, playing := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/playing=%v", c.file, playing), func(t *testing.T) {
				l := &live{t, l.b, l.page, l.url, l.dir}
				l.seek(c.at)
				if playing {
					l.do(`ui.press(" "), ui.watch()`)
					until(t, l.page, fmt.Sprintf("ui.see().time > %g", c.at+0.2))
				}
				before, old := l.see(), l.picture()
				file, away := filepath.Join(dir, c.file), filepath.Join(t.TempDir(), "away")
				if err := os.Rename(file, away); err != nil {
					t.Fatal(err)
				}
				until(t, l.page, fmt.Sprintf(`ui.see().card.includes(%q)`, c.file))
				broken, now := l.see(), l.picture()
				if err := os.Rename(away, file); err != nil {
					t.Fatal(err)
				}
				until(t, l.page, `ui.see().card === ""`)
				if !playing {
					after := l.see()
					if broken.Time != before.Time || after.Time != before.Time || after.Playing {
						t.Errorf("the playhead went from %g to %g and %g s", before.Time, broken.Time, after.Time)
					}
					if a, b := like(old, now), like(old, l.picture()); a < 45 || b < 45 {
						t.Errorf("the picture is another one: %.1f dB without the file, %.1f dB with it", a, b)
					}
					return
				}
				until(t, l.page, fmt.Sprintf("ui.see().time > %g", l.see().Time+0.5))
				l.jumps()
				l.do(`ui.press(" ")`)
			})
		}
	}
	if v := l.see(); !strings.Contains(v.Problems, "No problems") {
		t.Error(v.Problems)
	}
}

// changesOf are one edit of each film of films_test.go that shows in the whole picture at its first time.
var changesOf = map[string]struct{ file, old, now string }{
	"gsap":   {"index.html", "#2a2358", "#a05030"},
	"anime":  {"index.html", "background: #6c4cf1", "background: #1c8c41"},
	"lottie": {"sign.json", "[0.957, 0.937, 0.902, 1]", "[0.1, 0.9, 0.2, 1]"},
	"three":  {"knot.js", `new THREE.Color("#16132b")`, `new THREE.Color("#205030")`},
	"video":  {"index.html", "background: #ffc145", "background: #20c0ff"},
	"nested": {"compositions/card.html", "background: #f4efe6", "background: #504030"},
}

// TestPreviewFilms opens each film of films_test.go, which no Markdown was made into, holds its picture against the local
// render, changes it, and proves that nothing else in its folder was touched.
func TestPreviewFilms(t *testing.T) {
	b := chromium(t)
	scenes := map[string][]float64{"gsap": {0, 3}, "nested": {0, 1, 1}}
	for _, f := range films {
		t.Run(f.name, func(t *testing.T) {
			dir := film(t, f.name)
			before := contents(t, dir)
			l := looks(t, b, serves(t, dir, nil).URL, dir, "", max(f.width, 1000), max(f.height, 700))
			v := l.see()
			if math.Abs(v.Duration-f.duration) > 0.001 || fmt.Sprint(v.Starts) != fmt.Sprint(append([]float64{}, scenes[f.name]...)) {
				t.Errorf("%g s, scenes at %v", v.Duration, v.Starts)
			}
			const fps = 5
			file := rendered(t, dir, fps)
			own := "{ const sheet = new CSSStyleSheet(); sheet.replaceSync(`.stage { position: fixed !important; inset: 0 !important; z-index: 9; transform: none !important; } .screen { translate: none !important; }`); window.own = sheet; }"
			l.do(own)
			for _, at := range f.at[:2] {
				l.seek(at)
				l.do(`document.adoptedStyleSheets = [own]`)
				still := filepath.Join(t.TempDir(), "still.png")
				shot, err := l.page.Screenshot(t.Context(), chrome.PNG)
				if err != nil {
					t.Fatal(err)
				}
				writePNG(t, still, cutPNG(t, shot, [4]float64{0, 0, float64(f.width), float64(f.height)}))
				db := filmPSNR(t, still, file, int(math.Round(at*fps)))
				t.Logf("at %g s: %.1f dB", at, db)
				if db < 50 {
					t.Errorf("at %g s: %.1f dB", at, db)
				}
				l.do(`document.adoptedStyleSheets = []`)
			}
			was, old := l.see(), l.picture()
			c := changesOf[f.name]
			l.edit(c.file, c.old, c.now)
			until(t, l.page, fmt.Sprintf(`ui.see().hash !== %q`, was.Hash))
			is := l.see()
			if is.Time != was.Time || is.Playing {
				t.Errorf("the edit moved the playhead from %g to %g s", was.Time, is.Time)
			}
			db := like(old, l.picture())
			t.Logf("before and after the edit: %.1f dB", db)
			if db > 35 {
				t.Errorf("the edit does not show: %.1f dB", db)
			}
			if !strings.Contains(is.Problems, "No problems") {
				t.Errorf("the film complains: %s", is.Problems)
			}
			l.edit(c.file, c.now, c.old)
			until(t, l.page, fmt.Sprintf(`ui.see().hash === %q`, was.Hash))
			if db := like(old, l.picture()); db < 45 {
				t.Errorf("the edit undone shows another picture: %.1f dB", db)
			}
			l.do(`ui.press(" ")`)
			until(t, l.page, fmt.Sprintf("ui.see().playing && ui.see().time > %g", is.Time+0.3))
			after := contents(t, dir)
			before[c.file], after[c.file] = "", ""
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("the folder is not what it was:\n%s", diff)
			}
		})
	}
}

// rendered renders a film on this machine and returns the file.
func rendered(t *testing.T, dir string, fps int) string {
	t.Helper()
	p, err := hframes.Open(dir, hframes.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	made, err := p.Build(t.Context())
	if err != nil {
		t.Fatal(said(err))
	}
	js, err := p.Runtime(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "film.mp4")
	if _, err := render.Local(t.Context(), made.Bundle.FS(), made.Bundle.Entry, file, render.Options{FPS: fps, Quality: "high", Runtime: js}); err != nil {
		t.Fatal(err)
	}
	return file
}

// contents tells of every file of a folder when it was written and what is in it.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(rel)] = fmt.Sprintf("%v %x", info.ModTime(), sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// launched opens a copy of the example launch.
func launched(t *testing.T, at string) *live {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "launch")
	if err := os.CopyFS(dir, os.DirFS("examples/launch")); err != nil {
		t.Fatal(err)
	}
	return begin(t, chromium(t), dir, at)
}

// inks counts the colours of a picture, to 16 levels a channel, that take up a thousandth of it: a blank one has one.
func inks(img *image.RGBA) int {
	count := map[[3]uint8]int{}
	for i := 0; i < len(img.Pix); i += 4 {
		count[[3]uint8{img.Pix[i] >> 4, img.Pix[i+1] >> 4, img.Pix[i+2] >> 4}]++
	}
	n := 0
	for _, c := range count {
		if c*4000 >= len(img.Pix) {
			n++
		}
	}
	return n
}

// parts returns what is on the page where the elements of a selector are.
func (l *live) parts(selector string) (out []*image.RGBA) {
	l.t.Helper()
	var at [][4]float64
	err := l.page.Call(l.t.Context(), `(selector) => [...document.querySelectorAll(selector)].map((e) => {
		const b = e.getBoundingClientRect();
		return [b.x, b.y, b.width, b.height];
	})`, &at, selector)
	if err != nil {
		l.t.Fatal(err)
	}
	shot, err := l.page.Screenshot(l.t.Context(), chrome.PNG)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, part := range at {
		out = append(out, cutPNG(l.t, shot, part))
	}
	return out
}

// TestPreviewPlaces goes to places in every way that there is.
func TestPreviewPlaces(t *testing.T) {
	l := launched(t, "#scene=speed")
	at := func(what string, want float64) {
		t.Helper()
		until(t, l.page, `Math.abs(ui.see().time - Number(ui.q('[aria-label="Playhead"]').ariaValueNow)) < 0.002`)
		if v := l.see(); math.Abs(v.Time-want) > 0.02 || v.Playing {
			t.Errorf("%s: at %g s (playing %v), want %g", what, v.Time, v.Playing, want)
		}
	}
	start := l.see().Starts
	at("#scene=speed", start[3])
	l.seek(12.4)
	at("#t=12.4", 12.4)
	typed := func(name, text string) {
		l.do(fmt.Sprintf(`{ const e = ui.q('input[aria-label="%s"]'); e.focus(); e.value = %q;
			e.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })); }`, name, text))
	}
	typed("Time", "0:20:15")
	at("a timecode", 20.5)
	typed("Time", "+10f")
	at("ten frames on", 20.5+10.0/30)
	typed("Time", "#voices")
	at("a scene by name", start[4])
	typed("Frame", "300")
	at("a frame", 10)
	l.do(`ui.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft")`)
	at("two frames on", 10+2.0/30)
	l.do(`ui.press(".")`)
	at("next scene", start[2])
	l.do(`ui.press(","), ui.press(",")`)
	at("two scenes back", start[0])
	l.do(`ui.press("2")`)
	at("second scene", start[1])
	l.do(`ui.press("i", "3", "o")`)
	if v := l.see(); len(v.Range) != 2 || v.Range[0] != start[1] || math.Abs(v.Range[1]-start[2]-1.0/30) > 0.002 || !v.Looped {
		t.Errorf("I and O made the loop %v (on %v)", v.Range, v.Looped)
	}
	l.do(`ui.press("x")`)
	if v := l.see(); len(v.Range) != 0 || v.Looped {
		t.Errorf("X left the loop %v (on %v)", v.Range, v.Looped)
	}
	until(t, l.page, fmt.Sprintf("ui.see().time === %.3f", start[2]))
	now := start[2]
	for _, c := range []struct{ press, until string }{
		{`" "`, "ui.see().playing && ui.see().time > %g + 0.2"},
		{`" "`, "!ui.see().playing && %g"},
		{`"l", "l"`, `ui.see().playing && ui.q(".transport-rate").value === "2" && ui.see().time > %g + 0.5`},
		{`"k"`, `!ui.see().playing && ui.q(".transport-rate").value === "1" && %g`},
		{`"j"`, "ui.see().playing && ui.see().time < %g - 0.3"},
		{`"k"`, "!ui.see().playing && %g"},
	} {
		l.do(`ui.press(` + c.press + `)`)
		until(t, l.page, fmt.Sprintf(c.until, now))
		now = l.see().Time
	}

	// An editor's cursor.
	point := func(file string, line int) int {
		res, err := http.Post(l.url+"cursor", "application/json", strings.NewReader(fmt.Sprintf(`{"file": %q, "line": %d}`, file, line)))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	line := func(text string) int {
		deck, _, ok := strings.Cut(string(must(os.ReadFile(filepath.Join(l.dir, hframes.Deck)))(t)), text)
		if !ok {
			t.Fatalf("the deck has no %q", text)
		}
		return strings.Count(deck, "\n") + 1
	}
	for _, file := range []string{hframes.Deck, filepath.Join(l.dir, hframes.Deck), ""} {
		l.seek(1)
		if code := point(file, line("| 2.4")); code != http.StatusNoContent {
			t.Errorf("cursor in %q: %d", file, code)
		}
		until(t, l.page, fmt.Sprintf("ui.see().time > %g && ui.see().time < %g", start[3], start[4]))
	}
	for _, file := range []string{"/etc/hosts", "../video.md"} {
		if code := point(file, 3); code != http.StatusNotFound {
			t.Errorf("cursor in %s: %d", file, code)
		}
	}

	// And from the picture to the deck.
	l.seek(20)
	l.do(`window.opened = []; HTMLAnchorElement.prototype.click = function () { opened.push(this.href); }; ui.press("p");
		{ const b = ui.q(".over").getBoundingClientRect();
		  ui.q(".over").dispatchEvent(new MouseEvent("click", { clientX: b.x + b.width * 0.15, clientY: b.y + b.height * 0.12, bubbles: true })); }`)
	want := fmt.Sprintf("video.md:%d", line("## A worker"))
	until(t, l.page, fmt.Sprintf(`ui.q(".status").textContent.startsWith(%q)`, want))
	until(t, l.page, fmt.Sprintf(`opened.length === 1 && opened[0].endsWith(%q)`, want+":1"))
	if l.see().Playing {
		t.Error("a click that picks plays the film")
	}
}

// must returns a value, or ends the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestPreviewVariables sets the variables of launch, and takes them back.
func TestPreviewVariables(t *testing.T) {
	l := launched(t, "#t=3")
	old := l.picture()
	l.do(`ui.press("v")`)
	for _, c := range []struct{ id, value string }{{"product", "Zebra"}, {"version", "7"}, {"accent", "#0a8f4d"}} {
		l.do(fmt.Sprintf(`{ const e = document.getElementById("variable-%s"); e.value = %q; e.dispatchEvent(new InputEvent("input", { bubbles: true })); }`, c.id, c.value))
		until(t, l.page, `ui.q(".variables-changed").textContent === "1 changed"`)
		changes(t, l, c.id+" set", func(db float64) bool { return db < 40 }, old)
		l.do(`ui.q(".variable.differs .variable-reset").click()`)
		until(t, l.page, `ui.q(".variables-changed").textContent === "All at their defaults"`)
		changes(t, l, c.id+" reset", func(db float64) bool { return db > 45 }, old)
		if v := l.see(); v.Time != 3 || v.Playing {
			t.Errorf("%s moved the playhead to %g s", c.id, v.Time)
		}
	}
}

// changes waits until the picture is as far from another, in dB, as it should be.
func changes(t *testing.T, l *live, what string, ok func(float64) bool, from *image.RGBA) {
	t.Helper()
	db := 0.0
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if db = like(from, l.picture()); ok(db) {
			t.Logf("%s: %.1f dB", what, db)
			return
		}
	}
	t.Errorf("%s: still %.1f dB", what, db)
}

// TestPreviewSideBySide shows the three sizes of launch in step.
func TestPreviewSideBySide(t *testing.T) {
	l := launched(t, "#t=6")
	l.do(`ui.q('.sizes input[value="all"]').click()`)
	const times = `[...document.querySelectorAll(".stage")].map((e) => Number(e.dataset.time))`
	until(t, l.page, times+`.filter((t) => t === 6).length === 3`)
	l.seek(20)
	until(t, l.page, times+`.filter((t) => t === 20).length === 3`)
	for i, img := range l.parts(".stage") {
		if n := inks(img); n < 5 {
			t.Errorf("screen %d shows %d colours", i, n)
		}
	}
	l.do(`ui.press(" ")`)
	until(t, l.page, times+`.every((t) => t > 20.2)`)
	var apart []float64
	err := l.page.Eval(t.Context(), `(async () => {
		const apart = [];
		while (Math.min(...`+times+`) < 22) {
			await new Promise(requestAnimationFrame);
			const all = `+times+`;
			apart.push(Math.max(...all) - Math.min(...all));
		}
		return apart.sort((a, b) => a - b);
	})()`, &apart)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("apart by %.3f s in the middle, %.3f s at most, of %d", apart[len(apart)/2], apart[len(apart)-1], len(apart))
	if apart[len(apart)/2] > 1 {
		t.Errorf("the screens are %.3f s apart", apart[len(apart)/2])
	}
	l.do(`ui.press(" ")`)
	until(t, l.page, `new Set(`+times+`).size === 1`)
	l.do(`ui.q('.sizes input[value="portrait"]').click()`)
	until(t, l.page, `document.querySelectorAll(".stage").length === 1 && ui.see().stage[2] < ui.see().stage[3]`)
}

// TestPreviewStills looks at the small pictures: those of the contact sheet and the one over the scrubber.
func TestPreviewStills(t *testing.T) {
	l := launched(t, "#t=6")
	l.do(`ui.press("c")`)
	until(t, l.page, `document.querySelectorAll(".sheet-still.ready").length === 6`)
	for i, img := range l.parts(".sheet-box") {
		if n := inks(img); n < 3 {
			t.Errorf("tile %d shows %d colours: %s", i, n, kept(t, img))
		}
	}
	l.do(`document.querySelectorAll(".sheet-tile")[3].click()`)
	until(t, l.page, fmt.Sprintf(`!ui.q(".sheet") && Math.abs(ui.see().time - %g) < 0.01`, l.see().Starts[3]))
	l.do(`{ const e = ui.q(".scrubber-scenes"), b = e.getBoundingClientRect();
		e.dispatchEvent(new PointerEvent("pointermove", { clientX: b.x + b.width * 0.5, clientY: b.y + 5, pointerType: "mouse", bubbles: true })); }`)
	for end := time.Now().Add(30 * time.Second); ; {
		if img := l.parts(".scrubber-still"); len(img) == 1 && !img[0].Rect.Empty() && inks(img[0]) >= 3 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("no still over the scrubber")
		}
	}
	if v := l.see(); math.Abs(v.Time-v.Starts[3]) > 0.01 {
		t.Errorf("the pointer over the scrubber moved the playhead to %g s", v.Time)
	}
}

// TestPreviewPlaysThrough plays a film of forty scenes, faster and faster, to its end.
func TestPreviewPlaysThrough(t *testing.T) {
	var deck strings.Builder
	deck.WriteString("---\ntitle: Forty\ntransition: cut\n---\n")
	for i := range 40 {
		if i > 0 {
			deck.WriteString("\n---\n")
		}
		fmt.Fprintf(&deck, "\n# Scene %d {.title duration=1s}\n", i)
	}
	dir := filepath.Join(t.TempDir(), "film")
	writeFile(t, filepath.Join(dir, hframes.Deck), []byte(deck.String()))
	l := begin(t, chromium(t), dir, "#t=0")
	l.do(`ui.press("l")`)
	until(t, l.page, "ui.see().playing && ui.see().time > 0.5")
	l.do(`ui.press("9")`) // which is in no document yet
	until(t, l.page, "ui.see().time > 8.5 && ui.see().time < 20")
	l.do(`ui.press("3")`)
	until(t, l.page, "ui.see().time > 2.5 && ui.see().time < 8")
	l.do(`ui.watch()`)
	until(t, l.page, "ui.see().time > 6")
	l.do(`ui.press("l")`)
	until(t, l.page, "ui.see().time > 12")
	l.do(`ui.press("l", "l")`)
	until(t, l.page, "ui.see().time > 36")
	l.do(`ui.press("k", "l")`)
	until(t, l.page, "!ui.see().playing && ui.see().time > 39.9")
	var w struct {
		Log     [][3]float64
		Stopped int
	}
	if err := l.page.Eval(t.Context(), "ui.watched()", &w); err != nil {
		t.Fatal(err)
	}
	longest, at, from, to := 0.0, 0.0, 0.0, 0.0
	for i := 1; i < len(w.Log); i++ {
		now, film := w.Log[i][0], w.Log[i][1]
		if d := now - w.Log[i-1][0]; d > longest {
			longest, at = d, film
		}
		if film > 7 && from == 0 {
			from = now
		}
		if film > 11 && to == 0 {
			to = now
		}
	}
	if speed := 4 / (to - from); speed < 1.1 {
		t.Errorf("played at 2x it is %.2f times as fast", speed)
	}
	t.Logf("told %d times, longest pause %.3f s at %.3f s", len(w.Log), longest, at)
}

// TestPreviewAccessible lets axe-core look at the page in its states.
func TestPreviewAccessible(t *testing.T) {
	axe, err := os.ReadFile("tools/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("the tools are not installed: run scripts/setup test (%v)", err)
	}
	l := launched(t, "#t=6")
	audit := func(l *live, what string) {
		t.Helper()
		var found []struct {
			ID, Impact, Help string
			Nodes            []struct{ HTML, FailureSummary string }
		}
		err := l.page.Eval(t.Context(), `axe.run(document, { iframes: false, resultTypes: ["violations"] }).then((r) =>
			r.violations.filter((v) => v.impact === "serious" || v.impact === "critical"))`, &found)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for _, v := range found {
			t.Errorf("%s: %s, %s: %s", what, v.Impact, v.ID, v.Help)
			for _, n := range v.Nodes {
				t.Logf("%.300s\n%s", n.HTML, n.FailureSummary)
			}
		}
	}
	l.do(string(axe) + "; 0")
	for _, theme := range []string{"light", "dark"} {
		l.do(fmt.Sprintf(`document.documentElement.dataset.theme = %q`, theme))
		for _, tab := range []string{"variables", "narration", "problems", "timing"} {
			l.do(fmt.Sprintf(`document.getElementById("tab-%s").click()`, tab))
			audit(l, theme+", "+tab)
		}
		l.do(`ui.press("i", "3", "o")`)
		audit(l, theme+", a loop")
		l.do(`ui.press("x", "c")`)
		until(t, l.page, `document.querySelectorAll(".sheet-still.ready").length === 6`)
		audit(l, theme+", contact sheet")
		l.do(`ui.press("c", "?")`)
		audit(l, theme+", help")
		l.do(`ui.press("?")`)
		l.edit(hframes.Deck, "transition: push", "transition: pusch")
		until(t, l.page, `ui.see().card !== ""`)
		audit(l, theme+", error card")
		l.do(`ui.q(".card-close").click()`)
		audit(l, theme+", error card minimised")
		l.edit(hframes.Deck, "transition: pusch", "transition: push")
		until(t, l.page, `ui.q(".card-chip").hidden`)
		phone := looks(t, l.b, l.url, l.dir, "#t=6", 390, 844)
		phone.do(string(axe) + "; 0")
		phone.do(fmt.Sprintf(`document.documentElement.dataset.theme = %q`, theme))
		audit(phone, theme+", phone")
		phone.do(`document.getElementById("tab-timing").click()`)
		audit(phone, theme+", phone, timing")
		phone.page.Close()
	}
}
