package scene

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// html reads a block of raw HTML.
func (c *chunk) html(n *ast.HTMLBlock, at int) (raw string, end int) {
	lines := n.Lines()
	stop := at
	if lines.Len() > 0 {
		stop = lines.At(lines.Len() - 1).Stop
	}
	text := lines.Value(c.src)
	if n.HasClosure() {
		text = append(text, n.ClosureLine.Value(c.src)...)
		stop = n.ClosureLine.Stop
	}
	c.scripts(c.src[at:max(at, min(stop, len(c.src)))], at)
	end = at + trimEnd(c.src[at:max(at, min(stop, len(c.src)))])
	return c.expandHTML(strings.TrimSpace(string(visible(text))), span{at, c.lineEnd(at)}), end
}

// scripts reports JavaScript in raw HTML: <script> and on…= handlers. It belongs into templates, where it is bundled,
// checked and seekable.
func (c *chunk) scripts(html []byte, at int) {
	report := func(from, n int, what string) {
		d := c.at(span{at + from, at + from + n}, "scene/script", what+" cannot stand in a scene")
		c.list.Add(d.WithHint("put JavaScript into a template's motion.js"))
	}
	for i := 0; i < len(html); i++ {
		if html[i] != '<' {
			continue
		}
		tag := html[i:]
		if stop := bytes.IndexByte(tag, '>'); stop >= 0 {
			tag = tag[:stop]
		}
		if len(tag) > 6 && bytes.EqualFold(tag[1:7], []byte("script")) && (len(tag) == 7 || !isNameByte(tag[7])) {
			report(i, 7, "<script>")
		} else if from, n := handler(tag); n > 0 {
			report(i+from, n, "the handler "+string(tag[from:from+n]))
		}
		i += len(tag) - 1
	}
}

// handler returns where an on…= attribute stands in a tag, and the length of its name.
func handler(tag []byte) (from, length int) {
	var quote byte
	for i := 1; i < len(tag); i++ {
		switch c := tag[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case (c == 'o' || c == 'O') && bytes.IndexByte([]byte(" \t\n\"'/"), tag[i-1]) >= 0:
			end := i
			for end < len(tag) && isLetter(tag[end]) {
				end++
			}
			after := end
			for after < len(tag) && (isBlank(tag[after]) || tag[after] == '\n') {
				after++
			}
			if end-i > 2 && (tag[i+1]|0x20) == 'n' && after < len(tag) && tag[after] == '=' {
				return i, end - i
			}
		}
	}
	return 0, 0
}

// expandHTML replaces the variables of raw HTML by their defaults.
func (c *chunk) expandHTML(s string, at span) string {
	if !strings.Contains(s, "{{") {
		return s
	}
	escaped := *c.env
	escaped.defaults = map[string]string{}
	for k, v := range c.env.defaults {
		escaped.defaults[k] = escape(v)
	}
	safe := &chunk{in: c.in, base: c.base, src: c.src, env: &escaped}
	s = safe.expand(s, at)
	c.list.Add(safe.list...)
	return s
}
