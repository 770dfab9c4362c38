package timeline

import (
	"fmt"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
)

// part is the most that one transition may take of a scene: with one at each end, a tenth of the scene stays its own,
// and a scene never meets the next but one. That is why two tracks are enough.
func part(frames int) int { return frames * 45 / 100 }

// join gives every transition its frames. One that overlaps starts its scene before the one in front ends; another
// takes half of its length from each. The first scene enters by itself. While settling, overlaps only shrink.
func (p *placer) join(settling ...bool) {
	for i, d := range p.drafts {
		enter, exit := p.sides(i)
		enter = min(enter, part(d.base))
		if i == 0 {
			d.enter = enter
			continue
		}
		before := p.drafts[i-1]
		exit = min(exit, part(before.base))
		overlap := 0
		if d.in.Enter.Overlap {
			overlap = min(enter, exit)
			if len(settling) > 0 {
				overlap = min(overlap, d.overlap)
			}
			enter, exit = overlap, overlap
		}
		d.enter, before.exit, d.overlap = enter, exit, overlap
		if before.rule == scene.RuleBeats { // the beat falls on the start of the next scene
			before.extra = overlap
		}
	}
}

// sides returns the frames that the transition into scene i asks of it and of the scene before.
func (p *placer) sides(i int) (enter, exit int) {
	t := p.drafts[i].in.Enter
	n := p.frames(t.Duration)
	switch {
	case i == 0:
		return n, 0
	case t.Overlap:
		return n, n
	}
	return n - n/2, n / 2
}

// checkTransitions warns of transitions that did not get the time they ask for: once for a scene that is shorter than
// both of its own, else once a transition.
func (p *placer) checkTransitions() {
	crowded := make([]bool, len(p.drafts))
	for i, d := range p.drafts {
		asks, _ := p.sides(i)
		if i+1 < len(p.drafts) {
			_, exit := p.sides(i + 1)
			asks += exit
		}
		if asks > 0 && asks >= d.base {
			crowded[i] = true
			p.list.Add(p.at(d.durationPos(), "timeline/short-for-transitions",
				fmt.Sprintf("the scene lasts %s, its transitions ask for %s", seconds(p.time(d.base)), seconds(p.time(asks)))).
				WithHint("make the scene longer or its transitions shorter").Warn())
		}
	}
	for i, d := range p.drafts {
		enter, exit := p.sides(i)
		short := d
		if i > 0 && p.drafts[i-1].base < d.base {
			short = p.drafts[i-1]
		}
		gets := d.enter >= enter && (i == 0 || p.drafts[i-1].exit >= exit)
		if gets || crowded[i] || i > 0 && crowded[i-1] {
			continue
		}
		got := d.enter
		if i > 0 && !d.in.Enter.Overlap {
			got += p.drafts[i-1].exit
		}
		p.list.Add(p.at(d.transitionPos(short), "timeline/transition-shortened",
			fmt.Sprintf("transition %q of %s is shortened to %s: scene %q lasts only %s", d.in.Enter.Name,
				seconds(d.in.Enter.Duration), seconds(p.time(got)), short.scene.ID, seconds(p.time(short.base)))).
			WithHint("a transition takes at most 45 % of the shorter of its scenes").Warn())
	}
}

// durationPos is the place of the scene's duration setting, or of the scene.
func (d *draft) durationPos() source.Pos {
	if d.scene.Duration.Pos.IsValid() {
		return d.scene.Duration.Pos
	}
	return d.scene.Pos
}

// transitionPos is the place of the scene's own transition setting, or of the scene that is too short for the film's.
func (d *draft) transitionPos(short *draft) source.Pos {
	if t := d.scene.Transition; t != nil && t.Pos.IsValid() {
		return t.Pos
	}
	return short.durationPos()
}
