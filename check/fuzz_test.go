package check

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
)

// FuzzFolder feeds a check a page, a mounted file, a script and a style sheet. It must come to an end, point into the
// files, and say the same twice.
func FuzzFolder(f *testing.F) {
	for _, pattern := range []string{"*.txtar", "ok/*.txtar"} {
		for _, file := range goldens(f, pattern) {
			_, fsys, _, _ := read(f, file)
			data := func(name string) []byte {
				if x := fsys[name]; x != nil {
					return x.Data
				}
				return nil
			}
			f.Add(data("index.html"), data("compositions/s1.html"), data("film.js"), data("css/main.css"))
		}
	}
	f.Add([]byte("<template"), []byte("<t"), []byte(nil), []byte(nil))
	f.Fuzz(func(t *testing.T, index, scene, code, css []byte) {
		fsys := fstest.MapFS{
			"index.html": {Data: index}, "compositions/s1.html": {Data: scene}, "film.js": {Data: code}, "css/main.css": {Data: css},
		}
		list := Folder(fsys, "", Options{})
		for _, d := range list {
			file := fsys[d.Pos.File]
			if d.Code == "" || d.Msg == "" {
				t.Fatalf("empty diagnostic %+v", d)
			}
			if file == nil {
				continue
			}
			lines := bytes.Count(file.Data, []byte("\n")) + 1
			if d.Pos.Line > lines || d.End.Line > lines || d.Pos.Line > 0 && (d.Pos.Col < 1 || d.End.Before(d.Pos)) {
				t.Fatalf("%+v is outside of its file of %d lines", d, lines)
			}
		}
		if first, again := printed(t, list), printed(t, Folder(fsys, "", Options{})); first != again {
			t.Fatalf("two runs differ:\n%s\n%s", first, again)
		}
	})
}

func FuzzLex(f *testing.F) {
	for _, s := range []string{"a = `b${c}`", `/[/]/g`, `"\`, "`${", "/*", "x /= 2 / 3", "}}}", "'\n'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		toks := lex([]byte(s), 0, len(s))
		at := 0
		for i, k := range toks.list {
			if k.start < at || k.end <= k.start || k.end > len(s) {
				t.Fatalf("token %d is %d–%d after %d in %d bytes", i, k.start, k.end, at, len(s))
			}
			at = k.end
			toks.str(i)
			toks.matching(i)
		}
		toks.tweens()
		toks.conditional(len(toks.list))
		if strings.Contains(s, "__timelines") {
			r := &registrations{ids: map[string][]mark{}, pages: map[*page]bool{}, made: map[*page]bool{}}
			r.scan(&script{toks: toks}, nil)
		}
	})
}
