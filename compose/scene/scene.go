package scene

import (
	"bytes"
	"slices"

	"github.com/hframes/hframes/source"
)

// Parse reads a film. The Doc is always usable; what is wrong with the file is in the list, in the order of the file.
func Parse(f *source.File) (*Doc, source.List) {
	in := newInput(f)
	doc := &Doc{File: f, Meta: Meta{Pos: map[string]source.Pos{}}}
	front, body := in.frontMatter()
	if !front.empty() {
		doc.Meta = readMeta(in, front)
	}
	out := scan(in, body, doc.Meta.Split)
	heading := doc.Meta.Split == SplitHeading || (doc.Meta.Split == SplitAuto && len(out.separators) == 0)
	e := newEnv(doc.Meta, readDefinitions(in, out.defs), heading)
	e.broken = hasCode(in.list, "scene/yaml") || hasCode(in.list, "scene/front-matter")
	p := &filmReader{in: in, env: e, doc: doc, markdown: newMarkdown()}
	for _, part := range in.parts(out, body, heading) {
		p.part(part)
	}
	p.names()
	if len(doc.Scenes) == 0 && len(in.list) == 0 {
		d := in.at(body, body, "scene/no-scenes", "the film has no scenes")
		in.list.Add(d.WithHint("write a heading such as ## Hello below the front matter"))
	}
	return doc, in.faults()
}

func hasCode(list source.List, code string) bool {
	for _, d := range list {
		if d.Code == code {
			return true
		}
	}
	return false
}

// frontMatter finds the front matter: from a first line of "---" to the next. It returns the range between them, and
// the offset of what follows.
func (in *input) frontMatter() (inside span, body int) {
	first, rest := cutLine(in.data)
	if string(first[:trimEnd(first)]) != "---" {
		return span{}, 0
	}
	start := len(in.data) - len(rest)
	for at := start; at < len(in.data); {
		line, _ := cutLine(in.data[at:])
		if s := string(line[:trimEnd(line)]); s == "---" || s == "..." {
			inside, body = span{start, at}, at+len(line)
			in.checkFront(inside)
			return inside, body
		}
		at += len(line)
	}
	end := in.keysEnd(start)
	d := in.at(0, 3, "scene/front-matter", "the front matter is not closed")
	d.Hint = "write --- on a line of its own after the last key"
	if trimEnd(in.data[start:end]) == 0 {
		d.Hint = "remove this line: a file does not begin with a separator"
	}
	in.list.Add(d)
	return span{start, end}, end
}

// keysEnd returns where the scenes seem to begin in a file whose front matter is not closed: at the first blank line or
// heading.
func (in *input) keysEnd(start int) int {
	for at := start; at < len(in.data); {
		line, _ := cutLine(in.data[at:])
		if body, _ := trimIndent(line); len(body) == 0 || (headingLevel(body) > 0 && bytes.HasPrefix(body, []byte("##"))) {
			return at
		}
		at += len(line)
	}
	return len(in.data)
}

// checkFront warns when the first scene is taken for front matter, because the file begins with a separator.
func (in *input) checkFront(at span) {
	for rest := in.data[at.start:at.end]; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		if body, _ := trimIndent(line); len(body) == 0 || body[0] == '#' {
			continue
		}
		return
	}
	if trimEnd(bytes.TrimLeft(in.data[at.start:at.end], "\n \t")) > 0 {
		d := in.at(0, 3, "scene/front-matter", "everything up to the next --- is read as front matter, and holds only comments")
		in.list.Add(d.Warn().WithHint("a file does not begin with a separator: remove this line, or put an empty front matter above it"))
	}
}

// cutLine returns the first line of b with its line ending, and the rest.
func cutLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1], b[i+1:]
	}
	return b, nil
}

// A part is the text of one scene.
type part struct {
	span
	chapter bool
}

// parts cuts the text into scenes and reports separators that other tools read differently.
func (in *input) parts(out outline, from int, heading bool) []part {
	var parts []part
	if heading {
		at, level := from, 0
		for _, m := range out.headings {
			start := max(m.start, at) // a scene never ends before it begins
			parts = append(parts, part{span{at, start}, level == 1})
			at, level = start, m.level
		}
		return append(parts, part{span{at, len(in.data)}, level == 1})
	}
	for _, m := range out.separators {
		scene := span{from, m.start}
		parts = append(parts, part{scene, false})
		if m.under {
			in.underText(m, scene)
		}
		from = m.next
	}
	parts = append(parts, part{span{from, len(in.data)}, false})
	in.emptyScenes(parts, out.comments)
	return parts
}

