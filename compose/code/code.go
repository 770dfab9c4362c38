// Package code highlights source text, one element a line, ready to be lit step by step.
//
// In go a language and a text; out comes a <pre class="code"> whose lines carry classes for a dozen kinds of token, no
// colours, and the CSS animations of their steps as custom properties: [CSS] turns both into a picture. White space is
// the author's: the text content of the HTML is the text, line feeds included. The package knows nothing of
// Markdown, of layouts or of times other than the seconds it is given.
//
//	<pre class="code …" style="--rows:9;--cols:42;…"><code>
//	  <span class="line lit" id="close-L1" style="--i:0;--steps:hf-code-lit .35s 1.2s forwards">…
//
// (without the white space between tags that is shown here). Tokens are <span class="k"> and so on: k keyword,
// s string, e escape, c comment, n number or constant, f function or builtin, t type, a attribute, v variable, o
// operator, p punctuation, d a sign of a diff. Plain names stand without a span.
package code

import (
	_ "embed"
	"strings"
)

//go:embed code.css
var css string

// CSS returns the style sheet of highlighted code: colours from the theme's --code-* tokens, steps, line numbers,
// scrolling. It holds class selectors below .code and keyframes named hf-code-*, and is meant to stand once in a film.
func CSS() string { return css }

// Options say how a block of code is drawn. The zero Options draw it plain: no steps, no numbers, no wrapping.
type Options struct {
	ID       string // prefix of the lines' ids, "<ID>-L1" and on; "" = no ids
	Steps    []Step // in order of time
	Wrap     int    // longest row in columns, line numbers included; longer lines are broken; 0 = never. See [Columns]
	TabWidth int    // columns to a tab stop, 1–16; 0 = 4
	Numbers  bool   // draw line numbers
	Start    int    // number drawn beside the first line, 0 = 1
	Cache    Cache  // nil = none
}

// Result is a highlighted block.
type Result struct {
	HTML  string // a <pre class="code">
	Lang  string // name of the language as its community writes it ("Go"), "" = plain text
	Lines int    // lines of the source, at least 1
	Rows  int    // lines as drawn, after wrapping
	Cols  int    // columns of the longest row: tabs count up to their stop, wide characters two
}

// Highlight draws text, written in lang: a name, an alias or a file extension, in any case ("go", "C++", "tsx").
// "diff-go" is a diff of Go: the first column of each line is +, - or a space. An empty lang, "text" and "plain" are
// plain text. The Result is usable whatever happens; the error is nil or [*UnknownLanguage], and then the text is plain.
func Highlight(lang, text string, o Options) (Result, error) {
	text = normalize(text)
	g, err := find(lang)
	runs, hit := g.load(text, o.Cache)
	if !hit {
		runs = g.tokenize(text)
		g.save(text, runs, o.Cache)
	}
	b := block{options: o, tab: o.TabWidth, lines: splitLines(runs, text, g.diff)}
	if b.tab < 1 || b.tab > 16 {
		b.tab = 4
	}
	res := b.draw()
	res.Lang = g.name
	return res, err
}

// normalize makes text what a browser will make of it: lines end in "\n", invalid bytes and NUL become U+FFFD. The
// last line feed belongs to the fence, not to the code.
func normalize(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if strings.ContainsAny(text, "\r\x00") {
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(text)
	}
	return strings.TrimSuffix(text, "\n")
}

// Columns returns how many columns of code fit at the smallest size allowed, 24 u, into a card of the given width in u,
// padding included: what [Options.Wrap] should be.
func Columns(width float64) int {
	const advance = 0.602 * 24 // a monospaced face is 0.6 em wide
	const padding = 2 * 48
	return max(int((width-padding)/advance), 16)
}
