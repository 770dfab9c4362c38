package code

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A line is one line of the source, cut into pieces.
type line struct {
	pieces []piece
	change string // of a diff, see change
	text   string
}

// piece is text of one class, without line feeds.
type piece struct {
	class byte
	text  string
}

// splitLines lays runs over text. There is always at least one line.
func splitLines(runs []run, text string, diff bool) []line {
	var lines []line
	var now line
	for len(runs) > 0 {
		r := runs[0]
		runs = runs[1:]
		part := text[:r.size]
		text = text[r.size:]
		for {
			head, tail, more := strings.Cut(part, "\n")
			if head != "" {
				now.pieces = append(now.pieces, piece{r.class, head})
				now.text += head
			}
			if !more {
				break
			}
			lines = append(lines, now)
			now = line{}
			part = tail
		}
	}
	lines = append(lines, now)
	if diff {
		for i := range lines {
			lines[i].change = change(lines[i].text)
		}
	}
	return lines
}

// width returns the columns of s when it begins at column from.
func width(s string, from, tab int) int {
	col := from
	for _, r := range s {
		col += runeWidth(r, col, tab)
	}
	return col - from
}

// runeWidth returns the columns of a character at a column, as terminals count them.
func runeWidth(r rune, col, tab int) int {
	switch {
	case r == '\t':
		return tab - col%tab
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// A row is what is drawn in one row of the picture: a line, or a part of one.
type row struct {
	pieces []piece
	indent int // columns to move it to the right
	cols   int // indent and text
}

// rows breaks a line so that no row is longer than limit columns (0 = no limit). Rows after the first hang two columns
// deeper than the line's own indent. No character is added or lost; a row breaks after a space or a punctuation mark if
// there is one in its second half.
func (l line) rows(limit, tab int) []row {
	total := width(l.text, 0, tab)
	if limit <= 0 || total <= limit {
		return []row{{pieces: l.pieces, cols: total}}
	}
	lead := len(l.text) - len(strings.TrimLeft(l.text, " \t"))
	hang := min(width(l.text[:lead], 0, tab)+2, limit/2)
	var out []row
	rest, pieces, indent := l.text, l.pieces, 0
	for rest != "" {
		n := breakAt(rest, limit-indent, tab)
		var head []piece
		head, pieces = cutPieces(pieces, n)
		out = append(out, row{head, indent, indent + width(rest[:n], 0, tab)})
		rest, indent = rest[n:], hang
	}
	return out
}

// breakAt returns how many bytes of s fit into limit columns, at least one character.
func breakAt(s string, limit, tab int) int {
	col, i, after := 0, 0, byte(0)
	good, fair := 0, 0 // where a break reads well, and where it will do
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		w := runeWidth(r, col, tab)
		if col+w > limit && i > 0 {
			break
		}
		if col > limit/2 {
			if strings.IndexByte(" \t,;({[", after) >= 0 && r != ' ' {
				good = i
			} else if strings.IndexByte(")]}>|&+=-/", after) >= 0 || r == '.' {
				fair = i
			}
		}
		col += w
		i, after = i+size, s[i]
	}
	switch {
	case i == len(s):
		return i
	case good > 0:
		return good
	case fair > 0:
		return fair
	}
	return i
}

// cutPieces splits pieces after n bytes.
func cutPieces(pieces []piece, n int) (head, tail []piece) {
	for i, p := range pieces {
		if n < len(p.text) {
			if n > 0 {
				head = append(head, piece{p.class, p.text[:n]})
			}
			return head, append([]piece{{p.class, p.text[n:]}}, pieces[i+1:]...)
		}
		head = append(head, p)
		n -= len(p.text)
	}
	return head, nil
}
