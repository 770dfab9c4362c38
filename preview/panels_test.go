package preview_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/hframes/hframes/internal/chrome"
)

// panelsPage serves a page with all panels on it (testdata/panels.ts).
func panelsPage(t *testing.T) string {
	t.Helper()
	built := api.Build(api.BuildOptions{
		EntryPoints: []string{"testdata/panels.ts"}, Bundle: true, Outdir: "out", Format: api.FormatESModule, LogLevel: api.LogLevelSilent,
	})
	for _, e := range built.Errors {
		t.Fatalf("%v: %s", e.Location, e.Text)
	}
	mux := http.NewServeMux()
	for _, f := range built.OutputFiles {
		name := path.Base(f.Path)
		mux.HandleFunc("/"+name, func(w http.ResponseWriter, r *http.Request) {
			if path.Ext(name) == ".js" {
				w.Header().Set("Content-Type", "text/javascript")
			} else {
				w.Header().Set("Content-Type", "text/css")
			}
			w.Write(f.Contents)
		})
	}
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "testdata/panels.html") })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// TestPanels does with the panels what an author does. Each script of testdata/panels gets a fresh page and throws what
// is wrong.
func TestPanels(t *testing.T) {
	url := panelsPage(t)
	b, err := chrome.Start(t.Context(), chrome.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	scripts, err := filepath.Glob("testdata/panels/*.js")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts: ", err)
	}
	for _, name := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".js"), func(t *testing.T) {
			script, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			p, err := b.Page(t.Context(), chrome.PageOptions{Width: 1300, Height: 800, OnNewDocument: "if (self === top) localStorage.clear()"})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if err := p.Navigate(t.Context(), url); err != nil {
				t.Fatal(err)
			}
			ready := false
			for end := time.Now().Add(20 * time.Second); !ready; {
				if err := p.Eval(t.Context(), "'player' in window", &ready); err != nil {
					t.Fatal(err)
				}
				if time.Now().After(end) {
					t.Fatal("the page has no panels")
				}
			}
			if err := p.Eval(t.Context(), "(async () => {"+string(script)+"return true;})()", &ready); err != nil {
				t.Error(err)
			}
			for _, e := range p.Events() {
				t.Errorf("the page says: %s", e)
			}
		})
	}
}
