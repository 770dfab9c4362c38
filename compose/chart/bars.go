package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Type sizes in u. Nothing is smaller than least.
const (
	least   = 24.0
	largest = 46.0
	legendH = 60.0 // what a line of a legend takes; chart.css has the same, as the next two
	keySize = 30.0
	keyGap  = 36.0
	swatch  = 1.22 // em, with the space after it
)

// style puts declarations together.
func style(format string, args ...any) template.CSS {
	return template.CSS(fmt.Sprintf(format, args...))
}

// size bounds a type size and rounds it to a half.
func size(x float64) float64 { return math.Floor(min(max(x, least), largest)*2) / 2 }

// needsLegend reports whether the names of the series have to stand above the chart.
func (c *canvas) needsLegend() bool {
	switch c.o.Legend {
	case "show":
		return true
	case "hide":
		return false
	}
	return len(c.data.Series) > 1
}

func (c *canvas) legend(p *picture) {
	if !c.needsLegend() {
		return
	}
	height := legendH * float64(c.legendLines())
	if height > c.height/2 {
		c.warn("", "too-many-series", fmt.Sprintf("%d series are too many to be named", len(c.data.Series)), "draw fewer")
		return
	}
	for s := range c.data.Series {
		class := join(tone(s), c.hitSeries(s))
		p.Legend = append(p.Legend, key{class, c.names[s]})
	}
	c.named = true
	c.height -= height
}

// legendLines returns how many lines the names of the series take.
func (c *canvas) legendLines() int {
	lines, at := 1, 0.0
	for _, x := range c.names {
		w := (c.measure(x.Text)*bold + swatch) * keySize
		if at > 0 && at+w > c.width {
			lines, at = lines+1, 0
		}
		at += w + keyGap
	}
	return lines
}

// stagger returns the delay between rows in seconds: less for many, so that all are there within 1.3 s.
func stagger(n int) string { return num(min(0.11, 1.3/float64(max(n, 1)))) + "s" }

// bars draws horizontal bars. Labels stand beside them, or above when they are long or the canvas is narrow; more
// rows than one column can hold are set in two.
func (c *canvas) bars(p *picture) {
	c.legend(p)
	sets := 1
	if c.stacks() == 0 {
		sets = len(c.data.Series)
	}
	columns := c.barColumns(sets)
	c.limit(columns * int(c.height/tightest))
	n := len(c.order)
	perColumn := (n + columns - 1) / columns
	pitch := min(c.height/float64(perColumn), max(168, c.height*0.17))
	s := c.barSizes(pitch, (c.width-columnGap*float64(columns-1))/float64(columns), sets)
	p.Class = join(p.Class, s.class)
	if columns == 2 {
		p.Class = join(p.Class, "two")
	}
	scale := c.scale()
	if c.lonePercent() && scale.hi == 100 {
		p.Class = join(p.Class, "meter")
	}
	if !s.values && columns == 1 {
		p.Ticks = c.grid(&scale)
		p.Class = join(p.Class, "ruled")
	}
	p.Rows = c.rows(scale, s.values)
	p.Style = style("--n:%d;--rows:%d;--fs:%s;--vs:%s;--pitch:%s;--head:%s;--tail:%s;--zero:%s;--gap:%s",
		n, perColumn, px(s.label), px(s.value), px(pitch), px(s.head(scale)), px(s.tail), num(scale.at(0)), stagger(n))
}

const (
	tightest  = 26.0 // u from one row of bars to the next
	columnGap = 80.0 // u between two columns of bars; chart.css has the same
)

// barColumns returns 2 when one column would be tight and two leave room for the bars.
func (c *canvas) barColumns(sets int) int {
	if c.height/float64(len(c.order)*sets) >= 40 {
		return 1
	}
	up, down := c.ends()
	if (c.width-columnGap)/2 < (c.widest(c.drawn())+up+down)*least+200 {
		return 1
	}
	return 2
}

// limit leaves out the rows beyond n.
func (c *canvas) limit(n int) {
	n = max(n, 1)
	if len(c.order) <= n {
		return
	}
	c.warn("max", "too-many-rows", fmt.Sprintf("%d rows are too many for one %s chart; the first %d are drawn", len(c.order), c.kind(), n),
		"sort=desc max=10 draws the ten greatest")
	c.order = c.order[:n]
}

// barSizes are the type sizes of bars and the room that values take at their ends, in u.
type barSizes struct {
	label, value float64
	tail         float64 // right of the longest positive bar
	front        float64 // left of the longest negative bar
	values       bool    // values fit at the ends of bars
	class        string
}

func (s barSizes) head(a axis) float64 {
	if a.lo < 0 {
		return s.front
	}
	return 0
}

