package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/markup"
)

// The key of a segment is a hash of everything that its pictures depend on: the settings of the render, what all scenes
// share, and of each scene on screen its own part and the moments of it that are seen. It holds no time of the film, so
// that a scene keeps its segments when another one becomes longer.
//
// That is right only where a scene depends on nothing but itself and its own time. Films that compose wrote say so of
// themselves on their root: data-hframes="scenes". All others are one whole: any change to any file changes every key.

// keyVersion changes when the same key would mean other pictures or sounds.
const keyVersion = 2

// A keyer gives the segments of one film their keys.
type keyer struct {
	rate   ffmpeg.Rate
	frames int
	clips  []timedElement
	common []Input   // settings and what all segments share
	own    [][]Input // of each clip; nil when the film is one whole
}

func newKeyer(all *folder, page *markup.Doc, root *markup.Tag, clips []timedElement, rate ffmpeg.Rate, frames int, settings []Input) *keyer {
	k := &keyer{rate: rate, frames: frames, clips: clips, common: settings[:len(settings):len(settings)]}
	if !madeOfScenes(root, clips) {
		for _, name := range all.names {
			k.common = append(k.common, Input{Name: name, Hash: all.sums[name]})
		}
		return k
	}
	var shared []Input
	shared, k.own = all.split(page, root, clips)
	k.common = append(k.common, shared...)
	return k
}

// madeOfScenes reports whether a film is nothing but scenes that depend on themselves alone.
func madeOfScenes(root *markup.Tag, clips []timedElement) bool {
	if v, _ := root.Attr("data-hframes"); v != "scenes" {
		return false
	}
	for _, c := range clips {
		if !c.host {
			return false
		}
	}
	return true
}

// key sets what a segment shows and depends on, and its key.
func (k *keyer) key(s *Segment) {
	s.Inputs = k.common[:len(k.common):len(k.common)]
	var times [][2]string // of each clip in sight, in the order they are drawn: its name, where in it the segment begins
	for i, c := range k.clips {
		if c.first >= s.End || c.end <= s.First {
			continue
		}
		s.Shows = append(s.Shows, c.name)
		if k.own != nil {
			s.Inputs = append(s.Inputs, k.own[i]...)
			times = append(times, [2]string{c.name, localTime(k.rate.Time(s.First)-c.start, k.rate)})
		}
	}
	about := []any{keyVersion, k.rate.String(), s.End - s.First, times, s.Inputs}
	if k.own == nil {
		about = append(about, s.First, k.frames)
	}
	text, err := json.Marshal(about)
	if err != nil {
		panic(err) // plain values of our own
	}
	s.Key = sum(text)
}

// localTime writes a time of a scene in the way that the scene takes it: clock.js moves a time that is 1 µs beside the
// start of a frame to it (onGrid there). At other rates two times are the same only if no bit differs.
func localTime(t float64, rate ffmpeg.Rate) string {
	const grid = 1200 // a second
	near := math.Round(t * grid)
	if grid*rate.Den%rate.Num == 0 && math.Abs(near/grid-t) < 2e-6 {
		return strconv.FormatFloat(near, 'f', -1, 64) + "/1200"
	}
	return strconv.FormatFloat(t, 'g', -1, 64)
}

// sum returns the sha256 of data, hexadecimal.
func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// folderError says what of a film could not be read.
func folderError(name string, err error) error { return fmt.Errorf("read %s: %w", name, err) }
