package templates

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hframes/hframes/source"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a section of an archive with what came out, or writes it.
func golden(t *testing.T, file string, a *txtar.Archive, section, got string) {
	t.Helper()
	if got != "" && !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	for i := range a.Files {
		if a.Files[i].Name != section {
			continue
		}
		if want := string(a.Files[i].Data); want != got && !*update {
			t.Errorf("%s: %s differs (-want +got):\n%s", file, section, cmp.Diff(want, got))
		}
		a.Files[i].Data = []byte(got)
		return
	}
	if !*update && got != "" {
		t.Errorf("%s has no section %s; got:\n%s", file, section, got)
	}
	a.Files = append(a.Files, txtar.File{Name: section, Data: []byte(got)})
}

func archives(t *testing.T, pattern string, run func(t *testing.T, file string, a *txtar.Archive)) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			run(t, file, a)
			if *update {
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func section(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func project(a *txtar.Archive) fs.FS {
	out := fstest.MapFS{}
	for _, f := range a.Files {
		if strings.HasPrefix(f.Name, "templates/") {
			out[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return out
}

func printed(t *testing.T, list source.List) string {
	t.Helper()
	var b bytes.Buffer
	if err := list.Print(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestErrors loads projects that are wrong, and runs the layout named "run" where there is one.
func TestErrors(t *testing.T) {
	archives(t, "testdata/errors/*.txtar", func(t *testing.T, file string, a *txtar.Archive) {
		set, list := Load(project(a))
		for _, d := range list {
			checkPlace(t, a, d)
		}
		golden(t, file, a, "errors", printed(t, list))
		if name := strings.TrimSpace(string(section(a, "run"))); name != "" {
			v := view(t, a)
			v.Theme = set.Theme("tangent")
			_, list := set.Layout(name).Execute(v)
			golden(t, file, a, "run errors", printed(t, list))
		}
	})
}

// checkPlace fails if a diagnostic points outside its file.
func checkPlace(t *testing.T, a *txtar.Archive, d source.Diagnostic) {
	t.Helper()
	f := source.NewFile(d.Pos.File, section(a, d.Pos.File))
	if d.Pos.IsValid() && f.Pos(f.Offset(d.Pos)) != d.Pos {
		t.Errorf("%s is outside its file", d.Headline())
	}
}

func view(t *testing.T, a *txtar.Archive) *View {
	t.Helper()
	v := &View{ID: "s1", Index: 1, Width: 1920, Height: 1080, Shape: "landscape", Duration: 6, Set: map[string]any{}, Film: Film{Title: "A film", Scenes: 4, Lang: "en"}}
	if data := section(a, "view.json"); data != nil {
		if err := json.Unmarshal(data, v); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// TestLayouts runs every built-in layout over a view, once a shape.
func TestLayouts(t *testing.T) {
	set, list := Load(nil)
	if len(list) > 0 {
		t.Fatal(list)
	}
	seen := map[string]bool{}
	archives(t, "testdata/layouts/*.txtar", func(t *testing.T, file string, a *txtar.Archive) {
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".txtar"), "_")
		seen[name] = true
		layout := set.Layout(name)
		for _, shape := range []struct {
			name string
			w, h int
		}{{"landscape", 1920, 1080}, {"portrait", 1080, 1920}} {
			v := view(t, a)
			v.Shape, v.Width, v.Height, v.Theme = shape.name, shape.w, shape.h, set.Theme("tangent")
			var problems []Problem
			v.Set, problems = layout.Check(settings(section(a, "settings")))
			if len(problems) > 0 {
				t.Errorf("%+v", problems)
			}
			out, list := layout.Execute(v)
			golden(t, file, a, shape.name+".html", squeeze(string(out)))
			if len(list) > 0 {
				golden(t, file, a, shape.name+" warnings", printed(t, list))
			}
		}
	})
	for _, name := range set.Layouts() {
		if !seen[name] && name != "chart" && name != "code" {
			t.Errorf("layout %q has no golden", name)
		}
	}
}

// squeeze puts each tag of a template's top on a line and drops blank lines, for a diff that can be read.
func squeeze(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimRight(line, " \n"); strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func settings(data []byte) []Setting {
	var out []Setting
	for _, word := range strings.Fields(string(data)) {
		key, value, _ := strings.Cut(word, "=")
		out = append(out, Setting{key, value})
	}
	return out
}
