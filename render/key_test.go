package render

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/ffmpeg"
)

// deck builds the deck in dir, with the file video.md in it replaced.
func deck(t *testing.T, dir, text string) (fs.FS, string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "video.md"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := hframes.Open(dir, hframes.Options{Offline: true, CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	film, err := p.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return film.Bundle.FS(), film.Bundle.Entry
}

// allOf reads the files of a film.
func allOf(t *testing.T, files fs.FS, entry string) *folder {
	t.Helper()
	all, err := readFolder(files, entry)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// cutAt cuts a film at a rate of whole frames a second.
func cutAt(t *testing.T, files fs.FS, entry string, fps int, settings []Input) []Segment {
	t.Helper()
	rate := ffmpeg.Rate{Num: fps, Den: 1}
	frames, err := declaredFrames(files, entry, rate)
	if err != nil {
		t.Fatal(err)
	}
	list, err := cut(files, allOf(t, files, entry), rate, frames, span{0, frames}, settings)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, s := range list {
		if s.First != at || s.End <= s.First {
			t.Fatalf("segment %d–%d follows frame %d", s.First, s.End, at)
		}
		at = s.End
	}
	if at != frames {
		t.Fatalf("the segments end at %d of %d", at, frames)
	}
	return list
}

// changed lists what the segments show that are in after and not in before: "a+b" where two are seen at once.
func changed(before, after []Segment) []string {
	known := map[string]bool{}
	for _, s := range before {
		known[s.Key] = true
	}
	out := []string{}
	for _, s := range after {
		if shows := strings.Join(s.Shows, "+"); !known[s.Key] && !slices.Contains(out, shows) {
			out = append(out, shows)
		}
	}
	return out
}

// everything lists what the segments show.
func everything(list []Segment) []string { return changed(nil, list) }

// longDeck is a deck of twenty scenes in all the layouts that need no files; a picture stands in the seventh.
func longDeck() string {
	var b strings.Builder
	b.WriteString("---\ntitle: Twenty\nvariables:\n  who: Ada\n---\n")
	for i := 1; i <= 20; i++ {
		id := fmt.Sprintf("s%02d", i)
		b.WriteString("\n")
		if i > 1 {
			b.WriteString("---\n\n")
		}
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, "## Chart %d {#%s .chart duration=3s}\n\n| Year | Jobs |\n|---|---:|\n| A | %d |\n| B | 12 |\n", i, id, i)
		case 1:
			fmt.Fprintf(&b, "## Title %d {#%s .title duration=4.1s}\n\nFor {{ who }}\n", i, id)
		case 2:
			fmt.Fprintf(&b, "## List %d {#%s .bullets duration=5s}\n\n- One\n- Two\n", i, id)
			if i == 7 {
				b.WriteString("- Three ![dot](media/dot.svg)\n")
			}
		case 3:
			fmt.Fprintf(&b, "## Code %d {#%s .code duration=3.7s}\n\n```go\nfunc f%d() {}\n```\n", i, id, i)
		case 4:
			fmt.Fprintf(&b, "## Words %d {#%s .statement duration=2.5s}\n\nStatement\n", i, id)
		}
	}
	return b.String()
}

func TestKeysOfDeck(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "media"), 0o755); err != nil {
		t.Fatal(err)
	}
	dot := filepath.Join(dir, "media", "dot.svg")
	picture := func(r int) {
		svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="%d"/></svg>`, r)
		if err := os.WriteFile(dot, []byte(svg), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	picture(9)
	tone, err := os.ReadFile("../examples/launch/media/pulse.m4a")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "media", "pulse.m4a"), tone, 0o644); err != nil {
		t.Fatal(err)
	}
	first := longDeck()
	files, entry := deck(t, dir, first)
	settings := []Input{{Name: "size", Hash: "1920x1080"}}
	before := cutAt(t, files, entry, 30, settings)
	if again := cutAt(t, files, entry, 30, settings); cmp.Diff(before, again) != "" {
		t.Error("cut twice, the same film is not the same")
	}
	all := everything(before)
	if len(all) != 39 {
		t.Fatalf("what is seen: %v", all)
	}
	swap := func(text string) string { // the tenth and the eleventh scene
		parts := strings.Split(text, "\n---\n\n")
		parts[10], parts[11] = parts[11], parts[10]
		return strings.Join(parts, "\n---\n\n")
	}
	for name, c := range map[string]struct {
		old, new string
		edit     func(string) string
		picture  int
		want     []string
	}{
		"nothing":       {want: []string{}},
		"a text":        {old: "Title 11", new: "Title eleven", want: []string{"s10+s11", "s11", "s11+s12"}},
		"a longer one":  {old: "#s03 .code duration=3.7s", new: "#s03 .code duration=5.3s", want: []string{"s02+s03", "s03", "s03+s04"}},
		"odd lengths":   {old: "duration=4.1s", new: "duration=4.133s", want: []string{"s01", "s01+s02", "s05+s06", "s06", "s06+s07", "s10+s11", "s11", "s11+s12", "s15+s16", "s16", "s16+s17"}},
		"two moved":     {edit: swap, want: []string{"s09+s11", "s11+s10", "s10+s12"}},
		"colour":        {old: "title: Twenty", new: "title: Twenty\ncolors:\n  accent: \"#ff0000\"", want: all},
		"variable":      {old: "who: Ada", new: "who: Bob", want: all},
		"title of film": {old: "title: Twenty", new: "title: Scores", want: []string{}},
		"music":         {old: "title: Twenty", new: "title: Twenty\nmusic: media/pulse.m4a", want: []string{}},
		"picture":       {picture: 15, want: []string{"s06+s07", "s07", "s07+s08"}},
		"one less":      {old: "\n---\n\n## Words 9 {#s09 .statement duration=2.5s}\n\nStatement\n", want: []string{"s08+s10"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := first
			if c.old != "" {
				if text = strings.Replace(first, c.old, c.new, -1); text == first {
					t.Fatalf("there is no %q", c.old)
				}
			}
			if c.edit != nil {
				text = c.edit(text)
			}
			if c.picture != 0 {
				picture(c.picture)
				defer picture(9)
			}
			files, entry := deck(t, dir, text)
			after := cutAt(t, files, entry, 30, settings)
			want := c.want
			if len(want) == len(all) {
				want = everything(after)
			}
			if d := cmp.Diff(want, changed(before, after)); d != "" {
				t.Error(d)
			}
		})
	}
	for name, after := range map[string][]Segment{
		"size":    cutAt(t, files, entry, 30, []Input{{Name: "size", Hash: "1280x720"}}),
		"fps":     cutAt(t, files, entry, 60, settings),
		"quality": cutAt(t, files, entry, 30, append(settings, Input{Name: "quality", Hash: "draft"})),
	} {
		if d := cmp.Diff(all, changed(before, after)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestKeysOfLaunch: the shipped film, with a narration's cues, a clip and music in it.
func TestKeysOfLaunch(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../examples/launch")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "video.md"))
	if err != nil {
		t.Fatal(err)
	}
	first := string(text)
	files, entry := deck(t, dir, first)
	before := cutAt(t, files, entry, 30, nil)
	all := everything(before)
	for name, c := range map[string]struct {
		old, new string
		want     []string
	}{
		"nothing":   {want: []string{}},
		"a text":    {"Jobs survive a crash", "Jobs outlive a crash", []string{"opening+promises", "promises", "promises+worker"}},
		"a number":  {"38.6", "39.6", []string{"worker+speed", "speed", "speed+voices"}},
		"longer":    {".chart type=bar", ".chart duration=9s type=bar", []string{"worker+speed", "speed", "speed+voices"}},
		"no music":  {"music:\n  src: media/pulse.m4a\n  volume: 0.5\n  fade-out: 2s\n", "", []string{}},
		"a default": {`version: "3.0"`, `version: "3.1"`, all},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(first, c.old) {
				t.Fatalf("there is no %q", c.old)
			}
			files, entry := deck(t, dir, strings.Replace(first, c.old, c.new, 1))
			if d := cmp.Diff(c.want, changed(before, cutAt(t, files, entry, 30, nil))); d != "" {
				t.Error(d)
			}
		})
	}
}

// scenesFolder is like what compose writes; over replaces files of it.
func scenesFolder(over map[string]string) fstest.MapFS {
	host := func(id string, start, length float64) string {
		return fmt.Sprintf(`<div id="host-%s" class="clip" data-composition-id="%[1]s" data-composition-src="compositions/%[1]s.html" data-start="%v" data-duration="%v" data-track-index="1"></div>`, id, start, length)
	}
	scene := func(id, style, body string) string {
		return fmt.Sprintf(`<template id="%[1]s-template"><div id="%[1]s-root" data-composition-id="%[1]s"><style>%[2]s</style><div id="%[1]s-stage">%[3]s</div></div></template>`, id, style, body)
	}
	files := map[string]string{
		"index.html": `<!doctype html><html><head><title>F</title><link href="look.css"></head><body><div id="root" data-composition-id="main" data-width="64" data-height="36" data-duration="6" data-hframes="scenes">` +
			host("a", 0, 2) + host("b", 2, 2) + host("c", 4, 2) + `</div></body></html>`,
		"look.css":            `body { background: url("ground.png") } @keyframes base { to { opacity: 0 } }`,
		"ground.png":          "ground",
		"compositions/a.html": scene("a", `.a { animation: a-in 1s, base 1s } @keyframes a-in { to { left: 0 } }`, `<img src="one.png"><img src="both.png">`),
		"compositions/b.html": scene("b", `.b { background: url("b.svg") }`, `<img srcset="both.png 2x">`),
		"compositions/c.html": scene("c", ``, `<video id="v" src="c.mp4" data-start="4.5" data-hf-media-start-basis="global" data-track-index="9"></video><audio src="c.mp3" data-start="0"></audio>`),
		"one.png":             "1", "both.png": "2", "b.svg": `<svg><image href="in.png"/></svg>`, "in.png": "3", "c.mp4": "4", "c.mp3": "5",
		"loose.bin": "6", "timemap.json": "{}", "index.motion.json": "{}",
	}
	out := fstest.MapFS{}
	maps.Copy(files, over)
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// TestParts: which scenes a file belongs to.
func TestParts(t *testing.T) {
	first := scenesFolder(nil)
	text := func(name string) string { return string(first[name].Data) }
	before := cutAt(t, first, "index.html", 30, nil)
	all := []string{"a", "b", "c"}
	if d := cmp.Diff(all, everything(before)); d != "" {
		t.Fatal(d)
	}
	edit := func(name, old, new string) map[string]string {
		if !strings.Contains(text(name), old) {
			t.Fatalf("%s has no %q", name, old)
		}
		return map[string]string{name: strings.Replace(text(name), old, new, 1)}
	}
	for name, c := range map[string]struct {
		over map[string]string
		want []string
	}{
		"a file of one":          {map[string]string{"one.png": "x"}, []string{"a"}},
		"a file of two":          {map[string]string{"both.png": "x"}, []string{"a", "b"}},
		"a file of a sheet":      {map[string]string{"b.svg": `<svg id="x"><image href="in.png"/></svg>`}, []string{"b"}},
		"a file of a file":       {map[string]string{"in.png": "x"}, []string{"b"}},
		"a video":                {map[string]string{"c.mp4": "x"}, []string{"c"}},
		"a sound":                {map[string]string{"c.mp3": "x"}, nil},
		"a file of the page":     {map[string]string{"ground.png": "x"}, all},
		"a sheet of the page":    {map[string]string{"look.css": ""}, all},
		"a file nobody names":    {map[string]string{"loose.bin": "x"}, all},
		"a file for tools":       {map[string]string{"timemap.json": "[]", "index.motion.json": "[]"}, nil},
		"title":                  {edit("index.html", "<title>F", "<title>G"), nil},
		"a word of the page":     {edit("index.html", "</body>", "x</body>"), all},
		"a place":                {edit("index.html", `id="host-b" class="clip"`, `id="host-b" class="clip late"`), []string{"b"}},
		"a lane":                 {edit("compositions/c.html", `data-track-index="9"`, `data-track-index="3"`), nil},
		"a start in the scene":   {edit("compositions/c.html", `data-start="4.5" data-hf-media-start-basis="global"`, `data-start="0.5" data-hf-media-start-basis="local"`), nil},
		"another start":          {edit("compositions/c.html", `"4.5"`, `"4.6"`), []string{"c"}},
		"keyframes":              {edit("compositions/a.html", "left: 0", "left: 1px"), []string{"a"}},
		"keyframes that collide": {edit("compositions/b.html", "<style>", "<style>@keyframes a-in { to { left: 9px } } "), all},
		"keyframes of another":   {edit("compositions/b.html", "<style>", "<style>.b { animation: a-in 1s } "), all},
		"a rule for everything":  {edit("compositions/b.html", "<style>", "<style>* { color: red } "), all},
		"a font":                 {edit("compositions/b.html", "<style>", "<style>@font-face { font-family: x } "), all},
		"a scene's own rules":    {edit("compositions/b.html", "<style>", "<style>@media (width > 1px) { .b * { color: red } } "), []string{"b"}},
		"not of scenes":          {edit("index.html", ` data-hframes="scenes"`, ""), all},
	} {
		t.Run(name, func(t *testing.T) {
			got := changed(before, cutAt(t, scenesFolder(c.over), "index.html", 30, nil))
			if d := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("by hand", func(t *testing.T) { // any file changes every segment, and so does its place
		plain := func(over map[string]string) []Segment {
			files := scenesFolder(over)
			files["index.html"].Data = bytes.Replace(files["index.html"].Data, []byte(` data-hframes="scenes"`), nil, 1)
			return cutAt(t, files, "index.html", 30, nil)
		}
		if d := cmp.Diff(all, changed(plain(nil), plain(map[string]string{"one.png": "x"}))); d != "" {
			t.Error(d)
		}
		if got := changed(plain(nil), plain(nil)); len(got) != 0 {
			t.Errorf("%v", got)
		}
	})
}

func TestPieces(t *testing.T) {
	for _, c := range []struct {
		first, end int
		rate       ffmpeg.Rate
		want       string
	}{
		{0, 30, ffmpeg.Rate{Num: 30, Den: 1}, "[[0 30]]"},
		{7, 127, ffmpeg.Rate{Num: 30, Den: 1}, "[[7 127]]"},
		{7, 128, ffmpeg.Rate{Num: 30, Den: 1}, "[[7 128]]"},
		{7, 186, ffmpeg.Rate{Num: 30, Den: 1}, "[[7 186]]"},
		{7, 187, ffmpeg.Rate{Num: 30, Den: 1}, "[[7 127] [127 187]]"},
		{0, 300, ffmpeg.Rate{Num: 30000, Den: 1001}, "[[0 120] [120 240] [240 300]]"},
		{0, 299, ffmpeg.Rate{Num: 30000, Den: 1001}, "[[0 120] [120 299]]"},
		{0, 10, ffmpeg.Rate{Num: 1, Den: 1}, "[[0 4] [4 8] [8 10]]"},
		{0, 9, ffmpeg.Rate{Num: 1, Den: 1}, "[[0 4] [4 9]]"},
	} {
		if got := fmt.Sprint(pieces(c.first, c.end, c.rate)); got != c.want {
			t.Errorf("%d–%d at %s: %s, want %s", c.first, c.end, c.rate, got, c.want)
		}
	}
}

// TestLocalTime: the same moment of a scene has the same name wherever the scene begins, at the usual rates.
func TestLocalTime(t *testing.T) {
	for _, fps := range []int{24, 25, 30, 48, 50, 60, 120} {
		rate := ffmpeg.Rate{Num: fps, Den: 1}
		want := localTime(rate.Time(7), rate)
		if !strings.HasSuffix(want, "/1200") {
			t.Errorf("%d: %s", fps, want)
		}
		for first := range 5000 {
			start := math.Floor(rate.Time(first)*1e6) / 1e6 // as compose writes it
			if got := localTime(rate.Time(first+7)-start, rate); got != want {
				t.Fatalf("%d frames a second, from frame %d: %s, want %s", fps, first, got, want)
			}
		}
	}
	if got := localTime(0.1, ffmpeg.Rate{Num: 30000, Den: 1001}); got != "0.1" {
		t.Error(got)
	}
}

// FuzzCut: whatever the entry page says, its segments follow each other, and the same page gives the same keys.
func FuzzCut(f *testing.F) {
	f.Add(string(scenesFolder(nil)["index.html"].Data))
	f.Add(`<div data-composition-id="m" data-duration="3"><p data-start="-1" data-duration="1e99"><p data-start="1" data-duration="-2"><template><i data-start="1">`)
	f.Add(`<div data-composition-id="m" data-hframes="scenes"><b data-start=0.5 data-composition-src="../x">`)
	f.Fuzz(func(t *testing.T, page string) {
		files := scenesFolder(map[string]string{"index.html": page})
		rate := ffmpeg.Rate{Num: 30, Den: 1}
		list, err := cut(files, allOf(t, files, "index.html"), rate, 500, span{0, 500}, nil)
		if err != nil {
			return
		}
		again, err := cut(files, allOf(t, files, "index.html"), rate, 500, span{0, 500}, nil)
		if err != nil || cmp.Diff(list, again) != "" {
			t.Fatal("not the same twice", err)
		}
		at := 0
		for _, s := range list {
			if s.First != at || s.End <= s.First || s.End-s.First >= 180 {
				t.Fatalf("segment %d–%d after %d", s.First, s.End, at)
			}
			at = s.End
		}
		if at != 500 {
			t.Fatalf("ends at %d", at)
		}
	})
}
