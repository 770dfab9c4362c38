package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/pixel"
)

// A piece is a segment on its way into the film.
type piece struct {
	Segment
	file   string // where it lies once it is there
	seen   footage
	reused bool // came from the cache
}

// A shooter has a worker take a piece's pictures, each of them only when all that it needs is there if it is to be careful.
type shooter func(w *worker, ctx context.Context, p *piece, careful bool) error

// shootAll makes the pieces that are not there yet: each worker, a browser and its encoders, takes the next one.
func (j *job) shootAll(ctx context.Context, todo []*piece, shoot shooter) error {
	workers := min(j.workers(), len(todo))
	q := newQueue(todo, workers)
	g, ctx := errgroup.WithContext(ctx)
	for i := range workers {
		w := &worker{job: j}
		if i == 0 {
			w.film, j.first = j.first, nil // it is open already
		}
		g.Go(func() error {
			defer w.close()
			for p := q.take(); p != nil; p = q.take() {
				err := w.make(ctx, p, shoot)
				if no := (*noBrowserError)(nil); errors.As(err, &no) && ctx.Err() == nil && q.leave(p) {
					w.warn("%v; the other browsers did its work", err)
					break
				}
				q.done()
				if err != nil {
					return err
				}
			}
			return w.finish()
		})
	}
	return g.Wait()
}

// workers returns how many browsers capture side by side. One that runs ahead of us keeps nearly two cores busy together
// with its encoder; one that waits to be asked for each picture, hardly more than one.
func (j *job) workers() int {
	if j.Workers > 0 {
		return j.Workers
	}
	cores := runtime.NumCPU()
	if j.way.method == methodWayland {
		cores /= 2
	}
	return min(max(1, cores), 4)
}

// A worker makes one piece after the other.
type worker struct {
	*job
	film     *film
	frame    *pixel.Frame // what the last picture showed; nil where raw holds it: bgra, for formats with transparency
	raw      []byte
	buffers  chan []byte
	encoding chan error // tells how the encoder of the last piece ended; nil = there is none
}

// close ends what the worker has started.
func (w *worker) close() {
	if w.film != nil {
		w.hear(w.film)
		w.film.close()
	}
	w.finish()
}

// A noBrowserError says why a worker has no browser. Others may have one: memory may be short.
type noBrowserError struct{ err error }

func (e *noBrowserError) Error() string { return "no other browser could be started: " + e.err.Error() }
func (e *noBrowserError) Unwrap() error { return e.err }

// make makes one piece. A browser that fails is replaced, and the piece begun anew.
func (w *worker) make(ctx context.Context, p *piece, shoot shooter) error {
	if err := w.clips.wait(ctx, p); err != nil {
		return err
	}
	careful := false
	for {
		if err := w.open(ctx, span{p.First, p.End}); err != nil {
			return err
		}
		err := shoot(w, ctx, p, careful)
		var step *OutOfStepError
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case errors.Is(err, errMoved):
			w.setRestless()
			continue
		case !careful && (errors.Is(err, errStillLoading) || errors.As(err, &step)):
			careful = true
			continue
		}
		if err := w.giveUp(err); err != nil {
			return err
		}
	}
}

// giveUp closes a browser that failed, so that open starts another one. It returns the error for which there will be no
// other: err, unless a full disk is its cause.
func (w *worker) giveUp(err error) error {
	err = tempFull(err) // before the browser's files are removed
	if !browserFailed(err) || !w.mayRestart() {
		return err
	}
	if w.film != nil {
		w.film.close()
		w.film = nil
	}
	return nil
}

// setRestless notes that frames of this film are not what its timelines say; from then on all are drawn.
func (j *job) setRestless() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.moves = true
}

func (j *job) restless() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.moves
}

// open gets the film ready to show some frames, if it is not. A browser that fails to is replaced.
func (w *worker) open(ctx context.Context, s span) (err error) {
	if w.film != nil {
		if w.film.reel.holds(w.seen(s)) {
			return nil
		}
		if err = w.turn(ctx, w.reelOf(s)); err == nil {
			return nil
		}
		if err := w.giveUp(err); err != nil {
			return err
		}
	}
	if w.film, err = w.openFilm(ctx, w.way, w.reelOf(s)); err != nil {
		return &noBrowserError{err}
	}
	if err := w.usePictures(ctx, w.film); err != nil {
		w.film.close()
		w.film = nil
		return &noBrowserError{err}
	}
	return nil
}

// turn has the worker's page hold another part of the film. What it held before is not to stay in memory.
func (w *worker) turn(ctx context.Context, r reel) error {
	if err := w.film.turn(ctx, w.job, r); err != nil {
		return err
	}
	if err := w.film.page.Collect(ctx); err != nil {
		return err
	}
	return w.usePictures(ctx, w.film)
}

// buffersAhead is how many frames a worker may be ahead of its encoder. It bounds memory and keeps both at work.
const buffersAhead = 4

