package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// checkTracks finds two clips that are there at once on one track. The renderer paints both in document order; editors
// cannot show it, and with sound both are heard. A video that is heard is in two lanes of its track.
func (c *checker) checkTracks() {
	for _, k := range c.comps {
		lanes := map[string][]*clip{}
		var order []string
		add := func(lane string, clip *clip) {
			if lanes[lane] == nil {
				order = append(order, lane)
			}
			lanes[lane] = append(lanes[lane], clip)
		}
		for _, clip := range k.clips {
			if clip.track == "" || math.IsNaN(clip.start) || c.stay(clip) == 0 {
				continue
			}
			if !clip.sound {
				add(clip.track, clip)
			}
			if clip.sound || clip.page.attr(clip.tag, "data-has-audio") == "true" && !clip.page.has(clip.tag, "muted") {
				add("sound "+clip.track, clip)
			}
		}
		for _, lane := range order {
			c.checkLane(lanes[lane], strings.HasPrefix(lane, "sound "))
		}
	}
}

// stay is length for a clip that is not over by itself: without a length it stays as long as its composition. 0 means
// that it cannot be told.
func (c *checker) stay(k *clip) float64 {
	length := c.length(k)
	if name := k.page.tag(k.tag).Name; length > 0 || k.child != nil || name == "video" || name == "audio" || k.page.has(k.tag, "data-duration") || k.page.isHost(k.tag) {
		return length
	}
	if limit := k.in.limit(); !math.IsNaN(limit) {
		return max(limit-k.start, 0)
	}
	return math.Inf(1)
}

// length returns how long a clip is there: what it declares, else what its composition declares or what is left of its
// file, else 0.
func (c *checker) length(k *clip) float64 {
	switch {
	case !math.IsNaN(k.dur):
		return k.dur
	case k.child != nil && !math.IsNaN(k.child.dur):
		return k.child.dur
	}
	if f, ok := c.footageOf(k); ok && !k.page.has(k.tag, "loop") {
		return max(f.left(), 0)
	}
	return 0
}

// checkLane reports each clip of a lane that starts before an earlier one has ended. Two videos meet in the lane of
// pictures.
func (c *checker) checkLane(lane []*clip, sound bool) {
	slices.SortStableFunc(lane, func(a, b *clip) int {
		switch {
		case a.start < b.start:
			return -1
		case a.start > b.start:
			return 1
		}
		return a.tag - b.tag
	})
	type there struct {
		*clip
		until float64
	}
	var before []there // those that have not ended
	for _, k := range lane {
		before = slices.DeleteFunc(before, func(b there) bool { return b.until <= k.start+slack })
		for _, b := range before {
			if sound && !k.sound && !b.sound || k.page.inside(k.tag, b.tag) || k.page.inside(b.tag, k.tag) {
				continue
			}
			c.overlap(k, b.clip, b.until, sound)
			break
		}
		before = append(before, there{k, k.start + c.stay(k)})
	}
}

// overlap reports a clip that comes onto its track before an earlier one has left it.
func (c *checker) overlap(k, before *clip, until float64, sound bool) {
	msg := fmt.Sprintf("%s comes onto track %s at %s, where %s stays until %s", k.name(), k.track, seconds(k.start), before.name(), seconds(until))
	hint := fmt.Sprintf("put one of them on another track, or start this one at %s", plain(until))
	if c.length(before) == 0 {
		msg = fmt.Sprintf("%s comes onto track %s at %s, where %s stays to the end: it has no length", k.name(), k.track, seconds(k.start), before.name())
		hint = "put one of them on another track"
		if k.start > before.start {
			hint += fmt.Sprintf(`, or write data-duration="%s" on %s`, plain(k.start-before.start), before.name())
		}
	}
	if sound {
		msg += ": both are heard"
	}
	attr := "data-start"
	if !k.page.has(k.tag, attr) {
		attr = "data-track-index"
	}
	c.atAttr("check/track-overlap", k.page, k.tag, attr, msg, hint)
}

// A span is a stretch of time in seconds.
type span struct{ from, to float64 }

// checkScreen finds stretches of the film with nothing but background on screen, and a film that goes on after its
// last clip.
func (c *checker) checkScreen() {
	if c.root == nil || math.IsNaN(c.root.dur) || !c.hasPicture(c.root) {
		return
	}
	at := 0.0
	for _, s := range c.shown(c.root, c.root.dur, 0) {
		if s.from-at >= c.MaxGap-1e-9 {
			c.gap(at, s.from)
		}
		at = max(at, s.to)
	}
	if c.root.dur-at >= c.MaxGap-1e-9 {
		p, i := c.root.page, c.root.tag
		c.atAttr("check/empty-end", p, i, "data-duration", fmt.Sprintf("the film lasts until %s, its last clip until %s", seconds(c.root.dur), seconds(at)),
			fmt.Sprintf(`write data-duration="%s", or let the last clip stay`, plain(at)))
	}
}

