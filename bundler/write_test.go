package bundler

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func small(t testing.TB, logo string) *Bundle {
	t.Helper()
	fsys := fstest.MapFS{"index.html": {Data: []byte(`<!doctype html><html><body><img src="logo.png"><p>` + strings.Repeat("text ", 50) + `</p></body></html>`)}, "logo.png": {Data: []byte(logo)}}
	b, list := New(Options{}).Build(t.Context(), fsys, "index.html")
	if b == nil {
		t.Fatal(list)
	}
	return b
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Name())
	}
	return out
}

func TestWriteDir(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "deep", "build")
	first, second := small(t, "one"), small(t, "two")
	if err := first.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "renders"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "renders", "film.mp4"), []byte("film"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("edited by a tool"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := second.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, filepath.Join(dir, "assets")), []string{"logo-3fc4ccfe.png"}; !slices.Equal(got, want) {
		t.Errorf("assets %q, want %q", got, want)
	}
	if data, _ := os.ReadFile(filepath.Join(dir, "index.html")); !bytes.Contains(data, []byte("logo-3fc4ccfe")) {
		t.Errorf("index.html is %q", data)
	}
	if data, _ := os.ReadFile(filepath.Join(dir, "renders", "film.mp4")); string(data) != "film" {
		t.Error("the official tool's render is gone")
	}
	if got := names(t, filepath.Dir(dir)); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestWriteDirTakesMediaOver(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "build")
	b := small(t, "same")
	logo := filepath.Join(dir, b.Files[0].Path)
	if err := b.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(logo)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(logo); err != nil || !os.SameFile(before, after) {
		t.Error("the picture was copied again")
	}
	if err := os.WriteFile(logo, []byte("sane"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := b.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(logo); string(data) != "same" {
		t.Errorf("a changed picture was taken over: %q", data)
	}
}

func TestWriteDirForeign(t *testing.T) {
	b := small(t, "one")
	foreign := func(dir string) {
		t.Helper()
		before := tree(t, os.DirFS(dir))
		err := b.WriteDir(dir)
		var want *ForeignDir
		if !errors.As(err, &want) || want.Hint() == "" {
			t.Errorf("error %v", err)
		}
		if d := cmp.Diff(before, tree(t, os.DirFS(dir))); d != "" {
			t.Error("the folder was touched", d)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*")); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
	stranger := filepath.Join(t.TempDir(), "home")
	if err := os.Mkdir(stranger, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stranger, "thesis.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	foreign(stranger)

	ours := filepath.Join(t.TempDir(), "build")
	if err := b.WriteDir(ours); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ours, "notes.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	foreign(ours)

	empty := t.TempDir()
	if err := b.WriteDir(empty); err != nil {
		t.Errorf("an empty folder: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := b.WriteDir(file); err == nil {
		t.Error("a file was replaced by a folder")
	}
}

func TestWriteZip(t *testing.T) {
	b := small(t, "one")
	var first, second bytes.Buffer
	if err := errors.Join(b.WriteZip(&first), small(t, "one").WriteZip(&second)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two zips differ")
	}
	zr, err := zip.NewReader(bytes.NewReader(first.Bytes()), int64(first.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range zr.File {
		got = append(got, f.Name)
		if f.Mode() != 0o644 || f.Modified.Year() > 1980 {
			t.Errorf("%s: mode %v, time %v", f.Name, f.Mode(), f.Modified)
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		want, _ := b.File(f.Name)
		if err != nil || !bytes.Equal(data, contents(t, want)) {
			t.Errorf("%s: %q, %v", f.Name, data, err)
		}
		if stored := f.Method == zip.Store; stored != strings.HasSuffix(f.Name, ".png") {
			t.Errorf("%s: method %d", f.Name, f.Method)
		}
	}
	if want := []string{"assets/logo-7692c3ad.png", "index.html"}; !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}
