package check

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hframes/hframes/source"
)

// A project is what the folder holds, read once.
type project struct {
	fsys    fs.FS
	sizes   map[string]int64 // every file outside node_modules and .git
	names   []string         // the same, sorted
	entry   *page
	pages   []*page // entry, then mounted pages in order of appearance, then the others under compositions/
	byPath  map[string]*page
	scripts map[string]*script // local script files
	sheets  map[string]*sheet  // local style sheets
}

// A script is the text of one <script> element or of one local file.
type script struct {
	*source.File
	page   *page // nil for a file
	tag    int   // index of the <script> tag in page
	from   int   // offset of the script's text
	to     int
	src    string // src attribute, "" for inline scripts
	module bool
	toks   tokens
	local  *script   // the file that src names, if it is in the project
	loads  []*script // files that a module imports
	tweens []tween   // GSAP calls
}

// load reads the folder: its file list, the entry page and all that it reaches.
func (c *checker) load(fsys fs.FS, entry string) {
	c.project = project{fsys: fsys, sizes: map[string]int64{}, byPath: map[string]*page{},
		scripts: map[string]*script{}, sheets: map[string]*sheet{}}
	c.walk()
	data, err := c.read(entry)
	if err != nil {
		c.reportFile("check/no-entry", entry, fmt.Sprintf("the entry page %q cannot be read", entry), c.nearestHint(entry))
		return
	}
	p := c.addPage(entry, data, !isScene(entry, data))
	p.mounted = true
	c.entry = p
	c.mountAll(p)
	if p.snippet {
		return
	}
	for _, name := range c.names {
		if strings.HasPrefix(name, "compositions/") && !strings.HasPrefix(name, "compositions/components/") &&
			strings.HasSuffix(name, ".html") && c.byPath[name] == nil {
			if data, err := c.read(name); err == nil {
				c.addPage(name, data, false)
			}
		}
	}
}

// isScene reports whether the page that a check begins with is a mounted file, given by itself: its composition stands in
// a template. An index page is always the film's.
func isScene(name string, data []byte) bool {
	if path.Base(name) == "index.html" || newPage(name, data, true).root >= 0 {
		return false
	}
	return newPage(name, data, false).template >= 0
}

// elsewhere reports whether a path cannot be followed because the check began with a scene: paths count from the
// project's root, which may lie above.
func (c *checker) elsewhere(name string) bool {
	folder, _, nested := strings.Cut(name, "/")
	return !c.entry.entry && nested && !slices.ContainsFunc(c.names, func(n string) bool { return strings.HasPrefix(n, folder+"/") })
}

// walk lists the files of the folder. What cannot be listed is not there.
func (c *checker) walk() {
	fs.WalkDir(c.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir
		}
		if d.IsDir() {
			if b := path.Base(name); b == "node_modules" || b == ".git" {
				return fs.SkipDir
			}
			return nil
		}
		size := int64(0)
		if info, err := d.Info(); err == nil {
			size = info.Size()
		}
		c.sizes[name] = size
		c.names = append(c.names, name)
		return nil
	})
	slices.Sort(c.names)
}

// read returns a file's bytes. A name that leaves the folder does not exist.
func (c *checker) read(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(c.fsys, name)
}

// exists reports whether a path of the project names a file; node_modules, which is not listed, is asked for.
func (c *checker) exists(name string) bool {
	if _, ok := c.sizes[name]; ok {
		return true
	}
	if !fs.ValidPath(name) || !strings.Contains(name, "node_modules/") {
		return false
	}
	_, err := fs.Stat(c.fsys, name)
	return err == nil
}

func (c *checker) addPage(name string, data []byte, entry bool) *page {
	p := newPage(name, data, entry)
	c.byPath[name] = p
	c.pages = append(c.pages, p)
	for i := range p.doc.Tags {
		switch t := p.tag(i); {
		case t.Name == "script":
			c.addScript(p, i)
		case t.Name == "style":
			if !foreignStyle(p, i) {
				from, to := c.cssIn(p, i)
				c.addSheet(p, newSheet(p.File, from, to), false)
			}
		case t.Name == "link" && strings.EqualFold(p.attr(i, "rel"), "stylesheet"):
			if s := c.sheetFile(p, p.attr(i, "href")); s != nil {
				c.addSheet(p, s, false)
			}
		}
	}
	return p
}

