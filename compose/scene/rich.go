package scene

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/hframes/hframes/source"
)

// A richBuilder joins inline nodes into as few spans as there can be.
type richBuilder struct {
	c      *chunk
	out    Rich
	html   strings.Builder
	text   strings.Builder
	start  int  // offset of the open piece
	open   bool // a piece is open
	raw    span // text that is not written yet, still escaped as in the file
	hasRaw bool
	soft   bool // a line has ended
	last   rune // the last character that was written as text
	reach  int  // end of what has been written
	inLink bool
	inCell bool
}

// rich returns the inline content of a block.
func (c *chunk) rich(block ast.Node) Rich {
	b := richBuilder{c: c}
	b.inCell = block.Kind() == extast.KindTableCell
	b.children(block)
	return b.finish()
}

// richFrom returns the inline content of a block from one node on.
func (c *chunk) richFrom(first ast.Node) Rich {
	b := richBuilder{c: c}
	for n := first; n != nil; n = n.NextSibling() {
		b.node(n)
	}
	return b.finish()
}

func (b *richBuilder) children(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Type() == ast.TypeInline {
			b.node(n)
		}
	}
}

// finish returns what was written, without the spaces at its end that comments and attributes have left.
func (b *richBuilder) finish() Rich {
	b.close()
	if n := len(b.out) - 1; n >= 0 {
		last := &b.out[n]
		for strings.HasSuffix(last.HTML, " ") && strings.HasSuffix(last.Text, " ") {
			last.HTML, last.Text = last.HTML[:len(last.HTML)-1], last.Text[:len(last.Text)-1]
		}
		if *last == (Span{Pos: last.Pos}) {
			b.out = b.out[:n]
		}
	}
	return b.out
}

// close ends the open piece.
func (b *richBuilder) close() {
	b.flush()
	if b.open {
		b.out = append(b.out, Span{HTML: b.html.String(), Text: b.text.String(), Pos: b.c.pos(b.start)})
		b.html.Reset()
		b.text.Reset()
		b.open = false
	}
}

// begin opens a piece at an offset unless one is open.
func (b *richBuilder) begin(at int) {
	if !b.open {
		b.open, b.start = true, at
	}
}

// markup writes HTML that shows nothing by itself.
func (b *richBuilder) markup(at int, html string) {
	b.flush()
	b.breakLine(at, 0)
	b.begin(at)
	b.html.WriteString(html)
}

// breakLine writes the end of a line as a space, unless both neighbours are of a script that has none.
func (b *richBuilder) breakLine(at int, next rune) {
	if !b.soft {
		return
	}
	b.soft = false
	if isIdeograph(b.last) && isIdeograph(next) {
		return
	}
	b.begin(at)
	b.html.WriteByte('\n')
	b.text.WriteByte(' ')
}

// literal writes text as it is.
func (b *richBuilder) literal(at int, s string) {
	b.flush()
	if s == "" {
		return
	}
	b.breakLine(at, firstRune(s))
	b.begin(at)
	b.html.WriteString(escape(s))
	b.text.WriteString(s)
	b.last = lastRune(s)
}

// source writes a range of the file that may hold escapes. Neighbouring ranges are joined, so that an address is
// found in one piece.
func (b *richBuilder) source(s span) {
	if s.empty() {
		return
	}
	b.reach = s.end
	if b.hasRaw && b.raw.end == s.start && !b.soft {
		b.raw.end = s.end
		return
	}
	b.flush()
	b.raw, b.hasRaw = s, true
}

func (b *richBuilder) flush() {
	if !b.hasRaw {
		return
	}
	b.hasRaw = false
	if !b.open && len(b.out) == 0 {
		b.raw.start = min(skipBlanks(b.c.src, b.raw.start), b.raw.end) // what a comment has left
	}
	raw := b.c.src[b.raw.start:b.raw.end]
	at := b.raw.start
	if b.inLink {
		b.literal(at, string(b.c.unescape(raw)))
		return
	}
	for from := 0; ; {
		start, end := findAddress(raw, from)
		if start < 0 {
			b.literal(at+from, string(b.c.unescape(raw[from:])))
			return
		}
		b.literal(at+from, string(b.c.unescape(raw[from:start])))
		text := string(b.c.unescape(raw[start:end]))
		href := text
		if strings.HasPrefix(href, "www.") {
			href = "http://" + href
		}
		b.markup(at+start, `<a href="`+escape(href)+`">`)
		b.literal(at+start, text)
		b.markup(at+end, "</a>")
		from = end
	}
}

