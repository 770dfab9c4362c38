//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hframes/hframes/preview"
	"github.com/hframes/hframes/source"
)

// A running preview.
type running struct {
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr *bytes.Buffer // complete after end
	bin    string        // first in the PATH
}

// openers makes a folder for the PATH in which every way to open a browser is a shell script.
func openers(t *testing.T, script string) string {
	t.Helper()
	bin := t.TempDir()
	for _, name := range []string{"xdg-open", "open"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

// previewing starts a preview of a page, with opener as what opens the browser.
func previewing(t *testing.T, opener string, flags ...string) *running {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, "index.html", endless)
	r := &running{bin: openers(t, opener), stderr: &bytes.Buffer{}}
	r.cmd = exec.Command("hframes", append([]string{"preview", dir, "--port", "0"}, flags...)...)
	r.cmd.Env = append(os.Environ(), "PATH="+r.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	r.cmd.Stderr = r.stderr
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.stdout = bufio.NewReader(stdout)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.cmd.Process.Kill() })
	return r
}

// line reads the line that tells the address.
func (r *running) line(t *testing.T) string {
	t.Helper()
	line, err := r.stdout.ReadString('\n')
	if err != nil {
		r.cmd.Wait()
		t.Fatalf("%v: %s", err, r.stderr)
	}
	return line
}

// end stops the preview as its users do: that is no failure, and there is nothing more to say on stdout.
func (r *running) end(t *testing.T) {
	t.Helper()
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(r.stdout)
	if err := r.cmd.Wait(); err != nil || len(rest) > 0 {
		t.Errorf("%v; stdout goes on with %q; %s", err, rest, r.stderr)
	}
}

// get asks for a page.
func get(t *testing.T, address string) *http.Response {
	t.Helper()
	client := http.Client{Timeout: time.Minute}
	got, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	return got
}

func TestPreview(t *testing.T) {
	r := previewing(t, "exit 1", "--json")
	var a previewed
	if err := json.Unmarshal([]byte(r.line(t)), &a); err != nil {
		t.Fatal(err)
	}
	if a.URL != fmt.Sprintf("http://127.0.0.1:%d/", a.Port) || !strings.HasPrefix(a.Stage, "http://127.0.0.1:") || a.LAN == nil || len(a.LAN) > 0 {
		t.Errorf("%+v", a)
	}
	got := get(t, a.URL)
	if got.StatusCode != http.StatusOK || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s, %s", got.Status, got.Header.Get("Content-Type"))
	}
	r.end(t)
	if r.stderr.Len() > 0 {
		t.Errorf("stderr: %s", r.stderr)
	}
}

// TestPreviewOpen opens the browser with the address that is printed, beside a line about the build.
func TestPreviewOpen(t *testing.T) {
	r := previewing(t, `printf %s "$1" > "$0.part" && mv "$0.part" "$(dirname "$0")/asked"`, "--open")
	address := strings.TrimSpace(r.line(t))
	var asked []byte
	for deadline := time.Now().Add(time.Minute); asked == nil && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		asked, _ = os.ReadFile(filepath.Join(r.bin, "asked"))
	}
	if string(asked) != address || get(t, address).StatusCode != http.StatusOK {
		t.Errorf("opened %q, want %q", asked, address)
	}
	r.end(t)
	if said := r.stderr.String(); !strings.HasPrefix(said, "built in ") || strings.Count(said, "\n") != 1 {
		t.Errorf("stderr: %s", said)
	}
}

// TestPreviewNoBrowser has none to open, which is no error.
func TestPreviewNoBrowser(t *testing.T) {
	s, said := screen(t, "exit 3")
	s.ready(preview.Address{URL: "http://127.0.0.1:4400/"})
	told := func() string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return said.String()
	}
	for deadline := time.Now().Add(time.Minute); !strings.Contains(told(), "exit status 3") && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if got := told(); !strings.HasPrefix(got, "http://127.0.0.1:4400/\nno browser opened: ") || !strings.HasSuffix(got, "exit status 3\n") {
		t.Errorf("%s", got)
	}

	s, said = screen(t, "")
	t.Setenv("PATH", t.TempDir())
	s.ready(preview.Address{URL: "http://127.0.0.1:4400/"})
	if !strings.Contains(said.String(), "no browser opened: exec: ") {
		t.Errorf("%s", said)
	}
}

