package compose

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"sync"
	"testing"

	"github.com/hframes/hframes/internal/chrome"
	kinds "github.com/hframes/hframes/internal/media"
)

// chromium is one browser for all tests of the package.
var chromium = sync.OnceValues(func() (*chrome.Browser, error) { return chrome.Start(context.Background(), chrome.Options{}) })

func TestMain(m *testing.M) {
	code := m.Run()
	if chromiumUsed {
		if b, err := chromium(); err == nil {
			b.Close()
		}
	}
	os.Exit(code)
}

var chromiumUsed bool

// open serves files and opens a page of them. head, if any, is put before everything in the page's head; first runs
// before any script of the page.
func open(t *testing.T, files fs.FS, head, first string, w, h int) *chrome.Page {
	t.Helper()
	chromiumUsed = true
	b, err := chromium()
	if missing := (*chrome.NotFound)(nil); errors.As(err, &missing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Clean(r.URL.Path)[1:]
		if name == "" {
			name = "index.html"
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if name == "index.html" && head != "" {
			data = insertHead(data, head)
		}
		w.Header().Set("Content-Type", kinds.MIME(name))
		_, _ = w.Write(data)
	}))
	t.Cleanup(s.Close)
	p, err := b.Page(t.Context(), chrome.PageOptions{Width: w, Height: h, Origin: s.URL, OnNewDocument: first})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if err := p.Navigate(t.Context(), s.URL+"/"); err != nil {
		t.Fatal(err)
	}
	return p
}

func insertHead(page []byte, head string) []byte {
	const tag = "<head>"
	for i := range page {
		if len(page)-i >= len(tag) && string(page[i:i+len(tag)]) == tag {
			return append(append(append([]byte{}, page[:i+len(tag)]...), head...), page[i+len(tag):]...)
		}
	}
	return page
}

// eval runs JavaScript in a page and returns its value.
func eval[T any](t *testing.T, p *chrome.Page, js string) T {
	t.Helper()
	var out T
	if err := p.Eval(t.Context(), js, &out); err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return out
}
