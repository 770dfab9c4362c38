package bundler

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// A case is a txtar: the project's files, then what becomes of them ("out/…") and what is said about them
// ("diagnostics"). Words of the comment set options: entry=…, nominify, keep=….
type goldenCase struct {
	in    fstest.MapFS
	out   string // the sections that are expected, as text
	entry string
	o     Options
}

func readCase(t testing.TB, name string) (goldenCase, *txtar.Archive) {
	t.Helper()
	ar, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c := goldenCase{in: fstest.MapFS{}, entry: "index.html"}
	for _, word := range strings.Fields(string(ar.Comment)) {
		key, value, given := strings.Cut(word, "=")
		switch {
		case key == "entry" && given:
			c.entry = value
		case word == "nominify":
			c.o.NoMinify = true
		case key == "keep" && given:
			c.o.Keep = append(c.o.Keep, value)
		}
	}
	var want txtar.Archive
	var input []txtar.File
	for _, f := range ar.Files {
		if strings.HasPrefix(f.Name, "out/") || f.Name == "diagnostics" || f.Name == "inputs" {
			want.Files = append(want.Files, f)
			continue
		}
		input = append(input, f)
		c.in[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	ar.Files = input
	c.out = string(txtar.Format(&want))
	return c, ar
}

func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no goldens", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			c, ar := readCase(t, name)
			got := &txtar.Archive{}
			b, list := New(c.o).Build(t.Context(), c.in, c.entry)
			if len(list) > 0 {
				var text bytes.Buffer
				if err := list.Print(&text, false); err != nil {
					t.Fatal(err)
				}
				got.Files = append(got.Files, txtar.File{Name: "diagnostics", Data: text.Bytes()})
			}
			if b != nil {
				for _, f := range b.Files {
					got.Files = append(got.Files, txtar.File{Name: "out/" + f.Path, Data: contents(t, f)})
				}
				got.Files = append(got.Files, txtar.File{Name: "inputs", Data: []byte(strings.Join(b.Inputs, "\n") + "\n")})
			}
			if *update {
				ar.Files = append(ar.Files, got.Files...)
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(c.out, string(txtar.Format(got))); d != "" {
				t.Error(d)
			}
		})
	}
}

func contents(t testing.TB, f File) []byte {
	t.Helper()
	in, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(data)) != f.Size {
		t.Errorf("%s: %d bytes, Size says %d", f.Path, len(data), f.Size)
	}
	return data
}

// tree returns a folder's files as text.
func tree(t testing.TB, fsys fs.FS) string {
	t.Helper()
	var b strings.Builder
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		fmt.Fprintf(&b, "%s\n%s\n", name, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
