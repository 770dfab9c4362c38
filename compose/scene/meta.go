package scene

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

// A metaField is one key of the front matter: its place in the schema and what reads it, in one row.
type metaField struct {
	field
	set func(r *metaReader, n *yaml.Node)
}

type metaReader struct {
	*settingsReader
	meta *Meta
}

// frontMatter returns the keys of the front matter in the order that the documentation lists them.
func frontMatter() []metaField {
	return []metaField{
		{field{key: "title", doc: "Title of the film.", shape: textShape("a title")},
			func(r *metaReader, n *yaml.Node) { r.meta.Title = n.Value }},
		{field{key: "description", doc: "What the film is about, in a sentence or two.", shape: textShape("a description")},
			func(r *metaReader, n *yaml.Node) { r.meta.Description = strings.TrimSpace(n.Value) }},
		{field{key: "lang", doc: "Language of the text as a BCP 47 tag; en if not given.", shape: langShape, aka: "language locale"},
			func(r *metaReader, n *yaml.Node) { r.meta.Lang = n.Value }},
		{field{key: "size", doc: "Canvas of the film, or a list of them; the first is the default.", shape: sizesShape, aka: "sizes resolution dimensions aspect aspect-ratio canvas orientation"},
			(*metaReader).size},
		{field{key: "fps", doc: "Frames a second; 30 if not given.", shape: fpsShape(), aka: "framerate frame-rate frames"},
			func(r *metaReader, n *yaml.Node) { r.meta.FPS = r.fps }},
		{field{key: "theme", doc: "Name of the theme: colours, type, motion and transitions.", shape: nameShape("the name of a theme"), aka: "style template"},
			func(r *metaReader, n *yaml.Node) { r.meta.Theme = n.Value }},
		{field{key: "transition", doc: "How scenes follow one another, unless a scene says otherwise.", shape: transitionShape},
			func(r *metaReader, n *yaml.Node) { r.meta.Transition = r.transition(n) }},
		{field{key: "duration", doc: "Bounds and reading speed that hold for every scene.", shape: timingShape},
			(*metaReader).timing},
		{field{key: "fit", doc: "Length of the whole film; scenes without a fixed duration are scaled to it.", shape: timeShape("a duration such as 60s", "leave it out to let the film last as long as it takes"), aka: "length total"},
			func(r *metaReader, n *yaml.Node) { r.meta.Fit = r.duration(n) }},
		{field{key: "fonts", doc: "Font families by role.", shape: fontsShape},
			func(r *metaReader, n *yaml.Node) { r.meta.Fonts = r.texts(n, fontsShape, "fonts.") }},
		{field{key: "colors", doc: "CSS colours by role: background, text, accent and whatever else the theme has.", shape: colorsShape, aka: "palette colour"},
			func(r *metaReader, n *yaml.Node) { r.meta.Colors = r.texts(n, colorsShape, "colors.") }},
		{field{key: "music", doc: "Sound that runs under the whole film.", shape: musicShape, aka: "audio soundtrack sound"},
			(*metaReader).music},
		{field{key: "voice", doc: "Who speaks the narration.", shape: voiceShape, aka: "narrator speaker narration"},
			(*metaReader).voice},
		{field{key: "captions", doc: "Whether the narration is shown as captions.", shape: &shape{typ: "boolean", what: "true or false", hints: map[string]string{"text": "write true or false"}}, aka: "subtitles"},
			func(r *metaReader, n *yaml.Node) { r.meta.Captions = isTrue(n) }},
		{field{key: "variables", doc: "Values that can be changed when the film is rendered, by name.", shape: variablesShape, aka: "vars params parameters"},
			(*metaReader).variables},
		{field{key: "data", doc: "Files of rows (CSV, JSON or YAML), by name.", shape: dataShape},
			(*metaReader).data},
		{field{key: "output", doc: "What a render makes when the command line does not say otherwise.", shape: outputShape},
			(*metaReader).output},
		{field{key: "split", doc: "What begins a scene; separators if there are any, else headings.", shape: enumShape("auto", string(SplitSeparator), string(SplitHeading))},
			func(r *metaReader, n *yaml.Node) { r.meta.Split = Split(strings.TrimPrefix(n.Value, "auto")) }},
	}
}

