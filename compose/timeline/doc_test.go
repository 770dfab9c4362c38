package timeline

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
)

// A test's film is written in a little language of its own, one fact a line, so that this package's tests do not
// depend on Markdown. What stands before the first scene is about the film:
//
//	fps N · fit D · min D · max D · pad D · words N · speed N · tempo N · var NAME TEXT
//	transition NAME [FROM] [D] [overlap]            how every scene enters, but the first
//	# ID [read|media|voice|N beats|D|Nf] [min=D] [max=D] [pad=D] [layout=NAME]
//	  transition …                                  how this scene enters
//	  title TEXT · text TEXT · words N · item TEXT [#ID] · quote TEXT · html HTML · shown TEXT
//	  code LINES [STEPS] · image · clip D · table A,B;x,1 · voice TEXT WITH CUES · sound D [word starts]
type testDoc struct {
	t     testing.TB
	doc   *scene.Doc
	in    Inputs
	every Transition
	scene *scene.Scene
	input *SceneInput
	pos   source.Pos
}

func parseDoc(t testing.TB, text string) (*scene.Doc, Inputs) {
	d := &testDoc{t: t, doc: &scene.Doc{File: source.NewFile("film.txt", []byte(text))}, in: Inputs{Width: 1920, Height: 1080}}
	d.doc.Meta.Pos = map[string]source.Pos{}
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" {
			continue
		}
		d.pos = source.Pos{File: "film.txt", Line: i + 1, Col: 1 + strings.Index(line, trimmed)}
		key, rest, _ := strings.Cut(trimmed, " ")
		switch {
		case key == "#":
			d.newScene(rest)
		case d.scene == nil:
			d.film(key, rest)
		default:
			d.content(key, rest)
		}
	}
	return d.doc, d.in
}

func (d *testDoc) time(s string) time.Duration {
	v, err := time.ParseDuration(s)
	if err != nil {
		d.t.Fatalf("%d: %v", d.pos.Line, err)
	}
	return v
}

func (d *testDoc) number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		d.t.Fatalf("%d: %v", d.pos.Line, err)
	}
	return v
}

func (d *testDoc) film(key, rest string) {
	m := &d.doc.Meta
	d.doc.Meta.Pos[map[string]string{"min": "timing.min", "max": "timing.max"}[key]] = d.pos
	m.Pos[key] = d.pos
	switch key {
	case "fps":
		d.in.FPS = int(d.number(rest))
	case "fit":
		m.Fit = d.time(rest)
	case "min":
		m.Timing.Min, m.Timing.MinSet = d.time(rest), true
	case "max":
		m.Timing.Max = d.time(rest)
	case "pad":
		m.Timing.Pad = d.time(rest)
	case "words":
		m.Timing.Words = d.number(rest)
	case "speed":
		m.Voice.Speed = d.number(rest)
	case "tempo":
		d.in.Tempo = d.number(rest)
	case "transition":
		d.every = d.transition(rest)
	case "var":
		name, text, _ := strings.Cut(rest, " ")
		v := scene.Variable{ID: name, Default: text}
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			v.Default = n
		}
		m.Variables = append(m.Variables, v)
	default:
		d.t.Fatalf("%d: unknown %q", d.pos.Line, key)
	}
}

func (d *testDoc) transition(rest string) Transition {
	f := strings.Fields(rest)
	t := Transition{Name: f[0]}
	for _, x := range f[1:] {
		switch {
		case x == "overlap":
			t.Overlap = true
		case x[0] >= '0' && x[0] <= '9':
			t.Duration = d.time(x)
		default:
			t.From = x
		}
	}
	return t
}

func (d *testDoc) newScene(rest string) {
	f := strings.Fields(rest)
	s := &scene.Scene{ID: f[0], Pos: d.pos, End: d.pos}
	line := d.doc.File.Line(d.pos.Line)
	for i, x := range f[1:] {
		key, value, has := strings.Cut(x, "=")
		if at := strings.Index(line, x); !s.Duration.Pos.IsValid() && key != "layout" && at >= 0 {
			s.Duration.Pos = source.Pos{File: "film.txt", Line: d.pos.Line, Col: at + 1}
		}
		switch {
		case has && key == "min":
			s.Duration.Min, s.Duration.MinSet = d.time(value), true
		case has && key == "max":
			s.Duration.Max = d.time(value)
		case has && key == "pad":
			s.Duration.Pad, s.Duration.PadSet = d.time(value), true
		case has && key == "layout":
			s.Layout = value
		case x == "read" || x == "media" || x == "voice":
			s.Duration.Rule = scene.Rule(x)
		case x == "beats":
			s.Duration.Rule = scene.RuleBeats
			s.Duration.Beats = int(d.number(f[i]))
		case i+2 < len(f) && f[i+2] == "beats":
		case strings.HasSuffix(x, "f"):
			s.Duration.Rule, s.Duration.Frames = scene.RuleFixed, int(d.number(x[:len(x)-1]))
		default:
			s.Duration.Rule, s.Duration.Value = scene.RuleFixed, d.time(x)
		}
	}
	d.doc.Scenes = append(d.doc.Scenes, s)
	d.in.Scenes = append(d.in.Scenes, SceneInput{})
	d.scene, d.input = s, &d.in.Scenes[len(d.in.Scenes)-1]
	if len(d.in.Scenes) > 1 {
		d.input.Enter = d.every
	}
}

