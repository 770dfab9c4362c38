package compose

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hframes/hframes/templates"
)

// parts are scenes of every kind; the first line of each may be edited, too.
var parts = []string{
	"# Opening {.title}\n\nA *line* below it.",
	"## Points\n\n- one\n- two {#two}\n- three [link][far]\n\n::: voice\n\nFirst {1} then {#two} and {next} last.\n\n:::",
	"## Code {.code}\n\n```go {1|2-3}\na := 1\nb := 2\nc := 3\n```",
	"## Chart {.chart type=bar highlight=b}\n\n| x | y |\n| - | - |\n| a | 1 |\n| b | 2 |",
	"![A clip](film.mp4)\n\nBeside it.",
	"> Well said.\n>\n> — Somebody",
	"## Two {.pair}\n\n::: one\n\nLeft.\n\n:::\n\n::: two\n\n![](pic.png)\n\n:::",
	"## Part {.section}",
	"A :badge[label] and {{ product }}, <b id=\"raw\">HTML</b> and `code`.",
	"::: callout {tone=warning}\n\nMind [the gap][far].\n\n:::",
	"{.statement}\n## By its own line\n\nText.",
	"![](beat.wav)\n\nHeard.",
	"```scene\nlayout: bullets\nduration: 4s\n```\n\n## Block\n\n1. one\n2. two",
	"## Inline ![](pic.png) picture {transition=wipe}\n\nText.\n\n<div class=\"x\">raw</div>",
}

const front = "---\ntitle: Film\nvariables:\n  product: Relay\n  accent:\n    type: color\n    default: \"#c00\"\nmusic: beat.wav\n---\n\n"

// longDeck returns a film of n scenes.
func longDeck(n int) string {
	scenes := make([]string, n)
	for i := range scenes {
		scenes[i] = parts[i%len(parts)]
	}
	return front + strings.Join(scenes, "\n\n---\n\n") + "\n\n[far]: https://example.com/far\n"
}

// mediaProject holds the files that longDeck shows.
func mediaProject(t testing.TB) fstest.MapFS {
	p := shared(t)
	p["film.mp4"] = &fstest.MapFile{Data: medium(t, "film.mp4", []string{"4s", "640x360", "sound"})}
	p["pic.png"] = &fstest.MapFile{Data: medium(t, "pic.png", []string{"80x60"})}
	p["beat.wav"] = &fstest.MapFile{Data: medium(t, "beat.wav", []string{"3s"})}
	return p
}

// drawn returns the scenes of b whose pages were not taken over from a.
func drawn(a, b made) []string {
	var out []string
	for _, name := range sortedKeys(b.Files) {
		if x, y := a.Files[name], b.Files[name]; strings.HasPrefix(name, "compositions/") && (len(x) == 0 || &x[0] != &y[0]) {
			out = append(out, name)
		}
	}
	return out
}

// TestOneSceneDrawn: after a word of one scene is changed, one scene is drawn; after nothing is changed, none.
func TestOneSceneDrawn(t *testing.T) {
	project := mediaProject(t)
	set, _ := templates.Load(project)
	c := New()
	build := func(text string) made {
		project[deck] = &fstest.MapFile{Data: []byte(text)}
		return composeWith(c, project, set, Options{Fonts: fonts}).ok(t)
	}
	text := longDeck(30)
	first := build(text)
	if n := len(drawn(made{Composition: &Composition{}}, first)); n != 30 {
		t.Fatalf("%d pages", n)
	}
	again := build(text)
	if d := drawn(first, again); len(d) > 0 {
		t.Errorf("nothing was changed, drawn: %v", d)
	}
	changed := build(strings.Replace(text, "A *line* below", "A *word* below", 1))
	if d := drawn(again, changed); !slices.Equal(d, []string{"compositions/opening.html"}) {
		t.Errorf("one scene was changed, drawn: %v", d)
	}
	same(t, changed, composeWith(New(), project, set, Options{Fonts: fonts}))
	back := build(text)
	if d := drawn(changed, back); !slices.Equal(d, []string{"compositions/opening.html"}) {
		t.Errorf("the change was taken back, drawn: %v", d)
	}
	same(t, back, first)
}

