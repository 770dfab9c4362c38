package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// What the flags take. HeyGen's words are its API's (heygen-api §6.1).
var (
	places      = []string{"heygen", "local"}
	qualities   = []string{"draft", "standard", "high"}
	formats     = []string{"mp4", "webm", "mov"}
	resolutions = []string{"1080p", "4k"}
)

// renderFlags are the flags of render.
type renderFlags struct {
	deckFlags
	on, out, quality string
	byDefault        bool // nobody said where
	fps              int
	composition      string
	vars             []string
	varsFile         string
	cloud            cloudFlags
}

func renderCommand(t *terminal) *cobra.Command {
	var f renderFlags
	c := &cobra.Command{
		Use:   "render [DECK]",
		Short: "Make the video",
		Long: `render builds a deck, or takes a HyperFrames folder, and makes the video: on HeyGen's cloud, or on this machine
with headless Chromium and FFmpeg. The file appears whole or not at all, and is verified before it does.

On HeyGen a render costs money, so that the same film is never paid for twice: what was asked for is kept in a
journal, and the same command, run again after a crash, a cut line or days, goes on where it was. --dry-run tells
what would be sent and what it would cost; files that .hframesignore names are not sent.

Where the system gives Chromium no sandbox, HFRAMES_NO_SANDBOX=1 in the environment starts it without one: only
for films that you trust.`,
		Example: `  hframes render film --on local -o film.mp4
  hframes render film --on heygen --resolution 4k --max-cost 1.50`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error { return f.run(c, t, words) },
	}
	f.add(c)
	c.Flags().StringVar(&f.on, "on", "", "where to render: heygen, which costs money, or local (default: heygen where a key is found, else local)")
	c.Flags().StringVarP(&f.out, "output", "o", "", "file to write (default: the deck's name with .mp4)")
	f.addFilm(c)
	complete(c, "on", places)
	f.cloud.add(c)
	return c
}

// addFilm adds the flags that say what the film is, wherever it is rendered.
func (f *renderFlags) addFilm(c *cobra.Command) {
	c.Flags().StringVar(&f.quality, "quality", "", "draft, standard or high (default: the deck's, else standard)")
	c.Flags().IntVar(&f.fps, "fps", 0, "frames a second (default: the deck's)")
	c.Flags().StringVarP(&f.composition, "composition", "c", "", "page of a HyperFrames folder to render, as seen from there (default: index.html)")
	c.Flags().StringArrayVar(&f.vars, "var", nil, "value of a variable, name=value; may be given again")
	c.Flags().StringVar(&f.varsFile, "vars", "", "JSON file with an object of values of variables; --var goes over it")
	complete(c, "quality", qualities)
}

// check looks at the flags.
func (f *renderFlags) check(c *cobra.Command) error {
	if err := oneOf(c, "place to render", f.on, places); err != nil {
		return err
	}
	if err := f.checkFilm(c); err != nil {
		return err
	}
	return f.cloud.check(c)
}

func (f *renderFlags) checkFilm(c *cobra.Command) error {
	if err := oneOf(c, "quality", f.quality, qualities); err != nil {
		return err
	}
	if f.fps < 0 || f.fps > 240 {
		return usageError{c, fmt.Errorf("fps %d is not from 1 to 240", f.fps)}
	}
	return nil
}

// choose decides where to render, where nobody said so: on HeyGen if there is a key for it.
func (f *renderFlags) choose() error {
	if f.on != "" {
		return nil
	}
	f.on, f.byDefault = "local", true
	found, err := f.cloud.key.exists()
	if found {
		f.on = "heygen"
	}
	return err
}

func (f *renderFlags) run(c *cobra.Command, t *terminal, words []string) error {
	if err := f.check(c); err != nil {
		return err
	}
	if err := f.choose(); err != nil {
		return err
	}
	if f.byDefault && f.cloud.dryRun { // which is of HeyGen, and needs no key
		f.on = "heygen"
	}
	if f.on == "local" {
		if flag := f.cloud.used(c); flag != "" {
			return usageError{c, hinted{fmt.Errorf("--%s is for HeyGen's cloud", flag), "add --on heygen"}}
		}
	}
	f.page = f.composition
	p, err := f.open(c, words)
	if err != nil {
		return err
	}
	defer p.Close()
	film, err := f.build(c, t, p)
	if err != nil {
		return err
	}
	vars, unknown, err := f.values(c, film)
	if err != nil {
		return err
	}
	if f.on == "heygen" {
		return f.onHeyGen(c, t, p, film, vars, unknown)
	}
	return f.onLocal(c, t, p, film, vars, unknown)
}

