package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/preview"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// editors are the addresses under which editors open a file at a line.
var editors = map[string]string{
	"vscode":   "vscode://file/{path}:{line}:{column}",
	"cursor":   "cursor://file/{path}:{line}:{column}",
	"zed":      "zed://file/{path}:{line}:{column}",
	"idea":     "idea://open?file={path}&line={line}&column={column}",
	"sublime":  "subl://open?url=file://{path}&line={line}&column={column}",
	"textmate": "txmt://open?url=file://{path}&line={line}&column={column}",
	"none":     "",
}

func previewCommand(t *terminal) *cobra.Command {
	var host, editor string
	var port int
	var open bool
	c := &cobra.Command{
		Use:   "preview [DECK]",
		Short: "Show the film in the browser while you write it",
		Long: `preview shows a deck, or a HyperFrames folder, in the browser, and every save as soon as it is made. It prints
its address and runs until Ctrl-C.

Only this machine can look. --host 0.0.0.0 lets phones and other machines on the network look, too, at an address with a
token that is also printed as a QR code.

Lines of the deck are links into the editor: vscode, cursor, zed, idea, sublime, textmate, none, or an address with
{path}, {line} and {column}. HFRAMES_EDITOR in the environment sets it for good.`,
		Example: "  hframes preview film --open\n  hframes preview film --host 0.0.0.0",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			if port < 0 || port > 65535 {
				return usageError{c, fmt.Errorf("port %d is not from 0 to 65535", port)}
			}
			link, err := editorLink(editor)
			if err != nil {
				return usageError{c, err}
			}
			return runPreview(c.Context(), t, open, preview.Options{
				Host: host, Port: port, Editor: link,
				Open: func(size string) (*hframes.Project, error) { return deck(words, hframes.Options{Size: size}) },
			})
		},
	}
	c.Flags().IntVar(&port, "port", 4400, "port to listen on, or the next that is free; 0 is any")
	c.Flags().StringVar(&host, "host", "127.0.0.1", "address to listen on")
	c.Flags().BoolVar(&open, "open", false, "open the browser")
	c.Flags().StringVar(&editor, "editor", "", "editor that lines link into (default: HFRAMES_EDITOR, else vscode)")
	complete(c, "host", []string{"127.0.0.1", "0.0.0.0"})
	complete(c, "editor", slices.Sorted(maps.Keys(editors)))
	return c
}

// editorLink returns the template of links into an editor, which is given by its name or by the template; "" is what the
// environment says.
func editorLink(editor string) (string, error) {
	where := ""
	if editor == "" {
		if editor = os.Getenv("HFRAMES_EDITOR"); editor == "" {
			editor = "vscode"
		}
		where = " in HFRAMES_EDITOR"
	}
	if link, ok := editors[editor]; ok {
		return link, nil
	}
	if strings.Contains(editor, "{path}") {
		return editor, nil
	}
	names := slices.Sorted(maps.Keys(editors))
	hint := "write " + strings.Join(names, ", ") + " or an address with {path}, {line} and {column}"
	if near := source.Nearest(editor, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return "", hinted{fmt.Errorf("unknown editor %q%s", editor, where), hint}
}

// runPreview runs a preview until ctx ends, which is how it is meant to end.
func runPreview(ctx context.Context, t *terminal, open bool, o preview.Options) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &screening{t: t, open: open, stop: cancel}
	o.Ready, o.Built = s.ready, s.built
	err := preview.Run(inner, o)
	if ctx.Err() != nil {
		return nil
	}
	if err == nil {
		err = context.Cause(inner)
	}
	return err
}

// A screening tells the terminal what a preview does. Its methods may be called from several goroutines.
type screening struct {
	t    *terminal
	open bool // the browser
	stop func(error)

	mu   sync.Mutex
	last source.List // of the build before
}

// previewed is preview's JSON document.
type previewed struct {
	URL   string   `json:"url"`
	Stage string   `json:"stage"`
	LAN   []string `json:"lan"`
	Port  int      `json:"port"`
}

// ready tells where the preview is.
func (s *screening) ready(a preview.Address) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.t.line(a.URL, previewed{a.URL, a.Stage, append([]string{}, a.LAN...), portOf(a.URL)}); err != nil {
		s.stop(err)
		return
	}
	if len(a.LAN) > 0 && !s.t.json {
		s.t.note("for other machines: %s", strings.Join(a.LAN, "\n                    "))
		preview.QR(s.t.stderr, a.LAN[0], s.t.color)
	}
	if s.t.live {
		s.t.note("Ctrl-C ends the preview")
	}
	if s.open {
		s.openBrowser(a.URL)
	}
}

// portOf returns the port in an address of HTTP.
func portOf(address string) int {
	u, err := url.Parse(address)
	if err != nil {
		return 0
	}
	if u.Port() == "" {
		return 80
	}
	port, _ := strconv.Atoi(u.Port())
	return port
}

// openBrowser opens an address in the browser. It does not wait for what it starts, which may be the browser itself.
func (s *screening) openBrowser(address string) {
	cmd := browserCommand(address)
	if err := cmd.Start(); err != nil {
		s.t.note("no browser opened: %v", err)
		return
	}
	go func() {
		if err := cmd.Wait(); err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.t.note("no browser opened: %s: %v", cmd.Args[0], err)
		}
	}()
}

// built tells what came of a build: what is wrong, unless the build before told the same, and a line.
func (s *screening) built(r preview.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(r.Diagnostics, s.last) {
		s.t.diagnostics = nil // of a build that is past
		s.t.report(r.Diagnostics)
		s.last = slices.Clone(r.Diagnostics)
	}
	s.t.note("%s", buildLine(r))
}

func buildLine(r preview.Report) string {
	errs, warnings := r.Diagnostics.Count()
	if r.Broken {
		return "not built: " + count(errs, warnings)
	}
	line := "built in " + took(r.Took)
	if r.Change != "" {
		line += " (" + r.Change + ")"
	}
	if errs+warnings > 0 {
		line += ": " + count(errs, warnings)
	}
	return line
}

// took writes how long a build took, as 9 ms or 1.2 s.
func took(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
