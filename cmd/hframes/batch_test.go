package main

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hframes/hframes/batch"
	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/spf13/cobra"
)

// On a terminal, a batch is a table that each new one replaces; elsewhere it is a line now and then.
func TestBatchProgress(t *testing.T) {
	first := batch.Progress{Counts: batch.Counts{Rows: 20, Done: 3, Skipped: 1, Failed: 1}, Rate: 2.5, ETA: 3661 * time.Second}
	for row := range 14 {
		first.Active = append(first.Active, batch.Active{Row: row + 5, Output: "out/a.mp4", Step: "wait"})
	}
	first.Active[13].Output = "out/日本語の名前.mp4"
	first.Running = len(first.Active)
	last := batch.Progress{Counts: batch.Counts{Rows: 20, Done: 18, Failed: 2}}

	var b strings.Builder
	s := batchProgress{t: &terminal{stderr: &b, live: true, width: 40}}
	s.progress(first)
	s.progress(last)
	lines := strings.Split(b.String(), "\n")
	if len(lines) != 15 || lines[0] != "4/20 rows  1 failed  14 running  2.5 a " || lines[1] != "   5  a.mp4  wait" || lines[12] != "  16  a.mp4  wait" {
		t.Errorf("%q", lines)
	}
	if want := "  … and 2 more\x1b[13A\r\x1b[J18/20 rows  2 failed  0 running"; lines[13] != want {
		t.Errorf("%q, want %q", lines[13], want)
	}

	// A screen that is too low shows the first lines; what takes two columns is counted so; names are above each other.
	b.Reset()
	s = batchProgress{t: &terminal{stderr: &b, live: true, width: 24, height: 4}}
	first.Active = append(first.Active[13:], batch.Active{Row: 19, Output: "out/b.mp4", Step: "upload"})
	s.progress(first)
	if want := "4/20 rows  1 failed  14\n  18  日本語の名前.mp4 \n  19  b.mp4       uploa"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}

	b.Reset()
	s = batchProgress{t: &terminal{stderr: &b, width: 40}}
	s.progress(first)
	s.progress(first)
	s.progress(last)
	if want := "4/20 rows  1 failed  14 running  2.5 a minute  ETA 1:01:01\n18/20 rows  2 failed  0 running\n"; b.String() != want {
		t.Errorf("%q", b.String())
	}
}

// What costs more than a little is not spent unasked.
func TestAfford(t *testing.T) {
	for _, test := range []struct {
		flag    string
		seconds float64
		usd     float64
		want    string // in the error; "" = none
	}{
		{"", 1, 10, ""},
		{"", 1, 10.01, "the estimate is $10.01 for 7 render(s), and more than $10 needs --max-cost"},
		{"", 0, 0, ""},
		{"20", 1, 20, ""},
		{"20", 1, 20.01, "--max-cost is $20.00"},
		{"5", 1, 6, "--max-cost is $5.00"},
		{"5", 0, 0, "does not say how long it is"},
	} {
		var f renderFlags
		c := &cobra.Command{}
		c.Flags().Float64Var(&f.cloud.maxCost, "max-cost", 0, "")
		if test.flag != "" {
			c.Flags().Set("max-cost", test.flag)
		}
		err := f.afford(c, 7, test.seconds, cloud.Estimate{USD: test.usd})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// What a batch is about to do is told before it does it.
func TestIntent(t *testing.T) {
	plan := &batch.Plan{Rows: 3}
	price := cloud.Estimate{USD: 1.5, AsOf: "2026-09-07"}
	for want, p := range map[string]batchPlace{
		"3 videos on this machine, small, 2.000 s each": {name: "local", video: "small", seconds: 2},
		"3 videos at HeyGen with the key in HEYGEN_API_KEY, small, 2.000 s each: about $1.50 (prices of 2026-09-07), less what was rendered before": {name: "heygen", payer: "with the key in HEYGEN_API_KEY", video: "small", seconds: 2},
		"3 videos at HeyGen with the key in HEYGEN_API_KEY, small: what they cost is not known, as the film does not say how long it is":            {name: "heygen", payer: "with the key in HEYGEN_API_KEY", video: "small"},
	} {
		var f batchFlags
		if got := f.intent(plan, &p, price); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	forced := batchFlags{}
	forced.cloud.force = true
	if got := forced.intent(plan, &batchPlace{name: "heygen", seconds: 2}, price); strings.Contains(got, "less") {
		t.Error(got)
	}
}

// Ten rows that are held up at a time are told of once.
func TestRetryNotes(t *testing.T) {
	var b strings.Builder
	note := retryNotes(&terminal{stderr: &b})
	var calls sync.WaitGroup
	for range 10 {
		calls.Go(func() { note(heygen.Retry{Err: errors.New("busy"), Try: 1, Pause: 1234 * time.Millisecond}) })
	}
	calls.Wait()
	if want := "busy; try 2 in 1.2s\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}
