package css

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestGolden parses the sheet of every testdata/*.css and compares with what stands in the .txt beside it: rules,
// declarations and faults, each with the text that its offsets cut out.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.css")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sheet := Parse(data)
			checkSheet(t, sheet)
			got := describe(sheet)
			golden := strings.TrimSuffix(name, ".css") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s", got)
			}
		})
	}
}

func describe(s *Sheet) string {
	var b strings.Builder
	line := func(at int) int { return 1 + strings.Count(string(s.Data[:at]), "\n") }
	for i, r := range s.Rules {
		fmt.Fprintf(&b, "%d-%d ", line(r.Start), line(max(r.Start, r.End-1)))
		if r.At != "" {
			fmt.Fprintf(&b, "@%s ", r.At)
		}
		fmt.Fprintf(&b, "%q", r.Selector)
		if full := s.Resolved(i); r.At == "" && full != r.Selector {
			fmt.Fprintf(&b, " = %q", full)
		}
		for _, w := range r.Within {
			fmt.Fprintf(&b, " in %q", w)
		}
		if !r.Block {
			b.WriteString(" without a block")
		}
		b.WriteByte('\n')
		for _, d := range r.Decls {
			fmt.Fprintf(&b, "\t%s: %q", d.Property, d.Value)
			if raw := string(s.Data[d.ValStart:d.ValEnd]); raw != d.Value {
				fmt.Fprintf(&b, " written %q", raw)
			}
			if d.Important {
				b.WriteString(" important")
			}
			b.WriteByte('\n')
		}
	}
	for _, f := range s.Faults {
		fmt.Fprintf(&b, "fault in line %d at %q: %s: %s", line(f.Start), clip(s.Data[f.Start:f.End]), f.Code, f.Msg)
		if f.Hint != "" {
			fmt.Fprintf(&b, " (%s)", f.Hint)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// checkSheet holds what is true of every sheet: all offsets lie in the file and in their rule.
func checkSheet(t *testing.T, s *Sheet) {
	t.Helper()
	inside := func(what string, from, a, b, to int) {
		if !(from <= a && a <= b && b <= to) {
			t.Errorf("%s: %d ≤ %d ≤ %d ≤ %d does not hold", what, from, a, b, to)
		}
	}
	for i, r := range s.Rules {
		inside("rule", 0, r.Start, r.End, len(s.Data))
		inside("selector", r.Start, r.SelStart, r.SelEnd, r.End)
		inside("body", r.Start, r.Body, r.BodyEnd, r.End)
		if r.Parent >= i {
			t.Errorf("rule %d stands in %d", i, r.Parent)
		} else if r.Parent >= 0 {
			up := s.Rules[r.Parent]
			inside("nested rule", up.Body, r.Start, r.End, up.BodyEnd)
		}
		for _, d := range r.Decls {
			inside("declaration", r.Body, d.Start, d.End, r.BodyEnd)
			inside("value", d.Start, d.ValStart, d.ValEnd, d.End)
		}
	}
	for _, f := range s.Faults {
		inside("fault", 0, f.Start, f.End, len(s.Data))
		if f.Code == "" || f.Msg == "" {
			t.Errorf("fault %+v", f)
		}
	}
}

func TestParseDecls(t *testing.T) {
	decls, faults := ParseDecls([]byte(`color: red; --x:{a}; background:url("a;b.png") !important;width:`))
	if len(decls) != 4 || decls[2].Value != `url("a;b.png")` || !decls[2].Important || decls[1].Value != "{a}" {
		t.Errorf("%+v", decls)
	}
	if len(faults) != 1 || faults[0].Code != "empty-value" {
		t.Errorf("%+v", faults)
	}
	if _, faults = ParseDecls([]byte("color:red}")); len(faults) != 1 || faults[0].Code != "stray-bracket" {
		t.Errorf("%+v", faults)
	}
}

func TestPrefixKeyframes(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"@keyframes pop{} .a{animation:pop 1s}", "@keyframes l-pop{} .a{animation:l-pop 1s}"},
		{"@keyframes pop{} .a{animation:pop 1s,hf-rise 2s,\n\tpop 3s ease both}", "@keyframes l-pop{} .a{animation:l-pop 1s,hf-rise 2s,\n\tl-pop 3s ease both}"},
		{".a{animation-name:pop,rise}@keyframes pop{from{opacity:0}to{opacity:1}}", ".a{animation-name:l-pop,rise}@keyframes l-pop{from{opacity:0}to{opacity:1}}"},
		{"@-webkit-keyframes pop{} .a{-webkit-animation:pop 1s;-webkit-animation-name:pop}", "@-webkit-keyframes l-pop{} .a{-webkit-animation:l-pop 1s;-webkit-animation-name:l-pop}"},
		{"@media print{@supports (a:b){@KEYFRAMES pop{}}} .a{.b &{ANIMATION:pop}}", "@media print{@supports (a:b){@KEYFRAMES l-pop{}}} .a{.b &{ANIMATION:l-pop}}"},
		{`@keyframes "my pop"{} .a{animation-name:"my pop"; content:"my pop"}`, `@keyframes "l-my pop"{} .a{animation-name:"l-my pop"; content:"my pop"}`},
		{`@keyframes p\6f p{} .a{animation-name:pop;animation:p\6Fp}`, `@keyframes l-p\6f p{} .a{animation-name:l-pop;animation:l-p\6Fp}`},
		{"@keyframes /* pop */ pop /**/{} .pop{animation:/*pop*/pop;color:pop;transition:pop}", "@keyframes /* pop */ l-pop /**/{} .pop{animation:/*pop*/l-pop;color:pop;transition:pop}"},
		{"@keyframes pop{} .a{animation:var(--a,pop) 1s;--pop:pop;--my-animation:pop 1s;--animation-name:pop}", "@keyframes l-pop{} .a{animation:var(--a,l-pop) 1s;--pop:pop;--my-animation:l-pop 1s;--animation-name:l-pop}"},
		{"@keyframes ease{}@keyframes start{} .a{animation:ease 1s ease steps(2,start);animation-name:ease,start}", "@keyframes l-ease{}@keyframes l-start{} .a{animation:ease 1s l-ease steps(2,start);animation-name:l-ease,l-start}"},
		{"@keyframes --x{} .a{animation:--x var(--x)}", "@keyframes l---x{} .a{animation:l---x var(--x)}"},
		{".a{animation:pop 1s}", ".a{animation:pop 1s}"},
		{"@keyframes{} @keyframes pop", "@keyframes{} @keyframes l-pop"},
		{"", ""},
	} {
		if got := string(PrefixKeyframes([]byte(c.in), "l")); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
		}
	}
	if got := KeyframeNames([]byte("@keyframes a{} @keyframes 'b c'{} @media x{@-moz-keyframes d{}}")); !slices.Equal(got, []string{"a", "b c", "d"}) {
		t.Error(got)
	}
}

