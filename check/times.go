package check

import (
	"fmt"
	"math"
	"strings"
)

// slack is the difference in seconds below which two times are the same.
const slack = 1e-3

// frames is the length in seconds of a cut that nobody sees.
const frames = 0.05

// checkTimes looks at the numbers of every clip and composition.
func (c *checker) checkTimes() {
	for _, k := range c.comps {
		c.checkLength(k.page, k.tag)
		if len(k.hosts) == 0 {
			c.checkStart(&clip{place: k.place, in: k, start: math.NaN()})
		}
		for _, clip := range k.clips {
			if clip.child == nil || clip.child.place != clip.place {
				c.checkLength(clip.page, clip.tag)
			}
			c.checkStart(clip)
			c.checkTrackNumber(clip)
			c.checkNumbers(clip)
			c.checkWindow(k, clip)
		}
		c.checkCut(k)
	}
}

// checkLength reports a data-duration that is no length.
func (c *checker) checkLength(p *page, i int) {
	for _, attr := range []string{"data-duration", "data-composition-duration"} {
		if !p.has(i, attr) {
			continue
		}
		raw := p.attr(i, attr)
		v, ok := number(raw)
		switch {
		case isPlaceholder(raw):
		case !ok:
			c.atAttr("check/bad-time", p, i, attr, fmt.Sprintf("%q is not a number of seconds", raw), unitHint(raw))
		case v <= 0:
			c.atAttr("check/bad-time", p, i, attr, fmt.Sprintf("a length of %q seconds", raw), "a length must be above 0")
		}
	}
}

// unitHint says how to write a time that has a unit, a comma or nothing in it.
func unitHint(raw string) string {
	v, rest, ok := leading(strings.Replace(raw, ",", ".", 1))
	rest = strings.ToLower(strings.TrimSpace(rest))
	switch {
	case !ok:
		return "write plain seconds, such as 2.5"
	case rest == "ms":
		v /= 1000
	case rest == "m" || rest == "min":
		v *= 60
	}
	return fmt.Sprintf("write plain seconds: %s", plain(v))
}

func (c *checker) checkStart(k *clip) {
	p, i := k.page, k.tag
	raw := p.attr(i, "data-start")
	if !p.has(i, "data-start") || isPlaceholder(raw) {
		return
	}
	if v, ok := number(raw); ok {
		if v < 0 {
			c.atAttr("check/bad-time", p, i, "data-start", fmt.Sprintf("a start at %q seconds is before the beginning", raw), "it is read as 0; write 0")
		}
		return
	}
	ref, ok := parseReference(raw)
	if _, rest, numeric := leading(raw); !ok || numeric && isUnit(rest) {
		c.atAttr("check/bad-time", p, i, "data-start", fmt.Sprintf("%q is not a number of seconds", raw), unitHint(raw))
		return
	}
	switch target := c.clipNamed(k, ref.id); {
	case target == nil:
		hint := "name the id of a clip, or write plain seconds"
		if near := c.nearestClip(k.in, ref.id); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		c.atAttr("check/unresolved-start", p, i, "data-start", fmt.Sprintf("no clip is called %q: the start is read as 0", ref.id), hint)
	case c.circular(k):
		c.atAttr("check/circular-start", p, i, "data-start", fmt.Sprintf("the start %q depends on itself: it is read as 0", raw), "write plain seconds")
	default:
		hint := "write plain seconds"
		if !math.IsNaN(k.start) {
			hint = "write " + plain(k.start)
		}
		c.atAttr("check/relative-start", p, i, "data-start", fmt.Sprintf("parts of the renderer cannot read the start %q: they expect a number", raw), hint)
	}
}

func isUnit(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "s", "sec", "ms", "m", "min", "f":
		return true
	}
	return false
}

// circular reports whether a clip's start depends on its own end. Each clip counts from one other at most, so that one
// walk along the references marks every circle.
func (c *checker) circular(k *clip) bool {
	if c.loops == nil {
		c.loops = map[*clip]bool{}
		walked := map[*clip]int{} // by which walk
		walk := 0
		for _, in := range c.comps {
			for _, from := range in.clips {
				walk++
				at := from
				for ; at != nil && walked[at] == 0; at = c.countsFrom(at) {
					walked[at] = walk
				}
				for ; at != nil && walked[at] == walk && !c.loops[at]; at = c.countsFrom(at) {
					c.loops[at] = true
				}
			}
		}
	}
	return c.loops[k]
}

