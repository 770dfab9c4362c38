package batch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/outfile"
)

// rendererFunc is a Renderer.
type rendererFunc func(ctx context.Context, j Job) (Outcome, error)

func (f rendererFunc) Render(ctx context.Context, j Job) (Outcome, error) { return f(ctx, j) }

// writes is a Renderer that writes the row's variables, and counts.
type writes struct {
	mu    sync.Mutex
	began []int
	fail  func(Job) error
}

func (w *writes) Render(ctx context.Context, j Job) (Outcome, error) {
	w.mu.Lock()
	w.began = append(w.began, j.Row)
	w.mu.Unlock()
	if w.fail != nil {
		if err := w.fail(j); err != nil {
			return Outcome{}, err
		}
	}
	text := fmt.Append(nil, j.Variables)
	if err := os.MkdirAll(filepath.Dir(j.Output), 0o755); err != nil {
		return Outcome{}, err
	}
	return Outcome{Bytes: int64(len(text)), Seconds: 2}, os.WriteFile(j.Output, text, 0o644)
}

// setup writes n rows and returns options to run them.
func setup(t testing.TB, n int) Options {
	t.Helper()
	var b strings.Builder
	b.WriteString("name,count\n")
	for i := range n {
		fmt.Fprintf(&b, "\"row, %d\",%d\n", i+1, i%100)
	}
	path := rowsFile(t, "rows.csv", b.String())
	dir := filepath.Dir(path)
	return Options{Rows: path, Name: "rows.csv", Variables: declared, Output: filepath.Join(dir, "out", "{row}.mp4"),
		Results: filepath.Join(dir, "rows.results.jsonl"), Failed: filepath.Join(dir, "rows.failed.csv")}
}

// results reads a file of results.
// runAll reads a batch and runs it.
func runAll(ctx context.Context, o Options) (*Summary, error) {
	p, err := Read(ctx, o)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.Run(ctx)
}

