package templates

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/source"
)

// TestContrast holds every theme to WCAG on each of its grounds. All text is 24 px or more, for which AA asks 3:1;
// running text gets the 4.5:1 of small text all the same.
func TestContrast(t *testing.T) {
	pairs := []struct {
		front, back string
		least       float64
	}{
		{"text", "background", 6}, {"text", "surface", 4.5}, {"muted", "background", 4.5}, {"muted", "surface", 4.5},
		{"accent", "background", 3}, {"accent", "surface", 3}, {"accent-2", "background", 3},
		{"on-accent", "accent", 4.5}, {"on-highlight", "highlight", 4.5}, {"good", "background", 3}, {"bad", "background", 3},
		{"code-text", "code-ground", 7}, {"code-keyword", "code-ground", 4.5}, {"code-string", "code-ground", 4.5},
		{"code-comment", "code-ground", 4.5}, {"code-number", "code-ground", 4.5}, {"code-function", "code-ground", 4.5},
		{"code-type", "code-ground", 4.5}, {"code-punctuation", "code-ground", 4.5},
	}
	set, _ := Load(nil)
	for _, name := range set.Themes() {
		theme := set.Theme(name)
		var list source.List
		if readTheme(folder{fsys: builtin, origin: BuiltIn}.sub("themes").sub(name), &list); len(list) > 0 {
			t.Errorf("%s: %v", name, list)
		}
		for i, g := range theme.grounds() {
			tone := append([]string{"normal"}, theme.Tones()...)[i]
			color := func(role string) css.RGBA {
				c, ok := g.color(role)
				if !ok {
					t.Fatalf("%s %s: %s is %q", name, tone, role, g.value(g.find(role), 0))
				}
				return c
			}
			for _, p := range pairs {
				if got := css.ContrastOf(color(p.front), color(p.back)); got < p.least {
					t.Errorf("%s %s: %s %s on %s %s: %.2f:1, want %g:1", name, tone, p.front, color(p.front), p.back, color(p.back), got, p.least)
				}
			}
			for n := range 6 {
				role := "series-" + string(rune('1'+n))
				if got := css.ContrastOf(color(role), color("background")); got < 3 && tone != "accent" && tone != "highlight" {
					t.Errorf("%s %s: %s %s: %.2f:1", name, tone, role, color(role), got)
				}
			}
		}
	}
}

