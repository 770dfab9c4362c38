package preview

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// ways are how the paths of a set are reached: the folders to watch, and what a change of a name in them concerns. All
// names are slash paths from the project's folder with no link on the way.
type ways struct {
	dir     string                 // the project's folder
	folders map[string]fs.FileInfo // to watch, and which each one is
	names   map[string][]string    // name → paths that it is, or that lie behind it
	turns   map[string]bool        // names of folders and links: where one changes, ways do
	listed  map[string][]string    // folder → paths that ask for its names
	infos   map[string]fs.FileInfo // what names are, while ways are found
}

// concerned returns the paths that a change of a name concerns. moved tells that it came or went.
func (w *ways) concerned(name string, moved bool) []string {
	paths := w.names[name]
	if moved {
		paths = append(paths[:len(paths):len(paths)], w.listed[path.Dir(name)]...)
	}
	return paths
}

// turnsAt reports whether a name that came or went may have changed ways.
func (w *ways) turnsAt(name string) bool {
	if _, watched := w.folders[name]; watched || w.turns[name] {
		return true
	}
	info, err := os.Lstat(w.on(name))
	return err == nil && len(w.names[name]) > 0 && !info.Mode().IsRegular()
}

// on returns a name's path on disk.
func (w *ways) on(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

// find finds the ways of a set on the disk as it is.
func (w *ways) find(paths []string) {
	w.turns, w.names, w.listed = map[string]bool{}, map[string][]string{}, map[string][]string{}
	w.infos = map[string]fs.FileInfo{}
	w.folders = map[string]fs.FileInfo{".": w.info(".")}
	for _, p := range paths {
		w.walk(p, strings.TrimSuffix(p, "/"), 0)
	}
	w.infos = nil
}

// mostLinks bounds the links on the way to a path.
const mostLinks = 40

// walk goes to where p is, as far as there is something, and on behind links.
func (w *ways) walk(p, to string, links int) {
	listing := strings.HasSuffix(p, "/")
	at := "."
	parts := strings.Split(to, "/")
	if to == "." {
		parts = nil
	}
	for i, part := range parts {
		w.folders[at] = w.info(at)
		next, last := path.Join(at, part), i == len(parts)-1
		w.names[next] = append(w.names[next], p)
		if !last || listing {
			w.turns[next] = true
		}
		info := w.info(next)
		switch {
		case info == nil:
			return
		case info.Mode()&fs.ModeSymlink != 0:
			w.turns[next] = true
			if target, ok := w.target(at, next); ok && links < mostLinks {
				w.walk(p, path.Join(target, path.Join(parts[i+1:]...)), links+1)
			}
			return
		case !info.IsDir():
			return
		}
		at = next
	}
	if listing {
		w.folders[at] = w.info(at)
		w.listed[at] = append(w.listed[at], p)
	}
}

// info returns what a name is, nil if there is none.
func (w *ways) info(name string) fs.FileInfo {
	info, known := w.infos[name]
	if !known {
		if got, err := os.Lstat(w.on(name)); err == nil {
			info = got
		}
		w.infos[name] = info
	}
	return info
}

// target returns where a link in a folder leads, if that is in the project.
func (w *ways) target(folder, link string) (string, bool) {
	to, err := os.Readlink(w.on(link))
	if err != nil {
		return "", false
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(w.on(folder), to)
	}
	rel, err := filepath.Rel(w.dir, to)
	return filepath.ToSlash(rel), err == nil && filepath.IsLocal(rel)
}

// place watches the folders on the ways to the set, and no others. It looks again after each new one: what came into it
// before it was watched was not reported.
func (w *Watcher) place() error {
	for more := true; more; {
		more = false
		w.ways.find(w.paths)
		for name, was := range w.watched {
			if is, ok := w.ways.folders[name]; !ok || !os.SameFile(is, was) {
				w.unwatch(name)
			}
		}
		for name, info := range w.ways.folders {
			if _, ok := w.watched[name]; ok {
				continue
			}
			w.unwatchMoved(info)
			err := w.notes.add(w.ways.on(name))
			if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) || errors.Is(err, fsnotify.ErrClosed) {
				return atLimit(err)
			}
			if err == nil { // else it is gone again, which its parent tells, or nobody may look into it
				w.watched[name], more = info, true
			}
		}
	}
	return nil
}

// unwatchMoved ends the watching of a folder that was moved under the name that it had. The system knows one watch of a
// folder: the new name's would end with it.
func (w *Watcher) unwatchMoved(info fs.FileInfo) {
	for name, was := range w.watched {
		if os.SameFile(was, info) {
			w.unwatch(name)
		}
	}
}

func (w *Watcher) unwatch(name string) {
	_ = w.notes.remove(w.ways.on(name)) // it may be gone already
	delete(w.watched, name)
}

// forget ends the watching of a folder and all below: others may have their names now.
func (w *Watcher) forget(name string) {
	for folder := range w.watched {
		if folder == name || name == "." || strings.HasPrefix(folder, name+"/") {
			w.unwatch(folder)
		}
	}
}
