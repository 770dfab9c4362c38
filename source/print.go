package source

import (
	"fmt"
	"io"
	"strings"
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

// maxColumns bounds the printed part of a long line, in runes.
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
	start := min(max(d.Pos.Col-1, 0), len(d.Excerpt))
	end := len(d.Excerpt)
	if d.End.Line == d.Pos.Line && d.End.File == d.Pos.File {
		end = min(max(d.End.Col-1, start), len(d.Excerpt))
	}
	before := []rune(clean(d.Excerpt[:start]))
	fault := []rune(clean(d.Excerpt[start:end]))
	after := []rune(clean(d.Excerpt[end:]))
	if keep := maxColumns / 2; len(before) > keep {
		before = append([]rune("…"), before[len(before)-keep+1:]...)
	}
	pad = len(before)
	if room := maxColumns - pad; len(fault) > room {
		fault, after = append(fault[:room-1:room-1], '…'), nil
	} else if len(fault)+len(after) > room {
		after = append(after[:room-len(fault)], '…')
	}
	return string(before) + string(fault) + string(after), pad, max(len(fault), 1)
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
