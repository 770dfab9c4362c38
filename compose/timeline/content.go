package timeline

import (
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/hframes/hframes/compose/scene"
)

// content is what a scene shows, as far as it takes time.
type content struct {
	text    Count
	images  int
	charts  int
	values  int // of charts
	lines   int // of code without steps
	steps   []step
	reveals []reveal // list items, code steps and bars, in order
	items   int
	bars    int
	sum     time.Duration // reading time so far, without lead and hold
	buf     []byte
}

// A step is a highlight step of a code block. From and to are reading times, counted from the end of the lead.
type step struct {
	from, to time.Duration
	shows    scene.Step
}

// A reveal is something that a cue can show.
type reveal struct {
	kind scene.CueKind
	n    int // counted from 1 over the scene, by kind
	name string
	id   string
}

// reader gathers the content of one scene.
type reader struct {
	content
	p     *placer
	scene *scene.Scene
	words float64 // a minute
}

// readScene goes through a scene in the order in which it is drawn: title, blocks, slots.
func (p *placer) readScene(s *scene.Scene, text string) content {
	r := &reader{p: p, scene: s, words: p.wordsPerMinute()}
	r.rich(s.Title)
	r.plain(text)
	r.blocks(s.Blocks, false)
	for i := range s.Slots {
		r.blocks(s.Slots[i].Blocks, false)
	}
	return r.content
}

func (p *placer) wordsPerMinute() float64 {
	if w := p.doc.Meta.Timing.Words; w >= 10 && w <= 2000 {
		return w
	}
	return ReadWords
}

func (r *reader) add(c Count) {
	r.text = r.text.Add(c)
	r.sum += c.At(r.words, ReadChars)
}

func (r *reader) plain(text string) {
	if text != "" {
		r.add(CountText(text))
	}
}

// rich counts inline content. Its pieces are joined first: a bold half of a word is no word.
func (r *reader) rich(x scene.Rich) {
	if len(x) == 0 {
		return
	}
	r.buf = r.appendRich(r.buf[:0], x)
	r.plain(string(r.buf))
}

func (r *reader) appendRich(b []byte, x scene.Rich) []byte {
	for i := range x {
		switch s := &x[i]; {
		case s.Directive != nil:
			b = r.appendRich(b, s.Directive.Label)
		case s.Var != "":
			b = append(b, r.p.vars[s.Var]...)
		default:
			b = append(b, s.Text...)
		}
	}
	return b
}

// blocks counts blocks. Items of lists inside lists are not counted as items.
func (r *reader) blocks(blocks []scene.Block, inList bool) {
	for i := range blocks {
		r.block(&blocks[i], inList)
	}
}

func (r *reader) block(b *scene.Block, inList bool) {
	switch b.Kind {
	case scene.List:
		for i := range b.Items {
			it := &b.Items[i]
			if !inList {
				r.items++
				r.reveals = append(r.reveals, reveal{scene.CueItem, r.items, "", it.ID})
			}
			r.rich(it.Rich)
			r.blocks(it.Blocks, true)
		}
	case scene.CodeBlock:
		if b.Code != nil {
			r.code(b.Code)
		}
	case scene.ImageKind, scene.VideoKind:
		r.images++
		r.sum += ImageTime
		if b.Media != nil {
			r.plain(b.Media.Title)
		}
	case scene.TableKind:
		if b.Table != nil {
			r.table(b)
		}
	case scene.HTML:
		r.plain(visible(b.Raw))
	default:
		r.rich(b.Rich)
		r.blocks(b.Blocks, inList)
		r.rich(b.By)
	}
}

// code counts a code block: a look at every step, or at all of its lines once.
func (r *reader) code(c *scene.Code) {
	lines := strings.Count(strings.TrimRight(c.Text, "\n"), "\n") + 1
	if len(c.Steps) == 0 {
		n := 0
		for line := range strings.Lines(c.Text) {
			if strings.TrimSpace(line) != "" {
				n++
			}
		}
		n = min(n, MostLines)
		r.lines += n
		r.sum += time.Duration(n) * LineTime
		return
	}
	seen := map[int]bool{}
	for _, s := range c.Steps {
		at := r.sum
		r.sum += StepBase + time.Duration(stepLines(s, lines, seen))*LineTime
		r.steps = append(r.steps, step{at, r.sum, s})
		r.reveals = append(r.reveals, reveal{kind: CueStep, n: len(r.steps)})
	}
}

