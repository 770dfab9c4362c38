// Package cloud renders films on HeyGen's cloud, once each.
//
// In go a film's zip and a request; out comes a verified video file. What was asked for and what came of it is kept in
// a [Journal] on disk before and after each step, so that a process that is killed at any instruction, and run again,
// goes on where it was: no second upload, no second paid render, no half file. The package prints nothing.
//
//	archive, err := cloud.Pack(film.Bundle.Files…)
//	result, err := service.Render(ctx, cloud.Job{Archive: archive, Request: heygen.RenderRequest{FPS: 30}, Output: "film.mp4"})
package cloud

import (
	"context"
	"errors"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// A Service is an account on HeyGen's cloud with the journal of what was done there. It is safe for concurrent use.
type Service struct {
	Client  *heygen.Client
	Journal *Journal
	Account string        // tells accounts apart in the journal: a fingerprint, never a secret
	Poll    time.Duration // the longest pause between two looks at a render; 0 = 15 s
}

// A Job is one video.
type Job struct {
	Archive  *Archive
	Request  heygen.RenderRequest // without Project
	Output   string               // the file to write; a file of that name is replaced by a verified one
	Expect   Expect
	Force    bool          // render again what was rendered in the last 24 hours
	NoWait   bool          // come back once the service has taken the job
	Timeout  time.Duration // for waiting; 0 = an hour. When it is over, the error is a *StillRunning
	Progress func(Progress)
}

// Expect is what is known of the video before it is made. A zero field is not checked.
type Expect struct {
	Width, Height int     // px
	FPS           float64 // frames a second
	Seconds       float64
	Audio         bool // there must be sound; false = not checked
}

// A Step is what a job is doing.
type Step string

const (
	StepUpload   Step = "upload"
	StepCreate   Step = "create"
	StepWait     Step = "wait"
	StepDownload Step = "download"
	StepDone     Step = "done"
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
	Render   string              `json:"render_id"`
	Output   string              `json:"output,omitempty"`
	Bytes    int64               `json:"bytes,omitempty"`
	Detail   heygen.RenderDetail `json:"-"`
	Uploaded bool                `json:"uploaded"` // false: the service had this zip
	Created  bool                `json:"created"`  // false: the render was there
	Fetched  bool                `json:"fetched"`  // false: the file was there
}

// Render does a job, or what is left of it. Errors: a [*heygen.Error] or [*heygen.NetworkError]; a [*FailedError] when
// the service could not render the film; a [*StillRunning] when Timeout is over; a [*WrongFile] when the video is not
// what was expected; the context's.
func (s *Service) Render(ctx context.Context, j Job) (*Result, error) {
	return nil, errors.New("not yet")
}

// Key returns what tells a job's input from others: the hash of the zip and of all that decides the picture and the
// sound. Two jobs with one key are one render.
func (j *Job) Key() string { return "" }

// An Archive is a film's zip, spooled to disk. Close removes it.
type Archive struct {
	SHA256 string // hex
	Size   int64  // bytes
	Files  []File // sorted by path
}

// A File is one of an archive.
type File struct {
	Path string `json:"path"`
	Size int64  `json:"size_bytes"`
}

// A Journal is the file that remembers renders.
type Journal struct{}

// An Estimate is what a render is expected to cost.
type Estimate struct {
	USD   float64 `json:"usd"`
	Rate  float64 `json:"usd_per_minute"`
	AsOf  string  `json:"prices_as_of"` // date of the price table
	Exact bool    `json:"exact"`        // false: the rate was derived, not read from the price list
}

// Price estimates what seconds of video cost in a resolution ("1080p" or "4k") at fps frames a second.
func Price(seconds float64, resolution string, fps int) Estimate { return Estimate{} }
