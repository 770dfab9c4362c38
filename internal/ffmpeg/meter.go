package ffmpeg

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Loudness is how loud a stereo sound is, as ITU-R BS.1770-4 and EBU Tech 3342 measure it.
type Loudness struct {
	Integrated float64 // LUFS; -70 when it is quieter, or shorter than 0.4 s
	TruePeak   float64 // dBTP, of four times as many samples; -120 at least
	Range      float64 // LU; 0 when it is shorter than 3 s
	Silent     bool    // no sample is louder than -80 dBFS
}

// silence is the loudness under which nothing counts, LUFS.
const silence = -70

// Measure measures the first sound of a file.
func (t Tools) Measure(ctx context.Context, file string) (Loudness, error) {
	args := []string{"-hide_banner", "-nostdin", "-loglevel", "error", "-vn", "-i", file, "-map", "0:a:0", "-ac", "2", "-ar", strconv.Itoa(SampleRate), "-f", "f32le", "pipe:1"}
	s, err := t.startSource(ctx, args, 0)
	if err != nil {
		return Loudness{}, err
	}
	defer s.close()
	m := newMeter()
	if err := readPCM(s.r, m.add); err != nil {
		return Loudness{}, fmt.Errorf("measure %s: %w", file, err)
	}
	if <-s.done; s.err != nil {
		return Loudness{}, fmt.Errorf("measure %s: %w", file, s.err)
	}
	return m.result(), nil
}

// A meter measures the samples that go through it.
type meter struct {
	filters [2][2]biquad
	sum     float64   // of squares of the filtered samples, both sides, in the step under way
	count   int       // samples in it
	steps   []float64 // mean squares of the finished ones
	peak    float32   // of samples
	over    [2]oversampler
	between float32 // peak between samples
}

// stepSize is the distance of the blocks that are measured: 0.1 s, in samples.
const stepSize = SampleRate / 10

func newMeter() *meter {
	m := &meter{}
	for i := range m.filters { // K weighting at 48 kHz: what a head does, and what ears leave out
		m.filters[i][0] = biquad{b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285, a1: -1.69065929318241, a2: 0.73248077421585}
		m.filters[i][1] = biquad{b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621}
	}
	return m
}

// tee returns a sink that measures what it hands on.
func (m *meter) tee(to sink) sink {
	return func(samples []float32) error {
		if err := m.add(samples); err != nil {
			return err
		}
		return to(samples)
	}
}

// add is a sink.
func (m *meter) add(samples []float32) error {
	for i, x := range samples {
		side := i & 1
		m.peak = max(m.peak, x, -x)
		m.between = max(m.between, m.over[side].add(x, m.between))
		y := m.filters[side][1].add(m.filters[side][0].add(float64(x)))
		m.sum += y * y
		if side == 1 {
			if m.count++; m.count == stepSize {
				m.steps = append(m.steps, m.sum/stepSize)
				m.sum, m.count = 0, 0
			}
		}
	}
	return nil
}

// result returns what was measured so far.
func (m *meter) result() Loudness {
	peak := max(m.peak, m.between)
	for _, o := range m.over { // copies: more may be added later
		for range oversampledTaps { // what still waits for its neighbours
			peak = max(peak, o.add(0, peak))
		}
	}
	return Loudness{
		Integrated: max(silence, m.integrated()),
		TruePeak:   max(-120, 20*math.Log10(float64(peak))),
		Range:      m.loudnessRange(),
		Silent:     m.peak <= quiet,
	}
}

// blocks returns the mean squares of overlapping blocks of n steps each that are louder than the silence.
func (m *meter) blocks(n int) []float64 {
	var out []float64
	for i := n; i <= len(m.steps); i++ {
		if p := mean(m.steps[i-n : i]); loudness(p) > silence {
			out = append(out, p)
		}
	}
	return out
}

// integrated is the loudness of all blocks of 0.4 s that are not 10 LU quieter than the rest.
func (m *meter) integrated() float64 {
	blocks := m.blocks(4)
	return loudness(mean(gate(blocks, -10)))
}

// loudnessRange is the distance of the quiet tenth of blocks of 3 s from the loudest twentieth.
func (m *meter) loudnessRange() float64 {
	blocks := gate(m.blocks(30), -20)
	if len(blocks) == 0 {
		return 0
	}
	slices.Sort(blocks)
	at := func(share float64) float64 { return loudness(blocks[int(math.Round(share*float64(len(blocks)-1)))]) }
	return at(0.95) - at(0.10)
}

// gate leaves out blocks that are quieter than the mean by more than below LU.
func gate(blocks []float64, below float64) []float64 {
	least := loudness(mean(blocks)) + below
	return slices.DeleteFunc(slices.Clone(blocks), func(p float64) bool { return loudness(p) <= least })
}

// loudness returns the loudness of a mean square, LUFS; -Inf for 0.
func loudness(p float64) float64 { return -0.691 + 10*math.Log10(p) }

// mean returns 0 for none.
func mean(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sum := 0.0
	for _, x := range list {
		sum += x
	}
	return sum / float64(len(list))
}

// A biquad is a filter with two poles.
type biquad struct{ b0, b1, b2, a1, a2, z1, z2 float64 }

func (f *biquad) add(x float64) float64 {
	y := f.b0*x + f.z1
	f.z1 = f.b1*x - f.a1*y + f.z2
	f.z2 = f.b2*x - f.a2*y
	return y
}
