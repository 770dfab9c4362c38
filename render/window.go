package render

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/pixel"
	"github.com/hframes/hframes/internal/wayland"
)

// A window is where a browser draws the stage: a display of its own, whose pictures are in memory that both share.
type window struct {
	display *wayland.Display
	frames  chan *wayland.Frame
}

// leastWindow is a side that every browser window can have, in px: Chromium's own least are below.
const leastWindow = 600

// framesHeld is how many pictures of a window may wait to be looked at. There are never more than credits and a few
// that show nothing new.
const framesHeld = 32

func openWindow(c canvas, scale int) (*window, error) {
	w := &window{frames: make(chan *wayland.Frame, framesHeld)}
	size := image.Pt(max(c.width, leastWindow), max(c.height+stripHeight, leastWindow)).Mul(scale)
	var err error
	w.display, err = wayland.Listen(size, scale, func(_ int, f *wayland.Frame) {
		select {
		case w.frames <- f:
		default:
			f.Release() // what is lost is missed by its mark
		}
	})
	return w, err
}

func (w *window) close() {
	w.display.Close()
	for {
		select {
		case f := <-w.frames:
			f.Release()
		default:
			return
		}
	}
}

// credits is how many frames the page may be ahead of us: the next is drawn while one is looked at.
const credits = 3

// maxDecoded is how many bytes of decoded pictures of videos a browser may keep. Each is shown once.
const maxDecoded = 64 << 20

// A windowCapturer takes the pictures of a window. It lets the page run ahead and trusts a picture's mark alone.
type windowCapturer struct {
	*film
	shots
}

// close has nothing to do: the window is the film's.
func (c *windowCapturer) close() {}

func (c *windowCapturer) capture(ctx context.Context, s span, emit emitter) error {
	requests := c.page.Requests()
	if err := c.run(ctx, s, emit); err != nil {
		return err
	}
	if err := c.page.Eval(ctx, "0", nil); err != nil { // whatever it has asked for by now is known after that
		return err
	}
	if c.page.Requests() != requests {
		return errStillLoading
	}
	return nil
}

func (c *windowCapturer) run(ctx context.Context, s span, emit emitter) error {
	still, err := c.still(ctx, c.job, s)
	if err != nil {
		return err
	}
	var list [][3]any
	blank := c.taken != blankMark // as in each
	if blank {
		list = append(list, [3]any{blankMark, -1, []int{}})
	}
	for n := s.first; n < s.end; n++ {
		if !still.held(n - s.first) {
			list = append(list, [3]any{markOf(n), c.rate.Time(n), c.clips.at(n, 1)})
		}
	}
	if err := c.page.Call(ctx, "stage.play", nil, list, credits); err != nil {
		return fmt.Errorf("show the film: %w", err)
	}
	if blank {
		if err := c.expect(ctx, blankMark, nobody); err != nil {
			return err
		}
	}
	decoded := 0 // bytes of pictures since the browser forgot those before
	for n := s.first; n < s.end; n++ {
		if still.held(n - s.first) {
			if err := emit(n, pixel.Picture{}, true); err != nil {
				return err
			}
			continue
		}
		c.page.Post("stage.grant(1)")
		if decoded += c.clips.bytes(n); decoded > maxDecoded {
			c.page.Forget()
			decoded = 0
		}
		if err := c.expect(ctx, markOf(n), func(p pixel.Picture) error { return emit(n, p, still[n-s.first]) }); err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
	}
	return nil
}

// careful shows each frame only when all that the one before asked for is there.
func (c *windowCapturer) careful(ctx context.Context, s span, emit emitter) error {
	redraw := func() error { return c.expect(ctx, blankMark, nobody) }
	return c.each(s, make(stillness, s.end-s.first), emit, func(t float64, pictures [][3]int, mark int, take func(pixel.Picture) error) error {
		if err := c.stageAt(ctx, t, pictures, mark, redraw); err != nil {
			return err
		}
		return c.expect(ctx, mark, take)
	})
}

// expect waits for the picture with a mark and hands it over. Pictures of a frame in the making are passed over, and so
// are those of the frame before: something on the page moves by itself. Any other mark is a fault.
func (c *windowCapturer) expect(ctx context.Context, mark int, take func(pixel.Picture) error) error {
	began, limit := time.Now(), c.patience.limit(c.taken == 0)
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for {
		select {
		case f := <-c.window.frames:
			got, done, err := c.look(f, mark, take)
			f.Release()
			if done || err != nil {
				c.patience.took(time.Since(began))
				if got == failedMark {
					return c.failure(ctx)
				}
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.page.Gone():
			return chrome.ErrCrashed
		case <-timeout.C:
			return &chrome.HangError{After: limit}
		}
	}
}

func (c *windowCapturer) look(f *wayland.Frame, mark int, take func(pixel.Picture) error) (got int, done bool, err error) {
	w, h := c.canvas.width*c.Scale, c.canvas.height*c.Scale
	if f.Width < w || f.Height < h+stripHeight*c.Scale {
		return 0, false, nil // an empty window, before it has its size
	}
	all := pixel.Picture{Pix: f.Pix, Stride: f.Stride, Width: f.Width, Height: f.Height}
	got = c.readMark(all)
	switch got {
	case mark:
		all.Width, all.Height = w, h
		err := take(all)
		c.taken = mark
		return got, true, err
	case 0, c.taken:
		return got, false, nil
	}
	return got, true, &OutOfStepError{Want: mark, Got: got}
}
