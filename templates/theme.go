package templates

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

// A Theme gives a film its colours, fonts and transitions.
type Theme struct {
	Name        string
	Description string
	Origin      string       // BuiltIn, or the folder in the project
	Fonts       []Font       // one a role, display, body and mono
	Transitions []Transition // in the file's order
	Transition  string       // the transition between scenes when the film names none
	CSS         []byte       // theme.css; global, so every selector stands under .stage
	CSSFile     string

	colors []role // in the file's order; values as they are written
	tones  []tone // other grounds a scene may stand on

	defaults map[string]string // of the film's variables
}

// A role is one named colour. Its value is a CSS colour, or a mix of other roles, see [Theme.Tokens].
type role struct{ name, value string }

type tone struct {
	name   string
	colors []role
}

// A Font is one role's typeface and where its files come from.
type Font struct {
	Role      string // display, body or mono
	Family    string // as CSS names it
	Fallback  string // generic family: sans-serif, serif or monospace
	Package   string // npm package, "" = none
	Version   string
	Integrity string // sha512-… of the package's tarball
	Files     []FontFile
	Tracking  float64  // letter-spacing of display type in em; it becomes --display-tracking
	Uppercase bool     // the theme sets the role in capitals
	Metrics   *Metrics // nil = not measured

	Pos, End source.Pos // of the family in theme.yaml; not valid for a family that the film chose
}

// A FontFile is one @font-face.
type FontFile struct {
	File    string // in the package
	Weight  string // "400" or "200 800"
	Style   string // normal or italic
	Stretch string // "75% 100%", "" = not said
	Range   string // unicode-range, "" = all
}

// A Transition is one way from a scene to the next.
type Transition struct {
	Name        string
	Description string
	Directions  []string // where the entering scene comes from: left, right, up, down, in, out; the first is the default
	Duration    float64  // s, when the author gives none; 0 for a cut
	Overlap     bool     // both scenes are seen at once
}

// Get returns the theme's transition of that name, or nil.
func (t *Theme) Get(transition string) *Transition {
	i := slices.IndexFunc(t.Transitions, func(x Transition) bool { return x.Name == transition })
	if i < 0 {
		return nil
	}
	return &t.Transitions[i]
}

// Font returns the font of a role, or nil.
func (t *Theme) Font(role string) *Font {
	i := slices.IndexFunc(t.Fonts, func(f Font) bool { return f.Role == role })
	if i < 0 {
		return nil
	}
	return &t.Fonts[i]
}

// Roles returns the colour roles that a film may override, in the theme's order.
func (t *Theme) Roles() []string {
	out := make([]string, len(t.colors))
	for i, c := range t.colors {
		out[i] = c.name
	}
	return out
}

// Tones returns the names of the grounds beside the normal one, in the theme's order. A stage or an element in it
// stands on one by the class tone-<name>.
func (t *Theme) Tones() []string {
	out := make([]string, len(t.tones))
	for i, x := range t.tones {
		out[i] = x.name
	}
	return out
}

// Override returns the theme with a film's own colours and fonts, by role. A colour is a CSS colour or var(--name). A
// font is a family name; what it looks like and how wide it runs is not known, so text is fitted with more care.
// Defaults are those of the film's variables: what has to stand out from var(--name) stands out from its default.
// Problems carry the role as Key.
func (t *Theme) Override(colors, fonts, defaults map[string]string) (*Theme, []Problem) {
	out, roles := *t, t.Roles()
	out.defaults = defaults
	out.colors = slices.Clone(t.colors)
	var problems []Problem
	for _, key := range slices.Sorted(maps.Keys(colors)) {
		i, value := slices.Index(roles, key), strings.TrimSpace(colors[key])
		switch _, ok := parseColor(value); {
		case i < 0:
			problems = append(problems, Problem{Key: key, Code: "templates/unknown-color", Msg: "theme " + quote(t.Name) + " has no colour " + quote(key),
				Hint: source.DidYouMean(key, roles)})
		case !ok && !variable.MatchString(value):
			problems = append(problems, Problem{Key: key, OnValue: true, Code: "templates/bad-color", Msg: quote(value) + " is not a colour",
				Hint: "write #rrggbb, a CSS colour name, rgb(), hsl() or oklch()"})
		case roleRef.MatchString(value) && !slices.Contains(roles, rests(value)[0]):
			problems = append(problems, Problem{Key: key, OnValue: true, Code: "templates/bad-color", Msg: "theme " + quote(t.Name) + " has no colour " + quote(rests(value)[0]),
				Hint: source.DidYouMean(rests(value)[0], roles)})
		default:
			out.colors[i].value = value
		}
	}
	problems = append(problems, out.breakCircles(colors)...)
	out.Fonts = slices.Clone(t.Fonts)
	for _, key := range slices.Sorted(maps.Keys(fonts)) {
		f := out.Font(key)
		if f == nil {
			problems = append(problems, Problem{Key: key, Code: "templates/unknown-font", Msg: "theme " + quote(t.Name) + " has no font " + quote(key),
				Hint: source.DidYouMean(key, fontRoles)})
			continue
		}
		if f.Family != fonts[key] {
			*f = Font{Role: key, Family: fonts[key], Fallback: f.Fallback}
		}
	}
	if len(colors) > 0 {
		problems = append(problems, out.lowContrast(colors)...)
	}
	return &out, problems
}

