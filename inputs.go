package hframes

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// What a film depends on is what its build asked the project for: what was opened, and what was looked for in vain, since
// a file that appears there would be used. Nothing that remembers an earlier build may spare a question without saying
// what it would have asked, or the answer's change would go unnoticed.

// An inquiry notes what one build asks for. It is safe for use by several goroutines.
type inquiry struct {
	mu    sync.Mutex
	asked map[string]bool // slash paths; a folder whose names were asked for ends in "/". nil = nobody wants to know any more
}

func newInquiry() *inquiry { return &inquiry{asked: map[string]bool{}} }

func (q *inquiry) note(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.asked != nil && fs.ValidPath(strings.TrimSuffix(name, "/")) {
		q.asked[name] = true
	}
}

// end returns what was asked. A bundle streams its media from the same file system for as long as it lives; that is no
// business of the build any more.
func (q *inquiry) end() map[string]bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked := q.asked
	q.asked = nil
	return asked
}

// rootFS is what [os.Root.FS] gives.
type rootFS interface {
	fs.ReadFileFS
	fs.ReadDirFS
	fs.StatFS
	fs.ReadLinkFS
}

// watchedFS is a project's folder, read under an inquiry: note gets each name just before it is read. Listings are noted
// only with lists: compose and the bundler look through the whole project for the file that a misspelt name may have meant
// and for names that a script mentions, and a film does not depend on every file there is. What they did depend on they
// say themselves.
type watchedFS struct {
	rootFS
	note  func(name string)
	lists bool
}

func (w watchedFS) Open(name string) (fs.File, error) {
	w.note(name)
	return w.rootFS.Open(name)
}

func (w watchedFS) ReadFile(name string) ([]byte, error) {
	w.note(name)
	return w.rootFS.ReadFile(name)
}

func (w watchedFS) Stat(name string) (fs.FileInfo, error) {
	w.note(name)
	return w.rootFS.Stat(name)
}

func (w watchedFS) Lstat(name string) (fs.FileInfo, error) {
	w.note(name)
	return w.rootFS.Lstat(name)
}

func (w watchedFS) ReadLink(name string) (string, error) {
	w.note(name)
	return w.rootFS.ReadLink(name)
}

func (w watchedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if w.lists {
		w.note(name + "/")
	}
	return w.rootFS.ReadDir(name)
}

// inquire begins a build: it returns the project's files, under a new inquiry.
func (p *Project) inquire() watchedFS {
	p.inquiry = newInquiry()
	return watchedFS{rootFS: p.root.FS().(rootFS), note: p.inquiry.note}
}

// conclude ends a build. film is nil if it failed.
func (p *Project) conclude(film *Film) {
	p.last = p.inquiry.end()
	if film == nil {
		return
	}
	for _, name := range film.Bundle.Inputs {
		p.last[name] = true
	}
	if film.Composition != nil {
		for _, name := range film.Composition.Inputs {
			p.last[name] = true
		}
		for name := range film.Composition.Files {
			delete(p.last, name) // it lies over the project's
		}
	}
	p.good = p.last
}

// Watched returns what the film depends on: slash paths relative to p.Dir, sorted, of every file that the last build and
// the last good build asked for, whether it is there or not. A folder that ends in "/" is one whose names were asked for.
// When none of them changes, no build gives another result. Before the first [Project.Build] there is none.
func (p *Project) Watched() []string {
	all := maps.Clone(p.last)
	if all == nil {
		return nil
	}
	maps.Copy(all, p.good)
	return slices.Sorted(maps.Keys(all))
}

// A stamp tells two versions of a file or of a folder's list of names apart.
type stamp struct {
	size  int64
	mtime time.Time
	names string
}

func (s stamp) same(t stamp) bool {
	return s.size == t.size && s.names == t.names && s.mtime.Equal(t.mtime)
}

func stampOf(fsys fs.FS, name string) stamp {
	if dir, ok := strings.CutSuffix(name, "/"); ok {
		var names strings.Builder
		list, _ := fs.ReadDir(fsys, dir)
		for _, e := range list {
			names.WriteString(e.Name() + e.Type().String() + "\n")
		}
		return stamp{names: names.String()}
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return stamp{}
	}
	return stamp{size: info.Size(), mtime: info.ModTime()}
}

// A library is a project's templates, and all that was asked for when they were read, as it was just before.
type library struct {
	set      *templates.Set
	problems source.List
	stamps   map[string]stamp
}

// templates returns the project's layouts, themes and blocks. They are read again when any of their files changed.
func (p *Project) templates(fsys watchedFS) (*templates.Set, source.List) {
	if !p.library.holds(fsys) {
		p.library = load(fsys)
	}
	return p.library.set, p.library.problems
}

func load(fsys watchedFS) library {
	l := library{stamps: map[string]stamp{}}
	read := watchedFS{rootFS: fsys.rootFS, lists: true, note: func(name string) {
		fsys.note(name)
		if _, known := l.stamps[name]; !known {
			l.stamps[name] = stampOf(fsys.rootFS, name)
		}
	}}
	l.set, l.problems = templates.Load(read)
	return l
}

// holds reports whether nothing changed since the library was read. It asks for everything again.
func (l library) holds(fsys watchedFS) bool {
	same := l.set != nil
	for name, was := range l.stamps {
		fsys.note(name)
		same = same && stampOf(fsys.rootFS, name).same(was)
	}
	return same
}
