package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
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
				t.note("there are more: --all, or --token %s", doc.Next)
			}
			return t.result(renderTable(doc.Renders), doc)
		},
	}
	c.Flags().IntVar(&limit, "limit", 20, "renders to list, 1 to 100")
	c.Flags().StringVar(&token, "token", "", "go on where another list ended")
	c.Flags().BoolVar(&all, "all", false, "list all renders")
	return c
}

func renderTable(list []listed) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RENDER\tSTATUS\tCREATED\tLENGTH\tTITLE\tFILE")
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
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.Status, created, length, either(oneLine(l.Title), "-"), file)
	}
	w.Flush()
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

// oneLine takes out of a text what would move a terminal's cursor.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
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
				return t.result(d.VideoURL, l)
			}
			return t.result(about1(l), l)
		},
	}
	c.Flags().BoolVar(&url, "url", false, "print the address of the video, which whoever has it can use for a while")
	return c
}

// about1 tells of a render in lines.
func about1(l listed) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" && value != "0" {
			fmt.Fprintf(&b, "%-12s %s\n", name, oneLine(value))
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
	c.Flags().DurationVar(&f.timeout, "timeout", time.Hour, "how long to wait; renders go on after that (exit code 4)")
	c.Flags().DurationVar(&f.poll, "poll-interval", 15*time.Second, "longest pause between two looks at a render")
}

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
			show := cloudProgress{t: t}
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
			service, err := cloudService(t, f.poll)
			if err != nil {
				return err
			}
			defer service.Journal.Close()
			open, err := openRecords(c, service, words)
			if err != nil {
				return err
			}
			list, worst := []resumed{}, error(nil)
			end := time.Now().Add(f.timeout)
			for _, r := range open {
				left := max(time.Until(end), time.Millisecond)
				show := cloudProgress{t: t}
				res, err := service.Resume(c.Context(), r, cloud.Job{Output: either(r.Output, r.Render+"."+either(r.Request.Format, "mp4")), Timeout: left, Progress: show.progress})
				one := resumed{Render: r.Render, Source: r.Source, Output: r.Output, Status: "downloaded"}
				var running *cloud.StillRunning
				switch {
				case c.Context().Err() != nil:
					return show.ended(c.Context(), err)
				case errors.As(err, &running):
					one.Status, one.Error = "running", err.Error()
				case err != nil:
					one.Status, one.Error = "failed", err.Error()
				default:
					one.Render, one.Output = res.Render, res.Output
				}
				if err != nil {
					t.note("%s: %v", either(r.Source, r.Render), err)
					if worst == nil || code(worst) == exitRunning {
						worst = err
					}
				}
				list = append(list, one)
			}
			var files strings.Builder
			for _, one := range list {
				if one.Status == "downloaded" {
					fmt.Fprintln(&files, nearby(one.Output))
				}
			}
			if len(list) == 0 {
				t.note("nothing is left to do")
			}
			if t.json || files.Len() > 0 {
				if err := t.result(files.String(), map[string]any{"renders": list}); err != nil {
					return err
				}
			}
			return worst
		},
	}
	f.add(c)
	return c
}

// openRecords returns the journal's records that words name, or all for which something is left to do.
func openRecords(c *cobra.Command, s *cloud.Service, words []string) ([]cloud.Record, error) {
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
			service, err := cloudService(t, f.poll)
			if err != nil {
				return err
			}
			defer service.Journal.Close()
			return watch(c.Context(), t, service.Client, words, f)
		},
	}
	f.add(c)
	return c
}

// recent is how many renders are looked at for those that run.
const recent = 100

// watch reports each change of the renders with these ids, or of all that run.
func watch(ctx context.Context, t *terminal, client *heygen.Client, ids []string, f waitFlags) error {
	if len(ids) == 0 {
		page, err := client.Renders(ctx, recent, "")
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
			d, err := client.Render(ctx, id)
			if err != nil {
				return err
			}
			if d.Status != last[id].Status {
				t.note("%s  %s  %-9s  %s", time.Now().Format(time.TimeOnly), id, d.Status, oneLine(either(d.Failure(), d.Title)))
			}
			if last[id] = *d; !d.Status.Final() {
				running++
			}
		}
		if running == 0 {
			return watched(t, ids, last)
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
func watched(t *terminal, ids []string, last map[string]heygen.RenderDetail) error {
	list, failed := []listed{}, 0
	for _, id := range ids {
		list = append(list, entry(last[id], nil))
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
				if t.json || !term.IsTerminal(int(os.Stdin.Fd())) {
					return usageError{c, hinted{errors.New("nobody is there to ask"), "--yes deletes without asking"}}
				}
				fmt.Fprintf(t.stderr, "Delete %s at HeyGen? [y/N] ", strings.Join(words, ", "))
				answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
				if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
					return errors.New("nothing was deleted")
				}
			}
			for _, id := range words {
				if err := service.Delete(c.Context(), id); err != nil {
					return fmt.Errorf("delete render %s: %w", id, err)
				}
			}
			return t.result(strings.Join(words, "\n"), map[string]any{"deleted": words})
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}
