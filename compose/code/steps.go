package code

import (
	"math"
	"strconv"
	"strings"
)

// A Step lights some lines from a moment on. The others are dimmed; when All is set every line stands as it stood
// before the first step.
type Step struct {
	All    bool
	Ranges [][2]int // first and last line, both inclusive, counted from 1 whatever number is drawn
	At     float64  // seconds from the start of the scene; ≤ 0 = from its first picture on
}

func (s Step) has(line int) bool {
	for _, r := range s.Ranges {
		if line >= r[0] && line <= r[1] {
			return true
		}
	}
	return false
}

// The states of a line are values of the registered property --hf-lit: 0 dimmed, 1 at rest, 2 lit. Keyframes without a
// beginning lead from whatever the line shows to the state they are named after, so that a list of them, each filling
// forwards from its own delay, gives the right picture at any time in any order of seeks.
const (
	dim = iota
	rest
	lit
)

var keyframes = [...]string{dim: "hf-code-dim", rest: "hf-code-rest", lit: "hf-code-lit"}

// lineSteps returns what the steps do to a line: its state from the beginning, as a declaration, and its animations.
func lineSteps(steps []Step, line int) (first, list string) {
	var moves []string
	state := rest
	for _, s := range steps {
		next := dim
		switch {
		case s.All:
			next = rest
		case s.has(line):
			next = lit
		}
		if next == state {
			continue
		}
		state = next
		if s.At <= 0 {
			first = ";--hf-lit:" + strconv.Itoa(state)
			continue
		}
		moves = append(moves, keyframes[state]+" .35s "+seconds(s.At)+" forwards")
	}
	return first, strings.Join(moves, ",")
}

// seconds writes a time in seconds with at most three decimals.
func seconds(t float64) string {
	s := number(t)
	if strings.HasPrefix(s, "0.") {
		s = s[1:]
	}
	return s + "s"
}

// number writes x with at most three decimals and no trailing zeros.
func number(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		x = 0
	}
	return strconv.FormatFloat(math.Round(x*1000)/1000+0, 'f', -1, 64)
}

// span is the rows of a line: from the first, counted from 0, to just past the last.
type span struct{ from, to int }

// roll moves the code up or down when a step begins, if it is higher than the room that the layout gives it: the lit
// rows come to stand in the middle, or, when they do not fit, their first row at the top. How far that is depends on
// the room, which only the browser knows, so code.css does the sum. A roll is an element around what it moves, and
// moves it by the difference to the roll before it; together they are at the right place at any time.
type roll struct {
	from, to target
	at       float64
	whole    bool // no steps: one slow move from the first row to the last
}

// target is where a roll leads: the middle of the lit rows and the first of them, counted from 0.
type target struct{ middle, top float64 }

// fits is the number of rows that every layout has room for; a block of so few never rolls.
const fits = 12

func rolls(steps []Step, spans []span, rows int) []roll {
	if rows <= fits {
		return nil
	}
	if len(steps) == 0 {
		return []roll{{to: target{float64(rows), float64(rows)}, whole: true}}
	}
	var out []roll
	var now target
	for _, s := range steps {
		next, ok := s.target(spans)
		if !ok || next == now {
			continue
		}
		out = append(out, roll{from: now, to: next, at: max(s.At, 0)})
		now = next
	}
	return out
}

// target returns where the rows of a step are; a step that lights everything or nothing stays where it is.
func (s Step) target(spans []span) (target, bool) {
	from, to := math.MaxInt, -1
	for i, sp := range spans {
		if !s.All && s.has(i+1) {
			from, to = min(from, sp.from), max(to, sp.to)
		}
	}
	if to < 0 {
		return target{}, false
	}
	return target{float64(from+to) / 2, float64(from)}, true
}

// open writes the roll's start tag.
func (r roll) open(w *strings.Builder) {
	class := "roll"
	if r.whole {
		class = "roll whole"
	}
	w.WriteString(`<span class="` + class + `" style="--mid:` + number(r.to.middle) + ";--top:" + number(r.to.top) +
		";--mid-0:" + number(r.from.middle) + ";--top-0:" + number(r.from.top))
	if !r.whole {
		w.WriteString(";--t:" + seconds(r.at))
	}
	w.WriteString(`">`)
}
