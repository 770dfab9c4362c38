package css

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	lexer "github.com/tdewolff/parse/v2/css"
)

// parser walks the tokens of a sheet. at is the next token; the last is always the ErrorToken at the end.
type parser struct {
	sheet  *Sheet
	tokens []token
	at     int
	depth  int
}

// mostNested bounds how deep blocks stand in each other; deeper ones are passed over.
const mostNested = 64

func (p *parser) kind() lexer.TokenType { return p.tokens[p.at].kind }

func (p *parser) string(t token) string { return string(p.sheet.Data[t.start:t.end]) }

func (p *parser) fault(start, end int, code, msg, hint string) {
	p.sheet.Faults = append(p.sheet.Faults, Fault{start, end, code, msg, hint})
}

func (p *parser) sortFaults() {
	slices.SortStableFunc(p.sheet.Faults, func(a, b Fault) int { return a.Start - b.Start })
}

// lexFaults reports tokens that are broken in themselves.
func (p *parser) lexFaults() {
	for _, t := range p.tokens {
		s := p.sheet.Data[t.start:t.end]
		switch t.kind {
		case lexer.BadStringToken:
			p.fault(t.start, t.end-1, "unclosed-string", "a string ends at the end of its line", "close it with "+string(s[:1]))
		case lexer.StringToken:
			if len(s) < 2 || s[len(s)-1] != s[0] {
				p.fault(t.start, t.end, "unclosed-string", "a string is never closed", "close it with "+string(s[:1]))
			}
		case lexer.BadURLToken:
			p.fault(t.start, t.end, "bad-url", fmt.Sprintf("%q is no proper url()", clip(s)), "put the address in quotes")
		case lexer.CommentToken:
			if len(s) < 4 || !bytes.HasSuffix(s, []byte("*/")) {
				p.fault(t.start, t.end, "unclosed-comment", "a comment is never closed", "close it with */")
			}
		}
	}
}

// clip shortens text for a message.
func clip(s []byte) string {
	const most = 40
	out := strings.Join(strings.Fields(string(s)), " ")
	if r := []rune(out); len(r) > most {
		return string(r[:most]) + "…"
	}
	return out
}

// block reads rules and declarations up to the "}" that ends the block of rule parent, or the end of the sheet.
func (p *parser) block(parent int) {
	for {
		t := p.tokens[p.at]
		switch {
		case t.kind == lexer.ErrorToken:
			return
		case t.kind == lexer.RightBraceToken:
			if parent >= 0 && p.depth > 0 {
				return
			}
			p.fault(t.start, t.end, "stray-bracket", `"}" closes nothing`, "")
			p.at++
		case t.blank(), t.kind == lexer.SemicolonToken, t.kind == lexer.CDOToken, t.kind == lexer.CDCToken:
			p.at++
		case t.kind == lexer.AtKeywordToken:
			p.atRule(parent)
		default:
			p.item(parent)
		}
	}
}

// item reads a declaration or a style rule: whichever comes first, a "{" or the end of a declaration, decides.
func (p *parser) item(parent int) {
	custom := p.kind() == lexer.CustomPropertyNameToken && p.after(p.at+1).kind == lexer.ColonToken
	end := p.scan(p.at, custom)
	if p.tokens[end].kind == lexer.LeftBraceToken && !custom {
		p.styleRule(parent, end)
		return
	}
	if parent >= 0 {
		p.decl(parent, end)
	} else {
		first, last := p.tokens[p.at], p.tokens[end-1]
		p.fault(first.start, last.end, "no-selector", fmt.Sprintf("%q stands outside of any rule", clip(p.sheet.Data[first.start:last.end])), "")
	}
	p.at = end
}

// after returns the first token at or behind i that is neither space nor comment.
func (p *parser) after(i int) token {
	for p.tokens[i].blank() {
		i++
	}
	return p.tokens[i]
}

// scan returns the index of the token that ends what begins at i: a semicolon, a brace, or the end of the sheet.
// Parentheses are passed over; blocks, too, in the value of a custom property.
func (p *parser) scan(i int, custom bool) int {
	var open []token
	braces := 0
	for ; ; i++ {
		t := p.tokens[i]
		switch t.kind {
		case lexer.LeftParenthesisToken, lexer.FunctionToken, lexer.LeftBracketToken:
			open = append(open, t)
		case lexer.RightParenthesisToken, lexer.RightBracketToken:
			if len(open) == 0 {
				p.fault(t.start, t.end, "stray-bracket", fmt.Sprintf("%q closes nothing", p.string(t)), "")
				continue
			}
			open = open[:len(open)-1]
		case lexer.SemicolonToken:
			if len(open) == 0 && braces == 0 {
				return i
			}
		case lexer.LeftBraceToken:
			if custom {
				braces++
				continue
			}
		case lexer.RightBraceToken:
			if braces > 0 {
				braces--
				continue
			}
		}
		if k := t.kind; k == lexer.LeftBraceToken || k == lexer.RightBraceToken || k == lexer.ErrorToken {
			for _, o := range open {
				p.fault(o.start, o.end, "unclosed-paren", fmt.Sprintf("%q is never closed", p.string(o)), "")
			}
			return i
		}
	}
}

