package timeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
)

// randomDoc makes a film that no author would write, from a seed.
func randomDoc(r *rand.Rand) (*scene.Doc, Inputs) {
	doc := &scene.Doc{File: source.NewFile("r.md", []byte("random\n"))}
	in := Inputs{FPS: []int{1, 12, 24, 25, 30, 50, 60, 120, 240}[r.IntN(9)], Tempo: []float64{0, 60, 97.5, 128, 174}[r.IntN(5)]}
	upTo := func(d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }
	sometimes := func(d time.Duration) time.Duration {
		if r.IntN(4) > 0 {
			return 0
		}
		return upTo(d)
	}
	doc.Meta.Timing = scene.Timing{Min: sometimes(4 * time.Second), Max: sometimes(20 * time.Second), Pad: sometimes(time.Second)}
	rules := []scene.Rule{scene.RuleAuto, scene.RuleAuto, scene.RuleRead, scene.RuleRead, scene.RuleFixed, scene.RuleMedia, scene.RuleVoice, scene.RuleBeats}
	for i := range r.IntN(14) {
		s := &scene.Scene{ID: fmt.Sprint("s", i)}
		s.Duration = scene.Duration{Rule: rules[r.IntN(len(rules))], Value: upTo(9 * time.Second), Frames: r.IntN(2) * r.IntN(200), Beats: r.IntN(12),
			Min: sometimes(5 * time.Second), Max: sometimes(9 * time.Second), Pad: sometimes(time.Second)}
		s.Blocks = []scene.Block{{Kind: scene.Paragraph, Rich: plain(strings.Repeat("word ", r.IntN(40)))},
			{Kind: scene.List, Items: make([]scene.Item, r.IntN(4))}}
		if r.IntN(3) == 0 {
			s.Blocks = append(s.Blocks, scene.Block{Kind: scene.CodeBlock, Code: &scene.Code{Text: "a\nb\nc\n",
				Steps: []scene.Step{{Ranges: [][2]int{{1, 1}}}, {Ranges: [][2]int{{2, 9}}}, {All: true}}}})
		}
		var si SceneInput
		if r.IntN(3) == 0 {
			n := r.IntN(30)
			s.Voice = &scene.Voice{Words: slices.Repeat([]string{"word"}, n)}
			for w := range n {
				if r.IntN(4) == 0 {
					s.Voice.Cues = append(s.Voice.Cues, scene.Cue{Word: w, Kind: []scene.CueKind{scene.CueNext, scene.CueItem, scene.CuePause, scene.CueLine}[r.IntN(4)],
						N: r.IntN(5), From: 1, To: 1, Pause: upTo(time.Second)})
				}
			}
			si.Voice = sometimes(12 * time.Second)
		}
		for range r.IntN(3) {
			si.Media = append(si.Media, sometimes(9*time.Second))
		}
		si.Enter = Transition{Name: "x", Duration: upTo(3 * time.Second), Overlap: r.IntN(3) > 0}
		if r.IntN(5) == 0 {
			si.Enter = Transition{Name: "cut"}
		}
		doc.Scenes = append(doc.Scenes, s)
		in.Scenes = append(in.Scenes, si)
	}
	return doc, in
}

// TestProperties places random films: clips on one track never overlap, all times are those of whole frames, the sum is
// exact (see checkInvariants), and the same input gives the same timeline.
func TestProperties(t *testing.T) {
	for seed := range uint64(3000) {
		doc, in := randomDoc(rand.New(rand.NewPCG(seed, 1)))
		line, list := Place(doc, in)
		checkInvariants(t, line)
		again, list2 := Place(doc, in)
		if describe(line) != describe(again) || list.Error() != list2.Error() {
			t.Errorf("seed %d: another answer for the same film", seed)
		}
		if t.Failed() {
			t.Fatalf("seed %d\n%s", seed, describe(line))
		}
	}
}

// TestFitLands gives random films random lengths: each is met to the frame, or reported to be out of reach; and out of
// reach means that every free scene stands at its bound.
func TestFitLands(t *testing.T) {
	landed := 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 2))
		doc, in := randomDoc(r)
		if len(doc.Scenes) == 0 {
			continue
		}
		free, _ := Place(doc, in)
		doc.Meta.Fit = max(1, time.Duration(float64(free.Duration)*(0.4+1.4*r.Float64())))
		line, list := Place(doc, in)
		checkInvariants(t, line)
		target := max(1, clock(line.FPS).frames(doc.Meta.Fit))
		reported := slices.ContainsFunc(list, func(d source.Diagnostic) bool { return d.Code == "timeline/fit" })
		if reported == (line.Frames == target) {
			t.Errorf("seed %d: %d frames of %d, reported: %v", seed, line.Frames, target, reported)
		}
		if line.Frames == target {
			landed++
		} else if stuck := stuckAtBounds(doc, in, line, target); !stuck {
			t.Errorf("seed %d: %d frames of %d, but not all free scenes are at their bounds", seed, line.Frames, target)
		}
		if t.Failed() {
			t.Fatalf("seed %d, fit %v\n%s%s", seed, doc.Meta.Fit, describe(line), list.Error())
		}
	}
	if landed < 1000 {
		t.Errorf("only %d films landed", landed)
	}
}

func stuckAtBounds(doc *scene.Doc, in Inputs, line *Timeline, target int) bool {
	p := &placer{clock: clock(line.FPS), doc: doc, in: in, file: doc.File}
	for i, s := range doc.Scenes {
		d := p.draft(i, s)
		n := line.Clips[i].Frames
		if d.free && !(line.Frames > target && n <= d.low || line.Frames < target && d.high > 0 && n >= d.high) {
			return false
		}
	}
	return true
}

func benchDoc(n int) (*scene.Doc, Inputs) {
	doc := &scene.Doc{File: source.NewFile("b.md", nil)}
	in := Inputs{}
	for i := range n {
		s := &scene.Scene{ID: fmt.Sprint("s", i), Title: plain("A title of five words")}
		for range 4 {
			s.Blocks = append(s.Blocks, scene.Block{Kind: scene.List, Items: []scene.Item{{Rich: plain("An item with some words to read")}}})
		}
		s.Voice = &scene.Voice{Words: strings.Fields(strings.Repeat("some spoken words ", 10)), Cues: []scene.Cue{{Kind: scene.CueItem, N: 1, Word: 4}}}
		doc.Scenes = append(doc.Scenes, s)
		in.Scenes = append(in.Scenes, SceneInput{Enter: Transition{Name: "crossfade", Duration: 600 * time.Millisecond, Overlap: true}})
	}
	return doc, in
}

func BenchmarkPlace100(b *testing.B)  { bench(b, 100, 0) }
func BenchmarkPlace1000(b *testing.B) { bench(b, 1000, 0) }
func BenchmarkFit1000(b *testing.B)   { bench(b, 1000, 2*time.Hour) }

func bench(b *testing.B, scenes int, fit time.Duration) {
	doc, in := benchDoc(scenes)
	doc.Meta.Fit = fit
	for b.Loop() {
		Place(doc, in)
	}
}
