package timeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/hframes/hframes/compose/scene"
)

// speech is a scene's narration in time, counted from its first word.
type speech struct {
	length time.Duration // pauses included
	words  []time.Duration
	count  Count
	pauses time.Duration
	known  bool // from the sound, not estimated
	rate   float64
}

// speech estimates how long the narration takes, or takes over what is known of its sound. words holds the start of
// each word and the end of the last; pauses that stand in the text are counted in by cueStart.
func (p *placer) speech(v *scene.Voice, in SceneInput) speech {
	if v == nil || len(v.Words) == 0 && in.Voice == 0 {
		return speech{}
	}
	s := speech{words: make([]time.Duration, len(v.Words)+1), rate: SpeakWords * p.speed()}
	for _, c := range v.Cues {
		if c.Kind == scene.CuePause {
			s.pauses += bounded(c.Pause)
		}
	}
	for i, w := range v.Words {
		c := CountText(w)
		s.count = s.count.Add(c)
		s.words[i+1] = s.words[i] + c.At(s.rate, SpeakChars*p.speed())
	}
	s.pauses = bounded(s.pauses)
	s.length = bounded(s.words[len(v.Words)] + s.pauses)
	if in.Voice > 0 {
		s.take(in)
	}
	return s
}

func (p *placer) speed() float64 {
	if s := p.doc.Meta.Voice.Speed; s >= 0.25 && s <= 4 {
		return s
	}
	return 1
}

// take fits the estimate to a sound of known length; where the sound's own word times are known, they count.
func (s *speech) take(in SceneInput) {
	length := bounded(in.Voice)
	n := len(s.words) - 1
	if len(in.Words) == n {
		for i, at := range in.Words {
			s.words[i] = min(bounded(at), length)
		}
		s.words[n], s.pauses = length, 0
	} else {
		talk := s.words[n]
		s.pauses = min(s.pauses, length/2)
		for i := range s.words {
			if talk > 0 {
				s.words[i] = time.Duration(float64(s.words[i]) * float64(length-s.pauses) / float64(talk))
			}
		}
	}
	s.length, s.known = length, true
}

func (s *speech) sumText() []string {
	if s.known {
		return []string{"narration of " + seconds(s.length)}
	}
	var parts []string
	if n := rounded(s.count.Words); n > 0 || s.count.Chars == 0 {
		parts = append(parts, fmt.Sprintf("%s at %g/min", plural(n, "spoken word"), s.rate))
	}
	if s.count.Chars > 0 {
		parts = append(parts, fmt.Sprintf("%s at %.3g/s", plural(s.count.Chars, "spoken character"), SpeakChars*s.rate/SpeakWords))
	}
	if s.pauses > 0 {
		parts = append(parts, seconds(s.pauses)+" of pauses")
	}
	return parts
}

// window is the part of a clip between its lead and its hold. In a clip too short for both they shrink to a quarter of it.
func (d *draft) window(length time.Duration) (from, to time.Duration) {
	return min(d.lead, length/4), length - min(d.hold, length/4)
}

// cue fills in when the narration, its cues and the code steps of a clip happen.
func (p *placer) cue(d *draft, c *Clip) {
	from, to := d.window(c.Duration)
	steps := make([]time.Duration, len(d.content.steps)) // by a cue; negative = by none
	for i := range steps {
		steps[i] = -1
	}
	if v := d.scene.Voice; v != nil && d.speech.length > 0 {
		squeeze := 1.0 // an estimate that does not fit is spoken faster; a sound is what it is
		if room := to - from; !d.speech.known && d.speech.length > room {
			squeeze = float64(room) / float64(d.speech.length)
		}
		length := time.Duration(float64(d.speech.length) * squeeze).Round(time.Microsecond)
		c.Speech = Speech{Start: p.snap(from, c.Frames), Duration: length}
		p.cueTimes(d, c, v, squeeze, steps)
	}
	c.Steps = p.spreadSteps(d, steps, from, to, c.Frames)
}

// snap moves a time inside a clip to the nearest frame.
func (p *placer) snap(at time.Duration, frames int) time.Duration {
	return p.time(max(0, min(p.frames(at), frames-1)))
}

// cueTimes finds the time of every cue, and of the code steps that cues show.
func (p *placer) cueTimes(d *draft, c *Clip, v *scene.Voice, squeeze float64, steps []time.Duration) {
	hidden := d.content.hidden()
	pauses := time.Duration(0)
	for i := range v.Cues {
		q := &v.Cues[i]
		if q.Kind == scene.CuePause {
			if d.speech.pauses > 0 {
				pauses = min(pauses+bounded(q.Pause), d.speech.pauses)
			}
			continue
		}
		word := max(0, min(q.Word, len(d.speech.words)-1))
		at := c.Speech.Start + time.Duration(float64(d.speech.words[word]+pauses)*squeeze)
		frame := max(0, min(p.frames(at), c.Frames-1))
		t := CueTime{Index: i, Frame: frame, At: p.time(frame), Kind: q.Kind, From: q.From, To: q.To, Name: q.Name}
		if q.Kind == scene.CueItem {
			t.N = q.N
		}
		if !p.resolve(hidden, q, &t) {
			continue
		}
		if t.Kind == CueStep && steps[t.N-1] < 0 {
			steps[t.N-1] = t.At
		}
		c.Cues = append(c.Cues, t)
	}
}

