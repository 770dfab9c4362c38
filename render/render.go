// Package render turns a HyperFrames folder into an MP4 on this machine.
//
// In go a film's files, the official runtime and options; out come a video file, whole or not at all, and a [Result]
// that says what it holds. The package prints nothing: progress is numbers.
//
//	cut      segment.go   where the set of visible clips changes, and every 4 s: each segment has a key
//	reuse    work.go      segments that the cache has under their key are taken from there
//	show     reel.go      of a film of many scenes a page holds some at a time
//	         film.js      a page whose clocks stand still; the runtime shows t = frame/fps
//	         stage.js     the page around it: its strip marks each picture with the number of the frame it shows
//	         clips.go     videos never play: FFmpeg picks each frame's source picture, which is shown as the poster
//	capture  capture.go   raw pictures with their marks, by one of three ways: window.go (memory shared with the browser),
//	                      devtools.go (frame by frame on command, or screenshots)
//	encode   work.go      workers, each a browser, make segments side by side: frames that stand alone, so that the same
//	                      film is the same file with any number of workers and any cache
//	join     work.go      segments and sound become the film, without encoding again
//	verify   verify.go    the file is measured before it gets its name
package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hframes/hframes/internal/cache"
	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/workdir"
)

// Options are the choices of a render. The zero Options, with a Runtime, make a film at the page's own speed and in
// standard quality.
type Options struct {
	FPS       int            // frames a second, 1–240; 0 = the page's data-fps, else 30
	Quality   string         // one of [ffmpeg.EncodeQualities]; "" = standard
	Format    ffmpeg.Format  // "" = MP4. PNG makes a folder of pictures
	Scale     int            // device px per CSS px, 1–4; 0 = 1. 2 makes 4K of a film of 1920×1080
	From, To  float64        // the part of the film to render, s; To 0 = up to its end
	Runtime   []byte         // the official runtime's script; required
	Loudness  float64        // of the sound, LUFS, such as -14; 0 = levels stay as they are
	Variables map[string]any // values for the film's variables (contract §9), over the declared defaults
	Browser   string         // a Chromium; "" = find one
	FFmpeg    string         // an FFmpeg; "" = find one
	Workers   int            // browsers that capture side by side, 1–16; 0 = as many as keep its cores busy, at most 4. The file is the same
	Cache     *cache.Store   // where segments are kept and looked for; nil = nowhere
	Patience  time.Duration  // how long a picture may take, at least; a browser that takes longer hangs. 0 = 30 s
	Notes     Notes          // where to leave word for [Plan]
	NoSandbox bool           // run the browser without its sandbox; always so for root
	Progress  func(Progress) // called now and then, never from two goroutines at once; may be nil

	method  method // how pictures are taken; "" = the best there is
	ready   time.Duration
	perPage int  // scenes that a page holds; 0 = reelScenes
	all     bool // draw every frame, whatever stands still
}

// A Stage is what a render is doing.
type Stage string

const (
	StageWait    Stage = "wait"    // another process renders to the same file
	StageOpen    Stage = "open"    // starting browsers, loading the film
	StageMedia   Stage = "media"   // picking video frames, mixing sound
	StageCapture Stage = "capture" // taking and encoding pictures
	StageFinish  Stage = "finish"  // closing the file, measuring it
)

// Progress says how far a render is.
type Progress struct {
	Stage  Stage
	Frame  int           // frames that are there, reused ones too
	Frames int           // frames of the film; 0 until its length is known
	Reused int           // frames that came from the cache
	Scene  string        // what the last frame taken shows
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
	Loudness      ffmpeg.Loudness // of the sound; zero without one
	Reused        int             // frames that came from the cache
	CaptureMode   string          // wayland, beginframe or screenshot
	Browser       string          // its name and version; "" when every frame was reused
	Warnings      []string        // what the page complained about or what was not rendered as written; one line each
}

// frameRate of a film that does not say.
const defaultFPS = 30

// ErrNoRuntime is returned when Options.Runtime is empty.
var ErrNoRuntime = errors.New("no HyperFrames runtime")

