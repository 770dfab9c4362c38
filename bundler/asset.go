package bundler

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hframes/hframes/source"
)

// An asset is a file that may be in the bundle under a name with its hash in it.
type asset struct {
	url  string // relative to the entry page's folder
	file *File
	err  error
}

// assetDir is where everything renamed goes, beside the entry page.
const assetDir = "assets"

// asset finds out under which name a file of the project would be in the bundle. Two files with the same name and
// contents would be one.
func (r *run) asset(name string) asset {
	return r.assets.do(name, func() asset {
		if strings.EqualFold(path.Ext(name), ".svg") {
			t, err := r.text(name)
			if err != nil {
				return asset{err: err}
			}
			f := r.renamed(path.Base(name), r.svg(t))
			return asset{url: r.fromBase(f.Path), file: f}
		}
		s, err := r.sum(name)
		if err != nil {
			return asset{err: err}
		}
		f := &File{Path: r.assetPath(path.Base(name), s.hash), Size: s.size, Hash: s.hash, fsys: r.fsys, src: name}
		return asset{url: r.fromBase(f.Path), file: f}
	})
}

// take puts a file of the project into the bundle as an asset.
func (r *run) take(name string) asset {
	a := r.asset(name)
	if a.err == nil {
		r.emit(a.file)
		r.input(name)
	}
	return a
}

// renamed returns a text as a file whose name has its hash in it.
func (r *run) renamed(base string, data []byte) *File {
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	return &File{Path: r.assetPath(base, hash), Size: int64(len(data)), Hash: hash, data: data}
}

func (r *run) emitAt(name string, data []byte) {
	sum := sha256.Sum256(data)
	r.emit(&File{Path: name, Size: int64(len(data)), Hash: hex.EncodeToString(sum[:]), data: data})
}

func (r *run) fromBase(name string) string { return strings.TrimPrefix(name, r.base+"/") }

// assetPath returns assets/<stem>-<hash8>.<ext> for a file's base name, with nothing in it that needs quoting.
func (r *run) assetPath(base, hash string) string {
	ext := path.Ext(base)
	stem := plain(strings.TrimSuffix(base, ext))
	if stem == "" {
		stem = "asset"
	}
	if ext = plain(strings.ToLower(ext)); ext != "" {
		ext = "." + ext
	}
	stem = strings.TrimSuffix(stem, "-"+hash[:8]) // bundled before
	return path.Join(r.base, assetDir, stem+"-"+hash[:8]+ext)
}

// plain keeps letters, digits, dots and underscores of a name; the rest becomes single hyphens.
func plain(s string) string {
	const most = 48
	var b strings.Builder
	for _, c := range s {
		switch {
		case c < utf8.RuneSelf && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.'):
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= most {
			break
		}
	}
	return strings.Trim(b.String(), "-.")
}

// nearest returns a hint that names the project's file most like a path that does not exist.
func (r *run) nearest(name string) string {
	base := path.Base(name)
	byBase := map[string]string{}
	var bases []string
	for _, f := range r.walk() {
		b := path.Base(f)
		if b == base {
			return fmt.Sprintf("there is %q", f)
		}
		if _, ok := byBase[b]; !ok && path.Ext(b) == path.Ext(base) {
			byBase[b] = f
			bases = append(bases, b)
		}
	}
	near := source.Nearest(base, bases)
	if near == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", byBase[near])
}

// walk returns the paths of all files that may belong to a film, sorted. What is excluded: contract §16, and folders
// that a Bundle was written to.
func (r *run) walk() []string {
	return r.lists.do("", func() []string {
		var files []string
		r.walkDir(".", &files)
		slices.Sort(files)
		return files
	})
}

func (r *run) walkDir(dir string, files *[]string) {
	list, err := fs.ReadDir(r.fsys, dir)
	if err != nil || r.ctx.Err() != nil {
		return // a folder that cannot be read holds nothing for us
	}
	if dir != "." && slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == markerName }) {
		return
	}
	for _, e := range list {
		base, name := e.Name(), path.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(base, "."):
		case e.IsDir():
			if !excluded[base] && !excludedAtTop[name] {
				r.walkDir(name, files)
			}
		case e.Type().IsRegular(), e.Type()&fs.ModeSymlink != 0 && r.exists(name):
			*files = append(*files, name)
		}
	}
}

var (
	excluded      = map[string]bool{"node_modules": true, "dist": true, "coverage": true}
	excludedAtTop = map[string]bool{"renders": true, "snapshots": true}
)
