package templates

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

// A reader takes one YAML file apart by its nodes, so that whatever is wrong has a line and a column.
type reader struct {
	file *source.File
	list *source.List
}

// A field is one key that a mapping may have.
type field struct {
	name string
	read func(*yaml.Node)
}

// root returns the file's top node, or nil when the file is empty or is not YAML.
func (r reader) root() *yaml.Node {
	if strings.TrimSpace(string(r.file.Data)) == "" {
		return nil
	}
	var doc yaml.Node
	if err := yaml.Load(r.file.Data, &doc); err != nil {
		r.syntax(err)
		return nil
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

func (r reader) syntax(err error) {
	var all *yaml.LoadErrors
	if errors.As(err, &all) {
		for _, e := range all.Errors {
			r.syntaxAt(e)
		}
		return
	}
	var one *yaml.LoadError
	if errors.As(err, &one) {
		r.syntaxAt(one)
		return
	}
	r.list.Add(r.file.At(0, 0, "templates/yaml", err.Error()))
}

func (r reader) syntaxAt(e *yaml.LoadError) {
	pos := r.pos(max(e.Mark.Line, 1), max(e.Mark.Column, 1))
	r.list.Add(r.file.AtPos(pos, source.Pos{}, "templates/yaml", strings.TrimSuffix(e.Message, ".")))
}

// pos turns YAML's columns, which count characters, into ours, which count bytes.
func (r reader) pos(line, column int) source.Pos {
	if line > r.file.Lines() { // a fault at the end of the file
		return r.file.Pos(len(r.file.Data))
	}
	text, col := r.file.Line(line), 1
	for range column - 1 {
		if col > len(text) {
			break
		}
		_, size := utf8.DecodeRuneInString(text[col-1:])
		col += size
	}
	return source.Pos{File: r.file.Name, Line: line, Col: col}
}

// fail reports a fault over a node.
func (r reader) fail(n *yaml.Node, code, hint, format string, args ...any) {
	r.list.Add(r.over(n, code, fmt.Sprintf(format, args...)).WithHint(hint))
}

// warn reports what is likely a mistake.
func (r reader) warn(n *yaml.Node, code, hint, format string, args ...any) {
	r.list.Add(r.over(n, code, fmt.Sprintf(format, args...)).WithHint(hint).Warn())
}

func (r reader) over(n *yaml.Node, code, msg string) source.Diagnostic {
	pos, end := r.span(n)
	return r.file.AtPos(pos, end, "templates/"+code, msg)
}

// span returns where a node stands; of a mapping or a list its first character.
func (r reader) span(n *yaml.Node) (pos, end source.Pos) {
	pos = r.pos(n.Line, n.Column)
	end = pos
	if n.Kind == yaml.ScalarNode {
		end.Col += max(len(n.Value), 1)
		if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			end.Col += 2
		}
	} else {
		end.Col++
	}
	return pos, end
}

// fields hands each value of a mapping to its field's reader. Unknown keys are errors.
func (r reader) fields(n *yaml.Node, what string, known ...field) {
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = f.name
	}
	r.each(n, what, func(key, value *yaml.Node) {
		for _, f := range known {
			if f.name == key.Value {
				f.read(value)
				return
			}
		}
		r.fail(key, "unknown-key", source.DidYouMean(key.Value, names), "unknown key %q in %s", key.Value, what)
	})
}

// each walks a mapping in the file's order.
func (r reader) each(n *yaml.Node, what string, visit func(key, value *yaml.Node)) {
	n = target(n)
	if n.Kind != yaml.MappingNode {
		r.fail(n, "bad-value", "", "%s must be a mapping of keys to values, not %s", what, kind(n))
		return
	}
	entries(n, visit)
}

// entries walks a mapping in the file's order, and anything else not at all.
func entries(n *yaml.Node, visit func(key, value *yaml.Node)) {
	if n = target(n); n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		visit(n.Content[i], target(n.Content[i+1]))
	}
}

// items walks a sequence.
func (r reader) items(n *yaml.Node, what string, visit func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "bad-value", "", "%s must be a list, not %s", what, kind(n))
		return
	}
	for _, c := range n.Content {
		visit(target(c))
	}
}

// text reads any scalar as it is written.
func (r reader) text(into *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			r.fail(n, "bad-value", "", "%s must be text, not %s", what, kind(n))
			return
		}
		*into = strings.TrimSpace(n.Value)
	}
}

func (r reader) texts(into *[]string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.items(n, what, func(c *yaml.Node) {
			var s string
			r.text(&s, "an entry of "+what)(c)
			*into = append(*into, s)
		})
	}
}

func (r reader) boolean(into *bool, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		switch n.Value {
		case "true":
			*into = true
		case "false":
			*into = false
		default:
			r.fail(n, "bad-value", "write true or false", "%s is not a yes or a no: %q", what, n.Value)
		}
	}
}

func (r reader) number(into *float64, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		f, err := strconv.ParseFloat(n.Value, 64)
		if n.Kind != yaml.ScalarNode || err != nil {
			r.fail(n, "bad-value", "", "%s is not a number: %q", what, n.Value)
			return
		}
		*into = f
	}
}

func (r reader) seconds(into *float64, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := seconds(n.Value)
		if !ok {
			r.fail(n, "bad-value", "write a time such as 0.6s or 400ms", "%s is not a time: %q", what, n.Value)
			return
		}
		*into = s
	}
}

// missing reports a key that a file must have.
func (r reader) missing(key string) {
	r.list.Add(r.file.At(0, 0, "templates/missing-key", "missing key "+quote(key)))
}

func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	if n.Tag == "!!null" {
		return "nothing"
	}
	return quote(n.Value)
}

func quote(s string) string { return strconv.Quote(s) }