// TestReuse edits a film of thirty scenes at random, its project, too. A Composer that has seen all that was before
// gives what a fresh one gives.
func TestReuse(t *testing.T) {
	edits := 150
	if testing.Short() {
		edits = 30
	}
	r := rand.New(rand.NewPCG(1, 2))
	project := mediaProject(t)
	set, _ := templates.Load(project)
	c := New()
	text := longDeck(30)
	reused, total := 0, 0
	var last made
	for i := range edits {
		what := "nothing"
		if i > 0 {
			text, what = edited(t, r, text, project)
		}
		if i%40 == 39 { // a new set, as after a change of a template
			set, _ = templates.Load(project)
		}
		project[deck] = &fstest.MapFile{Data: []byte(text)}
		o := Options{Fonts: fonts, Size: []string{"", "", "", "square"}[i/20%4]}
		got, want := composeWith(c, project, set, o), composeWith(New(), project, set, o)
		if last.Composition != nil {
			reused += len(got.Timeline.Clips) - len(drawn(last, got))
			total += len(got.Timeline.Clips)
		}
		t.Run(fmt.Sprintf("%d %s", i, what), func(t *testing.T) { same(t, got, want) })
		if t.Failed() {
			return
		}
		last = got
	}
	t.Logf("%d of %d scenes were taken over", reused, total)
	if reused < total/4 {
		t.Errorf("only %d of %d scenes were taken over", reused, total)
	}
}

// edited changes one thing and says what.
func edited(t testing.TB, r *rand.Rand, text string, project fstest.MapFS) (changed, what string) {
	lines := strings.Split(text, "\n")
	at := 10 + r.IntN(len(lines)-10)
	switch r.IntN(14) {
	case 0, 1, 2:
		words := strings.Fields(lines[at])
		if len(words) == 0 {
			return text, "nothing"
		}
		lines[at] = strings.Replace(lines[at], words[r.IntN(len(words))], []string{"word", "**bold**", "{1}", "a b c", ""}[r.IntN(5)], 1)
		what = "a word"
	case 3:
		lines = slices.Delete(lines, at, at+1)
		what = "a line less"
	case 4:
		lines = slices.Insert(lines, at, []string{"", "More text.", "- item", "<!-- hidden -->", "{#some .class}", "---", ":::", "![](pic.png)"}[r.IntN(8)])
		what = "a line more"
	case 5:
		lines = slices.Insert(lines, at, strings.Split("\n---\n\n"+parts[r.IntN(len(parts))]+"\n\n---\n", "\n")...)
		what = "a scene more"
	case 6:
		scenes := strings.Split(text, "\n---\n")
		if len(scenes) < 6 {
			return text + "\n---\n\n" + strings.Join(parts, "\n\n---\n\n") + "\n", "many scenes more"
		}
		a, b := 2+r.IntN(len(scenes)-2), 2+r.IntN(len(scenes)-2)
		scenes[a], scenes[b] = scenes[b], scenes[a]
		return strings.Join(scenes, "\n---\n"), "two scenes swapped"
	case 7:
		scenes := strings.Split(text, "\n---\n")
		if len(scenes) > 8 {
			at := 2 + r.IntN(len(scenes)-2)
			scenes = slices.Delete(scenes, at, at+1)
		}
		return strings.Join(scenes, "\n---\n"), "a scene less"
	case 8:
		return replaceOne(r, text, [][2]string{{"product: Relay", "product: Other"}, {"product: Other", "product: Relay"}, {"title: Film", "title: A film"},
			{"title: Film", "title: Film\nfps: 25"}, {"title: Film", "title: Film\ntheme: plain"}, {"\nfps: 25", ""}, {"\ntheme: plain", ""}, {"#c00", "#00c"}}), "the front matter"
	case 9:
		return replaceOne(r, text, [][2]string{{"example.com/far", "example.org/near"}, {"example.org/near", "example.com/far"}, {"[far]: ", "[fur]: "}, {"[fur]: ", "[far]: "}}), "a definition"
	case 10:
		return replaceOne(r, text, [][2]string{{".section", ".plain"}, {".plain", ".section"}, {".code", ".blank"}, {".chart", ".plain"}, {".title", ".section"}}), "a layout"
	case 11:
		name := []string{"film.mp4", "pic.png", "beat.wav"}[r.IntN(3)]
		facts := [][]string{{"2s", "320x200"}, {"5s", "640x480", "sound"}}[r.IntN(2)]
		if project[name] == nil {
			return text, "nothing"
		}
		project[name] = &fstest.MapFile{Data: medium(t, name, facts), ModTime: time.Unix(r.Int64N(1e6), 0)}
		return text, "the file " + name
	case 12:
		name := []string{"film.mp4", "pic.png", "beat.wav"}[r.IntN(3)]
		if f := project[name]; f != nil {
			delete(project, name)
			project["x"+name] = f
		} else if f := project["x"+name]; f != nil {
			project[name] = f
			delete(project, "x"+name)
		}
		return text, "the name of " + name
	case 13:
		return replaceOne(r, text, [][2]string{{"\n---\n\n[far]", "\n\n[far]"}, {"<div class", "<div data-a=\"b\" class"}, {"{1}", "{2}"}, {"{2}", "{1}"}, {"id=\"raw\"", "id=\"rew\""}}), "a detail"
	}
	return strings.Join(lines, "\n"), what
}

