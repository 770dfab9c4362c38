package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// localFlags are the flags of commands that render on this machine.
type localFlags struct {
	workers  int
	noCache  bool
	loudness string
	watch    bool
}

// usualLoudness is what films on the web are brought to, in LUFS.
const usualLoudness = -14

func (f *localFlags) add(c *cobra.Command) {
	c.Flags().IntVar(&f.workers, "workers", 0, "here: browsers side by side, 1 to 16; the file is the same (default: as many as keep its cores busy, at most 4)")
	c.Flags().BoolVar(&f.noCache, "no-cache", false, "here: render everything, and keep nothing for the next time")
	c.Flags().StringVar(&f.loudness, "loudness", "", "here: loudness of the sound in LUFS, or off to leave it as it is (default -14)")
	complete(c, "loudness", []string{"-14", "-16", "-23", "off"})
}

// localOnly are the flags of render that mean nothing on HeyGen's cloud.
var localOnly = []string{"scene", "range", "workers", "no-cache", "loudness", "watch"}

func (f *localFlags) check(c *cobra.Command) error {
	if c.Flags().Changed("workers") && (f.workers < 1 || f.workers > 16) {
		return usageError{c, fmt.Errorf("workers %d is not from 1 to 16", f.workers)}
	}
	if _, err := f.lufs(); err != nil {
		return usageError{c, err}
	}
	return nil
}

// lufs returns the loudness that is asked for, 0 = as it is.
func (f *localFlags) lufs() (float64, error) {
	switch f.loudness {
	case "":
		return usualLoudness, nil
	case "off":
		return 0, nil
	}
	n, err := strconv.ParseFloat(f.loudness, 64)
	if err != nil || !(n >= -40 && n <= -5) {
		return 0, hinted{fmt.Errorf("loudness %q is not from -40 to -5", f.loudness), "write LUFS, such as -14, or off"}
	}
	return n, nil
}

// localOptions returns how a film is rendered on this machine, from the flags and the film.
func (f *renderFlags) localOptions(c *cobra.Command, film *hframes.Film) (render.Options, error) {
	o := render.Options{FPS: f.fps, Quality: f.quality, Workers: f.local.workers, NoSandbox: os.Getenv("HFRAMES_NO_SANDBOX") == "1"}
	if text := os.Getenv("HFRAMES_PATIENCE"); text != "" {
		var err error
		if o.Patience, err = time.ParseDuration(text); err != nil || o.Patience <= 0 {
			return o, hinted{fmt.Errorf("HFRAMES_PATIENCE is %q", text), "write a time such as 90s or 2m"}
		}
	}
	if comp := film.Composition; comp != nil {
		o.Quality = cmp.Or(o.Quality, comp.Output.Quality)
		o.FPS = cmp.Or(o.FPS, comp.Timeline.FPS)
	}
	o.Quality = cmp.Or(os.Getenv("HFRAMES_ENCODER"), o.Quality) // to measure with: one of ffmpeg.EncodeQualities
	format, err := f.chooseFormat(c, film)
	if err != nil {
		return o, err
	}
	o.Format = ffmpeg.Format(format)
	if !o.Format.Sound() && f.local.loudness != "" && f.local.loudness != "off" {
		return o, usageError{c, hinted{fmt.Errorf("--loudness: a film in %s has no sound", format), "drop it, or choose mp4, webm or mov"}}
	}
	if o.Loudness, err = f.local.lufs(); err != nil {
		return o, usageError{c, err}
	}
	if resolution := f.chooseResolution(film); resolution != "" {
		facts, err := render.About(film.Bundle.FS(), film.Bundle.Entry)
		if err != nil {
			return o, err
		}
		if o.Scale, err = scaleTo(resolution, facts.Width, facts.Height); err != nil {
			return o, f.wrongResolution(c, film, err)
		}
	}
	o.From, o.To, err = f.part.window(c, film, o.FPS)
	return o, err
}

// wrongResolution says who asked for the resolution that a film cannot have: the flag, or a line of the deck.
func (f *renderFlags) wrongResolution(c *cobra.Command, film *hframes.Film, err error) error {
	if f.resolution != "" {
		return usageError{c, err}
	}
	doc := film.Composition.Doc
	return source.List{doc.File.AtPos(doc.Meta.Pos["output.resolution"], source.Pos{}, "render/resolution", err.Error()).WithHint(hintOf(err))}
}

