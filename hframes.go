// Package hframes turns a deck, Markdown scenes with templates, into a HyperFrames composition that is bundled,
// minified and complete: the whole pipeline in one function, [Project.Build].
//
//	deck, err := hframes.Open("examples/launch", hframes.Options{})
//	film, err := deck.Build(ctx)        // film.Bundle holds the files, film.Diagnostics the warnings
//	err = film.Bundle.WriteDir("build")
//
// Data flows one way: scene.Parse reads the Markdown, compose gives each scene its time and its HTML, bundler makes
// the result self-contained. A folder with an index.html is a HyperFrames project already and goes to the bundler as
// it is. Nothing here prints; nothing is written but by the bundle's own methods.
package hframes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/check"
	"github.com/hframes/hframes/compose"
	"github.com/hframes/hframes/compose/code"
	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/internal/cache"
	"github.com/hframes/hframes/internal/npm"
	"github.com/hframes/hframes/source"
)

// Deck is the name of the Markdown file of a deck that is a folder; Page that of a HyperFrames project's entry.
const (
	Deck = "video.md"
	Page = "index.html"
)

// Options for [Open]. The zero value builds the first size that the deck asks for, minified.
type Options struct {
	Size     string // landscape, portrait, square or WxH; "" = the deck's first
	NoMinify bool   // keep white space and comments
	Offline  bool   // use only what is in the cache of npm packages
	Page     string // of a HyperFrames folder, the page that the film starts with, with slashes; "" = index.html
	CacheDir string // where packages and highlighted code are kept; "" = the user's cache folder
}

// A Project is a deck or a HyperFrames folder on disk. It keeps what one build can hand to the next, so that building
// again after a change costs only the change. It is not safe for concurrent use.
type Project struct {
	Dir   string // absolute
	Entry string // the Markdown file or the page, relative to Dir
	Kind  Kind

	options  Options
	root     *os.Root
	packages npm.Cache
	fetched  map[string]fs.FS // by package: the cache reads every file each time
	noNet    error            // why the registry could not be reached, nil = it was not tried or it answered
	tried    time.Time        // when that was
	composer *compose.Composer
	code     code.Cache // highlighted code, in memory over the disk
	library  library
	bundler  *bundler.Bundler

	inquiry    *inquiry        // of the build that runs or ran last
	last, good map[string]bool // what the last build and the last good one asked for, see [Project.Watched]
}

// Kind tells a deck from a HyperFrames folder.
type Kind int

const (
	Markdown    Kind = iota // a deck
	HyperFrames             // a folder with an index.html
)

// Film is what a build makes.
type Film struct {
	Bundle      *bundler.Bundle
	Composition *compose.Composition // nil for a HyperFrames folder
	Diagnostics source.List          // warnings, sorted
}

// NotFound says that a path holds no deck. Its Hint tells what would be one.
type NotFound struct {
	Path, Reason, Advice string
}

func (e *NotFound) Error() string { return fmt.Sprintf("%s: %s", e.Path, e.Reason) }

// Hint returns what to do about it.
func (e *NotFound) Hint() string { return e.Advice }

// Open finds the deck at path: a Markdown file, a folder with a video.md, a folder with an index.html, or that page
// itself. The folder is the project: nothing outside it is read, except npm packages.
func Open(path string, o Options) (*Project, error) {
	dir, entry, kind, err := find(path)
	if o.Page != "" {
		dir, entry, kind, err = findPage(path, o.Page)
	}
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open project: %w", err)
	}
	if o.CacheDir == "" {
		if o.CacheDir, err = CacheDir(); err != nil {
			return nil, err
		}
	}
	packages := npm.Cache{Dir: filepath.Join(o.CacheDir, npmDir), Offline: o.Offline}
	p := &Project{
		Dir: dir, Entry: entry, Kind: kind, options: o, root: root, packages: packages, fetched: map[string]fs.FS{},
		composer: compose.New(),
		code:     code.Memory(cache.Dir(filepath.Join(o.CacheDir, codeDir))),
		inquiry:  newInquiry(),
	}
	p.bundler = bundler.New(bundler.Options{Dir: dir, NoMinify: o.NoMinify, Keep: []string{"timemap.json"},
		Looked: func(name string) { p.inquiry.note(name) }})
	return p, nil
}

