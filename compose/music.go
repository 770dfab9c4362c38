package compose

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/internal/media"
)

// music returns the sounds that belong to the film as a whole. A bed that is shorter than the film plays again; while
// the film is heard, it goes down.
func (f *film) music(total float64, heard [][2]float64) []audioClip {
	m := f.doc.Meta.Music
	if m == nil {
		return nil
	}
	r := &sceneRun{film: f}
	pos, end := f.word(m.Pos, m.Src)
	name, info, ok := r.file(&scene.Media{Src: m.Src, Pos: pos, End: end}, media.Audio)
	f.diagnose(r.problems...)
	if !ok || total <= 0 {
		return nil
	}
	length := math.Floor(info.Duration.Seconds()*tick) / tick
	if length <= 0 {
		length = total
	}
	course := duck(heard, m.Volume, m.Duck)
	var out []audioClip
	for at := 0.0; at == 0 || total-at > least && length > least; at += length {
		part := min(length, total-at)
		clip := audioClip{ID: fmt.Sprintf("music-%d", len(out)+1), Src: address(name), Start: seconds(at), Duration: seconds(part),
			Track: 3 + len(out)%2, Volume: seconds(m.Volume)}
		clip.Lanes = volumeLane(course, at, part)
		if at == 0 && m.FadeIn > 0 {
			clip.FadeIn = seconds(min(m.FadeIn.Seconds(), part))
		}
		if last := total-at-length <= least; last && m.FadeOut > 0 {
			clip.FadeOut = seconds(min(m.FadeOut.Seconds(), part))
		}
		out = append(out, clip)
	}
	return out
}

// How the music goes down under what scenes are heard to say, in s. All of it is known ahead from the timeline: the
// music is down when a sound begins, comes back once it has ended, and stays down where it would come back for less than
// a moment. What lasts less than effect is a noise, not speech: the music does not bow to it.
const (
	attack  = 0.25
	release = 0.6
	moment  = 0.5
	effect  = 1.0
)

// maxPoints bounds a lane (contract §8).
const maxPoints = 512

// hear notes that a clip of the scene is heard.
func (r *sceneRun) hear(at [2]float64, set mediaSettings) {
	if set.volume > 0 && at[1] >= effect {
		r.heard = append(r.heard, at)
	}
}

// heard returns from when to when the scenes are heard, in s of the film, in order, with what overlaps as one.
func (f *film) heard(pages []*rendered) [][2]float64 {
	var spans [][2]float64
	for i, p := range pages {
		start, _ := window(f.line.Clips[i].Start, f.line.Clips[i].Start)
		for _, at := range p.heard {
			spans = append(spans, [2]float64{start + at[0], start + at[0] + at[1]})
		}
	}
	slices.SortFunc(spans, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	return merge(spans, 0)
}

// merge makes one of spans that are at most gap apart.
func merge(spans [][2]float64, gap float64) [][2]float64 {
	var out [][2]float64
	for _, s := range spans {
		if n := len(out); n > 0 && s[0] <= out[n-1][1]+gap {
			out[n-1][1] = max(out[n-1][1], s[1])
		} else {
			out = append(out, s)
		}
	}
	return out
}

// A point of a lane: volume v at t seconds, straight lines between.
type point struct {
	T float64 `json:"t"`
	V float64 `json:"v"`
}

// lanes is the value of data-automation (contract §8).
type lanes struct {
	Version int    `json:"version"`
	Lanes   []lane `json:"lanes"`
}

type lane struct {
	Target string  `json:"target"`
	Points []point `json:"points"`
}

// duck returns the course of the music's volume over the film: down by so many dB while something is heard.
func duck(heard [][2]float64, volume, down float64) []point {
	if volume == 0 || down == 0 {
		return nil
	}
	gap := attack + release + moment
	for heard = merge(heard, gap); 4*len(heard) > maxPoints-2; heard = merge(heard, gap) {
		gap *= 2
	}
	low := volume * math.Pow(10, -down/20)
	var out []point
	for _, s := range heard {
		out = append(out, point{s[0] - attack, volume}, point{s[0], low}, point{s[1], low}, point{s[1] + release, volume})
	}
	return out
}

// volumeLane cuts the part of a clip out of a course, on the clip's own clock. It is nil where the volume stays what it is.
func volumeLane(course []point, start, length float64) *lanes {
	round := func(x float64) float64 { return math.Round(x*tick) / tick }
	var points []point
	add := func(t, v float64) {
		p := point{round(t - start), round(v)}
		if n := len(points); n == 0 || p.T > points[n-1].T {
			points = append(points, p)
		}
	}
	for i := 1; i < len(course); i++ {
		a, b := course[i-1], course[i]
		from, to := max(a.T, start), min(b.T, start+length)
		if from >= to || a.V == b.V && i%4 == 0 { // no part of the clip, or between two sounds
			continue
		}
		at := func(t float64) float64 { return a.V + (b.V-a.V)*(t-a.T)/(b.T-a.T) }
		add(from, at(from))
		add(to, at(to))
	}
	if len(points) == 0 {
		return nil
	}
	return &lanes{Version: 1, Lanes: []lane{{Target: "volume", Points: points}}}
}
