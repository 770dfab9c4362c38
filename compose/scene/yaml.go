package scene

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

// A settingsReader reads YAML of the author's file, or single values from attributes, against a [shape]. It reports
// every fault at its place and goes on.
type settingsReader struct {
	in   *input
	base int // line of the YAML's first line in the file
	span     // of the YAML
	fps  int // for durations in frames
	list *source.List
	seen func(path string, pos source.Pos) // is told of every key, if set
}

const (
	// attrLine marks a node made from an attribute: its place is in the two fields that YAML fills with its own.
	attrLine = -1
	// flagTag is the tag of an attribute without a value.
	flagTag = "!!flag"
)

// mapping reads a range of the file that holds "key: value" lines. It returns nil if there are none.
//
// YAML stops at its first syntax error. To say all that is wrong at once, a block that does not parse is read again,
// one top-level key after the other.
func (r *settingsReader) mapping(at span) *yaml.Node {
	content := r.in.data[at.start:at.end]
	r.base, r.span = r.in.pos(at.start).Line, at
	root, err := load(content)
	if err == nil {
		return r.root(root)
	}
	whole := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}
	failed := false
	for _, e := range entries(content) {
		part, err := load(content[e.start:e.end])
		lines := bytes.Count(content[:e.start], []byte{'\n'})
		if err != nil {
			r.syntax(err, lines, e.end == len(content))
			failed = true
			continue
		}
		shift(part, lines)
		if part = r.root(part); part != nil {
			whole.Content = append(whole.Content, part.Content...)
		}
	}
	if !failed {
		r.syntax(err, 0, true)
	}
	return whole
}

func load(content []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(content, &doc); err != nil || len(doc.Content) == 0 {
		return nil, err
	}
	return doc.Content[0], nil
}

// root returns the mapping at the top, or nil with a diagnostic when there is something else.
func (r *settingsReader) root(n *yaml.Node) *yaml.Node {
	switch {
	case n == nil || (n.Kind == yaml.ScalarNode && n.Tag == "!!null"):
		return nil
	case n.Kind == yaml.MappingNode:
		return n
	}
	d := r.at(n, "scene/wrong-type", fmt.Sprintf("this is %s, expected lines of key: value", nodeType(n)))
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, ":") {
		d = d.WithHint("put a space after the colon")
	}
	r.list.Add(d)
	return nil
}

// entries cuts YAML into its top-level keys with all that belongs to each.
func entries(content []byte) []span {
	var out []span
	for at := 0; at < len(content); {
		next := len(content)
		if n := bytes.IndexByte(content[at:], '\n'); n >= 0 {
			next = at + n + 1
		}
		c := content[at]
		if len(out) == 0 || (!isBlank(c) && c != '\n' && c != '#' && c != '-' && c != ']' && c != '}') {
			out = append(out, span{at, next})
		} else {
			out[len(out)-1].end = next
		}
		at = next
	}
	return out
}

func shift(n *yaml.Node, lines int) {
	if n == nil {
		return
	}
	n.Line += lines
	for _, c := range n.Content {
		shift(c, lines)
	}
}

func (r *settingsReader) syntax(err error, lines int, last bool) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		d := r.in.at(r.offset(1+lines, 1), r.offset(1+lines, 1), "scene/yaml", strings.TrimSuffix(err.Error(), "."))
		r.list.Add(d)
		return
	}
	mark := e.Mark
	tab := strings.Contains(e.Message, "tab character")
	if !tab && (strings.Contains(e.Message, "end of stream") || (!last && mark.Line > 1)) {
		if e.ContextMark.Line > 0 {
			mark = e.ContextMark // where the quote or bracket begins that is not closed
		}
	}
	at := r.offset(max(mark.Line, 1)+lines, max(mark.Column, 1))
	if strings.Contains(e.Message, "node content") {
		if i := bytes.LastIndexAny(r.in.data[r.start:at], "[{"); i >= 0 {
			at = r.start + i
		}
	}
	msg, hint := yamlMessage(e, r.in.data[at:])
	r.list.Add(r.in.at(at, at+1, "scene/yaml", msg).WithHint(hint))
}

