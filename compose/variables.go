package compose

import (
	"maps"
	"slices"

	"github.com/hframes/hframes/compose/scene"
)

// A variable that can be changed at render time reaches the picture in one of two ways (contract §9). A colour, a
// number or a font is a custom property of the same name, which HyperFrames writes on every composition that declares
// it, and clock.js on the stage. Text is bound by clock.js. So a scene declares the text it shows and every variable that
// may stand in CSS.

// declarations returns what a scene or, with nil, the whole film declares.
func (f *film) declarations(text map[string]bool) []declaration {
	var out []declaration
	for _, v := range f.doc.Meta.Variables {
		if text != nil && !text[v.ID] && !inCSS(v.Type) {
			continue
		}
		d := declaration{ID: v.ID, Type: string(v.Type), Label: v.Label, Description: v.Description, Default: v.Default, Min: v.Min, Max: v.Max}
		if d.Label == "" {
			d.Label = v.ID
		}
		for _, o := range v.Options {
			d.Options = append(d.Options, option{o, o})
		}
		out = append(out, d)
	}
	return out
}

func inCSS(t scene.VariableType) bool {
	return t == scene.Color || t == scene.Number || t == scene.Font
}

// values returns a host's variable values: all that its scene declares (contract §3).
func values(d []declaration) map[string]any {
	if len(d) == 0 {
		return nil
	}
	out := make(map[string]any, len(d))
	for _, v := range d {
		out[v.ID] = v.Default
	}
	return out
}

// defaults returns the variables' default values as text.
func defaults(vars []scene.Variable) map[string]string {
	out := make(map[string]string, len(vars))
	for _, v := range vars {
		out[v.ID] = v.Text()
	}
	return out
}

// colors returns the film's colours by role: those of the front matter, and for each colour variable that is named
// like a role, the variable itself, so that a value given at render time recolours the film.
func (f *film) colors() map[string]string {
	out := maps.Clone(f.doc.Meta.Colors)
	if out == nil {
		out = map[string]string{}
	}
	roles := f.theme.Roles()
	for _, v := range f.doc.Meta.Variables {
		if v.Type == scene.Color && slices.Contains(roles, v.ID) {
			out[v.ID] = "var(--" + v.ID + ")"
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
