package check

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hframes/hframes/internal/markup"
)

// jsonAttributes are the attributes that hold JSON; the value says whether it must be an object.
var jsonAttributes = map[string]bool{
	"data-variable-values": true, "data-composition-variables": false, "data-fx-chain": true, "data-automation": true,
	"data-fx-carve": true, "data-vfx-chain": false, "data-color-grading": true,
}

// checkJSON finds attributes whose JSON cannot be read: the runtime ignores them without a word.
func (c *checker) checkJSON(p *page) {
	for i := range p.doc.Tags {
		for k := range p.tag(i).Attrs {
			a := &p.tag(i).Attrs[k]
			object, known := jsonAttributes[a.Name]
			if !known || isPlaceholder(a.Value) || strings.TrimSpace(a.Value) == "" {
				continue
			}
			if a.Name == "data-color-grading" && !strings.HasPrefix(strings.TrimSpace(a.Value), "{") {
				continue // the name of a preset
			}
			c.jsonValue(p, a, object)
		}
	}
}

func (c *checker) jsonValue(p *page, a *markup.Attr, object bool) {
	if msg, at := jsonFault(a.Value); msg != "" {
		start := rawOffset(p.Data, a, at)
		hint := "quote the attribute with ' and the keys and texts with \""
		if a.Quote == '"' && strings.HasSuffix(strings.TrimSpace(a.Value), "{") || a.Value == "{" || a.Value == "[{" {
			hint = "a \" inside ends the value: quote the attribute with '"
		} else if at < len(a.Value) && strings.HasSuffix(strings.TrimSpace(a.Value[:at]), ",") && strings.ContainsAny(a.Value[at:at+1], "]}") {
			hint = "remove the comma before it"
		}
		c.report("check/bad-json", p.File, start, start+1, fmt.Sprintf("%q is not JSON: %s", a.Name, msg), hint)
		return
	}
	list, isObject := members(a.Value)
	switch {
	case object && !isObject:
		c.report("check/bad-json", p.File, a.ValStart, a.ValEnd, fmt.Sprintf("%q must be an object {…}", a.Name), `write {"name": value, …}`)
	case a.Name == "data-composition-variables" && (isObject || !strings.HasPrefix(strings.TrimSpace(a.Value), "[")):
		c.report("check/bad-variable", p.File, a.ValStart, a.ValStart+1, "variables must be a list […]", `write [{"id": "title", "type": "string", "label": "Title", "default": "Hello"}]`)
	case a.Name == "data-composition-variables":
		c.declarations(p, a, list)
	case isObject:
		c.repeatedKeys(p, a, list)
	}
}

func (c *checker) repeatedKeys(p *page, a *markup.Attr, list []member) {
	seen := map[string]bool{}
	for _, m := range list {
		if seen[m.key] {
			start := rawOffset(p.Data, a, m.keyAt)
			c.report("check/duplicate-key", p.File, start, start+len(m.key)+2, fmt.Sprintf("%q is given twice: the last one counts", m.key), "keep one of them")
		}
		seen[m.key] = true
	}
}

// A variable is one declaration of data-composition-variables.
type variable struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Label   string          `json:"label"`
	Default json.RawMessage `json:"default"`
	Options []struct {
		Value any `json:"value"`
	} `json:"options"`
	Min *float64 `json:"min"`
	Max *float64 `json:"max"`
}

var variableTypes = []string{"boolean", "color", "enum", "font", "image", "number", "string"}

