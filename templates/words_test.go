package templates

import (
	"html/template"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hframes/hframes/internal/markup"
)

func TestWords(t *testing.T) {
	open := regexp.MustCompile(`<span class="w" style="--w:(\d+);--ws:(\d+)">`)
	for in, want := range map[string]string{
		"":                                       "",
		"one two":                                "0/2[one] 1/2[two]",
		"a &amp; b":                              "0/3[a] 1/3[&amp;] 2/3[b]",
		"<em>one two</em>.":                      "0/2[<em>one</em>] 1/2[<em>two</em>.]",
		"un<em>believ</em>able":                  "0/1[un<em>believ</em>able]",
		`<a href="/x" id="y">one two</a>`:        `0/2[<a href="/x" id="y">one</a>] 1/2[<a href="/x" >two</a>]`,
		"run <code>a b</code>!":                  "0/2[run] 1/2[<code>a b</code>!]",
		`<span data-bind="v">two words</span> x`: `0/2[<span data-bind="v">two words</span>] 1/2[x]`,
		"one<br>two":                             "0/2[one]<br>1/2[two]",
		"日本「語」です。":                               "0/5[日]1/5[本]2/5[「語」]3/5[で]4/5[す。]",
		"state-of-the-art -5":                    "0/5[state-]1/5[of-]2/5[the-]3/5[art] 4/5[-5]",
		"👩‍🚀 up 👍🏽 🇩🇪":                           "0/4[👩‍🚀] 1/4[up] 2/4[👍🏽] 3/4[🇩🇪]",
		"a\u00a0b c":                             "0/2[a\u00a0b] 1/2[c]",
		"</b>x <i>y":                             "0/2[x] 1/2[<i>y</i>]",
		"say שלום, עולם! now":                    "0/3[say] 1/3[שלום, עולם!] 2/3[now]",
		"שלום <em>עולם</em>, the world 24":       "0/2[שלום <em>עולם</em>,] 1/2[the world 24]",
		"مرحبا بالعالم":                          "0/1[مرحبا بالعالم]",
	} {
		got := open.ReplaceAllString(string(Words(template.HTML(in))), "$1/$2[")
		got = strings.ReplaceAll(got, "</span>", "]")
		got = strings.ReplaceAll(got, `<span data-bind="v">two words]]`, `<span data-bind="v">two words</span>]`)
		if got != want {
			t.Errorf("Words(%q)\n got %s\nwant %s", in, got, want)
		}
	}
}

// FuzzWords: whatever comes in, the text stays what it was and every element is closed.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"a <em>b c</em>.", "日本語", `<a id="x">y z</a>`, "<code>q</code>r", "&lt;&amp;", "a</b><i>c", "<br>x<br/>", "0\U00010cf3"} {
		f.Add(s)
	}
	spaces := regexp.MustCompile(`\s+`)
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) || strings.ContainsAny(s, "<>&\x00") && !wellFormed(s) {
			Words(template.HTML(s)) // only that it ends
			return
		}
		out := Words(template.HTML(s))
		flat := func(h template.HTML) string { return strings.TrimSpace(spaces.ReplaceAllString(textOf(h), " ")) }
		if got, want := flat(out), flat(template.HTML(s)); got != want {
			t.Errorf("Words(%q) reads %q, want %q", s, got, want)
		}
		doc := markup.Parse([]byte(out))
		if len(doc.Stray) > 0 {
			t.Errorf("Words(%q) = %q has a stray end tag", s, out)
		}
	})
}

// wellFormed reports whether s is inline HTML as goldmark writes it.
func wellFormed(s string) bool {
	doc := markup.Parse([]byte(s))
	if len(doc.Stray) > 0 || strings.Contains(s, "<!") || strings.Contains(s, "<?") || strings.Contains(s, "\x00") || strings.Contains(s, "&") {
		return false
	}
	for _, tag := range doc.Tags {
		if tag.Close < 0 && !markup.Void(tag.Name) || tag.SelfClosing || !regexp.MustCompile(`^[a-z]+$`).MatchString(tag.Name) ||
			strings.Contains(" script style textarea title xmp iframe noembed noframes noscript plaintext svg math template select option ", " "+tag.Name+" ") {
			return false
		}
	}
	return !strings.ContainsAny(regexp.MustCompile(`</?[a-z]+>`).ReplaceAllString(s, ""), "<>")
}
