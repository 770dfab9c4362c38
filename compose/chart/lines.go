package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// field is the room that lines are drawn in, in u.
type field struct {
	axis
	width, height float64
	label, value  float64 // type sizes
	all           bool    // every point has its value beside it
}

// zero returns the line of zero for an axis that is not drawn otherwise.
func (f field) zero() []tick {
	if f.lo > 0 || f.hi < 0 {
		return nil
	}
	return []tick{{Style: style("--p:%s", num(f.at(0))), Class: "zero"}}
}

// edges returns what the labels below and the values above take of the height.
func (f field) edges() float64 { return f.label*1.9 + f.value*1.6 }

// endStep is the least distance of two names at the ends of lines, in their size.
const endStep = 1.3

// endsFit reports whether the names at the ends of lines have room one below the other.
func (c *canvas) endsFit(f field) bool {
	return float64(len(c.data.Series)-1)*f.value*endStep <= f.height-f.edges()
}

// lines draws a line or an area.
func (c *canvas) lines(p *picture) {
	many := len(c.data.Series) > 1
	f := field{label: size(min(c.height*0.046, c.width*0.034)), height: c.height}
	f.value = size(f.label * 1.12)
	if many && (!c.endsFit(f) || c.endWidth(f) > c.width*0.3) || c.o.Legend == "show" {
		c.legend(p)
		f.height = c.height
	}
	if many && !c.endsFit(f) {
		c.crowded = true
		if c.hitCol < 0 {
			c.warn("", "too-many-series", fmt.Sprintf("%d series are too many to be named at the ends of their lines", len(c.data.Series)), "draw fewer, or highlight one")
		}
	}
	ends := c.endWidth(f)
	f.all = !many && c.valuesFit(c.width/float64(max(len(c.order)-1, 1)), f.value)
	f.axis = c.lineAxis(p.Kind, !f.all)
	left := c.measure(c.labels[c.order[0]].Text) * f.label / 2
	right := max(c.measure(c.labels[c.order[len(c.order)-1]].Text)*f.label/2, ends)
	if !f.all {
		p.Ticks = c.ticks(f.axis)
		left = max(left, c.ruler(p.Ticks, f.label))
	} else {
		p.Ticks = f.zero()
		left = max(left, c.measure(c.text(c.order[0], 0))*f.value*bold/2)
		right = max(right, c.measure(c.text(c.order[len(c.order)-1], 0))*f.value*bold/2)
	}
	f.width = c.width - left - right
	f.height -= f.edges()
	p.Plot = &plot{Style: style("--left:%s;--right:%s;--bottom:%s;--top:%s", px(left), px(right), px(f.label*1.9), px(f.value*1.6))}
	p.Style = style("--n:%d;--fs:%s;--vs:%s", len(c.order), px(f.label), px(f.value))
	p.Plot.Axis = c.axisLabels(f)
	c.drawSeries(p, f)
}

// lineAxis returns the axis of lines, down to zero where that costs no more than two fifths of the height; round when it
// is drawn.
func (c *canvas) lineAxis(k Type, drawn bool) axis {
	lo, hi := c.extent()
	if k == Area && len(c.data.Series) > 1 {
		lo, hi = 0, 0
		for _, r := range c.order {
			hi = max(hi, c.sum(r))
		}
		if c.o.Mode == Share {
			hi = 1
		}
	}
	zero := k == Area || c.o.Baseline == "zero" || c.o.Baseline == "" && lo > 0 && lo < hi*0.4
	if zero {
		lo, hi = min(lo, 0), max(hi, 0)
	}
	if !drawn && lo < hi {
		if lo != 0 {
			lo -= (hi - lo) * 0.14 // room for the values of valleys
		}
		return axis{lo: lo, hi: hi}
	}
	return round(lo, hi, 4)
}

// ticks returns the lines of the grid for an axis that is round already.
func (c *canvas) ticks(a axis) []tick {
	scale := a
	out := c.grid(&scale)
	if len(out) != len(a.steps) {
		return out
	}
	for i := range out {
		out[i].Style = style("--p:%s", num(a.at(a.steps[i])))
	}
	return out
}

// valuesFit reports whether every point can have its value beside it.
func (c *canvas) valuesFit(pitch, size float64) bool {
	w := 0.0
	for _, r := range c.order {
		w = max(w, c.measure(c.text(r, 0)))
	}
	return len(c.order) <= 12 && w*bold*size+12 < pitch
}

// endWidth returns the room that names and last values take at the right, in u; 0 for a single series.
func (c *canvas) endWidth(f field) float64 {
	if len(c.data.Series) < 2 {
		return 0
	}
	w := 0.0
	for s := range c.data.Series {
		if c.crowded && s != c.hitCol {
			continue
		}
		w = max(w, c.measure(strings.TrimSpace(c.endName(s).Text+" "+c.text(c.order[len(c.order)-1], s)))*bold)
	}
	return w*f.value + 34
}

