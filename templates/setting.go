package templates

import (
	"fmt"
	"html/template"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

// A SettingType is the type of a layout's or a block's setting.
type SettingType string

const (
	String   SettingType = "string"   // typed as string
	Number   SettingType = "number"   // float64
	Boolean  SettingType = "boolean"  // bool; a flag without a value is true
	Enum     SettingType = "enum"     // string, one of Options
	Color    SettingType = "color"    // template.CSS, a CSS colour or the name of a colour role, such as accent
	Duration SettingType = "duration" // float64, seconds; written 0.6s or 400ms
	Length   SettingType = "length"   // template.CSS; a bare number or "u" is the canvas unit, see --u
)

// A SettingSpec is one setting that a layout or a block takes.
type SettingSpec struct {
	Name        string      `json:"name"`
	Type        SettingType `json:"type"`
	Default     any         `json:"default"` // typed; nil = no value
	Options     []string    `json:"options,omitempty"`
	Min         *float64    `json:"min,omitempty"` // numbers, and durations in seconds
	Max         *float64    `json:"max,omitempty"`
	Visible     bool        `json:"visible,omitempty"` // its value is text that the audience reads, so it takes time
	Description string      `json:"description"`
}

// A Setting is one key=value as an author wrote it. A flag has the value "true".
type Setting struct{ Key, Value string }

// A Problem is something wrong with a value from outside this package's files. Index is the setting's index, Key its
// key; OnValue says that the value is at fault, not the key. The caller knows the place and makes a diagnostic of it.
type Problem struct {
	Index     int
	Key       string
	OnValue   bool
	Severity  source.Severity
	Code      string
	Msg, Hint string
}

// checkSettings types the settings and fills in the defaults.
func checkSettings(what string, specs []SettingSpec, settings []Setting) (map[string]any, []Problem) {
	out := make(map[string]any, len(specs))
	names := make([]string, len(specs))
	for i, s := range specs {
		out[s.Name], names[i] = s.zero(), s.Name
	}
	var problems []Problem
	for i, set := range settings {
		at := slices.Index(names, set.Key)
		if at < 0 {
			hint := source.DidYouMean(set.Key, names)
			if hint == "" {
				hint = what + " takes no settings"
			}
			problems = append(problems, Problem{Index: i, Key: set.Key, Severity: source.Warning, Code: "templates/unknown-setting",
				Msg: fmt.Sprintf("%s has no setting %q", what, set.Key), Hint: hint})
			continue
		}
		value, msg, hint := specs[at].parse(set.Value)
		if msg != "" {
			problems = append(problems, Problem{Index: i, Key: set.Key, OnValue: true, Code: "templates/bad-setting",
				Msg: fmt.Sprintf("%s=%q: %s", set.Key, set.Value, msg), Hint: hint})
			continue
		}
		out[set.Key] = value
	}
	return out, problems
}

// zero returns the default, or the type's empty value.
func (s SettingSpec) zero() any {
	if s.Default != nil {
		return s.Default
	}
	switch s.Type {
	case Number, Duration:
		return 0.0
	case Boolean:
		return false
	case Color, Length:
		return template.CSS("")
	}
	return ""
}

// parse types one value; msg is "" if it is right.
func (s SettingSpec) parse(v string) (value any, msg, hint string) {
	switch s.Type {
	case Number:
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, "not a number", ""
		}
		msg, hint = s.bounds(f, "")
		return f, msg, hint
	case Duration:
		f, ok := seconds(v)
		if !ok {
			return nil, "not a time", "write a time such as 0.6s or 400ms"
		}
		msg, hint = s.bounds(f, "s")
		return f, msg, hint
	case Boolean:
		if v != "true" && v != "false" {
			return nil, "not a yes or a no", "write true or false"
		}
		return v == "true", "", ""
	case Enum:
		if !slices.Contains(s.Options, v) {
			return nil, "not one of its options", source.DidYouMean(v, s.Options)
		}
		return v, "", ""
	case Color:
		c, ok := colorSetting(v)
		if !ok {
			return nil, "not a colour", "write #rrggbb, another CSS colour, or the name of a role such as accent"
		}
		return template.CSS(c), "", ""
	case Length:
		c, ok := lengthSetting(v)
		if !ok {
			return nil, "not a length", "write a number of canvas units, or a length with px, em, cqw, cqh or %"
		}
		return template.CSS(c), "", ""
	}
	return v, "", ""
}

