package chart

import "math"

// columns draws vertical bars. Labels stand below and are never turned: those of points in time are thinned out when
// they do not fit, those of anything else make it a chart of horizontal bars.
func (c *canvas) columns(p *picture) {
	n := float64(len(c.order))
	pitch := min(c.width/n, 560)
	label := size(min(pitch*0.2, 40))
	labels := c.widest(c.drawn())
	for label > least && labels*label > pitch*0.94 {
		label -= 0.5
	}
	every := 1
	if need := labels*label + label; need > pitch*1.02 {
		if !c.timely() {
			p.Kind = Bar
			c.bars(p)
			return
		}
		every = int(math.Ceil(need / pitch))
	}
	c.legend(p)
	sets := 1.0
	if c.stacks() == 0 {
		sets = float64(len(c.data.Series))
	}
	widest := 210 * (1 + 0.35*(sets-1))
	lane := min(pitch*0.72, widest) / sets
	up, down := c.ends()
	value := size(min(label*1.15, 46))
	text, space := max(up, down), lane*1.02
	if sets == 1 {
		space = pitch * 0.95
	}
	for value > least && text*value > space {
		value -= 0.5
	}
	values := text*value <= space
	scale := c.scale()
	tail, head := value*1.5, 0.0
	if scale.lo < 0 {
		head = value * 1.5
	}
	if !values {
		p.Ticks = c.grid(&scale)
		p.Class = join(p.Class, "ruled")
		tail, head = value*1.5, 0
		if c.hitRow < 0 || len(c.data.Series) > 1 {
			tail = label * 0.5
		}
	}
	p.Rows = c.rows(scale, values)
	keep := max(c.place(c.hitRow), 0)
	for i := range p.Rows {
		if (i-keep)%every != 0 {
			p.Rows[i].Label = name{}
		}
	}
	p.Style = style("--n:%d;--fs:%s;--vs:%s;--pitch:%s;--head:%s;--tail:%s;--zero:%s;--gap:%s;--rule:%s;--bar:%s",
		len(c.order), px(label), px(value), px(pitch), px(head), px(tail), num(scale.at(0)), stagger(len(c.order)), px(c.ruler(p.Ticks, label)), px(widest))
}

// ruler returns the width of the ticks' texts in u.
func (c *canvas) ruler(ticks []tick, label float64) float64 {
	if len(ticks) == 0 {
		return 0
	}
	w := 0.0
	for _, t := range ticks {
		w = max(w, c.measure(t.Text))
	}
	return w*label + 18
}
