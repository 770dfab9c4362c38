// Package stage gives the files of a film to a browser.
//
// In go a file system and the scripts that an entry page needs; out come HTTP answers: the right media type, byte
// ranges, a policy that keeps a page to its own server, and entry pages with the official runtime in them. The film's
// own files are never changed.
package stage

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/internal/media"
)

// Policy is the Content-Security-Policy of a film's pages: whatever one tries to load comes from its own server.
const Policy = "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'"

// Send answers with content, whole or in part as asked. The name gives the media type. Headers that w has already stay.
func Send(w http.ResponseWriter, r *http.Request, name string, content io.ReadSeeker) {
	w.Header().Set("Content-Type", media.MIME(name))
	if w.Header().Get("Content-Security-Policy") == "" {
		w.Header().Set("Content-Security-Policy", Policy)
	}
	http.ServeContent(w, r, "", time.Time{}, content)
}

// SendFile answers with a file of the film, or with 404.
func SendFile(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	f, err := files.Open(name)
	if err != nil && name == "favicon.ico" {
		w.WriteHeader(http.StatusNoContent) // browsers ask for it unasked
		return
	}
	if err != nil {
		NotFound(w, err)
		return
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || fi.IsDir() {
		NotFound(w, fs.ErrNotExist)
		return
	}
	content, ok := f.(io.ReadSeeker)
	if !ok {
		all, err := io.ReadAll(f)
		if err != nil {
			NotFound(w, err)
			return
		}
		content = bytes.NewReader(all)
	}
	Send(w, r, name, content)
}

// NotFound answers for a file that could not be opened: 404 if there is none, else 500 with the reason. No browser keeps
// the answer.
func NotFound(w http.ResponseWriter, err error) {
	w.Header().Set("Cache-Control", "no-store")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

// TextRule is what the official tools put first into every page (contract §7.3): letters stand where they measure, not at
// whole pixels. A page's own rules come after it.
const TextRule = "<style>html,body,*{text-rendering:geometricPrecision}</style>"

// Script returns the tag of a script at an address.
func Script(address string) string { return `<script src="` + address + `"></script>` }

// WithHead returns an entry page with [TextRule] and tags as the first of its head, and without a runtime of its own
// (contract §7.3: the producer takes those out, too).
func WithHead(page []byte, tags ...string) []byte {
	doc := markup.Parse(page)
	at := headStart(doc)
	var out bytes.Buffer
	out.Write(page[:at])
	out.WriteString(TextRule)
	for _, t := range tags {
		out.WriteString(t)
	}
	rest := at
	for i := range doc.Tags {
		t := &doc.Tags[i]
		if t.Start >= rest && isRuntime(t) {
			out.Write(page[rest:t.Start])
			rest = t.CloseEnd
		}
	}
	out.Write(page[rest:])
	return out.Bytes()
}

// headStart returns the offset just past <head>, or where the browser will open one by itself.
func headStart(doc *markup.Doc) int {
	at := 0
	if i := bytes.IndexByte(doc.Data, '>'); i >= 0 && len(doc.Data) > 9 && strings.EqualFold(string(doc.Data[:9]), "<!doctype") {
		at = i + 1
	}
	for _, t := range doc.Tags {
		switch t.Name {
		case "head":
			return t.End
		case "html":
			at = t.End
		}
	}
	return at
}

func isRuntime(t *markup.Tag) bool {
	if t.Name != "script" {
		return false
	}
	if t.Find("data-hyperframes-preview-runtime") != nil {
		return true
	}
	src, _ := t.Attr("src")
	return strings.Contains(src, "hyperframe.runtime.iife.js") || strings.Contains(src, "hyperframe-runtime.js")
}
