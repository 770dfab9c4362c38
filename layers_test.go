package hframes_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/hframes/hframes"

// layers is the whole list of what a room may import: rooms by their path in this module, libraries by their path.
// The standard library is always allowed. Data flows down the list; an edge that is not here is a fault.
var layers = map[string][]string{
	"source":           {},
	"internal/css":     {"github.com/tdewolff/parse/v2", "github.com/tdewolff/parse/v2/css"}, // parse is part of minify
	"internal/markup":  {"golang.org/x/net/html"},
	"internal/media":   {},
	"internal/cache":   {},
	"internal/stage":   {"internal/markup", "internal/media"},
	"internal/npm":     {},
	"internal/git":     {},
	"internal/sheet":   {"internal/chrome", "golang.org/x/image/draw", "golang.org/x/image/font/gofont/..."},
	"internal/chrome":  {"internal/workdir", "github.com/chromedp/chromedp", "github.com/chromedp/cdproto/..."},
	"internal/ffmpeg":  {},
	"internal/wayland": {"internal/workdir", "golang.org/x/sys/unix"},
	"internal/pixel":   {},
	"internal/workdir": {"internal/lock"},
	"compose/scene":    {"source", "github.com/yuin/goldmark", "github.com/yuin/goldmark/...", "go.yaml.in/yaml/v4"},
	"compose/timeline": {"source", "compose/scene"},
	"compose/chart":    {"source"},
	"compose/code":     {"source", "github.com/alecthomas/chroma/v2", "github.com/alecthomas/chroma/v2/..."},
	"templates":        {"source", "internal/css", "internal/markup", "go.yaml.in/yaml/v4"},
	"compose": {"source", "compose/scene", "compose/timeline", "compose/chart", "compose/code", "templates",
		"internal/css", "internal/markup", "internal/media", "internal/npm", "golang.org/x/image/font/gofont/..."},
	"bundler": {"source", "internal/markup", "internal/css", "internal/media",
		"github.com/evanw/esbuild/pkg/api", "github.com/tdewolff/minify/v2", "github.com/tdewolff/minify/v2/...",
		"github.com/tdewolff/parse/v2", "github.com/tdewolff/parse/v2/js"},
	"check":  {"github.com/tdewolff/parse/v2", "github.com/tdewolff/parse/v2/js", "source", "internal/markup", "internal/css", "internal/media"},
	"":       {"source", "compose", "compose/scene", "compose/code", "internal/cache", "templates", "bundler", "check", "internal/npm"},
	"render": {"source", "bundler", "internal/cache", "internal/css", "internal/pixel", "internal/wayland", "internal/workdir", "internal/chrome", "internal/ffmpeg", "internal/media", "internal/markup", "internal/outfile", "internal/stage", "golang.org/x/sync/errgroup"},
	"preview": {"", "source", "bundler", "compose", "compose/scene", "compose/timeline", "internal/markup", "internal/media", "internal/stage",
		"github.com/fsnotify/fsnotify", "github.com/evanw/esbuild/pkg/api", "rsc.io/qr"},
	"examples":                   {},
	"internal/ignore":            {},
	"internal/lock":              {},
	"internal/outfile":           {"internal/lock"},
	"internal/heygen":            {"golang.org/x/time/rate"},
	"internal/heygen/auth":       {"internal/heygen", "internal/lock", "golang.org/x/oauth2"},
	"internal/heygen/heygentest": {"internal/heygen", "internal/markup", "internal/media", "github.com/santhosh-tekuri/jsonschema/v6", "github.com/santhosh-tekuri/jsonschema/v6/..."},
	"cloud":                      {"bundler", "internal/heygen", "internal/lock", "internal/media", "internal/outfile", "golang.org/x/sys/unix"},
	"batch":                      {"source", "render", "internal/heygen", "internal/outfile", "go.yaml.in/yaml/v4"},
	"cmd/hframes": {"internal/cache", "internal/git", "internal/outfile", "internal/sheet", "cloud", "batch", "internal/heygen", "internal/heygen/auth", "internal/heygen/heygentest", "internal/ignore", "", "source", "compose", "compose/scene", "compose/timeline", "templates", "bundler", "render", "preview", "examples",
		"internal/npm", "internal/chrome", "internal/ffmpeg", "github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term"}, // pflag is part of cobra,
}

func TestLayers(t *testing.T) {
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && name != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		room := strings.TrimPrefix(path.Dir(filepath.ToSlash(file)), ".")
		allowed, known := layers[room]
		if !known {
			t.Errorf("%s: package %q is not in the table of rooms", file, room)
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range tree.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if !permitted(name, allowed) {
				t.Errorf("%s imports %q, which %q may not", file, name, room)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func permitted(name string, allowed []string) bool {
	if name == module {
		return slices.Contains(allowed, "")
	}
	if own, ok := strings.CutPrefix(name, module+"/"); ok {
		return slices.Contains(allowed, own)
	}
	if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(allowed, func(a string) bool {
		prefix, tree := strings.CutSuffix(a, "/...")
		return a == name || tree && strings.HasPrefix(name, prefix+"/")
	})
}
