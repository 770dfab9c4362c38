package batch

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hframes/hframes/source"
)

// rowPlaceholder stands for the number of a row, with as many digits as the number of the last one. A column of this name
// is used in its place: so a file of failed rows keeps the numbers that its rows had.
const rowPlaceholder = "row"

// A pattern is a text with {placeholders}.
type pattern struct {
	text  string
	parts []part
}

// A part is a piece of a pattern: a text, or the name of a placeholder.
type part struct {
	text, name string
}

// A PatternError says what is wrong with a pattern for outputs or titles.
type PatternError struct {
	Pattern string
	Reason  string
	Advice  string // may be ""
}

func (e *PatternError) Error() string { return fmt.Sprintf("pattern %q: %s", e.Pattern, e.Reason) }

// Hint says what to write.
func (e *PatternError) Hint() string { return e.Advice }

// parsePattern reads a pattern. {{ and }} stand for single brackets.
func parsePattern(text string) (*pattern, error) {
	p := &pattern{text: text}
	literal := func(s string) {
		if n := len(p.parts); n > 0 && p.parts[n-1].name == "" {
			p.parts[n-1].text += s
			return
		}
		p.parts = append(p.parts, part{text: s})
	}
	for rest := text; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			literal(rest)
			break
		}
		if i > 0 {
			literal(rest[:i])
		}
		if strings.HasPrefix(rest[i+1:], rest[i:i+1]) {
			literal(rest[i : i+1])
			rest = rest[i+2:]
			continue
		}
		end := strings.IndexAny(rest[i+1:], "{}")
		if rest[i] == '}' || end < 0 || rest[i+1+end] == '{' {
			return nil, &PatternError{text, "a bracket without its other one", "write {column} or {row}; {{ and }} for brackets themselves"}
		}
		name := strings.TrimSpace(rest[i+1 : i+1+end])
		if name == "" {
			return nil, &PatternError{text, "a placeholder without a name", "write {column} or {row}"}
		}
		p.parts = append(p.parts, part{name: name})
		rest = rest[i+end+2:]
	}
	return p, nil
}

// names returns the placeholders.
func (p *pattern) names() []string {
	var out []string
	for _, part := range p.parts {
		if part.name != "" && !slices.Contains(out, part.name) {
			out = append(out, part.name)
		}
	}
	return out
}

// check returns an error for a placeholder that is none of the columns.
func (p *pattern) check(columns []string) error {
	known := append([]string{rowPlaceholder}, columns...)
	for _, name := range p.names() {
		if !slices.Contains(known, name) {
			return &PatternError{p.text, fmt.Sprintf("no column is named %q", name), source.DidYouMean(name, known)}
		}
	}
	return nil
}

// fill puts the values in.
func (p *pattern) fill(value func(name string) string) string {
	var b strings.Builder
	for _, part := range p.parts {
		if part.name == "" {
			b.WriteString(part.text)
		} else {
			b.WriteString(value(part.name))
		}
	}
	return b.String()
}

// distinct reports whether the row's number alone makes each text another one: it has always the same length, so that it
// does when it is the first or the last placeholder.
func (p *pattern) distinct() bool {
	var names []string
	for _, part := range p.parts {
		if part.name != "" {
			names = append(names, part.name)
		}
	}
	return len(names) > 0 && (names[0] == rowPlaceholder || names[len(names)-1] == rowPlaceholder)
}

// number returns a row's number with as many digits as the last one.
func number(row, last int) string { return fmt.Sprintf("%0*d", len(strconv.Itoa(last)), row) }

// maxValue bounds what a value adds to a file's name, in bytes.
const maxValue = 100

// maxName bounds a file's name, in bytes: most systems take 255, and a file has a longer one while it is written.
const maxName = 220

// fileName makes a value part of a file's name: no separators, nothing that some system does not take in a name, no dots
// at its ends, at most maxValue bytes. Letters of all scripts stay. A value of which nothing is left becomes "_".
func fileName(value string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`/\<>:"|?*`, r) || unicode.IsSpace(r) && r != ' ':
			return '-'
		case r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.Is(unicode.Cf, r) || overrides(r):
			return -1
		}
		return r
	}, strings.TrimSpace(value))
	safe = strings.Trim(safe, ". ")
	if stem, rest, _ := strings.Cut(safe, "."); isDevice(stem) {
		safe = stem + "_." + rest
	}
	for len(safe) > maxValue {
		_, size := utf8.DecodeLastRuneInString(safe)
		safe = safe[:len(safe)-size]
	}
	if safe = strings.TrimRight(safe, ". "); safe == "" {
		return "_"
	}
	return safe
}

// isDevice reports whether Windows takes a name for one of a device, whatever its ending.
func isDevice(stem string) bool {
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	port, found := strings.CutPrefix(stem, "COM")
	if !found {
		port, found = strings.CutPrefix(stem, "LPT")
	}
	return found && utf8.RuneCountInString(port) == 1 && strings.Contains("0123456789¹²³", port)
}

// overrides reports whether a character changes the direction of those behind it, so that a name reads as another.
func overrides(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// longName returns the part of a path that is too long for a file's name, or "".
func longName(path string) string {
	for _, name := range strings.Split(filepath.ToSlash(path), "/") {
		if len(name) > maxName {
			return name
		}
	}
	return ""
}
