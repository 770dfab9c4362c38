package scene

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

// A shape says what a value may be. Reading and the JSON Schema both follow it, so they cannot drift apart.
type shape struct {
	what    string   // what a message calls it: "a whole number from 1 to 240"
	typ     string   // of a scalar: text, number, integer or boolean; any for all of them
	enum    []string // the only texts allowed
	pattern string   // what a text looks like, for the schema; check decides
	example string
	min     *float64
	max     *float64
	check   func(r *settingsReader, s string) *badValue

	items  *shape            // of a list
	fields []field           // of a mapping with known keys
	values *shape            // of a mapping's other keys, which the author chooses
	any    []*shape          // one of these, at most one of each of scalar, list and mapping
	hints  map[string]string // what to write instead, by the type of value that is there: text, number, boolean, list
}

// A field is one key of a mapping.
type field struct {
	key      string
	doc      string
	shape    *shape
	required bool
	aka      string // other words that people write for it, for the hint
}

func (s *shape) scalar() bool { return s.typ != "" }

// An entry is one key of a mapping that was read, with a value that fits its shape.
type entry struct {
	key   *yaml.Node
	value *yaml.Node
}

// entries returns the keys of a mapping whose values fit, in the order of the file, and reports the rest.
func (r *settingsReader) entries(n *yaml.Node, s *shape, path string) []entry {
	var out []entry
	first := map[string]*yaml.Node{}
	guessed := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], resolve(n.Content[i+1])
		name := key.Value
		if key.Kind != yaml.ScalarNode || name == "" {
			r.list.Add(r.at(key, "scene/wrong-type", fmt.Sprintf("the key is %s, expected a word", nodeType(key))))
			continue
		}
		if before := first[name]; before != nil {
			at, _ := r.place(before)
			d := r.at(key, "scene/duplicate-key", fmt.Sprintf("%q is given twice", name))
			r.list.Add(d.WithHint(fmt.Sprintf("it is already set on line %d", r.in.pos(at).Line)))
			continue
		}
		first[name] = key
		field, known := s.field(name)
		if field == nil {
			hint, meant := s.meant(name, known)
			r.list.Add(r.at(key, "scene/unknown-key", fmt.Sprintf("unknown key %q", path+name)).WithHint(hint))
			if first[meant] == nil {
				guessed[meant] = true
			}
			continue
		}
		if r.seen != nil {
			at, _ := r.place(key)
			r.seen(path+name, r.in.pos(at))
		}
		if r.fits(value, field, path+name, key) {
			out = append(out, entry{key, value})
		}
	}
	for name := range guessed {
		first[name] = n // misspelt, not missing
	}
	r.required(n, s, first, path)
	return out
}

// field returns the shape of a key's value, nil if the mapping has no such key, and then the keys that it has.
func (s *shape) field(name string) (*shape, []string) {
	var known []string
	for _, f := range s.fields {
		if f.key == name {
			return f.shape, nil
		}
		known = append(known, f.key)
	}
	return s.values, known
}

// meant returns a hint for an unknown key, and the key that was meant, if that can be said.
func (s *shape) meant(name string, known []string) (hint, key string) {
	for _, f := range s.fields {
		if slices.Contains(strings.Fields(f.aka), strings.ToLower(name)) {
			return fmt.Sprintf("did you mean %q?", f.key), f.key
		}
	}
	return source.DidYouMean(name, known), source.Nearest(name, known)
}

func (r *settingsReader) required(n *yaml.Node, s *shape, have map[string]*yaml.Node, path string) {
	for _, f := range s.fields {
		if f.required && have[f.key] == nil {
			d := r.at(n, "scene/missing-key", fmt.Sprintf("%q is missing", path+f.key))
			r.list.Add(d.WithHint(fmt.Sprintf("%s is %s", f.key, f.shape.what)))
		}
	}
}

// resolve follows references to the node that they stand for.
func resolve(n *yaml.Node) *yaml.Node {
	for i := 0; n.Kind == yaml.AliasNode && n.Alias != nil && i < 8; i++ {
		n = n.Alias
	}
	return n
}

// fits reports whether a value has a shape, and says why not.
func (r *settingsReader) fits(n *yaml.Node, s *shape, path string, key *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!null" || (n.Tag == flagTag && s != settingShape)) && s.typ != "any" {
		r.empty(n, s, path, key)
		return false
	}
	alt := s.alternative(n)
	if alt == nil {
		d := r.at(n, "scene/wrong-type", fmt.Sprintf("%q is %s, expected %s", path, nodeType(n), s.what))
		r.list.Add(d.WithHint(s.hints[typeName(n)]))
		return false
	}
	switch n.Kind {
	case yaml.SequenceNode:
		return r.fitItems(n, alt, path, key)
	case yaml.MappingNode:
		return true // its keys are checked when they are read
	}
	if bad := r.scalar(n, alt); bad != nil {
		r.bad(n, bad)
		return false
	}
	return true
}

