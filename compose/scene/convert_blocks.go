package scene

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/hframes/hframes/source"
)

// listBlock reads a list with all that its items hold.
func (c *chunk) listBlock(b *Block, n *ast.List) (end int) {
	b.Kind, b.Ordered = List, n.IsOrdered()
	if b.Ordered {
		b.Start = n.Start
	}
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		item := c.item(child)
		b.Items = append(b.Items, item)
		end = c.offset(item.End)
	}
	return end
}

// offset is the inverse of pos.
func (c *chunk) offset(p source.Pos) int { return c.in.lines.Offset(p) - c.base }

func (c *chunk) item(n ast.Node) Item {
	at := c.start(n)
	a := c.items[n]
	item := Item{Pos: c.pos(at), End: c.pos(c.lineEnd(at)), ID: c.blockID(a.id), Classes: a.classNames(), Settings: a.settings}
	first := n.FirstChild()
	if first == nil {
		return item
	}
	switch first.Kind() {
	case ast.KindParagraph, ast.KindTextBlock:
		if box, ok := first.FirstChild().(*extast.TaskCheckBox); ok {
			checked := box.IsChecked
			item.Checked = &checked
		}
		item.Rich = c.rich(first)
		lines := first.Lines()
		item.End = c.pos(c.lineEnd(lines.At(lines.Len() - 1).Start))
		n.RemoveChild(n, first)
	}
	item.Blocks = c.blocks(n, false)
	if len(item.Blocks) > 0 {
		item.End = c.pos(c.reach(item.Blocks, 0))
	}
	return item
}

// quote reads a block quote. A last line that begins with a dash says who it is by.
func (c *chunk) quote(b *Block, n *ast.Blockquote, at int) (end int) {
	b.Kind = Quote
	end = c.lineEnd(at)
	last, ok := n.LastChild().(*ast.Paragraph)
	if ok {
		lines := last.Lines()
		end = c.lineEnd(lines.At(lines.Len() - 1).Start)
		if by := c.attribution(last); by != nil {
			b.By = c.richFrom(by)
			b.By = trimDash(b.By, c)
			c.cutFrom(last, by)
		}
	}
	b.Blocks = c.blocks(n, false)
	end = c.reach(b.Blocks, end)
	return end
}

// attribution returns the first inline node of a quote's last line if the line begins with a dash and is not all of
// the quote.
func (c *chunk) attribution(p *ast.Paragraph) ast.Node {
	line := p.FirstChild()
	for n := p.FirstChild(); n != nil; n = n.NextSibling() {
		if t, ok := n.(*ast.Text); ok && (t.SoftLineBreak() || t.HardLineBreak()) && n.NextSibling() != nil {
			line = n.NextSibling()
		}
	}
	t, ok := line.(*ast.Text)
	if !ok || (line == p.FirstChild() && p.PreviousSibling() == nil) || dashLength(string(t.Segment.Value(c.src))) == 0 {
		return nil
	}
	return line
}

// cutFrom takes a line and what follows off a paragraph.
func (c *chunk) cutFrom(p *ast.Paragraph, from ast.Node) {
	if t, ok := from.PreviousSibling().(*ast.Text); ok {
		t.SetSoftLineBreak(false)
		t.SetHardLineBreak(false)
	}
	for from != nil {
		next := from.NextSibling()
		p.RemoveChild(p, from)
		from = next
	}
	if p.FirstChild() == nil {
		p.Parent().RemoveChild(p.Parent(), p)
	}
}

// dashLength returns the length of the dash that a line of attribution begins with, and of the spaces after it.
func dashLength(s string) int {
	for _, dash := range []string{"—", "–", "―", "--"} {
		if rest, ok := strings.CutPrefix(s, dash); ok && rest != "" {
			rest = strings.TrimPrefix(rest, "-")
			return len(s) - len(strings.TrimLeft(rest, " \u00a0"))
		}
	}
	return 0
}

func trimDash(r Rich, c *chunk) Rich {
	if len(r) == 0 {
		return nil
	}
	n := dashLength(r[0].Text)
	at := c.offset(r[0].Pos) + n
	r[0].Pos = c.pos(at)
	r[0].HTML = r[0].HTML[min(n, len(r[0].HTML)):]
	r[0].Text = r[0].Text[min(n, len(r[0].Text)):]
	if r[0].HTML == "" {
		return r[1:]
	}
	return r
}

// table reads a GFM table.
func (c *chunk) table(b *Block, n *extast.Table, at int) (end int) {
	b.Kind, b.Table = TableKind, &Table{}
	for _, a := range n.Alignments {
		b.Table.Align = append(b.Table.Align, strings.TrimPrefix(a.String(), "none"))
	}
	end = at
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		cells := c.cells(row)
		end = max(end, c.lineEnd(max(row.Pos(), 0)))
		if _, ok := row.(*extast.TableHeader); ok {
			b.Table.Header = cells
			end = c.delimiterRow(end)
			continue
		}
		b.Table.Rows = append(b.Table.Rows, cells)
		c.surplus(row, len(n.Alignments))
	}
	return end
}

// delimiterRow returns the end of the line after an offset: the one of dashes below a table's header.
func (c *chunk) delimiterRow(at int) int {
	i := bytes.IndexByte(c.src[at:], '\n')
	if i < 0 {
		return at
	}
	return c.lineEnd(at + i + 1)
}

func (c *chunk) cells(row ast.Node) []Cell {
	var out []Cell
	for n := row.FirstChild(); n != nil; n = n.NextSibling() {
		at := n.Pos()
		if lines := n.Lines(); lines.Len() > 0 {
			at = lines.At(0).Start
		}
		if at < 0 {
			at = c.lineEnd(max(row.Pos(), 0)) // a cell that the row does not have
		}
		out = append(out, Cell{Rich: c.rich(n), Pos: c.pos(at)})
	}
	return out
}

// surplus warns of cells that no column has room for.
func (c *chunk) surplus(row ast.Node, columns int) {
	at := c.skipSpace(max(row.Pos(), 0))
	line := c.src[at:c.lineEnd(at)]
	body := bytes.TrimPrefix(line, []byte{'|'})
	cells := 1
	start := -1
	for i := 0; i < len(body); i++ {
		if body[i] == '\\' {
			i++
		} else if body[i] == '|' && i < len(body)-1 {
			if cells++; cells == columns+1 {
				start = at + len(line) - len(body) + i
			}
		}
	}
	if start >= 0 {
		d := c.at(span{start, at + len(line)}, "scene/table-row", fmt.Sprintf("this row has %d cells, the table has %d columns", cells, columns))
		c.list.Add(d.Warn().WithHint(`what is too much is not shown; for a bar as text write \|`))
	}
}
