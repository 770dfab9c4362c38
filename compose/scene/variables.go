package scene

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

func (r *metaReader) variables(n *yaml.Node) {
	for _, e := range r.entries(n, variablesShape, "variables.") {
		if !nameRegexp.MatchString(e.key.Value) {
			r.bad(e.key, &badValue{fmt.Sprintf("%q is no name for a variable", e.key.Value), "a name begins with a letter and holds letters, digits, _ and -"})
			continue
		}
		v := Variable{ID: e.key.Value, Label: labelOf(e.key.Value), Pos: r.pos(e.key)}
		ok := false
		if e.value.Kind == yaml.ScalarNode {
			v.Type = guessType(e.value)
			ok = r.setDefault(&v, e.value)
		} else {
			ok = r.variable(&v, e)
		}
		if ok {
			r.meta.Variables = append(r.meta.Variables, v)
		}
	}
}

// variable reads the long form.
func (r *metaReader) variable(v *Variable, e entry) bool {
	var value *yaml.Node
	for _, f := range r.entries(e.value, variableFields, "variables."+v.ID+".") {
		switch f.key.Value {
		case "type":
			v.Type = VariableType(f.value.Value)
		case "default":
			value = f.value
		case "label":
			v.Label = f.value.Value
		case "description":
			v.Description = strings.TrimSpace(f.value.Value)
		case "options":
			for _, o := range f.value.Content {
				v.Options = append(v.Options, resolve(o).Value)
			}
		case "min":
			v.Min = number(r.number(f.value))
		case "max":
			v.Max = number(r.number(f.value))
		}
	}
	switch {
	case v.Type == "" && v.Options != nil:
		v.Type = Enum
	case v.Type == "" && value != nil:
		v.Type = guessType(value)
	}
	if !r.consistent(v, e.key) {
		return false
	}
	if value == nil {
		if v.Type == Enum {
			v.Default = v.Options[0]
			return true
		}
		d := r.at(e.key, "scene/missing-key", fmt.Sprintf("variable %q has no default", v.ID))
		r.list.Add(d.WithHint("add a default: it is what a preview shows"))
		return false
	}
	return r.setDefault(v, value)
}

// consistent reports keys that do not go together with the variable's type.
func (r *metaReader) consistent(v *Variable, key *yaml.Node) bool {
	switch {
	case v.Type == Enum && len(v.Options) == 0:
		d := r.at(key, "scene/missing-key", fmt.Sprintf("variable %q is an enum without options", v.ID))
		r.list.Add(d.WithHint("add options: [one, two]"))
		return false
	case v.Type != Enum && v.Type != "" && v.Options != nil:
		r.bad(key, &badValue{fmt.Sprintf("variable %q is a %s and cannot have options", v.ID, v.Type), "leave out type, or write type: enum"})
	case v.Type != Number && v.Type != "" && (v.Min != nil || v.Max != nil):
		r.bad(key, &badValue{fmt.Sprintf("variable %q is a %s and cannot have min or max", v.ID, v.Type), "write type: number"})
	case v.Min != nil && v.Max != nil && *v.Min > *v.Max:
		r.bad(key, &badValue{fmt.Sprintf("variable %q: min is larger than max", v.ID), "swap them"})
	}
	return true
}

// setDefault stores a default as its type asks.
func (r *metaReader) setDefault(v *Variable, n *yaml.Node) bool {
	bad := func(what, hint string) bool {
		r.bad(n, &badValue{fmt.Sprintf("the default of %q is %s, expected %s", v.ID, shown(n), what), hint})
		return false
	}
	switch v.Type {
	case Number:
		f, err := strconv.ParseFloat(strings.ReplaceAll(n.Value, "_", ""), 64)
		switch {
		case err != nil || f != f:
			return bad("a number", "")
		case v.Min != nil && f < *v.Min, v.Max != nil && f > *v.Max:
			return bad("a number between min and max", "")
		}
		v.Default = f
	case Boolean:
		if n.Tag != "!!bool" {
			return bad("true or false", "")
		}
		v.Default = isTrue(n)
	case Enum:
		if !slices.Contains(v.Options, n.Value) {
			return bad("one of its options", source.DidYouMean(n.Value, v.Options))
		}
		v.Default = n.Value
	case Color:
		if b := colorShape.check(nil, n.Value); b != nil {
			return bad("a CSS colour", b.hint)
		}
		v.Default = n.Value
	default:
		if n.Tag == "!!null" {
			return bad("text", `write "" for an empty text, and quotes around a value that begins with #`)
		}
		v.Default = n.Value
	}
	return true
}

func shown(n *yaml.Node) string {
	if n.Tag == "!!null" {
		return "missing"
	}
	return strconv.Quote(n.Value)
}

var hexColor = regexp.MustCompile(`^#([0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$`)

// guessType returns the type of a variable that is given by its default alone.
func guessType(n *yaml.Node) VariableType {
	switch {
	case n.Tag == "!!bool":
		return Boolean
	case n.Tag == "!!int", n.Tag == "!!float":
		return Number
	case hexColor.MatchString(n.Value):
		return Color
	case mediaKind(n.Value) == ImageKind && path.Ext(n.Value) != "" && isImageFile(n.Value):
		return Image
	}
	return String
}

// labelOf makes a label of a name: "accent-color" → "Accent color".
func labelOf(name string) string {
	words := strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' }), " ")
	if words == "" {
		return name
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// An env is what the scenes of one file share.
type env struct {
	meta     Meta
	defaults map[string]string // of variables, as text
	names    []string          // of variables, sorted
	data     map[string]bool
	refs     references
	heading  bool // document mode
	keys     []sceneField
	shape    *shape // of a scene's settings
	broken   bool   // the front matter could not be read, so variables are not known
}

func newEnv(meta Meta, refs references, heading bool) *env {
	e := &env{meta: meta, defaults: map[string]string{}, data: map[string]bool{}, refs: refs, heading: heading, keys: sceneKeys()}
	e.shape = sceneShape(e.keys)
	for _, v := range meta.Variables {
		e.names = append(e.names, v.ID)
		e.defaults[v.ID] = v.Text()
	}
	for path := range meta.Pos {
		// A variable that is declared wrong has been reported; its uses are not wrong for that.
		if id, ok := strings.CutPrefix(path, "variables."); ok && !strings.Contains(id, ".") {
			if _, ok := e.defaults[id]; !ok {
				e.defaults[id] = ""
				if nameRegexp.MatchString(id) {
					e.names = append(e.names, id)
				}
			}
		}
	}
	slices.Sort(e.names)
	for _, d := range meta.Data {
		e.data[d.Name] = true
	}
	if len(meta.Data) > 0 {
		e.data["row"] = true
	}
	return e
}

func (c *chunk) isSceneKey(name string) bool {
	shape, _ := c.env.shape.field(name)
	return shape != nil && shape != c.env.shape.values
}

var pathRegexp = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$`)

// path returns the path between the braces of a variable, "" after a diagnostic if it leads nowhere.
func (c *chunk) path(inner []byte, at span) string {
	p := strings.TrimSpace(string(visible(inner)))
	first, _, dotted := strings.Cut(p, ".")
	d := c.at(at, "scene/variable", fmt.Sprintf("%q is no variable", p))
	switch _, known := c.env.defaults[p]; {
	case !pathRegexp.MatchString(p):
		c.list.Add(d.WithHint(`write {{ name }} with a variable of the front matter; for two braces as text write \{{`))
	case known:
		return p
	case c.env.broken, dotted && c.env.data[first]:
		return p
	case dotted && len(c.env.meta.Data) == 0:
		d.Code, d.Msg = "scene/unknown-variable", fmt.Sprintf("unknown variable %q", p)
		c.list.Add(d.WithHint("values of rows need data: in the front matter"))
	case dotted:
		d.Code, d.Msg = "scene/unknown-variable", fmt.Sprintf("unknown data %q", first)
		c.list.Add(d.WithHint(source.DidYouMean(first, c.dataNames())))
	default:
		d.Code, d.Msg = "scene/unknown-variable", fmt.Sprintf("unknown variable %q", p)
		hint := source.DidYouMean(p, c.env.names)
		if c.env.data[p] {
			hint = fmt.Sprintf("a value of a row is written with a dot: {{ %s.name }}", p)
		}
		if hint == "" {
			hint = fmt.Sprintf("declare it in the front matter: variables: {%s: \"…\"}", p)
		}
		c.list.Add(d.WithHint(hint))
	}
	return ""
}

func (c *chunk) dataNames() []string {
	names := []string{"row"}
	for _, d := range c.env.meta.Data {
		names = append(names, d.Name)
	}
	return names
}

// expand replaces the variables of a text by their defaults. Values of rows have none: "{{row.name}}" stays, in this one
// spelling, for the stage that knows the row.
func (c *chunk) expand(s string, at span) string {
	if !strings.Contains(s, "{{") {
		return s
	}
	var b strings.Builder
	for {
		from := strings.Index(s, "{{")
		end := -1
		if from >= 0 {
			end = strings.Index(s[from:], "}}")
		}
		if end < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:from])
		p := c.path([]byte(s[from+2:from+end]), at)
		if value, ok := c.env.defaults[p]; ok {
			b.WriteString(value)
		} else if p != "" {
			b.WriteString("{{" + p + "}}")
		}
		s = s[from+end+2:]
	}
}
