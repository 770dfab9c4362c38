package bundler

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/hframes/hframes/source"
)

// What becomes of a script:
//
//	inline, classic     stays inline; comments and white space out, not one token changed, since the official linter
//	                    reads it with patterns ("paused: true", window.__timelines["id"] = …)
//	src, classic        no import or export in it: minified but for its top-level names, which other scripts may use;
//	                    a name.min.js is copied. With import or export: bundled with all it imports, as one function
//	module, inline/src  stays a module (deferred, own scope) and is bundled with all it imports; only remote imports stay.
//	                    What an inline one has from packages goes into a file: see apart

// A script is an inline classic script, compiled.
type script struct {
	text   string
	msgs   []message
	failed bool
}

// inlineScript compiles the contents of a classic script.
func (r *run) inlineScript(js string) *unit {
	s, ok := r.inline.get(js, r.build)
	if !ok {
		s = r.compileInline(js)
		r.inline.put(js, s, r.build)
	}
	u := &unit{text: s.text, msgs: s.msgs, failed: s.failed}
	u.words, u.reads = mentioned(s.text), readsText(s.text)
	return u
}

// inlineModule bundles the contents of a module script.
func (r *run) inlineModule(t *trace, js string, w where, maps importMap) *unit {
	s := &session{trace: t, contents: js, place: where{dir: r.base, rule: fromPage}, maps: maps}
	if w.dir != r.base {
		s.place.dir = w.dir
	}
	b := s.build(r.moduleOptions(), "inline.js", inlineSpace)
	if b.failed || !b.packages {
		return r.jsUnit(t, b)
	}
	own, shared, ok := s.apart(r.moduleOptions())
	if !ok {
		return r.jsUnit(t, b)
	}
	f := r.renamed("packages.js", shared.Contents)
	t.emit(f)
	b.js = bytes.ReplaceAll(own.Contents, []byte(`"./`+path.Base(filepath.ToSlash(shared.Path))+`"`), []byte(`"./`+r.fromBase(f.Path)+`"`))
	u := r.jsUnit(t, b)
	u.words, u.reads = append(u.words, mentioned(string(shared.Contents))...), u.reads || readsText(string(shared.Contents))
	return u
}

// apart bundles an inline module in two: the author's own code, and what it imports. The official linter looks for
// faults in inline scripts, and finds them in a library that it would not look into as a file: nearly all have
// Math.random somewhere. What is shared by two entry points becomes a file of its own, so the module is built beside its
// double. ok is false if that makes more files than one.
func (s *session) apart(o api.BuildOptions) (own, shared api.OutputFile, ok bool) {
	o.Splitting = true
	o.EntryPointsAdvanced = []api.EntryPoint{{InputPath: inlineSpace + ":inline.js", OutputPath: "out"}, {InputPath: inlineSpace + ":double.js", OutputPath: "double"}}
	current := s
	o.Plugins = []api.Plugin{plugin(&current)}
	parts := 0
	for _, f := range api.Build(o).OutputFiles {
		switch path.Base(filepath.ToSlash(f.Path)) {
		case "out.js":
			own = f
		case "double.js", "out.css", "double.css":
		default:
			shared = f
			parts++
		}
	}
	return own, shared, parts == 1
}

// scriptFile compiles a classic script of the project.
func (r *run) scriptFile(t *trace, key unitKey) *unit {
	src, err := t.text(key.name)
	if err != nil {
		d := readError(key.name, err)
		return &unit{failed: true, msgs: []message{{Diagnostic: d, line: d.Excerpt}}}
	}
	base := path.Base(key.name)
	var u *unit
	switch {
	case strings.Contains(base, ".min."):
		u = r.jsUnit(t, built{js: src.data})
	case mayImport(string(src.data)) && r.isModule(src):
		o := r.bundleOptions()
		o.Format = api.FormatIIFE
		u = r.jsUnit(t, r.rebuild(key, o, &session{trace: t, classic: true}))
	default:
		u = r.jsUnit(t, r.plainJS(src))
	}
	if !u.failed {
		r.file(u, base, ".js")
	}
	return u
}