// cssIn returns the place of the CSS in a <style>: in SVG it may be wrapped in <![CDATA[…]]>.
func (c *checker) cssIn(p *page, i int) (from, to int) {
	t := p.tag(i)
	content := p.doc.Content(t)
	from, to = t.End, t.End+len(content)
	if !p.within(i, "svg", -1) {
		return from, to
	}
	if at := bytes.Index(content, []byte("<![CDATA[")); at >= 0 && len(bytes.TrimSpace(content[:at])) == 0 {
		from += at + len("<![CDATA[")
		c.report("check/css-syntax", p.File, from-len("<![CDATA["), from, "browsers read styles inside <![CDATA[, the official linter does not", "leave it out: a page in HTML needs none")
	}
	if at := bytes.LastIndex(content, []byte("]]>")); at >= 0 && t.End+at >= from {
		to = t.End + at
	}
	return from, to
}

// foreignStyle reports whether a <style> holds something other than CSS.
func foreignStyle(p *page, i int) bool {
	t := p.attr(i, "type")
	return t != "" && t != "text/css"
}

// mountAll reads the pages that the hosts of p mount, and theirs.
func (c *checker) mountAll(p *page) {
	for i := range p.doc.Tags {
		src := cleanPath(p.attr(i, "data-composition-src"))
		if src == "" || !p.live[i] || isRemote(src) || isPlaceholder(src) {
			continue
		}
		if q := c.byPath[src]; q != nil {
			q.mounted = true
			continue
		}
		if data, err := c.read(src); err == nil {
			q := c.addPage(src, data, false)
			q.mounted = true
			c.mountAll(q)
		}
	}
}

func (c *checker) addScript(p *page, i int) {
	t := p.tag(i)
	kind := strings.ToLower(p.attr(i, "type"))
	if !isScriptType(kind) {
		return
	}
	s := &script{File: p.File, page: p, tag: i, from: t.End, to: t.End + len(p.doc.Content(t)),
		src: p.attr(i, "src"), module: kind == "module"}
	if s.src != "" {
		if name, ok := c.resolve(p, s.src); ok {
			s.local = c.scriptFile(name)
		}
	} else {
		s.toks = lex(p.Data, s.from, s.to)
		s.loads = c.imports(s, path.Dir(p.Name))
	}
	p.scripts = append(p.scripts, s)
}

func isScriptType(kind string) bool {
	switch kind {
	case "", "module", "text/javascript", "application/javascript", "text/ecmascript", "application/x-javascript":
		return true
	}
	return false
}

// scriptFile returns a local script, read once.
func (c *checker) scriptFile(name string) *script {
	if s, ok := c.scripts[name]; ok {
		return s
	}
	data, err := c.read(name)
	if err != nil {
		return nil
	}
	s := &script{File: source.NewFile(name, data), to: len(data)}
	c.scripts[name] = s
	if bytes.Contains(data, []byte("__timelines")) || bytes.Contains(data, []byte("import")) {
		s.toks = lex(data, 0, len(data))
		s.loads = c.imports(s, path.Dir(name))
	}
	return s
}

// imports returns the local files that a script imports by a relative name.
func (c *checker) imports(s *script, dir string) []*script {
	var out []*script
	for i := range s.toks.list {
		if !s.toks.is(i, "from") && !s.toks.is(i, "import") {
			continue
		}
		at := i + 1
		if s.toks.is(at, "(") {
			at++
		}
		name, ok := s.toks.str(at)
		if !ok || !strings.HasPrefix(name, ".") {
			continue
		}
		for _, dir := range []string{dir, "."} {
			if f := path.Join(dir, name); c.exists(f) {
				if file := c.scriptFile(f); file != nil {
					out = append(out, file)
				}
				break
			}
		}
	}
	return out
}