// CacheDir returns the folder in which hframes keeps npm packages and other things it can make again.
func CacheDir() (string, error) {
	if dir := os.Getenv("HFRAMES_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w (set HFRAMES_CACHE)", err)
	}
	return filepath.Join(dir, "hframes"), nil
}

func find(path string) (dir, entry string, kind Kind, err error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", "", 0, err
	}
	info, err := os.Stat(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", 0, &NotFound{path, "no such file or folder", "hframes init " + path + " starts a deck there"}
	}
	if err != nil {
		return "", "", 0, err
	}
	if !info.IsDir() {
		switch filepath.Ext(abs) {
		case ".md", ".markdown":
			return filepath.Dir(abs), filepath.Base(abs), Markdown, nil
		case ".html":
			return filepath.Dir(abs), filepath.Base(abs), HyperFrames, nil
		}
		return "", "", 0, &NotFound{path, "neither Markdown nor a page", "a deck is a .md file, or a folder with a " + Deck}
	}
	for _, c := range []struct {
		name string
		kind Kind
	}{{Deck, Markdown}, {Page, HyperFrames}} {
		if info, err := os.Stat(filepath.Join(abs, c.name)); err == nil && info.Mode().IsRegular() {
			return abs, c.name, c.kind, nil
		}
	}
	return "", "", 0, &NotFound{path, "no " + Deck + " and no " + Page + " in this folder", "hframes init " + path + " starts a deck there"}
}

// findPage finds a page in a folder.
func findPage(path, page string) (dir, entry string, kind Kind, err error) {
	if dir, err = filepath.Abs(path); err != nil {
		return "", "", 0, err
	}
	page = filepath.ToSlash(filepath.Clean(page))
	if !fs.ValidPath(page) || filepath.Ext(page) != ".html" {
		return "", "", 0, &NotFound{page, "not a page in the folder " + path, "name one as seen from there, such as scenes/end.html"}
	}
	info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(page)))
	if err != nil || !info.Mode().IsRegular() {
		return "", "", 0, &NotFound{page, "no such page in the folder " + path, "name one as seen from there, such as scenes/end.html"}
	}
	return dir, page, HyperFrames, nil
}

// Close releases the project's folder. Bundles that stream media from it must not be used afterwards.
func (p *Project) Close() error { return p.root.Close() }

// ReadFile returns a file of the project. Unlike Build it may be called at any time.
func (p *Project) ReadFile(name string) ([]byte, error) { return fs.ReadFile(p.root.FS(), name) }

// Build runs the whole pipeline. When the author's files hold errors, the error is a [source.List] of all of them,
// warnings included, and no film is made.
func (p *Project) Build(ctx context.Context) (*Film, error) {
	film, err := p.build(ctx, p.inquire())
	if err != nil {
		p.conclude(nil)
		return nil, err
	}
	p.conclude(film)
	return film, nil
}

func (p *Project) build(ctx context.Context, project watchedFS) (*Film, error) {
	film := &Film{}
	var fsys fs.FS = project
	entry := p.Entry
	if p.Kind == Markdown {
		comp, err := p.compose(ctx, project)
		if err != nil {
			return nil, err
		}
		film.Composition, film.Diagnostics = comp, comp.Diagnostics
		fsys, entry = comp.FS, comp.Entry
	}
	bundle, list := p.bundler.Build(ctx, fsys, entry)
	if film.Composition != nil {
		list = film.Composition.Blame(list)
	}
	if err := film.add(list); err != nil {
		return nil, err
	}
	film.Bundle = bundle
	return film, ctx.Err()
}

// add takes a stage's diagnostics in. It returns all so far as an error once there is an error among them.
func (f *Film) add(list source.List) error {
	f.Diagnostics = append(f.Diagnostics, list...)
	f.Diagnostics.Sort()
	return f.Diagnostics.Err()
}

