// Package preview shows a film in a browser while its author works on it.
//
// In go a deck and the folders it is made from; out comes a page on this machine that shows the newest good build, and
// shows it again, at the same moment of the film, as soon as a file is saved. There are two servers, on two ports, so
// that a film's own scripts never share an origin with what can steer the preview: control has the page, its events and
// POST /cursor; stage has the films' files and nothing else. The picture is the official runtime's.
//
// The way of a change: watcher → session.build → film event → ui/player.ts, which swaps a style sheet or prepares a new
// document behind the one on screen. Nothing here prints.
package preview

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/source"
)

// Options for [Run].
type Options struct {
	Host   string                                      // interface to listen on, "" = 127.0.0.1
	Port   int                                         // first port to try, 0 = any
	Editor string                                      // URL template with {path} {line} {column}: a link into the editor; "" = none
	Open   func(size string) (*hframes.Project, error) // opens the deck for one size, "" = its first
	Ready  func(Address)                               // called once the first build was tried, unless ctx has ended
	Built  func(Report)                                // called after every build of the first size
}

// Address is where a preview is served.
type Address struct {
	URL   string   // of the page, for this machine
	Stage string   // of the films' files
	LAN   []string // of the page, for other machines, each with the token
}

// Report tells of one build.
type Report struct {
	Took        time.Duration
	Diagnostics source.List
	Broken      bool   // no picture was made
	Change      string // what is new, in a few words; "" = much, or it is the first
}

// A server is one running preview.
type server struct {
	options Options
	runtime []byte
	scripts string // hash of what is put into pages
	page    *ui
	doors   *doors

	stop     context.CancelCauseFunc
	building sync.Mutex // held while projects build: sessions come and go, and their projects are used, under it
	watch    *Watcher

	mu       sync.Mutex // guards what follows
	sessions []*session // one a size, the first is the deck's own
}

