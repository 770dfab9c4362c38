package preview

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/compose"
	"github.com/hframes/hframes/source"
)

// keep is how many versions stay to be served: a page on screen may still fetch what it has not shown yet.
const keep = 3

// A version is one good build. It never changes.
type version struct {
	bundle *bundler.Bundle
	files  fs.FS
	deep   map[string][]byte    // pages to serve with another text, see bundler.Unnest
	comp   *compose.Composition // nil for a HyperFrames folder
	pages  map[string]string    // page → hash
}

// A session shows one size of a film to everyone who looks at it.
type session struct {
	asked string // size that it was opened for

	mu       sync.Mutex       // guards what follows
	project  *hframes.Project // replaced and built under server.building only
	versions []*version       // the last few, oldest first
	film     Film             // what was said last
	event    []byte           // film as JSON, without what [server.addressed] adds
	viewers  map[*viewer]bool
	builds   int
}

// A viewer is a browser that listens. A slow one misses events, and gets the newest when it can.
type viewer struct {
	wake chan struct{} // has room for one: something is new
	sent int           // build that was sent last
	mail []byte        // newest cursor event, guarded by session.mu
}

func newSession(p *hframes.Project, size string) *session {
	return &session{project: p, asked: size, viewers: map[*viewer]bool{}}
}

// size returns the name of the size that is shown.
func (s *session) size() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked != "" {
		return s.asked
	}
	return s.film.Size
}

// build makes the film anew and tells everyone who listens. It reports false when ctx ended before it was made.
func (s *session) build(ctx context.Context, editor string) (Report, bool) {
	began := time.Now()
	made, err := s.project.Build(ctx)
	if ctx.Err() != nil {
		return Report{}, false
	}
	return s.tell(made, err, time.Since(began), editor), true
}

// tell tells everyone who listens what came of a build: a film, or what is wrong.
func (s *session) tell(made *hframes.Film, err error, took time.Duration, editor string) Report {
	report := Report{Took: took, Broken: err != nil}
	if err != nil {
		report.Diagnostics = faults(err, s.project.Entry)
	} else {
		report.Diagnostics = made.Diagnostics
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.builds++
	film := s.film
	film.Build, film.Broken, film.Took = s.builds, report.Broken, report.Took.Seconds()*1000
	film.Diagnostics, film.Editor = append(source.List{}, report.Diagnostics...), editor
	film.Styles, film.From = nil, film.Hash
	s.about(&film)
	if made != nil {
		now := newVersion(made)
		if film.Hash != "" {
			last := s.versions[len(s.versions)-1]
			film.Styles = styleChanges(last, now)
			report.Change = summary(last, now, film.Styles)
		}
		film.describe(now)
		s.retain(now)
	}
	s.film = film
	s.event, _ = json.Marshal(film)
	for v := range s.viewers {
		v.nudge()
	}
	return report
}

// current returns the project, for what may be asked of it at any time.
func (s *session) current() *hframes.Project {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.project
}

// replace goes on with another project in place of the one that there was.
func (s *session) replace(p *hframes.Project) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.project.Close()
	s.project = p
}

// about fills in what does not come from a build.
func (s *session) about(f *Film) {
	p := s.project
	f.Kind, f.Name = "hyperframes", nameOf(p)
	if p.Kind == hframes.Markdown {
		f.Kind, f.File = "deck", p.Entry
	}
	if f.Size == "" {
		f.Size = s.asked
	}
	if f.Sizes == nil { // nothing has been built yet
		f.Sizes, f.Scenes, f.Pages = []Size{}, []Scene{}, map[string]string{}
	}
}

// local returns the name of a file of the project, given as an absolute path or relative to it; "" is the entry.
func (s *session) local(name string) (string, bool) {
	p := s.current()
	if name == "" {
		return p.Entry, true
	}
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(p.Dir, name)
		if err != nil {
			return "", false
		}
		name = rel
	}
	return filepath.ToSlash(filepath.Clean(name)), filepath.IsLocal(name)
}

// retain keeps a version in place of the oldest. One that is there already becomes the newest.
func (s *session) retain(now *version) {
	s.versions = slices.DeleteFunc(s.versions, func(v *version) bool { return v.bundle.Hash == now.bundle.Hash })
	s.versions = append(s.versions, now)
	if len(s.versions) > keep {
		s.versions = slices.Clone(s.versions[len(s.versions)-keep:])
	}
}

// version returns the build with that hash, and whether it is that: when it is gone the newest stands in, whose media
// are mostly the same.
func (s *session) version(hash string) (v *version, exact bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range slices.Backward(s.versions) {
		if v.bundle.Hash == hash {
			return v, true
		}
	}
	if len(s.versions) == 0 {
		return nil, false
	}
	return s.versions[len(s.versions)-1], false
}

// faults returns what is wrong as diagnostics. What is no fault in a file is one about the whole film.
func faults(err error, entry string) source.List {
	var list source.List
	if errors.As(err, &list) {
		return list
	}
	return source.List{{Pos: source.Pos{File: entry}, Code: "preview/build", Msg: err.Error()}}
}

// join adds a viewer, leave takes it away.
func (s *session) join() *viewer {
	v := &viewer{wake: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.viewers[v] = true
	v.nudge()
	return v
}

func (s *session) leave(v *viewer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.viewers, v)
}

func (s *session) watched() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.viewers) > 0
}

// nudge tells a viewer that something is new. It never waits.
func (v *viewer) nudge() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// news returns what a viewer has not seen: the film's state and a cursor, nil for what is not new.
func (s *session) news(v *viewer) (film, cursor []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v.sent != s.builds {
		v.sent, film = s.builds, s.event
	}
	cursor, v.mail = v.mail, nil
	return film, cursor
}

// point sends every viewer to a place in a file.
func (s *session) point(cursor []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for v := range s.viewers {
		v.mail = cursor
		v.nudge()
	}
}
