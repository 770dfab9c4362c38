package compose

import (
	"fmt"
	"html"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes/compose/chart"
	"github.com/hframes/hframes/compose/code"
	"github.com/hframes/hframes/internal/npm"
	"github.com/hframes/hframes/source"
)

// TestLayoutByContent shows which layout a scene gets that names none. The scene stands first, in the middle and last
// in a film; one answer holds for all three.
func TestLayoutByContent(t *testing.T) {
	media := fstest.MapFS{
		"film.mp4": {Data: medium(t, "film.mp4", []string{"4s", "640x360", "sound"})},
		"beat.wav": {Data: medium(t, "beat.wav", []string{"3s"})},
		"pic.png":  {Data: medium(t, "pic.png", []string{"80x60"})},
	}
	const list, table, fence = "- a\n- b", "| a | b |\n| - | - |\n| x | 1 |", "```go\npackage a\n```"
	for _, c := range []struct{ scene, want string }{
		{"# Title", "title section section"},
		{"# Title\n\nA line.", "title blank endcard"},
		{"# Title\n\nA line.\n\nAnother.", "title blank endcard"},
		{"# Title\n\nA line.\n\nAnother.\n\nA third.", "blank"},
		{"One sentence.", "statement"},
		{"One sentence.\n\nAnother.", "blank"},
		{list, "bullets"},
		{"## Title\n\n" + list, "bullets"},
		{"## Title\n\nBefore.\n\n" + list, "bullets"},
		{"## Title\n\n" + list + "\n\n1. c", "blank"},
		{"> Words.\n>\n> — Somebody", "quote"},
		{"## Title\n\n> Words.", "quote"},
		{"> Words.\n\nAfter.", "blank"},
		{fence, "code"},
		{"## Title\n\n" + fence + "\n\nText.", "code"},
		{fence + "\n\n" + fence, "blank"},
		{"![](film.mp4)", "media"},
		{"![](beat.wav)", "media"},
		{"## Title\n\n![](film.mp4)\n\nText.", "media"},
		{"![](film.mp4)\n\n" + list, "blank"},
		{"![](pic.png)", "image"},
		{"## Title\n\n![](pic.png)\n\nText.", "image"},
		{"![](pic.png)\n\n![](pic.png)", "blank"},
		{"![](pic.png)\n\n" + list, "blank"},
		{"::: left\na\n:::\n\n::: right\nb\n:::", "split"},
		{"## Title {.quote}\n\n" + list, "quote"},
		{table, "blank"},
		{"::: callout\na\n:::", "blank"},
		{"<b>HTML</b>", "statement"},
	} {
		const other = "\n\n---\n\n## Other {.blank}\n\n---\n\n"
		project := fstest.MapFS{deck: {Data: []byte(c.scene + other + c.scene + other + c.scene + "\n")}}
		for name, f := range media {
			project[name] = f
		}
		m := composed(project, Options{Fonts: fonts})
		got := layoutsOf(m)
		got = []string{got[0], got[2], got[4]}
		if got[0] == got[1] && got[1] == got[2] {
			got = got[:1]
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%q: %s, want %s\n%s", c.scene, g, c.want, printed(m.list))
		}
	}
}

var stageLayout = regexp.MustCompile(` class="stage l-([a-z-]+) `)

// layoutsOf returns the layouts of a film's scenes.
func layoutsOf(m made) []string {
	var out []string
	for _, clip := range m.Timeline.Clips {
		out = append(out, string(stageLayout.FindSubmatch(m.Files["compositions/"+clip.Scene+".html"])[1]))
	}
	return out
}

