package scene

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// An attrLineParser reads lines that hold only "{...}". They belong to the block after them.
type attrLineParser struct{ m *markdown }

// Trigger, CanInterruptParagraph and CanAcceptIndentedLine are goldmark's.
func (p attrLineParser) Trigger() []byte             { return []byte{'{'} }
func (p attrLineParser) CanInterruptParagraph() bool { return true }
func (p attrLineParser) CanAcceptIndentedLine() bool { return false }

// Open reads the attributes, which may go on over several lines.
func (p attrLineParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, seg := reader.PeekLine()
	offset := pc.BlockOffset()
	if offset < 0 || bytes.HasPrefix(line[offset:], []byte("{{")) || inVoice(parent) {
		return nil, parser.NoChildren
	}
	at := seg.Start + offset - seg.Padding
	end := at + trimEnd(line[offset:])
	one := end
	if bytes.IndexByte(line[offset:], '}') < 0 {
		end = paragraphEnd(p.m.src, seg.Stop)
	}
	a, stop, fault := p.m.parseAttrs(p.m.src[:end], at)
	if fault != nil {
		if !fault.meant(line[offset:]) {
			return nil, parser.NoChildren
		}
		p.m.fault(fault)
		stop = one
	} else if lineRest(p.m.src, stop) > 0 || a.empty() {
		return nil, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return &attrsNode{attrs: a, at: span{at, stop}}, parser.NoChildren
}

// lineRest returns how many bytes other than blanks follow on the line of an offset.
func lineRest(src []byte, at int) int {
	if n := bytes.IndexByte(src[at:], '\n'); n >= 0 {
		return trimEnd(src[at : at+n])
	}
	return trimEnd(src[at:])
}

// paragraphEnd returns the offset of the next blank line, at most maxAttrs bytes away.
func paragraphEnd(src []byte, from int) int {
	src = src[:min(len(src), from+maxAttrs)]
	if n := bytes.Index(src[from:], []byte("\n\n")); n >= 0 {
		return from + n
	}
	return len(src)
}

// maxAttrs bounds the length of one "{...}" in bytes.
const maxAttrs = 4096

// Continue takes the lines that the attributes reach over.
func (p attrLineParser) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n := node.(*attrsNode)
	if line, seg := reader.PeekLine(); line != nil && seg.Start < n.at.end {
		reader.AdvanceToEOL()
		return parser.Continue | parser.NoChildren
	}
	return parser.Close
}

// Close does nothing.
func (p attrLineParser) Close(ast.Node, text.Reader, parser.Context) {}

// A headingParser takes the attributes off the end of a heading before its text is read.
type headingParser struct {
	parser.BlockParser
	m *markdown
}

// Open warns of a "---" that makes a heading of the text above it where the author wanted the next scene.
func (p headingParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, seg := reader.PeekLine()
	node, state := p.BlockParser.Open(parent, reader, pc)
	if body, _ := trimIndent(line); node != nil && string(body) == "---" && parent.Type() != ast.TypeDocument {
		at := seg.Start - seg.Padding + bytes.IndexByte(line, '-')
		p.m.misplacedRule(span{at, at + 3}, parent)
	}
	return node, state
}

// Close cuts the attributes off.
func (p headingParser) Close(node ast.Node, reader text.Reader, pc parser.Context) {
	p.BlockParser.Close(node, reader, pc)
	lines := node.Lines()
	if node.Parent() == nil || lines.Len() == 0 {
		return
	}
	last := lines.At(lines.Len() - 1)
	a, cut := p.m.tailAttrs(last.Start, last.Start+trimEnd(p.m.src[last.Start:last.Stop]))
	if cut < 0 {
		return
	}
	keep(&p.m.headings, node, a)
	last.Stop = last.Start + closingHashes(p.m.src[last.Start:cut])
	if last.Stop > last.Start {
		lines.Set(lines.Len()-1, last)
	} else {
		lines.SetSliced(0, lines.Len()-1)
	}
}

// keep notes the attributes of a node.
func keep(m *map[ast.Node]attrs, n ast.Node, a attrs) {
	if *m == nil {
		*m = map[ast.Node]attrs{}
	}
	(*m)[n] = a
}

// closingHashes returns the length of a heading's text without the "##" that may end it.
func closingHashes(b []byte) int {
	b = b[:trimEnd(b)]
	rest := bytes.TrimRight(b, "#")
	if n := trimEnd(rest); n < len(rest) || n == 0 {
		return n
	}
	return len(b)
}

// tailAttrs reads the attributes that a line ends with. It returns where they begin, -1 if there are none.
func (c *chunk) tailAttrs(start, end int) (attrs, int) {
	if end == start || bytes.IndexByte(c.src[start:end], '{') < 0 {
		return attrs{}, -1
	}
	var first *attrFault
	var seen brackets
	cut := -1
	for i := start; i < end; i++ {
		seen.take(c.src[i], i)
		switch {
		case c.src[i] == '\\':
			i++
		case c.src[i] == '{' && i+1 < end && c.src[i+1] == '{':
			i++
		case c.src[i] == '{' && i == seen.end && i > start:
			// those of a span, a directive, a link or an image in the text
		case c.src[i] == '{':
			a, stop, fault := c.parseAttrs(c.src[:end], i)
			if fault == nil && stop == end && !a.empty() {
				return a, i
			}
			if fault != nil && first == nil && fault.meant(c.src[i:end]) {
				first, cut = fault, i
			}
		}
	}
	if first != nil {
		c.fault(first)
	}
	return attrs{}, cut
}

// brackets follows the "[...]" and "[...](...)" of a line.
type brackets struct {
	labels, parens int // open
	end            int // just past the last one
}

func (b *brackets) take(c byte, at int) {
	switch {
	case b.parens > 0 && c == '(', c == '(' && b.end > 0 && at == b.end:
		b.parens++
	case b.parens > 0 && c == ')':
		if b.parens--; b.parens == 0 {
			b.end = at + 1
		}
	case b.parens > 0:
	case c == '[':
		b.labels++
	case c == ']' && b.labels > 0:
		b.labels--
		b.end = at + 1
	}
}
