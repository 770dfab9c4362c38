package compose

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// Blame moves diagnostics about generated pages to what the author wrote: to the line of a template of the project if
// it is that template's, else to the scene.
func (c *Composition) Blame(list source.List) source.List {
	out := make(source.List, 0, len(list))
	for _, d := range list {
		if _, generated := c.Files[d.Pos.File]; generated {
			d = c.blame(d)
		}
		out = append(out, d)
	}
	return out
}

func (c *Composition) blame(d source.Diagnostic) source.Diagnostic {
	if at, ok := c.template(d); ok {
		return at
	}
	id := strings.TrimSuffix(path.Base(d.Pos.File), ".html")
	pos := source.Pos{File: c.Doc.File.Name, Line: 1, Col: 1}
	for _, s := range c.Doc.Scenes {
		if s.ID == id && path.Dir(d.Pos.File) == "compositions" {
			pos = s.Pos
			d.Msg = fmt.Sprintf("scene %q: %s", id, d.Msg)
		}
	}
	return moved(d, c.Doc.File, pos, pos)
}

// moved is a diagnostic at another place.
func moved(d source.Diagnostic, to *source.File, pos, end source.Pos) source.Diagnostic {
	at := to.AtPos(pos, end, d.Code, d.Msg)
	at.Severity, at.Hint = d.Severity, d.Hint
	return at
}

// template finds the place in the project's templates that a fault in a generated page comes from: the line that stands
// in a template as it does in the page or, where the page's line was drawn, the faulty words themselves. What stands in
// a template more than once is not told apart.
func (c *Composition) template(d source.Diagnostic) (source.Diagnostic, bool) {
	page := source.NewFile(d.Pos.File, c.Files[d.Pos.File])
	line := page.Line(d.Pos.Line)
	col := min(max(d.Pos.Col-1, 0), len(line))
	width := 0
	if d.End.Line == d.Pos.Line {
		width = min(max(d.End.Col-d.Pos.Col, 0), len(line)-col)
	}
	words := line[col : col+width]
	url := strings.Trim(strings.TrimSuffix(strings.TrimPrefix(words, "url("), ")"), `"' `)
	text := strings.TrimSpace(line)
	for _, file := range c.sources(d.Pos.File) {
		for _, find := range []struct {
			text          string
			offset, width int // of the fault in it
		}{{text, col - strings.Index(line, text), width}, {words, 0, width}, {path.Base(url), 0, len(path.Base(url))}} {
			at := bytes.Index(file.Data, []byte(find.text))
			if len(find.text) < 4 || at < 0 || find.offset < 0 || bytes.LastIndex(file.Data, []byte(find.text)) != at {
				continue
			}
			start := at + find.offset
			return moved(d, file, file.Pos(start), file.Pos(start+find.width)), true
		}
		if strings.Contains(line, file.Name) { // film.js imports it, and it is not what an import needs
			return moved(d, file, file.Pos(0), file.Pos(0)), true
		}
	}
	return d, false
}

// sources returns the project's template files that a generated file was made from.
func (c *Composition) sources(page string) []*source.File {
	var out []*source.File
	for _, dir := range c.origins[page] {
		for _, pattern := range []string{"*.css", "*.html", "motion.*"} {
			names, _ := fs.Glob(c.project, dir+"/"+pattern)
			for _, name := range names {
				if data, err := fs.ReadFile(c.project, name); err == nil {
					out = append(out, source.NewFile(name, data))
				}
			}
		}
	}
	return out
}

// blockOrigins returns the folders of the project's own blocks.
func (f *film) blockOrigins() []string {
	var out []string
	for _, name := range f.set.Blocks() {
		if origin := f.set.Block(name).Origin; origin != templates.BuiltIn {
			out = append(out, origin)
		}
	}
	return out
}
