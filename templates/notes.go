package templates

import (
	"fmt"
	"slices"

	"github.com/hframes/hframes/source"
)

// notes collects what a View's helpers find while a template runs.
type notes struct{ long []string }

func (n *notes) tooLong(text string) {
	if n != nil && !slices.Contains(n.long, text) {
		n.long = append(n.long, text)
	}
}

func (n *notes) diagnostics(what string) source.List {
	var list source.List
	for _, text := range n.long {
		list.Add(source.Diagnostic{Severity: source.Warning, Code: "templates/too-long",
			Msg:  fmt.Sprintf("text does not fit %s even at the smallest size: %q", what, shorten(text)),
			Hint: "shorten it, or split the scene in two"})
	}
	return list
}

func shorten(s string) string {
	const most = 60
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
