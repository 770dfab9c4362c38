package templates

import (
	"fmt"
	"html/template"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes/source"
)

func TestCheck(t *testing.T) {
	set, list := Load(fstest.MapFS{
		"templates/layouts/hero/layout.html": {Data: []byte("x")},
		"templates/layouts/hero/layout.yaml": {Data: []byte(`description: A hero.
settings:
  size: {type: number, default: 3, min: 1, max: 9, description: How large.}
  kind: {type: enum, options: [left, right], default: left, description: Where.}
  wait: {type: duration, default: .5s, max: 2, description: How long.}
  tint: {type: color, description: Its colour.}
  gap: {type: length, default: 24, description: The space.}
  loud: {type: boolean, description: Loud.}
  name: {description: A name.}
`)},
		"templates/layouts/hero/motion.ts": {Data: []byte("export default () => {}")},
		"templates/layouts/_draft/x":       {Data: []byte("x")},
		"templates/layouts/README.md":      {Data: []byte("x")},
	})
	if len(list) > 0 {
		t.Fatal(list)
	}
	hero := set.Layout("hero")
	if hero.Motion != "templates/layouts/hero/motion.ts" || hero.Origin != "templates/layouts/hero" {
		t.Errorf("motion %q, origin %q", hero.Motion, hero.Origin)
	}
	got, problems := hero.Check([]Setting{{"size", "4.5"}, {"wait", "400ms"}, {"tint", "accent"}, {"gap", "2.5em"}, {"loud", "true"}, {"name", "x=y"}})
	want := map[string]any{"size": 4.5, "kind": "left", "wait": 0.4, "tint": template.CSS("var(--color-accent)"), "gap": template.CSS("2.5em"), "loud": true, "name": "x=y"}
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("(-want +got):\n%s%+v", diff, problems)
	}
	_, problems = hero.Check([]Setting{{"size", "12"}, {"size", "x"}, {"kind", "lft"}, {"wait", "3s"}, {"wait", "soon"}, {"tint", "url(x)"}, {"gap", "4furlongs"}, {"loud", "yes"}, {"sise", "1"}})
	var lines []string
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("%d %v %s %s: %s (%s)", p.Index, p.OnValue, p.Severity, p.Code, p.Msg, p.Hint))
	}
	wantLines := `0 true error templates/bad-setting: size="12": must be at most 9 ()
1 true error templates/bad-setting: size="x": not a number ()
2 true error templates/bad-setting: kind="lft": not one of its options (did you mean "left"?)
3 true error templates/bad-setting: wait="3s": must be at most 2s ()
4 true error templates/bad-setting: wait="soon": not a time (write a time such as 0.6s or 400ms)
5 true error templates/bad-setting: tint="url(x)": not a colour (write #rrggbb, another CSS colour, or the name of a role such as accent)
6 true error templates/bad-setting: gap="4furlongs": not a length (write a number of canvas units, or a length with px, em, cqw, cqh or %)
7 true error templates/bad-setting: loud="yes": not a yes or a no (write true or false)
8 false warning templates/unknown-setting: layout "hero" has no setting "sise" (did you mean "size"?)`
	if diff := cmp.Diff(wantLines, strings.Join(lines, "\n")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if set.Layout("nope") != nil || set.Theme("nope") != nil || set.Block("nope") != nil {
		t.Error("something that does not exist was found")
	}
}

// TestReplaces checks that a project's folder replaces the built-in one of its name, whole.
func TestReplaces(t *testing.T) {
	set, list := Load(fstest.MapFS{
		"templates/layouts/title/layout.html": {Data: []byte("<p>mine {{.Title}}</p>\n")},
		"templates/layouts/title/layout.yaml": {Data: []byte("description: Mine.\n")},
	})
	if len(list) > 0 {
		t.Fatal(list)
	}
	l := set.Layout("title")
	if l.CSS != nil || l.Description != "Mine." || len(l.Settings) > 0 {
		t.Errorf("something of the built-in layout is left: %+v", l)
	}
	out, list := l.Execute(&View{Title: "a &lt; b"})
	if out != "<p>mine a &lt; b</p>\n" || len(list) > 0 {
		t.Errorf("%q, %v", out, list)
	}
}

// FuzzYAML: no file makes the readers panic, and every place they name is in the file.
func FuzzYAML(f *testing.F) {
	f.Add("description: x\nsettings:\n  a: {type: enum, options: [1, 2], default: 3}\n")
	f.Add("colors: {text: red}\nfonts: {display: {widths: [1], files: [{file: x, range: U+0-7F}]}}\ntransitions: {a: {directions: [left]}}\n")
	f.Add("a: &a [*a]\n? [x]\n: y\n")
	f.Add("slots: {left: {required: maybe}}\n---\nb\n\u00fc: \"\t")
	f.Add("\"\r\r")
	f.Fuzz(func(t *testing.T, text string) {
		set, list := Load(fstest.MapFS{
			"templates/layouts/x/layout.html": {Data: nil}, "templates/layouts/x/layout.yaml": {Data: []byte(text)},
			"templates/themes/x/theme.css": {Data: nil}, "templates/themes/x/theme.yaml": {Data: []byte(text)},
			"templates/blocks/x/block.html": {Data: nil}, "templates/blocks/x/block.yaml": {Data: []byte(text)},
		})
		file := source.NewFile("", []byte(text))
		for _, d := range list {
			if d.Pos.IsValid() && (d.Pos.Line > file.Lines() || d.Pos.Col > len(file.Line(d.Pos.Line))+2) {
				t.Errorf("%s is outside the file", d.Headline())
			}
		}
		set.Theme("x").Tokens()
		set.Layout("x").Check(nil)
	})
}
