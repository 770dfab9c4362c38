package render

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/markup"
)

// reelScenes is how many scenes a page holds, unless more are seen at once. Each of them costs time in every frame, seen or
// not: the runtime moves the animations of all, and the browser styles what they belong to. To load a page takes as long as
// some frames.
const reelScenes = 6

// A reel is what a page holds of a film that is made of scenes (see madeOfScenes): those from first up to end, as they stand
// on the entry page, and all that belongs to no scene. Its frames look as they would beside all other scenes.
type reel struct{ first, end int }

// holds reports whether all scenes of another reel are in r.
func (r reel) holds(other reel) bool {
	return other.first >= other.end || r.first <= other.first && other.end <= r.end
}

// query is how a page is asked for that holds r.
func (r reel) query() string { return fmt.Sprintf("scenes=%d-%d", r.first, r.end) }

// parseReel is the reverse of query. It reports whether it was one.
func parseReel(query string) (r reel, ok bool) {
	n, err := fmt.Sscanf(query, "scenes=%d-%d", &r.first, &r.end)
	return r, n == 2 && err == nil
}

// cut returns an entry page without the scenes that are not in r.
func (r reel) cut(text []byte) []byte {
	page := markup.Parse(text)
	root := findRoot(page)
	if root == nil {
		return text
	}
	var cuts [][2]int
	for i, scene := range timedElements(page, root, ffmpeg.Rate{Num: 1, Den: 1}, 0) {
		if i < r.first || i >= r.end {
			cuts = append(cuts, [2]int{scene.tag.Start, scene.tag.CloseEnd})
		}
	}
	return without(text, cuts)
}

// readScenes finds the scenes of a film that is made of nothing else: when they end, and all about them if there are more
// than a page should hold.
func (j *job) readScenes() {
	frames, err := declaredFrames(j.src, j.entry, j.rate)
	if err != nil {
		return // it comes up again where it matters
	}
	page, root, err := readRoot(j.src, j.entry)
	if err != nil {
		return
	}
	all := timedElements(page, root, j.rate, frames)
	if !madeOfScenes(root, all) {
		return
	}
	j.ends = map[string]int{}
	for _, scene := range all {
		j.ends[scene.name] = max(scene.end, j.ends[scene.name])
	}
	if len(all) > j.perPage {
		j.scenes = all
	}
}

// seen returns the scenes of some frames, and all between them.
func (j *job) seen(s span) reel {
	r := reel{math.MaxInt, 0}
	for i, scene := range j.scenes {
		if scene.first < s.end && scene.end > s.first {
			r = reel{min(r.first, i), i + 1}
		}
	}
	return r
}

// reelOf returns what a page should hold to show some frames and those after them.
func (j *job) reelOf(s span) reel {
	r := j.seen(s)
	r.first = min(r.first, max(0, len(j.scenes)-j.perPage))
	r.end = min(max(r.end, r.first+j.perPage), len(j.scenes))
	return r
}

// read returns what the page says of the whole film: where it holds only a part, it shows the other parts that there is
// something to say of, too.
func (j *job) read(ctx context.Context, f *film) (*description, error) {
	about, err := f.describe(ctx, j)
	if err != nil || len(j.scenes) == 0 {
		return about, err
	}
	all, err := j.files()
	if err != nil {
		return nil, err
	}
	opened := f.reel
	place := map[string]int{"": -1}
	for i, scene := range j.scenes {
		place[scene.name] = i
		r := reel{i, i + 1}
		if opened.holds(r) || f.reel.holds(r) || !showsMedia(all.texts[all.mounted(scene.tag)]) {
			continue
		}
		r.end = min(i+j.perPage, len(j.scenes))
		if err := f.turn(ctx, j, r); err != nil {
			return nil, err
		}
		part, err := f.describe(ctx, j)
		if err != nil {
			return nil, err
		}
		about.add(part)
	}
	slices.SortStableFunc(about.Media, func(a, b mediaItem) int { return cmp.Compare(place[a.Scene], place[b.Scene]) })
	return about, nil
}

// add takes over what another page says of scenes that d says nothing of.
func (d *description) add(other *description) {
	known := map[string]bool{"": true}
	for _, m := range d.Media {
		known[m.Scene] = true
	}
	for _, m := range other.Media {
		if !known[m.Scene] {
			d.Media = append(d.Media, m)
		}
	}
	for _, a := range other.Images {
		if !slices.Contains(d.Images, a) {
			d.Images = append(d.Images, a)
		}
	}
}

// showsMedia reports whether a scene's page has elements that a description lists.
func showsMedia(text []byte) bool {
	page := markup.Parse(text)
	return slices.ContainsFunc(page.Tags, func(t markup.Tag) bool {
		return t.Name == "video" || t.Name == "audio" || t.Name == "img" || t.Find("data-composition-src") != nil
	})
}
