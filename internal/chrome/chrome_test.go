package chrome

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// start starts a browser of a kind for a test.
func start(t *testing.T, kind Kind, beginFrame bool) *Browser {
	t.Helper()
	path, err := Find("", kind)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Start(t.Context(), Options{Path: path, BeginFrame: beginFrame})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// serve serves one page and returns its address.
func serve(t *testing.T, html string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, html)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// open opens a page of 120 × 80.
func open(t *testing.T, b *Browser, html string, o PageOptions) *Page {
	t.Helper()
	o.Width, o.Height, o.Origin = 120, 80, serve(t, html)
	p, err := b.Page(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Navigate(t.Context(), o.Origin+"/"); err != nil {
		t.Fatal(err)
	}
	return p
}

const red = `<!doctype html><html><body style="margin:0;background:#f00"></body></html>`

func TestScreenshot(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{Shell, Full} {
		p := open(t, start(t, kind, false), red, PageOptions{})
		for _, f := range []Format{PNG, {Type: "jpeg", Quality: 100}} {
			data, err := p.Screenshot(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			checkRed(t, data, f)
		}
	}
}

func checkRed(t *testing.T, data []byte, f Format) {
	t.Helper()
	m, name, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if name != f.Type || m.Bounds() != image.Rect(0, 0, 120, 80) {
		t.Errorf("%s %v", name, m.Bounds())
	}
	for _, at := range []image.Point{{0, 0}, {119, 79}} {
		if c := color.RGBAModel.Convert(m.At(at.X, at.Y)).(color.RGBA); c.R < 253 || c.G > 1 || c.B > 1 {
			t.Errorf("%v is %v", at, c)
		}
	}
}

// A page that is drawn on command shows what changed at once.
func TestBeginFrame(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, Shell, true), red, PageOptions{})
	var picture []byte
	for try := 0; picture == nil; try++ {
		var err error
		if picture, err = p.BeginFrame(t.Context(), 40, PNG); err != nil || try > 30 {
			t.Fatalf("try %d: %v", try, err)
		}
	}
	checkRed(t, picture, PNG)
	if again, err := p.BeginFrame(t.Context(), 40, PNG); err != nil || again != nil && !bytes.Equal(again, picture) {
		t.Errorf("%d bytes that differ for a page that did not change, %v", len(again), err)
	}
	if err := p.Eval(t.Context(), "document.body.style.background = '#fe0000'", nil); err != nil {
		t.Fatal(err)
	}
	if again, err := p.BeginFrame(t.Context(), 40, PNG); err != nil || again == nil || bytes.Equal(again, picture) {
		t.Errorf("%d bytes for a page that changed, %v", len(again), err)
	}
	if err := p.Tick(t.Context(), 40); err != nil {
		t.Error(err)
	}
}

func TestEval(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, Any, false), red, PageOptions{OnNewDocument: "window.early = [1, 2]"})
	var got struct {
		Sum  int
		Name string
	}
	if err := p.Call(t.Context(), "async (a, b) => ({ Sum: a + b.x + early[1], Name: 'ä' })", &got, 1, map[string]int{"x": 2}); err != nil || got.Sum != 5 || got.Name != "ä" {
		t.Errorf("%+v %v", got, err)
	}
	err := p.Eval(t.Context(), "(function () { throw new TypeError('no') })()", nil)
	var se *ScriptError
	if !errors.As(err, &se) || err.Error() != "TypeError: no" {
		t.Errorf("error %v", err)
	}
	if err := p.Eval(t.Context(), "Promise.reject(new Error('later'))", nil); !errors.As(err, &se) || err.Error() != "Error: later" {
		t.Errorf("error %v", err)
	}
	var zone string
	if err := p.Eval(t.Context(), "Intl.DateTimeFormat().resolvedOptions().timeZone + ' ' + navigator.language + ' ' + devicePixelRatio", &zone); err != nil || zone != "UTC en-US 1" {
		t.Errorf("the page knows the machine: %q %v", zone, err)
	}
}

// Animations wait for a script, from the first moment.
func TestFreeze(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, Any, false), `<!doctype html><style>@keyframes k { to { left: 9px } } b::before { content: ""; animation: k 1ms 1s }</style><b></b>`, PageOptions{Freeze: true})
	var got []float64
	err := p.Eval(t.Context(), `new Promise(function (done) { setTimeout(function () {
		const a = document.getAnimations()[0], was = a.currentTime;
		a.currentTime = 700;
		setTimeout(function () { done([was, a.currentTime]) }, 50);
	}, 50) })`, &got)
	if err != nil || len(got) != 2 || got[0] != 0 || got[1] != 700 {
		t.Errorf("%v %v", got, err)
	}
}

// What a page complains about is told in order, once each.
func TestEvents(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, Any, false), `<!doctype html><html><body><script>
for (const _ of [1, 2]) console.warn("a", 1, {});
fetch("http://example.com/x").catch(function () {});
fetch("http://192.0.2.1/y").catch(function () {});
</script>
<img src="gone.png"><script>oops()</script></body></html>`, PageOptions{})
	if err := p.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range p.Events() {
		got = append(got, strings.Replace(e.String(), p.journal.origin, "ORIGIN", 1))
	}
	want := map[string]bool{
		"console warning: a 1 Object (ORIGIN/:2:33)":                          true,
		"blocked: the page may only use its own files (http://example.com/x)": true,
		"blocked: the page may only use its own files (http://192.0.2.1/y)":   true,
		"exception: ReferenceError: oops is not defined (ORIGIN/:6:29)":       true,
		"failed: status 404 (ORIGIN/gone.png)":                                true,
	}
	for _, g := range got {
		if !want[g] {
			t.Errorf("unexpected: %s", g)
		}
		delete(want, g)
	}
	for w := range want {
		t.Errorf("missing: %s", w)
	}
}

