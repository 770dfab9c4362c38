package templates

import (
	"html"
	"html/template"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	least    = 24  // the smallest size of any text, in units
	smallest = 150 // the smallest height in which a picture or a chart is worth showing, in units
)

// W is the canvas's width in units: px of a canvas whose shorter side is 1080, see --u.
func (v *View) W() float64 { return float64(v.Width) / v.unit() }

// H is the canvas's height in units.
func (v *View) H() float64 { return float64(v.Height) / v.unit() }

// InnerW is the width between the margins (--margin-x) in units.
func (v *View) InnerW() float64 { return v.W() - 2*v.Pick(120, 84, 80) }

// InnerH is the height between the margins (--margin-y) in units.
func (v *View) InnerH() float64 { return v.H() - 2*v.Pick(96, 168, 80) }

func (v *View) unit() float64 { return float64(max(1, min(v.Width, v.Height))) / 1080 }

// Pick returns the value for the scene's shape.
func (v *View) Pick(landscape, portrait, square float64) float64 {
	switch v.Shape {
	case "portrait":
		return portrait
	case "square":
		return square
	}
	return landscape
}

// Fit returns the factor for --fit, at most 1, by which text of a size has to shrink to stand in so many lines of a
// width without a word being cut. Size and width are in units, role is display, body or mono. Text is never made
// smaller than 24 units; if that is still too large, Execute warns of it.
func (v *View) Fit(role, text string, size, width float64, lines int) float64 {
	return v.shrink(role, text, size, func(f float64) bool {
		n, fits := v.lines(role, text, width/(size*f))
		return fits && n <= lines
	})
}

// FitBox is Fit for a box of a width and a height, with lines of leading times the size.
func (v *View) FitBox(role, text string, size, leading, width, height float64) float64 {
	return v.shrink(role, text, size, func(f float64) bool {
		n, fits := v.lines(role, text, width/(size*f))
		return fits && float64(n)*leading*size*f <= height
	})
}

// FitBlocks is Fit for blocks drawn the default way, one below the other in an element of class flow whose --text is
// size. Pictures, films and charts take what is left, at least half of the height.
func (v *View) FitBlocks(blocks []Block, size, width, height float64) float64 {
	if len(blocks) == 0 {
		return 1
	}
	if at := slices.IndexFunc(blocks, stretches); at >= 0 {
		if height < smallest {
			v.notes.tooSmall(blocks[at].Kind)
		}
		height /= 2
	}
	return v.shrink("", someText(blocks), size, func(f float64) bool {
		e := estimate{v: v, em: max(size*f, least), fit: f, width: width, fits: true}
		return e.blocks(blocks) <= height && e.fits
	})
}

// FlowH returns how high the element of [View.FitBlocks] is where it may be as high as most: what stands beside it has
// the rest.
func (v *View) FlowH(blocks []Block, size, width, most float64) float64 {
	if slices.ContainsFunc(blocks, stretches) {
		return most
	}
	e := estimate{v: v, em: max(size, least), fit: 1, width: width, fits: true}
	return min(most, math.Ceil(e.blocks(blocks)))
}

// FitItems is Fit for a list whose items are drawn in a font with lines of leading times the size, gap below each and
// indent before each; leading, gap and indent are in em of the text. Nested blocks are drawn the default way.
func (v *View) FitItems(items []Item, role string, size, leading, gap, indent, width, height float64) float64 {
	if len(items) == 0 {
		return 1
	}
	return v.shrink(role, items[0].Text, size, func(f float64) bool {
		em := size * f
		total := 0.0
		for _, it := range items {
			n, fits := v.lines(role, it.Text, width/em-indent)
			if !fits {
				return false
			}
			e := estimate{v: v, em: max(0.62*em, least), fit: f, width: width - indent*em, fits: true}
			total += (float64(n)*leading+gap)*em + e.blocks(it.Blocks)
		}
		return total <= height
	})
}

func (v *View) shrink(role, text string, size float64, good func(float64) bool) float64 {
	f, ok := shrink(min(1, least/size), good)
	if !ok {
		v.notes.tooLong(text)
	}
	return f
}

// slack makes estimates a little too wide: rounding and hinting differ from one Chromium to the next.
const slack = 1.015

func (v *View) lines(role, text string, width float64) (int, bool) {
	f := v.Theme.face(role)
	return f.metrics().Lines(f.cased(text), width/slack, max(f.Tracking, 0))
}

// someText returns a text by which an author knows the blocks.
func someText(blocks []Block) string {
	for _, b := range blocks {
		switch {
		case b.Text != "":
			return b.Text
		case len(b.Items) > 0:
			return b.Items[0].Text
		case b.Table != nil && len(b.Table.Header) > 0:
			return textOf(b.Table.Header[0])
		}
	}
	return ""
}

// stretches reports whether a block takes the height that is left.
func stretches(b Block) bool { return b.Kind == "image" || b.Kind == "video" || b.Kind == "chart" }

// An estimate adds up the height of blocks drawn the default way, in units. Its numbers are those of base.css.
type estimate struct {
	v     *View
	em    float64 // font size in units
	fit   float64
	width float64
	fits  bool // no word was too long
}

func (e *estimate) text(role, s string, scale, leading, width float64) float64 {
	if s == "" {
		return 0
	}
	em := max(scale*e.em, least)
	n, fits := e.v.lines(role, s, width/em)
	e.fits = e.fits && fits
	return float64(n) * leading * em
}

func (e *estimate) blocks(blocks []Block) float64 {
	total := 0.0
	for i := range blocks {
		if i > 0 {
			total += 0.8 * e.em
		}
		total += e.block(&blocks[i])
	}
	return total
}

