package bundler

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hframes/hframes/internal/markup"
)

// White space in a page may be pulled together only where nobody can see it or look at it: not where a style keeps it
// (white-space: pre …, also on elements that no one would guess), and not where a script reads the page's text.

// facts are what all styles and scripts of a film together say about white space in its pages.
type facts struct {
	loose map[string]bool // ".class", "#id", "tag" of elements whose white space a style keeps; "*" = of all
	reads bool            // a script looks at text
	key   string          // the same, for comparison
}

func (r *run) facts(pages []*mount) facts {
	f := facts{loose: map[string]bool{}}
	for _, m := range pages {
		for _, u := range m.used {
			if u == nil {
				continue
			}
			f.reads = f.reads || u.reads
			for _, s := range u.loose {
				f.loose[s] = true
			}
		}
	}
	var all []string
	for s := range f.loose {
		all = append(all, s)
	}
	slices.Sort(all)
	f.key = strings.Join(all, " ")
	if f.reads {
		f.key += " reads"
	}
	return f
}

var (
	whiteSpace = regexp.MustCompile(`white-space(?:-collapse)?\s*:\s*([a-z-]+)`)
	harmless   = map[string]bool{"normal": true, "nowrap": true, "collapse": true, "initial": true, "inherit": true, "unset": true, "revert": true}
	textReader = regexp.MustCompile(`\.(?:textContent|innerText|innerHTML|outerHTML|nodeValue|wholeText|data)\b\s*(?:[^=\s]|==)`)

	// What else tells a script that looks at text. Plain strings: a pattern takes as long as all else for a large script.
	textWords = []string{"whiteSpace", "white-space", "childNodes", "firstChild", "lastChild", "TextPlugin", "splitting",
		"nodeIterator", "nodeiterator", "NodeIterator", "Nodeiterator", "treeWalker", "treewalker", "TreeWalker", "Treewalker",
		"splitText", "splittext", "SplitText", "Splittext"}
)

// readsText reports whether a script may look at text that is in the page.
func readsText(js string) bool {
	return slices.ContainsFunc(textWords, func(w string) bool { return strings.Contains(js, w) }) || textReader.MatchString(js)
}

// preserving returns what a stylesheet keeps white space in.
func preserving(css string) []string {
	var out []string
	for _, m := range whiteSpace.FindAllStringSubmatchIndex(css, -1) {
		if harmless[css[m[2]:m[3]]] {
			continue
		}
		for _, prelude := range preludes(css[:m[0]]) {
			out = append(out, subjects(prelude)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// preludes returns the selectors of the rule that is open at the end of css: its own and, while that is a nested one,
// those of the rules around it.
func preludes(css string) []string {
	var out []string
	depth := 0
	for i := len(css) - 1; i >= 0; i-- {
		switch css[i] {
		case '}':
			depth++
		case '{':
			if depth > 0 {
				depth--
				continue
			}
			start := strings.LastIndexAny(css[:i], "{};") + 1
			prelude := strings.TrimSpace(css[start:i])
			if !strings.HasPrefix(prelude, "@") {
				out = append(out, prelude)
				if !strings.Contains(prelude, "&") {
					return out
				}
			}
		}
	}
	return out
}

var (
	lastCompound = regexp.MustCompile(`[^\s>+~]+$`)
	functional   = regexp.MustCompile(`\([^()]*\)`)
	simple       = regexp.MustCompile(`[.#][\w-]+`)
	typeSelector = regexp.MustCompile(`^[a-zA-Z][\w-]*`)
)

// subjects returns names that every element matched by a selector list has one of.
func subjects(list string) []string {
	var out []string
	for list != functional.ReplaceAllString(list, "") {
		list = functional.ReplaceAllString(list, "")
	}
	for _, sel := range strings.Split(list, ",") {
		last := lastCompound.FindString(strings.TrimSpace(sel))
		if named := simple.FindAllString(last, -1); len(named) > 0 {
			out = append(out, named[0])
		} else if tag := typeSelector.FindString(last); tag != "" {
			out = append(out, strings.ToLower(tag))
		} else if !strings.HasPrefix(last, "&") {
			out = append(out, "*")
		}
	}
	return out
}

// keepsSpace reports whether the white space directly in an element has to stay as it is.
func (f facts) keepsSpace(t *markup.Tag) bool {
	switch t.Name {
	case "pre", "textarea", "listing", "xmp", "code", "samp", "kbd":
		return true
	}
	if len(f.loose) > 0 {
		if f.loose["*"] || f.loose[t.Name] {
			return true
		}
		if id, ok := t.Attr("id"); ok && f.loose["#"+id] {
			return true
		}
		class, _ := t.Attr("class")
		for c := range strings.FieldsSeq(class) {
			if f.loose["."+c] {
				return true
			}
		}
	}
	if style, ok := t.Attr("style"); ok {
		m := whiteSpace.FindStringSubmatch(style)
		return m != nil && !harmless[m[1]]
	}
	return false
}
