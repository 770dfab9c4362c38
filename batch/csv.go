package batch

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode"

	"github.com/hframes/hframes/source"
)

// A csvSplitter cuts a CSV file into records. A record ends at the end of a line outside quotes.
type csvSplitter struct {
	reader *reader
	begun  bool
}

// next returns the text of the next record that is not blank, with its line ending. Before the first, it reads the names
// of the columns.
func (s *csvSplitter) next() (chunk, error) {
	if !s.begun {
		s.begun = true
		c, err := s.record()
		if err == nil {
			err = s.reader.readHeader(c)
		}
		if err != nil {
			return c, err
		}
	}
	return s.record()
}

func (s *csvSplitter) record() (chunk, error) {
	for {
		c := s.reader.in.here()
		open := false
		for {
			had := len(c.data)
			data, err := s.reader.in.appendLine(c.data)
			c.data = data
			if errors.Is(err, io.EOF) && had > 0 {
				return c, nil // the quote that is not closed is told by the parser
			}
			if err != nil {
				return c, err
			}
			if open = quoted(c.data[had:], open); !open {
				break
			}
		}
		if len(bytes.TrimRight(c.data, "\r\n")) > 0 {
			return c, nil
		}
	}
}

// quoted reports whether a quoted field is open at the end of a line, where open says whether one was at its start. A
// quote opens a field only as its first character; any other is a fault that ends with its line.
func quoted(line []byte, open bool) bool {
	first := !open // of its field
	for i := 0; i < len(line); i++ {
		switch {
		case open && line[i] == '"' && i+1 < len(line) && line[i+1] == '"':
			i++
		case line[i] == '"' && (open || first):
			open, first = !open, false
		case !open:
			first = line[i] == ','
		}
	}
	return open
}

// record parses one record. A fault is told.
func (r *reader) record(c chunk) (texts []string, places []source.Pos, ok bool) {
	p := csv.NewReader(bytes.NewReader(c.data))
	texts, err := p.Read()
	if err == nil {
		for i := range texts {
			line, col := p.FieldPos(i)
			places = append(places, source.Pos{File: c.name, Line: line, Col: col})
		}
		return texts, places, true
	}
	var fault *csv.ParseError
	if !errors.As(err, &fault) {
		r.faults.add(c.fault(0, 1, "csv", "", "%v", err))
		return nil, nil, false
	}
	msg, hint := "a quote inside a cell that does not start with one", `write "" for a quote, and quotes around the whole cell`
	if errors.Is(fault.Err, csv.ErrQuote) {
		msg, hint = "a quoted cell does not end here", `a quoted cell ends with a quote and a comma or the end of the line; write "" for a quote in it`
	}
	pos := source.Pos{File: c.name, Line: fault.Line, Col: max(fault.Column, 1)}
	r.faults.add(c.faultAt(pos, source.Pos{}, "csv", hint, "%s", msg))
	return nil, nil, false
}

// readHeader reads the names of the columns. With a fault in them, no row can be read: the error is io.EOF.
func (r *reader) readHeader(c chunk) error {
	before := r.faults.count()
	if !r.valid(c) {
		return io.EOF
	}
	names, places, ok := r.record(c)
	if !ok {
		return io.EOF
	}
	seen := map[string]bool{}
	for i, name := range names {
		name = strings.TrimSpace(name)
		end := places[i]
		end.Col += max(len(names[i]), 1)
		switch {
		case name == "":
			r.faults.add(c.faultAt(places[i], end, "column-name", "the first line holds the names of the columns", "column %d has no name", i+1))
		case strings.ContainsFunc(name, unicode.IsControl):
			r.faults.add(c.faultAt(places[i], end, "column-name", "end lines with a line feed", "the name of column %d holds a control character", i+1))
		case seen[name]:
			r.faults.add(c.faultAt(places[i], end, "column-name", "", "two columns are named %q", name))
		}
		seen[name] = true
		names[i] = name
	}
	if len(names) == 1 && strings.ContainsAny(names[0], ";\t") {
		r.faults.add(c.fault(0, len(c.data), "column-name", "separate the columns by commas", "the names are not separated by commas"))
	}
	if r.faults.count() > before {
		return io.EOF
	}
	f := source.NewFile(c.name, c.data)
	for i, name := range names {
		start := f.Offset(places[i])
		r.header = append(r.header, field{name: name, start: start, end: start + len(name)})
	}
	r.head = c
	return nil
}

func (r *reader) parseCSV(row *row) bool {
	texts, places, ok := r.record(row.chunk)
	if !ok {
		return false
	}
	if len(texts) != len(r.header) {
		r.faults.add(row.chunk.fault(0, len(bytes.TrimRight(row.chunk.data, "\r\n")), "ragged-row",
			"a cell that holds a comma needs quotes", "%d cells in this row, %d names of columns", len(texts), len(r.header)))
		return false
	}
	f := source.NewFile(row.chunk.name, row.chunk.data)
	for i, text := range texts {
		start := f.Offset(places[i])
		cell := field{name: r.header[i].name, text: text, start: start, end: start + len(text)}
		if text != "" {
			cell.value = text
		}
		row.fields = append(row.fields, cell)
	}
	return true
}
