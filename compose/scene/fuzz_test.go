package scene

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hframes/hframes/source"
)

// seeds returns the inputs of all goldens and the shipped examples.
func seeds(t testing.TB) [][]byte {
	t.Helper()
	var out [][]byte
	for _, pattern := range []string{"testdata/*.txtar", "testdata/broken/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, transform(a, section(a, "input.md")))
		}
	}
	examples, err := filepath.Glob("../../examples/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range examples {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

// FuzzParse checks what holds for every input: no panic, every place inside the file, ids unique, the list sorted.
func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Add([]byte("-\n\t#"))
	f.Add([]byte("```: no:"))
	f.Add([]byte("<<<:h## Two\n\n::: rif\nt\n\x00dore\n\xee:\n:-\n-"))
	f.Add([]byte(".\n\n# The book\n\nBy somebody.\n\n{.quiet}\n\n## First\n\ntext\n\n### Deeper\n\nmoLLL\nSecond\n------\n\nL a\n\n  ## not a scene\n\n> ## nor this\n\x8b\xe6\x8eBEc\xc9\x1e\n{\n  ----"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := source.NewFile("video.md", data)
		doc, list := Parse(file)
		checkDoc(t, file, doc, list)
		for _, s := range doc.Scenes {
			s.TakeSlots([]string{"left", "right"})
		}
	})
}

// TestTruncated parses every beginning of every seed: a file is often saved half written.
func TestTruncated(t *testing.T) {
	for _, s := range seeds(t) {
		for n := range s {
			file := source.NewFile("video.md", s[:n])
			doc, list := Parse(file)
			checkDoc(t, file, doc, list)
		}
	}
}
