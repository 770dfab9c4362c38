package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// A setting is the value that a command line or a file gives to a variable.
type setting struct {
	name  string
	value any
	file  *source.File // nil for the command line
	at    int          // offset of the name in the file
}

// values reads the values of variables, as the types that the film declares. A name that is not declared is an error,
// but for a HyperFrames folder that is rendered here: its page may read others, so that they stay as they are and are a
// warning beside a declaration. Faults of the file are a [source.List] of all of them.
func (f *renderFlags) values(c *cobra.Command, film *hframes.Film) (out map[string]any, warnings []string, err error) {
	declared, err := render.Variables(film.Bundle.FS(), film.Bundle.Entry)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, v := range declared {
		names = append(names, v.ID)
	}
	settings, err := f.settings(c)
	if err != nil {
		return nil, nil, err
	}
	out = map[string]any{}
	var faults source.List
	for _, s := range settings {
		var fault error
		value := s.value
		if i := slices.Index(names, s.name); i >= 0 {
			value, fault = declared[i].Value(value)
		} else {
			advice := source.DidYouMean(s.name, names)
			switch {
			case film.Composition != nil:
				fault = hinted{fmt.Errorf("the deck has no variable %q", s.name), advice}
			case f.on == "heygen":
				fault = hinted{fmt.Errorf("the film declares no variable %q", s.name), either(advice, "a page declares its variables in data-composition-variables")}
			case len(names) > 0:
				warnings = append(warnings, fmt.Sprintf("the film declares no variable %q; %s", s.name, advice))
			}
		}
		switch {
		case fault == nil:
			out[s.name] = value
		case s.file == nil:
			return nil, nil, usageError{c, fault}
		default:
			var h interface{ Hint() string }
			errors.As(fault, &h)
			faults.Add(s.file.At(s.at, s.at+1, "vars/value", fault.Error()).WithHint(h.Hint()))
		}
	}
	return out, warnings, faults.Err()
}

// settings returns what --vars and --var say, in this order: a later one goes over an earlier one.
func (f *renderFlags) settings(c *cobra.Command) ([]setting, error) {
	var list []setting
	if f.varsFile != "" {
		var err error
		if list, err = readObject(f.varsFile); err != nil {
			return nil, err
		}
	}
	for _, pair := range f.vars {
		name, text, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, usageError{c, hinted{fmt.Errorf("%q is not name=value", pair), "write --var accent=#d4370a"}}
		}
		list = append(list, setting{name: name, value: text})
	}
	return list, nil
}

// readObject reads a JSON file that holds one object, each name once. Faults are a [source.List].
func readObject(path string) ([]setting, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read variables: %w", err)
	}
	file := source.NewFile(path, data)
	fault := func(at int, msg string) error {
		return source.List{file.At(at, at+1, "vars/syntax", msg).WithHint(`write {"name": "value"}`)}
	}
	var object map[string]any
	err = json.Unmarshal(data, &object)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return nil, fault(max(int(syntax.Offset)-1, 0), syntax.Error())
	}
	if err != nil || object == nil {
		return nil, fault(0, "an object of names and values is expected")
	}
	d := json.NewDecoder(bytes.NewReader(data)) // of what is good JSON
	d.Token()                                   // the brace
	var list []setting
	for d.More() {
		rest := data[d.InputOffset():]
		s := setting{file: file, at: len(data) - len(bytes.TrimLeft(rest, " \t\r\n,"))}
		name, _ := d.Token()
		s.name, _ = name.(string)
		if err := d.Decode(&s.value); err != nil {
			return nil, fault(s.at, err.Error())
		}
		if slices.ContainsFunc(list, func(other setting) bool { return other.name == s.name }) {
			return nil, fault(s.at, fmt.Sprintf("%q is here twice", s.name))
		}
		list = append(list, s)
	}
	return list, nil
}
