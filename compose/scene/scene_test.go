package scene

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/hframes/hframes/source"
)

func parse(t testing.TB, text string) (*Doc, source.List) {
	t.Helper()
	return Parse(source.NewFile("video.md", []byte(text)))
}

// TestCodes checks that every code that the package can report is in a golden of broken decks.
func TestCodes(t *testing.T) {
	code := regexp.MustCompile(`"(scene/[a-z-]+)"`)
	used := map[string]bool{}
	for _, file := range goldens(t, "*.go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllSubmatch(data, -1) {
			used[string(m[1])] = true
		}
	}
	var all []byte
	for _, file := range goldens(t, "testdata/broken/*.txtar") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	delete(used, "scene/too-many-faults") // TestTooManyFaults: its golden would be 800 lines
	for c := range used {
		if !bytes.Contains(all, []byte(" "+c+": ")) {
			t.Errorf("no golden reports %s", c)
		}
	}
	if len(used) < 35 {
		t.Errorf("only %d codes found in the source", len(used))
	}
}

// TestTooManyFaults checks that a list without end is cut, errors first, and stays in order.
func TestTooManyFaults(t *testing.T) {
	_, list := parse(t, strings.Repeat("text\n---\n", 500)+"\n# x {.a b=}\n")
	if len(list) != maxFaults+1 {
		t.Fatalf("%d diagnostics", len(list))
	}
	if list[0].Code != "scene/too-many-faults" || list[0].Msg != "301 more faults are not listed" {
		t.Errorf("first is %q", list[0].Headline())
	}
	errors, _ := list.Count()
	last := list[len(list)-1]
	if errors != 1 || last.Code != "scene/attributes" || last.Excerpt == "" {
		t.Errorf("%d errors, last is %+v", errors, last)
	}
}

func TestTakeSlots(t *testing.T) {
	doc, _ := parse(t, "# x\n\n::: right {.a x=1}\n\none\n\n:::\n\ntext\n\n::: left\n:::\n\n::: right {.b x=2 y=3}\n\ntwo\n\n:::\n\n::: card\n\n::: left\n\ninner\n\n:::\n\n:::\n")
	s := doc.Scenes[0]
	s.TakeSlots([]string{"left", "right", "none"})
	var names []string
	for _, slot := range s.Slots {
		names = append(names, fmt.Sprintf("%s %v %d", slot.Name, slot.Classes, len(slot.Blocks)))
	}
	want := []string{"right [a b] 2", "left [] 0"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if got := s.Slots[0].Settings; len(got) != 2 || got[0].Value != "2" || got[1].Key != "y" {
		t.Errorf("settings %+v", got)
	}
	if len(s.Blocks) != 2 || s.Blocks[0].Kind != Paragraph || s.Blocks[1].Name != "card" || s.Blocks[1].Blocks[0].Name != "left" {
		t.Errorf("blocks %+v", s.Blocks)
	}
}

// TestUnchanged checks that the author's bytes are not written to and that parsing twice gives the same.
func TestUnchanged(t *testing.T) {
	for _, seed := range seeds(t) {
		data := bytes.Clone(seed)
		first, list := Parse(source.NewFile("video.md", data))
		if !bytes.Equal(data, seed) {
			t.Fatalf("the input was changed: %q", seed)
		}
		second, again := Parse(source.NewFile("video.md", data))
		if dump(first) != dump(second) || !slices.Equal(list, again) {
			t.Errorf("two results for %q", seed)
		}
	}
}

// TestParallel parses in several goroutines at once; run with -race it says more.
func TestParallel(t *testing.T) {
	all := seeds(t)
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for _, s := range all {
				Parse(source.NewFile("video.md", s))
			}
		})
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"one  two\nthree":           "one|two|three",
		"One, two.":                 "One,|two.",
		"one—two and a – b":         "one—|two|and|a –|b",
		"3.0 at 10:30, 100 %":       "3.0|at|10:30,|100|%",
		"— Yes … no!":               "— Yes …|no!",
		"a\n— b":                    "a|— b",
		"don't e.g. and/or C++ R&D": "don't|e.g.|and/or|C++|R&D",
		"漢字と。かな OK語":                "漢|字|と。|か|な|OK|語",
		"?!":                        "",
		"안녕 하세요":                    "안녕|하세요",
	} {
		words, ends := splitWords(text)
		if got := strings.Join(words, "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		for i, w := range words {
			if !strings.HasSuffix(text[:ends[i]], w) {
				t.Errorf("%q: word %q does not end at %d", text, w, ends[i])
			}
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"6s": 6 * time.Second, "1m10s": 70 * time.Second, "400ms": 400 * time.Millisecond, "1.5s": 1500 * time.Millisecond, ".5s": 500 * time.Millisecond,
		"1h": time.Hour, "0s": 0, "90f": 3 * time.Second, "1s500ms": 1500 * time.Millisecond, "1h0m0s": time.Hour,
	} {
		if got, bad := parseDuration(text, 30); bad != nil || got != want {
			t.Errorf("%s: %v %v, want %v", text, got, bad, want)
		}
	}
	for _, text := range []string{"", "s", "6", "-6s", "6 s", "6S", "1s1m", "1s1s", "1.2.3s", "6s ", "90.5f", "0f", "999999999999f", "25h", "1e3s", "inf", "NaNs", "+1s"} {
		if got, bad := parseDuration(text, 30); bad == nil || bad.msg == "" || bad.hint == "" {
			t.Errorf("%q: %v %v", text, got, bad)
		}
	}
}