// resolve returns the project path that a reference in page p means, and whether there is such a file. "../x" counts
// from the page's folder, a plain path from the project's root and then from the page's folder (contract §3).
func (c *checker) resolve(p *page, ref string) (string, bool) {
	first := ""
	for _, name := range candidates(p.Name, ref) {
		if c.exists(name) {
			return name, true
		}
		if first == "" {
			first = name
		}
	}
	return first, false
}

// candidates returns the project paths that a reference in the page or style sheet of that name may mean, the likeliest
// first.
func candidates(page, ref string) []string {
	rooted := strings.HasPrefix(strings.TrimSpace(ref), "/")
	ref = cleanPath(ref)
	if ref == "" {
		return nil
	}
	if rooted {
		return []string{clamp(ref)}
	}
	dir := path.Dir(page)
	if path.Ext(page) == ".css" { // addresses in a style sheet count from the sheet
		return []string{clamp(path.Join(dir, ref))}
	}
	if strings.HasPrefix(ref, "../") {
		return []string{clamp(path.Join(dir, ref))}
	}
	plain := clamp(ref)
	if dir == "." {
		return []string{plain}
	}
	return []string{plain, clamp(path.Join(dir, ref))}
}

// clamp makes a path relative to the project's root, dropping what would leave it.
func clamp(name string) string {
	name = path.Clean("/" + name)
	return strings.TrimPrefix(name, "/")
}

// cleanPath removes query, fragment, leading "./" and "/", and percent escapes from a reference.
func cleanPath(ref string) string {
	ref = strings.TrimSpace(ref)
	if i := strings.IndexAny(ref, "?#"); i >= 0 {
		ref = ref[:i]
	}
	ref = strings.TrimLeft(ref, "/")
	for strings.HasPrefix(ref, "./") {
		ref = ref[2:]
	}
	return unpercent(ref)
}

// unpercent resolves %XX. What is not an escape stays.
func unpercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			b.WriteByte(byte(unhex(s[i+1])<<4 | unhex(s[i+2])))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// isRemote reports whether a reference leaves the project for the network.
func isRemote(ref string) bool {
	ref = strings.ToLower(strings.TrimSpace(ref))
	return strings.HasPrefix(ref, "http://") || strings.HasPrefix(ref, "https://") || strings.HasPrefix(ref, "//")
}

// isInline reports whether a reference carries its content or names no file: data:, blob:, #id, about:, javascript:.
func isInline(ref string) bool {
	ref = strings.ToLower(strings.TrimSpace(ref))
	for _, p := range []string{"data:", "blob:", "#", "about:", "javascript:", "mailto:"} {
		if strings.HasPrefix(ref, p) {
			return true
		}
	}
	return ref == ""
}

// isPlaceholder reports whether a value is to be filled in by another tool: __NAME__, {{x}}, ${x}, <<x>>.
func isPlaceholder(v string) bool {
	v = strings.TrimSpace(v)
	if len(v) > 4 && strings.HasPrefix(v, "__") && strings.HasSuffix(v, "__") && v == strings.ToUpper(v) {
		return true
	}
	for _, pair := range [][2]string{{"{{", "}}"}, {"${", "}"}, {"<<", ">>"}, {"{%", "%}"}, {"<%", "%>"}} {
		if i := strings.Index(v, pair[0]); i >= 0 && strings.Contains(v[i:], pair[1]) {
			return true
		}
	}
	return false
}

// nearestHint suggests the existing file most like name: the same base name elsewhere, else the nearest path.
func (c *checker) nearestHint(name string) string {
	base := path.Base(name)
	for _, n := range c.names {
		if strings.EqualFold(n, name) {
			return fmt.Sprintf("the file is called %q; upper and lower case count", n)
		}
	}
	for _, n := range c.names {
		if path.Base(n) == base {
			return fmt.Sprintf("did you mean %q?", n)
		}
	}
	if near := source.Nearest(name, c.sameKind(name)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "add the file, or correct the path; paths count from the project's root"
}

// sameKind returns the files with name's extension.
func (c *checker) sameKind(name string) []string {
	ext := strings.ToLower(path.Ext(name))
	var out []string
	for _, n := range c.names {
		if strings.ToLower(path.Ext(n)) == ext {
			out = append(out, n)
		}
	}
	return out
}
