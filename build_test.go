package hframes_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hframes/hframes"
	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/examples"
)

var update = flag.Bool("update", false, "rewrite testdata")

// bundle builds the deck in dir.
func bundle(t testing.TB, dir string) *bundler.Bundle {
	t.Helper()
	p, err := hframes.Open(dir, hframes.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	film, err := p.Build(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range film.Diagnostics {
		t.Errorf("%s: %s", dir, d.Headline())
	}
	return film.Bundle
}

// listing writes one line a file: hash, size, path.
func listing(t testing.TB, b *bundler.Bundle) string {
	t.Helper()
	var out strings.Builder
	for _, f := range b.Files {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		n, err := io.Copy(h, r)
		r.Close()
		if err != nil || n != f.Size {
			t.Fatalf("%s: %d bytes of %d, %v", f.Path, n, f.Size, err)
		}
		fmt.Fprintf(&out, "%x %8d %s\n", h.Sum(nil)[:8], n, f.Path)
	}
	return out.String()
}

func zipped(t testing.TB, b *bundler.Bundle) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := b.WriteZip(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestReproducible builds each example from two copies whose files have other times and stand in other folders, and
// compares the trees and the zips with each other and with testdata, which another machine wrote.
func TestReproducible(t *testing.T) {
	for _, name := range examples.Names() {
		t.Run(name, func(t *testing.T) {
			one := filepath.Join(t.TempDir(), "a", name)
			two := filepath.Join(t.TempDir(), "some where", "ünlike")
			copyTree(t, filepath.Join("examples", name), one, time.Unix(1e9, 0))
			copyTree(t, filepath.Join("examples", name), two, time.Now())
			a, b := bundle(t, one), bundle(t, two)
			if diff := cmp.Diff(listing(t, a), listing(t, b)); diff != "" {
				t.Errorf("trees differ:\n%s", diff)
			}
			if a.Hash != b.Hash || !bytes.Equal(zipped(t, a), zipped(t, b)) {
				t.Error("zips differ")
			}
			golden := filepath.Join("testdata", "bundles", name+".txt")
			if *update {
				writeFile(t, golden, []byte(listing(t, a)))
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), listing(t, a)); diff != "" {
				t.Errorf("not what testdata holds (go test -update rewrites it):\n%s", diff)
			}
		})
	}
}

// copyTree copies a folder and gives its files a time.
func copyTree(t testing.TB, from, to string, at time.Time) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if err := os.WriteFile(target, data, 0o644); err != nil {
			return err
		}
		return os.Chtimes(target, at, at)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// generated writes a deck of n scenes: titles, bullets, code and quotes in turn, like decks that people write.
func generated(n int) string {
	var b strings.Builder
	b.WriteString("---\ntitle: A long film\n---\n")
	for i := range n {
		if i > 0 {
			b.WriteString("\n---\n")
		}
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "\n## Part %d of the story\n\n- The first of three points, number %d\n- The second point has a few more words\n- The third one ends it\n", i, i)
		case 1:
			fmt.Fprintf(&b, "\n## Code %d\n\n```go {1|3}\nfunc step%d(ctx context.Context) error {\n\tif err := ctx.Err(); err != nil {\n\t\treturn err\n\t}\n\treturn nil\n}\n```\n", i, i)
		case 2:
			fmt.Fprintf(&b, "\n> What was said in scene %d was short, and it was true.\n>\n> — Somebody, somewhere\n", i)
		case 3:
			fmt.Fprintf(&b, "\n## Numbers %d {.chart type=bar}\n\n| Year | Films |\n| --- | ---: |\n| 2024 | %d |\n| 2025 | %d |\n| 2026 | %d |\n", i, 10+i, 20+i, 35+i)
		}
	}
	return b.String()
}

func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("cold/scenes=%d", n), func(b *testing.B) {
			dir := b.TempDir()
			writeFile(b, filepath.Join(dir, hframes.Deck), []byte(generated(n)))
			bundle(b, dir) // fonts and highlighted code are cached from here on
			b.ResetTimer()
			for b.Loop() {
				bundle(b, dir)
			}
		})
	}
}

// BenchmarkRebuild builds again in one process after one scene's text changed.
func BenchmarkRebuild(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("scenes=%d", n), func(b *testing.B) {
			dir := b.TempDir()
			path := filepath.Join(dir, hframes.Deck)
			deck := generated(n)
			writeFile(b, path, []byte(deck))
			p, err := hframes.Open(dir, hframes.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			if _, err := p.Build(context.Background()); err != nil {
				b.Fatal(err)
			}
			i := 0
			var used time.Duration // CPU of the builds, both cores: what a busy machine does not blur
			for b.Loop() {
				i++
				b.StopTimer()
				changed := strings.Replace(deck, "The third one ends it", fmt.Sprintf("The third one ends it, take %d", i), 1)
				writeFile(b, path, []byte(changed))
				began := cpuTime(b)
				b.StartTimer()
				if _, err := p.Build(context.Background()); err != nil {
					b.Fatal(err)
				}
				used += cpuTime(b) - began
			}
			b.ReportMetric(used.Seconds()*1000/float64(i), "cpu-ms/op")
		})
	}
}

// cpuTime returns the CPU time of this process so far.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
