package bundler

import (
	"strings"
	"testing"
	"testing/fstest"
)

func hostOf(id, file string) string {
	return `<div data-composition-id="` + id + `" data-composition-src="` + file + `"></div>`
}

// TestUnnest holds what no film shows: what stays as it is, and files that mount each other. That the runtime mounts
// the rest is shown by render's TestNested.
func TestUnnest(t *testing.T) {
	page := func(body string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("<html><body>" + body + "</body></html>")}
	}
	for _, c := range []struct {
		name    string
		files   fstest.MapFS
		changed string // pages
		entry   string // what the entry page holds then
	}{
		{"one level", fstest.MapFS{"index.html": page(hostOf("a", "a.html")), "a.html": page("<p>a</p>")}, "", ""},
		{"no file", fstest.MapFS{"index.html": page(hostOf("a", "a.html")), "a.html": page(hostOf("b", "b.html"))}, "", ""},
		{"two levels", fstest.MapFS{"index.html": page(hostOf("a", "a.html")), "a.html": page(hostOf("b", "./b.html?x")), "b.html": page("<p>b</p>")},
			"a.html index.html", `<template id="b-template"><p>b</p></template></body>`},
		{"in a circle", fstest.MapFS{"index.html": page(hostOf("a", "a.html")), "a.html": page(hostOf("b", "b.html")), "b.html": page(hostOf("a", "a.html"))},
			"a.html index.html", `<template id="b-template"><div data-composition-id="a" ></div></template>`},
		{"two files of one name", fstest.MapFS{"index.html": page(hostOf("a", "a.html") + hostOf("b", "c.html")), "a.html": page(hostOf("b", "b.html")),
			"b.html": page("<p>b</p>"), "c.html": page("<p>c</p>")}, "", ""},
		{"in a folder", fstest.MapFS{"film/index.html": page(hostOf("a", "s/a.html")), "film/s/a.html": page(hostOf("b", "s/b.html")), "film/s/b.html": page("<p>b</p>")},
			"film/index.html film/s/a.html", `<template id="b-template"><p>b</p></template>`},
	} {
		entry := "index.html"
		if c.files[entry] == nil {
			entry = "film/index.html"
		}
		got := Unnest(c.files, entry)
		var changed []string
		for name := range c.files {
			if got[name] != nil {
				changed = append(changed, name)
			}
		}
		if len(changed) != len(got) || len(changed) != len(strings.Fields(c.changed)) || !strings.Contains(string(got[entry]), c.entry) {
			t.Errorf("%s: %q, the entry page is %s", c.name, changed, got[entry])
		}
	}
}