// underText reports a separator right under text: of a scene that is nothing but lines of key: value, or of any other.
func (in *input) underText(m mark, scene span) {
	text := in.data[scene.start:scene.end]
	if !isKeys(text) {
		d := in.at(m.start, m.start+trimEnd(in.data[m.start:m.next]), "scene/separator-under-text", "other Markdown tools read this line as the underline of a heading")
		in.list.Add(d.Warn().WithHint("leave an empty line above ---"))
		return
	}
	at := scene.start + len(text) - len(bytes.TrimLeft(text, "\n"))
	d := in.at(at, scene.start+trimEnd(text), "scene/front-matter", "this looks like front matter, which a file has only once, at its top")
	d.Hint = "settings of a scene stand on its heading, ## Title {.layout key=value}, or in a ```scene block"
	if in.isBlank(span{0, max(0, scene.start-4)}) {
		d.Hint = "move it up: the first --- is the first line of the file"
	}
	in.list.Add(d)
}

// isKeys reports whether a text has only lines of key: value, as other tools for slides have them above each slide.
func isKeys(text []byte) bool {
	text = bytes.Trim(text, "\n")
	for rest := text; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		key := nameEnd(line, 0)
		if key == 0 || key >= len(line) || line[key] != ':' || (key+1 < len(line) && line[key+1] != ' ' && line[key+1] != '\n') {
			return false
		}
	}
	return len(text) > 0
}

// emptyScenes warns of two separators with nothing between them. A scene that is commented out is no accident.
func (in *input) emptyScenes(parts []part, comments []span) {
	for i, p := range parts {
		for len(comments) > 0 && comments[0].end <= p.start {
			comments = comments[1:]
		}
		hidden := len(comments) > 0 && comments[0].start < p.end
		if i == 0 || i == len(parts)-1 || hidden || !in.isBlank(p.span) {
			continue
		}
		at := p.start - 1
		at = bytes.LastIndexByte(in.data[:at], '\n') + 1
		d := in.at(at, at+trimEnd(in.data[at:p.start]), "scene/empty-scene", "there is nothing between this separator and the next")
		in.list.Add(d.Warn().WithHint("remove one of them; for an empty picture write ## {.blank}"))
	}
}

func (in *input) isBlank(s span) bool {
	for _, c := range in.data[s.start:s.end] {
		if !isBlank(c) && c != '\n' {
			return false
		}
	}
	return true
}

// A filmReader reads one scene after the other.
type filmReader struct {
	in       *input
	env      *env
	doc      *Doc
	markdown *markdown
	ids      []word // given by authors, by scene
}

// part reads the text of one scene. Text that shows nothing makes no scene.
func (p *filmReader) part(part part) {
	if p.in.isBlank(part.span) {
		return
	}
	c := &chunk{in: p.in, env: p.env, base: part.start, src: p.in.data[part.start:part.end], scene: &Scene{Chapter: part.chapter}}
	id := c.read(p.markdown.parse(c))
	p.in.list.Add(c.list...)
	if !c.scene.Pos.IsValid() {
		return
	}
	p.doc.Scenes = append(p.doc.Scenes, c.scene)
	p.ids = append(p.ids, id)
}

// TakeSlots moves the directive blocks at the top of a scene whose names are slots of its layout from Blocks to Slots,
// in the order of the file. The layout decides which names are slots, so the stage that knows layouts calls this.
// Two directives of one name fill one slot.
func (s *Scene) TakeSlots(names []string) {
	kept := s.Blocks[:0:0]
	for _, b := range s.Blocks {
		if b.Kind != Directive || !slices.Contains(names, b.Name) {
			kept = append(kept, b)
			continue
		}
		if at := s.slot(b.Name); at != nil {
			at.Blocks = append(at.Blocks[:len(at.Blocks):len(at.Blocks)], b.Blocks...)
			at.Label = append(at.Label[:len(at.Label):len(at.Label)], b.Rich...)
			if at.ID == "" {
				at.ID = b.ID
			}
			at.Classes = append(at.Classes[:len(at.Classes):len(at.Classes)], b.Classes...)
			at.Settings = mergeSettings(at.Settings, b.Settings)
			at.End = b.End
			continue
		}
		s.Slots = append(s.Slots, Slot{Name: b.Name, ID: b.ID, Label: b.Rich, Classes: b.Classes, Settings: b.Settings, Blocks: b.Blocks, Pos: b.Pos, End: b.End})
	}
	s.Blocks = kept
}

func (s *Scene) slot(name string) *Slot {
	for i := range s.Slots {
		if s.Slots[i].Name == name {
			return &s.Slots[i]
		}
	}
	return nil
}
