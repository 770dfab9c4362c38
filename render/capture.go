package render

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/pixel"
)

// A method is a way to take pictures.
type method string

const (
	methodWayland    method = "wayland"    // the browser draws into memory that we share with it: a full one on Linux
	methodBeginFrame method = "beginframe" // the browser draws one frame when told to: a headless shell on Linux
	methodScreenshot method = "screenshot" // works everywhere
)

// A way is a method and the browser that does it.
type way struct {
	method  method
	browser string
}

// key tells ways apart that may draw other pictures: by their methods, and by what we tell the browser and the page, which
// a newer hframes may do otherwise.
func (w way) key() string {
	return sum([]byte(string(w.method) + chrome.Switches() + stageText + string(stageScript) + filmScript + flatRule))
}

// ways returns how pictures can be taken on this machine, the best way first. Transparent ones come as PNG only: a window
// is never transparent. path is the browser that was asked for, "" = any.
func ways(path string, alpha bool) ([]way, error) {
	found, err := chrome.Find(path, chrome.Any)
	if err != nil {
		return nil, err
	}
	full, shell := found, ""
	if chrome.IsShell(found) {
		full, shell = "", found
		if path == "" && os.Getenv("HFRAMES_BROWSER") == "" && os.Getenv("HYPERFRAMES_BROWSER_PATH") == "" {
			full, _ = chrome.Find("", chrome.Full)
		}
	}
	var out []way
	if runtime.GOOS == "linux" && full != "" && !alpha {
		out = append(out, way{methodWayland, full})
	}
	if runtime.GOOS == "linux" && shell != "" {
		out = append(out, way{methodBeginFrame, shell})
	}
	return append(out, way{methodScreenshot, found}), nil
}

// Capture says how pictures will be taken on this machine: a method's name and the browser's file.
func Capture() (method, browser string, err error) {
	all, err := ways("", false)
	if err != nil {
		return "", "", err
	}
	return string(all[0].method), all[0].browser, nil
}

// A span is the frames [first, end).
type span struct{ first, end int }

// An emitter takes the picture of frame n; it is valid until the emitter returns. One that is still must be the same as
// the one before; it may be left out (no Pix) if there will be another one that is not.
type emitter func(n int, p pixel.Picture, still bool) error

// errMoved says that a film moved that was taken to stand still.
var errMoved = errors.New("the film moves where nothing should")

// A capturer takes pictures of a film. Ways to capture differ in how they get at pixels; nothing else of the renderer
// knows which one is at work.
type capturer interface {
	// capture hands the pictures of a span's frames to emit, in order, each once. The first is drawn after a blank one, so
	// that none depends on what was drawn before the span. It stops at the first error;
	// errStillLoading means that careful would do it.
	capture(ctx context.Context, s span, emit emitter) error
	// careful is capture for frames that need files which were not there before: nothing is drawn ahead.
	careful(ctx context.Context, s span, emit emitter) error
	close()
}

// errStillLoading says that files were asked for while pictures were taken, so that some may be without them.
var errStillLoading = errors.New("the film loads files while it plays")

// An OutOfStepError says that a picture shows another frame than the one that was asked for.
type OutOfStepError struct {
	Want, Got int // marks: a frame's number and 1
}

// Error names both.
func (e *OutOfStepError) Error() string {
	return fmt.Sprintf("the browser showed picture %d instead of %d", e.Got, e.Want)
}

// Marks tell pictures apart by the strip below the film. Those of frames are their numbers and 1.
const (
	failedMark = 0xfffffe // a script of ours failed
	blankMark  = 0xffffff // a picture without the film
)

func markOf(frame int) int { return frame + 1 }

// stripHeight is that of the strip, in CSS px.
const stripHeight = 8

// A stillness says of each frame of a span whether it looks like the one before, as far as that is certain.
type stillness []bool

// held reports whether frame i of the span need not be drawn: of those that stand still only the last is, to be sure.
func (s stillness) held(i int) bool { return s[i] && i+1 < len(s) && s[i+1] }

// shots is what capturers have in common.
type shots struct {
	*job
	taken int // mark of the last picture that was handed over
}

// readMark reads the mark of a picture of the stage.
func (s *shots) readMark(p pixel.Picture) int {
	mark, _ := p.RGB(s.canvas.width*s.Scale/2, (s.canvas.height+stripHeight/2)*s.Scale)
	return mark
}

// each takes a blank picture and then those of a span, one after the other.
func (s *shots) each(of span, still stillness, emit emitter, shoot func(t float64, pictures [][3]int, mark int, take func(pixel.Picture) error) error) error {
	if s.taken != blankMark { // drawn once more, it would change nothing, and might never come
		if err := shoot(-1, nil, blankMark, nobody); err != nil {
			return fmt.Errorf("blank picture: %w", err)
		}
	}
	for n := of.first; n < of.end; n++ {
		if still.held(n - of.first) {
			if err := emit(n, pixel.Picture{}, true); err != nil {
				return err
			}
			continue
		}
		take := func(p pixel.Picture) error { return emit(n, p, still[n-of.first]) }
		if err := shoot(s.rate.Time(n), s.clips.at(n, 1), markOf(n), take); err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
	}
	return nil
}

// nobody takes a picture that is not wanted.
func nobody(pixel.Picture) error { return nil }

// stageAt brings the film to time t (s; below 0 there is no film), waits for what it loads and marks it. redraw takes a
// picture without the film, with blankMark, that nobody wants; nil = nobody wants the film's picture either.
func (f *film) stageAt(ctx context.Context, t float64, pictures [][3]int, mark int, redraw func() error) error {
	if pictures == nil {
		pictures = [][3]int{}
	}
	var anew bool
	if err := f.page.Call(ctx, "stage.show", &anew, t, pictures); err != nil {
		return fmt.Errorf("show it: %w", err)
	}
	if err := f.page.Settle(ctx); err != nil {
		return fmt.Errorf("load it: %w", err)
	}
	if anew && redraw != nil {
		if err := f.page.Call(ctx, "(mark) => { stage.hide(true); stage.mark(mark) }", nil, blankMark); err != nil {
			return fmt.Errorf("hide it: %w", err)
		}
		if err := redraw(); err != nil {
			return err
		}
	}
	if err := f.page.Call(ctx, "(hidden, mark) => { stage.hide(hidden); stage.mark(mark) }", nil, t < 0, mark); err != nil {
		return fmt.Errorf("mark it: %w", err)
	}
	return nil
}

// still asks the page which frames of a span stand still.
func (f *film) still(ctx context.Context, j *job, s span) (stillness, error) {
	still := make(stillness, s.end-s.first)
	if j.restless() {
		return still, nil
	}
	times := make([]float64, 0, len(still))
	for n := s.first; n < s.end; n++ {
		times = append(times, j.rate.Time(n))
	}
	if err := f.page.Call(ctx, "stage.film().still", &still, times); err != nil {
		return nil, fmt.Errorf("ask for what stands still: %w", err)
	}
	return still, nil
}

// failure returns what went wrong in a script of ours.
func (f *film) failure(ctx context.Context) error {
	var text string
	if err := f.page.Eval(ctx, "stage.failure()", &text); err != nil {
		return err
	}
	return &chrome.ScriptError{Text: text}
}

// newCapturer returns the capturer of a film.
func newCapturer(ctx context.Context, j *job, f *film) (capturer, error) {
	if f.method == methodWayland {
		return &windowCapturer{film: f, shots: shots{job: j}}, nil
	}
	return newDevtoolsCapturer(ctx, j, f)
}
