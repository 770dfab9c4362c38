// Package examples holds the example decks. Each builds, and each shows one thing: hello the shortest deck, launch the
// whole format, release-notes a plain changelog in document mode, chart charts from tables, custom a layout, a theme
// and a motion.js of one's own. `hframes init` copies them.
package examples

import (
	"embed"
	"slices"
)

// FS holds one folder an example: what was written, not what was built or installed beside it.
//
//go:embed */video.md launch/media custom/templates custom/package.json custom/package-lock.json
var FS embed.FS

// Names returns the names of the examples, sorted.
func Names() []string {
	entries, _ := FS.ReadDir(".")
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}
