package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/auth"
	"github.com/hframes/hframes/internal/ignore"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// cloudFlags are the flags of commands that render on HeyGen's cloud.
type cloudFlags struct {
	format, resolution, aspect string
	title                      string
	callbackID, callbackURL    string
	noWait, dryRun, force      bool
	timeout, poll              time.Duration
	maxCost                    float64
}

func (f *cloudFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.format, "format", "", "mp4, webm or mov; webm and mov keep transparency (default: that of the file's name, else the deck's)")
	c.Flags().StringVar(&f.resolution, "resolution", "", "HeyGen: 1080p or 4k (default: 1080p)")
	c.Flags().StringVar(&f.aspect, "aspect-ratio", "", "HeyGen: 16:9, 9:16 or 1:1; checked against the deck's size (default: the deck's)")
	c.Flags().StringVar(&f.title, "title", "", "HeyGen: name of the render (default: the deck's name)")
	c.Flags().StringVar(&f.callbackID, "callback-id", "", "HeyGen: text that webhooks carry, at most 256 characters")
	c.Flags().StringVar(&f.callbackURL, "callback-url", "", "HeyGen: https address that is called when the render ends")
	c.Flags().BoolVar(&f.noWait, "no-wait", false, "HeyGen: print the render's id once the service has taken it")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "HeyGen: tell what would be sent and what it would cost, and send nothing")
	c.Flags().BoolVar(&f.force, "force", false, "HeyGen: pay for another render of a film that is rendered already")
	c.Flags().DurationVar(&f.timeout, "timeout", time.Hour, "HeyGen: how long to wait; the render goes on after that (exit code 4)")
	c.Flags().DurationVar(&f.poll, "poll-interval", 15*time.Second, "HeyGen: longest pause between two looks at a render")
	c.Flags().Float64Var(&f.maxCost, "max-cost", 0, "HeyGen: most that may be spent, in USD, by our estimate")
	complete(c, "format", formats)
	complete(c, "resolution", resolutions)
	complete(c, "aspect-ratio", aspectNames())
}

// used returns the name of a flag that was given and is for HeyGen alone; "" if there is none.
func (f *cloudFlags) used(c *cobra.Command) string {
	for _, name := range []string{"resolution", "aspect-ratio", "title", "callback-id", "callback-url", "no-wait", "dry-run", "force", "timeout", "poll-interval", "max-cost"} {
		if c.Flags().Changed(name) {
			return name
		}
	}
	return ""
}

func (f *cloudFlags) check(c *cobra.Command) error {
	fault := func(format string, a ...any) error { return usageError{c, fmt.Errorf(format, a...)} }
	for _, e := range []error{
		oneOf(c, "format", f.format, formats),
		oneOf(c, "resolution", f.resolution, resolutions),
		oneOf(c, "aspect ratio", f.aspect, aspectNames()),
	} {
		if e != nil {
			return e
		}
	}
	switch {
	case f.timeout <= 0:
		return fault("--timeout %s is not positive", f.timeout)
	case f.poll < 10*time.Millisecond:
		return fault("--poll-interval %s is shorter than 10ms", f.poll)
	case c.Flags().Changed("max-cost") && !(f.maxCost >= 0):
		return fault("--max-cost %v is not an amount", f.maxCost)
	case len(f.title) > 500:
		return fault("--title has %d characters, and HeyGen takes 500", len(f.title))
	case len(f.callbackID) > 256:
		return fault("--callback-id has %d characters, and HeyGen takes 256", len(f.callbackID))
	case f.callbackURL != "" && !heygen.Secure(f.callbackURL):
		return fault("--callback-url %s is not https", f.callbackURL)
	}
	return nil
}

// The shapes that HeyGen renders, and how far the sides' ratio may be off, as in the official client (heygen-api §7).
var aspects = []struct {
	name  string
	ratio float64
}{{"16:9", 16. / 9}, {"9:16", 9. / 16}, {"1:1", 1}}

const aspectSlack = 0.05

func aspectNames() []string {
	var names []string
	for _, a := range aspects {
		names = append(names, a.name)
	}
	return names
}

