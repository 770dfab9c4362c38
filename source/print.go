package source

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Print writes each diagnostic of l in its one printed form:
//
//	video.md:12:3: error scene/unknown-layout: unknown layout "tilte"
//	   12 | ## Hello {.tilte}
//	      |           ^^^^^
//	      = hint: did you mean "title"?
//
// With color the severity, the gutter and the caret are coloured by ANSI sequences; nothing else differs.
func (l List) Print(w io.Writer, color bool) error {
	for _, d := range l {
		if _, err := io.WriteString(w, d.text(color)); err != nil {
			return err
		}
	}
	return nil
}

// maxColumns bounds the printed part of a long line.
const maxColumns = 120

func (d Diagnostic) text(color bool) string {
	paint := func(code, s string) string {
		if !color {
			return s
		}
		return "\x1b[" + code + "m" + s + "\x1b[0m"
	}
	tone := "31"
	if d.Severity == Warning {
		tone = "33"
	}
	var b strings.Builder
	head := clean(d.Headline())
	word := d.Severity.String()
	if color {
		head = strings.Replace(head, word+" "+d.Code, paint("1;"+tone, word)+" "+paint("2", d.Code), 1)
	}
	fmt.Fprintf(&b, "%s\n", head)
	gutter := "      "
	if d.Pos.IsValid() && (d.Excerpt != "" || d.Pos.Col == 1) {
		line, pad, width := d.window()
		fmt.Fprintf(&b, "%s %s\n", paint("2", fmt.Sprintf("%5d |", d.Pos.Line)), line)
		fmt.Fprintf(&b, "%s %s%s\n", paint("2", gutter+"|"), strings.Repeat(" ", pad), paint(tone, strings.Repeat("^", width)))
	}
	if d.Hint != "" {
		fmt.Fprintf(&b, "%s hint: %s\n", paint("2", gutter+"="), clean(d.Hint))
	}
	return b.String()
}

// window returns the part of the line around the fault with control characters made visible, the number of columns
// before the caret, and the caret's width in columns (at least 1).
func (d Diagnostic) window() (line string, pad, width int) {
	start := min(max(d.Pos.Col-1-d.Skipped, 0), len(d.Excerpt))
	end := len(d.Excerpt)
	if d.End.Line == d.Pos.Line && d.End.File == d.Pos.File {
		end = min(max(d.End.Col-1-d.Skipped, start), len(d.Excerpt))
	}
	before := []rune(clean(d.Excerpt[:start]))
	fault := []rune(clean(d.Excerpt[start:end]))
	after := []rune(clean(d.Excerpt[end:]))
	if keep := maxColumns / 2; columns(before) > keep || d.Skipped > 0 {
		before = append([]rune("…"), tail(before, keep-1)...)
	}
	pad = columns(before)
	if room := maxColumns - pad; columns(fault) > room {
		fault, after = append(head(fault, room-1), '…'), nil
	} else if room -= columns(fault); columns(after) > room {
		after = append(head(after, room), '…')
	}
	return string(before) + string(fault) + string(after), pad, max(columns(fault), 1)
}

// columns returns how many columns a text takes in a terminal.
func columns(text []rune) int {
	n := 0
	for _, r := range text {
		n += column(r)
	}
	return n
}

func column(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me) || r >= 0x200b && r <= 0x200f:
		return 0
	}
	for _, w := range wide {
		if r >= w[0] && r <= w[1] {
			return 2
		}
	}
	return 1
}

// wide holds the characters that take two columns: those of East Asian scripts, and emoji.
var wide = [...][2]rune{{0x1100, 0x115f}, {0x231a, 0x231b}, {0x23e9, 0x23ec}, {0x23f0, 0x23f0}, {0x23f3, 0x23f3}, {0x25fd, 0x25fe},
	{0x2614, 0x2615}, {0x2648, 0x2653}, {0x267f, 0x267f}, {0x2693, 0x2693}, {0x26a1, 0x26a1}, {0x26aa, 0x26ab}, {0x26bd, 0x26be},
	{0x26c4, 0x26c5}, {0x26ce, 0x26ce}, {0x26d4, 0x26d4}, {0x26ea, 0x26ea}, {0x26f2, 0x26f3}, {0x26f5, 0x26f5}, {0x26fa, 0x26fa},
	{0x26fd, 0x26fd}, {0x2705, 0x2705}, {0x270a, 0x270b}, {0x2728, 0x2728}, {0x274c, 0x274c}, {0x274e, 0x274e}, {0x2753, 0x2755},
	{0x2757, 0x2757}, {0x2795, 0x2797}, {0x27b0, 0x27b0}, {0x27bf, 0x27bf}, {0x2b1b, 0x2b1c}, {0x2b50, 0x2b50}, {0x2b55, 0x2b55},
	{0x2e80, 0x303e}, {0x3041, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe10, 0xfe19}, {0xfe30, 0xfe6f},
	{0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a},
	{0x1f200, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}}

// Columns returns how many columns a text takes in a terminal.
func Columns(text string) int { return columns([]rune(text)) }

// Cut returns a text for one line of a terminal, in at most so many columns, at least 1: without what would move the
// cursor, and with "…" in place of an end that has no room.
func Cut(text string, room int) string {
	line := []rune(clean(text))
	if columns(line) > room {
		line = append(head(line, room-1), '…')
	}
	return string(line)
}

// head returns as much of the start of a text as fits into so many columns.
func head(text []rune, room int) []rune {
	n := 0
	for n < len(text) && column(text[n]) <= room {
		room -= column(text[n])
		n++
	}
	return text[:n:n]
}

// tail returns as much of the end of a text as fits into so many columns.
func tail(text []rune, room int) []rune {
	n := len(text)
	for n > 0 && column(text[n-1]) <= room {
		n--
		room -= column(text[n])
	}
	return text[n:]
}

// clean replaces what would move the cursor or hide text in a terminal: tabs become one space (the caret stays under
// the fault), other control characters, bidirectional overrides among them, become "·".
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == utf8.RuneError ||
			(r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069):
			return '·'
		}
		return r
	}, s)
}
