package hframes_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hframes/hframes"
)

// project writes files to a new folder and opens it. A name that ends in "/" makes a folder.
func project(t *testing.T, files map[string]string) *hframes.Project {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		put(t, dir, name, text)
	}
	p, err := hframes.Open(dir, hframes.Options{Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	full := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// watches fails unless the project watches all of the names, and none of those behind "!".
func watches(t *testing.T, p *hframes.Project, when string, names ...string) {
	t.Helper()
	got := p.Watched()
	if !slices.IsSorted(got) {
		t.Errorf("%s: not sorted: %q", when, got)
	}
	for _, name := range names {
		name, not := strings.CutPrefix(name, "!")
		if slices.Contains(got, name) == not {
			t.Errorf("%s: %q is watched: %t, in %q", when, name, !not, got)
		}
	}
}

const layoutYAML = "description: Mine\n"

// TestWatched proves that no input drops out of the set while the film depends on it, however often nothing changed.
func TestWatched(t *testing.T) {
	p := project(t, map[string]string{
		"video.md":                           "---\ntheme: tangent\n---\n# One\n\n---\n\n## Two {.mine}\n\n![a](assets/a.svg)\n",
		"assets/a.svg":                       `<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>`,
		"templates/layouts/mine/layout.yaml": layoutYAML,
		"templates/layouts/mine/layout.html": `<main>{{.Title}}{{range .Blocks}}{{.HTML}}{{end}}</main>`,
		"templates/layouts/mine/style.css":   `.l-mine{background:url(back.svg)}`,
		"templates/layouts/mine/back.svg":    `<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>`,
		"unrelated/notes.txt":                "no",
	})
	if p.Watched() != nil {
		t.Errorf("before a build: %q", p.Watched())
	}
	var first []string
	for i := range 7 {
		if i == 3 {
			put(t, p.Dir, "video.md", "---\ntheme: tangent\n---\n# One more\n\n---\n\n## Two {.mine}\n\n![a](assets/a.svg)\n")
			first = nil // the scene has another id
		}
		if _, err := p.Build(t.Context()); err != nil {
			t.Fatal(err)
		}
		watches(t, p, fmt.Sprintf("build %d", i), "video.md", "assets/a.svg",
			"templates/layouts/mine/layout.yaml", "templates/layouts/mine/layout.html", "templates/layouts/mine/style.css",
			"templates/layouts/mine/back.svg", "templates/layouts/mine/motion.ts", "templates/layouts/", "templates/themes/",
			"templates/blocks/", "hyperframes.json", "!unrelated/notes.txt", "!unrelated/", "!./", "!assets/", "!film.js")
		if first == nil {
			first = p.Watched()
		} else if !slices.Equal(first, p.Watched()) {
			t.Errorf("build %d watches\n%q, before\n%q", i, p.Watched(), first)
		}
	}
}

// TestWatchedFailing starts with a film that cannot be built, mends it, and breaks it again.
func TestWatchedFailing(t *testing.T) {
	p := project(t, map[string]string{"video.md": "# One\n\n![a](pictures/a.svg)\n"})
	for range 3 {
		if _, err := p.Build(t.Context()); err == nil {
			t.Fatal("built without its picture")
		}
		watches(t, p, "first", "video.md", "pictures/a.svg", "templates/themes/", "!./", "!pictures/")
	}
	put(t, p.Dir, "pictures/a.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>`)
	if _, err := p.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, p.Dir, "video.md", "# One\n\n![b](b.svg)\n")
	for range 3 {
		if _, err := p.Build(t.Context()); err == nil {
			t.Fatal("built without b.svg")
		}
		watches(t, p, "broken again", "b.svg", "pictures/a.svg")
	}
	if err := os.Remove(filepath.Join(p.Dir, "video.md")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Build(t.Context()); err == nil {
		t.Fatal("built without a deck")
	}
	watches(t, p, "no deck", "video.md", "pictures/a.svg", "!b.svg")
	for i := range 50 { // each names another picture that is not there
		put(t, p.Dir, "video.md", fmt.Sprintf("# One\n\n![b](b%d.svg)\n", i))
		if _, err := p.Build(t.Context()); err == nil {
			t.Fatal("built without its picture")
		}
	}
	watches(t, p, "after many", "b49.svg", "!b48.svg")
}

// TestWatchedTemplates proves that a theme of the project's own is found when it appears, and read again when it changes.
func TestWatchedTemplates(t *testing.T) {
	p := project(t, map[string]string{"video.md": "---\ntheme: own\n---\n# One\n", "shared/theme.css": ":root{}\n", "templates/readme.txt": ""})
	build := func() error { _, err := p.Build(t.Context()); return err }
	for range 3 {
		if build() == nil {
			t.Fatal("built without its theme")
		}
		watches(t, p, "no theme", "templates/themes/")
	}
	theme, err := os.ReadFile("compose/testdata/project/templates/themes/plain/theme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	put(t, p.Dir, "templates/themes/own/theme.yaml", string(theme))
	if build() == nil {
		t.Fatal("built without its style sheet")
	}
	watches(t, p, "no style sheet", "templates/themes/own/theme.css")
	if err := os.Symlink("../../../shared/theme.css", filepath.Join(p.Dir, "templates/themes/own/theme.css")); err != nil {
		t.Fatal(err)
	}
	first, err := p.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	put(t, p.Dir, "shared/theme.css", ":root{--own-thing:1px}\n")
	second, err := p.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first.Bundle.Hash == second.Bundle.Hash {
		t.Error("what a link in templates/ leads to is not read again")
	}
}

// TestWatchedPage looks at what a HyperFrames folder depends on beside the files that it names in its markup.
func TestWatchedPage(t *testing.T) {
	page := func(script string) string {
		return `<!doctype html><html><body><div data-composition-id="main" data-width="1920" data-height="1080" data-duration="2"></div>` +
			`<script type="module" src="main.js"></script><script>` + script + `</script></body></html>`
	}
	p := project(t, map[string]string{
		"index.html":      page("const a = 'points.json', b = n => `frames/f_${n}.png`"),
		"main.js":         `import { a } from "pkg"; window.a = a;`,
		"frames/f_1.png":  "one",
		"other/notes.txt": "",
	})
	if _, err := p.Build(t.Context()); err == nil {
		t.Fatal("built without the package")
	}
	watches(t, p, "no package", "index.html", "main.js", "node_modules/pkg/package.json", "node_modules/pkg/")
	put(t, p.Dir, "node_modules/pkg/package.json", `{"name":"pkg","main":"lib/a.js"}`)
	put(t, p.Dir, "node_modules/pkg/lib/a.js", `export const a = 1`)
	for i := range 5 {
		if _, err := p.Build(t.Context()); err != nil {
			t.Fatal(err)
		}
		watches(t, p, fmt.Sprintf("build %d", i), "node_modules/pkg/package.json", "node_modules/pkg/lib/a.js", "package.json",
			"points.json", "frames/", "frames/f_1.png", "index.motion.json", "!./", "!other/", "!other/notes.txt")
	}
	put(t, p.Dir, "main.js", `import { a } from "pkg`)
	if _, err := p.Build(t.Context()); err == nil {
		t.Fatal("built a broken script")
	}
	watches(t, p, "broken script", "node_modules/pkg/lib/a.js", "points.json", "frames/")
}
