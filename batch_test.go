package hframes_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/batch"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// rows writes a CSV file of n rows for the user's film.
func (u *user) rows(n int) {
	var b strings.Builder
	b.WriteString("name,n\n")
	for i := range n {
		fmt.Fprintf(&b, "row %d,%d\n", i+1, i+1)
	}
	writeFile(u.t, filepath.Join(u.dir, "rows.csv"), []byte(b.String()))
}

// results reads the batch's file of results.
func (u *user) results() (out []batch.Result) {
	u.t.Helper()
	f, err := os.Open(filepath.Join(u.dir, "rows.results.jsonl"))
	if err != nil {
		u.t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r batch.Result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			u.t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// videos returns the names of n videos as TestBatch has them.
func videos(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("row %d-%02d.mp4", i+1, i+1))
	}
	slices.Sort(out)
	return out
}

// rendersOnce fails the test unless the service has one render for each of n rows, all of one upload.
func (u *user) rendersOnce(n int) {
	u.t.Helper()
	s := u.fake.State()
	seen := map[string]bool{}
	for _, r := range s.Renders {
		seen[fmt.Sprint(r.Request.Variables["n"])] = true
	}
	if len(s.Renders) != n || len(seen) != n || len(s.Assets) != 1 {
		u.t.Errorf("%d renders for %d rows, %d uploads", len(s.Renders), len(seen), len(s.Assets))
	}
}

var toHeyGen = []string{"batch", "film", "rows.csv", "--on", "heygen", "-o", "out/{name}-{row}.mp4", "--poll-interval", "20ms", "--json"}

// TestBatch renders 20 rows on the fake service: one upload, 20 renders, 20 files. Run again, the command does nothing, and
// what is lost is downloaded and not rendered again.
func TestBatch(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1, RenderPolls: 1, EarlyCompletes: 1, Concurrent: 10})
	u := newUser(t, fake)
	u.film("Hello")
	u.rows(20)
	var doc struct {
		batch.Counts
		Failures []batch.Result
	}
	for round, reused := range []int{0, 20, 20} {
		code, stdout, stderr := u.run(t.Context(), toHeyGen...)
		if err := json.Unmarshal([]byte(stdout), &doc); code != 0 || err != nil || stderr != "" {
			t.Fatalf("round %d: exit code %d, %v\n%s%s", round, code, err, stdout, stderr)
		}
		if want := (batch.Counts{Rows: 20, Done: 20, Reused: reused}); doc.Counts != want {
			t.Errorf("round %d: %+v, want %+v", round, doc.Counts, want)
		}
		u.rendersOnce(20)
		u.holds("out", videos(20)...)
		u.holds("tmp")
		u.holds(".", "film", "home", "out", "rows.csv", "rows.results.jsonl", "state", "tmp")
		for i, r := range u.results() {
			if r.Row != i+1 || r.Line != i+2 || r.Status != batch.Done || r.RenderID == "" || r.Bytes == 0 || r.Seconds != 1 {
				t.Errorf("%+v", r)
			}
		}
		os.Remove(filepath.Join(u.dir, "out", "row 7-07.mp4"))
	}
	for _, r := range fake.State().Renders {
		if want := fmt.Sprintf("film %v", r.Request.Variables["n"]); r.Request.Title != want {
			t.Errorf("title %q, want %q", r.Request.Title, want)
		}
	}
}

