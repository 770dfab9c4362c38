package scene

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// altText returns the text of an image's label.
func (c *chunk) altText(n ast.Node) string {
	var b strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Text:
			b.Write(c.plain(child))
			if child.SoftLineBreak() || child.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *varNode:
			b.WriteString(c.env.defaults[child.path])
		default:
			b.WriteString(c.altText(child))
		}
	}
	return b.String()
}

// plain returns the text of a node without escapes.
func (c *chunk) plain(t *ast.Text) []byte {
	value := t.Segment.Value(c.src)
	if t.IsRaw() {
		return visible(value)
	}
	return c.unescape(value)
}

// escape makes a text safe within HTML, in and outside of quotes.
func escape(s string) string {
	if strings.IndexAny(s, `&<>"`) < 0 {
		return s
	}
	return htmlEscaper.Replace(s)
}

var htmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// unescape resolves backslashes and character references, and drops filler.
func (c *chunk) unescape(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 && bytes.IndexByte(b, '&') < 0 {
		return visible(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\' && i+1 < len(b) && isPunctuation(b[i+1]):
			i++
			out = append(out, b[i])
		case b[i] == '&':
			n := bytes.IndexByte(b[i:min(len(b), i+34)], ';')
			if n > 1 {
				if s := html.UnescapeString(string(b[i : i+n+1])); s != string(b[i:i+n+1]) {
					out = append(out, s...)
					i += n
					continue
				}
			}
			out = append(out, '&')
		case b[i] != filler:
			out = append(out, b[i])
		}
	}
	return out
}

func isPunctuation(c byte) bool {
	return c > ' ' && c < 0x7f && !isLetter(c) && !isDigit(c)
}

// findAddress returns where the next web address stands in a text, or -1: http://, https:// or www. after a space or a
// sign, up to the next space, without the signs that end a sentence.
func findAddress(b []byte, from int) (start, end int) {
	for i := from; i < len(b); i++ {
		n := bytes.IndexAny(b[i:], "hw")
		if n < 0 {
			return -1, -1
		}
		i += n
		rest := b[i:]
		var prefix int
		switch {
		case bytes.HasPrefix(rest, []byte("https://")):
			prefix = 8
		case bytes.HasPrefix(rest, []byte("http://")):
			prefix = 7
		case bytes.HasPrefix(rest, []byte("www.")):
			prefix = 4
		default:
			continue
		}
		if i > 0 && (isNameByte(b[i-1]) || b[i-1] == '/' || b[i-1] == '.') {
			continue
		}
		if n := addressLength(rest); n > prefix {
			return i, i + n
		}
	}
	return -1, -1
}

func addressLength(b []byte) int {
	n := 0
	open := 0
	for n < len(b) && b[n] > ' ' && b[n] != '<' && b[n] != '"' {
		if b[n] == '(' {
			open++
		} else if b[n] == ')' {
			open--
		}
		n++
	}
	for n > 0 {
		switch b[n-1] {
		case '.', ',', ':', ';', '!', '?', '\'', '*', '_', '~':
		case ')':
			if open >= 0 {
				return n
			}
			open++
		default:
			return n
		}
		n--
	}
	return n
}

// firstRune and lastRune return the runes at the ends of a text.
func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }
func lastRune(s string) rune  { r, _ := utf8.DecodeLastRuneInString(s); return r }
