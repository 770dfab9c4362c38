package check

import (
	"math"
	"strings"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/source"
)

// A winner is the declaration that the cascade picks for a property of an element.
type winner struct {
	decl
	file   *source.File
	weight [2]int // important, inline
	spec   specificity
}

// beats reports whether a declaration that comes later counts more than another.
func (w *winner) beats(o *winner) bool {
	if w.weight != o.weight {
		return w.weight[0] > o.weight[0] || w.weight[0] == o.weight[0] && w.weight[1] > o.weight[1]
	}
	return !w.spec.less(o.spec)
}

// A cascade holds the winners of one page for the properties that tell whether text can be read.
type cascade map[int]map[string]*winner // by tag and property

// property returns the name under which a declaration competes, "" if it has no part in the cascade.
func property(d *decl) string {
	switch d.Property {
	case "font-size", "color", "background-image", "display", "width", "zoom", "scale", "transform", "opacity", "mix-blend-mode", "-webkit-text-fill-color":
		return d.Property
	case "font":
		return "font-size"
	case "background", "background-color":
		return "background"
	case "background-clip", "-webkit-background-clip":
		return "background-clip"
	}
	return ""
}

// cascade works out the winners of a page, whose sheets follow those of the entry page.
func (c *checker) cascade(p *page) cascade {
	won := cascade{}
	sheets := p.sheets
	if p != c.entry {
		sheets = append(append([]*sheet{}, c.entry.sheets...), p.sheets...)
	}
	for _, s := range sheets {
		for k := range s.rules {
			if r := &s.rules[k]; !r.off {
				won.rule(p, s, r)
			}
		}
	}
	for i := range p.doc.Tags {
		for _, d := range p.inlineDecls(i) {
			won.put(i, &winner{decl: d, file: p.File, weight: [2]int{0, 1}})
		}
	}
	return won
}

func (won cascade) rule(p *page, s *sheet, r *rule) {
	var decls []decl
	for k := range r.decls {
		if property(&r.decls[k]) != "" {
			decls = append(decls, r.decls[k])
		}
	}
	if len(decls) == 0 {
		return
	}
	for n := range r.selectors {
		found := p.find(r.parsed(n))
		for _, d := range decls {
			w := &winner{decl: d, file: s.File, spec: r.parsed(n).specificity()}
			for _, i := range found {
				won.put(i, w)
			}
		}
	}
}

func (won cascade) put(i int, w *winner) {
	if w.Important {
		w.weight[0] = 1
	}
	name := property(&w.decl)
	if name == "" {
		return
	}
	if won[i] == nil {
		won[i] = map[string]*winner{}
	}
	if old := won[i][name]; old == nil || w.beats(old) {
		won[i][name] = w
	}
}

// value returns what the cascade says of a property of tag i, lower case; "" for nothing.
func (won cascade) value(i int, name string) string {
	if w := won[i][name]; w != nil {
		return strings.ToLower(w.Value)
	}
	return ""
}

// A face is how the text of an element looks.
type face struct {
	size    float64 // px; NaN if it is not known
	sizeBy  *winner // nil if no declaration sets it
	color   css.RGBA
	colorBy *winner // nil if the colour is not known
	unseen  bool    // not shown, or shown at another size than CSS says
}

// faces works out how the text of each tag of a page looks, from what its host hands down.
func (c *checker) faces(p *page, won cascade, from face) []face {
	out := make([]face, len(p.doc.Tags))
	for i := range p.doc.Tags {
		up := from
		if parent := p.container(i); parent >= 0 {
			up = out[parent]
		}
		f := up
		f.unseen = up.unseen || p.has(i, "hidden") || hides(won, i)
		c.setSize(&f, up, p.tag(i).Name, won[i]["font-size"])
		if w := won[i]["color"]; w != nil && w.Value != "inherit" && w.Value != "unset" {
			f.colorBy = nil
			if v, err := css.ParseColor(w.Value); err == nil && v.A == 1 {
				f.color, f.colorBy = v, w
			}
		}
		if p == c.entry && p.tag(i).Name == "html" {
			c.rem = f.size
		}
		out[i] = f
	}
	return out
}