// TestBatchMany renders 10,000 rows on a service that takes ten renders at a time and is short of breath: never more are
// under way, each is made once, also when the command is killed half-way, and the memory stays small.
func TestBatchMany(t *testing.T) {
	const rows = 10000
	fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1, Concurrent: 10, Rate: 5000})
	u := newUser(t, fake)
	u.film("Hello")
	u.rows(rows)
	// One more than the service takes: one is refused now and then, and tried again.
	args := append(slices.Clone(toHeyGen), "--concurrency", "11", "--max-cost", "20")
	ctx, kill := context.WithCancel(t.Context())
	go func() {
		for len(fake.State().Renders) < rows/3 && ctx.Err() == nil {
			time.Sleep(50 * time.Millisecond)
		}
		kill()
	}()
	if code, stdout, stderr := u.run(ctx, args...); code != -1 {
		t.Fatalf("it was not killed: exit code %d\n%s%s", code, stdout, stderr)
	}
	killed, first := len(fake.State().Renders), u.peak
	code, stdout, stderr := u.run(t.Context(), args...)
	var doc batch.Counts
	if err := json.Unmarshal([]byte(stdout), &doc); code != 0 || err != nil || doc.Done != rows || doc.Reused < killed-11 {
		t.Fatalf("exit code %d, %v, %+v\n%s", code, err, doc, stderr)
	}
	u.rendersOnce(rows)
	s := fake.State()
	t.Logf("killed after %d renders; %d and %d MiB at most; requests: %v", killed, first>>20, u.peak>>20, s.Requests)
	if most := max(first, u.peak); most == 0 || most > 100<<20 {
		t.Errorf("%d bytes of memory", most)
	}
}

// TestBatchFails: a refused row does not stop the others; no credit does, and what was not tried is in the file to feed
// back. A wait that is over is exit code 4.
func TestBatchFails(t *testing.T) {
	for name, c := range map[string]struct {
		code    string
		exit    int
		message string
	}{
		"project":   {"hyperframes_project_invalid", 1, " rows failed"},
		"no credit": {"insufficient_credit", 1, "the batch was stopped, "},
		"key":       {"unauthorized", 3, "the batch was stopped, "},
	} {
		t.Run(name, func(t *testing.T) {
			fake := heygentest.Start(t, heygentest.Options{})
			u := newUser(t, fake)
			u.film("Hello")
			u.rows(12)
			plan := heygentest.Plan{Rules: []heygentest.Rule{{Match: "POST /v3/hyperframes/renders", Do: heygentest.DoStatus, Code: c.code, Times: 5}}}
			if err := fake.SetPlan(plan); err != nil {
				t.Fatal(err)
			}
			args := slices.DeleteFunc(slices.Clone(toHeyGen), func(s string) bool { return s == "--json" })
			code, stdout, stderr := u.run(t.Context(), append(args, "--concurrency", "2")...)
			if code != c.exit || stdout != "rows.results.jsonl\n" || !strings.Contains(stderr, c.message) || !strings.Contains(stderr, "rows.failed.csv") {
				t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
			}
			if err := fake.SetPlan(heygentest.Plan{}); err != nil {
				t.Fatal(err)
			}
			for i := range args {
				if args[i] == "rows.csv" {
					args[i] = "rows.failed.csv"
				}
			}
			if code, stdout, stderr := u.run(t.Context(), args...); code != 0 {
				t.Errorf("fed back: exit code %d\n%s%s", code, stdout, stderr)
			}
			u.rendersOnce(12)
			u.holds("out", videos(12)...)
		})
	}
	t.Run("timeout", func(t *testing.T) {
		fake := heygentest.Start(t, heygentest.Options{Rendering: time.Hour})
		u := newUser(t, fake)
		u.film("Hello")
		u.rows(3)
		code, stdout, stderr := u.run(t.Context(), append(slices.Clone(toHeyGen), "--timeout", "200ms")...)
		if code != 4 || !strings.Contains(stdout, `"running": 3`) {
			t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
		}
		for _, r := range u.results() {
			if r.Status != batch.Running || r.RenderID == "" {
				t.Errorf("%+v", r)
			}
			fake.End(r.RenderID, heygen.Completed, "")
		}
		if code, stdout, stderr := u.run(t.Context(), toHeyGen...); code != 0 {
			t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
		}
		u.rendersOnce(3)
	})
}

