package chart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hframes/hframes/source"
)

// newCanvas makes d and o fit for drawing: numbers formatted, rows sorted and cut to what can be told apart.
func newCanvas(d Data, o Options) *canvas {
	c := &canvas{data: d, o: o, width: o.Width, height: o.Height, hitRow: -1, hitCol: -1}
	if c.width <= 0 {
		c.width = 1680
	}
	if c.height <= 0 {
		c.height = 700
	}
	if c.o.Prefix == "" {
		c.o.Prefix = "chart"
	}
	c.data.Series = slices.Clone(d.Series)
	for s := range c.data.Series {
		c.data.Series[s].Format = c.format(c.data.Series[s].Format)
	}
	for r := range d.Rows {
		c.order = append(c.order, r)
	}
	c.sort()
	c.cut()
	c.findHighlight()
	return c
}

// format applies the options to how a series was written.
func (c *canvas) format(f Format) Format {
	switch o := c.o.Format; {
	case o == "compact":
		f.Compact = true
	case o != "":
		f.Decimals = max(len(o)-2, 0)
		f.Compact = false
	}
	if c.o.Unit != "" && !c.unitIsLong() {
		f.Suffix = c.shortUnit()
	}
	return f
}

// unitIsLong reports whether the unit is better said once.
func (c *canvas) unitIsLong() bool { return utf8.RuneCountInString(c.o.Unit) > 4 }

// shortUnit returns the unit as it follows a number: "%", "°C", "x" and "k" close to it, the others after a narrow space.
func (c *canvas) shortUnit() string {
	if strings.Contains(" % ° °C °F x × k K M ", " "+c.o.Unit+" ") {
		return c.o.Unit
	}
	return "\u202f" + c.o.Unit
}

// text returns a value as it is drawn: as the author wrote it, unless an option says otherwise.
func (c *canvas) text(row, series int) string {
	v := c.value(row, series)
	if v.Missing {
		return "–"
	}
	f := c.data.Series[series].Format
	if c.o.Format != "" {
		return f.Write(v.N)
	}
	text := strings.Replace(v.Text, "-", "−", 1)
	if v.N >= 0 {
		text = v.Text
	}
	if c.o.Unit != "" && !c.unitIsLong() && !strings.HasSuffix(text, c.o.Unit) {
		text += f.Suffix
	}
	return text
}

// sum returns the values of a row, added up.
func (c *canvas) sum(row int) float64 {
	total := 0.0
	for _, v := range c.data.Rows[row].Values {
		total += v.N
	}
	return total
}

func (c *canvas) sort() {
	var less func(a, b int) int
	switch c.o.Sort {
	case "desc":
		less = func(a, b int) int { return cmp.Compare(c.sum(b), c.sum(a)) }
	case "asc":
		less = func(a, b int) int { return cmp.Compare(c.sum(a), c.sum(b)) }
	case "label":
		less = func(a, b int) int {
			return cmp.Compare(strings.ToLower(c.data.Rows[a].Label), strings.ToLower(c.data.Rows[b].Label))
		}
	default:
		return
	}
	slices.SortStableFunc(c.order, less)
}

// Rows that a viewer can still tell apart.
const (
	mostBars   = 40
	mostPoints = 400
)

// cut leaves out the rows beyond the limit.
func (c *canvas) cut() {
	limit := mostBars
	if k := c.kind(); k == Line || k == Area {
		limit = mostPoints
	} else if k == Donut {
		return // slices are gathered into one
	}
	if c.o.Max > 0 && len(c.order) > c.o.Max {
		c.order = c.order[:c.o.Max]
	}
	c.limit(limit)
}

// findHighlight finds what Highlight names.
func (c *canvas) findHighlight() {
	name := strings.TrimSpace(c.o.Highlight)
	if name == "" {
		return
	}
	for s, x := range c.data.Series {
		if len(c.data.Series) > 1 && strings.EqualFold(x.Name, name) {
			c.hitCol = s
			return
		}
	}
	known := []string{"max", "min", "first", "last"}
	for _, r := range c.order {
		if strings.EqualFold(c.data.Rows[r].Label, name) {
			c.hitRow = r
			return
		}
		known = append(known, c.data.Rows[r].Label)
	}
	less := func(a, b int) int { return cmp.Compare(c.sum(a), c.sum(b)) }
	switch strings.ToLower(name) {
	case "max":
		c.hitRow = slices.MaxFunc(c.order, less)
	case "min":
		c.hitRow = slices.MinFunc(c.order, less)
	case "first":
		c.hitRow = c.order[0]
	case "last":
		c.hitRow = c.order[len(c.order)-1]
	default:
		for s := range c.data.Series {
			known = append(known, c.data.Series[s].Name)
		}
		c.warn("highlight", "unknown-row", fmt.Sprintf("no row or series is called %q", name), source.DidYouMean(name, known))
	}
}

// kind returns the type, with Auto decided.
func (c *canvas) kind() Type {
	if c.o.Type != Auto {
		return c.o.Type
	}
	if !c.timely() {
		return Bar
	}
	if len(c.order) >= 5 && c.o.Mode == Grouped {
		return Line
	}
	return Column
}
