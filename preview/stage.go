package preview

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/internal/stage"
)

// reserved is the part of the stage's address space that is ours; no size is called so.
const reserved = "/-/"

// forever is what a browser may keep: addresses with a hash in them.
const forever = "private, max-age=31536000, immutable"

// serveStage answers for /<size>/<hash>/<file>. An entry page takes ?scenes=a,b: only these scenes are in it, since a
// browser needs seconds for a document of a hundred and a tenth of one for one of two.
func (s *server) serveStage(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case reserved + s.scripts + "/runtime.js":
		w.Header().Set("Cache-Control", forever)
		stage.Send(w, r, "runtime.js", bytes.NewReader(s.runtime))
		return
	case reserved + s.scripts + "/driver.js":
		w.Header().Set("Cache-Control", forever)
		stage.Send(w, r, "driver.js", bytes.NewReader(s.page.driver))
		return
	}
	if r.URL.Path == "/favicon.ico" {
		w.WriteHeader(http.StatusNoContent) // browsers ask for it unasked
		return
	}
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 3)
	if len(parts) < 3 || !fs.ValidPath(parts[2]) {
		stage.NotFound(w, fs.ErrNotExist)
		return
	}
	one := s.session(parts[0])
	if one == nil {
		stage.NotFound(w, fs.ErrNotExist)
		return
	}
	v, exact := one.version(parts[1])
	if v == nil { // nothing has been built yet
		stage.NotFound(w, fs.ErrNotExist)
		return
	}
	w.Header().Set("Cache-Control", forever)
	if !exact {
		w.Header().Set("Cache-Control", "no-store")
	}
	name := parts[2]
	page := v.deep[name]
	switch {
	case page != nil && name != v.bundle.Entry:
		stage.Send(w, r, name, bytes.NewReader(page))
		return
	case name != v.bundle.Entry:
		sendFile(w, r, v, name)
		return
	case page == nil:
		var err error
		if page, err = fs.ReadFile(v.files, name); err != nil {
			stage.NotFound(w, err)
			return
		}
	}
	if scenes := r.URL.Query().Get("scenes"); scenes != "" && v.comp != nil {
		page = only(v.files, page, strings.Split(scenes, ","))
	}
	page = stage.WithHead(page, stage.Script(reserved+s.scripts+"/driver.js"), stage.Script(reserved+s.scripts+"/runtime.js"))
	stage.Send(w, r, name, bytes.NewReader(page))
}

// sendFile answers with a file of a version. Media are read from the project's folder, where another may have the name by
// now: a browser that kept that one for good would show it even after the author has taken it back. So it asks each
// time, and what it has of one file is not mixed with parts of another.
func sendFile(w http.ResponseWriter, r *http.Request, v *version, name string) {
	f, ok := v.bundle.File(name)
	if !ok {
		stage.NotFound(w, fs.ErrNotExist)
		return
	}
	in, err := f.Open()
	if err != nil {
		stage.NotFound(w, err)
		return
	}
	defer in.Close()
	if onDisk, ok := in.(fs.File); ok {
		if info, err := onDisk.Stat(); err == nil && !info.ModTime().IsZero() {
			w.Header().Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
			w.Header().Set("Cache-Control", "private, no-cache")
		}
	}
	stage.Send(w, r, name, in)
}

// only returns an entry page of ours with no more than some scenes. Theirs are written into the page, as the runtime takes
// them too (contract §3), which spares a request each. The hosts of the others become plain empty boxes: nothing is
// mounted in them, and no timeline is waited for.
func only(files fs.FS, page []byte, scenes []string) []byte {
	doc := markup.Parse(page)
	var out bytes.Buffer
	at := 0
	cut := func(a *markup.Attr) {
		out.Write(page[at:a.Start])
		at = a.End
	}
	for i := range doc.Tags {
		t := &doc.Tags[i]
		src, id := t.Find("data-composition-src"), t.Find("data-composition-id")
		if src == nil || id == nil {
			continue
		}
		if !slices.Contains(scenes, id.Value) {
			first, second := src, id
			if id.Start < src.Start {
				first, second = id, src
			}
			cut(first)
			cut(second)
			continue
		}
		if scene, err := fs.ReadFile(files, src.Value); err == nil {
			cut(src)
			fmt.Fprintf(&out, `data-composition-file="%s"`, src.Value) // as the official tools name it when they do this
			out.Write(page[at:t.CloseEnd])
			at = t.CloseEnd
			out.Write(scene)
		}
	}
	out.Write(page[at:])
	return out.Bytes()
}
