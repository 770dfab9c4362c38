package bundler

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// project puts files on disk.
func project(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// withPackages is a project that imports packages from node_modules, by hand and from a page.
var withPackages = map[string]string{
	"index.html": `<!doctype html><html><head><meta charset="utf-8"><script src="film.js"></script>
<style>@import "look/look.css"; .a { background: url(media/a.png) }</style></head><body>
<script type="module">import { ease } from "ease"; window.ease = ease;</script></body></html>`,
	"film.js":                          `import { ease } from "ease"; import { near } from "./near.js"; import pic from "look/pic.png"; window.film = [ease, near, pic];`,
	"near.js":                          `import old from "old"; export const near = old;`,
	"media/a.png":                      "a",
	"node_modules/ease/package.json":   `{"name":"ease","version":"1.0.0","module":"esm.js","sideEffects":false}`,
	"node_modules/ease/esm.js":         `export { ease } from "./lib/ease.js"; export const never = 1;`,
	"node_modules/ease/second.js":      `export const ease = () => "second";`,
	"near2.js":                         `module.exports = "mapped"`,
	"node_modules/ease/lib/ease.js":    `/*! ease, MIT */ export const ease = () => process.env.NODE_ENV === "production" ? "out" : "in";`,
	"node_modules/old/index.js":        `module.exports = require("./part");`,
	"node_modules/old/part.js":         `exports.part = 1;`,
	"node_modules/look/look.css":       `@font-face { font-family: Look; src: url(fonts/l.woff2?v=1#x) } .look { background: url(pic.png) }`,
	"node_modules/look/fonts/l.woff2":  "font",
	"node_modules/look/pic.png":        "pic",
	"node_modules/look/package.json":   `{"name":"look","version":"1.0.0"}`,
	"node_modules/old/package.json":    `{"name":"old","version":"1.0.0"}`,
	"node_modules/unused/package.json": `{}`,
}

func TestPackages(t *testing.T) {
	dir := project(t, withPackages)
	b, list := New(Options{Dir: dir}).Build(t.Context(), os.DirFS(dir), "index.html")
	if len(list) > 0 || b == nil {
		t.Fatal(list)
	}
	got := tree(t, b.FS())
	for _, want := range []string{`"out"`, "! ease, MIT *", "url(assets/l-", "?v=1#x)", "url(assets/pic-", "assets/l-795ea3ef.woff2\nfont"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, dir) || strings.Contains(got, "node_modules") {
		t.Errorf("a path is in the bundle:\n%s", got)
	}
	for _, want := range []string{"film.js", "node_modules/ease/lib/ease.js", "node_modules/look/look.css", "node_modules/look/fonts/l.woff2"} {
		if !slices.Contains(b.Inputs, want) {
			t.Errorf("%s is not among the inputs %q", want, b.Inputs)
		}
	}
}

// TestInlinePackages proves that of an inline module the author's code stays in the page, and what it has from packages
// goes into one file, without what it does not use.
func TestInlinePackages(t *testing.T) {
	dir := project(t, map[string]string{
		"index.html": `<!doctype html><html><body><script type="module">
import { ease } from "ease"; import old from "old"; import { near } from "./near.js";
window.__timelines["main"] = [ease(), old.part, near];
</script></body></html>`,
		"near.js":                        `export const near = "near";`,
		"node_modules/ease/package.json": `{"name":"ease","version":"1.0.0","module":"esm.js","sideEffects":false}`,
		"node_modules/ease/esm.js":       `export const ease = () => Math.random(); export const never = "unused";`,
		"node_modules/old/package.json":  `{"name":"old","version":"1.0.0"}`,
		"node_modules/old/index.js":      `exports.part = "images/part.png";`,
		"images/part.png":                "png",
	})
	b, list := New(Options{Dir: dir}).Build(t.Context(), os.DirFS(dir), "index.html")
	if len(list) > 0 || b == nil {
		t.Fatal(list)
	}
	for _, f := range b.Files {
		text := string(contents(t, f))
		switch {
		case f.Path == "index.html":
			if !strings.Contains(text, `window.__timelines.main=`) || strings.Contains(text, "Math.random") || !strings.Contains(text, `from"./assets/packages-`) {
				t.Errorf("the page is %s", text)
			}
		case f.Path == "images/part.png": // named by a package
		case !strings.HasPrefix(f.Path, "assets/packages-") || !strings.Contains(text, "Math.random") || strings.Contains(text, "unused"):
			t.Errorf("%s is %s", f.Path, text)
		}
	}
	if len(b.Files) != 3 {
		t.Errorf("%d files", len(b.Files))
	}
}

// TestPackageChanges proves that a rebuild sees a change in node_modules.
func TestPackageChanges(t *testing.T) {
	dir := project(t, withPackages)
	b := New(Options{Dir: dir})
	first, _ := b.Build(t.Context(), os.DirFS(dir), "index.html")
	again, _ := b.Build(t.Context(), os.DirFS(dir), "index.html")
	if first == nil || again == nil || first.Hash != again.Hash {
		t.Fatal("two builds differ")
	}
	if err := os.WriteFile(filepath.Join(dir, "node_modules/old/part.js"), []byte("exports.part = 'another';"), 0o644); err != nil {
		t.Fatal(err)
	}
	changed, list := b.Build(t.Context(), os.DirFS(dir), "index.html")
	fresh, _ := New(Options{Dir: dir}).Build(t.Context(), os.DirFS(dir), "index.html")
	if changed == nil || changed.Hash == first.Hash || changed.Hash != fresh.Hash {
		t.Errorf("the change was not seen: %v", list)
	}
}

// TestPackageJSONChanges proves that a rebuild sees another main file, while the old one is still there.
func TestPackageJSONChanges(t *testing.T) {
	dir := project(t, withPackages)
	b := New(Options{Dir: dir})
	last := ""
	for i, c := range []struct{ name, data string }{
		{"node_modules/old/other.js", `module.exports = "other"`},
		{"node_modules/old/package.json", `{"name":"old","version":"1.0.0","main":"other.js"}`},
		{"node_modules/ease/package.json", `{"name":"ease","version":"1.0.0","module":"second.js"}`},
		{"package.json", `{"browser":{"old":"./near2.js"}}`},
	} {
		if err := os.WriteFile(filepath.Join(dir, c.name), []byte(c.data), 0o644); err != nil {
			t.Fatal(err)
		}
		changed, list := b.Build(t.Context(), os.DirFS(dir), "index.html")
		fresh, _ := New(Options{Dir: dir}).Build(t.Context(), os.DirFS(dir), "index.html")
		if changed == nil || changed.Hash != fresh.Hash || changed.Hash == last {
			t.Errorf("%s: the change was not seen: %v", c.name, list)
			continue
		}
		last = changed.Hash
		if i == 1 && !slices.Contains(changed.Inputs, c.name) {
			t.Errorf("%s is not among the inputs %q", c.name, changed.Inputs)
		}
		for _, in := range changed.Inputs {
			if _, err := os.Stat(filepath.Join(dir, in)); err != nil {
				t.Errorf("input: %v", err)
			}
		}
	}
}

// TestSameBytes builds one project in two folders, with other times, another number of processors and another zone.
func TestSameBytes(t *testing.T) {
	type result struct{ tree, zip, hash string }
	var results []result
	for i, zone := range []string{"UTC", "Asia/Kathmandu"} {
		t.Setenv("TZ", zone)
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1 + 3*i))
		dir := project(t, withPackages)
		for name := range withPackages {
			when := time.Date(2001+i, 1, 2, 3, 4, 5, 6, time.UTC)
			if err := os.Chtimes(filepath.Join(dir, name), when, when); err != nil {
				t.Fatal(err)
			}
		}
		b, list := New(Options{Dir: dir}).Build(t.Context(), os.DirFS(dir), "index.html")
		if b == nil {
			t.Fatal(list)
		}
		var zip bytes.Buffer
		if err := b.WriteZip(&zip); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "build")
		if err := b.WriteDir(out); err != nil {
			t.Fatal(err)
		}
		results = append(results, result{tree(t, os.DirFS(out)), fmt.Sprintf("%x", sha256.Sum256(zip.Bytes())), b.Hash})
	}
	if d := cmp.Diff(results[0], results[1], cmp.AllowUnexported(result{})); d != "" {
		t.Error(d)
	}
}

