package css

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	lexer "github.com/tdewolff/parse/v2/css"
)

// PrefixKeyframes gives every @keyframes that a sheet defines the name prefix-name, and renames what refers to it:
// animation and animation-name, with and without a vendor's prefix, fallbacks of var() in them included, and custom
// properties whose name is or ends in "animation" or "animation-name" (--enter-animation). Names that the sheet does
// not define stay, so shared keyframes can be used beside own ones. All other bytes stay as they are. prefix must be a
// CSS identifier. Doing it twice with the same prefix adds it twice.
func PrefixKeyframes(css []byte, prefix string) []byte {
	tokens := lex(css)
	defined := map[string]bool{}
	var marks []int // tokens to be renamed
	for i := range tokens {
		if n := keyframesName(css, tokens, i); n > 0 {
			defined[unquote(css[tokens[n].start:tokens[n].end])] = true
			marks = append(marks, n)
		}
	}
	if len(defined) == 0 {
		return css
	}
	sheet := Parse(css)
	for _, r := range sheet.Rules {
		for _, d := range r.Decls {
			if shorthand, ok := namesAnimations(d.Property); ok {
				marks = append(marks, references(css, tokens, d, shorthand, defined)...)
			}
		}
	}
	slices.Sort(marks)
	var out bytes.Buffer
	at := 0
	for _, m := range slices.Compact(marks) {
		start := tokens[m].start
		if tokens[m].kind == lexer.StringToken {
			start++
		}
		out.Write(css[at:start])
		out.WriteString(prefix + "-")
		at = start
	}
	out.Write(css[at:])
	return out.Bytes()
}

// KeyframeNames returns the names of the @keyframes that a sheet defines, in order.
func KeyframeNames(css []byte) []string {
	tokens := lex(css)
	var names []string
	for i := range tokens {
		if n := keyframesName(css, tokens, i); n > 0 {
			names = append(names, unquote(css[tokens[n].start:tokens[n].end]))
		}
	}
	return names
}

// keyframesName returns the index of the token that names the keyframes defined at token i, 0 if none are.
func keyframesName(css []byte, tokens []token, i int) int {
	t := tokens[i]
	if t.kind != lexer.AtKeywordToken || !isKeyframes(strings.ToLower(string(css[t.start+1:t.end]))) {
		return 0
	}
	for i++; tokens[i].blank(); i++ {
	}
	switch tokens[i].kind {
	case lexer.IdentToken, lexer.StringToken, lexer.CustomPropertyNameToken:
		return i
	}
	return 0
}

// namesAnimations reports whether a property's value names keyframes, and whether other words stand beside the name.
func namesAnimations(property string) (shorthand, ok bool) {
	if strings.HasPrefix(property, "-") {
		if i := strings.LastIndex(property, "animation"); i > 0 && property[i-1] == '-' {
			property = property[i:]
		}
	}
	return property == "animation", property == "animation" || property == "animation-name"
}

// references returns the tokens of a declaration's value that name defined keyframes.
func references(css []byte, tokens []token, d Decl, shorthand bool, defined map[string]bool) []int {
	var marks []int
	var functions []bool // open functions; true = var(), whose fallback counts
	var taken keywords
	variable := -1 // the token that var() names
	i, _ := slices.BinarySearchFunc(tokens, d.ValStart, func(t token, at int) int { return t.start - at })
	for ; tokens[i].start < d.ValEnd; i++ {
		t := tokens[i]
		s := css[t.start:t.end]
		inside := slices.Contains(functions, false)
		switch t.kind {
		case lexer.FunctionToken:
			isVar := strings.EqualFold(string(s), "var(")
			if functions = append(functions, isVar); isVar {
				for variable = i + 1; tokens[variable].blank(); variable++ {
				}
			}
		case lexer.LeftParenthesisToken:
			functions = append(functions, false)
		case lexer.RightParenthesisToken:
			functions = functions[:max(0, len(functions)-1)]
		case lexer.CommaToken:
			if len(functions) == 0 {
				taken = keywords{}
			}
		case lexer.IdentToken, lexer.StringToken, lexer.CustomPropertyNameToken:
			name := unquote(s)
			keyword := shorthand && t.kind == lexer.IdentToken && taken.take(strings.ToLower(name))
			if !inside && !keyword && i != variable && defined[name] {
				marks = append(marks, i)
			}
		}
	}
	return marks
}

// keywords notes which kinds of words an item of the animation shorthand has used up. Keyframes may be called "ease" or
// "both": the first such word is the keyword, a second one the name.
type keywords [5]bool

func (k *keywords) take(word string) bool {
	kinds := [...]string{
		" linear ease ease-in ease-out ease-in-out step-start step-end ",
		" infinite ",
		" normal reverse alternate alternate-reverse ",
		" none forwards backwards both ",
		" running paused ",
	}
	for i, kind := range kinds {
		if strings.Contains(kind, " "+word+" ") && !k[i] {
			k[i] = true
			return true
		}
	}
	return false
}

// unquote returns what an identifier or a string says: without quotes, escapes resolved.
func unquote(s []byte) string {
	if len(s) > 0 && (s[0] == '"' || s[0] == '\'') {
		quote := s[0]
		if s = s[1:]; len(s) > 0 && s[len(s)-1] == quote {
			s = s[:len(s)-1]
		}
	}
	s = bytes.ReplaceAll(s, []byte{0}, []byte("\ufffd")) // as whoever reads CSS does first
	if bytes.IndexByte(s, '\\') < 0 {
		return string(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		n := 0
		for n < 6 && i+n < len(s) && isHex(s[i+n]) {
			n++
		}
		switch {
		case n > 0:
			v, _ := strconv.ParseUint(string(s[i:i+n]), 16, 32)
			if v == 0 || v > 0x10ffff || v >= 0xd800 && v <= 0xdfff {
				v = 0xfffd
			}
			b.WriteRune(rune(v))
			if i += n - 1; i+1 < len(s) && (s[i+1] == ' ' || s[i+1] == '\t' || s[i+1] == '\n') {
				i++
			}
		case s[i] == '\n': // a string goes on in the next line
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