// moduleFile bundles a module script of the project into a file of its own.
func (r *run) moduleFile(t *trace, key unitKey, maps importMap) *unit {
	u := r.jsUnit(t, r.rebuild(key, r.moduleOptions(), &session{trace: t, maps: maps}))
	if !u.failed {
		r.file(u, path.Base(key.name), ".js")
	}
	return u
}

func (r *run) jsUnit(t *trace, b built) *unit {
	if b.failed {
		return &unit{failed: true, msgs: b.msgs}
	}
	text := strings.TrimSuffix(string(b.js), "\n")
	u := &unit{text: text, msgs: b.msgs, words: mentioned(text), reads: readsText(text)}
	if len(b.css) > 0 {
		sheet := r.cssUnit(built{css: b.css})
		f := r.renamed("style.css", []byte(sheet.text))
		t.emit(f)
		u.css, u.loose, u.words = r.fromBase(f.Path), sheet.loose, append(u.words, sheet.words...)
	}
	return u
}

// mayImport is the cheap test before isModule.
func mayImport(js string) bool {
	return (strings.Contains(js, "import") || strings.Contains(js, "export") || strings.Contains(js, "await")) && moduleWord.MatchString(js)
}

var moduleWord = regexp.MustCompile(`\b(?:import|export|await)\b`)

// isModule reports whether a script uses import or export statements.
func (r *run) isModule(t *text) bool {
	got := api.Build(api.BuildOptions{Stdin: &api.StdinOptions{Contents: string(t.data), Sourcefile: "entry", Loader: scripts[strings.ToLower(path.Ext(t.name))]},
		Metafile: true, LogLevel: api.LogLevelSilent, TsconfigRaw: "{}", AbsWorkingDir: r.root()})
	var meta struct {
		Inputs map[string]struct{ Format string }
	}
	_ = json.Unmarshal([]byte(got.Metafile), &meta)
	return meta.Inputs["entry"].Format == "esm"
}

// dynamicImport matches the path of an import that a classic script makes while it runs.
var dynamicImport = regexp.MustCompile("\\bimport\\(\\s*[\"'`](\\.{1,2}/[^\"'`]*)")

// plainJS compiles a classic script that stands by itself.
func (r *run) plainJS(t *text) built {
	o := r.options()
	got := api.Transform(string(t.data), api.TransformOptions{Loader: scripts[strings.ToLower(path.Ext(t.name))], Charset: o.Charset,
		LegalComments: api.LegalCommentsEndOfFile, MinifyWhitespace: o.MinifyWhitespace, MinifySyntax: o.MinifyWhitespace,
		TsconfigRaw: o.TsconfigRaw, Sourcefile: t.name})
	b := built{js: got.Code, msgs: messages("js", got.Errors, got.Warnings), failed: len(got.Errors) > 0}
	if !bytes.Contains(t.data, []byte("import(")) { // which is quicker than the pattern
		return b
	}
	for _, m := range dynamicImport.FindAllSubmatchIndex(t.data, -1) {
		d := t.file().At(m[2], m[3], "bundler/dynamic-import", fmt.Sprintf("import(%q) would look beside the bundled script", t.data[m[2]:m[3]]))
		d.Hint = `write <script type="module">, whose imports are bundled`
		b.msgs = append(b.msgs, message{Diagnostic: d.Warn(), length: m[3] - m[2]})
	}
	return b
}

// besideModule matches an address that is made from the place of the module that it is written in.
var besideModule = regexp.MustCompile("\\bnew\\s+URL\\(\\s*(?:\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`)\\s*,\\s*import\\.meta\\.url\\s*,?\\s*\\)")

