package bundler

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path"
	"sync"

	"github.com/hframes/hframes/source"
)

type digest = [sha256.Size]byte

// A unit is one style or script, compiled. Pages that hold the same one share it, and so do builds, as long as
// everything it was made from is as it was.
type unit struct {
	text   string  // contents, if it stays inline
	url    string  // where it went, from the entry page's folder, if it does not
	css    string  // stylesheet that its script imports, likewise
	files  []*File // what it put into the bundle by itself
	deps   []dep
	msgs   []message
	failed bool // it could not be compiled

	words []string // names that it mentions; see keep.go
	loose []string // what its rules keep white space in; see space.go
	reads bool     // it looks at the page's text; see space.go
}

type unitKey struct {
	kind refKind
	base string // folder of the entry page
	name string // path of its file, "" = inline
	sum  digest // of its contents, if inline
	dir  string // folder that its URLs are relative to, if it has any
	maps digest // of the import map
}

// unit makes a unit, or takes the one of an earlier build.
func (r *run) unit(key unitKey, make func(*trace) *unit) *unit {
	return r.made.do(key, func() *unit {
		if u, ok := r.units.get(key, r.build); ok && r.holds(u.deps) {
			r.takeOver(u)
			return u
		}
		t := &trace{r: r}
		u := make(t)
		u.deps, u.files = t.deps, append(u.files, t.files...)
		if !u.failed {
			r.units.put(key, u, r.build)
		}
		return u
	})
}

// takeOver puts what an earlier build's unit brought along into this build's bundle.
func (r *run) takeOver(u *unit) {
	for _, f := range u.files {
		r.emit(f)
	}
	for _, d := range u.deps {
		switch d.kind {
		case depAsset:
			r.take(d.name)
		case depText:
			r.input(d.name)
		case depDisk:
			if d.want != (stamp{}) {
				r.inputOnDisk(d.name)
			}
		}
	}
}

// unitOf compiles the style or script of a reference. It returns nil for one that is not ours.
func (r *run) unitOf(m *mount, f *ref, w where) *unit {
	switch f.kind {
	case refStyle:
		return r.style(f, w)
	case refInlineScript:
		return r.unit(unitKey{kind: f.kind, base: r.base, sum: f.sum}, func(*trace) *unit { return r.inlineScript(f.value) })
	case refInlineModule:
		maps := r.importMap(m)
		key := unitKey{kind: f.kind, base: r.base, sum: f.sum, dir: w.dir, maps: maps.sum}
		return r.unit(key, func(t *trace) *unit { return r.inlineModule(t, f.value, w, maps) })
	}
	got := r.find(w, f.value)
	switch got.status {
	case isForeign:
		return nil
	case isMissing, isOutside:
		r.assetURL(m, f, w, f.value) // says what is wrong
		return nil
	}
	key := unitKey{kind: f.kind, base: r.base, name: got.path}
	switch f.kind {
	case refSheet:
		return r.unit(key, func(t *trace) *unit { return r.sheet(t, got.path) })
	case refScript:
		return r.unit(key, func(t *trace) *unit { return r.scriptFile(t, key) })
	default:
		maps := r.importMap(m)
		key.maps = maps.sum
		return r.unit(key, func(t *trace) *unit { return r.moduleFile(t, key, maps) })
	}
}

// linked returns what replaces a reference that became a unit.
func (r *run) linked(p *page, f *ref, u *unit) string {
	if u.failed {
		return f.value
	}
	if u.url == "" {
		return u.text
	}
	if f.kind == refSheet {
		return r.sheetURL(p, u.url)
	}
	return u.url
}

// sheetURL returns a stylesheet's URL as a page writes it. The browser resolves a mounted page's stylesheets from that
// page's folder, everything else from the entry page's (contract §3).
func (r *run) sheetURL(p *page, u string) string {
	if p.dir() == r.base {
		return u
	}
	return relative(p.dir(), path.Join(r.base, u))
}

// companion returns the link to the stylesheet that a script imports.
func (r *run) companion(p *page, u *unit) string {
	if u.css == "" {
		return ""
	}
	return fmt.Sprintf(`<link rel="stylesheet" href="%s">`, r.sheetURL(p, u.css))
}

// A dep is one thing that a unit was made from, and what it was.
type dep struct {
	kind depKind
	w    where
	name string
	want any
}

type depKind int

const (
	depFind  depKind = iota // a URL → where it led
	depAsset                // a file → its URL in the bundle
	depText                 // a file → its text
	depDisk                 // a file outside fsys → its size and time, zero if there is none
)

// A trace makes the look-ups of a unit and notes them.
type trace struct {
	r     *run
	mu    sync.Mutex
	deps  []dep
	files []*File

	faults  []message         // what is wrong besides what esbuild says
	written map[string]string // stylesheets that esbuild saw another text of; see imageset.go
}

func (t *trace) note(kind depKind, w where, name string, want any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.deps = append(t.deps, dep{kind, w, name, want})
}

func (t *trace) find(w where, raw string) found {
	f := t.r.find(w, raw)
	t.note(depFind, w, raw, f)
	return f
}

func (t *trace) asset(name string) (string, error) {
	a := t.r.take(name)
	t.note(depAsset, where{}, name, a.url)
	return a.url, a.err
}

func (t *trace) text(name string) (*text, error) {
	got, err := t.r.text(name)
	t.note(depText, where{}, name, got)
	t.r.input(name)
	return got, err
}

// emit puts a file into the bundle, now and whenever the unit is taken over.
func (t *trace) emit(f *File) {
	t.mu.Lock()
	t.files = append(t.files, f)
	t.mu.Unlock()
	t.r.emit(f)
}

func (t *trace) fail(m message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, m)
}

func (t *trace) disk(name string) {
	was := t.r.onDisk(name)
	t.note(depDisk, where{}, name, was)
	if was != (stamp{}) {
		t.r.inputOnDisk(name)
	}
}

// holds reports whether everything is as it was.
func (r *run) holds(deps []dep) bool {
	for _, d := range deps {
		var now any
		switch d.kind {
		case depFind:
			now = r.find(d.w, d.name)
		case depAsset:
			now = r.asset(d.name).url
		case depText:
			t, _ := r.text(d.name)
			now = t
		case depDisk:
			now = r.onDisk(d.name)
		}
		if now != d.want {
			return false
		}
	}
	return true
}

type stamp struct {
	size  int64
	mtime int64
}

func stampOf(name string) stamp {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime().UnixNano()}
}

// A message is something that a compiler has to say about a unit.
type message struct {
	source.Diagnostic        // Pos.Line and Col are those in the file; without File, in the inline contents
	length            int    // bytes
	line              string // for files that are not the project's
}

// diagnostics places a unit's messages in the files of the author.
func (u *unit) diagnostics(r *run, p *page, f ref) []source.Diagnostic {
	var out []source.Diagnostic
	for _, m := range u.msgs {
		d := m.Diagnostic
		switch {
		case d.Pos.File == "" && d.Pos.Line == 0:
			d = p.file().At(f.start, f.end, d.Code, d.Msg)
		case d.Pos.File == "":
			start := source.NewFile("", []byte(f.value)).Offset(d.Pos)
			d = p.at(f, start, start+m.length, d.Code, d.Msg)
		default:
			if t, err := r.text(d.Pos.File); err == nil && d.Pos.Line > 0 {
				start := t.file().Offset(d.Pos)
				d = t.file().At(start, start+m.length, d.Code, d.Msg)
			} else {
				d.Excerpt = m.line
				if !d.End.IsValid() {
					d.End = d.Pos
					d.End.Col += m.length
				}
			}
		}
		d.Severity, d.Hint = m.Severity, m.Hint
		out = append(out, d)
	}
	return out
}
