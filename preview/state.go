package preview

import (
	"crypto/sha256"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

type kind int

const (
	unknown kind = iota // like nothing else
	missing
	file
	folder
	listing // a folder's names
)

// A state is what a path was when it was looked at.
type state struct {
	kind  kind
	size  int64     // bytes
	mtime time.Time // of a listing: its folder's
	sum   string    // hash of a small file's contents, or a folder's names; "" = not looked at
}

func (s state) empty() bool { return s.kind == file && s.size == 0 }

// same reports whether a path has not changed. A small file is what it holds; of a large one its size and time must do.
func (s state) same(t state) bool {
	if s.kind == unknown || s.kind != t.kind || s.size != t.size {
		return false
	}
	return s.sum == t.sum && (s.kind != file || s.sum != "" || s.mtime.Equal(t.mtime))
}

// small is the size in bytes up to which a file is compared by its contents.
const small = 1 << 20

// look finds out what a path of a project is now. The names of a folder count as contents, as what a small file holds.
// What lies outside of the project is missing, as for a build.
func look(root *os.Root, name string, contents bool) state {
	dir, isListing := strings.CutSuffix(name, "/")
	info, err := root.Stat(dir)
	if err != nil || isListing && !info.IsDir() {
		return state{kind: missing}
	}
	s := state{kind: file, size: info.Size(), mtime: info.ModTime()}
	switch {
	case isListing:
		s.kind, s.size, s.sum = listing, 0, names(root, dir)
	case info.IsDir():
		s = state{kind: folder}
	case contents && info.Mode().IsRegular() && info.Size() <= small:
		s.sum = sumOf(root, name)
	}
	return s
}

func names(root *os.Root, dir string) string {
	f, err := root.Open(dir)
	if err != nil {
		return ""
	}
	defer f.Close()
	list, _ := f.ReadDir(-1)
	var all []string
	for _, e := range list {
		all = append(all, e.Name()+e.Type().String())
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// sumOf returns the hash of a file, or "" if it cannot be read.
func sumOf(root *os.Root, name string) string {
	f, err := root.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return string(h.Sum(nil))
}
