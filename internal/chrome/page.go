package chrome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/animation"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/memory"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// PageOptions describes a page.
type PageOptions struct {
	Width, Height int           // viewport, CSS px; 1–16384. A window on a display has the size that it is given there
	Scale         int           // device px per CSS px; 0 = 1
	Transparent   bool          // where the page paints nothing there is nothing, rather than white
	Origin        string        // "http://127.0.0.1:port": requests to anywhere else are [Blocked] events; "" = not checked
	OnNewDocument string        // JavaScript that runs before any script of every document and frame
	Quiet         string        // what begins the addresses of requests that [Page.Requests] does not count; "" = all count
	Freeze        bool          // CSS and web animations stay where they begin until a script moves them
	Timeout       time.Duration // longest wait for the page, and then for the answer to each call; 0 = 60 s
}

// A Page is one tab. Its methods must not be called from two goroutines at once.
type Page struct {
	browser *Browser
	journal *journal
	ctx     context.Context
	cancel  func()
	timeout time.Duration
	size    [2]int
	ticks   float64 // ms; time of the last frame drawn by BeginFrame
}

// Page opens a tab with an exact viewport. It is closed by Close or with its browser.
func (b *Browser) Page(ctx context.Context, o PageOptions) (*Page, error) {
	p := &Page{browser: b, journal: newJournal(o), timeout: o.Timeout, size: [2]int{o.Width, o.Height}, cancel: func() {}}
	if p.timeout == 0 {
		p.timeout = time.Minute
	}
	ctx, cancel := context.WithTimeoutCause(ctx, p.timeout, &HangError{After: p.timeout})
	defer cancel()
	if err := p.open(ctx, o); err != nil {
		p.Close()
		return nil, fmt.Errorf("open page: %w", err)
	}
	return p, nil
}

// minWindow is the least side of a window, in px. In a smaller one a full Chromium was seen to take no second picture of
// a page that does not change. The viewport is set apart from the window.
const minWindow = 600

func (p *Page) open(ctx context.Context, o PageOptions) error {
	p.ctx = p.browser.ctx
	id, err := p.target(ctx, o)
	if err != nil {
		return err
	}
	p.ctx, p.cancel = chromedp.NewContext(p.browser.ctx, chromedp.WithTargetID(id), chromedp.WithListener(p.journal.see))
	// The first call attaches. Its context is the page's own: chromedp reads the tab's messages for as long as that lasts.
	attached := make(chan error, 1)
	go func() {
		_, err := chromedp.Call(p.ctx, dom.Disable, cdp.Empty{}) // spares a message for each style that a script writes
		attached <- err
	}()
	select {
	case err = <-attached:
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("%w: %v", ErrCrashed, err)
		}
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	return p.prepare(ctx, o)
}

// target returns the tab to use: a new one, or the one that a browser with windows has opened by itself, which is the
// only one that fills its display.
func (p *Page) target(ctx context.Context, o PageOptions) (target.ID, error) {
	if p.browser.windows {
		all, err := call(p, ctx, func(ctx context.Context) (target.GetTargetsResult, error) {
			return chromedp.CallBrowser(ctx, target.GetTargets, target.GetTargetsParams{})
		})
		if err != nil {
			return "", err
		}
		for _, t := range all.TargetInfos {
			if t.Type == "page" {
				return t.TargetID, nil
			}
		}
		return "", errors.New("the browser opened no window")
	}
	yes := true
	params := target.CreateTargetParams{URL: "about:blank", Width: int64(o.Width), Height: int64(o.Height), NewWindow: &yes}
	if p.browser.beginFrame {
		params.EnableBeginFrameControl = &yes
	} else {
		params.Width, params.Height = max(params.Width, minWindow), max(params.Height, minWindow)
	}
	t, err := call(p, ctx, func(ctx context.Context) (target.CreateTargetResult, error) {
		return chromedp.CallBrowser(ctx, target.CreateTarget, params)
	})
	return t.TargetID, err
}

