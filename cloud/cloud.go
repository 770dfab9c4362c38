// Package cloud renders films on HeyGen's cloud, once each.
//
// In go a film's zip and a request; out comes a verified video file. What was asked for and what came of it is kept in
// a [Journal] on disk before and after each step, so that a process that is killed at any instruction, and run again,
// goes on where it was: no second upload, no second paid render, no half file. The package prints nothing.
//
//	archive, err := cloud.Pack(film.Bundle, rules)
//	result, err := service.Render(ctx, cloud.Job{Archive: archive, Request: heygen.RenderRequest{FPS: 30}, Output: "film.mp4"})
//
// How a second paid render is made impossible:
//
//	key          a hash of the zip and of what decides the picture; one key is one render
//	idempotency  the key is sent along, so that the service, too, takes a request that is sent again for the first one
//	journal      "creating" is on the disk before the request leaves, "created" as soon as it was answered
//	look-up      past the 24 hours that the service remembers a key, and before another key is used for a request that may
//	             have been carried out, its list is searched for our callback id
package cloud

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// A Service is an account on HeyGen's cloud with the journal of what was done there. It is safe for concurrent use.
type Service struct {
	Client  *heygen.Client
	Journal *Journal
	Account string        // tells accounts apart in the journal: a fingerprint, never a secret
	Poll    time.Duration // the longest pause between two looks at a render; 0 = 15 s

	mu     sync.Mutex
	busy   map[string]*turn  // by what is worked on
	assets map[string]string // asset ids by sha256 of the zip, known to be there
}

// A Job is one video.
type Job struct {
	Archive  *Archive
	Request  heygen.RenderRequest // without Project
	Output   string               // the file to write; a file of that name is replaced by a verified one
	Source   string               // the deck's name, for lists
	Expect   Expect
	Force    bool           // render again what was rendered already
	NoWait   bool           // come back once the service has taken the job
	Approve  func() error   // called before the service is asked for a render, which costs; its error ends the job. May be nil
	Timeout  time.Duration  // for waiting; 0 = an hour. When it is over, the error is a *StillRunning
	Progress func(Progress) // may be nil
}

// A Step is what a job is doing.
type Step string

const (
	StepUpload   Step = "upload"
	StepCreate   Step = "create"
	StepWait     Step = "wait"
	StepDownload Step = "download"
)

// Progress says how far a job is.
type Progress struct {
	Step        Step
	Render      string        // its id, once there is one
	Status      heygen.Status // while waiting
	Done, Total int64         // bytes, while uploading or downloading
}

// A Result is a finished job, or with NoWait one that the service has taken.
type Result struct {
	Render   string
	Output   string // absolute; "" with NoWait
	Bytes    int64
	SHA256   string // hex
	Seconds  float64
	Width    int // px
	Height   int // px
	FPS      float64
	Uploaded bool // false: the service had this zip
	Created  bool // false: the render was there
	Fetched  bool // false: the file was there
}

// defaultTimeout is how long a job is waited for: the official client's measure (heygen-api §7).
const defaultTimeout = time.Hour

// Key returns what tells a job's input from others: a hash of the zip and of all that decides picture and sound, in
// hex. Titles and callbacks do not.
func (j *Job) Key() string {
	r := j.Request
	r.Project, r.Title, r.CallbackID, r.CallbackURL = heygen.Asset{}, "", "", ""
	r.Defaults()
	if len(r.Variables) == 0 {
		r.Variables = nil
	}
	body, err := json.Marshal(r) // keys of maps are sorted
	if err != nil {
		body = fmt.Append(nil, r.Variables) // Render refuses the job
	}
	sum := sha256.Sum256(append([]byte("hframes render 1\n"+j.Archive.SHA256+"\n"), body...))
	return hex.EncodeToString(sum[:])
}

// Render does a job, or what is left of it. Errors: a [*heygen.Error] or [*heygen.NetworkError]; a [*FailedError] when
// the service could not render the film; a [*GoneError] when the render was deleted there; a [*StillRunning] when
// Timeout is over; a [*WrongFile] when the video is not what was expected; those of the journal and of the output file;
// the context's.
func (s *Service) Render(ctx context.Context, j Job) (*Result, error) {
	if _, err := json.Marshal(j.Request.Variables); err != nil {
		return nil, fmt.Errorf("variables: %w", err)
	}
	key := j.Key()
	return s.do(ctx, key, j, func(out *output, res *Result) (*Record, Expect, error) {
		rec, err := s.submit(ctx, &j, key, out, res)
		return rec, j.Expect, err
	})
}

