package cloud

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// settled is how long a request may be without an answer before the service's renders are searched for it, rather than
// it is sent again: what the clock says of older ones may be wrong.
const settled = 10 * time.Minute

// wrongClock is how far off a clock may have been when it noted a request.
const wrongClock = 7 * 24 * time.Hour

// A choice is what to do about a job that the journal knows, or not.
type choice int

const (
	ask    choice = iota // ask for the render with the key that its input has
	anew                 // ask for another render, with another key
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
	if last != nil && last.State == Gone && !j.Force {
		switch _, err := s.Client.Render(ctx, last.Render); {
		case err == nil: // it was not there yet, or the service was wrong
			last.State = Created
		case !isStatus(err, 404):
			return nil, fmt.Errorf("look for render %s: %w", last.Render, err)
		}
	}
	switch choose(last, j.Force, j.NoWait, time.Now()) {
	case again:
		err := s.recreate(ctx, last, j.progress, res)
		switch several := (*SeveralError)(nil); {
		case last.State == Refused && (isAssetGone(err) || errors.Is(err, errNeverCame)):
			return s.afterRefused(ctx, j, key, last, res)
		case j.Force && errors.As(err, &several):
			return s.create(ctx, j, key, another(key), res)
		}
		return last, err
	case follow:
		rec, err := s.present(ctx, last, out)
		if rec != nil || err != nil {
			return rec, err
		}
		return s.create(ctx, j, key, follower(key, last), res)
	case stop:
		if last.State == Gone {
			return nil, &GoneError{last.Render}
		}
		return nil, &FailedError{Render: last.Render, Message: last.Message, Before: true}
	case anew:
		switch {
		case j.Force:
			return s.create(ctx, j, key, another(key), res)
		case last.State == Refused:
			return s.afterRefused(ctx, j, key, last, res)
		}
		return s.create(ctx, j, key, follower(key, last), res)
	}
	if j.Force {
		return s.create(ctx, j, key, another(key), res)
	}
	return s.create(ctx, j, key, ownKey(key), res)
}