func (s SettingSpec) bounds(f float64, unit string) (msg, hint string) {
	say := func(word string, limit float64) (string, string) {
		return fmt.Sprintf("must be at %s %s%s", word, strconv.FormatFloat(limit, 'g', -1, 64), unit), ""
	}
	if s.Min != nil && f < *s.Min {
		return say("least", *s.Min)
	}
	if s.Max != nil && f > *s.Max {
		return say("most", *s.Max)
	}
	return "", ""
}

var timeForm = regexp.MustCompile(`^(\d+(?:\.\d+)?|\.\d+)(ms|s|m)?$`)

// seconds reads a time such as 0.6s, 400ms, 1m or a bare number of seconds.
func seconds(v string) (float64, bool) {
	m := timeForm.FindStringSubmatch(v)
	if m == nil {
		return 0, false
	}
	f, err := strconv.ParseFloat(m[1], 64)
	switch m[2] {
	case "ms":
		f /= 1000
	case "m":
		f *= 60
	}
	return f, err == nil
}

var (
	roleForm   = regexp.MustCompile(`^(background|surface|text|muted|accent|accent-2|on-accent|highlight|on-highlight|line|good|bad|series-[1-6])$`)
	lengthForm = regexp.MustCompile(`^(-?(?:\d+(?:\.\d+)?|\.\d+))(u|px|em|rem|cqw|cqh|cqmin|cqmax|%)?$`)
)

func colorSetting(v string) (string, bool) {
	if roleForm.MatchString(v) {
		return "var(--color-" + v + ")", true
	}
	if _, ok := parseColor(v); !ok {
		return "", false
	}
	return v, true
}

func lengthSetting(v string) (string, bool) {
	m := lengthForm.FindStringSubmatch(v)
	if m == nil {
		return "", false
	}
	if m[2] == "" || m[2] == "u" {
		return "calc(var(--u) * " + m[1] + ")", true
	}
	return v, true
}

// SceneKeys are what every scene takes beside its layout's settings, which cannot have these names.
var SceneKeys = []string{"duration", "transition", "from", "transition-duration", "min", "max", "pad", "layout", "class", "id"}

// readSettings reads the settings of a layout.yaml or a block.yaml, in the file's order. None may have a name that is
// taken.
func (r reader) readSettings(into *[]SettingSpec, taken []string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.each(n, "settings", func(key, value *yaml.Node) {
			if !validName(key.Value) {
				r.fail(key, "bad-name", "use lower-case letters, digits and hyphens, a letter first", "setting name %q cannot be used in Markdown", key.Value)
				return
			}
			if slices.Contains(taken, key.Value) {
				r.fail(key, "reserved-name", "choose another name", "setting %q is a key of every scene and never reaches the layout", key.Value)
				return
			}
			*into = append(*into, r.readSetting(key, value))
		})
	}
}

func (r reader) readSetting(key, value *yaml.Node) SettingSpec {
	s := SettingSpec{Name: key.Value, Type: String}
	var def *yaml.Node
	var low, high float64
	r.fields(value, "setting "+quote(s.Name),
		field{"type", r.settingType(&s.Type)},
		field{"default", func(n *yaml.Node) { def = n }},
		field{"options", r.texts(&s.Options, "options")},
		field{"min", func(n *yaml.Node) { r.number(&low, "min")(n); s.Min = &low }},
		field{"max", func(n *yaml.Node) { r.number(&high, "max")(n); s.Max = &high }},
		field{"visible", r.boolean(&s.Visible, "visible")},
		field{"description", r.text(&s.Description, "description")},
	)
	if s.Visible && s.Type != String && s.Type != Number {
		r.fail(key, "bad-value", "leave visible out", "setting %q is not text, so nobody reads its value", s.Name)
	}
	if s.Description == "" {
		r.fail(key, "missing-key", "say in a sentence what it does", "setting %q has no description", s.Name)
	}
	if s.Type == Enum && len(s.Options) == 0 {
		r.fail(key, "missing-key", "", "setting %q is an enum and has no options", s.Name)
	}
	if def != nil {
		typed, msg, hint := s.parse(def.Value)
		if def.Kind != yaml.ScalarNode || msg != "" {
			r.fail(def, "bad-value", hint, "default of %q: %s", s.Name, strings.TrimSpace(msg+" "))
			return s
		}
		s.Default = typed
	}
	return s
}

func (r reader) settingType(into *SettingType) func(*yaml.Node) {
	known := []string{"string", "number", "boolean", "enum", "color", "duration", "length"}
	return func(n *yaml.Node) {
		if !slices.Contains(known, n.Value) {
			r.fail(n, "bad-value", source.DidYouMean(n.Value, known), "unknown type %q", n.Value)
			return
		}
		*into = SettingType(n.Value)
	}
}
