package batch

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

// A yamlSplitter cuts a list into its items: an item starts with a dash at the start of a line, and each is parsed on its
// own, so that a long list needs no more memory than a short one. Nothing inside an item can stand at the start of a line,
// as YAML indents it.
type yamlSplitter struct {
	reader *reader
	line   []byte // read, but not given out
	place  chunk  // of line
	marked bool   // a document has been started or ended
	over   bool   // the document has been ended
	ended  bool   // there is nothing more to read
}

// next returns the text of the next item.
func (s *yamlSplitter) next() (chunk, error) {
	var c chunk
	for {
		if s.line == nil {
			if err := s.read(len(c.data)); err != nil {
				if errors.Is(err, io.EOF) && c.data != nil {
					return c, nil
				}
				return c, err
			}
		}
		item := startsItem(s.line)
		switch {
		case s.over && !blank(s.line):
			return c, s.refuse("", "text behind the end of the list")
		case item && c.data != nil:
			return c, nil
		case item:
			c = s.place
			c.data = s.line
		case endsDocument(s.line):
			if c.data != nil {
				return c, nil
			}
			if err := s.document(); err != nil {
				return c, err
			}
		case c.data != nil:
			c.data = append(c.data, s.line...)
		case !blank(s.line):
			return c, s.refuse(`rows are a list: write "- name: Ada", the dash at the start of its line`, "no dash at the start of the first row")
		}
		s.line = nil
	}
}

// read reads one line; had is the length of the item so far.
func (s *yamlSplitter) read(had int) error {
	if s.ended {
		return io.EOF
	}
	s.place = s.reader.in.here()
	line, err := s.reader.in.appendLine(nil)
	if err == nil && had+len(line) > maxRow {
		err = errTooLong
	}
	s.line = line
	if err != nil {
		s.line, s.ended = nil, true
	}
	return err
}

// document deals with a line that starts or ends a document. There may be one, and nothing behind it.
func (s *yamlSplitter) document() error {
	start := s.line[0] == '-'
	if !blank(s.line[3:]) || start && (s.marked || s.reader.number > 0) {
		return s.refuse("put all rows into one list", "a second document, or text on its line")
	}
	s.marked, s.over = true, !start
	return nil
}

// refuse tells that the line cannot be there, and ends the file.
func (s *yamlSplitter) refuse(hint, msg string) error {
	c := s.place
	c.data = bytes.TrimRight(s.line, "\r\n")
	s.line, s.ended = nil, true
	s.reader.faults.add(c.fault(0, len(c.data), "yaml", hint, "%s", msg))
	return io.EOF
}

// startsItem reports whether a line starts with a dash and white space.
func startsItem(line []byte) bool {
	return len(line) > 0 && line[0] == '-' && (len(line) == 1 || strings.IndexByte(" \t\r\n", line[1]) >= 0)
}

func endsDocument(line []byte) bool {
	return (bytes.HasPrefix(line, []byte("---")) || bytes.HasPrefix(line, []byte("..."))) &&
		(len(line) == 3 || strings.IndexByte(" \t\r\n", line[3]) >= 0)
}

// blank reports whether a line has nothing but a comment. One with a line break that is one to YAML alone is not blank: a
// row could hide behind it.
func blank(line []byte) bool {
	line = bytes.Trim(line, " \t\r\n")
	return len(line) == 0 || line[0] == '#' && !bytes.ContainsAny(line, "\r\u0085\u2028\u2029")
}

// parseYAML reads one item, a mapping.
func (r *reader) parseYAML(row *row) bool {
	c := row.chunk
	text := c.data
	if !bytes.HasSuffix(text, []byte("\n")) { // the last line of the file: a block of text in it ends as any other
		text = append(slices.Clip(text), '\n')
	}
	var doc yaml.Node
	if err := yaml.Load(text, &doc); err != nil {
		r.yamlFault(c, err)
		return false
	}
	f := source.NewFile(c.name, c.data)
	if items := doc.Content[0].Content; len(items) != 1 { // a line break that is one to YAML alone
		at := offset(f, items[1].Line, items[1].Column)
		r.faults.add(c.fault(at, at+1, "yaml", "end lines with a line feed", "a row does not start on a line of its own"))
		return false
	}
	item := doc.Content[0].Content[0]
	if item.Kind != yaml.MappingNode {
		at := offset(f, item.Line, item.Column)
		r.faults.add(c.fault(at, at+1, "row-kind", `write "- name: Ada"`, "a row is not a mapping"))
		return false
	}
	before := r.faults.count()
	row.insert, row.layout = offset(f, item.Line, item.Column)+1, ""
	for i := 0; i+1 < len(item.Content); i += 2 {
		key, value := item.Content[i], item.Content[i+1]
		cell := field{name: key.Value, key: offset(f, key.Line, key.Column), start: offset(f, value.Line, value.Column)}
		cell.end = cell.start + max(len(value.Value), 1)
		if i == 0 {
			if !r.placed(c, offset(f, item.Line, item.Column), key, cell.key) {
				return false
			}
			row.insert, row.layout = cell.key, insertion("\n"+strings.Repeat(" ", key.Column-1))
			if item.Style&yaml.FlowStyle != 0 {
				row.layout = ", "
			}
		}
		r.yamlCell(row, &cell, key, value)
		row.fields = append(row.fields, cell)
	}
	return r.faults.count() == before
}

