package check

import "strings"

// tokenKind is the kind of a JavaScript token.
type tokenKind uint8

const (
	tokIdent   tokenKind = iota // names and keywords
	tokNumber                   //
	tokString                   // quotes included
	tokChunk                    // a piece of a template literal, ` or } to ${ or `
	tokPunct                    // one byte: "==" is two tokens
	tokPattern                  // a regular expression
)

// A token is one JavaScript token; start and end are byte offsets into the file that holds the script.
type token struct {
	kind       tokenKind
	start, end int
}

// tokens is a script taken apart, without its comments. open is the offset of a string, template or comment that the
// script ends inside of, -1 if there is none.
type tokens struct {
	src  []byte
	list []token
	open int
}

// lex takes the script src[from:to] apart. It accepts any bytes. A slash is read as division or as the start of a
// regular expression by what stands before it, which is right for all but contrived code.
func lex(src []byte, from, to int) tokens {
	l := lexer{src: src[:to], at: from, out: tokens{src: src, open: -1}}
	l.out.list = make([]token, 0, (to-from)/4)
	for l.at < to {
		l.next()
	}
	if len(l.braces) > 0 && l.out.open < 0 && l.inTemplate() {
		l.out.open = l.braces[len(l.braces)-1].start
	}
	return l.out
}

type lexer struct {
	src    []byte
	at     int
	out    tokens
	braces []brace // what each open "{" belongs to
}

// A brace is an open "{" or, if template is set, an open "${" of the template literal that begins at start.
type brace struct {
	template bool
	start    int
}

func (l *lexer) inTemplate() bool {
	for _, b := range l.braces {
		if b.template {
			return true
		}
	}
	return false
}

func (l *lexer) emit(k tokenKind, start int) {
	l.out.list = append(l.out.list, token{k, start, l.at})
}

func (l *lexer) next() {
	c, start := l.src[l.at], l.at
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
		l.at++
	case c == '/' && l.peek(1) == '/':
		for l.at < len(l.src) && l.src[l.at] != '\n' {
			l.at++
		}
	case c == '/' && l.peek(1) == '*':
		l.comment()
	case c == '"' || c == '\'':
		l.quoted(c)
		l.emit(tokString, start)
	case c == '`':
		l.at++
		l.chunk(start)
	case c >= '0' && c <= '9' || c == '.' && isDigit(l.peek(1)):
		for l.at++; l.at < len(l.src) && (isName(l.src[l.at]) || l.src[l.at] == '.'); l.at++ {
		}
		l.emit(tokNumber, start)
	case isName(c) || c == '#' || c == '@':
		for l.at++; l.at < len(l.src) && isName(l.src[l.at]); l.at++ {
		}
		l.emit(tokIdent, start)
	case c == '/' && l.patternMayStart() && l.pattern():
		l.emit(tokPattern, start)
	case c == '}' && len(l.braces) > 0 && l.braces[len(l.braces)-1].template:
		begin := l.braces[len(l.braces)-1].start
		l.braces = l.braces[:len(l.braces)-1]
		l.at++
		l.chunk(begin)
	default:
		l.at++
		l.emit(tokPunct, start)
		if c == '{' {
			l.braces = append(l.braces, brace{start: start})
		} else if c == '}' && len(l.braces) > 0 {
			l.braces = l.braces[:len(l.braces)-1]
		}
	}
}

func (l *lexer) peek(n int) byte {
	if l.at+n < len(l.src) {
		return l.src[l.at+n]
	}
	return 0
}

func (l *lexer) comment() {
	start := l.at
	for l.at += 2; l.at < len(l.src); l.at++ {
		if l.src[l.at] == '*' && l.peek(1) == '/' {
			l.at += 2
			return
		}
	}
	l.out.open = start
}

func (l *lexer) quoted(q byte) {
	start := l.at
	for l.at++; l.at < len(l.src); l.at++ {
		switch l.src[l.at] {
		case '\\':
			l.at++
		case '\n':
			return
		case q:
			l.at++
			return
		}
	}
	l.at = len(l.src)
	l.out.open = start
}

