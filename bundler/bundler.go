// Package bundler makes a HyperFrames folder self-contained and small.
//
// In go a project's files and the name of its entry page; out comes a [Bundle], every file that the film needs and
// none besides. It works on any HyperFrames folder, written by compose or by hand, and never writes to it.
//
// What happens to a project:
//
//   - The entry page and, from it, every file named by data-composition-src keep their paths: the official tools use
//     them as names. Their markup is minified where the contract (§7.3) survives it; see html.go.
//   - Inline scripts and styles stay inline, without white space and comments. Linked local scripts and stylesheets
//     become assets/<name>-<hash>.js and .css. A script that uses import is bundled with all it imports; one that does
//     not keeps its top-level names, as other scripts may use them; see js.go, css.go.
//   - Local images, sounds, films and fonts become assets/<name>-<hash>.<ext>, wherever an attribute or a stylesheet
//     names them; a name with no file is an error at the author's line; see url.go, asset.go.
//   - A file that a script may load while the film runs keeps its own path; see keep.go.
//   - Remote addresses stay as they are.
//
// The same input gives the same bytes, in any folder, on any machine, whatever was built before.
package bundler

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/hframes/hframes/source"
)

// Options of a [Bundler]. The zero value bundles a folder that needs no npm package.
type Options struct {
	Dir      string   // absolute path of the project, where node_modules is looked for; "" = nowhere
	NoMinify bool     // keep white space, comments and names
	Keep     []string // path.Match patterns of project files that are copied at their own path; "/**" at the end = a folder

	// Looked is told what a build looked for past its fs.FS or by going through a folder, whether it was there or not:
	// files of packages in Dir, and files that scripts and pages name. A folder whose names matter ends in "/". It is
	// called from several goroutines; nil = nobody asks.
	Looked func(name string)
}

// A Bundler builds bundles. It remembers what it made from what, so that building again after a change costs little
// more than the change. It is not for concurrent use.
type Bundler struct {
	o Options

	build    uint64 // counts builds, for forgetting
	texts    memo[string, stamped]
	sums     memo[string, sum]
	pages    memo[*text, *page]
	drawn    memo[*page, *drawing]
	units    memo[unitKey, *unit]
	inline   memo[string, script]
	mentions memo[*text, []string]
	bundles  map[unitKey]*incremental
}

// New returns a Bundler that remembers nothing yet.
func New(o Options) *Bundler {
	return &Bundler{o: o, bundles: map[unitKey]*incremental{}}
}

// A run is one build.
type run struct {
	*Bundler
	ctx  context.Context
	fsys fs.FS
	base string // folder of the entry page, "." = the project's own: what plain URLs are relative to

	read   flight[string, reading]
	found  flight[string, bool]
	assets flight[string, asset]
	made   flight[unitKey, *unit]
	lists  flight[string, []string]

	mu     sync.Mutex // guards what follows
	files  map[string]*File
	inputs map[string]bool
	list   source.List
}

// Build bundles the page entry of fsys and everything it needs. The Bundle is nil if the list holds an error or if ctx
// is done; it streams media from fsys, which must stay open and unchanged while the Bundle is in use. The list is sorted.
func (b *Bundler) Build(ctx context.Context, fsys fs.FS, entry string) (*Bundle, source.List) {
	b.build++
	defer b.forget()
	r := &run{Bundler: b, ctx: ctx, fsys: fsys, base: path.Dir(entry), files: map[string]*File{}, inputs: map[string]bool{}}
	pages := r.discover(entry)
	r.batch(pages)
	r.resolve(pages)
	facts := r.facts(pages)
	r.draw(pages, facts)
	r.keep(pages)
	r.report(pages)
	r.list.Sort()
	r.hints(r.list)
	if r.list.Err() != nil || ctx.Err() != nil {
		return nil, r.list
	}
	return r.bundle(entry), r.list
}

func (r *run) bundle(entry string) *Bundle {
	out := &Bundle{Entry: entry}
	for _, f := range r.files {
		out.Files = append(out.Files, *f)
	}
	slices.SortFunc(out.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for name := range r.inputs {
		out.Inputs = append(out.Inputs, name)
	}
	slices.Sort(out.Inputs)
	out.Hash = hashList(out.Files)
	return out
}

// A mount is one page in the order it is met, and what its references became.
type mount struct {
	*page
	outs []outcome
	used []*unit
	list source.List
}

// discover reads the entry page and every page that is mounted from it, level by level, each once.
func (r *run) discover(entry string) []*mount {
	seen := map[string]bool{entry: true}
	t, err := r.text(entry)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.diagnose(readError(entry, err))
		return nil
	}
	if err != nil {
		r.diagnose(source.Diagnostic{Pos: source.Pos{File: entry}, Code: "bundler/missing-entry", Msg: fmt.Sprintf("no page %q in the project", entry), Hint: r.nearest(entry)})
		return nil
	}
	r.input(entry)
	all := []*mount{{page: r.page(t)}}
	for level := all; len(level) > 0; {
		var names []string
		for _, m := range level {
			for _, h := range m.hosts {
				name, ok := r.mounted(m.page, h)
				if ok && !seen[name] {
					seen[name] = true
					names = append(names, name)
				}
			}
		}
		level = make([]*mount, len(names))
		r.each(len(names), func(i int) {
			t, err := r.text(names[i])
			if err != nil {
				r.diagnose(readError(names[i], err))
				return
			}
			r.input(names[i])
			level[i] = &mount{page: r.page(t)}
		})
		level = slices.DeleteFunc(level, func(m *mount) bool { return m == nil })
		all = append(all, level...)
	}
	return all
}

// mounted returns the path of the file that a host mounts, and reports one that does not exist.
func (r *run) mounted(p *page, h host) (string, bool) {
	f := r.find(where{dir: r.base, rule: fromPage}, h.src)
	switch f.status {
	case isLocal:
		return f.path, true
	case isMissing, isOutside:
		d := p.file().At(h.start, h.end, "bundler/missing-composition", fmt.Sprintf("no file %q to mount", h.src))
		r.diagnose(d.WithHint(r.nearest(f.path)))
	}
	return "", false
}

// each calls f for 0 … n-1, on as many goroutines as there are processors, and returns when all are done.
func (r *run) each(n int, f func(int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var next sync.Mutex
	i := 0
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for {
				next.Lock()
				k := i
				i++
				next.Unlock()
				if k >= n || r.ctx.Err() != nil {
					return
				}
				f(k)
			}
		})
	}
	wait.Wait()
}

// report collects the pages' diagnostics. What a shared style or script has to say is said once, for the first page.
func (r *run) report(pages []*mount) {
	said := map[*unit]bool{}
	for _, m := range pages {
		r.list.Add(m.list...)
		for i, u := range m.used {
			if u != nil && !said[u] {
				said[u] = true
				r.list.Add(u.diagnostics(r, m.page, m.refs[i])...)
			}
		}
	}
}

func (r *run) diagnose(d source.Diagnostic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list.Add(d)
}

// emit puts a file into the bundle.
func (r *run) emit(f *File) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.files[f.Path]; old != nil && old.Hash != f.Hash {
		r.list.Add(source.Diagnostic{Pos: source.Pos{File: f.Path}, Code: "bundler/name-collision", Msg: fmt.Sprintf("two different files would be called %q", f.Path), Hint: "rename one of them"})
		return
	}
	r.files[f.Path] = f
}

func (r *run) input(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inputs[name] = true
}

// onDisk returns what a file that is read past fsys is now.
func (r *run) onDisk(name string) stamp {
	if rel, ok := r.fromRoot(name); ok {
		r.looked(rel)
	}
	return stampOf(name)
}

// inputOnDisk notes a file that was read past fsys, under its path from the project if it is in there.
func (r *run) inputOnDisk(name string) {
	if rel, ok := r.fromRoot(name); ok {
		r.input(rel)
	}
}

// fromRoot returns the path from the project of a file on disk, if it is in there.
func (r *run) fromRoot(name string) (string, bool) {
	rel, err := filepath.Rel(r.o.Dir, name)
	return filepath.ToSlash(rel), r.o.Dir != "" && err == nil && filepath.IsLocal(rel)
}

func (r *run) looked(name string) {
	if r.o.Looked != nil {
		r.o.Looked(name)
	}
}