// Compose runs the first half of the pipeline for a deck: Markdown and templates in, a HyperFrames composition out.
func (p *Project) Compose(ctx context.Context) (*compose.Composition, error) {
	return p.compose(ctx, p.inquire())
}

func (p *Project) compose(ctx context.Context, fsys watchedFS) (*compose.Composition, error) {
	data, err := fs.ReadFile(fsys, p.Entry)
	if err != nil {
		return nil, fmt.Errorf("read deck: %w", err)
	}
	doc, list := scene.Parse(source.NewFile(p.Entry, data))
	set, problems := p.templates(fsys)
	list.Add(problems...)
	comp, problems := p.composer.Compose(doc, set, fsys, compose.Options{
		Size:  p.options.Size,
		Cache: p.code,
		Fonts: func(f npm.Package) (fs.FS, error) { return p.fetch(ctx, f) },
	})
	list.Add(problems...)
	list.Sort()
	if err := list.Err(); err != nil {
		return nil, err
	}
	comp.Diagnostics = list
	return comp, ctx.Err()
}

// retry is how long the registry counts as out of reach after it could not be reached.
const retry = time.Minute

// fetch returns the files of a pinned package. Once the registry could not be reached, it is not tried again for others
// for a while: each of them would wait as long.
func (p *Project) fetch(ctx context.Context, pkg npm.Package) (fs.FS, error) {
	key := strings.Join(append([]string{pkg.String(), pkg.Integrity}, pkg.Files...), "\n")
	if files := p.fetched[key]; files != nil {
		return files, nil
	}
	if p.noNet != nil && time.Since(p.tried) > retry {
		p.noNet, p.packages.Offline = nil, p.options.Offline
	}
	files, err := p.packages.Fetch(ctx, pkg)
	if err == nil {
		p.fetched[key] = files
		return files, nil
	}
	if missing := (*npm.Missing)(nil); errors.As(err, &missing) {
		if p.noNet != nil {
			missing.Cause = p.noNet
		} else if missing.Unreachable() {
			p.noNet, p.tried, p.packages.Offline = missing.Cause, time.Now(), true
		}
	}
	return nil, err
}

// Runtime returns the official HyperFrames runtime, which preview and local render run the film with. The environment
// variable HFRAMES_RUNTIME names a file to use in its place.
func (p *Project) Runtime(ctx context.Context) ([]byte, error) {
	if file := os.Getenv("HFRAMES_RUNTIME"); file != "" {
		js, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("HFRAMES_RUNTIME: %w", err)
		}
		return js, nil
	}
	files, err := p.fetch(ctx, npm.Runtime)
	if err != nil {
		return nil, err
	}
	return fs.ReadFile(files, npm.RuntimeFile)
}

// Check finds everything that can be known without a browser: what [Project.Build] finds, and what [check.Folder]
// finds in the composition. The list is sorted; it is empty for a deck without a fault.
func (p *Project) Check(ctx context.Context) (source.List, error) {
	if p.Kind == HyperFrames {
		list := check.Folder(p.root.FS(), p.Entry, check.Options{})
		_, found := p.bundler.Build(ctx, p.root.FS(), p.Entry)
		list.Add(unsaid(found, list)...)
		list.Sort()
		return list, ctx.Err()
	}
	film, err := p.Build(ctx)
	var list source.List
	if errors.As(err, &list) {
		return list, nil
	}
	if err != nil {
		return nil, err
	}
	list = film.Diagnostics
	list.Add(film.Composition.Blame(check.Folder(film.Composition.FS, film.Composition.Entry, check.Options{}))...)
	list.Sort()
	return list, nil
}

// unsaid returns what is found on lines about which said has nothing as grave: two stages see the same fault.
func unsaid(found, said source.List) source.List {
	type line struct {
		file string
		line int
	}
	known := map[line]source.Severity{}
	for _, d := range said {
		at := line{d.Pos.File, d.Pos.Line}
		if grave, ok := known[at]; !ok || d.Severity < grave {
			known[at] = d.Severity
		}
	}
	return slices.DeleteFunc(found, func(d source.Diagnostic) bool {
		grave, ok := known[line{d.Pos.File, d.Pos.Line}]
		return ok && grave <= d.Severity
	})
}