// open starts a rule whose prelude is the tokens from p.at to end.
func (p *parser) open(parent, end int, r Rule) int {
	r.Parent = parent
	if parent >= 0 {
		up := &p.sheet.Rules[parent]
		r.Within = up.Within
		if up.At != "" {
			r.Within = append(up.Within[:len(up.Within):len(up.Within)], strings.TrimSuffix("@"+up.At+" "+up.Selector, " "))
		}
	}
	from, to := p.at, end
	for from < to && p.tokens[from].blank() {
		from++
	}
	for to > from && p.tokens[to-1].blank() {
		to--
	}
	r.Selector = text(p.sheet.Data, p.tokens[from:to])
	r.SelStart, r.SelEnd = p.tokens[from].start, p.tokens[from].start
	if to > from {
		r.SelEnd = p.tokens[to-1].end
	}
	p.sheet.Rules = append(p.sheet.Rules, r)
	return len(p.sheet.Rules) - 1
}

// braces reads the block of a rule; the next token is its "{".
func (p *parser) braces(rule int) {
	brace := p.tokens[p.at]
	p.at++
	r := &p.sheet.Rules[rule]
	r.Block, r.Body = true, brace.end
	if p.depth++; p.depth > mostNested {
		p.skipBlock()
	} else {
		p.block(rule)
	}
	p.depth--
	r = &p.sheet.Rules[rule]
	end := p.tokens[p.at]
	r.BodyEnd, r.End = end.start, end.end
	if end.kind == lexer.RightBraceToken {
		p.at++
		return
	}
	p.fault(brace.start, brace.end, "unclosed-block", fmt.Sprintf(`the "{" of %q is never closed`, clip([]byte(name(r)))), `add the missing "}"`)
}

func name(r *Rule) string {
	if r.At == "" {
		return r.Selector
	}
	return strings.TrimSuffix("@"+r.At+" "+r.Selector, " ")
}

// skipBlock moves to the "}" of a block that is too deep to be read.
func (p *parser) skipBlock() {
	for depth := 0; p.kind() != lexer.ErrorToken; p.at++ {
		switch p.kind() {
		case lexer.LeftBraceToken:
			depth++
		case lexer.RightBraceToken:
			if depth--; depth < 0 {
				return
			}
		}
	}
}

func (p *parser) styleRule(parent, brace int) {
	first := p.tokens[p.at]
	if brace == p.at {
		p.fault(first.start, first.end, "no-selector", "a rule has no selector", "")
	} else if parent >= 0 && !isKeyframes(p.sheet.Rules[parent].At) && p.declarationLike(p.at, brace) {
		p.fault(first.start, first.end, "missing-semicolon", fmt.Sprintf("the declaration of %q swallows the rule that follows", p.string(first)), `end it with ";"`)
	}
	rule := p.open(parent, brace, Rule{Start: first.start})
	p.at = brace
	p.braces(rule)
}

// declarationLike reports whether the selector of a nested rule begins like a declaration without its semicolon:
// "color: red .b {" is one, "a:hover .b {" is none.
func (p *parser) declarationLike(i, brace int) bool {
	if k := p.tokens[i].kind; k != lexer.IdentToken && k != lexer.CustomPropertyNameToken {
		return false
	}
	for i++; p.tokens[i].blank(); i++ {
	}
	if p.tokens[i].kind != lexer.ColonToken || i+1 >= brace {
		return false
	}
	switch next := p.tokens[i+1]; next.kind {
	case lexer.ColonToken: // ::before
		return false
	case lexer.IdentToken, lexer.FunctionToken:
		return !isPseudo(strings.ToLower(strings.TrimSuffix(p.string(next), "(")))
	}
	return true
}

// isPseudo reports whether a name is that of a pseudo-class.
func isPseudo(name string) bool {
	if strings.HasPrefix(name, "-") {
		return true
	}
	const known = " active any-link autofill before after first-letter first-line buffering checked closed default defined dir disabled " +
		"empty enabled first first-child first-of-type focus focus-visible focus-within fullscreen future has has-slotted heading " +
		"host host-context hover in-range indeterminate invalid is lang last-child last-of-type left link local-link modal muted " +
		"not nth-child nth-col nth-last-child nth-last-col nth-last-of-type nth-of-type only-child only-of-type open optional " +
		"out-of-range past paused picture-in-picture placeholder-shown playing popover-open read-only read-write required " +
		"right root scope seeking stalled state target target-current target-within user-invalid user-valid valid visited " +
		"volume-locked where active-view-transition active-view-transition-type "
	return strings.Contains(known, " "+name+" ")
}

