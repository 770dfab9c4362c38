// Package render turns a HyperFrames folder into an MP4 on this machine.
//
// In go a film's files, the official runtime and options; out come a video file, whole or not at all, and a [Result]
// that says what it holds. [Local] serves the files on loopback, opens them in a headless Chromium whose clocks stand
// still, moves the film from frame to frame through the runtime's own player, and pipes the pictures into FFmpeg. The
// file is measured before it gets its name. The package prints nothing: progress is numbers.
//
// How a frame is made exact:
//
//	page      film.js stops Date, performance.now and animation frames; the runtime shows t = frame/fps
//	videos    never played: FFmpeg picks each frame's source picture (clips.go), which is shown as the video's poster
//	loading   a picture is taken only when no request of the page is under way
//	capture   a [capturer]: frame by frame on command where the browser can (headless shell), else screenshots
//	colours   sRGB pictures become limited-range BT.709, and are tagged so
package render

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/outfile"
)

// Options are the choices of a render. The zero Options, with a Runtime, make a film at the page's own speed and in
// standard quality.
//
// With one worker the same film is the same file. With more, every frame shows the same moment, but the edges of what
// moves can come out a little different, as Chromium's anti-aliasing depends on what it drew before: 51 dB from the
// other file was the worst that was seen.
type Options struct {
	FPS       int            // frames a second, 1–240; 0 = the page's data-fps, else 30
	Quality   string         // draft, standard or high; "" = standard
	Runtime   []byte         // the official runtime's script; required
	Variables map[string]any // values for the film's variables (contract §9), over the declared defaults
	Browser   string         // a Chromium; "" = find one
	FFmpeg    string         // an FFmpeg; "" = find one
	Workers   int            // browsers that capture side by side, 1–16; 0 = 1. See below
	NoSandbox bool           // run the browser without its sandbox; always so for root
	Progress  func(Progress) // called now and then, never from two goroutines at once; may be nil

	method method // how pictures are taken; "" = the best there is
	ready  time.Duration
}

// A Stage is what a render is doing.
type Stage string

const (
	StageOpen    Stage = "open"    // starting browsers, loading the film
	StageMedia   Stage = "media"   // picking video frames, mixing sound
	StageCapture Stage = "capture" // taking and encoding pictures
	StageFinish  Stage = "finish"  // closing the file, measuring it
)

// Progress says how far a render is.
type Progress struct {
	Stage  Stage
	Frame  int           // frames taken so far
	Frames int           // frames of the film; 0 until the film is open
	FPS    float64       // frames taken a second, over the capture so far
	ETA    time.Duration // until the last frame is taken; 0 when not known
}

// A Result describes the file a render made. All of it was measured, not assumed.
type Result struct {
	Frames        int
	FPS           float64
	Width, Height int     // px; an odd canvas becomes one px wider or higher
	Duration      float64 // s
	Size          int64   // bytes
	Audio         bool
	CaptureMode   string   // beginframe or screenshot
	Browser       string   // its name and version
	Warnings      []string // what the page complained about or what was not rendered as written; one line each
}

// frameRate of a film that does not say.
const defaultFPS = 30

// ErrNoRuntime is returned when Options.Runtime is empty.
var ErrNoRuntime = errors.New("no HyperFrames runtime")

// Local renders the film whose entry page is entry (a slash path within src) to the MP4 file dst. A file of that name
// is replaced, at the end and only by a good one. When ctx ends, the browser and FFmpeg are killed and waited for,
// nothing is left behind, and the error is ctx's cause. Other errors: [*chrome.NotFound] and [*ffmpeg.NotFound] when a
// program is missing, [*NotReady] when the film does not load, [*chrome.HangError] and [chrome.ErrCrashed] when the
// browser fails, [*MismatchError] when the file is not what it should be.
func Local(ctx context.Context, src fs.FS, entry, dst string, o Options) (*Result, error) {
	j, err := newJob(src, entry, dst, o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer j.close()
	res, err := j.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", entry, err)
	}
	return res, nil
}

// A job is one render under way.
type job struct {
	Options
	entry   string
	dst     string // absolute
	part    string // what becomes dst
	tmp     string
	tools   ffmpeg.Tools
	browser string
	quality ffmpeg.Quality
	canvas  canvas
	rate    ffmpeg.Rate
	src     fs.FS
	server  *server
	films   []*film
	clips   *clipSet
	report  *reporter
	warning []string
}

