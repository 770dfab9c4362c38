package batch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/hframes/hframes/source"
)

// maxRow bounds the text of one row, in bytes: what no row is as long as comes from a quote that is not closed.
const maxRow = 1 << 20

// maxFaults is how many faults of one file are told; of the others, only the number.
const maxFaults = 100

// faults gathers what is wrong with a file.
type faults struct {
	list source.List
	more int // that are not in list
}

func (f *faults) add(d source.Diagnostic) {
	if len(f.list) == maxFaults {
		f.more++
		return
	}
	f.list.Add(d)
}

func (f *faults) count() int { return len(f.list) + f.more }

// err returns the faults as a [source.List], with one more entry that has the number of those that are not told.
func (f *faults) err(name string) error {
	if f.count() == 0 {
		return nil
	}
	list := f.list
	list.Sort()
	if f.more > 0 {
		list.Add(source.Diagnostic{Pos: source.Pos{File: name}, Code: "batch/more-faults", Msg: fmt.Sprintf("%d more faults", f.more)})
	}
	return list
}

// An input is a file that is read once from start to end, with the place of its next byte.
type input struct {
	name      string
	r         *bufio.Reader
	line, col int
}

func newInput(name string, r io.Reader) *input {
	in := &input{name: name, r: bufio.NewReaderSize(r, 64<<10), line: 1, col: 1}
	if head, _ := in.r.Peek(len(mark)); bytes.Equal(head, mark) {
		in.r.Discard(len(mark))
	}
	return in
}

// isUTF16 reports whether a file that has not been read yet starts as one in UTF-16 does.
func (in *input) isUTF16() bool {
	head, _ := in.r.Peek(2)
	return string(head) == "\xff\xfe" || string(head) == "\xfe\xff"
}

// mark is the byte order mark that spreadsheets put before a file.
var mark = []byte("\xef\xbb\xbf")

// errTooLong says that a row is longer than maxRow.
var errTooLong = errors.New("longer than a row may be")

// readByte returns the next byte.
func (in *input) readByte() (byte, error) {
	c, err := in.r.ReadByte()
	if err != nil {
		return 0, err
	}
	in.col++
	if c == '\n' {
		in.line, in.col = in.line+1, 1
	}
	return c, nil
}

// peek returns the next byte and does not read it.
func (in *input) peek() (byte, error) {
	b, err := in.r.Peek(1)
	if len(b) == 0 {
		return 0, err
	}
	return b[0], nil
}

// appendLine appends the next line with its line ending to buf. At the end of the file, the error is io.EOF.
func (in *input) appendLine(buf []byte) ([]byte, error) {
	for start := len(buf); ; {
		part, err := in.r.ReadSlice('\n')
		buf = append(buf, part...)
		in.col += len(part)
		switch {
		case len(buf) > maxRow:
			return buf, errTooLong
		case err == nil:
			in.line, in.col = in.line+1, 1
			return buf, nil
		case errors.Is(err, io.EOF) && len(buf) > start:
			return buf, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return buf, err
		}
	}
}

// here returns a chunk without text at the place of the next byte.
func (in *input) here() chunk { return chunk{name: in.name, line: in.line, col: in.col} }

// A chunk is the text of one row with its place in the file.
type chunk struct {
	name      string
	line, col int // of its first byte
	data      []byte
}

// fault returns a diagnostic over the bytes from start to end.
func (c chunk) fault(start, end int, code, hint, format string, args ...any) source.Diagnostic {
	f := source.NewFile(c.name, c.data)
	return c.faultAt(f.Pos(start), f.Pos(max(start, end)), code, hint, format, args...)
}

// faultAt is fault for a place in the chunk that is already known.
func (c chunk) faultAt(pos, end source.Pos, code, hint, format string, args ...any) source.Diagnostic {
	d := source.NewFile(c.name, c.data).AtPos(pos, end, "batch/"+code, fmt.Sprintf(format, args...)).WithHint(hint)
	if d.Pos.Line == 1 {
		d.Skipped += c.col - 1
	}
	d.Pos, d.End = c.shift(d.Pos), c.shift(d.End)
	return d
}

// shift turns a place in the chunk into one in the file.
func (c chunk) shift(p source.Pos) source.Pos {
	if p.Line == 1 {
		p.Col += c.col - 1
	}
	p.Line += c.line - 1
	return p
}
