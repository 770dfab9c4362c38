package hframes

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hframes/hframes/internal/npm"
)

// withNPM puts the stand-in for npm first in the PATH, and returns a function that counts its runs and the package that
// it packs.
func withNPM(t *testing.T, mode string) (runs func() int, p npm.Package) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for npm is a shell script")
	}
	var tgz bytes.Buffer
	zw := gzip.NewWriter(&tgz)
	tw := tar.NewWriter(zw)
	err := tw.WriteHeader(&tar.Header{Name: "package/a.js", Mode: 0o644, Size: 3})
	_, werr := tw.Write([]byte("a()"))
	if err := errors.Join(err, werr, tw.Close(), zw.Close()); err != nil {
		t.Fatal(err)
	}
	bin, err := filepath.Abs(filepath.Join("internal", "npm", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	log, file := filepath.Join(tmp, "log"), filepath.Join(tmp, "in.tgz")
	if err := os.WriteFile(file, tgz.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FAKE_NPM", mode)
	t.Setenv("FAKE_LOG", log)
	t.Setenv("FAKE_TGZ", file)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	sum := sha512.Sum512(tgz.Bytes())
	return func() int {
		data, _ := os.ReadFile(log)
		return bytes.Count(data, []byte("\n"))
	}, npm.Package{Name: "pkg", Version: "1.0.0", Integrity: "sha512-" + base64.StdEncoding.EncodeToString(sum[:])}
}

func deck(t *testing.T, cache string) *Project {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, Deck), []byte("# One\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := Open(dir, Options{CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// TestUnreachable proves that a build without a network asks for it once, and says of every package why it is missing.
func TestUnreachable(t *testing.T) {
	runs, _ := withNPM(t, "offline")
	p := deck(t, t.TempDir())
	for range 2 {
		film, err := p.Build(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		missing := 0
		for _, d := range film.Diagnostics {
			if d.Code == "compose/font-missing" {
				missing++
				if !strings.Contains(d.Msg, "ENOTFOUND") {
					t.Errorf("no cause in %q", d.Msg)
				}
			}
		}
		if missing < 2 {
			t.Errorf("%d fonts are missing: %v", missing, film.Diagnostics)
		}
	}
	if n := runs(); n != 1 {
		t.Errorf("npm ran %d times", n)
	}
	p.tried = p.tried.Add(-retry)
	if _, err := p.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := runs(); n != 2 {
		t.Errorf("npm ran %d times when a minute had gone by", n)
	}
}

// TestFetchOnce proves that one project reads a package's files once, and another one finds what was changed since.
func TestFetchOnce(t *testing.T) {
	runs, pkg := withNPM(t, "ok")
	cache := t.TempDir()
	p := deck(t, cache)
	first, err := p.fetch(t.Context(), pkg)
	if err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(cache, "npm", "*", "node_modules", "pkg", "a.js"))
	if len(found) != 1 {
		t.Fatalf("cached: %q", found)
	}
	if err := os.WriteFile(found[0], []byte("b()"), 0o644); err != nil { // same size
		t.Fatal(err)
	}
	if again, err := p.fetch(t.Context(), pkg); err != nil || again != first || runs() != 1 {
		t.Errorf("npm ran %d times, %v", runs(), err)
	}
	files, err := deck(t, cache).fetch(t.Context(), pkg)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := fs.ReadFile(files, "a.js"); string(data) != "a()" || runs() != 2 {
		t.Errorf("a.js is %q, %v; npm ran %d times", data, err, runs())
	}
}
