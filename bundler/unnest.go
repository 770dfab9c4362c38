package bundler

import (
	"bytes"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/hframes/hframes/internal/markup"
)

// Unnest makes a film ready for the runtime in a browser. That fetches what the entry page mounts, and nothing that the
// fetched files mount in turn: the official tools put all levels together before (contract §3). But it mounts from a
// <template> of the entry page, too, down to two levels below a fetched file, so Unnest puts the deeper files there.
//
// It returns the pages that have to be served with another text, by path; none for a film of one level. A file that
// cannot be read is left to the runtime to complain of.
func Unnest(files fs.FS, entry string) map[string][]byte {
	page, err := fs.ReadFile(files, entry)
	if err != nil {
		return nil
	}
	u := &unnester{files: files, base: path.Dir(entry), mounted: map[string]string{}, pages: map[string][]byte{}}
	doc := markup.Parse(page)
	var fetched []string
	for i := range doc.Tags {
		if id, name := u.host(&doc.Tags[i]); name != "" {
			u.mounted[id] = name
			fetched = append(fetched, name)
		}
	}
	for _, name := range fetched {
		data, err := fs.ReadFile(files, name)
		if err != nil || u.pages[name] != nil {
			continue
		}
		if text := u.cut(data); len(text) < len(data) {
			u.pages[name] = text
		}
	}
	if u.templates.Len() == 0 {
		return nil
	}
	at := len(page)
	for _, t := range doc.Tags {
		if t.Name == "body" && t.Close >= 0 {
			at = t.Close
		}
	}
	u.pages[entry] = bytes.Join([][]byte{page[:at], u.templates.Bytes(), page[at:]}, nil)
	return u.pages
}

type unnester struct {
	files     fs.FS
	base      string            // folder of the entry page
	mounted   map[string]string // file of each composition
	pages     map[string][]byte
	templates bytes.Buffer
}

// host returns the composition and the file that an element mounts; no file if it mounts none.
func (u *unnester) host(t *markup.Tag) (id, name string) {
	src, ok := t.Attr("data-composition-src")
	id, _ = t.Attr("data-composition-id")
	at, err := url.Parse(strings.TrimSpace(src))
	if !ok || id == "" || err != nil || at.Host != "" || at.Path == "" {
		return "", ""
	}
	return id, path.Join(u.base, at.Path)
}

// cut takes the addresses off the hosts in a mounted page, and sees to it that there are templates for them.
func (u *unnester) cut(page []byte) []byte {
	if !bytes.Contains(page, []byte("data-composition-src")) {
		return page
	}
	doc := markup.Parse(page)
	var out []byte
	from := 0
	for i := range doc.Tags {
		t := &doc.Tags[i]
		if id, name := u.host(t); name != "" && u.template(id, name) {
			a := t.Find("data-composition-src")
			out = append(out, page[from:a.Start]...)
			from = a.End
		}
	}
	return append(out, page[from:]...)
}

// template adds a file to the templates, and reports whether the composition can be mounted from there: one that is
// mounted from two files cannot.
func (u *unnester) template(id, name string) bool {
	key := "template " + id
	if u.mounted[key] != "" || u.mounted[id] != "" && u.mounted[id] != name {
		return u.mounted[key] == name
	}
	data, err := fs.ReadFile(u.files, name)
	if err != nil {
		return false
	}
	u.mounted[key] = name // before its own hosts: files may mount each other
	text := u.cut(mountable(markup.Parse(data), id))
	u.templates.WriteString(`<template id="` + escape(id, '"') + `-template">`)
	u.templates.Write(text)
	u.templates.WriteString("</template>")
	return true
}

// mountable returns what is mounted of a page: its template, else its body after the styles and scripts of its head.
func mountable(doc *markup.Doc, id string) []byte {
	var first, body *markup.Tag
	var head []byte
	for i := range doc.Tags {
		t := &doc.Tags[i]
		inHead := t.Parent >= 0 && doc.Tags[t.Parent].Name == "head"
		switch {
		case t.Name == "template":
			if own, _ := t.Attr("id"); own == id+"-template" {
				return doc.Content(t)
			}
			if first == nil {
				first = t
			}
		case t.Name == "body":
			body = t
		case inHead && (t.Name == "style" || t.Name == "script" || t.Name == "link"):
			head = append(head, doc.Data[t.Start:max(t.End, t.CloseEnd)]...)
		}
	}
	switch {
	case first != nil:
		return doc.Content(first)
	case body != nil:
		return append(head, doc.Content(body)...)
	}
	return doc.Data
}
