package scene

import (
	"bytes"
	"fmt"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

var (
	kindSpan   = ast.NewNodeKind("hframes.Span")
	kindName   = ast.NewNodeKind("hframes.Name")
	kindVar    = ast.NewNodeKind("hframes.Variable")
	kindCue    = ast.NewNodeKind("hframes.Cue")
	kindHidden = ast.NewNodeKind("hframes.Hidden")
)

// A spanNode is `[text]{attrs}`, a link or an image with attributes, or, with a name, `:name[label]{attrs}`.
type spanNode struct {
	ast.BaseInline
	name  string
	link  *ast.Link  // set for links
	image *ast.Image // set for images
	dest  int        // offset of the link's or image's address, 0 if it stands elsewhere
	attrs attrs
	end   int
}

func (n *spanNode) Kind() ast.NodeKind   { return kindSpan }
func (n *spanNode) Dump(_ []byte, _ int) {}

// A nameNode is the ":name" before a "[" that may turn out to open the label of an inline directive.
type nameNode struct {
	ast.BaseInline
	at span
}

func (n *nameNode) Kind() ast.NodeKind   { return kindName }
func (n *nameNode) Dump(_ []byte, _ int) {}

// A varNode is `{{ path }}`.
type varNode struct {
	ast.BaseInline
	path string
	at   span
}

func (n *varNode) Kind() ast.NodeKind   { return kindVar }
func (n *varNode) Dump(_ []byte, _ int) {}

// A cueNode is a cue in spoken text.
type cueNode struct {
	ast.BaseInline
	cue Cue
}

func (n *cueNode) Kind() ast.NodeKind   { return kindCue }
func (n *cueNode) Dump(_ []byte, _ int) {}

// A hiddenNode stands for source that is read but not shown: the attributes at the end of a list item.
type hiddenNode struct{ ast.BaseInline }

func (n *hiddenNode) Kind() ast.NodeKind   { return kindHidden }
func (n *hiddenNode) Dump(_ []byte, _ int) {}

// A lineState is what the inline parsers know of the block they are in.
type lineState struct {
	block     ast.Node
	end       int // of the block's last line
	count     int // characters of markup so far
	voice     bool
	runs      [40]int // last run of each number of backticks, see lastRuns
	runsKnown bool
	labels    []label
	links     int  // closed so far
	directive bool // the label being closed is a directive's
	wanted    bool // the label being closed counts as a span
	given     bool // and was one
	refused   bool // the label being closed holds a link, so it cannot be one
}

// A label is an open "[".
type label struct {
	at    int
	links int // closed before it
	name  *nameNode
}

// inBlock brings the state up to date with the block that is being read.
func (m *markdown) inBlock(block ast.Node) *lineState {
	if m.line.block != block {
		m.line = lineState{block: block, voice: inVoice(block), labels: m.line.labels[:0]}
		if lines := block.Lines(); lines.Len() > 0 {
			m.line.end = lines.At(lines.Len() - 1).Stop
		}
	}
	return &m.line
}

// A budgetParser bounds the markup of one block. Emphasis, links and code spans are matched by looking back and forth,
// which takes time by the square of their number; past the budget a block's text is plain.
type budgetParser struct{ m *markdown }

// budget is how many characters of markup one paragraph may hold.
const budget = 1000

// Trigger names the characters that begin something.
func (p budgetParser) Trigger() []byte { return []byte("*_~`[]!<:{") }

// Parse lets the other parsers work until the budget is spent, and takes the rest of the line after that.
func (p budgetParser) Parse(block ast.Node, reader text.Reader, _ parser.Context) ast.Node {
	s := p.m.inBlock(block)
	if s.count++; s.count <= budget {
		return nil
	}
	line, seg := reader.PeekLine()
	if !p.m.crowded {
		p.m.crowded = true
		d := p.m.at(span{seg.Start, seg.Start + 1}, "scene/too-much-markup", fmt.Sprintf("more than %d characters of markup in one paragraph", budget))
		p.m.list.Add(d.Warn().WithHint("what follows in this paragraph is shown as plain text"))
	}
	n := len(line)
	node := ast.NewTextSegment(seg.WithStop(seg.Stop))
	if line[n-1] == '\n' {
		node.Segment.Stop--
		node.SetSoftLineBreak(true)
	}
	reader.Advance(n)
	return node
}

// A codeParser is goldmark's, asked only when the code span is known to end.
type codeParser struct {
	parser.InlineParser
	m *markdown
}

// Parse reads a code span or takes the backticks as text.
func (p codeParser) Parse(block ast.Node, reader text.Reader, pc parser.Context) ast.Node {
	s := p.m.inBlock(block)
	if !s.runsKnown {
		start := block.Lines().At(0).Start
		s.runs, s.runsKnown = lastRuns(p.m.src[start:s.end], start), true
	}
	line, seg := reader.PeekLine()
	run := runLength(line)
	if s.runs[min(run, len(s.runs)-1)] > seg.Start {
		return p.InlineParser.Parse(block, reader, pc)
	}
	reader.Advance(run)
	return ast.NewTextSegment(seg.WithStop(seg.Start + run))
}

// A colonParser reads the ":name" of an inline directive. It fires only on `:name[` that no word runs into, so that
// 10:30, C::D, https://x and :smile: stay text.
type colonParser struct{ m *markdown }

// Trigger is ":".
func (p colonParser) Trigger() []byte { return []byte{':'} }

// Parse reads the name.
func (p colonParser) Parse(_ ast.Node, reader text.Reader, _ parser.Context) ast.Node {
	line, seg := reader.PeekLine()
	end := nameEnd(line, 1)
	if end == 1 || end >= len(line) || line[end] != '[' {
		return nil
	}
	if seg.Start > 0 {
		if before := p.m.src[seg.Start-1]; isNameByte(before) || before == ':' || before >= 0x80 {
			return nil
		}
	}
	reader.Advance(end)
	n := &nameNode{at: span{seg.Start, seg.Start + end}}
	n.SetPos(seg.Start)
	return n
}

// A braceParser reads variables, cues and the attributes of list items.
type braceParser struct{ m *markdown }

// Trigger is "{".
func (p braceParser) Trigger() []byte { return []byte{'{'} }

// Parse reads what the brace begins; a brace that begins nothing is text.
func (p braceParser) Parse(block ast.Node, reader text.Reader, _ parser.Context) ast.Node {
	s := p.m.inBlock(block)
	line, seg := reader.PeekLine()
	switch {
	case len(line) > 1 && line[1] == '{':
		return p.variable(line, seg.Start, reader)
	case s.voice:
		return p.cue(line, seg.Start, reader)
	}
	return p.attributes(block, seg.Start, reader)
}

// maxPath bounds the length of a `{{ path }}` in bytes.
const maxPath = 200

func (p braceParser) variable(line []byte, at int, reader text.Reader) ast.Node {
	end := bytes.Index(line[:min(len(line), maxPath)], []byte("}}"))
	if end < 0 {
		d := p.m.at(span{at, at + 2}, "scene/variable", `"{{" is not closed`)
		p.m.list.Add(d.WithHint(`write "}}" after the variable's name; for two braces as text write \{{`))
		return nil
	}
	n := &varNode{at: span{at, at + end + 2}}
	n.path = p.m.path(line[2:end], n.at)
	n.SetPos(at)
	reader.Advance(end + 2)
	return n
}

func (p braceParser) cue(line []byte, at int, reader text.Reader) ast.Node {
	end := bytes.IndexByte(line[:min(len(line), maxPath)], '}')
	if end < 0 {
		d := p.m.at(span{at, at + 1}, "scene/unknown-cue", "the cue is not closed")
		p.m.list.Add(d.WithHint(`write "}" after it; for a brace as text write \{`))
		return nil
	}
	reader.Advance(end + 1)
	cue, ok := p.m.cue(string(visible(line[1:end])), span{at, at + end + 1})
	if !ok {
		return &hiddenNode{}
	}
	return &cueNode{cue: cue}
}

// attributes reads the "{...}" at the end of a list item. Anywhere else braces are prose, but ones that hold an id, a
// class or a value are most likely misplaced.
func (p braceParser) attributes(block ast.Node, at int, reader text.Reader) ast.Node {
	a, end, fault := p.m.parseAttrs(p.m.src[:min(p.m.line.end, at+maxAttrs)], at)
	if fault != nil || !a.bound {
		return nil
	}
	item, ok := block.Parent().(*ast.ListItem)
	if ok && item.FirstChild() == block && trimEnd(p.m.src[end:p.m.line.end]) == 0 {
		keep(&p.m.items, item, a)
		p.m.advance(reader, end)
		return &hiddenNode{}
	}
	d := p.m.at(span{at, end}, "scene/stray-attributes", "these attributes belong to nothing and are shown as text")
	hint := `put them on a line of their own before the block, or write [text]{...} for a part of it`
	if ok {
		hint = "attributes of a list item stand at its end"
	}
	p.m.list.Add(d.Warn().WithHint(hint))
	return nil
}

// advance moves the reader to an offset of the chunk within the block.
func (m *markdown) advance(reader text.Reader, to int) {
	for {
		line, seg := reader.PeekLine()
		if line == nil {
			return
		}
		if to <= seg.Stop {
			reader.Advance(to - seg.Start)
			return
		}
		reader.AdvanceLine()
	}
}

// A linkParser is goldmark's, which also reads spans and the labels of directives, and puts attributes to links and
// images.
type linkParser struct {
	parser.InlineParser
	m *markdown
}

// Parse follows the brackets along with goldmark, which keeps its own list of them: every "[" pushes, every "]" pops.
func (p linkParser) Parse(block ast.Node, reader text.Reader, pc parser.Context) ast.Node {
	s := p.m.inBlock(block)
	line, seg := reader.PeekLine()
	if line[0] != ']' {
		node := p.InlineParser.Parse(block, reader, pc)
		if node != nil {
			l := label{at: seg.Start, links: s.links}
			if name, ok := block.LastChild().(*nameNode); ok && line[0] == '[' && name.at.end == seg.Start {
				l.name = name
			}
			s.labels = append(s.labels, l)
		}
		return node
	}
	if len(s.labels) == 0 {
		return p.InlineParser.Parse(block, reader, pc)
	}
	open := s.labels[len(s.labels)-1]
	s.labels = s.labels[:len(s.labels)-1]
	return p.close(block, reader, pc, open, seg.Start)
}

// close reads from the "]" at an offset on.
func (p linkParser) close(block ast.Node, reader text.Reader, pc parser.Context, open label, at int) ast.Node {
	s := &p.m.line
	a, end := p.attrsAfter(at + 1)
	s.directive = open.name != nil
	s.wanted = s.directive || (a.found && p.m.src[open.at] == '[')
	s.given = false
	s.refused = !s.wanted && p.m.src[open.at] == '[' && s.links > open.links
	if s.wanted || s.refused || (p.m.src[min(at+1, len(p.m.src)-1)] == '(' && !p.m.linkEnds(at+2)) {
		reader = maskedReader{reader}
	}
	node := p.InlineParser.Parse(block, reader, pc)
	span := &spanNode{end: at + 1, attrs: a}
	switch given := s.given; {
	case node == nil:
		s.directive, s.wanted, s.refused = false, false, false
		return nil
	case given:
		link := node.(*ast.Link)
		span.SetPos(open.at)
		moveChildren(span, link)
		if open.name != nil {
			span.name = string(p.m.src[open.name.at.start+1 : open.name.at.end])
			span.SetPos(open.name.at.start)
			block.RemoveChild(block, open.name)
		}
	default:
		p.link(span, node, reader, at)
	}
	s.directive, s.wanted, s.refused = false, false, false
	if span.link != nil {
		s.links++
	}
	if a.found && span.end == at+1 {
		span.end = end
		p.m.advance(reader, end)
	}
	return span
}

// link fills in what goldmark read as a link or an image, and the attributes after it.
func (p linkParser) link(n *spanNode, node ast.Node, reader text.Reader, at int) {
	n.SetPos(node.Pos())
	_, seg := reader.Position()
	stop := seg.Start
	reference := false
	switch l := node.(type) {
	case *ast.Link:
		n.link, reference = l, l.Reference != nil
	case *ast.Image:
		n.image, reference = l, l.Reference != nil
	}
	moveChildren(n, node)
	if !reference {
		n.dest = p.m.destination(at + 2)
	}
	if stop == at+1 {
		return // a reference: the attributes after "]" are read by the caller
	}
	n.end = stop
	var end int
	if n.attrs, end = p.attrsAfter(stop); n.attrs.found {
		n.end = end
		p.m.advance(reader, end)
	}
}

// attrsAfter reads the attributes that stand right at an offset.
func (p linkParser) attrsAfter(at int) (attrs, int) {
	limit := min(p.m.line.end, at+maxAttrs)
	if at+1 >= limit || p.m.src[at] != '{' || p.m.src[at+1] == '{' {
		return attrs{}, 0
	}
	a, end, fault := p.m.parseAttrs(p.m.src[:limit], at)
	if fault != nil {
		if fault.sure || looksLikeAttrs(p.m.src[at:limit]) {
			p.m.fault(fault)
		}
		return attrs{}, 0
	}
	return a, end
}

// linkEnds reports whether the address and title of a link that begin at an offset are of a reasonable length. goldmark
// would look for the end of each of them through the whole paragraph.
func (m *markdown) linkEnds(at int) bool {
	limit := min(m.line.end, at+maxAttrs)
	if limit == m.line.end {
		return true
	}
	for open := 0; at < limit && !isBlank(m.src[at]) && m.src[at] != '\n'; at++ {
		switch m.src[at] {
		case '\\':
			at++
		case '(':
			open++
		case ')':
			if open--; open < 0 {
				return true
			}
		}
	}
	for at < limit && (isBlank(m.src[at]) || m.src[at] == '\n') {
		at++
	}
	if at >= limit {
		return false
	}
	closer := m.src[at]
	if closer == '(' {
		closer = ')'
	}
	return bytes.IndexByte(m.src[at+1:limit], closer) >= 0
}

// destination returns where the address of a link begins, after "](".
func (c *chunk) destination(at int) int {
	for at < len(c.src) && (isBlank(c.src[at]) || c.src[at] == '\n') {
		at++
	}
	if at < len(c.src) && c.src[at] == '<' {
		at++
	}
	return at
}

func moveChildren(to, from ast.Node) {
	for c := from.FirstChild(); c != nil; {
		next := c.NextSibling()
		to.AppendChild(to, c)
		c = next
	}
}

// CloseBlock forgets the brackets that nothing closed.
func (p linkParser) CloseBlock(block ast.Node, reader text.Reader, pc parser.Context) {
	p.m.line = lineState{labels: p.m.line.labels[:0]}
	if c, ok := p.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(block, reader, pc)
	}
}

// A maskedReader hides what follows a label from goldmark, which would take "(" or "[" for the address of a link.
type maskedReader struct{ text.Reader }

// Peek returns a blank.
func (maskedReader) Peek() byte { return ' ' }
