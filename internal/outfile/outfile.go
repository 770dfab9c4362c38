// Package outfile writes a file that appears whole or not at all.
//
// In go the name of a file and what it will be made from; out comes an open file under another name beside it, and, once
// that is good, its rename. The other name is the same each time, so that what a killed process left is used up by the
// next try; a lock on it keeps two processes from doing one thing at a time.
package outfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hframes/hframes/internal/lock"
)

// A File is on its way to become another.
type File struct {
	*os.File
	dst string
}

// Create is [Open] for an empty file.
func Create(ctx context.Context, dst, id string) (*File, error) {
	f, err := Open(ctx, dst, id)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(0); err != nil {
		f.Close()
		return nil, PlaceError(dst, err)
	}
	return f, nil
}

// Open makes the folder of dst if need be and opens a file beside dst, with what a killed process left in it; id tells
// what it is made from. It waits while another process has the same under way. dst itself is not touched; the file that
// it is, if any, lends the new one its mode, so that a private one stays private. The errors are those of [Target], the
// system's, and the context's cause.
func Open(ctx context.Context, dst, id string) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(dst), 0o777); err != nil {
		return nil, PlaceError(dst, err)
	}
	abs, err := Target(dst)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(id + "\x00" + filepath.Base(abs)))
	part := filepath.Join(filepath.Dir(abs), ".hframes-"+hex.EncodeToString(sum[:6])+".part")
	for {
		f, err := open(part)
		if err != nil {
			return nil, PlaceError(dst, err)
		}
		if err := lock.Hold(ctx, f); err != nil {
			f.Close()
			return nil, err
		}
		if !same(f, part) {
			f.Close() // who had it gave it its name or removed it
			continue
		}
		if old, err := os.Stat(abs); err == nil {
			f.Chmod(old.Mode().Perm() | 0o600) // a file system without modes is no reason to fail
		}
		return &File{f, abs}, nil
	}
}

// open opens the unfinished file at path, or makes it. Its name can be guessed, and others may be free to put something
// there: whatever is not a file of ours alone is removed, neither followed nor written to.
func open(path string) (*os.File, error) {
	for range 100 {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
		there, err := os.Lstat(path)
		if err == nil && !ours(there) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("%s is in the way: %w", path, cause(err))
			}
			continue
		}
		if err == nil {
			f, err = os.OpenFile(path, os.O_RDWR, 0)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // who had it gave it its name or removed it
		case err != nil:
			return nil, err
		}
		if mine, err := f.Stat(); err == nil && os.SameFile(mine, there) {
			return f, nil
		}
		f.Close()
	}
	return nil, fmt.Errorf("somebody else keeps changing %s", path)
}

// same reports whether f is what lies at path.
func same(f *os.File, path string) bool {
	mine, err := f.Stat()
	there, e := os.Lstat(path)
	return err == nil && e == nil && os.SameFile(mine, there)
}

// Target returns the absolute path that a file of that name is written to: where dst is a link, what it leads to. A
// folder, something that is no file, and a link that leads nowhere are errors.
func Target(dst string) (string, error) {
	abs, err := filepath.Abs(dst)
	if err != nil {
		return "", PlaceError(dst, err)
	}
	fi, err := os.Stat(abs)
	_, isLink := os.Readlink(abs)
	switch {
	case err == nil && fi.IsDir():
		return "", fmt.Errorf("write %s: it is a folder", dst)
	case err == nil && !fi.Mode().IsRegular():
		return "", fmt.Errorf("write %s: it is not a file", dst)
	case errors.Is(err, fs.ErrNotExist) && isLink == nil:
		return "", fmt.Errorf("write %s: it is a link that leads nowhere", dst)
	case err == nil:
		if abs, err = filepath.EvalSymlinks(abs); err != nil {
			return "", PlaceError(dst, err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return "", PlaceError(dst, err)
	}
	return abs, nil
}

// PlaceError says why a file cannot be made, by its own name: the one that failed can be that of the unfinished file.
func PlaceError(dst string, err error) error {
	return fmt.Errorf("write %s: %w", dst, cause(err))
}

// cause returns what the system said, without the paths that it was said of.
func cause(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}

// Target returns where the file will be, as the function [Target] does.
func (f *File) Target() string { return f.dst }

// Restart empties the file.
func (f *File) Restart() error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return f.Truncate(0)
}

// Commit puts the file on the disk and gives it its name, in place of a file that has it.
func (f *File) Commit() error {
	if err := f.Sync(); err != nil {
		return PlaceError(f.dst, err)
	}
	if !same(f.File, f.Name()) {
		return PlaceError(f.dst, errors.New("the unfinished file was removed"))
	}
	if err := os.Rename(f.Name(), f.dst); err != nil {
		return PlaceError(f.dst, err)
	}
	return nil
}

// Reject gives the file a name that says that it is no good, "film.failed.mp4" beside "film.mp4", and returns that. A
// file of that name is replaced.
func (f *File) Reject() (string, error) {
	ext := filepath.Ext(f.dst)
	name := strings.TrimSuffix(f.dst, ext) + ".failed" + ext
	if !same(f.File, f.Name()) {
		return "", PlaceError(name, errors.New("the unfinished file was removed"))
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return "", PlaceError(name, err)
	}
	return name, nil
}

// Close removes the file, unless it has its name.
func (f *File) Close() error {
	if same(f.File, f.Name()) {
		os.Remove(f.Name())
	}
	return f.File.Close()
}
