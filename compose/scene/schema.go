package scene

import (
	"bytes"
	"encoding/json"
)

// Schema returns a JSON Schema (draft 2020-12) of the front matter. The settings of a scene, which a ```scene block
// holds and a heading's attributes give as texts, are at #/$defs/scene. It is made from the tables that [Parse] reads
// by, and is the same every time.
func Schema() []byte {
	root := metaShape(frontMatter()).schema()
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "hframes front matter"
	root["description"] = "The YAML at the top of a film's Markdown file."
	scene := sceneShape(sceneKeys()).schema()
	scene["title"] = "hframes scene"
	scene["description"] = "The YAML of a ```scene block. Keys that are not listed are settings of the scene's layout."
	root["$defs"] = map[string]any{"scene": scene}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		return nil // maps of texts and numbers always encode
	}
	return out.Bytes()
}

// schema returns the JSON Schema of a shape.
func (s *shape) schema() map[string]any {
	switch {
	case s.any != nil:
		var all []any
		for _, a := range s.any {
			all = append(all, a.schema())
		}
		return map[string]any{"anyOf": all}
	case s.items != nil:
		return map[string]any{"type": "array", "items": s.items.schema(), "minItems": 1}
	case s.scalar():
		return s.scalarSchema()
	}
	return s.mappingSchema()
}

func (s *shape) scalarSchema() map[string]any {
	out := map[string]any{}
	switch {
	case s.enum != nil:
		out["enum"] = s.enum
	case s.typ == "any":
		out["type"] = []string{"string", "number", "boolean"}
	case s.typ != "text":
		out["type"] = s.typ
	case s.pattern != "":
		out["type"], out["pattern"] = "string", s.pattern
	default:
		out["type"] = []string{"string", "number"}
		out["minLength"] = 1
	}
	if s.min != nil {
		out["minimum"] = *s.min
	}
	if s.max != nil {
		out["maximum"] = *s.max
	}
	if s.example != "" {
		out["examples"] = []string{s.example}
	}
	return out
}

func (s *shape) mappingSchema() map[string]any {
	out := map[string]any{"type": "object", "additionalProperties": false}
	if s.values != nil {
		out["additionalProperties"] = s.values.schema()
	}
	if s.fields == nil {
		return out
	}
	properties := map[string]any{}
	var required []string
	for _, f := range s.fields {
		p := f.shape.schema()
		p["description"] = f.doc
		properties[f.key] = p
		if f.required {
			required = append(required, f.key)
		}
	}
	out["properties"] = properties
	if required != nil {
		out["required"] = required
	}
	return out
}
