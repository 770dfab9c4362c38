package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/source"
)

// checkStyles looks at the CSS of a page: its <style> elements, its linked files, its style attributes.
func (c *checker) checkStyles(p *page) {
	for _, s := range p.sheets {
		if s.file && c.sheetDone(s) {
			continue
		}
		for _, f := range s.faults {
			c.report("check/css-syntax", s.File, f.start, f.end, f.msg, f.hint)
			if strings.HasPrefix(f.code, "unclosed") || strings.HasPrefix(f.code, "stray") {
				break // what follows may follow from it
			}
		}
		for _, r := range s.refs {
			c.checkReference(p, s.File, s.Name, r.URL, r.Start, r.End, source.Error)
		}
		for k := range s.rules {
			c.checkRule(p, s, &s.rules[k])
		}
		for _, f := range s.faces {
			c.checkFace(s, &f)
		}
	}
	for i := range p.doc.Tags {
		for _, d := range p.inlineDecls(i) {
			c.checkTransition(p.File, &d)
			for _, r := range refs(p.Data[d.ValStart:d.ValEnd], d.ValStart) {
				c.checkReference(p, p.File, p.Name, r.URL, r.Start, r.End, source.Error)
			}
		}
	}
	if !p.entry && p.root >= 0 {
		c.classOnRoot(p)
	}
}

// sheetDone reports whether a file that several pages link to has been looked at.
func (c *checker) sheetDone(s *sheet) bool {
	if c.done[s] {
		return true
	}
	c.done[s] = true
	return false
}

var repeatedHash = regexp.MustCompile(`#([\w-]+)(?:[^,]*\s|\s)#([\w-]+)`)

func (c *checker) checkRule(p *page, s *sheet, r *rule) {
	for _, sel := range r.selectors {
		if m := repeatedHash.FindStringSubmatch(sel.text); m != nil && m[1] == m[2] {
			c.report("check/dead-selector", s.File, sel.start, sel.end, fmt.Sprintf("%q looks for #%s inside #%s, but an id is there once", sel.text, m[1], m[1]), fmt.Sprintf("write #%s once", m[1]))
		}
		if splitSelector.MatchString(sel.text) {
			c.report("check/split-selector", s.File, sel.start, sel.end, "two attributes in one pair of brackets are no valid selector", "give each attribute its own brackets")
		}
		c.foreignScope(p, s, sel)
	}
	for k := range r.decls {
		c.checkTransition(s.File, &r.decls[k])
		c.checkZoom(p, s, r, &r.decls[k])
	}
}

var scopeID = regexp.MustCompile(`\[data-composition-id=["']?([^"'\]]+)["']?\]`)

// foreignScope reports a selector for a composition that the film does not have.
func (c *checker) foreignScope(p *page, s *sheet, sel cssText) {
	if !strings.Contains(sel.text, "data-composition-id") {
		return
	}
	for _, m := range scopeID.FindAllStringSubmatch(sel.text, -1) {
		if !c.hasComposition(m[1]) {
			c.reportAs(source.Warning, "check/dead-selector", s.File, sel.start, sel.end, fmt.Sprintf("no composition is called %q: this rule matches nothing", m[1]), nearestComposition(c, m[1]))
		}
	}
}

func nearestComposition(c *checker, id string) string {
	var known []string
	for _, p := range c.pages {
		for i := range p.doc.Tags {
			if v := p.attr(i, "data-composition-id"); v != "" {
				known = append(known, v)
			}
		}
	}
	if near := nearest(id, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

func (c *checker) hasComposition(id string) bool {
	for _, p := range c.pages {
		for i := range p.doc.Tags {
			if p.attr(i, "data-composition-id") == id {
				return true
			}
		}
	}
	return false
}

func (c *checker) checkTransition(f *source.File, d *decl) {
	if (d.Property == "transition" || d.Property == "transition-duration") && transits(d.Value) {
		c.report("check/transition", f, d.Start, d.End, "a CSS transition runs on the clock of the machine: a render may catch it anywhere", "use @keyframes, or the timeline")
	}
}

// transits reports whether a transition takes time.
func transits(value string) bool {
	for _, w := range css.Words(value) {
		if t, ok := css.Time(w.Text); ok && t > 0 {
			return true
		}
	}
	return false
}

func (c *checker) checkFace(s *sheet, face *fontFace) {
	family, src := false, false
	for _, d := range face.decls {
		family = family || d.Property == "font-family"
		src = src || d.Property == "src"
	}
	if !family || !src {
		c.report("check/css-syntax", s.File, face.start, face.end, "a @font-face needs font-family and src", "")
	}
}

// checkZoom reports zoom on the canvas, which gives it another size than the render expects.
func (c *checker) checkZoom(p *page, s *sheet, r *rule, d *decl) {
	if d.Property != "zoom" || d.Value == "1" || d.Value == "100%" || d.Value == "normal" {
		return
	}
	for n := range r.selectors {
		for _, i := range p.find(r.parsed(n)) {
			if n := p.tag(i).Name; n == "html" || n == "body" || i == p.root {
				c.report("check/root-zoom", s.File, d.Start, d.End, fmt.Sprintf("zoom on <%s> changes the size of the canvas", n), "set data-width and data-height, or scale an element inside")
				return
			}
		}
	}
}

// classOnRoot reports rules of a mounted page that begin with a class of its root: they are put under the composition,
// where the root is no longer found (contract §3).
func (c *checker) classOnRoot(p *page) {
	classes := strings.Fields(p.attr(p.root, "class"))
	if len(classes) == 0 {
		return
	}
	for _, s := range p.sheets {
		for k := range s.rules {
			if s.rules[k].nested {
				continue
			}
			for _, sel := range s.rules[k].selectors {
				first := strings.FieldsFunc(sel.text, func(r rune) bool { return strings.ContainsRune(" >+~\t\n", r) })
				if len(first) == 0 {
					continue
				}
				for _, class := range classes {
					if part, _, ok := parseCompound(first[0]); ok && contains(part.classes, class) {
						c.report("check/root-class", s.File, sel.start, sel.end, fmt.Sprintf("%q is looked for inside the composition, but .%s is its root: the rule is lost", sel.text, class),
							rootHint(p))
						break
					}
				}
			}
		}
	}
}

func rootHint(p *page) string {
	if id := p.attr(p.root, "id"); id != "" {
		return fmt.Sprintf("style the root as #%s", id)
	}
	return "give the root an id and style it by that"
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
