//go:build linux

package render

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/outfile"
)

// A process is one line of the process table.
type process struct {
	pid, parent int
	command     string
}

// descendants returns the processes that this one started, and those that they started.
func descendants(t *testing.T) []process {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var all []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // gone meanwhile
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 2 || fields[0] == "Z" {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		all = append(all, process{pid, parent, strings.ReplaceAll(string(line), "\x00", " ")})
	}
	ours := map[int]bool{os.Getpid(): true}
	var out []process
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if ours[p.parent] && !ours[p.pid] {
				ours[p.pid], grown = true, true
				out = append(out, p)
			}
		}
	}
	return out
}

// sandbox gives a test an empty folder for temporary files and one for results. Tests that use it must not be parallel.
func sandbox(t *testing.T) (tmp, out string) {
	t.Helper()
	tmp, err := os.MkdirTemp("", "hf") // short: the path of a socket in it may not be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	out = t.TempDir()
	t.Setenv("TMPDIR", tmp)
	return tmp, out
}

// nothingLeft fails if a stopped render left a process or a file behind.
func nothingLeft(t *testing.T, tmp, out string) {
	t.Helper()
	for _, p := range descendants(t) {
		t.Errorf("process %d is still there: %s", p.pid, p.command)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries { // orphans: their parent is gone, their profile is ours
		line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if strings.Contains(string(line), tmp+"/") {
			t.Errorf("process %s is still there: %s", e.Name(), strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	for _, dir := range []string{tmp, out} {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			t.Errorf("%s is still there", f.Name())
		}
	}
}

// A trap is a file system that calls a function when a file is opened.
type trap struct {
	fs.FS
	name string
	snap func()
}

// Open opens a file.
func (t trap) Open(name string) (fs.File, error) {
	if name == t.name {
		t.snap()
	}
	return t.FS.Open(name)
}

// The same while the page loads, and while FFmpeg reads a video.
func TestStopLoading(t *testing.T) {
	dir := videoFilm(t)
	for _, name := range []string{"compositions/scene.html", "long.mp4"} {
		t.Run(name, func(t *testing.T) {
			tmp, out := sandbox(t)
			ctx, cancel := context.WithCancel(t.Context())
			_, err := Local(ctx, trap{os.DirFS(dir), name, cancel}, "index.html", filepath.Join(out, "film.mp4"), Options{Runtime: official(t)})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			nothingLeft(t, tmp, out)
		})
	}
}

// A render that is stopped, at whatever stage, ends everything it started and leaves nothing behind.
func TestStop(t *testing.T) {
	for _, m := range []method{methodWayland, methodBeginFrame, methodScreenshot} {
		for _, when := range []Stage{StageOpen, StageMedia, StageCapture, StageFinish} {
			if m != methodWayland && when != StageCapture {
				continue
			}
			t.Run(string(m)+" "+string(when), func(t *testing.T) {
				tmp, out := sandbox(t)
				ctx, cancel := context.WithCancelCause(t.Context())
				why := errors.New("enough")
				o := Options{Runtime: official(t), method: m, Quality: "draft", Browser: browser(t, kindFor(m)), Workers: 2}
				o.Progress = func(p Progress) {
					if p.Stage == when && (when != StageCapture || p.Frame >= 5) {
						cancel(why)
					}
				}
				_, err := Local(ctx, project("counter"), "index.html", filepath.Join(out, "film.mp4"), o)
				if !errors.Is(err, why) {
					t.Errorf("error %v, want %v", err, why)
				}
				nothingLeft(t, tmp, out)
			})
		}
	}
}

func kindFor(m method) chrome.Kind {
	if m == methodBeginFrame {
		return chrome.Shell
	}
	return chrome.Full
}

// A browser that dies under a render is replaced and the film is the same, twice; after that, and where FFmpeg dies, it
// is an error that says so, and nothing is left behind.
func TestDeath(t *testing.T) {
	whole, _ := makeFilm(t, project("counter"), Options{})
	for _, c := range []struct {
		name, process string // text in the command line of the one to kill
		times         int
		want          error
		text          string
	}{
		{"browser", "--remote-debugging-pipe", 1, nil, ""},
		{"page", "--type=renderer", 2, nil, ""},
		{"page, again and again", "--type=renderer", 3, chrome.ErrCrashed, ""},
		{"ffmpeg", "rawvideo", 1, nil, "ffmpeg: signal: killed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tmp, out := sandbox(t)
			killed, least := 0, 5
			o := Options{Runtime: official(t), Quality: "draft", Workers: 1}
			o.Progress = func(p Progress) {
				if p.Stage == StageCapture && p.Frame >= least && killed < c.times && kill(t, c.process) {
					killed++
				}
			}
			film := filepath.Join(out, "film.mp4")
			_, err := Local(t.Context(), project("counter"), "index.html", film, o)
			if killed < c.times {
				t.Errorf("killed %d times", killed)
			}
			if fails := c.want != nil || c.text != ""; fails != (err != nil) || (c.want != nil && !errors.Is(err, c.want)) || err != nil && !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %v", err)
			}
			if err == nil && !bytes.Equal(readFile(t, film), readFile(t, whole)) {
				t.Error("another film")
			}
			os.Remove(film)
			nothingLeft(t, tmp, out)
		})
	}
}

// kill kills our processes whose command line holds a text. It reports whether there was one.
func kill(t *testing.T, text string) bool {
	n := 0
	for _, p := range descendants(t) {
		if strings.Contains(p.command, text) && (strings.Contains(text, "--type=") || !strings.Contains(p.command, "--type=")) {
			if err := syscall.Kill(p.pid, syscall.SIGKILL); err == nil {
				n++
			}
		}
	}
	return n > 0
}

// place makes the unfinished file for dst and removes it.
func place(t *testing.T, dst string) error {
	f, err := outfile.Create(t.Context(), dst, "render")
	if err == nil {
		f.Close()
	}
	return err
}

// What is there and is no file is refused before anything is started; a link stays and leads to the film.
func TestPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{"": "it is a folder", "pipe": "it is not a file", "lost": "it is a link that leads nowhere"}
	if err := syscall.Mknod(at("null"), syscall.S_IFCHR|0o600, 1<<8|3); err == nil { // needs root
		refused["null"] = "it is not a file"
	}
	for link, to := range map[string]string{"lost": "nothing", "link": "folder/old.mp4"} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	put(t, dir, "folder/old.mp4", []byte("old"))
	if os.Getuid() != 0 {
		if err := os.Mkdir(at("shut"), 0o500); err != nil {
			t.Fatal(err)
		}
		refused["shut/x.mp4"] = "permission denied"
	}
	refused[strings.Repeat("x", 256)] = "file name too long"
	for name, why := range refused {
		dst := at(name)
		if err := place(t, dst); err == nil || err.Error() != "write "+dst+": "+why {
			t.Errorf("%q: error %v, want %s", name, err, why)
		}
	}
	o := Options{Runtime: official(t), Quality: "draft"}
	for _, name := range []string{"link", strings.Repeat("x", 245) + ".mp4"} {
		if _, err := Local(t.Context(), fstest.MapFS{"index.html": {Data: []byte(still("", "", small))}}, "index.html", at(name), o); err != nil {
			t.Fatal(err)
		}
	}
	if to, err := os.Readlink(at("link")); err != nil || to != "folder/old.mp4" {
		t.Errorf("the link leads to %q: %v", to, err)
	}
	if got := readFile(t, at("folder/old.mp4")); len(got) < 500 {
		t.Errorf("%d bytes", len(got))
	}
	for _, pattern := range []string{".hframes*", "*/.hframes*"} {
		if left, _ := filepath.Glob(at(pattern)); len(left) > 0 {
			t.Errorf("%s is still there", left)
		}
	}
}

// What FFmpeg says at its end is said once.
func TestSaidOnce(t *testing.T) {
	t.Parallel()
	var dst string
	o := Options{Runtime: official(t), Quality: "draft"}
	dir := t.TempDir()
	o.Progress = func(p Progress) {
		if p.Stage == StageMedia { // the unfinished file becomes a folder, which FFmpeg cannot write to
			parts, _ := filepath.Glob(filepath.Join(dir, ".hframes-*"))
			for _, dst = range parts {
				os.Remove(dst)
				os.Mkdir(dst, 0o700)
			}
		}
	}
	// Pictures too big for the pipe, so that FFmpeg looks at the first before the last is written.
	noise := `<div style="position:absolute;inset:0;background:repeating-radial-gradient(#000 0 0.001%,#fff 0 0.002%)"></div>`
	big := `data-no-timeline data-duration="2" data-width="1280" data-height="720"`
	_, err := Local(t.Context(), fstest.MapFS{"index.html": {Data: []byte(still("", noise, big))}}, "index.html", filepath.Join(dir, "film.mp4"), o)
	if err == nil || strings.Count(err.Error(), "Is a directory") != 1 {
		t.Errorf("error %v", err)
	}
}