// stepLines returns how many lines a step gives to read. "all" gives those that no step showed before.
func stepLines(s scene.Step, lines int, seen map[int]bool) int {
	n := 0
	if s.All {
		for i := 1; i <= lines && n < MostAll; i++ {
			if !seen[i] {
				n++
			}
		}
		return n
	}
	for _, r := range s.Ranges {
		for i := max(r[0], 1); i <= min(r[1], lines); i++ {
			seen[i] = true
			n++
		}
	}
	return n
}

// table counts a table's words or, where it is drawn as a chart, its values.
func (r *reader) table(b *scene.Block) {
	if !r.p.isChart(r.scene, b) {
		for i := range b.Table.Header {
			r.rich(b.Table.Header[i].Rich)
		}
		for _, row := range b.Table.Rows {
			for i := range row {
				r.rich(row[i].Rich)
			}
		}
		return
	}
	values := 0
	for _, row := range b.Table.Rows {
		if len(row) == 0 {
			continue
		}
		r.bars++
		name := strings.TrimSpace(string(r.appendRich(nil, row[0].Rich)))
		r.reveals = append(r.reveals, reveal{scene.CueBar, r.bars, name, ""})
		for _, cell := range row[1:] {
			if strings.ContainsAny(string(r.appendRich(r.buf[:0], cell.Rich)), "0123456789") {
				values++
			}
		}
	}
	r.charts++
	r.values += values
	r.sum += ChartBase + time.Duration(values)*ValueTime
}

func (p *placer) isChart(s *scene.Scene, b *scene.Block) bool {
	if p.in.Chart != nil {
		return p.in.Chart(s, b)
	}
	return s.Layout == "chart"
}

// visible returns the text of HTML that a viewer sees: without tags, comments, styles and scripts.
func visible(raw string) string {
	var b strings.Builder
	for raw != "" {
		at := strings.IndexByte(raw, '<')
		if at < 0 {
			b.WriteString(raw)
			break
		}
		b.WriteString(raw[:at])
		b.WriteByte(' ')
		raw = skipTag(raw[at:])
	}
	return html.UnescapeString(b.String())
}

// skipTag returns what follows a tag, a comment, or an element whose content is not shown.
func skipTag(raw string) string {
	end := ">"
	if strings.HasPrefix(raw, "<!--") {
		end = "-->"
	}
	for _, name := range []string{"script", "style", "template"} {
		if len(raw) > len(name) && strings.EqualFold(raw[1:1+len(name)], name) {
			end = "</" + name
		}
	}
	at := 0
	for ; at+len(end) <= len(raw) && !strings.EqualFold(raw[at:at+len(end)], end); at++ {
	}
	if at+len(end) > len(raw) {
		return ""
	}
	raw = raw[at+len(end):]
	if strings.HasPrefix(end, "</") {
		_, raw, _ = strings.Cut(raw, ">")
	}
	return raw
}

// sumText says what a reading time is made of: "34 words at 170/min + 2 images".
func (c *content) sumText(words float64) []string {
	var parts []string
	add := func(n int, one, many, tail string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one+tail)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s%s", n, many, tail))
		}
	}
	add(rounded(c.text.Words), "word", "words", fmt.Sprintf(" at %g/min", words))
	add(c.text.Chars, "character", "characters", fmt.Sprintf(" at %g/s", ReadChars))
	add(len(c.steps), "code step", "code steps", "")
	add(c.lines, "line of code", "lines of code", "")
	add(c.charts, "chart", "charts", fmt.Sprintf(" of %d values", c.values))
	add(c.images, "picture", "pictures", "")
	return parts
}

func rounded(words float64) int {
	n := int(words)
	if words > float64(n) {
		n++
	}
	return n
}