// TestSplitChoice says which of two readings a file gets.
func TestSplitChoice(t *testing.T) {
	for text, want := range map[string]int{
		"# a\n\n## b\n\n## c\n":                          3,
		"# a\n\n## b\n\n---\n\n## c\n":                   2,
		"a\n":                                            1,
		"# a\n\n```\n---\n```\n\n## b\n":                 2,
		"---\nsplit: separator\n---\n# a\n\n## b\n":      1,
		"---\nsplit: heading\n---\n# a\n\n---\n\n## b\n": 2,
		"---\nsplit: auto\n---\n# a\n\n---\n\n## b\n":    2,
		"::: a\n\n## b\n\n---\n\n## c\n\n:::\n":          1,
		"    ---\n\n## b\n":                              2,
		"\n\n\n":                                         0,
	} {
		if doc, list := parse(t, text); len(doc.Scenes) != want {
			t.Errorf("%q: %d scenes, want %d: %v", text, len(doc.Scenes), want, list)
		}
	}
}

// commonMark are texts without any syntax of ours.
var commonMark = []string{
	"*a* **b** ***c*** _d_ __e__ a_b_c *a**b*c* **a *b* c** *a `*` b*",
	"`code` ``a ` b`` ` a ` `a\nb` `unclosed ``x`",
	"[l](u) [l](<u v> \"t\") [l](u 't') [l](u (t)) [l]() [a [b] c](d) [not] ![i](j) ![*a* b](c \"d\")",
	"[a](b \\(c\\)) \\[x](y) [x\\](y) [outer [in](u) ner](v) [a](b(c)d)",
	"&amp; &lt; &copy; &#65; &#x41; &nope; &amp;amp; \\& \\a \\\\ \\* \\&amp;",
	"a  \nb\\\nc\nd",
	"~~gone~~ ~~a *b* c~~",
	"<b>x</b> <i class=\"y\">z</i> <br/> a < b > c \" '",
	"<https://a.b/c> <me@x.org>",
	"*a [b*](c) *[d*](e)* `[f](g)`",
	"**bold**text a*b*c 5*3*2 _a_b *a * b*",
	"*a\nb* **c\nd**",
	"héllo *wörld* ünïcode **日本**語",
}

// TestLikeGoldmark compares inline content with what goldmark itself makes of it.
func TestLikeGoldmark(t *testing.T) {
	md := goldmark.New(goldmark.WithExtensions(extension.Strikethrough), goldmark.WithRendererOptions(html.WithUnsafe()))
	for _, text := range commonMark {
		var want bytes.Buffer
		if err := md.Convert([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		doc, list := parse(t, text)
		if len(list) > 0 {
			t.Errorf("%q: %v", text, list)
		}
		got := ""
		for _, s := range doc.Scenes[0].Blocks[0].Rich {
			got += s.HTML
		}
		expected := strings.TrimSuffix(strings.TrimPrefix(want.String(), "<p>"), "</p>\n")
		expected = strings.NewReplacer("%20", " ").Replace(expected) // addresses stay as they are written
		if got != expected {
			t.Errorf("%q:\n got %s\nwant %s", text, got, expected)
		}
	}
}

// TestExamples checks that the shipped examples have no faults.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/video.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f := source.NewFile(file, data)
		doc, list := Parse(f)
		checkDoc(t, f, doc, list)
		if len(list) > 0 {
			t.Errorf("%v", list)
		}
	}
}