func (p *parser) atRule(parent int) {
	t := p.tokens[p.at]
	p.at++
	end := p.scan(p.at, false)
	rule := p.open(parent, end, Rule{At: strings.ToLower(p.string(t)[1:]), Start: t.start})
	p.at = end
	if p.kind() == lexer.LeftBraceToken {
		p.braces(rule)
		return
	}
	r := &p.sheet.Rules[rule]
	r.End = p.tokens[end].start
	if p.kind() == lexer.SemicolonToken {
		r.End = p.tokens[end].end
		p.at++
	}
	r.Body, r.BodyEnd = r.End, r.End
}

// decl reads the declaration in the tokens from p.at to end.
func (p *parser) decl(rule, end int) {
	data := p.sheet.Data
	first, colon := p.at, p.at
	for colon < end && p.tokens[colon].kind != lexer.ColonToken {
		colon++
	}
	last := end
	for last > first && p.tokens[last-1].blank() {
		last--
	}
	whole := data[p.tokens[first].start:p.tokens[last-1].end]
	if colon == end {
		p.fault(p.tokens[first].start, p.tokens[last-1].end, "no-colon", fmt.Sprintf("%q is no declaration", clip(whole)), `write "property: value;"`)
		return
	}
	d := Decl{Property: text(data, p.tokens[first:colon]), Start: p.tokens[first].start, End: p.tokens[last-1].end}
	custom := strings.HasPrefix(d.Property, "--")
	if !custom {
		d.Property = strings.ToLower(d.Property)
	}
	from := colon + 1
	for from < last && p.tokens[from].blank() {
		from++
	}
	last, d.Important = p.important(from, last)
	d.ValStart, d.ValEnd = d.End, d.End
	if from < last {
		d.ValStart, d.ValEnd = p.tokens[from].start, p.tokens[last-1].end
		d.Value = text(data, p.tokens[from:last])
		p.swallowed(d.Property, from, last)
	} else if !custom {
		p.fault(d.Start, d.End, "empty-value", fmt.Sprintf("%q has no value", d.Property), "")
	}
	if d.Property == "" {
		p.fault(d.Start, d.End, "no-colon", fmt.Sprintf("%q is no declaration", clip(whole)), `write "property: value;"`)
		return
	}
	r := &p.sheet.Rules[rule]
	r.Decls = append(r.Decls, d)
}

// important takes "!important" off the end of a value.
func (p *parser) important(from, last int) (int, bool) {
	i := last - 1
	if i <= from || p.tokens[i].kind != lexer.IdentToken || !strings.EqualFold(p.string(p.tokens[i]), "important") {
		return last, false
	}
	for i--; i > from && p.tokens[i].blank(); i-- {
	}
	if i < from || p.string(p.tokens[i]) != "!" {
		return last, false
	}
	for i > from && p.tokens[i-1].blank() {
		i--
	}
	return i, true
}

// swallowed reports a declaration inside the value of another: the semicolon between them is missing.
func (p *parser) swallowed(property string, from, last int) {
	if property == "filter" || property == "-ms-filter" { // progid:…
		return
	}
	custom := strings.HasPrefix(property, "--")
	depth, newline, word := 0, false, -1
	for i := from; i < last; i++ {
		t := p.tokens[i]
		switch t.kind {
		case lexer.LeftParenthesisToken, lexer.FunctionToken, lexer.LeftBracketToken, lexer.LeftBraceToken:
			depth++
		case lexer.RightParenthesisToken, lexer.RightBracketToken, lexer.RightBraceToken:
			depth--
		case lexer.WhitespaceToken:
			newline = newline || bytes.IndexByte(p.sheet.Data[t.start:t.end], '\n') >= 0
			continue
		case lexer.CommentToken:
			continue
		case lexer.ColonToken:
			if depth == 0 && word >= 0 {
				w := p.tokens[word]
				p.fault(w.start, w.end, "missing-semicolon", fmt.Sprintf("%q stands in the value of %q", p.string(w), property), `end the declaration before it with ";"`)
				return
			}
		}
		word = -1
		if depth == 0 && (t.kind == lexer.IdentToken || t.kind == lexer.CustomPropertyNameToken) && (newline || !custom) {
			word = i
		}
		newline = false
	}
}