func (c *canvas) barSizes(pitch, width float64, sets int) barSizes {
	s := barSizes{label: size(pitch * 0.42), values: true}
	lane := pitch * 0.74 / float64(sets)
	s.value = size(min(lane*0.9, pitch*0.46))
	if lane < least*0.98 {
		s.values = false
	}
	labels := c.widest(c.drawn())
	for s.label > least+2 && labels*s.label > width*0.34 {
		s.label -= 0.5
	}
	if labels*s.label > width*0.36 {
		s.class = "above"
		s.label = size(pitch * 0.3)
		for s.label > least && labels*s.label > width {
			s.label -= 0.5
		}
		s.value = size(min(s.value, pitch*0.34))
	}
	up, down := c.ends()
	const gap = 14
	if s.values && c.stacks() < 2 {
		s.tail, s.front = up*s.value+gap, down*s.value+gap
	}
	return s
}

// ends returns how wide the widest text at a positive and at a negative end is, in em.
func (c *canvas) ends() (up, down float64) {
	for _, r := range c.order {
		if c.stacks() > 0 && !c.negative(r) {
			up = max(up, c.measure(c.total(r)))
		}
		for i := range c.data.Series {
			if c.stacks() > 0 {
				break
			}
			text := c.text(r, i)
			if c.value(r, i).N < 0 {
				down = max(down, c.measure(text))
			} else {
				up = max(up, c.measure(text))
			}
		}
	}
	return up * bold, down * bold
}

// bold is how much wider values run than labels.
const bold = 1.06

// stacks returns 0 when series stand side by side, 1 when they are stacked, 2 when they are shares of a sum.
func (c *canvas) stacks() int {
	if len(c.data.Series) < 2 {
		return 0
	}
	switch c.o.Mode {
	case Stacked:
		return 1
	case Share:
		return 2
	}
	return 0
}

// scale returns the axis of bars and columns: zero and all values, no rounder than they are.
func (c *canvas) scale() axis {
	lo, hi := c.extent()
	if c.stacks() > 0 {
		lo, hi = c.stackExtent()
	}
	lo, hi = min(lo, 0), max(hi, 0)
	switch {
	case lo == hi:
		hi = 1
	case c.lonePercent() && hi <= 100:
		hi = 100
	}
	return axis{lo: lo, hi: hi}
}

// lonePercent reports whether there is one positive value and it is a percentage: a bar that is always full says
// nothing of it.
func (c *canvas) lonePercent() bool {
	return len(c.order) == 1 && len(c.data.Series) == 1 && strings.TrimSpace(c.data.Series[0].Format.Suffix) == "%" && c.value(c.order[0], 0).N > 0
}

// stackExtent returns the lowest and the highest end of a stack.
func (c *canvas) stackExtent() (lo, hi float64) {
	if c.o.Mode == Share {
		return 0, 1
	}
	for _, r := range c.order {
		down, up := 0.0, 0.0
		for _, v := range c.data.Rows[r].Values {
			if v.N < 0 {
				down += v.N
			} else {
				up += v.N
			}
		}
		lo, hi = min(lo, down), max(hi, up)
	}
	return lo, hi
}

// grid makes the scale round and returns its lines.
func (c *canvas) grid(scale *axis) []tick {
	*scale = round(scale.lo, scale.hi, 4)
	f := c.data.Series[0].Format
	f.Decimals, f.Plus = scale.decimals(), false
	if c.o.Mode == Share && c.stacks() > 0 {
		f = Format{Suffix: "%"}
	}
	var out []tick
	for _, x := range scale.steps {
		text := f.Write(x)
		if f.Suffix == "%" && c.stacks() == 2 {
			text = f.Write(x * 100)
		}
		class := ""
		if x == 0 {
			class = "zero"
			if unit := strings.TrimSpace(f.Suffix); unit != "" && unit != "%" { // no millions are nothing
				text = Format{Prefix: f.Prefix}.Write(0)
			}
		}
		out = append(out, tick{Style: style("--p:%s", num(scale.at(x))), Class: class, Text: text})
	}
	return out
}

// rows returns the rows of bars or columns.
func (c *canvas) rows(scale axis, values bool) []rowView {
	var out []rowView
	for i, r := range c.order {
		v := rowView{Label: c.labels[r], Style: style("--i:%d", i), Class: c.hit(r)}
		if c.stacks() > 0 {
			v.Lanes = []lane{c.stack(i, r, scale)}
		} else {
			for s := range c.data.Series {
				v.Lanes = append(v.Lanes, c.single(i, r, s, scale, values))
			}
		}
		out = append(out, v)
	}
	return out
}

// hit returns the class of a row: "hit" for the highlighted one, "quiet" for the others.
func (c *canvas) hit(row int) string {
	switch c.hitRow {
	case -1:
		return ""
	case row:
		return "hit"
	}
	return "quiet"
}