func (e *estimate) block(b *Block) float64 {
	switch b.Kind {
	case "heading":
		return e.text("display", b.Text, 1.3, 1.08, e.width)
	case "list":
		return e.list(b)
	case "quote":
		return e.quote(b)
	case "table":
		return e.table(b.Table)
	case "code":
		return e.code(b.Code)
	case "image", "video", "chart", "audio":
		return 0
	case "directive":
		return e.directive(b)
	}
	return e.text("body", b.Text, 1, 1.4, e.width)
}

// quote has its glyph, what is said and who said it one below the other.
func (e *estimate) quote(b *Block) float64 {
	const gap, glyph = 0.68, 1.26 // em of the flow
	inner := *e
	inner.em = 1.36 * e.em
	total := glyph * e.em
	for i := range b.Blocks {
		if total += gap * e.em; b.Blocks[i].Kind == "paragraph" {
			total += e.text("display", b.Blocks[i].Text, 1.36, 1.14, e.width)
		} else {
			total += inner.block(&b.Blocks[i])
		}
	}
	e.fits = e.fits && inner.fits
	if b.ByText != "" {
		total += gap*e.em + e.text("body", b.ByText, 0.82, 1.3, e.width)
	}
	return total
}

// directive knows how our own blocks are drawn and takes any other for a padded panel.
func (e *estimate) directive(b *Block) float64 {
	inner := *e
	defer func() { e.fits = e.fits && inner.fits }()
	switch b.Name {
	case "stat":
		return 3.6*e.em + inner.text("body", b.Text, 0.8, 1.3, e.width) + 0.25*e.em
	case "columns":
		n := float64(max(1, min(len(b.Blocks), int(e.v.Pick(4, 2, 4)))))
		inner.width = (e.width - (n-1)*1.4*e.em) / n
		tallest := 0.0
		for i := range b.Blocks {
			tallest = max(tallest, inner.block(&b.Blocks[i]))
		}
		return (tallest + 0.6*e.em) * math.Ceil(float64(len(b.Blocks))/n)
	}
	inner.width -= 2.9 * e.em
	return inner.blocks(b.Blocks) + inner.text("body", b.Text, 1, 1.4, inner.width) + 2*e.em
}

func (e *estimate) list(b *Block) float64 {
	indent := 1.2 * e.em
	if b.Ordered {
		indent = 1.6 * e.em
	}
	total := 0.0
	for i, it := range b.Items {
		if i > 0 {
			total += 0.5 * e.em
		}
		total += e.text("body", it.Text, 1, 1.4, e.width-indent)
		if len(it.Blocks) > 0 {
			inner := *e
			inner.em, inner.width = max(0.84*e.em, least), e.width-indent
			total += inner.blocks(it.Blocks) + 0.4*inner.em
			e.fits = e.fits && inner.fits
		}
	}
	return total
}

// table shares the width among the columns by what is in them, as a browser roughly does.
func (e *estimate) table(t *Table) float64 {
	if t == nil || len(t.Header) == 0 {
		return 0
	}
	em := max(0.86*e.em, least)
	rows := append([][]template.HTML{t.Header}, t.Rows...)
	natural, sum := make([]float64, len(t.Header)), 0.0
	for i := range natural {
		for _, row := range rows {
			if i < len(row) {
				natural[i] = max(natural[i], e.v.Theme.wide("body", textOf(row[i]))*em)
			}
		}
		sum += natural[i]
	}
	room := e.width - 1.6*em*float64(len(natural)-1)
	height := 0.0
	for _, row := range rows {
		tallest := 1
		for i := range min(len(row), len(natural)) {
			share := natural[i]
			if sum > room && sum > 0 {
				share *= room / sum
			}
			n, fits := e.v.lines("body", textOf(row[i]), slack*share/em+0.01)
			e.fits = e.fits && fits
			tallest = max(tallest, n)
		}
		height += (float64(tallest)*1.25 + 1.04) * em
	}
	return height
}

func (e *estimate) code(c *Code) float64 {
	if c == nil {
		return 0
	}
	room := e.width - 88
	wide := float64(max(c.Cols, 1)) * 0.602 // em
	size := max(least, min(36*e.fit, room/wide))
	rows := float64(c.Rows) * math.Ceil(size*wide/(room+1)) // what is too wide for the block is broken again
	h := 72 + rows*1.56*size
	if c.Title != "" {
		h += 50
	}
	return h
}

// wide returns how wide the longest line of a text runs, in em.
func (t *Theme) wide(role, text string) float64 {
	f := t.face(role)
	w := 0.0
	for line := range strings.SplitSeq(f.cased(text), "\n") {
		w = max(w, f.metrics().Width(line)+max(f.Tracking, 0)*float64(utf8.RuneCountInString(line)))
	}
	return slack * w
}

// face is Font, but for no theme and no such role it returns a font that was never measured.
func (t *Theme) face(role string) *Font {
	if t != nil {
		if f := t.Font(role); f != nil {
			return f
		}
	}
	return &Font{}
}

func (f *Font) metrics() *Metrics {
	if f.Metrics == nil {
		return plainMetrics
	}
	return f.Metrics
}

func (f *Font) cased(text string) string {
	if f.Uppercase {
		return strings.ToUpper(text)
	}
	return text
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	breaks = regexp.MustCompile(`(?i)<br\b[^>]*>\s*`)
)

// textOf returns what inline HTML reads as, its hard breaks as ends of lines.
func textOf(h template.HTML) string {
	s := strings.Join(strings.FieldsFunc(string(h), isSpace), " ")
	return html.UnescapeString(tags.ReplaceAllString(breaks.ReplaceAllString(s, "\n"), ""))
}