func TestOverride(t *testing.T) {
	set, _ := Load(nil)
	theme, problems := set.Theme("tangent").Override(map[string]string{
		"accent": "var(--brand)", "background": "ivory", "acent": "red", "text": "blu", "muted": "#eeeeee",
		"line": "var(--color-lnie)", "good": "var(--color-bad)", "bad": "var(--color-good)",
	}, map[string]string{"display": "Georgia", "dispaly": "X"}, nil)
	var got []string
	for _, p := range problems {
		got = append(got, p.Severity.String()+" "+p.Code+" "+p.Key+": "+p.Msg+" ("+p.Hint+")")
	}
	want := []string{
		`error templates/unknown-color acent: theme "tangent" has no colour "acent" (did you mean "accent"?)`,
		`error templates/bad-color line: theme "tangent" has no colour "lnie" (did you mean "line"?)`,
		`error templates/bad-color text: "blu" is not a colour (write #rrggbb, a CSS colour name, rgb(), hsl() or oklch())`,
		`error templates/color-circle good: "good" rests on itself: good → bad → good (give one of them a colour of its own)`,
		`error templates/unknown-font dispaly: theme "tangent" has no font "dispaly" (did you mean "display"?)`,
		`warning templates/low-contrast muted: muted #eeeeee on background #fffff0 has a contrast of 1.1:1, less than 3:1 (choose a lighter or darker colour)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	css := theme.Tokens()
	for _, want := range []string{"--color-background:#fffff0;", "--color-accent:var(--brand);", `--font-display:"Georgia",sans-serif;`,
		"--color-disc:oklch(from var(--brand) max(0.62, l + 0.12) calc(c * 1) h);", "html,body{background:#fffff0}"} {
		if !strings.Contains(css, want) {
			t.Errorf("tokens lack %s", want)
		}
	}
	if set.Theme("tangent").Color("background") != "#e9e5f5" {
		t.Error("Override changed the theme itself")
	}
}

// TestDefaults holds what is chosen by contrast to the defaults of the film's variables, on every ground.
func TestDefaults(t *testing.T) {
	set, _ := Load(nil)
	theme, problems := set.Theme("tangent").Override(map[string]string{"accent": "var(--brand)", "muted": "var(--grey)"}, nil,
		map[string]string{"brand": "#2a0a5e", "grey": "#dddddd"})
	if len(problems) != 1 || problems[0].Key != "muted" || problems[0].Code != "templates/low-contrast" {
		t.Errorf("problems: %+v", problems)
	}
	for i, g := range theme.grounds() {
		if on, accent := g.value(g.find("on-accent"), 0), g.value(g.find("accent"), 0); i == 0 && (on != "#e9e5f5" || accent != "var(--brand)") {
			t.Errorf("on-accent is %s on %s", on, accent)
		}
		for _, p := range [][2]string{{"text", "background"}, {"on-accent", "accent"}, {"on-highlight", "highlight"}} {
			front, _ := g.color(p[0])
			back, ok := g.color(p[1])
			if got := css.ContrastOf(front, back); !ok || got < 4.5 {
				t.Errorf("ground %d: %s %s on %s %s: %.2f:1", i, p[0], front, p[1], back, got)
			}
		}
	}
}

func TestColors(t *testing.T) {
	for in, want := range map[string]string{
		"#abc": "#aabbcc", "#ABCD": "#aabbccdd", "#12345678": "#12345678", "rgb(255, 0, 128)": "#ff0080", "rgb(100% 0% 50% / 50%)": "#ff008080",
		"hsl(120deg 100% 25%)": "#008000", "hsla(0, 100%, 50%, 0.5)": "#ff000080", "oklch(0.7 0.15 40)": "#eb7a52", "oklab(50% 0 0)": "#636363",
		"RebeccaPurple": "#663399", "transparent": "#00000000",
	} {
		if c, ok := parseColor(in); !ok || c.String() != want {
			t.Errorf("parseColor(%q) = %s, %v; want %s", in, c, ok, want)
		}
	}
	for _, in := range []string{"", "#", "#12345", "red blue", "000000", "rgb(1,2)", "rgb(a,b,c)", "url(x)", "var(--x)", "tomato ff6347", "hsl(NaN 1% 1%)"} {
		if c, ok := parseColor(in); ok {
			t.Errorf("parseColor(%q) = %s, want none", in, c)
		}
	}
}

func FuzzColor(f *testing.F) {
	for _, s := range []string{"#abc", "rgb(1 2 3 / 4%)", "oklch(0.7 0.15 40)", "hsl(1turn 2% 3%)", "color-mix(in oklab, red 20%, blue)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := parseColor(s)
		if !ok {
			return
		}
		if again, ok := parseColor(c.String()); !ok || again.String() != c.String() {
			t.Errorf("%q became %s, which became %s", s, c, again)
		}
		checkExpr(s)
	})
}

// TestTextOnDiscs: titles cross the discs, so text stands out from them whatever accent a film chooses.
func TestTextOnDiscs(t *testing.T) {
	set, _ := Load(nil)
	for _, accent := range []string{"#000000", "#2a0a5e", "#003300", "#d43b00", "#0a7a5c", "#8888ff", "#ffd400", "#ffffff"} {
		theme, _ := set.Theme("tangent").Override(map[string]string{"accent": accent}, nil, nil)
		for i, g := range theme.grounds()[:3] { // normal, inverse, accent
			text, _ := g.color("text")
			on := []string{"background", "disc"}
			if i == 1 { // its disc is of the second accent
				on, text = []string{"background"}, must(g.color("accent"))
			}
			for _, role := range on {
				if ratio := css.ContrastOf(text, must(g.color(role))); ratio < 3 {
					t.Errorf("accent %s, ground %d: %s on %s has a contrast of %.1f:1", accent, i, text, role, ratio)
				}
			}
		}
	}
}

func must(c css.RGBA, _ bool) css.RGBA { return c }