// Run serves until ctx ends, which is no error. It returns one when the deck cannot be opened, when no port is free or
// when the official runtime is not to be had.
func Run(ctx context.Context, o Options) error {
	s := &server{options: o}
	defer s.close()
	first, err := s.open("")
	if err != nil {
		return err
	}
	s.add(first)
	if s.runtime, err = first.project.Runtime(ctx); err != nil {
		return err
	}
	if s.page, err = newUI(); err != nil {
		return err
	}
	sum := sha256.Sum256(slices.Concat(s.runtime, s.page.driver))
	s.scripts = hex.EncodeToString(sum[:8])
	if s.watch, err = NewWatcher(first.project.Dir); err != nil {
		return err
	}
	if s.doors, err = openDoors(ctx, o.Host, o.Port); err != nil {
		return err
	}
	ctx, s.stop = context.WithCancelCause(ctx)
	defer s.stop(nil)
	end := []func(){s.serve(ctx, s.doors.control, s.doors.guardControl(s.control(ctx))),
		s.serve(ctx, s.doors.stage, s.doors.guardStage(http.HandlerFunc(s.serveStage)))}
	defer func() {
		s.stop(nil) // streams of events end with it
		for _, f := range end {
			f()
		}
	}()

	s.rebuild(ctx)
	if o.Ready != nil && ctx.Err() == nil {
		o.Ready(s.doors.address())
	}
	for {
		err = s.watch.Run(ctx, func([]string) { s.rebuild(ctx) })
		if !errors.Is(err, errGone) {
			break
		}
		if err = s.reopen(ctx, err); err != nil {
			break
		}
		s.rebuild(ctx)
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// leave is how long a server waits for who is still reading when it ends. Streams of events end by themselves; a browser
// that plays a large clip reads the rest of it when it gets there, which is no reason to wait.
const leave = 200 * time.Millisecond

// serve answers at a door until the function that comes back is called, which waits for what is under way.
func (s *server) serve(ctx context.Context, door net.Listener, h http.Handler) (end func()) {
	one := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := one.Serve(door); !errors.Is(err, http.ErrServerClosed) {
			s.stop(fmt.Errorf("serve the preview: %w", err))
		}
	}()
	return func() {
		wait, cancel := context.WithTimeout(context.Background(), leave)
		defer cancel()
		if one.Shutdown(wait) != nil {
			one.Close()
		}
		<-ended
	}
}

func (s *server) close() {
	if s.watch != nil {
		s.watch.Close()
	}
	s.building.Lock()
	defer s.building.Unlock()
	for _, one := range s.sessions {
		one.project.Close()
	}
}

// mostSizes is how many sizes are shown at once. Each is built after every change.
const mostSizes = 8

// join adds a viewer to the session for a size, which is made now if there is none: only then builds are waited for.
// ctx is the server's, since others may have joined when the first viewer leaves.
func (s *server) join(ctx context.Context, size string) (*session, *viewer, error) {
	if one, v := s.joinOpen(size); v != nil {
		return one, v, nil
	}
	s.building.Lock()
	defer s.building.Unlock()
	if one, v := s.joinOpen(size); v != nil { // somebody was faster
		return one, v, nil
	}
	s.dropUnwatched()
	if len(s.sessions) >= mostSizes {
		return nil, nil, errors.New("too many sizes are looked at: close another")
	}
	one, err := s.open(size)
	if err != nil {
		return nil, nil, err
	}
	v := one.join()
	s.add(one)
	one.build(ctx, s.options.Editor)
	s.watchAll()
	return one, v, nil
}

// joinOpen adds a viewer to the session for a size, if there is one. Nobody can drop it in between.
func (s *server) joinOpen(size string) (*session, *viewer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.find(size)
	if one == nil {
		return nil, nil
	}
	return one, one.join()
}

// open makes the session for a size. "" is the deck's first size.
func (s *server) open(size string) (*session, error) {
	p, err := s.options.Open(size)
	if err != nil {
		return nil, err
	}
	return newSession(p, size), nil
}

func (s *server) add(one *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = append(s.sessions, one)
}

// session returns the session that shows a size, nil if there is none.
func (s *server) session(size string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(size)
}

func (s *server) find(size string) *session {
	for i, one := range s.sessions {
		if size == "" && i == 0 || size != "" && size == one.size() {
			return one
		}
	}
	return nil
}

// rebuild builds every size that somebody looks at, the deck's first at any rate.
func (s *server) rebuild(ctx context.Context) {
	s.building.Lock()
	defer s.building.Unlock()
	s.dropUnwatched()
	for i, one := range s.sessions {
		report, ok := one.build(ctx, s.options.Editor)
		if i == 0 && ok && s.options.Built != nil {
			s.options.Built(report)
		}
	}
	s.watchAll()
}

// reopen tells why the project's folder cannot be watched any more, waits until there is a deck again where it was, and
// goes on with that.
func (s *server) reopen(ctx context.Context, why error) error {
	s.building.Lock()
	defer s.building.Unlock()
	for i, one := range s.sessions {
		report := one.tell(nil, why, 0, s.options.Editor)
		if i == 0 && s.options.Built != nil {
			s.options.Built(report)
		}
	}
	again := time.NewTicker(absent)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		}
		watch, err := NewWatcher(s.sessions[0].project.Dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		projects, err := s.openAll()
		if err != nil { // there is no deck in it yet
			watch.Close()
			continue
		}
		for i, one := range s.sessions {
			one.replace(projects[i])
		}
		s.watch = watch
		return nil
	}
}

// openAll opens the deck for every size that is shown.
func (s *server) openAll() (projects []*hframes.Project, err error) {
	for _, one := range s.sessions {
		p, err := s.options.Open(one.asked)
		if err != nil {
			for _, p := range projects {
				p.Close()
			}
			return nil, err
		}
		projects = append(projects, p)
	}
	return projects, nil
}

// dropUnwatched forgets the sizes that nobody looks at any more, but never the deck's first.
func (s *server) dropUnwatched() {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.sessions[0]
	s.sessions = slices.DeleteFunc(s.sessions, func(one *session) bool {
		drop := one != first && !one.watched()
		if drop {
			one.project.Close()
		}
		return drop
	})
}

// watchAll watches what the builds of all sizes looked at.
func (s *server) watchAll() {
	var paths []string
	for _, one := range s.sessions {
		paths = append(paths, one.project.Watched()...)
	}
	slices.Sort(paths)
	if err := s.watch.Watch(slices.Compact(paths)); err != nil {
		s.stop(err)
	}
}