// gap reports an empty stretch at the clip that ends where it begins, or at the one that ends it, in the composition that
// is on then.
func (c *checker) gap(from, to float64) {
	in := c.root
	for range maxDepth {
		scene := c.sceneAt(in, from, to)
		if scene == nil {
			break
		}
		in, from, to = scene.child, from-scene.start, to-scene.start
	}
	var before, after *clip
	for _, k := range in.clips {
		if k.sound || math.IsNaN(k.start) {
			continue
		}
		if math.Abs(k.start+c.length(k)-from) < slack && c.length(k) > 0 {
			before = k
		}
		if math.Abs(k.start-to) < slack && after == nil {
			after = k
		}
	}
	msg := fmt.Sprintf("nothing on screen from %s to %s", seconds(from), seconds(to))
	if in != c.root {
		msg += " of " + in.name()
	}
	switch {
	case before != nil:
		c.atAttr("check/empty-screen", before.page, before.tag, "data-duration", msg,
			fmt.Sprintf(`let %s stay until %s: data-duration="%s"`, before.name(), seconds(to), plain(to-before.start)))
	case after != nil:
		c.atAttr("check/empty-screen", after.page, after.tag, "data-start", msg, fmt.Sprintf("start %s at %s", after.name(), plain(from)))
	default:
		c.atTag("check/empty-screen", in.page, in.tag, msg, "let a clip fill it")
	}
}

// sceneAt returns the clip of a composition that shows another one during the whole of a stretch, nil if there is none.
func (c *checker) sceneAt(in *comp, from, to float64) *clip {
	for _, k := range in.clips {
		if k.child != nil && len(k.child.clips) > 0 && k.child.place.page != in.page && c.isPicture(k) && k.start <= from+slack && k.start+c.length(k) >= to-slack {
			return k
		}
	}
	return nil
}

// hasPicture reports whether a composition has a timed picture at all: without one, what it shows is not told by clips.
func (c *checker) hasPicture(k *comp) bool {
	for _, clip := range k.clips {
		if c.isPicture(clip) && !clip.page.isBackground(clip.tag) {
			return true
		}
	}
	return false
}

// isPicture reports whether a clip puts something on screen.
func (c *checker) isPicture(k *clip) bool {
	return !k.sound && !k.page.has(k.tag, "data-hidden") && k.page.tag(k.tag).Name != "script"
}

// maxDepth is the deepest nesting of compositions that is assembled (contract §3).
const maxDepth = 20

// A stretch is the beginning of a composition, of dur seconds.
type stretch struct {
	comp *comp
	dur  float64
}

// shown returns the stretches of a composition's first dur seconds in which more than a background is on screen. When
// in doubt the whole stretch is. A file that many hosts mount is looked at once for each length.
func (c *checker) shown(k *comp, dur float64, depth int) []span {
	key := stretch{k, dur}
	spans, known := c.seen[key]
	if !known {
		spans = joined(c.stretches(k, dur, depth))
		c.seen[key] = spans
	}
	return spans
}

// stretches works out what shown returns.
func (c *checker) stretches(k *comp, dur float64, depth int) []span {
	all := []span{{0, dur}}
	if depth > maxDepth || !c.hasPicture(k) || c.untimedPicture(k) || c.paintsByScript(k.page) {
		return all
	}
	var out []span
	for _, clip := range k.clips {
		if !c.isPicture(clip) || clip.page.isBackground(clip.tag) {
			continue
		}
		if math.IsNaN(clip.start) {
			return all
		}
		length := c.length(clip)
		if length == 0 {
			length = dur - clip.start
		}
		length = min(length, dur-clip.start)
		if length <= 0 {
			continue
		}
		inner := []span{{0, length}}
		if clip.child != nil && clip.child != k {
			inner = c.shown(clip.child, length, depth+1)
		}
		for _, s := range inner {
			out = append(out, span{clip.start + s.from, clip.start + min(s.to, length)})
		}
	}
	return out
}

// joined sorts stretches of time and makes one of those that touch.
func joined(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var out []span
	for _, s := range list {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// untimedPicture reports whether a composition shows something outside its clips: text, a picture, a drawing.
func (c *checker) untimedPicture(k *comp) bool {
	p, last := k.page, k.page.last(k.tag)
	for i := k.tag; i < last; i++ {
		if !p.live[i] || p.comp[i] != k.tag || !p.words[i] && !isPictureTag(p.tag(i).Name) || isRawText(p.tag(i).Name) {
			continue
		}
		if !p.underClip(i, k.tag) {
			return true
		}
	}
	return false
}

func isPictureTag(name string) bool {
	switch name {
	case "img", "svg", "canvas", "video", "picture", "iframe", "object", "embed":
		return true
	}
	return strings.Contains(name, "-")
}

// underClip reports whether tag i lies in or is a clip, a background or an invisible element of the composition at root.
func (p *page) underClip(i, root int) bool {
	for ; i >= 0 && i != root; i = p.tag(i).Parent {
		if p.isTimed(i) || p.isBackground(i) || isRawText(p.tag(i).Name) || p.has(i, "hidden") {
			return true
		}
	}
	return false
}

// paintsByScript reports whether a page's scripts build elements, so that its markup does not tell what is shown.
func (c *checker) paintsByScript(p *page) bool {
	for _, s := range p.scripts {
		for i, t := range s.toks.list {
			if t.kind != tokIdent {
				continue
			}
			switch s.toks.text(i) {
			case "createElement", "createElementNS", "innerHTML", "insertAdjacentHTML", "appendChild", "append", "getContext", "cloneNode":
				return true
			}
		}
	}
	return false
}
