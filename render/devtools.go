package render

import (
	"context"
	"errors"

	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/pixel"
)

// A devtoolsCapturer asks the browser for one picture after the other: move the film, wait for what it loads, take a
// picture. Pictures come as PNG, which is exact, and are decoded by an FFmpeg at its side.
type devtoolsCapturer struct {
	*film
	shots
	decoder *ffmpeg.Decoder
	frame   []byte
}

func newDevtoolsCapturer(ctx context.Context, j *job, f *film) (*devtoolsCapturer, error) {
	d, err := j.tools.Decode(ctx, ffmpeg.Decode{Codec: "png", Width: j.canvas.width * j.Scale, Height: (j.canvas.height + stripHeight) * j.Scale})
	if err != nil {
		return nil, err
	}
	return &devtoolsCapturer{film: f, shots: shots{job: j}, decoder: d, frame: make([]byte, d.FrameSize())}, nil
}

func (c *devtoolsCapturer) close() { c.decoder.Close() }

func (c *devtoolsCapturer) capture(ctx context.Context, s span, emit emitter) error {
	still, err := c.still(ctx, c.job, s)
	if err != nil {
		return err
	}
	return c.take(ctx, s, still, emit)
}

func (c *devtoolsCapturer) careful(ctx context.Context, s span, emit emitter) error {
	return c.take(ctx, s, make(stillness, s.end-s.first), emit)
}

func (c *devtoolsCapturer) take(ctx context.Context, s span, still stillness, emit emitter) error {
	redraw := func() error {
		_, err := c.shoot(ctx)
		return err
	}
	return c.each(s, still, emit, func(t float64, pictures [][3]int, mark int, take func(pixel.Picture) error) error {
		if err := c.stageAt(ctx, t, pictures, mark, redraw); err != nil {
			return err
		}
		png, err := c.shoot(ctx)
		if err != nil {
			return err
		}
		return c.decode(png, mark, take)
	})
}

// decode hands over the picture in a PNG that has a mark.
func (c *devtoolsCapturer) decode(png []byte, mark int, take func(pixel.Picture) error) error {
	if err := c.decoder.Picture(c.frame, png); err != nil {
		return err
	}
	w, h := c.canvas.width*c.Scale, c.canvas.height*c.Scale
	p := pixel.Picture{Pix: c.frame, Stride: 4 * w, Width: w, Height: h + stripHeight*c.Scale}
	if got := c.readMark(p); got != mark {
		return &OutOfStepError{Want: mark, Got: got}
	}
	c.taken = mark
	p.Height = h
	return take(p)
}

// firstTries is how often a new page may answer without a picture. It does so while its first frame is on the way.
const firstTries = 30

// shoot takes a picture. An answer to BeginFrame without one means that the page looks as it did before, which it never
// does: its mark is another one.
func (c *devtoolsCapturer) shoot(ctx context.Context) ([]byte, error) {
	if c.method == methodScreenshot {
		return c.page.Screenshot(ctx, chrome.PNG)
	}
	for range firstTries {
		if picture, err := c.page.BeginFrame(ctx, c.tick, chrome.PNG); err != nil || picture != nil {
			return picture, err
		}
	}
	return nil, errors.New("the page never drew anything")
}
