package code

import (
	"fmt"
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"

	"github.com/hframes/hframes/source"
)

// grammar is what a language's name stands for. The zero grammar is plain text.
type grammar struct {
	name  string       // as its community writes it
	lexer chroma.Lexer // nil = plain
	diff  bool         // the first column is a sign
}

// UnknownLanguage says that no grammar has the name. The text was drawn plain.
type UnknownLanguage struct {
	Lang string
	Hint string // such as `did you mean "python"?`; "" if nothing is near
}

// Error returns `unknown language "pyhton"`.
func (e *UnknownLanguage) Error() string { return fmt.Sprintf("unknown language %q", e.Lang) }

// find looks a language up. Names first: a match by file name compares hundreds of patterns.
func find(lang string) (grammar, error) {
	lang = strings.TrimSpace(lang)
	lower := strings.ToLower(lang)
	switch lower {
	case "", "text", "txt", "plain", "plaintext", "none", "nohighlight":
		return grammar{}, nil
	case "diff", "patch", "udiff":
		return grammar{name: "Diff", diff: true}, nil
	}
	if rest, ok := strings.CutPrefix(lower, "diff-"); ok {
		g, err := find(rest)
		if err != nil {
			err = &UnknownLanguage{Lang: lang, Hint: near(rest, "diff-")}
		}
		g.diff = true
		return g, err
	}
	if len(lower) <= maxName && !strings.ContainsAny(lower, "*?[\\/") {
		if l := lexers.Get(lower); l != nil {
			return grammar{name: l.Config().Name, lexer: l}, nil
		}
	}
	return grammar{}, &UnknownLanguage{Lang: lang, Hint: near(lower, "")}
}

// maxName bounds what is taken for a language's name, in bytes.
const maxName = 40

// near returns the hint for an unknown language. Short names are near to everything, and a list of some hundred names
// helps nobody, so the answer may be "".
func near(lang, prefix string) string {
	if len(lang) < 3 || len(lang) > maxName {
		return ""
	}
	n := source.Nearest(lang, lexers.Aliases(false))
	if n == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", prefix+strings.ToLower(n))
}
