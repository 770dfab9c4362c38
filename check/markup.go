package check

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/source"
)

// checkMarkup finds tags that a browser reads otherwise than they look: unclosed, stray, broken, self-closed; and
// comments of another language that end up on screen.
func (c *checker) checkMarkup(p *page) {
	closed := map[string]bool{} // names for which a self-closed tag has been reported: what follows from it is not
	for i := range p.doc.Tags {
		t := p.tag(i)
		if t.SelfClosing && !markup.Void(t.Name) && t.Name != "svg" && t.Name != "math" && !p.within(i, "svg", -1) && !p.within(i, "math", -1) {
			c.selfClosing(p, t)
			closed[t.Name] = true
		}
		if swallowed := c.brokenTag(p, t); swallowed != "" {
			closed[swallowed] = true
		}
	}
	for i := range p.doc.Tags {
		if t := p.tag(i); t.Close < 0 && !closed[t.Name] {
			c.unclosed(p, i)
		}
	}
	for _, e := range p.doc.Stray {
		if closed[e.Name] || markup.Void(e.Name) && e.Name != "br" {
			continue
		}
		c.report("check/stray-tag", p.File, e.Start, e.End, fmt.Sprintf("</%s> closes nothing", e.Name),
			fmt.Sprintf("remove it, or add the <%s> it belongs to", e.Name))
	}
	c.visibleComments(p)
}

func (c *checker) selfClosing(p *page, t *markup.Tag) {
	severity := source.Warning
	if swallows(t.Name) {
		severity = source.Error
	}
	c.reportAs(severity, "check/self-closing", p.File, t.Start, t.End,
		fmt.Sprintf("<%s/> does not close: HTML reads it as <%s> and puts what follows inside", t.Name, t.Name),
		fmt.Sprintf("write <%s …></%s>", t.Name, t.Name))
}

// swallows reports whether what follows an unclosed element of that name is not shown.
func swallows(name string) bool {
	switch name {
	case "video", "audio", "iframe", "script", "style", "title", "textarea", "template", "canvas", "object", "noscript":
		return true
	}
	return false
}

// brokenTag finds a tag without its ">", which takes the next tag's "<" for an attribute, and a quote in the wrong
// place. It returns the name of the tag that was swallowed.
func (c *checker) brokenTag(p *page, t *markup.Tag) (swallowed string) {
	for _, a := range t.Attrs {
		name := string(p.Data[a.Start:min(a.End, a.Start+len(a.Name))])
		switch {
		case strings.Contains(name, "<"):
			at := a.Start + strings.Index(name, "<")
			c.report("check/broken-tag", p.File, at, a.End, fmt.Sprintf(`"<" inside the tag <%s>: its ">" is missing`, t.Name),
				fmt.Sprintf(`close <%s> with ">" before this`, t.Name))
			return strings.ToLower(strings.TrimLeft(name[strings.Index(name, "<"):], "<"))
		case strings.ContainsAny(name, `"'`):
			c.report("check/broken-tag", p.File, a.Start, a.End, fmt.Sprintf("stray quote in the tag <%s>", t.Name),
				"a quote inside a value must be &quot; or of the other kind")
			return ""
		}
	}
	return ""
}

// unclosed reports an element without its end tag, but for those whose end tag HTML lets an author leave out.
func (c *checker) unclosed(p *page, i int) {
	t := p.tag(i)
	if markup.Void(t.Name) || t.SelfClosing || optionalEnd(t.Name) {
		return
	}
	severity := source.Warning
	if swallows(t.Name) {
		severity = source.Error
	}
	c.reportAs(severity, "check/unclosed-tag", p.File, t.Start, t.Start+1+len(t.Name), fmt.Sprintf("<%s> is never closed", t.Name),
		fmt.Sprintf("add </%s>", t.Name))
}

// optionalEnd reports whether HTML lets the end tag of an element be left out.
func optionalEnd(name string) bool {
	switch name {
	case "html", "head", "body", "p", "li", "dt", "dd", "option", "optgroup", "rt", "rp", "tr", "td", "th", "thead",
		"tbody", "tfoot", "colgroup", "caption":
		return true
	}
	return false
}

// visibleComments finds /* … */ between tags, which HTML shows as text.
func (c *checker) visibleComments(p *page) {
	for _, t := range p.doc.Texts {
		text := p.Data[t.Start:t.End]
		at := bytes.Index(text, []byte("/*"))
		if at < 0 || !bytes.Contains(text[at:], []byte("*/")) || p.showsCode(t.Parent) {
			continue
		}
		end := at + bytes.Index(text[at:], []byte("*/")) + 2
		c.report("check/visible-comment", p.File, t.Start+at, t.Start+end, "/* … */ is no comment in HTML: it is shown as text",
			"write <!-- … -->")
	}
}

// showsCode reports whether text inside tag i is not shown, or is shown as it is on purpose.
func (p *page) showsCode(i int) bool {
	for ; i >= 0; i = p.tag(i).Parent {
		switch n := p.tag(i).Name; n {
		case "pre", "code", "textarea", "text", "samp", "kbd":
			return true
		case "script", "style", "title", "noscript":
			return true
		}
	}
	return false
}
