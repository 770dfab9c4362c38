// Package timeline gives every scene of a film a start, a length and a track.
//
// In go a document and what it cannot know by itself: how long clips and narration last, how scenes enter, the frame
// rate. Out comes a Timeline that is exact to the frame, and everything that is wrong with the author's times. It is
// arithmetic on time.Duration and whole frames: nothing is read, and the same input gives the same output everywhere.
//
// The rules are design §3, "Timing". The numbers are the constants below; a clip's Reason says which were used.
package timeline

import (
	"time"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
)

// What a scene takes to read, speak and look at.
const (
	Lead        = 600 * time.Millisecond  // before the first word
	Hold        = 800 * time.Millisecond  // after the last
	DefaultMin  = 2 * time.Second         // no scene with text is shorter, unless the author says so
	ReadWords   = 170.0                   // visible words a minute
	ReadChars   = 5.0                     // visible CJK characters a second
	SpeakWords  = 155.0                   // spoken words a minute
	SpeakChars  = 4.2                     // spoken CJK characters a second
	StepBase    = 1200 * time.Millisecond // to find the lines of a code step
	LineTime    = 450 * time.Millisecond  // a line of code
	ChartBase   = 1500 * time.Millisecond // to understand a chart
	ValueTime   = 500 * time.Millisecond  // a value of it
	ImageTime   = 2500 * time.Millisecond // a picture
	MostLines   = 20                      // lines of a block without steps: nobody reads more off a film
	MostAll     = 12                      // lines that the step "all" counts at most
	LongestFilm = 4 * time.Hour
)

// CueStep is the kind of a [CueTime] that shows the next highlight step of a code block. No author writes it: it is
// what {next} and {L4-6} become where a step answers to them.
const CueStep scene.CueKind = "step"

// Inputs is what a document does not know.
type Inputs struct {
	Width, Height int     // px
	FPS           int     // frames a second, 1–240; 0 = 30
	Tempo         float64 // beats a minute of the music, 0 = not known
	Scenes        []SceneInput
	// Chart reports whether a table is drawn as a chart. Nil means: the tables of scenes whose layout is "chart".
	Chart func(s *scene.Scene, b *scene.Block) bool
}

// SceneInput is what a document does not know of the scene of the same index.
type SceneInput struct {
	Enter Transition
	Media []time.Duration // playing times, after trim and rate, of the clips that may drive the scene; 0 = not known
	Voice time.Duration   // of the narration's sound, 0 = there is none yet: it is estimated
	Words []time.Duration // when each word of Voice.Words begins in that sound; empty = not known
	Text  string          // visible text that is not in the document, such as values of layout settings
}

// Transition is how a scene enters, resolved: nothing is left to a default. The zero value is a cut.
type Transition struct {
	Name, From string
	Duration   time.Duration
	Overlap    bool // both scenes are seen at once; else the picture changes in the middle of Duration
}

// A Timeline is a film in time. All times are whole frames: a Duration here is Frames/FPS seconds, rounded to the
// nanosecond once, never summed.
type Timeline struct {
	Width, Height int // px
	FPS           int
	Frames        int
	Duration      time.Duration
	Clips         []Clip // one a scene, in order
}

// A Clip is a scene in time. Start counts from the film's start, everything inside a clip from the clip's.
type Clip struct {
	Scene      string // id
	Index      int    // of the scene, from 0
	StartFrame int
	Frames     int
	Start      time.Duration
	Duration   time.Duration
	Track      int             // 1 or 2; clips on one track never overlap
	Rule       scene.Rule      // the rule that gave the length; never RuleAuto
	Reason     string          // the sum behind the length, for people
	Estimated  bool            // the narration's length is a guess
	Enter      Edge            // transition at the start
	Exit       Edge            // transition at the end
	Speech     Speech          // when the narration sounds
	Cues       []CueTime       // in the order of Voice.Cues, pauses left out
	Steps      []time.Duration // start of each highlight step, over all code blocks in order
	Reading    time.Duration   // what the rule "read" gives, without bounds
}