// scaleTo returns how many times larger a film has to be made for a resolution: its shorter side has 1080 or 2160 px
// then, or its longer one 1920 or 3840.
func scaleTo(resolution string, width, height int) (int, error) {
	short, long := 1080, 1920
	if resolution == "4k" {
		short, long = 2*short, 2*long
	}
	for scale := 1; scale <= 4; scale++ {
		if min(width, height)*scale == short || max(width, height)*scale == long {
			return scale, nil
		}
	}
	return 0, hinted{fmt.Errorf("resolution %s: the film is %dx%d, and no whole number makes that of it", resolution, width, height),
		"a film is drawn 1 to 4 times as large as it was written: one of 1920x1080 makes both 1080p and 4k; --size builds a deck in another size"}
}

// keep says where a render keeps what the next one can use.
func keep(o *render.Options, p *hframes.Project) (err error) {
	if o.Cache, err = hframes.Segments(""); err != nil {
		return err
	}
	o.Notes.Film = filepath.Join(p.Dir, filepath.FromSlash(p.Entry))
	if o.From > 0 || o.To > 0 { // not to be taken for what is known of the whole film
		o.Notes.Film += fmt.Sprintf(" %g-%g", o.From, o.To)
	}
	o.Notes.Dir, err = hframes.Notes("")
	return err
}

// rendered is the JSON document of a local render.
type rendered struct {
	Output      string      `json:"output"`
	Format      string      `json:"format"`
	Frames      int         `json:"frames"`
	Reused      int         `json:"reused"` // frames that came from the cache
	FPS         float64     `json:"fps"`
	Width       int         `json:"width"`
	Height      int         `json:"height"`
	Seconds     float64     `json:"seconds"`
	Bytes       int64       `json:"bytes"`
	Audio       bool        `json:"audio"`
	Loudness    *float64    `json:"loudness"` // LUFS; null = silence, or no sound
	Elapsed     float64     `json:"elapsed"`
	Capture     string      `json:"capture"`
	Browser     string      `json:"browser,omitempty"` // that took the pictures, now or when they were kept
	Diagnostics source.List `json:"diagnostics"`
	Warnings    []string    `json:"warnings,omitempty"`
}

func (f *renderFlags) onLocal(ctx context.Context, c *cobra.Command, t *terminal, p *hframes.Project, film *hframes.Film, vars map[string]any, unknown []string) error {
	began := time.Now()
	o, err := f.localOptions(c, film)
	if err != nil {
		return err
	}
	o.Variables = vars
	if !f.local.noCache {
		if err := keep(&o, p); err != nil {
			return err
		}
	}
	out := f.out
	if out == "" {
		out = f.localOutput(p, film, o.Format)
	}
	if err := f.spareOutput(p, film, out, o.Format); err != nil {
		return err
	}
	if o.Runtime, err = p.Runtime(ctx); err != nil {
		return err
	}
	o.Progress = func(s render.Progress) { t.progress(progressLine(s), s.Stage == render.StageFinish) }
	res, err := render.Local(ctx, film.Bundle.FS(), film.Bundle.Entry, out, o)
	if err != nil {
		return advised(err, out)
	}
	res.Warnings = append(unknown, res.Warnings...)
	if w := soundless(film, o.Format); w != "" {
		res.Warnings = append(res.Warnings, w)
	}
	for _, w := range res.Warnings {
		t.note("warning: %s", w)
	}
	t.note("%s", madeLine(res, time.Since(began)))
	doc := rendered{Output: out, Format: string(o.Format), Frames: res.Frames, Reused: res.Reused, FPS: res.FPS, Width: res.Width, Height: res.Height,
		Seconds: res.Duration, Bytes: res.Size, Audio: res.Audio, Elapsed: time.Since(began).Seconds(), Capture: res.CaptureMode, Browser: res.Browser,
		Diagnostics: orEmpty(film.Diagnostics), Warnings: res.Warnings}
	if res.Audio && !res.Loudness.Silent {
		doc.Loudness = &res.Loudness.Integrated
	}
	return t.result(out, doc)
}

