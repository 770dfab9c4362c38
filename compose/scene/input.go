package scene

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/hframes/hframes/source"
)

// filler stands in the normalised text for a byte that must not be seen: a part of a comment or a control character.
// It is no space and no punctuation, so that it changes the meaning of nothing around it, and it is taken out of
// everything that leaves the package.
const filler = 0x01

// An input is an author's file in the form that the parser reads: no byte order mark, lines end in "\n", valid UTF-8,
// no control characters, comments blanked. Every byte keeps its line and its column, so places found here are places
// in the author's file.
type input struct {
	file  *source.File // the author's file, for excerpts
	lines *source.File // data with the same name, for places
	data  []byte
	owned bool // data is our copy and may be written to
	list  source.List
	count int // of diagnostics made so far
}

const bom = "\ufeff"

func newInput(f *source.File) *input {
	in := &input{file: f, data: bytes.TrimPrefix(f.Data, []byte(bom))}
	if isUTF16(f.Data) {
		d := source.Diagnostic{Pos: source.Pos{File: f.Name}, Code: "scene/encoding", Msg: "the file is UTF-16"}
		in.list.Add(d.WithHint("save it as UTF-8"))
		in.data = nil
	}
	in.newlines()
	in.lines = source.NewFile(f.Name, in.data)
	in.controls()
	in.encoding()
	return in
}

func isUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff})
}

// newlines turns "\r\n" into "\n". A lone "\r" ends no line in any editor of this century; it becomes a space.
func (in *input) newlines() {
	if bytes.IndexByte(in.data, '\r') < 0 {
		return
	}
	out := bytes.ReplaceAll(in.data, []byte("\r\n"), []byte("\n"))
	for i, c := range out {
		if c == '\r' {
			out[i] = ' '
		}
	}
	in.data, in.owned = out, true
}

func isControl(c byte) bool { return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f }

func (in *input) controls() {
	first, count := -1, 0
	for i, c := range in.data {
		if isControl(c) {
			if first < 0 {
				first = i
			}
			count++
			in.set(i, filler)
		}
	}
	if first >= 0 {
		d := in.at(first, first+1, "scene/control-character", "control character, left out"+more(count))
		in.list.Add(d.Warn().WithHint("delete it: it cannot be shown"))
	}
}

func (in *input) encoding() {
	if utf8.Valid(in.data) {
		return
	}
	first, count := -1, 0
	var bad byte
	for i := 0; i < len(in.data); {
		r, n := utf8.DecodeRune(in.data[i:])
		if r == utf8.RuneError && n == 1 {
			if first < 0 {
				first, bad = i, in.data[i]
			}
			count++
			in.set(i, '?')
		}
		i += n
	}
	d := in.at(first, first+1, "scene/encoding", fmt.Sprintf("byte %#02x is not UTF-8%s", bad, more(count)))
	in.list.Add(d.WithHint("save the file as UTF-8"))
}

func more(count int) string {
	if count < 2 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", count-1)
}

// set changes one byte of the normalised text, never of the author's file.
func (in *input) set(i int, c byte) {
	if !in.owned {
		in.data, in.owned = bytes.Clone(in.data), true
		in.lines.Data = in.data
	}
	in.data[i] = c
}

// pos returns the place of an offset of the normalised text.
func (in *input) pos(offset int) source.Pos { return in.lines.Pos(offset) }

// maxFaults bounds how many faults of one file are listed. Nobody reads more, and each carries its line.
const maxFaults = 200

// at returns a diagnostic over a range of the normalised text; its excerpt is the author's line.
func (in *input) at(start, end int, code, msg string) source.Diagnostic {
	return in.atPos(in.pos(start), in.pos(max(start, end)), code, msg)
}

func (in *input) atPos(start, end source.Pos, code, msg string) source.Diagnostic {
	if in.count++; in.count > maxFaults {
		return source.Diagnostic{Pos: start, End: end, Code: code, Msg: msg}
	}
	return in.file.AtPos(start, end, code, msg)
}

// faults returns the list in the order of the file. Of a list that is too long the first errors are kept, then the
// first warnings.
func (in *input) faults() source.List {
	in.list.Sort()
	if len(in.list) <= maxFaults {
		return in.list
	}
	var kept source.List
	for _, severity := range []source.Severity{source.Error, source.Warning} {
		for _, d := range in.list {
			if d.Severity == severity && len(kept) < maxFaults {
				at := in.file.AtPos(d.Pos, d.End, "", "")
				d.Excerpt, d.Skipped = at.Excerpt, at.Skipped
				kept = append(kept, d)
			}
		}
	}
	rest := source.Diagnostic{Pos: source.Pos{File: in.file.Name}, Code: "scene/too-many-faults", Msg: fmt.Sprintf("%d more faults are not listed", len(in.list)-len(kept))}
	kept.Add(rest.Warn())
	kept.Sort()
	return kept
}

// visible returns b without filler.
func visible(b []byte) []byte {
	if bytes.IndexByte(b, filler) < 0 {
		return b
	}
	return bytes.ReplaceAll(b, []byte{filler}, nil)
}
