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

// A film is one browser that shows the film.
type film struct {
	browser *chrome.Browser
	page    *chrome.Page
	method  method
	tick    float64 // ms of a frame
}

// A NotReady error says why a film could not be shown.
type NotReady struct {
	After    time.Duration
	Missing  []string // what was waited for in vain
	Messages []string // what the page said meanwhile
}

// Error names what was missing and the page's own complaints, one a line.
func (e *NotReady) Error() string {
	text := fmt.Sprintf("the film was not ready after %s: missing %s", e.After.Round(time.Second/10), strings.Join(e.Missing, ", "))
	for _, m := range e.Messages {
		text += "\n  " + m
	}
	return text
}

// readyTimeout is how long a film may take to load (contract §7.4).
const readyTimeout = 45 * time.Second

// brokenGrace is how long timelines are waited for once a script has failed: the one that would register them is
// probably dead.
const brokenGrace = 2 * time.Second

// pollEvery is the time between two looks at a loading page.
const pollEvery = 30 * time.Millisecond

// openFilm starts a browser and loads the film in it.
func (j *job) openFilm(ctx context.Context, m method) (*film, error) {
	config, err := json.Marshal(map[string]any{"fps": j.rate.Float(), "variables": j.variables()})
	if err != nil {
		return nil, fmt.Errorf("variables: %w", err)
	}
	b, err := chrome.Start(ctx, chrome.Options{Path: j.browser, NoSandbox: j.NoSandbox, BeginFrame: m == methodBeginFrame})
	if err != nil {
		return nil, err
	}
	f := &film{browser: b, method: m, tick: 1000 / j.rate.Float()}
	f.page, err = b.Page(ctx, chrome.PageOptions{
		Width: j.canvas.width, Height: j.canvas.height, Origin: j.server.origin(),
		OnNewDocument: filmScript + "(" + string(config) + ")",
		// The runtime takes an animation over as far as it has got by then (contract §5.3): that must be nowhere.
		Freeze: true,
	})
	if err == nil {
		err = f.page.Navigate(ctx, j.server.address(j.entry))
	}
	if err == nil {
		err = f.waitReady(ctx, j)
	}
	if err == nil {
		err = f.firstDraw(ctx)
	}
	if err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (j *job) variables() map[string]any {
	if j.Variables == nil {
		return map[string]any{}
	}
	return j.Variables
}

// close kills the browser first: a page that hangs cannot be closed in good order.
func (f *film) close() {
	f.browser.Close()
	if f.page != nil {
		f.page.Close()
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
			return f.notReady(j, time.Since(start), missing)
		}
		if err := f.idle(ctx); err != nil {
			return fmt.Errorf("load the film: %w", err)
		}
	}
	if err := f.page.Eval(ctx, "__hframes.settle()", nil); err != nil {
		return fmt.Errorf("load the film: %w", err)
	}
	return f.page.Settle(ctx)
}

// firstTimeout is how long the first picture may take. Some pages never finish a frame that they are told to draw
// (software GL); no page that can do it was seen to take this long.
const firstTimeout = 30 * time.Second

// firstDraw draws the film once as it has loaded. It shows whether the page can be drawn at all, and gives all browsers
// the same past: Chromium does not draw an edge again that has moved by a hundredth of a pixel since.
func (f *film) firstDraw(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, firstTimeout, fmt.Errorf("no first picture within %s", firstTimeout))
	defer cancel()
	if f.method == methodScreenshot {
		_, err := f.page.Screenshot(ctx, chrome.PNG)
		return err
	}
	_, err := f.page.BeginFrame(ctx, f.tick, chrome.PNG)
	return err
}

// missing asks the page what it waits for. A page that has no answer yet waits for its document.
func (f *film) missing(ctx context.Context) ([]string, error) {
	var out []string
	err := f.page.Eval(ctx, `window.__hframes ? __hframes.missing() : ["the document"]`, &out)
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

func (f *film) notReady(j *job, after time.Duration, missing []string) error {
	e := &NotReady{After: after, Missing: missing}
	for _, ev := range f.page.Events() {
		if ev.Level != "info" && ev.Level != "debug" {
			e.Messages = append(e.Messages, strings.ReplaceAll(ev.String(), j.server.origin()+"/", ""))
		}
	}
	return e
}

// A description is what the page says of the film.
type description struct {
	Duration float64     `json:"duration"` // s
	Media    []mediaItem `json:"media"`
	Images   []string    `json:"images"` // addresses, each once
}

// A mediaItem is one video or audio element. Times are in seconds.
type mediaItem struct {
	ID       string   `json:"id"`
	Video    bool     `json:"video"`
	Src      string   `json:"src"`
	Start    float64  `json:"start"`    // in the film
	Limit    *float64 `json:"limit"`    // end of the scene it is in; nil = none
	Duration *float64 `json:"duration"` // in the film; nil = as long as the source
	From     float64  `json:"from"`     // in the source
	Rate     float64  `json:"rate"`
	Loop     bool     `json:"loop"`
	Hidden   bool     `json:"hidden"`
	Sound    bool     `json:"sound"`    // is heard if it has sound
	SoundDue bool     `json:"soundDue"` // must have sound
	Volume   float64  `json:"volume"`
	FadeIn   float64  `json:"fadeIn"`
	FadeOut  float64  `json:"fadeOut"`
	NotDone  []string `json:"notDone"` // attributes that the official producer renders and we do not
}

func (f *film) describe(ctx context.Context) (*description, error) {
	d := &description{}
	if err := f.page.Eval(ctx, "__hframes.describe()", d); err != nil {
		return nil, fmt.Errorf("read the film: %w", err)
	}
	if d.Duration <= 0 {
		return nil, fmt.Errorf("the film has no duration")
	}
	return d, nil
}
