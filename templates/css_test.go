package templates

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sheets returns every built-in style sheet by its path, without comments.
func sheets(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(builtin, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".css" {
			data, _ := builtin.ReadFile(name)
			out[name] = regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(data), "")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRules holds every sheet to what the official checks and doc.go ask.
func TestRules(t *testing.T) {
	banned := map[string]*regexp.Regexp{
		"a template action":                  regexp.MustCompile(`\{\{`),
		"a z-index below 0 (contract §17)":   regexp.MustCompile(`z-index\s*:\s*-`),
		"a CSS transition (contract §10)":    regexp.MustCompile(`[;{\s]transition(-\w+)?\s*:`),
		"an endless animation":               regexp.MustCompile(`\binfinite\b`),
		"an @import":                         regexp.MustCompile(`@import`),
		"a font family that is not a token":  regexp.MustCompile(`font-family\s*:\s*[^v\s]`),
		"a colour that is not a token":       regexp.MustCompile(`[^k]:[^;{}]*(#[1-9a-fA-F][0-9a-fA-F]{2,7}\b|\brgba?\()`),
		"text that may fall below 24 u":      regexp.MustCompile(`font-size\s*:\s*0?\.\d+em`),
		"an animated property of the layout": regexp.MustCompile(`@keyframes[^{]+\{[^}]*\{[^}]*\b(width|height|top|left|right|bottom|margin|padding|font-size|letter-spacing)\s*:`),
	}
	for name, css := range sheets(t) {
		for what, re := range banned {
			if m := re.FindString(css); m != "" {
				t.Errorf("%s: %s: %q", name, what, m)
			}
		}
	}
}

var (
	keyframesForm = regexp.MustCompile(`@keyframes\s+([\w-]+)`)
	animationForm = regexp.MustCompile(`(?:[;{\s](?:animation|animation-name)|--(?:enter|exit)-move)\s*:\s*([^;}]+)`)
	parenthesized = regexp.MustCompile(`\([^()]*\)`)
	identForm     = regexp.MustCompile(`^[a-z][\w-]*$`)
	keywords      = "none both forwards backwards linear ease ease-in ease-out ease-in-out normal reverse alternate paused running var calc min max cubic-bezier"
	varForm       = regexp.MustCompile(`var\(\s*(--[\w-]+)\s*([,)])`)
	declaredForm  = regexp.MustCompile(`(--[\w-]+)\s*:`)
	propertyForm  = regexp.MustCompile(`@property\s+(--[\w-]+)`)
)

// TestKeyframes checks that every animation names keyframes that stand in its own sheet, in base.css or in the theme's.
func TestKeyframes(t *testing.T) {
	all := sheets(t)
	for name, css := range all {
		known := names(keyframesForm, css)
		maps.Copy(known, names(keyframesForm, all["base.css"]))
		for _, m := range animationForm.FindAllStringSubmatch(css, -1) {
			value := m[1]
			for parenthesized.MatchString(value) {
				value = parenthesized.ReplaceAllString(value, "")
			}
			for _, word := range strings.FieldsFunc(value, func(c rune) bool { return c == ' ' || c == ',' || c == '\n' }) {
				if identForm.MatchString(word) && !slices.Contains(strings.Fields(keywords), word) && !known[word] {
					t.Errorf("%s: keyframes %q are not defined", name, word)
				}
			}
		}
	}
}

// TestProperties checks that every custom property in use is a token, is set by compose, or is set beside it.
func TestProperties(t *testing.T) {
	all := sheets(t)
	set, _ := Load(nil)
	for name, css := range all {
		known := names(declaredForm, css)
		maps.Copy(known, names(declaredForm, all["base.css"]))
		maps.Copy(known, names(propertyForm, all["base.css"]))
		for _, theme := range set.Themes() {
			if strings.HasPrefix(name, "themes/") && name != "themes/"+theme+"/theme.css" {
				continue
			}
			maps.Copy(known, names(declaredForm, set.Theme(theme).Tokens()))
			if !strings.HasPrefix(name, "themes/") {
				break
			}
		}
		for _, html := range []string{"layout.html", "block.html"} {
			data, _ := builtin.ReadFile(path.Join(path.Dir(name), html))
			maps.Copy(known, names(declaredForm, string(data)))
		}
		for _, given := range strings.Fields("--lh --dur --enter --exit --at --i --n --w --ws --fit --rows --cols --start") {
			known[given] = true
		}
		for _, m := range varForm.FindAllStringSubmatch(css, -1) {
			if m[2] == ")" && !known[m[1]] {
				t.Errorf("%s: %s is nowhere given a value", name, m[1])
			}
		}
	}
}

func names(re *regexp.Regexp, text string) map[string]bool {
	out := map[string]bool{}
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		out[m[1]] = true
	}
	return out
}

// TestMargins checks that Go and base.css agree on where content may stand.
func TestMargins(t *testing.T) {
	base := sheets(t)["base.css"]
	find := func(selector, property string) float64 {
		_, rule, _ := strings.Cut(base, selector+" {")
		rule, _, _ = strings.Cut(rule, "}")
		m := regexp.MustCompile(property + `: calc\(var\(--u\) \* (\d+)\)`).FindStringSubmatch(rule)
		if m == nil {
			t.Fatalf("%s has no %s", selector, property)
		}
		var f float64
		fmt.Sscan(m[1], &f)
		return f
	}
	for selector, v := range map[string]*View{
		".stage":          {Shape: "landscape", Width: 3840, Height: 2160},
		".stage.portrait": {Shape: "portrait", Width: 1080, Height: 1920},
		".stage.square":   {Shape: "square", Width: 720, Height: 720},
	} {
		if got, want := v.InnerW(), v.W()-2*find(selector, "--margin-x"); got != want {
			t.Errorf("%s: InnerW %g, base.css %g", selector, got, want)
		}
		if got, want := v.InnerH(), v.H()-2*find(selector, "--margin-y"); got != want {
			t.Errorf("%s: InnerH %g, base.css %g", selector, got, want)
		}
	}
}

// TestDescribed checks that whatever an author can name is described, with an example.
func TestDescribed(t *testing.T) {
	set, _ := Load(nil)
	sentence := func(what, s string) {
		if !strings.HasSuffix(s, ".") || len(s) < 12 {
			t.Errorf("%s: %q is not a sentence", what, s)
		}
	}
	check := func(what, description, example string, settings []SettingSpec) {
		sentence(what, description)
		if example == "" {
			t.Errorf("%s has no example", what)
		}
		for _, s := range settings {
			sentence(what+" "+s.Name, s.Description)
		}
	}
	for _, name := range set.Layouts() {
		l := set.Layout(name)
		check("layout "+name, l.Description, l.Example, l.Settings)
		for _, s := range l.Slots {
			sentence("slot "+s.Name, s.Description)
		}
	}
	for _, name := range set.Blocks() {
		b := set.Block(name)
		check("block "+name, b.Description, b.Example, b.Settings)
	}
	for _, name := range set.Themes() {
		sentence("theme "+name, set.Theme(name).Description)
		for _, x := range set.Theme(name).Transitions {
			sentence("transition "+x.Name, x.Description)
		}
	}
}
