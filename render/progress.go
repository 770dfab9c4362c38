package render

import (
	"strings"
	"sync"
	"time"
)

// A reporter counts frames and calls Options.Progress, one call at a time and not more often than people can read.
type reporter struct {
	f func(Progress)

	mu    sync.Mutex
	p     Progress
	start time.Time // of the capture
	last  time.Time // of the last call
}

// reportEvery is the least time between two calls within a stage.
const reportEvery = 100 * time.Millisecond

func newReporter(f func(Progress)) *reporter { return &reporter{f: f} }

func (r *reporter) stage(s Stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.Stage = s
	r.p.ETA = 0
	if s == StageCapture {
		r.start = time.Now()
	}
	r.call()
}

// length says how many frames are asked for. Nothing of them is there yet.
func (r *reporter) length(frames int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.Frames, r.p.Frame, r.p.Reused = frames, 0, 0
}

// reuse says that a piece came from the cache.
func (r *reporter) reuse(p *piece) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.Frame += p.End - p.First
	r.p.Reused += p.End - p.First
}

// shot says that one more frame of a piece is taken.
func (r *reporter) shot(p *piece) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.Frame++
	r.p.Scene = strings.Join(p.Shows, ", ")
	if spent := time.Since(r.start); spent > 0 {
		r.p.FPS = float64(r.p.Frame-r.p.Reused) / spent.Seconds()
		r.p.ETA = time.Duration(float64(r.p.Frames-r.p.Frame) / r.p.FPS * float64(time.Second)).Round(time.Millisecond)
	}
	if r.p.Frame == r.p.Frames || time.Since(r.last) >= reportEvery {
		r.call()
	}
}

// speed returns how many frames a second were taken, 0 when all were there.
func (r *reporter) speed() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.p.FPS
}

// unshot takes back the last n frames: they will be taken again.
func (r *reporter) unshot(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.Frame -= n
}

// call hands the numbers over. The caller holds mu.
func (r *reporter) call() {
	r.last = time.Now()
	if r.f != nil {
		r.f(r.p)
	}
}
