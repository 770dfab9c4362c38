package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func cloudCommand(t *terminal) *cobra.Command {
	c := &cobra.Command{
		Use:   "cloud",
		Short: "Look after renders on HeyGen's cloud",
		Long: `cloud lists, follows, downloads and deletes renders on HeyGen's cloud, whoever asked for them. What hframes asked
for is also in a journal on this machine, so that nothing is lost that was paid for: resume finishes all of it.`,
		Args: unknown("command"),
		RunE: showHelp,
	}
	c.AddCommand(cloudList(t), cloudGet(t), cloudDownload(t), cloudResume(t), cloudWatch(t), cloudDelete(t), cloudListen(t))
	return c
}

// listed is a render in lists. The presigned address of its video is shown on demand only: who has it has the video.
type listed struct {
	heygen.RenderDetail
	VideoURL string `json:"video_url,omitempty"`
	Source   string `json:"source,omitempty"` // the deck, where this machine asked for the render
	Output   string `json:"output,omitempty"` // the file, where this machine has it or will
	Journal  string `json:"journal,omitempty"`
}

func entry(d heygen.RenderDetail, records map[string]cloud.Record) listed {
	l := listed{RenderDetail: d}
	l.RenderDetail.ThumbnailURL = ""
	if r, ok := records[d.ID]; ok {
		l.Source, l.Output, l.Journal = r.Source, r.Output, string(r.State)
	}
	return l
}

// byRender returns the journal's records that have a render, by its id.
func byRender(s *cloud.Service) (map[string]cloud.Record, error) {
	list, err := s.Journal.Renders(s.Account)
	if err != nil {
		return nil, err
	}
	out := map[string]cloud.Record{}
	for _, r := range list {
		if r.Render != "" {
			out[r.Render] = r
		}
	}
	return out, nil
}

func cloudList(t *terminal) *cobra.Command {
	var limit int
	var token string
	var all bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List renders, the newest first",
		Args:  args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 || limit > 100 {
				return usageError{c, fmt.Errorf("--limit %d is not from 1 to 100", limit)}
			}
			service, err := cloudService(t, 0)
			if err != nil {
				return err
			}
			defer service.Journal.Close()
			records, err := byRender(service)
			if err != nil {
				return err
			}
			var doc struct {
				Renders []listed `json:"renders"`
				More    bool     `json:"has_more"`
				Next    string   `json:"next_token,omitempty"`
			}
			doc.Renders = []listed{}
			if all {
				for d, err := range service.Client.EachRender(c.Context()) {
					if err != nil {
						return err
					}
					doc.Renders = append(doc.Renders, entry(d, records))
				}
			} else {
				page, err := service.Client.Renders(c.Context(), limit, token)
				if err != nil {
					return err
				}
				for _, d := range page.Items {
					doc.Renders = append(doc.Renders, entry(d, records))
				}
				doc.Next, doc.More = page.Next, page.Next != ""
			}
			if len(doc.Renders) == 0 {
				t.note("no renders")
			}
			if doc.More {
				t.note("there are more: --all, or --token %s", oneLine(doc.Next))
			}
			return t.result(renderTable(doc.Renders), doc)
		},
	}
	c.Flags().IntVar(&limit, "limit", 20, "renders to list, 1 to 100")
	c.Flags().StringVar(&token, "token", "", "go on where another list ended")
	c.Flags().BoolVar(&all, "all", false, "list all renders")
	return c
}

// How many columns a title takes at most in a list, and another text in a line of its own.
const (
	titleRoom = 40
	lineRoom  = 2000
)

func renderTable(list []listed) string {
	if len(list) == 0 {
		return ""
	}
	rows := [][]string{{"RENDER", "STATUS", "CREATED", "LENGTH", "TITLE", "FILE"}}
	for _, l := range list {
		created, length := "-", "-"
		if l.CreatedAt > 0 {
			created = time.Unix(l.CreatedAt, 0).Format("2006-01-02 15:04")
		}
		if l.Duration > 0 {
			length = fmt.Sprintf("%.1f s", l.Duration)
		}
		file := "-"
		if l.Output != "" {
			file = nearby(l.Output)
			if l.Journal != string(cloud.Downloaded) {
				file += " (to come)"
			}
		}
		rows = append(rows, []string{oneLine(l.ID), string(l.Status), created, length, source.Cut(either(l.Title, "-"), titleRoom), file})
	}
	return table(rows)
}

// table sets rows of as many cells each in columns, as wide as a terminal shows them.
func table(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], source.Columns(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		last := len(row) - 1
		for i, cell := range row[:last] {
			b.WriteString(cell + strings.Repeat(" ", widths[i]-source.Columns(cell)+2))
		}
		b.WriteString(row[last] + "\n")
	}
	return b.String()
}

