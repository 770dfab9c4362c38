package npm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test binary be a second process: it fetches the package that the environment describes.
func TestMain(m *testing.M) {
	if dir := os.Getenv("NPM_TEST_FETCH"); dir != "" {
		p := Package{Name: "pkg", Version: "1.0.0", Integrity: os.Getenv("NPM_TEST_INTEGRITY")}
		if _, err := (Cache{Dir: dir}).Fetch(context.Background(), p); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type entryOf struct {
	name, body string
	kind       byte
}

func tarball(t testing.TB, entries ...entryOf) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.body)), Typeflag: e.kind}
		if e.kind == tar.TypeSymlink || e.kind == tar.TypeLink {
			h.Linkname, h.Size, e.body = e.body, 0, ""
		}
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(e.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tw.Close(), zw.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func good(t testing.TB) []byte {
	return tarball(t,
		entryOf{"package/package.json", `{"name":"pkg"}`, tar.TypeReg},
		entryOf{"package/LICENSE", "free", tar.TypeReg},
		entryOf{"package/dist/a.js", "a()", tar.TypeReg},
		entryOf{"package/dist/big.js", "big()", tar.TypeReg},
		entryOf{"package/fonts/x.woff2", "font", tar.TypeReg})
}

func integrity(data []byte) string {
	sum := sha512.Sum512(data)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

type fake struct {
	t     testing.TB
	cache Cache
	log   string
}

// newFake puts the fake npm first in the PATH.
func newFake(t testing.TB, mode string, tgz []byte) fake {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake npm is a shell script")
	}
	tmp := t.TempDir()
	bin, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tmp, "in.tgz"), tgz, 0o644); err != nil {
		t.Fatal(err)
	}
	f := fake{t: t, cache: Cache{Dir: filepath.Join(tmp, "cache")}, log: filepath.Join(tmp, "log")}
	for k, v := range map[string]string{"FAKE_NPM": mode, "FAKE_TGZ": filepath.Join(tmp, "in.tgz"), "FAKE_LOG": f.log,
		"PATH": bin + string(os.PathListSeparator) + os.Getenv("PATH")} {
		setenv(t, k, v)
	}
	return f
}

func setenv(t testing.TB, k, v string) {
	switch t := t.(type) {
	case *testing.T:
		t.Setenv(k, v)
	case *testing.B:
		t.Setenv(k, v)
	}
}

func (f fake) runs() int {
	data, _ := os.ReadFile(f.log)
	return bytes.Count(data, []byte("\n"))
}

// left returns what lies in the cache folder besides whole entries.
func (f fake) left() []string {
	names, _ := filepath.Glob(filepath.Join(f.cache.Dir, tempPrefix+"*"))
	return names
}