// Local renders the film whose entry page is entry (a slash path within src) to the file dst, or to the folder dst where
// that is the format. What has that name is replaced, at the end and only by a good one. When ctx ends, the browser and
// FFmpeg are killed and waited for, nothing is left behind, and the error is ctx's cause. Other errors:
// [*chrome.NotFound] and [*ffmpeg.NotFound] when a program is missing, [*NotReady] when the film does not load,
// [*chrome.HangError] and [chrome.ErrCrashed] when the browser fails, [*ForeignDir] when a folder holds something else,
// [*MismatchError] when the file is not what it should be.
func Local(ctx context.Context, src fs.FS, entry, dst string, o Options) (*Result, error) {
	j, err := newJob(ctx, src, entry, dst, o)
	if err != nil {
		return nil, err
	}
	var res *Result
	err = j.whole(ctx, "render", func(ctx context.Context) (err error) {
		res, err = j.run(ctx)
		return err
	})
	return res, err
}

// whole does all of a job, ends what it has started, and says in an error what could not be done.
func (j *job) whole(ctx context.Context, what string, work func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer j.close()
	err := work(ctx)
	if browserFailed(err) {
		err = &BrowserError{err}
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, j.entry, err)
	}
	return nil
}

// A job is one render under way.
type job struct {
	Options
	entry   string
	out     output // what becomes dst
	dir     *workdir.Dir
	tmp     string // its path
	tools   ffmpeg.Tools
	ways    []way
	way     way // the one that works, once a film is open
	canvas  canvas
	rate    ffmpeg.Rate
	encode  ffmpeg.Encode // of each piece, but for where to
	store   *cache.Store
	src     fs.FS
	files   func() (*folder, error) // all of src, read once
	server  *server
	first   *film          // open; the first worker takes it over
	product string         // the browser's name and version
	ffmpeg  string         // what FFmpeg says of itself
	scenes  []timedElement // where a page holds only some of them: see reel
	ends    map[string]int // frames that scenes end at; nil where a film is more than scenes
	about   *description
	pieces  []*piece
	clips   *clipSet
	sounds  *soundSet
	sound   sound
	report  *reporter

	patience patience

	mu       sync.Mutex // guards what follows
	restarts int
	moves    bool // it moves where its timelines say that nothing does
	notKept  bool // a piece could not be put into the cache
	warning  []string

	mediaWarnings []string // those that looking at the media made
}

// newJob makes a job whose file can be written.
func newJob(ctx context.Context, src fs.FS, entry, dst string, o Options) (*job, error) {
	j, err := checked(src, entry, o)
	if err != nil {
		return nil, err
	}
	notice := time.AfterFunc(noticeAfter, func() { j.report.stage(StageWait) })
	defer notice.Stop()
	j.out, err = createOutput(ctx, dst, j.Format)
	return j, err
}

// noticeAfter is how long a file may be waited for without a word.
const noticeAfter = time.Second

// checked makes a job after all checks that can be made before anything is started or written.
func checked(src fs.FS, entry string, o Options) (*job, error) {
	j := &job{Options: o, entry: entry, src: src, report: newReporter(o.Progress), store: o.Cache, clips: &clipSet{}, patience: patience{least: o.Patience}}
	j.files = sync.OnceValues(func() (*folder, error) { return readFolder(src, entry) })
	if len(o.Runtime) == 0 {
		return nil, ErrNoRuntime
	}
	if j.Workers < 0 || j.Workers > 16 {
		return nil, fmt.Errorf("%d workers: the number goes from 1 to 16", j.Workers)
	}
	if j.Scale == 0 {
		j.Scale = 1
	}
	if j.Scale < 1 || j.Scale > 4 {
		return nil, fmt.Errorf("scale %d: the number goes from 1 to 4", j.Scale)
	}
	j.moves = o.all
	if j.perPage == 0 {
		j.perPage = reelScenes
	}
	if j.store == nil {
		j.store = &cache.Store{}
	}
	var err error
	if j.canvas, err = readCanvas(src, entry); err != nil {
		return nil, err
	}
	if j.rate, err = chooseRate(o.FPS, j.canvas.rate); err != nil {
		return nil, err
	}
	if err := j.chooseFormat(); err != nil {
		return nil, err
	}
	if j.tools, err = ffmpeg.Find(o.FFmpeg); err != nil {
		return nil, err
	}
	if j.ways, err = ways(o.Browser, j.Format.Alpha()); err != nil {
		return nil, err
	}
	if j.ways[0].method == methodWayland && j.deep() {
		j.ways = j.ways[1:]
	}
	if o.method != "" {
		last := j.ways[len(j.ways)-1]
		asked := way{o.method, last.browser}
		if i := slices.IndexFunc(j.ways, func(w way) bool { return w.method == o.method }); i >= 0 {
			asked = j.ways[i]
		}
		j.ways = []way{asked, last}
	}
	return j, nil
}

