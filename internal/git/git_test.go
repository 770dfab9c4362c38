package git

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes one with two commits: film/a.txt is "one" in the first and "two" in the second, which has a tag.
func repository(t *testing.T) string {
	t.Helper()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	dir := t.TempDir()
	command := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	command("init", "-q")
	write("film/a.txt", "one")
	write("film/media/b.txt", "b")
	write("outside.txt", "not the film's")
	command("add", ".")
	command("commit", "-qm", "first")
	write("film/a.txt", "two")
	write("later/c.txt", "c")
	command("add", ".")
	command("commit", "-qm", "second")
	command("tag", "v2")
	write("film/a.txt", "not committed")
	return dir
}

func TestExport(t *testing.T) {
	dir := repository(t)
	for revision, want := range map[string]string{"HEAD": "two", "HEAD~1": "one", "v2": "two", "main~1": "one"} {
		dst := t.TempDir()
		if err := Export(t.Context(), filepath.Join(dir, "film"), revision, dst); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dst, "a.txt"))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v, want %q", revision, got, err, want)
		}
		if _, err := os.Stat(filepath.Join(dst, "media/b.txt")); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(dst, "outside.txt")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file from outside the folder: %v", err)
		}
	}
	for _, c := range []struct{ dir, revision, want string }{
		{filepath.Join(dir, "film"), "nosuch", "no such revision"},
		{filepath.Join(dir, "film"), "--help", "no such revision"},
		{filepath.Join(dir, "film"), "", "no such revision"},
		{filepath.Join(dir, "later"), "HEAD~1", "the folder was not there"},
		{t.TempDir(), "HEAD", "it is not in a git repository"},
	} {
		err := Export(t.Context(), c.dir, c.revision, t.TempDir())
		var e *Error
		if !errors.As(err, &e) || e.Reason != c.want || e.Hint() == "" {
			t.Errorf("%s %q: %v, want %q", c.dir, c.revision, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Export(ctx, dir, "HEAD", t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	t.Setenv("PATH", "")
	if err := Export(t.Context(), dir, "HEAD", t.TempDir()); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("without git: %v", err)
	}
}

// Nothing of an archive gets out of its folder, and a broken one is an error.
func FuzzUnpack(f *testing.F) {
	archive := func(headers ...tar.Header) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range headers {
			h.Size = int64(len(h.Name)) * int64(strings.Count("0", string(h.Typeflag)))
			w.WriteHeader(&h)
			w.Write([]byte(h.Name)[:h.Size])
		}
		w.Close()
		return b.Bytes()
	}
	f.Add(archive(tar.Header{Name: "a/b", Typeflag: tar.TypeReg}, tar.Header{Name: "c/", Typeflag: tar.TypeDir}))
	f.Add(archive(tar.Header{Name: "../x", Typeflag: tar.TypeReg}))
	f.Add(archive(tar.Header{Name: "l", Linkname: "..", Typeflag: tar.TypeSymlink}, tar.Header{Name: "l/x", Typeflag: tar.TypeReg}))
	f.Add([]byte("no archive"))
	f.Fuzz(func(t *testing.T, data []byte) {
		around := t.TempDir()
		dst := filepath.Join(around, "dst")
		if err := os.Mkdir(dst, 0o755); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dst)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		unpack(bytes.NewReader(data), root)
		if list, _ := os.ReadDir(around); len(list) != 1 {
			t.Fatalf("%v", list)
		}
	})
}