// endName returns the name of a series as it stands at its end: none when a legend has it.
func (c *canvas) endName(s int) name {
	if c.named || c.o.Legend == "hide" {
		return name{}
	}
	return c.names[s]
}

// x returns where the i-th point is, from 0 at the left to 1 at the right.
func (c *canvas) x(i int) float64 {
	if len(c.order) < 2 {
		return 0.5
	}
	return float64(i) / float64(len(c.order)-1)
}

// axisLabels returns the labels below, thinned out so that none touches the next. The highlighted one always stands,
// or the last.
func (c *canvas) axisLabels(f field) []end {
	n := len(c.order)
	pitch := f.width / float64(max(n-1, 1))
	need := c.widest(c.drawn())*f.label + f.label*0.8
	every := max(1, int(math.Ceil(need/pitch)))
	keep := n - 1
	if i := c.place(c.hitRow); i >= 0 {
		keep = i
	}
	var out []end
	for i := keep % every; i < n; i += every {
		class := ""
		if c.hitRow == c.order[i] {
			class = "hit"
		}
		out = append(out, end{Style: style("--p:%s", num(c.x(i))), Class: class, Name: c.labels[c.order[i]]})
	}
	return out
}

// pt is a point of a line in a field of 1000 by 1000, y downwards.
type pt struct {
	x, y float64
	gap  bool
}

// drawSeries draws every series; the highlighted one last, over the others.
func (c *canvas) drawSeries(p *picture, f field) {
	base := make([]float64, len(c.order))
	stacked := p.Kind == Area && len(c.data.Series) > 1
	for _, s := range c.drawOrder(stacked) {
		points, floor := c.points(s, f, base, stacked)
		class := tone(s)
		if stacked {
			class += " stack"
		}
		if c.hitCol >= 0 {
			class = join(class, c.hitSeries(s))
		}
		id := c.o.Prefix + "-line"
		if len(c.data.Series) > 1 {
			id = fmt.Sprintf("%s-s%d", c.o.Prefix, s)
		}
		if p.Kind == Area {
			p.Plot.Areas = append(p.Plot.Areas, path{Class: class, D: areaPath(points, floor, c.o.Curve == "smooth")})
		}
		p.Plot.Lines = append(p.Plot.Lines, path{ID: id, Class: class, D: linePath(points, c.o.Curve == "smooth")})
		c.marks(p.Plot, s, points, class, f, stacked)
		c.end(p.Plot, s, points, floor, class, stacked)
	}
	c.spread(p.Plot, f)
}

// drawOrder returns the series, the highlighted one last unless they stand on each other.
func (c *canvas) drawOrder(stacked bool) []int {
	var out []int
	for s := range c.data.Series {
		if s != c.hitCol || stacked {
			out = append(out, s)
		}
	}
	if c.hitCol >= 0 && !stacked {
		out = append(out, c.hitCol)
	}
	return out
}

// points returns the points of a series and of what it stands on, and raises base by it when it is stacked.
func (c *canvas) points(s int, f field, base []float64, stacked bool) (points, floor []pt) {
	for i, r := range c.order {
		v := c.value(r, s)
		n := v.N
		if stacked && c.o.Mode == Share {
			n /= c.absSum(r)
		}
		x := 1000 * c.x(i)
		low := max(f.lo, 0)
		if f.hi < 0 {
			low = f.hi
		}
		if stacked {
			low = base[i]
			n += base[i]
			base[i] = n
		}
		points = append(points, pt{x, 1000 * (1 - f.at(n)), v.Missing && !stacked})
		floor = append(floor, pt{x, 1000 * (1 - f.at(low)), v.Missing && !stacked})
	}
	return points, floor
}

// mostDots is how many points a line may have for each to be a dot; with more only those with a value or a cue are.
const mostDots = 16

// marks puts dots on a line and values beside them.
func (c *canvas) marks(p *plot, s int, points []pt, class string, f field, stacked bool) {
	shown := c.shown(s, points, f)
	for i, r := range c.order {
		if points[i].gap {
			continue
		}
		hit := ""
		if c.hitRow >= 0 {
			hit = c.hit(r)
		}
		v := c.value(r, s)
		at := style("--i:%d;--v:%s;--x:%s;--y:%s;--t:%s%s", i, num(min(max(f.at(v.N), 0), 1)), num(c.x(i)), num(points[i].y/1000), num(arrival(c.x(i))), c.cue(r))
		_, cued := c.o.At[r]
		if cued || shown[i] || len(c.order) <= mostDots && !stacked {
			p.Dots = append(p.Dots, mark{ID: c.id(r, s), Class: join(class, hit), Style: at})
		}
		if !shown[i] {
			continue
		}
		below := ""
		if under(points, i) {
			below = "below"
		}
		p.Labels = append(p.Labels, mark{Class: join(class, hit, below), Style: at, Text: c.text(r, s)})
	}
}

