package templates

import (
	"embed"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

//go:embed layouts themes blocks base.css
var builtin embed.FS

// BuiltIn is the Origin of what comes with the program.
const BuiltIn = "built-in"

// A Set is every layout, theme and block that a project can name. It is safe for use by several goroutines.
type Set struct {
	layouts map[string]func() *Layout
	themes  map[string]func() *Theme
	blocks  map[string]func() *BlockTemplate
}

// Load returns the built-in layouts, themes and blocks with those of a project laid over them: a folder of the same
// name replaces the built-in one whole. The project's are read from its templates/ folder; project may be nil.
//
// The list holds everything that is wrong with the project's YAML files and folders. A layout with errors stays in the
// set as far as it could be read, so that later stages can go on and find more. Templates are parsed when first used.
func Load(project fs.FS) (*Set, source.List) {
	s := &Set{layouts: map[string]func() *Layout{}, themes: map[string]func() *Theme{}, blocks: map[string]func() *BlockTemplate{}}
	var list source.List
	s.add(folder{fsys: builtin, origin: BuiltIn}, nil)
	if project != nil {
		s.add(folder{fsys: project, dir: "templates", origin: "templates"}, &list)
	}
	list.Sort()
	return s, list
}

// Base returns base.css, which every theme stands on.
func Base() []byte {
	data, _ := builtin.ReadFile("base.css")
	return data
}

// Layout returns the layout of that name, or nil.
func (s *Set) Layout(name string) *Layout { return get(s.layouts, name) }

// Theme returns the theme of that name, or nil.
func (s *Set) Theme(name string) *Theme { return get(s.themes, name) }

// Block returns the template of that name for `:::name`, `::name[…]` and `:name[…]`, or nil.
func (s *Set) Block(name string) *BlockTemplate { return get(s.blocks, name) }

// Layouts returns the names of all layouts, sorted.
func (s *Set) Layouts() []string { return slices.Sorted(maps.Keys(s.layouts)) }

// Themes returns the names of all themes, sorted.
func (s *Set) Themes() []string { return slices.Sorted(maps.Keys(s.themes)) }

// Blocks returns the names of all blocks, sorted.
func (s *Set) Blocks() []string { return slices.Sorted(maps.Keys(s.blocks)) }

func get[T any](m map[string]func() *T, name string) *T {
	if load := m[name]; load != nil {
		return load()
	}
	return nil
}

// A folder is one named template's folder, or the folder above all of them.
type folder struct {
	fsys   fs.FS
	dir    string // in fsys
	origin string // what an author calls it
}

func (f folder) sub(name string) folder {
	return folder{f.fsys, path.Join(f.dir, name), f.origin + "/" + name}
}

// read returns one file of the folder; nil if it cannot be read.
func (f folder) read(name string) *source.File {
	data, err := fs.ReadFile(f.fsys, path.Join(f.dir, name))
	if err != nil {
		return nil
	}
	return source.NewFile(f.origin+"/"+name, data)
}

func (f folder) name() string { return path.Base(f.dir) }

// whose returns the Origin of what the folder holds.
func (f folder) whose() string {
	if strings.HasPrefix(f.origin, BuiltIn) {
		return BuiltIn
	}
	return f.origin
}

// need is read for a file that must be there.
func (f folder) need(name string, list *source.List) *source.File {
	file := f.read(name)
	if file == nil {
		list.Add(source.Diagnostic{Pos: source.Pos{File: f.origin + "/" + name}, Code: "templates/missing-file",
			Msg: "file " + quote(name) + " is missing"})
	}
	return file
}

// yaml reads a YAML file of the folder; the node is nil if there is none or it cannot be read.
func (f folder) yaml(name string, list *source.List) (reader, *yaml.Node) {
	r := reader{file: f.need(name, list), list: list}
	if r.file == nil {
		return r, nil
	}
	return r, r.root()
}

// motion returns the path in the project of the folder's script, or "". Ours have none.
func (f folder) motion() string {
	for _, name := range []string{"motion.js", "motion.ts"} {
		if _, err := fs.Stat(f.fsys, path.Join(f.dir, name)); err == nil && f.whose() != BuiltIn {
			return path.Join(f.dir, name)
		}
	}
	return ""
}

// add lays a templates folder over s. With a list its YAML files are read at once and what is wrong goes there;
// without one, as for our own, each is read when first asked for.
func (s *Set) add(root folder, list *source.List) {
	layouts := addAll(s.layouts, root.sub("layouts"), list, readLayout)
	addAll(s.themes, root.sub("themes"), list, readTheme)
	addAll(s.blocks, root.sub("blocks"), list, readBlock)
	for _, l := range layouts {
		s.checkSlots(l, list)
	}
}

// addAll returns what was read at once.
func addAll[T any](m map[string]func() *T, dir folder, list *source.List, read func(folder, *source.List) *T) []*T {
	entries, err := fs.ReadDir(dir.fsys, dir.dir)
	if err != nil {
		return nil // a project without such a folder
	}
	var out []*T
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			continue
		}
		f := dir.sub(name)
		if list == nil {
			m[name] = sync.OnceValue(func() *T { return read(f, new(source.List)) })
			continue
		}
		if !validName(name) {
			list.Add(source.Diagnostic{Pos: source.Pos{File: f.origin}, Code: "templates/bad-name",
				Msg: "folder name " + quote(name) + " cannot be used in Markdown"}.
				WithHint("use lower-case letters, digits and hyphens, a letter first"))
			continue
		}
		value := read(f, list)
		m[name] = func() *T { return value }
		out = append(out, value)
	}
	return out
}

// validName reports whether Markdown can name it: a letter, then letters, digits and hyphens, all lower case.
func validName(s string) bool {
	for i, c := range s {
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != ""
}
