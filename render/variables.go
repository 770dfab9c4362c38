package render

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hframes/hframes/source"
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
	doc, err := readPage(files, entry)
	if err != nil {
		return nil, err
	}
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

// Value returns v as the type that the variable is declared with. v is a text, as a command line or a CSV file has it,
// or a value of a JSON or YAML file: a text, a float64, an int, a bool or nil. An error is a [*ValueError].
func (v Variable) Value(value any) (any, error) {
	text := fmt.Sprint(value)
	switch v.Type {
	case "number":
		n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		switch {
		case err != nil || math.IsNaN(n) || math.IsInf(n, 0):
			return nil, &ValueError{v.ID, value, "a number", "write digits, and a point before decimals: 1234.5"}
		case v.Min != nil && n < *v.Min || v.Max != nil && n > *v.Max:
			return nil, &ValueError{v.ID, value, "in the variable's range", v.limits()}
		}
		return n, nil
	case "boolean":
		b, err := strconv.ParseBool(strings.TrimSpace(text))
		if err != nil {
			return nil, &ValueError{v.ID, value, "true or false", ""}
		}
		return b, nil
	case "enum":
		if len(v.Options) == 0 {
			break
		}
		var known []string
		for _, o := range v.Options {
			known = append(known, fmt.Sprint(o))
		}
		if i := slices.Index(known, text); i >= 0 {
			return v.Options[i], nil
		}
		return nil, &ValueError{v.ID, value, "one of its options", source.DidYouMean(text, known)}
	}
	switch value.(type) {
	case string:
		return value, nil
	case bool, int, int64, float64:
		return text, nil
	}
	return nil, &ValueError{v.ID, value, "a text", ""}
}

func (v Variable) limits() string {
	bound := func(n *float64, none string) string {
		if n == nil {
			return none
		}
		return strconv.FormatFloat(*n, 'g', -1, 64)
	}
	return fmt.Sprintf("it goes from %s to %s", bound(v.Min, "no least"), bound(v.Max, "no most"))
}

// A ValueError says that a value is none for its variable.
type ValueError struct {
	Variable string
	Value    any
	Want     string // "a number"
	Advice   string // may be ""
}

func (e *ValueError) Error() string {
	if text, ok := e.Value.(string); ok {
		return fmt.Sprintf("%s=%q is not %s", e.Variable, text, e.Want)
	}
	return fmt.Sprintf("%s=%v is not %s", e.Variable, e.Value, e.Want)
}

// Hint says what to write.
func (e *ValueError) Hint() string { return e.Advice }
