package cloud

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// The pauses between two looks at a render.
const (
	firstPause   = 2 * time.Second
	longestPause = 15 * time.Second
	growth       = 1.5
)

// patience is how many looks in a row may fail, each after the client's own tries, before the waiting ends.
const patience = 4

func (s *Service) poll() time.Duration {
	if s.Poll > 0 {
		return s.Poll
	}
	return longestPause
}

// wait looks at a render until its video can be downloaded.
func (s *Service) wait(ctx context.Context, rec *Record, timeout time.Duration, progress func(Progress)) (*heygen.RenderDetail, error) {
	if timeout == 0 {
		timeout = defaultTimeout
	}
	end := time.Now().Add(timeout)
	pause, misses := min(firstPause, s.poll()), 0
	progress(Progress{Step: StepWait, Render: rec.Render})
	for {
		d, err := s.Client.Render(ctx, rec.Render)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case isStatus(err, 404):
			rec.State = Gone
			return nil, errors.Join(&GoneError{rec.Render}, s.note(rec))
		case err != nil:
			if misses++; misses == patience || !passing(err) {
				return nil, fmt.Errorf("look at render %s: %w", rec.Render, err)
			}
		default:
			misses = 0
			progress(Progress{Step: StepWait, Render: rec.Render, Status: d.Status})
			over, err := s.settle(rec, d)
			if rec.State == Failed {
				return nil, errors.Join(&FailedError{Render: rec.Render, Message: rec.Message}, err)
			}
			if over || err != nil {
				return d, err
			}
		}
		if left := time.Until(end); left < pause {
			return nil, &StillRunning{Render: rec.Render, Waited: timeout}
		}
		if err := sleep(ctx, time.Duration(float64(pause)*(0.75+rand.Float64()/2))); err != nil {
			return nil, err
		}
		pause = min(time.Duration(float64(pause)*growth), s.poll())
	}
}

// settle notes the end of a render. over reports whether it has come.
func (s *Service) settle(rec *Record, d *heygen.RenderDetail) (over bool, err error) {
	switch {
	case d.Status == heygen.Completed && d.VideoURL != "":
		if rec.State == Created {
			rec.State, rec.Seconds = Completed, d.Duration
			return true, s.note(rec)
		}
		return true, nil
	case d.Status == heygen.Failed:
		rec.State, rec.Message = Failed, d.Failure()
		return true, s.note(rec)
	}
	return false, nil
}

// passing reports whether an error may be gone at the next look.
func passing(err error) bool {
	var e *heygen.Error
	return !errors.As(err, &e) || e.Status >= 500 || e.Status == 429 || e.Status == 408
}

// sleep waits, or returns the context's cause.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
