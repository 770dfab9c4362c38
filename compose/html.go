package compose

import (
	"cmp"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/internal/media"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// What an author writes as HTML, and what a project's templates draw, is held to what a scene needs: every tag is
// closed where it was opened, since the scene's own end tags follow; ids are the film's only ones, since all scenes
// end up in one page; pictures are files of the project.

// edit replaces a part of a text.
type edit struct {
	start, end int
	text       string
}

func apply(s string, edits []edit) string {
	if len(edits) == 0 {
		return s
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	var b strings.Builder
	last := 0
	for _, e := range edits {
		b.WriteString(s[last:e.start])
		b.WriteString(e.text)
		last = e.end
	}
	b.WriteString(s[last:])
	return b.String()
}

// own makes HTML of the author's, which begins at pos in the file, fit for the scene. more are edits of the caller's.
func (r *sceneRun) own(s string, pos source.Pos, more []edit) template.HTML {
	if !strings.Contains(s, "<") {
		return template.HTML(apply(s, more))
	}
	const end = "<hf-end></hf-end>" // stands at the top when all before it is whole
	d := markup.Parse([]byte(s + end))
	if msg, tag := broken(d, len(s)); msg != "" {
		at, stop := r.film.find(pos, tag)
		r.diagnose(r.film.doc.File.AtPos(at, stop, "compose/broken-html", msg).
			WithHint("HTML must be whole within its block: close what it opens, and leave no empty line inside"))
		return ""
	}
	for i := range d.Tags[:len(d.Tags)-1] {
		more = append(more, r.ownTag(&d.Tags[i], s, pos)...)
	}
	return template.HTML(apply(s, more))
}

// broken says what is not whole in HTML whose last tag, at end, should stand at the top, and which tag is at fault.
func broken(d *markup.Doc, end int) (msg, tag string) {
	if len(d.Stray) > 0 {
		return fmt.Sprintf("</%s> closes nothing", d.Stray[0].Name), string(d.Data[d.Stray[0].Start:d.Stray[0].End])
	}
	n := len(d.Tags) - 1
	if n < 0 || d.Tags[n].Start != end {
		return "the HTML ends inside a tag or a comment", ""
	}
	for i := range d.Tags {
		t := &d.Tags[i]
		if t.Close < 0 && !markup.Void(t.Name) && !(t.SelfClosing && inSVG(d, t)) {
			return fmt.Sprintf("<%s> is not closed", t.Name), string(d.Data[t.Start:t.End])
		}
	}
	return "", ""
}

func inSVG(d *markup.Doc, t *markup.Tag) bool {
	for {
		if t.Name == "svg" || t.Name == "math" {
			return true
		}
		if t.Parent < 0 {
			return false
		}
		t = &d.Tags[t.Parent]
	}
}

// find returns the place of a text that stands at pos or after it; pos itself if it does not.
func (f *film) find(pos source.Pos, text string) (start, end source.Pos) {
	from := f.doc.File.Offset(pos)
	at := strings.Index(string(f.doc.File.Data[from:]), text)
	if at < 0 || text == "" {
		return pos, pos
	}
	return f.doc.File.Pos(from + at), f.doc.File.Pos(from + at + len(text))
}

// ownTag returns the edits that a tag of the author's needs.
func (r *sceneRun) ownTag(t *markup.Tag, s string, pos source.Pos) []edit {
	var out []edit
	id, _ := t.Attr("id")
	cue := string(r.at(id))
	if id != "" {
		at, end := r.film.find(pos, s[t.Start:t.End])
		r.mark(r.scene.ID+"-"+id, at, end)
	}
	if cue != "" && t.Find("style") == nil {
		at := t.Start + 1 + len(t.Name)
		out = append(out, edit{at, at, ` style="` + cue + `"`})
	}
	for i := range t.Attrs {
		a := &t.Attrs[i]
		if strings.HasPrefix(a.Name, "data-composition") {
			at, end := r.film.find(pos, s[a.Start:a.End])
			r.diagnose(r.film.doc.File.AtPos(at, end, "compose/own-composition", fmt.Sprintf("%q cannot stand in a scene", a.Name)).
				WithHint("scenes become compositions by themselves"))
		}
		value := r.ownValue(a)
		if a.Name == "style" {
			value = join2(value, cue)
		}
		if t.Name == "img" && a.Name == "src" {
			value = r.inlineImage(value, s[a.ValStart:a.ValEnd], pos)
		}
		if value != a.Value {
			quoted := attr(value)
			if a.Quote == 0 {
				quoted = `"` + quoted + `"`
			}
			out = append(out, edit{a.ValStart, a.ValEnd, quoted})
		}
	}
	return out
}

var urlID = regexp.MustCompile(`url\((['"]?)#([^'")]+)`)

// ownValue returns an attribute's value with the ids of the author's in it as the scene has them.
func (r *sceneRun) ownValue(a *markup.Attr) string {
	whole := func(id string) string {
		if r.ids[id] {
			return r.scene.ID + "-" + id
		}
		return id
	}
	switch a.Name {
	case "id":
		return r.scene.ID + "-" + a.Value
	case "for", "aria-labelledby", "aria-describedby":
		words := strings.Fields(a.Value)
		for i := range words {
			words[i] = whole(words[i])
		}
		return strings.Join(words, " ")
	case "href", "xlink:href":
		if id, ok := strings.CutPrefix(a.Value, "#"); ok {
			return "#" + whole(id)
		}
	}
	return urlID.ReplaceAllStringFunc(a.Value, func(s string) string {
		m := urlID.FindStringSubmatch(s)
		return "url(" + m[1] + "#" + whole(m[2])
	})
}

// inlineImage returns the address of a picture within text.
func (r *sceneRun) inlineImage(src, raw string, pos source.Pos) string {
	at, end := r.film.find(pos, raw)
	name, _, ok := r.file(&scene.Media{Src: src, Pos: at, End: end}, media.Image)
	if !ok {
		return src
	}
	return address(name)
}

// ownIDs returns the ids in HTML of an author's.
func ownIDs(s string) []string {
	if !strings.Contains(s, "<") || !strings.Contains(s, "=") {
		return nil
	}
	d := markup.Parse([]byte(s))
	var out []string
	for i := range d.Tags {
		if id, _ := d.Tags[i].Attr("id"); id != "" {
			out = append(out, id)
		}
	}
	return out
}

// checkPage reports what is not whole in a scene's page and returns the ids in it, in order, and whether the page keeps
// to itself: it has no script but its clock's, and no sheet that a link would hand to the whole film.
func (r *sceneRun) checkPage(page []byte) (ids []string, alone bool) {
	d := markup.Parse(page)
	if msg, _ := broken(d, d.Tags[len(d.Tags)-1].Start); msg != "" && r.problems.Err() == nil {
		pos, end := r.film.layoutPos(r.scene)
		r.diagnose(r.film.doc.File.AtPos(pos, end, "compose/broken-html", fmt.Sprintf("what layout %q draws here is not whole: %s", r.plan.layout.Name, msg)).
			WithHint(r.templateHint()))
	}
	scripts, others := 0, 0
	for i := range d.Tags {
		for _, a := range d.Tags[i].Attrs {
			switch {
			case a.Name == "id" && a.Value != "":
				ids = append(ids, a.Value)
			case strings.HasPrefix(a.Name, "on"): // a script
				others++
			}
		}
		switch d.Tags[i].Name {
		case "script":
			scripts++
		case "link", "base":
			others++
		}
	}
	return ids, scripts == 1 && others == 0
}

func (r *sceneRun) templateHint() string {
	if l := r.plan.layout; l.Origin != templates.BuiltIn {
		return fmt.Sprintf("look at %s/layout.html", l.Origin)
	}
	return ""
}

// checkIDs reports ids that two elements of the film have.
func (f *film) checkIDs(plans []*plan, pages []*rendered) {
	taken := map[string]bool{"root": true, "backdrop": true}
	for _, p := range plans {
		taken["host-"+p.scene.ID] = true
	}
	for i, page := range pages {
		for _, id := range page.ids {
			if !taken[id] {
				taken[id] = true
				continue
			}
			pos, end := f.idPos(plans[i].scene, page.marks, id)
			f.diagnose(f.doc.File.AtPos(pos, end, "compose/duplicate-id", fmt.Sprintf("two elements of the film have the id %q", id)).
				WithHint("it is the scene's id and the element's own, and layouts have some, too: choose another"))
		}
	}
}

// idPos returns the place to which an element's id goes back: where the author gave it, else its block, else the scene.
func (f *film) idPos(s *scene.Scene, marks []mark, id string) (pos, end source.Pos) {
	i := slices.IndexFunc(marks, func(m mark) bool { return m.ID == id })
	if i < 0 || marks[i].Start == s.Pos {
		return f.layoutPos(s)
	}
	m := marks[i]
	if pos, end := f.find(s.Pos, "#"+strings.TrimPrefix(id, s.ID+"-")); !m.End.Before(end) {
		return pos, end
	}
	return m.Start, m.End
}
