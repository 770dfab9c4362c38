package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/ignore"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// cloudFlags are the flags of commands that render on HeyGen's cloud.
type cloudFlags struct {
	aspect, title           string
	callbackID, callbackURL string
	noWait, dryRun, force   bool
	waitFlags
	key     keyFlag
	maxCost float64
}

func (f *cloudFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.aspect, "aspect-ratio", "", "HeyGen: 16:9, 9:16 or 1:1; checked against the deck's size (default: the deck's)")
	c.Flags().StringVar(&f.title, "title", "", "HeyGen: name of the render (default: the deck's name)")
	c.Flags().StringVar(&f.callbackID, "callback-id", "", "HeyGen: text that webhooks carry, at most 256 characters")
	c.Flags().StringVar(&f.callbackURL, "callback-url", "", "HeyGen: https address that is called when the render ends")
	c.Flags().BoolVar(&f.noWait, "no-wait", false, "HeyGen: print the render's id once the service has taken it")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "HeyGen: tell what would be sent and what it would cost, and send nothing")
	c.Flags().BoolVar(&f.force, "force", false, "HeyGen: pay for another render of a film that is rendered already")
	f.waitFlags.add(c)
	f.key.add(c)
	c.Flags().Float64Var(&f.maxCost, "max-cost", 0, "HeyGen: most that may be spent, in USD, by our estimate (default 10)")
	complete(c, "aspect-ratio", aspectNames())
}

// cloudOnly are the flags of render that mean nothing on this machine.
var cloudOnly = []string{"aspect-ratio", "title", "callback-id", "callback-url", "no-wait", "dry-run", "force", "timeout", "poll-interval", "max-cost", "api-key-file"}

