package stage

import (
	"strings"
	"testing"
)

// The runtime is the first script of the page; a runtime of the page's own is taken out; nothing else changes.
func TestWithHead(t *testing.T) {
	const tag = TextRule + `<script src="/runtime.js"></script>`
	for in, want := range map[string]string{
		"<!doctype html><html><head><script>1</script></head></html>": "<!doctype html><html><head>" + tag + "<script>1</script></head></html>",
		"<!DOCTYPE html>\n<html lang='en'><body>x":                    "<!DOCTYPE html>\n<html lang='en'>" + tag + "<body>x",
		"<!doctype html><p>x":                                         "<!doctype html>" + tag + "<p>x",
		"":                                                            tag,
		`<head data-x=">"><script data-hyperframes-preview-runtime="1" src="/r.js"></script><b></b></head>`:         `<head data-x=">">` + tag + `<b></b></head>`,
		`<head></head><script src="vendor/hyperframe.runtime.iife.js"></script><script src="a.js"></script><i></i>`: `<head>` + tag + `</head><script src="a.js"></script><i></i>`,
	} {
		if got := string(WithHead([]byte(in), Script("/runtime.js"))); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// Whatever a page is, the runtime gets in and nothing of the rest is lost.
func FuzzWithHead(f *testing.F) {
	f.Add("<!doctype html><html><head></head><body></body></html>")
	f.Add("<head><script>document.write('<head>')</script>")
	f.Fuzz(func(t *testing.T, page string) {
		out := string(WithHead([]byte(page), Script("/runtime.js")))
		if !strings.Contains(out, "/runtime.js") {
			t.Error("no runtime")
		}
		if !strings.Contains(page, "untime") && strings.Replace(out, TextRule+`<script src="/runtime.js"></script>`, "", 1) != page {
			t.Errorf("%q became %q", page, out)
		}
	})
}