// shoot takes a piece's pictures and starts to encode them. The encoder may still be at work when it returns: the next
// piece can begin. Its own encoder starts when that one has ended, so that no two hold memory.
func (w *worker) shoot(ctx context.Context, p *piece, careful bool) error {
	e := w.encode
	e.Dst = p.file
	os.Remove(p.file) // one that was begun before may have another name in the cache
	ectx, kill := context.WithCancelCause(ctx)
	watch := func(work func() error) error { // an encoder that stands still is killed
		limit := encoderFactor * w.patience.base()
		timer := time.AfterFunc(limit, func() { kill(fmt.Errorf("ffmpeg stood still for %s", limit)) })
		defer timer.Stop()
		return work()
	}
	switch {
	case w.frame != nil || w.raw != nil:
	case e.Format != ffmpeg.MP4:
		w.raw = make([]byte, e.FrameSize())
	default:
		w.frame = pixel.NewFrame(w.canvas.width*w.Scale, w.canvas.height*w.Scale)
	}
	if w.buffers == nil {
		w.buffers = make(chan []byte, buffersAhead)
		for range buffersAhead {
			w.buffers <- make([]byte, e.FrameSize())
		}
	}
	frames := make(chan []byte, buffersAhead)
	written := make(chan error, 1)
	var process *ffmpeg.Process
	go func() {
		err := w.finish()
		if err == nil {
			process, err = w.tools.Start(ectx, e.Args())
		}
		for b := range frames {
			if err == nil {
				err = watch(func() error { return process.Write(b) })
			}
			if err != nil {
				kill(err) // no picture more
			}
			w.buffers <- b
		}
		written <- err
	}()
	p.seen = footage{}
	err := w.take(ectx, p, careful, func(n int, picture pixel.Picture, still bool) error {
		b := <-w.buffers
		if err := w.convert(b, picture, still, &p.seen); err != nil {
			w.buffers <- b
			return err
		}
		frames <- b
		w.report.shot(p)
		return nil
	})
	close(frames)
	if e := <-written; e != nil {
		err = e // why the encoder ended is the better reason
	}
	if err != nil {
		kill(nil)
		if process != nil {
			process.Wait()
		}
		os.Remove(p.file)
		w.report.unshot(len(p.seen.frames))
		return err
	}
	good := make(chan bool, 1)
	ended := make(chan error, 1)
	go func() {
		defer kill(nil)
		err := watch(process.Wait)
		if <-good && err == nil {
			w.keep(p)
		}
		ended <- err
	}()
	p.seen.faults, err = w.film.doubt(ctx, p, w.job)
	good <- err == nil && len(p.seen.faults) == 0
	w.encoding = ended
	return err
}

// take hands the pictures of a piece to emit.
func (w *worker) take(ctx context.Context, p *piece, careful bool, emit emitter) error {
	if careful {
		return w.film.careful(ctx, span{p.First, p.End}, emit)
	}
	return w.film.capture(ctx, span{p.First, p.End}, emit)
}

// finish waits for the encoder of the piece before, if there is one.
func (w *worker) finish() (err error) {
	if w.encoding != nil {
		err, w.encoding = <-w.encoding, nil
	}
	return err
}

// convert writes a picture, or what was the picture before, into b as the encoder wants it.
func (w *worker) convert(b []byte, p pixel.Picture, still bool, seen *footage) error {
	changed, err := false, error(nil)
	switch {
	case p.Pix == nil:
	case w.frame != nil:
		changed, err = w.frame.Update(p)
	default:
		changed = replaceRows(w.raw, p)
	}
	if err != nil {
		return err
	}
	if still && changed {
		return errMoved
	}
	if w.frame == nil {
		copy(b, w.raw)
		seen.add(changed, pixel.Stats{})
		return nil
	}
	copy(b, w.frame.Bytes())
	seen.add(changed, w.frame.Stats())
	return nil
}

// replaceRows makes raw, rows of 4 bytes a pixel, show a picture of its size, and reports whether it did not before.
func replaceRows(raw []byte, p pixel.Picture) (changed bool) {
	for y := range p.Height {
		old, row := raw[4*y*p.Width:][:4*p.Width], p.Pix[y*p.Stride:][:4*p.Width]
		if !bytes.Equal(old, row) {
			changed = true
			copy(old, row)
		}
	}
	return changed
}

// keep puts a piece into the cache.
func (j *job) keep(p *piece) {
	err := j.store.Put(p.Key, p.file, p.seen.meta())
	j.mu.Lock()
	first := err != nil && !j.notKept
	j.notKept = j.notKept || first
	j.mu.Unlock()
	if first { // the next pieces have the same fate
		j.warn("%v", err)
	}
}

// takeKept looks for pieces in the cache and returns those that must be made.
func (j *job) takeKept() []*piece {
	var todo []*piece
	for _, p := range j.pieces {
		if meta, ok := j.store.Get(p.Key, p.file); ok && p.seen.read(meta, p.End-p.First) {
			p.reused = true
			j.report.reuse(p)
			continue
		}
		todo = append(todo, p)
	}
	return todo
}

// pieceFile returns where piece i lies.
func (j *job) pieceFile(i int) string {
	return filepath.Join(j.tmp, fmt.Sprintf("piece-%05d.%s", i, j.encode.Suffix()))
}

// join makes the film of its pieces and its sound.
func (j *job) join(ctx context.Context) error {
	files := make([]string, len(j.pieces))
	for i, p := range j.pieces {
		files[i] = p.file
	}
	err := j.tools.Join(ctx, ffmpeg.Join{Format: j.encode.Format, Rate: j.encode.Rate, Segments: files, Audio: j.sound.file, Frames: j.length(),
		List: filepath.Join(j.tmp, "pieces.txt"), Palette: filepath.Join(j.tmp, "palette.png"), Dst: j.out.Name()})
	if err != nil {
		return fmt.Errorf("join the film: %w", err)
	}
	return nil
}

// warn notes something that the user should know.
func (j *job) warn(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.warning = append(j.warning, fmt.Sprintf(format, args...))
}