// TestRebuildEqualsBuild edits a project at random and compares what an old Bundler makes of it with what a new one does.
func TestRebuildEqualsBuild(t *testing.T) {
	variants := map[string][]string{
		"index.html": {
			`<!doctype html><html><head><script src="film.js"></script><link rel="stylesheet" href="main.css"></head><body><div data-composition-src="s/a.html"></div><div data-composition-src="s/b.html"></div><p>  x  </p></body></html>`,
			`<!doctype html><html><head><script type="module" src="film.js"></script></head><body><div data-composition-src="s/a.html"></div><img src="a.png"></body></html>`,
			`<!doctype html><html><body><div data-composition-src="s/b.html"></div><script>load("data.json"); play("frames/")</script><script>one()</script></body></html>`,
		},
		"s/a.html": {
			`<template><style>.x { background: url(a.png) }</style><p>  a   b </p><script>two( 2 )</script></template>`,
			`<template><style>.x { white-space: pre }</style><p>  a   b </p><script>two( 2 )</script></template>`,
			`<template><style>@import "main.css";</style><img src="../b.svg"><script>el.textContent.length</script></template>`,
			`<template><script>let = ;</script></template>`,
		},
		"s/b.html":     {`<template><p class="x">  c   d </p><style>.x { background: url(a.png) }</style></template>`, `<template><img src="missing.png"></template>`, ""},
		"s/a.png":      {"beside", ""},
		"a.png":        {"a", "other a", ""},
		"b.svg":        {`<svg><path d="M 0 0"/></svg>`, `<svg><text> x </text></svg>`},
		"main.css":     {`@import "./base.css"; .m { color: #ffffff }`, `.m { background: url(a.png) }`, `.m { color: `},
		"base.css":     {`.b { white-space: pre-wrap }`, `.b { background: image-set("a.png" 1x); color }`, ``, `.b { }`},
		"film.js":      {`import "./part"; window.f = 1`, `window.f = "data.json"`, `export default 1; import pic from "./a.png"; window.p = pic`},
		"part.js":      {`window.part = 1`, `import "./part2.js"`},
		"part.ts":      {`window.part = 2 as number`, ""},
		"part2.js":     {`window.part2 = 1`, `window.part2 = "frames/f.png"`, `window.part2 = new URL("./a.png", import.meta.url)`},
		"data.json":    {`{"a":"x.bin"}`, `{}`},
		"x.bin":        {"x", "y"},
		"frames/f.png": {"f", "g"},
	}
	names := make([]string, 0, len(variants))
	for name := range variants {
		names = append(names, name)
	}
	slices.Sort(names)
	random := rand.New(rand.NewPCG(1, 2))
	fsys := fstest.MapFS{}
	set := func(step int, name string, variant string) {
		if variant == "" {
			delete(fsys, name)
			return
		}
		f := &fstest.MapFile{Data: []byte(variant), Mode: 0o644}
		if random.IntN(2) == 0 { // half of the files have times that can be trusted
			f.ModTime = time.Unix(int64(1_000_000+step), 0)
		}
		fsys[name] = f
	}
	for _, name := range names {
		set(0, name, variants[name][0])
	}
	old := New(Options{})
	built := 0
	for step := range 150 {
		for range random.IntN(3) {
			name := names[random.IntN(len(names))]
			set(step, name, variants[name][random.IntN(len(variants[name]))])
		}
		got, gotList := old.Build(t.Context(), fsys, "index.html")
		want, wantList := New(Options{}).Build(t.Context(), fsys, "index.html")
		if d := cmp.Diff(wantList, gotList); d != "" {
			t.Fatalf("step %d: diagnostics differ: %s", step, d)
		}
		if (got == nil) != (want == nil) {
			t.Fatalf("step %d: only one bundle", step)
		}
		if got == nil {
			continue
		}
		built++
		if d := cmp.Diff(tree(t, want.FS()), tree(t, got.FS())); d != "" {
			t.Fatalf("step %d: %s", step, d)
		}
		if d := cmp.Diff(want.Inputs, got.Inputs); d != "" {
			t.Fatalf("step %d: inputs: %s", step, d)
		}
	}
	if built < 20 {
		t.Errorf("only %d of the steps had no fault", built)
	}
}

