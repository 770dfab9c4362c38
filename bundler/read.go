package bundler

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/hframes/hframes/source"
)

// A text is one version of a text file. Two builds that find the same bytes under a name share one text, so that
// everything made from it can be remembered by its pointer.
type text struct {
	name string
	data []byte
	file func() *source.File
}

// A stamped text is one whose file need not be read again while its size and time stay.
type stamped struct {
	text  *text
	size  int64
	mtime time.Time // zero: compare the bytes
}

type reading struct {
	text *text
	err  error
}

// text reads a text file of the project.
func (r *run) text(name string) (*text, error) {
	got := r.read.do(name, func() reading {
		t, err := r.readText(name)
		return reading{t, err}
	})
	return got.text, got.err
}

func (r *run) readText(name string) (*text, error) {
	info, err := fs.Stat(r.fsys, name)
	if err != nil {
		return nil, err
	}
	old, known := r.texts.get(name, r.build)
	if known && !old.mtime.IsZero() && old.mtime.Equal(info.ModTime()) && old.size == info.Size() {
		return old.text, nil
	}
	data, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		return nil, err
	}
	if err := checkUTF8(name, data); err != nil {
		return nil, err
	}
	s := stamped{text: old.text}
	if !known || !bytes.Equal(old.text.data, data) {
		s.text = newText(name, data)
	}
	if settled(info) {
		s.size, s.mtime = info.Size(), info.ModTime()
	}
	r.texts.put(name, s, r.build)
	return s.text, nil
}

func newText(name string, data []byte) *text {
	return &text{name: name, data: data,
		file: sync.OnceValue(func() *source.File { return source.NewFile(name, data) })}
}

// settled reports whether a file's time may stand for its contents. A file written a moment ago may be written again
// within the clock's tick, so its time proves nothing yet; a generated file has no time at all.
func settled(info fs.FileInfo) bool {
	const tick = 2 * time.Second
	return !info.ModTime().IsZero() && time.Since(info.ModTime()) > tick
}

// A sum is the hash of a file that is not held in memory.
type sum struct {
	hash  string // sha256, hexadecimal
	size  int64
	mtime time.Time
}

// sum hashes a file of the project without keeping its contents.
func (r *run) sum(name string) (sum, error) {
	info, err := fs.Stat(r.fsys, name)
	if err != nil {
		return sum{}, err
	}
	if old, ok := r.sums.get(name, r.build); ok && !old.mtime.IsZero() && old.mtime.Equal(info.ModTime()) && old.size == info.Size() {
		return old, nil
	}
	f, err := r.fsys.Open(name)
	if err != nil {
		return sum{}, err
	}
	defer f.Close()
	hash, n, err := hashOf(f)
	if err != nil {
		return sum{}, fmt.Errorf("read %s: %w", name, err)
	}
	s := sum{hash: hash, size: n}
	if settled(info) {
		s.mtime = info.ModTime()
	}
	r.sums.put(name, s, r.build)
	return s, nil
}

func hashOf(r io.Reader) (hash string, size int64, err error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// exists reports whether the project has a file of that name.
func (r *run) exists(name string) bool {
	if !fs.ValidPath(name) {
		return false
	}
	return r.found.do(name, func() bool {
		info, err := fs.Stat(r.fsys, name)
		return err == nil && info.Mode().IsRegular()
	})
}

// entries returns the names in a folder of the project, sorted.
func (r *run) entries(dir string) []string {
	return r.lists.do(dir, func() []string {
		var names []string
		list, _ := fs.ReadDir(r.fsys, dir)
		for _, e := range list {
			names = append(names, e.Name())
		}
		slices.Sort(names)
		return names
	})
}

// A badByte is a page, a style or a script that is not UTF-8. Browsers would show something else than was meant, and
// esbuild does not come back from some of them.
type badByte struct{ source.Diagnostic }

func (e *badByte) Error() string { return e.Msg }

func checkUTF8(name string, data []byte) error {
	ext := strings.ToLower(path.Ext(name))
	if scripts[ext] == api.LoaderNone && ext != ".html" && ext != ".htm" || utf8.Valid(data) {
		return nil
	}
	at := 0
	for {
		if c, n := utf8.DecodeRune(data[at:]); c == utf8.RuneError && n <= 1 {
			break
		} else {
			at += n
		}
	}
	d := source.NewFile(name, data).At(at, at+1, "bundler/encoding", fmt.Sprintf("byte %#02x is not UTF-8", data[at]))
	return &badByte{d.WithHint("save the file as UTF-8")}
}

func readError(name string, err error) source.Diagnostic {
	if bad := (*badByte)(nil); errors.As(err, &bad) {
		return bad.Diagnostic
	}
	return source.Diagnostic{Pos: source.Pos{File: name}, Code: "bundler/read", Msg: fmt.Sprintf("cannot read %q: %v", name, err)}
}
