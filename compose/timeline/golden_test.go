package timeline

import (
	"os"
	"strings"
)

// A golden is a txtar file: a comment, then named sections. (go-internal's reader needs x/tools, which go.mod lacks.)
type golden struct {
	comment  string
	sections []golSection
}

type golSection struct{ name, text string }

func readGolden(file string) (*golden, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	g := &golden{}
	for line := range strings.Lines(string(data)) {
		name, ok := strings.CutPrefix(line, "-- ")
		if name, end := strings.CutSuffix(name, " --\n"); ok && end {
			g.sections = append(g.sections, golSection{name: name})
			continue
		}
		if n := len(g.sections); n > 0 {
			g.sections[n-1].text += line
		} else {
			g.comment += line
		}
	}
	return g, nil
}

func (g *golden) section(name string) string {
	for _, s := range g.sections {
		if s.name == name {
			return s.text
		}
	}
	return ""
}

// rewrite replaces sections and writes the file; empty ones are left out.
func (g *golden) rewrite(file string, got map[string]string, order ...string) error {
	var b strings.Builder
	b.WriteString(g.comment)
	write := func(name, text string) {
		if text != "" {
			b.WriteString("-- " + name + " --\n" + text)
		}
	}
	for _, s := range g.sections {
		if _, ours := got[s.name]; !ours {
			write(s.name, s.text)
		}
	}
	for _, name := range order {
		write(name, got[name])
	}
	return os.WriteFile(file, []byte(b.String()), 0o666)
}
