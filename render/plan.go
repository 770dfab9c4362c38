package render

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// An Outline says what a render would do, as far as that is known before a browser is started.
type Outline struct {
	Width, Height int // px of the page
	FPS           float64
	Frames        int
	Steps         []Step  // follow each other without gaps
	Rate          float64 // frames that are expected to be made a second
	Measured      bool    // Rate comes from a render on this machine
}

// A Step of a render makes one segment, or finds it in the cache.
type Step struct {
	Segment
	Reused bool
	Why    []string // it is made and not found: "speed: compositions/speed.html changed"
}

// Todo returns how many frames are to be made.
func (o *Outline) Todo() int {
	n := 0
	for _, s := range o.Steps {
		if !s.Reused {
			n += s.End - s.First
		}
	}
	return n
}

// What a machine is taken to make when nothing is known of it: pixels a second, 30 frames of 1920×1080, and the most
// frames a second, however small.
const usualPace, usualFPS = 30 * 1920 * 1080, 60

// Plan says what [Local] would do with the same options. It starts no browser, so that what only a browser tells is
// taken to be as it was in the last render: which one it is, and that it can do what it did. Errors are those of Local
// that come before anything is started, and [*NoLength].
func Plan(ctx context.Context, src fs.FS, entry string, o Options) (*Outline, error) {
	j, segments, err := outlineOf(ctx, src, entry, o)
	if err != nil {
		return nil, err
	}
	var before *past
	if p := (past{}); j.Notes.get(j.Notes.film(j.canvas), &p) {
		before = &p
	}
	return j.outline(segments, j.store.Has, before), nil
}

// Compare says what Local would have to do for one film if it had rendered another with the same options.
func Compare(ctx context.Context, oldSrc fs.FS, oldEntry string, src fs.FS, entry string, o Options) (*Outline, error) {
	_, old, err := outlineOf(ctx, oldSrc, oldEntry, o)
	if err != nil {
		return nil, err
	}
	j, segments, err := outlineOf(ctx, src, entry, o)
	if err != nil {
		return nil, err
	}
	before := pastOf(old)
	return j.outline(segments, func(key string) bool { return slices.Contains(before.Keys, key) }, &before), nil
}

// outlineOf cuts a film as Local would.
func outlineOf(ctx context.Context, src fs.FS, entry string, o Options) (*job, []Segment, error) {
	j, err := checked(src, entry, o)
	if err != nil {
		return nil, nil, err
	}
	frames, err := declaredFrames(src, entry, j.rate)
	if err != nil {
		return nil, nil, err
	}
	known := setup{Product: "not known"}
	j.Notes.get(j.setupKey(), &known)
	j.product, j.way.method = known.Product, known.Method
	segments, err := j.segments(ctx, frames)
	return j, segments, err
}

// outline says of each segment whether it is there, and why not.
func (j *job) outline(segments []Segment, has func(key string) bool, before *past) *Outline {
	out := &Outline{Width: j.canvas.width, Height: j.canvas.height, FPS: j.rate.Float(), Rate: min(usualPace/j.pixels(), usualFPS)}
	if p := (pace{}); j.Notes.get(j.paceKey(), &p) && p.Pixels > 0 {
		out.Rate, out.Measured = p.Pixels/j.pixels(), true
	}
	reasons := newReasons(before)
	for _, s := range segments {
		step := Step{Segment: s, Reused: has(s.Key)}
		if !step.Reused {
			step.Why = reasons.of(s)
		}
		out.Steps = append(out.Steps, step)
		out.Frames = s.End
	}
	return out
}

// reasons know why a segment is not what it was.
type reasons struct {
	known  bool
	inputs map[Input]bool
	names  map[Input]bool // inputs without their hashes
	shows  map[string]bool
	keys   map[string]bool
}

func newReasons(p *past) *reasons {
	r := &reasons{known: p != nil, inputs: map[Input]bool{}, names: map[Input]bool{}, shows: map[string]bool{}, keys: map[string]bool{}}
	if p == nil {
		return r
	}
	for _, in := range p.Inputs {
		r.inputs[in] = true
		r.names[in.called()] = true
	}
	for _, s := range p.Shows {
		r.shows[s] = true
	}
	for _, k := range p.Keys {
		r.keys[k] = true
	}
	return r
}

// of returns why a segment has to be made, at least one reason.
func (r *reasons) of(s Segment) []string {
	if !r.known {
		return []string{"not rendered before"}
	}
	var why []string
	for _, in := range s.Inputs {
		if r.inputs[in] {
			continue
		}
		name := in.called()
		text := name.Name + " is new"
		if r.names[name] {
			text = name.Name + " changed"
		}
		if in.Scene != "" {
			text = in.Scene + ": " + text
		}
		if !slices.Contains(why, text) {
			why = append(why, text)
		}
	}
	switch {
	case len(why) > 0:
		return why
	case r.keys[s.Key]:
		return []string{"no longer in the cache"}
	case len(s.Shows) > 1 && !r.shows[strings.Join(s.Shows, "\n")]:
		return []string{strings.Join(s.Shows, " and ") + " were not seen together before"}
	}
	return []string{"begins or ends at other frames than before"}
}

// stamp is what the bundler puts behind a file's name: a part of its hash.
var stamp = regexp.MustCompile(`-[0-9a-f]{8}(\.[a-z0-9]+)$`)

// called returns an input as a person knows it, whatever is in it.
func (in Input) called() Input {
	name := stamp.ReplaceAllString(in.Name, "$1")
	if short := path.Base(name); name != in.Name {
		name = short
	}
	return Input{Name: name, Scene: in.Scene}
}

// A NoLength error says that a film's page does not tell how long the film is.
type NoLength struct{ Page string }

func (e *NoLength) Error() string {
	return fmt.Sprintf("%s: the root composition has no data-duration, so that its length is known only to a browser", e.Page)
}

// Hint says what to do about it.
func (e *NoLength) Hint() string { return "give the root a data-duration, in seconds" }
