package check

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/source"
)

// checkAttributes finds attributes that nothing reads: misspelt, written twice, or on an element that cannot use them.
func (c *checker) checkAttributes(p *page) {
	for i := range p.doc.Tags {
		t := p.tag(i)
		for k := range t.Attrs {
			a := &t.Attrs[k]
			if first := t.Find(a.Name); first != a {
				c.report("check/duplicate-attribute", p.File, a.Start, a.End, fmt.Sprintf("%q is written twice: the first one counts", a.Name),
					"keep one of them")
				continue
			}
			c.unknownAttribute(p, a)
		}
		if p.live[i] {
			c.misplaced(p, i)
			c.legacy(p, i)
		}
	}
}

func (c *checker) unknownAttribute(p *page, a *markup.Attr) {
	if near, ok := misspelt(a.Name); ok && !c.mentions(a.Name) {
		hint := "HyperFrames keeps such names for itself; give your own attributes another one"
		if near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		c.report("check/unknown-attribute", p.File, a.Start, a.Start+len(a.Name), fmt.Sprintf("nothing reads the attribute %q", a.Name), hint)
	}
}

// misspelt reports whether an attribute looks like one of HyperFrames' but is none, and the nearest one. Authors' own
// data-* attributes stay free: the name must be one or two letters away, or lie in a family that HyperFrames owns.
func misspelt(name string) (near string, ok bool) {
	if len(name) < 8 || name[0] != 'd' && !strings.Contains(name, "data") {
		return "", false
	}
	for _, k := range knownAttributes {
		if k == name {
			return "", false
		}
	}
	for _, family := range ownedFamilies {
		if strings.HasPrefix(name, family) {
			if near = source.Nearest(name, knownAttributes); distance(name, near) > 3 {
				near = ""
			}
			return near, true
		}
	}
	near = source.Nearest(name, knownAttributes)
	if near == "" {
		return "", false
	}
	rest := strings.TrimPrefix(near, "data-")
	limit := 0
	switch {
	case len(rest) >= 8:
		limit = 2
	case len(rest) >= 5:
		limit = 1
	}
	return near, distance(name, near) <= limit
}

// distance returns the edits between two short names; a swap of neighbours is one, and so is "_" for "-".
func distance(a, b string) int {
	if strings.ReplaceAll(a, "_", "-") == b || strings.ReplaceAll(b, "-", "") == strings.ReplaceAll(a, "-", "") {
		return 0
	}
	two, one := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one = one, row
	}
	return one[len(b)]
}

// mentions reports whether a script or a style sheet of the project names an attribute: then it is the author's own.
// Scripts name it as it is written, or as dataset does.
func (c *checker) mentions(attr string) bool {
	found, known := c.mentioned[attr]
	if !known {
		name := camel(strings.TrimPrefix(attr, "data-"))
		found = c.anyCode(func(code []byte) bool {
			return hasWord(code, attr) || hasWord(code, name) && bytes.Contains(code, []byte("dataset"))
		})
		c.mentioned[attr] = found
	}
	return found
}

// hasWord reports whether code holds a name that is not part of a longer one.
func hasWord(code []byte, name string) bool {
	for at := 0; ; at++ {
		n := bytes.Index(code[at:], []byte(name))
		if n < 0 {
			return false
		}
		at += n
		end := at + len(name)
		if (at == 0 || !isName(code[at-1]) && code[at-1] != '-') && (end == len(code) || !isName(code[end]) && code[end] != '-') {
			return true
		}
	}
}

// anyCode reports whether test holds for some script or style sheet of the project.
func (c *checker) anyCode(test func([]byte) bool) bool {
	for _, p := range c.pages {
		for _, s := range p.scripts {
			if test(s.Data[s.from:s.to]) || s.local != nil && test(s.local.Data) {
				return true
			}
		}
		for _, s := range p.sheets {
			if test(s.text()) {
				return true
			}
		}
	}
	return false
}

// camel turns track-index into trackIndex, the name under dataset.
func camel(s string) string {
	parts := strings.Split(s, "-")
	for i := 1; i < len(parts); i++ {
		if parts[i] != "" {
			parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
		}
	}
	return strings.Join(parts, "")
}

// misplaced finds attributes on elements that cannot use them.
func (c *checker) misplaced(p *page, i int) {
	t := p.tag(i)
	isComp := p.comp[i] == i || p.isHost(i)
	wrong := func(attr, why, hint string) {
		a := t.Find(attr)
		if a == nil || c.mentions(attr) {
			return
		}
		c.reportAs(severityOf(attr == "data-color-grading"), "check/misplaced-attribute", p.File, a.Start, a.Start+len(attr),
			fmt.Sprintf("%q on <%s> does nothing: %s", attr, t.Name, why), hint)
	}
	if !isComp {
		wrong("data-variable-values", "only a composition takes values", "move it to the element with data-composition-src")
		wrong("data-no-timeline", "only a composition has a timeline", "move it to the element with data-composition-id")
	}
	if t.Name != "img" && t.Name != "video" {
		wrong("data-color-grading", "only <img> and <video> are graded", "move it to the picture itself")
	}
	if t.Name != "img" && t.Name != "video" && t.Name != "audio" && t.Name != "source" {
		wrong("data-var-src", "it sets the src of a picture, a video or a sound", "move it to the <img>, <video> or <audio>")
	}
}

// legacy finds the attributes that the contract has replaced; the official linter rejects them.
func (c *checker) legacy(p *page, i int) {
	if p.has(i, "data-layer") {
		c.atName("check/legacy-attribute", p, i, "data-layer", `"data-layer" is no longer read`, `write "data-track-index"`)
	}
	raw := p.attr(i, "data-end")
	if raw == "" || isPlaceholder(raw) {
		return
	}
	end, _ := number(raw)
	start, _ := number(p.attr(i, "data-start"))
	dur, ok := number(p.attr(i, "data-duration"))
	switch {
	case !ok:
		hint := `write "data-duration"`
		if end > start {
			hint = fmt.Sprintf(`write data-duration="%s"`, plain(end-start))
		}
		c.atName("check/legacy-attribute", p, i, "data-end", `"data-end" does not set a length`, hint)
	case end-start-dur > 1e-9 || start+dur-end > 1e-9:
		c.atAttr("check/legacy-attribute", p, i, "data-end", fmt.Sprintf("\"data-end\" says %s, data-start and data-duration say %s",
			seconds(end), seconds(start+dur)), `remove "data-end"`)
	}
}

// atName reports at the name of an attribute of tag i.
func (c *checker) atName(code string, p *page, i int, attr, msg, hint string) {
	a := p.tag(i).Find(attr)
	if a == nil {
		c.atTag(code, p, i, msg, hint)
		return
	}
	c.report(code, p.File, a.Start, a.Start+len(a.Name), msg, hint)
}
