package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
)

// cloudProgress shows how far one job is. While a render is waited for, the time is told each second, not only when
// there is news.
type cloudProgress struct {
	t    *terminal
	over chan struct{}
	done sync.WaitGroup

	mu     sync.Mutex // guards what follows
	render string
	status heygen.Status
	since  time.Time // of waiting; zero = something else is being done
}

// startProgress starts to show a job. The caller calls stop when the job has ended.
func startProgress(t *terminal) *cloudProgress {
	s := &cloudProgress{t: t, over: make(chan struct{})}
	if !t.live {
		return s
	}
	s.done.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				s.waiting()
			case <-s.over:
				return
			}
		}
	})
	return s
}

func (s *cloudProgress) stop() {
	close(s.over)
	s.done.Wait()
}

func (s *cloudProgress) progress(p cloud.Progress) {
	s.mu.Lock()
	if p.Render != "" {
		s.render = p.Render
	}
	switch {
	case p.Step != cloud.StepWait:
		s.since = time.Time{}
	case s.since.IsZero():
		s.since = time.Now()
	}
	s.status = p.Status
	s.mu.Unlock()
	switch p.Step {
	case cloud.StepUpload, cloud.StepDownload:
		s.t.progress(fmt.Sprintf("%s  %s of %s", p.Step, bytesOf(p.Done), bytesOf(p.Total)), false)
	case cloud.StepWait:
		s.waiting()
	default:
		s.t.progress("asking HeyGen for the render", false)
	}
}

// waiting shows what is waited for, and for how long.
func (s *cloudProgress) waiting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() {
		return
	}
	took := int(time.Since(s.since).Seconds())
	s.t.progress(fmt.Sprintf("wait  %s  %d:%02d  render %s", either(string(s.status), "queued"), took/60, took%60, s.render), false)
}

// ended adds to an interruption which render goes on.
func (s *cloudProgress) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && s.render != "" {
		return &leftRunning{s.render}
	}
	return err
}

// leftRunning says that somebody interrupted the waiting for a render.
type leftRunning struct{ render string }

func (e *leftRunning) Error() string { return "interrupted" }
func (e *leftRunning) Unwrap() error { return context.Canceled }
func (e *leftRunning) Hint() string {
	return fmt.Sprintf("render %s goes on at HeyGen; the same command, or hframes cloud resume %s, downloads the video", e.render, e.render)
}

// renderOf returns the id of the render that an error is about, "" if it is about none.
func renderOf(err error) string {
	var left *leftRunning
	var running *cloud.StillRunning
	var failed *cloud.FailedError
	var gone *cloud.GoneError
	var wrong *cloud.WrongFile
	switch {
	case errors.As(err, &left):
		return left.render
	case errors.As(err, &running):
		return running.Render
	case errors.As(err, &failed):
		return failed.Render
	case errors.As(err, &gone):
		return gone.Render
	case errors.As(err, &wrong):
		return wrong.Render
	}
	return ""
}