// chunk reads a piece of the template literal that begins at begin, up to its end or the next "${".
func (l *lexer) chunk(begin int) {
	start := l.at - 1
	for ; l.at < len(l.src); l.at++ {
		switch c := l.src[l.at]; {
		case c == '\\':
			l.at++
		case c == '`':
			l.at++
			l.emit(tokChunk, start)
			return
		case c == '$' && l.peek(1) == '{':
			l.at += 2
			l.emit(tokChunk, start)
			l.braces = append(l.braces, brace{template: true, start: begin})
			return
		}
	}
	l.at = len(l.src)
	l.emit(tokChunk, start)
	l.out.open = begin
}

// patternMayStart reports whether a slash here can only be a regular expression, going by the token before it.
func (l *lexer) patternMayStart() bool {
	if len(l.out.list) == 0 {
		return true
	}
	t := l.out.list[len(l.out.list)-1]
	switch t.kind {
	case tokPunct:
		return !strings.ContainsRune(")]", rune(l.src[t.start]))
	case tokIdent:
		switch string(l.src[t.start:t.end]) {
		case "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "instanceof", "yield", "await":
			return true
		}
		return false
	case tokChunk:
		return l.src[t.end-1] == '{'
	}
	return false
}

// pattern reads a regular expression and its flags. It reports false, and moves nowhere, if the line has no end of one.
func (l *lexer) pattern() bool {
	class := false
	for i := l.at + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '\n':
			return false
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			for i++; i < len(l.src) && isName(l.src[i]); i++ {
			}
			l.at = i
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '_' || c == '$' || c >= 0x80
}

// text returns the source of token i; "" outside the list.
func (t *tokens) text(i int) string {
	if i < 0 || i >= len(t.list) {
		return ""
	}
	return string(t.src[t.list[i].start:t.list[i].end])
}

// is reports whether token i is the name or punctuation s. A string that reads the same is not.
func (t *tokens) is(i int, s string) bool {
	if i < 0 || i >= len(t.list) {
		return false
	}
	k := t.list[i]
	return (k.kind == tokIdent || k.kind == tokPunct) && k.end-k.start == len(s) && string(t.src[k.start:k.end]) == s
}

// seq reports whether the tokens from i on are the given names and punctuation.
func (t *tokens) seq(i int, want ...string) bool {
	for k, w := range want {
		if !t.is(i+k, w) {
			return false
		}
	}
	return true
}

// kind returns the kind of token i; tokPunct outside the list.
func (t *tokens) kind(i int) tokenKind {
	if i < 0 || i >= len(t.list) {
		return tokPunct
	}
	return t.list[i].kind
}

// str returns the value of token i if it is a string or a template literal without ${}.
func (t *tokens) str(i int) (string, bool) {
	if i < 0 || i >= len(t.list) {
		return "", false
	}
	s := t.text(i)
	switch k := t.list[i].kind; {
	case k == tokString && len(s) >= 2 && s[len(s)-1] == s[0]:
	case k == tokChunk && len(s) >= 2 && s[0] == '`' && s[len(s)-1] == '`':
	default:
		return "", false
	}
	return unescape(s[1 : len(s)-1]), true
}

// unescape resolves the escapes that occur in selectors and paths: a backslash keeps the character after it.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if s[i] == 'n' || s[i] == 't' || s[i] == 'r' {
				b.WriteByte(' ')
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// assigned reports whether token i is the "=" of an assignment, not of a comparison or an arrow.
func (t *tokens) assigned(i int) bool {
	return t.is(i, "=") && !t.adjacent(i, "=") && !t.adjacent(i, ">")
}

// adjacent reports whether the token after i is s and follows without a space.
func (t *tokens) adjacent(i int, s string) bool {
	return t.is(i+1, s) && t.list[i].end == t.list[i+1].start
}

// matching returns the index of the bracket that closes the one at i, or the number of tokens if nothing does.
func (t *tokens) matching(i int) int {
	depth := 0
	for ; i < len(t.list); i++ {
		if t.list[i].kind == tokChunk {
			continue
		}
		if t.list[i].kind != tokPunct {
			continue
		}
		switch t.src[t.list[i].start] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth <= 0 {
				return i
			}
		}
	}
	return len(t.list)
}
