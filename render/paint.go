package render

import (
	"context"
	"io/fs"
	"time"

	"github.com/hframes/hframes/internal/pixel"
)

// Paint has a browser show all of a film and takes its pictures, of which it makes nothing: no render is faster than that.
// It returns how many pictures there were and the seconds from the start of the capture to the last of them. Of the
// options, those of the encoder do not matter. Errors are those of [Local].
func Paint(ctx context.Context, src fs.FS, entry string, o Options) (frames int, seconds float64, err error) {
	o.Cache = nil
	j, err := checked(src, entry, o)
	if err != nil {
		return 0, 0, err
	}
	err = j.whole(ctx, "paint", func(ctx context.Context) (err error) {
		seconds, err = j.paint(ctx)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	return j.length(), seconds, nil
}

// paint returns how long the capture of all frames took, s.
func (j *job) paint(ctx context.Context) (seconds float64, err error) {
	if err := j.begin("paint"); err != nil {
		return 0, err
	}
	defer j.server.closeWith(ctx)()
	todo, err := j.prepare(ctx)
	if err != nil {
		return 0, err
	}
	if err := j.pickPictures(ctx, todo); err != nil {
		return 0, err
	}
	began := time.Now()
	err = j.shootAll(ctx, todo, func(w *worker, ctx context.Context, p *piece, careful bool) error {
		return w.take(ctx, p, careful, func(int, pixel.Picture, bool) error { return nil })
	})
	return time.Since(began).Seconds(), err
}
