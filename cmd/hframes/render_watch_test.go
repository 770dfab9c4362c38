//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hframes/hframes"
)

const watchedPage = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title><style>html, body { margin: 0 } div { height: 36px }</style></head><body>
<div id="root" data-composition-id="main" data-start="0" data-duration="0.4" data-width="64" data-height="36" data-no-timeline>
<div id="a" class="clip" style="background: #123456" data-start="0" data-duration="0.2" data-track-index="0"></div>
<div id="b" class="clip" style="background: #654321" data-start="0.2" data-duration="0.2" data-track-index="0"></div>
</div></body></html>`

// A film that is watched is rendered again when it changes, also after a mistake, and Ctrl-C is no failure.
func TestWatch(t *testing.T) {
	t.Parallel()
	dir, cache := t.TempDir(), t.TempDir()
	page, film := filepath.Join(dir, "index.html"), filepath.Join(t.TempDir(), "film.mp4")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(page+".new", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(page+".new", page); err != nil {
			t.Fatal(err)
		}
	}
	write(watchedPage)
	own, err := hframes.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(own, "npm"), filepath.Join(cache, "npm")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("hframes", "render", dir, "--on", "local", "--quality", "draft", "--watch", "-o", film)
	cmd.Env = append(os.Environ(), "HFRAMES_CACHE="+cache, "HFRAMES_CACHE_SIZE=")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	lines := bufio.NewScanner(stderr)
	until := func(want string) {
		t.Helper()
		var seen []string
		for lines.Scan() {
			seen = append(seen, lines.Text())
			if strings.Contains(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("%q never came:\n%s", want, strings.Join(seen, "\n"))
	}
	until("waiting for a change")
	write(strings.Replace(watchedPage, `data-width="64"`, ``, 1))
	until("data-width")
	until("waiting for a change")
	write(watchedPage)
	until("changed: index.html")
	until("100% reused")
	until("waiting for a change")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		t.Errorf("after Ctrl-C: %s", lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("Ctrl-C: %v", err)
	}
	if _, err := os.Stat(film); err != nil {
		t.Error(err)
	}
}
