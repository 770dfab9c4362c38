//go:build unix

package workdir

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain runs the tests, or is one of the processes that they kill or race with.
func TestMain(m *testing.M) {
	switch os.Getenv("HFRAMES_TEST_WORKDIR") {
	case "":
		os.Exit(m.Run())
	case "hold": // until it is killed
		d, err := New("held")
		if err == nil {
			err = fill(d.Path())
		}
		fmt.Println(err)
		select {}
	case "race":
		if err := race(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

// process returns a process of this test that plays a part.
func process(ctx context.Context, t *testing.T, part string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), "HFRAMES_TEST_WORKDIR="+part)
	return cmd
}

// fill puts into a folder what a render does.
func fill(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "profile", "Default"), 0o700); err != nil {
		return err
	}
	os.Symlink("/", filepath.Join(dir, "profile", "SingletonLock"))
	return os.WriteFile(filepath.Join(dir, "profile", "Default", "Cookies"), []byte("x"), 0o600)
}

// temporary makes a folder the system's temporary one.
func temporary(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return dir
}

func made(t *testing.T) *Dir {
	t.Helper()
	d, err := New("test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func listing(t *testing.T, dir string) []string {
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

func TestDir(t *testing.T) {
	tmp := temporary(t)
	one, two := made(t), made(t)
	for _, d := range []*Dir{one, two} {
		info, err := os.Lstat(d.Path())
		if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 || filepath.Dir(d.Path()) != tmp || !names.MatchString(filepath.Base(d.Path())) {
			t.Errorf("%s: %v, %v", d.Path(), info, err)
		}
		if err := fill(d.Path()); err != nil {
			t.Error(err)
		}
	}
	path := one.Path()
	for range 2 {
		if err := one.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := listing(t, tmp); len(got) != 1 || got[0] != filepath.Base(two.Path()) {
		t.Errorf("%s was closed, left: %v", path, got)
	}
	os.RemoveAll(two.Path())
	if err := two.Close(); err != nil {
		t.Errorf("what somebody else removed: %v", err)
	}
}

// A folder for sockets has a short path, wherever TMPDIR is.
func TestShort(t *testing.T) {
	temporary(t)
	os.Setenv("TMPDIR", filepath.Join(os.TempDir(), strings.Repeat("long", 20)))
	if _, err := New("test"); err == nil || !strings.HasPrefix(err.Error(), "make a working folder: mkdir ") {
		t.Errorf("a TMPDIR that is not there: %v", err)
	}
	d, err := Short("browser")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if socket := filepath.Join(d.Path(), "org.chromium.Chromium.XXXXXX", "SingletonSocket"); len(socket) > 107 {
		t.Errorf("%s has %d bytes", socket, len(socket))
	}
}

// What a killed process left is removed by the next folder that is made, and nothing else.
func TestKilled(t *testing.T) {
	tmp := temporary(t)
	alive := made(t)
	cmd := process(t.Context(), t, "hold")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 6)
	if _, err := out.Read(said); err != nil || string(said) != "<nil>\n" {
		t.Fatalf("%q, %v", said, err)
	}
	made(t).Close()
	if got := listing(t, tmp); len(got) != 2 {
		t.Errorf("two processes work: %v", got)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if got := listing(t, tmp); len(got) != 2 {
		t.Errorf("one was killed: %v", got)
	}
	made(t).Close()
	if got := listing(t, tmp); len(got) != 1 || got[0] != filepath.Base(alive.Path()) {
		t.Errorf("left: %v", got)
	}
}

// Only what is surely an abandoned folder of ours is removed.
func TestSweep(t *testing.T) {
	tmp := temporary(t)
	outside := t.TempDir()
	plant := func(name string, age time.Duration, in ...string) {
		dir := filepath.Join(tmp, name)
		os.MkdirAll(dir, 0o700)
		for _, f := range in {
			os.WriteFile(filepath.Join(dir, f), nil, 0o600)
		}
		at := time.Now().Add(-age)
		os.Chtimes(dir, at, at)
	}
	old := 2 * stale
	plant("hframes.a.00000001", 0, lockName, "x")    // abandoned
	plant("hframes.a.00000002", old)                 // the same, all but removed
	plant("hframes.a.00000003.new", old, "x")        // killed before it was locked
	plant("hframes.a.00000004.new", 0, lockName)     // about to be locked
	plant("hframes.a.00000005", old, "x")            // the lock is gone, and so is who removed it
	plant("hframes.a.00000007", 0, "x")              // the same, a moment ago
	plant("hframes-render-00000006", old, lockName)  // has another name
	plant("hframes.a.0000000g", old, lockName)       //
	plant("xhframes.a.00000008", old, lockName, "x") //
	os.WriteFile(filepath.Join(outside, lockName), nil, 0o600)
	os.WriteFile(filepath.Join(outside, "precious"), nil, 0o600)
	os.Symlink(outside, filepath.Join(tmp, "hframes.a.00000009"))
	os.WriteFile(filepath.Join(tmp, "hframes.a.0000000a"), nil, 0o600)
	want := []string{"hframes-render-00000006", "hframes.a.00000004.new", "hframes.a.00000007", "hframes.a.00000009", "hframes.a.0000000a", "hframes.a.0000000g", "xhframes.a.00000008"}
	if os.Geteuid() == 0 {
		plant("hframes.a.0000000b", old, lockName)
		os.Chown(filepath.Join(tmp, "hframes.a.0000000b"), 65534, 65534)
		want = append(want[:5:5], append([]string{"hframes.a.0000000b"}, want[5:]...)...)
	}
	made(t).Close()
	if got := listing(t, tmp); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("left:\n%v, want\n%v", got, want)
	}
	if got := listing(t, outside); len(got) != 2 {
		t.Errorf("outside: %v", got)
	}
}

// race makes and removes folders, and demands that each is left alone while it is in use.
func race() error {
	var group sync.WaitGroup
	errs := make(chan error, 4)
	for range 4 {
		group.Go(func() {
			for range 50 {
				d, err := New("race")
				if err == nil {
					err = fill(d.Path())
				}
				if err == nil {
					_, err = os.Stat(filepath.Join(d.Path(), "profile", "Default", "Cookies"))
				}
				if err == nil {
					err = d.Close()
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	group.Wait()
	close(errs)
	return <-errs
}

// Many make and sweep at the same time, while others are killed in the middle of it.
func TestRace(t *testing.T) {
	tmp := temporary(t)
	var group sync.WaitGroup
	for n := range 8 {
		ctx, stop := t.Context(), func() {}
		if n%2 == 0 {
			ctx, stop = context.WithTimeout(ctx, time.Duration(20+10*n)*time.Millisecond)
		}
		defer stop()
		cmd := process(ctx, t, "race")
		group.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil && n%2 != 0 {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	if err := race(); err != nil {
		t.Error(err)
	}
	group.Wait()
	made(t).Close()
	for _, name := range listing(t, tmp) {
		if !strings.HasSuffix(name, unborn) { // killed within a moment that is some microseconds long
			t.Errorf("left: %s", name)
		}
	}
}