// placed reports whether another name can be written before the first one of a mapping, where start and at are their
// offsets. It tells of one that it cannot: an empty one, one with YAML's "? " before it, and one that our count of lines does
// not lead to, as line breaks are other ones to YAML.
func (r *reader) placed(c chunk, start int, key *yaml.Node, at int) bool {
	if key.Kind != yaml.ScalarNode {
		return true // no name: that is told elsewhere
	}
	before, name := bytes.TrimLeft(c.data[start:max(at, start)], "{ \t\r\n"), string(c.data[at:])
	switch {
	case key.Value == "" || bytes.HasPrefix(before, []byte("?")):
		r.faults.add(c.fault(start, start+1, "yaml", `write "name: Ada"`, "a name is empty or has a question mark before it"))
	case !strings.HasPrefix(name, key.Value) && strings.IndexAny(name, "\"'!") != 0:
		r.faults.add(c.fault(0, 1, "yaml", "end lines with a line feed", "it cannot be told where the first name is"))
	default:
		return true
	}
	return false
}

// yamlCell reads the value of one key.
func (r *reader) yamlCell(row *row, cell *field, key, value *yaml.Node) {
	c := row.chunk
	for _, n := range []*yaml.Node{key, value} {
		if n.Anchor != "" || n.Kind == yaml.AliasNode || n.Tag == "!!merge" {
			r.faults.add(c.fault(cell.key, cell.key+1, "yaml-anchor", "write the value out", "rows may not have anchors, aliases or merge keys"))
			return
		}
	}
	switch {
	case key.Kind != yaml.ScalarNode:
		r.faults.add(c.fault(cell.key, cell.key+1, "row-kind", "", "a name is not a text"))
		return
	case row.field(key.Value) != nil:
		r.faults.add(c.fault(cell.key, cell.key+len(key.Value), "repeated-name", "", "%q is there twice in this row", key.Value))
		return
	case value.Kind != yaml.ScalarNode:
		r.faults.add(c.fault(cell.start, cell.start+1, "value-kind", "write a text, a number, true, false or null", "the value of %q is a list or a mapping", key.Value))
		return
	}
	cell.text = value.Value
	switch value.Tag {
	case "!!null":
		cell.text = ""
	case "!!str", "!!timestamp":
		cell.value = value.Value
	case "!!bool", "!!int", "!!float":
		var v any
		if err := value.Decode(&v); err != nil {
			r.faults.add(c.fault(cell.start, cell.end, "yaml", "", "%q is none: %s", key.Value, value.Value))
			return
		}
		if n, ok := v.(int); ok {
			v = int64(n)
		}
		cell.value = v
	default:
		r.faults.add(c.fault(cell.start, cell.end, "value-kind", "write a text, a number, true, false or null", "the value of %q has the tag %s", key.Value, value.Tag))
	}
}

// yamlFault tells of a row that is not YAML.
func (r *reader) yamlFault(c chunk, err error) {
	msg, at := err.Error(), 0
	var one *yaml.LoadError
	if all := (*yaml.LoadErrors)(nil); errors.As(err, &all) && len(all.Errors) > 0 {
		one = all.Errors[0]
	} else {
		errors.As(err, &one)
	}
	if one != nil {
		msg = strings.TrimSuffix(one.Message, ".")
		place := one.Mark
		if strings.HasSuffix(msg, "end of stream") && one.ContextMark.Line > 0 { // what has no end is told where it starts
			place, msg = one.ContextMark, one.ContextMsg+": "+msg
		}
		at = offset(source.NewFile(c.name, c.data), max(place.Line, 1), max(place.Column, 1))
	}
	if strings.HasPrefix(msg, "unknown anchor") {
		r.faults.add(c.fault(at, at+1, "yaml-anchor", "write the value out", "rows may not have anchors, aliases or merge keys"))
		return
	}
	r.faults.add(c.fault(at, at+1, "yaml", "", "%s", msg))
}

// offset turns YAML's columns, which count characters, into an offset.
func offset(f *source.File, line, column int) int {
	if line > f.Lines() { // a fault at the end of the file
		return len(f.Data)
	}
	text, at := f.Line(line), 0
	for range column - 1 {
		if at >= len(text) {
			break
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return f.Offset(source.Pos{File: f.Name, Line: line, Col: 1}) + at
}