// declarations looks at every declared variable.
func (c *checker) declarations(p *page, a *markup.Attr, list []member) {
	seen := map[string]bool{}
	for _, m := range list {
		start, end := rawOffset(p.Data, a, m.start), rawOffset(p.Data, a, m.end)
		report := func(msg, hint string) { c.report("check/bad-variable", p.File, start, end, msg, hint) }
		var v variable
		var fields map[string]json.RawMessage
		if json.Unmarshal(m.raw, &fields) != nil {
			report("a variable must be an object {…}", `write {"id": …, "type": …, "label": …, "default": …}`)
			continue
		}
		for name, target := range map[string]any{"id": &v.ID, "type": &v.Type, "label": &v.Label, "options": &v.Options, "min": &v.Min, "max": &v.Max} {
			json.Unmarshal(fields[name], target)
		}
		v.Default = fields["default"]
		inner, _ := members(string(m.raw))
		name := v.ID
		if name == "" {
			name = "?"
		}
		var missing []string
		for _, f := range []struct {
			name string
			ok   bool
		}{{"id", v.ID != ""}, {"type", v.Type != ""}, {"label", v.Label != "" || string(fields["label"]) == `""`}, {"default", v.Default != nil}} {
			if !f.ok {
				missing = append(missing, f.name)
			}
		}
		switch {
		case len(missing) > 0:
			report(fmt.Sprintf("variable %q lacks %s", name, strings.Join(missing, ", ")), "id, type, label and default are required")
		case !slices.Contains(variableTypes, v.Type):
			report(fmt.Sprintf("variable %q has the unknown type %q", name, v.Type), typeHint(v.Type))
		case seen[v.ID]:
			report(fmt.Sprintf("variable %q is declared twice", name), "give it another id")
		case v.Type == "enum" && len(v.Options) == 0:
			report(fmt.Sprintf("variable %q has no options", name), `add "options": [{"value": …, "label": …}]`)
		default:
			for _, f := range inner {
				if f.key == "default" {
					start, end = rawOffset(p.Data, a, m.start+f.start), rawOffset(p.Data, a, m.start+f.end)
				}
			}
			if why := v.refuses(v.Default); why != "" {
				c.report("check/bad-value", p.File, start, end, fmt.Sprintf("the default of variable %q %s", name, why), "")
			} else if url := jsonText(v.Default); v.Type == "image" && url != "" && !loadable(url) {
				c.report("check/unloadable-default", p.File, start, end, fmt.Sprintf("the runtime refuses to load %q, the default of variable %q", url, name),
					"use a relative path, http(s), blob: or data:image/")
			}
		}
		seen[v.ID] = true
	}
}

func typeHint(name string) string {
	for from, to := range map[string]string{"text": "string", "bool": "boolean", "int": "number", "float": "number", "select": "enum", "colour": "color", "url": "image", "file": "image"} {
		if name == from {
			return fmt.Sprintf("did you mean %q?", to)
		}
	}
	return "known: " + strings.Join(variableTypes, ", ")
}

// loadable reports whether the runtime accepts an address for a picture, a video or a sound (contract §9).
func loadable(url string) bool {
	lower := strings.ToLower(strings.TrimSpace(url))
	switch {
	case isRemote(lower), strings.HasPrefix(lower, "blob:"), strings.HasPrefix(lower, "data:image/"):
		return true
	}
	scheme, _, ok := strings.Cut(lower, ":")
	return !ok || strings.ContainsAny(scheme, "/?#.")
}

// jsonText returns the string in a JSON value, "" if it is something else.
func jsonText(raw json.RawMessage) string {
	var s string
	json.Unmarshal(raw, &s)
	return s
}

// refuses says why a variable cannot take a value, "" if it can.
func (v *variable) refuses(raw json.RawMessage) string {
	var val any
	if json.Unmarshal(raw, &val) != nil {
		return ""
	}
	n, isNumber := val.(float64)
	_, isString := val.(string)
	_, isBool := val.(bool)
	_, isObject := val.(map[string]any)
	switch v.Type {
	case "number":
		switch {
		case !isNumber:
			return fmt.Sprintf("is not a number: %s", raw)
		case v.Min != nil && n < *v.Min:
			return fmt.Sprintf("is %s, below the least value %s", plain(n), plain(*v.Min))
		case v.Max != nil && n > *v.Max:
			return fmt.Sprintf("is %s, above the greatest value %s", plain(n), plain(*v.Max))
		}
	case "boolean":
		if !isBool {
			return fmt.Sprintf("is neither true nor false: %s", raw)
		}
	case "enum":
		var known []string
		for _, o := range v.Options {
			if o.Value == val {
				return ""
			}
			known = append(known, fmt.Sprint(o.Value))
		}
		return fmt.Sprintf("is %s, not one of %s", raw, strings.Join(known, ", "))
	case "string", "color":
		if !isString {
			return fmt.Sprintf("is not a text: %s", raw)
		}
	case "font", "image":
		if !isString && !isObject {
			return fmt.Sprintf("is neither a text nor an object: %s", raw)
		}
	}
	return ""
}
