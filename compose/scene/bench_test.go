package scene

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hframes/hframes/source"
)

// deck returns a film of n scenes: the scenes of the worked example over and over, each with its own words.
func deck(t testing.TB, n int) []byte {
	t.Helper()
	a, err := txtar.ParseFile("testdata/launch.txtar")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(section(a, "input.md")), "\n---\n")
	front, scenes := parts[0], parts[1:]
	var b bytes.Buffer
	b.WriteString(front)
	for i := range n {
		s := scenes[i%len(scenes)]
		id := fmt.Sprintf("{#s%d-", i)
		b.WriteString("\n---\n" + strings.Replace(s, "{#", id, 1))
	}
	return b.Bytes()
}

// BenchmarkParse parses a film of 100 scenes from nothing: the worst that an author waits for after a save.
func BenchmarkParse(b *testing.B) {
	data := deck(b, 100)
	if _, list := Parse(source.NewFile("video.md", data)); len(list) > 0 {
		b.Fatal(list)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		Parse(source.NewFile("video.md", data))
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/op")
}

// BenchmarkHeadings parses a document of very many very short scenes.
func BenchmarkHeadings(b *testing.B) {
	data := []byte(strings.Repeat("## a\n", 20000))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(source.NewFile("video.md", data))
	}
}
