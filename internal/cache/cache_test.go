package cache

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestDir(t *testing.T) {
	d := Dir(filepath.Join(t.TempDir(), "deep", "cache"))
	if _, ok := d.Get("a"); ok {
		t.Error("an empty cache has an entry")
	}
	d.Put("a", []byte("one"))
	d.Put("a/../b", []byte("two"))
	d.Put("a", []byte("three"))
	for key, want := range map[string]string{"a": "three", "a/../b": "two"} {
		if got, ok := d.Get(key); !ok || string(got) != want {
			t.Errorf("Get(%q) = %q, %v", key, got, ok)
		}
	}
}

func TestNothingIsKept(t *testing.T) {
	Dir("").Put("a", []byte("one"))
	if _, ok := Dir("").Get("a"); ok {
		t.Error("the zero Dir keeps something")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	Dir(file).Put("a", []byte("one")) // cannot be written: no panic, no entry
	if _, ok := Dir(file).Get("a"); ok {
		t.Error("an entry in a file")
	}
}

// TestWriters has many writers of one key: a reader sees one whole value, and no temporary file stays.
func TestWriters(t *testing.T) {
	d := Dir(t.TempDir())
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			d.Put("k", []byte(fmt.Sprintf("%04d", i)))
			if got, ok := d.Get("k"); !ok || len(got) != 4 {
				t.Errorf("half a value: %q, %v", got, ok)
			}
		})
	}
	wg.Wait()
	left, _ := filepath.Glob(filepath.Join(string(d), "*", ".part-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
