package compose

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// FuzzCompose composes any Markdown. It never fails; positions lie in the file; and a film without errors consists of
// pages whose tags are closed and whose ids are its only ones.
func FuzzCompose(f *testing.F) {
	for _, pattern := range []string{"testdata/*.txtar", "testdata/broken/*.txtar"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			a, err := txtar.ParseFile(file)
			if err != nil {
				f.Fatal(err)
			}
			for _, s := range a.Files {
				if s.Name == deck && len(s.Data) < 4000 {
					f.Add(string(s.Data))
				}
			}
		}
	}
	examples, _ := filepath.Glob("../examples/*/video.md")
	for _, file := range examples {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	for _, p := range parts {
		f.Add(front + p)
	}
	project := mediaProject(f)
	set, _ := templates.Load(project)
	c := New()
	f.Fuzz(func(t *testing.T, text string) {
		project[deck] = &fstest.MapFile{Data: []byte(text)}
		sound(t, text, composeWith(c, project, set, Options{Fonts: fonts}))
	})
}

// sound checks what holds for any deck. It reports whether the deck had no errors.
func sound(t *testing.T, text string, m made) bool {
	t.Helper()
	for _, d := range m.list {
		if d.Pos.File == deck && d.Pos != (source.Pos{File: deck}) && (d.Pos.Line < 1 || d.Pos.Line > strings.Count(text, "\n")+1 || d.End.Before(d.Pos)) {
			t.Errorf("place %v–%v: %s", d.Pos, d.End, d.Headline())
		}
		if strings.HasPrefix(d.Pos.File, templates.BuiltIn) {
			t.Errorf("a fault of ours: %s", d.Headline())
		}
	}
	if m.list.Err() != nil {
		return false
	}
	wellFormed(t, m)
	return true
}

// right and wrong are what random decks are made of, a piece a line.
const (
	right = `# Title
## Title {#a .plain}
## A {.split tone=inverse}
## B
## Chart {.chart}
### Small {#b1}
text
*em* **strong** ~~del~~
- item\n- two\n  - nested {#b2}
1. one\n2. two
> quote\n>\n> — by
\n---\n
::: left\n\nleft\n\n:::
::: right\n\nright\n\n:::
::: one\n\none\n\n:::
::: callout {#c}\n\nmind\n\n:::
::: voice\n\nsaid {1} {next} now\n\n:::
::stat[label]{value=3}
:badge[new]{#d}
| x | y |\n| - | - |\n| a | 1 |\n| b | 2 |
{.chart type=line}\n| x | y |\n| - | - |\n| a | 1 |\n| b | 2 |
` + "`" + `` + "`" + `` + "`" + `go {1|2-3}\na\nb\nc\n` + "`" + `` + "`" + `` + "`" + `
` + "`" + `code` + "`" + `
![alt](pic.png)
![](film.mp4){muted start=1s}
![](beat.wav "title")
[link](https://example.com/?a=1&b=2)
[span]{#f .g}
{{ product }}
<b id="h">bold</b>
<div id="a">HTML</div>`
	wrong = `::: voice\n\n{#a} {#b1} {bar "x"} {L1} said {9}\n\n:::
::: columns\n
:::
::::
- [ ] task
{#e .class key=value}
{
| x |
| - |
` + "`" + `` + "`" + `` + "`" + `
~~~
{{ accent }}
![](none.png)
[x][far]
[far]: #b1
<b>
</b>
<div>
</div>
<br>
<img src=pic.png>
<svg id=g><path/></svg>
<p>x</p>
<!-- comment -->
<!--
-->
</template>
<style>p{}</style>
<textarea>
<?x
<![CDATA[
<input value="
&lt;&amp;
&
"
'
<
>
|
\
:
::
[
]
(
)
!
*
_
~
@
$
é日本語🎉
{.title}
{#main}
{#stage}
{layout=quote}
<a href="#a" id='q>x'>y</a>
<table>
<ul><li>a</ul>
<math><mi>x</mi></math>
<script>
<div data-x='</div>'>
</div 
<DIV></div>
<plaintext>
</body>
<html><body class="x">`
)

func pieces(list string) []string { return strings.Split(strings.ReplaceAll(list, `\n`, "\x00"), "\n") }

// TestRandomDecks does what the fuzz target does with decks that are put together from pieces of Markdown, which
// says more in a second than random bytes do.
func TestRandomDecks(t *testing.T) {
	n := 1500
	if testing.Short() {
		n = 300
	}
	r := rand.New(rand.NewPCG(5, 6))
	project := mediaProject(t)
	set, _ := templates.Load(project)
	good, bad := pieces(right), pieces(wrong)
	whole := 0
	for i := range n {
		var b strings.Builder
		if i%3 == 0 {
			b.WriteString(front)
		}
		for range 1 + r.IntN(10) {
			w := good[r.IntN(len(good))]
			if r.IntN(4) < i%4 {
				w = bad[r.IntN(len(bad))]
			}
			b.WriteString(strings.ReplaceAll(w, "\x00", "\n") + []string{"\n\n", "\n\n", "\n\n", "\n", " ", ""}[r.IntN(3+i%4)])
		}
		text := b.String()
		project[deck] = &fstest.MapFile{Data: []byte(text)}
		if sound(t, text, composeWith(New(), project, set, Options{Fonts: fonts, Size: []string{"", "portrait"}[i%2]})) {
			whole++
		}
		if t.Failed() {
			t.Fatalf("deck %d:\n%s", i, text)
		}
	}
	t.Logf("%d of %d decks had no errors", whole, n)
	if whole < n/10 {
		t.Error("too few to say much")
	}
}

// wellFormed checks a film's pages as strict readers of HTML see them.
func wellFormed(t *testing.T, m made) {
	t.Helper()
	ids := map[string]string{}
	for _, name := range sortedKeys(m.Files) {
		if filepath.Ext(name) != ".html" {
			continue
		}
		data, err := fs.ReadFile(m.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		d := markup.Parse(data)
		for _, s := range d.Stray {
			t.Errorf("%s: stray </%s> at %d in\n%s", name, s.Name, s.Start, data)
		}
		for i := range d.Tags {
			tag := &d.Tags[i]
			if tag.Close < 0 && !markup.Void(tag.Name) && !tag.SelfClosing {
				t.Errorf("%s: <%s> at %d is not closed in\n%s", name, tag.Name, tag.Start, data)
			}
			id, _ := tag.Attr("id")
			if id == "" {
				continue
			}
			here := fmt.Sprintf("%s, <%s>", name, tag.Name)
			if before, ok := ids[id]; ok {
				t.Errorf("id %q: %s and %s", id, before, here)
			}
			ids[id] = here
		}
	}
}

// TestWellFormed holds the long deck and the goldens to the same.
func TestWellFormed(t *testing.T) {
	project := mediaProject(t)
	project[deck] = &fstest.MapFile{Data: []byte(longDeck(60))}
	wellFormed(t, composed(project, Options{Fonts: fonts}).ok(t))
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, composed(archived(t, a), Options{Fonts: fonts}).ok(t))
	}
}
