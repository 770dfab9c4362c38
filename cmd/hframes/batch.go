package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/batch"
	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/render"
	"github.com/spf13/cobra"
)

// How many rows render side by side: HeyGen runs ten jobs of a pay-as-you-go account (heygen-api §4.1), and one film
// keeps a machine busy.
const (
	cloudRows     = 10
	mostCloudRows = 100
	mostLocalRows = 4
)

// batchFlags are the flags of batch.
type batchFlags struct {
	renderFlags
	rowsFormat      string
	concurrency     int
	ignore          []string
	results, failed string
}

func batchCommand(t *terminal) *cobra.Command {
	var f batchFlags
	c := &cobra.Command{
		Use:   "batch [DECK] ROWS",
		Short: "Make one video per row of a data file",
		Long: `batch renders a film once for each row of a CSV, JSON, JSONL or YAML file; - reads the rows from stdin.
CSV has commas, semicolons or tabs between the cells. A column gives a value to the variable of its name; an empty CSV
cell, or null, leaves the film's own value. All rows are checked before the first is rendered. What would cost more than
$10 at HeyGen needs --max-cost.

In the names of the videos and in their titles, {row} is the row's number and {column} the value of that column.

What became of each row is written to a file of results, and the rows without a video to a file of rows that batch
takes again: there, a column named row keeps their numbers. The same command, run again after a crash or Ctrl-C, goes
on where it was: no row is paid for twice.`,
		Example: `  hframes batch film people.csv --on heygen -o 'out/{name}-{row}.mp4' --max-cost 20
  hframes batch film people.failed.csv --on heygen -o 'out/{name}-{row}.mp4'
  jq -c '.[]' people.json | hframes batch film - --rows-format jsonl --dry-run`,
		Args: args(cobra.RangeArgs(1, 2)),
		RunE: func(c *cobra.Command, words []string) error { return f.run(c, t, words) },
	}
	f.add(c)
	f.cloud.key.add(c)
	fl := c.Flags()
	fl.StringVar(&f.on, "on", "", "where to render: heygen or local (default: heygen where a key is found, else local)")
	fl.StringVarP(&f.out, "output", "o", "", "pattern of the videos' names (default: out/{row}.mp4)")
	fl.StringVar(&f.rowsFormat, "rows-format", "", "csv, json, jsonl or yaml (default: as the name of ROWS ends)")
	fl.StringSliceVar(&f.ignore, "ignore", nil, "columns that are no variables, separated by commas")
	fl.IntVar(&f.concurrency, "concurrency", 0, "rows side by side (default: 10 on HeyGen, 1 on this machine)")
	fl.StringVar(&f.results, "results", "", "file for what became of each row (default: ROWS with .results.jsonl)")
	fl.StringVar(&f.failed, "failed", "", "file for the rows without a video (default: ROWS with .failed before its ending)")
	fl.BoolVar(&f.cloud.dryRun, "dry-run", false, "tell what would be rendered and what it would cost, and render nothing")
	fl.BoolVar(&f.cloud.force, "force", false, "render again what is rendered already; on HeyGen, pay for it again")
	fl.StringVar(&f.quality, "quality", "", "draft, standard or high (default: the deck's, else standard)")
	fl.IntVar(&f.fps, "fps", 0, "frames a second (default: the deck's)")
	fl.StringVar(&f.format, "format", "", "mp4, webm, mov, or here gif (default: that of the pattern, else the deck's)")
	fl.StringVar(&f.cloud.title, "title", "", "HeyGen: pattern of the renders' names (default: the deck's name and the row)")
	fl.StringVar(&f.resolution, "resolution", "", "1080p or 4k (default: the deck's; else the film's size here, 1080p at HeyGen)")
	f.local.add(c)
	fl.DurationVar(&f.cloud.timeout, "timeout", time.Hour, "HeyGen: how long to wait for each row; its render goes on after that (exit code 4)")
	fl.DurationVar(&f.cloud.poll, "poll-interval", 15*time.Second, "HeyGen: longest pause between two looks at a render")
	fl.Float64Var(&f.cloud.maxCost, "max-cost", 0, "HeyGen: most that all rows may cost, in USD, by our estimate (default 10)")
	complete(c, "on", places)
	complete(c, "rows-format", batch.Formats())
	complete(c, "quality", qualities)
	complete(c, "format", fileFormats)
	complete(c, "resolution", resolutions)
	return c
}

