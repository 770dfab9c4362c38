package preview

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

//go:embed ui
var sources embed.FS

// ui is the page that shows a film, and the script that steers the film's own pages.
type ui struct {
	driver []byte
	files  func() (map[string][]byte, error) // the page's, bundled when they are first asked for
}

func newUI() (*ui, error) {
	files, err := fs.Sub(sources, "ui")
	if err != nil {
		return nil, err
	}
	driver, err := bundle(files, "driver.ts")
	if err != nil {
		return nil, err
	}
	return &ui{driver["driver.js"], sync.OnceValues(func() (map[string][]byte, error) {
		out, err := bundle(files, "app.ts")
		if err != nil {
			return nil, err
		}
		out["index.html"], err = fs.ReadFile(files, "index.html")
		return out, err
	})}, nil
}

// bundle makes one script, and one style sheet if there are styles, of a TypeScript file and all that it imports.
func bundle(files fs.FS, entry string) (map[string][]byte, error) {
	got := api.Build(api.BuildOptions{
		EntryPoints: []string{entry}, Bundle: true, Outdir: "/", Format: api.FormatIIFE, Platform: api.PlatformBrowser,
		MinifyWhitespace: true, MinifySyntax: true, Target: api.ES2022, Charset: api.CharsetUTF8, LogLevel: api.LogLevelSilent,
		Plugins: []api.Plugin{{Name: "embedded", Setup: func(b api.PluginBuild) { embedded(b, files) }}},
	})
	if len(got.Errors) > 0 {
		e := got.Errors[0]
		if l := e.Location; l != nil {
			return nil, fmt.Errorf("bundle the preview's page: %s:%d:%d: %s", l.File, l.Line, l.Column+1, e.Text)
		}
		return nil, fmt.Errorf("bundle the preview's page: %s", e.Text)
	}
	out := map[string][]byte{}
	for _, f := range got.OutputFiles {
		out[path.Base(f.Path)] = f.Contents
	}
	return out, nil
}

// embedded makes esbuild read from files, and from nowhere else.
func embedded(b api.PluginBuild, files fs.FS) {
	b.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
		name := path.Join(path.Dir(a.Importer), a.Path)
		if path.Ext(name) == "" {
			name += ".ts"
		}
		return api.OnResolveResult{Path: name, Namespace: "ui"}, nil
	})
	b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "ui"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		data, err := fs.ReadFile(files, a.Path)
		if err != nil {
			return api.OnLoadResult{}, err
		}
		text, loader := string(data), api.LoaderTS
		if path.Ext(a.Path) == ".css" {
			loader = api.LoaderCSS
		}
		return api.OnLoadResult{Contents: &text, Loader: loader}, nil
	})
}