// shape returns the aspect ratio by which HeyGen renders a film of this size.
func shape(width, height int) (string, error) {
	for _, a := range aspects {
		if math.Abs(float64(width)/float64(height)-a.ratio) <= aspectSlack {
			return a.name, nil
		}
	}
	return "", hinted{fmt.Errorf("HeyGen renders 16:9, 9:16 and 1:1, and the film is %dx%d", width, height),
		"--size portrait or square builds a deck in another shape; --on local renders any"}
}

// order makes the request for a film from the flags and the film, and says what the video has to be.
func (f *renderFlags) order(c *cobra.Command, p *hframes.Project, film *hframes.Film, vars map[string]any) (heygen.RenderRequest, cloud.Expect, error) {
	r := heygen.RenderRequest{FPS: f.fps, Quality: f.quality, Format: f.cloud.format, Resolution: f.cloud.resolution,
		Variables: vars, Title: f.cloud.title, CallbackID: f.cloud.callbackID, CallbackURL: f.cloud.callbackURL}
	facts, err := render.About(film.Bundle.FS(), film.Bundle.Entry)
	if err != nil {
		return r, cloud.Expect{}, err
	}
	if r.AspectRatio, err = shape(facts.Width, facts.Height); err != nil {
		return r, cloud.Expect{}, err
	}
	if a := f.cloud.aspect; a != "" && a != r.AspectRatio {
		return r, cloud.Expect{}, usageError{c, hinted{fmt.Errorf("--aspect-ratio %s: the film is %dx%d, which is %s", a, facts.Width, facts.Height, r.AspectRatio),
			"HeyGen does not reshape a film; --size builds a deck in another shape"}}
	}
	if r.FPS == 0 && facts.FPS > 0 {
		if r.FPS = int(facts.FPS); float64(r.FPS) != facts.FPS {
			return r, cloud.Expect{}, hinted{fmt.Errorf("the film has %.3f frames a second, and HeyGen takes whole numbers", facts.FPS), "choose one with --fps"}
		}
	}
	if film.Composition != nil {
		if r.Quality == "" {
			r.Quality = film.Composition.Output.Quality
		}
		if r.Format == "" && f.out == "" {
			r.Format = film.Composition.Output.Format
		}
	}
	if r.Format, err = formatOf(c, r.Format, f.out); err != nil {
		return r, cloud.Expect{}, err
	}
	if r.Resolution == "4k" && r.Format != "mp4" {
		return r, cloud.Expect{}, usageError{c, hinted{fmt.Errorf("HeyGen renders 4k to mp4 only, not to %s", r.Format), "drop --resolution 4k or choose mp4"}}
	}
	if r.Title == "" {
		r.Title = nameOf(p)
	}
	if film.Bundle.Entry != hframes.Page {
		r.Composition = film.Bundle.Entry
	}
	want := cloud.Expect{Width: facts.Width, Height: facts.Height, FPS: float64(r.FPS), Seconds: facts.Seconds, Audio: facts.Audio}
	return r, want, nil
}

// formatOf returns the format of a file: the one that was asked for, else that of the file's name, else mp4.
func formatOf(c *cobra.Command, asked, out string) (string, error) {
	named := strings.ToLower(strings.TrimPrefix(filepath.Ext(out), "."))
	if !slices.Contains(formats, named) {
		named = ""
	}
	switch {
	case asked == "" && named == "":
		return "mp4", nil
	case asked == "":
		return named, nil
	case named != "" && named != asked:
		return "", usageError{c, hinted{fmt.Errorf("%s is no name for a film in %s", out, asked), fmt.Sprintf("name it %s.%s", strings.TrimSuffix(out, filepath.Ext(out)), asked)}}
	}
	return asked, nil
}

// ignored reads what is not to be sent: .hyperframesignore, as the official client does, and .hframesignore, whose rules
// win. It returns nil if the project has neither.
func ignored(p *hframes.Project) (func(string) bool, error) {
	var text []byte
	for _, name := range []string{".hyperframesignore", ".hframesignore"} {
		data, err := p.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		text = append(append(text, data...), '\n')
	}
	if text == nil {
		return nil, nil
	}
	rules := ignore.Parse(".hframesignore", text)
	return func(path string) bool { return rules.Skip(path, false) }, nil
}

