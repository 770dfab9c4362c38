package chart

import (
	"cmp"
	"fmt"
	"slices"
)

// slice is a part of a donut; row is -1 for what is gathered from several.
type slice struct {
	row   int
	name  name
	value float64
	text  string
}

// donut draws the parts of a whole. More than six cannot be told apart: the smallest are gathered.
func (c *canvas) donut(p *picture) bool {
	parts, ok := c.parts()
	if !ok {
		return false
	}
	total := 0.0
	for _, s := range parts {
		total += s.value
	}
	if !(total > 0) {
		c.fault(Nowhere, Nowhere, "no-whole", "the values add up to nothing", "a donut shows the parts of a whole")
		return false
	}
	p.Ring = &ring{}
	at := 0.0
	for i, s := range parts {
		share := s.value / total
		id := fmt.Sprintf("%s-r%d", c.o.Prefix, s.row)
		if s.row < 0 {
			id = c.o.Prefix + "-other"
		}
		class, st := join("c-mark", tone(i), c.hit(s.row)), style("--i:%d;--v:%s;--turn:%s;--len:%s%s", i, num(share), num(at*100), num(share*100), c.cue(s.row))
		p.Ring.Slices = append(p.Ring.Slices, mark{ID: id, Class: class, Style: st})
		p.Ring.Keys = append(p.Ring.Keys, end{Class: join(tone(i), c.hit(s.row)), Style: st, Name: s.name, Text: s.text})
		if s.row == c.hitRow && s.row >= 0 {
			p.Ring.Value, p.Ring.Name = s.text, s.name
		}
		at += share
	}
	if len(c.o.At) > 0 {
		p.Class = "cued"
	}
	c.ringStyle(p, parts)
	return true
}

// parts returns the slices, and complains of what cannot be one.
func (c *canvas) parts() ([]slice, bool) {
	if len(c.data.Series) > 1 {
		c.warn("type", "one-series", fmt.Sprintf("a donut shows one column; %q is drawn", c.data.Series[0].Name), "use type=bar mode=share for several")
	}
	var out []slice
	for _, r := range c.order {
		v := c.value(r, 0)
		if v.N < 0 {
			c.fault(r, c.data.Series[0].Col, "negative-part", fmt.Sprintf("%q is negative and cannot be a part of a whole", v.Text), "use type=bar")
			return nil, false
		}
		if v.N > 0 {
			out = append(out, slice{r, c.labels[r], v.N, c.text(r, 0)})
		}
	}
	limit := tones
	if c.o.Max > 0 {
		limit = min(c.o.Max, tones)
	}
	return c.gather(out, limit), true
}

// gather keeps the greatest slices, one less than the limit, and makes one of the rest. What is highlighted or has a cue
// is kept in any case.
func (c *canvas) gather(all []slice, limit int) []slice {
	if len(all) <= limit {
		return all
	}
	ranked := slices.Clone(all)
	slices.SortStableFunc(ranked, func(a, b slice) int { return cmp.Compare(b.value, a.value) })
	kept := map[int]bool{}
	for _, s := range all {
		if _, cued := c.o.At[s.row]; cued || s.row == c.hitRow {
			kept[s.row] = true
		}
	}
	for _, s := range ranked {
		if len(kept) < limit-1 {
			kept[s.row] = true
		}
	}
	if len(kept) >= len(all)-1 { // one alone is no rest
		return all
	}
	other := slice{row: -1, name: name{"Other", "Other"}}
	var out []slice
	for _, s := range all {
		if kept[s.row] {
			out = append(out, s)
		} else {
			other.value += s.value
		}
	}
	other.text = c.data.Series[0].Format.Write(other.value)
	return append(out, other)
}

// keySpace is what stands between the parts of a donut's key, in em.
const keySpace = 2.6

// disc returns the size of the disc and the width that is left for the keys.
func (c *canvas) disc() (disc, keys float64, narrow bool) {
	if c.width < c.height {
		return min(c.width*0.76, c.height*0.52), c.width, true
	}
	disc = min(c.height*0.94, c.width*0.44)
	return disc, c.width - disc - 120, false
}

// ringStyle chooses sizes: the disc beside its names, or above them on a narrow canvas.
func (c *canvas) ringStyle(p *picture, parts []slice) {
	n := float64(len(parts))
	disc, width, narrow := c.disc()
	room := c.height
	if narrow {
		p.Class = join(p.Class, "narrow")
		room -= disc + 48
	}
	label := size(min(room/n*0.46, 46))
	for label > least {
		w := 0.0
		for _, s := range parts {
			w = max(w, (c.measure(s.name.Text)+c.measure(s.text)*bold+keySpace)*label)
		}
		if w <= width {
			break
		}
		label -= 0.5
	}
	middle := min(disc*0.15, 108)
	if w := c.measure(p.Ring.Value) * bold; w*middle > disc*0.5 {
		middle = max(disc*0.5/w, least)
	}
	if c.measure(p.Ring.Name.Text)*least > disc*0.5 {
		p.Ring.Name = name{}
	}
	p.Style = style("--n:%d;--fs:%s;--vs:%s;--disc:%s;--mid:%s", len(parts), px(label), px(label), px(disc), px(middle))
}
