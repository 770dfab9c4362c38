package source

import (
	"fmt"
	"sort"
	"strings"
)

// Severity says whether a diagnostic stops the pipeline.
type Severity int

const (
	Error   Severity = iota // nothing is written
	Warning                 // the result is usable; --strict makes it an error
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// MarshalText makes a Severity its name in JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Severity) UnmarshalText(b []byte) error {
	switch string(b) {
	case "error":
		*s = Error
	case "warning":
		*s = Warning
	default:
		return fmt.Errorf("unknown severity %q", b)
	}
	return nil
}

// A Diagnostic is one thing that is wrong in an author's file.
type Diagnostic struct {
	Pos      Pos      `json:"pos"`               // where the fault begins
	End      Pos      `json:"end,omitzero"`      // just past its last byte; zero if not known
	Severity Severity `json:"severity"`          // error or warning
	Code     string   `json:"code"`              // stable, "room/name", such as "scene/unknown-key"
	Msg      string   `json:"message"`           // lower case, no full stop, the offending text in quotes
	Hint     string   `json:"hint,omitempty"`    // what to do about it
	Excerpt  string   `json:"excerpt,omitempty"` // the line at Pos, without its line ending
	Skipped  int      `json:"skipped,omitempty"` // bytes of a long line that stand before Excerpt
}

// Warn returns d as a warning.
func (d Diagnostic) Warn() Diagnostic { d.Severity = Warning; return d }

// WithHint returns d with a hint. An empty hint leaves d as it was.
func (d Diagnostic) WithHint(hint string) Diagnostic {
	if hint != "" {
		d.Hint = hint
	}
	return d
}

// Headline returns the first line of the printed form: "file:line:col: error code: message", without the parts of the
// place that are not known.
func (d Diagnostic) Headline() string {
	var b strings.Builder
	if d.Pos.File != "" {
		b.WriteString(d.Pos.File + ":")
		if d.Pos.Line > 0 {
			fmt.Fprintf(&b, "%d:%d:", d.Pos.Line, d.Pos.Col)
		}
		b.WriteByte(' ')
	}
	fmt.Fprintf(&b, "%s %s: %s", d.Severity, d.Code, d.Msg)
	return b.String()
}

// A List is a set of diagnostics. The zero List is empty and ready to use.
type List []Diagnostic

// Add appends diagnostics.
func (l *List) Add(d ...Diagnostic) { *l = append(*l, d...) }

// Sort orders l by file, line, column, then code and message, and drops exact repeats.
func (l *List) Sort() {
	s := *l
	sort.SliceStable(s, func(i, j int) bool {
		a, b := s[i], s[j]
		if a.Pos != b.Pos {
			return a.Pos.Before(b.Pos)
		}
		if a.Code != b.Code {
			return a.Code < b.Code
		}
		return a.Msg < b.Msg
	})
	kept := s[:0]
	for i, d := range s {
		if i == 0 || d != s[i-1] {
			kept = append(kept, d)
		}
	}
	*l = kept
}

// Count returns the number of errors and of warnings.
func (l List) Count() (errors, warnings int) {
	for _, d := range l {
		if d.Severity == Error {
			errors++
		} else {
			warnings++
		}
	}
	return errors, warnings
}

// Strict returns l with every warning raised to an error.
func (l List) Strict() List {
	out := make(List, len(l))
	for i, d := range l {
		d.Severity = Error
		out[i] = d
	}
	return out
}

// Err returns l as an error if it holds at least one error, else nil. Warnings alone are not an error.
func (l List) Err() error {
	if n, _ := l.Count(); n == 0 {
		return nil
	}
	return l
}

// Error returns the headlines, one per line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.Headline()
	}
	return strings.Join(lines, "\n")
}
