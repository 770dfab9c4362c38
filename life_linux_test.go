package hframes_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/npm"
)

// lifeRuns is how many mishaps there are in TestRenderLife; HFRAMES_LIFE_RUNS sets another number.
const lifeRuns = 32

// lifeFilm has five segments, a video in two of them, and sound.
const lifeFilm = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Life</title><style>
@keyframes go { from { left: 0; background: #fd0 } to { left: 90px } }
.clip { position: absolute; left: 10px; font: 20px sans-serif }
.clip b { display: block; position: absolute; width: 30px; height: 30px; animation: go 1s linear both }
</style></head><body style="margin: 0; background: #fff">
<div id="root" data-composition-id="main" data-no-timeline data-start="0" data-duration="2.5" data-width="160" data-height="90" data-fps="30">
<div id="a" class="clip" data-start="0" data-duration="0.5" data-track-index="0"><b style="background: #c00">a</b></div>
<div id="b" class="clip" data-start="0.5" data-duration="0.5" data-track-index="0"><b style="background: #0a0">b</b></div>
<div id="c" class="clip" data-start="1" data-duration="1.5" data-track-index="0"><b style="background: #00c">c</b></div>
<video id="v" src="clip.mp4" muted data-start="1.5" data-duration="0.5" data-track-index="1" style="position: absolute; right: 0; width: 60px"></video>
<audio id="s" src="tone.wav" data-start="0" data-duration="2.5" data-track-index="2"></audio>
</div></body></html>`

// A life is what one user of a machine has: a film, a place for it, a cache and temporary files, all of them in dir.
type life struct {
	t    *testing.T
	dir  string
	want []byte // the film's file; nil until it is known
	took time.Duration
}

// newLife makes one with a film. Its folder's name is short, so that browsers too have their files there.
func newLife(t *testing.T) *life {
	t.Helper()
	dir, err := os.MkdirTemp("", "hfl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l := &life{t: t, dir: dir}
	for _, sub := range []string{"film", "out", "cache", "tmp", "home"} {
		if err := os.Mkdir(l.at(sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, l.at("film/index.html"), []byte(lifeFilm))
	return l
}

// at returns the path of something of the user's.
func (l *life) at(name string) string { return filepath.Join(l.dir, name) }

// render makes the film without a mishap.
func (l *life) render() {
	if code := l.start(nil, nil).wait(); code != 0 {
		l.t.Errorf("exit code %d", code)
	}
}

// made returns the film's file.
func (l *life) made() []byte {
	file, err := os.ReadFile(l.at("out/film.mp4"))
	if err != nil {
		l.t.Error(err)
	}
	return file
}

// A lifeRun is one run of hframes.
type lifeRun struct {
	*life
	cmd    *exec.Cmd
	stderr bytes.Buffer
	began  time.Time
	ended  chan struct{}
}

// start starts a render, with a command in front of hframes and variables in its environment.
func (l *life) start(front, env []string) *lifeRun {
	l.t.Helper()
	file, err := command()
	if err != nil {
		l.t.Fatal(err)
	}
	words := append(slices.Clone(front), file, "render", "film", "--on", "local", "--quality", "draft", "-o", "out/film.mp4")
	r := &lifeRun{life: l, cmd: exec.Command(words[0], words[1:]...), began: time.Now(), ended: make(chan struct{})}
	r.cmd.Dir = l.dir
	r.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + l.at("home"), "TMPDIR=" + l.at("tmp"), "HFRAMES_CACHE=" + l.at("cache"),
		"HFRAMES_RUNTIME=" + l.at("runtime.js"), "HFRAMES_BROWSER=" + os.Getenv("HFRAMES_BROWSER")}, env...)
	r.cmd.Stderr = &r.stderr
	if err := r.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	go func() {
		defer close(r.ended)
		r.cmd.Wait()
	}()
	return r
}

// wait waits for the run's end, and longer for that of all its processes. It returns the exit code, -1 = killed.
func (r *lifeRun) wait() int {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(5 * time.Minute):
		r.cmd.Process.Signal(syscall.SIGQUIT)
		<-r.ended
		r.t.Errorf("the run does not end")
	}
	for late := time.Now().Add(10 * time.Second); len(r.processes("")) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			for _, pid := range r.processes("") {
				line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
				r.t.Errorf("process %d is left: %.200q", pid, line)
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
	return r.cmd.ProcessState.ExitCode()
}

// processes returns the run's processes whose command line has these words in it. They are known by the folder for
// temporary files.
func (l *life) processes(words string) []int {
	var found []int
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, proc := range all {
		line, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
		environ, _ := os.ReadFile(filepath.Join(proc, "environ"))
		if len(line) == 0 || !bytes.Contains(append(line, environ...), []byte(l.at("tmp"))) {
			continue
		}
		text := strings.ReplaceAll(string(line), "\x00", " ")
		if pid, err := strconv.Atoi(filepath.Base(proc)); err == nil && strings.Contains(text, words) {
			found = append(found, pid)
		}
	}
	return found
}

// hit waits for a moment, then for a process of a kind, and sends one of those a signal.
func (r *lifeRun) hit(kind string, s syscall.Signal, random *rand.Rand) bool {
	select {
	case <-r.ended:
	case <-time.After(time.Duration(random.Float64() * 1.1 * float64(r.took))):
	}
	for {
		if victims := r.processes(kind); len(victims) > 0 {
			return syscall.Kill(victims[random.IntN(len(victims))], s) == nil
		}
		select {
		case <-r.ended:
			return false
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// A mishap is what happens to a run.
type mishap struct {
	name   string
	before func(l *life, random *rand.Rand)
	kind   string // what a victim has on its command line, "" = nobody is hit
	signal syscall.Signal
	front  func(l *life, random *rand.Rand) []string // the command that hframes is run by; nil = none
	env    []string
	says   []string // what one of must be told if it fails; none = it must not fail
	code   int      // of a failure
}

// The kinds of processes.
const (
	theCommand = "hframes render"
	theBrowser = "--remote-debugging-pipe about:blank"
	aRenderer  = "--type=renderer"
	theGPU     = "--type=gpu-process"
	anEncoder  = "pipe:0"
)

// mounted returns the front of a command that has a file system of its own at a folder.
func mounted(options func(random *rand.Rand) string, folder string) func(*life, *rand.Rand) []string {
	return func(l *life, random *rand.Rand) []string {
		list := l.at("list")
		script := `mount -t tmpfs -o "$1" none "$2" && shift 2 && { "$@"; code=$?; ls -A out >"` + list + `"; exit $code; }`
		front := []string{"unshare", "--mount"}
		if os.Getuid() != 0 {
			front = append(front, "--map-root-user")
		}
		return append(front, "sh", "-c", script, "sh", options(random), l.at(folder))
	}
}

// little is a disk of a size from 16 kB to that; small ones are as probable as large ones.
func little(most float64) func(*rand.Rand) string {
	return func(random *rand.Rand) string {
		return fmt.Sprintf("size=%.0fk", 16*math.Pow(most/16, random.Float64()))
	}
}

// memory returns the front of a command that has at least and at most so much memory, in MB.
func memory(least, most int) func(*life, *rand.Rand) []string {
	return func(l *life, random *rand.Rand) []string {
		limit := strconv.Itoa((least + random.IntN(most-least+1)) << 20)
		for folder, file := range map[string]string{"/sys/fs/cgroup/memory": "memory.limit_in_bytes", "/sys/fs/cgroup": "memory.max"} {
			group := filepath.Join(folder, filepath.Base(l.dir))
			if _, err := os.Stat(filepath.Join(folder, "cgroup.procs")); err != nil || os.Mkdir(group, 0o755) != nil {
				continue
			}
			l.t.Cleanup(func() { os.Remove(group) })
			if f, err := os.OpenFile(filepath.Join(group, file), os.O_WRONLY, 0); err == nil {
				defer f.Close()
				if _, err := f.WriteString(limit); err == nil {
					return []string{"sh", "-c", `echo $$ >"$1" && shift && exec "$@"`, "sh", filepath.Join(group, "cgroup.procs")}
				}
			}
		}
		return nil
	}
}

func readOnly(*rand.Rand) string { return "ro" }

const full = "no space left on device in "

var mishaps = []mishap{
	{name: "hframes is killed", kind: theCommand, signal: syscall.SIGKILL, code: -1, says: []string{""}},
	{name: "Ctrl-C", kind: theCommand, signal: syscall.SIGINT, code: 130, says: []string{"interrupted"}},
	{name: "SIGTERM", kind: theCommand, signal: syscall.SIGTERM, code: 130, says: []string{"interrupted"}},
	{name: "a browser is killed", kind: theBrowser, signal: syscall.SIGKILL},
	{name: "a renderer is killed", kind: aRenderer, signal: syscall.SIGKILL},
	{name: "a GPU process is killed", kind: theGPU, signal: syscall.SIGKILL},
	{name: "an encoder is killed", kind: anEncoder, signal: syscall.SIGKILL, code: 1, says: []string{"ffmpeg: signal: killed"}},
	{name: "a renderer hangs", kind: aRenderer, signal: syscall.SIGSTOP, env: []string{"HFRAMES_PATIENCE=5s"}},
	{name: "the disk of temporary files is full", front: mounted(little(100000), "tmp"), code: 1, says: []string{full}},
	{name: "the disk of the film is full", front: mounted(little(60), "out"), code: 1, says: []string{full}},
	{name: "the film's folder is read-only", front: mounted(readOnly, "out"), code: 1, says: []string{"read-only file system"}},
	{name: "the cache is read-only", front: mounted(readOnly, "cache")},
	{name: "the cache is damaged", before: damage},
	{name: "there are 4 GiB of memory", front: memory(4096, 4096)},
	{name: "there are 600 MiB of memory at 1080p", before: enlarge, front: memory(600, 600)},
	{name: "memory is short", front: memory(60, 500), env: []string{"HFRAMES_PATIENCE=10s"}, code: 1, says: []string{"crashed", "killed", "again and again", "no answer within"}},
}

// enlarge makes the film one of 1080p.
func enlarge(l *life, _ *rand.Rand) {
	page := strings.Replace(lifeFilm, `data-width="160" data-height="90"`, `data-width="1920" data-height="1080"`, 1)
	writeFile(l.t, l.at("film/index.html"), []byte(page))
	l.render()
	l.want = l.made()
	os.RemoveAll(l.at("cache"))
}

// damage renders the film and changes what the cache has of it.
func damage(l *life, random *rand.Rand) {
	l.render()
	filepath.WalkDir(l.at("cache/segments"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, _ := os.ReadFile(path)
		switch at := random.IntN(len(data) + 1); random.IntN(4) {
		case 0:
			data = data[:at]
		case 1:
			data = append(data[:at:at], data[min(at+1, len(data)):]...)
		case 2:
			if at < len(data) {
				data[at] ^= 0x10
			}
		}
		os.Chmod(path, 0o600)
		return os.WriteFile(path, data, 0o600)
	})
}

// TestRenderLife renders a film with a mishap at a random moment, again and again: what ends is told, nothing is left
// running or lying about, no half file appears, and the next run makes the film, byte for byte.
func TestRenderLife(t *testing.T) {
	runs := lifeRuns
	if text := os.Getenv("HFRAMES_LIFE_RUNS"); text != "" {
		var err error
		if runs, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("HFRAMES_LIFE_SEED"); text != "" {
		fmt.Sscan(text, &seed)
	}
	t.Logf("HFRAMES_LIFE_SEED=%d", seed)
	first := newLife(t)
	first.media()
	code := 0
	for range 2 { // the first one shows how long it takes when the programs are in memory
		os.RemoveAll(first.at("cache"))
		r := first.start(nil, nil)
		code = r.wait()
		first.took = time.Since(r.began)
		if code != 0 || strings.Contains(r.stderr.String(), "warning:") {
			t.Fatalf("exit code %d\n%s", code, &r.stderr)
		}
	}
	first.want = first.made()
	var mu sync.Mutex
	next := 0
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for {
				mu.Lock()
				n := next
				next++
				mu.Unlock()
				if n >= runs || t.Failed() {
					return
				}
				m := mishaps[n%len(mishaps)]
				t.Logf("run %d, %s: %s", n, m.name, first.mishap(n, m, rand.New(rand.NewPCG(seed, uint64(n)))))
			}
		})
	}
	group.Wait()
	t.Logf("a whole run takes %v", first.took)
}

// media makes the film's media and gets the runtime.
func (l *life) media() {
	l.t.Helper()
	tools, err := ffmpeg.Find("")
	if err != nil {
		l.t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"clip.mp4": {"-f", "lavfi", "-i", "testsrc=s=120x90:r=30:d=1", "-pix_fmt", "yuv420p"},
		"tone.wav": {"-f", "lavfi", "-i", "sine=frequency=440:duration=3"},
	} {
		if out, err := exec.Command(tools.FFmpeg, append(append([]string{"-v", "error"}, args...), l.at("film/"+name))...).CombinedOutput(); err != nil {
			l.t.Fatalf("%v: %s", err, out)
		}
	}
	files, err := npm.Cache{}.Fetch(context.Background(), npm.Runtime)
	if err != nil {
		l.t.Fatal(err)
	}
	js, err := fs.ReadFile(files, npm.RuntimeFile)
	if err != nil {
		l.t.Fatal(err)
	}
	writeFile(l.t, l.at("runtime.js"), js)
}

// mishap makes one run and the next, for somebody who has the same film, and says how the first ended.
func (l *life) mishap(n int, m mishap, random *rand.Rand) string {
	other := newLife(l.t)
	other.want, other.took = l.want, l.took
	for _, name := range []string{"film/clip.mp4", "film/tone.wav", "runtime.js"} {
		if err := os.Link(l.at(name), other.at(name)); err != nil {
			l.t.Fatal(err)
		}
	}
	if m.before != nil {
		m.before(other, random)
	}
	old := random.IntN(2) == 0
	if old {
		writeFile(l.t, other.at("out/film.mp4"), []byte("old"))
	} else {
		os.Remove(other.at("out/film.mp4"))
	}
	var front []string
	if m.front != nil {
		if front = m.front(other, random); !works(front) {
			return "not possible for this user of this system"
		}
	}
	r := other.start(front, m.env)
	struck := m.kind == "" || r.hit(m.kind, m.signal, random)
	after := time.Since(r.began)
	code := r.wait()
	said := r.stderr.String()
	faulty := func(format string, a ...any) {
		l.t.Errorf("run %d, %s (struck %t after %v; a run takes %v): %s\nexit code %d\n%s", n, m.name, struck, after, l.took, fmt.Sprintf(format, a...), code, said)
	}
	if err := m.told(code, said); err != nil {
		faulty("%v", err)
	}
	if err := other.whole(code, slices.Contains(front, "unshare"), old, said); err != nil {
		faulty("%v", err)
	}
	again := other.start(nil, nil)
	if code := again.wait(); code != 0 {
		faulty("the next run ends with %d\n%s", code, &again.stderr)
	} else if err := other.whole(0, false, old, again.stderr.String()); err != nil {
		faulty("the next run: %v\n%s", err, &again.stderr)
	}
	os.RemoveAll(other.dir)
	line, _, _ := strings.Cut(said[strings.LastIndex("\n"+said, "\nhframes: ")+1:], "\n")
	return fmt.Sprintf("exit code %d after %.1f s %.160s", code, after.Seconds(), line)
}

// works reports whether commands can be run by what is in front of them.
func works(front []string) bool {
	return len(front) > 0 && exec.Command(front[0], append(front[1:len(front):len(front)], "true")...).Run() == nil
}

// told returns an error unless a run ended as it should and says why.
func (m mishap) told(code int, said string) error {
	switch {
	case code == 0:
		return nil
	case m.name == "memory is short" && code == -1:
		return nil
	case code == -1 && said == "" && (m.signal == syscall.SIGINT || m.signal == syscall.SIGTERM):
		return nil // it was still being started: no signal waits for the first statement of a program
	case len(m.says) == 0 || code != m.code:
		return fmt.Errorf("another exit code")
	case !slices.ContainsFunc(m.says, func(s string) bool { return strings.Contains(said, s) }):
		return fmt.Errorf("it says nothing of %q", m.says)
	case code == 1 && !strings.Contains(said, "read-only") && !strings.Contains(said, "\nhint: "):
		return fmt.Errorf("it has no hint")
	case strings.Contains(said, "panic") || strings.Contains(said, "goroutine "):
		return fmt.Errorf("a panic")
	}
	return nil
}

// whole returns an error unless the film's place holds the whole film after a good run, else what was there before, and
// nothing else, and the folder for temporary files nothing, but for what a killed run leaves.
func (l *life) whole(code int, hidden, old bool, said string) error {
	got, err := os.ReadFile(l.at("out/film.mp4"))
	switch {
	case hidden && err != nil || hidden && string(got) == "old": // it was made on a disk that is gone
	case code == 0 && err != nil:
		return err
	case code == 0 && !bytes.Equal(got, l.want) && !strings.Contains(said, "pictures are not taken by way of"):
		return fmt.Errorf("the film is another: %d bytes, want %d", len(got), len(l.want))
	case code > 0 && old && string(got) != "old":
		return fmt.Errorf("the old film is gone: %.20q, %v", got, err)
	case code > 0 && !old && err == nil:
		return fmt.Errorf("there is a film")
	case code < 0 && err == nil && string(got) != "old" && !bytes.Equal(got, l.want):
		return fmt.Errorf("half a film: %d bytes", len(got))
	}
	list, _ := os.ReadFile(l.at("list")) // of the disk that is gone
	os.Remove(l.at("list"))
	for _, folder := range []string{"out", "tmp"} {
		entries, err := os.ReadDir(l.at(folder))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if code >= 0 && e.Name() != "film.mp4" {
				return fmt.Errorf("%s is left in %s", e.Name(), folder)
			}
		}
	}
	if names := strings.Fields(string(list)); len(names) > 0 && !slices.Equal(names, []string{"film.mp4"}) {
		return fmt.Errorf("%s is left", names)
	}
	return nil
}