func (f *cloudFlags) check(c *cobra.Command) error {
	fault := func(format string, a ...any) error { return usageError{c, fmt.Errorf(format, a...)} }
	if err := oneOf(c, "aspect ratio", f.aspect, aspectNames()); err != nil {
		return err
	}
	if err := f.waitFlags.check(c); err != nil {
		return err
	}
	switch {
	case c.Flags().Changed("max-cost") && !(f.maxCost >= 0):
		return fault("--max-cost %v is not an amount", f.maxCost)
	case utf8.RuneCountInString(f.title) > 500:
		return fault("--title has more than the 500 characters that HeyGen takes")
	case utf8.RuneCountInString(f.callbackID) > 256:
		return fault("--callback-id has more than the 256 characters that HeyGen takes")
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
	r := heygen.RenderRequest{FPS: f.fps, Quality: f.quality, Resolution: f.chooseResolution(film),
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
	if r.Quality == "" && film.Composition != nil {
		r.Quality = film.Composition.Output.Quality
	}
	if r.Format, err = f.chooseFormat(c, film); err != nil {
		return r, cloud.Expect{}, err
	}
	if !slices.Contains(cloudFormats, r.Format) {
		return r, cloud.Expect{}, usageError{c, hinted{fmt.Errorf("HeyGen renders mp4, webm and mov, not %s", r.Format), "add --on local"}}
	}
	if r.Resolution == "4k" && r.Format != "mp4" {
		return r, cloud.Expect{}, usageError{c, hinted{fmt.Errorf("HeyGen renders 4k to mp4 only, not to %s", r.Format), "choose mp4, or --resolution 1080p"}}
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

// chooseFormat returns the format of a film: that of the flag, else of the file's name, else of the deck, else mp4.
func (f *renderFlags) chooseFormat(c *cobra.Command, film *hframes.Film) (string, error) {
	asked := f.format
	if asked == "" && film.Composition != nil && !slices.Contains(formats, extension(f.out)) {
		asked = film.Composition.Output.Format
	}
	return formatOf(c, asked, f.out)
}

// chooseResolution returns the resolution of a film: that of the flag, else of the deck, "" = neither says.
func (f *renderFlags) chooseResolution(film *hframes.Film) string {
	if f.resolution == "" && film.Composition != nil {
		return film.Composition.Output.Resolution
	}
	return f.resolution
}

// extension returns the end of a file's name without the dot, in lower case.
func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
}

// formatOf returns the format of a file: the one that was asked for, else that of the file's name, else mp4.
func formatOf(c *cobra.Command, asked, out string) (string, error) {
	named := extension(out)
	if !slices.Contains(formats, named) {
		named = ""
	}
	switch {
	case asked == "" && named == "":
		return "mp4", nil
	case named == "png" && (asked == "" || asked == "png"):
		return "", usageError{c, hinted{fmt.Errorf("%s is the name of one picture, and a film in png is a folder of them", out),
			fmt.Sprintf("name a folder, --format png -o %s; or take single pictures with hframes snapshot", strings.TrimSuffix(out, filepath.Ext(out)))}}
	case asked == "":
		return named, nil
	case named != "" && named != asked:
		return "", usageError{c, hinted{fmt.Errorf("%s is no name for a film in %s", out, asked), "name it " + strings.TrimSuffix(strings.TrimSuffix(out, filepath.Ext(out))+"."+asked, ".png")}}
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
	service, credential, err := cloudAccount(t, &f.cloud.key, f.cloud.poll)
	if err != nil {
		return err
	}
	defer service.Journal.Close()
	payer := payer(credential)
	if f.byDefault {
		payer += " (--on local renders here, for nothing)"
	}
	show := startProgress(t)
	defer show.stop()
	res, err := service.Render(ctx, cloud.Job{Archive: archive, Request: request, Output: out, Source: p.Entry, Expect: want,
		Force: f.cloud.force, NoWait: f.cloud.noWait, Timeout: f.cloud.timeout, Progress: show.progress,
		Approve: func() error { return f.approve(c, t, payer, want.Seconds, price) }})
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
	t.note("%s", became(res, time.Since(began)))
	return t.result(out, doc)
}

// became tells what a render took, and what of it was there before.
func became(res *cloud.Result, took time.Duration) string {
	s := fmt.Sprintf("%.3f s, %s", res.Seconds, bytesOf(res.Bytes))
	if !res.Fetched {
		return s + "; the file was there already, --force renders again"
	}
	s += " in " + took.Round(100*time.Millisecond).String()
	if !res.Created {
		s += "; the render was there already"
	}
	return s
}

// approve says where a film is about to be rendered, for whom and for how much, or ends the job if that is too much.
func (f *renderFlags) approve(c *cobra.Command, t *terminal, payer string, seconds float64, price cloud.Estimate) error {
	cost := "at a price that depends on its length"
	if seconds > 0 {
		cost = fmt.Sprintf("for about %s", cloud.Dollars(price.USD))
	}
	if err := f.afford(c, 1, seconds, price); err != nil {
		return err
	}
	t.note("rendering on HeyGen %s, %s", payer, cost)
	return nil
}

// unasked is what may be spent, in USD, where --max-cost does not say how much.
const unasked = 10

// afford ends a job that would cost more than it may: a number of renders of so many seconds each, and the price of all.
func (f *renderFlags) afford(c *cobra.Command, renders int, seconds float64, price cloud.Estimate) error {
	if !c.Flags().Changed("max-cost") {
		if price.USD > unasked {
			return usageError{c, hinted{fmt.Errorf("the estimate is $%.2f for %d render(s), and more than $%d needs --max-cost", price.USD, renders, unasked),
				fmt.Sprintf("nothing was sent; add --max-cost %.0f, or look with --dry-run first", math.Ceil(price.USD))}}
		}
		return nil
	}
	if seconds == 0 {
		return hinted{errors.New("--max-cost: the film does not say how long it is"), "give its root element data-duration"}
	}
	if price.USD > f.cloud.maxCost {
		return &cloud.TooExpensive{Estimate: price.USD, Limit: f.cloud.maxCost, Renders: renders}
	}
	return nil
}

// either returns s, or other if s is "".
func either(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// longestName leaves room in a file's name, in bytes, for what comes behind it.
const longestName = 200

// cloudName is the file, in this folder, that a render is downloaded to when nobody names one. What the service says leads
// nowhere else.
func cloudName(d *heygen.RenderDetail) string {
	name := fileName(d.Title)
	if name == "" {
		name = fileName(d.ID)
	}
	format := "mp4"
	if slices.Contains(cloudFormats, d.Format) {
		format = d.Format
	}
	return either(name, "film") + "." + format
}

// fileName makes a text fit to be the name of a file, on any system and on a command line.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, strings.TrimLeft(strings.TrimSpace(oneLine(s)), ".-"))
	for len(s) > longestName {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return strings.TrimRight(s, " .")
}
