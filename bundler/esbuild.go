package bundler

import (
	"encoding/json"
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/hframes/hframes/source"
)

// options are what every build has in common. Nothing is read from the project's tsconfig.json or from the machine.
func (r *run) options() api.BuildOptions {
	return api.BuildOptions{
		Bundle:           true,
		Write:            false,
		Metafile:         true,
		Outdir:           filepath.Join(r.root(), "out"),
		AbsWorkingDir:    r.root(),
		Charset:          api.CharsetUTF8,
		LogLevel:         api.LogLevelSilent,
		LogLimit:         -1,
		TsconfigRaw:      "{}",
		Platform:         api.PlatformBrowser,
		LegalComments:    api.LegalCommentsNone,
		MinifyWhitespace: !r.o.NoMinify,
		Define:           map[string]string{"process.env.NODE_ENV": `"production"`},
		Loader:           loaders,
	}
}

// root is where esbuild looks for node_modules from.
func (r *run) root() string {
	if r.o.Dir != "" {
		return r.o.Dir
	}
	return string(filepath.Separator)
}

// loaders name the text files that a script may import as a string.
var loaders = map[string]api.Loader{".glsl": api.LoaderText, ".vert": api.LoaderText, ".frag": api.LoaderText,
	".wgsl": api.LoaderText, ".txt": api.LoaderText, ".csv": api.LoaderText, ".srt": api.LoaderText, ".vtt": api.LoaderText,
	".html": api.LoaderText, ".md": api.LoaderText}

// scripts are the loaders of what a project's script may import besides assets and text.
var scripts = map[string]api.Loader{".js": api.LoaderJS, ".mjs": api.LoaderJS, ".cjs": api.LoaderJS, ".jsx": api.LoaderJSX,
	".ts": api.LoaderTS, ".mts": api.LoaderTS, ".cts": api.LoaderTS, ".tsx": api.LoaderTSX, ".css": api.LoaderCSS, ".json": api.LoaderJSON}

// built is what came out of esbuild.
type built struct {
	js, css  []byte
	msgs     []message
	failed   bool
	esm      bool // the entry uses import or export
	packages bool // files of packages are in it
}

// collect takes a result apart, and notes the files that esbuild read past our plugin.
func collect(kind string, t *trace, root, entry string, got api.BuildResult) built {
	b := built{msgs: append(t.asWritten(messages(kind, got.Errors, got.Warnings)), t.faults...), failed: len(got.Errors)+len(t.faults) > 0}
	for _, f := range got.OutputFiles {
		switch path.Ext(filepath.ToSlash(f.Path)) {
		case ".css":
			b.css = f.Contents
		case ".js":
			b.js = f.Contents
		}
	}
	var meta struct {
		Inputs map[string]struct{ Format string }
	}
	_ = json.Unmarshal([]byte(got.Metafile), &meta)
	var loaded []string
	for name, in := range meta.Inputs {
		if name == entry {
			b.esm = in.Format == "esm"
		}
		if !strings.HasPrefix(name, projectSpace+":") && !strings.HasPrefix(name, inlineSpace+":") && !strings.HasPrefix(name, assetSpace+":") {
			loaded = append(loaded, name)
		}
	}
	t.packages(root, loaded)
	b.packages = len(loaded) > 0
	return b
}

// packages notes files that esbuild read on disk, and what led it there: the package.json of the project, and those in
// their folders up to the package's own.
func (t *trace) packages(root string, loaded []string) {
	noted := map[string]bool{}
	note := func(name string) {
		if !noted[name] {
			noted[name] = true
			t.disk(filepath.Join(root, filepath.FromSlash(name)))
		}
	}
	for _, name := range loaded {
		note(name)
		note("package.json")
		for dir := path.Dir(name); dir != "." && dir != "/" && path.Base(dir) != "node_modules"; dir = path.Dir(dir) {
			note(path.Join(dir, "package.json"))
		}
	}
}

// messages turns esbuild's into ours. kind is "js" or "css".
func messages(kind string, errors, warnings []api.Message) []message {
	var out []message
	for _, e := range errors {
		out = append(out, oneMessage(kind, e))
	}
	for _, w := range warnings {
		m := oneMessage(kind, w)
		if strings.Contains(path.Base(m.Pos.File), ".min.") {
			continue // nobody edits these
		}
		m.Severity = source.Warning
		out = append(out, m)
	}
	return out
}

func oneMessage(kind string, e api.Message) message {
	m := message{Diagnostic: source.Diagnostic{Code: "bundler/" + kind, Msg: strings.ReplaceAll(sentence(e.Text), `"`+projectSpace+":", `"`)}}
	if own, ok := e.Detail.(fault); ok {
		m.Code, m.Msg, m.Hint = own.code, own.msg, own.hint
	}
	if m.Hint == "" && len(e.Notes) > 0 && !strings.HasSuffix(e.Notes[0].Text, ":") { // "… is here:" points at code
		m.Hint = sentence(e.Notes[0].Text)
	}
	if l := e.Location; l != nil {
		m.Pos = source.Pos{File: l.File, Line: l.Line, Col: l.Column + 1}
		m.length, m.line = l.Length, l.LineText
		if l.Namespace == inlineSpace || strings.HasPrefix(l.File, inlineSpace+":") || l.File == "<stdin>" {
			m.Pos.File = ""
		}
		m.Pos.File = strings.TrimPrefix(m.Pos.File, projectSpace+":")
	}
	return m
}

// sentence gives esbuild's text the form of our messages: lower case, no full stop.
func sentence(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	first, n := utf8.DecodeRuneInString(s)
	if second, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(second) {
		return s // an abbreviation
	}
	return string(unicode.ToLower(first)) + s[n:]
}
