package cloud

import (
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/hframes/hframes/internal/media"
)

// Expect is what is known of a video before it is made. A zero field is not checked.
type Expect struct {
	Width   int     `json:"width,omitempty"`  // px of the composition: the service renders its shape, at a size of its own
	Height  int     `json:"height,omitempty"` // px
	FPS     float64 `json:"fps,omitempty"`    // frames a second
	Seconds float64 `json:"seconds,omitempty"`
	Audio   bool    `json:"audio,omitempty"` // there must be sound; false: there may be
}

// How far a good video may be off: containers count in ticks, encoders fill the last frame of sound, sides are whole and
// even numbers of px.
const (
	slackSeconds = 0.25
	slackRatio   = 0.01
	slackFPS     = 0.01
)

// A WrongFile says in what a downloaded video differs from what was asked for. It is not kept.
type WrongFile struct {
	Render string
	Faults []string // "12.0 s instead of 13.0 s"
}

func (e *WrongFile) Error() string {
	return fmt.Sprintf("the video of render %s is wrong: %s", e.Render, strings.Join(e.Faults, ", "))
}

// Hint says what to do about it.
func (e *WrongFile) Hint() string {
	return fmt.Sprintf("hframes cloud download %s fetches it as it is; --force renders again", e.Render)
}

// unreadable is a download that is no whole video. Another try may bring one.
type unreadable struct{ err error }

func (e *unreadable) Error() string { return "the download is not a whole video: " + e.err.Error() }
func (e *unreadable) Unwrap() error { return e.err }

// Hint says what to do about it.
func (e *unreadable) Hint() string {
	return "the video stays at HeyGen: the same command downloads it again, without another render"
}

// verify measures a downloaded file and returns what of it is not as expected: an *unreadable or a list of faults.
func verify(f *os.File, name string, want Expect) (media.Info, []string, error) {
	size, err := f.Seek(0, 2)
	if err != nil {
		return media.Info{}, nil, err
	}
	info, err := media.Probe(f, size, name)
	if err == nil && !info.HasVideo {
		err = fmt.Errorf("it holds no picture")
	}
	if err != nil {
		return info, nil, &unreadable{err}
	}
	var faults []string
	fault := func(format string, a ...any) { faults = append(faults, fmt.Sprintf(format, a...)) }
	if got := info.Duration.Seconds(); want.Seconds > 0 && math.Abs(got-want.Seconds) > slackSeconds {
		fault("%.2f s instead of %.2f s", got, want.Seconds)
	}
	if want.Width > 0 && want.Height > 0 {
		got, shape := float64(info.Width)/float64(info.Height), float64(want.Width)/float64(want.Height)
		if math.Abs(got/shape-1) > slackRatio {
			fault("%dx%d instead of the shape of %dx%d", info.Width, info.Height, want.Width, want.Height)
		}
	}
	if want.FPS > 0 && info.FPS > 0 && math.Abs(info.FPS/want.FPS-1) > slackFPS {
		fault("%.4g frames a second instead of %.4g", info.FPS, want.FPS)
	}
	if want.Audio && !info.HasAudio {
		fault("no sound")
	}
	return info, faults, nil
}
