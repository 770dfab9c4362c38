package render

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/chrome"
)

//go:embed film.js
var filmScript string

// A film is one browser that shows the film on a stage.
type film struct {
	browser *chrome.Browser
	page    *chrome.Page
	method  method
	tick    float64 // ms of a frame
	window  *window // nil where pictures are taken by DevTools
	reel    reel    // what the page holds, where it does not hold all
	capturer
}

// A NotReady error says why a film could not be shown.
type NotReady struct {
	After    time.Duration
	Missing  []string // what was waited for in vain
	Messages []string // what the page said meanwhile
	Err      error    // the [*chrome.HangError] of a page that gives no answer, else nil
}

// Error names what was missing and the page's own complaints, one a line.
func (e *NotReady) Error() string {
	text := fmt.Sprintf("the film was not ready after %s: missing %s", e.After.Round(time.Second/10), strings.Join(e.Missing, ", "))
	for _, m := range e.Messages {
		text += "\n  " + m
	}
	return text
}

// Unwrap returns Err.
func (e *NotReady) Unwrap() error { return e.Err }

// readyTimeout is how long a film may take to load (contract §7.4).
const readyTimeout = 45 * time.Second

// brokenGrace is how long timelines are waited for once a script has failed: the one that would register them is
// probably dead.
const brokenGrace = 2 * time.Second

// pollEvery is the time between two looks at a loading page.
const pollEvery = 30 * time.Millisecond

// picturesHeld is how many pictures of the film a browser may hold as tiles: few are needed, and there is room for what has
// a layer all the same. Without a limit it holds some 60, to no use.
const picturesHeld = 32

// openFilm starts a browser and loads a part of the film in it.
func (j *job) openFilm(ctx context.Context, w way, r reel) (*film, error) {
	config, err := json.Marshal(map[string]any{"fps": j.rate.Float(), "variables": j.variables()})
	if err != nil {
		return nil, fmt.Errorf("variables: %w", err)
	}
	f := &film{method: w.method, tick: 1000 / j.rate.Float()}
	o := chrome.Options{Path: w.browser, NoSandbox: j.NoSandbox, BeginFrame: w.method == methodBeginFrame, Scale: j.Scale}
	if !j.deep() { // the film is one layer: see flatRule
		o.TileMemory = max(64, (picturesHeld*4*j.encode.Width*j.encode.Height)>>20)
	}
	if w.method == methodWayland {
		if f.window, err = openWindow(j.canvas, j.Scale); err != nil {
			return nil, err
		}
		o.Display = f.window.display.Env()
	}
	err = f.load(ctx, j, o, string(config), r)
	if err != nil {
		err = tempFull(err) // before the browser's files are removed
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *film) load(ctx context.Context, j *job, o chrome.Options, config string, r reel) (err error) {
	if f.browser, err = chrome.Start(ctx, o); err != nil {
		return err
	}
	f.page, err = f.browser.Page(ctx, chrome.PageOptions{
		Width: j.canvas.width, Height: j.canvas.height + stripHeight, Scale: j.Scale, Transparent: j.Format.Alpha(), Origin: j.server.origin(),
		Quiet:         j.server.origin() + reserved,
		OnNewDocument: filmScript + "(" + config + ")",
		// The runtime takes an animation over as far as it has got by then (contract §5.3): that must be nowhere.
		Freeze: true, Timeout: 2 * j.patience.base(),
	})
	if err != nil {
		return err
	}
	if err := f.turn(ctx, j, r); err != nil {
		return err
	}
	return f.firstDraw(ctx, j)
}

// turn has the page hold another part of the film. What it was told of the film is to be told again.
func (f *film) turn(ctx context.Context, j *job, r reel) error {
	f.reel = r
	address := j.server.origin() + stageAddress
	if len(j.scenes) > 0 {
		address += "?" + r.query()
	}
	err := f.page.Navigate(ctx, address)
	if err == nil {
		err = f.waitReady(ctx, j)
	}
	var hang *chrome.HangError
	if errors.As(err, &hang) {
		return f.notReady(j, hang.After, endless(hang), hang)
	}
	return err
}

// endless says what a page lacks that gives no answer.
func endless(hang *chrome.HangError) []string {
	if len(hang.Loading) > 0 {
		return hang.Loading
	}
	return []string{"an answer of the page: a script may run without end"}
}

func (j *job) variables() map[string]any {
	if j.Variables == nil {
		return map[string]any{}
	}
	return j.Variables
}

// close kills the browser first: a page that hangs cannot be closed in good order.
func (f *film) close() {
	if f.capturer != nil {
		f.capturer.close()
	}
	if f.browser != nil {
		f.browser.Close()
	}
	if f.page != nil {
		f.page.Close()
	}
	if f.window != nil {
		f.window.close()
	}
}

// waitReady waits until the film can be shown, as the official producer does (contract §7.4).
func (f *film) waitReady(ctx context.Context, j *job) error {
	limit := j.ready
	if limit == 0 {
		limit = readyTimeout
	}
	start := time.Now()
	var brokenAt time.Time
	for {
		missing, err := f.missing(ctx)
		if err != nil {
			return fmt.Errorf("load the film: %w", err)
		}
		if len(missing) == 0 {
			break
		}
		if brokenAt.IsZero() && f.broken() {
			brokenAt = time.Now()
		}
		hopeless := onlyTimelines(missing) && !brokenAt.IsZero() && time.Since(brokenAt) > brokenGrace
		if hopeless || time.Since(start) > limit {
			return f.notReady(j, time.Since(start), missing, nil)
		}
		if err := f.idle(ctx); err != nil {
			return fmt.Errorf("load the film: %w", err)
		}
	}
	if err := f.page.Eval(ctx, "stage.film().settle()", nil); err != nil {
		return fmt.Errorf("load the film: %w", err)
	}
	return f.page.Settle(ctx)
}

// firstDraw draws a blank picture, which shows whether this browser can be captured at all. Some pages never finish a frame
// that they are told to draw (software GL): no other browser would do it either.
func (f *film) firstDraw(ctx context.Context, j *job) (err error) {
	if f.capturer, err = newCapturer(ctx, j, f); err != nil {
		return err
	}
	if f.method == methodBeginFrame {
		limit := j.patience.base()
		var cancel func()
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("no first picture within %s", limit))
		defer cancel()
	}
	return f.careful(ctx, span{}, nil)
}