func replaceOne(r *rand.Rand, text string, pairs [][2]string) string {
	p := pairs[r.IntN(len(pairs))]
	n := strings.Count(text, p[0])
	if n == 0 {
		return text
	}
	at := 0
	for range r.IntN(n) + 1 {
		at += strings.Index(text[at:], p[0]) + 1
	}
	at--
	return text[:at] + p[1] + text[at+len(p[0]):]
}

// TestSameBytes: the same project gives the same bytes, however it is laid out in memory and however often it is made.
func TestSameBytes(t *testing.T) {
	project := mediaProject(t)
	project[deck] = &fstest.MapFile{Data: []byte(longDeck(30))}
	want := composed(project, Options{Fonts: fonts}).ok(t)
	names := slices.Collect(maps.Keys(project))
	r := rand.New(rand.NewPCG(3, 4))
	for range 8 {
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		other := fstest.MapFS{}
		for _, name := range names {
			data, _ := fs.ReadFile(project, name)
			other[name] = &fstest.MapFile{Data: slices.Clone(data), ModTime: time.Unix(r.Int64N(1e9), 0)}
		}
		same(t, composed(other, Options{Fonts: fonts}), want)
	}
}

// TestReuseView: what a template sees of the film beside its scene counts as well.
func TestReuseView(t *testing.T) {
	project := inMemory(t, map[string]string{
		"templates/layouts/plain/layout.html": "{{.Film.Chapters}} {{.Film.Scenes}} {{.Film.Title}} {{.Number}} {{.Index}}",
	})
	set, _ := templates.Load(project)
	c := New()
	for _, text := range []string{
		"# A\n\n## B {.plain}\n\n## C\n\n# D\n",
		"# A\n\n## B {.plain}\n\n## C\n\n## D\n", // a chapter less
		"# A\n\n## B {.plain}\n\n## C\n",
		"# A\n\n# B {.plain}\n\n## C\n",
		"---\ntitle: T\n---\n\n# A\n\n# B {.plain}\n\n## C\n",
	} {
		project[deck] = &fstest.MapFile{Data: []byte(text)}
		same(t, composeWith(c, project, set, Options{Fonts: fonts}), composeWith(New(), project, set, Options{Fonts: fonts}))
	}
}

// BenchmarkCompose composes a film of thirty scenes: from nothing, and after one word was changed.
func BenchmarkCompose(b *testing.B) {
	project := mediaProject(b)
	text := longDeck(30)
	texts := []string{text, strings.Replace(text, "A *line* below", "A *word* below", 1)}
	set, _ := templates.Load(project)
	for _, fresh := range []bool{true, false} {
		b.Run(map[bool]string{true: "fresh", false: "changed"}[fresh], func(b *testing.B) {
			c := New()
			for i := 0; b.Loop(); i++ {
				if fresh {
					c = New()
				}
				project[deck] = &fstest.MapFile{Data: []byte(texts[i%2])}
				composeWith(c, project, set, Options{Fonts: fonts})
			}
		})
	}
}