// screen returns a screening on a terminal that is a buffer, with opener as in previewing.
func screen(t *testing.T, opener string) (*screening, *bytes.Buffer) {
	t.Helper()
	t.Setenv("PATH", openers(t, opener)+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out bytes.Buffer
	return &screening{t: newTerminal(&out, &out), open: true, stop: func(err error) { t.Error(err) }}, &out
}

// TestPreviewLAN prints addresses with a token, which alone open the door, and a QR code of the first for phones.
func TestPreviewLAN(t *testing.T) {
	r := previewing(t, "exit 1", "--host", "0.0.0.0")
	address := strings.TrimSpace(r.line(t))
	bare, token, _ := strings.Cut(address, "?token=")
	if len(token) != 22 || get(t, bare).StatusCode != http.StatusForbidden {
		t.Errorf("%s opens without its token", address)
	}
	req, err := http.NewRequest("GET", bare, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "hframes", Value: token})
	if got, err := http.DefaultTransport.RoundTrip(req); err != nil || got.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", got, err)
	} else {
		got.Body.Close()
	}
	r.end(t)

	s, said := screen(t, "")
	s.open = false
	a := preview.Address{URL: "http://127.0.0.1:1/?token=t", LAN: []string{"http://192.168.1.5:1/?token=t", "http://10.0.0.2:1/?token=t"}}
	s.ready(a)
	var code bytes.Buffer
	if err := preview.QR(&code, a.LAN[0], false); err != nil {
		t.Fatal(err)
	}
	want := a.URL + "\nfor other machines: " + a.LAN[0] + "\n                    " + a.LAN[1] + "\n" + code.String()
	if said.String() != want {
		t.Errorf("%s\nwant\n%s", said, want)
	}
}

// TestPreviewReaderGone ends when there is nobody to tell the address.
func TestPreviewReaderGone(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	defer write.Close()
	dir := t.TempDir()
	put(t, dir, "index.html", endless)
	cmd := exec.Command("hframes", "preview", dir, "--port", "0")
	cmd.Stdout = write
	cmd.Run()
	if cmd.ProcessState.ExitCode() != exitFailed {
		t.Error(cmd.ProcessState)
	}
}

// TestBuilt reads what is told of builds: a fault once, as long as it stays the same.
func TestBuilt(t *testing.T) {
	s, said := screen(t, "")
	list := source.List{{Pos: source.Pos{File: "video.md", Line: 3, Col: 1}, Severity: source.Warning, Code: "scene/x", Msg: "so", Excerpt: "text"}}
	fault := source.List{{Pos: source.Pos{File: "video.md"}, Code: "scene/y", Msg: "no"}, list[0]}
	for _, r := range []preview.Report{
		{Took: 8600 * time.Microsecond},
		{Took: 9 * time.Millisecond, Diagnostics: list, Change: "css"},
		{Took: 1234 * time.Millisecond, Diagnostics: list},
		{Diagnostics: fault, Broken: true},
		{Took: time.Millisecond},
		{Took: time.Millisecond, Diagnostics: list},
	} {
		s.built(r)
	}
	warning := "video.md:3:1: warning scene/x: so\n    3 | text\n      | ^^^^\n"
	want := "built in 9 ms\n" +
		warning + "built in 9 ms (css): 0 errors, 1 warning\n" +
		"built in 1.2 s: 0 errors, 1 warning\n" +
		"video.md: error scene/y: no\n" + warning + "not built: 1 error, 1 warning\n" +
		"built in 1 ms\n" +
		warning + "built in 1 ms: 0 errors, 1 warning\n"
	if said.String() != want {
		t.Errorf("%s\nwant\n%s", said, want)
	}
}

func TestEditorLink(t *testing.T) {
	t.Setenv("HFRAMES_EDITOR", "")
	for editor, want := range map[string]string{
		"":                   "vscode://file/{path}:{line}:{column}",
		"sublime":            "subl://open?url=file://{path}&line={line}&column={column}",
		"none":               "",
		"ed://{path}+{line}": "ed://{path}+{line}",
	} {
		if got, err := editorLink(editor); got != want || err != nil {
			t.Errorf("%q: %q, %v", editor, got, err)
		}
	}
	t.Setenv("HFRAMES_EDITOR", "zed")
	if got, err := editorLink(""); got != editors["zed"] || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := editorLink("idea"); got != editors["idea"] || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for name, link := range editors {
		if name != "none" && !strings.Contains(link, "{path}") {
			t.Errorf("%s: %q", name, link)
		}
	}
}