// nearby writes a path as seen from this folder, if that is shorter.
func nearby(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

func cloudGet(t *terminal) *cobra.Command {
	var url bool
	c := &cobra.Command{
		Use:   "get RENDER",
		Short: "Tell about one render",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			service, err := cloudService(t, 0)
			if err != nil {
				return err
			}
			defer service.Journal.Close()
			d, err := service.Client.Render(c.Context(), words[0])
			if err != nil {
				return err
			}
			records, err := byRender(service)
			if err != nil {
				return err
			}
			l := entry(*d, records)
			if url {
				if d.VideoURL == "" {
					return fmt.Errorf("render %s is %s and has no video", d.ID, d.Status)
				}
				l.VideoURL = d.VideoURL
				return t.result(oneLine(d.VideoURL), l)
			}
			return t.result(describe(l), l)
		},
	}
	c.Flags().BoolVar(&url, "url", false, "print the address of the video, which whoever has it can use for a while")
	return c
}

// describe tells of a render in lines.
func describe(l listed) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name, source.Cut(value, lineRoom))
		}
	}
	at := func(unix int64) string {
		if unix == 0 {
			return ""
		}
		return time.Unix(unix, 0).Format(time.RFC3339)
	}
	line("render", l.ID)
	line("status", string(l.Status))
	line("failure", l.Failure())
	line("title", l.Title)
	line("created", at(l.CreatedAt))
	line("completed", at(l.CompletedAt))
	if l.Duration > 0 {
		line("length", fmt.Sprintf("%.3f s", l.Duration))
	}
	var form []string
	for _, s := range []string{l.AspectRatio, l.Resolution, l.Format, l.Quality} {
		if s != "" {
			form = append(form, s)
		}
	}
	if l.FPS > 0 {
		form = append(form, fmt.Sprintf("%d frames a second", l.FPS))
	}
	line("video", strings.Join(form, ", "))
	line("callback id", l.CallbackID)
	line("deck", l.Source)
	line("file", l.Output)
	line("journal", l.Journal)
	return b.String()
}

// waitFlags are those of commands that wait for renders.
type waitFlags struct {
	timeout, poll time.Duration
}

func (f *waitFlags) add(c *cobra.Command) {
	c.Flags().DurationVar(&f.timeout, "timeout", time.Hour, "HeyGen: how long to wait; renders go on after that (exit code 4)")
	c.Flags().DurationVar(&f.poll, "poll-interval", 15*time.Second, "HeyGen: longest pause between two looks at a render")
}

func (f *waitFlags) check(c *cobra.Command) error {
	switch {
	case f.timeout <= 0:
		return usageError{c, fmt.Errorf("--timeout %s is not positive", f.timeout)}
	case f.poll < shortestPoll:
		return usageError{c, fmt.Errorf("--poll-interval %s is shorter than %s", f.poll, shortestPoll)}
	}
	return nil
}

// shortestPoll is the shortest --poll-interval.
const shortestPoll = 10 * time.Millisecond

// fetched is the JSON document of a download.
type fetched struct {
	Render     string  `json:"render_id"`
	Output     string  `json:"output"`
	Seconds    float64 `json:"seconds,omitempty"`
	Bytes      int64   `json:"bytes"`
	Downloaded bool    `json:"downloaded"` // false: the file was there
}