// container returns the element that a browser puts tag i in: not the <li> before it whose end tag is left out.
func (p *page) container(i int) int {
	name := p.tag(i).Name
	up := p.tag(i).Parent
	for ; up >= 0 && p.tag(up).Close < 0; up = p.tag(up).Parent {
		switch over := p.tag(up).Name; {
		case over == name && optionalEnd(name):
		case over == "p" && isBlock(name), (over == "dt" || over == "dd") && (name == "dt" || name == "dd"):
		case (over == "td" || over == "th") && (name == "td" || name == "th" || name == "tr"), over == "tr" && (name == "tbody" || name == "tfoot"):
		default:
			return up
		}
	}
	return up
}

// isBlock reports whether an element ends the paragraph before it.
func isBlock(name string) bool {
	switch name {
	case "div", "ul", "ol", "dl", "table", "section", "article", "header", "footer", "main", "nav", "aside", "figure", "blockquote", "pre", "hr",
		"h1", "h2", "h3", "h4", "h5", "h6":
		return true
	}
	return false
}

// hides reports whether an element is not shown, is one pixel wide for screen readers only, or is shown at another size.
func hides(won cascade, i int) bool {
	zoom, scale, transform := won.value(i, "zoom"), won.value(i, "scale"), won.value(i, "transform")
	return won.value(i, "display") == "none" || won.value(i, "width") == "1px" || zoom != "" && zoom != "1" && zoom != "normal" && zoom != "100%" ||
		scale != "" && scale != "1" && scale != "none" || strings.Contains(transform, "scale") || strings.Contains(transform, "matrix")
}

// setSize gives f the font size that a declaration sets on an element of that name inside up.
func (c *checker) setSize(f *face, up face, tag string, w *winner) {
	if w == nil {
		f.size *= sizeOf(tag)
		return
	}
	value, _ := css.FontSize(w.decl)
	if w.Property == "font" && value == "" {
		value = w.Value
	}
	switch value = strings.ToLower(value); value {
	case "inherit", "unset":
		return
	}
	f.size, f.sizeBy = c.px(value, up.size), w
}

// sizeOf returns what browsers make of the size around an element of that name.
func sizeOf(tag string) float64 {
	switch tag {
	case "h1":
		return 2
	case "h2":
		return 1.5
	case "h3":
		return 1.17
	case "h5", "small", "sub", "sup":
		return 0.83
	case "h6":
		return 0.67
	}
	return 1
}

// sizeWords are the sizes that have a name.
var sizeWords = map[string]float64{"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "initial": 16, "large": 18, "x-large": 24, "xx-large": 32, "xxx-large": 48}

// px returns a font size in px, NaN if it is not known before a browser lays the page out.
func (c *checker) px(value string, around float64) float64 {
	if v, ok := sizeWords[value]; ok {
		return v
	}
	n, unit, ok := css.Dimension(value)
	if !ok {
		return math.NaN()
	}
	w, h := c.canvas()
	switch unit {
	case "px":
		return n
	case "pt":
		return n * 4 / 3
	case "em":
		return n * around
	case "%":
		return n * around / 100
	case "rem":
		return n * c.rem
	case "vw":
		return n * w / 100
	case "vh":
		return n * h / 100
	case "vmin":
		return n * min(w, h) / 100
	case "vmax":
		return n * max(w, h) / 100
	}
	return math.NaN()
}

// canvas returns the size of the film in px.
func (c *checker) canvas() (w, h float64) {
	w, _ = number(c.entry.attr(c.root.tag, "data-width"))
	h, _ = number(c.entry.attr(c.root.tag, "data-height"))
	return w, h
}
