//go:build unix

package outfile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The name of the unfinished file can be known beforehand. What somebody put there is not followed, not written to, not
// waited for, and never becomes the result.
func TestPlanted(t *testing.T) {
	for name, plant := range map[string]func(victim, part string) error{
		"link":          os.Symlink,
		"dangling link": func(_, part string) error { return os.Symlink("/nonexistent/x", part) },
		"hard link":     os.Link,
		"pipe":          func(_, part string) error { return syscall.Mkfifo(part, 0o666) },
		"folder":        func(_, part string) error { return os.Mkdir(part, 0o755) },
		"file of another user": func(_, part string) error {
			if err := os.WriteFile(part, []byte("x"), 0o666); err != nil || os.Geteuid() != 0 {
				return err
			}
			return os.Chown(part, 65534, 65534)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			dst, victim := filepath.Join(dir, "film.mp4"), filepath.Join(dir, "victim")
			part := partOf(t, dst, "a")
			os.WriteFile(victim, []byte("precious"), 0o600)
			if err := plant(victim, part); err != nil {
				t.Fatal(err)
			}
			finish(t, create(t, dst, "a"), "film")
			if read(t, victim) != "precious" || read(t, dst) != "film" {
				t.Errorf("victim %q, file %q", read(t, victim), read(t, dst))
			}
			info, err := os.Lstat(dst)
			if err != nil || !ours(info) {
				t.Errorf("the result is %v, %v", info, err)
			}
			alone(t, dir, "film.mp4", "victim")
		})
	}
	t.Run("what cannot be removed", func(t *testing.T) {
		dir := t.TempDir()
		dst := filepath.Join(dir, "film.mp4")
		part := partOf(t, dst, "a")
		os.MkdirAll(filepath.Join(part, "full"), 0o755)
		_, err := Create(t.Context(), dst, "a")
		if want := "write " + dst + ": " + part + " is in the way: directory not empty"; err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	})
	t.Run("while we write", func(t *testing.T) {
		dir := t.TempDir()
		dst := filepath.Join(dir, "film.mp4")
		f := create(t, dst, "a")
		os.Remove(f.Name())
		os.WriteFile(f.Name(), []byte("theirs"), 0o666)
		if err := f.Commit(); err == nil {
			t.Errorf("the file is %q", read(t, dst))
		}
		f.Close()
	})
}

// Where a name is a link, the link stays and what it leads to is replaced.
func TestOutputLink(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	dst, to := filepath.Join(dir, "film.mp4"), filepath.Join(other, "real.mp4")
	os.WriteFile(to, []byte("old"), 0o640)
	os.Symlink(to, dst)
	finish(t, create(t, dst, "a"), "new")
	info, err := os.Lstat(dst)
	if err != nil || info.Mode()&os.ModeSymlink == 0 || read(t, to) != "new" {
		t.Errorf("%v, %v, %q", info, err, read(t, to))
	}
	alone(t, other, "real.mp4")
	os.Remove(to)
	if _, err := Create(t.Context(), dst, "a"); err == nil {
		t.Error("a dangling link is no error")
	}
}

// New files have the mode that the user's umask wants.
func TestUmask(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	dst := filepath.Join(t.TempDir(), "film.mp4")
	finish(t, create(t, dst, "a"), "x")
	if info, err := os.Stat(dst); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
