package check

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

// A tween is one call of a GSAP method in a script, as far as it is written out.
type tween struct {
	method   string // to, from, fromTo, set
	timeline string // what it is called on: a variable, "gsap", or "" in a chain
	at       int    // token of the method's name
	target   string // selector, "" if it is not known
	props    map[string]prop
	pos      float64 // position on the timeline, NaN if it is not a literal number
	end      int     // token of the closing ")"
}

// A prop is one value of a tween's object literal. For fromTo it is the one to go to.
type prop struct {
	key   int // token of the name
	value float64
	ok    bool // value is a literal number
}

// tweens reads the GSAP calls of a script.
func (t *tokens) tweens() []tween {
	var out []tween
	vars := t.queried()
	for i := range t.list {
		if !t.is(i, ".") || !t.is(i+2, "(") || t.kind(i+1) != tokIdent {
			continue
		}
		switch name := t.text(i + 1); name {
		case "to", "from", "fromTo", "set":
			if tw, ok := t.tween(i+1, name); ok {
				switch {
				case tw.target != "":
				case t.is(i+4, ","):
					tw.target = vars[t.text(i+3)]
				default:
					tw.target = t.queriedAt(i + 3)
				}
				out = append(out, tw)
			}
		}
	}
	return out
}

// queried returns the selectors of variables that hold what a query found.
func (t *tokens) queried() map[string]string {
	vars := map[string]string{}
	for i := range t.list {
		prefix := ""
		switch {
		case t.is(i, "getElementById"):
			prefix = "#"
		case t.is(i, "querySelector"), t.is(i, "querySelectorAll"), t.is(i, "toArray"):
		default:
			continue
		}
		sel, ok := t.str(i + 2)
		if !ok || !t.is(i+1, "(") || !t.is(i+3, ")") {
			continue
		}
		at := i - 1
		for t.kind(at) == tokIdent && !t.is(at-1, "=") && t.is(at-1, ".") || t.is(at, ".") || t.is(at, "(") || t.is(at, "Array") || t.is(at, "from") {
			at--
		}
		for t.kind(at) == tokIdent && t.is(at-1, "=") {
			at--
		}
		if t.is(at, "=") && t.kind(at-1) == tokIdent {
			vars[t.text(at-1)] = prefix + sel
		}
	}
	return vars
}

// queriedAt returns the selector of a query that is the whole argument at token i: document.getElementById("x").
func (t *tokens) queriedAt(i int) string {
	for ; t.kind(i) == tokIdent || t.is(i, "."); i++ {
		sel, ok := t.str(i + 2)
		if !ok || !t.is(i+1, "(") || !t.is(i+3, ")") || !t.is(i+4, ",") {
			continue
		}
		switch t.text(i) {
		case "getElementById":
			return "#" + sel
		case "querySelector", "querySelectorAll", "toArray":
			return sel
		}
	}
	return ""
}

// tween reads the call whose method name is token i.
func (t *tokens) tween(i int, method string) (tween, bool) {
	tw := tween{method: method, at: i, props: map[string]prop{}, pos: math.NaN(), end: t.matching(i + 1)}
	if t.kind(i-2) == tokIdent {
		tw.timeline = t.text(i - 2)
	}
	tw.target, _ = t.str(i + 2)
	args := t.arguments(i + 1)
	object := -1
	for n, a := range args {
		if t.is(a, "{") {
			t.object(a, tw.props, method == "fromTo" && object < 0)
			object = n
		}
	}
	if object < 1 || object > 2 {
		return tw, false
	}
	if object+1 < len(args) {
		if v, ok := t.numberAt(args[object+1]); ok {
			tw.pos = v
		}
	}
	return tw, true
}

// arguments returns the first token of each argument of the call whose "(" is token i.
func (t *tokens) arguments(i int) []int {
	end := t.matching(i)
	if end == i+1 {
		return nil
	}
	out := []int{i + 1}
	for k := i + 1; k < end; k++ {
		switch {
		case t.is(k, "{"), t.is(k, "("), t.is(k, "["):
			k = t.matching(k)
		case t.is(k, ",") && k+1 < end:
			out = append(out, k+1)
		}
	}
	return out
}

// numberAt returns the number that is the whole argument at token i.
func (t *tokens) numberAt(i int) (float64, bool) {
	sign := 1.0
	if t.is(i, "-") {
		sign, i = -1, i+1
	}
	if t.kind(i) != tokNumber || !(t.is(i+1, ",") || t.is(i+1, ")") || t.is(i+1, "}")) {
		return 0, false
	}
	v, ok := number(t.text(i))
	return sign * v, ok
}

