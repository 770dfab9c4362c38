// Package css reads style sheets: what animates, which files and fonts are named, whether a colour can be read on
// another, and where the author forgot a brace.
//
// A sheet goes in as bytes; everything that comes out carries byte offsets into it, so that a caller can point at a
// fault or splice a change in and leave every other byte alone. The package follows CSS Syntax Level 3 with nesting:
// it accepts any bytes, what a browser would skip it skips, and it says so in Faults. It evaluates nothing that needs
// a page: no cascade, no var().
package css

import (
	"bytes"
	"strings"

	"github.com/tdewolff/parse/v2"
	lexer "github.com/tdewolff/parse/v2/css"
)

// A token is a piece of a sheet. Tokens follow each other without gaps.
type token struct {
	kind       lexer.TokenType
	start, end int
}

// lex cuts a sheet into tokens. The last token is an ErrorToken of no length at the end.
func lex(data []byte) []token {
	l := lexer.NewLexer(parse.NewInputBytes(data[:len(data):len(data)])) // the lexer writes behind what it may
	tokens := make([]token, 0, len(data)/3+1)
	at := 0
	for {
		kind, text := l.Next()
		if kind == lexer.ErrorToken {
			break
		}
		tokens = append(tokens, token{kind, at, at + len(text)})
		at += len(text)
	}
	if at < len(data) {
		tokens = append(tokens, token{lexer.DelimToken, at, len(data)})
	}
	return append(tokens, token{lexer.ErrorToken, len(data), len(data)})
}

// blank reports whether a token is white space or a comment.
func (t token) blank() bool { return t.kind == lexer.WhitespaceToken || t.kind == lexer.CommentToken }

// A Sheet is a style sheet, taken apart. Rules are in source order; a nested rule follows the one it stands in.
type Sheet struct {
	Data   []byte
	Rules  []Rule
	Faults []Fault // by offset
}

// A Rule is a style rule or an at-rule. Offsets are bytes into Sheet.Data.
type Rule struct {
	At       string   // name of an at-rule, lower case, such as "media" or "keyframes"; "" for a style rule
	Selector string   // selector list, or prelude of an at-rule: without comments, white space collapsed
	Within   []string // at-rules around it, outermost first, such as "@media (width > 10px)"
	Parent   int      // index of the rule around it, -1 at the top
	Decls    []Decl
	Block    bool // has a { } block
	Start    int
	End      int // just past "}" or ";"
	SelStart int
	SelEnd   int
	Body     int // just past "{"; for a rule without a block, End
	BodyEnd  int // at "}"
}

// A Decl is a declaration. Its value is what stands between colon and semicolon, without comments, surrounding space
// and "!important"; ValStart and ValEnd are the offsets of that part as it is written.
type Decl struct {
	Property  string // lower case, but for custom properties
	Value     string
	Important bool
	Start     int
	End       int // before the semicolon
	ValStart  int
	ValEnd    int
}

// A Fault is a mistake that a browser passes over in silence. Code is stable: unclosed-block, unclosed-paren,
// unclosed-string, unclosed-comment, bad-url, stray-bracket, missing-semicolon, no-colon, empty-value, no-selector.
type Fault struct {
	Start, End int
	Code       string
	Msg, Hint  string
}

// Parse takes a style sheet apart.
func Parse(data []byte) *Sheet {
	p := &parser{sheet: &Sheet{Data: data}, tokens: lex(data)}
	p.lexFaults()
	p.block(-1)
	p.sortFaults()
	return p.sheet
}

// ParseDecls takes the value of a style attribute apart: declarations without a rule around them.
func ParseDecls(data []byte) ([]Decl, []Fault) {
	p := &parser{sheet: &Sheet{Data: data, Rules: []Rule{{Parent: -1, Block: true}}}, tokens: lex(data)}
	p.lexFaults()
	p.block(0)
	p.sortFaults()
	return p.sheet.Rules[0].Decls, p.sheet.Faults
}

// Resolved returns the selector of a rule with the selectors of the rules around it: "&" and the descendant that is
// meant where it is left out are replaced by :is(parent). At-rules have none of their own.
func (s *Sheet) Resolved(i int) string {
	for i >= 0 && s.Rules[i].At != "" {
		i = s.Rules[i].Parent
	}
	if i < 0 {
		return ""
	}
	own, up := s.Rules[i].Selector, s.Resolved(s.Rules[i].Parent)
	if up == "" || s.inKeyframes(i) {
		return own
	}
	const longest = 1 << 10 // "& &" in blocks in blocks doubles every time
	around := ":is(" + up + ")"
	switch {
	case len(up) > longest:
		around = ":is(…)"
	case !strings.Contains(up, ","):
		around = up
	}
	var parts []string
	for _, part := range Split(own) {
		if !strings.Contains(part, "&") {
			part = "& " + part
		}
		parts = append(parts, strings.ReplaceAll(part, "&", around))
	}
	return strings.Join(parts, ", ")
}

func (s *Sheet) inKeyframes(i int) bool {
	up := s.Rules[i].Parent
	return up >= 0 && isKeyframes(s.Rules[up].At)
}

func isKeyframes(name string) bool {
	return name == "keyframes" || strings.HasPrefix(name, "-") && strings.HasSuffix(name, "-keyframes")
}

// text returns the text of tokens without comments, white space collapsed and trimmed.
func text(data []byte, tokens []token) string {
	var b bytes.Buffer
	for _, t := range tokens {
		switch {
		case t.kind == lexer.CommentToken:
		case t.kind == lexer.WhitespaceToken:
			if b.Len() > 0 && !bytes.HasSuffix(b.Bytes(), []byte(" ")) {
				b.WriteByte(' ')
			}
		default:
			b.Write(data[t.start:t.end])
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}