// TestDocumentMode: chapters are titles and section cards.
func TestDocumentMode(t *testing.T) {
	m := composed(inMemory(t, map[string]string{deck: "# Film\n\n## One\n\n- a\n\n# Part\n\n## Two\n\nText.\n\nMore.\n\nAnd more.\n"}), Options{Fonts: fonts}).ok(t)
	if got, want := strings.Join(layoutsOf(m), " "), "title bullets section blank"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestChartCue: the row that a cue names comes in when it is spoken, and no other row waits.
func TestChartCue(t *testing.T) {
	m := composed(inMemory(t, map[string]string{deck: `## Jobs {#jobs .chart duration=12s}

| Version | Jobs |
| ------- | ---: |
| 1.0     |  4.1 |
| *2.0*   |  9.8 |
| 3.0     | 38.6 |

::: voice

One of them {bar "2.0"} is the second, and then {bar "3.0"} the third.

:::
`}), Options{Fonts: fonts}).ok(t)
	page := m.text(t, "compositions/jobs.html")
	if !strings.Contains(page, `class="chart bar"`) {
		t.Fatalf("no chart in %s", page)
	}
	var want []time.Duration
	for _, c := range m.Timeline.Clips[0].Cues {
		want = append(want, c.At.Round(time.Millisecond))
	}
	got := slices.Compact(times(t, page, `--at:([0-9.]+s)`))
	if !slices.Equal(got, want) || len(want) != 2 {
		t.Errorf("times %v, want %v", got, want)
	}
}

// TestChartByClass: a table with the class chart is a chart in any layout, other tables stay tables.
func TestChartByClass(t *testing.T) {
	const table = "| a | b |\n| - | - |\n| x | 1 |\n| y | 2 |\n"
	m := composed(inMemory(t, map[string]string{deck: "## Two {#two .plain duration=9s}\n\n" + table + "\n{.chart type=line}\n" + table}), Options{Fonts: fonts}).ok(t)
	page := m.text(t, "compositions/two.html")
	if n := strings.Count(page, `class="chart line`); n != 1 || strings.Count(page, "<table") != 1 {
		t.Errorf("%d charts in %s", n, page)
	}
}

// TestCodeSteps: highlight steps are counted over all code of a scene; the second block's go on where the first's end.
func TestCodeSteps(t *testing.T) {
	m := composed(inMemory(t, map[string]string{deck: "## Two {#two .plain}\n\n```go {1|2}\na := 1\nb := 2\n```\n\n```go {1|2-3}\nc := 3\nd := 4\ne := 5\n```\n"}), Options{Fonts: fonts}).ok(t)
	steps := m.Timeline.Clips[0].Steps
	if len(steps) != 4 || !slices.IsSorted(steps) {
		t.Fatalf("steps %v", steps)
	}
	first, second, _ := strings.Cut(m.text(t, "compositions/two.html"), "</figure>")
	const form = `hf-code-lit \S+ ([0-9.]+s)`
	for i, part := range []string{first, second} {
		want := []time.Duration{steps[2*i].Round(time.Millisecond), steps[2*i+1].Round(time.Millisecond)}
		if got := slices.Compact(times(t, part, form)); !slices.Equal(got, want) {
			t.Errorf("block %d: %v, want %v in\n%s", i+1, got, want, part)
		}
	}
}

// times returns the times that a form captures in a page, to the millisecond, in order.
func times(t *testing.T, page, form string) []time.Duration {
	t.Helper()
	var out []time.Duration
	for _, m := range regexp.MustCompile(form).FindAllStringSubmatch(page, -1) {
		d, err := time.ParseDuration(m[1])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d.Round(time.Millisecond))
	}
	slices.Sort(out)
	return out
}

// TestStyles: the order that templates/doc.go promises, each of the parts that are only sometimes due, and keyframes
// that carry the layout's name.
func TestStyles(t *testing.T) {
	m := composed(inMemory(t, map[string]string{
		deck:                                   "---\ntheme: plain\n---\n\n## One {.plain duration=9s}\n\n```go\na\n```\n\n{.chart}\n| a | b |\n| - | - |\n| x | 1 |\n\n::note[x]\n\n::note[y]\n",
		"templates/themes/plain/theme.css":     ".stage { --mine: 1 }\n",
		"templates/blocks/note/block.yaml":     "description: A note.\n",
		"templates/blocks/note/block.html":     `<aside id="{{.ID}}"></aside>`,
		"templates/blocks/note/style.css":      "aside { animation: pop 1s; background: url(img/dot.svg), url(data:x), url(#a), url(/b) }\n@keyframes pop { to { opacity: 0 } }\n",
		"templates/blocks/note/img/dot.svg":    "<svg/>",
		"templates/layouts/plain/img/none.svg": "<svg/>",
	}), Options{Fonts: fonts}).ok(t)
	index := m.text(t, "index.html")
	sheet := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(index)[1]
	last := -1
	for _, part := range []string{"@font-face", "html,body,.backdrop{", "--color-background:", ".backdrop {", ".chart", ".code", "--mine: 1"} {
		at := strings.Index(sheet, part)
		if at <= last {
			t.Errorf("%q stands at %d, after %d", part, at, last)
		}
		last = at
	}
	page := m.text(t, "compositions/one.html")
	for _, want := range []string{"@keyframes plain-enter", "animation: plain-enter 1s both", "@keyframes block-note-pop", "animation: block-note-pop 1s",
		"templates/blocks/note/img/dot.svg", "url(data:x)", "url(#a)", "url(/b)"} {
		if strings.Count(page, want) != 1 {
			t.Errorf("%q stands %d times in\n%s", want, strings.Count(page, want), page)
		}
	}
	bare := composed(inMemory(t, map[string]string{deck: "---\ntheme: plain\n---\n\nText. {.plain}\n"}), Options{Fonts: fonts}).ok(t).text(t, "index.html")
	if strings.Contains(bare, code.CSS()) || strings.Contains(bare, chart.CSS()) {
		t.Errorf("a film without code and charts has their styles")
	}
}

