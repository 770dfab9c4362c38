// Package source holds an author's file and says where in it something is wrong.
//
// In go the bytes of a file; out come positions (line and column, both counted from 1, columns in bytes) and
// diagnostics that carry the faulty line with them, so that a terminal, a JSON reader and a browser show the same
// thing without opening the file again. The package reads nothing from disk and prints nothing by itself.
package source

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"
)

// A File is one file of an author's project. Name is its path relative to the project, with forward slashes.
type File struct {
	Name string
	Data []byte

	starts []int // byte offset of the first byte of each line
}

// NewFile returns a File over data. The bytes are not copied and must not change afterwards.
func NewFile(name string, data []byte) *File {
	f := &File{Name: name, Data: data, starts: []int{0}}
	if bytes.HasPrefix(data, mark) {
		f.starts[0] = len(mark)
	}
	for i := 0; ; {
		n := bytes.IndexByte(data[i:], '\n')
		if n < 0 {
			return f
		}
		i += n + 1
		f.starts = append(f.starts, i)
	}
}

// mark is the byte order mark that some editors put before a file. It is no part of the first line.
var mark = []byte("\xef\xbb\xbf")

// A Pos is a place in a file. Line and Col count from 1, Col in bytes. The zero Pos means "the place is not known";
// a Pos with a File and no Line means the file as a whole.
type Pos struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

// IsValid reports whether p names a line.
func (p Pos) IsValid() bool { return p.Line > 0 }

// Before reports whether p comes before q, by file, line and column.
func (p Pos) Before(q Pos) bool {
	if p.File != q.File {
		return p.File < q.File
	}
	if p.Line != q.Line {
		return p.Line < q.Line
	}
	return p.Col < q.Col
}

// Pos returns the place of a byte offset. Offsets outside the file are moved to its nearest end.
func (f *File) Pos(offset int) Pos {
	offset = max(f.starts[0], min(offset, len(f.Data)))
	line := sort.SearchInts(f.starts, offset+1)
	return Pos{File: f.Name, Line: line, Col: offset - f.starts[line-1] + 1}
}

// Offset returns the byte offset of p, the inverse of [File.Pos]. It returns 0 for a place that is not known.
func (f *File) Offset(p Pos) int {
	if p.Line < 1 || p.Line > len(f.starts) {
		return 0
	}
	return min(f.starts[p.Line-1]+max(p.Col-1, 0), len(f.Data))
}

// Line returns the text of line n, counted from 1, without its line ending; "" if there is no such line.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.starts) {
		return ""
	}
	end := len(f.Data)
	if n < len(f.starts) {
		end = f.starts[n]
	}
	line, ended := strings.CutSuffix(string(f.Data[f.starts[n-1]:end]), "\n")
	if ended {
		line = strings.TrimSuffix(line, "\r")
	}
	return line
}

// Lines returns the number of lines, at least 1.
func (f *File) Lines() int { return len(f.starts) }

// At returns an error diagnostic with the given code and message over the bytes from start to end of f. Callers set
// Severity and Hint on the value as needed.
func (f *File) At(start, end int, code, msg string) Diagnostic {
	if end < start {
		end = start
	}
	return f.AtPos(f.Pos(start), f.Pos(end), code, msg)
}

// AtPos is [File.At] for a place that is already known. A zero end means one character.
func (f *File) AtPos(pos, end Pos, code, msg string) Diagnostic {
	if !end.IsValid() {
		end = pos
	}
	d := Diagnostic{Pos: pos, End: end, Code: code, Msg: msg}
	d.Excerpt, d.Skipped = f.excerpt(pos)
	return d
}

// maxExcerpt bounds the part of a line that a diagnostic carries, in bytes.
const maxExcerpt = 2000

func (f *File) excerpt(pos Pos) (text string, skipped int) {
	text = f.Line(pos.Line)
	if at := min(pos.Col-1, len(text)); at > maxExcerpt/2 && len(text) > maxExcerpt {
		for skipped = at - maxExcerpt/2; skipped < at && !utf8.RuneStart(text[skipped]); skipped++ {
		}
		text = text[skipped:]
	}
	if len(text) > maxExcerpt {
		text = text[:maxExcerpt]
	}
	return oneByOne(text), skipped
}

// oneByOne puts a control character, which is printed as a dot, in the place of every byte that is not UTF-8, so that
// columns stay what they are.
func oneByOne(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	out := []byte(s)
	for i, c := range s {
		if c == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			out[i] = '\x1a'
		}
	}
	return string(out)
}