func readTheme(f folder, list *source.List) *Theme {
	t := &Theme{Name: f.name(), Origin: f.whose()}
	before, _ := list.Count()
	if css := f.need("theme.css", list); css != nil {
		t.CSS, t.CSSFile = css.Data, css.Name
	}
	r, root := f.yaml("theme.yaml", list)
	if root == nil {
		return t
	}
	var first *yaml.Node
	r.fields(root, "theme.yaml",
		field{"description", r.text(&t.Description, "description")},
		field{"colors", r.readColors(&t.colors, "colors")},
		field{"tones", r.readTones(&t.tones)},
		field{"fonts", r.readFonts(&t.Fonts)},
		field{"transitions", r.readTransitions(&t.Transitions)},
		field{"transition", func(n *yaml.Node) { first = n; r.text(&t.Transition, "transition")(n) }},
	)
	if t.Description == "" {
		r.missing("description")
	}
	if first != nil && t.Get(t.Transition) == nil {
		var names []string
		for _, x := range t.Transitions {
			names = append(names, x.Name)
		}
		r.fail(first, "bad-value", source.DidYouMean(t.Transition, names), "unknown transition %q", t.Transition)
	}
	r.complete(root, t)
	r.audit(root, t)
	if errors, _ := list.Count(); errors == before {
		r.checkContrast(root, t)
	}
	return t
}

// standard are the colour roles that layouts rely on, and what a theme that leaves one out gets. A role without a
// value must be given.
var standard = []role{
	{"background", ""}, {"text", ""}, {"accent", ""},
	{"surface", "color-mix(in oklab, var(--color-background) 94%, var(--color-text))"},
	{"muted", "color-mix(in oklab, var(--color-text) 70%, var(--color-background))"},
	{"accent-2", "var(--color-accent)"},
	{"on-accent", "contrast-color(var(--color-accent))"},
	{"highlight", "color-mix(in oklab, var(--color-accent) 30%, var(--color-background))"},
	{"on-highlight", "contrast-color(var(--color-highlight))"},
	{"line", "color-mix(in oklab, var(--color-text) 20%, var(--color-background))"},
	{"good", "color-mix(in oklab, #0f9d6e 70%, var(--color-text))"},
	{"bad", "color-mix(in oklab, #e0314f 75%, var(--color-text))"},
	{"series-1", "var(--color-accent)"},
	{"series-2", "color-mix(in oklab, var(--color-accent-2) 60%, var(--color-text))"},
	{"series-3", "color-mix(in oklab, #0f9d8e 70%, var(--color-text))"},
	{"series-4", "color-mix(in oklab, #c08a00 75%, var(--color-text))"},
	{"series-5", "color-mix(in oklab, #d0408f 75%, var(--color-text))"},
	{"series-6", "color-mix(in oklab, var(--color-text) 62%, var(--color-background))"},
	{"code-ground", "var(--color-surface)"},
	{"code-text", "var(--color-text)"},
	{"code-keyword", "var(--color-accent)"},
	{"code-string", "var(--color-good)"},
	{"code-comment", "var(--color-muted)"},
	{"code-number", "var(--color-series-4)"},
	{"code-function", "var(--color-series-2)"},
	{"code-type", "var(--color-series-3)"},
	{"code-punctuation", "var(--color-muted)"},
}

// standardTones are the grounds that layouts offer, for a theme that has none of its own by that name.
var standardTones = []tone{
	{"inverse", []role{
		{"background", "var(--color-text)"}, {"text", "var(--color-background)"},
		{"surface", "color-mix(in oklab, var(--color-text) 88%, var(--color-background))"},
		{"accent", "oklch(from var(--color-accent) calc(l + 0.14) calc(c * 1) h)"},
		{"accent-2", "oklch(from var(--color-accent-2) calc(l + 0.2) calc(c * 1) h)"},
		{"on-accent", "contrast-color(oklch(from var(--color-accent) calc(l + 0.14) calc(c * 1) h))"},
	}},
	{"accent", []role{
		{"background", "var(--color-accent)"}, {"text", "var(--color-on-accent)"},
		{"accent", "var(--color-on-accent)"}, {"accent-2", "var(--color-on-accent)"}, {"on-accent", "var(--color-accent)"},
		{"highlight", "var(--color-background)"}, {"on-highlight", "contrast-color(var(--color-background))"},
		{"surface", "oklch(from var(--color-accent) calc(l + 0.05) calc(c * 0.9) h)"},
	}},
	{"highlight", []role{
		{"background", "var(--color-highlight)"}, {"text", "var(--color-on-highlight)"},
		{"accent", "var(--color-on-highlight)"}, {"on-accent", "var(--color-highlight)"},
		{"highlight", "var(--color-background)"}, {"on-highlight", "contrast-color(var(--color-background))"},
		{"surface", "oklch(from var(--color-highlight) calc(l + 0.03) calc(c * 0.7) h)"},
	}},
}

