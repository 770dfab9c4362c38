package bundler

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// The plugin makes esbuild read the project through its fs.FS, generated files included, and keeps every URL's meaning:
// a relative import or url(…) is looked up in the project, a bare import in the import map, then in node_modules on disk.
// What is neither script nor style becomes an asset.

// Namespaces of esbuild paths. Files on disk are in "file".
const (
	inlineSpace  = "inline"  // the contents of a <script> or <style>
	projectSpace = "project" // a file of fsys
	assetSpace   = "asset"   // a file of fsys that a script imports for its URL
	fileSpace    = "file"
)

// A session is one run of esbuild.
type session struct {
	*trace
	contents string // of the inline entry
	place    where  // of the inline entry
	css      bool
	beside   bool // the result lies in the asset folder, so its URLs start there
	classic  bool // the result is a classic script: it cannot import anything when it runs
	maps     importMap
}

// A fault is an error of ours on its way through esbuild.
type fault struct{ code, msg, hint string }

func (f fault) result() (api.OnResolveResult, error) {
	return api.OnResolveResult{Errors: []api.Message{{Text: f.msg, Detail: f}}}, nil
}

// build runs esbuild once.
func (s *session) build(o api.BuildOptions, name, space string) built {
	kind := "js"
	if s.css {
		kind = "css"
	}
	o.EntryPointsAdvanced = []api.EntryPoint{{InputPath: space + ":" + name, OutputPath: "out"}}
	current := s
	o.Plugins = []api.Plugin{plugin(&current)}
	return collect(kind, s.trace, s.r.root(), space+":"+name, api.Build(o))
}

// plugin serves the session that current points at, which changes from one rebuild to the next.
func plugin(current **session) api.Plugin {
	return api.Plugin{Name: "hframes", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `.`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if a.PluginData == onDiskOnly {
				return api.OnResolveResult{}, nil
			}
			return (*current).onResolve(a, b.Resolve)
		})
		for _, space := range []string{inlineSpace, projectSpace, assetSpace, fileSpace} {
			b.OnLoad(api.OnLoadOptions{Filter: `.`, Namespace: space}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
				return (*current).onLoad(a)
			})
		}
	}}
}

// onDiskOnly marks a look-up that the plugin itself hands on to esbuild.
const onDiskOnly = "on disk only"

type resolver = func(string, api.ResolveOptions) api.ResolveResult

func (s *session) onResolve(a api.OnResolveArgs, disk resolver) (api.OnResolveResult, error) {
	switch a.Kind {
	case api.ResolveEntryPoint:
		space, name, _ := strings.Cut(a.Path, ":")
		return api.OnResolveResult{Path: name, Namespace: space}, nil
	case api.ResolveCSSURLToken:
		return s.onURL(a)
	}
	if a.Namespace == fileSpace {
		return api.OnResolveResult{}, nil // a package's own business
	}
	return s.onImport(a, disk)
}

// place of an importing file.
func (s *session) whereOf(a api.OnResolveArgs) where {
	if a.Namespace == inlineSpace {
		return s.place
	}
	return where{dir: path.Dir(a.Importer), rule: fromFile}
}

// onURL points url(…) at its asset.
func (s *session) onURL(a api.OnResolveArgs) (api.OnResolveResult, error) {
	if a.Namespace == fileSpace {
		return s.onPackageURL(a)
	}
	got := s.find(s.whereOf(a), a.Path)
	switch got.status {
	case isMissing:
		return fault{"bundler/missing-asset", fmt.Sprintf("no file %q", a.Path), s.r.nearest(got.path)}.result()
	case isOutside:
		return fault{"bundler/outside-project", fmt.Sprintf("%q leaves the project", a.Path), "copy the file into the project"}.result()
	case isForeign:
		return api.OnResolveResult{Path: a.Path, External: true}, nil
	}
	u, err := s.asset(got.path)
	if err != nil {
		return fault{"bundler/read", fmt.Sprintf("cannot read %q: %v", got.path, err), ""}.result()
	}
	return api.OnResolveResult{Path: s.seen(u) + got.suffix, External: true}, nil
}

