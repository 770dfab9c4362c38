package bundler

import (
	"path"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Styles go through esbuild: white space and comments out, @import joined in, url(…) pointed at assets. Nothing is
// lowered, as Chromium is the only browser; nesting stays as the author wrote it (the runtime scopes nested rules by
// their parent, contract §3).

// style compiles the contents of a <style>.
func (r *run) style(f *ref, w where) *unit {
	key := unitKey{kind: refStyle, base: r.base, sum: f.sum}
	if !strings.Contains(f.value, "url(") && !strings.Contains(f.value, "image-set(") && !strings.Contains(f.value, "@import") {
		return r.unit(key, func(*trace) *unit { return r.plainCSS(f.value) })
	}
	key.dir = w.dir
	return r.unit(key, func(t *trace) *unit {
		s := &session{trace: t, contents: f.value, place: w, css: true}
		return r.cssUnit(s.build(r.cssOptions(), "inline.css", inlineSpace))
	})
}

// sheet compiles a stylesheet of the project into a file of its own.
func (r *run) sheet(t *trace, name string) *unit {
	s := &session{trace: t, css: true, beside: true}
	u := r.cssUnit(s.build(r.cssOptions(), name, projectSpace))
	if !u.failed {
		r.file(u, path.Base(name), ".css")
	}
	return u
}

// file moves a unit's text into a file of its own.
func (r *run) file(u *unit, base, ext string) {
	f := r.renamed(strings.TrimSuffix(base, path.Ext(base))+ext, []byte(u.text))
	u.url, u.files = r.fromBase(f.Path), append(u.files, f)
	r.emit(f)
}

func (r *run) plainCSS(css string) *unit {
	o := r.cssOptions()
	got := api.Transform(css, api.TransformOptions{Loader: api.LoaderCSS, Charset: o.Charset, LegalComments: o.LegalComments,
		MinifyWhitespace: o.MinifyWhitespace, MinifySyntax: o.MinifySyntax, TsconfigRaw: o.TsconfigRaw})
	return r.cssUnit(built{css: got.Code, msgs: messages("css", got.Errors, got.Warnings), failed: len(got.Errors) > 0})
}

func (r *run) cssUnit(b built) *unit {
	if b.failed {
		return &unit{failed: true, msgs: b.msgs}
	}
	text := restoreForms(strings.TrimSuffix(strings.TrimPrefix(string(b.css), "/* "+inlineSpace+":inline.css */\n"), "\n"))
	return &unit{text: text, msgs: b.msgs, words: mentioned(text), loose: preserving(text)}
}

func (r *run) cssOptions() api.BuildOptions {
	o := r.options()
	o.MinifySyntax = !r.o.NoMinify
	return o
}

// attributeSelector matches a selector such as [data-x=y]. esbuild drops the quotes wherever the value is a name.
var attributeSelector = regexp.MustCompile(`^\[[A-Za-z_][\w-]*[~|^$*]?=([A-Za-z_-][\w-]*)(?: [is])?\]`)

// restoreForms brings back what the official tools read styles by, and esbuild shortens: the quotes of attribute
// selectors (the runtime scopes a composition's own selector only in its quoted form, contract §3) and the space after
// @import.
func restoreForms(css string) string {
	if !strings.Contains(css, "=") && !strings.Contains(css, "@import") {
		return css
	}
	var b strings.Builder
	at := 0
	for at < len(css) {
		n := strings.IndexAny(css[at:], "\"'[")
		if n < 0 {
			break
		}
		b.WriteString(css[at : at+n])
		at += n
		if css[at] != '[' {
			if strings.HasSuffix(css[:at], "@import") {
				b.WriteByte(' ')
			}
			end := stringEnd(css, at)
			b.WriteString(css[at:end])
			at = end
			continue
		}
		m := attributeSelector.FindStringSubmatchIndex(css[at:])
		if m == nil {
			b.WriteByte('[')
			at++
			continue
		}
		b.WriteString(css[at:at+m[2]] + `"` + css[at+m[2]:at+m[3]] + `"` + css[at+m[3]:at+m[1]])
		at += m[1]
	}
	return b.String() + css[at:]
}

// stringEnd returns the offset just past the string that begins at i.
func stringEnd(s string, i int) int {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote:
			return i + 1
		}
	}
	return len(s)
}