// complete adds the roles and tones that a theme leaves out, and says which it must not.
func (r reader) complete(root *yaml.Node, t *Theme) {
	for _, tone := range standardTones {
		if !slices.Contains(t.Tones(), tone.name) {
			t.tones = append(t.tones, tone)
		}
	}
	have := t.Roles()
	var missing []string
	for _, c := range standard {
		switch {
		case slices.Contains(have, c.name):
		case c.value == "":
			missing = append(missing, c.name)
		default:
			t.colors = append(t.colors, c)
		}
	}
	if len(missing) > 0 {
		r.fail(root, "missing-key", "the other roles follow from background, text and accent", "colors has no %s", strings.Join(missing, ", "))
	}
	missing = nil
	for _, name := range fontRoles {
		if t.Font(name) == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		r.fail(root, "missing-key", "every theme names a font for "+strings.Join(fontRoles, ", "), "fonts has no %s", strings.Join(missing, ", "))
	}
}

var fontRoles = []string{"display", "body", "mono"}

func (r reader) readColors(into *[]role, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.each(n, what, func(key, value *yaml.Node) {
			if !validName(key.Value) {
				r.fail(key, "bad-name", "", "%q cannot be a colour's name", key.Value)
				return
			}
			if err := checkExpr(value.Value); err != "" {
				r.fail(value, "bad-value", `write a CSS colour, or color-mix(in oklab, var(--color-text) 60%, var(--color-background))`, "%s: %s", key.Value, err)
				value = &yaml.Node{Value: "#808080"} // so that the role is not also missing
			}
			*into = append(*into, role{key.Value, value.Value})
		})
	}
}

func (r reader) readTones(into *[]tone) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.each(n, "tones", func(key, value *yaml.Node) {
			t := tone{name: key.Value}
			r.readColors(&t.colors, "tone "+quote(key.Value))(value)
			*into = append(*into, t)
		})
	}
}

func (r reader) readFonts(into *[]Font) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.each(n, "fonts", func(key, value *yaml.Node) {
			f := Font{Role: key.Value}
			if !slices.Contains(fontRoles, f.Role) {
				r.fail(key, "unknown-key", source.DidYouMean(f.Role, fontRoles), "unknown font role %q", f.Role)
				return
			}
			r.fields(value, "font "+quote(f.Role),
				field{"family", func(n *yaml.Node) { r.text(&f.Family, "family")(n); f.Pos, f.End = r.span(n) }},
				field{"fallback", r.readFallback(&f.Fallback)},
				field{"package", r.text(&f.Package, "package")},
				field{"version", r.text(&f.Version, "version")},
				field{"integrity", r.text(&f.Integrity, "integrity")},
				field{"tracking", r.number(&f.Tracking, "tracking")},
				field{"uppercase", r.boolean(&f.Uppercase, "uppercase")},
				field{"files", r.readFiles(&f.Files)},
				field{"widths", r.readWidths(&f.Metrics)},
			)
			if f.Metrics != nil {
				f.Metrics.ranges = f.runes()
			}
			if f.Family == "" {
				r.fail(key, "missing-key", "", "font %q has no family", f.Role)
			}
			*into = append(*into, f)
		})
	}
}

func (r reader) readFallback(into *string) func(*yaml.Node) {
	known := []string{"sans-serif", "serif", "monospace"}
	return func(n *yaml.Node) {
		if r.text(into, "fallback")(n); n.Kind == yaml.ScalarNode && !slices.Contains(known, *into) {
			r.fail(n, "bad-value", source.DidYouMean(*into, known), "unknown fallback %q", *into)
		}
	}
}

func (r reader) readFiles(into *[]FontFile) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.items(n, "files", func(c *yaml.Node) {
			f := FontFile{Weight: "400", Style: "normal"}
			r.fields(c, "a font file",
				field{"file", r.text(&f.File, "file")},
				field{"weight", r.text(&f.Weight, "weight")},
				field{"style", r.text(&f.Style, "style")},
				field{"stretch", r.text(&f.Stretch, "stretch")},
				field{"range", r.text(&f.Range, "range")})
			*into = append(*into, f)
		})
	}
}

func (r reader) readTransitions(into *[]Transition) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.each(n, "transitions", func(key, value *yaml.Node) {
			t := Transition{Name: key.Value}
			r.fields(value, "transition "+quote(t.Name),
				field{"description", r.text(&t.Description, "description")},
				field{"directions", r.readDirections(&t.Directions)},
				field{"duration", r.seconds(&t.Duration, "duration")},
				field{"overlap", r.boolean(&t.Overlap, "overlap")})
			*into = append(*into, t)
		})
	}
}

func (r reader) readDirections(into *[]string) func(*yaml.Node) {
	known := []string{"left", "right", "up", "down", "in", "out"}
	return func(n *yaml.Node) {
		r.items(n, "directions", func(c *yaml.Node) {
			if !slices.Contains(known, c.Value) {
				r.fail(c, "bad-value", source.DidYouMean(c.Value, known), "unknown direction %q", c.Value)
				return
			}
			*into = append(*into, c.Value)
		})
	}
}
