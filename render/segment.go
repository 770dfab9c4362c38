package render

import (
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/markup"
)

// A Segment is a stretch of a film that is rendered and kept by itself. Where a film is cut depends on the film alone,
// never on the machine, the number of workers or what is kept already.
type Segment struct {
	First int      `json:"first"` // first frame of the film
	End   int      `json:"end"`   // just past the last one
	Shows []string `json:"shows"` // what is on screen, in document order: ids of compositions, else of elements
	Key   string   `json:"key"`   // sha256, hexadecimal, of all that its pictures depend on

	// Inputs say what the key was made of: the settings, what all scenes share, and the files of each scene
	// in sight.
	Inputs []Input `json:"inputs"`
}

// An Input is something that pictures depend on.
type Input struct {
	Name string `json:"name"` // a file of the film, such as "compositions/speed.html", or a setting, such as "fps"
	Hash string `json:"hash"` // of its contents; of a setting, its value

	Scene string `json:"scene,omitempty"` // whose own part it is, "" = it matters to the whole film
}

// segmentSeconds is how long a piece of a longer stretch is; with what may join it, it is still one group of pictures of
// the encoder. Each piece costs the start of an encoder and a picture that stands alone; shorter ones keep more workers
// busy and lose less when a browser fails.
const segmentSeconds = 4

// cut cuts the film of frames frames whose files are all into segments that follow each other without gaps, and
// returns those of a part of it: the first and the last may be shorter than in the whole film. settings are what the
// caller's choices add to every key: size, rate, versions of the programs, values of variables.
func cut(files fs.FS, all *folder, rate ffmpeg.Rate, frames int, part span, settings []Input) ([]Segment, error) {
	page, root, err := readRoot(files, all.entry)
	if err != nil {
		return nil, err
	}
	clips := timedElements(page, root, rate, frames)
	var out []Segment
	for _, stretch := range stretches(clips, frames) {
		for _, piece := range pieces(stretch[0], stretch[1], rate) {
			if first, end := max(piece[0], part.first), min(piece[1], part.end); first < end {
				out = append(out, Segment{First: first, End: end})
			}
		}
	}
	k := newKeyer(all, page, root, clips, rate, frames, settings)
	for i := range out {
		k.key(&out[i])
	}
	return out, nil
}

// declaredFrames returns how many frames a film has by what its root says.
func declaredFrames(files fs.FS, entry string, rate ffmpeg.Rate) (int, error) {
	_, root, err := readRoot(files, entry)
	if err != nil {
		return 0, err
	}
	frames := frameCount(declaredSeconds(root), rate)
	if frames == 0 || frames > maxFrames {
		return 0, &NoLength{entry}
	}
	return frames, nil
}

// declaredSeconds returns what a root says of its length, as the page's script reads it (film.js, duration), 0 = nothing.
func declaredSeconds(root *markup.Tag) float64 {
	for _, name := range []string{"data-duration", "data-composition-duration"} {
		if seconds, ok := number(root, name); ok {
			return max(seconds, 0)
		}
	}
	return 0
}

// A timedElement is an element of the entry page that is seen for a part of the film.
type timedElement struct {
	tag        *markup.Tag
	name       string
	start      float64 // in the film, s
	first, end int     // frames of the film; may be empty
	host       bool    // mounts a composition right under the root
}

// timedElements returns the elements of a page that come and go, in document order. Times that are no numbers are left
// out: a film that is not cut there is as good, only cut less.
func timedElements(page *markup.Doc, root *markup.Tag, rate ffmpeg.Rate, frames int) []timedElement {
	var out []timedElement
	for i := range page.Tags {
		t := &page.Tags[i]
		start, ok := number(t, "data-start")
		if !ok || t == root || t.Name == "audio" || within(page, t, "template") {
			continue
		}
		start += offset(page, t, root)
		e := timedElement{tag: t, start: start, name: elementName(t, i), first: firstFrame(start, rate), end: frames}
		if length, ok := number(t, "data-duration"); ok {
			e.end = firstFrame(start+length, rate)
		}
		e.first, e.end = min(max(e.first, 0), frames), min(max(e.end, 0), frames)
		_, mounts := t.Attr("data-composition-src")
		e.host = mounts && t.Parent >= 0 && &page.Tags[t.Parent] == root
		out = append(out, e)
	}
	return out
}

// number reads an attribute that is a finite number.
func number(t *markup.Tag, name string) (float64, bool) {
	v, ok := t.Attr(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	return n, err == nil && math.Abs(n) < 1e9
}

// within reports whether a tag stands in an element of that name.
func within(page *markup.Doc, t *markup.Tag, name string) bool {
	for p := t.Parent; p >= 0; p = page.Tags[p].Parent {
		if page.Tags[p].Name == name {
			return true
		}
	}
	return false
}

// offset returns when the compositions around a tag begin, in seconds of the film (contract §4).
func offset(page *markup.Doc, t, root *markup.Tag) float64 {
	sum := 0.0
	for p := t.Parent; p >= 0; p = page.Tags[p].Parent {
		around := &page.Tags[p]
		if _, ok := around.Attr("data-composition-id"); ok && around != root {
			start, _ := number(around, "data-start")
			sum += start
		}
	}
	return sum
}

// elementName returns what an element is called: i is its place among the page's tags.
func elementName(t *markup.Tag, i int) string {
	for _, attr := range []string{"data-composition-id", "id"} {
		if v, _ := t.Attr(attr); v != "" {
			return v
		}
	}
	return fmt.Sprintf("%s:%d", t.Name, i)
}

// stretches cuts the frames of a film where an element comes or goes.
func stretches(clips []timedElement, frames int) [][2]int {
	cuts := []int{0, frames}
	for _, c := range clips {
		if c.first < c.end {
			cuts = append(cuts, c.first, c.end)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out [][2]int
	for i := 1; i < len(cuts); i++ {
		out = append(out, [2]int{cuts[i-1], cuts[i]})
	}
	return out
}

// pieces cuts a stretch every segmentSeconds, counted from its own start, so that it is cut alike wherever it lies in
// the film. What is left for the end joins the piece before it if it is shorter than half of one.
func pieces(first, end int, rate ffmpeg.Rate) [][2]int {
	length := (rate.Num*segmentSeconds + rate.Den - 1) / rate.Den
	var out [][2]int
	for at := first; at < end; at += length {
		if len(out) > 0 && 2*(end-at) < length {
			out[len(out)-1][1] = end
			break
		}
		out = append(out, [2]int{at, min(at+length, end)})
	}
	return out
}
