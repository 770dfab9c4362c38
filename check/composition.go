package check

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/hframes/hframes/source"
)

// checkComposition looks at what makes a page a composition.
func (c *checker) checkComposition(p *page) {
	if p.snippet {
		return
	}
	c.repeatedIDs(p)
	if p.entry {
		return
	}
	if p.root < 0 {
		if !p.mounted {
			c.report("check/no-composition", p.File, 0, 0, fmt.Sprintf("%q holds no composition", p.Name), "give its outermost element a data-composition-id, or move the file out of compositions/")
		}
		return
	}
	if p != c.entry && !c.sizedByHosts(p) { // a scene by itself gets its size from hosts that are not here
		c.checkSize(p, p.root)
	}
	c.outsideTemplate(p)
}

// repeatedIDs finds two elements of a page that declare one composition. Hosts of one file may share their id.
func (c *checker) repeatedIDs(p *page) {
	first := map[string]int{}
	for i := range p.doc.Tags {
		id := p.attr(i, "data-composition-id")
		if id == "" || !p.live[i] || p.isHost(i) || p.within(i, "template", p.template) {
			continue
		}
		if j, ok := first[id]; ok {
			c.atAttr("check/duplicate-composition", p, i, "data-composition-id",
				fmt.Sprintf("the composition id %q is already that of <%s> in line %d", id, p.tag(j).Name, p.Pos(p.tag(j).Start).Line),
				"keep it on the composition's root only")
			continue
		}
		first[id] = i
	}
}

// sizedByHosts reports whether every host of a page's root says how large it is, so that the root need not.
func (c *checker) sizedByHosts(p *page) bool {
	k := c.byTag[place{p, p.root}]
	if k == nil || len(k.hosts) == 0 || p.has(p.root, "data-width") || p.has(p.root, "data-height") {
		return false
	}
	for _, h := range k.hosts {
		if !c.has(h.place, "data-width") || !c.has(h.place, "data-height") {
			return false
		}
	}
	return true
}

// checkSize looks at the canvas that a root declares.
func (c *checker) checkSize(p *page, i int) {
	for _, attr := range []string{"data-width", "data-height"} {
		raw := p.attr(i, attr)
		v, ok := number(raw)
		switch {
		case isPlaceholder(raw):
		case raw == "":
			c.atTag("check/root-size", p, i, fmt.Sprintf("%s has no %s", p.label(i), attr), fmt.Sprintf(`write data-width="1920" data-height="1080", or the size you want`))
		case !ok || v <= 0 || v != math.Trunc(v):
			c.atAttr("check/root-size", p, i, attr, fmt.Sprintf("%q is no size in px", raw), "write a whole number above 0")
		case int(v)%2 != 0 && p.entry:
			c.atAttr("check/odd-size", p, i, attr, fmt.Sprintf("%s px is odd: H.264 video needs even sizes", raw), fmt.Sprintf("write %d", int(v)+1))
		case v > 4096 && p.entry:
			c.atAttr("check/large-canvas", p, i, attr, fmt.Sprintf("%s px: the official check looks at no more than 4096", raw), "a smaller canvas can be rendered at 4k too")
		}
	}
}

// outsideTemplate finds styles and scripts beside the template of a mounted file: only the template is used.
func (c *checker) outsideTemplate(p *page) {
	if p.template < 0 || !p.mounted {
		return
	}
	for i := range p.doc.Tags {
		t := p.tag(i)
		if p.live[i] || i == p.template || p.within(i, "template", -1) {
			continue
		}
		inline := t.Name == "style" || t.Name == "script" && p.attr(i, "src") == "" && isScriptType(p.attr(i, "type"))
		if inline && len(bytes.TrimSpace(p.doc.Content(t))) > 0 {
			c.atTag("check/outside-template", p, i, fmt.Sprintf("this <%s> stands outside the <template>: the film does without it", t.Name), "move it into the template")
		}
	}
}

// checkRoot looks at the entry page as a document and at its root.
func (c *checker) checkRoot() {
	p := c.entry
	if p.snippet || !p.entry {
		return
	}
	c.checkDocument(p)
	if p.root < 0 {
		if p.firstTemplate() >= 0 {
			return // said of the document
		}
		at := 0
		for i := range p.doc.Tags {
			if n := p.tag(i).Name; n == "body" {
				at = i
			}
		}
		msg, hint := "the entry page holds no composition", "give the outermost element in the body a data-composition-id, data-width and data-height"
		if len(p.doc.Tags) == 0 {
			c.report("check/no-root", p.File, 0, 0, msg, hint)
			return
		}
		c.atTag("check/no-root", p, at, msg, hint)
		return
	}
	if first := p.firstVisible(); first >= 0 && first < p.root {
		c.atTag("check/root-not-first", p, first, fmt.Sprintf("%s begins before the root %s: the official linter takes it for the root", p.label(first), p.label(p.root)), "make the root the first element of the body")
	}
	c.checkSize(p, p.root)
	c.checkDuration(p)
	if p.isHost(p.root) {
		c.atName("check/root-is-host", p, p.root, "data-composition-src", "the root mounts a file itself", "mount it from an element inside the root")
	}
}

