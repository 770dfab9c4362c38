package css

import (
	"math"
	"strconv"
	"strings"
	"time"

	lexer "github.com/tdewolff/parse/v2/css"
)

// Split cuts a value at its commas; those in brackets and strings do not count.
func Split(value string) []string {
	data := []byte(value)
	tokens := lex(data)
	var parts []string
	from, depth := 0, 0
	for i, t := range tokens {
		switch t.kind {
		case lexer.LeftParenthesisToken, lexer.FunctionToken, lexer.LeftBracketToken, lexer.LeftBraceToken:
			depth++
		case lexer.RightParenthesisToken, lexer.RightBracketToken, lexer.RightBraceToken:
			depth--
		case lexer.CommaToken:
			if depth == 0 {
				parts = append(parts, text(data, tokens[from:i]))
				from = i + 1
			}
		}
	}
	if last := text(data, tokens[from:len(tokens)-1]); last != "" || len(parts) > 0 {
		parts = append(parts, last)
	}
	return parts
}

// A Word is a part of a value at its top level: a word, a number with its unit, a string, a url, or a function with all
// that is in it.
type Word struct {
	Text       string
	Start, End int // in the value
	tokens     []token
}

// Words cuts a value at its spaces, commas and slashes; commas and slashes are words of their own.
func Words(value string) []Word {
	data := []byte(value)
	tokens := lex(data)
	var words []Word
	for i := 0; i < len(tokens)-1; i++ {
		if tokens[i].blank() {
			continue
		}
		from, depth := i, 0
		for ; i < len(tokens)-1; i++ {
			switch tokens[i].kind {
			case lexer.LeftParenthesisToken, lexer.FunctionToken, lexer.LeftBracketToken, lexer.LeftBraceToken:
				depth++
			case lexer.RightParenthesisToken, lexer.RightBracketToken, lexer.RightBraceToken:
				depth--
			}
			if depth <= 0 {
				break
			}
		}
		i = min(i, len(tokens)-2)
		w := tokens[from : i+1]
		words = append(words, Word{text(data, w), w[0].start, w[len(w)-1].end, w})
	}
	return words
}

// Families returns the font families of a font-family list, generic ones included, without quotes. A part that is not
// a plain name, such as var(), is left out.
func Families(value string) []string {
	var out []string
	for _, part := range Split(value) {
		words := Words(part)
		if len(words) == 0 {
			continue
		}
		if len(words) == 1 && words[0].tokens[0].kind == lexer.StringToken {
			out = append(out, unquote([]byte(words[0].Text)))
			continue
		}
		names := make([]string, len(words))
		for i, w := range words {
			if k := w.tokens[0].kind; k != lexer.IdentToken && k != lexer.CustomPropertyNameToken {
				names = nil
				break
			}
			names[i] = unquote([]byte(w.Text))
		}
		if names != nil {
			out = append(out, strings.Join(names, " "))
		}
	}
	return out
}

// FontSize returns the font size and the families that a declaration of font, font-family or font-size sets; "" and
// nil for what it does not.
func FontSize(d Decl) (size string, families []string) {
	switch d.Property {
	case "font-size":
		return d.Value, nil
	case "font-family":
		return "", Families(d.Value)
	case "font":
		words := Words(d.Value)
		for i, w := range words {
			if k := w.tokens[0].kind; k != lexer.DimensionToken && k != lexer.PercentageToken && !(k == lexer.FunctionToken && i > 0 || isSizeWord(w.Text)) {
				continue
			}
			rest := i + 1
			if rest < len(words) && words[rest].Text == "/" {
				rest += 2
			}
			if rest < len(words) {
				return w.Text, Families(d.Value[words[rest].Start:])
			}
		}
	}
	return "", nil
}

func isSizeWord(s string) bool {
	return strings.Contains(" xx-small x-small small medium large x-large xx-large xxx-large smaller larger ", " "+strings.ToLower(s)+" ")
}

// Dimension reads a number with its unit, such as 12px, 1.5em, 50% or 3. The unit is lower case.
func Dimension(s string) (n float64, unit string, ok bool) {
	s = strings.TrimSpace(s)
	tokens := lex([]byte(s))
	if len(tokens) != 2 {
		return 0, "", false
	}
	switch tokens[0].kind {
	case lexer.NumberToken, lexer.PercentageToken, lexer.DimensionToken:
	default:
		return 0, "", false
	}
	end := numberEnd(s)
	n, err := strconv.ParseFloat(s[:end], 64)
	if err != nil || math.IsInf(n, 0) {
		return 0, "", false
	}
	return n, strings.ToLower(s[end:]), true
}