// TestFonts: of a font that comes in parts, those are taken that the film's text needs. Without a package the stand-ins
// are used and the author is told.
func TestFonts(t *testing.T) {
	project := inMemory(t, map[string]string{deck: "# Hello\n"})
	m := composed(project, Options{Fonts: fonts}).ok(t)
	greek := composed(inMemory(t, map[string]string{deck: "# Hello\n\nΚαλημέρα `Κα`\n"}), Options{Fonts: fonts}).ok(t)
	count := func(m made) (n int) {
		for name := range m.Files {
			if strings.HasPrefix(name, "assets/fonts/") {
				n++
			}
		}
		return n
	}
	if a, b := count(m), count(greek); a == 0 || b <= a {
		t.Errorf("%d fonts for Latin, %d for Greek", a, b)
	}
	empty := composed(project, Options{Fonts: func(npm.Package) (fs.FS, error) { return fstest.MapFS{}, nil }}).ok(t)
	if n := strings.Count(printed(empty.list), "warning compose/font-file: "); n != 4 || count(empty) != 0 {
		t.Errorf("%d warnings of files that a package has not:\n%s", n, printed(empty.list))
	}
	for _, f := range []Options{{}, {Fonts: noFonts}} {
		m := composed(project, f).ok(t)
		if _, n := m.list.Count(); n != 3 {
			t.Errorf("%d warnings:\n%s", n, printed(m.list))
		}
		for _, want := range []string{"go-regular.ttf", "go-bold.ttf", "go-mono.ttf"} {
			if m.Files["assets/fonts/"+want] == nil || !strings.Contains(m.text(t, "index.html"), want) {
				t.Errorf("no %s", want)
			}
		}
	}
}

// TestRoom: code in a slot is wrapped to the width of the slot, which is that of the canvas where slots stand one above
// the other.
func TestRoom(t *testing.T) {
	code := "```go\n" + strings.Repeat("word ", 12) + "\n```\n"
	project := inMemory(t, map[string]string{deck: "## A {#a .plain duration=9s}\n\n" + code + "\n---\n\n## B {#b .pair duration=9s}\n\n::: one\n\n" + code + "\n:::\n"})
	for size, wrapped := range map[string]bool{"landscape": true, "portrait": false, "square": false} {
		m := composed(project, Options{Fonts: fonts, Size: size}).ok(t)
		rows := func(scene string) string {
			return regexp.MustCompile(`--rows:(\d+)`).FindStringSubmatch(m.text(t, "compositions/"+scene+".html"))[1]
		}
		if a, b := rows("a"), rows("b"); (a != b) != wrapped {
			t.Errorf("%s: %s rows on the canvas, %s in a slot", size, a, b)
		}
	}
}

// TestWrap: code is as wide as the card that it stands in allows at the smallest size.
func TestWrap(t *testing.T) {
	deckOf := func(n int) string { return "```go\n" + strings.Repeat("x", n) + "\n```\n" }
	for n, rows := range map[int]string{109: "1", 110: "2"} {
		page := composed(inMemory(t, map[string]string{deck: "## A {#a .plain duration=9s}\n\n" + deckOf(n)}), Options{Fonts: fonts}).ok(t).text(t, "compositions/a.html")
		if !strings.Contains(page, "--rows:"+rows+";") {
			t.Errorf("%d columns are not drawn in %s rows:\n%s", n, rows, page)
		}
	}
}

