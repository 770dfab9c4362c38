package timeline

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hframes/hframes/compose/scene"
)

// fit scales the free scenes by one factor, within their bounds, so that the film lasts exactly as many frames as the
// front matter asks. Shorter scenes may have to shorten their transitions, which makes the film longer again; so it is
// solved, capped and solved until both agree. Should rounding keep them from it, transitions may only shrink any more,
// and in the end go.
func (p *placer) fit() {
	target := max(1, p.frames(bounded(p.doc.Meta.Fit)))
	var free []*draft
	var natural []int
	for _, d := range p.drafts {
		if d.free {
			free = append(free, d)
			natural = append(natural, d.base)
		}
	}
	if p.total() == target {
		return
	}
	const tries, most = 16, 200
	solve := func(settling ...bool) (changed bool) {
		rest := p.total()
		for _, d := range free {
			rest -= d.base
		}
		changed = spread(free, natural, target-rest)
		p.join(settling...)
		return changed
	}
	changed := true
	for n := 0; changed && n < most; n++ {
		if n < tries {
			changed = solve()
		} else {
			changed = solve(true)
		}
	}
	if changed {
		for _, d := range p.drafts {
			d.overlap = 0
		}
		p.join(true)
		solve(true)
	}
	p.explainFit(free, natural, target)
}

// total is the length of the film in frames.
func (p *placer) total() int {
	n := 0
	for _, d := range p.drafts {
		n += d.frames() - d.overlap
	}
	return n
}

// spread gives free scenes need frames together: each its natural length times one factor, within its bounds. It
// reports whether any length changed.
func spread(free []*draft, natural []int, need int) (changed bool) {
	exact := scaled(free, natural, factor(free, natural, need))
	whole := make([]int, len(free))
	order := make([]int, len(free)) // what rounding down left over goes to the scenes that lost most by it
	for i, x := range exact {
		whole[i], order[i] = int(x), i
		need -= whole[i]
	}
	part := func(i int) float64 { return exact[i] - math.Floor(exact[i]) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(part(b), part(a)) })
	for room := true; room && need > 0; { // more than one round only where bounds stop most of them
		room = false
		for _, i := range order {
			if need > 0 && (free[i].high == 0 || whole[i] < free[i].high) {
				whole[i]++
				need--
				room = true
			}
		}
	}
	for i, d := range free {
		changed = changed || whole[i] != d.base
		d.base = whole[i]
	}
	return changed
}

// factor finds the factor by which the scenes, scaled and bounded, last need frames; the nearest there is.
func factor(free []*draft, natural []int, need int) float64 {
	low, high := 0.0, 1.0
	sum := func(f float64) float64 {
		s := 0.0
		for _, x := range scaled(free, natural, f) {
			s += x
		}
		return s
	}
	for range 24 {
		if sum(high) >= float64(need) {
			break
		}
		high *= 2
	}
	for range 60 {
		if mid := (low + high) / 2; sum(mid) < float64(need) {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

func scaled(free []*draft, natural []int, f float64) []float64 {
	out := make([]float64, len(free))
	for i, d := range free {
		x := max(float64(natural[i])*f, float64(max(1, d.low)))
		if d.high > 0 {
			x = min(x, float64(d.high))
		}
		out[i] = x
	}
	return out
}

// explainFit adds the factor to the reasons and says what does not fit.
func (p *placer) explainFit(free []*draft, natural []int, target int) {
	p.fitted = true
	for i, d := range free {
		if d.base != natural[i] {
			d.reason += fmt.Sprintf(", ×%s to fit %s", strconv.FormatFloat(math.Round(float64(d.base)/float64(natural[i])*100)/100, 'f', -1, 64), seconds(p.doc.Meta.Fit))
		}
	}
	off := p.total() - target
	if off == 0 {
		return
	}
	word := "more"
	if off < 0 {
		word = "less"
	}
	d := p.at(p.metaPos("fit"), "timeline/fit", fmt.Sprintf("the film lasts %s, %s %s than fit %q", seconds(p.time(p.total())),
		seconds(p.time(max(off, -off))), word, seconds(p.doc.Meta.Fit)))
	p.list.Add(d.WithHint(p.stiff(off > 0)).Warn())
}

// stiff lists the scenes that keep the film from being shorter, or longer.
func (p *placer) stiff(long bool) string {
	var names []string
	for _, d := range p.drafts {
		length := seconds(p.time(d.base))
		switch {
		case !d.free && d.rule == scene.RuleVoice:
			names = append(names, fmt.Sprintf("%s (narration, %s)", d.scene.ID, length))
		case !d.free:
			names = append(names, fmt.Sprintf("%s (%s, %s)", d.scene.ID, d.rule, length))
		case long && d.base <= d.low:
			names = append(names, fmt.Sprintf("%s (at its min, %s)", d.scene.ID, length))
		case !long && d.high > 0 && d.base >= d.high:
			names = append(names, fmt.Sprintf("%s (at its max, %s)", d.scene.ID, length))
		}
	}
	const most = 8
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return "these scenes do not give: " + strings.Join(names, ", ") + more
}
