package scene

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/hframes/hframes/source"
)

// A chunk is the text of one scene while it is read.
type chunk struct {
	in   *input
	env  *env
	base int    // offset of src in the file
	src  []byte // offsets of the tree count from here
	list source.List

	scene    *Scene
	headings map[ast.Node]attrs // at the end of headings
	items    map[ast.Node]attrs // at the end of list items
	ids      map[string]source.Pos
	spoken   []string
	block    span // the inside of the scene block
	title    attrs
	hasTitle bool
	started  bool // a block other than attributes has been read
	unclosed bool // a directive that is not closed has been reported
	deep     bool
	crowded  bool
}

func (c *chunk) pos(offset int) source.Pos { return c.in.pos(c.base + offset) }

func (c *chunk) at(s span, code, msg string) source.Diagnostic {
	return c.in.at(c.base+s.start, c.base+max(s.start, s.end), code, msg)
}

func (c *chunk) fault(f *attrFault) {
	c.list.Add(c.at(f.span, "scene/attributes", f.msg).WithHint(f.hint))
}

// start returns the offset where a block begins. goldmark is off by the width of a tab that a list or quote has eaten
// in part; the first byte of the block is known, so it is looked for.
func (c *chunk) start(n ast.Node) int {
	at := max(0, min(n.Pos(), len(c.src)))
	var first string
	switch n := n.(type) {
	case *ast.List:
		first = "-+*0123456789"
	case *ast.ListItem:
		first = "-+*0123456789"
	case *ast.Blockquote:
		first = ">"
	case *ast.FencedCodeBlock:
		first = "`~"
	case *attrsNode:
		return n.at.start
	default:
		return c.skipSpace(at)
	}
	for i := at; i > at-4 && i >= 0; i-- {
		if i < len(c.src) && strings.IndexByte(first, c.src[i]) >= 0 {
			return i
		}
	}
	return c.skipSpace(at)
}

func (c *chunk) skipSpace(at int) int {
	for at < len(c.src) && (c.src[at] == ' ' || c.src[at] == '\t') {
		at++
	}
	return at
}

// lineEnd returns the end of the line of an offset, without blanks.
func (c *chunk) lineEnd(at int) int {
	at = min(at, len(c.src))
	return at + lineRest(c.src, at)
}

// scene reads the whole chunk.
func (c *chunk) read(root ast.Node) (id word) {
	c.scene.Blocks = c.blocks(root, true)
	if v := c.scene.Voice; v != nil {
		v.Text = strings.Join(c.spoken, "\n")
		c.checkCues(v)
	}
	return c.settings(c.title, c.block)
}

// blocks reads the blocks that stand in a node. At the top the first heading is the scene's title.
func (c *chunk) blocks(parent ast.Node, top bool) []Block {
	var out []Block
	var pending attrs
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Type() == ast.TypeInline {
			continue
		}
		switch n := n.(type) {
		case *attrsNode:
			pending.add(n.attrs)
			continue
		case *ast.LinkReferenceDefinition, *labelNode:
			continue
		case *ast.ThematicBreak:
			if !top || !c.env.heading {
				at := c.start(n)
				c.misplacedRule(span{at, c.lineEnd(at)}, n.Parent())
			}
			continue
		case *ast.Heading:
			if top && !c.hasTitle {
				c.heading(n, pending)
				pending = attrs{}
				continue
			}
		case *ast.FencedCodeBlock:
			if c.isSceneBlock(n) {
				c.sceneBlock(n, pending, top)
				continue
			}
		case *directiveNode:
			if n.name == voiceName {
				c.extend(n.at.start, n.end)
				c.voice(n, pending)
				pending = attrs{}
				continue
			}
		}
		b, ok := c.convert(n, pending)
		if ok {
			if top {
				c.started = true
				c.extendBlock(&b)
			}
			out = append(out, b)
		}
		pending = attrs{}
	}
	if pending.found {
		c.unusedAttrs(pending)
	}
	return out
}

// reach returns the end of the last of some blocks, or end if that is behind it. A table that was cut out of a
// paragraph may end behind the block after it.
func (c *chunk) reach(blocks []Block, end int) int {
	for i := range blocks {
		end = max(end, c.offset(blocks[i].End))
	}
	return end
}

func (c *chunk) unusedAttrs(a attrs) {
	d := c.in.atPos(a.pos, a.end, "scene/unused-attributes", "these attributes belong to nothing")
	c.list.Add(d.WithHint("they belong to the block after them; write them above it"))
}

// extend makes the scene reach over a range.
func (c *chunk) extend(start, end int) {
	if !c.scene.Pos.IsValid() || c.pos(start).Before(c.scene.Pos) {
		c.scene.Pos = c.pos(start)
	}
	if c.scene.End.Before(c.pos(end)) {
		c.scene.End = c.pos(end)
	}
}

