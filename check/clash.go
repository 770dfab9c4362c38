package check

import (
	"fmt"
	"strings"
)

// A look is what a page's CSS says of one property: by selector as written, and by the tags that it matches.
type look struct {
	bySelector map[string]styled
	byTag      map[int]styled
}

// A styled value is one value of a look.
type styled struct {
	value string
	zero  bool // 0, or hidden
}

// checkTweens compares the tweens of a page with its CSS: one that ends where CSS hides, one that hides too late.
func (c *checker) checkTweens(p *page) {
	if p.snippet {
		return
	}
	var opacity, hidden *look
	for _, s := range p.scripts {
		if len(s.tweens) == 0 {
			continue
		}
		if opacity == nil {
			opacity, hidden = p.look("opacity"), p.look("opacity", "visibility")
		}
		for i := range s.tweens {
			tw := &s.tweens[i]
			if tw.target != "" {
				c.fromHidden(p, s, tw, opacity, hidden)
				c.lateHide(p, s, tw, hidden)
			}
		}
	}
}

// look reads what the page's CSS and style attributes say of a property.
func (p *page) look(names ...string) *look {
	l := &look{map[string]styled{}, map[int]styled{}}
	of := func(d *decl) (styled, bool) {
		for _, n := range names {
			if d.Property == n {
				v, ok := number(d.Value)
				return styled{d.Value, ok && v == 0 || d.Value == "hidden"}, true
			}
		}
		return styled{}, false
	}
	for _, s := range p.sheets {
		for k := range s.rules {
			for j := range s.rules[k].decls {
				v, ok := of(&s.rules[k].decls[j])
				if !ok {
					continue
				}
				for n, sel := range s.rules[k].selectors {
					l.bySelector[sel.text] = v
					for _, i := range p.find(s.rules[k].parsed(n)) {
						l.byTag[i] = v
					}
				}
			}
		}
	}
	for i := range p.doc.Tags {
		for _, d := range p.inlineDecls(i) {
			if v, ok := of(&d); ok {
				l.byTag[i] = v
			}
		}
	}
	return l
}

// at returns what is said of the elements that a tween's target means.
func (l *look) at(p *page, target string) (styled, bool) {
	if v, ok := l.bySelector[target]; ok {
		return v, true
	}
	for _, part := range strings.Split(target, ",") {
		sel := parseSelector(part)
		for _, i := range p.find(&sel) {
			if v, ok := l.byTag[i]; ok {
				return v, true
			}
		}
	}
	return styled{}, false
}

// fromHidden reports a from() that begins at opacity 0 and ends at what CSS says, which is hidden as well. autoAlpha
// makes visible what visibility hides, so that it ends hidden at an opacity of 0 only.
func (c *checker) fromHidden(p *page, s *script, tw *tween, opacity, hidden *look) {
	if tw.method != "from" {
		return
	}
	for name, said := range map[string]*look{"opacity": hidden, "autoAlpha": opacity} {
		css, _ := said.at(p, tw.target)
		if pr, ok := tw.props[name]; !ok || !pr.ok || pr.value != 0 || !css.zero {
			continue
		}
		shown := p.shownBy(tw)
		effect := fmt.Sprintf("%q never appears", tw.target)
		if shown {
			effect = fmt.Sprintf("it shows nothing of %q", tw.target)
		}
		k := s.toks.list[tw.props[name].key]
		c.reportAs(severityOf(!shown), "check/from-hidden", s.File, k.start, k.end, "this from() ends at what CSS says, which is hidden: "+effect,
			"use fromTo, or take the opacity out of the CSS")
	}
}

// shownBy reports whether another tween of the same target may show it.
func (p *page) shownBy(tw *tween) bool {
	for _, s := range p.scripts {
		for i := range s.tweens {
			if other := &s.tweens[i]; other != tw && other.target == tw.target && other.method != "from" && other.fades(false) {
				return true
			}
		}
	}
	return false
}

// fades reports whether a tween sets the opacity to 0 or, if hide is false, to anything else.
func (tw *tween) fades(hide bool) bool {
	for _, name := range []string{"opacity", "autoAlpha"} {
		if pr, ok := tw.props[name]; ok && (pr.ok && pr.value == 0) == hide {
			return true
		}
	}
	return false
}

// lateHide reports a set() at 0 that hides something: it has no effect on the very first frame.
func (c *checker) lateHide(p *page, s *script, tw *tween, said *look) {
	if tw.method != "set" || tw.timeline == "gsap" || tw.pos != 0 {
		return
	}
	if css, _ := said.at(p, tw.target); css.zero || p.hiddenBefore(s, tw) {
		return
	}
	for _, name := range []string{"opacity", "autoAlpha"} {
		if pr, ok := tw.props[name]; ok && pr.ok && pr.value == 0 {
			k := s.toks.list[pr.key]
			c.report("check/late-hide", s.File, k.start, k.end, fmt.Sprintf("a set() at 0 does not reach the first frame: it shows %q", tw.target),
				"hide it in CSS, or with gsap.set before the timeline")
		}
	}
}

// hiddenBefore reports whether gsap.set hides the target of a tween of script s before the tween is made.
func (p *page) hiddenBefore(s *script, tw *tween) bool {
	for _, other := range p.scripts {
		for i := range other.tweens {
			o := &other.tweens[i]
			if other == s && o.at >= tw.at {
				return false
			}
			if o.timeline == "gsap" && o.method == "set" && o.target == tw.target && o.fades(true) {
				return true
			}
		}
		if other == s {
			return false
		}
	}
	return false
}
