package pixel

import (
	"math"
	"testing"
	"time"
)

// BenchmarkUpdate shows a frame of 1920×1080 two pictures in turn. Beside the mean it reports the fastest Update, in ns
// and in copies of the picture made in the same run: these say something on a busy machine too.
func BenchmarkUpdate(b *testing.B) {
	const width, height = 1920, 1080
	still := noise(1, width, height, 0)
	third := still.clone()
	for y := range 624 { // a rectangle in the middle, 1108×624
		for x := range third.row(y, 1108) {
			third.Pix[(y+228)*third.Stride+4*406+x] ^= 0x55
		}
	}
	for _, c := range []struct {
		name  string
		other Picture
	}{{"all", noise(2, width, height, 0)}, {"third", third}, {"none", still.clone()}} {
		b.Run(c.name, func(b *testing.B) {
			f := NewFrame(width, height)
			to := make([]byte, len(still.Pix))
			pictures := [2]Picture{still, c.other}
			measureAgainstCopy(b, func(i int) { f.Update(pictures[i%2]) }, func(i int) { copy(to, pictures[i%2].Pix) })
		})
	}
}

// BenchmarkStats measures a frame that changed everywhere.
func BenchmarkStats(b *testing.B) {
	p := noise(1, 1920, 1080, 0)
	to := make([]byte, len(p.Pix))
	f := NewFrame(p.Width, p.Height)
	f.Update(p)
	measureAgainstCopy(b, func(int) { clear(f.measured); f.Stats() }, func(int) { copy(to, p.Pix) })
}

// BenchmarkConvert is conversion alone, as this machine does it and in plain Go.
func BenchmarkConvert(b *testing.B) {
	p := noise(1, 1920, 1080, 0)
	to := make([]byte, len(p.Pix))
	f := NewFrame(p.Width, p.Height)
	for _, c := range []struct {
		name    string
		convert func(yt, yb, u, v, top, bottom []byte, n int)
	}{{"here", convertBlocks}, {"go", convertBlocksGo}} {
		b.Run(c.name, func(b *testing.B) {
			measureAgainstCopy(b, func(int) {
				for y := 0; y < p.Height; y += 2 {
					c.convert(f.y[y*f.stride:], f.y[(y+1)*f.stride:], f.u[y*f.stride/4:], f.v[y*f.stride/4:],
						p.row(y, p.Width), p.row(y+1, p.Width), p.Width/blockWidth)
				}
			}, func(int) { copy(to, p.Pix) })
		})
	}
}

// measureAgainstCopy runs work and copying in turn; i counts the rounds.
func measureAgainstCopy(b *testing.B, work, copying func(i int)) {
	b.ReportAllocs()
	var sum time.Duration
	best, bestCopy, rounds := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64), 0
	for b.Loop() {
		start := time.Now()
		work(rounds)
		middle := time.Now()
		copying(rounds)
		end := time.Now()
		sum += middle.Sub(start)
		best, bestCopy = min(best, middle.Sub(start)), min(bestCopy, end.Sub(middle))
		rounds++
	}
	b.ReportMetric(float64(sum)/float64(rounds), "ns/op")
	b.ReportMetric(float64(best), "best-ns")
	b.ReportMetric(float64(best)/float64(bestCopy), "copies")
}