// fpsShape is for whole rates only: the times of a film are whole frames, and so are HyperFrames' rates.
func fpsShape() *shape {
	s := numberShape("integer", 1, 240)
	const hint = "frames a second are a whole number: write 24, 25, 30 or 60, and 30 for 29.97"
	s.hints = map[string]string{"number": hint, "text": hint}
	return s
}

func textShape(what string) *shape { return &shape{typ: "text", what: what} }

const namePattern = `^[A-Za-z][A-Za-z0-9_-]*$`

func nameShape(what string) *shape {
	return &shape{typ: "text", what: what, pattern: namePattern, check: matching(nameRegexp, "a name begins with a letter and holds letters, digits, _ and -")}
}

const durationPattern = `^([0-9.]+h)?([0-9.]+m)?([0-9.]+s)?([0-9.]+ms)?$|^[0-9]+f$`

func durationShape(what string) *shape {
	return &shape{typ: "text", what: what, pattern: durationPattern, example: "6s", hints: map[string]string{"number": durationHint},
		check: func(r *settingsReader, s string) *badValue { _, bad := parseDuration(s, r.fps); return bad }}
}

// timeShape is for a duration where none at all means something else than what was written.
func timeShape(what, hint string) *shape {
	s := durationShape(what)
	s.check = func(r *settingsReader, s string) *badValue {
		d, bad := parseDuration(s, r.fps)
		if bad == nil && d == 0 {
			bad = &badValue{fmt.Sprintf("%q is no time at all", s), hint}
		}
		return bad
	}
	return s
}

const (
	cutHint = "for no transition write cut"
	maxHint = "leave it out for no limit"
)

const (
	langPattern  = `^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`
	colorPattern = `^(#([0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})|[A-Za-z]+|[a-z][a-z-]*\([^;{}<>"']*\))$`
	sizePattern  = `^(landscape|portrait|square|[0-9]{2,5}[x×][0-9]{2,5})$`
	transPattern = `^[A-Za-z][A-Za-z0-9_-]*( +[A-Za-z0-9_.-]+){0,2}$`
)

var (
	nameRegexp  = regexp.MustCompile(namePattern)
	langRegexp  = regexp.MustCompile(langPattern)
	colorRegexp = regexp.MustCompile(colorPattern)
)