func TestRefs(t *testing.T) {
	css := `@import "a.css" layer(x);@import url(b.css);.a{background:url( 'c d.png' ),url(e\ f.png);src:local("no"),url("g.woff2")format("woff2");` +
		`background:image-set("h.png" 1x, url(i.png) 2x);content:"no";--x:url(j)}`
	var got []string
	for _, r := range Refs([]byte(css)) {
		mark := ""
		if r.Import {
			mark = "@"
		}
		got = append(got, mark+r.URL)
		if raw := css[r.Start:r.End]; !strings.ContainsAny(raw[len(raw)-1:], `)"'`) {
			t.Errorf("offsets of %q cut out %q", r.URL, raw)
		}
	}
	if want := []string{"@a.css", "@b.css", "c d.png", "e f.png", "g.woff2", "h.png", "i.png", "j"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestRewriteURLs(t *testing.T) {
	css := `@import 'a.css';.a{background:url( b.png ),url('c"d.png'),url(data:x);content:"no"}`
	got := string(RewriteURLs([]byte(css), func(url string) string {
		if strings.HasPrefix(url, "data:") {
			return url
		}
		return "x/" + url
	}))
	if want := `@import "x/a.css";.a{background:url("x/b.png"),url("x/c\"d.png"),url(data:x);content:"no"}`; got != want {
		t.Error(got)
	}
}

func TestFonts(t *testing.T) {
	for _, c := range []struct{ property, value, size, families string }{
		{"font-family", `"IBM Plex Sans", Inter Tight, system-ui`, "", "IBM Plex Sans|Inter Tight|system-ui"},
		{"font-family", `var(--font-body), serif`, "", "serif"},
		{"font-size", "calc(12 * var(--u))", "calc(12 * var(--u))", ""},
		{"font", `italic 700 12px/1.2 "Fira Code", monospace`, "12px", "Fira Code|monospace"},
		{"font", `bold large Georgia`, "large", "Georgia"},
		{"font", `600 calc(2*var(--u)) / 1.1 Inter`, "calc(2*var(--u))", "Inter"},
		{"font", "inherit", "", ""},
		{"color", "red", "", ""},
	} {
		size, families := FontSize(Decl{Property: c.property, Value: c.value})
		if size != c.size || strings.Join(families, "|") != c.families {
			t.Errorf("%s: %s = %q, %q", c.property, c.value, size, families)
		}
	}
}

func TestAnimations(t *testing.T) {
	for _, c := range []struct{ decls, want string }{
		{"animation: pop 1s", "pop 1s+0s ×1"},
		{"animation: 300ms ease-out .2s both pop, spin 2s linear infinite", "pop 300ms+200ms ×1; spin 2s+0s ×+Inf"},
		{"animation-name: a, b; animation-duration: 1s; animation-delay: 1s, 2s; animation-iteration-count: 3, infinite", "a 1s+1s ×3; b 1s+2s ×+Inf"},
		{"animation-duration: 4s; animation-name: a", "a 4s+0s ×1"},
		{"animation: none", " 0s+0s ×1"},
		{"animation: pop var(--dur) calc(1s * var(--i))", "pop 0s+0s ×1 dynamic"},
		{"animation: pop 1s; animation-delay: var(--at, 2s)", "pop 1s+0s ×1 dynamic"},
		{"animation: a 1s; animation: b 2s -500ms 2.5", "b 2s+-500ms ×2.5"},
		{"animation: ease ease 1s", "ease 1s+0s ×1"},
		{"color: red", ""},
	} {
		decls, _ := ParseDecls([]byte(c.decls))
		var got []string
		for _, a := range Animations(decls) {
			s := fmt.Sprintf("%s %v+%v ×%v", a.Name, a.Duration, a.Delay, a.Iterations)
			if a.Dynamic {
				s += " dynamic"
			}
			got = append(got, s)
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q", c.decls, got)
		}
	}
}

func TestDimension(t *testing.T) {
	for _, c := range []struct {
		in, unit string
		n        float64
		ok       bool
	}{
		{"12px", "px", 12, true}, {"-.5EM", "em", -.5, true}, {"1e3s", "s", 1000, true}, {"1em", "em", 1, true}, {"50%", "%", 50, true}, {"3", "", 3, true},
		{"1e999px", "", 0, false}, {"px", "", 0, false}, {"1 2", "", 0, false}, {"", "", 0, false}, {"calc(1px)", "", 0, false},
	} {
		n, unit, ok := Dimension(c.in)
		if n != c.n || unit != c.unit || ok != c.ok {
			t.Errorf("Dimension(%q) = %v, %q, %v", c.in, n, unit, ok)
		}
	}
	if d, ok := Time("1e30s"); !ok || d != 365*24*time.Hour {
		t.Error(d, ok)
	}
	if n, _, _ := Dimension("1.5"); math.IsNaN(n) {
		t.Error(n)
	}
}

func TestSplit(t *testing.T) {
	for in, want := range map[string]string{
		"a, b(c,d) , \"e,f\"": `a|b(c,d)|"e,f"`, "": "", "a": "a", "a,": "a|", " a /* , */ b ": "a b",
	} {
		if got := strings.Join(Split(in), "|"); got != want {
			t.Errorf("Split(%q) = %q", in, got)
		}
	}
}

var fuzzSeeds = []string{
	"a{b:c}", "@media x{a{b:c}}", "a{b:c", "a{&:hover{b:c}}", "a{b:rgb(1,2;}", "@keyframes x{from{a:b}} y{animation:x}", "a{--x:{y:z}}", "a{b:'c\n}", "a{b:url(c d)}",
	"<!-- a{} -->", "a{color:red\nbackground:blue}", "/*", "}", "@import 'x", "a{b:\\", "\x00a{\x00}", "u+0-7f{u+?:u+1??}", "a{color:red .b{c:d}}",
}

func FuzzParse(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		at := 0
		for _, tok := range lex(data) {
			if tok.start != at {
				t.Fatalf("a token starts at %d, the last ended at %d", tok.start, at)
			}
			at = tok.end
		}
		if at != len(data) {
			t.Fatalf("tokens end at %d of %d", at, len(data))
		}
		s := Parse(data)
		checkSheet(t, s)
		for i, r := range s.Rules {
			s.Resolved(i)
			Animations(r.Decls)
			for _, d := range r.Decls {
				FontSize(d)
				Words(d.Value)
			}
		}
		for _, r := range Refs(data) {
			if r.Start < 0 || r.End > len(data) || r.Start >= r.End {
				t.Errorf("%+v", r)
			}
		}
		ParseDecls(data)
		if same := RewriteURLs(data, func(s string) string { return s }); string(same) != string(data) {
			t.Errorf("became %q", same)
		}
		before := Refs(data)
		for i, r := range Refs(RewriteURLs(data, func(s string) string { return "x" + s })) {
			if i >= len(before) || strings.ToValidUTF8(r.URL, "") != strings.ToValidUTF8("x"+before[i].URL, "") {
				t.Errorf("address %d became %q", i, r.URL)
			}
		}
	})
}

