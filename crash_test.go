package hframes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// commandDir is where command builds, "" until it does.
var commandDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if commandDir != "" {
		os.RemoveAll(commandDir)
	}
	os.Exit(code)
}

// command builds hframes once for all tests that run it as a process.
var command = sync.OnceValues(func() (file string, err error) {
	if commandDir, err = os.MkdirTemp("", "hframes-command-"); err != nil {
		return "", err
	}
	file = filepath.Join(commandDir, "hframes")
	out, err := exec.Command("go", "build", "-o", file, "./cmd/hframes").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %v\n%s", err, out)
	}
	return file, nil
})

// A user runs hframes against a fake service, from folders of its own.
type user struct {
	t    testing.TB
	dir  string // film/, out/, state/ and tmp/
	fake *heygentest.Server
	env  []string // beside that of every user
	peak int64    // memory of the last run at most, bytes

	interrupt func() bool // looked at while a run goes on; true = it is interrupted as by Ctrl-C. May be nil
}

func newUser(t testing.TB, fake *heygentest.Server, env ...string) *user {
	t.Helper()
	u := &user{t: t, dir: t.TempDir(), fake: fake, env: env}
	for _, dir := range []string{"film", "out", "state", "tmp", "home"} {
		if err := os.Mkdir(filepath.Join(u.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

// film writes a film of a second that shows a text.
func (u *user) film(text string) {
	writeFile(u.t, filepath.Join(u.dir, "film", "index.html"), []byte(`<!doctype html><html lang="en" data-composition-variables='[
{"id": "n", "type": "number", "label": "Number", "default": 0}]'><head><meta charset="utf-8"><title>Film</title></head><body>
<div id="root" data-composition-id="main" data-start="0" data-duration="1" data-width="1920" data-height="1080" data-fps="30">
<div id="text" class="clip" data-start="0" data-duration="1" data-track-index="0">`+text+`</div></div></body></html>`))
}

// environ is the environment of the user's commands.
func (u *user) environ() []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(u.dir, "home"), "TMPDIR=" + filepath.Join(u.dir, "tmp"),
		"HFRAMES_STATE=" + filepath.Join(u.dir, "state"), "HFRAMES_CACHE=" + filepath.Join(u.dir, "cache"),
		"HEYGEN_API_URL=" + u.fake.URL, "HEYGEN_API_KEY=" + heygentest.DefaultKey, "HFRAMES_HEYGEN_BACKOFF=2ms"}, u.env...)
}

// run runs hframes to its end, or until ctx is done, which kills it at once.
func (u *user) run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	u.t.Helper()
	file, err := command()
	if err != nil {
		u.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Dir = u.dir
	cmd.Env = u.environ()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		if ctx.Err() != nil {
			return -1, "", "" // killed before it was born
		}
		u.t.Fatal(err)
	}
	ended := make(chan struct{})
	var watch sync.WaitGroup
	u.peak = 0
	watch.Go(func() {
		for interrupted := false; ; {
			select {
			case <-ended:
				return
			case <-time.After(10 * time.Millisecond):
			}
			u.peak = max(u.peak, peakMemory(cmd.Process.Pid))
			if u.interrupt != nil && !interrupted && u.interrupt() {
				cmd.Process.Signal(os.Interrupt)
				interrupted = true
			}
		}
	})
	cmd.Wait()
	close(ended)
	watch.Wait()
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// peakMemory returns how much memory a process that runs has had at most, in bytes; 0 where the system has no /proc. What
// the system tells at its end would count the test, of which it is a child.
func peakMemory(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	fmt.Sscan(peak, &kib)
	return kib << 10
}

// holds fails the test unless a folder of the user's holds just these files.
func (u *user) holds(folder string, want ...string) {
	u.t.Helper()
	list, err := os.ReadDir(filepath.Join(u.dir, folder))
	if err != nil {
		u.t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		u.t.Errorf("folder %s holds %v, want %v", folder, got, want)
	}
}

// state returns the newest state that the journal of the user holds, "none" without one.
func (u *user) state() string {
	data, _ := os.ReadFile(filepath.Join(u.dir, "state", "journal.jsonl"))
	state := "none"
	for line := range strings.Lines(string(data)) {
		var r struct{ State string }
		if json.Unmarshal([]byte(line), &r) == nil {
			state = r.State
		}
	}
	return state
}

// TestCrash kills a cloud render at 200 random moments and runs it again until it is done: each film is rendered once,
// the file is right, and nothing else is left.
func TestCrash(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1, RenderPolls: 1, EarlyCompletes: 1, Plan: heygentest.Plan{Rules: []heygentest.Rule{
		{Match: "POST /**", Do: heygentest.DoDelay, Seconds: 0.01}, // so that the moments are spread over all steps
		{Match: "PUT /**", Do: heygentest.DoDelay, Seconds: 0.01},
	}}})
	render := []string{"render", "film", "--on", "heygen", "-o", "out/film.mp4", "--poll-interval", "20ms", "--json"}
	var took time.Duration
	for _, text := range []string{"the fake makes its video", "this counts"} {
		u := newUser(t, fake)
		u.film(text)
		began := time.Now()
		if code, _, stderr := u.run(t.Context(), render...); code != 0 {
			t.Fatalf("exit code %d\n%s", code, stderr)
		}
		took = time.Since(began)
	}

	const kills = 200
	var mu sync.Mutex
	killed, trials, states := 0, 0, map[string]int{}
	random := rand.New(rand.NewPCG(4, 2))
	moment := func() (trial int, after time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		trials++
		return trials, time.Duration(random.Float64() * 1.2 * float64(took))
	}
	hit := func(u *user) bool {
		mu.Lock()
		defer mu.Unlock()
		killed++
		states[u.state()]++
		return killed < kills
	}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for more := true; more && !t.Failed(); {
				u := newUser(t, fake)
				trial, _ := moment()
				u.film(fmt.Sprint("film ", trial))
				var doc struct {
					Render string `json:"render_id"`
				}
				for n := 0; ; n++ {
					_, after := moment()
					ctx, stop := context.WithTimeout(t.Context(), after)
					if n == 4 || !more {
						ctx = t.Context()
					}
					code, stdout, stderr := u.run(ctx, render...)
					stop()
					if code == -1 {
						more = hit(u)
						continue
					}
					if code != 0 {
						t.Errorf("trial %d: exit code %d after %d kills\n%s%s", trial, code, n, stdout, stderr)
						return
					}
					if err := json.Unmarshal([]byte(stdout), &doc); err != nil {
						t.Errorf("trial %d: %v in %q", trial, err, stdout)
					}
					break
				}
				u.once(doc.Render)
			}
		})
	}
	group.Wait()
	t.Logf("%d kills, in these states of the journal: %v; a whole run takes %v", killed, states, took)
	if n := len(fake.State().Renders); n > trials {
		t.Errorf("%d renders for at most %d films", n, trials)
	}
}

// once fails the test unless the fake has one render of the user's film, with this id, whose video is the user's only
// file, and no work is left lying about.
func (u *user) once(render string) {
	u.t.Helper()
	video, err := os.ReadFile(filepath.Join(u.dir, "out", "film.mp4"))
	if err != nil {
		u.t.Error(err)
		return
	}
	var zip string
	count := map[string]int{}
	for _, r := range u.fake.State().Renders {
		count[r.ZipSHA256]++
		if r.ID == render {
			zip = r.ZipSHA256
			if r.VideoSHA256 != hash(video) {
				u.t.Errorf("render %s: the file is not the video", render)
			}
		}
	}
	if count[zip] != 1 {
		u.t.Errorf("render %s: its film was rendered %d times", render, count[zip])
	}
	u.holds("out", "film.mp4")
	u.holds("state", "journal.jsonl")
	u.holds("tmp")
}
