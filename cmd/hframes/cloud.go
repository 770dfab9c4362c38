package main

import (
	"bufio"
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
	key := &keyFlag{}
	key.add(c)
	c.AddCommand(cloudList(t, key), cloudGet(t, key), cloudDownload(t, key), cloudResume(t, key), cloudWatch(t, key), cloudDelete(t, key), cloudListen(t, key))
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

func cloudList(t *terminal, key *keyFlag) *cobra.Command {
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
			service, err := cloudService(t, key, 0)
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

func cloudGet(t *terminal, key *keyFlag) *cobra.Command {
	var url bool
	c := &cobra.Command{
		Use:   "get RENDER",
		Short: "Tell about one render",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			service, err := cloudService(t, key, 0)
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

func cloudDelete(t *terminal, key *keyFlag) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "delete RENDER…",
		Short: "Delete renders at HeyGen",
		Args:  args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			service, err := cloudService(t, key, 0)
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