// afterRefused asks for a render that was refused before. It does so with the same idempotency key, under which there may be
// a render that the journal was lost of. Where the service remembers that it said no, it takes another key.
func (s *Service) afterRefused(ctx context.Context, j *Job, key string, last *Record, res *Result) (*Record, error) {
	rec, err := s.create(ctx, j, key, last.Idempotency, res)
	if rec == nil || rec.State != Refused {
		return rec, err
	}
	switch found, e := s.find(ctx, rec); {
	case found:
		return rec, e
	case e != nil:
		return rec, err
	}
	j.Approve = nil // did so
	return s.create(ctx, j, key, follower(key, rec), res)
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

// create uploads the job's zip, unless the service has it, and asks for the render with an idempotency key.
func (s *Service) create(ctx context.Context, j *Job, key, idempotency string, res *Result) (*Record, error) {
	if j.Approve != nil {
		if err := j.Approve(); err != nil {
			return nil, err
		}
	}
	for try := 1; ; try++ {
		asset, uploaded, err := s.asset(ctx, j.Archive, try == 2, j.progress)
		if err != nil {
			return nil, err
		}
		res.Uploaded = res.Uploaded || uploaded
		now := time.Now().UTC()
		rec := &Record{Account: s.Account, Key: key, State: Creating, Idempotency: idempotency, Request: j.Request, Asked: now, Expect: j.Expect,
			Archive: j.Archive.SHA256, Source: j.Source, Output: absolute(j.Output)}
		rec.Request.Project = heygen.AssetID(asset)
		if rec.Request.CallbackID == "" {
			rec.Request.CallbackID = rec.Idempotency
		}
		if err := s.note(rec); err != nil {
			return nil, err
		}
		err = s.request(ctx, rec, false, j.progress)
		switch gone := isAssetGone(err) && rec.State == Refused; {
		case gone && try == 1 && !uploaded:
			s.forget(j.Archive.SHA256)
			continue
		case gone && try == 2: // the service remembers what it said, perhaps
			found, e := s.find(ctx, rec)
			if found {
				return rec, e
			}
			if e == nil {
				idempotency = follower(key, rec)
				continue
			}
		}
		res.Created = err == nil
		return rec, err
	}
}

// ownKey returns the idempotency key that an input has of its own, so that a machine without our journal sends the same.
func ownKey(key string) string { return "hframes-" + key[:40] }

// follower returns the idempotency key of the render that is asked for after last. Whoever finds last gets the same, so
// that two who do so at one time ask for one render.
func follower(key string, last *Record) string {
	sum := sha256.Sum256([]byte(last.Idempotency))
	return ownKey(key) + "-" + hex.EncodeToString(sum[:6])
}

// another returns an idempotency key that was never used.
func another(key string) string { return ownKey(key) + "-" + nonce() }

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

// request sends a record's request and notes the answer. doubted says that it may have been carried out before: a no is
// then none that counts.
func (s *Service) request(ctx context.Context, rec *Record, doubted bool, progress func(Progress)) error {
	progress(Progress{Step: StepCreate})
	id, err := s.Client.CreateRender(ctx, rec.Request, rec.Idempotency)
	if err == nil {
		rec.State, rec.Render = Created, id
		return s.note(rec)
	}
	if !doubted && refused(err) {
		return s.refuse(rec, err)
	}
	return &Unanswered{err}
}

// refuse notes that there is no render, and why, which it returns.
func (s *Service) refuse(rec *Record, why error) error {
	rec.State, rec.Message = Refused, why.Error()
	return errors.Join(why, s.note(rec))
}

// refused reports whether an error says for certain that there is no render.
func refused(err error) bool {
	var e *heygen.Error
	if !errors.As(err, &e) || e.Doubt || e.Code == "request_in_progress" {
		return false
	}
	switch e.Status {
	case 408, 429:
		return false
	case 409: // another request with this key, perhaps
		return isAssetGone(err)
	}
	return e.Status >= 400 && e.Status < 500
}

var errNeverCame = errors.New("the service knows nothing of the request")

// recreate finds out about a request that nobody knows the answer of. While the service remembers its idempotency key,
// it is sent again. Later, and where it is refused now though it may have been carried out then, the service's renders
// are searched; errNeverCame says that there is none.
func (s *Service) recreate(ctx context.Context, rec *Record, progress func(Progress), res *Result) error {
	age := time.Since(rec.Asked) // below zero: the clock was wrong, then or now
	searched := age < 0 || age > settled
	if searched {
		progress(Progress{Step: StepCreate})
		if found, err := s.find(ctx, rec); found || err != nil {
			return err
		}
	}
	if age >= day-margin {
		return s.refuse(rec, errNeverCame)
	}
	err := s.request(ctx, rec, !searched, progress)
	if no := (*heygen.Error)(nil); !searched && errors.As(err, &no) {
		found, e := s.find(ctx, rec)
		switch {
		case found:
			return e
		case e == nil && refused(err):
			return s.refuse(rec, no)
		}
	}
	res.Created = err == nil
	return err
}

// find looks among the service's renders for the one that a record asks for, and notes it.
func (s *Service) find(ctx context.Context, rec *Record) (bool, error) {
	list, err := s.Journal.Renders(s.Account)
	if err != nil {
		return false, err
	}
	others := map[string]bool{}
	for _, r := range list {
		if r.Key != rec.Key {
			others[r.Render] = true
		}
	}
	since := rec.Asked.Add(-wrongClock).Unix()
	var found []string
	for d, err := range s.Client.EachRender(ctx) {
		if err != nil {
			return false, &Unanswered{fmt.Errorf("look for a render that was asked for on %s: %w", rec.Asked.Format(time.DateOnly), err)}
		}
		if d.CreatedAt > 0 && d.CreatedAt < since {
			break
		}
		if d.CallbackID == rec.Request.CallbackID && !others[d.ID] && alike(&d, &rec.Request) {
			found = append(found, d.ID)
		}
	}
	switch len(found) {
	case 0:
		return false, nil
	case 1:
		rec.State, rec.Render = Created, found[0]
		return true, s.note(rec)
	}
	return false, &SeveralError{found}
}

// alike reports whether a render may be what a request asks for. Its callback id does not tell where it is the caller's,
// who may give one to many.
func alike(d *heygen.RenderDetail, r *heygen.RenderRequest) bool {
	for _, pair := range [][2]string{{d.Title, r.Title}, {d.Quality, r.Quality}, {d.Format, r.Format}, {d.Resolution, r.Resolution},
		{d.AspectRatio, r.AspectRatio}, {d.Composition, r.Composition}} {
		if pair[0] != "" && pair[1] != "" && pair[0] != pair[1] {
			return false
		}
	}
	return d.FPS == 0 || r.FPS == 0 || d.FPS == r.FPS
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