// TestBatchInterrupted: Ctrl-C ends the command at once, with what is known in the file of results; the renders go on, and
// the same command takes them.
func TestBatchInterrupted(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{Rendering: time.Hour})
	u := newUser(t, fake)
	u.film("Hello")
	u.rows(5)
	u.interrupt = func() bool {
		return len(fake.State().Renders) == 2 && fake.State().Requests["GET /v3/hyperframes/renders/{render_id}"] > 4
	}
	code, stdout, stderr := u.run(t.Context(), append(slices.Clone(toHeyGen), "--concurrency", "2")...)
	u.interrupt = nil
	if code != 130 || !strings.Contains(stdout, `"interrupted": true`) || !strings.Contains(stdout, `"not_tried": 3`) {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	for i, r := range u.results() {
		if i < 2 && (r.Status != batch.Running || r.RenderID == "") || i >= 2 && r.Status != batch.NotTried {
			t.Errorf("%+v", r)
		}
	}
	u.interrupt = func() bool {
		renders := fake.State().Renders
		for _, r := range renders {
			fake.End(r.ID, heygen.Completed, "")
		}
		return false
	}
	if code, stdout, stderr := u.run(t.Context(), toHeyGen...); code != 0 {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	u.rendersOnce(5)
	u.holds("out", "row 1-1.mp4", "row 2-2.mp4", "row 3-3.mp4", "row 4-4.mp4", "row 5-5.mp4")
}

// TestBatchCrash kills a batch of 20 at random moments until it gets through: each row is rendered once.
func TestBatchCrash(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1, RenderPolls: 1, EarlyCompletes: 1})
	random := rand.New(rand.NewPCG(7, 1))
	const wanted = 40
	took, kills := time.Duration(0), 0
	for film := 0; film < 2 || kills < wanted; film++ { // the first lets the fake make its video, the second tells the time
		fake.Reset()
		u := newUser(t, fake)
		u.film(fmt.Sprint("Film ", film))
		u.rows(20)
		for n := 0; ; n++ {
			ctx, stop := context.WithTimeout(t.Context(), time.Duration(random.Float64()*1.2*float64(took)))
			if film < 2 || n == 6 {
				ctx = t.Context()
			}
			began := time.Now()
			code, stdout, stderr := u.run(ctx, toHeyGen...)
			stop()
			if code == 0 {
				took = max(took, time.Since(began))
				if film == 0 {
					took = 0
				}
				break
			}
			if kills++; code != -1 {
				t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
			}
		}
		u.rendersOnce(20)
		u.holds("out", videos(20)...)
		u.holds(".", "film", "home", "out", "rows.csv", "rows.results.jsonl", "state", "tmp")
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills; a whole batch takes at most %v", kills, took)
}

// TestBatchLocal renders two rows with Chromium. Run again, the command renders only what has changed.
func TestBatchLocal(t *testing.T) {
	cache, err := hframes.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	u := newUser(t, heygentest.Start(t, heygentest.Options{}), "HFRAMES_CACHE="+cache)
	writeFile(t, filepath.Join(u.dir, "film", "index.html"), []byte(`<!doctype html><html lang="en" data-composition-variables='[
{"id": "n", "type": "number", "label": "Number", "default": 0}]'><head><meta charset="utf-8"><title>Film</title></head><body>
<div id="root" data-composition-id="main" data-start="0" data-duration="0.2" data-width="64" data-height="36" data-no-timeline></div></body></html>`))
	u.rows(2)
	args := []string{"batch", "film", "rows.csv", "--on", "local", "-o", "out/{name}-{row}.mp4", "--ignore", "name", "--quality", "draft", "--json"}
	check := func(want batch.Counts) {
		t.Helper()
		var doc batch.Counts
		code, stdout, stderr := u.run(t.Context(), args...)
		if err := json.Unmarshal([]byte(stdout), &doc); code != 0 || err != nil || doc != want {
			t.Errorf("exit code %d, %v\n%s%s", code, err, stdout, stderr)
		}
		u.holds("out", "row 1-1.mp4", "row 2-2.mp4")
		u.holds("tmp")
	}
	check(batch.Counts{Rows: 2, Done: 2})
	check(batch.Counts{Rows: 2, Skipped: 2})
	writeFile(t, filepath.Join(u.dir, "rows.csv"), []byte("name,n\nrow 1,1\nrow 2,3\n"))
	check(batch.Counts{Rows: 2, Done: 1, Skipped: 1})
}