func cloudDownload(t *terminal) *cobra.Command {
	var out string
	var f waitFlags
	c := &cobra.Command{
		Use:   "download RENDER",
		Short: "Download the video of a render, once there is one",
		Long: `download waits for a render if it is not finished, and writes its video to a file. The file appears whole or not at
all. It is taken as it is: whether it is as long as its deck is checked by render and resume, not here.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			if err := f.check(c); err != nil {
				return err
			}
			service, err := cloudService(t, f.poll)
			if err != nil {
				return err
			}
			defer service.Journal.Close()
			if out == "" {
				d, err := service.Client.Render(c.Context(), words[0])
				if err != nil {
					return err
				}
				out = cloudName(d)
			}
			show := startProgress(t)
			defer show.stop()
			res, err := service.Fetch(c.Context(), words[0], cloud.Job{Output: out, Timeout: f.timeout, Progress: show.progress})
			if err != nil {
				return show.ended(c.Context(), err)
			}
			return t.result(out, fetched{res.Render, res.Output, res.Seconds, res.Bytes, res.Fetched})
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "file to write (default: the render's title)")
	f.add(c)
	return c
}

// resumed is what became of one render.
type resumed struct {
	Render string `json:"render_id,omitempty"`
	Source string `json:"source,omitempty"`
	Output string `json:"output,omitempty"`
	Status string `json:"status"` // downloaded, failed, running
	Error  string `json:"error,omitempty"`
}

func cloudResume(t *terminal) *cobra.Command {
	var f waitFlags
	c := &cobra.Command{
		Use:   "resume [RENDER…]",
		Short: "Finish what earlier commands left: wait for renders and download their videos",
		Long: `resume goes on with renders that this machine asked for and has no video of yet, all of them or those that are
named: after a crash, after --no-wait, after a timeout. Each video goes where the command wanted it.`,
		Args: args(cobra.ArbitraryArgs),
		RunE: func(c *cobra.Command, words []string) error {
			if err := f.check(c); err != nil {
				return err
			}
			service, err := cloudService(t, f.poll)
			if err != nil {
				return err
			}
			defer service.Journal.Close()
			open, err := openRecords(service, words)
			if err != nil {
				return err
			}
			list, worst, err := resume(c.Context(), t, service, open, f.timeout)
			if err != nil {
				return err
			}
			return resumedAll(t, list, worst)
		},
	}
	f.add(c)
	return c
}

// resume finishes renders, one after the other. worst is the error of one that was not finished: one that failed before
// one that goes on. err is the context's.
func resume(ctx context.Context, t *terminal, s *cloud.Service, open []cloud.Record, timeout time.Duration) (list []resumed, worst, err error) {
	list = []resumed{}
	outputs := outputsOf(open)
	end := time.Now().Add(timeout)
	for i, r := range open {
		left := max(time.Until(end), time.Millisecond)
		show := startProgress(t)
		res, err := s.Resume(ctx, r, cloud.Job{Output: outputs[i], Timeout: left, Progress: show.progress})
		show.stop()
		if ctx.Err() != nil {
			return nil, nil, show.ended(ctx, err)
		}
		one := resumed{Render: r.Render, Source: r.Source, Output: outputs[i], Status: "downloaded"}
		var running *cloud.StillRunning
		switch {
		case errors.As(err, &running):
			running.Waited = timeout // in all, for it and those before it
			one.Status, one.Error = "running", err.Error()
		case err != nil:
			one.Status, one.Error = "failed", err.Error()
		default:
			one.Render, one.Output = res.Render, res.Output
		}
		if err != nil {
			if len(open) > 1 {
				t.note("%s: %v", either(r.Source, r.Render), err)
			}
			if worst == nil || code(worst) == exitRunning {
				worst = err
			}
		}
		list = append(list, one)
	}
	return list, worst, nil
}

// outputsOf returns the file for each of some renders, the oldest first: the one that its command wanted. Where several
// want the same, the newest gets it, and the others have their ids in their names, so that no video is lost.
func outputsOf(open []cloud.Record) []string {
	taken := map[string]bool{}
	out := make([]string, len(open))
	for i := len(open) - 1; i >= 0; i-- {
		r := open[i]
		ext := "." + either(r.Request.Format, "mp4")
		name := either(r.Output, r.Render+ext)
		if taken[name] {
			ext = filepath.Ext(name)
			name = strings.TrimSuffix(name, ext) + "-" + either(r.Render, r.Key[:min(12, len(r.Key))]) + ext
		}
		out[i], taken[name] = name, true
	}
	return out
}

// resumedAll tells what became of renders. worst is nil if all were downloaded.
func resumedAll(t *terminal, list []resumed, worst error) error {
	var files strings.Builder
	done := 0
	for _, one := range list {
		if one.Status == "downloaded" {
			fmt.Fprintln(&files, nearby(one.Output))
			done++
		}
	}
	if len(list) == 0 {
		t.note("nothing is left to do")
	}
	if t.json || done > 0 {
		if err := t.result(files.String(), map[string]any{"renders": list}); err != nil {
			return err
		}
	}
	if worst != nil && len(list) > 1 {
		return &incomplete{len(list) - done, len(list), worst}
	}
	return worst
}

// incomplete says that videos are not here yet. It ends a command as the worst of the errors does.
type incomplete struct {
	left, all int
	worst     error
}

func (e *incomplete) Error() string {
	return fmt.Sprintf("%d of %d videos are not here", e.left, e.all)
}
func (e *incomplete) Unwrap() error { return e.worst }

// openRecords returns the journal's records that words name, or all for which something is left to do.
func openRecords(s *cloud.Service, words []string) ([]cloud.Record, error) {
	list, err := s.Journal.Renders(s.Account)
	if err != nil {
		return nil, err
	}
	var out []cloud.Record
	if len(words) == 0 {
		for i := len(list) - 1; i >= 0; i-- { // the oldest first
			if list[i].Open() {
				out = append(out, list[i])
			}
		}
		return out, nil
	}
	known := map[string]cloud.Record{}
	for _, r := range list {
		known[r.Render] = r
	}
	for _, id := range words {
		r, ok := known[id]
		if !ok {
			return nil, hinted{fmt.Errorf("this machine did not ask for render %q", id), "hframes cloud download " + id + " fetches any render of the account"}
		}
		out = append(out, r)
	}
	return out, nil
}

func cloudWatch(t *terminal) *cobra.Command {
	var f waitFlags
	c := &cobra.Command{
		Use:   "watch [RENDER…]",
		Short: "Show how renders get on until they end",
		Long: `watch shows the renders that are queued or under way, or those that are named, and how they change, until all have
ended. It downloads nothing. The exit code is 1 if one of them failed.`,
		Args: args(cobra.ArbitraryArgs),
		RunE: func(c *cobra.Command, words []string) error {
			if err := f.check(c); err != nil {
				return err
			}
			service, err := cloudService(t, f.poll)
			if err != nil {
				return err
			}
			defer service.Journal.Close()
			return watch(c.Context(), t, service, words, f)
		},
	}
	f.add(c)
	return c
}

// recent is how many renders are looked at for those that run.
const recent = 100

// watch reports each change of the renders with these ids, or of all that run.
func watch(ctx context.Context, t *terminal, s *cloud.Service, ids []string, f waitFlags) error {
	if len(ids) == 0 {
		page, err := s.Client.Renders(ctx, recent, "")
		if err != nil {
			return err
		}
		for _, d := range page.Items {
			if !d.Status.Final() {
				ids = append(ids, d.ID)
			}
		}
	}
	end := time.Now().Add(f.timeout)
	last := map[string]heygen.RenderDetail{}
	for pause := min(2*time.Second, f.poll); ; pause = min(pause*3/2, f.poll) {
		running := 0
		for _, id := range ids {
			if last[id].Status.Final() {
				continue
			}
			d, err := s.Client.Render(ctx, id)
			if err != nil {
				return err
			}
			if d.Status != last[id].Status {
				t.note("%s  %s  %-9s  %s", time.Now().Format(time.TimeOnly), id, d.Status, source.Cut(either(d.Failure(), d.Title), 2*titleRoom))
			}
			if last[id] = *d; !d.Status.Final() {
				running++
			}
		}
		if running == 0 {
			return watched(t, s, ids, last)
		}
		t.progress(fmt.Sprintf("%d of %d running", running, len(ids)), false)
		if time.Until(end) < pause {
			return &cloud.StillRunning{Render: firstRunning(ids, last), Waited: f.timeout}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

func firstRunning(ids []string, last map[string]heygen.RenderDetail) string {
	for _, id := range ids {
		if !last[id].Status.Final() {
			return id
		}
	}
	return ""
}

// watched ends a watch: the renders as they ended, and an error if one failed.
func watched(t *terminal, s *cloud.Service, ids []string, last map[string]heygen.RenderDetail) error {
	records, err := byRender(s)
	if err != nil {
		return err
	}
	list, failed := []listed{}, 0
	for _, id := range ids {
		list = append(list, entry(last[id], records))
		if last[id].Status == heygen.Failed {
			failed++
		}
	}
	if len(list) == 0 {
		t.note("no render is queued or under way")
	}
	if t.json || len(list) > 0 {
		if err := t.result(renderTable(list), map[string]any{"renders": list}); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d renders failed", failed, len(ids))
	}
	return nil
}

func cloudDelete(t *terminal) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "delete RENDER…",
		Short: "Delete renders at HeyGen",
		Args:  args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			service, err := cloudService(t, 0)
			if err != nil {
				return err
			}
			defer service.Journal.Close()
			if !yes {
				if err := confirm(c, t, "Delete "+strings.Join(words, ", ")+" at HeyGen?"); err != nil {
					return err
				}
			}
			deleted, worst := []string{}, error(nil)
			for _, id := range words {
				err := service.Delete(c.Context(), id)
				switch {
				case c.Context().Err() != nil:
					return err
				case err == nil:
					deleted = append(deleted, id)
				default:
					if worst != nil {
						t.note("%v", worst)
					}
					worst = fmt.Errorf("delete render %s: %w", id, err)
				}
			}
			if len(deleted) > 0 {
				if err := t.result(strings.Join(deleted, "\n"), map[string]any{"deleted": deleted}); err != nil {
					return err
				}
			}
			return worst
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

// confirm asks a person for a yes. No, and nobody to ask, are errors.
func confirm(c *cobra.Command, t *terminal, question string) error {
	if t.json || !term.IsTerminal(int(os.Stdin.Fd())) {
		return usageError{c, hinted{errors.New("nobody is there to ask"), "--yes goes on without asking"}}
	}
	t.tell("%s [y/N] ", question)
	answer, err := await(c.Context(), func() ([]byte, error) { return bufio.NewReader(os.Stdin).ReadBytes('\n') })
	if c.Context().Err() != nil {
		t.tell("\n") // behind the ^C
		return err
	}
	if a := strings.ToLower(strings.TrimSpace(string(answer))); a != "y" && a != "yes" {
		return errors.New("nothing was deleted")
	}
	return nil
}