// deep reports whether a film may have boxes in one space of three dimensions. The browser gives these layers of their
// own, which windows show one frame late now and then: see flatRule.
func (j *job) deep() bool {
	all, err := j.files() // an error will come again where it matters
	return err == nil && all.mentions("preserve-3d")
}

// chooseFormat sets how pieces are encoded.
func (j *job) chooseFormat() error {
	if j.Format == "" {
		j.Format = ffmpeg.MP4
	}
	if !slices.Contains(ffmpeg.Formats(), j.Format) {
		return fmt.Errorf("unknown format %q", j.Format)
	}
	if j.Quality == "" {
		j.Quality = "standard"
	}
	if all := ffmpeg.EncodeQualities(); !slices.Contains(all, j.Quality) {
		return fmt.Errorf("unknown quality %q: draft, standard or high", j.Quality)
	}
	j.rate = j.Format.Rate(j.rate)
	j.encode = ffmpeg.Encode{Format: j.Format, Quality: j.Quality, Width: j.canvas.width * j.Scale, Height: j.canvas.height * j.Scale, Rate: j.rate}
	if j.Format == ffmpeg.MP4 { // frames as package pixel makes them
		j.encode.Width, j.encode.Height = even(j.encode.Width), even(j.encode.Height)
	}
	return nil
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

// run is the render from start to end.
func (j *job) run(ctx context.Context) (*Result, error) {
	if err := j.begin("render"); err != nil {
		return nil, tempFull(err)
	}
	defer j.server.closeWith(ctx)()
	j.report.stage(StageOpen)
	todo, err := j.prepare(ctx)
	if err != nil {
		return nil, tempFull(err)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return j.makeSound(gctx) })
	g.Go(func() error { return j.pickPictures(gctx, todo) })
	g.Go(func() error { return j.shootAll(gctx, todo, (*worker).shoot) })
	j.report.stage(StageCapture)
	if err := g.Wait(); err != nil {
		return nil, tempFull(err)
	}
	return j.finish(ctx)
}

// begin makes the working folder, whose kind says what it is for, and serves the film.
func (j *job) begin(kind string) (err error) {
	if j.dir, err = workdir.New(kind); err != nil {
		return err
	}
	j.tmp = j.dir.Path()
	j.readScenes()
	j.server, err = serve(j.src, j.entry, j.canvas, j.Runtime, j.tmp)
	return err
}

// prepare finds out what has to be made and gets ready to make it. A film of which everything is kept needs no browser.
func (j *job) prepare(ctx context.Context) (todo []*piece, err error) {
	if frames, err := declaredFrames(j.src, j.entry, j.rate); err == nil && j.knowSetup() {
		if err := j.cut(ctx, frames); err != nil {
			return nil, err
		}
		if todo = j.takeKept(); len(todo) == 0 && j.takeSound(j.soundKey()) {
			return nil, nil
		}
	}
	product, method := j.product, j.way.method
	at := firstFrame(j.From, j.rate)
	if len(todo) > 0 {
		at = todo[0].First
	}
	if err := j.open(ctx, at); err != nil {
		return nil, err
	}
	if j.pieces == nil || j.product != product || j.way.method != method {
		frames := frameCount(j.about.Duration, j.rate)
		if frames > maxFrames {
			return nil, fmt.Errorf("the film has %d frames; the most is %d", frames, maxFrames)
		}
		if err := j.cut(ctx, frames); err != nil {
			return nil, err
		}
		todo = j.takeKept()
	}
	j.report.stage(StageMedia)
	err = j.prepareMedia(ctx)
	if browserFailed(err) && j.mayRestart() { // only the last step needs one: workers start their own
		j.first.close()
		j.first, err = nil, nil
	}
	return todo, err
}

// open opens the film in a browser, near a frame, in the best way that works. It is settled here, for the whole film. A film
// that is not ready would not be in another browser either.
func (j *job) open(ctx context.Context, frame int) (err error) {
	for i, w := range j.ways {
		err = j.openWay(ctx, w, frame)
		if browserFailed(err) && ctx.Err() == nil && j.mayRestart() { // by accident?
			err = j.openWay(ctx, w, frame)
		}
		var notReady *NotReady
		var full *DiskFullError
		if err == nil || ctx.Err() != nil || errors.As(err, &notReady) || errors.As(err, &full) {
			return err
		}
		if i < len(j.ways)-1 {
			j.warn("pictures are not taken by way of %s: %v", w.method, err)
		}
	}
	return err
}