// inCloud is the JSON document of a render on HeyGen's cloud.
type inCloud struct {
	Output      string         `json:"output,omitempty"`
	Render      string         `json:"render_id"`
	Status      string         `json:"status"` // queued with --no-wait, else completed
	Seconds     float64        `json:"seconds,omitempty"`
	Width       int            `json:"width,omitempty"`
	Height      int            `json:"height,omitempty"`
	FPS         float64        `json:"fps,omitempty"`
	Bytes       int64          `json:"bytes,omitempty"`
	Uploaded    bool           `json:"uploaded"`
	Created     bool           `json:"created"`
	Downloaded  bool           `json:"downloaded"`
	Estimate    cloud.Estimate `json:"estimate"` // of what the render costs, whether this run paid for it or not
	Elapsed     float64        `json:"elapsed"`
	Diagnostics source.List    `json:"diagnostics"`
	Warnings    []string       `json:"warnings,omitempty"`
}

func (f *renderFlags) onHeyGen(c *cobra.Command, t *terminal, p *hframes.Project, film *hframes.Film, vars map[string]any, unknown []string) error {
	ctx, began := c.Context(), time.Now()
	request, want, err := f.order(c, p, film, vars)
	if err != nil {
		return err
	}
	out := f.out
	if out == "" {
		out = outputName(p, film, request.Format)
	}
	if err := spareFile(p, film, out); err != nil {
		return err
	}
	skip, err := ignored(p)
	if err != nil {
		return err
	}
	archive, err := cloud.Pack(film.Bundle, skip)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, w := range unknown {
		t.note("warning: %s", w)
	}
	price := cloud.Price(want.Seconds, request.Resolution, request.FPS)
	if f.cloud.dryRun {
		return t.dryRun(archive, request, want, price)
	}
	service, err := cloudService(t, f.cloud.poll)
	if err != nil {
		return err
	}
	defer service.Journal.Close()
	show := cloudProgress{t: t}
	res, err := service.Render(ctx, cloud.Job{Archive: archive, Request: request, Output: out, Source: p.Entry, Expect: want,
		Force: f.cloud.force, NoWait: f.cloud.noWait, Timeout: f.cloud.timeout, Progress: show.progress,
		Approve: func() error { return f.approve(c, want.Seconds, price) }})
	if err != nil {
		return show.ended(ctx, err)
	}
	doc := inCloud{res.Output, res.Render, "completed", res.Seconds, res.Width, res.Height, res.FPS, res.Bytes,
		res.Uploaded, res.Created, res.Fetched, price, time.Since(began).Seconds(), orEmpty(film.Diagnostics), unknown}
	if f.cloud.noWait {
		doc.Status = string(heygen.Queued)
		t.note("hframes cloud resume %s waits for it and downloads the video", res.Render)
		return t.result(res.Render, doc)
	}
	t.note("%s", became(res, price, time.Since(began)))
	return t.result(out, doc)
}

// became tells what a render took, and what of it was there before.
func became(res *cloud.Result, price cloud.Estimate, took time.Duration) string {
	s := fmt.Sprintf("%.3f s, %.1f MB in %s", res.Seconds, float64(res.Bytes)/1e6, took.Round(100*time.Millisecond))
	switch {
	case res.Created:
		s += fmt.Sprintf("; about $%.2f", price.USD)
	case res.Fetched:
		s += "; the render was there already"
	default:
		s += "; the file was there already, --force renders again"
	}
	return s
}

// approve ends a job that would cost more than it may.
func (f *renderFlags) approve(c *cobra.Command, seconds float64, price cloud.Estimate) error {
	if !c.Flags().Changed("max-cost") {
		return nil
	}
	if seconds == 0 {
		return hinted{errors.New("--max-cost: the film does not say how long it is"), "give its root element data-duration"}
	}
	if price.USD > f.cloud.maxCost {
		return &cloud.TooExpensive{Estimate: price.USD, Limit: f.cloud.maxCost, Renders: 1}
	}
	return nil
}

// plan is the JSON document of a dry run.
type plan struct {
	Archive struct {
		SHA256  string       `json:"sha256"`
		Size    int64        `json:"size_bytes"`
		Limit   int64        `json:"limit_bytes"`
		Files   int          `json:"file_count"`
		Largest []cloud.File `json:"largest_files"`
	} `json:"archive"`
	Request  heygen.RenderRequest `json:"request"` // without the asset's id, which the upload brings
	Seconds  float64              `json:"seconds"`
	Estimate cloud.Estimate       `json:"estimate"`
}

