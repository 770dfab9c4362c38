// Package chrome starts a headless Chromium and takes pictures of a page.
//
// In go an executable, a viewport and an address; out come pictures, values of JavaScript expressions, and everything
// the page complained about. The browser is started with a fixed set of flags (flags.go), an empty profile of its own
// and no way to reach anything but 127.0.0.1. It ends with the context it was started with, and with this process.
// The package knows nothing of HyperFrames, of frames in time or of video, and prints nothing.
package chrome

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/hframes/hframes/internal/workdir"
)

// Options says how a browser is started. The zero Options start the best browser that [Find] knows.
type Options struct {
	Path       string // executable; "" = Find("", Any)
	NoSandbox  bool   // start without Chromium's sandbox; always so for root, whom Chromium refuses otherwise
	BeginFrame bool   // draw only when told to ([Page.BeginFrame]); needs a headless shell, see [IsShell]
	// Display is the environment in which the browser finds a Wayland display to draw its windows on; nil = no windows
	// are drawn anywhere. It needs a full browser on Linux. The display decides how large a window is.
	Display []string
	Scale   int // device px per CSS px of a browser with a Display; 0 = 1
	// TileMemory is how much memory a page's drawn tiles may take, MiB; 0 = the browser's choice, half a gigabyte. It must
	// hold some pictures of the page, or parts of them stay empty.
	TileMemory int
}

// startTimeout bounds the start of a browser. A cold start on a loaded machine was seen to take 15 s.
const startTimeout = 90 * time.Second

// A Browser is a running Chromium. Its methods may be called from several goroutines.
type Browser struct {
	product    string
	beginFrame bool
	windows    bool // its windows are drawn on a display, which decides their size
	ctx        context.Context
	close      func()
	closeOnce  sync.Once
}

// Start starts a browser that lives until Close is called or ctx ends. It returns a [*NotFound] when there is no
// browser, and an error with the browser's own words when it does not come up.
func Start(ctx context.Context, o Options) (*Browser, error) {
	path, err := Find(o.Path, Any)
	if err != nil {
		return nil, err
	}
	dir, err := workdir.Short("browser")
	if err != nil {
		return nil, fmt.Errorf("start browser: %w", err)
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(ctx, allocatorOptions(path, dir.Path(), o)...)
	silent := func(string, ...any) {}
	bctx, cancel := chromedp.NewContext(alloc, chromedp.WithLogf(silent), chromedp.WithErrorf(silent))
	b := &Browser{beginFrame: o.BeginFrame, windows: o.Display != nil, ctx: bctx, close: func() {
		cancel()
		cancelAlloc()
		killLeftovers(dir.Path())
		dir.Close()
	}}
	if err := b.begin(ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("start browser %s: %w", path, err)
	}
	return b, nil
}

// begin makes the first call, which is what starts the process, and asks the browser its name. The first call must
// not carry a deadline of its own, since chromedp ends the browser together with that call's context.
func (b *Browser) begin(ctx context.Context) error {
	late := time.AfterFunc(startTimeout, b.Close)
	v, err := chromedp.CallBrowser(b.ctx, browser.GetVersion, cdp.Empty{})
	if !late.Stop() {
		return fmt.Errorf("no answer within %s", startTimeout)
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err != nil {
		return startError(err)
	}
	b.product = v.Product
	return nil
}

// startError adds what helps to the two ways in which Chromium commonly fails to start. Any other may be an accident.
func startError(err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "No usable sandbox") || strings.Contains(text, "without --no-sandbox"):
		return fmt.Errorf("%w (this system gives Chromium no sandbox: allow user namespaces, or set HFRAMES_NO_SANDBOX=1)", err)
	case strings.Contains(text, "error while loading shared libraries"):
		return fmt.Errorf("%w (a system library is missing: install the browser with the system's package manager)", err)
	}
	return fmt.Errorf("%w: %v", ErrCrashed, err) // which may say that its context ended: that was its own
}

// Product returns the name and version that the browser gives itself, such as "HeadlessChrome/156.0.8078.79".
func (b *Browser) Product() string { return b.product }

// Pid returns the process id of the browser, 0 if it has none.
func (b *Browser) Pid() int {
	if c := chromedp.FromContext(b.ctx); c != nil && c.Browser != nil && c.Browser.Process() != nil {
		return c.Browser.Process().Pid
	}
	return 0
}

// Close kills the browser, waits until all of its processes are gone and removes its profile. It may be called more
// than once.
func (b *Browser) Close() { b.closeOnce.Do(b.close) }

// ErrCrashed is wrapped by the errors of calls that a dead browser or a dead page cannot answer.
var ErrCrashed = errors.New("the browser crashed")

// allocatorOptions returns the browser's command line and environment. dir is a folder for its profile and whatever else
// it leaves: a killed Chromium does not clean up.
func allocatorOptions(path, dir string, o Options) []chromedp.ExecAllocatorOption {
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(filepath.Join(dir, "profile")),
		// What a page prints for a date or a number must not depend on the machine.
		chromedp.Env("TZ=UTC", "LANG=en_US.UTF-8", "LC_ALL=en_US.UTF-8", "LANGUAGE=en_US"),
		// It runs other people's code, and needs none of our secrets.
		chromedp.Env("HEYGEN_API_KEY=", "HYPERFRAMES_API_KEY=", "HEYGEN_WEBHOOK_SECRET="),
	}
	if runtime.GOOS == "linux" { // elsewhere the path of a socket in it could become too long
		// PulseAudio's client would leave a link in the home folder that leads to a folder in TMPDIR.
		opts = append(opts, chromedp.Env("TMPDIR="+dir, "PULSE_RUNTIME_PATH="+dir))
	}
	if runtime.GOOS == "linux" {
		opts = append(opts, chromedp.Env("XDG_CONFIG_HOME="+filepath.Join(dir, "config"))) // how this user likes letters drawn
	}
	opts = append(opts, chromedp.Env(o.Display...))
	for _, f := range flags(o, IsShell(path)) {
		if f.value == "" {
			opts = append(opts, chromedp.Flag(f.name, true))
		} else {
			opts = append(opts, chromedp.Flag(f.name, f.value))
		}
	}
	if o.NoSandbox || os.Getuid() == 0 {
		opts = append(opts, chromedp.NoSandbox)
	}
	return opts
}