func (b *richBuilder) node(n ast.Node) {
	at := max(n.Pos(), 0)
	switch n := n.(type) {
	case *ast.Text:
		b.source(span{n.Segment.Start, n.Segment.Stop})
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.endLine(n.Segment.Stop, n.HardLineBreak())
		}
	case *ast.CodeSpan:
		b.markup(at, "<code>")
		b.codeSpan(n)
		b.markup(at, "</code>")
	case *ast.Emphasis:
		b.wrap(n, at, [...]string{"em", "strong"}[min(n.Level, 2)-1])
	case *extast.Strikethrough:
		b.wrap(n, at, "del")
	case *ast.AutoLink:
		b.autoLink(n, at)
	case *ast.RawHTML:
		b.rawHTML(n, at)
	case *nameNode:
		b.source(n.at)
	case *varNode:
		b.variable(n)
	case *spanNode:
		b.span(n)
	case *cueNode, *hiddenNode, *extast.TaskCheckBox:
	default:
		b.children(n)
	}
}

func (b *richBuilder) endLine(at int, hard bool) {
	b.flush()
	b.soft = !hard
	if hard {
		b.begin(at)
		b.html.WriteString("<br>\n")
		b.text.WriteByte('\n')
	}
}

func (b *richBuilder) wrap(n ast.Node, at int, tag string) {
	b.markup(at, "<"+tag+">")
	b.children(n)
	b.markup(max(at, b.reach), "</"+tag+">")
}

func (b *richBuilder) codeSpan(n *ast.CodeSpan) {
	var text []byte
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		if t, ok := child.(*ast.Text); ok {
			text = append(text, t.Segment.Value(b.c.src)...)
		}
	}
	text = bytes.ReplaceAll(text, []byte("\n"), []byte(" "))
	if b.inCell {
		text = bytes.ReplaceAll(text, []byte(`\|`), []byte("|"))
	}
	b.literal(max(n.Pos(), 0), string(visible(text)))
}

func (b *richBuilder) autoLink(n *ast.AutoLink, at int) {
	href := string(n.URL(b.c.src))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(href), "mailto:") {
		href = "mailto:" + href
	}
	open := !b.inLink && b.c.safeLink(href, span{at, at + len(href)})
	if open {
		b.markup(at, `<a href="`+escape(href)+`">`)
	}
	b.literal(at, string(visible(n.Label(b.c.src))))
	if open {
		b.markup(at, "</a>")
	}
}

func (b *richBuilder) rawHTML(n *ast.RawHTML, at int) {
	raw := n.Segments.Value(b.c.src)
	if bytes.HasPrefix(raw, commentOpen) {
		return
	}
	b.c.scripts(raw, at)
	s := string(visible(raw))
	b.markup(at, b.c.expandHTML(s, span{at, at + len(raw)}))
	if hasFold(raw, "<br") && len(raw) < 8 {
		b.text.WriteByte('\n')
	}
}

func (b *richBuilder) variable(n *varNode) {
	if n.path == "" {
		b.source(n.at)
		return
	}
	b.flush()
	b.breakLine(n.at.start, 0)
	b.close()
	b.out = append(b.out, Span{Var: n.path, Pos: b.c.pos(n.at.start)})
	b.last, b.reach = 0, n.at.end
}

// span writes a span, a link, an image or an inline directive.
func (b *richBuilder) span(n *spanNode) {
	at := n.Pos()
	defer func() { b.reach = n.end }()
	switch {
	case n.name != "":
		b.directive(n)
	case n.image != nil:
		b.image(n)
	case n.link != nil:
		b.link(n)
	default:
		b.markup(at, "<span"+b.c.inlineAttrs(n.attrs, "a span")+">")
		b.children(n)
		b.markup(n.end, "</span>")
	}
}

