package compose

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"
)

// overlay is generated files over a project's own.
type overlay struct {
	files   map[string][]byte
	project fs.FS
}

func newOverlay(files map[string][]byte, project fs.FS) fs.FS { return overlay{files, project} }

// Open opens a generated file, the project's own of that name, or a folder with the files of both.
func (o overlay) Open(name string) (fs.File, error) {
	if data, ok := o.files[name]; ok {
		return fstest.MapFS{name: {Data: data, Mode: 0o644}}.Open(name)
	}
	f, err := o.project.Open(name)
	if err != nil && !fs.ValidPath(name) {
		return nil, err
	}
	info, _ := fs.Stat(fstest.MapFS{"x": {Mode: 0o755 | fs.ModeDir}}, "x")
	if err == nil {
		if info, err = f.Stat(); err != nil || !info.IsDir() {
			return f, err
		}
		f.Close()
	}
	entries, err := o.ReadDir(name)
	if err != nil {
		return nil, err
	}
	return &folder{FileInfo: info, name: path.Base(name), entries: entries}, nil
}

// folder is an open folder of an overlay.
type folder struct {
	fs.FileInfo
	name    string
	entries []fs.DirEntry
	at      int
}

func (d *folder) Name() string               { return d.name }
func (d *folder) Stat() (fs.FileInfo, error) { return d, nil }
func (d *folder) Close() error               { return nil }

func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a folder")}
}

// ReadDir returns the next n entries, all that are left when n is not positive.
func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	left := d.entries[d.at:]
	if n > 0 && len(left) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		left = left[:min(n, len(left))]
	}
	d.at += len(left)
	return slices.Clone(left), nil
}

// ReadFile returns the bytes of a generated file without a copy; the caller must not change them.
func (o overlay) ReadFile(name string) ([]byte, error) {
	if data, ok := o.files[name]; ok {
		return data, nil
	}
	return fs.ReadFile(o.project, name)
}

// ReadDir lists a folder of the project with the generated files in it.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	ours := fstest.MapFS{}
	for file, data := range o.files {
		rest, ok := strings.CutPrefix(file, name+"/")
		if name == "." {
			rest, ok = file, true
		}
		if first, _, deeper := strings.Cut(rest, "/"); ok && deeper {
			ours[first] = &fstest.MapFile{Mode: 0o755 | fs.ModeDir}
		} else if ok {
			ours[first] = &fstest.MapFile{Data: data, Mode: 0o644}
		}
	}
	out, err := fs.ReadDir(o.project, name)
	if len(ours) > 0 {
		err = nil
	}
	out = slices.DeleteFunc(out, func(e fs.DirEntry) bool { return ours[e.Name()] != nil && !e.IsDir() })
	for first := range ours {
		if info, err := fs.Stat(ours, first); err == nil && !slices.ContainsFunc(out, func(e fs.DirEntry) bool { return e.Name() == first }) {
			out = append(out, fs.FileInfoToDirEntry(info))
		}
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, err
}
