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
			f.Source = name
			return asset{url: r.fromBase(f.Path), file: f}
		}
		s, err := r.sum(name)
		if err != nil {
			return asset{err: err}
		}
		f := &File{Path: r.assetPath(path.Base(name), s.hash), Size: s.size, Hash: s.hash, fsys: r.fsys, Source: name}
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

// A shelf holds the project's files with one extension.
type shelf struct {
	paths map[string]string // base name → the first path that ends in it
	bases []string          // in the order of those paths
}

// shelves sorts the project's files by extension.
func (r *run) shelves() map[string]*shelf {
	all := map[string]*shelf{}
	for _, f := range r.walk() {
		base := path.Base(f)
		s := all[path.Ext(base)]
		if s == nil {
			s = &shelf{paths: map[string]string{}}
			all[path.Ext(base)] = s
		}
		if _, known := s.paths[base]; !known {
			s.paths[base] = f
			s.bases = append(s.bases, base)
		}
	}
	return all
}

// nearTo begins a hint that is not worked out yet: the path of a missing file follows.
const nearTo = "\x00"

// nearest returns a hint that names the project's file most like a path that does not exist.
func (r *run) nearest(name string) string { return nearTo + name }

// mostCompared bounds the missing files whose names are compared with all others, which takes long where there are many.
const mostCompared = 20

// hints works out the hints of [run.nearest] in a sorted list.
func (r *run) hints(list source.List) {
	var shelves map[string]*shelf
	compared := 0
	for i := range list {
		name, ok := strings.CutPrefix(list[i].Hint, nearTo)
		if !ok {
			continue
		}
		list[i].Hint = ""
		base := path.Base(name)
		if shelves == nil {
			shelves = r.shelves()
		}
		s := shelves[path.Ext(base)]
		if s == nil {
			continue
		}
		if f, ok := s.paths[base]; ok {
			list[i].Hint = fmt.Sprintf("there is %q", f)
		} else if compared++; compared <= mostCompared {
			if near := source.Nearest(base, s.bases); near != "" {
				list[i].Hint = fmt.Sprintf("did you mean %q?", s.paths[near])
			}
		}
	}
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
