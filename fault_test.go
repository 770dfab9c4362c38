package hframes_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// secret finds what must not be printed: the key, and what makes a presigned address one.
var secret = regexp.MustCompile(`sk_V2_|(?i)x-amz-|signature=|[?&]sig=|Bearer `)

// TestFaults renders with 500 services that have bad days. Each run ends with the right file, or with an exit code and a
// message that says what happened, what to do, and, where the service answered, the id of the request. Once the service
// is well, the same command ends with the right file, of the one render that there is.
func TestFaults(t *testing.T) {
	const plans = 500
	args := []string{"render", "film", "--on", "heygen", "-o", "out/film.mp4", "--poll-interval", "10ms", "--timeout", "3s"}
	var next, good atomic.Int64
	var mu sync.Mutex
	kinds := map[string]int{}
	worker := func() {
		fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1, RenderPolls: 1})
		for seed := next.Add(1); seed <= plans && t.Context().Err() == nil; seed = next.Add(1) {
			fake.Reset()
			plan := heygentest.RandomPlan(uint64(seed))
			if err := fake.SetPlan(plan); err != nil {
				t.Fatal(err)
			}
			u := newUser(t, fake)
			u.film(fmt.Sprint("film ", seed))
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			code, stdout, stderr := u.run(ctx, args...)
			cancel()
			faulty := func(format string, a ...any) {
				t.Errorf("plan %d %+v: %s\nexit code %d\nstdout %s\nstderr %s", seed, plan.Rules, fmt.Sprintf(format, a...), code, stdout, stderr)
			}
			if secret.MatchString(stdout + stderr) {
				faulty("a secret is printed")
			}
			if code == 0 {
				good.Add(1)
				if stdout != "out/film.mp4\n" {
					faulty("another result")
				}
				if err := u.right(); err != nil {
					faulty("%v", err)
				}
			} else if err := told(code, stdout, stderr); err != nil {
				faulty("%v", err)
			} else if err := u.none(); err != nil {
				faulty("%v", err)
			}
			mu.Lock()
			kinds[fmt.Sprint(code)]++
			mu.Unlock()

			fake.SetPlan(heygentest.Plan{})
			if code, stdout, stderr = u.run(t.Context(), args...); code != 0 {
				faulty("the run after it fails")
			} else if err := u.right(); err != nil {
				faulty("the run after it: %v", err)
			}
			if n := len(fake.State().Renders); n != 1 {
				faulty("%d renders", n)
			}
		}
	}
	var group sync.WaitGroup
	for range 2 {
		group.Go(worker)
	}
	group.Wait()
	t.Logf("%d of %d runs ended with the file; exit codes %v", good.Load(), plans, kinds)
}

// right returns an error unless the user's only file is the video of the fake's one render.
func (u *user) right() error {
	video, err := os.ReadFile(filepath.Join(u.dir, "out", "film.mp4"))
	if err != nil {
		return err
	}
	for _, r := range u.fake.State().Renders {
		if r.Status == heygen.Completed && r.VideoSHA256 == hash(video) {
			return u.tidy("film.mp4")
		}
	}
	return fmt.Errorf("the file is no video of the service")
}

// none returns an error unless the user has no file at all.
func (u *user) none() error { return u.tidy("") }

func (u *user) tidy(only string) error {
	for folder, want := range map[string]string{"out": only, "tmp": ""} {
		list, err := os.ReadDir(filepath.Join(u.dir, folder))
		if err != nil {
			return err
		}
		for _, e := range list {
			if e.Name() != want {
				return fmt.Errorf("%s is left in %s", e.Name(), folder)
			}
		}
	}
	return nil
}

// told returns an error unless a failed run says what happened and what to do, and where the service answered, the id of
// the request.
func told(code int, stdout, stderr string) error {
	_, message, ok := strings.Cut(stderr, "hframes: ")
	switch {
	case code != 1 && code != 3 && code != 4:
		return fmt.Errorf("the exit code is none of 1, 3 and 4")
	case stdout != "":
		return fmt.Errorf("a failed run has a result")
	case !ok || !strings.Contains(message, "\nhint: "):
		return fmt.Errorf("no message or no hint")
	case code == 4 && !strings.Contains(message, "hfr_"):
		return fmt.Errorf("the render's id is not told")
	case strings.Contains(message, "panic"):
		return fmt.Errorf("a panic")
	case code != 4 && !strings.Contains(message, "request ID") && !strings.Contains(message, "no good answer") && !strings.Contains(message, "render hfr_"):
		return fmt.Errorf("neither the request's id nor the cause is told")
	}
	return nil
}

// TestCodes answers a new render with each of the service's codes: the command says the catalogue's sentence and hint, and
// ends with its exit code.
func TestCodes(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	advice := map[string]heygen.Advice{}
	for _, a := range heygen.Catalogue() {
		advice[a.Code] = a
	}
	for _, code := range heygentest.Codes() {
		a, ok := advice[code]
		if !ok {
			t.Errorf("%s is not in the catalogue", code)
			continue
		}
		fake.Reset()
		if err := fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{{Match: "POST /v3/hyperframes/renders", Do: heygentest.DoStatus, Code: code}}}); err != nil {
			t.Fatal(err)
		}
		u := newUser(t, fake)
		u.film(code)
		exit, stdout, stderr := u.run(t.Context(), "render", "film", "--on", "heygen", "-o", "out/film.mp4")
		_, message, _ := strings.Cut(stderr, "hframes: ")
		if exit != a.Exit || stdout != "" || !strings.Contains(message, a.Sentence) || !strings.Contains(message, "(request ID ") || !strings.Contains(message, "hint: "+a.Hint) {
			t.Errorf("%s: exit code %d, want %d\nstdout %s\nstderr %s", code, exit, a.Exit, stdout, stderr)
		}
		if n := len(fake.State().Renders); n != 0 {
			t.Errorf("%s: %d renders", code, n)
		}
	}
}
