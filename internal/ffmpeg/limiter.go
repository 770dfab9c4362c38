package ffmpeg

import "math"

// oversampledTaps is how many samples around it decide a value between two samples, an even number.
const oversampledTaps = 16

// phases are the filters for the values at a quarter, a half and three quarters of the way between two samples: a sinc
// within a raised cosine.
var phases = func() (out [3][oversampledTaps]float32) {
	for p := range out {
		sum := 0.0
		var taps [oversampledTaps]float64
		for k := range taps {
			t := float64(k) - (oversampledTaps/2 - 1) - float64(p+1)/4
			taps[k] = math.Sin(math.Pi*t) / (math.Pi * t) * (0.5 + 0.5*math.Cos(2*math.Pi*t/oversampledTaps))
			sum += taps[k]
		}
		for k := range taps {
			out[p][k] = float32(taps[k] / sum)
		}
	}
	return out
}()

// An oversampler finds peaks between the samples of one side.
type oversampler struct {
	last [2 * oversampledTaps]float32 // the last samples twice, so that a run of them lies in one piece
	at   int
	calm int // samples since the last that was loud enough to matter
}

// mostRise is more than the largest value between samples can exceed the largest of the samples that decide it.
const mostRise = 2

// add takes the next sample and returns the largest amplitude of the sample oversampledTaps/2 before and of what lies
// between it and the one after it. Amplitudes up to floor are of no interest and may come out as less.
func (o *oversampler) add(x, floor float32) float32 {
	o.last[o.at], o.last[o.at+oversampledTaps] = x, x
	if o.at++; o.at == oversampledTaps {
		o.at = 0
	}
	if o.calm++; max(x, -x)*mostRise > floor {
		o.calm = 0
	}
	if o.calm >= oversampledTaps {
		return 0
	}
	run := (*[oversampledTaps]float32)(o.last[o.at:])
	peak := max(run[oversampledTaps/2-1], -run[oversampledTaps/2-1])
	for p := range phases {
		var y float32
		for k, c := range &phases[p] {
			y += c * run[k]
		}
		peak = max(peak, y, -y)
	}
	return peak
}

// How the limiter moves: the gain falls within ahead samples (5 ms), before the peak, and comes back to 63 % in release
// samples (0.15 s): slow enough not to follow a bass, fast enough not to be heard as pumping.
const (
	ahead   = SampleRate / 200
	release = SampleRate * 15 / 100
)

// A limiter keeps true peaks under a ceiling, both sides by the same gain. Where nothing is too loud it changes nothing.
// What it hands on comes later; flush hands on the rest, so that as many samples come out as went in.
type limiter struct {
	ceiling float32
	to      sink
	over    [2]oversampler
	lows    []low          // rising gains that later samples ask for, of the last ahead samples
	held    [ahead]float32 // the last gains, before they are smoothed
	back    float32        // the last one of held
	sum     float64        // of held
	delay   [2 * limiterDelay]float32
	n       int // samples so far
	block   []float32
}

// A low is the gain that a sample asks for.
type low struct {
	n    int
	gain float32
}

// limiterDelay is how many samples later a sample comes out.
const limiterDelay = ahead - 1 + oversampledTaps/2

func newLimiter(ceiling float32, to sink) *limiter {
	l := &limiter{ceiling: ceiling, to: to, back: 1, sum: ahead}
	for i := range l.held {
		l.held[i] = 1
	}
	return l
}

// add is a sink.
func (l *limiter) add(samples []float32) error {
	l.block = l.block[:0]
	for i := 0; i+1 < len(samples); i += 2 {
		gain := l.next(max(l.over[0].add(samples[i], l.ceiling), l.over[1].add(samples[i+1], l.ceiling)))
		old := l.delay[2*(l.n%limiterDelay):][:2]
		if l.n >= limiterDelay {
			l.block = append(l.block, gain*old[0], gain*old[1])
		}
		old[0], old[1] = samples[i], samples[i+1]
		l.n++
	}
	return l.to(l.block)
}

// next returns the gain of the sample that comes out when one with the given peak went in: the mean, over the last ahead
// samples, of the least gain that any sample asked for in the ahead before.
func (l *limiter) next(peak float32) float32 {
	want := float32(1)
	if peak > l.ceiling {
		want = l.ceiling / peak
	}
	for len(l.lows) > 0 && l.lows[len(l.lows)-1].gain >= want {
		l.lows = l.lows[:len(l.lows)-1]
	}
	l.lows = append(l.lows, low{l.n, want})
	if l.lows[0].n <= l.n-ahead {
		l.lows = l.lows[:copy(l.lows, l.lows[1:])]
	}
	if l.back += (1 - l.back) / release; l.back > 0.999 {
		l.back = 1
	}
	l.back = min(l.back, l.lows[0].gain)
	l.sum += float64(l.back) - float64(l.held[l.n%ahead])
	l.held[l.n%ahead] = l.back
	return float32(l.sum / ahead)
}

// flush hands on what is still held back.
func (l *limiter) flush() error {
	return l.add(make([]float32, 2*limiterDelay))
}
