package ffmpeg

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
)

// SampleRate is that of every sound this package makes, in Hz.
const SampleRate = 48000

// A Clip is one sound in a film. Times are in seconds.
type Clip struct {
	Src             string
	At              float64 // when it begins in the film, ≥ 0
	From            float64 // where in the source it begins, ≥ 0
	Duration        float64 // how long it sounds in the film, > 0
	Rate            float64 // speed, 0.1–5; 0 = 1
	Volume          float64 // linear gain; 0 is silence
	FadeIn, FadeOut float64 // linear, within Duration
	Envelopes       []Envelope
	Mono            bool // the source has one channel, which then goes to both sides unchanged
	Loop            Part // what is played over and over; zero = the source is played once
}

// A Part is a part of a source, in seconds. A clip that loops goes back to Start at End, whether there is sound up to
// there or not; its From may lie past End, as if the source went on.
type Part struct{ Start, End float64 }

// A Mix is one sound file of exactly Samples samples, made from clips. Without clips it is silence.
type Mix struct {
	Clips   []Clip
	From    int64   // the film's sample at which the file begins, ≥ 0
	Samples int64   // length of the file, > 0
	Target  float64 // loudness that the file is brought to, LUFS, such as -14; 0 = levels stay as they are
	Dst     string  // .m4a for AAC, .wav for 24-bit samples; replaced if it is there. For a while a file Dst.pcm lies beside it
}

// Mixed says what a mix holds.
type Mixed struct {
	Before Loudness // of the clips as they are laid over one another
	After  Loudness // of what was handed to the encoder
	Gain   float64  // what brought Before to After, dB
	Quiet  []int    // clips that lie whole in the mix and whose part of the source is silent, by their place in Clips
	Silent bool     // nothing is heard, though there are clips that are not turned down
}

// How far a mix may be changed to reach its target.
const (
	// Ceiling is the highest true peak of a mix with a target, dBTP. The encoder adds up to half a dB to it.
	Ceiling = -1.5
	// mostLimited is how much the limiter may take off the highest peak, dB: with more a mix would be flattened.
	mostLimited = 6
	// mostGain is the most by which a mix is raised, dB: what is quieter still is noise.
	mostGain = 30
	// closeEnough is how near to the target the limited mix is brought, LU, in at most tries steps.
	closeEnough = 0.1
	tries       = 4
)

// Mix makes the file. With a target it is done twice: the first time the whole mix is measured, the second time one gain
// is laid over all of it, so that the proportions stay as they are. Where that gain takes peaks over [Ceiling], a limiter
// that looks ahead takes them down, by at most 6 dB; a mix that would need more, or more than 30 dB of gain, stays
// quieter than the target (see Mixed.After). A mix without loudness, which is one that is silent or shorter than 0.4 s,
// stays as it is. The same Mix gives the same bytes.
func (t Tools) Mix(ctx context.Context, m Mix) (*Mixed, error) {
	if m.Target == 0 {
		meter := newMeter()
		out, err := t.encodeSound(ctx, m.Dst, func(sink sink) (*Mixed, error) { return t.mix(ctx, m, meter.tee(sink)) })
		if err != nil {
			return nil, err
		}
		out.Before = meter.result()
		out.After = out.Before
		return out, nil
	}
	raw := m.Dst + ".pcm"
	defer os.Remove(raw)
	out, err := t.keep(ctx, m, raw)
	if err != nil {
		return nil, err
	}
	level, err := level(raw, out.Before, m.Target)
	if err != nil {
		return nil, err
	}
	out.Gain = level.gain
	meter := newMeter()
	_, err = t.encodeSound(ctx, m.Dst, func(sink sink) (*Mixed, error) { return nil, level.play(raw, meter.tee(sink)) })
	if err != nil {
		return nil, err
	}
	out.After = meter.result()
	return out, nil
}

// A sink takes the next samples of a sound, left and right in turn. They are its own only until it returns.
type sink func(samples []float32) error

