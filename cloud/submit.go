package cloud

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// day is how long the service remembers an idempotency key, and how long a failed render is not tried again unasked.
const day = 24 * time.Hour

// margin is taken off a day where the clocks of two machines meet.
const margin = time.Hour

// A choice is what to do about a job that the journal knows, or not.
type choice int

const (
	ask    choice = iota // ask for the render with the key that its input has
	anew                 // ask for another render, with a key that was never used
	again                // send the request once more as it was: nobody knows whether it arrived
	follow               // there is a render: wait for it
	stop                 // there was a render, and there will be no other one today
)

// choose decides what becomes of a job.
func choose(last *Record, force, noWait bool, now time.Time) choice {
	if last == nil {
		return ask
	}
	fresh := now.Sub(last.Time) < day
	switch last.State {
	case Refused:
		return anew
	case Creating:
		return again
	case Created, Completed:
		if force && noWait {
			return anew
		}
		return follow
	case Downloaded:
		if force {
			return anew
		}
		return follow
	case Failed, Gone:
		if !force && fresh {
			return stop
		}
		return anew
	}
	return follow // a state of a later version of ours: the service knows
}

// submit makes sure that the service renders the job, once, and returns its record, in state Created or a later one.
func (s *Service) submit(ctx context.Context, j *Job, key string, out *output, res *Result) (*Record, error) {
	last, err := s.Journal.Last(s.Account, key)
	if err != nil {
		return nil, err
	}
	switch choose(last, j.Force, j.NoWait, time.Now()) {
	case again:
		err := s.recreate(ctx, last, j.progress, res)
		if isAssetGone(err) || errors.Is(err, errNeverCame) {
			return s.create(ctx, j, key, nonce(), res)
		}
		return last, err
	case follow:
		rec, err := s.present(ctx, last, out)
		if rec != nil || err != nil {
			return rec, err
		}
		return s.create(ctx, j, key, nonce(), res)
	case stop:
		if last.State == Gone {
			return nil, &GoneError{last.Render}
		}
		return nil, &FailedError{Render: last.Render, Message: last.Message, Before: true}
	case anew:
		return s.create(ctx, j, key, nonce(), res)
	}
	if j.Force {
		return s.create(ctx, j, key, nonce(), res)
	}
	return s.create(ctx, j, key, "", res)
}

// present returns last if its render is worth following. It returns nil for one that was finished on another day and is
// no longer at the service.
func (s *Service) present(ctx context.Context, last *Record, out *output) (*Record, error) {
	if last.State != Downloaded || out == nil || out.holds(last) {
		return last, nil
	}
	_, err := s.Client.Render(ctx, last.Render)
	if !isStatus(err, 404) {
		return last, err
	}
	if time.Since(last.Time) > day {
		return nil, nil
	}
	last.State = Gone
	return nil, errors.Join(&GoneError{last.Render}, s.note(last))
}

// create uploads the job's zip, unless the service has it, and asks for the render. salt makes the idempotency key
// another one than the input's own.
func (s *Service) create(ctx context.Context, j *Job, key, salt string, res *Result) (*Record, error) {
	if j.Approve != nil {
		if err := j.Approve(); err != nil {
			return nil, err
		}
	}
	for first := true; ; first = false {
		asset, uploaded, err := s.asset(ctx, j.Archive, !first, j.progress)
		if err != nil {
			return nil, err
		}
		res.Uploaded = res.Uploaded || uploaded
		now := time.Now().UTC()
		rec := &Record{Account: s.Account, Key: key, State: Creating, Request: j.Request, Asked: now, Expect: j.Expect,
			Archive: j.Archive.SHA256, Source: j.Source, Output: absolute(j.Output)}
		rec.Idempotency = idempotencyKey(key, salt)
		rec.Request.Project = heygen.AssetID(asset)
		if rec.Request.CallbackID == "" {
			rec.Request.CallbackID = rec.Idempotency
		}
		if err := s.note(rec); err != nil {
			return nil, err
		}
		err = s.request(ctx, rec, j.progress)
		if isAssetGone(err) && !uploaded && first {
			s.forget(j.Archive.SHA256)
			salt = nonce()
			continue
		}
		res.Created = err == nil
		return rec, err
	}
}

// idempotencyKey is made from the input, so that a machine without our journal sends the same one.
func idempotencyKey(key, salt string) string {
	k := "hframes-" + key[:40]
	if salt != "" {
		k += "-" + salt
	}
	return k
}

func absolute(path string) string {
	if path == "" {
		return ""
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return abs
}

// request sends a record's request and notes the answer.
func (s *Service) request(ctx context.Context, rec *Record, progress func(Progress)) error {
	progress(Progress{Step: StepCreate})
	id, err := s.Client.CreateRender(ctx, rec.Request, rec.Idempotency)
	if err == nil {
		rec.State, rec.Render = Created, id
		return s.note(rec)
	}
	if refused(err) {
		rec.State, rec.Message = Refused, err.Error()
		return errors.Join(err, s.note(rec))
	}
	return &Unanswered{err}
}

// refused reports whether an error says for certain that there is no render.
func refused(err error) bool {
	var e *heygen.Error
	if !errors.As(err, &e) || e.Doubt || e.Code == "request_in_progress" {
		return false
	}
	return e.Status >= 400 && e.Status < 500 && e.Status != 408 && e.Status != 429
}

var errNeverCame = errors.New("the service knows nothing of the request")

// recreate finds out about a request that nobody knows the answer of. While the service remembers its idempotency key,
// it is sent again; later, the service's renders are searched, and errNeverCame says that there is none.
func (s *Service) recreate(ctx context.Context, rec *Record, progress func(Progress), res *Result) error {
	if time.Since(rec.Asked) < day-margin {
		err := s.request(ctx, rec, progress)
		res.Created = err == nil
		return err
	}
	progress(Progress{Step: StepCreate})
	since := rec.Asked.Add(-margin).Unix()
	for d, err := range s.Client.EachRender(ctx) {
		if err != nil {
			return fmt.Errorf("look for a render that was asked for on %s: %w", rec.Asked.Format(time.DateOnly), err)
		}
		if d.CallbackID == rec.Request.CallbackID {
			rec.State, rec.Render = Created, d.ID
			return s.note(rec)
		}
		if d.CreatedAt > 0 && d.CreatedAt < since {
			break
		}
	}
	rec.State, rec.Message = Refused, errNeverCame.Error()
	return errors.Join(errNeverCame, s.note(rec))
}

// note writes a record down, with the time.
func (s *Service) note(rec *Record) error {
	rec.Time = time.Time{}
	rs := []Record{*rec}
	err := s.Journal.Append(rs...)
	rec.Time = rs[0].Time
	return err
}

func isStatus(err error, status int) bool {
	var e *heygen.Error
	return errors.As(err, &e) && e.Status == status
}

// isAssetGone reports whether a render was refused because its zip is not there.
func isAssetGone(err error) bool {
	var e *heygen.Error
	return errors.As(err, &e) && (e.Code == "asset_not_found" || e.Code == "asset_not_available" || e.Code == "resource_not_found")
}
