package scene

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

// TestSchemaGolden keeps the schema readable in a review.
func TestSchemaGolden(t *testing.T) {
	const file = "testdata/schema.json"
	got := Schema()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Error("the schema has changed: run go test -update and look at the difference")
	}
}

// A validator knows the part of JSON Schema that Schema uses; a word that it does not know is an error.
func validate(schema map[string]any, v any) error {
	for word, arg := range schema {
		if err := validateWord(schema, word, arg, v); err != nil {
			return err
		}
	}
	return nil
}

func validateWord(schema map[string]any, word string, arg, v any) error {
	number, isNumber := v.(float64)
	text, isText := v.(string)
	switch word {
	case "$schema", "$defs", "title", "description", "examples", "properties":
	case "type":
		types := []any{arg}
		if list, ok := arg.([]any); ok {
			types = list
		}
		for _, t := range types {
			if t == jsonType(v) || (t == "number" && jsonType(v) == "integer") {
				return nil
			}
		}
		return fmt.Errorf("%v is %s, want %v", v, jsonType(v), arg)
	case "enum":
		if !slices.Contains(arg.([]any), v) {
			return fmt.Errorf("%v is none of %v", v, arg)
		}
	case "pattern":
		if isText && !regexp.MustCompile(arg.(string)).MatchString(text) {
			return fmt.Errorf("%q does not match %s", text, arg)
		}
	case "minLength":
		if isText && text == "" {
			return fmt.Errorf("empty")
		}
	case "minimum":
		if isNumber && number < arg.(float64) {
			return fmt.Errorf("%v < %v", v, arg)
		}
	case "maximum":
		if isNumber && number > arg.(float64) {
			return fmt.Errorf("%v > %v", v, arg)
		}
	case "minItems":
		if list, ok := v.([]any); ok && len(list) < int(arg.(float64)) {
			return fmt.Errorf("too few items")
		}
	case "items":
		list, _ := v.([]any)
		for _, item := range list {
			if err := validate(arg.(map[string]any), item); err != nil {
				return err
			}
		}
	case "anyOf":
		var last error
		for _, a := range arg.([]any) {
			if last = validate(a.(map[string]any), v); last == nil {
				return nil
			}
		}
		return last
	case "required":
		m, ok := v.(map[string]any)
		for _, key := range arg.([]any) {
			if _, has := m[key.(string)]; ok && !has {
				return fmt.Errorf("%v is missing", key)
			}
		}
	case "additionalProperties":
		return validateProperties(schema, arg, v)
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

func validateProperties(schema map[string]any, rest, v any) error {
	m, _ := v.(map[string]any)
	properties, _ := schema["properties"].(map[string]any)
	for key, value := range m {
		sub, ok := properties[key].(map[string]any)
		if !ok {
			if sub, ok = rest.(map[string]any); !ok {
				return fmt.Errorf("unknown key %q", key)
			}
		}
		if err := validate(sub, value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func jsonType(v any) string {
	switch v := v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "null"
}

func schemas(t *testing.T) (meta, scene map[string]any) {
	t.Helper()
	if err := json.Unmarshal(Schema(), &meta); err != nil {
		t.Fatal(err)
	}
	return meta, meta["$defs"].(map[string]any)["scene"].(map[string]any)
}

// asJSON returns YAML as the values that JSON has.
func asJSON(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	if out == nil {
		return map[string]any{}
	}
	return out
}

// metaSamples are front matters, and sceneSamples scene blocks, that Parse takes (+) or refuses (-). A "~" marks what
// only Parse can refuse, because it takes more than a look at one value.
var metaSamples = []string{
	"+title: x", "+title: 2001", "-title: [x]", `-title: ""`, "-titel: x", "-title: true",
	"+description: x", "+lang: en", "+lang: pt-BR", "-description: [x]", "-lang: en_US", "-lang: 3",
	"+size: square", "+size: 1280x720", "+size: [portrait, 640x640]", "-size: big", "-size: []", "-size: 1080", "~size: 641x640", "-size: [x]",
	"+fps: 30", "-fps: 0", "-fps: 241", "-fps: fast", "-fps: 29.97",
	"+theme: noir", "-theme: my theme",
	"+transition: wipe", "+transition: wipe left 0.6s", "+transition: {name: wipe}", "+transition: {name: wipe, from: left, duration: 12f}",
	"-transition: {from: left}", "-transition: {name: wipe, x: y}", "-transition: true", "-transition: [wipe]", "~transition: wipe left right",
	"+duration: {min: 1s, max: 1m10s, pad: 400ms, words: 150}", "-duration: 6s", "-duration: {min: 6}", "-duration: {words: 1}", "~duration: {min: 9s, max: 1s}",
	"+fit: 60s", "+fit: 1h", "-fit: 60", "-fit: long", "~fit: 99h",
	"+fonts: {display: Inter, body: Inter, mono: Inter}", "-fonts: Inter", "-fonts: {title: Inter}",
	"+colors: {accent: red, x-y: \"#fff\"}", "+colors: {a: \"oklch(70% 0.2 40)\"}", "-colors: {a: \"#ff\"}", "-colors: red", "-colors: {a: 3}",
	"+music: a.mp3", "+music: {src: a.mp3, volume: 2, fade-in: 1s, fade-out: 1s}", "-music: {volume: 1}", "-music: {src: a, volume: 4}", "-music: [a]",
	"+voice: Ada", "+voice: {name: Ada, speed: 1.5}", "-voice: {speed: 9}", "-voice: {nam: x}",
	"+captions: true", "-captions: maybe",
	"+variables: {a: x, b: 3, c: true}", "+variables: {a: {type: enum, options: [x], default: x, label: A, description: d}}",
	"+variables: {a: {type: number, default: 3, min: 1, max: 5}}", "-variables: [a]", "-variables: {a: [x]}", "-variables: {a: {type: text, default: x}}",
	"-variables: {a: {tpye: string, default: x}}", "~variables: {a: {label: x}}", "~variables: {a: {type: number, default: x}}", "~variables: {9a: x}",
	"+data: a.csv", "+data: {a: a.csv}", "-data: [a.csv]", "~data: {\"a b\": x}",
	"+output: film", "+output: {name: film, quality: high, format: gif, resolution: 4k}", "-output: {format: avi}", "-output: {resolution: 8k}", "-output: true",
	"~output: ../film.mp4", "~output: {name: a/b}", `~output: 'a\b'`, "~output: ..", "+output: a..b",
	"+split: auto", "+split: heading", "+split: separator", "-split: page",
	"+", "-unknown: x",
}

var sceneSamples = []string{
	"+id: a-b_C9", "-id: 9a", "-id: a b", "-id: [a]", "+layout: chart", "-layout: a b", "+class: a b", "+class: [a, b]", "-class: 9", "-class: {a: b}",
	"+duration: 6s", "+duration: 1m10s", "+duration: 90f", "+duration: 400ms", "+duration: read", "+duration: media", "+duration: voice", "+duration: auto", "+duration: beats 8",
	"-duration: 6", "-duration: beats", "-duration: soon", "~duration: 0s", "~duration: beats 0",
	"+transition: wipe left 0.6s", "+transition: {name: wipe}", "-transition: {nmae: wipe}", "+from: left", "-from: 3", "+transition-duration: 0.6s", "-transition-duration: 1",
	"+min: 1s", "+max: 2s", "+pad: 1s", "-min: 1", "-max: x", "-pad: []", "~{min: 3s, max: 1s}",
	"+anything: x", "+anything: 3", "+anything: true", "+anything: [a, 3]", "-anything: {a: b}", "-anything:",
}

// TestSchemaAgrees checks that Parse and the schema take and refuse the same.
func TestSchemaAgrees(t *testing.T) {
	meta, scene := schemas(t)
	for _, sample := range metaSamples {
		agree(t, meta, sample, "---\n"+strings.TrimSpace(sample[1:])+"\n---\n\n# x\n")
	}
	for _, sample := range sceneSamples {
		agree(t, scene, sample, "```scene\n"+sample[1:]+"\n```\n\n# x\n")
	}
}

func agree(t *testing.T, schema map[string]any, sample, film string) {
	t.Helper()
	_, list := Parse(source.NewFile("video.md", []byte(film)))
	if want, got := sample[0] == '+', list.Err() == nil; want != got {
		t.Errorf("%s: Parse says %v", sample, list)
	}
	err := validate(schema, asJSON(t, sample[1:]))
	if want, got := sample[0] != '-', err == nil; want != got {
		t.Errorf("%s: the schema says %v", sample, err)
	}
}

// TestSchemaKeys checks that every key is in the samples above, that the schema has it and that it is read.
func TestSchemaKeys(t *testing.T) {
	meta, scene := schemas(t)
	var metaKeys, keys []string
	for _, f := range frontMatter() {
		metaKeys = append(metaKeys, f.key)
		if f.set == nil || f.doc == "" || f.shape.what == "" {
			t.Errorf("%s: incomplete row", f.key)
		}
	}
	for _, f := range sceneKeys() {
		keys = append(keys, f.key)
		if f.set == nil || f.doc == "" || f.shape.what == "" {
			t.Errorf("%s: incomplete row", f.key)
		}
	}
	sameKeys(t, meta, metaKeys, metaSamples)
	sameKeys(t, scene, keys, sceneSamples)
}

func sameKeys(t *testing.T, schema map[string]any, keys, samples []string) {
	t.Helper()
	properties := schema["properties"].(map[string]any)
	if len(properties) != len(keys) {
		t.Errorf("the schema has %d keys, the table %d", len(properties), len(keys))
	}
	for _, k := range keys {
		if properties[k] == nil {
			t.Errorf("the schema has no %q", k)
		}
		for _, sign := range []string{"+", "-"} {
			if !slices.ContainsFunc(samples, func(s string) bool { return strings.HasPrefix(s, sign+k+":") }) {
				t.Errorf("no sample %s%s:", sign, k)
			}
		}
	}
}

// TestMetaIsRead checks that every key of the front matter changes the Meta.
func TestMetaIsRead(t *testing.T) {
	seen := map[string]bool{}
	for _, sample := range metaSamples {
		key, _, ok := strings.Cut(sample[1:], ":")
		if sample[0] != '+' || !ok {
			continue
		}
		doc, _ := Parse(source.NewFile("video.md", []byte("---\n"+sample[1:]+"\n---\n\n# x\n")))
		doc.Meta.Pos = nil
		if dump(doc) != dumpEmpty() || doc.Meta.Split != "" {
			seen[key] = true
		}
	}
	for _, f := range frontMatter() {
		if !seen[f.key] {
			t.Errorf("%s changes nothing", f.key)
		}
	}
}

func dumpEmpty() string {
	doc, _ := Parse(source.NewFile("video.md", []byte("---\n#\n---\n\n# x\n")))
	return dump(doc)
}
