package check

import (
	"fmt"
	"strings"

	"github.com/hframes/hframes/source"
)

// A definition is a name that CSS defines for the whole film, and what it stands for.
type definition struct {
	page       *page
	file       *source.File
	start, end int
	body       string
}

// checkSharedNames finds names that are global after assembly and that two files define differently: the last one
// counts everywhere (contract §3).
func (c *checker) checkSharedNames() {
	if c.entry.snippet {
		return
	}
	c.checkSharedIDs()
	frames, faces := map[string]definition{}, map[string]definition{}
	for _, p := range c.pages {
		if !p.mounted {
			continue
		}
		for _, s := range p.sheets {
			for _, k := range s.frames {
				d := definition{p, s.File, k.start, k.end, k.body}
				c.clash("check/keyframes-clash", frames, k.name, d, fmt.Sprintf("@keyframes %s", k.name))
			}
			for _, f := range s.faces {
				key, body := f.identity()
				d := definition{p, s.File, f.start, f.end, body}
				c.clash("check/font-clash", faces, key, d, fmt.Sprintf("@font-face %q", strings.SplitN(key, "\x00", 2)[0]))
			}
		}
	}
}

// clash reports d if another page defines the same name as something else.
func (c *checker) clash(code string, seen map[string]definition, name string, d definition, what string) {
	first, ok := seen[name]
	if !ok {
		seen[name] = d
		return
	}
	if first.page == d.page || first.body == d.body || first.file == d.file {
		return
	}
	c.report(code, d.file, d.start, d.end, fmt.Sprintf("%s stands for something else in %s:%d; the last one counts in every scene", what, first.file.Name, first.file.Pos(first.start).Line),
		"prefix the name with that of the scene")
}

// identity returns what makes a font face the same one (family, weight, style, range) and what it loads.
func (f *fontFace) identity() (key, body string) {
	parts := make([]string, 4)
	for _, d := range f.decls {
		switch d.Property {
		case "font-family":
			parts[0] = unquote(d.Value)
		case "font-weight":
			parts[1] = d.Value
		case "font-style":
			parts[2] = d.Value
		case "unicode-range":
			parts[3] = d.Value
		case "src":
			body = squeeze([]byte(d.Value))
		}
	}
	return strings.Join(parts, "\x00"), body
}
