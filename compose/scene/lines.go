package scene

import (
	"bytes"
	"strings"
)

// What a line is, by its own bytes alone. All of these take a line without its indent and its trailing blanks.

// trimIndent returns a line without its indent, trailing blanks and line ending, and the width of the indent.
func trimIndent(line []byte) (body []byte, indent int) {
	i := 0
	for ; i < len(line); i++ {
		if line[i] == ' ' {
			indent++
		} else if line[i] == '\t' {
			indent += 4 - indent%4
		} else {
			break
		}
	}
	return line[i:max(i, trimEnd(line))], indent
}

// unquote takes the marks of block quotes off a line and counts them.
func unquote(line []byte) (rest []byte, quotes int) {
	for {
		body, indent := trimIndent(line)
		if indent > 3 || len(body) == 0 || body[0] != '>' {
			return line, quotes
		}
		line = body[1:]
		quotes++
	}
}

// isRule reports whether a line is a thematic break: three or more of the same - _ or *, with blanks between.
func isRule(body []byte) bool {
	if len(body) < 3 || (body[0] != '-' && body[0] != '_' && body[0] != '*') {
		return false
	}
	n := 0
	for _, c := range body {
		if c == body[0] {
			n++
		} else if !isBlank(c) {
			return false
		}
	}
	return n >= 3
}

// isUnderline reports whether a line under text makes it a setext heading.
func isUnderline(body []byte) bool {
	return (body[0] == '=' || body[0] == '-') && runLength(body) == len(body)
}

// headingLevel returns the level of an ATX heading, 0 for any other line.
func headingLevel(body []byte) int {
	if body[0] != '#' {
		return 0
	}
	n := runLength(body)
	if n > 6 || (n < len(body) && !isBlank(body[n])) {
		return 0
	}
	return n
}

// runLength returns how many times the first byte stands at the start of b.
func runLength(b []byte) int {
	n := 0
	for n < len(b) && b[n] == b[0] {
		n++
	}
	return n
}

// listMarker returns the length of the list marker a line begins with and the one blank after it, or 0. In a paragraph
// only a list that begins with 1 and is not empty is one.
func listMarker(body []byte, inParagraph bool) int {
	if len(body) == 0 {
		return 0
	}
	i := 0
	for i < len(body) && i < 9 && isDigit(body[i]) {
		i++
	}
	switch {
	case i > 0:
		if i == len(body) || (body[i] != '.' && body[i] != ')') || (inParagraph && string(body[:i]) != "1") {
			return 0
		}
	case body[0] != '-' && body[0] != '+' && body[0] != '*':
		return 0
	}
	if i++; i == len(body) {
		if inParagraph {
			return 0
		}
		return i
	}
	if !isBlank(body[i]) {
		return 0
	}
	return i + 1
}

// isDelimiterRow reports whether a line is the second line of a table.
func isDelimiterRow(body []byte) bool {
	if bytes.IndexByte(body, '|') < 0 {
		return false
	}
	for _, c := range body {
		if c != '|' && c != '-' && c != ':' && !isBlank(c) {
			return false
		}
	}
	return true
}

// hasFold reports whether b contains an ASCII word, in any case. want is lower case and begins with "<".
func hasFold(b []byte, want string) bool {
	for {
		i := bytes.IndexByte(b, want[0])
		if i < 0 || len(b)-i < len(want) {
			return false
		}
		if strings.EqualFold(string(b[i:i+len(want)]), want) {
			return true
		}
		b = b[i+1:]
	}
}