// object reads the keys of the object literal whose "{" is token i. The first object of a fromTo gives only names.
func (t *tokens) object(i int, into map[string]prop, from bool) {
	end := t.matching(i)
	for k := i + 1; k < end; k++ {
		if t.is(k, "{") || t.is(k, "(") || t.is(k, "[") {
			k = t.matching(k)
			continue
		}
		if !t.is(k-1, "{") && !t.is(k-1, ",") || !t.is(k+1, ":") {
			continue
		}
		name, ok := t.str(k)
		if !ok {
			name = t.text(k)
		}
		p := prop{key: k}
		p.value, p.ok = t.numberAt(k + 2)
		if from {
			p.ok = false
		}
		into[name] = p
	}
}

// snapping are the properties that a browser lays out in whole pixels, so that slow motion stutters (contract §10).
var snapping = map[string]string{
	"left": "x", "right": "x", "top": "y", "bottom": "y", "marginLeft": "x", "marginRight": "x", "marginTop": "y",
	"marginBottom": "y", "letterSpacing": "the x of each letter", "wordSpacing": "the x of each word", "fontSize": "scale",
	"roundProps": "",
}

// gsap looks at the GSAP calls of an inline script.
func (c *checker) gsap(p *page, s *script) {
	t := &s.toks
	if !bytes.Contains(s.Data[s.from:s.to], []byte("gsap")) {
		return
	}
	s.tweens = t.tweens()
	drawn := p.drawsHTML()
	for i := range s.tweens {
		tw := &s.tweens[i]
		if !drawn {
			c.snaps(s, tw)
		}
		c.hidesClip(p, s, tw)
	}
	c.endless(s)
	c.tooEarly(s)
}

// drawsHTML reports whether a page draws its elements through a canvas, which puts them between pixels too.
func (p *page) drawsHTML() bool {
	for i := range p.doc.Tags {
		if p.tag(i).Name == "canvas" && p.has(i, "layoutsubtree") {
			return true
		}
	}
	return false
}

func (c *checker) snaps(s *script, tw *tween) {
	if tw.method == "set" {
		return
	}
	for _, name := range sortedKeys(tw.props) {
		if instead, ok := snapping[name]; ok {
			hint := "remove it"
			if instead != "" {
				hint = "animate " + instead
			}
			k := s.toks.list[tw.props[name].key]
			c.report("check/layout-motion", s.File, k.start, k.end, fmt.Sprintf("animating %s moves in whole pixels and stutters", name), hint)
		}
	}
}

// hidesClip reports a tween of what the runtime itself sets on clips: visibility and display. autoAlpha sets visibility
// too.
func (c *checker) hidesClip(p *page, s *script, tw *tween) {
	if tw.target == "" {
		return
	}
	for _, name := range []string{"visibility", "display", "autoAlpha"} {
		if pr, ok := tw.props[name]; ok && p.isClipSelector(tw.target) {
			k := s.toks.list[pr.key]
			c.report("check/clip-visibility", s.File, k.start, k.end, fmt.Sprintf("%s of a clip belongs to the runtime", name), "animate opacity, or an element inside the clip")
		}
	}
}

// isClipSelector reports whether a selector #id or .class means a clip of the page.
func (p *page) isClipSelector(sel string) bool {
	for i := range p.doc.Tags {
		class := p.attr(i, "class")
		if !hasClass(class, "clip") {
			continue
		}
		if id := p.attr(i, "id"); id != "" && sel == "#"+id || strings.HasPrefix(sel, ".") && hasClass(class, sel[1:]) {
			return true
		}
	}
	return false
}

// endless reports repeat: -1.
func (c *checker) endless(s *script) {
	t := &s.toks
	known := c.root != nil && !math.IsNaN(c.root.dur)
	for i := range t.list {
		if t.seq(i, "repeat", ":", "-") && t.text(i+3) == "1" {
			start, end := t.list[i].start, t.list[i+3].end
			hint := "give a number of repeats that fits"
			if !known {
				hint = "give the root a data-duration, or a number of repeats that fits"
			}
			c.reportAs(severityOf(!known), "check/endless-tween", s.File, start, end, "this tween never ends", hint)
		}
	}
}

