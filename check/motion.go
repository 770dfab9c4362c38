package check

import (
	"fmt"
	"math"
	"strings"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/source"
)

// motions says what moves in a film without a timeline.
type motions struct {
	any      bool // a CSS animation
	infinite bool // one without end
	script   bool // element.animate
}

// animates looks for animations in every sheet, style attribute and script.
func (c *checker) animates() motions {
	var m motions
	read := func(decls []decl) {
		for _, a := range css.Animations(decls) {
			m.any = m.any || a.Name != "" || a.Dynamic
			m.infinite = m.infinite || math.IsInf(a.Iterations, 1)
		}
	}
	for _, p := range c.pages {
		for _, s := range p.sheets {
			for k := range s.rules {
				read(s.rules[k].decls)
			}
		}
		for i := range p.doc.Tags {
			read(p.inlineDecls(i))
		}
		for _, s := range p.scripts {
			for i := range s.toks.list {
				m.script = m.script || s.toks.seq(i, ".", "animate", "(")
			}
		}
	}
	return m
}

// entrance is the longest motion in seconds that is taken for one that must be seen to its end; longer ones drift,
// unless they make something appear or vanish.
const entrance = 3

// moving is what the rules that match one element say of its animations, in order.
type moving struct {
	decls []decl
	files []*source.File // of each declaration
	key   string         // the rules it comes from
}

// checkMotion finds motion that is not over when its clip or composition is.
func (c *checker) checkMotion() {
	for _, p := range c.pages {
		if p.mounted && !p.snippet {
			c.lateAnimations(p)
		}
	}
	for _, k := range c.comps {
		c.lateTweens(k)
	}
}

// lateAnimations follows the CSS animations of one page.
func (c *checker) lateAnimations(p *page) {
	found := map[int]*moving{}
	var order []int
	sheets := p.sheets
	if p != c.entry {
		sheets = append(append([]*sheet{}, c.entry.sheets...), p.sheets...)
	}
	for x, s := range sheets {
		for k := range s.rules {
			r := &s.rules[k]
			if !animates(r.decls) || r.off {
				continue
			}
			key := fmt.Sprintf("%d.%d ", x, k)
			for n := range r.selectors {
				for _, i := range p.find(r.parsed(n)) {
					if found[i] == nil {
						found[i] = &moving{}
						order = append(order, i)
					}
					found[i].add(s.File, r.decls, key)
				}
			}
		}
	}
	for i := range p.doc.Tags {
		decls := p.inlineDecls(i)
		if !p.live[i] || !animates(decls) {
			continue
		}
		if found[i] == nil {
			found[i] = &moving{}
			order = append(order, i)
		}
		found[i].add(p.File, decls, fmt.Sprintf("%d ", i))
	}
	read := map[string][]css.Animation{}
	for _, i := range order {
		m := found[i]
		list, ok := read[m.key]
		if !ok {
			list = css.Animations(m.decls)
			read[m.key] = list
		}
		for k := range list {
			c.lateAnimation(p, i, m, &list[k])
		}
	}
}

func animates(decls []decl) bool {
	for k := range decls {
		if strings.HasPrefix(decls[k].Property, "animation") {
			return true
		}
	}
	return false
}

func (m *moving) add(f *source.File, decls []decl, key string) {
	m.key += key
	for _, d := range decls {
		if strings.HasPrefix(d.Property, "animation") {
			m.decls = append(m.decls, d)
			m.files = append(m.files, f)
		}
	}
}

// lateAnimation reports an animation that outlives the window of its element. One that repeats, or that drifts for
// longer than an entrance, may run on.
func (c *checker) lateAnimation(p *page, i int, m *moving, a *css.Animation) {
	if a.Name == "" || a.Dynamic || a.Iterations != 1 || a.Duration <= 0 {
		return
	}
	length, delay := a.Duration.Seconds(), a.Delay.Seconds()
	window, name := c.window(p, i)
	if math.IsNaN(window) || delay+length <= window+frames || length > entrance && delay < window && !c.reveals(a.Name) {
		return
	}
	for k, d := range m.decls {
		if d == a.Decl {
			c.report("check/late-motion", m.files[k], d.Start, d.End, fmt.Sprintf("the animation of %s is over after %s, %s after %s",
				p.label(i), seconds(delay+length), name, seconds(window)), "start it earlier, make it shorter, or let the clip stay")
			return
		}
	}
}

// reveals reports whether keyframes make something appear or vanish.
func (c *checker) reveals(name string) bool {
	for _, p := range c.pages {
		for _, s := range p.sheets {
			for _, k := range s.frames {
				if k.name == name && (strings.Contains(k.body, "opacity:") || strings.Contains(k.body, "clip-path:")) {
					return true
				}
			}
		}
	}
	return false
}

// window returns how long tag i is on screen: as long as the clip it lies in, else its composition.
func (c *checker) window(p *page, i int) (float64, string) {
	comp := c.byTag[place{p, p.comp[i]}]
	if comp == nil {
		return math.NaN(), ""
	}
	for up := i; up >= 0 && up != comp.tag; up = p.tag(up).Parent {
		if k := c.clipAt[place{p, up}]; k != nil && k.in == comp && !math.IsNaN(k.dur) {
			return k.dur, k.name()
		}
	}
	return comp.limit(), comp.name()
}