func results(t testing.TB, path string) (out []Result) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r Result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// inOrder fails the test unless there is one result a row, in order.
func inOrder(t testing.TB, all []Result, rows int) {
	t.Helper()
	if len(all) != rows {
		t.Fatalf("%d results of %d rows", len(all), rows)
	}
	for i, r := range all {
		if r.Row != i+1 || r.Line != i+2 {
			t.Fatalf("result %d is of row %d, line %d", i+1, r.Row, r.Line)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// All rows are rendered, never more side by side than asked for, and as many as asked for.
func TestConcurrency(t *testing.T) {
	for _, n := range []int{0, 1, 3, 10} {
		o := setup(t, 60)
		o.Concurrency = n
		want := int32(max(n, 1))
		var now, most atomic.Int32
		full := make(chan struct{}) // closed once as many render as may
		var once sync.Once
		o.Renderer = rendererFunc(func(ctx context.Context, j Job) (Outcome, error) {
			defer now.Add(-1)
			running := now.Add(1)
			for {
				old := most.Load()
				if running <= old || most.CompareAndSwap(old, running) {
					break
				}
			}
			if running == want {
				once.Do(func() { close(full) })
			}
			<-full
			j.Step("busy")
			return Outcome{Bytes: 1}, nil
		})
		var last Progress
		o.Progress = func(p Progress) {
			last = p
			if p.Running > int(want) || !slices.IsSortedFunc(p.Active, func(a, b Active) int { return a.Row - b.Row }) {
				t.Errorf("active: %+v", p.Active)
			}
		}
		s, err := runAll(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if s.Done != 60 || s.Bytes != 60 || most.Load() != want || last.Done != 60 || last.Running != 0 {
			t.Errorf("concurrency %d: %+v, %d at once, at last %+v", n, s, most.Load(), last)
		}
		inOrder(t, results(t, o.Results), 60)
		if left, _ := os.ReadDir(filepath.Dir(o.Rows)); len(left) != 2 {
			t.Errorf("beside rows and results: %v", left)
		}
	}
}

// Failed rows do not stop the others, and go into a file of rows that can be fed back until none fails. Every row keeps its
// output on the way.
func TestFedBack(t *testing.T) {
	for _, format := range Formats() {
		o := setup(t, 1)
		dir := filepath.Dir(o.Rows)
		var rows [][]string
		for i := range 40 {
			rows = append(rows, []string{fmt.Sprintf("row, \"%d\"", i+1), fmt.Sprint(i), []string{"", "true"}[i%2]})
		}
		o.Rows = filepath.Join(dir, "rows."+format)
		if err := os.WriteFile(o.Rows, []byte(write(t, Format(format), []string{"name", "count", "big"}, rows)), 0o644); err != nil {
			t.Fatal(err)
		}
		o.Concurrency = 4
		tries := map[string]int{}
		var mu sync.Mutex
		w := &writes{fail: func(j Job) error {
			mu.Lock()
			defer mu.Unlock()
			tries[j.Output]++
			if n := int(j.Variables["count"].(float64)); tries[j.Output] <= n%4 {
				return &heygen.Error{Status: 500, Code: "internal_error", RequestID: fmt.Sprintf("req-%d", n)}
			}
			return nil
		}}
		o.Renderer = w
		for round, left := range []int{30, 20, 10, 0} {
			o.Failed = filepath.Join(dir, fmt.Sprintf("failed-%d.%s", round, format))
			s, err := runAll(context.Background(), o)
			if err != nil {
				t.Fatalf("%s, round %d: %v", format, round, err)
			}
			if s.Failed != left || len(s.Failures) != left || (s.FailedRows == "") != (left == 0) || exists(o.Failed) != (left > 0) {
				t.Fatalf("%s, round %d: %+v", format, round, s)
			}
			for _, r := range results(t, o.Results) {
				if (r.Status == Failed) != (r.Error != nil) || r.Error != nil && (r.Error.Code != "internal_error" || !strings.HasPrefix(r.Error.RequestID, "req-")) {
					t.Fatalf("%+v %+v", r, r.Error)
				}
			}
			o.Rows = o.Failed
		}
		for i, row := range rows {
			values := map[string]any{"name": row[0], "count": float64(i)}
			if row[2] != "" {
				values["big"] = true
			}
			got, err := os.ReadFile(filepath.Join(dir, "out", fmt.Sprintf("%02d.mp4", i+1)))
			if err != nil || string(got) != fmt.Sprint(values) {
				t.Fatalf("%s, row %d: %s, not %v; %v", format, i+1, got, values, err)
			}
		}
	}
}

// An error that each row would meet stops the batch: rows being rendered end, no other is begun, and all that have no
// video are in the file of failed rows.
func TestStops(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		stops bool
		key   bool
	}{
		"no credit":    {&heygen.Error{Status: 402, Code: "insufficient_credit"}, true, false},
		"key":          {&heygen.Error{Status: 401, Code: "unauthorized"}, true, true},
		"scope":        {fmt.Errorf("row: %w", &heygen.Error{Status: 403, Code: "insufficient_api_key_scope"}), true, true},
		"disk full":    {fmt.Errorf("write: %w", &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), true, false},
		"fatal":        {fmt.Errorf("row: %w", &FatalError{errors.New("journal")}), true, false},
		"not found":    {&heygen.Error{Status: 404, Code: "not_found"}, false, false},
		"rate limit":   {&heygen.Error{Status: 429, Code: "rate_limit_exceeded"}, false, false},
		"server":       {&heygen.Error{Status: 500, Code: "internal_error"}, false, false},
		"something":    {errors.New("something"), false, false},
		"no such file": {fs.ErrNotExist, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := setup(t, 50)
			o.Concurrency = 2
			noted := make(chan struct{}) // row 10's end
			note := sync.OnceFunc(func() { close(noted) })
			o.Progress = func(p Progress) {
				if p.Failed > 0 {
					note()
				}
			}
			w := &writes{fail: func(j Job) error {
				if j.Row == 10 {
					return c.err
				}
				if j.Row > 10 {
					<-noted
				}
				return nil
			}}
			o.Renderer = w
			s, err := runAll(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			inOrder(t, results(t, o.Results), 50)
			if KeyError(c.err) != c.key || (s.Stopped != nil) != c.stops || s.Failed != 1 {
				t.Errorf("stopped by %v: %+v", s.Stopped, s)
			}
			if c.stops && (len(w.began) > 11 || s.NotTried != 50-len(w.began)) || !c.stops && len(w.began) != 50 {
				t.Errorf("%d rows begun; %+v", len(w.began), s.Counts)
			}
			p, err := Read(context.Background(), Options{Rows: o.Failed, Variables: declared, Output: o.Output})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if p.Rows != s.Failed+s.NotTried {
				t.Errorf("%d rows to feed back; %+v", p.Rows, s.Counts)
			}
		})
	}
}

// A row whose time to wait is over counts as running, and is in the file of rows to feed back.
func TestRunning(t *testing.T) {
	o := setup(t, 3)
	o.Renderer = rendererFunc(func(_ context.Context, j Job) (Outcome, error) {
		return Outcome{RenderID: fmt.Sprint("r", j.Row), Running: j.Row == 2}, nil
	})
	s, err := runAll(context.Background(), o)
	if err != nil || s.Done != 2 || s.Running != 1 || s.FailedRows == "" {
		t.Fatal(s, err)
	}
	if all := results(t, o.Results); all[1].Status != Running || all[1].RenderID != "r2" {
		t.Errorf("%+v", all[1])
	}
}

// An interrupted batch notes everything and goes on where it was.
func TestInterrupted(t *testing.T) {
	o := setup(t, 30)
	o.Concurrency, o.Film = 3, "film"
	ctx, cancel := context.WithCancel(context.Background())
	var began, ended atomic.Int32
	w := &writes{}
	o.Renderer = rendererFunc(func(ctx context.Context, j Job) (Outcome, error) {
		if j.Row > 9 {
			if began.Add(1) == 3 {
				cancel()
			}
			<-ctx.Done()
			ended.Add(1)
			return Outcome{RenderID: map[int]string{11: "r11"}[j.Row]}, fmt.Errorf("render: %w", ctx.Err())
		}
		return w.Render(ctx, j)
	})
	s, err := runAll(ctx, o)
	if !errors.Is(err, context.Canceled) || s.Done != 9 || s.Running != 1 || s.NotTried != 20 || ended.Load() != 3 {
		t.Fatalf("%+v %v", s, err)
	}
	all := results(t, o.Results)
	inOrder(t, all, 30)
	if all[10].Status != Running || all[10].RenderID != "r11" || all[11].Status != NotTried || all[20].Status != NotTried {
		t.Errorf("%+v %+v %+v", all[10], all[11], all[20])
	}

	w = &writes{}
	o.Renderer = w
	s, err = runAll(context.Background(), o)
	if err != nil || s.Skipped != 9 || s.Done != 21 || len(w.began) != 21 || exists(o.Failed) {
		t.Fatalf("%+v %v", s, err)
	}
}

// Rows are skipped only while the film, its values and the file are the same.
func TestSkipped(t *testing.T) {
	o := setup(t, 10)
	o.Film = "film 1"
	check := func(what string, rendered ...int) {
		t.Helper()
		w := &writes{}
		o.Renderer = w
		s, err := runAll(context.Background(), o)
		if err != nil || !slices.Equal(w.began, rendered) || s.Skipped+s.Done != 10 {
			t.Errorf("%s: %v rendered; %+v, %v", what, w.began, s, err)
		}
	}
	all := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	check("first", all...)
	check("again")
	check("and again")
	os.Remove(filepath.Join(filepath.Dir(o.Rows), "out", "03.mp4"))
	os.WriteFile(filepath.Join(filepath.Dir(o.Rows), "out", "04.mp4"), []byte("short"), 0o644)
	check("a file is gone, another was changed", 3, 4)
	text, _ := os.ReadFile(o.Rows)
	os.WriteFile(o.Rows, []byte(strings.Replace(string(text), "row, 7", "other", 1)), 0o644)
	check("a value was changed", 7)
	o.Force = true
	check("forced", all...)
	o.Force = false
	o.Film = "film 2"
	check("another film", all...)
	before, _ := os.ReadFile(o.Results)
	os.Remove(o.Results)
	f, err := outfile.Create(context.Background(), o.Results, resultsID)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(string(before) + `{"row":11,"status":"do`)
	f.File.Close() // as a process that was killed leaves it
	check("after a kill")
	o.Film = ""
	check("the renderer knows", all...)
}

// Two batches with one file of results do not run at a time: the second finds everything done.
func TestTwoAtATime(t *testing.T) {
	o := setup(t, 40)
	o.Film = "film"
	w := &writes{}
	o.Renderer = w
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			s, err := runAll(context.Background(), o)
			if err != nil || s.Done+s.Skipped != 40 {
				t.Errorf("%+v %v", s, err)
			}
		})
	}
	both.Wait()
	if len(w.began) != 40 {
		t.Errorf("%d rows rendered", len(w.began))
	}
	inOrder(t, results(t, o.Results), 40)
}

