package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/git"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

func planCommand(t *terminal) *cobra.Command {
	f := renderFlags{on: "local"}
	c := &cobra.Command{
		Use:   "plan [DECK] | plan REVISION REVISION [DECK]",
		Short: "Show what a render would make, and why",
		Long: `plan shows which parts of a film the next render on this machine makes, why, and which ones it finds in the cache
because nothing in them has changed since. It starts no browser and writes nothing.

With two revisions of the git repository that the deck is in, it shows what has to be rendered of the second when the
first is rendered already.`,
		Example: "  hframes plan film\n  hframes plan HEAD~1 HEAD film --json",
		Args:    args(cobra.MaximumNArgs(3)),
		RunE: func(c *cobra.Command, words []string) error {
			if err := f.checkFilm(c); err != nil {
				return err
			}
			f.page = f.composition
			if len(words) < 2 {
				return f.plan(c, t, words)
			}
			return f.planBetween(c, t, words[0], words[1], words[2:])
		},
	}
	f.add(c)
	f.addFilm(c)
	return c
}

// plan shows what the next render would do.
func (f *renderFlags) plan(c *cobra.Command, t *terminal, words []string) error {
	p, film, o, err := f.localFilm(c, t, words)
	if err != nil {
		return err
	}
	defer p.Close()
	out, err := render.Plan(c.Context(), film.Bundle.FS(), film.Bundle.Entry, o)
	if err != nil {
		return err
	}
	return t.planned(out, film.Diagnostics, "reuse")
}

// localFilm builds a deck and returns how it is rendered on this machine. The caller closes p where there is no error.
func (f *renderFlags) localFilm(c *cobra.Command, t *terminal, words []string) (p *hframes.Project, film *hframes.Film, o render.Options, err error) {
	if p, err = f.open(c, words); err != nil {
		return
	}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if film, err = f.build(c, t, p); err != nil {
		return
	}
	if o, err = f.localOptions(c, film); err != nil {
		return
	}
	var unknown []string
	if o.Variables, unknown, err = f.values(c, film); err != nil {
		return
	}
	for _, w := range unknown {
		t.note("warning: %s", w)
	}
	if err = keep(&o, p); err != nil {
		return
	}
	o.Runtime, err = p.Runtime(c.Context())
	return
}

// planBetween shows what of a revision is new to one that is rendered.
func (f *renderFlags) planBetween(c *cobra.Command, t *terminal, from, to string, words []string) error {
	tmp, err := os.MkdirTemp("", "hframes-plan-")
	if err != nil {
		return fmt.Errorf("make a working folder: %w", err)
	}
	defer os.RemoveAll(tmp)
	var films [2]*hframes.Film
	var o render.Options
	for i, revision := range []string{from, to} {
		path, err := checkout(c, revision, words, filepath.Join(tmp, fmt.Sprint(i)))
		if err != nil {
			return err
		}
		p, film, options, err := f.localFilm(c, t, []string{path})
		if err != nil {
			return fmt.Errorf("revision %s: %w", revision, err)
		}
		defer p.Close()
		films[i], o = film, options
	}
	old, film := films[0].Bundle, films[1].Bundle
	out, err := render.Compare(c.Context(), old.FS(), old.Entry, film.FS(), film.Entry, o)
	if err != nil {
		return err
	}
	return t.planned(out, films[1].Diagnostics, "same")
}

