package preview

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// The rules of watching are:
//
//	what     exactly the paths that a build asked for, whether they are there or not. Folders are watched and never
//	         files, since editors replace a file by another one: those on the way to a path, as far as they exist.
//	when     a batch is handed over when every file in it has settled: one that was renamed into place after instant,
//	         one that was written after quiet and when it does not grow any more; one that is empty or gone is being
//	         saved by an editor, most likely, and has until absent. A file that is written all the time waits no longer
//	         than most.
//	whether  only what differs from the last time that it was handed over, or that it began to be watched.
const (
	instant = 10 * time.Millisecond
	quiet   = 25 * time.Millisecond
	absent  = 250 * time.Millisecond
	most    = 500 * time.Millisecond
)

// A Watcher tells which of a project's files changed.
type Watcher struct {
	given  string // the project's folder as its author calls it
	dir    string // the same, absolute, without links
	root   *os.Root
	folder fs.FileInfo // what dir was
	notes  notifier
	look   func(path string, contents bool) state
	marked chan struct{} // one slot: Watch found something to settle

	mu      sync.Mutex // guards what follows: Run's loop and Watch
	paths   []string   // sorted
	known   map[string]state
	pending map[string]*pending
	ways    ways
	watched map[string]fs.FileInfo // folders, and which each one was
	since   time.Time              // when the last batch was handed over: what is newer was perhaps not read
}

// A notifier is what the system tells about folders.
type notifier struct {
	events      <-chan fsnotify.Event
	errors      <-chan error
	add, remove func(dir string) error
	close       func() error
}

// A pending path has been reported and not been handed over.
type pending struct {
	first, last time.Time
	written     bool  // not only renamed into place
	size        int64 // as last looked at after the last report, -1 = not yet
}

// NewWatcher watches nothing yet. Who does not call Run calls Close.
func NewWatcher(dir string) (*Watcher, error) {
	fsw, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, atLimit(err)
	}
	w, err := watchWith(dir, notifier{fsw.Events, fsw.Errors, fsw.Add, fsw.Remove, fsw.Close})
	if err != nil {
		fsw.Close()
	}
	return w, err
}

func watchWith(dir string, notes notifier) (*Watcher, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("watch project: %w", err)
	}
	root, err := os.OpenRoot(real)
	if err != nil {
		return nil, fmt.Errorf("watch project: %w", err)
	}
	folder, err := root.Stat(".")
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("watch project: %w", err)
	}
	return &Watcher{given: dir, dir: real, root: root, folder: folder, notes: notes,
		look:   func(path string, contents bool) state { return look(root, path, contents) },
		marked: make(chan struct{}, 1), known: map[string]state{}, pending: map[string]*pending{},
		ways: ways{dir: real}, watched: map[string]fs.FileInfo{}, since: time.Now()}, nil
}

// Close ends the watching of everything.
func (w *Watcher) Close() error {
	err := errors.Join(w.notes.close(), w.root.Close())
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.watched)
	return err
}

// Watch replaces the set of paths, which are slash paths relative to the project as [hframes.Project.Watched] returns
// them. It may be called while Run runs. What is new in the set and was written after the last batch is handed over
// once more: the build that asked for it may have seen it before.
func (w *Watcher) Watch(paths []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	paths = slices.Compact(slices.Sorted(slices.Values(paths)))
	if slices.Equal(paths, w.paths) {
		return nil
	}
	w.paths = paths
	if err := w.place(); err != nil {
		w.paths = nil // so that trying again is no empty success
		return err
	}
	const tick = 20 * time.Millisecond // of the clock that files get their times from: 10 ms on some kernels
	known, waiting := map[string]state{}, map[string]*pending{}
	for _, name := range paths {
		was, ok := w.known[name]
		if !ok {
			was = w.look(name, true)
			if was.mtime.After(w.since.Add(-tick)) {
				was = state{kind: unknown}
				w.mark(name, false)
			}
		}
		known[name] = was
		if p := w.pending[name]; p != nil {
			waiting[name] = p
		}
	}
	w.known, w.pending = known, waiting
	if len(waiting) > 0 {
		select {
		case w.marked <- struct{}{}:
		default: // it is said already
		}
	}
	return nil
}

// errGone says that the project's folder is not where it was, or is another one. Who watches the old one sees nothing.
var errGone = errors.New("the project's folder is gone: it was moved, removed or replaced")

// beat is how often the project's folder is looked at. The system does not tell when one is removed that is open, nor
// when one above it is moved.
const beat = time.Second