// oneOf returns a usage error unless value is "" or one of known.
func oneOf(c *cobra.Command, kind, value string, known []string) error {
	if value == "" || slices.Contains(known, value) {
		return nil
	}
	return usageError{c, hinted{fmt.Errorf("unknown %s %q", kind, value), source.DidYouMean(value, known)}}
}

// rendered is the JSON document of a local render.
type rendered struct {
	Output      string      `json:"output"`
	Frames      int         `json:"frames"`
	FPS         float64     `json:"fps"`
	Width       int         `json:"width"`
	Height      int         `json:"height"`
	Seconds     float64     `json:"seconds"`
	Bytes       int64       `json:"bytes"`
	Elapsed     float64     `json:"elapsed"`
	Capture     string      `json:"capture"`
	Diagnostics source.List `json:"diagnostics"`
	Warnings    []string    `json:"warnings,omitempty"`
}

func (f *renderFlags) onLocal(c *cobra.Command, t *terminal, p *hframes.Project, film *hframes.Film, vars map[string]any, unknown []string) error {
	ctx, began := c.Context(), time.Now()
	o, err := f.localOptions(film)
	if err != nil {
		return err
	}
	if err := keep(&o, p); err != nil {
		return err
	}
	o.Variables = vars
	format, err := f.format(c, film)
	if err != nil {
		return err
	}
	if format != "mp4" {
		return usageError{c, hinted{fmt.Errorf("on this machine films are rendered to mp4, not to %s", format), "name a .mp4 file, or add --on heygen"}}
	}
	out := f.out
	if out == "" {
		out = outputName(p, film, format)
	}
	if err := spareFile(p, film, out); err != nil {
		return err
	}
	if o.Runtime, err = p.Runtime(ctx); err != nil {
		return err
	}
	o.Progress = func(s render.Progress) { t.progress(progressLine(s), s.Stage == render.StageFinish) }
	res, err := render.Local(ctx, film.Bundle.FS(), film.Bundle.Entry, out, o)
	if err != nil {
		return err
	}
	res.Warnings = append(unknown, res.Warnings...)
	for _, w := range res.Warnings {
		t.note("warning: %s", w)
	}
	t.note("%d frames, %.3f s, %.1f MB in %s", res.Frames, res.Duration, float64(res.Size)/1e6, time.Since(began).Round(100*time.Millisecond))
	return t.result(out, rendered{out, res.Frames, res.FPS, res.Width, res.Height, res.Duration, res.Size,
		time.Since(began).Seconds(), res.CaptureMode, orEmpty(film.Diagnostics), res.Warnings})
}

// localOptions returns how a film is rendered on this machine, from the flags and the film.
func (f *renderFlags) localOptions(film *hframes.Film) (render.Options, error) {
	o := render.Options{FPS: f.fps, Quality: f.quality, NoSandbox: os.Getenv("HFRAMES_NO_SANDBOX") == "1"}
	c := film.Composition
	if c == nil {
		return o, nil
	}
	if format := c.Output.Format; format != "" && format != "mp4" {
		return o, hinted{fmt.Errorf("the deck asks for %s", format), "on this machine films are rendered to mp4; --on heygen makes the others"}
	}
	if o.Quality == "" {
		o.Quality = c.Output.Quality
	}
	if o.FPS == 0 {
		o.FPS = c.Timeline.FPS
	}
	return o, nil
}

// outputName returns the file that a film is rendered to when the command line names none.
func outputName(p *hframes.Project, film *hframes.Film, format string) string {
	name := nameOf(p)
	if c := film.Composition; c != nil && c.Output.Name != "" {
		name = strings.TrimSuffix(c.Output.Name, filepath.Ext(c.Output.Name))
	}
	return name + "." + format
}

func progressLine(s render.Progress) string {
	if s.Frames == 0 {
		return string(s.Stage)
	}
	line := fmt.Sprintf("%s  frame %d/%d  %3.0f%%  %.1f fps", s.Stage, s.Frame, s.Frames, 100*float64(s.Frame)/float64(s.Frames), s.FPS)
	if left := int(s.ETA.Round(time.Second).Seconds()); left > 0 {
		line += fmt.Sprintf("  ETA %d:%02d", left/60, left%60)
	}
	return line
}
