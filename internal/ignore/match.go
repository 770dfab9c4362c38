package ignore

import "strings"

// A token is one step of a pattern.
type token struct {
	kind kind
	char byte // of a literal
	set  *set // of a class
}

type kind int

const (
	literal kind = iota
	any1         // "?": one byte but "/"
	star         // "*": any bytes but "/"
	deep         // "**": any bytes
	dirs         // "**/" that begins an element: any number of whole elements, each with its "/"
	class        // "[…]": one byte but "/"
)

// A pattern is a rule without the marks around it.
type pattern struct {
	tokens []token
	prefix int // bytes that stand for themselves; git compares them apart, and what follows is a pattern of its own
}

// match reports whether all of name fits the pattern. The time it takes grows with the product of their lengths, however
// many stars there are: it follows all ways at once.
func (p pattern) match(name string) bool {
	tokens := p.tokens
	now, next := make([]bool, len(tokens)+1), make([]bool, len(tokens)+1)
	reach(tokens, now, 0, true)
	for i := range len(name) {
		clear(next)
		for t, here := range now[:len(tokens)] {
			if !here {
				continue
			}
			c, one := name[i], tokens[t]
			begins := c == '/' || i+1 == p.prefix
			switch one.kind {
			case literal:
				if c == one.char {
					reach(tokens, next, t+1, begins)
				}
			case any1:
				if c != '/' {
					reach(tokens, next, t+1, begins)
				}
			case class:
				if c != '/' && one.set[c] {
					reach(tokens, next, t+1, begins)
				}
			case star:
				if c != '/' {
					reach(tokens, next, t, begins)
				}
			case deep, dirs:
				reach(tokens, next, t, begins)
			}
		}
		now, next = next, now
	}
	return now[len(tokens)]
}

// reach marks the state before token t and those that need no byte to get to from there; begins reports whether an
// element of the name begins here.
func reach(tokens []token, states []bool, t int, begins bool) {
	for {
		if states[t] {
			return
		}
		states[t] = true
		if t == len(tokens) {
			return
		}
		switch tokens[t].kind {
		case star, deep:
		case dirs:
			if !begins {
				return
			}
		default:
			return
		}
		t++
	}
}

// compile takes a pattern apart. It reports false for one that matches nothing: a class without an end, or a backslash
// at the end.
func compile(p string) (out pattern, ok bool) {
	out.prefix = len(p)
	if i := strings.IndexAny(p, `*?[\`); i >= 0 {
		out.prefix = i
	}
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '?':
			out.tokens = append(out.tokens, token{kind: any1})
		case '*':
			rest := strings.TrimLeft(p[i:], "*")
			end := len(p) - len(rest)
			kind, begins := star, i == out.prefix || p[i-1] == '/'
			switch {
			case end-i == 1 || !begins: // inside an element, two stars are one
			case rest == "" || strings.HasPrefix(rest, `\/`):
				kind = deep
			case rest[0] == '/':
				kind = dirs
				end++
			}
			out.tokens = append(out.tokens, token{kind: kind})
			i = end - 1
		case '[':
			set, length, ok := parseClass(p[i+1:])
			if !ok {
				return pattern{}, false
			}
			out.tokens = append(out.tokens, token{kind: class, set: set})
			i += length
		case '\\':
			if i++; i == len(p) {
				return pattern{}, false
			}
			out.tokens = append(out.tokens, token{char: p[i]})
		default:
			out.tokens = append(out.tokens, token{char: p[i]})
		}
	}
	return out, true
}

// A set holds bytes.
type set [256]bool

// parseClass reads a class from behind its "[", and returns its length with the "]". It reads as git does, also what is
// no class in good order.
func parseClass(p string) (s *set, length int, ok bool) {
	s = new(set)
	i := 0
	negated := i < len(p) && (p[i] == '!' || p[i] == '^')
	if negated {
		i++
	}
	for start, before := i, -1; ; i++ { // before is what a "-" may make a range with
		if i >= len(p) {
			return nil, 0, false
		}
		c := int(p[i])
		switch {
		case c == ']' && i > start:
			if negated {
				for b := range s {
					s[b] = !s[b]
				}
			}
			return s, i + 1, true
		case c == '-' && before >= 0 && i+1 < len(p) && p[i+1] != ']':
			if i++; p[i] == '\\' {
				if i++; i == len(p) {
					return nil, 0, false
				}
			}
			for b := before; b <= int(p[i]); b++ {
				s[b] = true
			}
			c = -1
		case c == '[' && i+1 < len(p) && p[i+1] == ':':
			name, _, closed := strings.Cut(p[i+2:], "]")
			if !closed {
				return nil, 0, false
			}
			short, named := strings.CutSuffix(name, ":")
			if !named {
				s[c] = true
				break
			}
			member, known := classes[short]
			if !known {
				return nil, 0, false
			}
			for b := range s {
				s[b] = s[b] || member(byte(b))
			}
			i += 2 + len(name)
			c = -1
		case c == '\\':
			if i++; i == len(p) {
				return nil, 0, false
			}
			c = int(p[i])
			s[c] = true
		default:
			s[c] = true
		}
		before = c
	}
}

// classes are those with a name.
var classes = map[string]func(byte) bool{
	"alpha":  alpha,
	"digit":  digit,
	"alnum":  func(c byte) bool { return alpha(c) || digit(c) },
	"lower":  func(c byte) bool { return c >= 'a' && c <= 'z' },
	"upper":  func(c byte) bool { return c >= 'A' && c <= 'Z' },
	"xdigit": func(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' },
	"space":  func(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' },
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"punct":  func(c byte) bool { return c > ' ' && c <= '~' && !alpha(c) && !digit(c) },
	"print":  func(c byte) bool { return c >= ' ' && c <= '~' },
	"graph":  func(c byte) bool { return c > ' ' && c <= '~' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
}

func alpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func digit(c byte) bool { return c >= '0' && c <= '9' }