// An Edge is the part of a transition that lies in one clip. Without one, Name is "" and Duration 0.
type Edge struct {
	Name, From string
	Frames     int
	Duration   time.Duration
}

// Speech is when a clip's narration begins and how long it lasts; zero without one.
type Speech struct {
	Start, Duration time.Duration
}

// A CueTime is when a cue triggers. Index is the cue's place in Voice.Cues. Kind and what follows say what it shows:
// {next} and, where a step of the same lines exists, {L4-6} are resolved.
type CueTime struct {
	Index    int
	Frame    int // in the clip
	At       time.Duration
	Kind     scene.CueKind // item, bar, line, id or CueStep
	N        int           // item, step or bar, counted from 1 through the scene
	From, To int           // line
	Name     string        // id, bar
}

// Time returns the start of a frame: frame/FPS seconds, rounded to the nanosecond.
func (t *Timeline) Time(frame int) time.Duration { return clock(t.FPS).time(frame) }

// clock counts in frames a second.
type clock int

func (c clock) time(frame int) time.Duration {
	return time.Duration((int64(frame)*int64(time.Second) + int64(c)/2) / int64(c))
}

// frames returns the whole frames nearest to d.
func (c clock) frames(d time.Duration) int {
	return int((int64(d)*int64(c) + int64(time.Second)/2) / int64(time.Second))
}

// placer is the state of one call of Place.
type placer struct {
	clock
	doc    *scene.Doc
	in     Inputs
	file   *source.File
	vars   map[string]string
	carry  float64 // part of a frame by which beats run ahead of the frames so far
	drafts []*draft
	list   source.List
	fitted bool
}

// Place puts the scenes of a document on the timeline. compose calls it when layouts, themes and their defaults are
// known. The Timeline is always usable: where a rule cannot be kept, the diagnostics say so and the reading time stands
// in. doc is not changed.
func Place(doc *scene.Doc, in Inputs) (*Timeline, source.List) {
	p := &placer{clock: clock(frameRate(in.FPS)), doc: doc, in: in, file: doc.File, vars: variables(doc)}
	if p.file == nil {
		p.file = source.NewFile("", nil)
	}
	p.drafts = make([]*draft, len(doc.Scenes))
	for i, s := range doc.Scenes {
		p.drafts[i] = p.draft(i, s)
	}
	p.join()
	if doc.Meta.Fit > 0 && len(p.drafts) > 0 {
		p.fit()
	}
	p.checkTransitions()
	t := &Timeline{Width: in.Width, Height: in.Height, FPS: int(p.clock), Clips: make([]Clip, len(p.drafts))}
	for i, d := range p.drafts {
		t.Clips[i] = p.clip(i, d, t.Frames-d.overlap)
		t.Frames = t.Clips[i].StartFrame + t.Clips[i].Frames
	}
	t.Duration = t.Time(t.Frames)
	p.checkLengths(t)
	p.list.Sort()
	return t, p.list
}

func frameRate(fps int) int {
	if fps <= 0 {
		return 30
	}
	return min(fps, 240)
}

// variables returns the text that each variable shows when no other value is given.
func variables(doc *scene.Doc) map[string]string {
	out := make(map[string]string, len(doc.Meta.Variables))
	for _, v := range doc.Meta.Variables {
		out[v.ID] = v.Text()
	}
	return out
}

// clip finishes a draft that starts at a frame.
func (p *placer) clip(i int, d *draft, start int) Clip {
	c := Clip{
		Scene: d.scene.ID, Index: i, StartFrame: start, Frames: d.frames(), Track: i%2 + 1,
		Start: p.time(start), Duration: p.time(d.frames()),
		Rule: d.rule, Reason: d.reason, Estimated: d.estimated, Reading: d.reading,
		Enter: p.edge(d.in.Enter, d.enter),
	}
	if i+1 < len(p.drafts) {
		c.Exit = p.edge(p.drafts[i+1].in.Enter, d.exit)
	}
	p.cue(d, &c)
	return c
}

func (p *placer) edge(t Transition, frames int) Edge {
	return Edge{Name: t.Name, From: t.From, Frames: frames, Duration: p.time(frames)}
}
