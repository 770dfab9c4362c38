package check

import (
	"strings"
	"testing"

	"github.com/hframes/hframes/internal/markup"
)

func TestNumber(t *testing.T) {
	for s, want := range map[string]float64{"1": 1, " 2.5 ": 2.5, "-3": -3, ".5": 0.5, "1e2": 100, "+4": 4} {
		if got, ok := number(s); !ok || got != want {
			t.Errorf("%q = %v %t, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "1s", "1,5", "NaN", "Infinity", "0x10", "1_000", "one", "1 2", "1e999", "--1"} {
		if got, ok := number(s); ok {
			t.Errorf("%q is read as %v", s, got)
		}
	}
}

func TestParseReference(t *testing.T) {
	for s, want := range map[string]reference{
		"intro": {"intro", 0}, "intro + 2": {"intro", 2}, "intro+2.5": {"intro", 2.5}, "a-b - 1": {"a-b", -1}, "s1.x:y": {"s1.x:y", 0}, "scene-2": {"scene-2", 0},
	} {
		if got, ok := parseReference(s); !ok || got != want {
			t.Errorf("%q = %+v %t, want %+v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "a b", "a + b", "+ 2", "a + ", "a + 2s", "ä"} {
		if got, ok := parseReference(s); ok {
			t.Errorf("%q is read as %+v", s, got)
		}
	}
}

func TestRawOffset(t *testing.T) {
	src := `<p data-x="a &amp; b &quot;c&quot; &bogus; d">`
	d := markup.Parse([]byte(src))
	a := d.Tags[0].Find("data-x")
	for _, part := range []string{"a", "b", "c", "&bogus", "d"} {
		got := rawOffset(d.Data, a, strings.Index(a.Value, part))
		if !strings.HasPrefix(src[got:], part) {
			t.Errorf("%q found at %q", part, src[got:])
		}
	}
}

func TestJSONFault(t *testing.T) {
	for s, at := range map[string]int{`{"a": 1,}`: 8, `[1 2]`: 3, `{"a"}`: 4, `{} x`: 3, `{`: 1, ``: 0, `{a: 1}`: 1} {
		if msg, got := jsonFault(s); msg == "" || got != at {
			t.Errorf("%s: %q at %d, want %d", s, msg, got, at)
		}
	}
	for _, s := range []string{`{}`, ` [1, {"a": null}] `, `"x"`, `7`} {
		if msg, _ := jsonFault(s); msg != "" {
			t.Errorf("%s: %s", s, msg)
		}
	}
}

func TestMembers(t *testing.T) {
	s := `{"a": 1, "b" : {"c": [2]}, "d":"x"}`
	list, object := members(s)
	if !object || len(list) != 3 {
		t.Fatalf("%+v %t", list, object)
	}
	for i, want := range []string{"1", `{"c": [2]}`, `"x"`} {
		if m := list[i]; s[m.start:m.end] != want || s[m.keyAt:m.keyAt+3] != `"`+m.key+`"` {
			t.Errorf("member %d is %q, key at %q", i, s[m.start:m.end], s[m.keyAt:])
		}
	}
}

// TestMisspelt: a near miss is one, an author's own attribute is none.
func TestMisspelt(t *testing.T) {
	for name, want := range map[string]string{
		"data-durration": "data-duration", "data-strat": "data-start", "data-strart": "data-start", "data-tack-index": "data-track-index",
		"data-composition-scr": "data-composition-src", "data-heigth": "data-height", "data_start": "data-start", "data-start-": "data-start",
		"data-trackindex": "data-track-index", "data-notimeline": "data-no-timeline", "data-variables-values": "data-variable-values", "data-var-txt": "data-var-text",
	} {
		if near, ok := misspelt(name); !ok || near != want {
			t.Errorf("%s: %q %t, want %q", name, near, ok, want)
		}
	}
	for _, name := range []string{
		"data-start", "data-state", "data-index", "data-id", "data-i", "data-text", "data-value", "data-values", "data-theme", "data-title", "data-scene",
		"data-slot", "data-count", "data-target", "data-trigger", "data-delay", "data-color", "data-speed", "data-step", "data-role", "data-kind", "data-tone",
		"data-astro-cid-x", "data-v-7ba5bd90", "data-testid", "data-src", "data-srcset", "data-url", "data-path", "data-lang", "data-line", "data-word",
		"data-words", "data-char", "data-depth", "data-layer-name", "data-label-text", "data-fill", "data-from", "data-to", "data-x1", "data-y1", "data-hold",
		"data-reveal", "data-animate", "data-animation", "data-anim", "data-fade", "data-rotate", "data-size", "data-max", "data-min", "data-unit", "data-at",
		"data-cue", "data-beat", "data-time", "data-end-time", "class", "id", "style", "date", "datetime", "data",
	} {
		if near, ok := misspelt(name); ok {
			t.Errorf("%s is taken for %q", name, near)
		}
	}
}

func TestSelector(t *testing.T) {
	src := `<body><div id="a" class="x y"><p class="z" data-k="v">1</p><p>2</p><ul><li>1<li>2</ul></div></body>`
	p := newPage("index.html", []byte(src), true)
	for sel, want := range map[string]string{
		"p": "p p", ".x": "div", ".x.y": "div", ".x.q": "", "#a > p": "p p", "body p.z": "p", "ul p": "", "p:first-child": "p", "p:nth-child(2)": "p",
		"p:nth-child(odd)": "p", "p:nth-child(2n+1)": "p", "[data-k]": "p", `p[data-k="v"]`: "p", `[data-k="w"]`: "", "*": "body div p p ul li li",
		"p + p": "p", "p ~ ul": "ul", "ul ~ p": "", "p >": "", "> p": "", "p:last-child": "", "ul:last-child": "ul", ":is(p.z, ul)": "p ul", "p:not(.z)": "p",
		"p:not(:hover)": "", ":where(#a p)": "p p", `[class^="x"]`: "div", `[class~="y"]`: "div", `[class$="q"]`: "", `[data-k*=""]`: "", ":root p": "p p",
		"p:hover": "", "p::before": "", `[data-composition-id="q"] p`: "p p", "html .z": "p", "div > ul > p": "", "": "", "a:b(": "",
	} {
		parsed := parseSelector(sel)
		var names []string
		for _, i := range p.find(&parsed) {
			names = append(names, p.tag(i).Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s matches %q, want %q", sel, got, want)
		}
	}
}

func TestNth(t *testing.T) {
	for arg, want := range map[string]string{"2": "2", "odd": "1 3 5", "even": "2 4 6", "2n": "2 4 6", "n": "1 2 3 4 5 6", "3n+1": "1 4", "-n+2": "1 2", "n+5": "5 6", "x": ""} {
		var got []string
		for n := 1; n <= 6; n++ {
			if nthMatches(arg, n) {
				got = append(got, string(rune('0'+n)))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s matches %v, want %s", arg, got, want)
		}
	}
}