// numberEnd returns the length of the number that s begins with.
func numberEnd(s string) int {
	digits := func(i int) int {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i
	}
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	i = digits(i)
	if i+1 < len(s) && s[i] == '.' && s[i+1] >= '0' && s[i+1] <= '9' {
		i = digits(i + 1)
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if k := digits(j); k > j {
			i = k
		}
	}
	return i
}

// Time reads a CSS time: 300ms, .5s. Times beyond a year are cut to it.
func Time(s string) (time.Duration, bool) {
	n, unit, ok := Dimension(s)
	const year = 365 * 24 * 3600
	switch {
	case !ok:
		return 0, false
	case unit == "s":
	case unit == "ms":
		n /= 1000
	default:
		return 0, false
	}
	return time.Duration(math.Round(max(-year, min(n, year)) * float64(time.Second))), true
}

// An Animation is one item of what the animation properties of a rule say.
type Animation struct {
	Name       string        // "" for none and when it is not a plain name
	Duration   time.Duration // 0 = auto
	Delay      time.Duration
	Iterations float64 // +Inf for infinite; 1 when not said
	Dynamic    bool    // var() or calc() stands in it: what could be read was
	Decl       Decl    // where the name stands
}

// Animations returns the animations that the declarations of one rule set, the later over the earlier, as the
// shorthand and the longhands (with or without -webkit-) say.
func Animations(decls []Decl) []Animation {
	var out []Animation
	each := func(value string, set func(a *Animation, part string)) {
		parts := Split(value)
		for i := range out {
			if len(parts) > 0 {
				set(&out[i], parts[i%len(parts)])
			}
		}
	}
	var late []Decl // longhands before their names
	apply := func(d Decl) {
		switch strings.TrimPrefix(d.Property, "-webkit-") {
		case "animation-duration":
			each(d.Value, func(a *Animation, s string) { a.Duration = a.time(s) })
		case "animation-delay":
			each(d.Value, func(a *Animation, s string) { a.Delay = a.time(s) })
		case "animation-iteration-count":
			each(d.Value, func(a *Animation, s string) { a.Iterations = a.count(s) })
		}
	}
	for _, d := range decls {
		switch strings.TrimPrefix(d.Property, "-webkit-") {
		case "animation":
			out = out[:0]
			late = nil
			for _, part := range Split(d.Value) {
				out = append(out, shorthand(part, d))
			}
		case "animation-name":
			names := Split(d.Value)
			for len(out) < len(names) {
				out = append(out, Animation{Iterations: 1})
			}
			out = out[:len(names)]
			for i, n := range names {
				out[i].Decl = d
				out[i].name(n)
			}
			for _, l := range late {
				apply(l)
			}
		default:
			if strings.Contains(d.Property, "animation-") {
				late = append(late, d)
				apply(d)
			}
		}
	}
	return out
}

func shorthand(part string, d Decl) Animation {
	a := Animation{Iterations: 1, Decl: d}
	var taken keywords
	times := 0
	for _, w := range Words(part) {
		kind := w.tokens[0].kind
		switch t, isTime := Time(w.Text); {
		case isTime && times == 0:
			a.Duration, times = t, 1
		case isTime:
			a.Delay = t
		case kind == lexer.NumberToken:
			a.Iterations = a.count(w.Text)
		case kind == lexer.FunctionToken:
			a.Dynamic = a.Dynamic || isDynamic(w.Text)
		case kind == lexer.IdentToken && strings.EqualFold(w.Text, "infinite") && !taken[1]:
			taken[1] = true
			a.Iterations = math.Inf(1)
		case kind == lexer.IdentToken && taken.take(strings.ToLower(w.Text)):
		default:
			a.name(w.Text)
		}
	}
	return a
}

func (a *Animation) name(s string) {
	tokens := lex([]byte(s))
	switch {
	case strings.EqualFold(s, "none"):
		a.Name = ""
	case len(tokens) == 2 && (tokens[0].kind == lexer.IdentToken || tokens[0].kind == lexer.StringToken || tokens[0].kind == lexer.CustomPropertyNameToken):
		a.Name = unquote([]byte(s))
	default:
		a.Name, a.Dynamic = "", true
	}
}

func (a *Animation) time(s string) time.Duration {
	t, ok := Time(s)
	a.Dynamic = a.Dynamic || !ok && !strings.EqualFold(s, "auto")
	return t
}

func (a *Animation) count(s string) float64 {
	if strings.EqualFold(s, "infinite") {
		return math.Inf(1)
	}
	n, unit, ok := Dimension(s)
	if !ok || unit != "" {
		a.Dynamic = true
		return 1
	}
	return n
}

func isDynamic(s string) bool {
	s = strings.ToLower(s)
	for _, f := range []string{"var(", "calc(", "env(", "min(", "max(", "clamp(", "attr(", "if("} {
		if strings.Contains(s, f) {
			return true
		}
	}
	return false
}
