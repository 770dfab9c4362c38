package batch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// A Format is how a file of rows is written.
type Format string

// The formats. In all of them, the file is UTF-8, a byte order mark is skipped, and a row is at most 1 MiB of text.
const (
	CSV   Format = "csv"   // a line of column names, then one record a row; commas, semicolons or tabs between cells; an empty cell is no value
	JSON  Format = "json"  // an array of objects
	JSONL Format = "jsonl" // one object a line
	YAML  Format = "yaml"  // a list of mappings; every row starts with "- " at the start of a line; no anchors or aliases
)

// Formats lists the names of all formats.
func Formats() []string { return []string{string(CSV), string(JSON), string(JSONL), string(YAML)} }

// FormatOf returns the format that a file's name ends with.
func FormatOf(name string) (f Format, ok bool) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".tsv":
		return CSV, true
	case ".json":
		return JSON, true
	case ".jsonl", ".ndjson":
		return JSONL, true
	case ".yaml", ".yml":
		return YAML, true
	}
	return "", false
}

// A row is one row of the file, its fields in the file's order.
type row struct {
	number int // from 1
	chunk  chunk
	fields []field
	insert int // where in the chunk a field may be put in before the others
	layout insertion
}

// An insertion is how a field that is put in before the others ends.
type insertion string

func (r *row) field(name string) *field {
	for i := range r.fields {
		if r.fields[i].name == name {
			return &r.fields[i]
		}
	}
	return nil
}

// A field is one cell. A value that is left out, by an empty CSV cell or by null, is nil.
type field struct {
	name       string
	value      any    // nil, string, bool, int64 or float64
	text       string // the value as the file has it, without quotes
	start, end int    // where the value stands in the row's chunk
	key        int    // where the name stands; not in CSV
}

// A reader takes a file of rows apart, one row at a time. What is wrong with a row is told to faults, and the row is left
// out. The memory that it needs does not depend on the number of rows.
type reader struct {
	in     *input
	faults *faults
	split  func() (chunk, error) // the next row's text, or io.EOF
	parse  func(*row) bool       // fills in the fields; false if the row has a fault
	number int                   // of the last row

	// Of a CSV file:
	head      chunk   // the line of column names
	header    []field // where they stand in it
	delimiter byte    // what stands between cells
}

func newReader(name string, f Format, in io.Reader, faults *faults) *reader {
	r := &reader{in: newInput(name, in), faults: faults}
	switch {
	case r.in.isUTF16():
		r.split = r.refuseUTF16
	case f == CSV:
		s := &csvSplitter{reader: r}
		r.split, r.parse = s.next, r.parseCSV
	case f == JSON:
		s := &jsonSplitter{reader: r}
		r.split, r.parse = s.next, r.parseJSON
	case f == JSONL:
		r.split, r.parse = r.splitLines, r.parseJSON
	default:
		s := &yamlSplitter{reader: r}
		r.split, r.parse = s.next, r.parseYAML
	}
	return r
}

// next returns the next row without a fault. At the end the error is io.EOF; any other error is one of reading.
func (r *reader) next() (*row, error) {
	for {
		c, err := r.chunk()
		if err != nil {
			return nil, err
		}
		row := &row{number: r.number, chunk: c}
		if !r.valid(c) || !r.parse(row) {
			continue
		}
		return row, nil
	}
}

// skip reads the text of one row and looks at nothing in it.
func (r *reader) skip() error {
	_, err := r.chunk()
	return err
}

func (r *reader) chunk() (chunk, error) {
	c, err := r.split()
	switch {
	case errors.Is(err, errTooLong):
		c.data = c.data[:min(len(c.data), 200)]
		r.faults.add(c.fault(0, 1, "long-row", "is a quote or a bracket not closed?", "a row is longer than %d KiB", maxRow>>10))
		return c, io.EOF
	case err != nil && !errors.Is(err, io.EOF):
		return c, fmt.Errorf("read %s: %w", r.in.name, err)
	case err == nil:
		r.number++
	}
	return c, err
}

// encodingHint says how a file becomes one that can be read.
const encodingHint = `save the file as UTF-8; Excel calls it "CSV UTF-8"`

// refuseUTF16 stands in for the splitter of a file that is not UTF-8 from its first byte on.
func (r *reader) refuseUTF16() (chunk, error) {
	c := r.in.here()
	r.faults.add(c.fault(0, 0, "encoding", encodingHint, "the file is UTF-16, not UTF-8"))
	return c, io.EOF
}

// valid reports whether a row is text.
func (r *reader) valid(c chunk) bool {
	if utf8.Valid(c.data) {
		return true
	}
	at := 0
	for at < len(c.data) {
		char, size := utf8.DecodeRune(c.data[at:])
		if char == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	r.faults.add(c.fault(at, at+1, "encoding", encodingHint, "a byte that is not UTF-8"))
	return false
}

// splitLines returns the next line that is not blank.
func (r *reader) splitLines() (chunk, error) {
	for {
		c := r.in.here()
		data, err := r.in.appendLine(nil)
		c.data = bytes.TrimRight(data, "\r\n")
		if err != nil || len(bytes.Trim(data, " \t\r\n")) > 0 {
			return c, err
		}
	}
}
