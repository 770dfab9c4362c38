// Package workdir makes working folders that do not outlive their process, whatever ends it.
//
// In go what a folder is for; out comes an empty one among the system's temporary files, private to this user, that
// Close removes. A process that is killed cannot do that, so a lock in each folder tells whether somebody works there
// still: making a folder first removes those that nobody does. Where the system has no locks that end with a process,
// nothing but Close removes a folder.
//
// A folder is made under another name, and has its own only once it is locked. So one that is not locked is abandoned,
// however young it is. What is removed is this user's, has the name and the lock of a working folder, and is no link.
package workdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/lock"
)

// A Dir is a working folder.
type Dir struct {
	path string
	lock *os.File
}

// New makes a working folder in [os.TempDir] and removes abandoned ones. kind is a word of lower-case letters that
// tells a person who looks there what it is for.
func New(kind string) (*Dir, error) {
	base := os.TempDir()
	sweep(base)
	return create(base, kind)
}

// Short is [New] for a folder in which there will be sockets, whose paths have to be short: where TMPDIR is a long one,
// it is in /tmp.
func Short(kind string) (*Dir, error) {
	base := os.TempDir()
	if runtime.GOOS == "linux" && len(base) > maxBase {
		base = "/tmp"
	}
	sweep(base)
	return create(base, kind)
}

// maxBase is the length of a folder's path that leaves room for a working folder and Chromium's socket in that: a
// socket's path ends at 107 bytes.
const maxBase = 36

// Path returns the folder's path.
func (d *Dir) Path() string { return d.path }

// Close removes the folder with everything in it. It may be called more than once, but not by two goroutines at a time.
func (d *Dir) Close() error {
	if d.path == "" {
		return nil
	}
	err := remove(d.path)
	if d.lock != nil {
		d.lock.Close()
	}
	*d = Dir{}
	return err
}

const (
	lockName = ".lock"
	unborn   = ".new"    // ends the name of a folder that is not locked yet
	stale    = time.Hour // the age at which nobody will do what takes a moment
)

// names matches those of working folders.
var names = regexp.MustCompile(`^hframes\.[a-z]+\.[0-9a-f]{8}(\.new)?$`)

// create makes and locks a folder.
func create(base, kind string) (*Dir, error) {
	var err error
	for range 10 { // somebody may have the name
		d := &Dir{path: filepath.Join(base, fmt.Sprintf("hframes.%s.%08x", kind, rand.Uint32()))}
		if err = d.create(); err == nil {
			return d, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return nil, fmt.Errorf("make a working folder: %w", err)
}

func (d *Dir) create() error {
	if !lock.Supported {
		return os.Mkdir(d.path, 0o700)
	}
	fresh := d.path + unborn
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(fresh, lockName), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = lock.Hold(context.Background(), f)
	}
	if err == nil {
		err = os.Rename(fresh, d.path)
	}
	if err != nil {
		f.Close()
		os.RemoveAll(fresh)
		return err
	}
	d.lock = f
	return nil
}

// sweep removes the abandoned folders in base. What cannot be removed stays for the next one.
func sweep(base string) {
	if !lock.Supported {
		return
	}
	list, _ := os.ReadDir(base)
	for _, e := range list {
		if !e.IsDir() || !names.MatchString(e.Name()) {
			continue
		}
		info, err := e.Info()
		if err != nil || !ours(info) {
			continue
		}
		path := filepath.Join(base, e.Name())
		old := time.Since(info.ModTime()) > stale
		if old || !strings.HasSuffix(path, unborn) {
			bury(path, old)
		}
	}
}

// bury removes the folder at path if nobody has its lock. One that has no lock any more is being
// removed, unless it is old.
func bury(path string, old bool) {
	f, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist) && old:
		remove(path)
	case errors.Is(err, fs.ErrNotExist):
		os.Remove(path) // if it is empty: then only this was left to do
	}
	if err != nil {
		return
	}
	defer f.Close()
	if free, err := lock.Try(f); err == nil && free {
		remove(path)
	}
}

// remove removes a folder and everything in it, the lock last: who is killed meanwhile leaves a folder that others
// remove. Processes that are about to end may still write there.
func remove(path string) error {
	var err error
	for pause := time.Millisecond; pause < 200*time.Millisecond; pause *= 2 {
		if err = removeOnce(path); err == nil {
			return nil
		}
		time.Sleep(pause)
	}
	return err
}

func removeOnce(path string) error {
	list, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Name() == lockName {
			continue
		}
		if err := os.RemoveAll(filepath.Join(path, e.Name())); err != nil {
			return err
		}
	}
	if err := os.Remove(filepath.Join(path, lockName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Remove(path)
}
