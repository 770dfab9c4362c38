package chart

import (
	"os"
	"strings"
	"testing"
)

// golden is a txtar file: a comment, then files. (go-internal's reader needs x/tools, which go.mod does not have.)
type golden struct {
	comment string
	names   []string
	files   map[string]string
}

func readGolden(t *testing.T, path string) *golden {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g := &golden{files: map[string]string{}}
	for _, l := range strings.SplitAfter(string(data), "\n") {
		name, ok := strings.CutPrefix(strings.TrimRight(l, "\n"), "-- ")
		if name, end := strings.CutSuffix(name, " --"); ok && end {
			g.names = append(g.names, name)
			g.files[name] = ""
			continue
		}
		if n := len(g.names); n > 0 {
			g.files[g.names[n-1]] += l
		} else {
			g.comment += l
		}
	}
	return g
}

// set puts a file into g, last if it is new.
func (g *golden) set(name, data string) {
	if _, ok := g.files[name]; !ok {
		g.names = append(g.names, name)
	}
	g.files[name] = data
}

func (g *golden) write(t *testing.T, path string) {
	t.Helper()
	var b strings.Builder
	b.WriteString(g.comment)
	for _, n := range g.names {
		b.WriteString("-- " + n + " --\n" + g.files[n])
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// check compares what came out with the golden, or rewrites it with -update.
func (g *golden) check(t *testing.T, path string, got [][2]string) {
	t.Helper()
	if *update {
		for _, f := range got {
			g.set(f[0], f[1])
		}
		g.write(t, path)
		return
	}
	for _, f := range got {
		if want := g.files[f[0]]; f[1] != want {
			t.Errorf("%s differs\n got: %s\nwant: %s", f[0], f[1], want)
		}
	}
}
