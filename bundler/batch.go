package bundler

import (
	"fmt"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// A film has one short inline script a scene, and esbuild needs 0.4 ms to start, however short. So inline scripts are
// compiled together: each as the body of a function, which is also how the official runtime runs them. A body that is
// no function body by itself, or about which esbuild has anything to say, is compiled alone, so that messages have the
// author's positions and one script's fault cannot hide in another. Which way a script takes depends on nothing but the
// script: the bytes are the same.

// batchName begins the names of the functions in a batch.
const batchName = "__hframes_batch_"

// batch compiles the inline scripts of all pages that no earlier build knows.
func (r *run) batch(pages []*mount) {
	var scripts []string
	seen := map[string]bool{}
	for _, m := range pages {
		for _, f := range m.refs {
			if f.kind != refInlineScript || seen[f.value] {
				continue
			}
			seen[f.value] = true
			if _, ok := r.inline.get(f.value, r.build); !ok && isBody(f.value) {
				scripts = append(scripts, f.value)
			}
		}
	}
	if len(scripts) < 2 || r.ctx.Err() != nil {
		return
	}
	bodies, ok := r.compileBodies(scripts)
	if !ok {
		return // one of them: each is compiled alone later
	}
	for i, js := range scripts {
		r.inline.put(js, script{text: bodies[i]}, r.build)
	}
}

// isBody reports whether a script is by itself a whole function body.
func isBody(text string) bool {
	if strings.Contains(text, batchName) {
		return false
	}
	_, err := js.Parse(parse.NewInputString(text), js.Options{})
	return err == nil
}

// compileBodies compiles scripts as the bodies of functions. It reports false if esbuild had anything to say.
func (r *run) compileBodies(scripts []string) ([]string, bool) {
	var in strings.Builder
	for i, s := range scripts {
		fmt.Fprintf(&in, "function %s%d(){\n%s\n}\n", batchName, i, s)
	}
	o := r.inlineOptions()
	got := api.Transform(in.String(), o)
	if len(got.Errors)+len(got.Warnings) > 0 {
		return nil, false
	}
	rest := strings.TrimSpace(string(got.Code))
	out := make([]string, len(scripts))
	for i := range scripts {
		end := len(rest)
		if i+1 < len(scripts) {
			end = strings.Index(rest, fmt.Sprintf("function %s%d(", batchName, i+1))
		}
		open := strings.IndexByte(rest, '{') + 1
		if end < open || open == 0 {
			return nil, false
		}
		body, ok := strings.CutSuffix(strings.TrimSpace(rest[open:end]), "}")
		if !ok {
			return nil, false
		}
		out[i], rest = strings.TrimSpace(body), rest[end:]
	}
	return out, true
}

// compileInline compiles one inline script.
func (r *run) compileInline(text string) script {
	if isBody(text) {
		if bodies, ok := r.compileBodies([]string{text}); ok {
			return script{text: bodies[0]}
		}
	}
	got := api.Transform(text, r.inlineOptions())
	s := script{msgs: messages("js", got.Errors, got.Warnings), failed: len(got.Errors) > 0}
	if s.failed {
		return s
	}
	s.text = strings.TrimSpace(string(got.Code))
	// What is no function body although esbuild takes it uses import, export or a top-level await.
	in := fmt.Sprintf("function %s(){\n%s\n}", batchName, text)
	for _, m := range messages("js", api.Transform(in, r.inlineOptions()).Errors, nil) {
		m.Pos.Line--
		m.Hint = `write <script type="module">`
		s.msgs, s.failed = append(s.msgs, m), true
	}
	return s
}

func (r *run) inlineOptions() api.TransformOptions {
	o := r.options()
	return api.TransformOptions{Loader: api.LoaderJS, Charset: o.Charset, LegalComments: api.LegalCommentsNone,
		MinifyWhitespace: o.MinifyWhitespace, TsconfigRaw: o.TsconfigRaw}
}