// yamlMessage says in an author's words what the YAML reader says in its own.
func yamlMessage(e *yaml.LoadError, rest []byte) (msg, hint string) {
	msg = strings.TrimPrefix(strings.TrimSuffix(e.Message, "."), "found ")
	first := ""
	if len(rest) > 0 {
		first = string(rest[:1])
	}
	switch {
	case strings.Contains(msg, "tab character"), strings.Contains(msg, "cannot start any token") && first == "\t":
		return "a tab cannot indent YAML", "indent with spaces"
	case strings.Contains(msg, "cannot start any token"):
		return fmt.Sprintf("a value cannot begin with %q", first), "put the value into quotes"
	case strings.Contains(msg, "mapping values are not allowed"):
		return `a second ":" on the line`, "put the value into quotes, or indent the lines of a mapping alike"
	case strings.Contains(msg, "end of stream"):
		return "a quote is not closed", "write the closing quote"
	case strings.Contains(msg, "expected ',' or"), strings.Contains(msg, "node content"):
		return "a list or mapping in brackets is not closed", "write the closing bracket"
	case strings.Contains(msg, "could not find expected ':'"):
		return "this line is no key: value", `write a ":" and a space after the key`
	case strings.Contains(msg, "unknown anchor"):
		return "a value cannot begin with \"*\"", "put the value into quotes"
	}
	return msg, ""
}

// offset turns a line and column of the YAML, whose columns count characters, into an offset of the text.
// YAML says that a fault at the end is on a line that there is not.
func (r *settingsReader) offset(line, column int) int {
	if line = r.base + line - 1; line > r.in.lines.Lines() {
		return r.end
	}
	at := max(r.start, min(r.in.lines.Offset(source.Pos{Line: line, Col: 1}), r.end))
	for ; column > 1 && at < len(r.in.data) && r.in.data[at] != '\n'; column-- {
		_, n := utf8.DecodeRune(r.in.data[at:])
		at += n
	}
	return at
}

// place returns where a node begins and ends in the file.
func (r *settingsReader) place(n *yaml.Node) (start, end int) {
	if n.Line == attrLine {
		return n.Column, n.Column + len(n.Anchor)
	}
	at := r.offset(n.Line, n.Column)
	if n.Kind != yaml.ScalarNode {
		return at, at + 1
	}
	rest := r.in.data[at:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	switch {
	case len(rest) > 0 && (rest[0] == '"' || rest[0] == '\''):
		return at, at + quotedEnd(rest)
	case n.Tag == "!!null" && n.Value == "":
		return at, at
	case strings.HasPrefix(string(rest), n.Value):
		return at, at + len(n.Value)
	}
	return at, at + trimEnd(rest)
}

// quotedEnd returns the end of a quoted scalar that b begins with.
func quotedEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		if b[i] == '\\' && b[0] == '"' {
			i++
		} else if b[i] == b[0] {
			return i + 1
		}
	}
	return len(b)
}

func (r *settingsReader) at(n *yaml.Node, code, msg string) source.Diagnostic {
	start, end := r.place(n)
	return r.in.at(start, end, code, msg)
}

func (r *settingsReader) bad(n *yaml.Node, b *badValue) {
	r.list.Add(r.at(n, "scene/bad-value", b.msg).WithHint(b.hint))
}

// attrNode returns the node of an attribute's value, so that attributes and YAML are read by the same rules. raw is
// the value as it stands in the file, at an offset.
func attrNode(value, raw string, at int) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Line: attrLine, Column: at, Anchor: raw}
}

func nodeType(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "a reference"
	}
	switch n.Tag {
	case "!!null", flagTag:
		return "nothing"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return strings.ToLower(n.Value)
	}
	return "text"
}

// typeName returns the type of a value as shapes call it.
func typeName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "list"
	case n.Kind == yaml.MappingNode:
		return "mapping"
	case n.Tag == "!!bool":
		return "boolean"
	case n.Tag == "!!int", n.Tag == "!!float":
		return "number"
	}
	return "text"
}
