package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// A jsonSplitter cuts an array into the texts of its elements.
type jsonSplitter struct {
	reader *reader
	state  jsonState
}

// A jsonState says what may come next.
type jsonState int

const (
	atStart  jsonState = iota // the array's [
	atFirst                   // an element or ]
	atComma                   // a comma or ]
	atNext                    // an element
	atBroken                  // the rest of an element that cannot be read
	finished                  // nothing
)

// next returns the text of the next element. Where the file is no array, that is told and there is no element.
func (s *jsonSplitter) next() (chunk, error) {
	in, tell := s.reader.in, s.reader.faults.add
	if s.state == atBroken {
		if err := s.resync(); err != nil && !errors.Is(err, io.EOF) {
			return in.here(), err
		}
	}
	for {
		c, b, err := s.space()
		switch {
		case errors.Is(err, io.EOF):
			if s.state != finished && s.state != atStart {
				tell(in.here().fault(0, 0, "json", "", "the file ends before the array's ]"))
			} else if s.state == atStart {
				tell(in.here().fault(0, 0, "json", `write an array of objects: [{"name": "Ada"}, …]`, "the file is empty"))
			}
			s.state = finished
			return c, io.EOF
		case err != nil:
			return c, err
		case s.state == finished:
			tell(c.fault(0, 1, "json", "", "text after the array"))
			return c, io.EOF
		case s.state == atStart && b != '[':
			s.state = finished
			tell(c.fault(0, 1, "json", `write an array of objects: [{"name": "Ada"}, …]; for one object a line, the format is jsonl`, "rows are not an array"))
			return c, io.EOF
		case s.state == atStart:
			in.readByte()
			s.state = atFirst
		case b == ']':
			if s.state == atNext {
				tell(c.fault(0, 1, "json", "remove the comma before it", "] after a comma"))
			}
			in.readByte()
			s.state = finished
		case b == ',':
			if s.state != atComma {
				tell(c.fault(0, 1, "json", "", "a comma without a row before it"))
			}
			in.readByte()
			s.state = atNext
		default:
			if s.state == atComma {
				tell(c.fault(0, 1, "json", "separate rows by a comma", "no comma before this row"))
			}
			s.state = atComma
			return s.element(c)
		}
	}
}

// space skips white space and returns the place of the byte after it.
func (s *jsonSplitter) space() (chunk, byte, error) {
	in := s.reader.in
	for {
		c := in.here()
		b, err := in.peek()
		if err != nil || b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			c.data = []byte{b}
			return c, b, err
		}
		in.readByte()
	}
}

// resync skips lines up to one on which a new element or the array's ] can stand.
func (s *jsonSplitter) resync() error {
	s.state = atFirst
	for {
		_, b, err := s.space()
		if err != nil || b == '{' || b == ']' {
			return err
		}
		for b != '\n' && err == nil {
			b, err = s.reader.in.readByte()
		}
		if err != nil {
			return err
		}
	}
}

// element reads an element up to the comma or the bracket behind it. Where a text does not end in its line, neither does
// the element go on: one quote too few spoils only its own row.
func (s *jsonSplitter) element(c chunk) (chunk, error) {
	in := s.reader.in
	c.data = nil
	depth, text := 0, false
	for {
		b, err := in.peek()
		if errors.Is(err, io.EOF) || err == nil && depth == 0 && !text && (b == ',' || b == ']') {
			c.data = bytes.TrimRight(c.data, " \t\r\n")
			return c, nil
		}
		if err != nil {
			return c, err
		}
		in.readByte()
		if c.data = append(c.data, b); len(c.data) > maxRow {
			return c, errTooLong
		}
		switch {
		case text && b == '\\':
			if next, err := in.peek(); err == nil && next != '\n' {
				in.readByte()
				c.data = append(c.data, next)
			}
		case b == '"':
			text = !text
		case text && b == '\n':
			s.state = atBroken
			return c, nil
		case text:
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			if depth--; depth <= 0 {
				return c, nil
			}
		}
	}
}

// parseJSON reads one object.
func (r *reader) parseJSON(row *row) bool {
	c := row.chunk
	var whole json.RawMessage
	if err := json.Unmarshal(c.data, &whole); err != nil {
		at := len(c.data)
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			at = max(int(syntax.Offset)-1, 0)
			if strings.Contains(syntax.Error(), "unexpected end") {
				at = len(c.data)
			}
		}
		r.faults.add(c.fault(at, at+1, "json", "", "%v", err))
		return false
	}
	if !bytes.HasPrefix(bytes.TrimLeft(c.data, " \t\r\n"), []byte("{")) {
		r.faults.add(c.fault(0, len(c.data), "row-kind", `write {"name": "Ada"}`, "a row is not an object"))
		return false
	}
	d := json.NewDecoder(bytes.NewReader(c.data))
	d.UseNumber()
	d.Token() // the whole object has been read once: there are no more errors
	row.insert, row.layout = int(d.InputOffset()), ", "
	before := r.faults.count()
	for d.More() {
		key := skipTo(c.data, int(d.InputOffset()))
		name, _ := d.Token()
		f := field{key: key}
		f.name, _ = name.(string)
		f.start = skipTo(c.data, int(d.InputOffset()))
		wrong := f.readJSON(d)
		f.end = int(d.InputOffset())
		switch {
		case row.field(f.name) != nil:
			r.faults.add(c.fault(key, f.start, "repeated-name", "", "%q is there twice in this row", f.name))
		case wrong != "":
			r.faults.add(c.fault(f.start, f.end, "value-kind", "write a text, a number, true, false or null", "the value of %q is %s", f.name, wrong))
		}
		row.fields = append(row.fields, f)
	}
	if len(row.fields) == 0 {
		row.layout = ""
	}
	return r.faults.count() == before
}

// skipTo returns the offset of the next token, past white space, commas and colons.
func skipTo(data []byte, offset int) int {
	for offset < len(data) && strings.IndexByte(" \t\r\n,:", data[offset]) >= 0 {
		offset++
	}
	return offset
}

// readJSON reads the field's value and returns what it is if it is none that a variable can have.
func (f *field) readJSON(d *json.Decoder) (wrong string) {
	token, _ := d.Token()
	switch v := token.(type) {
	case json.Delim:
		for depth := 1; depth > 0; {
			inner, err := d.Token()
			if err != nil {
				break
			}
			if delim, ok := inner.(json.Delim); ok && (delim == '{' || delim == '[') {
				depth++
			} else if ok {
				depth--
			}
		}
		return "a list or an object"
	case json.Number:
		f.text = v.String()
		if n, err := strconv.ParseInt(f.text, 10, 64); err == nil {
			f.value = n
			break
		}
		x, err := v.Float64()
		if err != nil {
			return "a number beyond 1.8e308"
		}
		f.value = x
	case string:
		f.value, f.text = v, v
	case bool:
		f.value, f.text = v, strconv.FormatBool(v)
	}
	return ""
}