// checkout writes the deck as it was in a revision to a new folder, and returns its path there. Packages that the
// project has beside it, which no repository holds, are those of today.
func checkout(c *cobra.Command, revision string, words []string, dst string) (string, error) {
	path := "."
	if len(words) > 0 {
		path = words[0]
	}
	dir, name := path, ""
	info, err := os.Stat(path)
	if err != nil {
		return "", &hframes.NotFound{Path: path, Reason: "no such file or folder", Advice: "name the deck as it is called today"}
	}
	if !info.IsDir() {
		dir, name = filepath.Split(path)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	if err := os.Mkdir(dst, 0o700); err != nil {
		return "", err
	}
	err = git.Export(c.Context(), dir, revision, dst)
	if errors.Is(err, git.ErrNotInstalled) {
		return "", hinted{err, "revisions are read with git; install it, or plan without revisions"}
	}
	if err != nil {
		return "", err
	}
	packages := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(packages); err == nil {
		if err := os.Symlink(packages, filepath.Join(dst, "node_modules")); err != nil && !errors.Is(err, os.ErrExist) {
			return "", err
		}
	}
	return filepath.Join(dst, name), nil
}

// outlined is plan's JSON document. Lengths are in seconds.
type outlined struct {
	Width       int             `json:"width"`
	Height      int             `json:"height"`
	FPS         float64         `json:"fps"`
	Render      part            `json:"render"`
	Reuse       part            `json:"reuse"`
	Estimate    estimate        `json:"estimate"`
	Cloud       *cloud.Estimate `json:"heygen"` // null: HeyGen does not render this shape
	Segments    []outlinedStep  `json:"segments"`
	Diagnostics source.List     `json:"diagnostics"`
}

type part struct {
	Frames   int     `json:"frames"`
	Seconds  float64 `json:"seconds"`
	Segments int     `json:"segments"`
}

type estimate struct {
	Seconds  float64 `json:"seconds"`
	FPS      float64 `json:"frames_per_second"`
	Measured bool    `json:"measured"` // by the last render on this machine
}

type outlinedStep struct {
	render.Segment
	Seconds float64  `json:"seconds"`
	Reused  bool     `json:"reused"`
	Why     []string `json:"why"`
}

// planned prints an outline. reuse is what is said of a segment that need not be made.
func (t *terminal) planned(o *render.Outline, list source.List, reuse string) error {
	d := outlined{Width: o.Width, Height: o.Height, FPS: o.FPS, Segments: []outlinedStep{}, Diagnostics: orEmpty(list)}
	for _, s := range o.Steps {
		seconds := float64(s.End-s.First) / o.FPS
		p := &d.Render
		if s.Reused {
			p = &d.Reuse
		}
		p.Frames, p.Seconds, p.Segments = p.Frames+s.End-s.First, p.Seconds+seconds, p.Segments+1
		s.Shows, s.Inputs = orNone(s.Shows), orNone(s.Inputs)
		d.Segments = append(d.Segments, outlinedStep{s.Segment, seconds, s.Reused, orNone(s.Why)})
	}
	d.Estimate = estimate{float64(d.Render.Frames) / o.Rate, o.Rate, o.Measured}
	if _, err := shape(o.Width, o.Height); err == nil {
		price := cloud.Price(float64(o.Frames)/o.FPS, "", int(o.FPS))
		d.Cloud = &price
	}
	return t.result(planText(o, d, reuse), d)
}

func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func planText(o *render.Outline, d outlined, reuse string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SCENE\tSTART\tLENGTH\tDO\tWHY")
	at := func(frame int) string { return clock(time.Duration(float64(frame) / o.FPS * float64(time.Second))) }
	for i := 0; i < len(o.Steps); {
		first := o.Steps[i]
		end := first.End
		for i++; i < len(o.Steps) && alike(first, o.Steps[i]); i++ {
			end = o.Steps[i].End
		}
		do := "render"
		if first.Reused {
			do = reuse
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", showing(first.Shows), at(first.First), at(end-first.First), do, oneLine(few(first.Why, 2, "; ")))
	}
	w.Flush()
	rows := strings.Split(b.String(), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	b.Reset()
	b.WriteString(strings.Join(rows, "\n"))
	fmt.Fprintf(&b, "\n%d of %d frames to render: %.1f s of %.1f s\n", d.Render.Frames, o.Frames, d.Render.Seconds, d.Render.Seconds+d.Reuse.Seconds)
	if d.Render.Frames > 0 {
		how := "a guess before the first render on this machine"
		if o.Measured {
			how = "as in the last render"
		}
		fmt.Fprintf(&b, "here     about %s at %.0f frames a second, %s\n", time.Duration(d.Estimate.Seconds*float64(time.Second)).Round(time.Second/10), o.Rate, how)
	}
	if d.Cloud != nil {
		fmt.Fprintf(&b, "HeyGen   %s for the whole film, at %s a minute (prices of %s)\n", cloud.Dollars(d.Cloud.USD), cloud.Dollars(d.Cloud.Rate), d.Cloud.AsOf)
	}
	return b.String()
}

// alike reports whether two steps are one to a reader.
func alike(a, b render.Step) bool {
	return a.Reused == b.Reused && slices.Equal(a.Shows, b.Shows) && slices.Equal(a.Why, b.Why)
}

func showing(ids []string) string {
	if len(ids) == 0 {
		return "(nothing)"
	}
	return oneLine(few(ids, 3, " + "))
}

// few joins the first n of a list and says how many more there are.
func few(list []string, n int, sep string) string {
	if len(list) <= n {
		return strings.Join(list, sep)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], sep), len(list)-n)
}