var (
	langShape  = &shape{typ: "text", what: "a language tag such as en or pt-BR", pattern: langPattern, check: matching(langRegexp, "write a language tag such as en or pt-BR")}
	colorShape = &shape{typ: "text", what: "a CSS colour", pattern: colorPattern, example: "#ff5a1f",
		check: matching(colorRegexp, `write a CSS colour in quotes, such as "#ff5a1f" or "oklch(70% 0.2 40)"`)}
	sizeShape = &shape{typ: "text", what: "landscape, portrait, square or WxH", pattern: sizePattern, example: "landscape",
		check: func(_ *settingsReader, s string) *badValue { _, bad := parseSize(s); return bad }}
	sizesShape = &shape{what: "landscape, portrait, square, WxH or a list of them", any: []*shape{sizeShape, {what: "a list of sizes", items: sizeShape}}}

	transitionText = &shape{typ: "text", what: `a transition such as "wipe left 0.6s"`, pattern: transPattern, example: "wipe left 0.6s",
		check: func(r *settingsReader, s string) *badValue { _, bad := parseTransition(s, r.fps); return bad }}
	transitionFields = &shape{what: "a mapping with name, from and duration", fields: []field{
		{key: "name", doc: "Name of the transition: cut, crossfade, push, wipe and what else the theme has.", shape: nameShape("the name of a transition"), required: true},
		{key: "from", doc: "Where the new scene comes from: left, right, up, down, in or out.", shape: nameShape("a direction such as left")},
		{key: "duration", doc: "How long it takes.", shape: timeShape("a duration such as 0.6s", cutHint)},
	}}
	transitionShape = &shape{what: `a transition such as "wipe left 0.6s"`, any: []*shape{transitionText, transitionFields},
		hints: map[string]string{"boolean": cutHint, "list": `write "wipe left 0.6s"`}}

	timingShape = &shape{what: "a mapping with min, max, pad and words", fields: []field{
		{key: "min", doc: "No scene is shorter.", shape: durationShape("a duration such as 3s")},
		{key: "max", doc: "No scene is longer.", shape: timeShape("a duration such as 20s", maxHint)},
		{key: "pad", doc: "Air added at the end of every scene.", shape: durationShape("a duration such as 0.5s")},
		{key: "words", doc: "Reading speed in words a minute; 170 if not given.", shape: numberShape("number", 20, 1000)},
	}, hints: map[string]string{
		"text":   "for the length of the whole film write fit: 60s; for the bounds of every scene write duration: {min: 3s, max: 20s}",
		"number": "for the length of the whole film write fit: 60s; for the bounds of every scene write duration: {min: 3s, max: 20s}",
	}}

	fontsShape = &shape{what: "font families by role", fields: []field{
		{key: "display", doc: "Titles and numbers.", shape: textShape("the name of a font family"), aka: "heading headings title titles"},
		{key: "body", doc: "Text.", shape: textShape("the name of a font family"), aka: "text sans base"},
		{key: "mono", doc: "Code.", shape: textShape("the name of a font family"), aka: "code monospace"},
	}, hints: map[string]string{"text": "write fonts: {display: Inter, body: Inter}"}}
	colorsShape = &shape{what: "colours by role", values: colorShape, hints: map[string]string{"text": `write colors: {accent: "#ff5a1f"}`}}

	musicShape = &shape{what: "a sound file, or a mapping with src", any: []*shape{textShape("a sound file"), {what: "a mapping with src", fields: []field{
		{key: "src", doc: "The sound file.", shape: textShape("a sound file"), required: true, aka: "source file path url name"},
		{key: "volume", doc: "Loudness; 1 is as recorded.", shape: numberShape("number", 0, 3.98)},
		{key: "bpm", doc: "Beats a minute, for scenes that last so many beats.", shape: numberShape("number", 20, 400), aka: "tempo beats"},
		{key: "duck", doc: "How much it goes down while a clip of a scene is heard, in dB; 12 if not given, 0 for not at all.", shape: numberShape("number", 0, 60), aka: "ducking dip"},
		{key: "fade-in", doc: "How long it takes to come in.", shape: durationShape("a duration such as 1s")},
		{key: "fade-out", doc: "How long it takes to go.", shape: durationShape("a duration such as 2s")},
	}}}}
	voiceShape = &shape{what: "the name of a voice, or a mapping with name and speed", any: []*shape{textShape("the name of a voice"), {what: "a mapping with name and speed", fields: []field{
		{key: "name", doc: "Name or id of the voice.", shape: textShape("the name of a voice")},
		{key: "speed", doc: "Speed of speech; 1 is normal.", shape: numberShape("number", 0.25, 4)},
	}}}}

	variableFields = &shape{what: "a mapping with type and default", fields: []field{
		{key: "type", doc: "Type of the value; guessed from the default if not given.", shape: enumShape("string", "number", "color", "boolean", "enum", "font", "image")},
		{key: "default", doc: "The value when none is given.", shape: &shape{typ: "any", what: "a value"}},
		{key: "label", doc: "What a form calls it.", shape: textShape("a label")},
		{key: "description", doc: "What it changes.", shape: textShape("a description")},
		{key: "options", doc: "The values that an enum can have.", shape: &shape{what: "a list of values", items: textShape("a value")}},
		{key: "min", doc: "The smallest number allowed.", shape: numberShape("number", -1e12, 1e12)},
		{key: "max", doc: "The largest number allowed.", shape: numberShape("number", -1e12, 1e12)},
	}}
	variablesShape = &shape{what: "variables by name", hints: map[string]string{"list": `write one line a variable: name: "value"`}, values: &shape{what: "a value, or a mapping with type and default",
		any: []*shape{{typ: "any", what: "a value"}, variableFields}}}

	dataShape = &shape{what: "a file of rows, or a mapping of names to files", any: []*shape{textShape("a file of rows"),
		{what: "a mapping of names to files", values: textShape("a file of rows")}}}
	// A deck may come from anybody: it names the file, where it goes is for the command line to say.
	fileShape = &shape{typ: "text", what: "a file name", check: func(_ *settingsReader, s string) *badValue {
		if strings.ContainsAny(s, `/\`) || s == "." || s == ".." {
			return &badValue{"", "name the file alone; the command line says in which folder it goes"}
		}
		return nil
	}}
	outputShape = &shape{what: "a file name, or a mapping with name, quality, format and resolution", any: []*shape{fileShape, {what: "a mapping with name, quality, format and resolution", fields: []field{
		{key: "name", doc: "Name of the file, without its ending.", shape: fileShape, aka: "file path"},
		{key: "quality", doc: "How fine the picture is.", shape: enumShape("draft", "standard", "high")},
		{key: "format", doc: "Kind of the file, mp4 if not given; png is a folder of pictures.", shape: enumShape("mp4", "webm", "mov", "gif", "png")},
		{key: "resolution", doc: "How large the picture is; the film's own size if not given.", shape: enumShape("1080p", "4k")},
	}}}}
)

// readMeta reads the front matter that stands in a range of the file, without its "---" lines.
func readMeta(in *input, at span) Meta {
	meta := Meta{Pos: map[string]source.Pos{}}
	r := &metaReader{meta: &meta, settingsReader: &settingsReader{in: in, list: &in.list}}
	root := r.mapping(at)
	if root == nil {
		return meta
	}
	r.seen = func(path string, pos source.Pos) { meta.Pos[path] = pos }
	r.fps = findFPS(root)
	table := frontMatter()
	shape := metaShape(table)
	for _, e := range r.entries(root, shape, "") {
		for _, f := range table {
			if f.key == e.key.Value {
				f.set(r, e.value)
			}
		}
	}
	return meta
}

func metaShape(table []metaField) *shape {
	s := &shape{what: "a mapping"}
	for _, f := range table {
		s.fields = append(s.fields, f.field)
	}
	return s
}

// findFPS looks up the frame rate before anything else is read: durations may be given in frames.
func findFPS(root *yaml.Node) int {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "fps" {
			if v, err := strconv.ParseFloat(root.Content[i+1].Value, 64); err == nil && v >= 1 && v <= 240 {
				return int(v)
			}
		}
	}
	return 0
}

func isTrue(n *yaml.Node) bool { return strings.EqualFold(n.Value, "true") }

func (r *settingsReader) duration(n *yaml.Node) time.Duration {
	d, _ := parseDuration(n.Value, r.fps)
	return d
}

func (r *settingsReader) number(n *yaml.Node) float64 {
	v, _ := strconv.ParseFloat(strings.ReplaceAll(n.Value, "_", ""), 64)
	return v
}

func (r *settingsReader) pos(n *yaml.Node) source.Pos {
	at, _ := r.place(n)
	return r.in.pos(at)
}

// texts reads a mapping of names to texts.
func (r *settingsReader) texts(n *yaml.Node, s *shape, path string) map[string]string {
	out := map[string]string{}
	for _, e := range r.entries(n, s, path) {
		out[e.key.Value] = e.value.Value
	}
	return out
}

// transition reads a transition that is a text or a mapping. It returns nil if the mapping was faulty.
func (r *settingsReader) transition(n *yaml.Node) *Transition {
	if n.Kind == yaml.ScalarNode {
		t, _ := parseTransition(n.Value, r.fps)
		t.Pos = r.pos(n)
		return &t
	}
	t := Transition{Pos: r.pos(n)}
	for _, e := range r.entries(n, transitionFields, "transition.") {
		switch e.key.Value {
		case "name":
			t.Name = e.value.Value
		case "from":
			t.From = e.value.Value
		case "duration":
			t.Duration = r.duration(e.value)
		}
	}
	return &t
}

func (r *metaReader) size(n *yaml.Node) {
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	for _, item := range list {
		size, _ := parseSize(resolve(item).Value)
		if slices.ContainsFunc(r.meta.Sizes, func(s Size) bool { return s.Width == size.Width && s.Height == size.Height }) {
			r.bad(item, &badValue{fmt.Sprintf("size %q is given twice", size.Name), "keep one"})
			continue
		}
		r.meta.Sizes = append(r.meta.Sizes, size)
	}
}

func (r *metaReader) timing(n *yaml.Node) {
	t := &r.meta.Timing
	var max *yaml.Node
	for _, e := range r.entries(n, timingShape, "duration.") {
		switch e.key.Value {
		case "min":
			t.Min, t.MinSet = r.duration(e.value), true
		case "max":
			t.Max, max = r.duration(e.value), e.value
		case "pad":
			t.Pad = r.duration(e.value)
		case "words":
			t.Words = r.number(e.value)
		}
	}
	if t.Max > 0 && t.Min > t.Max {
		r.bad(max, &badValue{fmt.Sprintf("max (%s) is shorter than min (%s)", t.Max, t.Min), "swap them"})
	}
}

func (r *metaReader) music(n *yaml.Node) {
	a := &Audio{Volume: 1, Duck: 12, Pos: r.pos(n)}
	if n.Kind == yaml.ScalarNode {
		a.Src = n.Value
		r.meta.Music = a
		return
	}
	for _, e := range r.entries(n, musicShape.any[1], "music.") {
		switch e.key.Value {
		case "src":
			a.Src, a.Pos = e.value.Value, r.pos(e.value)
		case "volume":
			a.Volume = r.number(e.value)
		case "bpm":
			a.BPM = r.number(e.value)
		case "duck":
			a.Duck = r.number(e.value)
		case "fade-in":
			a.FadeIn = r.duration(e.value)
		case "fade-out":
			a.FadeOut = r.duration(e.value)
		}
	}
	if a.Src != "" {
		r.meta.Music = a
	}
}

func (r *metaReader) voice(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		r.meta.Voice.Name = n.Value
		return
	}
	for _, e := range r.entries(n, voiceShape.any[1], "voice.") {
		switch e.key.Value {
		case "name":
			r.meta.Voice.Name = e.value.Value
		case "speed":
			r.meta.Voice.Speed = r.number(e.value)
		}
	}
}

func (r *metaReader) data(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		name := strings.TrimSuffix(path.Base(n.Value), path.Ext(n.Value))
		if !nameRegexp.MatchString(name) {
			name = "rows"
		}
		r.meta.Data = []Data{{Name: name, Src: n.Value, Pos: r.pos(n)}}
		return
	}
	for _, e := range r.entries(n, dataShape.any[1], "data.") {
		if !nameRegexp.MatchString(e.key.Value) {
			r.bad(e.key, &badValue{fmt.Sprintf("%q is no name", e.key.Value), "a name begins with a letter and holds letters, digits, _ and -"})
			continue
		}
		r.meta.Data = append(r.meta.Data, Data{Name: e.key.Value, Src: e.value.Value, Pos: r.pos(e.value)})
	}
}

func (r *metaReader) output(n *yaml.Node) {
	o := &r.meta.Output
	if n.Kind == yaml.ScalarNode {
		o.Name = n.Value
		if ext := path.Ext(n.Value); slices.Contains([]string{".mp4", ".webm", ".mov", ".gif"}, ext) {
			o.Name, o.Format = strings.TrimSuffix(n.Value, ext), ext[1:]
		}
		return
	}
	for _, e := range r.entries(n, outputShape.any[1], "output.") {
		switch e.key.Value {
		case "name":
			o.Name = e.value.Value
		case "quality":
			o.Quality = e.value.Value
		case "format":
			o.Format = e.value.Value
		case "resolution":
			o.Resolution = e.value.Value
		}
	}
}
