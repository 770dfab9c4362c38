package scene

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/hframes/hframes/source"
)

// code reads a fenced code block.
func (c *chunk) code(b *Block, n *ast.FencedCodeBlock, at int, pending *attrs) (end int) {
	b.Kind = CodeBlock
	_, end = c.fenceParts(n, at)
	b.Code = &Code{Text: string(visible(n.Lines().Value(c.src))), Pos: b.Pos}
	if n.Info != nil {
		s := n.Info.Segment
		pending.add(c.fenceInfo(b.Code, span{s.Start, s.Stop}))
	}
	for i, s := range pending.settings {
		if s.Key == "title" {
			b.Code.Title = s.Value
			pending.settings = append(append([]Setting(nil), pending.settings[:i]...), pending.settings[i+1:]...)
			break
		}
	}
	lines := strings.Count(b.Code.Text, "\n")
	for _, step := range b.Code.Steps {
		for _, r := range step.Ranges {
			if r[1] > lines {
				c.beyond(step, r, lines)
			}
		}
	}
	return end
}

func (c *chunk) beyond(step Step, r [2]int, lines int) {
	at := c.offset(step.Pos)
	end := at
	for end < len(c.src) && strings.IndexByte("|}\n", c.src[end]) < 0 {
		end++
	}
	what := "no lines"
	if lines == 1 {
		what = "one line"
	} else if lines > 1 {
		what = fmt.Sprintf("%d lines", lines)
	}
	d := c.at(span{at, end}, "scene/bad-steps", fmt.Sprintf("line %d does not exist: the code has %s", max(r[0], min(r[1], max(lines, r[0])+0)), what))
	if r[0] <= lines {
		d.Msg = fmt.Sprintf("line %d does not exist: the code has %s", r[1], what)
	}
	c.list.Add(d.WithHint("lines are counted from 1, the line after ``` is the first"))
}

// fenceInfo reads what follows the fence of a code block: the language, steps in braces, and attributes with or
// without braces.
func (c *chunk) fenceInfo(code *Code, at span) attrs {
	info := c.src[at.start:at.end]
	i := 0
	for i < len(info) && !isBlank(info[i]) && info[i] != '{' {
		i++
	}
	if lang := info[:i]; bytes.IndexByte(lang, '=') < 0 {
		code.Lang = string(visible(c.unescape(lang)))
		if code.Lang != "" {
			code.Pos = c.pos(at.start)
		}
	} else {
		i = 0
	}
	var out attrs
	for i = skipBlanks(info, i); i < len(info); i = skipBlanks(info, i) {
		from := at.start + i
		if info[i] == '{' && isSteps(info[i:]) {
			end := bytes.IndexByte(info[i:], '}')
			c.steps(code, span{from + 1, from + end})
			i += end + 1
			continue
		}
		a, next := c.fenceAttrs(info, i, at)
		if next < 0 {
			break
		}
		out.add(a)
		i = next
	}
	return c.knownOnFence(out)
}

// fenceAttrs reads one "{...}" or one attribute without braces.
func (c *chunk) fenceAttrs(info []byte, i int, at span) (attrs, int) {
	if info[i] == '{' {
		a, end, fault := c.parseAttrs(c.src[:at.end], at.start+i)
		if fault != nil {
			c.fault(fault)
			return attrs{}, -1
		}
		return a, end - at.start
	}
	r := attrReader{src: c.src[:at.end], i: at.start + i, pos: c.pos, value: c.expand}
	r.out.pos = c.pos(r.i)
	if fault := r.item(); fault != nil {
		fault.hint = `after the language come {steps} and title="...": ` + "```go {2|4-6|all} title=\"main.go\""
		c.fault(fault)
		return attrs{}, -1
	}
	r.out.end, r.out.found = c.pos(r.i), true
	return r.out, r.i - at.start
}

// isSteps reports whether a "{...}" on a fence holds steps and no attributes.
func isSteps(b []byte) bool {
	end := bytes.IndexByte(b, '}')
	if end < 0 {
		return false
	}
	s := strings.TrimSpace(string(b[1:end]))
	return s == "" || isDigit(s[0]) || s[0] == '*' || s[0] == '-' || s[0] == '|' || s == "all" || strings.HasPrefix(s, "all|") || strings.HasPrefix(s, "all ") || strings.HasPrefix(s, "all,")
}

// steps reads the highlight steps that stand in a range.
func (c *chunk) steps(code *Code, at span) {
	for from := at.start; ; {
		end := at.end
		if i := bytes.IndexByte(c.src[from:at.end], '|'); i >= 0 {
			end = from + i
		}
		start := c.skipSpace(from)
		parsed, bad := parseSteps(string(c.src[from:end]))
		if bad != nil {
			c.list.Add(c.at(span{min(start, end), end}, "scene/bad-steps", bad.msg).WithHint(bad.hint))
		} else {
			parsed[0].Pos = c.pos(start)
			code.Steps = append(code.Steps, parsed...)
		}
		if from = end + 1; end >= at.end {
			return
		}
	}
}

// knownOnFence takes out what a code block does not know.
func (c *chunk) knownOnFence(a attrs) attrs {
	kept := a.settings[:0:0]
	for _, s := range a.settings {
		if s.Key == "title" {
			kept = append(kept, s)
			continue
		}
		d := c.in.atPos(s.Pos, s.End, "scene/unknown-attribute", fmt.Sprintf("a code block has no %q", s.Key))
		c.list.Add(d.Warn().WithHint(source.DidYouMean(s.Key, []string{"title"})))
	}
	a.settings = kept
	return a
}

// fenceParts returns the inside of a fenced code block and the end of its last line. A block that is not closed, or
// that seems to swallow another, is reported.
func (c *chunk) fenceParts(n *ast.FencedCodeBlock, at int) (inside span, end int) {
	inside = span{c.lineEnd(at) + 1, c.lineEnd(at) + 1}
	if i := bytes.IndexByte(c.src[at:], '\n'); i >= 0 {
		inside = span{at + i + 1, at + i + 1}
	}
	if lines := n.Lines(); lines.Len() > 0 {
		inside = span{lines.At(0).Start, lines.At(lines.Len() - 1).Stop}
	}
	inside.start, inside.end = min(inside.start, len(c.src)), min(inside.end, len(c.src))
	end = c.lineEnd(inside.end)
	char, run := c.src[at], runLength(c.src[at:])
	last, _ := unquote(c.src[inside.end:end])
	body, _ := trimIndent(last)
	if len(body) < run || body[0] != char || runLength(body) != len(body) {
		d := c.at(span{at, at + run}, "scene/unclosed-code", "the code block is not closed")
		c.list.Add(d.WithHint(fmt.Sprintf("write a line of %s where it ends", strings.Repeat(string(char), run))))
		return inside, c.lineEnd(max(at, inside.end-1))
	}
	c.nestedFence(n, char, run, c.pos(at).Line)
	return inside, end
}

// nestedFence warns of a line inside a code block that looks like the start of the next one.
func (c *chunk) nestedFence(n *ast.FencedCodeBlock, char byte, run, line int) {
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		if body, indent := trimIndent(c.src[seg.Start:seg.Stop]); indent < 4 && len(body) > run && body[0] == char && runLength(body) >= run {
			at := seg.Start + bytes.IndexByte(c.src[seg.Start:seg.Stop], char)
			d := c.at(span{at, at + len(body)}, "scene/code-in-code", fmt.Sprintf("this looks like a new code block, but the one from line %d is still open", line))
			c.list.Add(d.Warn().WithHint("close that one, or open it with one more " + string(char)))
			return
		}
	}
}
