package cloud

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// FailedError says that the service could not render a film.
type FailedError struct {
	Render  string
	Message string // the service's; often general, sometimes ""
	Before  bool   // it failed for an earlier run, within the last 24 hours
}

func (e *FailedError) Error() string {
	s := "HeyGen could not render the film"
	if e.Before {
		s = "HeyGen could not render this film before, and nothing of it has changed"
	}
	if e.Message != "" {
		s += fmt.Sprintf(": %q", e.Message)
	}
	return s + fmt.Sprintf(" (render %s)", e.Render)
}

// Hint says what to do about it.
func (e *FailedError) Hint() string {
	s := "hframes check, and hframes render --on local, show what is wrong with a film"
	if e.Before {
		return s + "; --force asks for another render of the same"
	}
	return s
}

// GoneError says that a render was deleted at the service.
type GoneError struct{ Render string }

func (e *GoneError) Error() string {
	return fmt.Sprintf("render %s is no longer at HeyGen: it was deleted there, or belongs to another account", e.Render)
}

// Hint says what to do about it.
func (e *GoneError) Hint() string { return "--force asks for another render" }

// SeveralError says that it is not known which of some renders an unanswered request led to: they carry the same callback
// id, which the caller chose, and are alike otherwise.
type SeveralError struct{ Renders []string }

func (e *SeveralError) Error() string {
	return fmt.Sprintf("the answer to the request for this render was lost, and it may be any of these: %s", strings.Join(e.Renders, ", "))
}

// Hint says what to do about it.
func (e *SeveralError) Hint() string {
	return "hframes cloud download fetches one of them; --force asks for another render; a --callback-id of its own for each render avoids this"
}

// StillRunning says that the time for waiting is over. The render goes on.
type StillRunning struct {
	Render string
	Waited time.Duration
}

func (e *StillRunning) Error() string {
	return fmt.Sprintf("render %s is still running after %s", e.Render, e.Waited)
}

// Hint says what to do about it.
func (e *StillRunning) Hint() string {
	return fmt.Sprintf("the same command, or hframes cloud resume %s, goes on waiting and downloads the video", e.Render)
}

// ExitCode returns 4 (design §9).
func (e *StillRunning) ExitCode() int { return 4 }

// Unanswered says that nobody knows whether the service took a render.
type Unanswered struct{ Err error }

func (e *Unanswered) Error() string {
	return "asking for the render: " + e.Err.Error()
}
func (e *Unanswered) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *Unanswered) Hint() string {
	s := "the same command goes on from here, without a second paid render"
	var h interface{ Hint() string }
	if errors.As(e.Err, &h) && h.Hint() != "" {
		return h.Hint() + "; " + s
	}
	return s
}