// countsFrom returns the clip whose end a clip's start counts from, nil for none.
func (c *checker) countsFrom(k *clip) *clip {
	raw := k.page.attr(k.tag, "data-start")
	ref, ok := parseReference(raw)
	if _, plain := number(raw); !ok || plain {
		return nil
	}
	return c.clipNamed(k, ref.id)
}

func (c *checker) nearestClip(in *comp, id string) string {
	var ids []string
	for _, k := range in.clips {
		if v := k.page.attr(k.tag, "id"); v != "" {
			ids = append(ids, v)
		}
	}
	return nearest(id, ids)
}

func (c *checker) checkTrackNumber(k *clip) {
	for _, attr := range []string{"data-track-index", "data-track"} {
		raw := k.page.attr(k.tag, attr)
		if v, ok := number(raw); k.page.has(k.tag, attr) && !isPlaceholder(raw) && (!ok || v < 0 || v != math.Trunc(v)) {
			c.atAttr("check/bad-track", k.page, k.tag, attr, fmt.Sprintf("%q is no track number", raw), "tracks are whole numbers from 0")
		}
	}
}

// ranges are the numbers that media attributes take (contract §8).
var ranges = []struct {
	attr     string
	min, max float64
	unit     string
}{
	{"data-media-start", 0, math.Inf(1), "seconds from 0"},
	{"data-playback-start", 0, math.Inf(1), "seconds from 0"},
	{"data-playback-rate", 0.1, 5, "a number from 0.1 to 5"},
	{"data-volume", 0, 3.98, "a number from 0 to 3.98; 1 is the source's own level"},
	{"data-fade-in", 0, math.Inf(1), "seconds from 0"},
	{"data-fade-out", 0, math.Inf(1), "seconds from 0"},
}

func (c *checker) checkNumbers(k *clip) {
	for _, r := range ranges {
		raw := k.page.attr(k.tag, r.attr)
		if !k.page.has(k.tag, r.attr) || isPlaceholder(raw) {
			continue
		}
		if v, ok := number(raw); !ok || v < r.min || v > r.max {
			c.atAttr("check/out-of-range", k.page, k.tag, r.attr, fmt.Sprintf("%s is %q", r.attr, raw), "it takes "+r.unit)
		}
	}
}

// checkWindow compares a clip with the composition it lies in and with a clip around it.
func (c *checker) checkWindow(in *comp, k *clip) {
	limit := in.limit()
	if !math.IsNaN(k.start) && k.start >= limit-slack {
		c.atAttr("check/never-visible", k.page, k.tag, "data-start",
			fmt.Sprintf("%s starts at %s, but %s is over at %s", k.name(), seconds(k.start), in.name(), seconds(limit)), "start it earlier, or make the composition longer")
		return
	}
	if k.timed() && k.end() > limit+frames {
		c.atAttr("check/cut", k.page, k.tag, "data-duration",
			fmt.Sprintf("%s lasts until %s, but %s ends at %s", k.name(), seconds(k.end()), in.name(), seconds(limit)),
			fmt.Sprintf(`write data-duration="%s", or make the composition longer`, plain(limit-k.start)))
	}
	for up := k.page.tag(k.tag).Parent; up >= 0 && k.timed(); up = k.page.tag(up).Parent {
		outer := c.clipAt[place{k.page, up}]
		if outer == nil || outer.in != in || !outer.timed() || outer.child != nil {
			continue
		}
		if k.start >= outer.end()-slack || k.end() <= outer.start+slack {
			c.atAttr("check/never-visible", k.page, k.tag, "data-start", fmt.Sprintf("%s is due from %s to %s, but %s around it is shown from %s to %s",
				k.name(), seconds(k.start), seconds(k.end()), outer.name(), seconds(outer.start), seconds(outer.end())),
				"times count from the composition, not from the clip around")
		}
	}
}

// checkCut compares the length that a mounted composition declares with the time its hosts give it.
func (c *checker) checkCut(k *comp) {
	for _, h := range k.hosts {
		if h.place == k.place || math.IsNaN(h.dur) || math.IsNaN(k.dur) || k.dur <= h.dur+frames {
			continue
		}
		c.atAttr("check/scene-cut", h.page, h.tag, "data-duration", fmt.Sprintf("%s shows %s of a composition that lasts %s", h.name(), seconds(h.dur), seconds(k.dur)),
			fmt.Sprintf("give it %s, or shorten the composition in %s", seconds(k.dur), k.page.Name))
	}
}

// name names a clip for a message.
func (k *clip) name() string { return k.page.label(k.tag) }

// name names a composition for a message.
func (k *comp) name() string {
	if len(k.hosts) == 0 {
		return "the film"
	}
	return fmt.Sprintf("composition %q", k.id)
}