// TestText: the plain text that templates fit by has the author's hard breaks and a line a paragraph of a quote; labels
// are one line.
func TestText(t *testing.T) {
	page := composed(inMemory(t, map[string]string{
		deck:                                 "## One  two<br>three {#a .look duration=9s}\n\nSoft\nline\\\n  hard line\n\n> First\n>\n> second\n>\n> — Ada\n\n- x\\\n  y\n\n::note[a<br>b]\n",
		"templates/layouts/look/layout.yaml": "description: Shows what it sees.\n",
		"templates/layouts/look/layout.html": `{{json .TitleText}}{{range .Blocks}}{{json .Text}}{{range .Items}}{{json .Text}}{{end}}{{if eq .Kind "directive"}}{{.HTML}}{{end}}{{end}}`,
		"templates/blocks/note/block.yaml":   "description: A note.\n",
		"templates/blocks/note/block.html":   `<i>{{json .LabelText}}</i>`,
	}), Options{Fonts: fonts}).ok(t).text(t, "compositions/a.html")
	const want = `"One two\nthree""Soft line\nhard line""First\nsecond""""x\ny""a\nb"<i>"a b"</i>`
	if got := html.UnescapeString(page); !strings.Contains(got, want) {
		t.Errorf("no %s in\n%s", want, got)
	}
}

// TestOverlay: a composition's files lie over the project's.
func TestOverlay(t *testing.T) {
	project := inMemory(t, map[string]string{deck: "# Hello\n", "index.html": "the project's", "compositions/mine.txt": "x", "media/a.txt": "y"})
	m := composed(project, Options{Fonts: fonts}).ok(t)
	want := append(sortedKeys(m.Files), deck, "compositions/mine.txt", "media/a.txt")
	if err := fstest.TestFS(unshared{m.FS}, want...); err != nil {
		t.Errorf("%.2000s", err)
	}
	if m.text(t, "index.html") == "the project's" {
		t.Error("the project's page hides the generated one")
	}
}

// unshared is an overlay without ReadFile, whose bytes must not be changed, as the test of file systems does.
type unshared struct{ fs.FS }

func (u unshared) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(u.FS, name) }

// TestBlame: what is said about a generated page is said at the scene that it comes from.
func TestBlame(t *testing.T) {
	m := composed(inMemory(t, map[string]string{deck: "# One\n\n---\n\n## Two {#two}\n\nText.\n"}), Options{Fonts: fonts}).ok(t)
	list := m.Blame(source.List{
		{Pos: source.Pos{File: "compositions/two.html", Line: 9, Col: 2}, Code: "check/x", Msg: "odd", Hint: "h", Severity: source.Warning},
		{Pos: source.Pos{File: "index.html", Line: 9, Col: 2}, Code: "check/y", Msg: "strange"},
		{Pos: source.Pos{File: deck, Line: 7, Col: 1}, Code: "check/z", Msg: "left alone"},
	})
	want := `video.md:5:1: warning check/x: scene "two": odd
    5 | ## Two {#two}
      | ^
      = hint: h
video.md:1:1: error check/y: strange
    1 | # One
      | ^
video.md:7:1: error check/z: left alone
      | ^
`
	if got := printed(list); !strings.HasSuffix(strings.ReplaceAll(got, "    7 | \n", ""), want) {
		t.Errorf("%s\nwant:\n%s", got, want)
	}
}

