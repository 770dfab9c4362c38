package scene

import "bytes"

// A colonLine is one line that begins with two or more colons:
//
//	:::name[label]{attrs}     opens a directive, closed by a line of as many colons
//	:::                       closes one
//	::name[label]{attrs}      a directive of one line
//
// Offsets count from the start of the line's bytes; a part that is not there is empty.
type colonLine struct {
	kind               colonKind
	colons             int
	name, label, attrs span // label without its brackets, attrs with its braces and all that follows
	hasLabel           bool
	rest               span // what follows the name and belongs to no part
}

type colonKind int

const (
	noColon    colonKind = iota // ordinary text
	openColon                   // :::name
	closeColon                  // :::
	leafColon                   // ::name
	badColon                    // ::: and then something that is no name
)

// A span is a range of bytes.
type span struct{ start, end int }

func (s span) empty() bool { return s.end <= s.start }

// A blank is a byte that ends a word without being seen.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == filler }

func skipBlanks(b []byte, i int) int {
	for i < len(b) && isBlank(b[i]) {
		i++
	}
	return i
}

// trimEnd returns the length of b without blanks and line ending.
func trimEnd(b []byte) int {
	n := len(b)
	for n > 0 && (isBlank(b[n-1]) || b[n-1] == '\n') {
		n--
	}
	return n
}

// readColons reads a line that may be a directive's. Blanks before the colons are allowed.
func readColons(line []byte) colonLine {
	line = line[:trimEnd(line)]
	at := skipBlanks(line, 0)
	i := at
	for i < len(line) && line[i] == ':' {
		i++
	}
	l := colonLine{colons: i - at}
	if l.colons < 2 {
		return l
	}
	if i == len(line) {
		if l.colons > 2 {
			l.kind = closeColon
		}
		return l
	}
	l.kind = leafColon
	if l.colons > 2 {
		l.kind = openColon
		i = skipBlanks(line, i)
	}
	l.name = span{i, nameEnd(line, i)}
	if l.name.empty() {
		if l.kind == leafColon {
			return colonLine{}
		}
		return colonLine{kind: badColon, colons: l.colons, rest: span{i, len(line)}}
	}
	return l.parts(line)
}

// parts reads what follows the name.
func (l colonLine) parts(line []byte) colonLine {
	i := l.name.end
	if l.kind == leafColon && i < len(line) && line[i] != '[' && line[i] != '{' {
		return colonLine{} // "::std::string", "::a b"
	}
	if l.kind == openColon {
		i = skipBlanks(line, i)
		if tail := bytes.TrimRight(line, ":"); len(line)-len(tail) >= 3 && len(tail) >= i {
			line = line[:trimEnd(tail)] // "::: name :::"
		}
	}
	if i < len(line) && line[i] == '[' {
		if end := closingBracket(line, i); end > 0 {
			l.hasLabel, l.label = true, span{i + 1, end}
			i = skipBlanks(line, end+1)
		}
	}
	if i < len(line) && line[i] == '{' {
		l.attrs = span{i, len(line)}
	} else if i < len(line) {
		l.rest = span{i, len(line)}
	}
	return l
}

// nameEnd returns the end of a name (a letter, then letters, digits, _ and -) that begins at i, or i.
func nameEnd(b []byte, i int) int {
	if i >= len(b) || !isLetter(b[i]) {
		return i
	}
	for i < len(b) && (isLetter(b[i]) || isDigit(b[i]) || b[i] == '_' || b[i] == '-') {
		i++
	}
	return i
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// closingBracket returns the offset of the "]" that closes the "[" at i, or -1. Escaped brackets do not count.
func closingBracket(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// closes returns the index of the open directive that a line of n colons closes, -1 if there is none. colons says how
// many colons each of the open directives began with, outermost first: the innermost of the same length is meant, else
// the innermost shorter one.
func closes(open int, colons func(int) int, n int) int {
	for i := open - 1; i >= 0; i-- {
		if colons(i) == n {
			return i
		}
	}
	for i := open - 1; i >= 0; i-- {
		if colons(i) < n {
			return i
		}
	}
	return -1
}
