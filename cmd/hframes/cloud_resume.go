package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/spf13/cobra"
)

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

func cloudDownload(t *terminal, key *keyFlag) *cobra.Command {
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
			service, err := cloudService(t, key, f.poll)
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

func cloudResume(t *terminal, key *keyFlag) *cobra.Command {
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
			service, err := cloudService(t, key, f.poll)
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