// prepare sets the viewport and what runs first in every document.
func (p *Page) prepare(ctx context.Context, o PageOptions) error {
	if _, err := do(p, ctx, css.Disable, cdp.Empty{}); err != nil {
		return err
	}
	none := int64(1) // keep no bodies of requests for a debugger that never asks
	if _, err := do(p, ctx, network.Enable, network.EnableParams{MaxTotalBufferSize: &none, MaxResourceBufferSize: &none}); err != nil {
		return err
	}
	if !p.browser.windows {
		metrics := emulation.SetDeviceMetricsOverrideParams{Width: int64(o.Width), Height: int64(o.Height), DeviceScaleFactor: float64(max(1, o.Scale))}
		if _, err := do(p, ctx, emulation.SetDeviceMetricsOverride, metrics); err != nil {
			return err
		}
	}
	if o.Transparent {
		if _, err := do(p, ctx, emulation.SetDefaultBackgroundColorOverride, emulation.SetDefaultBackgroundColorOverrideParams{Color: &cdp.RGBA{}}); err != nil {
			return err
		}
	}
	if o.Freeze {
		if _, err := do(p, ctx, animation.Enable, cdp.Empty{}); err != nil {
			return err
		}
		if _, err := do(p, ctx, animation.SetPlaybackRate, animation.SetPlaybackRateParams{PlaybackRate: 0}); err != nil {
			return err
		}
	}
	if o.OnNewDocument == "" {
		return nil
	}
	_, err := do(p, ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: o.OnNewDocument})
	return err
}

// Close closes the tab.
func (p *Page) Close() { p.cancel() }

// Events returns what the page complained about so far, oldest first.
func (p *Page) Events() []Event { return p.journal.list() }

// A HangError says that a page did not answer in time.
type HangError struct {
	After   time.Duration
	Loading []string // addresses that had not answered
}

// Error says how long the wait was, and for what.
func (e *HangError) Error() string {
	text := fmt.Sprintf("the page gave no answer for %s", e.After)
	if len(e.Loading) > 0 {
		text += "; still loading " + strings.Join(e.Loading, ", ")
	}
	return text
}

// errHang marks a context that ended because a page did not answer.
var errHang = errors.New("no answer")

// call is callFor with the page's own patience.
func call[R any](p *Page, ctx context.Context, f func(context.Context) (R, error)) (R, error) {
	return callFor(p, ctx, p.timeout, f)
}

// callFor runs f under the page's context, the caller's and a deadline, and says plainly which of them ended it.
func callFor[R any](p *Page, ctx context.Context, timeout time.Duration, f func(context.Context) (R, error)) (R, error) {
	var zero R
	cctx, cancel := context.WithTimeoutCause(p.ctx, timeout, errHang)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-p.journal.crashed:
			cancel()
		case <-done:
		}
	}()
	r, err := f(cctx)
	if err == nil {
		return r, nil
	}
	if ctx.Err() != nil { // first: a browser that ends with its caller looks like one that crashed
		return zero, context.Cause(ctx)
	}
	select {
	case <-p.journal.crashed:
		return zero, fmt.Errorf("%w: %v", ErrCrashed, err)
	default:
	}
	switch {
	case context.Cause(cctx) == errHang:
		return zero, p.hang(timeout)
	case p.ctx.Err() != nil || errors.Is(err, context.Canceled) || errors.Is(err, chromedp.ErrTargetDetached):
		return zero, fmt.Errorf("%w: %v", ErrCrashed, err)
	}
	return zero, err
}

// do is call for one protocol command.
func do[P, R any](p *Page, ctx context.Context, cmd cdp.Command[P, R], params P) (R, error) {
	return call(p, ctx, func(ctx context.Context) (R, error) { return chromedp.Call(ctx, cmd, params) })
}

// Navigate opens an address and waits until its document has been read and its scripts have run; pictures and fonts may
// still be on their way, see [Page.Settle].
func (p *Page) Navigate(ctx context.Context, url string) error {
	res, err := do(p, ctx, page.Navigate, page.NavigateParams{URL: url})
	if err != nil {
		return fmt.Errorf("open %s: %w", url, err)
	}
	if res.ErrorText != "" {
		return fmt.Errorf("open %s: %s", url, res.ErrorText)
	}
	for !p.journal.hasParsed(res.LoaderID) {
		if err := p.wait(ctx, p.journal.news); err != nil {
			return fmt.Errorf("open %s: %w", url, err)
		}
	}
	return nil
}

