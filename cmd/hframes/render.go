package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// What --on and --quality take.
var (
	places    = []string{"local"}
	qualities = []string{"draft", "standard", "high"}
)

func renderCommand(t *terminal) *cobra.Command {
	var f deckFlags
	var on, out, quality string
	var fps int
	var vars []string
	c := &cobra.Command{
		Use:   "render [DECK]",
		Short: "Make the MP4",
		Long: `render builds a deck, or takes a HyperFrames folder, and makes the MP4 on this machine with headless Chromium
and FFmpeg. The file appears whole or not at all, and is verified before it does.

Where the system gives Chromium no sandbox, HFRAMES_NO_SANDBOX=1 in the environment starts it without one: only
for films that you trust.`,
		Example: "  hframes render film --on local -o film.mp4",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			if !slices.Contains(places, on) {
				return usageError{c, hinted{fmt.Errorf("unknown place to render %q", on), source.DidYouMean(on, places)}}
			}
			if quality != "" && !slices.Contains(qualities, quality) {
				return usageError{c, hinted{fmt.Errorf("unknown quality %q", quality), source.DidYouMean(quality, qualities)}}
			}
			if fps < 0 || fps > 240 {
				return usageError{c, fmt.Errorf("fps %d is not from 1 to 240", fps)}
			}
			p, err := f.open(c, words)
			if err != nil {
				return err
			}
			defer p.Close()
			return renderDeck(c, t, p, f, out, vars, render.Options{FPS: fps, Quality: quality, NoSandbox: os.Getenv("HFRAMES_NO_SANDBOX") == "1"})
		},
	}
	f.add(c)
	c.Flags().StringVar(&on, "on", "local", "where to render: local")
	c.Flags().StringVarP(&out, "output", "o", "", "file to write (default: the deck's name with .mp4)")
	c.Flags().StringVar(&quality, "quality", "", "draft, standard or high (default: the deck's, else standard)")
	c.Flags().StringArrayVar(&vars, "var", nil, "value of a variable, name=value; may be given again")
	complete(c, "on", places)
	complete(c, "quality", qualities)
	c.Flags().IntVar(&fps, "fps", 0, "frames a second (default: the deck's)")
	return c
}

// rendered is render's JSON document.
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

func renderDeck(c *cobra.Command, t *terminal, p *hframes.Project, f deckFlags, out string, vars []string, o render.Options) error {
	ctx, began := c.Context(), time.Now()
	film, err := f.build(c, t, p)
	if err != nil {
		return err
	}
	var unknown []string
	if o.Variables, unknown, err = values(c, film, vars); err != nil {
		return err
	}
	if c := film.Composition; c != nil {
		if o.Quality == "" {
			o.Quality = c.Output.Quality
		}
		if format := c.Output.Format; format != "" && format != "mp4" {
			return hinted{fmt.Errorf("the deck asks for %s", format), "on this machine films are rendered to mp4"}
		}
		if out == "" && c.Output.Name != "" {
			out = strings.TrimSuffix(c.Output.Name, ".mp4") + ".mp4"
		}
	}
	if out == "" {
		out = nameOf(p) + ".mp4"
	}
	if err := spareFile(p, film, out); err != nil {
		return err
	}
	if o.FPS == 0 && film.Composition != nil {
		o.FPS = film.Composition.Timeline.FPS
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

// values reads name=value pairs, as the types that the film declares. A deck must declare the name; a HyperFrames folder
// may read others, so that they are text and, beside a declaration, a warning.
func values(c *cobra.Command, film *hframes.Film, pairs []string) (out map[string]any, warnings []string, err error) {
	declared, err := render.Variables(film.Bundle.FS(), film.Bundle.Entry)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, v := range declared {
		names = append(names, v.ID)
	}
	out = map[string]any{}
	for _, pair := range pairs {
		name, text, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, nil, usageError{c, hinted{fmt.Errorf("%q is not name=value", pair), "write --var accent=#d4370a"}}
		}
		switch i := slices.Index(names, name); {
		case i >= 0:
			if out[name], err = declared[i].Value(text); err != nil {
				return nil, nil, usageError{c, err}
			}
		case film.Composition != nil:
			return nil, nil, usageError{c, hinted{fmt.Errorf("the deck has no variable %q", name), source.DidYouMean(name, names)}}
		default:
			out[name] = text
			if len(names) > 0 {
				warnings = append(warnings, fmt.Sprintf("the film declares no variable %q; %s", name, source.DidYouMean(name, names)))
			}
		}
	}
	return out, warnings, nil
}
