package main

import (
	"strings"
	"testing"
	"time"

	"github.com/hframes/hframes/batch"
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
