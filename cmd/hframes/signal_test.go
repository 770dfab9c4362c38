//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const endless = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title></head><body>
<div id="root" data-composition-id="main" data-start="0" data-duration="600" data-width="64" data-height="36" data-no-timeline></div>
</body></html>`

// rendering starts a render of a page and returns it, its messages and the folders that must be empty when it is stopped.
func rendering(t *testing.T, page string, wrap ...string) (cmd *exec.Cmd, stderr io.ReadCloser, tmp, out string) {
	t.Helper()
	dir, out := t.TempDir(), t.TempDir()
	tmp, err := os.MkdirTemp("", "hf") // short: the path of a socket in it may not be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	args := append(wrap, "hframes", "render", dir, "--quality", "draft", "-o", filepath.Join(out, "film.mp4"))
	cmd = exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "HFRAMES_CACHE_SIZE=0")
	if stderr, err = cmd.StderrPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return cmd, stderr, tmp, out
}

func empty(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			t.Errorf("%s is still there", f.Name())
		}
	}
}

// However a render is stopped, even twice, it cleans up first.
func TestStopSignals(t *testing.T) {
	heard := make(chan os.Signal, 1) // under nohup these tests ignore a hang-up, and what they start would, too
	signal.Notify(heard, syscall.SIGHUP)
	defer signal.Stop(heard)
	for name, signals := range map[string][]os.Signal{
		"hang-up":         {syscall.SIGHUP},
		"terminate":       {syscall.SIGTERM},
		"Ctrl-C, Ctrl-C":  {os.Interrupt, os.Interrupt},
		"Ctrl-C, hang-up": {os.Interrupt, syscall.SIGHUP},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, stderr, tmp, out := rendering(t, endless)
			lines := bufio.NewScanner(stderr)
			for lines.Scan() && !strings.HasPrefix(lines.Text(), "open") {
			}
			deadline := time.Now().Add(time.Minute)
			for { // until a browser is at work
				if files, _ := os.ReadDir(tmp); len(files) > 1 || time.Now().After(deadline) {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			for _, s := range signals {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
				time.Sleep(20 * time.Millisecond)
			}
			said, _ := io.ReadAll(stderr)
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
				t.Errorf("exit code %d; %s", code, said)
			}
			empty(t, tmp, out)
		})
	}
}

// A render goes on when the one who reads its messages leaves, and under nohup when the terminal does.
func TestGoesOn(t *testing.T) {
	page := strings.Replace(endless, "600", "0.5", 1)
	t.Run("nobody reads", func(t *testing.T) {
		cmd, stderr, tmp, out := rendering(t, page)
		stderr.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		empty(t, tmp)
		if _, err := os.Stat(filepath.Join(out, "film.mp4")); err != nil {
			t.Error(err)
		}
	})
	t.Run("nohup", func(t *testing.T) {
		cmd, stderr, tmp, _ := rendering(t, page, "nohup")
		said := bufio.NewReader(stderr)
		for line := ""; !strings.HasPrefix(line, "open"); {
			var err error
			if line, err = said.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		cmd.Process.Signal(syscall.SIGHUP)
		rest, _ := io.ReadAll(said)
		if n := strings.Count(string(rest), "100%"); n != 1 {
			t.Errorf("the end was told %d times:\n%s", n, rest)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		empty(t, tmp)
	})
}

// Who reads the result may stop reading: that needs no words.
func TestReaderGone(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd := exec.Command("hframes", "version")
	cmd.Stdout = w
	var said strings.Builder
	cmd.Stderr = &said
	cmd.Run()
	if cmd.ProcessState.ExitCode() != exitFailed || said.Len() > 0 {
		t.Errorf("%s: %s", cmd.ProcessState, said.String())
	}
}
