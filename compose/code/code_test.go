package code

import (
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestGolden reads testdata/*.txtar: "options" (one key value a line) and "input" give "html" and "result".
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			g := readGolden(t, name)
			lang, o := options(t, g.files["options"])
			res, err := Highlight(lang, g.files["input"], o)
			result := fmt.Sprintf("lang %q, %d lines, %d rows, %d cols\n", res.Lang, res.Lines, res.Rows, res.Cols)
			if e, ok := err.(*UnknownLanguage); ok {
				result += fmt.Sprintf("error: %v\nhint: %s\n", e, e.Hint)
			}
			g.check(t, name, [][2]string{{"result", result}, {"html", res.HTML + "\n"}})
		})
	}
}

// options reads lines such as "lang go", "wrap 40", "numbers", "step 2,4-6 @1.2", "step all @3".
func options(t *testing.T, text string) (lang string, o Options) {
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		key, value, _ := strings.Cut(l, " ")
		switch key {
		case "lang":
			lang = value
		case "id":
			o.ID = value
		case "wrap":
			o.Wrap = atoi(t, value)
		case "tab":
			o.TabWidth = atoi(t, value)
		case "start":
			o.Start = atoi(t, value)
		case "numbers":
			o.Numbers = true
		case "step":
			o.Steps = append(o.Steps, step(t, value))
		case "":
		default:
			t.Fatalf("unknown option %q", l)
		}
	}
	return lang, o
}

func step(t *testing.T, s string) Step {
	lines, at, _ := strings.Cut(s, " @")
	sec, err := strconv.ParseFloat(at, 64)
	if err != nil {
		t.Fatal(err)
	}
	if lines == "all" {
		return Step{All: true, At: sec}
	}
	out := Step{At: sec}
	for _, r := range strings.Split(lines, ",") {
		from, to, ok := strings.Cut(r, "-")
		if !ok {
			to = from
		}
		out.Ranges = append(out.Ranges, [2]int{atoi(t, from), atoi(t, to)})
	}
	return out
}

func atoi(t *testing.T, s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var tags = regexp.MustCompile(`<[^>]*>`)

// textOf returns what a browser would read: the text content of the HTML.
func textOf(doc string) string { return html.UnescapeString(tags.ReplaceAllString(doc, "")) }

func TestLanguages(t *testing.T) {
	for lang, want := range map[string]string{
		"go": "Go", "GO": "Go", "golang": "Go", "tsx": "TypeScript", "C++": "C++", "c#": "C#", "sh": "Bash", "yml": "YAML",
		"Dockerfile": "Docker", "": "", "text": "", "diff": "Diff", "diff-go": "Go", "rs": "Rust", "py": "Python",
	} {
		res, err := Highlight(lang, "x", Options{})
		if err != nil || res.Lang != want {
			t.Errorf("%q: %q, %v; want %q", lang, res.Lang, err, want)
		}
	}
	for lang, hint := range map[string]string{
		"pyhton": `did you mean "python"?`, "javscript": `did you mean "javascript"?`, "zzqqzzqq": "", "*": "", "[": "", "diff-pyhton": `did you mean "diff-python"?`,
	} {
		_, err := Highlight(lang, "x", Options{})
		e, ok := err.(*UnknownLanguage)
		if !ok || e.Hint != hint {
			t.Errorf("%q: %+v, want hint %q", lang, err, hint)
		}
	}
}

// store is a Cache that counts.
type store struct {
	data       map[string][]byte
	hits, puts int
}

func (s *store) Get(key string) ([]byte, bool) {
	d, ok := s.data[key]
	if ok {
		s.hits++
	}
	return d, ok
}
func (s *store) Put(key string, data []byte) { s.puts++; s.data[key] = data }

func TestCache(t *testing.T) {
	disk := &store{data: map[string][]byte{}}
	first, _ := Highlight("go", sample, Options{Cache: disk})
	second, _ := Highlight("go", sample, Options{Cache: disk})
	if disk.puts != 1 || disk.hits != 1 || first.HTML != second.HTML {
		t.Errorf("puts %d, hits %d, same %v", disk.puts, disk.hits, first.HTML == second.HTML)
	}
	for range 3 {
		_, _ = Highlight("go", sample, Options{Cache: Memory(disk)})
	}
	mem := Memory(disk)
	for range 3 {
		_, _ = Highlight("go", sample, Options{Cache: mem, Steps: []Step{{All: true, At: 1}}})
	}
	if disk.hits != 5 {
		t.Errorf("memory asked the disk %d times", disk.hits)
	}
	_, _ = Highlight("rust", sample, Options{Cache: disk})
	_, _ = Highlight("diff-go", sample, Options{Cache: disk})
	if len(disk.data) != 3 {
		t.Errorf("%d keys for three languages", len(disk.data))
	}
	_, _ = Highlight("text", sample, Options{Cache: disk})
	if len(disk.data) != 3 {
		t.Error("plain text was cached")
	}
}

// A damaged cache must not damage the text.
func TestCacheDamaged(t *testing.T) {
	for _, bad := range []string{"", "k", "k0", "k3", "k99999999999999999999", "é3", "k1-", "\x00"} {
		disk := &store{data: map[string][]byte{}}
		g, _ := find("go")
		disk.data[g.key("x := 1")] = []byte(bad)
		res, _ := Highlight("go", "x := 1", Options{Cache: disk})
		if textOf(res.HTML) != "x := 1" || !strings.Contains(res.HTML, `class="n"`) {
			t.Errorf("cache %q: %s", bad, res.HTML)
		}
	}
}

// The version in cache keys has to name the lexers that are compiled in.
func TestVersion(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`alecthomas/chroma/v2 (v[\d.]+)`).FindStringSubmatch(string(mod))
	if m == nil || !strings.HasSuffix(version, " "+m[1]) {
		t.Errorf("version %q is not of %v in go.mod", version, m)
	}
}

// Some lexers never come to an end; the text is plain then.
func TestEndlessLexer(t *testing.T) {
	for _, lang := range []string{"jungle", "jsonata"} {
		text := "'x' = \"y\" & z\n日本"
		if res, err := Highlight(lang, text, Options{}); err != nil || textOf(res.HTML) != text {
			t.Errorf("%s: %v %s", lang, err, res.HTML)
		}
	}
}

func TestBreak(t *testing.T) {
	l := line{text: "\t\tresult, err := client.Do(request.WithContext(ctx)) // 日本語"}
	l.pieces = []piece{{0, l.text}}
	for limit := 1; limit < 70; limit++ {
		var all string
		for i, r := range l.rows(limit, 4) {
			if r.cols > max(limit, 4) && limit > 8 {
				t.Errorf("limit %d, row %d is %d columns", limit, i, r.cols)
			}
			for _, p := range r.pieces {
				all += p.text
			}
		}
		if all != l.text {
			t.Fatalf("limit %d: %q", limit, all)
		}
	}
}

func FuzzHighlight(f *testing.F) {
	for _, lang := range []string{"go", "html", "diff", "diff-js", "yaml", "markdown", "php", "bash", "text", "nope"} {
		f.Add(lang, sample, 40, 1.5)
		f.Add(lang, "a\tb\r\n\r\n<&>\"'\x00\xff é 日本\n+x\n-y\n@@ z", 7, 0.0)
	}
	f.Fuzz(func(t *testing.T, lang, text string, wrap int, at float64) {
		if len(text) > 2000 {
			return
		}
		o := Options{ID: "a", Wrap: wrap, Numbers: wrap%2 == 0, Cache: Memory(nil), Steps: []Step{{Ranges: [][2]int{{1, 3}}, At: at}, {All: true, At: at + 1}}}
		res, _ := Highlight(lang, text, o)
		want := normalize(text)
		if got := textOf(res.HTML); got != want {
			t.Fatalf("%s: text content %q, want %q\n%s", lang, got, want, res.HTML)
		}
		if n := strings.Count(want, "\n") + 1; res.Lines != n || strings.Count(res.HTML, `<span class="line`) != n || res.Rows < n {
			t.Fatalf("%d lines, result %+v", n, res)
		}
		if again, _ := Highlight(lang, text, o); again != res {
			t.Fatal("a cached result differs")
		}
	})
}

const sample = `package main

import "fmt"

// Greet says hello to everyone it knows.
func Greet(names ...string) (int, error) {
	for i, name := range names {
		if name == "" {
			return i, fmt.Errorf("greet %d: %w", i, ErrNoName)
		}
		fmt.Printf("hello, %s\n", name)
	}
	return len(names), nil
}
`

func BenchmarkCold(b *testing.B) {
	text := strings.Repeat(sample, 3)
	for range b.N {
		_, _ = Highlight("go", text, Options{})
	}
}

func BenchmarkWarm(b *testing.B) {
	text, c := strings.Repeat(sample, 3), Memory(nil)
	for range b.N {
		_, _ = Highlight("go", text, Options{Cache: c})
	}
}

// TestMemoryForgets shows a memory more than anybody reads: what is asked for all the time stays, and the rest goes.
func TestMemoryForgets(t *testing.T) {
	m := Memory(nil).(*memory)
	m.Put("used", []byte("a"))
	for i := range 10 * generation {
		m.Put(strconv.Itoa(i), nil)
		if _, ok := m.Get("used"); i%100 == 0 && !ok {
			t.Fatalf("forgot after %d others what is in use", i)
		}
	}
	if n := len(m.seen) + len(m.last); n > 2*generation {
		t.Errorf("keeps %d", n)
	}
	if _, ok := m.Get("0"); ok {
		t.Error("keeps the first of all")
	}
}