// tooEarly reports a timeline that is registered before its tweens are added in a callback: a mounted composition's
// timeline is taken over once, while it is still empty.
func (c *checker) tooEarly(s *script) {
	t := &s.toks
	registered := -1
	for i := range t.list {
		if t.seq(i, "__timelines", "[") && t.assigned(t.matching(i+1)+1) && registered < 0 {
			registered = i
		}
		if registered < 0 || !t.seq(i, "document", ".", "fonts", ".", "ready") {
			continue
		}
		for _, tw := range s.tweens {
			if tw.at > i && tw.method != "set" {
				k := t.list[registered]
				c.report("check/early-timeline", s.File, k.start, k.end, "the timeline is registered before document.fonts.ready fills it: it may be taken over empty",
					"register it at the end of the callback")
				return
			}
		}
	}
}

// lateTweens reports tweens that are not over when their target's clip or their composition is: what they lead up to is
// never seen.
func (c *checker) lateTweens(k *comp) {
	for _, s := range k.page.scripts {
		name := s.timelineOf(k.id)
		for i := range s.tweens {
			tw := &s.tweens[i]
			if name == "" || tw.timeline != name || math.IsNaN(tw.pos) {
				continue
			}
			length, ok := tw.length(&s.toks)
			limit, what, clipped := c.targetEnd(k, tw.target)
			if !ok || math.IsNaN(limit) || tw.pos+length <= limit+0.25 || length > entrance && tw.pos < limit && !tw.reveals() {
				continue
			}
			hint := "start it earlier, make it shorter, or make the composition longer"
			if clipped {
				hint = "start it earlier, make it shorter, or let the clip stay"
			}
			c.report("check/late-motion", s.File, s.toks.list[tw.at].start, s.toks.list[min(tw.end, len(s.toks.list)-1)].end,
				fmt.Sprintf("this tween lasts until %s, %s until %s", seconds(tw.pos+length), what, seconds(limit)), hint)
		}
	}
}

// targetEnd returns when the last of the elements that a tween moves leaves the screen, and with what: the clip it lies
// in, else the composition.
func (c *checker) targetEnd(k *comp, target string) (end float64, name string, clipped bool) {
	end = math.NaN()
	for _, part := range strings.Split(target, ",") {
		sel := parseSelector(part)
		for _, i := range k.page.find(&sel) {
			clip := c.clipAround(k, i)
			if clip == nil {
				return k.limit(), k.name(), false
			}
			if !(clip.end() <= end) {
				end, name = clip.end(), clip.name()
			}
		}
	}
	if limit := k.limit(); !(end <= limit) && !(math.IsNaN(limit) && !math.IsNaN(end)) {
		return limit, k.name(), false
	}
	return end, name, true
}

// clipAround returns the innermost clip of a composition with a known window that is or holds tag i, nil if there is none.
func (c *checker) clipAround(k *comp, i int) *clip {
	for up := i; up >= 0 && up != k.tag; up = k.page.tag(up).Parent {
		if clip := c.clipAt[place{k.page, up}]; clip != nil && clip.in == k && clip.timed() {
			return clip
		}
	}
	return nil
}

// reveals reports whether a tween makes something appear or vanish.
func (tw *tween) reveals() bool {
	for _, name := range []string{"opacity", "autoAlpha", "clipPath", "clip-path"} {
		if _, ok := tw.props[name]; ok {
			return true
		}
	}
	return false
}

// length returns how long a tween lasts, if that is written out and the tween is to come to an end: repeats and even
// motion may run on for as long as they like.
func (tw *tween) length(t *tokens) (float64, bool) {
	for _, name := range []string{"repeat", "stagger", "yoyo", "keyframes"} {
		if _, ok := tw.props[name]; ok {
			return 0, false
		}
	}
	if e, ok := tw.props["ease"]; ok {
		if v, _ := t.str(e.key + 2); v == "none" || v == "linear" {
			return 0, false
		}
	}
	if t.is(tw.at+2, "{") || tw.method == "set" { // a tween of nothing only fills time
		return 0, false
	}
	d, ok := tw.props["duration"]
	if !ok {
		return 0, false // GSAP's default, which the timeline may change
	}
	return d.value, d.ok
}

// timelineOf returns the variable that a script registers as the timeline of a composition, if the script makes one
// timeline only.
func (s *script) timelineOf(id string) string {
	t := &s.toks
	name, made := "", 0
	for i := range t.list {
		if t.seq(i, "gsap", ".", "timeline", "(") {
			made++
		}
		if !t.is(i, "__timelines") {
			continue
		}
		at := -1
		if v, ok := t.str(i + 2); ok && t.is(i+1, "[") && v == id && t.assigned(i+4) {
			at = i + 5
		} else if t.is(i+1, ".") && t.is(i+2, id) && t.assigned(i+3) {
			at = i + 4
		}
		if at > 0 && t.kind(at) == tokIdent {
			name = t.text(at)
		}
	}
	if made != 1 {
		return ""
	}
	return name
}
