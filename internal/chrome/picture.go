package chrome

import (
	"context"
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/headlessexperimental"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A Format is how a picture is encoded.
type Format struct {
	Type    string // png, jpeg or webp
	Quality int    // jpeg and webp, 1–100; webp 100 is lossless
}

// PNG is lossless, written fast rather than small.
var PNG = Format{Type: "png"}

// Screenshot draws the page as it is now and returns the picture of its viewport. It works on every Chromium.
func (p *Page) Screenshot(ctx context.Context, f Format) ([]byte, error) {
	yes, no := true, false
	params := page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormat(f.Type), FromSurface: &yes, CaptureBeyondViewport: &no, OptimizeForSpeed: &yes,
	}
	if f.Quality > 0 {
		q := int64(f.Quality)
		params.Quality = &q
	}
	res, err := p.shoot(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("take picture: %w", err)
	}
	if len(res.Data) == 0 {
		return nil, p.empty(ctx)
	}
	return res.Data, nil
}

// shots is how often a screenshot is asked for before the page's patience is at its end. A full Chromium was seen to
// forget one when the machine is busy; the next is answered.
const shots = 3

func (p *Page) shoot(ctx context.Context, params page.CaptureScreenshotParams) (res page.CaptureScreenshotResult, err error) {
	for range shots {
		res, err = callFor(p, ctx, p.timeout/shots, func(ctx context.Context) (page.CaptureScreenshotResult, error) {
			return chromedp.Call(ctx, page.CaptureScreenshot, params)
		})
		var hang *HangError
		if !errors.As(err, &hang) {
			break
		}
	}
	return res, err
}

// Tick runs one frame of a page of a BeginFrame browser without drawing it: timers, animation frames and layout go on.
// interval is in ms and greater than 0.
func (p *Page) Tick(ctx context.Context, interval float64) error {
	yes := true
	p.ticks += interval
	_, err := do(p, ctx, headlessexperimental.BeginFrame, headlessexperimental.BeginFrameParams{
		FrameTimeTicks: p.ticks, Interval: interval, NoDisplayUpdates: &yes,
	})
	return err
}

// BeginFrame runs and draws one frame of a page of a BeginFrame browser. The picture is nil when the page has not
// changed since the last one.
func (p *Page) BeginFrame(ctx context.Context, interval float64, f Format) ([]byte, error) {
	shot := &headlessexperimental.ScreenshotParams{Format: headlessexperimental.ScreenshotParamsFormat(f.Type), OptimizeForSpeed: true}
	if f.Quality > 0 {
		q := int64(f.Quality)
		shot.Quality = &q
	}
	p.ticks += interval
	res, err := do(p, ctx, headlessexperimental.BeginFrame, headlessexperimental.BeginFrameParams{
		FrameTimeTicks: p.ticks, Interval: interval, Screenshot: shot,
	})
	if err != nil {
		return nil, fmt.Errorf("draw frame: %w", err)
	}
	if res.HasDamage && len(res.ScreenshotData) == 0 {
		return nil, p.empty(ctx)
	}
	return res.ScreenshotData, nil
}

// empty says why a picture has no bytes: mostly because the page's process is dying, which it has not been told of yet.
func (p *Page) empty(ctx context.Context) error {
	if err := p.Eval(ctx, "0", nil); err != nil {
		return fmt.Errorf("take picture: %w", err)
	}
	return errors.New("take picture: the browser sent an empty one")
}
