package render

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/hframes/hframes/internal/cache"
)

// Notes are what renders leave behind so that [Plan] can tell what the next one would do, in a folder of small files.
// Nothing depends on them but what Plan says: what cannot be read is not known.
type Notes struct {
	Dir  cache.Dir // "" = nothing is noted
	Film string    // what the film is known by, such as the path of its deck
}

// A past is what is known of a render of a film.
type past struct {
	Inputs []Input  `json:"inputs"` // of all its segments, each once
	Shows  []string `json:"shows"`  // what was on screen together
	Keys   []string `json:"keys"`
}

// A setup is what a browser turned out to be, once it was started.
type setup struct {
	Product string `json:"product"`
	Method  method `json:"method"`
}

// A pace is how fast pictures were taken and encoded.
type pace struct {
	Pixels float64 `json:"pixels"` // a second
}

func (n Notes) get(key string, value any) bool {
	data, ok := n.Dir.Get(key)
	return ok && json.Unmarshal(data, value) == nil
}

func (n Notes) put(key string, value any) {
	if data, err := json.Marshal(value); err == nil {
		n.Dir.Put(key, data)
	}
}

func (n Notes) film(c canvas) string {
	return fmt.Sprintf("film\n%s\n%dx%d", n.Film, c.width, c.height)
}

// setupKey names the browsers that may take the pictures, as they are now.
func (j *job) setupKey() string {
	var b strings.Builder
	b.WriteString("setup")
	for _, w := range j.ways {
		fmt.Fprintf(&b, "\n%s %s", w.method, w.browser)
		if info, err := os.Stat(w.browser); err == nil {
			fmt.Fprintf(&b, " %d %d", info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// knowSetup takes over what a browser was found to be the last time. It reports whether that is known.
func (j *job) knowSetup() bool {
	var s setup
	if !j.Notes.get(j.setupKey(), &s) {
		return false
	}
	j.product, j.way.method = s.Product, s.Method
	return true
}

func (j *job) paceKey() string { return fmt.Sprintf("pace\n%s %s", j.Format, j.Quality) }

// note leaves behind what Plan will want to know. fps is how many frames a second were taken; 0 = none were.
func (j *job) note(fps float64) {
	if j.Notes.Dir == "" {
		return
	}
	var segments []Segment
	for _, p := range j.pieces {
		segments = append(segments, p.Segment)
	}
	j.Notes.put(j.setupKey(), setup{j.product, j.way.method})
	if fps > 0 {
		j.Notes.put(j.paceKey(), pace{fps * j.pixels()})
	}
	j.Notes.put(j.Notes.film(j.canvas), pastOf(segments))
}

// pixels returns how many a frame has.
func (j *job) pixels() float64 { return float64(j.encode.Width) * float64(j.encode.Height) }

func pastOf(segments []Segment) past {
	var p past
	inputs, shows := map[Input]bool{}, map[string]bool{}
	for _, s := range segments {
		p.Keys = append(p.Keys, s.Key)
		if together := strings.Join(s.Shows, "\n"); !shows[together] {
			shows[together] = true
			p.Shows = append(p.Shows, together)
		}
		for _, in := range s.Inputs {
			if !inputs[in] {
				inputs[in] = true
				p.Inputs = append(p.Inputs, in)
			}
		}
	}
	return p
}