// under reports whether the line leaves more room below a point than above it, and there is room.
func under(points []pt, i int) bool {
	if points[i].y >= 900 {
		return false
	}
	higher := func(j int) bool {
		return j < 0 || j >= len(points) || points[j].gap || points[j].y < points[i].y
	}
	alone := (i == 0 || points[i-1].gap) && (i == len(points)-1 || points[i+1].gap)
	return !alone && higher(i-1) && higher(i+1)
}

// shown returns which points have their value beside them: all if they fit; else, for a single series, the
// highlighted, the last, the greatest and the least, as far as they do not run into each other or into the axis.
func (c *canvas) shown(s int, points []pt, f field) []bool {
	out := make([]bool, len(points))
	if f.all {
		for i := range out {
			out[i] = true
		}
		return out
	}
	if len(c.data.Series) > 1 {
		if i := c.place(c.hitRow); i >= 0 && (c.hitCol < 0 || c.hitCol == s) && i < len(points)-1 {
			out[i] = true
		}
		return out
	}
	hi, lo := 0, 0
	for i := range points {
		if points[i].y < points[hi].y {
			hi = i
		}
		if points[i].y > points[lo].y {
			lo = i
		}
	}
	for _, i := range []int{c.place(c.hitRow), len(points) - 1, hi, lo} {
		if i >= 0 && (i > 0 || i == c.place(c.hitRow)) && !points[i].gap && c.clear(out, i, points, f) {
			out[i] = true
		}
	}
	return out
}

// place returns where a row of the table is in the order of drawing, -1 if it is not drawn.
func (c *canvas) place(row int) int {
	for i, r := range c.order {
		if r == row {
			return i
		}
	}
	return -1
}

// clear reports whether the value of a point touches none of those shown already.
func (c *canvas) clear(shown []bool, i int, points []pt, f field) bool {
	w := c.measure(c.text(c.order[i], 0)) * bold * f.value
	for j, on := range shown {
		if !on {
			continue
		}
		v := c.measure(c.text(c.order[j], 0)) * bold * f.value
		dx, dy := math.Abs(points[i].x-points[j].x)/1000*f.width, math.Abs(points[i].y-points[j].y)/1000*f.height
		if dx < (w+v)/2+16 && dy < f.value*2.4 {
			return false
		}
	}
	return true
}

// end names a series at the right of its last point.
func (c *canvas) end(p *plot, s int, points, floor []pt, class string, stacked bool) {
	if len(c.data.Series) < 2 || c.crowded && s != c.hitCol {
		return
	}
	i := len(points) - 1
	for i > 0 && points[i].gap {
		i--
	}
	y := points[i].y
	if stacked {
		y = (points[i].y + floor[i].y) / 2
	}
	p.Ends = append(p.Ends, end{Class: class, y: y / 1000, Text: c.text(c.order[i], s), Name: c.endName(s)})
}

// spread moves the names at the right apart, as little as it takes, and gives them their places.
func (c *canvas) spread(p *plot, f field) {
	if len(p.Ends) == 0 {
		return
	}
	step := f.value * endStep / f.height
	order := make([]*end, len(p.Ends))
	for i := range p.Ends {
		order[i] = &p.Ends[i]
	}
	slices.SortStableFunc(order, func(a, b *end) int { return cmp.Compare(a.y, b.y) })
	for range 60 {
		for i, e := range order[1:] {
			if over := step - (e.y - order[i].y); over > 1e-6 {
				order[i].y -= over / 2
				e.y += over / 2
			}
		}
		first, last := order[0], order[len(order)-1]
		first.y, last.y = max(first.y, 0), min(last.y, 1)
	}
	for i := range p.Ends {
		p.Ends[i].Style = style("--i:%d;--y:%s", i, num(p.Ends[i].y))
	}
}

// linePath writes the path of a line, in pieces where values are missing.
func linePath(points []pt, smooth bool) string {
	var b strings.Builder
	for _, run := range pieces(points) {
		curve(&b, run, "M", smooth)
		if len(run) == 1 {
			b.WriteString("h0")
		}
	}
	return b.String()
}

// areaPath writes the outline of an area over its floor.
func areaPath(points, floor []pt, smooth bool) string {
	var b strings.Builder
	tops, floors := pieces(points), pieces(floor)
	for i, run := range tops {
		curve(&b, run, "M", smooth)
		back := slices.Clone(floors[i])
		slices.Reverse(back)
		curve(&b, back, "L", smooth)
		b.WriteString("Z")
	}
	return b.String()
}

// pieces cuts points at gaps.
func pieces(points []pt) [][]pt {
	var out [][]pt
	open := false
	for _, p := range points {
		if p.gap {
			open = false
			continue
		}
		if !open {
			out = append(out, nil)
			open = true
		}
		out[len(out)-1] = append(out[len(out)-1], p)
	}
	return out
}