// openWay opens the film in one way and reads it.
func (j *job) openWay(ctx context.Context, w way, frame int) (err error) {
	j.way = w
	if j.first, err = j.openFilm(ctx, w, j.reelOf(span{frame, frame + 1})); err != nil {
		return err
	}
	j.product = j.first.browser.Product()
	if j.about, err = j.read(ctx, j.first); err != nil {
		j.first.close()
		j.first = nil
	}
	return err
}

// segments cuts the film into segments. The browser and the way of capture must be known.
func (j *job) segments(ctx context.Context, frames int) ([]Segment, error) {
	var err error
	if j.ffmpeg, err = j.tools.Version(ctx); err != nil {
		return nil, err
	}
	variables, err := json.Marshal(j.variables())
	if err != nil {
		return nil, fmt.Errorf("variables: %w", err)
	}
	part, err := j.part(frames)
	if err != nil {
		return nil, err
	}
	all, err := j.files()
	if err != nil {
		return nil, err
	}
	return cut(j.src, all, j.rate, frames, part, []Input{
		{Name: "the browser", Hash: j.product}, {Name: "the way of capture", Hash: j.way.key()}, {Name: "the video's settings", Hash: j.encode.Key()},
		{Name: "FFmpeg", Hash: sum([]byte(j.ffmpeg))}, {Name: "the HyperFrames runtime", Hash: sum(j.Runtime)}, {Name: "values of variables", Hash: string(variables)},
	})
}

// part returns the frames that are asked for, of all that the film has.
func (j *job) part(frames int) (span, error) {
	s := span{0, frames}
	if j.From > 0 {
		s.first = firstFrame(j.From, j.rate)
	}
	if j.To > 0 {
		s.end = min(frames, firstFrame(j.To, j.rate))
	}
	if j.From < 0 || j.To < 0 || s.first >= s.end {
		return s, fmt.Errorf("nothing of the film lies between %g s and %g s: it has %.3f s", j.From, j.To, j.rate.Time(frames))
	}
	return s, nil
}

// cut cuts the film into pieces.
func (j *job) cut(ctx context.Context, frames int) error {
	all, err := j.segments(ctx, frames)
	if err != nil {
		return err
	}
	j.pieces = nil
	for i, s := range all {
		j.pieces = append(j.pieces, &piece{Segment: s, file: j.pieceFile(i)})
	}
	j.report.length(j.length())
	return nil
}

// length returns how many frames are asked for.
func (j *job) length() int { return j.pieces[len(j.pieces)-1].End - j.pieces[0].First }

// close ends everything that was started, waits for it and removes what is not the result.
func (j *job) close() {
	if j.first != nil {
		j.first.close()
	}
	if j.server != nil {
		j.server.Close()
	}
	if j.dir != nil {
		j.dir.Close()
	}
	if j.out != nil {
		j.out.Close()
	}
}

// finish joins and measures the file and gives it its name.
func (j *job) finish(ctx context.Context) (*Result, error) {
	j.report.stage(StageFinish)
	dir := filepath.Dir(j.out.Name())
	if err := j.join(ctx); err != nil {
		return nil, outFull(err, dir)
	}
	res, err := j.verify(ctx)
	if err != nil {
		err = outFull(err, dir)
		if wrong, ok := err.(*MismatchError); ok {
			j.reject(wrong)
		}
		return nil, err
	}
	res.CaptureMode = string(j.way.method)
	res.Browser = j.product
	for _, p := range j.pieces {
		if p.reused {
			res.Reused += p.End - p.First
		}
	}
	res.Warnings = unique(j.warning)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := j.out.Commit(); err != nil {
		return nil, outFull(err, dir)
	}
	j.note(j.report.speed())
	return res, nil
}

// hear keeps what a page complained about.
func (j *job) hear(f *film) {
	for _, e := range f.page.Events() {
		if e.Level != "info" && e.Level != "debug" && !driverAdvice(e) {
			j.warn("%s", strings.ReplaceAll(e.String(), j.server.origin()+"/", ""))
		}
	}
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
