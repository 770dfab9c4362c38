package ffmpeg

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// blockSize is how many samples are mixed at a time.
const blockSize = 4096

// openAhead is how many sources are opened before they are heard: starting an FFmpeg takes longer than mixing what it
// decodes.
const openAhead = 2

// quiet is the level up to which a sound counts as silent: -80 dBFS.
const quiet = 1e-4

// A voice is a clip within a mix. Places are samples of the film.
type voice struct {
	*Clip
	index      int   // in Mix.Clips
	begin, end int64 // of the clip
	from, to   int64 // of what is heard in the mix
	source     *source
	peak       float32 // of the source's part
	loudest    float64 // gain so far
	buf        []float32
	gain       []float64
}

// voices returns the clips that are heard in the mix, in the order in which they begin.
func (m Mix) voices() []*voice {
	var out []*voice
	for i := range m.Clips {
		c := &m.Clips[i]
		v := &voice{Clip: c, index: i, begin: samples(c.At)}
		v.end = v.begin + samples(c.Duration)
		v.from, v.to = max(v.begin, m.From), min(v.end, m.From+m.Samples)
		if v.from < v.to {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b *voice) int { return cmp.Compare(a.from, b.from) })
	return out
}

// mix lays the clips over one another and puts the sum into a sink, block by block. A source is read only while it is
// heard. Of what it returns, loudness and gain are the caller's to fill in.
func (t Tools) mix(ctx context.Context, m Mix, to sink) (*Mixed, error) {
	ctx, cancel := context.WithCancel(ctx)
	voices := m.voices()
	defer func() {
		cancel()
		for _, v := range voices {
			v.source.close()
		}
	}()
	out, heard := &Mixed{}, false
	sum := make([]float32, 2*blockSize)
	opened, begun := 0, 0
	for at := m.From; at < m.From+m.Samples; at += blockSize {
		end := min(at+blockSize, m.From+m.Samples)
		for begun < len(voices) && voices[begun].from < end {
			begun++
		}
		for ; opened < min(begun+openAhead, len(voices)); opened++ {
			v := voices[opened]
			var err error
			if v.source, err = t.openSource(ctx, v.Clip, v.from-v.begin, v.to-v.from); err != nil {
				return nil, err
			}
		}
		block := sum[:2*(end-at)]
		clear(block)
		for _, v := range voices[:begun] {
			if err := v.add(block, at, end); err != nil {
				return nil, fmt.Errorf("read %s: %w", v.Src, err)
			}
		}
		heard = heard || peak(block) > quiet
		if err := to(block); err != nil {
			return nil, err
		}
	}
	for _, v := range voices {
		out.Silent = out.Silent || !heard && v.loudest > quiet
		if v.peak <= quiet && v.from == v.begin && v.to == v.end {
			out.Quiet = append(out.Quiet, v.index)
		}
	}
	slices.Sort(out.Quiet)
	return out, nil
}

// add lays what the voice sounds from at to end over a block.
func (v *voice) add(block []float32, at, end int64) error {
	from, to := max(at, v.from), min(end, v.to)
	if from >= to {
		return nil
	}
	if v.buf == nil {
		v.buf, v.gain = make([]float32, 2*blockSize), make([]float64, blockSize)
	}
	buf, gain := v.buf[:2*(to-from)], v.gain[:to-from]
	if err := v.source.read(buf); err != nil {
		return err
	}
	v.peak = max(v.peak, peak(buf))
	v.gains(gain, from)
	block = block[2*(from-at):]
	for i, g := range gain {
		v.loudest = max(v.loudest, g)
		block[2*i] += float32(g * float64(buf[2*i]))
		block[2*i+1] += float32(g * float64(buf[2*i+1]))
	}
	if to == v.to {
		v.source.close()
	}
	return nil
}

// gains fills in the gain of each sample from one of the film on.
func (v *voice) gains(gain []float64, from int64) {
	in, out := float64(samples(v.FadeIn)), float64(samples(v.FadeOut))
	for i := range gain {
		gain[i] = v.Volume
		if k := float64(from - v.begin + int64(i)); k < in {
			gain[i] *= k / in
		}
		if k := float64(v.end - from - int64(i)); k < out {
			gain[i] *= k / out
		}
	}
	for _, e := range v.Envelopes {
		e.apply(gain, from)
	}
}

// peak returns the largest amplitude.
func peak(samples []float32) float32 {
	var p float32
	for _, x := range samples {
		p = max(p, x, -x)
	}
	return p
}
