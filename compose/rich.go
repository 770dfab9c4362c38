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

// text returns inline content as plain text, variables with their default values. Its lines are the author's: text is
// fitted by it, and a hard break takes the room of a line.
func (r *sceneRun) text(content scene.Rich) string {
	lines := strings.Split(raw(content, r.film.defaults), "\n")
	for i, line := range lines {
		lines[i] = join(line)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// label is text on one line.
func (r *sceneRun) label(content scene.Rich) string { return plain(content, r.film.defaults) }

func plain(content scene.Rich, defaults map[string]string) string {
	return join(raw(content, defaults))
}

func raw(content scene.Rich, defaults map[string]string) string {
	var b strings.Builder
	for _, s := range content {
		switch {
		case s.Var != "":
			b.WriteString(defaults[s.Var])
		case s.Directive != nil:
			b.WriteString(raw(s.Directive.Label, defaults))
		default:
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// bound returns inline content as plain text that follows its variables, "" if there are none in it.
func (r *sceneRun) bound(content scene.Rich) template.HTML {
	if len(variables(content)) == 0 {
		return ""
	}
	var b strings.Builder
	var write func(scene.Rich)
	write = func(content scene.Rich) {
		for _, s := range content {
			switch {
			case s.Var != "":
				b.WriteString(r.variable(s.Var))
			case s.Directive != nil:
				write(s.Directive.Label)
			default:
				b.WriteString(html.EscapeString(s.Text))
			}
		}
	}
	write(content)
	return template.HTML(strings.Join(strings.Fields(b.String()), " "))
}

// variables returns the variables in inline content.
func variables(content scene.Rich) []string {
	var out []string
	for _, s := range content {
		if s.Var != "" {
			out = append(out, s.Var)
		} else if s.Directive != nil {
			out = append(out, variables(s.Directive.Label)...)
		}
	}
	return out
}

// variable renders {{ id }}: an element that carries the default and is bound to the variable.
func (r *sceneRun) variable(id string) string {
	r.uses[id] = true
	return `<span data-bind="` + html.EscapeString(id) + `">` + html.EscapeString(r.film.defaults[id]) + `</span>`
}
