package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/batch"
	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/render"
	"github.com/spf13/cobra"
)

// A batchPlace is where the rows of a batch are rendered, and what each of them takes there.
type batchPlace struct {
	name    string  // of the place
	video   string  // what each row becomes, for people
	seconds float64 // of each video; 0 = not known
	price   cloud.Estimate
	zip     int64        // bytes that are uploaded once; 0 = none
	payer   string       // on HeyGen: who pays, once open has been called
	open    func() error // gets ready to render
	close   func()
}

// place fills in the options that depend on where the rows are rendered.
func (f *batchFlags) place(c *cobra.Command, t *terminal, p *hframes.Project, film *hframes.Film, o *batch.Options) (*batchPlace, error) {
	show := batchProgress{t: t}
	o.Progress = show.progress
	if f.on == "local" {
		return f.localPlace(c, p, film, o)
	}
	return f.cloudPlace(c, t, p, film, o)
}

// localRows renders rows on this machine.
type localRows struct {
	film    *hframes.Film
	options render.Options
}

func (l *localRows) Render(ctx context.Context, j batch.Job) (batch.Outcome, error) {
	o := l.options
	o.Variables = j.Variables
	o.Progress = func(s render.Progress) { j.Step(progressLine(s)) }
	if err := os.MkdirAll(filepath.Dir(j.Output), 0o777); err != nil {
		return batch.Outcome{}, fmt.Errorf("write %s: %w", j.Output, err)
	}
	res, err := render.Local(ctx, l.film.Bundle.FS(), l.film.Bundle.Entry, j.Output, o)
	if err != nil {
		noBrowser, noFFmpeg := (*chrome.NotFound)(nil), (*ffmpeg.NotFound)(nil)
		if errors.As(err, &noBrowser) || errors.As(err, &noFFmpeg) {
			err = &batch.FatalError{Err: err}
		}
		return batch.Outcome{}, advised(err, j.Output)
	}
	return batch.Outcome{Bytes: res.Size, Seconds: res.Duration}, nil
}

func (f *batchFlags) localPlace(c *cobra.Command, p *hframes.Project, film *hframes.Film, o *batch.Options) (*batchPlace, error) {
	options, err := f.localOptions(c, film)
	if err != nil {
		return nil, err
	}
	if !f.local.noCache {
		if err := keep(&options, p); err != nil {
			return nil, err
		}
	}
	if o.Output, err = f.output(c, string(options.Format)); err != nil {
		return nil, err
	}
	if _, err := formatOf(c, string(options.Format), o.Output); err != nil {
		return nil, err
	}
	facts, err := render.About(film.Bundle.FS(), film.Bundle.Entry)
	if err != nil {
		return nil, err
	}
	rows := &localRows{film, options}
	o.Renderer = rows
	b := &batchPlace{name: "local", seconds: facts.Seconds, close: func() {}}
	scale := max(options.Scale, 1)
	b.video = fmt.Sprintf("%dx%d, %s, %s quality", facts.Width*scale, facts.Height*scale, options.Format, either(options.Quality, "standard"))
	if !f.cloud.dryRun { // the runtime may have to be fetched
		if rows.options.Runtime, err = p.Runtime(c.Context()); err != nil {
			return nil, err
		}
	}
	o.Film = fmt.Sprintf("%s %d %s %s %d %g %x", film.Bundle.Hash, options.FPS, options.Quality, options.Format, scale, options.Loudness,
		sha256.Sum256(rows.options.Runtime))
	b.open = func() error { return nil }
	return b, nil
}

// cloudRenderer renders rows on HeyGen's cloud. They share one zip, which is uploaded once.
type cloudRenderer struct {
	service *cloud.Service
	job     cloud.Job // without what differs from row to row
}

func (r *cloudRenderer) Render(ctx context.Context, j batch.Job) (batch.Outcome, error) {
	job := r.job
	job.Output, job.Request.Variables = j.Output, j.Variables
	if job.Request.Title = j.Title; j.Title == "" {
		job.Request.Title = fmt.Sprintf("%s %d", r.job.Request.Title, j.Row)
	}
	var id string
	job.Progress = func(p cloud.Progress) {
		if p.Render != "" {
			id = p.Render
		}
		j.Step(cloudStep(p))
	}
	res, err := r.service.Render(ctx, job)
	if still := (*cloud.StillRunning)(nil); errors.As(err, &still) {
		return batch.Outcome{RenderID: id, Running: true}, nil
	}
	if damaged := (*cloud.DamagedJournal)(nil); errors.As(err, &damaged) {
		err = &batch.FatalError{Err: err}
	}
	if err != nil {
		return batch.Outcome{RenderID: id}, err
	}
	return batch.Outcome{RenderID: res.Render, Bytes: res.Bytes, Seconds: res.Seconds, Reused: !res.Created}, nil
}

