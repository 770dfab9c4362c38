package compose

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestGolden composes the project in each testdata/*.txtar and compares the files that it lists: a section that is
// named like a generated file is what is expected of it, every other section is the project's. "size" is the size to
// make. Styles, which have tests of their own, are cut out.
func TestGolden(t *testing.T) { goldens(t, "testdata/*.txtar", true) }

// TestBroken does the same for decks that are wrong. They show what an author is told, nothing more.
func TestBroken(t *testing.T) { goldens(t, "testdata/broken/*.txtar", false) }

func goldens(t *testing.T, pattern string, good bool) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			golden(t, file, good)
		})
	}
}

func golden(t *testing.T, file string, good bool) {
	want, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	project, size := archived(t, want), ""
	got := &txtar.Archive{Comment: want.Comment}
	for _, f := range want.Files {
		if f.Name == "size" {
			size = strings.TrimSpace(string(f.Data))
		}
	}
	m := composed(project, Options{Size: size, Fonts: fonts})
	errors, _ := m.list.Count()
	if good && errors > 0 || !good && len(m.list) == 0 {
		t.Errorf("%d errors:\n%s", errors, printed(m.list))
	}
	for _, f := range want.Files {
		data, generated := m.Files[f.Name]
		switch {
		case generated:
			f.Data = readable(f.Name, data)
		case f.Name == "diagnostics", f.Name != "size" && expected(f.Name):
			continue
		}
		got.Files = append(got.Files, f)
	}
	if text := printed(m.list); text != "" {
		got.Files = append(got.Files, txtar.File{Name: "diagnostics", Data: []byte(text)})
	}
	compare(t, file, want, got)
}

func compare(t *testing.T, file string, want, got *txtar.Archive) {
	t.Helper()
	text := txtar.Format(got)
	if *update {
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	have := map[string]string{}
	for _, f := range want.Files {
		have[f.Name] = string(f.Data)
	}
	for _, f := range got.Files {
		if w, ok := have[f.Name]; !ok || w != string(f.Data) {
			t.Errorf("%s:\n%s\nwant:\n%s", f.Name, f.Data, w)
		}
		delete(have, f.Name)
	}
	for name := range have {
		t.Errorf("nothing for section %s", name)
	}
}

var style = regexp.MustCompile(`(?s)<style>.*?</style>`)

// readable is the form in which a golden holds a generated file.
func readable(name string, data []byte) []byte {
	data = style.ReplaceAll(data, []byte("<style>…</style>"))
	if filepath.Ext(name) == ".json" {
		var b bytes.Buffer
		if json.Indent(&b, data, "", "  ") == nil {
			data = b.Bytes()
		}
	}
	return append(bytes.TrimSuffix(data, []byte("\n")), '\n')
}
