package check

import (
	"fmt"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/source"
)

// checkText finds text that cannot be read: too small for a screen across the room, or hardly set off from what lies
// behind it.
func (c *checker) checkText() {
	if c.root == nil {
		return
	}
	w, _ := number(c.entry.attr(c.root.tag, "data-width"))
	h, _ := number(c.entry.attr(c.root.tag, "data-height"))
	least := c.MinText * min(w, h) / 1080
	for _, p := range c.pages {
		if !p.mounted {
			continue
		}
		for _, s := range p.sheets {
			for k := range s.rules {
				c.smallText(p, s, &s.rules[k], least)
				c.faintText(p, s, &s.rules[k])
			}
		}
		for i := range p.doc.Tags {
			if !p.readable(i) {
				continue
			}
			for _, d := range p.inlineDecls(i) {
				c.smallSize(p, p.File, &d, i, least)
			}
		}
	}
}

func (c *checker) smallText(p *page, s *sheet, r *rule, least float64) {
	for k := range r.decls {
		d := &r.decls[k]
		if size, ok := fontSize(d); !ok || size >= least {
			continue
		}
		for n := range r.selectors {
			for _, i := range p.find(r.parsed(n)) {
				if p.readable(i) {
					c.smallSize(p, s.File, d, i, least)
					return
				}
			}
		}
	}
}

func (c *checker) smallSize(p *page, f *source.File, d *decl, i int, least float64) {
	size, ok := fontSize(d)
	if !ok || size <= 0 || size >= least-1e-9 {
		return
	}
	c.report("check/small-text", f, d.ValStart, d.ValEnd, fmt.Sprintf("the text of %s is %s px, below %s px", p.label(i), plain(size), plain(least)), "make it larger, or say less")
}

// readable reports whether tag i has text of its own that is set in CSS px: in SVG a size is in the drawing's units.
func (p *page) readable(i int) bool {
	return p.words[i] && p.live[i] && !isRawText(p.tag(i).Name) && p.tag(i).Name != "svg" && !p.within(i, "svg", -1)
}

// fontSize returns the size in px that a declaration sets, if it is written out in px or pt.
func fontSize(d *decl) (float64, bool) {
	if d.Property != "font-size" && d.Property != "font" {
		return 0, false
	}
	size, _ := css.FontSize(*d)
	n, unit, ok := css.Dimension(size)
	switch {
	case !ok:
	case unit == "px":
		return n, true
	case unit == "pt":
		return n * 4 / 3, true
	}
	return 0, false
}

// faint is the least contrast that WCAG 2 asks of large text, which all text of a film should be.
const faint = 3

// faintText reports a rule that sets a text on a colour that it can hardly be told from. Only a rule that sets both
// says for certain what lies behind the text.
func (c *checker) faintText(p *page, s *sheet, r *rule) {
	var fg *decl
	var front, back css.RGBA
	behind := false
	for k := range r.decls {
		d := &r.decls[k]
		switch d.Property {
		case "color":
			if v, err := css.ParseColor(d.Value); err == nil && v.A == 1 {
				fg, front = d, v
			}
		case "background", "background-color":
			v, err := css.ParseColor(d.Value)
			behind, back = err == nil && v.A == 1, v
		case "background-image", "mix-blend-mode", "background-clip", "-webkit-background-clip", "-webkit-text-fill-color", "opacity":
			return
		}
	}
	if fg == nil || !behind {
		return
	}
	ratio := css.ContrastOf(front, back)
	if ratio >= faint {
		return
	}
	for n := range r.selectors {
		for _, i := range p.find(r.parsed(n)) {
			if p.readable(i) {
				c.report("check/faint-text", s.File, fg.ValStart, fg.ValEnd, fmt.Sprintf("the text of %s has a contrast of %s to its background, below %d", p.label(i), plain(ratio), faint),
					"make one of them lighter or darker")
				return
			}
		}
	}
}
