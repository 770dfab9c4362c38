package render

import (
	"encoding/json"

	"github.com/hframes/hframes/internal/pixel"
)

// A footage is what was seen of a piece while it was made, one entry a frame. It is kept with the piece, so that a film
// of kept pieces can be judged like one that was just made.
type footage struct {
	frames []seen
}

// A seen is what is known of one frame.
type seen struct {
	changed bool // differs from the frame before
	luma    byte // mean, 16–235
	darkest byte
	bright  byte
}

func (f *footage) add(changed bool, s pixel.Stats) {
	f.frames = append(f.frames, seen{changed, byte(s.Mean + 0.5), s.Darkest, s.Brightest})
}

// meta returns the footage as bytes to keep: four for each frame.
func (f *footage) meta() []byte {
	all := make([][4]byte, len(f.frames))
	for i, s := range f.frames {
		all[i] = [4]byte{0, s.luma, s.darkest, s.bright}
		if s.changed {
			all[i][0] = 1
		}
	}
	data, _ := json.Marshal(all) // arrays of numbers cannot fail
	return data
}

// read is the reverse of meta. It reports whether there were as many frames as said.
func (f *footage) read(meta []byte, frames int) bool {
	var all [][4]byte
	if json.Unmarshal(meta, &all) != nil || len(all) != frames {
		return false
	}
	f.frames = make([]seen, len(all))
	for i, b := range all {
		f.frames[i] = seen{b[0] == 1, b[1], b[2], b[3]}
	}
	return true
}