func FuzzPrefixKeyframes(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := string(data)
		out := PrefixKeyframes(data, "p")
		if string(data) != before {
			t.Fatal("the sheet was changed")
		}
		if want, got := KeyframeNames(data), KeyframeNames(out); len(want) != len(got) {
			t.Errorf("%q became %q", want, got)
		}
		if got := len(out) - len(data); got < 2*len(KeyframeNames(data)) || got%2 != 0 {
			t.Errorf("grew by %d", got)
		}
	})
}

// TestHostile feeds sheets that could make a reader spin, grow or recurse without end: it has to come back.
func TestHostile(t *testing.T) {
	const n = 50_000
	for name, css := range map[string]string{
		"deep":      strings.Repeat("a{", n),
		"doubling":  strings.Repeat("& &{", 60),
		"strings":   "a{b:f(" + strings.Repeat("'c' ", n),
		"functions": "a{b:" + strings.Repeat("f(", n),
		"closing":   "a{b:" + strings.Repeat(")", n),
		"urls":      strings.Repeat("url(a b", n),
		"escapes":   strings.Repeat("\\", n),
		"animation": "@keyframes x{}a{animation:" + strings.Repeat("x,", n),
		"mixes":     "a{color:" + strings.Repeat("color-mix(in srgb,red,", n),
		"custom":    strings.Repeat("--a:{", n),
	} {
		s := Parse([]byte(css))
		for i := range s.Rules {
			if len(s.Resolved(i)) > 1<<20 {
				t.Errorf("%s: a selector of %d bytes", name, len(s.Resolved(i)))
			}
			for _, d := range s.Rules[i].Decls {
				Animations([]Decl{d})
				Words(d.Value)
				ParseColor(d.Value)
			}
		}
		Refs([]byte(css))
		PrefixKeyframes([]byte(css), "p")
	}
}

func BenchmarkParse(b *testing.B) {
	data := []byte(strings.Repeat(".item { animation: hf-rise var(--dur-2) both; color: var(--color-text); &:hover { margin: 0 1px } }\n", 200))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		Parse(data)
	}
}

func BenchmarkPrefixKeyframes(b *testing.B) {
	data := []byte("@keyframes pop{from{opacity:0}}" + strings.Repeat(".item { animation: pop var(--dur-2) both; color: var(--color-text); &:hover { margin: 0 1px } }\n", 200))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		PrefixKeyframes(data, "bullets")
	}
}
