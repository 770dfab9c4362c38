package scene

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A markdown is goldmark with our syntax added: directives, attribute lines and heading attributes among the blocks;
// variables, cues, spans and inline directives inside them. It is made for one Parse and reads one chunk after the
// other; the parts that are added write to the chunk at hand.
type markdown struct {
	parser parser.Parser
	line   lineState
	*chunk
}

func newMarkdown() *markdown {
	m := &markdown{}
	at := util.Prioritized
	m.parser = parser.NewParser(
		parser.WithBlockParsers(
			at(directiveParser{m}, 50),
			at(attrLineParser{m}, 60),
			at(headingParser{parser.NewSetextHeadingParser(), m}, 100),
			at(parser.NewThematicBreakParser(), 200),
			at(boundedParser{parser.NewListParser(), m}, 300),
			at(parser.NewListItemParser(), 400),
			at(parser.NewCodeBlockParser(), 500),
			at(headingParser{parser.NewATXHeadingParser(), m}, 600),
			at(parser.NewFencedCodeBlockParser(), 700),
			at(boundedParser{parser.NewBlockquoteParser(), m}, 800),
			at(parser.NewHTMLBlockParser(), 900),
			at(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			at(budgetParser{m}, 0),
			at(extension.NewTaskCheckBoxParser(), 50),
			at(codeParser{parser.NewCodeSpanParser(), m}, 100),
			at(colonParser{m}, 110),
			at(braceParser{m}, 120),
			at(linkParser{parser.NewLinkParser(), m}, 200),
			at(parser.NewAutoLinkParser(), 300),
			at(parser.NewRawHTMLParser(), 400),
			at(parser.NewEmphasisParser(), 500),
			at(extension.NewStrikethroughParser(), 510),
		),
		parser.WithParagraphTransformers(
			at(definitionReader{}, 100),
			at(extension.NewTableParagraphTransformer(), 200),
		),
	)
	return m
}

// parse returns the tree of a chunk.
func (m *markdown) parse(c *chunk) ast.Node {
	m.chunk = c
	pc := &context{Context: parser.NewContext(), m: m}
	return m.parser.Parse(text.NewReader(c.src), parser.WithContext(pc))
}

// A context knows the link definitions of the whole file, and makes goldmark's link reader find the ends of spans and
// inline directives for us: while m.wanted is set, every label counts as defined.
type context struct {
	parser.Context
	m *markdown
}

// references are the link definitions of a file, by label.
type references map[string]parser.Reference

// anyReference is what a label refers to that is no link but the text of a span or a directive.
var anyReference = parser.NewReference(nil, nil, nil)

func (c *context) Reference(label string) (parser.Reference, bool) {
	if c.m.line.refused {
		return nil, false
	}
	if r, ok := c.m.env.refs[label]; ok && !c.m.line.directive {
		return r, true
	}
	if r, ok := c.Context.Reference(label); ok && !c.m.line.directive {
		return r, true
	}
	if c.m.line.wanted {
		c.m.line.given = true
		return anyReference, true
	}
	return nil, false
}

// maxDefinitions bounds the lines of a paragraph of link definitions: goldmark's time grows with their square.
const maxDefinitions = 400

// A definitionReader takes link definitions out of paragraphs.
type definitionReader struct{}

// Transform reads the definitions that a paragraph begins with.
func (definitionReader) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	if n := node.Lines().Len(); n > 0 && n <= maxDefinitions && reader.Source()[node.Lines().At(0).Start] == '[' {
		parser.LinkReferenceParagraphTransformer.Transform(node, reader, pc)
	}
}

// readDefinitions returns the link definitions of the file, which may stand in any scene.
func readDefinitions(in *input, defs []span) references {
	if len(defs) == 0 {
		return nil
	}
	var all []byte
	for _, d := range defs {
		all = append(all, in.data[d.start:d.end]...)
		all = append(all, '\n', '\n')
	}
	p := parser.NewParser(
		parser.WithBlockParsers(util.Prioritized(parser.NewParagraphParser(), 1000)),
		parser.WithParagraphTransformers(util.Prioritized(definitionReader{}, 100)),
	)
	pc := parser.NewContext()
	p.Parse(text.NewReader(all), parser.WithContext(pc))
	refs := references{}
	for _, r := range pc.References() {
		refs[util.ToLinkReference(r.Label())] = r
	}
	return refs
}
