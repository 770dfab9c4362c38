package preview

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/chrome"
)

// chromium is one browser for all tests of the package.
var chromium = sync.OnceValues(func() (*chrome.Browser, error) { return chrome.Start(context.Background(), chrome.Options{}) })

var chromiumUsed bool

func TestMain(m *testing.M) {
	code := m.Run()
	if chromiumUsed {
		if b, err := chromium(); err == nil {
			b.Close()
		}
	}
	os.Exit(code)
}

// tab opens an empty page in the browser.
func tab(t *testing.T) *chrome.Page {
	t.Helper()
	chromiumUsed = true
	b, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Page(t.Context(), chrome.PageOptions{Width: 640, Height: 360})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// until waits for a JavaScript condition in a page.
func until(t *testing.T, p *chrome.Page, js string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		var ok bool
		if err := p.Eval(t.Context(), js, &ok); ok {
			return
		} else if time.Now().After(deadline) {
			var page string
			p.Eval(t.Context(), "location + ' ' + document.documentElement.outerHTML", &page)
			t.Fatalf("not %s: %v\n%s\n%v", js, err, page, p.Events())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// twoServers serves a control page that shows a stage page, both behind their guards, and returns their doors. The stage
// page tells what came of its tries: its own module, a frame of its own, and what it may not do.
func twoServers(t *testing.T, host string) *doors {
	t.Helper()
	d := opened(t, host)
	reply := func(w http.ResponseWriter, kind, format string, a ...any) {
		w.Header().Set("Content-Type", kind+"; charset=utf-8")
		fmt.Fprintf(w, format, a...)
	}
	control := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			reply(w, "text/html", `<!doctype html><script src="/ui.js"></script><iframe src="%s/a%%20b/index.html?control=http://%s"></iframe>`, d.stageOrigin(r), r.Host)
		case "/ui.js":
			reply(w, "text/javascript", `window.said = []; addEventListener("message", (e) => said.push(e.data));`)
		case "/api":
			reply(w, "text/javascript", `globalThis.leaked = true`)
		}
	}
	stage := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a b/index.html":
			reply(w, "text/html", `<!doctype html><script type="module" src="module.js"></script><iframe src="inner.html"></iframe>`)
		case "/a b/inner.html":
			reply(w, "text/html", `<!doctype html><script>top.postMessage("frame", "*")</script>`)
		case "/a b/module.js":
			reply(w, "text/javascript", `parent.postMessage("module", "*");
				const control = new URLSearchParams(location.search).get("control");
				fetch(control + "/api").then(() => parent.postMessage("leak", "*"), () => parent.postMessage("refused", "*"));`)
		}
	}
	for _, s := range []*http.Server{
		{Handler: d.guardControl(http.HandlerFunc(control))},
		{Handler: d.guardStage(http.HandlerFunc(stage))},
	} {
		l := d.control
		if g := s.Handler.(*guard); !g.control {
			l = d.stage
		}
		done := make(chan error, 1)
		go func() { done <- s.Serve(l) }()
		t.Cleanup(func() { s.Close(); <-done })
	}
	return d
}

// shown waits for the control page with all that the stage page has to tell.
func shown(t *testing.T, p *chrome.Page) {
	t.Helper()
	until(t, p, `["module", "frame", "refused"].every((w) => globalThis.said?.includes(w)) && !said.includes("leak")`)
	until(t, p, `!location.search.includes("token")`)
}

// TestBrowser opens both doors in a browser, with and without a token.
func TestBrowser(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "0.0.0.0"} {
		t.Run(host, func(t *testing.T) {
			p := tab(t)
			if err := p.Navigate(t.Context(), twoServers(t, host).address().URL); err != nil {
				t.Fatal(err)
			}
			shown(t, p)
		})
	}
}

// TestLink follows a link with the token from a page of another site, such as a chat: the cookie is for the same site
// alone, and yet must come with the visit.
func TestLink(t *testing.T) {
	p := tab(t)
	link := fmt.Sprintf(`<a href="%s">Look</a>`, twoServers(t, "0.0.0.0").address().URL)
	if err := p.Navigate(t.Context(), "data:text/html,"+url.PathEscape(link)); err != nil {
		t.Fatal(err)
	}
	if err := p.Eval(t.Context(), `document.querySelector("a").click()`, nil); err != nil {
		t.Fatal(err)
	}
	shown(t, p)
}

// opened returns the doors of a host on free ports.
func opened(t *testing.T, host string) *doors {
	t.Helper()
	d, err := openDoors(t.Context(), host, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() }) // a server may have done so
	return d
}
