package code

import (
	"strings"

	"github.com/alecthomas/chroma/v2"
)

// run is a stretch of text of one class. Class is one letter, see the package comment; 0 means none.
type run struct {
	class byte
	size  int // bytes
}

// maxText bounds what is highlighted, in bytes. Nobody reads more in a film; the rest of the world is plain.
const maxText = 256 << 10

// tokenize cuts text into runs. Their sizes always add up to len(text): where a lexer loses or makes up text, the
// whole becomes one plain run.
func (g grammar) tokenize(text string) []run {
	if len(text) > maxText {
		return plainRuns(len(text))
	}
	body := text
	if g.diff {
		body = withoutSigns(text)
	}
	runs := plainRuns(len(body))
	if g.lexer != nil {
		if lexed, ok := lex(g.lexer, body); ok {
			runs = lexed
		}
	}
	if g.diff {
		runs = withSigns(runs, text)
	}
	return runs
}

func plainRuns(size int) []run { return appendRun(nil, 0, size) }

// maxIdle bounds the empty tokens in a row: some lexers stay where they are for ever.
const maxIdle = 1000

// lex runs a lexer over text. Lexers panic on their own faults (a rule that names a missing state); that is no reason
// to stop a film, so it counts as "not understood".
func lex(l chroma.Lexer, text string) (runs []run, ok bool) {
	defer func() {
		if recover() != nil {
			runs, ok = nil, false
		}
	}()
	next, err := l.Tokenise(&chroma.TokeniseOptions{State: "root"}, text)
	if err != nil {
		return nil, false
	}
	at, idle := 0, 0
	for t := next(); t != chroma.EOF; t = next() {
		value := t.Value
		if idle++; value != "" {
			idle = 0
		} else if idle > maxIdle {
			return nil, false
		}
		if at+len(value) == len(text)+1 && strings.HasSuffix(value, "\n") {
			value = value[:len(value)-1] // lexers add a last line feed
		}
		if !strings.HasPrefix(text[at:], value) {
			return nil, false
		}
		at += len(value)
		runs = appendRun(runs, classOf(t), len(value))
	}
	return runs, at == len(text)
}

// appendRun adds a run and joins neighbours of one class.
func appendRun(runs []run, class byte, size int) []run {
	if size == 0 {
		return runs
	}
	if n := len(runs); n > 0 && runs[n-1].class == class {
		runs[n-1].size += size
		return runs
	}
	return append(runs, run{class, size})
}

// classOf maps the lexers' hundred kinds of token to our dozen classes.
func classOf(t chroma.Token) byte {
	if strings.TrimSpace(t.Value) == "" {
		return 0
	}
	switch t.Type {
	case chroma.KeywordConstant, chroma.NameConstant, chroma.LiteralDate, chroma.LiteralStringSymbol, chroma.LiteralStringAtom:
		return 'n'
	case chroma.KeywordType, chroma.NameClass, chroma.NameNamespace, chroma.NameException:
		return 't'
	case chroma.NameTag, chroma.NameKeyword, chroma.GenericHeading, chroma.GenericSubheading, chroma.GenericStrong:
		return 'k'
	case chroma.NameAttribute, chroma.NameProperty, chroma.NameLabel:
		return 'a'
	case chroma.NameDecorator, chroma.NameBuiltin:
		return 'f'
	case chroma.NameEntity, chroma.LiteralStringEscape, chroma.LiteralStringInterpol, chroma.LiteralStringRegex:
		return 'e'
	case chroma.NameOperator, chroma.OperatorWord:
		return 'k'
	case chroma.NameBuiltinPseudo, chroma.NamePseudo:
		return 'v'
	case chroma.CommentPreproc:
		return preproc(t.Value)
	case chroma.CommentPreprocFile:
		return 's'
	case chroma.GenericPrompt:
		return 'p'
	}
	switch t.Type.SubCategory() {
	case chroma.NameVariable:
		return 'v'
	case chroma.NameFunction:
		return 'f'
	case chroma.LiteralString:
		return 's'
	case chroma.LiteralNumber:
		return 'n'
	}
	switch t.Type.Category() {
	case chroma.Keyword:
		return 'k'
	case chroma.Comment:
		return 'c'
	case chroma.Operator:
		return 'o'
	case chroma.Punctuation:
		return 'p'
	}
	return 0
}

// preproc tells a directive ("#include", "<?php") from a comment: Go's lexer calls "//go:embed" the same.
func preproc(text string) byte {
	if strings.HasPrefix(text, "/") {
		return 'c'
	}
	return 'k'
}