func plain(text string) scene.Rich {
	var out scene.Rich
	for i, part := range regexp.MustCompile(`\{\{(\w+)\}\}`).Split(text, -1) {
		if i > 0 {
			out = append(out, scene.Span{Var: regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(text, -1)[i-1][1]})
		}
		out = append(out, scene.Span{HTML: part, Text: part})
	}
	return out
}

func (d *testDoc) add(b scene.Block) {
	b.Pos, b.End = d.pos, d.pos
	d.scene.Blocks = append(d.scene.Blocks, b)
}

func (d *testDoc) content(key, rest string) {
	switch key {
	case "transition":
		d.input.Enter = d.transition(rest)
		d.scene.Transition = &scene.Transition{Name: d.input.Enter.Name, Pos: d.pos}
	case "title":
		d.scene.Title = plain(rest)
	case "text":
		d.add(scene.Block{Kind: scene.Paragraph, Rich: plain(rest)})
	case "words":
		d.add(scene.Block{Kind: scene.Paragraph, Rich: plain(strings.Repeat("word ", int(d.number(rest))))})
	case "item":
		text, id, _ := strings.Cut(rest, " #")
		item := scene.Item{ID: id, Rich: plain(text)}
		if n := len(d.scene.Blocks); n > 0 && d.scene.Blocks[n-1].Kind == scene.List {
			d.scene.Blocks[n-1].Items = append(d.scene.Blocks[n-1].Items, item)
			return
		}
		d.add(scene.Block{Kind: scene.List, Items: []scene.Item{item}})
	case "quote":
		d.add(scene.Block{Kind: scene.Quote, Blocks: []scene.Block{{Kind: scene.Paragraph, Rich: plain(rest)}}, By: plain("Someone")})
	case "html":
		d.add(scene.Block{Kind: scene.HTML, Raw: rest})
	case "shown":
		d.input.Text = rest
	case "image":
		d.add(scene.Block{Kind: scene.ImageKind, Media: &scene.Media{Src: "a.png"}})
	case "clip":
		d.add(scene.Block{Kind: scene.AudioKind, Media: &scene.Media{Src: "a.mp3"}})
		d.input.Media = append(d.input.Media, d.time(rest))
	case "code":
		d.code(rest)
	case "table":
		d.table(rest)
	case "voice":
		d.scene.Voice = d.voice(rest)
	case "sound":
		f := strings.Fields(rest)
		d.input.Voice = d.time(f[0])
		for _, x := range f[1:] {
			d.input.Words = append(d.input.Words, d.time(x))
		}
	default:
		d.t.Fatalf("%d: unknown %q", d.pos.Line, key)
	}
}

func (d *testDoc) code(rest string) {
	lines, steps, _ := strings.Cut(rest, " ")
	c := &scene.Code{Text: strings.Repeat("x := 1\n", int(d.number(lines)))}
	for part := range strings.SplitSeq(steps, "|") {
		if part == "" {
			continue
		}
		var s scene.Step
		for r := range strings.SplitSeq(part, ",") {
			a, b, has := strings.Cut(r, "-")
			if !has {
				b = a
			}
			if s.All = r == "all"; !s.All {
				s.Ranges = append(s.Ranges, [2]int{int(d.number(a)), int(d.number(b))})
			}
		}
		c.Steps = append(c.Steps, s)
	}
	d.add(scene.Block{Kind: scene.CodeBlock, Code: c})
}

func (d *testDoc) table(rest string) {
	t := &scene.Table{}
	for i, line := range strings.Split(rest, ";") {
		var row []scene.Cell
		for cell := range strings.SplitSeq(line, ",") {
			row = append(row, scene.Cell{Rich: plain(cell)})
		}
		if i == 0 {
			t.Header = row
		} else {
			t.Rows = append(t.Rows, row)
		}
	}
	d.add(scene.Block{Kind: scene.TableKind, Table: t})
}

var cueForm = regexp.MustCompile(`\{([^}]*)\}`)

func (d *testDoc) voice(text string) *scene.Voice {
	v := &scene.Voice{Pos: d.pos, End: d.pos}
	line := d.doc.File.Line(d.pos.Line)
	for text != "" {
		at := cueForm.FindStringSubmatchIndex(text)
		if at == nil {
			v.Words = append(v.Words, strings.Fields(text)...)
			break
		}
		v.Words = append(v.Words, strings.Fields(text[:at[0]])...)
		c := scene.Cue{Word: len(v.Words), Pos: d.pos}
		c.Pos.Col = strings.Index(line, text[at[0]:at[1]]) + 1
		what := text[at[2]:at[3]]
		switch {
		case what == "next":
			c.Kind = scene.CueNext
		case what[0] == '#':
			c.Kind, c.Name = scene.CueID, what[1:]
		case what[0] == 'L':
			c.Kind = scene.CueLine
			if n, _ := fmt.Sscanf(what, "L%d-%d", &c.From, &c.To); n == 1 {
				c.To = c.From
			}
		case strings.HasPrefix(what, "bar "):
			c.Kind, c.Name = scene.CueBar, strings.Trim(what[4:], `"`)
		case strings.HasPrefix(what, "pause "):
			c.Kind, c.Pause = scene.CuePause, d.time(what[6:])
		default:
			c.Kind, c.N = scene.CueItem, int(d.number(what))
		}
		v.Cues = append(v.Cues, c)
		text = text[at[1]:]
	}
	v.Text = strings.Join(v.Words, " ")
	return v
}
