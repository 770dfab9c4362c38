package check

import (
	"encoding/json"
	"errors"
	"html"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/source"
)

// number reads a decimal number as every HyperFrames reader does: digits, sign, point, exponent, spaces around.
func number(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "0123456789.+-eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false
	}
	return v, true
}

// leading reads the number at the start of s and returns it with the rest, as parseFloat does.
func leading(s string) (v float64, rest string, ok bool) {
	s = strings.TrimSpace(s)
	n := 0
	for n < len(s) && (isDigit(s[n]) || s[n] == '.' || n == 0 && (s[n] == '-' || s[n] == '+')) {
		n++
	}
	v, ok = number(s[:n])
	return v, s[n:], ok
}

// seconds prints a time for a message: at most three decimals, no trailing zeros.
func seconds(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64) + " s"
}

// plain prints a number for a message.
func plain(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
}

// A reference is a data-start that counts from the end of another element.
type reference struct {
	id     string
	offset float64
}

// parseReference reads `id`, `id + n` and `id - n` (contract §4).
func parseReference(s string) (reference, bool) {
	s = strings.TrimSpace(s)
	if isReferenceID(s) {
		return reference{id: s}, true
	}
	at := strings.LastIndexAny(s, "+-")
	if at <= 0 {
		return reference{}, false
	}
	id, amount := strings.TrimSpace(s[:at]), strings.TrimSpace(s[at+1:])
	v, ok := number(amount)
	if !ok || !isReferenceID(id) || !isDigit(amount[len(amount)-1]) {
		return reference{}, false
	}
	if s[at] == '-' {
		v = -v
	}
	return reference{id, v}, true
}

func isReferenceID(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '_' || c == '.' || c == ':' || c == '-') {
			return false
		}
	}
	return s != ""
}

// rawOffset returns the offset in the file of byte n of an attribute's unescaped value.
func rawOffset(data []byte, a *markup.Attr, n int) int {
	raw := data[a.ValStart:a.ValEnd]
	if len(raw) == len(a.Value) {
		return a.ValStart + min(n, len(raw))
	}
	at := 0 // bytes of the unescaped value before raw[i]
	for i := 0; i < len(raw); {
		if at >= n {
			return a.ValStart + i
		}
		if raw[i] == '&' {
			if end := strings.IndexByte(string(raw[i:min(len(raw), i+34)]), ';'); end > 0 {
				entity := string(raw[i : i+end+1])
				if s := html.UnescapeString(entity); s != entity {
					at += len(s)
					i += end + 1
					continue
				}
			}
		}
		at++
		i++
	}
	return a.ValEnd
}

// jsonFault returns what is wrong with a JSON text and at which byte; "" if nothing is.
func jsonFault(s string) (msg string, at int) {
	d := json.NewDecoder(strings.NewReader(s))
	var v any
	err := d.Decode(&v)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return syntax.Error(), max(0, int(syntax.Offset)-1)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return "unexpected end of JSON input", len(s)
	case err != nil:
		return err.Error(), 0
	}
	rest := int(d.InputOffset())
	if tail := strings.TrimSpace(s[rest:]); tail != "" {
		return "unexpected text after the value", len(s) - len(strings.TrimLeft(s[rest:], " \t\r\n"))
	}
	return "", 0
}

// A member is one value of a JSON object or array, with the bytes it takes up in the text.
type member struct {
	key        string
	raw        json.RawMessage
	start, end int // of the value
	keyAt      int // of the key's opening quote; start for array elements
}

// members returns the values of a JSON object or array in order; nil if s is neither or does not parse.
func members(s string) (list []member, object bool) {
	d := json.NewDecoder(strings.NewReader(s))
	open, err := d.Token()
	if err != nil || (open != json.Delim('{') && open != json.Delim('[')) {
		return nil, false
	}
	object = open == json.Delim('{')
	for d.More() {
		m := member{}
		if object {
			m.keyAt = skipTo(s, int(d.InputOffset()), '"')
			key, err := d.Token()
			if err != nil {
				return nil, object
			}
			m.key, _ = key.(string)
		}
		if d.Decode(&m.raw) != nil {
			return nil, object
		}
		m.end = int(d.InputOffset())
		m.start = m.end - len(m.raw)
		if !object {
			m.keyAt = m.start
		}
		list = append(list, m)
	}
	return list, object
}

func skipTo(s string, from int, c byte) int {
	if i := strings.IndexByte(s[from:], c); i >= 0 {
		return from + i
	}
	return from
}

// nearest is source.Nearest for names that an author made up: one of two letters is like everything and so like nothing.
func nearest(name string, known []string) string {
	if len(name) < 3 {
		return ""
	}
	return source.Nearest(name, known)
}

// sortedKeys returns the keys of m in order.
func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// didYouMean is source.DidYouMean for the keys of a map.
func didYouMean[V any](name string, known map[string]V) string {
	return source.DidYouMean(name, sortedKeys(known))
}

// quoteAll lists names for a message: "a", "b" and "c".
func quoteAll(names []string) string {
	var b strings.Builder
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(n))
	}
	return b.String()
}
