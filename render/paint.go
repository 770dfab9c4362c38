package render

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer j.close()
	frames, seconds, err = j.paint(ctx)
	if browserFailed(err) {
		err = &BrowserError{err}
	}
	if err != nil {
		return 0, 0, fmt.Errorf("paint %s: %w", entry, err)
	}
	return frames, seconds, nil
}

func (j *job) paint(ctx context.Context) (frames int, seconds float64, err error) {
	if err := j.begin("paint"); err != nil {
		return 0, 0, err
	}
	defer j.server.closeWith(ctx)()
	todo, err := j.prepare(ctx)
	if err != nil {
		return 0, 0, err
	}
	if err := j.pickPictures(ctx, todo); err != nil {
		return 0, 0, err
	}
	var mu sync.Mutex
	began := time.Now()
	err = j.shootAll(ctx, todo, func(w *worker, ctx context.Context, p *piece, careful bool) error {
		count := 0
		err := w.take(ctx, p, careful, func(int, pixel.Picture, bool) error {
			count++
			return nil
		})
		if err == nil {
			mu.Lock()
			defer mu.Unlock()
			frames += count
		}
		return err
	})
	return frames, time.Since(began).Seconds(), err
}