// onPackageURL takes a file that a package's stylesheet names into the bundle.
func (s *session) onPackageURL(a api.OnResolveArgs) (api.OnResolveResult, error) {
	if strings.HasPrefix(a.Path, "#") || hasScheme.MatchString(a.Path) {
		return api.OnResolveResult{Path: a.Path, External: true}, nil
	}
	name, suffix := a.Path, ""
	if i := strings.IndexAny(name, "?#"); i >= 0 {
		name, suffix = name[:i], name[i:]
	}
	u, err := s.diskAsset(filepath.Join(a.ResolveDir, filepath.FromSlash(name)))
	if err != nil {
		return fault{"bundler/missing-asset", fmt.Sprintf("no file %q in the package", a.Path), ""}.result()
	}
	return api.OnResolveResult{Path: s.seen(u) + suffix, External: true}, nil
}

// seen returns an asset's URL as the result writes it.
func (s *session) seen(u string) string {
	if s.beside {
		return strings.TrimPrefix(u, assetDir+"/")
	}
	return u
}

// diskAsset takes a file of a package into the bundle.
func (s *session) diskAsset(name string) (string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	s.disk(name)
	f := s.r.renamed(filepath.Base(name), data)
	s.emit(f)
	return s.r.fromBase(f.Path), nil
}

// onImport finds what a script or stylesheet of the project imports.
func (s *session) onImport(a api.OnResolveArgs, disk resolver) (api.OnResolveResult, error) {
	name := a.Path
	if to, ok := s.maps.lookup(name); ok && !s.css {
		name = to
	}
	if hasScheme.MatchString(name) {
		return s.onRemote(a, name)
	}
	explicit := strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "/") || name == "." || name == ".."
	w := s.whereOf(a)
	if explicit || s.css || name != a.Path {
		if got, ok := s.findScript(w, name); ok {
			return s.local(got), nil
		}
		if explicit || name != a.Path {
			return s.missing(w, a.Path, name)
		}
	}
	return s.onPackage(a, name, disk)
}

// local returns a file of the project, as a module or for its URL.
func (s *session) local(name string) api.OnResolveResult {
	ext := strings.ToLower(path.Ext(name))
	if scripts[ext] == api.LoaderNone && loaders[ext] == api.LoaderNone {
		return api.OnResolveResult{Path: name, Namespace: assetSpace}
	}
	return api.OnResolveResult{Path: name, Namespace: projectSpace}
}

func (s *session) missing(w where, written, name string) (api.OnResolveResult, error) {
	got := s.r.find(w, name)
	if got.status == isOutside {
		return fault{"bundler/outside-project", fmt.Sprintf("%q leaves the project", written), "copy the file into the project"}.result()
	}
	return fault{"bundler/unresolved-import", fmt.Sprintf("no file %q", written), s.r.nearest(got.path)}.result()
}

// onRemote leaves an import of an address to the browser, where there is one that can do it.
func (s *session) onRemote(a api.OnResolveArgs, to string) (api.OnResolveResult, error) {
	if s.classic && a.Kind == api.ResolveJSImportStatement {
		return fault{"bundler/unresolved-import", fmt.Sprintf("a classic script cannot import %q", a.Path), `write <script type="module">, or install the package`}.result()
	}
	return api.OnResolveResult{Path: to, External: true}, nil
}

// onPackage finds a bare import in node_modules.
func (s *session) onPackage(a api.OnResolveArgs, name string, disk resolver) (api.OnResolveResult, error) {
	dir := s.r.root()
	if a.Namespace == projectSpace && s.r.o.Dir != "" {
		dir = filepath.Join(dir, filepath.FromSlash(path.Dir(a.Importer)))
	}
	got := disk(name, api.ResolveOptions{Kind: a.Kind, ResolveDir: dir, PluginData: onDiskOnly, With: a.With})
	if len(got.Errors) > 0 {
		pkg := packageName(name)
		s.r.lookedForPackage(dir, pkg)
		return fault{"bundler/unresolved-import", fmt.Sprintf("no package %q", pkg), fmt.Sprintf(`install it with "npm install %s", or write "./%s" for a file of the project`, pkg, name)}.result()
	}
	effects := api.SideEffectsTrue
	if !got.SideEffects {
		effects = api.SideEffectsFalse
	}
	return api.OnResolveResult{Path: got.Path, External: got.External, Namespace: got.Namespace, Suffix: got.Suffix, SideEffects: effects}, nil
}

