package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/compose"
	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/heygen/auth"
	"github.com/hframes/hframes/internal/npm"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/templates"
	"github.com/spf13/cobra"
)

// finding is one line of doctor: a thing that some command needs.
type finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

func doctorCommand(t *terminal) *cobra.Command {
	var fetch bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Show what is installed, cached and missing",
		Long: `doctor looks for everything that hframes uses and says how to get what is missing. With --fetch it also
fills the cache, so that building and rendering work offline from then on; only fonts for emoji and for scripts that a
theme lacks come with the first build that needs them. It exits 1 when something is missing.`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			all, err := examine(c.Context(), t, fetch)
			if err != nil {
				return err
			}
			var b strings.Builder
			missing := 0
			for _, f := range all {
				mark := "ok     "
				if !f.OK {
					mark = "missing"
					missing++
				}
				fmt.Fprintf(&b, "%s  %-22s %s\n", mark, f.Name, f.Detail)
				if f.Hint != "" {
					fmt.Fprintf(&b, "         hint: %s\n", f.Hint)
				}
			}
			if err := t.result(b.String(), map[string]any{"ok": missing == 0, "findings": all}); err != nil {
				return err
			}
			if missing > 0 {
				return fmt.Errorf("%d of %d things missing", missing, len(all))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&fetch, "fetch", false, "fetch what the cache lacks, through npm")
	return c
}

// examine looks at the browser, FFmpeg, every npm package that we pin, and the key for HeyGen.
func examine(ctx context.Context, t *terminal, fetch bool) ([]finding, error) {
	dir, err := hframes.CacheDir()
	if err != nil {
		return nil, err
	}
	all := []finding{
		tool("Chromium", func() (string, error) { return chrome.Find("", chrome.Any) }),
		tool("FFmpeg", func() (string, error) {
			tools, err := ffmpeg.Find("")
			return tools.FFmpeg, err
		}),
	}
	if f, ok := examineCapture(); ok {
		all = append(all, f)
	}
	if file := os.Getenv("HFRAMES_RUNTIME"); file != "" {
		all = append(all, examineRuntime(file))
	}
	cache := npm.Cache{Dir: filepath.Join(dir, "npm")}
	for _, p := range pinned() {
		all = append(all, examinePackage(ctx, t, cache, p, fetch))
	}
	return append(all, examineKey(), finding{Name: "cache", OK: true, Detail: dir}), ctx.Err()
}

// captures says how each of the renderer's ways takes pictures.
var captures = map[string]string{
	"wayland":    "from memory that is shared with the browser",
	"beginframe": "frame by frame on command",
	"screenshot": "by screenshots",
}

// examineCapture tells how a film's pictures are taken on this machine. Where there is no browser, that is told elsewhere.
func examineCapture() (finding, bool) {
	method, browser, err := render.Capture()
	if err != nil {
		return finding{}, false
	}
	f := finding{Name: "capture", OK: true, Detail: fmt.Sprintf("%s: %s, of %s", method, captures[method], browser)}
	if method == "wayland" || runtime.GOOS != "linux" {
		return f, true
	}
	f.Hint = "memory shared with a full Chromium is several times as fast: let HFRAMES_BROWSER name that, or unset it"
	if _, err := chrome.Find("", chrome.Full); err != nil && os.Getenv("HFRAMES_BROWSER") == "" {
		f.Hint = "memory shared with a full Chromium is several times as fast; " + hintOf(err)
	}
	return f, true
}

// examineKey tells which credential for HeyGen is used. None is no fault: films are rendered here.
func examineKey() finding {
	f := finding{Name: "HeyGen key", OK: true}
	switch found, err := auth.Find(authOptions()); {
	case errors.Is(err, auth.ErrNone):
		f.Detail = "none, so films are rendered on this machine"
	case err != nil:
		f.OK, f.Detail, f.Hint = false, err.Error(), hintOf(err)
	default:
		f.Detail = "in " + found.Source.Text() + "; hframes auth status asks HeyGen about it"
	}
	return f
}

// pinned returns every package that a built-in part of hframes uses.
func pinned() []npm.Package {
	out := []npm.Package{npm.Runtime}
	set, _ := templates.Load(nil)
	seen := map[string]bool{}
	for _, name := range set.Themes() {
		for _, f := range set.Theme(name).Fonts {
			p := compose.FontPackage(f)
			if p.Name != "" && !seen[p.String()] {
				seen[p.String()] = true
				out = append(out, p)
			}
		}
	}
	return out
}

func tool(name string, find func() (string, error)) finding {
	path, err := find()
	if err != nil {
		return finding{Name: name, Detail: err.Error(), Hint: hintOf(err)}
	}
	return finding{Name: name, OK: true, Detail: path}
}

// examineRuntime looks at the file that is to stand in for the official runtime.
func examineRuntime(file string) finding {
	f := finding{Name: "HFRAMES_RUNTIME", Detail: file, Hint: "name a script that is the runtime, or unset HFRAMES_RUNTIME"}
	js, err := os.ReadFile(file)
	switch {
	case err != nil:
		f.Detail = err.Error()
	case len(js) == 0:
		f.Detail = file + " is empty"
	default:
		f.OK, f.Hint = true, ""
	}
	return f
}

func examinePackage(ctx context.Context, t *terminal, cache npm.Cache, p npm.Package, fetch bool) finding {
	f := finding{Name: p.String()}
	if fetch {
		t.note("fetching %s", p)
		if _, err := cache.Fetch(ctx, p); err != nil {
			f.Detail, f.Hint = err.Error(), hintOf(err)
			return f
		}
	}
	s, err := cache.Status(p)
	if err != nil {
		f.Detail = err.Error()
		return f
	}
	f.OK, f.Detail = s.State == npm.Cached, string(s.State)
	if f.OK {
		f.Detail = fmt.Sprintf("%d files, %.1f MB", s.Files, float64(s.Size)/1e6)
	} else {
		f.Hint = fmt.Sprintf("run %q once while online", npm.FetchCommand)
	}
	return f
}

// hintOf returns the advice that an error carries, if any.
func hintOf(err error) string {
	var with interface{ Hint() string }
	if errors.As(err, &with) {
		return with.Hint()
	}
	return ""
}
