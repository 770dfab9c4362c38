package scene

import (
	"fmt"
	"strings"

	"github.com/hframes/hframes/source"
)

// names gives every scene its id: first the ones that authors chose, then the ones made from titles.
func (p *filmReader) names() {
	taken := map[string]int{}
	for i, s := range p.doc.Scenes {
		id := p.ids[i]
		if id.text == "" {
			continue
		}
		key := strings.ToLower(id.text)
		if reserved[key] {
			d := p.in.atPos(id.pos, id.end, "scene/reserved-id", fmt.Sprintf("the id %q is reserved", id.text))
			p.in.list.Add(d.WithHint(fmt.Sprintf("call it %q", "s-"+id.text)))
			continue
		}
		if before := taken[key]; before > 0 {
			d := p.in.atPos(id.pos, id.end, "scene/duplicate-id", fmt.Sprintf("the id %q is taken", id.text))
			p.in.list.Add(d.WithHint(fmt.Sprintf("the scene on line %d has it", p.doc.Scenes[before-1].Pos.Line)))
			continue
		}
		taken[key] = i + 1
		s.ID = id.text
	}
	next := map[string]int{}
	for i, s := range p.doc.Scenes {
		if s.ID != "" {
			continue
		}
		base := slug(s.Title)
		if base == "" {
			base = fmt.Sprintf("scene-%d", i+1)
		}
		id := base
		for n := max(next[base], 2); taken[strings.ToLower(id)] > 0; n++ {
			id = fmt.Sprintf("%s-%d", base, n)
			next[base] = n + 1
		}
		taken[strings.ToLower(id)] = i + 1
		s.ID = id
	}
}

// maxSlug bounds the ids that are made from titles, in bytes: they become file names.
const maxSlug = 60

// slug makes an id of a title: its letters and digits in lower case with "-" between words. Letters outside of ASCII
// are dropped. It returns "" when nothing is left.
func slug(title Rich) string {
	var b strings.Builder
	gap := false
	for _, s := range title {
		for _, c := range []byte(slugText(s)) {
			switch {
			case isLetter(c) || isDigit(c):
				if gap && b.Len() > 0 {
					b.WriteByte('-')
				}
				gap = false
				b.WriteByte(lower(c))
			case c < 0x80 && c != '\'':
				gap = true
			}
		}
	}
	out := b.String()
	if len(out) > maxSlug {
		out = out[:maxSlug]
		if i := strings.LastIndexByte(out, '-'); i > maxSlug/2 {
			out = out[:i]
		}
	}
	if out != "" && (isDigit(out[0]) || reserved[out]) {
		out = "s-" + out
	}
	return strings.TrimRight(out, "-")
}

func slugText(s Span) string {
	switch {
	case s.Var != "":
		return s.Var
	case s.Directive != nil:
		var b strings.Builder
		for _, l := range s.Directive.Label {
			b.WriteString(slugText(l))
		}
		return b.String()
	}
	return s.Text
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// reserved are ids that HyperFrames or a file system uses for something else.
var reserved = map[string]bool{"main": true, "root": true, "con": true, "prn": true, "aux": true, "nul": true}

// blockID notes the id of a block. It reports one that the scene already has, and the block does without.
func (c *chunk) blockID(id word) string {
	if id.text == "" {
		return ""
	}
	if before, ok := c.ids[id.text]; ok {
		d := c.in.atPos(id.pos, id.end, "scene/duplicate-id", fmt.Sprintf("the id %q is given twice in this scene", id.text))
		c.list.Add(d.WithHint(fmt.Sprintf("the other is on line %d", before.Line)))
		return ""
	}
	if c.ids == nil {
		c.ids = map[string]source.Pos{}
	}
	c.ids[id.text] = id.pos
	return id.text
}