// keep writes the mix to a file of bare samples and measures it.
func (t Tools) keep(ctx context.Context, m Mix, raw string) (*Mixed, error) {
	f, err := os.Create(raw)
	if err != nil {
		return nil, fmt.Errorf("keep the mix: %w", err)
	}
	defer f.Close()
	meter := newMeter()
	var buf []byte
	out, err := t.mix(ctx, m, meter.tee(func(samples []float32) error {
		buf = appendPCM(buf[:0], samples)
		_, err := f.Write(buf)
		return err
	}))
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("keep the mix: %w", err)
	}
	out.Before = meter.result()
	return out, nil
}

// A leveller lays one gain over a sound, and a limiter where that takes it too high.
type leveller struct {
	gain    float64 // dB
	limited bool
}

// level finds the gain that brings a sound of the given loudness to the target.
func level(raw string, is Loudness, target float64) (leveller, error) {
	if is.Integrated <= silence {
		return leveller{}, nil
	}
	most := min(mostGain, Ceiling+mostLimited-is.TruePeak)
	l := leveller{gain: min(target-is.Integrated, most)}
	l.limited = is.TruePeak+l.gain > Ceiling
	if !l.limited {
		return l, nil
	}
	for range tries { // what the limiter takes away makes the sound less loud
		meter := newMeter()
		if err := l.play(raw, meter.add); err != nil {
			return l, err
		}
		short := target - meter.result().Integrated
		if math.Abs(short) <= closeEnough || l.gain+short > most && l.gain == most {
			break
		}
		l.gain = min(l.gain+short, most)
	}
	return l, nil
}

// play hands on the samples of a file, levelled.
func (l leveller) play(raw string, to sink) error {
	f, err := os.Open(raw)
	if err != nil {
		return fmt.Errorf("read the mix: %w", err)
	}
	defer f.Close()
	gain := float32(decibels(l.gain))
	var lim *limiter
	if l.limited {
		lim = newLimiter(float32(decibels(Ceiling)), to)
		to = lim.add
	}
	err = readPCM(bufio.NewReaderSize(f, 1<<16), func(samples []float32) error {
		for i := range samples {
			samples[i] *= gain
		}
		return to(samples)
	})
	if err == nil && lim != nil {
		err = lim.flush()
	}
	return err
}

// encodeSound makes a sound file of the samples that fill puts into its sink.
func (t Tools) encodeSound(ctx context.Context, dst string, fill func(sink) (*Mixed, error)) (*Mixed, error) {
	p, err := t.Start(ctx, soundArgs(dst))
	if err != nil {
		return nil, err
	}
	var buf []byte
	out, err := fill(func(samples []float32) error {
		buf = appendPCM(buf[:0], samples)
		return p.Write(buf)
	})
	if ended := p.Wait(); err == nil {
		err = ended
	}
	return out, err
}

// soundArgs returns the arguments that make a sound file of bare samples on standard input.
func soundArgs(dst string) []string {
	codec := []string{"-c:a", "aac", "-b:a", "192k", "-f", "mp4"}
	if strings.HasSuffix(dst, ".wav") {
		codec = []string{"-c:a", "pcm_s24le", "-f", "wav"}
	}
	args := []string{"-hide_banner", "-nostdin", "-loglevel", "error", "-f", "f32le", "-ar", strconv.Itoa(SampleRate), "-ac", "2", "-i", "pipe:0"}
	args = append(args, codec...)
	return append(args, "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-y", dst)
}

// appendPCM appends samples as f32le.
func appendPCM(b []byte, samples []float32) []byte {
	for _, x := range samples {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// readPCM hands on all samples of a stream of f32le.
func readPCM(r io.Reader, to sink) error {
	buf := make([]byte, 4*2*blockSize)
	samples := make([]float32, 2*blockSize)
	for {
		n, err := io.ReadFull(r, buf)
		k := decodePCM(samples, buf[:n])
		if k > 0 {
			if err := to(samples[:k]); err != nil {
				return err
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// decodePCM reads samples from f32le and returns how many there were, an even number.
func decodePCM(samples []float32, b []byte) int {
	n := len(b) / 8 * 2
	for i := range n {
		samples[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return n
}

func samples(seconds float64) int64 { return int64(math.Round(seconds * SampleRate)) }

// decibels returns the linear gain of dB.
func decibels(db float64) float64 { return math.Pow(10, db/20) }