// soundless says that a film's sound is not in a format that has none.
func soundless(film *hframes.Film, format ffmpeg.Format) string {
	if facts, err := render.About(film.Bundle.FS(), film.Bundle.Entry); err != nil || !facts.Audio || format.Sound() {
		return ""
	}
	return fmt.Sprintf("the film's sound is left out: %s has none", format)
}

// madeLine tells what a render made, and what of it was there before.
func madeLine(res *render.Result, took time.Duration) string {
	s := fmt.Sprintf("%d frames, %.3f s, %s in %s", res.Frames, res.Duration, bytesOf(res.Size), took.Round(100*time.Millisecond))
	if res.Reused > 0 {
		s += fmt.Sprintf("; %s reused", share(res.Reused, res.Frames))
	}
	switch {
	case !res.Audio:
	case res.Loudness.Silent:
		s += "; silent"
	default:
		s += fmt.Sprintf("; %.1f LUFS", res.Loudness.Integrated)
	}
	return s
}

// share writes a part of a number in per cent: 100 is all of it and 0 nothing.
func share(part, whole int) string {
	percent := 100 * part / max(whole, 1)
	if percent == 0 && part > 0 {
		percent = 1
	}
	return fmt.Sprintf("%d%%", percent)
}

// progressLine tells how far a render is.
func progressLine(s render.Progress) string {
	if s.Stage == render.StageWait {
		return "wait  another process renders to this file"
	}
	if s.Frames == 0 {
		return string(s.Stage)
	}
	line := fmt.Sprintf("%s  frame %d/%d  %3.0f%%", s.Stage, s.Frame, s.Frames, math.Floor(100*float64(s.Frame)/float64(s.Frames)))
	if s.FPS > 0 {
		line += fmt.Sprintf("  %.1f fps", s.FPS)
	}
	if left := int(s.ETA.Round(time.Second).Seconds()); left > 0 {
		line += fmt.Sprintf("  ETA %d:%02d", left/60, left%60)
	}
	if s.Reused > 0 {
		line += "  " + share(s.Reused, s.Frames) + " reused"
	}
	if s.Scene != "" && s.Stage == render.StageCapture {
		line += "  " + oneLine(s.Scene)
	}
	return line
}

// outputName returns the file that a film is rendered to when the command line names none.
func outputName(p *hframes.Project, film *hframes.Film, format string) string {
	return filmName(p, film) + "." + format
}

func filmName(p *hframes.Project, film *hframes.Film) string {
	if c := film.Composition; c != nil && c.Output.Name != "" {
		return strings.TrimSuffix(c.Output.Name, filepath.Ext(c.Output.Name))
	}
	return nameOf(p)
}

// localOutput is outputName for a film that may be a part, or a folder of pictures.
func (f *renderFlags) localOutput(p *hframes.Project, film *hframes.Film, format ffmpeg.Format) string {
	name := filmName(p, film)
	if part := fileName(f.part.label()); part != "" {
		name += "-" + part
	}
	if format == ffmpeg.PNG {
		return name + "-frames"
	}
	return name + "." + string(format)
}

// spareOutput is spareFile for what may be a folder of pictures.
func (f *renderFlags) spareOutput(p *hframes.Project, film *hframes.Film, out string, format ffmpeg.Format) error {
	if format == ffmpeg.PNG {
		return spareFolder(p, out)
	}
	return spareFile(p, film, out)
}

// advised adds to an error of a render what can be done about it, where the error itself cannot know.
func advised(err error, out string) error {
	if hintOf(err) != "" {
		return err
	}
	switch {
	case errors.Is(err, os.ErrPermission):
		return hinted{err, fmt.Sprintf("write to a folder of yours: -o %s", filepath.Join(os.TempDir(), filepath.Base(out)))}
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return hinted{err, "make room on the disk, name another with -o or TMPDIR, or make room in the cache: hframes cache clear"}
	}
	var late *render.NotReady
	if errors.As(err, &late) {
		return hinted{err, "hframes preview shows the page with its messages"}
	}
	return err
}
