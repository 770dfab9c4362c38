package scene

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hframes/hframes/source"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden reads testdata/*.txtar. Each holds input.md and what comes of it: doc, the dump of the Doc, and
// diagnostics, the printed form of the list. A comment line "transform: crlf bom escapes" changes the input first;
// "slots: left right" has the slots taken.
func TestGolden(t *testing.T) {
	for _, file := range goldens(t, "testdata/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			golden(t, file, "doc", "diagnostics")
		})
	}
}

// TestBroken reads testdata/broken/*.txtar: decks with faults, and what an author is told about them.
func TestBroken(t *testing.T) {
	for _, file := range goldens(t, "testdata/broken/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			if list := golden(t, file, "diagnostics"); len(list) == 0 {
				t.Error("nothing is reported")
			}
		})
	}
}

func goldens(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	return files
}

func golden(t *testing.T, file string, sections ...string) source.List {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f := source.NewFile("video.md", transform(a, section(a, "input.md")))
	doc, list := Parse(f)
	checkDoc(t, f, doc, list)
	for _, line := range strings.Split(string(a.Comment), "\n") {
		if names, ok := strings.CutPrefix(line, "slots: "); ok {
			for _, s := range doc.Scenes {
				s.TakeSlots(strings.Fields(names))
			}
		}
	}
	var printed bytes.Buffer
	if err := list.Print(&printed, false); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{"doc": dump(doc), "diagnostics": printed.String()}
	kept := []txtar.File{{Name: "input.md", Data: section(a, "input.md")}}
	for _, name := range sections {
		want := string(section(a, name))
		if got[name] != "" || name == "diagnostics" {
			kept = append(kept, txtar.File{Name: name, Data: []byte(got[name])})
		}
		if diff := cmp.Diff(want, got[name]); diff != "" && !*update {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if *update {
		a.Files = kept
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func section(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// transform makes of an input what a text file in a repository cannot hold.
func transform(a *txtar.Archive, data []byte) []byte {
	for _, line := range strings.Split(string(a.Comment), "\n") {
		words, ok := strings.CutPrefix(line, "transform: ")
		if !ok {
			continue
		}
		for _, w := range strings.Fields(words) {
			switch w {
			case "crlf":
				data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
			case "bom":
				data = append([]byte("\xef\xbb\xbf"), data...)
			case "nonewline":
				data = bytes.TrimSuffix(data, []byte("\n"))
			case "escapes":
				data = unescapeHex(data)
			}
		}
	}
	return data
}

// unescapeHex replaces \xNN by the byte it names.
func unescapeHex(data []byte) []byte {
	var out []byte
	for i := 0; i < len(data); i++ {
		if data[i] == '\\' && i+3 < len(data) && data[i+1] == 'x' {
			if v, err := strconv.ParseUint(string(data[i+2:i+4]), 16, 8); err == nil {
				out = append(out, byte(v))
				i += 3
				continue
			}
		}
		out = append(out, data[i])
	}
	return out
}