// Run calls changed with each batch of paths that changed, sorted, until ctx ends or the project's folder is gone; then it
// waits for changed, closes the watcher and returns nil or [errGone]. A folder of the set whose names changed is in the
// batch as "x/". What happens while changed runs is in the next batch.
func (w *Watcher) Run(ctx context.Context, changed func(paths []string)) error {
	defer w.Close()
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	still := time.NewTicker(beat)
	defer still.Stop()
	var busy chan struct{} // closed when changed returns; nil = it does not run
	defer func() {
		if busy != nil {
			<-busy
		}
	}()
	var due time.Time // when alarm rings for something that is pending, zero = it does not
	for {
		settle := false
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.notes.events:
			if !ok {
				return fmt.Errorf("watch project: %w", fsnotify.ErrClosed)
			}
			if err := w.take(e); err != nil {
				return err
			}
		case err := <-w.notes.errors:
			if err := w.takeError(err); err != nil {
				return err
			}
		case <-still.C:
			if !w.there() {
				return errGone
			}
		case <-w.marked:
		case <-alarm.C:
			due, settle = time.Time{}, true
		case <-busy:
			busy, settle = nil, true
		}
		if busy != nil {
			continue
		}
		if !settle {
			if soon := time.Now().Add(instant); (due.IsZero() || soon.Before(due)) && w.waiting() {
				due = soon
				alarm.Reset(instant)
			}
			continue
		}
		batch, again := w.settle(time.Now())
		due = time.Time{}
		if again > 0 {
			due = time.Now().Add(again)
			alarm.Reset(again)
		}
		if len(batch) > 0 {
			done := make(chan struct{})
			busy = done
			go func() {
				defer close(done)
				changed(batch)
			}()
		}
	}
}

// there reports whether the project's folder is the one that is watched.
func (w *Watcher) there() bool {
	is, err := os.Stat(w.given)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // who may not look, or cannot just now, does not know
	}
	return os.SameFile(is, w.folder)
}

func (w *Watcher) waiting() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.pending) > 0
}

// take notes the paths of the set that an event may concern.
func (w *Watcher) take(e fsnotify.Event) error {
	if e.Op == 0 || e.Op == fsnotify.Chmod {
		return nil
	}
	rel, err := filepath.Rel(w.dir, e.Name)
	if err != nil {
		return nil
	}
	name, moved := filepath.ToSlash(rel), e.Has(fsnotify.Create) || e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename)
	if name == "." && (e.Has(fsnotify.Rename) || e.Has(fsnotify.Remove)) {
		return errGone // if it is back already, it is watched no more
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	concerned := w.ways.concerned(name, moved)
	if len(concerned) == 0 {
		return nil
	}
	if moved && w.ways.turnsAt(name) {
		w.forget(name)
		if err := w.place(); err != nil {
			return err
		}
	}
	for _, path := range concerned {
		w.mark(path, e.Has(fsnotify.Write))
	}
	return nil
}

// takeError returns an error that ends the watching. An overflow is none: then everything may have changed. Nor is a
// folder that was gone before its watch was.
func (w *Watcher) takeError(err error) error {
	if err == nil || errors.Is(err, fsnotify.ErrNonExistentWatch) || errors.Is(err, syscall.EINVAL) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if !errors.Is(err, fsnotify.ErrEventOverflow) {
		return fmt.Errorf("watch project: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(".")
	if err := w.place(); err != nil {
		return err
	}
	for _, path := range w.paths {
		w.mark(path, true)
	}
	return nil
}

func (w *Watcher) mark(path string, written bool) {
	p, now := w.pending[path], time.Now()
	if p == nil {
		p = &pending{first: now}
		w.pending[path] = p
	}
	p.last, p.size, p.written = now, -1, p.written || written
}

// settle returns the next batch if everything pending has settled, or how long to wait before asking again, 0 = for an
// event.
func (w *Watcher) settle(now time.Time) (batch []string, again time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for path, p := range w.pending {
		if now.Sub(p.first) >= most {
			again = 0 // nobody waits for the others either
			break
		}
		left := min(w.unsettled(path, p, now), most-now.Sub(p.first))
		if left > 0 && (again == 0 || left < again) {
			again = left
		}
	}
	if again > 0 {
		return nil, again
	}
	for path := range w.pending {
		if is := w.look(path, true); !is.same(w.known[path]) {
			w.known[path] = is
			batch = append(batch, path)
		}
	}
	clear(w.pending)
	if len(batch) > 0 {
		w.since = now
	}
	slices.Sort(batch)
	return batch, 0
}

// unsettled returns how long to wait at least before a path may have settled, 0 = it has.
func (w *Watcher) unsettled(path string, p *pending, now time.Time) time.Duration {
	calm := now.Sub(p.last)
	if calm < instant {
		return instant - calm
	}
	is, was := w.look(path, false), w.known[path]
	if (is.kind == missing || is.empty()) && is.kind != was.kind || is.empty() && !was.empty() {
		return max(absent-calm, 0)
	}
	if !p.written {
		return 0
	}
	if p.size != is.size {
		p.size = is.size
		return max(quiet-calm, instant)
	}
	return max(quiet-calm, 0)
}

// A limit of the system keeps folders from being watched.
type limit struct{ err error }

func (e *limit) Error() string { return fmt.Sprintf("watch project: %v", e.err) }
func (e *limit) Unwrap() error { return e.err }

// Hint returns what to do about it.
func (e *limit) Hint() string {
	return "too many folders are watched on this system: raise fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl, or close other programs that watch files"
}

func atLimit(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) {
		return &limit{err}
	}
	return fmt.Errorf("watch project: %w", err)
}
