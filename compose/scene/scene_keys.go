package scene

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A sceneField is one key of a scene: its place in the schema and what reads it, in one row. The same rows read a
// heading's attributes and a scene block.
type sceneField struct {
	field
	set func(r *sceneReader, n *yaml.Node)
}

// A sceneReader reads the settings of one scene.
type sceneReader struct {
	*settingsReader
	scene    *Scene
	explicit word // the id, if the author gave one
	from     *yaml.Node
	time     *yaml.Node // transition-duration
	max      *yaml.Node
	layout   bool // given by name, so that no class stands for it
}

// sceneKeys returns the keys that every scene has. All others are settings of its layout.
func sceneKeys() []sceneField {
	return []sceneField{
		{field{key: "id", doc: "Name of the scene in links, cues and file names; made from the title if not given.", shape: idShape},
			func(r *sceneReader, n *yaml.Node) {
				start, end := r.place(n)
				r.explicit = word{n.Value, r.in.pos(start), r.in.pos(end)}
			}},
		{field{key: "layout", doc: "Name of the layout; chosen from the content if not given.", shape: nameShape("the name of a layout")},
			func(r *sceneReader, n *yaml.Node) {
				r.scene.Layout, r.layout = n.Value, true
				start, end := r.place(n)
				r.scene.LayoutPos, r.scene.LayoutEnd = r.in.pos(start), r.in.pos(end)
			}},
		{field{key: "class", doc: "Classes for the layout's style sheet.", shape: classShape},
			func(r *sceneReader, n *yaml.Node) { r.scene.Classes = append(r.scene.Classes, words(n)...) }},
		{field{key: "duration", doc: "Length: a time, or where it comes from (read, media, voice, auto, beats 8).", shape: sceneDurationShape},
			func(r *sceneReader, n *yaml.Node) {
				parseSceneDuration(n.Value, &r.scene.Duration)
				r.scene.Duration.Pos = r.pos(n)
			}},
		{field{key: "transition", doc: "How the scene enters.", shape: transitionShape},
			func(r *sceneReader, n *yaml.Node) { r.scene.Transition = r.transition(n) }},
		{field{key: "from", doc: "Where the scene comes from: left, right, up, down, in or out.", shape: nameShape("a direction such as left")},
			func(r *sceneReader, n *yaml.Node) { r.from = n }},
		{field{key: "transition-duration", doc: "How long the transition takes.", shape: timeShape("a duration such as 0.6s", cutHint)},
			func(r *sceneReader, n *yaml.Node) { r.time = n }},
		{field{key: "min", doc: "The scene is not shorter.", shape: durationShape("a duration such as 3s")},
			func(r *sceneReader, n *yaml.Node) {
				r.scene.Duration.Min, r.scene.Duration.MinSet = r.duration(n), true
			}},
		{field{key: "max", doc: "The scene is not longer.", shape: timeShape("a duration such as 20s", maxHint)},
			func(r *sceneReader, n *yaml.Node) { r.scene.Duration.Max, r.max = r.duration(n), n }},
		{field{key: "pad", doc: "Air added at its end.", shape: durationShape("a duration such as 0.5s")},
			func(r *sceneReader, n *yaml.Node) {
				r.scene.Duration.Pad, r.scene.Duration.PadSet = r.duration(n), true
			}},
	}
}

const (
	sceneDurationPattern = durationPattern + `|^(auto|read|media|voice)$|^beats +[0-9]+$`
	classesPattern       = `^[A-Za-z][A-Za-z0-9_-]*( +[A-Za-z][A-Za-z0-9_-]*)*$`
	idHint               = "an id begins with a letter and holds letters, digits, _ and -"
)

var classesRegexp = regexp.MustCompile(classesPattern)

var (
	idShape    = &shape{typ: "text", what: "an id", pattern: namePattern, check: matching(nameRegexp, idHint)}
	classShape = &shape{what: "a class, or a list of classes", any: []*shape{
		{typ: "text", what: "a class", pattern: classesPattern, check: matching(classesRegexp, "write class names with spaces between")},
		{what: "a list of classes", items: nameShape("a class")}}}
	sceneDurationShape = &shape{typ: "text", what: "a time such as 6s, or read, media, voice, auto or beats 8", pattern: sceneDurationPattern, example: "6s",
		hints: map[string]string{"number": durationHint},
		check: func(_ *settingsReader, s string) *badValue { return parseSceneDuration(s, new(Duration)) }}
	settingShape = &shape{what: "a value", any: []*shape{{typ: "any", what: "a value"},
		{what: "a list of values", items: &shape{typ: "any", what: "a value"}}}}
)