func (f *batchFlags) run(c *cobra.Command, t *terminal, words []string) error {
	rows, words := words[len(words)-1], words[:len(words)-1]
	if err := f.check(c, rows); err != nil {
		return err
	}
	p, err := f.open(c, words)
	if err != nil {
		return err
	}
	defer p.Close()
	film, err := f.build(c, t, p)
	if err != nil {
		return err
	}
	o, drop, err := f.options(c, p, film, rows)
	if err != nil {
		return err
	}
	defer drop()
	place, err := f.place(c, t, p, film, &o)
	if err != nil {
		return err
	}
	defer place.close()
	plan, err := batch.Read(c.Context(), o)
	if err != nil {
		if wrong := (*batch.PatternError)(nil); errors.As(err, &wrong) {
			return usageError{c, err}
		}
		return err
	}
	defer plan.Close()
	whole := place.price
	whole.USD = math.Round(whole.USD*float64(plan.Rows)*1e4) / 1e4
	if f.cloud.dryRun {
		return f.tell(t, plan, place, whole)
	}
	if err := f.afford(c, plan.Rows, place.seconds, whole); err != nil {
		return err
	}
	if err := place.open(); err != nil {
		return err
	}
	t.note("%s", f.intent(plan, place, whole))
	s, err := plan.Run(c.Context())
	if s == nil {
		return err
	}
	return f.summary(t, s, err, place, whole)
}

// intent tells what is about to be done.
func (f *batchFlags) intent(plan *batch.Plan, place *batchPlace, price cloud.Estimate) string {
	where := "on this machine"
	if place.name == "heygen" {
		where = "at HeyGen " + place.payer
	}
	s := fmt.Sprintf("%d videos %s, %s", plan.Rows, where, place.video)
	if place.seconds > 0 {
		s += fmt.Sprintf(", %.3f s each", place.seconds)
	}
	switch {
	case place.name != "heygen":
		return s
	case place.seconds == 0:
		return s + ": what they cost is not known, as the film does not say how long it is"
	case f.cloud.force:
		return s + fmt.Sprintf(": about $%.2f (prices of %s)", price.USD, price.AsOf)
	}
	return s + fmt.Sprintf(": about $%.2f (prices of %s), less what was rendered before", price.USD, price.AsOf)
}

// check looks at the flags, and decides where to render.
func (f *batchFlags) check(c *cobra.Command, rows string) error {
	if err := f.renderFlags.check(c); err != nil {
		return err
	}
	if err := oneOf(c, "format of rows", f.rowsFormat, batch.Formats()); err != nil {
		return err
	}
	if rows == "-" && f.cloud.key.file == "-" {
		return usageError{c, errors.New("the rows and the API key cannot both be read from stdin")}
	}
	if _, known := batch.FormatOf(rows); f.rowsFormat == "" && !known {
		return usageError{c, hinted{fmt.Errorf("the format of the rows %q is not known", rows), "save a spreadsheet as CSV; for rows under another name, add --rows-format csv, json, jsonl or yaml"}}
	}
	if err := f.choose(); err != nil {
		return err
	}
	most := mostCloudRows
	if f.on == "local" {
		most = mostLocalRows
		if flag := firstUsed(c, []string{"title", "timeout", "poll-interval", "max-cost", "api-key-file"}); flag != "" {
			return usageError{c, hinted{fmt.Errorf("--%s is for HeyGen's cloud", flag), "add --on heygen"}}
		}
		if f.format == "png" {
			return usageError{c, hinted{errors.New("a batch makes files, and a film in png is a folder"), "choose mp4, webm, mov or gif"}}
		}
	} else if flag := firstUsed(c, localOnly); flag != "" {
		return usageError{c, hinted{fmt.Errorf("--%s is for renders on this machine", flag), "add --on local"}}
	}
	if c.Flags().Changed("concurrency") && (f.concurrency < 1 || f.concurrency > most) {
		return usageError{c, fmt.Errorf("concurrency %d is not from 1 to %d", f.concurrency, most)}
	}
	return nil
}

// options makes the options of the batch that do not depend on where it renders. drop removes what was made for it.
func (f *batchFlags) options(c *cobra.Command, p *hframes.Project, film *hframes.Film, rows string) (o batch.Options, drop func(), err error) {
	drop = func() {}
	o = batch.Options{Rows: rows, Name: filepath.ToSlash(rows), Format: batch.Format(f.rowsFormat), Ignore: f.ignore, Title: f.cloud.title,
		Concurrency: f.concurrency, Results: f.results, Failed: f.failed, Force: f.cloud.force}
	if o.Format == "" {
		o.Format, _ = batch.FormatOf(rows)
	}
	if o.Variables, err = render.Variables(film.Bundle.FS(), film.Bundle.Entry); err != nil {
		return o, drop, err
	}
	base, ext := strings.TrimSuffix(rows, filepath.Ext(rows)), filepath.Ext(rows)
	if in, name := stream(c, rows); in != nil {
		defer in.Close()
		if o.Rows, err = batch.Spool(in); err != nil {
			return o, drop, err
		}
		drop = func() { os.Remove(o.Rows) }
		o.Name, base, ext = name, "rows", "."+string(o.Format)
	}
	if o.Results == "" {
		o.Results = base + ".results.jsonl"
	}
	if o.Failed == "" {
		o.Failed = base + ".failed" + ext
	}
	o.Spare = func(output string) error { return spareFile(p, film, output) }
	return o, drop, nil
}

