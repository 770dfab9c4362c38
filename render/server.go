package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/internal/media"
)

// reserved is the part of the address space that belongs to the renderer.
const reserved = "/__hframes/"

// policy keeps a page to its own server, whatever it tries to load.
const policy = "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'"

// A server gives a film's files to the browser and to FFmpeg, on loopback only. The runtime is added to the entry page
// on its way out; the film's own files are never changed.
type server struct {
	files   fs.FS
	entry   string
	runtime []byte
	clips   string // folder of clips' pictures: <clip>/000000.jpg
	host    string
	http    http.Server
	stopped chan struct{}
}

// serve starts a server on a free port.
func serve(files fs.FS, entry string, runtime []byte, clips string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the film: %w", err)
	}
	s := &server{files: files, entry: entry, runtime: runtime, clips: clips, host: l.Addr().String(), stopped: make(chan struct{})}
	s.http.Handler = s
	go func() {
		defer close(s.stopped)
		_ = s.http.Serve(l) // always ends with ErrServerClosed
	}()
	return s, nil
}

// Close stops the server and waits for it.
func (s *server) Close() {
	s.http.Close()
	<-s.stopped
}

func (s *server) origin() string { return "http://" + s.host }

// address returns where a file of the film is served.
func (s *server) address(name string) string {
	return s.origin() + (&url.URL{Path: "/" + name}).EscapedPath()
}

// ServeHTTP answers one request.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host != s.host {
		http.Error(w, "wrong host", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	switch {
	case r.URL.Path == reserved+"runtime.js":
		send(w, r, "runtime.js", bytes.NewReader(s.runtime))
	case strings.HasPrefix(r.URL.Path, reserved+"clip/"):
		http.StripPrefix(reserved+"clip/", http.FileServer(http.Dir(s.clips))).ServeHTTP(w, r)
	case name == s.entry:
		s.sendEntry(w, r)
	default:
		s.sendFile(w, r, name)
	}
}

// send answers with content, whole or in part as asked.
func send(w http.ResponseWriter, r *http.Request, name string, content io.ReadSeeker) {
	w.Header().Set("Content-Type", media.MIME(name))
	w.Header().Set("Content-Security-Policy", policy)
	http.ServeContent(w, r, "", time.Time{}, content)
}

func (s *server) sendEntry(w http.ResponseWriter, r *http.Request) {
	page, err := fs.ReadFile(s.files, s.entry)
	if err != nil {
		notFound(w, err)
		return
	}
	send(w, r, s.entry, bytes.NewReader(withRuntime(page)))
}

func (s *server) sendFile(w http.ResponseWriter, r *http.Request, name string) {
	f, err := s.files.Open(name)
	if err != nil && name == "favicon.ico" {
		w.WriteHeader(http.StatusNoContent) // browsers ask for it unasked
		return
	}
	if err != nil {
		notFound(w, err)
		return
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || fi.IsDir() {
		http.NotFound(w, r)
		return
	}
	content, ok := f.(io.ReadSeeker)
	if !ok {
		all, err := io.ReadAll(f)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		content = bytes.NewReader(all)
	}
	send(w, r, name, content)
}

func notFound(w http.ResponseWriter, err error) {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

// withRuntime returns the entry page with the official runtime as the first script of its head, and without a runtime
// of its own (contract §7.3: the producer takes those out, too).
func withRuntime(page []byte) []byte {
	doc := markup.Parse(page)
	at := headStart(doc)
	var out bytes.Buffer
	out.Write(page[:at])
	out.WriteString(`<script src="` + reserved + `runtime.js"></script>`)
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

// closeWith closes s when ctx ends, so that a request of FFmpeg's cannot outlive the render.
func (s *server) closeWith(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { s.http.Close() })
}