func sceneShape(table []sceneField) *shape {
	s := &shape{what: "a mapping", values: settingShape}
	for _, f := range table {
		s.fields = append(s.fields, f.field)
	}
	return s
}

// words returns the words of a text or the items of a list.
func words(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return strings.Fields(n.Value)
	}
	var out []string
	for _, c := range n.Content {
		out = append(out, resolve(c).Value)
	}
	return out
}

// settings reads what the heading and the scene block say about the scene. block is the inside of the block, empty if
// there is none. It returns the scene's id, if it was given.
func (c *chunk) settings(heading attrs, block span) word {
	r := &sceneReader{settingsReader: &settingsReader{in: c.in, fps: c.env.meta.FPS, list: &c.list}, scene: c.scene}
	mapping := c.headingNode(heading)
	if !block.empty() {
		if n := r.mapping(span{c.base + block.start, c.base + block.end}); n != nil {
			mapping.Content = append(mapping.Content, n.Content...)
		}
	}
	if heading.id.text == "" && len(heading.classes) == 0 && len(mapping.Content) == 0 {
		return word{}
	}
	for _, e := range r.entries(mapping, c.env.shape, "") {
		r.entry(e, c.env.keys)
	}
	for i, class := range heading.classes {
		if i == 0 && !r.layout {
			c.scene.Layout, c.scene.LayoutPos, c.scene.LayoutEnd = class.text, class.pos, class.end
			c.scene.LayoutPos.Col++ // behind the dot
			continue
		}
		c.scene.Classes = append(c.scene.Classes, class.text)
	}
	r.finish(c.env.meta.Transition)
	return r.explicit
}

// headingNode returns a heading's attributes in the form that YAML has.
func (c *chunk) headingNode(a attrs) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode}
	if a.id.text != "" {
		at := c.in.lines.Offset(a.id.pos)
		m.Content = append(m.Content, attrNode("id", "#", at), attrNode(a.id.text, a.id.text, at+1))
	}
	for _, s := range a.settings {
		at, end := c.in.lines.Offset(s.ValuePos), c.in.lines.Offset(s.ValEnd)
		value := attrNode(s.Value, string(c.in.data[at:end]), at)
		if s.ValuePos == s.Pos {
			value.Tag = flagTag
		}
		m.Content = append(m.Content, attrNode(s.Key, s.Key, c.in.lines.Offset(s.Pos)), value)
	}
	return m
}

func (r *sceneReader) entry(e entry, table []sceneField) {
	for _, f := range table {
		if f.key == e.key.Value {
			f.set(r, e.value)
			return
		}
	}
	start, end := r.place(e.key)
	from, to := r.place(e.value)
	value := e.value.Value
	if e.value.Kind == yaml.SequenceNode {
		value = strings.Join(words(e.value), ", ")
	}
	r.scene.Settings = append(r.scene.Settings, Setting{Key: e.key.Value, Value: value,
		Pos: r.in.pos(start), End: r.in.pos(end), ValuePos: r.in.pos(from), ValEnd: r.in.pos(to)})
}

// finish puts together what several keys say: from= and transition-duration= change the film's transition when the
// scene has none of its own.
func (r *sceneReader) finish(film *Transition) {
	s := r.scene
	if r.from != nil || r.time != nil {
		if s.Transition == nil {
			s.Transition = &Transition{}
			if film != nil {
				*s.Transition = *film
			}
		}
		t := s.Transition
		if r.from != nil {
			t.From, t.Pos = r.from.Value, r.pos(r.from)
		}
		if r.time != nil {
			t.Duration, t.Pos = r.duration(r.time), r.pos(r.time)
		}
	}
	if d := s.Duration; d.Max > 0 && d.Min > d.Max {
		r.bad(r.max, &badValue{fmt.Sprintf("max (%s) is shorter than min (%s)", d.Max, d.Min), "swap them"})
	}
}
