package bundler

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// A Bundle is a finished film: a HyperFrames folder that needs nothing else. Text is in memory; media is read from the
// project whenever it is asked for.
type Bundle struct {
	Entry  string   // path of the entry page
	Files  []File   // sorted by path
	Inputs []string // files of the project that it was made from, sorted; files in its node_modules too
	Hash   string   // of all paths and contents: sha256, hexadecimal
}

// A File is one file of a Bundle.
type File struct {
	Path string // with forward slashes
	Size int64  // bytes
	Hash string // sha256 of its contents, hexadecimal

	Source string // the project's file that it is, under another name perhaps; "" = it was written here

	data []byte // contents, or nil
	fsys fs.FS  // otherwise the project that holds Source
}

// Open returns the file's contents.
func (f File) Open() (io.ReadSeekCloser, error) {
	if f.fsys == nil {
		return &textFile{Reader: bytes.NewReader(f.data)}, nil
	}
	in, err := f.fsys.Open(f.Source)
	if err != nil {
		return nil, err
	}
	if s, ok := in.(io.ReadSeekCloser); ok {
		return s, nil
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	return &textFile{Reader: bytes.NewReader(data)}, nil
}

// text returns the contents of a file that is in memory.
func (f File) text() ([]byte, bool) { return f.data, f.fsys == nil }

// copyTo writes the file's contents and makes sure that they are what was bundled.
func (f File) copyTo(w io.Writer) error {
	if data, ok := f.text(); ok {
		_, err := w.Write(data)
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, h), in); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != f.Hash {
		return fmt.Errorf("%s changed after it was bundled", f.Source)
	}
	return nil
}

// Size returns the sum of all files' sizes in bytes.
func (b *Bundle) Size() int64 {
	var n int64
	for _, f := range b.Files {
		n += f.Size
	}
	return n
}

// File returns the file at a path.
func (b *Bundle) File(name string) (File, bool) {
	i, ok := slices.BinarySearchFunc(b.Files, name, func(f File, name string) int { return strings.Compare(f.Path, name) })
	if !ok {
		return File{}, false
	}
	return b.Files[i], true
}

func hashList(files []File) string {
	sum := sha256.Sum256(hashLines(files))
	return hex.EncodeToString(sum[:])
}

// hashLines lists files as sha256sum does.
func hashLines(files []File) []byte {
	var b []byte
	for _, f := range files {
		b = fmt.Appendf(b, "%s  %s\n", f.Hash, f.Path)
	}
	return b
}

// FS returns the bundle as a file system. Its files can seek, so that it can be served with ranges; they have no times.
func (b *Bundle) FS() fs.FS {
	dirs := map[string][]fs.DirEntry{".": nil}
	for _, f := range b.Files {
		entry := fs.FileInfoToDirEntry(fileInfo{f.Path, f.Size, 0o644})
		for name := f.Path; ; {
			dir := path.Dir(name)
			_, known := dirs[dir]
			dirs[dir] = append(dirs[dir], entry)
			if known {
				break
			}
			entry = fs.FileInfoToDirEntry(fileInfo{dir, 0, fs.ModeDir | 0o755})
			name = dir
		}
	}
	for _, list := range dirs {
		slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return &bundleFS{b, dirs}
}

type bundleFS struct {
	b    *Bundle
	dirs map[string][]fs.DirEntry
}

func (s *bundleFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if list, ok := s.dirs[name]; ok {
		return &folder{fileInfo{name, 0, fs.ModeDir | 0o755}, list}, nil
	}
	f, ok := s.b.File(name)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	return &openFile{in, fileInfo{name, f.Size, 0o644}}, nil
}

// ReadFile returns the contents of a file.
func (s *bundleFS) ReadFile(name string) ([]byte, error) {
	f, ok := s.b.File(name)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if data, ok := f.text(); ok {
		return bytes.Clone(data), nil
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}

type textFile struct{ *bytes.Reader }

func (*textFile) Close() error { return nil }

type openFile struct {
	io.ReadSeekCloser
	info fileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

type folder struct {
	info fileInfo
	rest []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *folder) Close() error               { return nil }
func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.path, Err: fs.ErrInvalid}
}

func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(f.rest)
	} else if len(f.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.rest))
	out := f.rest[:n:n]
	f.rest = f.rest[n:]
	return out, nil
}

type fileInfo struct {
	path string
	size int64
	mode fs.FileMode
}

func (i fileInfo) Name() string       { return path.Base(i.path) }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }
