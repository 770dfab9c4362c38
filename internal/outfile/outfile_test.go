package outfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func create(t *testing.T, dst, id string) *File {
	t.Helper()
	f, err := Create(t.Context(), dst, id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// partOf returns the name of the unfinished file for dst.
func partOf(t *testing.T, dst, id string) string {
	t.Helper()
	f := create(t, dst, id)
	defer f.Close()
	return f.Name()
}

func finish(t *testing.T, f *File, text string) {
	t.Helper()
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// alone demands that nothing but these names is in the folder.
func alone(t *testing.T, dir string, names ...string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("the folder holds %v, want %v", got, names)
	}
}

func TestWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	dst := filepath.Join(dir, "film.mp4")
	f := create(t, dst, "a")
	f.WriteString("half")
	f.Close()
	alone(t, dir)
	finish(t, create(t, dst, "a"), "whole")
	if read(t, dst) != "whole" {
		t.Error("the file is another")
	}
	alone(t, dir, "film.mp4")
}

// What a killed process left is used up.
func TestLeftBehind(t *testing.T) {
	dir := t.TempDir()
	dst := filepath.Join(dir, "film.mp4")
	os.WriteFile(partOf(t, dst, "a"), []byte("a long half of something"), 0o600)
	finish(t, create(t, dst, "a"), "new")
	if read(t, dst) != "new" {
		t.Errorf("got %q", read(t, dst))
	}
	alone(t, dir, "film.mp4")
}

// A file takes on the mode of the one that it replaces, from the start.
func TestMode(t *testing.T) {
	dir := t.TempDir()
	for _, mode := range []os.FileMode{0o600, 0o640, 0o644} {
		dst := filepath.Join(dir, "film.mp4")
		os.WriteFile(dst, nil, 0o600)
		os.Chmod(dst, mode)
		f := create(t, dst, "a")
		if info, err := f.Stat(); err != nil || info.Mode().Perm() != mode {
			t.Errorf("unfinished: %v, %v, want %v", info.Mode(), err, mode)
		}
		finish(t, f, "x")
		if info, err := os.Stat(dst); err != nil || info.Mode().Perm() != mode {
			t.Errorf("finished: %v, %v, want %v", info.Mode(), err, mode)
		}
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	gone := filepath.Join(dir, "gone", "film.mp4")
	f := create(t, gone, "a")
	defer f.Close()
	os.RemoveAll(filepath.Dir(gone))
	if err := f.Commit(); err == nil || strings.Contains(err.Error(), ".part") {
		t.Errorf("a folder that was removed: %v", err)
	}
	for _, c := range []struct{ dst, want string }{
		{filepath.Join(dir, strings.Repeat("x", 256)), "name too long"},
		{dir, "it is a folder"},
		{os.DevNull, "it is not a file"},
	} {
		if _, err := Create(t.Context(), c.dst, "a"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.dst, err)
		}
	}
	long := filepath.Join(dir, strings.Repeat("x", 255))
	finish(t, create(t, long, "a"), "x")
}

// Two that make the same wait for each other, and the second one starts from nothing.
func TestTwo(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "film.mp4")
	one := create(t, dst, "a")
	stop, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errors.New("enough"))
	defer cancel()
	if _, err := Create(stop, dst, "a"); err == nil || err.Error() != "enough" {
		t.Errorf("got %v", err)
	}
	other := create(t, dst, "b")
	done := make(chan error, 1)
	go func() {
		two, err := Create(t.Context(), dst, "a")
		if err == nil {
			defer two.Close()
			two.WriteString("2")
			err = two.Commit()
		}
		done <- err
	}()
	finish(t, one, "first")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if read(t, dst) != "2" {
		t.Errorf("got %q", read(t, dst))
	}
	finish(t, other, "b")
	if read(t, dst) != "b" {
		t.Errorf("got %q", read(t, dst))
	}
	alone(t, filepath.Dir(dst), "film.mp4")
}

// A file that is no good has another name, in place of an older one.
func TestReject(t *testing.T) {
	dir := t.TempDir()
	dst := filepath.Join(dir, "film.mp4")
	finish(t, create(t, dst, "x"), "good")
	for _, text := range []string{"bad", "worse"} {
		f := create(t, dst, "x")
		f.WriteString(text)
		name, err := f.Reject()
		f.Close()
		if err != nil || name != filepath.Join(dir, "film.failed.mp4") || read(t, name) != text {
			t.Errorf("kept as %s: %v", name, err)
		}
	}
	if got := read(t, dst); got != "good" {
		t.Errorf("the film is %q", got)
	}
	alone(t, dir, "film.failed.mp4", "film.mp4")
}
