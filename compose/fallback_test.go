package compose

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hframes/hframes/internal/npm"
)

// latinTheme has Latin letters only.
const latinTheme = `description: Latin only.
colors: {background: "#fff", text: "#000", accent: "#00c"}
fonts:
  display: {family: West, package: "@test/west", version: 1.0.0, files: [{file: west.woff2, range: "U+0020-024F, U+2010-2027, U+20AC"}]}
  body: {family: West, package: "@test/west", version: 1.0.0, files: [{file: west.woff2, range: "U+0020-024F, U+2010-2027, U+20AC"}]}
  mono: {family: West, package: "@test/west", version: 1.0.0, files: [{file: west.woff2, range: "U+0020-024F, U+2010-2027, U+20AC"}]}
transitions: {cut: {description: At once.}}
transition: cut
`

// latin is a project with that theme.
func latin(text string) fstest.MapFS {
	return fstest.MapFS{
		"video.md":                         {Data: []byte(text)},
		"templates/themes/west/theme.css":  {},
		"templates/themes/west/theme.yaml": {Data: []byte(latinTheme)},
	}
}

// TestFallback: what the theme's fonts lack comes from the first font that has it, in the language of the film, and
// only files that hold a character of the film are taken.
func TestFallback(t *testing.T) {
	for name, c := range map[string]struct {
		front, text string
		families    string   // behind the theme's own
		files       []string // font files beside the theme's own
	}{
		"latin":    {"", "It cost 3 € — naïve", "", nil},
		"cyrillic": {"", "Привет", `"hf-sans",`, []string{"noto-sans-rest-wght-normal.woff2"}},
		"arrow":    {"", "a → b", `"hf-sans-math",`, []string{"noto-sans-math-latin-400-normal.woff2"}},
		"emoji":    {"", "Out 🚀", `"hf-emoji",`, []string{"twemoji.woff2"}},
		"kana":     {"", "リリース", `"hf-sans-jp",`, []string{"noto-sans-jp-0-wght-normal.woff2"}},
		"han":      {"", "发布", `"hf-sans-sc",`, []string{"noto-sans-sc-rest-wght-normal.woff2"}},
		"han, ja":  {"lang: ja\n", "発売", `"hf-sans-jp",`, []string{"noto-sans-jp-rest-wght-normal.woff2"}},
		"han, tw":  {"lang: zh-TW\n", "發布", `"hf-sans-tc",`, []string{"noto-sans-tc-rest-wght-normal.woff2"}},
		"hangul":   {"", "한국 漢字", `"hf-sans-kr",`, []string{"noto-sans-kr-rest-wght-normal.woff2"}},
		"tree":     {"", "└── main", `"Go Mono",`, []string{"go-mono.ttf"}},
		"several":  {"", "Ж → 本", `"hf-sans","hf-sans-math","hf-sans-sc",`, []string{"noto-sans-math-latin-400-normal.woff2", "noto-sans-rest-wght-normal.woff2", "noto-sans-sc-rest-wght-normal.woff2"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := composed(latin("---\ntheme: west\n"+c.front+"---\n\n# A\n\n"+c.text+"\n\n<!-- never drawn: タ -->\n"), Options{Fonts: fonts}).ok(t)
			if len(m.list) > 0 {
				t.Error(printed(m.list))
			}
			want := `--font-body:"West",` + c.families + "sans-serif;"
			if page := m.text(t, "index.html"); !strings.Contains(page, want) {
				t.Errorf("no %s", want)
			}
			var files []string
			for _, f := range sortedKeys(m.Files) {
				if rest, ok := strings.CutPrefix(f, "assets/fonts/"); ok && rest != "west.woff2" {
					files = append(files, rest)
				}
			}
			if !slices.Equal(files, c.files) {
				t.Errorf("files %q, want %q", files, c.files)
			}
		})
	}
}

// TestFallbackMissing: a character that no font has, and a font that is not to be had, are warnings at the character.
func TestFallbackMissing(t *testing.T) {
	offline := func(p npm.Package) (fs.FS, error) {
		if strings.Contains(p.Name, "noto") {
			return nil, errors.New("working offline")
		}
		return fonts(p)
	}
	m := composed(latin("---\ntheme: west\n---\n\n# A\n\nabc 𓀀 Ж → Я\n"), Options{Fonts: offline}).ok(t)
	want := `video.md:7:5: warning compose/no-glyph: no font has "𓀀" (U+13000)
    7 | abc 𓀀 Ж → Я
      |     ^
      = hint: give the theme a font that has it
video.md:7:10: warning compose/font-missing: the font for "Ж" (U+0416), "Я" (U+042F) is not to be had: working offline
    7 | abc 𓀀 Ж → Я
      |       ^
      = hint: build once while online: the font is then kept
video.md:7:13: warning compose/font-missing: the font for "→" (U+2192) is not to be had: working offline
    7 | abc 𓀀 Ж → Я
      |         ^
      = hint: build once while online: the font is then kept
`
	if got := printed(m.list); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestFallbackPins: every font that is fetched is pinned, and no two draw under one name.
func TestFallbackPins(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range fallbackFonts {
		if seen[f.family] || len(unicodeRange(f.runes)) == 0 {
			t.Errorf("%s: twice, or for nothing", f.family)
		}
		seen[f.family] = true
		if name := f.pkg.Name; name != "" && (f.pkg.Version == "" || len(f.pkg.Integrity) != len("sha512-")+88) {
			t.Errorf("%s is not pinned", name)
		}
	}
}

// TestForgedFont: a package with other contents than the pinned ones stops the film; one that is not there does not.
func TestForgedFont(t *testing.T) {
	forged := func(p npm.Package) (fs.FS, error) { return nil, &npm.Mismatch{Package: p, Got: "sha512-x"} }
	m := composed(latin("# A\n"), Options{Fonts: forged})
	if err := m.list.Err(); err == nil || !strings.Contains(printed(m.list), "served another file") {
		t.Errorf("%v", printed(m.list))
	}
	missing := func(p npm.Package) (fs.FS, error) { return nil, &npm.Missing{Package: p, Cause: errors.New("offline")} }
	if m := composed(latin("# A\n"), Options{Fonts: missing}).ok(t); !strings.Contains(printed(m.list), "is drawn in Go Mono") {
		t.Errorf("%v", printed(m.list))
	}
}
