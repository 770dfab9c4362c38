package render

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/internal/stage"
)

// reserved is the part of the address space that belongs to the renderer.
const reserved = "/__hframes/"

// stageAddress is the page that a film is captured on.
const stageAddress = reserved + "stage"

//go:embed stage.html
var stageText string

//go:embed stage.js
var stageScript []byte

// stagePage returns the page around a film of that size whose entry page is at an address.
func stagePage(c canvas, film string) []byte {
	var b bytes.Buffer
	err := template.Must(template.New("stage").Parse(stageText)).Execute(&b, map[string]any{
		"Width": c.width, "Height": c.height, "Strip": stripHeight, "Film": film, "Script": reserved + "stage.js",
	})
	if err != nil {
		panic(err) // the template is ours
	}
	return b.Bytes()
}

// A server gives a film's files to the browser and to FFmpeg, on loopback only. The runtime is added to the entry page
// on its way out, and what it does not fetch by itself; the film's own files are never changed.
type server struct {
	files   fs.FS
	entry   string
	pages   map[string][]byte // pages that are not served as they are in files
	runtime []byte
	clips   string // folder of clips' pictures: <clip>/000000.jpg
	canvas  canvas
	host    string
	http    http.Server
	stopped chan struct{}
}

// serve starts a server on a free port.
func serve(files fs.FS, entry string, c canvas, runtime []byte, clips string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the film: %w", err)
	}
	s := &server{files: files, entry: entry, pages: bundler.Unnest(files, entry), runtime: runtime, clips: clips, canvas: c,
		host: l.Addr().String(), stopped: make(chan struct{})}
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
		stage.Send(w, r, "runtime.js", bytes.NewReader(s.runtime))
	case r.URL.Path == stageAddress:
		film := s.address(s.entry)
		if part, ok := parseReel(r.URL.RawQuery); ok {
			film += "?" + part.query()
		}
		stage.Send(w, r, "stage.html", bytes.NewReader(stagePage(s.canvas, film)))
	case r.URL.Path == reserved+"stage.js":
		stage.Send(w, r, "stage.js", bytes.NewReader(stageScript))
	case strings.HasPrefix(r.URL.Path, reserved+"clip/"):
		http.StripPrefix(reserved+"clip/", http.FileServer(http.Dir(s.clips))).ServeHTTP(w, r)
	case name == s.entry:
		s.sendEntry(w, r)
	case s.pages[name] != nil:
		stage.Send(w, r, name, bytes.NewReader(s.pages[name]))
	default:
		stage.SendFile(w, r, s.files, name)
	}
}

// flatRule has the browser draw what moves together with the rest of the page, not in layers of its own: a layer whose
// place is a fraction of a px is drawn anew there sometimes at once and sometimes one frame late. It must be there before
// the first layout. Against layers of what translate3d moves it does not help: see flat in film.js.
//
// While the film is hidden its root has perspective, which nothing shows: with it comes and goes a node in the tree of
// what has transforms, so that Chromium looks at all elements anew. Else one whose opacity has become 1 keeps a node, and
// its contents an edge of their own (Blink updates opacity without a look at whether there should be a node).
const flatRule = "<style>html{will-change:contents!important}html[data-hframes-hidden]{perspective:1px!important}</style>"

func (s *server) sendEntry(w http.ResponseWriter, r *http.Request) {
	page := s.pages[s.entry]
	if page == nil {
		var err error
		if page, err = fs.ReadFile(s.files, s.entry); err != nil {
			stage.NotFound(w, err)
			return
		}
	}
	if part, ok := parseReel(r.URL.RawQuery); ok {
		page = part.cut(page)
	}
	stage.Send(w, r, s.entry, bytes.NewReader(stage.WithHead(page, flatRule, stage.Script(reserved+"runtime.js"))))
}

// closeWith closes s when ctx ends, so that a request of FFmpeg's cannot outlive the render.
func (s *server) closeWith(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { s.http.Close() })
}
