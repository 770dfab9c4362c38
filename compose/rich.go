package compose

import (
	"html"
	"html/template"
	"strings"

	"github.com/hframes/hframes/compose/scene"
)

// rich renders inline content. Variables become elements that clock.js can write to; inline directives are run as
// template blocks.
func (r *sceneRun) rich(content scene.Rich) template.HTML {
	if len(content) == 0 {
		return ""
	}
	var b strings.Builder
	var drawn []edit // what stands between the author's HTML
	for _, s := range content {
		switch {
		case s.Var != "":
			drawn = append(drawn, edit{b.Len(), b.Len(), r.variable(s.Var)})
		case s.Directive != nil:
			drawn = append(drawn, edit{b.Len(), b.Len(), string(r.inline(s.Directive))})
		default:
			b.WriteString(s.HTML)
		}
	}
	return template.HTML(strings.TrimSpace(string(r.own(b.String(), content[0].Pos, drawn))))
}

// text returns inline content as plain text, variables with their default values.
func (r *sceneRun) text(content scene.Rich) string { return plain(content, r.film.defaults) }

func plain(content scene.Rich, defaults map[string]string) string {
	var b strings.Builder
	for _, s := range content {
		switch {
		case s.Var != "":
			b.WriteString(defaults[s.Var])
		case s.Directive != nil:
			b.WriteString(plain(s.Directive.Label, defaults))
		default:
			b.WriteString(s.Text)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// variable renders {{ id }}: an element that carries the default and is bound to the variable.
func (r *sceneRun) variable(id string) string {
	r.uses[id] = true
	return `<span data-bind="` + html.EscapeString(id) + `">` + html.EscapeString(r.film.defaults[id]) + `</span>`
}