// A page that does not answer is an error after the time given, not a wait without end.
func TestHang(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, Any, false), red, PageOptions{})
	p.timeout = time.Second
	err := p.Eval(t.Context(), "(function () { for (;;); })()", nil)
	var hang *HangError
	if !errors.As(err, &hang) || err.Error() != "the page gave no answer for 1s" {
		t.Errorf("error %v", err)
	}
}

// The same for a request that is never answered, with its address.
func TestHangingRequest(t *testing.T) {
	t.Parallel()
	b := start(t, Any, false)
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow.png" {
			<-release
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><img src="/slow.png">`)
	}))
	defer s.Close()
	defer close(release)
	p, err := b.Page(t.Context(), PageOptions{Width: 10, Height: 10, Origin: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Navigate(t.Context(), s.URL); err != nil {
		t.Fatal(err)
	}
	p.timeout = time.Second
	if err := p.Settle(t.Context()); err == nil || err.Error() != "the page gave no answer for 1s; still loading "+s.URL+"/slow.png" {
		t.Errorf("error %v", err)
	}
}

// A call ends with its context, and the browser goes on.
func TestCancelCall(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, Any, false), red, PageOptions{})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	time.AfterFunc(50*time.Millisecond, func() { cancel(why) })
	if err := p.Eval(ctx, "new Promise(function () {})", nil); !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
	if err := p.Eval(t.Context(), "1", nil); err != nil {
		t.Error(err)
	}
}

// A dead page is an error that says so.
func TestCrash(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, Any, false), red, PageOptions{})
	if err := p.Navigate(t.Context(), "chrome://crash"); err == nil {
		t.Error("no error")
	}
	if err := p.Eval(t.Context(), "1", nil); !errors.Is(err, ErrCrashed) {
		t.Errorf("error %v", err)
	}
}

// A program that is no browser is an error with its own words.
func TestNoBrowser(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "chrome")
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho I am a teapot\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{Path: path}); err == nil || !strings.Contains(err.Error(), "I am a teapot") {
		t.Errorf("error %v", err)
	}
}

// What helps against the common ways not to start is in the error.
func TestStartError(t *testing.T) {
	for said, help := range map[string]string{
		"FATAL: No usable sandbox!":                        "or set HFRAMES_NO_SANDBOX=1",
		"error while loading shared libraries: libnss3.so": "install the browser with the system's package manager",
	} {
		if err := startError(errors.New(said)); !strings.Contains(err.Error(), said) || !strings.Contains(err.Error(), help) {
			t.Errorf("error %v", err)
		}
	}
}

// After Close there is no process and no file.
func TestClose(t *testing.T) {
	tmp, err := os.MkdirTemp("", "hf")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	t.Setenv("TMPDIR", tmp)
	for _, kind := range []Kind{Shell, Full} {
		b := start(t, kind, false)
		open(t, b, red, PageOptions{})
		if b.Pid() == 0 || !strings.Contains(b.Product(), "/") {
			t.Errorf("pid %d, product %q", b.Pid(), b.Product())
		}
		// The sound server's client leaves a link in the home folder unless it is told where to keep its files.
		if env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", b.Pid())); err == nil && !bytes.Contains(env, []byte("\x00PULSE_RUNTIME_PATH="+tmp+"/")) {
			t.Errorf("environment %q", env)
		}
		b.Close()
		b.Close()
	}
	if files, _ := os.ReadDir(tmp); len(files) > 0 {
		t.Errorf("%s is still there", files[0].Name())
	}
	procs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range procs {
		if line, _ := os.ReadFile(f); bytes.Contains(line, []byte(tmp+"/")) {
			t.Errorf("still running: %s", bytes.ReplaceAll(line, []byte{0}, []byte(" ")))
		}
	}
}

// TestUsage counts the frames that a page keeps.
func TestUsage(t *testing.T) {
	p := open(t, start(t, Any, false), "<!doctype html><title>A</title>", PageOptions{})
	count := func(js string) Usage {
		t.Helper()
		if err := p.Eval(t.Context(), js, nil); err != nil {
			t.Fatal(err)
		}
		u, err := p.Usage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	before := count("0")
	kept := count(`kept = Array.from({length: 20}, () => {
		const f = document.body.appendChild(document.createElement("iframe"));
		const d = f.contentDocument;
		d.body.textContent = "x".repeat(1e4);
		f.remove();
		return [d, new Array(1e5).fill(1.5)];
	}), 0`)
	if kept.Documents < before.Documents+20 || kept.Heap < before.Heap+1e6 || kept.Nodes <= before.Nodes {
		t.Errorf("before %+v, after %+v", before, kept)
	}
	if gone := count("kept = 0"); gone.Documents >= kept.Documents || gone.Heap >= kept.Heap {
		t.Errorf("forgot %+v, still holds %+v", kept, gone)
	}
}
