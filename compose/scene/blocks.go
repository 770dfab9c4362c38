package scene

import (
	"bytes"
	"fmt"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/hframes/hframes/source"
)

var (
	kindDirective = ast.NewNodeKind("hframes.Directive")
	kindLabel     = ast.NewNodeKind("hframes.Label")
	kindAttrs     = ast.NewNodeKind("hframes.Attributes")
)

// A directiveNode is `:::name … :::` or `::name`. Its first child is its label, if it has one.
type directiveNode struct {
	ast.BaseBlock
	name   string
	colons int
	leaf   bool
	closed bool
	label  *text.Segment
	attrs  attrs
	at     span // the opening line
	end    int  // end of the closing line
	indent int  // of what is inside: that of its first line; -1 = not known yet
}

func (n *directiveNode) Kind() ast.NodeKind      { return kindDirective }
func (n *directiveNode) Dump(_ []byte, _ int)    {}
func (n *directiveNode) Pos() int                { return n.at.start }
func (n *directiveNode) SetPos(int)              {}
func (n *directiveNode) opening(c *chunk) string { return string(visible(c.src[n.at.start:n.at.end])) }

// A labelNode holds the inline content of a directive's label.
type labelNode struct{ ast.BaseBlock }

func (n *labelNode) Kind() ast.NodeKind   { return kindLabel }
func (n *labelNode) Dump(_ []byte, _ int) {}

// An attrsNode is a line that holds only attributes. With attrs.found unset it is a line that was faulty and says
// nothing.
type attrsNode struct {
	ast.BaseBlock
	attrs attrs
	at    span
}

func (n *attrsNode) Kind() ast.NodeKind   { return kindAttrs }
func (n *attrsNode) Dump(_ []byte, _ int) {}

// A directiveParser reads the lines that begin with colons.
type directiveParser struct{ m *markdown }

// Trigger, CanInterruptParagraph and CanAcceptIndentedLine are goldmark's.
func (p directiveParser) Trigger() []byte             { return []byte{':'} }
func (p directiveParser) CanInterruptParagraph() bool { return true }
func (p directiveParser) CanAcceptIndentedLine() bool { return false }

// Open reads an opening line, a one-line directive, or a closing line that closes nothing.
func (p directiveParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, seg := reader.PeekLine()
	offset := pc.BlockOffset()
	if offset < 0 {
		return nil, parser.NoChildren
	}
	body := line[offset:]
	l := readColons(body)
	if l.kind == noColon {
		return nil, parser.NoChildren
	}
	at := seg.Start + offset - seg.Padding
	where := span{at, at + trimEnd(body)}
	reader.AdvanceToEOL()
	if l.kind == closeColon || l.kind == badColon {
		p.m.strayColons(l, where, openDirectives(pc))
		return &attrsNode{at: where}, parser.NoChildren
	}
	if l.kind == openColon && p.m.tooDeep(parent, at) {
		return &attrsNode{at: where}, parser.NoChildren
	}
	n := p.m.directive(l, body, where)
	if n.leaf {
		return n, parser.NoChildren
	}
	return n, parser.HasChildren
}

// directive makes the node of an opening line.
func (c *chunk) directive(l colonLine, body []byte, where span) *directiveNode {
	at := where.start
	n := &directiveNode{name: string(body[l.name.start:l.name.end]), colons: l.colons, at: where, end: where.end, indent: -1}
	n.leaf = l.kind == leafColon
	n.closed = n.leaf
	if l.hasLabel {
		s := text.NewSegment(at+l.label.start, at+l.label.end)
		n.label = &s
	}
	if !l.attrs.empty() {
		a, end, fault := c.parseAttrs(c.src[:at+l.attrs.end], at+l.attrs.start)
		if fault != nil {
			c.fault(fault)
		} else if n.attrs = a; trimEnd(c.src[end:at+l.attrs.end]) > 0 {
			l.rest = span{end - at, l.attrs.end}
		}
	}
	if !l.rest.empty() {
		c.afterName(n, body[l.rest.start:l.rest.end], span{at + l.rest.start, at + trimEnd(body[:l.rest.end])})
	}
	return n
}

// afterName reports what follows a directive's name and is none of its parts.
func (c *chunk) afterName(n *directiveNode, rest []byte, at span) {
	skip := skipBlanks(rest, 0)
	at.start += skip
	text := string(visible(rest[skip:trimEnd(rest)]))
	d := c.at(at, "scene/directive", fmt.Sprintf("unexpected %q after %q", text, n.name))
	switch {
	case text[0] == '[':
		d.Msg, d.Hint = fmt.Sprintf("the label of %q is not closed", n.name), `write "]" where it ends`
	case n.label == nil && !n.attrs.found:
		d.Hint = fmt.Sprintf("a label stands in brackets: ::: %s[%s]", n.name, text)
	default:
		d.Hint = "put the text on a line of its own"
	}
	c.list.Add(d)
}

// strayColons reports a closing line that closes nothing.
func (c *chunk) strayColons(l colonLine, at span, open []*directiveNode) {
	if l.kind == badColon {
		rest := string(c.src[at.start:at.end])
		hint := "write ::: name, or only ::: to close one"
		if c.src[at.start+l.rest.start] == '{' {
			hint = "a directive has a name: ::: name " + string(visible(c.src[at.start+l.rest.start:at.start+l.rest.end]))
		}
		c.list.Add(c.at(at, "scene/directive", fmt.Sprintf("%q does not name a directive", rest)).WithHint(hint))
		c.unclosed = true // its closing line is no fault of its own
		return
	}
	d := c.at(at, "scene/stray-close", fmt.Sprintf("%q closes nothing", c.src[at.start:at.end]))
	if len(open) > 0 {
		n := open[len(open)-1]
		d.Msg = fmt.Sprintf("%d colons do not close %q, which has %d", l.colons, n.opening(c), n.colons)
		d.Hint = "write as many colons as the opening line has"
	} else if !c.unclosed {
		d.Hint = "remove it, or write ::: name above"
	} else {
		return // the directive it was meant for has been reported
	}
	c.list.Add(d)
}

