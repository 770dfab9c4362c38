package render

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/hframes/hframes/internal/ffmpeg"
)

// A MismatchError says in what a finished file differs from what it should be. Such a file is not kept.
type MismatchError struct {
	Faults []string // "60 frames instead of 61", one for each fault
}

// Error lists the faults.
func (e *MismatchError) Error() string {
	return "the finished file is wrong: " + strings.Join(e.Faults, ", ")
}

// verify measures the file.
func (j *job) verify(ctx context.Context) (*Result, error) {
	info, err := j.tools.Probe(ctx, j.out.Name(), true)
	if err != nil {
		return nil, fmt.Errorf("measure the file: %w", err)
	}
	fi, err := os.Stat(j.out.Name())
	if err != nil {
		return nil, fmt.Errorf("measure the file: %w", err)
	}
	want := expected{width: even(j.encode.Width), height: even(j.encode.Height), frames: j.length(), rate: j.rate, audio: j.sound.file != ""}
	faults := append(want.faults(info), j.sound.Faults...)
	for _, p := range j.pieces {
		faults = append(faults, p.seen.faults...)
	}
	if len(faults) > 0 {
		return nil, &MismatchError{Faults: faults}
	}
	v := info.Video()
	return &Result{
		Frames: v.Frames, FPS: v.Rate.Float(), Width: v.Width, Height: v.Height, Duration: v.Duration, Size: fi.Size(),
		Audio: info.Audio() != nil, Loudness: j.sound.Loudness,
	}, nil
}

func even(n int) int { return n + n%2 }

// expected is what a file should be.
type expected struct {
	width, height, frames int
	rate                  ffmpeg.Rate
	audio                 bool
}

// lengthSlack is how far a stream's length may be off, in s: containers count in ticks.
const lengthSlack = 0.002

func (e expected) faults(info *ffmpeg.Info) []string {
	var out []string
	differ := func(what string, got, want any) {
		if got != want {
			out = append(out, fmt.Sprintf("%s %v instead of %v", what, got, want))
		}
	}
	v := info.Video()
	if v == nil {
		return []string{"no video"}
	}
	differ("codec", v.Codec, "h264")
	differ("frames", v.Frames, e.frames)
	differ("frame rate", v.Rate, reduced(e.rate))
	differ("size", fmt.Sprintf("%dx%d", v.Width, v.Height), fmt.Sprintf("%dx%d", e.width, e.height))
	differ("pixel format", v.PixFmt, "yuv420p")
	differ("colour range", v.Range, "tv")
	differ("colour matrix", v.Space, "bt709")
	differ("colour primaries", v.Primaries, "bt709")
	differ("colour transfer", v.Transfer, "bt709")
	differ("start", v.Start, 0.0)
	length := e.rate.Time(e.frames)
	if math.Abs(v.Duration-length) > lengthSlack {
		differ("video length", v.Duration, length)
	}
	a := info.Audio()
	differ("sound", a != nil, e.audio)
	if a != nil && e.audio {
		differ("sound codec", a.Codec, "aac")
		differ("sample rate", a.SampleRate, ffmpeg.SampleRate)
		differ("channels", a.Channels, 2)
		if math.Abs(a.Duration-length) > lengthSlack {
			differ("sound length", a.Duration, length)
		}
	}
	return out
}

// reduced returns a rate in lowest terms, as files keep it.
func reduced(r ffmpeg.Rate) ffmpeg.Rate {
	a, b := r.Num, r.Den
	for b != 0 {
		a, b = b, a%b
	}
	return ffmpeg.Rate{Num: r.Num / a, Den: r.Den / a}
}
