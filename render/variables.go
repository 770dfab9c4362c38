package render

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/hframes/hframes/internal/markup"
)

// A Variable is a variable that a film declares (contract §9): what a value for it may be.
type Variable struct {
	ID       string
	Type     string // number, boolean, enum, or one of those whose values are text
	Options  []any  // of an enum
	Min, Max *float64
}

// Variables returns what the entry page of a film declares, on its html element or on its root. What of it cannot be
// read is left out: telling is the work of package check.
func Variables(files fs.FS, entry string) ([]Variable, error) {
	page, err := fs.ReadFile(files, entry)
	if err != nil {
		return nil, fmt.Errorf("read entry page: %w", err)
	}
	doc := markup.Parse(page)
	var text string
	for i := range doc.Tags {
		if t := &doc.Tags[i]; t.Name == "html" {
			text, _ = t.Attr("data-composition-variables")
			break
		}
	}
	if root := findRoot(doc); text == "" && root != nil {
		text, _ = root.Attr("data-composition-variables")
	}
	var list []struct {
		ID       string
		Type     string
		Options  []struct{ Value any }
		Min, Max *float64
	}
	json.Unmarshal([]byte(text), &list)
	var out []Variable
	for _, d := range list {
		if d.ID == "" {
			continue
		}
		v := Variable{ID: d.ID, Type: d.Type, Min: d.Min, Max: d.Max}
		for _, o := range d.Options {
			v.Options = append(v.Options, o.Value)
		}
		out = append(out, v)
	}
	return out, nil
}