// missing asks the page what it waits for. A page that has no answer yet waits for its document.
func (f *film) missing(ctx context.Context) ([]string, error) {
	var out []string
	err := f.page.Eval(ctx, `window.stage ? stage.missing() : ["the document"]`, &out)
	var script *chrome.ScriptError
	if errors.As(err, &script) {
		return []string{script.Text}, nil
	}
	return out, err
}

// idle lets a little time pass in the page.
func (f *film) idle(ctx context.Context) error {
	if f.method == methodBeginFrame {
		if err := f.page.Tick(ctx, f.tick); err != nil {
			return err
		}
	}
	t := time.NewTimer(pollEvery)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func onlyTimelines(missing []string) bool {
	return !slices.ContainsFunc(missing, func(m string) bool { return !strings.HasPrefix(m, "timeline ") })
}

// broken reports whether a script of the page has failed to load or to run.
func (f *film) broken() bool {
	return slices.ContainsFunc(f.page.Events(), func(e chrome.Event) bool {
		return e.Kind == chrome.Exception || e.Kind == chrome.Blocked || e.Kind == chrome.Failed && strings.Contains(e.URL, ".js")
	})
}

func (f *film) notReady(j *job, after time.Duration, missing []string, why error) error {
	plain := func(text string) string { return strings.ReplaceAll(text, j.server.origin()+"/", "") }
	e := &NotReady{After: after, Err: why}
	for _, m := range missing {
		e.Missing = append(e.Missing, plain(m))
	}
	for _, ev := range f.page.Events() {
		if ev.Level != "info" && ev.Level != "debug" {
			e.Messages = append(e.Messages, plain(ev.String()))
		}
	}
	return e
}

// A description is what the page says of the film.
type description struct {
	Duration float64     `json:"duration"` // s
	Media    []mediaItem `json:"media"`
	Images   []string    `json:"images"` // addresses, each once
	Moved    bool        `json:"moved"`  // the page is to be loaded anew before it is drawn
}

// A mediaItem is one video or audio element. Times are in seconds.
type mediaItem struct {
	ID       string       `json:"id"`
	Key      string       `json:"key"`   // what pages of the film know it by
	Scene    string       `json:"scene"` // id of the composition it belongs to, "" = the entry page's own
	Video    bool         `json:"video"`
	Src      string       `json:"src"`
	Start    float64      `json:"start"`    // in the film
	Limit    *float64     `json:"limit"`    // end of the scene it is in; nil = none
	Duration *float64     `json:"duration"` // in the film; nil = as long as the source
	From     float64      `json:"from"`     // in the source
	Rate     float64      `json:"rate"`
	Loop     bool         `json:"loop"`
	Hidden   bool         `json:"hidden"`
	Sound    bool         `json:"sound"`    // is heard if it has sound
	SoundDue bool         `json:"soundDue"` // must have sound
	Volume   float64      `json:"volume"`
	Levels   [][2]float64 `json:"levels"` // what tweens make of the volume: times in the film, s, and gains, in order
	FadeIn   float64      `json:"fadeIn"`
	FadeOut  float64      `json:"fadeOut"`
	Lanes    string       `json:"lanes"`   // data-automation, JSON; "" = none
	Group    *group       `json:"group"`   // that it belongs to; nil = none
	NotDone  []string     `json:"notDone"` // attributes that the official producer renders and we do not
}

// describe returns what the page says of the film.
func (f *film) describe(ctx context.Context, j *job) (*description, error) {
	d := &description{}
	if err := f.page.Eval(ctx, "stage.film().describe()", d); err != nil {
		return nil, fmt.Errorf("read the film: %w", err)
	}
	if d.Duration <= 0 {
		return nil, fmt.Errorf("the film has no duration")
	}
	if d.Moved {
		return d, f.turn(ctx, j, f.reel)
	}
	return d, nil
}
