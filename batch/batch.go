// Package batch renders a film once for each row of a data file.
//
// In go a file of rows, the film's variables, a pattern for the names of the videos and a [Renderer]; out come the
// videos, a file of results with one line a row, and a file of the rows that have no video, which is a file of rows again.
//
//	plan, err := batch.Read(ctx, options)    // every row is checked: nothing has been rendered
//	summary, err := plan.Run(ctx)
//
// The rows are read three times, one by one: to count, to check, to render. So the memory does not grow with their number,
// and nothing is paid for while any row has a fault. The package prints nothing.
package batch

import (
	"context"
	"errors"
	"time"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/render"
)

// Options of a batch.
type Options struct {
	Rows        string            // the file of rows; it must not change meanwhile
	Name        string            // what messages call it; "" = Rows
	Format      Format            // "" = as its name ends
	Variables   []render.Variable // what the film declares: each column is one of them
	Ignore      []string          // columns that are neither variables nor in a pattern
	Output      string            // pattern of the videos' names: {row}, {column}
	Title       string            // pattern of their titles; "" = none
	Renderer    Renderer          // required by [Plan.Run]
	Concurrency int               // rows that render side by side, 1–1000; 0 = 1
	Results     string            // file to write the results to; required by [Plan.Run]
	Failed      string            // file to write the rows without a video to; required by [Plan.Run]

	// Film stands for everything but the variables that decides what a video looks like. With it, a row is skipped
	// if the results of the run before say that its video was made from the same, and it is still there. "" = each
	// row is handed to the Renderer, which may know better.
	Film string
	// Force renders each row, whatever was made before.
	Force bool

	// Spare returns an error for a file that no video may replace. It may be nil.
	Spare func(output string) error
	// Progress is called when a row starts, takes a step or ends, never from two goroutines at once. It may be nil.
	Progress func(Progress)
}

// A Job is one row to render.
type Job struct {
	Row       int            // from 1
	Line      int            // where the row starts in the file
	Variables map[string]any // by id, of the types that are declared; a value that is left out is not there
	Output    string         // the file to write, whole or not at all
	Title     string
	Step      func(string) // to be called with what is being done; safe for concurrent use
}

// A Renderer renders rows. It must be safe for concurrent use.
type Renderer interface {
	// Render makes j.Output. Other rows go on after an error, unless no row could do better: see [Fatal].
	Render(ctx context.Context, j Job) (Outcome, error)
}

// An Outcome is what came of a row.
type Outcome struct {
	RenderID string // of the service, with an error, too; may be ""
	Bytes    int64
	Seconds  float64 // of video; 0 = not known
	Reused   bool    // the video had been made before
	Running  bool    // the time to wait is over, but the render goes on
}

// A FatalError is an error of a Renderer that each further row would meet, too.
type FatalError struct{ Err error }

func (e *FatalError) Error() string { return e.Err.Error() }
func (e *FatalError) Unwrap() error { return e.Err }

// Fatal reports whether an error is one that each further row would meet: a [*FatalError], a key that is refused or may
// not do this, an account without credit, a disk that is full or cannot be written.
func Fatal(err error) bool {
	if fatal := (*FatalError)(nil); errors.As(err, &fatal) {
		return true
	}
	if e := (*heygen.Error)(nil); errors.As(err, &e) {
		return e.Status == 402 || KeyError(err)
	}
	return diskFault(err)
}

// KeyError reports whether a key was refused or may not do what was asked for.
func KeyError(err error) bool {
	e := (*heygen.Error)(nil)
	return errors.As(err, &e) && (e.Status == 401 || e.Status == 403) && !e.Expired()
}

// Status says what became of a row.
type Status string

const (
	Done     Status = "done"
	Failed   Status = "failed"
	Skipped  Status = "skipped"   // the run before has made the video
	Running  Status = "running"   // the render goes on at the service; running the batch again waits for it
	NotTried Status = "not_tried" // the batch was stopped before the row was rendered
)

// A Result is one line of the file of results. The lines are in the order of the rows.
type Result struct {
	Row      int       `json:"row"`
	Line     int       `json:"line"`
	Status   Status    `json:"status"`
	Output   string    `json:"output"`
	RenderID string    `json:"render_id,omitempty"`
	Bytes    int64     `json:"bytes,omitempty"`
	Seconds  float64   `json:"seconds,omitempty"` // of video
	Reused   bool      `json:"reused"`
	Key      string    `json:"key,omitempty"` // of the film, its options and the row's values
	Error    *RowError `json:"error,omitempty"`
}

// A RowError says why a row has no video.
type RowError struct {
	Code      string `json:"code"` // the service's, or network, failed
	Message   string `json:"message"`
	Hint      string `json:"hint,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// rowError turns an error into one of a result.
func rowError(err error) *RowError {
	e := &RowError{Code: "failed", Message: err.Error()}
	var api *heygen.Error
	var network *heygen.NetworkError
	switch {
	case errors.As(err, &api):
		e.Code, e.RequestID = api.Code, api.RequestID
	case errors.As(err, &network):
		e.Code = "network"
	}
	var hint interface{ Hint() string }
	if errors.As(err, &hint) {
		e.Hint = hint.Hint()
	}
	return e
}

// A Summary is what came of a batch.
type Summary struct {
	Counts
	Bytes      int64
	Seconds    float64       // of video
	Elapsed    time.Duration // of the run
	Failures   []Result      // rows that failed, in order; the first 100 of them
	Results    string        // the file of results
	FailedRows string        // the file of rows without a video; "" = all have one
	Stopped    error         // why the batch was stopped before its last row; nil = it was not
}

// Counts are numbers of rows.
type Counts struct {
	Rows     int `json:"rows"`
	Done     int `json:"done"`
	Reused   int `json:"reused"` // of those done
	Failed   int `json:"failed"`
	Skipped  int `json:"skipped"`
	Running  int `json:"running"`
	NotTried int `json:"not_tried"`
}

// Progress says how far a batch is.
type Progress struct {
	Counts               // Running are those being rendered now
	Active []Active      // sorted by row
	Rate   float64       // rows rendered a minute, over the whole run; 0 = not known
	ETA    time.Duration // until the last row; 0 = not known
}

// Active is a row that is being rendered.
type Active struct {
	Row    int
	Output string
	Step   string
}