// firstVisible returns the first element of the body that is no script, style or drawing to refer to, as the official
// linter picks the root; -1 if there is none.
func (p *page) firstVisible() int {
	skip := -1
	for i := range p.doc.Tags {
		t := p.tag(i)
		if skip >= 0 && t.Start < skip {
			continue
		}
		switch t.Name {
		case "html", "head", "body", "meta", "title", "link", "base":
			continue
		case "script", "style":
			skip = t.CloseEnd
			continue
		case "svg":
			if !p.has(i, "data-composition-id") {
				skip = t.CloseEnd
				continue
			}
		}
		return i
	}
	return -1
}

// checkDocument looks at what stands around the root.
func (c *checker) checkDocument(p *page) {
	text := strings.ToLower(string(bytes.TrimSpace(bytes.TrimPrefix(p.Data, []byte("\ufeff")))))
	if strings.HasPrefix(text, "<!--") && p.root >= 0 {
		at := bytes.Index(p.Data, []byte("<!--"))
		c.report("check/fragment", p.File, at, at+4, "the official linter takes a page that begins with a comment for a fragment", "put the comment below <!doctype html>")
	}
	for strings.HasPrefix(text, "<!--") {
		end := strings.Index(text, "-->")
		if end < 0 {
			break
		}
		text = strings.TrimSpace(text[end+3:])
	}
	if len(p.doc.Tags) == 0 {
		return
	}
	if i := p.firstTemplate(); i >= 0 && p.root < 0 {
		c.atTag("check/entry-template", p, i, "the entry page is wrapped in a <template>: nothing of it is shown", "only mounted files use a template")
	} else if !strings.HasPrefix(text, "<!doctype") && !strings.HasPrefix(text, "<html") && p.root >= 0 {
		c.atTag("check/fragment", p, 0, "the entry page is a fragment, not a document", "begin with <!doctype html><html><head>…</head><body>")
	}
	for i := range p.doc.Tags {
		if p.tag(i).Name != "html" {
			continue
		}
		if dir := strings.ToLower(p.attr(i, "dir")); dir == "rtl" || dir == "auto" {
			c.atAttr("check/html-dir", p, i, "dir", fmt.Sprintf("dir=%q on <html> gives a blank film on older renderers", dir), "set dir on the elements that hold text")
		}
	}
}

// checkDuration looks at where the length of the film comes from (contract §6).
func (c *checker) checkDuration(p *page) {
	if p.has(p.root, "data-duration") || p.has(p.root, "data-composition-duration") {
		return
	}
	uses := c.libraries()
	moves := c.animates()
	fixed := c.registered().some && c.buildsTimeline()
	severity, msg := source.Warning, ""
	switch {
	case moves.infinite && !fixed:
		severity, msg = source.Error, "the film's length is not known: it has an endless animation and no data-duration"
	case uses["three"] && !fixed:
		severity, msg = source.Error, "the film's length is not known: three.js does not tell it"
	case !fixed && !moves.any && !uses["lottie"] && !moves.script && !c.hasLength():
		severity, msg = source.Error, "the film has no length: no data-duration, no GSAP timeline, no clip with a length"
	case !fixed:
		msg = "the film's length is taken from its parts"
	default:
		return
	}
	start, end := p.attrSpan(p.root, "data-composition-id")
	c.reportAs(severity, "check/no-duration", p.File, start, end, msg, `write data-duration="…" in seconds on the root`)
}

// buildsTimeline reports whether some script builds a GSAP timeline, from which the renderer takes the length.
func (c *checker) buildsTimeline() bool {
	return c.anyCode(func(code []byte) bool {
		return bytes.Contains(code, []byte("gsap")) && bytes.Contains(code, []byte("timeline("))
	})
}

// hasLength reports whether some clip of the root says how long it is.
func (c *checker) hasLength() bool {
	if c.root == nil {
		return false
	}
	for _, k := range c.root.clips {
		if c.length(k) > 0 {
			return true
		}
	}
	return false
}