// stream returns what the rows are read from, and its name, if they can be read only once: stdin or a pipe.
func stream(c *cobra.Command, rows string) (in io.ReadCloser, name string) {
	if rows == "-" {
		return io.NopCloser(c.InOrStdin()), "stdin"
	}
	info, err := os.Stat(rows)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return nil, ""
	}
	f, err := os.Open(rows)
	if err != nil {
		return nil, ""
	}
	return f, filepath.ToSlash(rows)
}

// output returns the pattern of the videos' names for a film in a format.
func (f *batchFlags) output(c *cobra.Command, format string) (string, error) {
	if f.out == "" {
		return "out/{row}." + format, nil
	}
	if ext := strings.TrimPrefix(filepath.Ext(f.out), "."); !slices.Contains(fileFormats, strings.ToLower(ext)) {
		return "", usageError{c, hinted{fmt.Errorf("%q is no pattern for the names of videos", f.out), fmt.Sprintf("end it with .%s", format)}}
	}
	return f.out, nil
}

// batched is the JSON document of a batch.
type batched struct {
	batch.Counts
	Seconds     float64        `json:"seconds"` // of video
	Bytes       int64          `json:"bytes"`
	Elapsed     float64        `json:"elapsed"`
	Estimate    cloud.Estimate `json:"estimate"` // of all rows, whether this run paid for them or not
	Results     string         `json:"results"`
	FailedRows  string         `json:"failed_rows,omitempty"` // file of the rows without a video
	Failures    []batch.Result `json:"failures"`              // the first 100
	Interrupted bool           `json:"interrupted"`
	Stopped     string         `json:"stopped,omitempty"` // why the batch ended before its last row
}

// summary prints what came of a batch and returns what its exit code is made from.
func (f *batchFlags) summary(t *terminal, s *batch.Summary, err error, place *batchPlace, price cloud.Estimate) error {
	doc := batched{s.Counts, s.Seconds, s.Bytes, s.Elapsed.Seconds(), price, s.Results, s.FailedRows, s.Failures, errors.Is(err, context.Canceled), ""}
	if doc.Failures == nil {
		doc.Failures = []batch.Result{}
	}
	if s.Stopped != nil {
		doc.Stopped = s.Stopped.Error()
	}
	const most = 10
	for i, r := range s.Failures {
		if i == most {
			t.note("… and %d more", s.Failed-most)
			break
		}
		t.note("row %d, line %d: %s", r.Row, r.Line, r.Error.Message)
	}
	note := fmt.Sprintf("%d of %d rows have a video", s.Done+s.Skipped, s.Rows)
	for _, part := range []struct {
		n    int
		what string
	}{{s.Skipped + s.Reused, "had one before"}, {s.Failed, "failed"}, {s.Running, "are still being rendered"}, {s.NotTried, "were not rendered"}} {
		if part.n > 0 {
			note += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	t.note("%s; %.1f MB in %s", note, float64(s.Bytes)/1e6, s.Elapsed.Round(100*time.Millisecond))
	if doc.Interrupted {
		t.note("%s goes on where it was", sameCommand(f.cloud.force))
	}
	if e := t.result(s.Results, doc); e != nil && err == nil {
		err = e
	}
	if err != nil || s.Done+s.Skipped == s.Rows {
		return err
	}
	return &unfinished{s, f.cloud.force}
}

// unfinished says that some rows of a batch have no video.
type unfinished struct {
	*batch.Summary
	forced bool // each row was rendered, whatever was made before
}

func (e *unfinished) Error() string {
	switch {
	case e.Stopped != nil:
		return fmt.Sprintf("the batch was stopped, %d rows were not rendered: %v", e.NotTried, e.Stopped)
	case e.Summary.Failed > 0:
		return fmt.Sprintf("%d of %d rows failed", e.Summary.Failed, e.Rows)
	}
	return fmt.Sprintf("%d of %d rows are still being rendered", e.Summary.Running, e.Rows)
}

// Hint says how the rows that are left get their videos.
func (e *unfinished) Hint() string {
	if e.Stopped == nil && e.Summary.Failed == 0 {
		return sameCommand(e.forced) + " waits for them and downloads the videos"
	}
	again := fmt.Sprintf("the rows without a video are in %s: render that file with the same flags", e.FailedRows)
	var hint interface{ Hint() string }
	if errors.As(e.Stopped, &hint) && hint.Hint() != "" {
		return hint.Hint() + "; " + again
	}
	return again
}

// sameCommand names the command that takes what this one has made.
func sameCommand(forced bool) string {
	if forced {
		return "the same command without --force"
	}
	return "the same command"
}

// ExitCode is that of a refused key, of rows that failed, or of rows that are still being rendered.
func (e *unfinished) ExitCode() int {
	switch {
	case batch.KeyError(e.Stopped):
		return exitDenied
	case e.Stopped == nil && e.Summary.Failed == 0:
		return exitRunning
	}
	return exitFailed
}