// newJob checks what can be checked before anything is started.
func newJob(src fs.FS, entry, dst string, o Options) (*job, error) {
	j := &job{Options: o, entry: entry, src: src, report: newReporter(o.Progress)}
	if len(o.Runtime) == 0 {
		return nil, ErrNoRuntime
	}
	if j.Workers == 0 {
		j.Workers = 1
	}
	if j.Workers < 1 || j.Workers > 16 {
		return nil, fmt.Errorf("%d workers: the number goes from 1 to 16", j.Workers)
	}
	if j.Quality == "" {
		j.Quality = "standard"
	}
	ok := false
	if j.quality, ok = ffmpeg.Qualities()[j.Quality]; !ok {
		return nil, fmt.Errorf("unknown quality %q: draft, standard or high", j.Quality)
	}
	var err error
	if j.canvas, err = readCanvas(src, entry); err != nil {
		return nil, err
	}
	if j.rate, err = chooseRate(o.FPS, j.canvas.rate); err != nil {
		return nil, err
	}
	if j.tools, err = ffmpeg.Find(o.FFmpeg); err != nil {
		return nil, err
	}
	if j.browser, err = chrome.Find(o.Browser, chrome.Any); err != nil {
		return nil, err
	}
	if j.method == "" {
		j.method = bestMethod(j.browser)
	}
	return j, j.place(dst)
}

func chooseRate(asked int, said ffmpeg.Rate) (ffmpeg.Rate, error) {
	switch {
	case asked < 0 || asked > 240:
		return ffmpeg.Rate{}, fmt.Errorf("%d frames a second: the number goes from 1 to 240", asked)
	case asked > 0:
		return ffmpeg.Rate{Num: asked, Den: 1}, nil
	case said.Num > 0:
		return said, nil
	}
	return ffmpeg.Rate{Num: defaultFPS, Den: 1}, nil
}

// place names the files and makes the unfinished one, so that a place that cannot be written to is known before anything
// is started. It lies beside dst, so that giving it its name cannot fail half way; its own name is short, as dst's may be
// as long as the system allows, and no name that FFmpeg could take for an option or a pattern. Where dst is a link, the
// link stays and what it leads to is replaced.
func (j *job) place(dst string) error {
	abs, err := outfile.Target(dst)
	if err != nil {
		return err
	}
	part := filepath.Join(filepath.Dir(abs), fmt.Sprintf(".hframes-%08x.part", rand.Uint32()))
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return outfile.PlaceError(dst, err)
	}
	j.dst, j.part = abs, part
	return f.Close()
}

// run is the render from start to end.
func (j *job) run(ctx context.Context) (*Result, error) {
	var err error
	if j.tmp, err = os.MkdirTemp("", "hframes-render-"); err != nil {
		return nil, fmt.Errorf("make a working folder: %w", err)
	}
	if j.server, err = serve(j.src, j.entry, j.Runtime, j.tmp); err != nil {
		return nil, err
	}
	defer j.server.closeWith(ctx)()
	j.report.stage(StageOpen)
	if err := j.open(ctx); err != nil {
		return nil, err
	}
	about, err := j.films[0].describe(ctx)
	if err != nil {
		return nil, err
	}
	frames := frameCount(about.Duration, j.rate)
	if frames > maxFrames {
		return nil, fmt.Errorf("the film has %d frames; the most is %d", frames, maxFrames)
	}
	j.report.length(frames)
	j.report.stage(StageMedia)
	audio, err := j.prepareMedia(ctx, about, frames)
	if err != nil {
		return nil, err
	}
	if err := j.capture(ctx, frames, audio); err != nil {
		return nil, err
	}
	j.report.stage(StageFinish)
	return j.finish(ctx, frames, audio != "")
}

// close ends everything that was started, waits for it and removes what is not the result.
func (j *job) close() {
	for _, f := range j.films {
		f.close()
	}
	if j.server != nil {
		j.server.Close()
	}
	if j.tmp != "" {
		os.RemoveAll(j.tmp)
	}
	os.Remove(j.part)
}

// finish measures the file and gives it its name.
func (j *job) finish(ctx context.Context, frames int, audio bool) (*Result, error) {
	res, err := j.verify(ctx, frames, audio)
	if err != nil {
		return nil, err
	}
	res.CaptureMode = string(j.method)
	res.Browser = j.films[0].browser.Product()
	for _, e := range j.films[0].page.Events() {
		if e.Level != "info" && e.Level != "debug" && !driverAdvice(e) {
			j.warning = append(j.warning, strings.ReplaceAll(e.String(), j.server.origin()+"/", ""))
		}
	}
	res.Warnings = unique(j.warning)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := os.Rename(j.part, j.dst); err != nil {
		return nil, fmt.Errorf("name the file: %w", err)
	}
	return res, nil
}

// driverAdvice reports whether it is the graphics driver that finds something slow: our own reading of the picture in
// most cases, and nothing that an author could change.
func driverAdvice(e chrome.Event) bool {
	return strings.Contains(e.Text, "GL Driver Message (OpenGL, Performance,")
}

// unique drops repeats and keeps the order.
func unique(lines []string) []string {
	var out []string
	for _, l := range lines {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// maxFrames bounds a film: six hours at 240 frames a second.
const maxFrames = 6 * 3600 * 240

// frameCount returns the number of frames of a film (contract §6): the nearest whole number if the length is within a
// thousandth of it, else rounded up.
func frameCount(seconds float64, r ffmpeg.Rate) int {
	exact := seconds * float64(r.Num) / float64(r.Den)
	if near := math.Round(exact); math.Abs(exact-near) <= 1e-3 {
		return int(near)
	}
	return int(math.Ceil(exact))
}