// A file of rows that changes while it is rendered stops the batch.
func TestRowsChange(t *testing.T) {
	for name, change := range map[string]func(text string) string{
		"shorter": func(s string) string { return s[:len(s)/2] },
		"longer":  func(s string) string { return s + "more,1\n" },
		"faulty":  func(s string) string { return s[:len(s)-20] + strings.Repeat("x", 20) },
	} {
		o := setup(t, 4000)
		o.Renderer = &writes{fail: func(j Job) error { return nil }}
		p, err := Read(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(o.Rows)
		os.WriteFile(o.Rows, []byte(change(string(text))), 0o644)
		s, err := p.Run(context.Background())
		if err == nil || !strings.Contains(err.Error(), "has changed") || s.Done+s.NotTried != 4000 {
			t.Errorf("%s: %v; %+v", name, err, s)
		}
		p.Close()
	}
}

// Files that cannot be written are known before a row is rendered.
func TestNoPlace(t *testing.T) {
	o := setup(t, 2)
	w := &writes{}
	o.Renderer = w
	o.Results = filepath.Join(o.Rows, "results.jsonl")
	if _, err := runAll(context.Background(), o); err == nil || len(w.began) > 0 {
		t.Error(err, w.began)
	}
	o.Results, o.Failed = o.Rows+".results", o.Rows
	if _, err := runAll(context.Background(), o); err == nil || !strings.Contains(err.Error(), "is the file of rows") || len(w.began) > 0 {
		t.Error(err, w.began)
	}
}

// One row that hangs does not make the others wait before a good number of them is done, nor the memory grow for ever.
func TestAhead(t *testing.T) {
	o := setup(t, 3*maxAhead)
	o.Concurrency = 4
	var done atomic.Int32
	var most int32
	o.Renderer = rendererFunc(func(ctx context.Context, j Job) (Outcome, error) {
		if j.Row != 5 {
			done.Add(1)
			return Outcome{}, nil
		}
		for done.Load() < maxAhead+3 { // rows 1 to 4, and those that may be ahead
			time.Sleep(time.Millisecond)
		}
		runtime.Gosched()
		most = done.Load()
		return Outcome{}, nil
	})
	s, err := runAll(context.Background(), o)
	if err != nil || s.Done != 3*maxAhead || most > maxAhead+4 {
		t.Errorf("%+v %v; %d ahead", s, err, most)
	}
	inOrder(t, results(t, o.Results), 3*maxAhead)
}

// plainRows writes a file of n rows, a line or two each.
func plainRows(t testing.TB, f Format, n int) string {
	line := map[Format]string{CSV: "%[2]q,%[1]d\n", JSON: "{\"name\": %[2]q, \"count\": %[1]d},\n", JSONL: "{\"name\": %[2]q, \"count\": %[1]d}\n",
		YAML: "- name: %[2]q\n  count: %[1]d\n"}[f]
	b := bytes.NewBufferString(map[Format]string{CSV: "name,count\n", JSON: "["}[f])
	for i := range n {
		fmt.Fprintf(b, line, i%100, fmt.Sprintf("a name of a usual length, %d", i))
	}
	if f == JSON {
		b.Truncate(b.Len() - 2)
		b.WriteString("]")
	}
	return rowsFile(t, "rows."+string(f), b.String())
}

// peak runs n rows and returns how much of the heap is in use at most, in bytes.
func peak(t testing.TB, f Format, n int) uint64 {
	o := Options{Rows: plainRows(t, f, n), Variables: declared, Output: "{row}.mp4", Concurrency: 4}
	o.Results, o.Failed = o.Rows+".results", o.Rows+".failed"
	var mu sync.Mutex
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	before, most := inUse(), uint64(0)
	o.Renderer = rendererFunc(func(_ context.Context, j Job) (Outcome, error) {
		if j.Row%(n/8) == 0 {
			mu.Lock()
			defer mu.Unlock()
			most = max(most, inUse())
		}
		return Outcome{}, nil
	})
	s, err := runAll(context.Background(), o)
	if err != nil || s.Done != n {
		t.Fatal(s, err)
	}
	return most - min(before, most)
}

// Ten times the rows do not need ten times the memory, in any format.
func TestMemory(t *testing.T) {
	for _, name := range Formats() {
		small, large := peak(t, Format(name), 2_000), peak(t, Format(name), 20_000)
		t.Logf("%s: %d KiB for 2,000 rows, %d KiB for 20,000", name, small>>10, large>>10)
		if large > small+8<<20 {
			t.Errorf("%s: %d bytes for 2,000 rows, %d for 20,000", name, small, large)
		}
	}
}

// BenchmarkRows runs 100,000 rows with a renderer that does nothing.
func BenchmarkRows(b *testing.B) {
	for _, name := range Formats() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(float64(peak(b, Format(name), 100_000))/1024, "KiB-peak")
			}
		})
	}
}
