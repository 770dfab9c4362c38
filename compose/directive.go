package compose

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// directive runs the template block that `:::name` or `::name[…]` calls.
func (r *sceneRun) directive(b *scene.Block, out *templates.Block) {
	t := r.template(b.Name, b.Pos, b.End, false)
	if t == nil {
		out.HTML = htmlOf(r.blocks(b.Blocks))
		return
	}
	out.Blocks = r.blocks(b.Blocks)
	view := r.blockView(t, b.Settings)
	view.ID, view.Class, view.Style = out.ID, out.Class, out.Style
	view.Label, view.LabelText, view.Blocks = out.Inner, r.label(b.Rich), out.Blocks
	out.HTML = r.execute(t, view)
}

// inline runs the template block that `:name[…]` calls.
func (r *sceneRun) inline(d *scene.Inline) template.HTML {
	label := r.rich(d.Label)
	t := r.template(d.Name, d.Pos, d.End, true)
	if t == nil {
		return label
	}
	view := r.blockView(t, d.Settings)
	if d.ID != "" {
		view.ID, view.Style = r.id(d.ID, d.Pos), r.at(d.ID)
		r.mark(view.ID, d.Pos, d.End)
	}
	view.Class = strings.Join(d.Classes, " ")
	view.Label, view.LabelText = label, r.label(d.Label)
	return template.HTML(strings.TrimSpace(string(r.execute(t, view))))
}

// template finds a block's template. It reports one that does not exist or stands where it cannot.
func (r *sceneRun) template(name string, pos, end source.Pos, inline bool) *templates.BlockTemplate {
	set := r.film.set
	t := set.Block(name)
	if t == nil {
		var known []string
		for _, n := range set.Blocks() {
			if set.Block(n).Inline == inline {
				known = append(known, n)
			}
		}
		if !inline {
			for _, slot := range r.plan.layout.Slots {
				known = append(known, slot.Name)
			}
			known = append(known, "voice")
		}
		hint := source.DidYouMean(name, known)
		if layouts := r.film.withSlot(name); len(layouts) > 0 {
			hint = fmt.Sprintf("%q is a slot of layout %q", name, layouts[0])
		}
		at, end := r.film.word(pos, name)
		r.diagnose(r.film.doc.File.AtPos(at, end, "compose/unknown-directive", fmt.Sprintf("unknown directive %q", name)).WithHint(hint))
		return nil
	}
	if t.Inline != inline {
		form := map[bool]string{true: ":%s[…] inside a line of text", false: "::: %s on a line of its own"}[t.Inline]
		r.diagnose(r.film.doc.File.AtPos(pos, end, "compose/misplaced-directive", fmt.Sprintf("directive %q cannot stand here", name)).WithHint("write " + fmt.Sprintf(form, name)))
		return nil
	}
	return t
}

func (f *film) withSlot(name string) []string {
	var out []string
	for _, n := range f.set.Layouts() {
		if f.set.Layout(n).Slot(name) != nil {
			out = append(out, n)
		}
	}
	return out
}

func (r *sceneRun) blockView(t *templates.BlockTemplate, settings []scene.Setting) *templates.BlockView {
	set, problems := t.Check(pairs(settings))
	r.diagnose(r.film.settingProblems(settings, problems, nil)...)
	v := &templates.BlockView{Set: set, Scene: r.scene.ID, Theme: r.film.theme,
		Width: r.film.size.Width, Height: r.film.size.Height, Shape: shape(r.film.size),
		Film: templates.Film{Title: r.film.doc.Meta.Title, Scenes: len(r.film.doc.Scenes), Lang: lang(r.film.doc)}}
	return v
}

func (r *sceneRun) execute(t *templates.BlockTemplate, v *templates.BlockView) template.HTML {
	css := r.film.blockCSS(t)
	if css != "" && !slices.Contains(r.css, css) {
		r.css = append(r.css, css)
	}
	out, problems := t.Execute(v)
	r.diagnose(problems...)
	return out
}