func (b *richBuilder) directive(n *spanNode) {
	b.flush()
	b.breakLine(n.Pos(), 0)
	b.close()
	label := richBuilder{c: b.c, inLink: b.inLink, inCell: b.inCell}
	label.children(n)
	b.out = append(b.out, Span{Pos: b.c.pos(n.Pos()), Directive: &Inline{
		Name: n.name, Label: label.finish(),
		ID: b.c.blockID(n.attrs.id), Classes: n.attrs.classNames(), Settings: n.attrs.settings,
		Pos: b.c.pos(n.Pos()), End: b.c.pos(n.end),
	}})
	b.last = 0
}

func (b *richBuilder) link(n *spanNode) {
	at := n.Pos()
	where := span{at, n.end}
	if n.dest > 0 {
		where = span{n.dest, n.dest + len(n.link.Destination)}
	}
	href := b.c.expand(string(b.c.unescape(n.link.Destination)), where)
	if b.inLink || !b.c.safeLink(href, where) {
		b.children(n)
		return
	}
	tag := `<a href="` + escape(href) + `"`
	if len(n.link.Title) > 0 {
		tag += ` title="` + escape(b.c.expand(string(b.c.unescape(n.link.Title)), where)) + `"`
	}
	b.markup(at, tag+b.c.inlineAttrs(n.attrs, "a link")+">")
	b.inLink = true
	b.children(n)
	b.flush()
	b.inLink = false
	b.markup(n.end, "</a>")
}

func (b *richBuilder) image(n *spanNode) {
	m := b.c.media(n)
	if mediaKind(m.Src) != ImageKind {
		d := b.c.at(span{n.Pos(), n.end}, "scene/inline-media", "a clip or a sound cannot stand within text")
		b.c.list.Add(d.WithHint("give it a paragraph of its own, with an empty line above and below"))
		return
	}
	tag := `<img src="` + escape(m.Src) + `" alt="` + escape(m.Alt) + `"`
	if m.Title != "" {
		tag += ` title="` + escape(m.Title) + `"`
	}
	for _, s := range n.attrs.settings {
		if (s.Key == "width" || s.Key == "height") && isDigits(s.Value) {
			tag += " " + s.Key + `="` + s.Value + `"`
		}
	}
	b.markup(n.Pos(), tag+b.c.inlineAttrs(n.attrs, "an image within text")+">")
	b.last = 0
}

// safeLink reports a link that would run a script.
func (c *chunk) safeLink(href string, at span) bool {
	scheme, _, ok := strings.Cut(strings.TrimSpace(href), ":")
	if !ok || !(strings.EqualFold(scheme, "javascript") || strings.EqualFold(scheme, "vbscript")) {
		return true
	}
	d := c.at(at, "scene/script", "a script cannot stand in a scene")
	c.list.Add(d.WithHint("put JavaScript into a template's motion.js"))
	return false
}

// inlineAttrs writes the attributes of a span, link or image. They are HTML from here on, so only an id and classes
// mean anything.
func (c *chunk) inlineAttrs(a attrs, what string) string {
	out := ""
	if id := c.blockID(a.id); id != "" {
		out += ` id="` + id + `"`
	}
	if len(a.classes) > 0 {
		out += ` class="` + strings.Join(a.classNames(), " ") + `"`
	}
	for _, s := range a.settings {
		if strings.HasPrefix(what, "an image") && (s.Key == "width" || s.Key == "height") && isDigits(s.Value) {
			continue // in px
		}
		d := c.in.atPos(s.Pos, s.End, "scene/unknown-attribute", fmt.Sprintf("%s has no %q", what, s.Key))
		hint := "it takes an #id and .classes"
		if near := source.Nearest(s.Key, []string{"id", "class"}); near != "" {
			hint = fmt.Sprintf("write %s", map[string]string{"id": "#name", "class": ".name"}[near])
		}
		c.list.Add(d.Warn().WithHint(hint))
	}
	return out
}