func TestForgets(t *testing.T) {
	b := New(Options{})
	for i := range 50 {
		page := fmt.Sprintf(`<!doctype html><html><body><style>.a%d{}</style><script>a(%d)</script><script src="f.js"></script></body></html>`, i, i)
		if got, list := b.Build(t.Context(), fstest.MapFS{"index.html": {Data: []byte(page)}, "f.js": {Data: fmt.Appendf(nil, "import './g%d.js'", i)}, fmt.Sprintf("g%d.js", i): {Data: []byte("g()")}}, "index.html"); got == nil {
			t.Fatal(list)
		}
	}
	for name, n := range map[string]int{"texts": len(b.texts.m), "pages": len(b.pages.m), "drawn": len(b.drawn.m), "units": len(b.units.m), "inline": len(b.inline.m)} {
		if n > 4*keepBuilds {
			t.Errorf("%d %s are remembered", n, name)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b, _ := New(Options{}).Build(ctx, fstest.MapFS{"index.html": {Data: []byte("<p>")}}, "index.html"); b != nil {
		t.Error("a bundle after the end")
	}
}

func TestNoEntry(t *testing.T) {
	b, list := New(Options{}).Build(t.Context(), fstest.MapFS{"indx.html": {}}, "index.html")
	if b != nil || len(list) != 1 || list[0].Code != "bundler/missing-entry" || list[0].Hint != `did you mean "indx.html"?` {
		t.Errorf("%v", list)
	}
}

// TestManyMissing: only the first of many missing files are compared with every file there is.
func TestManyMissing(t *testing.T) {
	const n = 300
	fsys := fstest.MapFS{}
	var page strings.Builder
	for i := range n {
		fsys[fmt.Sprintf("media/picture-of-a-frame-%04d.png", i)] = &fstest.MapFile{}
		fmt.Fprintf(&page, "<img src=\"media/picture-of-a-frame_%04d.png\">\n", i)
	}
	fsys["index.html"] = &fstest.MapFile{Data: []byte(page.String())}
	_, list := New(Options{}).Build(t.Context(), fsys, "index.html")
	if len(list) != n || list[n-1].Hint != "" || list[7].Hint != `did you mean "media/picture-of-a-frame-0007.png"?` {
		t.Errorf("%d diagnostics, %v", len(list), list[:min(8, len(list))])
	}
}

func TestFS(t *testing.T) {
	c, _ := readCase(t, "testdata/basic.txtar")
	b, list := New(c.o).Build(t.Context(), c.in, c.entry)
	if b == nil {
		t.Fatal(list)
	}
	var names []string
	for _, f := range b.Files {
		names = append(names, f.Path)
	}
	if err := fstest.TestFS(b.FS(), names...); err != nil {
		t.Error(err)
	}
	if f, ok := b.File("index.html"); !ok || f.Size == 0 || b.Size() <= f.Size {
		t.Error("File or Size")
	}
	if _, err := fs.ReadFile(b.FS(), "media/unused.png"); err == nil {
		t.Error("a file that is not in the bundle")
	}
}

// TestMediaIsNotHeld proves that media is read when it is asked for, and that a change in between is noticed.
func TestMediaIsNotHeld(t *testing.T) {
	fsys := fstest.MapFS{"index.html": {Data: []byte(`<!doctype html><html><body><img src="a.png"></body></html>`)}, "a.png": {Data: []byte("a")}}
	b, list := New(Options{}).Build(t.Context(), fsys, "index.html")
	if b == nil {
		t.Fatal(list)
	}
	fsys["a.png"].Data = []byte("b")
	err := b.WriteZip(new(bytes.Buffer))
	if err == nil || !strings.Contains(err.Error(), "a.png changed after it was bundled") {
		t.Errorf("error %v", err)
	}
	dir := filepath.Join(t.TempDir(), "build")
	if err := b.WriteDir(dir); err == nil || exists(dir) {
		t.Errorf("error %v", err)
	}
}

// TestNotUTF8: a byte that is no text is named at its place. esbuild would never come back from the one in the url().
func TestNotUTF8(t *testing.T) {
	page := "<!doctype html><html><head><link rel=stylesheet href=a.css><script src=a.js></script></head><body>\n" +
		"<script src=b.js></script><style>@import 'c.css';</style></body></html>"
	_, list := New(Options{}).Build(t.Context(), fstest.MapFS{"index.html": {Data: []byte(page)}, "a.js": {Data: []byte("f('\xb5')")},
		"b.js": {Data: []byte("import './c.js'")}, "c.js": {Data: []byte("\n  f()\xff")}, "a.css": {Data: []byte("p{color:red}\n\xe9{}")},
		"c.css": {Data: []byte("@import 'a.css';")}}, "index.html")
	var got strings.Builder
	_ = list.Print(&got, false)
	want := `a.css:2:1: error bundler/encoding: byte 0xe9 is not UTF-8
    2 | ·{}
      | ^
      = hint: save the file as UTF-8
a.js:1:4: error bundler/encoding: byte 0xb5 is not UTF-8
    1 | f('·')
      |    ^
      = hint: save the file as UTF-8
c.js:2:6: error bundler/encoding: byte 0xff is not UTF-8
    2 |   f()·
      |      ^
      = hint: save the file as UTF-8
`
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Error(d)
	}
	bad := "<style>\xa0 url(\"media\x9b\x89A\xb6.png\x04\x88\")</style>"
	_, list = New(Options{}).Build(t.Context(), fstest.MapFS{"index.html": {Data: []byte(bad)}}, "index.html")
	if len(list) != 1 || list[0].Code != "bundler/encoding" || list[0].Pos.Col != 8 {
		t.Errorf("%v", list)
	}
}

func FuzzBuild(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range names {
		c, _ := readCase(f, name)
		f.Add(string(c.in[c.entry].Data), "p{color:red}", "f()")
	}
	f.Add("<svg><b></svg>\ufdd0<p a='\ufdd1' b=>", "@import;[a=b]'", "`${")
	f.Add("<ht\xb8ml><m\xfet a\xfe=\"1>\n<!body>><ht\xc8\xc8ml>", "p\xf6{", "\xcf")
	f.Fuzz(func(t *testing.T, page, css, js string) {
		fsys := fstest.MapFS{"index.html": {Data: []byte(page)}, "css/main.css": {Data: []byte(css)}, "js/film.js": {Data: []byte(js)}, "media/logo.png": {}}
		b, list := New(Options{}).Build(t.Context(), fsys, "index.html")
		if (b == nil) != (list.Err() != nil) {
			t.Fatalf("bundle %v, list %v", b != nil, list)
		}
		for _, d := range list {
			file, ok := fsys[d.Pos.File]
			if !ok || d.Pos.Line > bytes.Count(file.Data, []byte("\n"))+1 {
				t.Fatalf("place outside the project: %+v", d)
			}
		}
		if b != nil && strings.Contains(tree(t, b.FS()), holdOpen) && !strings.Contains(page+css+js, holdOpen) {
			t.Fatal("a placeholder is left")
		}
	})
}