// do does a job, once it is its turn and its output can be written. start makes sure that there is a render, and says what
// its video has to be.
func (s *Service) do(ctx context.Context, key string, j Job, start func(*output, *Result) (*Record, Expect, error)) (*Result, error) {
	done, err := s.take(ctx, "render "+key)
	if err != nil {
		return nil, err
	}
	defer done()
	var out *output
	if !j.NoWait {
		if out, err = openOutput(ctx, j.Output, s.Account+key); err != nil {
			return nil, err
		}
		defer out.close()
	}
	res := &Result{}
	rec, want, err := start(out, res)
	if err != nil {
		return nil, err
	}
	res.Render, j.Expect = rec.Render, want
	if j.NoWait {
		return res, nil
	}
	return res, s.finish(ctx, rec, out, j, res)
}

// Resume does what is left of a render that the journal knows, without its deck: the request, if it is not known to
// have been answered, the waiting and the download. Of j, it needs Output, Timeout, NoWait and Progress. The errors are
// those of [Service.Render].
func (s *Service) Resume(ctx context.Context, rec Record, j Job) (*Result, error) {
	return s.do(ctx, rec.Key, j, func(_ *output, res *Result) (*Record, Expect, error) {
		want := rec.Expect
		if rec.State == Creating {
			if err := s.recreate(ctx, &rec, j.progress, res); err != nil {
				return nil, want, err
			}
		}
		last, err := s.Journal.Last(rec.Account, rec.Key)
		if last != nil && last.State == Downloaded && last.Render == rec.Render {
			return last, want, err // by another command, which we waited for
		}
		return &rec, want, err
	})
}

// finish waits for a render and brings its video.
func (s *Service) finish(ctx context.Context, rec *Record, out *output, j Job, res *Result) error {
	if rec.State == Downloaded && out.holds(rec) {
		res.fill(rec, out.target)
		return nil
	}
	detail, err := s.wait(ctx, rec, j.Timeout, j.progress)
	if err != nil {
		return err
	}
	if err := s.fetch(ctx, rec, detail, out, j.Expect, j.progress, res); err != nil {
		return err
	}
	res.Fetched = true
	res.fill(rec, out.target)
	return nil
}

func (r *Result) fill(rec *Record, output string) {
	r.Output, r.Bytes, r.SHA256, r.Seconds = output, rec.Bytes, rec.SHA256, rec.Seconds
}

func (j *Job) progress(p Progress) {
	if j.Progress != nil {
		j.Progress(p)
	}
}

// Fetch downloads a render that is known by its id alone, as it is, and waits for it if it is not finished. Of j, it needs
// Output, Timeout and Progress. The errors are those of [Service.Render].
func (s *Service) Fetch(ctx context.Context, id string, j Job) (*Result, error) {
	rec, err := s.Journal.Render(s.Account, id)
	if err != nil {
		return nil, err
	}
	if rec == nil {
		rec = &Record{Account: s.Account, Key: "render " + id, State: Created, Render: id}
	}
	rec.Expect = Expect{}
	if rec.State == Failed || rec.State == Gone {
		rec.State = Created // ask again: the service knows better
	}
	return s.Resume(ctx, *rec, j)
}

// Delete deletes a render at the service. One that the journal knows and the service does not is deleted already; one
// that neither knows is the service's error.
func (s *Service) Delete(ctx context.Context, id string) error {
	refusal := s.Client.DeleteRender(ctx, id)
	if refusal != nil && !isStatus(refusal, 404) {
		return refusal
	}
	rec, err := s.Journal.Render(s.Account, id)
	if err != nil {
		return err
	}
	if rec == nil {
		return refusal
	}
	rec.State = Gone
	return s.note(rec)
}

// A turn is work that one goroutine does and others wait for.
type turn struct {
	slot    chan struct{} // holds one value while nobody works
	waiting int
}

// take waits until no other goroutine works on what name stands for. The function that it returns ends the turn.
func (s *Service) take(ctx context.Context, name string) (func(), error) {
	s.mu.Lock()
	if s.busy == nil {
		s.busy = map[string]*turn{}
	}
	t := s.busy[name]
	if t == nil {
		t = &turn{slot: make(chan struct{}, 1)}
		t.slot <- struct{}{}
		s.busy[name] = t
	}
	t.waiting++
	s.mu.Unlock()
	leave := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if t.waiting--; t.waiting == 0 {
			delete(s.busy, name)
		}
	}
	select {
	case <-t.slot:
		return func() { t.slot <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
}

// nonce returns text that was never used before.
func nonce() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