// openDirectives returns the directives that are open, outermost first.
func openDirectives(pc parser.Context) []*directiveNode {
	var open []*directiveNode
	for _, b := range pc.OpenedBlocks() {
		if n, ok := b.Node.(*directiveNode); ok && !n.leaf {
			open = append(open, n)
		}
	}
	return open
}

// Continue closes the directive at its closing line and keeps it open on every other.
func (p directiveParser) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	n, ok := node.(*directiveNode)
	if !ok || n.leaf {
		return parser.Close // a line by itself
	}
	line, seg := reader.PeekLine()
	if i := skipBlanks(line, 0); i+2 < len(line) && line[i] == ':' && line[i+1] == ':' {
		l := readColons(line)
		if l.kind == closeColon && !inCode(pc) && closing(openDirectives(pc), l.colons) == n {
			n.closed, n.end = true, seg.Start-seg.Padding+trimEnd(line)
			reader.AdvanceToEOL()
			return parser.Close
		}
	}
	n.dedent(reader, line)
	return parser.Continue | parser.HasChildren
}

// dedent takes the indent off a line of a directive. Authors indent what stands between ::: and :::, which must not
// make code of it.
func (n *directiveNode) dedent(reader text.Reader, line []byte) {
	if util.IsBlank(line) {
		return
	}
	width, _ := util.IndentWidth(line, reader.LineOffset())
	if n.indent < 0 {
		n.indent = width
	}
	if strip := min(n.indent, width); strip > 0 {
		pos, padding := util.IndentPosition(line, reader.LineOffset(), strip)
		reader.AdvanceAndSetPadding(pos, padding)
	}
}

// closing returns the directive that a line of so many colons closes, or nil.
func closing(open []*directiveNode, colons int) *directiveNode {
	if i := closes(len(open), func(i int) int { return open[i].colons }, colons); i >= 0 {
		return open[i]
	}
	return nil
}

// inCode reports whether the innermost open block is a fenced code block.
func inCode(pc parser.Context) bool {
	_, ok := pc.LastOpenedBlock().Node.(*ast.FencedCodeBlock)
	return ok
}

// Close gives the directive its label and reports one that was never closed.
func (p directiveParser) Close(node ast.Node, _ text.Reader, _ parser.Context) {
	n, ok := node.(*directiveNode)
	if !ok {
		return
	}
	if n.label != nil {
		label := &labelNode{}
		label.Lines().Append(*n.label)
		if first := n.FirstChild(); first != nil {
			n.InsertBefore(n, first, label)
		} else {
			n.AppendChild(n, label)
		}
	}
	if !n.closed {
		p.m.unclosed = true
		d := p.m.at(n.at, "scene/unclosed-directive", fmt.Sprintf("%q is not closed", n.opening(p.m.chunk)))
		p.m.list.Add(d.WithHint(fmt.Sprintf("write a line of %s where it ends", bytes.Repeat([]byte{':'}, n.colons))))
	}
}

// A boundedParser keeps lists and quotes from standing too deep in one another.
type boundedParser struct {
	parser.BlockParser
	m *markdown
}

// Open refuses a block that would be too deep; its text becomes a paragraph.
func (p boundedParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	if depth(parent) < maxDepth {
		return p.BlockParser.Open(parent, reader, pc)
	}
	line, seg := reader.PeekLine()
	if body, _ := trimIndent(line); len(body) > 0 && (body[0] == '>' || listMarker(body, false) > 0) {
		p.m.tooDeep(parent, seg.Start)
	}
	return nil, parser.NoChildren
}

func depth(n ast.Node) int {
	d := 0
	for ; n != nil && d < maxDepth; n = n.Parent() {
		switch n.Kind() {
		case ast.KindList, ast.KindBlockquote, kindDirective:
			d++
		}
	}
	return d
}

// tooDeep reports the first block of the chunk that is too deep.
func (c *chunk) tooDeep(parent ast.Node, at int) bool {
	if depth(parent) < maxDepth {
		return false
	}
	if !c.deep {
		c.deep = true
		d := c.at(span{at, at + 1}, "scene/too-deep", fmt.Sprintf("blocks stand more than %d deep in one another", maxDepth))
		c.list.Add(d.WithHint("lists, quotes and directives this deep are read as text"))
	}
	return true
}

// inVoice reports whether a node stands in a `::: voice`.
func inVoice(n ast.Node) bool {
	for ; n != nil; n = n.Parent() {
		if d, ok := n.(*directiveNode); ok && d.name == voiceName {
			return true
		}
	}
	return false
}

// misplacedRule warns of a line of dashes that does not start a scene.
func (c *chunk) misplacedRule(at span, parent ast.Node) {
	var d source.Diagnostic
	for n := parent; n != nil; n = n.Parent() {
		if o, ok := n.(*directiveNode); ok {
			d = c.at(at, "scene/rule", fmt.Sprintf("this line starts no scene, because %q of line %d is still open", o.opening(c), c.pos(o.at.start).Line))
			c.list.Add(d.Warn().WithHint(`close it with ":::" first`))
			return
		}
	}
	d = c.at(at, "scene/rule", "this line starts no scene, because it is part of a list or a quote")
	c.list.Add(d.Warn().WithHint("write it at the start of a line, with an empty line above"))
}
