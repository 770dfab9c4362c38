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
	"time"

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
}

// TestWriteDirKeepsTheFolder proves that a folder stays the one it was: a shell may stand in it, it may be a mount.
func TestWriteDirKeepsTheFolder(t *testing.T) {
	parent := t.TempDir()
	dir, link := filepath.Join(parent, "build"), filepath.Join(parent, "link")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Symlink("build", link)); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(parent, 0o555); err != nil { // no room beside it
		t.Fatal(err)
	}
	defer os.Chmod(parent, 0o755)
	for i, to := range []string{dir, link, dir} {
		b := small(t, strings.Repeat("x", i))
		if err := b.WriteDir(to); err != nil {
			t.Fatal(err)
		}
		if got, want := strings.ReplaceAll(tree(t, os.DirFS(dir)), markerName+"\n"+string(hashLines(b.Files))+"\n", ""), tree(t, b.FS()); got != want {
			t.Errorf("%s: %s", to, cmp.Diff(want, got))
		}
		if after, err := os.Stat(dir); err != nil || !os.SameFile(before, after) || after.Mode() != before.Mode() {
			t.Errorf("%s: another folder, %v, %v", to, after.Mode(), err)
		}
		if got, want := names(t, dir), []string{markerName, "assets", "index.html"}; !slices.Equal(got, want) {
			t.Errorf("%s: holds %q, want %q", to, got, want)
		}
	}
	if got := names(t, parent); len(got) != 2 {
		t.Errorf("left behind: %q", got)
	}
}

// TestWriteDirFails proves that a folder is what it was when a new bundle cannot be written, at whatever step.
func TestWriteDirFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "build")
	if err := small(t, "one").WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	before := tree(t, os.DirFS(dir))
	fsys := fstest.MapFS{"index.html": {Data: []byte(`<img src="a.png">`)}, "a.png": {Data: []byte("a")}}
	b, list := New(Options{}).Build(t.Context(), fsys, "index.html")
	if b == nil {
		t.Fatal(list)
	}
	stage := filepath.Join(dir, stagePrefix+"test")
	if err := errors.Join(os.MkdirAll(filepath.Join(stage, "new"), 0o755), b.fill(filepath.Join(stage, "new"), dir, nil)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(stage, "old", "index.html", "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := swap(dir, stage, []string{"assets", "index.html"}); err == nil {
		t.Error("no error")
	}
	if err := os.RemoveAll(stage); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, tree(t, os.DirFS(dir))); d != "" {
		t.Error("not undone", d)
	}
	fsys["a.png"].Data = []byte("b")
	if err := b.WriteDir(dir); err == nil {
		t.Error("no error")
	}
	if d := cmp.Diff(before, tree(t, os.DirFS(dir))); d != "" {
		t.Error("the folder was touched", d)
	}
	if got := names(t, dir); len(got) != 3 {
		t.Errorf("left behind: %q", got)
	}
}

// TestWriteDirAfterKill writes to a folder in which a process was killed between two renames.
func TestWriteDirAfterKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "build")
	first, second := small(t, "one"), small(t, "two")
	if err := first.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	index, _ := second.File("index.html")
	stage := filepath.Join(dir, stagePrefix+"killed")
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, markerName), slices.Concat(hashLines(first.Files), hashLines(second.Files)), 0o644),
		os.WriteFile(filepath.Join(dir, "index.html"), contents(t, index), 0o644),
		os.MkdirAll(filepath.Join(stage, "old"), 0o755),
		os.WriteFile(filepath.Join(stage, "old", "index.html"), nil, 0o644),
		os.Chtimes(stage, time.Time{}, time.Now().Add(-2*staleAfter))); err != nil {
		t.Fatal(err)
	}
	if err := second.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), []string{markerName, "assets", "index.html"}; !slices.Equal(got, want) {
		t.Errorf("holds %q, want %q", got, want)
	}
	if got := names(t, filepath.Join(dir, "assets")); !slices.Equal(got, []string{"logo-3fc4ccfe.png"}) {
		t.Errorf("assets %q", got)
	}
}

func TestWriteDirForeign(t *testing.T) {
	b := small(t, "one")
	foreign := func(dir, file string, changed bool) {
		t.Helper()
		before := tree(t, os.DirFS(dir))
		err := b.WriteDir(dir)
		var want *ForeignDir
		if !errors.As(err, &want) || want.Hint() == "" || want.File != file || want.Changed != changed {
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
	foreign(stranger, "thesis.txt", false)

	ours := filepath.Join(t.TempDir(), "build")
	if err := b.WriteDir(ours); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ours, "notes.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	foreign(ours, "notes.txt", false)

	for _, name := range []string{"index.html", b.Files[0].Path} {
		edited := filepath.Join(t.TempDir(), "build")
		if err := b.WriteDir(edited); err != nil {
			t.Fatal(err)
		}
		mine := filepath.Join(edited, filepath.FromSlash(name))
		data, err := os.ReadFile(mine)
		if err != nil {
			t.Fatal(err)
		}
		data[0]++ // same size
		if err := os.WriteFile(mine, data, 0o644); err != nil {
			t.Fatal(err)
		}
		foreign(edited, name, true)
		if err := os.Remove(mine); err != nil {
			t.Fatal(err)
		}
		if err := b.WriteDir(edited); err != nil {
			t.Errorf("%s was deleted: %v", name, err)
		}
	}

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
