package render

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/ffmpeg"
)

// deck builds the deck in dir, with the file video.md in it replaced.
func deck(t *testing.T, dir, text string) (fs.FS, string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "video.md"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := hframes.Open(dir, hframes.Options{Offline: true, CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	film, err := p.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return film.Bundle.FS(), film.Bundle.Entry
}

// cutAt cuts a film at a rate of whole frames a second.
func cutAt(t *testing.T, files fs.FS, entry string, fps int, settings []Input) []Segment {
	t.Helper()
	rate := ffmpeg.Rate{Num: fps, Den: 1}
	frames, err := declaredFrames(files, entry, rate)
	if err != nil {
		t.Fatal(err)
	}
	list, err := cut(files, entry, rate, frames, settings)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, s := range list {
		if s.First != at || s.End <= s.First {
			t.Fatalf("segment %d–%d follows frame %d", s.First, s.End, at)
		}
		at = s.End
	}
	if at != frames {
		t.Fatalf("the segments end at %d of %d", at, frames)
	}
	return list
}

// changed lists what the segments show that are in after and not in before: "a+b" where two are seen at once.
func changed(before, after []Segment) []string {
	known := map[string]bool{}
	for _, s := range before {
		known[s.Key] = true
	}
	out := []string{}
	for _, s := range after {
		if shows := strings.Join(s.Shows, "+"); !known[s.Key] && !slices.Contains(out, shows) {
			out = append(out, shows)
		}
	}
	return out
}

// everything lists what the segments show.
func everything(list []Segment) []string { return changed(nil, list) }

// longDeck is a deck of twenty scenes in all the layouts that need no files; a picture stands in the seventh.
func longDeck() string {
	var b strings.Builder
	b.WriteString("---\ntitle: Twenty\nvariables:\n  who: Ada\n---\n")
	for i := 1; i <= 20; i++ {
		id := fmt.Sprintf("s%02d", i)
		b.WriteString("\n")
		if i > 1 {
			b.WriteString("---\n\n")
		}
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, "## Chart %d {#%s .chart duration=3s}\n\n| Year | Jobs |\n|---|---:|\n| A | %d |\n| B | 12 |\n", i, id, i)
		case 1:
			fmt.Fprintf(&b, "## Title %d {#%s .title duration=4.1s}\n\nFor {{ who }}\n", i, id)
		case 2:
			fmt.Fprintf(&b, "## List %d {#%s .bullets duration=5s}\n\n- One\n- Two\n", i, id)
			if i == 7 {
				b.WriteString("- Three ![dot](media/dot.svg)\n")
			}
		case 3:
			fmt.Fprintf(&b, "## Code %d {#%s .code duration=3.7s}\n\n```go\nfunc f%d() {}\n```\n", i, id, i)
		case 4:
			fmt.Fprintf(&b, "## Words %d {#%s .statement duration=2.5s}\n\nStatement\n", i, id)
		}
	}
	return b.String()
}

func TestKeysOfDeck(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "media"), 0o755); err != nil {
		t.Fatal(err)
	}
	dot := filepath.Join(dir, "media", "dot.svg")
	picture := func(r int) {
		svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="%d"/></svg>`, r)
		if err := os.WriteFile(dot, []byte(svg), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	picture(9)
	tone, err := os.ReadFile("../examples/launch/media/pulse.m4a")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "media", "pulse.m4a"), tone, 0o644); err != nil {
		t.Fatal(err)
	}
	first := longDeck()
	files, entry := deck(t, dir, first)
	settings := []Input{{"size", "1920x1080"}}
	before := cutAt(t, files, entry, 30, settings)
	if again := cutAt(t, files, entry, 30, settings); cmp.Diff(before, again) != "" {
		t.Error("cut twice, the same film is not the same")
	}
	all := everything(before)
	if len(all) != 39 {
		t.Fatalf("what is seen: %v", all)
	}
	swap := func(text string) string { // the tenth and the eleventh scene
		parts := strings.Split(text, "\n---\n\n")
		parts[10], parts[11] = parts[11], parts[10]
		return strings.Join(parts, "\n---\n\n")
	}
	for name, c := range map[string]struct {
		old, new string
		edit     func(string) string
		picture  int
		want     []string
	}{
		"nothing":       {want: []string{}},
		"a text":        {old: "Title 11", new: "Title eleven", want: []string{"s10+s11", "s11", "s11+s12"}},
		"a longer one":  {old: "#s03 .code duration=3.7s", new: "#s03 .code duration=5.3s", want: []string{"s02+s03", "s03", "s03+s04"}},
		"odd lengths":   {old: "duration=4.1s", new: "duration=4.133s", want: []string{"s01", "s01+s02", "s05+s06", "s06", "s06+s07", "s10+s11", "s11", "s11+s12", "s15+s16", "s16", "s16+s17"}},
		"two moved":     {edit: swap, want: []string{"s09+s11", "s11+s10", "s10+s12"}},
		"colour":        {old: "title: Twenty", new: "title: Twenty\ncolors:\n  accent: \"#ff0000\"", want: all},
		"variable":      {old: "who: Ada", new: "who: Bob", want: all},
		"title of film": {old: "title: Twenty", new: "title: Scores", want: []string{}},
		"music":         {old: "title: Twenty", new: "title: Twenty\nmusic: media/pulse.m4a", want: []string{}},
		"picture":       {picture: 15, want: []string{"s06+s07", "s07", "s07+s08"}},
		"one less":      {old: "\n---\n\n## Words 9 {#s09 .statement duration=2.5s}\n\nStatement\n", want: []string{"s08+s10"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := first
			if c.old != "" {
				if text = strings.Replace(first, c.old, c.new, -1); text == first {
					t.Fatalf("there is no %q", c.old)
				}
			}
			if c.edit != nil {
				text = c.edit(text)
			}
			if c.picture != 0 {
				picture(c.picture)
				defer picture(9)
			}
			files, entry := deck(t, dir, text)
			after := cutAt(t, files, entry, 30, settings)
			want := c.want
			if len(want) == len(all) {
				want = everything(after)
			}
			if d := cmp.Diff(want, changed(before, after)); d != "" {
				t.Error(d)
			}
		})
	}
	for name, after := range map[string][]Segment{
		"size":    cutAt(t, files, entry, 30, []Input{{"size", "1280x720"}}),
		"fps":     cutAt(t, files, entry, 60, settings),
		"quality": cutAt(t, files, entry, 30, append(settings, Input{"quality", "draft"})),
	} {
		if d := cmp.Diff(all, changed(before, after)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