// dryRun tells what would be sent.
func (t *terminal) dryRun(a *cloud.Archive, r heygen.RenderRequest, want cloud.Expect, price cloud.Estimate) error {
	if err := a.Fits(cloud.MaxZip); err != nil {
		return err
	}
	p := plan{Request: r, Seconds: want.Seconds, Estimate: price}
	p.Archive.SHA256, p.Archive.Size, p.Archive.Limit, p.Archive.Files, p.Archive.Largest = a.SHA256, a.Size, cloud.MaxZip, len(a.Files), a.Largest(10)
	var b strings.Builder
	fmt.Fprintf(&b, "zip        %.1f MB of at most %.0f MB, %d files, sha256 %s\n", float64(a.Size)/1e6, float64(cloud.MaxZip)/1e6, len(a.Files), a.SHA256)
	for _, f := range a.Largest(5) {
		fmt.Fprintf(&b, "           %8.2f MB  %s\n", float64(f.Size)/1e6, f.Path)
	}
	fmt.Fprintf(&b, "video      %s, %s at %d frames a second, %s, %s quality\n", r.AspectRatio, either(r.Resolution, "1080p"), r.FPS, r.Format, either(r.Quality, "standard"))
	if want.Seconds == 0 {
		b.WriteString("length     not known before it is rendered\n")
	} else {
		fmt.Fprintf(&b, "length     %.3f s\n", want.Seconds)
		derived := ""
		if !price.Exact {
			derived = ", derived from the prices for 1080p30 and 4k60"
		}
		fmt.Fprintf(&b, "estimate   $%.4f at $%.3f a minute (prices of %s%s)\n", price.USD, price.Rate, price.AsOf, derived)
	}
	return t.result(b.String(), p)
}

func either(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// keyFound reports whether there is a credential for HeyGen, whatever it is worth.
func keyFound() (bool, error) {
	_, err := auth.Find(auth.Options{UserAgent: agent()})
	if errors.Is(err, auth.ErrNone) {
		return false, nil
	}
	return err == nil, err
}

// cloudService opens the journal and a client. The caller closes the journal.
func cloudService(t *terminal, poll time.Duration) (*cloud.Service, error) {
	client, credential, err := cloudClient(t, "")
	if err != nil {
		return nil, err
	}
	file, err := cloud.JournalPath()
	if err != nil {
		return nil, err
	}
	journal, err := cloud.OpenJournal(file)
	if err != nil {
		return nil, err
	}
	account := credential.Account()
	if at := os.Getenv("HEYGEN_API_URL"); at != "" {
		account += "@" + at
	}
	return &cloud.Service{Client: client, Journal: journal, Account: account, Poll: poll}, nil
}

// cloudProgress shows how far one job is.
type cloudProgress struct {
	t      *terminal
	render string
	since  time.Time // of waiting
}

func (s *cloudProgress) progress(p cloud.Progress) {
	if p.Render != "" {
		s.render = p.Render
	}
	switch p.Step {
	case cloud.StepUpload, cloud.StepDownload:
		s.t.progress(fmt.Sprintf("%s  %.1f of %.1f MB", p.Step, float64(p.Done)/1e6, float64(p.Total)/1e6), false)
	case cloud.StepWait:
		if s.since.IsZero() {
			s.since = time.Now()
		}
		took := time.Since(s.since).Round(time.Second)
		s.t.progress(fmt.Sprintf("wait  %s  %d:%02d  render %s", either(string(p.Status), "queued"), int(took.Minutes()), int(took.Seconds())%60, s.render), false)
	default:
		s.t.progress(string(p.Step), false)
	}
}

// ended adds to an interruption that the render goes on.
func (s *cloudProgress) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && s.render != "" {
		s.t.note("render %s goes on at HeyGen; the same command, or hframes cloud resume %s, downloads the video", s.render, s.render)
	}
	return err
}

// cloudName is the file that a render is downloaded to when nobody names one.
func cloudName(d *heygen.RenderDetail) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '-'
		}
		return r
	}, strings.TrimLeft(d.Title, "."))
	if name == "" {
		name = d.ID
	}
	return path.Base(name) + "." + either(d.Format, "mp4")
}