func (r *settingsReader) fitItems(n *yaml.Node, s *shape, path string, key *yaml.Node) bool {
	if len(n.Content) == 0 {
		r.list.Add(r.at(n, "scene/bad-value", fmt.Sprintf("%q is an empty list", path)).WithHint("expected " + s.what))
		return false
	}
	ok := true
	for _, item := range n.Content {
		ok = r.fits(resolve(item), s.items, path, key) && ok
	}
	return ok
}

// empty reports a key without a value. The usual reason is a colour without quotes: "#" begins a comment.
func (r *settingsReader) empty(n *yaml.Node, s *shape, path string, key *yaml.Node) {
	d := r.at(key, "scene/wrong-type", fmt.Sprintf("%q has no value", path))
	hint := "expected " + s.what
	_, end := r.place(key)
	line := r.in.data[end:]
	if i := strings.IndexByte(string(line[:min(len(line), 200)]), '\n'); i >= 0 {
		line = line[:i]
	}
	if i := strings.Index(string(line[:min(len(line), 200)]), " #"); i >= 0 && n.Value == "" {
		hint = fmt.Sprintf("# begins a comment in YAML: write %s: %q", key.Value, line[i+1:i+1+hashWord(line[i+1:])])
	}
	r.list.Add(d.WithHint(hint))
}

func hashWord(b []byte) int {
	n := 1
	for n < len(b) && isNameByte(b[n]) {
		n++
	}
	return n
}

// alternative returns the shape that is meant by a node of this type, or nil.
func (s *shape) alternative(n *yaml.Node) *shape {
	all := s.any
	if all == nil {
		all = []*shape{s}
	}
	for _, a := range all {
		switch {
		case n.Kind == yaml.MappingNode && (a.fields != nil || a.values != nil),
			n.Kind == yaml.SequenceNode && a.items != nil,
			n.Kind == yaml.ScalarNode && a.takes(n):
			return a
		}
	}
	return nil
}

// takes reports whether a scalar shape takes a scalar of this type. Texts may be written as numbers ("title: 2001");
// what comes from attributes is always text and is read as what the shape asks for.
func (s *shape) takes(n *yaml.Node) bool {
	fromAttr := n.Line == attrLine
	switch s.typ {
	case "any":
		return true
	case "text":
		return n.Tag != "!!bool" && n.Tag != "!!null"
	case "number":
		return n.Tag == "!!int" || n.Tag == "!!float" || fromAttr
	case "integer":
		return n.Tag == "!!int" || fromAttr
	case "boolean":
		return n.Tag == "!!bool" || fromAttr
	}
	return false
}

func (r *settingsReader) scalar(n *yaml.Node, s *shape) *badValue {
	if s.enum != nil && !slices.Contains(s.enum, n.Value) {
		hint := source.DidYouMean(n.Value, s.enum)
		return &badValue{fmt.Sprintf("%q is not %s", n.Value, s.what), hint}
	}
	switch s.typ {
	case "number", "integer":
		v, err := strconv.ParseFloat(strings.ReplaceAll(n.Value, "_", ""), 64)
		if err != nil || (s.min != nil && v < *s.min) || (s.max != nil && v > *s.max) || v != v {
			return &badValue{fmt.Sprintf("%s is not %s", n.Value, s.what), ""}
		}
	case "text":
		if strings.TrimSpace(n.Value) == "" {
			return &badValue{"the value is empty", "expected " + s.what}
		}
	}
	if s.check == nil {
		return nil
	}
	bad := s.check(r, n.Value)
	if bad != nil && bad.msg == "" {
		bad.msg = fmt.Sprintf("%q is not %s", n.Value, s.what)
	}
	return bad
}

func number(v float64) *float64 { return &v }

func numberShape(typ string, low, high float64) *shape {
	what := "a number"
	if typ == "integer" {
		what = "a whole number"
	}
	return &shape{typ: typ, min: number(low), max: number(high), what: fmt.Sprintf("%s from %g to %g", what, low, high)}
}

func enumShape(values ...string) *shape {
	return &shape{typ: "text", enum: values, what: "one of " + strings.Join(values, ", ")}
}

// matching returns a check for texts of a form. The message is made from what the shape is called.
func matching(re *regexp.Regexp, hint string) func(*settingsReader, string) *badValue {
	return func(_ *settingsReader, s string) *badValue {
		if re.MatchString(s) {
			return nil
		}
		return &badValue{"", hint}
	}
}
