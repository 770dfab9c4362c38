package render

import (
	"context"
	"fmt"
	"image"
	"io/fs"

	"github.com/hframes/hframes/internal/pixel"
)

// A Still is one frame of a film.
type Still struct {
	Time  float64 // of the frame that was asked for, s: that is the one which begins at it or before
	Frame int
	Image *image.NRGBA
}

// Stills takes pictures of a film at some times, in s from 0 up to its length, and hands each to take, in the order of the
// list. Of the options, those that make a file do not matter; the pictures are those of the film's frames. take's error
// ends it. Other errors are those of [Local].
func Stills(ctx context.Context, src fs.FS, entry string, times []float64, o Options, take func(Still) error) error {
	j, err := checked(src, entry, o)
	if err != nil {
		return err
	}
	return j.whole(ctx, "take stills of", func(ctx context.Context) error { return j.stills(ctx, times, take) })
}

func (j *job) stills(ctx context.Context, times []float64, take func(Still) error) (err error) {
	if err := j.begin("stills"); err != nil {
		return err
	}
	defer j.server.closeWith(ctx)()
	var pieces []*piece
	for _, t := range times {
		n := int(t*j.rate.Float() + 1e-6)
		pieces = append(pieces, &piece{Segment: Segment{First: n, End: n + 1}})
	}
	if len(pieces) == 0 {
		return nil
	}
	if err := j.open(ctx, pieces[0].First); err != nil {
		return err
	}
	frames := frameCount(j.about.Duration, j.rate)
	for i, t := range times {
		if t < 0 || pieces[i].First >= frames {
			return fmt.Errorf("no frame at %g s: the film has %.3f s", t, j.rate.Time(frames))
		}
	}
	if err := j.prepareMedia(ctx); err != nil {
		return err
	}
	if err := j.pickPictures(ctx, pieces); err != nil {
		return err
	}
	w := &worker{job: j, film: j.first}
	j.first = nil
	defer w.close()
	for i, p := range pieces {
		m, err := w.still(ctx, p)
		if err != nil {
			return err
		}
		if err := take(Still{Time: times[i], Frame: p.First, Image: m}); err != nil {
			return err
		}
	}
	return nil
}

// still takes the picture of a piece of one frame. A browser that fails is replaced.
func (w *worker) still(ctx context.Context, p *piece) (m *image.NRGBA, err error) {
	for {
		if err = w.open(ctx, span{p.First, p.End}); err == nil {
			err = w.film.careful(ctx, span{p.First, p.End}, func(_ int, picture pixel.Picture, _ bool) (err error) {
				m, err = w.copied(picture)
				return err
			})
		}
		if err == nil || ctx.Err() != nil {
			return m, err
		}
		if err := w.giveUp(err); err != nil {
			return nil, err
		}
	}
}

// copied copies a picture. Those of DevTools have straight alpha already.
func (j *job) copied(p pixel.Picture) (*image.NRGBA, error) {
	if j.way.method == methodWayland {
		return p.NRGBA()
	}
	m, err := p.RGBA()
	if err != nil {
		return nil, err
	}
	return &image.NRGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}, nil
}

// A Scene is an element of the entry page that is seen for a part of the film: a mounted composition, or anything else
// that has a time.
type Scene struct {
	Name       string  // id of the composition, else of the element
	Start, End float64 // in the film, s
}

// Scenes returns the scenes of a film whose length its page declares, at a rate of so many frames a second, in the order
// in which they stand on the page.
func Scenes(files fs.FS, entry string, fps int) ([]Scene, error) {
	c, err := readCanvas(files, entry)
	if err != nil {
		return nil, err
	}
	rate, err := chooseRate(fps, c.rate)
	if err != nil {
		return nil, err
	}
	frames, err := declaredFrames(files, entry, rate)
	if err != nil {
		return nil, err
	}
	page, root, err := readRoot(files, entry)
	if err != nil {
		return nil, err
	}
	var out []Scene
	for _, e := range timedElements(page, root, rate, frames) {
		if e.first < e.end {
			out = append(out, Scene{e.name, rate.Time(e.first), rate.Time(e.end)})
		}
	}
	return out, nil
}
