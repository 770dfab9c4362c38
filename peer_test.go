package hframes_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hframes/hframes"
)

// BenchmarkBesideOfficial times whole processes, ours and the official CLI's in turn, so that a busy machine slows both
// alike. It reports the medians of wall time in ms and how many times faster ours is.
func BenchmarkBesideOfficial(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "hframes")
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "./cmd/hframes").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	if info, err := os.Stat(bin); err == nil {
		b.Logf("binary: %.1f MB", float64(info.Size())/1e6)
	}
	launch, _ := build(b, "examples/launch", "")
	long := b.TempDir()
	writeFile(b, filepath.Join(long, hframes.Deck), []byte(generated(100)))
	hundred, _ := build(b, long, "")
	for _, c := range []struct {
		name         string
		ours, theirs []string
	}{
		{"version", []string{"version"}, []string{"--version"}},
		{"check launch", []string{"check", launch}, []string{"lint", launch}},
		{"check 100 scenes", []string{"check", hundred}, []string{"lint", hundred}},
		{"build launch", []string{"build", "examples/launch", "-o", filepath.Join(b.TempDir(), "out")}, nil},
		{"build 100 scenes", []string{"build", long, "-o", filepath.Join(b.TempDir(), "out")}, nil},
	} {
		b.Run(c.name, func(b *testing.B) {
			var ours, theirs []time.Duration
			for b.Loop() {
				began := time.Now()
				if out, err := exec.Command(bin, c.ours...).CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				ours = append(ours, time.Since(began))
				if c.theirs != nil {
					began = time.Now()
					official(b, "hyperframes", c.theirs...)
					theirs = append(theirs, time.Since(began))
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(ours), "ours-ms")
			if c.theirs != nil {
				b.ReportMetric(median(theirs), "official-ms")
				b.ReportMetric(median(theirs)/median(ours), "times-faster")
			}
		})
	}
}

func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2].Microseconds()) / 1000
}
