package preview

import (
	"bytes"
	"io/fs"
	"path"
	"strings"

	"github.com/hframes/hframes/internal/markup"
)

// StyleChange is a new text for one style sheet of a page.
type StyleChange struct {
	Page string `json:"page"`
	Old  string `json:"old"`
	CSS  string `json:"css"`
}

// summary says in a few words how b differs from a.
func summary(a, b *version, styles []StyleChange) string {
	var pages []string
	for name, hash := range b.pages {
		if a.pages[name] != hash {
			pages = append(pages, name)
		}
	}
	switch {
	case a.bundle.Hash == b.bundle.Hash:
		return "nothing new"
	case len(styles) > 0:
		return "styles"
	case len(a.pages) == len(b.pages) && len(pages) == 1 && pages[0] != b.bundle.Entry:
		return strings.TrimSuffix(path.Base(pages[0]), ".html")
	}
	return ""
}

// styleChanges returns how b differs from a if it differs in nothing but the text of style sheets, else nil. Pages that
// are equal make an empty list, which is not nil.
func styleChanges(a, b *version) []StyleChange {
	if len(a.pages) != len(b.pages) || a.pages["*"] != b.pages["*"] {
		return nil
	}
	changes := []StyleChange{}
	for name, hash := range b.pages {
		switch old, ok := a.pages[name]; {
		case !ok:
			return nil
		case old == hash:
			continue
		}
		was, err := fs.ReadFile(a.files, name)
		if err != nil {
			return nil
		}
		is, err := fs.ReadFile(b.files, name)
		if err != nil {
			return nil
		}
		was, before := withoutStyles(was)
		is, after := withoutStyles(is)
		if !bytes.Equal(was, is) || len(before) != len(after) {
			return nil
		}
		for i := range after {
			if before[i] != after[i] {
				changes = append(changes, StyleChange{name, before[i], after[i]})
			}
		}
	}
	return changes
}

// withoutStyles returns a page without the contents of its style elements, and these.
func withoutStyles(page []byte) (rest []byte, styles []string) {
	doc := markup.Parse(page)
	at := 0
	for i := range doc.Tags {
		t := &doc.Tags[i]
		if t.Name != "style" || t.Close < 0 || t.Start < at {
			continue
		}
		styles = append(styles, string(doc.Content(t)))
		rest = append(rest, page[at:t.End]...)
		at = t.Close
	}
	return append(rest, page[at:]...), styles
}