// lostURLs reports addresses beside a module of the project: once bundled, it lies elsewhere. What only a comment says
// is none.
func (s *session) lostURLs(t *text, loader api.Loader) {
	found := besideModule.FindAllSubmatchIndex(t.data, -1)
	if found == nil || strings.Contains(path.Base(t.name), ".min.") {
		return
	}
	code := api.Transform(string(t.data), api.TransformOptions{Loader: loader, MinifyWhitespace: true, LegalComments: api.LegalCommentsNone, TsconfigRaw: "{}"}).Code
	real := map[string]bool{}
	for _, m := range besideModule.FindAllSubmatch(code, -1) {
		real[string(m[1])+string(m[2])+string(m[3])] = true
	}
	for _, m := range found {
		start, end := max(m[2], m[4], m[6]), max(m[3], m[5], m[7])
		name := string(t.data[start:end])
		if !real[name] || name == "" || strings.HasPrefix(name, "/") || strings.HasPrefix(name, "#") || hasScheme.MatchString(name) {
			continue
		}
		d := t.file().At(start, end, "bundler/module-url", fmt.Sprintf("%q would be looked for beside the bundled script", name))
		s.fail(message{Diagnostic: d.WithHint(s.insteadOf(t.name, name)), length: end - start})
	}
}

// insteadOf returns the hint for an address beside a module: an import where that gives the file's address, else its path.
func (s *session) insteadOf(module, name string) string {
	file, _, _ := strings.Cut(name, "?")
	ext := strings.ToLower(path.Ext(file))
	if scripts[ext] == api.LoaderNone && loaders[ext] == api.LoaderNone && !strings.Contains(name, "${") {
		if !strings.HasPrefix(name, ".") {
			name = "./" + name
		}
		return fmt.Sprintf("import the file, which gives its address: import file from %q", name)
	}
	return fmt.Sprintf("write %q, which is looked for from the page's folder", relative(s.r.base, path.Join(path.Dir(module), name)))
}

func (r *run) bundleOptions() api.BuildOptions {
	o := r.options()
	o.MinifySyntax, o.MinifyIdentifiers = !r.o.NoMinify, !r.o.NoMinify
	o.LegalComments = api.LegalCommentsEndOfFile // packages' licences want to be kept
	return o
}

func (r *run) moduleOptions() api.BuildOptions {
	o := r.bundleOptions()
	o.Format = api.FormatESModule
	return o
}

// An incremental is one bundled script file whose parts esbuild keeps parsed from one build to the next: a large
// library in it is then read once.
type incremental struct {
	ctx     api.BuildContext
	current *session
	used    uint64
}

// rebuild bundles a script file of the project.
func (r *run) rebuild(key unitKey, o api.BuildOptions, s *session) built {
	inc, err := r.incremental(key, o, s)
	if err != nil {
		return built{failed: true, msgs: []message{{Diagnostic: source.Diagnostic{Code: "bundler/js", Msg: err.Error()}}}}
	}
	return collect("js", s.trace, r.root(), projectSpace+":"+key.name, inc.ctx.Rebuild())
}

func (r *run) incremental(key unitKey, o api.BuildOptions, s *session) (*incremental, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if inc := r.bundles[key]; inc != nil {
		inc.current, inc.used = s, r.build
		return inc, nil
	}
	inc := &incremental{current: s, used: r.build}
	o.EntryPointsAdvanced = []api.EntryPoint{{InputPath: projectSpace + ":" + key.name, OutputPath: "out"}}
	o.Plugins = []api.Plugin{plugin(&inc.current)}
	ctx, err := api.Context(o)
	if err != nil {
		return nil, fmt.Errorf("start esbuild: %w", err)
	}
	inc.ctx = ctx
	r.bundles[key] = inc
	return inc, nil
}

// An importMap is what the page says about bare imports.
type importMap struct {
	imports map[string]string
	sum     digest
}

func (m importMap) lookup(name string) (string, bool) {
	if to, ok := m.imports[name]; ok {
		return to, true
	}
	best := "" // the longest "prefix/" wins
	for prefix := range m.imports {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(name, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	if best == "" {
		return "", false
	}
	return m.imports[best] + strings.TrimPrefix(name, best), true
}

// importMap returns the page's import map.
func (r *run) importMap(m *mount) importMap {
	for _, f := range m.refs {
		if kind, _ := m.doc.Tags[f.tag].Attr("type"); f.kind == refJSON && strings.EqualFold(kind, "importmap") {
			var doc struct{ Imports map[string]string }
			_ = json.Unmarshal([]byte(f.value), &doc) // what is wrong with it is said where it is minified
			return importMap{doc.Imports, sha256.Sum256([]byte(f.value))}
		}
	}
	return importMap{}
}
