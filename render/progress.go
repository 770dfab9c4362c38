package render

import (
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

func (r *reporter) length(frames int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.Frames = frames
}

// frame says that n frames are taken.
func (r *reporter) frame(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.Frame = n
	if spent := time.Since(r.start); spent > 0 {
		r.p.FPS = float64(n) / spent.Seconds()
		r.p.ETA = time.Duration(float64(r.p.Frames-n) / r.p.FPS * float64(time.Second)).Round(time.Millisecond)
	}
	if n == r.p.Frames || time.Since(r.last) >= reportEvery {
		r.call()
	}
}

// call hands the numbers over. The caller holds mu.
func (r *reporter) call() {
	r.last = time.Now()
	if r.f != nil {
		r.f(r.p)
	}
}