// hitSeries returns the same for a series.
func (c *canvas) hitSeries(s int) string {
	switch c.hitCol {
	case -1:
		return ""
	case s:
		return "hit"
	}
	return "quiet"
}

// single returns the lane of one value.
func (c *canvas) single(i, r, s int, scale axis, values bool) lane {
	v := c.value(r, s)
	text := ""
	if values || c.hitRow == r && len(c.data.Series) == 1 {
		text = c.text(r, s)
	}
	class := join(tone(s), c.hitSeries(s))
	b := bar{ID: c.id(r, s), Text: text, Style: c.barStyle(i, r, 0, v.N, scale), Marks: []mark{{Class: class}}}
	switch {
	case v.Missing:
		b.Class, b.Marks = "none", nil
	case v.N < 0:
		b.Class = "neg"
	case v.N == 0:
		b.Class = "nil"
	}
	b.Class = join("c-mark", b.Class)
	return lane{[]bar{b}}
}

// barStyle places a bar: where it begins on the track, how much of the track it takes.
func (c *canvas) barStyle(i, r int, from, to float64, scale axis) template.CSS {
	lo, hi := scale.at(min(from, to)), scale.at(max(from, to))
	most := max(scale.at(scale.hi)-scale.at(0), scale.at(0), 1e-9)
	return style("--i:%d;--v:%s;--from:%s;--size:%s%s", i, num((hi-lo)/most), num(lo), num(hi-lo), c.cue(r))
}

// stack returns the lane of a row whose series stand on each other; what is below zero stands on the other side.
func (c *canvas) stack(i, r int, scale axis) lane {
	sum := 1.0
	if c.o.Mode == Share {
		sum = 0
		for _, v := range c.data.Rows[r].Values {
			sum += math.Abs(v.N)
		}
		if sum == 0 {
			sum = 1
		}
	}
	var l lane
	for _, sign := range []float64{1, -1} {
		b := bar{Class: "stack"}
		if sign < 0 {
			b.Class = "stack neg"
		}
		total := 0.0
		for _, v := range c.data.Rows[r].Values {
			if v.N*sign > 0 {
				total += v.N / sum
			}
		}
		if total == 0 && (sign < 0 || c.negative(r)) {
			continue
		}
		b.Marks = c.segments(i, r, sign, sum, total, scale)
		b.Style = c.barStyle(i, r, 0, total, scale)
		if c.o.Mode != Share && !c.negative(r) {
			b.Text = c.total(r)
		}
		l.Bars = append(l.Bars, b)
	}
	return l
}

func (c *canvas) negative(r int) bool {
	for _, v := range c.data.Rows[r].Values {
		if v.N < 0 {
			return true
		}
	}
	return false
}

// total returns the sum of a row, written like its first series.
func (c *canvas) total(r int) string { return c.data.Series[0].Format.Write(c.sum(r)) }

// segments returns the marks of one side of a stack, from zero outwards. Each says what part of the stack it is.
func (c *canvas) segments(i, r int, sign, sum, total float64, scale axis) []mark {
	var out []mark
	at := 0.0
	for s := range c.data.Series {
		v := c.value(r, s)
		if v.Missing || v.N*sign <= 0 {
			continue
		}
		part := v.N / sum / total
		class := join(tone(s), c.hitSeries(s))
		out = append(out, mark{ID: c.id(r, s), Class: class, Text: c.partText(r, s, math.Abs(scale.at(v.N/sum)-scale.at(0))),
			Style: style("--i:%d;--v:%s;--at-part:%s;--part:%s", i, num(math.Abs(v.N)/sum/max(scale.hi, -scale.lo)), num(at), num(part))})
		at += part
	}
	return out
}

// partText returns what stands in a segment: its value, if that fits. share is the segment's part of the track.
func (c *canvas) partText(r, s int, share float64) string {
	text := c.text(r, s)
	if c.o.Mode == Share && !strings.HasSuffix(text, "%") {
		text = Format{Suffix: "%"}.Write(100 * math.Abs(c.value(r, s).N) / c.absSum(r))
	}
	room, need := c.width*0.68*share, (c.measure(text)+0.5)*28
	if c.kind() == Column {
		room, need = c.height*0.8*share, 28*1.25
	}
	if need > room {
		return ""
	}
	return text
}

func (c *canvas) absSum(r int) float64 {
	sum := 0.0
	for _, v := range c.data.Rows[r].Values {
		sum += math.Abs(v.N)
	}
	return max(sum, math.SmallestNonzeroFloat64)
}

func join(words ...string) string { return strings.Join(strings.Fields(strings.Join(words, " ")), " ") }