// cloudStep tells what is being done for a row.
func cloudStep(p cloud.Progress) string {
	switch p.Step {
	case cloud.StepUpload, cloud.StepDownload:
		return fmt.Sprintf("%s  %.1f of %.1f MB", p.Step, float64(p.Done)/1e6, float64(p.Total)/1e6)
	case cloud.StepWait:
		return fmt.Sprintf("wait  %s  render %s", either(string(p.Status), "queued"), p.Render)
	}
	return string(p.Step)
}

func (f *batchFlags) cloudPlace(c *cobra.Command, t *terminal, p *hframes.Project, film *hframes.Film, o *batch.Options) (*batchPlace, error) {
	request, want, err := f.order(c, p, film, nil)
	if err != nil {
		return nil, err
	}
	if o.Output, err = f.output(c, request.Format); err != nil {
		return nil, err
	}
	if o.Concurrency == 0 {
		o.Concurrency = cloudRows
	}
	skip, err := ignored(p)
	if err != nil {
		return nil, err
	}
	archive, err := cloud.Pack(film.Bundle, skip)
	if err != nil {
		return nil, err
	}
	if err := archive.Fits(cloud.MaxZip); err != nil {
		archive.Close()
		return nil, err
	}
	rows := &cloudRenderer{job: cloud.Job{Archive: archive, Request: request, Source: p.Entry, Expect: want, Force: f.cloud.force, Timeout: f.cloud.timeout}}
	o.Renderer = rows
	b := &batchPlace{name: "heygen", seconds: want.Seconds, zip: archive.Size, price: cloud.Price(want.Seconds, request.Resolution, request.FPS)}
	b.video = fmt.Sprintf("%s, %s, %s, %s quality", request.AspectRatio, either(request.Resolution, "1080p"), request.Format, either(request.Quality, "standard"))
	b.open = func() error {
		service, credential, err := cloudAccount(t, &f.cloud.key, f.cloud.poll)
		if err == nil {
			rows.service, b.payer = service, payer(credential)
		}
		return err
	}
	b.close = func() {
		archive.Close()
		if rows.service != nil {
			rows.service.Journal.Close()
		}
	}
	return b, nil
}

// batchProgress shows how far a batch is: one line for all rows, and on a terminal one for each row being rendered.
type batchProgress struct{ t *terminal }

// maxActive bounds the rows that are shown, maxNameWidth what a name may move the steps behind it to the right.
const maxActive, maxNameWidth = 12, 40

func (s *batchProgress) progress(p batch.Progress) {
	line := fmt.Sprintf("%d/%d rows", p.Done+p.Skipped, p.Rows)
	if p.Failed > 0 {
		line += fmt.Sprintf("  %d failed", p.Failed)
	}
	line += fmt.Sprintf("  %d running", p.Running)
	if p.Rate > 0 {
		line += fmt.Sprintf("  %.1f a minute", p.Rate)
	}
	if left := p.ETA.Round(time.Second); left > 0 {
		line += fmt.Sprintf("  ETA %d:%02d:%02d", int(left.Hours()), int(left.Minutes())%60, int(left.Seconds())%60)
	}
	lines := []string{line}
	shown := p.Active[:min(len(p.Active), maxActive)]
	digits, widest := len(strconv.Itoa(p.Rows)), 0
	for _, a := range shown {
		widest = max(widest, min(utf8.RuneCountInString(filepath.Base(a.Output)), maxNameWidth))
	}
	for _, a := range shown {
		lines = append(lines, fmt.Sprintf("  %*d  %-*s  %s", digits, a.Row, widest, filepath.Base(a.Output), a.Step))
	}
	if more := len(p.Active) - len(shown); more > 0 {
		lines = append(lines, fmt.Sprintf("  … and %d more", more))
	}
	s.t.progress(strings.Join(lines, "\n"), p.Done+p.Failed+p.Skipped == p.Rows)
}
