package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func number64(f float64) *float64 { return &f }

// declared are the variables of the film in all tests.
var declared = []render.Variable{
	{ID: "name", Type: "string"},
	{ID: "count", Type: "number", Min: number64(0), Max: number64(100)},
	{ID: "big", Type: "boolean"},
	{ID: "tone", Type: "enum", Options: []any{"calm", "loud"}},
}

// TestGolden reads testdata/*.txtar. Each holds one file of rows and what is read from it: jobs, or faults as they are
// printed. A comment line "output: …", "title: …", "ignore: …" sets an option; "crlf", "bom", "latin1", "utf16" change the file.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { golden(t, name) })
	}
}

func golden(t *testing.T, name string) {
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rows := a.Files[0]
	data := rows.Data
	o := Options{Name: rows.Name, Variables: declared, Output: "out/{row}.mp4"}
	for line := range strings.Lines(string(a.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "output":
			o.Output = value
		case "title":
			o.Title = value
		case "ignore":
			o.Ignore = strings.Split(value, "|")
		case "crlf":
			data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
		case "bom":
			data = append([]byte(mark), data...)
		case "utf16":
			data = append([]byte("\xff\xfe"), bytes.ReplaceAll(data, nil, []byte{0})...)
		case "latin1":
			data = bytes.ReplaceAll(data, []byte("é"), []byte("\xe9"))
		case "unended":
			data = bytes.TrimSuffix(data, []byte("\n"))
		}
	}
	o.Rows = filepath.Join(t.TempDir(), rows.Name)
	if err := os.WriteFile(o.Rows, data, 0o644); err != nil {
		t.Fatal(err)
	}
	section, got := "jobs", ""
	p, err := Read(context.Background(), o)
	var list source.List
	switch {
	case errors.As(err, &list):
		var b strings.Builder
		list.Print(&b, false)
		section, got = "faults", b.String()
	case err != nil:
		section, got = "faults", err.Error()+"\n"
		var hint interface{ Hint() string }
		if errors.As(err, &hint) {
			got += "hint: " + hint.Hint() + "\n"
		}
	default:
		got = dump(t, p)
		p.Close()
	}
	want := &txtar.Archive{Comment: a.Comment, Files: []txtar.File{rows, {Name: section, Data: []byte(got)}}}
	if diff := cmp.Diff(string(txtar.Format(a)), string(txtar.Format(want))); diff != "" {
		if !*update {
			t.Errorf("-want +got:\n%s", diff)
		} else if err := os.WriteFile(name, txtar.Format(want), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// dump prints all jobs of a plan.
func dump(t *testing.T, p *Plan) string {
	t.Helper()
	var b strings.Builder
	for j, err := range p.Jobs() {
		if err != nil {
			t.Fatal(err)
		}
		values, err := json.Marshal(j.Variables)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%d line %d %s %s %s\n", j.Row, j.Line, filepath.ToSlash(j.Output), values, j.Title)
	}
	return b.String()
}