// resolve finds what a cue shows and notes it as shown. It reports a {next} for which nothing is left.
func (p *placer) resolve(hidden *hidden, q *scene.Cue, t *CueTime) bool {
	if r, ok := hidden.show(q); ok {
		if q.Kind == scene.CueNext || r.kind == CueStep {
			t.Kind, t.N, t.Name = r.kind, r.n, r.name
		}
		if q.Kind == scene.CueBar {
			t.N = r.n
		}
		return true
	}
	if q.Kind != scene.CueNext {
		return true // whether there is such an item is for those to say who draw it
	}
	what := "the scene has no list, code step or chart"
	if n := len(hidden.reveals); n > 0 {
		what = fmt.Sprintf("all %d items, steps and bars of the scene are shown by then", n)
	}
	p.list.Add(p.at(q.Pos, "timeline/nothing-next", `nothing is left for cue "{next}"`).WithHint(what).Warn())
	return false
}

// hidden is what cues have yet to show.
type hidden struct {
	reveals []reveal
	shown   []bool
	next    int           // all before it are shown
	named   map[cue][]int // by what names them, in order
}

// A cue is how narration names what it shows.
type cue struct {
	kind     scene.CueKind
	from, to int
	name     string
}

func (c *content) hidden() *hidden {
	h := &hidden{reveals: c.reveals, shown: make([]bool, len(c.reveals)), named: map[cue][]int{}}
	name := func(q cue, i int) { h.named[q] = append(h.named[q], i) }
	for i, r := range c.reveals {
		switch r.kind {
		case scene.CueItem:
			name(cue{kind: scene.CueItem, from: r.n}, i)
		case scene.CueBar:
			name(cue{kind: scene.CueBar, name: strings.ToLower(r.name)}, i)
		case CueStep:
			from, to := c.steps[r.n-1].shows.Lines()
			name(cue{kind: scene.CueLine, from: from, to: to}, i)
		}
		if r.id != "" {
			name(cue{kind: scene.CueID, name: r.id}, i)
		}
	}
	return h
}

// show returns the first that a cue shows and nothing has shown before.
func (h *hidden) show(q *scene.Cue) (reveal, bool) {
	if q.Kind == scene.CueNext {
		for h.next < len(h.shown) && h.shown[h.next] {
			h.next++
		}
		return h.take(h.next)
	}
	by := cue{kind: q.Kind, name: q.Name}
	switch q.Kind {
	case scene.CueItem:
		by.from = q.N
	case scene.CueLine:
		by.from, by.to = q.From, max(q.From, q.To)
	case scene.CueBar:
		by.name = strings.ToLower(strings.TrimSpace(q.Name))
	}
	for left := h.named[by]; len(left) > 0; left = left[1:] {
		h.named[by] = left[1:]
		if !h.shown[left[0]] {
			return h.take(left[0])
		}
	}
	return reveal{}, false
}

func (h *hidden) take(i int) (reveal, bool) {
	if i == len(h.reveals) {
		return reveal{}, false
	}
	h.shown[i] = true
	return h.reveals[i], true
}

// spreadSteps gives the code steps that no cue shows their times: between their neighbours that have one, else between
// the lead and the hold, in proportion to what there is to read.
func (p *placer) spreadSteps(d *draft, at []time.Duration, from, to time.Duration, frames int) []time.Duration {
	steps := d.content.steps
	if len(steps) == 0 {
		return nil
	}
	begin, beginRead := from, time.Duration(0) // a known time, and what was read by then
	for i := 0; i < len(steps); i++ {
		if at[i] >= 0 {
			begin, beginRead = at[i], steps[i].from
			continue
		}
		end, endRead := max(begin, to), max(d.content.sum, steps[len(steps)-1].to)
		for j := i + 1; j < len(steps); j++ {
			if at[j] >= 0 {
				end, endRead = max(begin, at[j]), steps[j].from
				break
			}
		}
		at[i] = begin
		if endRead > beginRead {
			share := float64(steps[i].from-beginRead) / float64(endRead-beginRead)
			at[i] += time.Duration(float64(end-begin) * share)
		}
		begin, beginRead = at[i], steps[i].from
	}
	for i := range at {
		at[i] = p.snap(at[i], frames)
	}
	return at
}