func (c *chunk) extendBlock(b *Block) {
	if !c.scene.Pos.IsValid() || b.Pos.Before(c.scene.Pos) {
		c.scene.Pos = b.Pos
	}
	if c.scene.End.Before(b.End) {
		c.scene.End = b.End
	}
}

// heading makes a heading the scene's title.
func (c *chunk) heading(n *ast.Heading, pending attrs) {
	at := c.start(n)
	end := c.headingEnd(n, at)
	c.hasTitle = true
	c.scene.Title, c.scene.Level = c.rich(n), n.Level
	c.title = pending
	c.title.add(c.headings[n])
	c.extend(at, end)
}

// headingEnd returns the end of a heading's last line, the line of dashes or equals signs included.
func (c *chunk) headingEnd(n *ast.Heading, at int) int {
	end := c.lineEnd(at)
	if lines := n.Lines(); lines.Len() > 0 {
		end = max(end, c.lineEnd(lines.At(lines.Len()-1).Stop))
	}
	if at < len(c.src) && c.src[at] != '#' { // an empty heading may stand at the end of the file
		if next := end + bytes.IndexByte(c.src[end:], '\n') + 1; next > end {
			end = c.lineEnd(next)
		}
	}
	return end
}

func (c *chunk) isSceneBlock(n *ast.FencedCodeBlock) bool {
	return n.Info != nil && string(n.Language(c.src)) == "scene"
}

// sceneBlock notes the settings of a ```scene block, which are read when the whole scene is known.
func (c *chunk) sceneBlock(n *ast.FencedCodeBlock, pending attrs, top bool) {
	at := c.start(n)
	inside, end := c.fenceParts(n, at)
	d := c.at(span{at, c.lineEnd(at)}, "scene/scene-block", "")
	switch {
	case !top || c.started:
		d.Msg = "settings of the scene stand at its start"
		c.list.Add(d.WithHint("move the block up, above or right below the heading"))
	case c.block.end > 0:
		d.Msg = "a scene has one block of settings"
		c.list.Add(d.WithHint("move these lines into the one above"))
	case pending.found:
		c.unusedAttrs(pending)
		fallthrough
	default:
		c.block = inside
		c.block.end = max(c.block.end, 1)
		c.extend(at, end)
	}
}

// convert makes a Block of a node. It returns false for a node that shows nothing.
func (c *chunk) convert(n ast.Node, pending attrs) (Block, bool) {
	at := c.start(n)
	b := Block{Pos: c.pos(at)}
	end := at
	switch n := n.(type) {
	case *ast.Heading:
		b.Kind, b.Level, b.Rich = Heading, n.Level, c.rich(n)
		end = c.headingEnd(n, at)
		pending.add(c.headings[n])
	case *ast.Paragraph, *ast.TextBlock:
		end = c.paragraph(&b, n, &pending)
	case *ast.List:
		end = c.listBlock(&b, n)
	case *ast.FencedCodeBlock:
		end = c.code(&b, n, at, &pending)
	case *ast.CodeBlock:
		b.Kind = CodeBlock
		b.Code = &Code{Text: string(visible(n.Lines().Value(c.src))), Pos: b.Pos}
		end = c.lineEnd(n.Lines().At(n.Lines().Len() - 1).Start)
	case *ast.Blockquote:
		end = c.quote(&b, n, at)
	case *ast.HTMLBlock:
		b.Kind = HTML
		b.Raw, end = c.html(n, at)
		if b.Raw == "" {
			return b, false
		}
	case *extast.Table:
		end = c.table(&b, n, at)
	case *directiveNode:
		pending.add(n.attrs)
		b.Kind, b.Name, end = Directive, n.name, n.end
		if label, ok := n.FirstChild().(*labelNode); ok {
			b.Rich = c.rich(label)
		}
		b.Blocks = c.blocks(n, false)
		end = c.reach(b.Blocks, end) // when nothing closes it
	default:
		return b, false
	}
	b.End = c.pos(max(end, at))
	b.ID, b.Classes, b.Settings = c.blockID(pending.id), pending.classNames(), pending.settings
	return b, true
}

// paragraph reads a paragraph, or the picture, clip or sound that has one to itself.
func (c *chunk) paragraph(b *Block, n ast.Node, pending *attrs) (end int) {
	lines := n.Lines()
	end = c.lineEnd(lines.At(lines.Len() - 1).Start)
	if image := c.loneImage(n); image != nil {
		b.Media = c.media(image)
		b.Kind = mediaKind(b.Media.Src)
		pending.add(image.attrs)
		return end
	}
	b.Kind, b.Rich = Paragraph, c.rich(n)
	return end
}
