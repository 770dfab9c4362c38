package templates

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hframes/hframes/source"
)

// notes collects what a View's helpers find while a template runs.
type notes struct {
	long  []string // texts
	small []string // kinds of block
}

func (n *notes) tooLong(text string) {
	if n != nil && !slices.Contains(n.long, text) {
		n.long = append(n.long, text)
	}
}

func (n *notes) tooSmall(kind string) {
	if n != nil && !slices.Contains(n.small, kind) {
		n.small = append(n.small, kind)
	}
}

func (n *notes) diagnostics(what string) source.List {
	var list source.List
	for _, text := range n.long {
		list.Add(source.Diagnostic{Severity: source.Warning, Code: "templates/too-long",
			Msg:  fmt.Sprintf("text does not fit %s even at the smallest size: %q", what, shorten(text)),
			Hint: "shorten it, or split the scene in two"})
	}
	for _, kind := range n.small {
		list.Add(source.Diagnostic{Severity: source.Warning, Code: "templates/too-small",
			Msg:  fmt.Sprintf("%s has too little room for the %s beside what it is for", what, kind),
			Hint: "give it a scene of its own, or take the layout split or blank"})
	}
	return list
}

func shorten(s string) string {
	const most = 60
	r := []rune(strings.ReplaceAll(s, "\n", " "))
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
