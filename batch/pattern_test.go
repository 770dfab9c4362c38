package batch

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		text     string
		names    string // "!" and the reason for one that is wrong
		filled   string
		distinct bool
	}{
		{"", "", "", false},
		{"film.mp4", "", "film.mp4", false},
		{"out/{row}.mp4", "row", "out/<row>.mp4", true},
		{"{name}-{row}.mp4", "name row", "<name>-<row>.mp4", true},
		{"{row}/{name}.mp4", "row name", "<row>/<name>.mp4", true},
		{"{name}{row}{name}", "name row", "<name><row><name>", false},
		{"{a}{b}", "a b", "<a><b>", false},
		{"{ first name }", "first name", "<first name>", false},
		{"{{row}}", "", "{row}", false},
		{"{{{row}}}", "row", "{<row>}", true},
		{"é{é}日", "é", "é<é>日", false},
		{"{row", "!a bracket without its other one", "", false},
		{"row}", "!a bracket without its other one", "", false},
		{"{a{b}", "!a bracket without its other one", "", false},
		{"{}", "!a placeholder without a name", "", false},
		{"{ }", "!a placeholder without a name", "", false},
	} {
		p, err := parsePattern(c.text)
		if reason, wrong := strings.CutPrefix(c.names, "!"); wrong {
			if err == nil || !strings.HasSuffix(err.Error(), reason) {
				t.Errorf("%q: %v", c.text, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		names := strings.Join(p.names(), " ")
		filled := p.fill(func(name string) string { return "<" + name + ">" })
		if names != c.names || filled != c.filled || p.distinct() != c.distinct {
			t.Errorf("%q: names %q, filled %q, distinct %v", c.text, names, filled, p.distinct())
		}
	}
}

// Whatever a value is, it is one part of a file's name.
func FuzzFileName(f *testing.F) {
	for _, s := range []string{"", "..", "../x", `a\b`, "a\x00b", " . ", "é日🎬", "\u202ex", "CON", strings.Repeat("日", 80), "a\u2028b", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		name := fileName(value)
		if name == "" || len(name) > maxValue || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\\x00\n") ||
			strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
			t.Errorf("%q becomes %q", value, name)
		}
		if again := fileName(name); again != name {
			t.Errorf("%q becomes %q, which becomes %q", value, name, again)
		}
	})
}

// Names that Windows takes for devices are none.
func TestDeviceNames(t *testing.T) {
	for value, want := range map[string]string{"CON": "CON_", "con.txt": "con_.txt", "Lpt1": "Lpt1_", "COM²": "COM²_", "nul .x.y": "nul _.x.y",
		"CONTENT": "CONTENT", "COM": "COM", "COM12": "COM12", "a.con": "a.con"} {
		if got := fileName(value); got != want {
			t.Errorf("%q becomes %q, want %q", value, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	got := []string{number(1, 9), number(1, 10), number(7, 1000), number(1000, 1000)}
	if want := []string{"1", "01", "0007", "1000"}; !slices.Equal(got, want) {
		t.Error(got)
	}
}
