package check

import (
	"bytes"
	"path"
	"sort"
	"strings"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/source"
)

// A page is one HTML file of the project.
type page struct {
	*source.File
	doc     *markup.Doc
	entry   bool // the page the film starts from
	mounted bool // reached from the entry page
	snippet bool // a fragment to paste (data-hf-snippet), or an entry page that holds no composition

	root     int    // index of the composition's root tag; -1 if there is none
	template int    // index of the <template> whose content is used; -1 if the body is
	live     []bool // by tag: part of what is shown, not of a template that nothing uses
	comp     []int  // by tag: index of the nearest composition at or above it; -1 if there is none
	words    []bool // by tag: has text of its own

	scripts []*script
	sheets  []*sheet // <style> elements, linked files and what they import, in order of the cascade

	imported map[*sheet]bool // sheets that came by @import only

	inline map[int][]decl   // style attributes by tag; see inlineDecls
	index  map[string][]int // tags by "#id", ".class", name and "*"; see find
	order  *order           // of siblings; see family
	steps  int              // taken in the current match; see selector
}

// newPage takes a page apart. The content that counts is that of the first template with a composition in it, else the
// body (contract §3); inline templates named "<composition id>-template" count too.
func newPage(name string, data []byte, entry bool) *page {
	p := &page{File: source.NewFile(name, data), doc: markup.Parse(data), entry: entry, root: -1, template: -1, inline: map[int][]decl{}, imported: map[*sheet]bool{}}
	n := len(p.doc.Tags)
	p.live, p.comp, p.words = make([]bool, n), make([]int, n), make([]bool, n)
	if !entry {
		p.template = p.firstTemplate()
	}
	for i := range p.doc.Tags {
		p.place(i)
	}
	p.root = p.findRoot()
	for _, t := range p.doc.Texts {
		if t.Parent >= 0 && len(bytes.TrimSpace(data[t.Start:t.End])) > 0 {
			p.words[t.Parent] = true
		}
	}
	p.snippet = p.isSnippet()
	return p
}

// place fills what is known of tag i once its parent is known.
func (p *page) place(i int) {
	t := &p.doc.Tags[i]
	p.comp[i] = -1
	above := p.template < 0
	if t.Parent >= 0 {
		p.comp[i] = p.comp[t.Parent]
		above = p.live[t.Parent]
		if t.Parent == p.template {
			above = true
		}
		if parent := &p.doc.Tags[t.Parent]; parent.Name == "template" && t.Parent != p.template {
			id, _ := parent.Attr("id")
			above = strings.HasSuffix(id, "-template")
		}
	}
	p.live[i] = above
	if _, ok := t.Attr("data-composition-id"); ok && above && t.Name != "meta" && t.Name != "html" {
		p.comp[i] = i
	}
}

func (p *page) firstTemplate() int {
	for i := range p.doc.Tags {
		if t := &p.doc.Tags[i]; t.Name == "template" && bytes.Contains(p.doc.Content(t), []byte("data-composition-id")) {
			return i
		}
	}
	return -1
}

// findRoot picks the root as the runtime does: data-root="true", else the first composition that is in no other.
func (p *page) findRoot() int {
	first := -1
	for i := range p.doc.Tags {
		if p.comp[i] != i {
			continue
		}
		if v, _ := p.doc.Tags[i].Attr("data-root"); v == "true" {
			return i
		}
		if first < 0 && !p.within(i, "template", p.template) {
			first = i
		}
	}
	return first
}

// within reports whether tag i lies inside an element of that name other than except.
func (p *page) within(i int, name string, except int) bool {
	for up := p.doc.Tags[i].Parent; up >= 0; up = p.doc.Tags[up].Parent {
		if p.doc.Tags[up].Name == name && up != except {
			return true
		}
	}
	return false
}

// isSnippet reports whether the page is a component to paste: its first element is marked as one, or it is no index
// page, no document and no composition.
func (p *page) isSnippet() bool {
	if p.entry && p.root < 0 && path.Base(p.Name) != "index.html" && !bytes.Contains(p.Data, []byte("data-composition-id")) {
		return true
	}
	for i := range p.doc.Tags {
		t := &p.doc.Tags[i]
		if t.Find("data-hf-snippet") != nil {
			return true
		}
		switch t.Name {
		case "html", "head", "meta", "title", "link", "style", "script", "body", "template":
			continue
		}
		return false
	}
	return false
}

// tag returns tag i.
func (p *page) tag(i int) *markup.Tag { return &p.doc.Tags[i] }

// attr returns the trimmed value of an attribute of tag i, "" if it is absent.
func (p *page) attr(i int, name string) string {
	v, _ := p.doc.Tags[i].Attr(name)
	return strings.TrimSpace(v)
}

// has reports whether tag i carries an attribute, with or without a value.
func (p *page) has(i int, name string) bool { return p.doc.Tags[i].Find(name) != nil }

// isHost reports whether tag i mounts a file.
func (p *page) isHost(i int) bool { return p.has(i, "data-composition-src") }

// isTimed reports whether tag i is shown for a part of the film only (contract §4).
func (p *page) isTimed(i int) bool { return p.has(i, "data-start") }

// inside reports whether tag i is an element of tag outer, at any depth.
func (p *page) inside(i, outer int) bool {
	for up := p.doc.Tags[i].Parent; up >= 0; up = p.doc.Tags[up].Parent {
		if up == outer {
			return true
		}
	}
	return false
}

// last returns the index just past the last tag inside tag i.
func (p *page) last(i int) int {
	end := p.doc.Tags[i].CloseEnd
	rest := p.doc.Tags[i+1:]
	return i + 1 + sort.Search(len(rest), func(j int) bool { return rest[j].Start >= end })
}

// isRawText reports whether an element's content is never shown as text.
func isRawText(name string) bool {
	switch name {
	case "script", "style", "title", "template", "noscript", "head", "meta", "link":
		return true
	}
	return false
}

// label names tag i for a message: <div id="x">.
func (p *page) label(i int) string {
	t := p.tag(i)
	if id := p.attr(i, "id"); id != "" {
		return "<" + t.Name + ` id="` + id + `">`
	}
	if id := p.attr(i, "data-composition-id"); id != "" {
		return "<" + t.Name + ` data-composition-id="` + id + `">`
	}
	return "<" + t.Name + ">"
}

// atTag reports at the start tag of tag i, from "<" to the end of its name.
func (c *checker) atTag(code string, p *page, i int, msg, hint string) {
	t := p.tag(i)
	c.report(code, p.File, t.Start, t.Start+1+len(t.Name), msg, hint)
}

// atAttr reports at an attribute of tag i: at its value if it has one, else at its name, else at the tag.
func (c *checker) atAttr(code string, p *page, i int, name, msg, hint string) {
	start, end := p.attrSpan(i, name)
	c.report(code, p.File, start, end, msg, hint)
}

// attrSpan returns the place of an attribute's value, of the attribute if it has none, or of the tag's name.
func (p *page) attrSpan(i int, name string) (start, end int) {
	t := p.tag(i)
	a := t.Find(name)
	switch {
	case a == nil:
		return t.Start, t.Start + 1 + len(t.Name)
	case a.ValStart == a.ValEnd:
		return a.Start, a.End
	}
	return a.ValStart, a.ValEnd
}
