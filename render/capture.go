package render

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/ffmpeg"
)

// A method is a way to take pictures.
type method string

const (
	methodBeginFrame method = "beginframe" // the browser draws one frame when told to; headless shell on Linux
	methodScreenshot method = "screenshot" // works everywhere
)

// bestMethod returns the fastest method that a browser can do.
func bestMethod(browser string) method {
	if runtime.GOOS == "linux" && chrome.IsShell(browser) {
		return methodBeginFrame
	}
	return methodScreenshot
}

// A span is the frames first, first+step, … below end.
type span struct{ first, end, step int }

// A capturer takes pictures of a film. Ways to capture differ in how they get at pixels, and in what form; nothing else
// of the renderer knows which one is at work.
type capturer interface {
	// capture hands the pictures of a span's frames to emit, in order. It stops at the first error.
	capture(ctx context.Context, s span, emit func(picture []byte) error) error
	// codec is what FFmpeg calls the form of the pictures.
	codec() string
}

// pictureFormat returns the form in which a browser hands pictures over. PNG is exact and costs some 15 ms more a frame
// of 1080p than the best JPEG, which is 48 dB away from it: as much as the encoder loses. Draft is about speed.
func pictureFormat(quality string) chrome.Format {
	if quality == "draft" {
		return chrome.Format{Type: "jpeg", Quality: 90}
	}
	return chrome.PNG
}

// A shooter captures by DevTools: move the film, wait for what it loads, take a picture.
type shooter struct {
	*film
	clips  *clipSet
	rate   ffmpeg.Rate
	format chrome.Format
	last   []byte
}

func (s *shooter) codec() string {
	if s.format.Type == "jpeg" {
		return "mjpeg"
	}
	return s.format.Type
}

func (s *shooter) capture(ctx context.Context, sp span, emit func([]byte) error) error {
	for n := sp.first; n < sp.end; n += sp.step {
		picture, err := s.frame(ctx, n, sp.step)
		if err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
		if err := emit(picture); err != nil {
			return err
		}
	}
	return nil
}

func (s *shooter) frame(ctx context.Context, n, step int) ([]byte, error) {
	if err := s.page.Call(ctx, "__hframes.seek", nil, s.rate.Time(n), s.clips.at(n, step)); err != nil {
		return nil, fmt.Errorf("show it: %w", err)
	}
	if err := s.page.Settle(ctx); err != nil {
		return nil, fmt.Errorf("load it: %w", err)
	}
	if s.method == methodScreenshot {
		return s.page.Screenshot(ctx, s.format)
	}
	return s.draw(ctx)
}

// firstTries is how often a new page may answer without a picture. It does so while its first frame is on the way.
const firstTries = 30

// draw takes a picture by BeginFrame. An answer without one means that the page looks as it did before.
func (s *shooter) draw(ctx context.Context) ([]byte, error) {
	for try := 0; ; try++ {
		picture, err := s.page.BeginFrame(ctx, s.tick, s.format)
		if err != nil {
			return nil, err
		}
		if picture != nil {
			s.last = picture
		}
		if s.last != nil {
			return s.last, nil
		}
		if try == firstTries {
			return nil, errors.New("the page never drew anything")
		}
	}
}

// open starts the browsers. The method is settled here, for the whole film: when the first browser cannot draw on
// command, all of them take screenshots. A film that is not ready would not be in another browser either.
func (j *job) open(ctx context.Context) error {
	first, err := j.openFilm(ctx, j.method)
	var notReady *NotReady
	if err != nil && j.method == methodBeginFrame && ctx.Err() == nil && !errors.As(err, &notReady) {
		j.method = methodScreenshot
		first, err = j.openFilm(ctx, j.method)
	}
	if err != nil {
		return err
	}
	j.films = []*film{first}
	more := make([]*film, j.Workers-1)
	var g errgroup.Group
	for i := range more {
		g.Go(func() (err error) {
			more[i], err = j.openFilm(ctx, j.method)
			return err
		})
	}
	err = g.Wait()
	for _, f := range more {
		if f != nil {
			j.films = append(j.films, f)
		}
	}
	return err
}

// ahead is how many pictures a browser may be ahead of the encoder. It bounds memory and keeps both at work.
const ahead = 3

// capture takes all pictures and encodes them. With several browsers each takes every so-manieth frame, so that they
// stay side by side and no picture waits long.
func (j *job) capture(ctx context.Context, frames int, audio string) error {
	j.report.stage(StageCapture)
	capturers := make([]capturer, len(j.films))
	for i, f := range j.films {
		capturers[i] = &shooter{film: f, clips: j.clips, rate: j.rate, format: pictureFormat(j.Quality)}
	}
	g, ctx := errgroup.WithContext(ctx)
	encode := ffmpeg.EncodePictures{Codec: capturers[0].codec(), Rate: j.rate, Quality: j.quality, Audio: audio, Dst: j.part}
	encoder, err := j.tools.Start(ctx, encode.Args())
	if err != nil {
		return err
	}
	lanes := make([]chan []byte, len(capturers))
	for i, c := range capturers {
		lanes[i] = make(chan []byte, ahead)
		g.Go(func() error {
			defer close(lanes[i])
			return c.capture(ctx, span{first: i, end: frames, step: len(lanes)}, into(ctx, lanes[i]))
		})
	}
	g.Go(func() error {
		err := j.feed(encoder, lanes, frames)
		if ended := encoder.Wait(); ended != nil {
			return ended // what a failed write says, too
		}
		return err
	})
	return g.Wait()
}

// into returns a function that sends pictures down a lane until ctx ends.
func into(ctx context.Context, lane chan<- []byte) func([]byte) error {
	return func(picture []byte) error {
		select {
		case lane <- picture:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// feed gives the encoder the pictures of all lanes in the film's order. A lane that ends early has failed, and says so
// itself.
func (j *job) feed(encoder *ffmpeg.Process, lanes []chan []byte, frames int) error {
	for n := range frames {
		picture, ok := <-lanes[n%len(lanes)]
		if !ok {
			return nil
		}
		if err := encoder.Write(picture); err != nil {
			return err
		}
		j.report.frame(n + 1)
	}
	return nil
}