// lookedForPackage notes where a package would be found that is not there: in each node_modules from a folder up.
func (r *run) lookedForPackage(dir, pkg string) {
	for _, in := r.fromRoot(dir); in; _, in = r.fromRoot(dir) {
		if rel, ok := r.fromRoot(filepath.Join(dir, "node_modules", filepath.FromSlash(pkg))); ok {
			r.looked(rel + "/")
			r.looked(rel + "/package.json")
		}
		dir = filepath.Dir(dir)
	}
}

// packageName returns the package of a bare import: "three/examples/x" → "three".
func packageName(name string) string {
	parts := strings.SplitN(name, "/", 3)
	if strings.HasPrefix(name, "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// findScript looks for a module as bundlers do: the file itself, then with each extension, then in a folder.
func (s *session) findScript(w where, name string) (string, bool) {
	try := []string{name}
	if s.css {
		try = append(try, name+".css")
	} else {
		for _, ext := range []string{".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".json"} {
			try = append(try, name+ext)
		}
		if stem, ok := strings.CutSuffix(name, ".js"); ok {
			try = append(try, stem+".ts", stem+".tsx")
		}
		try = append(try, path.Join(name, "index.ts"), path.Join(name, "index.js"))
	}
	for _, n := range try {
		if got := s.find(w, n); got.status == isLocal {
			return got.path, true
		}
	}
	return "", false
}

func (s *session) onLoad(a api.OnLoadArgs) (api.OnLoadResult, error) {
	switch a.Namespace {
	case inlineSpace:
		if s.css {
			css := s.stylesheet("", s.contents)
			return api.OnLoadResult{Contents: &css, Loader: api.LoaderCSS}, nil
		}
		return api.OnLoadResult{Contents: &s.contents, Loader: api.LoaderJS}, nil
	case projectSpace:
		t, err := s.text(a.Path)
		if bad := (*badByte)(nil); errors.As(err, &bad) {
			return bad.result(), nil
		}
		if err != nil {
			return api.OnLoadResult{}, err
		}
		contents, ext := string(t.data), strings.ToLower(path.Ext(a.Path))
		loader := scripts[ext]
		if loader == api.LoaderNone {
			loader = loaders[ext]
		}
		if loader == api.LoaderCSS {
			contents = s.stylesheet(a.Path, contents)
		}
		s.lostURLs(t, loader)
		return api.OnLoadResult{Contents: &contents, Loader: loader}, nil
	case assetSpace:
		u, err := s.asset(a.Path)
		return exportURL(u), err
	}
	ext := strings.ToLower(filepath.Ext(a.Path))
	if ext == "" || scripts[ext] != api.LoaderNone || loaders[ext] != api.LoaderNone {
		return api.OnLoadResult{}, nil
	}
	u, err := s.diskAsset(a.Path)
	return exportURL(u), err
}

// result tells esbuild where the byte is.
func (e *badByte) result() api.OnLoadResult {
	at := &api.Location{File: e.Pos.File, Namespace: projectSpace, Line: e.Pos.Line, Column: e.Pos.Col - 1, Length: 1, LineText: e.Excerpt}
	return api.OnLoadResult{Errors: []api.Message{{Text: e.Msg, Detail: fault{e.Code, e.Msg, e.Hint}, Location: at}}}
}

func exportURL(u string) api.OnLoadResult {
	js := fmt.Sprintf("export default %q", u)
	return api.OnLoadResult{Contents: &js, Loader: api.LoaderJS}
}
