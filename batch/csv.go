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

// delimiters are what may stand between cells; the line of column names shows which one does. Spreadsheets write semicolons
// where a comma stands before the decimals.
const delimiters = ",;\t"

// delimiter returns the one that a line has most of, outside quotes.
func delimiter(line []byte) byte {
	var count [256]int
	open := false
	for _, b := range line {
		if b == '"' {
			open = !open
		} else if !open {
			count[b]++
		}
	}
	most := delimiters[0]
	for _, d := range []byte(delimiters[1:]) {
		if count[d] > count[most] {
			most = d
		}
	}
	return most
}

// A csvSplitter cuts a CSV file into records. A record ends at the end of a line outside quotes.
type csvSplitter struct {
	reader *reader
	begun  bool
}

// next returns the text of the next record that is not blank. Before the first, it reads the names of the columns.
func (s *csvSplitter) next() (chunk, error) {
	if !s.begun {
		s.begun = true
		c, err := s.record(delimiters)
		if err == nil && isSeparatorLine(c.data) {
			c, err = s.record(delimiters)
		}
		if err == nil {
			err = s.reader.readHeader(c)
		}
		if err != nil {
			return c, err
		}
	}
	return s.record(string(s.reader.delimiter))
}

// isSeparatorLine reports whether a line is one such as "sep=;", which tells Excel what stands between the cells.
func isSeparatorLine(line []byte) bool {
	return len(line) == len("sep=;") && strings.EqualFold(string(line[:4]), "sep=")
}

// record returns the next record that has something in its cells: spreadsheets write empty rows behind the last one.
func (s *csvSplitter) record(delimiters string) (chunk, error) {
	for {
		c := s.reader.in.here()
		open := -1
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
			if open = quoted(c.data, had, open, delimiters); open < 0 {
				break
			}
		}
		c.data = bytes.TrimRight(c.data, "\r\n")
		if len(bytes.Trim(c.data, delimiters+" \t\r")) > 0 {
			return c, nil
		}
	}
}

// quoted looks at the text of a record from an offset on, and returns where the quoted cell starts that is open at its
// end, or -1; open is what it returned for the text before. A quote opens a cell only as its first character; any other is
// a fault that ends with its line.
func quoted(text []byte, from, open int, delimiters string) int {
	first := open < 0 // of its cell
	for i := from; i < len(text); i++ {
		switch b := text[i]; {
		case open >= 0 && b == '"' && i+1 < len(text) && text[i+1] == '"':
			i++
		case open >= 0 && b == '"':
			open, first = -1, false
		case open < 0 && b == '"' && first:
			open, first = i, false
		case open < 0:
			first = strings.IndexByte(delimiters, b) >= 0
		}
	}
	return open
}

// record parses one record. A fault is told.
func (r *reader) record(c chunk) (texts []string, places []source.Pos, ok bool) {
	p := csv.NewReader(bytes.NewReader(c.data))
	p.Comma = rune(r.delimiter)
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
	if open := quoted(c.data, 0, -1, string(r.delimiter)); open >= 0 {
		r.faults.add(c.fault(open, open+1, "csv", "a quoted cell ends with a quote; write \"\" for a quote in it", "a quote that is not closed"))
		return nil, nil, false
	}
	msg, hint := "a quote inside a cell that does not start with one", `write "" for a quote, and quotes around the whole cell`
	if errors.Is(fault.Err, csv.ErrQuote) {
		msg, hint = "a quoted cell does not end here", `a quoted cell ends with a quote and `+r.delimiterName()+` or the end of the line; write "" for a quote in it`
	}
	pos := source.Pos{File: c.name, Line: fault.Line, Col: max(fault.Column, 1)}
	r.faults.add(c.faultAt(pos, source.Pos{}, "csv", hint, "%s", msg))
	return nil, nil, false
}

func (r *reader) delimiterName() string {
	return map[byte]string{',': "a comma", ';': "a semicolon", '\t': "a tab"}[r.delimiter]
}

// readHeader reads the names of the columns. With a fault in them, no row can be read: the error is io.EOF.
func (r *reader) readHeader(c chunk) error {
	before := r.faults.count()
	if !r.valid(c) {
		return io.EOF
	}
	r.delimiter = delimiter(c.data)
	names, places, ok := r.record(c)
	if !ok {
		return io.EOF
	}
	names = trimEmpty(names, 0)
	seen := map[string]bool{}
	for i, name := range names {
		places[i].Col += len(name) - len(strings.TrimLeft(name, " "))
		name = strings.TrimSpace(name)
		end := places[i]
		end.Col += max(len(name), 1)
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

// trimEmpty cuts empty cells off the end of a record, down to a length: spreadsheets write cells of columns that have no name.
func trimEmpty(texts []string, length int) []string {
	for len(texts) > length && strings.TrimSpace(texts[len(texts)-1]) == "" {
		texts = texts[:len(texts)-1]
	}
	return texts
}

func (r *reader) parseCSV(row *row) bool {
	texts, places, ok := r.record(row.chunk)
	if !ok {
		return false
	}
	texts = trimEmpty(texts, len(r.header))
	if len(texts) != len(r.header) {
		hint := "a cell that holds " + r.delimiterName() + " needs quotes"
		if len(texts) < len(r.header) {
			hint = "an empty cell needs " + r.delimiterName() + ", too"
		}
		r.faults.add(row.chunk.fault(0, len(row.chunk.data), "ragged-row", hint,
			"%d cells in this row, %d names of columns", len(texts), len(r.header)))
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
