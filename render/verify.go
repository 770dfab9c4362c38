package render

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/hframes/hframes/internal/ffmpeg"
)

// A MismatchError says in what a finished file differs from what it should be.
type MismatchError struct {
	Faults []string // "60 frames instead of 61", one for each fault
	Kept   string   // the file, under another name than was asked for; "" = it could not be kept
}

// Error lists the faults.
func (e *MismatchError) Error() string {
	text := "the finished file is wrong: " + strings.Join(e.Faults, ", ")
	if e.Kept != "" {
		text += "; it is kept as " + e.Kept
	}
	return text
}

// Hint says what to do.
func (e *MismatchError) Hint() string {
	return "render again: nothing of it is reused; if it is wrong again, try another FFmpeg or browser"
}

// reject keeps a wrong file for inspection, and nothing that it was made of.
func (j *job) reject(e *MismatchError) {
	if name, err := j.out.Reject(); err == nil {
		e.Kept = name
	}
	for _, p := range j.pieces {
		j.store.Drop(p.Key)
	}
	j.store.Drop(j.soundKey())
}

// verify measures the file.
func (j *job) verify(ctx context.Context) (*Result, error) {
	if j.Format == ffmpeg.PNG {
		return j.verifyPictures()
	}
	info, err := j.tools.Probe(ctx, j.out.Name(), true)
	if err != nil {
		return nil, fmt.Errorf("measure the file: %w", err)
	}
	fi, err := os.Stat(j.out.Name())
	if err != nil {
		return nil, fmt.Errorf("measure the file: %w", err)
	}
	width, height := j.encode.Size()
	want := expected{format: j.Format, width: width, height: height, frames: j.length(), rate: j.rate, audio: j.sound.file != ""}
	faults := append(want.faults(info), j.sound.Faults...)
	if faults = append(faults, j.seenFaults()...); len(faults) > 0 {
		return nil, &MismatchError{Faults: faults}
	}
	v := info.Video()
	return &Result{
		Frames: v.Frames, FPS: j.rate.Float(), Width: v.Width, Height: v.Height, Duration: j.rate.Time(v.Frames), Size: fi.Size(),
		Audio: info.Audio() != nil, Loudness: j.sound.Loudness,
	}, nil
}

func even(n int) int { return n + n%2 }

// seenFaults returns what was wrong with the pictures when they were taken.
func (j *job) seenFaults() []string {
	var out []string
	for _, p := range j.pieces {
		out = append(out, p.seen.faults...)
	}
	return out
}

// expected is what a file should be.
type expected struct {
	format                ffmpeg.Format
	width, height, frames int
	rate                  ffmpeg.Rate
	audio                 bool
}

// looks is how a format's streams are told by ffprobe; "" = it does not say. Of transparency it says nothing: a WebM keeps
// it beside the picture.
var looks = map[ffmpeg.Format]struct{ codec, pixFmt, sound string }{
	ffmpeg.MP4:  {"h264", "yuv420p", "aac"},
	ffmpeg.WebM: {"vp9", "yuv420p", "opus"},
	ffmpeg.MOV:  {"prores", "yuva444p12le", "aac"},
	ffmpeg.GIF:  {"gif", "bgra", ""},
}

// slack is how far a stream's length may be off, in s: containers count in ticks, a GIF in hundredths, and Opus in packets
// of a fiftieth.
func (e expected) slack() float64 {
	switch e.format {
	case ffmpeg.WebM, ffmpeg.GIF:
		return 0.025
	}
	return 0.002
}

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
	look := looks[e.format]
	differ("codec", v.Codec, look.codec)
	differ("frames", v.Frames, e.frames)
	differ("size", fmt.Sprintf("%dx%d", v.Width, v.Height), fmt.Sprintf("%dx%d", e.width, e.height))
	differ("pixel format", v.PixFmt, look.pixFmt)
	if e.format != ffmpeg.GIF { // which has colours of its own and no rate
		differ("frame rate", v.Rate, reduced(e.rate))
		differ("colour range", v.Range, "tv")
		differ("colour matrix", v.Space, "bt709")
		differ("colour primaries", v.Primaries, "bt709")
		differ("colour transfer", v.Transfer, "bt709")
	}
	if e.format != ffmpeg.WebM || math.Abs(v.Start) > e.slack() { // in a WebM, all begins when Opus does, 7 ms before it is heard
		differ("start", v.Start, 0.0)
	}
	length := e.rate.Time(e.frames)
	if is := cmp.Or(v.Duration, info.Duration); math.Abs(is-length) > e.slack() {
		differ("video length", is, length)
	}
	a := info.Audio()
	differ("sound", a != nil, e.audio)
	if a != nil && e.audio {
		differ("sound codec", a.Codec, look.sound)
		differ("sample rate", a.SampleRate, ffmpeg.SampleRate)
		differ("channels", a.Channels, 2)
		if is := cmp.Or(a.Duration, info.Duration); math.Abs(is-length) > e.slack() {
			differ("sound length", is, length)
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
