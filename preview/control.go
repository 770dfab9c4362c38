package preview

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"time"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/internal/media"
	"github.com/hframes/hframes/source"
)

// control serves the page, its events, and what steers it from outside.
// ctx is the server's.
func (s *server) control(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.servePage(w, r, "index.html") })
	mux.HandleFunc("GET /app.js", func(w http.ResponseWriter, r *http.Request) { s.servePage(w, r, "app.js") })
	mux.HandleFunc("GET /app.css", func(w http.ResponseWriter, r *http.Request) { s.servePage(w, r, "app.css") })
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) { s.serveEvents(ctx, w, r) })
	mux.HandleFunc("GET /source", s.serveSource)
	mux.HandleFunc("POST /cursor", s.serveCursor)
	return mux
}

func (s *server) servePage(w http.ResponseWriter, r *http.Request, name string) {
	files, err := s.page.files()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", media.MIME(name))
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(files[name]))
}

// heartbeat is how often a quiet stream of events says that it is there: a browser that left is noticed by it.
const heartbeat = 15 * time.Second

// serveEvents streams what a viewer of one size has to know: "film" after each build, "cursor" when an editor points.
func (s *server) serveEvents(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	one, v, err := s.join(ctx, r.URL.Query().Get("size"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer one.leave(v)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, "retry: 300\n\n")
	out := http.NewResponseController(w)
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		film, cursor := one.news(v)
		if film != nil {
			fmt.Fprintf(w, "event: film\ndata: %s\n\n", s.addressed(r, one, film))
		}
		if cursor != nil {
			fmt.Fprintf(w, "event: cursor\ndata: %s\n\n", cursor)
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-v.wake:
		case <-alive.C:
			fmt.Fprint(w, ": alive\n\n")
		case <-r.Context().Done():
			return
		}
	}
}

// addressed adds to a film where its pages and its folder are, for who asks: the same machine has many names. Who is
// elsewhere has no use for the folder, and no business with it.
func (s *server) addressed(r *http.Request, one *session, film []byte) []byte {
	root := ""
	if fromHere(r) {
		root = one.current().Dir
	}
	at, _ := json.Marshal(struct {
		Stage string `json:"stage"`
		Root  string `json:"root"`
	}{s.doors.stageOrigin(r) + "/" + one.size() + "/", root})
	return slices.Concat(at[:len(at)-1], []byte(","), film[1:])
}

// A place is where an editor's cursor is.
type place struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col,omitempty"`
}

// serveCursor takes {"file", "line"} and moves every viewer's playhead to the scene that stands there. The file is
// relative to the project or absolute, "" is the deck.
func (s *server) serveCursor(w http.ResponseWriter, r *http.Request) {
	var at place
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	in.DisallowUnknownFields()
	if err := in.Decode(&at); err != nil || at.Line < 1 {
		http.Error(w, `send {"file": "video.md", "line": 12}`, http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	all := slices.Clone(s.sessions)
	s.mu.Unlock()
	name, ok := all[0].local(at.File)
	if !ok {
		http.Error(w, fmt.Sprintf("%q is not a file of this film", at.File), http.StatusNotFound)
		return
	}
	at.File = name
	cursor, _ := json.Marshal(at)
	for _, one := range all {
		one.point(cursor)
	}
	w.WriteHeader(http.StatusNoContent)
}

// serveSource tells where in a page that the film was made from an element stands: ?file= and ?id=, both as the page on
// screen knows them.
func (s *server) serveSource(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	one, name := s.session(""), path.Clean(q.Get("file"))
	v, _ := one.version("")
	if v == nil || !slices.Contains(v.bundle.Inputs, name) {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	data, err := one.current().ReadFile(name)
	if err != nil { // it has gone meanwhile, or leads out of the project now
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	doc := markup.Parse(data)
	for i := range doc.Tags {
		if id, ok := doc.Tags[i].Attr("id"); ok && id == q.Get("id") {
			pos := source.NewFile(name, data).Pos(doc.Tags[i].Start)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			json.NewEncoder(w).Encode(place{pos.File, pos.Line, pos.Col})
			return
		}
	}
	http.Error(w, "no such element", http.StatusNotFound)
}