// TestBlameTemplate: what a template of the project caused is said at its own line.
func TestBlameTemplate(t *testing.T) {
	m := composed(inMemory(t, map[string]string{deck: "---\ntheme: west\n---\n\n## Two {#two .card}\n",
		"templates/layouts/card/layout.html":  "<h2>{{.Title}}</h2>\n<img src=\"gone.png\" alt=\"{{.Title}}\">\n",
		"templates/layouts/card/layout.yaml":  "description: A card.\n",
		"templates/layouts/card/style.css":    "\nh2 {\n  colr: red;\n  background: url(bg.png);\n}\n",
		"templates/layouts/card/motion.js":    "export const play = 1;\n",
		"templates/themes/west/theme.css":     ".stage em { background: url(paper.png) }\n",
		"templates/themes/west/theme.yaml":    latinTheme,
		"templates/layouts/card/unrelated.js": "colr: red;",
	}), Options{Fonts: fonts}).ok(t)
	at := func(file, line, words string) source.Pos {
		for i, text := range strings.Split(m.text(t, file), "\n") {
			if strings.Contains(text, line) {
				return source.Pos{File: file, Line: i + 1, Col: strings.Index(text, words) + 1}
			}
		}
		t.Fatalf("no %q in %s", line, file)
		return source.Pos{}
	}
	var list source.List
	for _, c := range []struct{ file, line, words string }{
		{"compositions/two.html", "colr: red", "colr"},
		{"compositions/two.html", "bg.png", `url("templates/layouts/card/bg.png")`},
		{"compositions/two.html", "gone.png", "gone.png"},
		{"compositions/two.html", "<h2", "Two"},
		{"index.html", "paper.png", `url("templates/themes/west/paper.png")`},
		{"film.js", "motion.js", "motion0"},
	} {
		pos := at(c.file, c.line, c.words)
		end := pos
		end.Col += len(c.words)
		list.Add(source.Diagnostic{Pos: pos, End: end, Code: "x", Msg: c.words})
	}
	var got []string
	for _, d := range m.Blame(list) {
		got = append(got, fmt.Sprintf("%s:%d:%d-%d", d.Pos.File, d.Pos.Line, d.Pos.Col, d.End.Col))
	}
	want := []string{
		"templates/layouts/card/style.css:3:3-7",
		"templates/layouts/card/style.css:4:19-25",
		"templates/layouts/card/layout.html:2:11-19",
		"video.md:5:1-1", // the template wrote the tag, the deck the word
		"templates/themes/west/theme.css:1:29-38",
		"templates/layouts/card/motion.js:1:1-1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestWindow walks through every frame of a minute at every frame rate, and through some of four hours: a clip that
// begins at a frame is shown in it, one that ends there is not.
func TestWindow(t *testing.T) {
	for fps := 1; fps <= 240; fps++ {
		// The renderer's time of a frame, in doubles, as it computes it; and the timeline's, in nanoseconds.
		seen := func(frame int) float64 { return float64(frame) / float64(fps) }
		exact := func(frame int) time.Duration {
			return time.Duration((int64(frame)*int64(time.Second) + int64(fps)/2) / int64(fps))
		}
		for frame := 0; frame < fps*4*3600; frame++ {
			if frame > fps*60 {
				frame += 1 + fps*3600/211
			}
			for _, length := range []int{1, 2, fps, 7*fps + 3} {
				start, duration := window(exact(frame), exact(frame+length))
				if text := seconds(start); start > seen(frame) || (frame > 0 && start <= seen(frame-1)) {
					t.Fatalf("%d fps: frame %d at %v begins at %s", fps, frame, seen(frame), text)
				}
				end := start + duration
				if last := frame + length - 1; end <= seen(last) || end > seen(last+1) {
					t.Fatalf("%d fps: frames %d to %d end at %v, not in (%v, %v]", fps, frame, last, end, seen(last), seen(last+1))
				}
			}
		}
	}
}

// TestFrames: at each frame rate the windows that are written show each frame of the film in one scene, or in two
// during a transition, and the film is as long as its frames.
func TestFrames(t *testing.T) {
	for _, fps := range []int{24, 25, 30, 50, 60, 120} {
		m := composed(inMemory(t, map[string]string{deck: fmt.Sprintf("---\ntheme: plain\ntransition: fade\nfps: %d\n---\n\n", fps) +
			"# A {.plain duration=2.03s}\n\n---\n\n# B {.plain duration=1.97s}\n\n---\n\n# C {.plain duration=61f transition=cut}\n\n---\n\n# D {.plain duration=3.333s}\n"}),
			Options{Fonts: fonts}).ok(t)
		index := m.text(t, "index.html")
		found := regexp.MustCompile(`data-start="([0-9.]+)" data-duration="([0-9.]+)"`).FindAllStringSubmatch(index, -1)
		if len(found) != 5 {
			t.Fatalf("%d windows in %s", len(found), index)
		}
		for i, f := range found {
			var start, length float64
			fmt.Sscan(f[1]+" "+f[2], &start, &length)
			first, frames := 0, m.Timeline.Frames
			if i > 0 {
				first, frames = m.Timeline.Clips[i-1].StartFrame, m.Timeline.Clips[i-1].Frames
			}
			n, from := 0, -1
			for frame := range m.Timeline.Frames + 1 {
				if at := float64(frame) / float64(fps); start <= at && at < start+length {
					if n == 0 {
						from = frame
					}
					n++
				}
			}
			if n != frames || from != first {
				t.Errorf("%d fps, %s: %d frames from %d, want %d from %d", fps, f[0], n, from, frames, first)
			}
		}
	}
}