// wait waits for a channel to be ready, or for a reason to give up.
func (p *Page) wait(ctx context.Context, ready <-chan struct{}) error {
	timer := time.NewTimer(p.timeout)
	defer timer.Stop()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.journal.crashed:
	case <-p.ctx.Done():
	case <-timer.C:
		return p.hang(p.timeout)
	}
	if ctx.Err() != nil { // the browser ended with its caller
		return context.Cause(ctx)
	}
	return ErrCrashed
}

// hang returns the error of a page that does not answer, with what it was loading.
func (p *Page) hang(after time.Duration) error {
	_, urls := p.journal.pending()
	return &HangError{After: after, Loading: urls}
}

// A ScriptError is an exception thrown by an evaluated expression.
type ScriptError struct {
	Text string
}

// Error returns the exception's message.
func (e *ScriptError) Error() string { return e.Text }

// Eval runs a JavaScript expression, waits for its promise if it is one, and reads the value's JSON into out unless
// out is nil. An exception becomes a [*ScriptError].
func (p *Page) Eval(ctx context.Context, expression string, out any) error {
	yes := true
	res, err := do(p, ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, AwaitPromise: &yes, ReturnByValue: &yes, Silent: &yes})
	if err != nil {
		return err
	}
	if res.ExceptionDetails != nil {
		return &ScriptError{Text: exceptionText(res.ExceptionDetails)}
	}
	if out == nil || res.Result == nil {
		return nil
	}
	if len(res.Result.Value) == 0 {
		return fmt.Errorf("expression has no value: %s", res.Result.Type)
	}
	return json.Unmarshal(res.Result.Value, out)
}

// Call is [Page.Eval] of a JavaScript function applied to arguments, each of them written as JSON.
func (p *Page) Call(ctx context.Context, function string, out any, args ...any) error {
	list := make([]string, len(args))
	for i, a := range args {
		b, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
		list[i] = string(b)
	}
	return p.Eval(ctx, "("+function+")("+strings.Join(list, ",")+")", out)
}

// Post runs a JavaScript expression without waiting for it. It is lost when the page is.
func (p *Page) Post(expression string) {
	go do(p, p.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: expression})
}

// Forget has the browser give back the memory of decoded pictures that it does not need at the moment, without waiting for
// it. Left alone it keeps 512 MB of them.
func (p *Page) Forget() {
	go do(p, p.ctx, memory.SimulatePressureNotification, memory.SimulatePressureNotificationParams{Level: memory.PressureLevelCritical})
}

// Gone returns a channel that is closed when the page's process has died.
func (p *Page) Gone() <-chan struct{} { return p.journal.crashed }

// Settle waits until no request of the page is under way, but for media and other streams, which may never end.
func (p *Page) Settle(ctx context.Context) error {
	idle, _ := p.journal.pending()
	select {
	case <-idle:
		return nil
	default:
	}
	return p.wait(ctx, idle)
}

// Requests returns how many requests the page has made so far that a picture must wait for, but for those to addresses
// that begin with [PageOptions.Quiet]. To know that none is on its way to us, ask the page something first.
func (p *Page) Requests() int {
	p.journal.mu.Lock()
	defer p.journal.mu.Unlock()
	return p.journal.begun
}

// Collect has the page's process free what nothing refers to any more. Left alone it may keep the documents before.
func (p *Page) Collect(ctx context.Context) error {
	_, err := do(p, ctx, heapprofiler.CollectGarbage, cdp.Empty{})
	return err
}

// Usage is what a page and all that shares its process hold after their garbage was collected.
type Usage struct {
	Heap      int64 // bytes of JavaScript values
	Documents int   // those of frames that are gone and not forgotten, too
	Nodes     int
	Listeners int // of events
}

// Usage collects the page's garbage and counts the rest.
func (p *Page) Usage(ctx context.Context) (Usage, error) {
	if err := p.Collect(ctx); err != nil {
		return Usage{}, err
	}
	heap, err := do(p, ctx, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		return Usage{}, err
	}
	n, err := do(p, ctx, memory.GetDOMCounters, cdp.Empty{})
	return Usage{int64(heap.UsedSize), int(n.Documents), int(n.Nodes), int(n.JsEventListeners)}, err
}