func list(t *testing.T, fsys fs.FS) string {
	t.Helper()
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestFetch(t *testing.T) {
	tgz := good(t)
	f := newFake(t, "ok", tgz)
	p := Package{Name: "pkg", Version: "1.0.0", Integrity: integrity(tgz), Files: []string{"dist/a.js", "fonts/**"}}
	for range 3 {
		fsys, err := f.cache.Fetch(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := list(t, fsys), "LICENSE dist/a.js fonts/x.woff2 package.json"; got != want {
			t.Errorf("files %q, want %q", got, want)
		}
	}
	if f.runs() != 1 {
		t.Errorf("npm ran %d times", f.runs())
	}
	if s, err := f.cache.Status(p); err != nil || s.State != Cached || s.Files != 4 || s.Size == 0 {
		t.Errorf("status %+v, %v", s, err)
	}
	if left := f.left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	more := p
	more.Files = nil // another list is another entry
	fsys, err := f.cache.Fetch(t.Context(), more)
	if err != nil {
		t.Fatal(err)
	}
	if got := list(t, fsys); !strings.Contains(got, "dist/big.js") {
		t.Errorf("all files: %q", got)
	}

	f.cache.Offline = true
	if _, err := f.cache.Fetch(t.Context(), p); err != nil {
		t.Errorf("cached, offline: %v", err)
	}
}

func TestScopedName(t *testing.T) {
	tgz := good(t)
	f := newFake(t, "ok", tgz)
	p := Package{Name: "@fontsource/inter", Version: "5.0.0", Integrity: integrity(tgz)}
	fsys, err := f.cache.Fetch(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(fsys, "LICENSE"); err != nil {
		t.Error(err)
	}
}

func TestMissing(t *testing.T) {
	tgz := good(t)
	p := Package{Name: "pkg", Version: "1.0.0", Integrity: integrity(tgz)}
	cases := []struct {
		mode, want, hint string
		offline          bool
		noNPM            bool
		unreachable      bool
	}{
		{mode: "offline", want: "pkg@1.0.0 is not cached and was not fetched: npm pack: ENOTFOUND request to the registry failed", hint: `run "hframes doctor --fetch" once while online`, unreachable: true},
		{mode: "silent", want: "FETCH_ERROR network timeout at: the registry (retries 0, timeout 20000)", hint: "doctor --fetch", unreachable: true},
		{mode: "unknown", want: "E404 Not Found", hint: "doctor --fetch"},
		{mode: "ok", offline: true, want: "pkg@1.0.0 is not cached and was not fetched: working offline", hint: `run "hframes doctor --fetch" once while online`},
		{mode: "ok", noNPM: true, want: "npm was not found on the PATH", hint: "install Node.js"},
		{mode: "nothing", want: "left no tarball", hint: "doctor --fetch"},
	}
	for _, c := range cases {
		t.Run(c.mode, func(t *testing.T) {
			f := newFake(t, c.mode, tgz)
			f.cache.Offline = c.offline
			if c.noNPM {
				t.Setenv("PATH", t.TempDir())
			}
			_, err := f.cache.Fetch(t.Context(), p)
			var missing *Missing
			if !errors.As(err, &missing) {
				t.Fatalf("error %v", err)
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(missing.Hint(), c.hint) {
				t.Errorf("%q, hint %q", err, missing.Hint())
			}
			if missing.Unreachable() != c.unreachable {
				t.Errorf("unreachable: %v", !c.unreachable)
			}
			if c.offline && f.runs() != 0 {
				t.Error("npm was started offline")
			}
			if left := f.left(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if s, _ := f.cache.Status(p); s.State != Absent {
				t.Errorf("status %+v", s)
			}
		})
	}
}

func TestStaleNPMCache(t *testing.T) {
	tgz := good(t)
	f := newFake(t, "stale", tgz)
	if _, err := f.cache.Fetch(t.Context(), Package{Name: "pkg", Version: "1.0.0", Integrity: integrity(tgz)}); err != nil {
		t.Fatal(err)
	}
	if f.runs() != 2 {
		t.Errorf("npm ran %d times", f.runs())
	}
}

func TestTamperedTarball(t *testing.T) {
	f := newFake(t, "ok", tarball(t, entryOf{"package/dist/a.js", "evil()", tar.TypeReg}))
	p := Package{Name: "pkg", Version: "1.0.0", Integrity: integrity(good(t))}
	_, err := f.cache.Fetch(t.Context(), p)
	var mismatch *Mismatch
	if !errors.As(err, &mismatch) || mismatch.Hint() == "" {
		t.Fatalf("error %v", err)
	}
	if s, _ := f.cache.Status(p); s.State != Absent || len(f.left()) > 0 {
		t.Errorf("status %+v, left %v", s, f.left())
	}
}

func TestHostileTarballs(t *testing.T) {
	for name, e := range map[string]entryOf{
		"leaves":     {"package/../../x", "x", tar.TypeReg},
		"absolute":   {"package//etc/x", "x", tar.TypeReg},
		"symlink":    {"package/a", "/etc/passwd", tar.TypeSymlink},
		"hard link":  {"package/a", "package/package.json", tar.TypeLink},
		"backslash":  {`package/a\b`, "x", tar.TypeReg},
		"not a gzip": {},
	} {
		t.Run(name, func(t *testing.T) {
			tgz := []byte("nonsense")
			if e.name != "" {
				tgz = tarball(t, entryOf{"package/package.json", "{}", tar.TypeReg}, e)
			}
			f := newFake(t, "ok", tgz)
			p := Package{Name: "pkg", Version: "1.0.0", Integrity: integrity(tgz)}
			if _, err := f.cache.Fetch(t.Context(), p); err == nil {
				t.Fatal("accepted")
			}
			if s, _ := f.cache.Status(p); s.State != Absent || len(f.left()) > 0 {
				t.Errorf("status %+v, left %v", s, f.left())
			}
		})
	}
}

func TestWantedFileIsNotThere(t *testing.T) {
	tgz := good(t)
	f := newFake(t, "ok", tgz)
	_, err := f.cache.Fetch(t.Context(), Package{Name: "pkg", Version: "1.0.0", Integrity: integrity(tgz), Files: []string{"dist/none.js"}})
	if err == nil || !strings.Contains(err.Error(), `has no "dist/none.js"`) {
		t.Errorf("error %v", err)
	}
}

func TestDamagedEntryIsMadeAnew(t *testing.T) {
	tgz := good(t)
	p := Package{Name: "pkg", Version: "1.0.0", Integrity: integrity(tgz)}
	damage := map[string]func(e entry) error{
		"truncated": func(e entry) error { return os.Truncate(filepath.Join(e.files, "dist/a.js"), 1) },
		"changed":   func(e entry) error { return os.WriteFile(filepath.Join(e.files, "dist/a.js"), []byte("b()"), 0o644) }, // same size
		"removed":   func(e entry) error { return os.Remove(filepath.Join(e.files, "dist/a.js")) },
		"manifest":  func(e entry) error { return os.WriteFile(filepath.Join(e.dir, manifestName), []byte("{"), 0o644) },
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, "ok", tgz)
			if _, err := f.cache.Fetch(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			e, _ := f.cache.entry(p)
			if err := do(e); err != nil {
				t.Fatal(err)
			}
			if s, _ := f.cache.Status(p); s.State != Damaged {
				t.Errorf("status %+v", s)
			}
			fsys, err := f.cache.Fetch(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if data, _ := fs.ReadFile(fsys, "dist/a.js"); string(data) != "a()" {
				t.Errorf("a.js = %q", data)
			}
			if f.runs() != 2 || len(f.left()) > 0 {
				t.Errorf("npm ran %d times, left %v", f.runs(), f.left())
			}
		})
	}
}

func TestCancel(t *testing.T) {
	tgz := good(t)
	f := newFake(t, "slow", tgz)
	fifo := filepath.Join(t.TempDir(), "fifo")
	for _, name := range []string{fifo, fifo + ".never"} {
		if err := exec.Command("mkfifo", name).Run(); err != nil {
			t.Skip("no mkfifo")
		}
	}
	t.Setenv("FAKE_FIFO", fifo)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	p := Package{Name: "pkg", Version: "1.0.0", Integrity: integrity(tgz)}
	go func() {
		_, err := f.cache.Fetch(ctx, p)
		done <- err
	}()
	if _, err := os.ReadFile(fifo); err != nil { // npm is at work
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if s, _ := f.cache.Status(p); s.State != Absent || len(f.left()) > 0 {
		t.Errorf("status %+v, left %v", s, f.left())
	}
}

func TestTwoProcesses(t *testing.T) {
	tgz := good(t)
	f := newFake(t, "ok", tgz)
	p := Package{Name: "pkg", Version: "1.0.0", Integrity: integrity(tgz)}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var procs []*exec.Cmd
	for range 4 {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "NPM_TEST_FETCH="+f.cache.Dir, "NPM_TEST_INTEGRITY="+p.Integrity)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		procs = append(procs, cmd)
	}
	for _, cmd := range procs {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	entries, _ := os.ReadDir(f.cache.Dir)
	if len(entries) != 1 {
		t.Errorf("cache holds %v", entries)
	}
	if s, err := f.cache.Status(p); err != nil || s.State != Cached {
		t.Errorf("status %+v, %v", s, err)
	}
}

func TestNames(t *testing.T) {
	sum := integrity(nil)
	for _, p := range []Package{{"../x", "1", sum, nil}, {"", "1", sum, nil}, {"a", "", sum, nil}, {"a", "../1", sum, nil}, {"/a", "1", sum, nil}} {
		if _, err := (Cache{Dir: t.TempDir()}).Fetch(t.Context(), p); err == nil {
			t.Errorf("%q accepted", p)
		}
	}
	f := newFake(t, "ok", good(t))
	if _, err := f.cache.Fetch(t.Context(), Package{Name: "a", Version: "1", Integrity: "sha1-xyz"}); err == nil || f.runs() != 0 {
		t.Errorf("integrity: %v", err)
	}
}

func TestPinnedConstants(t *testing.T) {
	if _, err := sha512Of(Runtime.Integrity); err != nil {
		t.Error(err)
	}
	if !slices.Contains(Runtime.Files, RuntimeFile) {
		t.Error("the runtime is not among the wanted files")
	}
}

// TestRealPackage fetches a small package with the real npm, where there is one that reaches a registry.
func TestRealPackage(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	p := Package{Name: "is-number", Version: "7.0.0", Files: []string{"index.js"},
		Integrity: "sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng=="}
	fsys, err := Cache{Dir: t.TempDir()}.Fetch(t.Context(), p)
	if missing := new(Missing); errors.As(err, &missing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, want := list(t, fsys), "LICENSE index.js package.json"; got != want {
		t.Errorf("files %q, want %q", got, want)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(good(f))
	f.Add([]byte("nonsense"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		name := filepath.Join(dir, "in.tgz")
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		files, err := unpack(name, filepath.Join(dir, "a", "out"), nil)
		if err != nil {
			return
		}
		for _, one := range files {
			if _, err := os.Stat(filepath.Join(dir, "a", "out", filepath.FromSlash(one.Path))); err != nil {
				t.Fatal(err)
			}
		}
		if outside, _ := os.ReadDir(dir); len(outside) > 2 {
			t.Fatalf("wrote outside: %v", outside)
		}
	})
}

func BenchmarkCached(b *testing.B) {
	tgz := good(b)
	f := newFake(b, "ok", tgz)
	p := Package{Name: "pkg", Version: "1.0.0", Integrity: integrity(tgz)}
	if _, err := f.cache.Fetch(b.Context(), p); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := f.cache.Fetch(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}
