package render

import (
	"encoding/json"

	"github.com/hframes/hframes/internal/pixel"
)

// A footage is what was seen of a piece while it was made, one entry a frame. It is kept with the piece, so that a file
// made of kept pieces can be compared with what should be in it.
type footage struct {
	frames []seen
	faults []string // what is wrong with the piece; such a one is not kept
}

// A seen is what is known of one frame.
type seen struct {
	changed                  bool // differs from the frame before
	measured                 bool // what follows is known
	mean, darkest, brightest byte // luma, 16–235
}

func (f *footage) add(changed bool, s pixel.Stats) {
	f.frames = append(f.frames, seen{changed, s.Brightest > 0, byte(s.Mean + 0.5), s.Darkest, s.Brightest})
}

// runs returns the stretches [first, end) of frames for which is holds.
func (f *footage) runs(is func(s seen, i int) bool) [][2]int {
	var out [][2]int
	for i, s := range f.frames {
		if !is(s, i) {
			continue
		}
		if n := len(out); n > 0 && out[n-1][1] == i {
			out[n-1][1]++
		} else {
			out = append(out, [2]int{i, i + 1})
		}
	}
	return out
}

// meta returns the footage as bytes to keep.
func (f *footage) meta() []byte {
	all := make([][5]byte, len(f.frames))
	bit := map[bool]byte{true: 1}
	for i, s := range f.frames {
		all[i] = [5]byte{bit[s.changed], bit[s.measured], s.mean, s.darkest, s.brightest}
	}
	data, _ := json.Marshal(all) // arrays of numbers cannot fail
	return data
}

// read is the reverse of meta. It reports whether there were as many frames as said.
func (f *footage) read(meta []byte, frames int) bool {
	var all [][5]byte
	if json.Unmarshal(meta, &all) != nil || len(all) != frames {
		return false
	}
	f.frames = make([]seen, len(all))
	for i, b := range all {
		f.frames[i] = seen{b[0] == 1, b[1] == 1, b[2], b[3], b[4]}
	}
	return true
}
