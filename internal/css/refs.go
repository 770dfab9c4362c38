package css

import (
	"bytes"
	"fmt"
	"strings"

	lexer "github.com/tdewolff/parse/v2/css"
)

// A Ref is a url() or the target of an @import. URL is what it says; Start and End are the offsets of the whole token,
// quotes or url() included.
type Ref struct {
	URL        string
	Import     bool
	Start, End int
}

// Refs returns every url() of a sheet and every target of an @import, data: URLs included.
func Refs(css []byte) []Ref {
	tokens := lex(css)
	var refs []Ref
	imports := false // between @import and its target
	for i, t := range tokens {
		s := css[t.start:t.end]
		switch {
		case t.blank():
			continue
		case t.kind == lexer.AtKeywordToken:
			imports = strings.EqualFold(string(s), "@import")
			continue
		case t.kind == lexer.URLToken:
			refs = append(refs, Ref{unwrap(s), imports, t.start, t.end})
		case t.kind == lexer.StringToken && (imports || i > 0 && inFunction(css, tokens, i, "src(", "image-set(", "-webkit-image-set(")):
			refs = append(refs, Ref{unquote(s), imports, t.start, t.end})
		}
		imports = false
	}
	return refs
}

// inFunction reports whether the string at token i is a direct argument of one of the functions.
func inFunction(css []byte, tokens []token, i int, names ...string) bool {
	const reach = 1000 // tokens; no list of sources is longer
	depth, last := 0, i-reach
	for i--; i >= 0 && i > last; i-- {
		switch tokens[i].kind {
		case lexer.RightParenthesisToken:
			depth++
		case lexer.LeftParenthesisToken:
			depth--
		case lexer.FunctionToken:
			if depth == 0 {
				for _, n := range names {
					if strings.EqualFold(string(css[tokens[i].start:tokens[i].end]), n) {
						return true
					}
				}
				return false
			}
			depth--
		case lexer.SemicolonToken, lexer.LeftBraceToken, lexer.RightBraceToken:
			return false
		}
		if depth < 0 {
			return false
		}
	}
	return false
}

// unwrap returns the address in a url() token.
func unwrap(s []byte) string {
	in := strings.TrimSpace(strings.TrimSuffix(string(s[strings.IndexByte(string(s), '(')+1:]), ")"))
	return unquote([]byte(in))
}

// RewriteURLs replaces every address that [Refs] finds by what to returns for it; all other bytes stay, and so does an
// address that to returns unchanged. New addresses are put in quotes.
func RewriteURLs(css []byte, to func(url string) string) []byte {
	var out bytes.Buffer
	at := 0
	for _, r := range Refs(css) {
		url := to(r.URL)
		if url == r.URL {
			continue
		}
		out.Write(css[at:r.Start])
		if c := css[r.Start]; c == '"' || c == '\'' {
			out.WriteString(quote(url))
		} else {
			out.WriteString("url(" + quote(url) + ")")
		}
		at = r.End
	}
	if at == 0 {
		return css
	}
	out.Write(css[at:])
	return out.Bytes()
}

// quote writes a string of CSS.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&b, "\\%x ", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
