package check

import (
	"fmt"
	"math"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/source"
)

// checkText finds text that cannot be read: too small for a screen across the room, or hardly set off from what lies
// behind it. A page inherits from the element that mounts it.
func (c *checker) checkText() {
	if c.root == nil {
		return
	}
	w, h := c.canvas()
	small := &smallText{least: c.MinText * min(w, h) / 1080, by: map[*source.File]*smallest{}}
	all := map[*page][]face{}
	base := face{size: 16}
	c.rem = 16
	if !c.entry.entry { // what the film around a scene says is not known
		base.size, c.rem = math.NaN(), math.NaN()
	}
	seen := map[cssText]bool{}
	for _, p := range c.pages {
		if !p.mounted {
			continue
		}
		won := c.cascade(p)
		all[p] = c.faces(p, won, c.handedDown(p, all, base))
		for i := range p.doc.Tags {
			if f := &all[p][i]; p.readable(i) && !f.unseen {
				small.see(p, i, f)
				c.faintText(p, i, f, won, seen)
			}
		}
	}
	small.report(c)
}

// handedDown returns what the root of a page inherits.
func (c *checker) handedDown(p *page, all map[*page][]face, base face) face {
	if k := c.byTag[place{p, p.root}]; k != nil {
		for _, h := range k.hosts {
			if faces := all[h.page]; faces != nil && h.page != p {
				return faces[h.tag]
			}
		}
	}
	return base
}

// readable reports whether tag i has text of its own that is set in CSS px: in SVG a size is in the drawing's units.
func (p *page) readable(i int) bool {
	return p.words[i] && p.live[i] && !isRawText(p.tag(i).Name) && p.tag(i).Name != "svg" && !p.within(i, "svg", -1)
}

// smallText gathers texts that are too small, by the file that makes them so: a page full of labels is one finding.
type smallText struct {
	least float64
	by    map[*source.File]*smallest
	files []*source.File
}

type smallest struct {
	page  *page
	tag   int
	face  face
	count int
}

func (s *smallText) see(p *page, i int, f *face) {
	if f.sizeBy == nil || !(f.size > 0 && f.size < s.least-1e-9) {
		return
	}
	found := s.by[f.sizeBy.file]
	if found == nil {
		found = &smallest{page: p, tag: i, face: *f}
		s.by[f.sizeBy.file] = found
		s.files = append(s.files, f.sizeBy.file)
	}
	if found.count++; f.size < found.face.size {
		found.page, found.tag, found.face = p, i, *f
	}
}

func (s *smallText) report(c *checker) {
	for _, f := range s.files {
		found := s.by[f]
		msg := fmt.Sprintf("the text of %s is %s px, below %s px", found.page.label(found.tag), plain(found.face.size), plain(s.least))
		switch more := found.count - 1; {
		case more == 1:
			msg += "; one more text here is too small"
		case more > 1:
			msg += fmt.Sprintf("; %d more texts here are too small", more)
		}
		by := found.face.sizeBy
		c.report("check/small-text", f, by.ValStart, by.ValEnd, msg, "make it larger, or say less")
	}
}

// faint is the least contrast that WCAG 2 asks of large text, which all text of a film should be.
const faint = 3

// faintText reports an element whose text can hardly be told from the colour that it lies on. Only a colour of its own
// is certain to lie behind it.
func (c *checker) faintText(p *page, i int, f *face, won cascade, seen map[cssText]bool) {
	behind := won[i]["background"]
	if f.colorBy == nil || behind == nil {
		return
	}
	at := cssText{f.colorBy.file.Name, f.colorBy.ValStart, f.colorBy.ValEnd}
	for _, name := range []string{"background-image", "mix-blend-mode", "background-clip", "-webkit-text-fill-color"} {
		if won[i][name] != nil {
			return
		}
	}
	if o := won.value(i, "opacity"); o != "" && o != "0" && o != "1" { // at 0 it waits for its entrance
		return
	}
	back, err := css.ParseColor(behind.Value)
	if err != nil || back.A < 1 {
		return
	}
	if ratio := css.ContrastOf(f.color, back); ratio < faint && !seen[at] {
		seen[at] = true
		c.report("check/faint-text", f.colorBy.file, at.start, at.end,
			fmt.Sprintf("the text of %s has a contrast of %s to its background, below %d", p.label(i), plain(ratio), faint), "make one of them lighter or darker")
	}
}
