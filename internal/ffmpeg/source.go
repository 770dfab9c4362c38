package ffmpeg

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// preroll is how far before the first sample that is wanted a source is read, in s: decoders and resamplers need to have
// heard what came before. Whole seconds, so that samples of every rate begin there.
const preroll = 2

// decode returns FFmpeg's arguments for the sound of a clip from its sample skip on, n samples long or longer, as bare
// stereo samples on standard output; and how many samples come before it there. Everything is counted in samples: times
// as text would be rounded. What lies before is not decoded where the format lets FFmpeg jump.
func (c *Clip) decode(skip, n int64) (args []string, before int64) {
	rate := c.Rate
	if rate == 0 {
		rate = 1
	}
	f := []string{"aresample=" + strconv.Itoa(SampleRate) + ":async=1:first_pts=0"}
	if c.Mono {
		f = append(f, "pan=stereo|c0=c0|c1=c0")
	} else {
		f = append(f, "aformat=channel_layouts=stereo")
	}
	from, length := samples(c.From), samples(c.Duration*rate)
	if rate == 1 {
		from, length = from+skip, n
	} else {
		before = skip // where it begins decides how time is stretched
	}
	seek := int64(0)
	if first, n := samples(c.Loop.Start), samples(c.Loop.End)-samples(c.Loop.Start); n > 0 {
		// Not -stream_loop: it begins at 0, and again only when the last packet has been heard, padding and all.
		f = append(f, fmt.Sprintf("atrim=start_sample=%d:end_sample=%d,asetpts=N/SR/TB,apad=whole_len=%d,aloop=loop=-1:size=%[3]d", first, first+n, n))
		from = (from - first) % n
	} else {
		seek = max(0, from/SampleRate-preroll)
		from -= seek * SampleRate
	}
	f = append(f, fmt.Sprintf("atrim=start_sample=%d:end_sample=%d", from, from+length), "asetpts=N/SR/TB")
	f = append(f, tempo(rate)...)
	args = []string{"-hide_banner", "-nostdin", "-loglevel", "error"}
	if seek > 0 {
		args = append(args, "-ss", strconv.FormatInt(seek, 10))
	}
	return append(args, "-vn", "-i", c.Src, "-map", "0:a:0", "-af", strings.Join(f, ","), "-ac", "2", "-ar", strconv.Itoa(SampleRate), "-f", "f32le", "pipe:1"), before
}

// tempo returns the filters that change the speed and keep the pitch. One filter does a factor from 0.5 to 2.
func tempo(rate float64) []string {
	var out []string
	step := func(x float64) {
		out = append(out, "atempo="+number(math.Round(x*1e9)/1e9))
		rate /= x
	}
	for rate > 2 {
		step(2)
	}
	for rate < 0.5 {
		step(0.5)
	}
	if math.Abs(rate-1) > 1e-9 {
		step(rate)
	}
	return out
}

// A source is an FFmpeg that decodes a clip. It waits while nobody reads.
type source struct {
	cancel context.CancelFunc
	pipe   *os.File
	r      *bufio.Reader
	before int64
	ended  bool
	bytes  []byte
	done   chan struct{} // closed when the process has ended and err is set
	err    error
}

// openSource starts decoding n samples of a clip, from its sample skip on.
func (t Tools) openSource(ctx context.Context, c *Clip, skip, n int64) (*source, error) {
	args, before := c.decode(skip, n)
	return t.startSource(ctx, args, before)
}

// startSource starts an FFmpeg that writes stereo samples to standard output. The first samples are left out.
func (t Tools) startSource(ctx context.Context, args []string, before int64) (*source, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, t.FFmpeg, args...)
	cmd.WaitDelay = killDelay
	cmd.Env = environment(os.Environ())
	diesWithParent(cmd)
	stderr := &tail{}
	cmd.Stdout, cmd.Stderr = w, stderr
	s := &source{cancel: cancel, pipe: r, r: bufio.NewReaderSize(r, 1<<16), before: before, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		err := locked(cmd.Run)
		w.Close()
		if err != nil {
			s.err = failure(ctx, t.FFmpeg, err, stderr)
		}
	}()
	return s, nil
}

// read fills samples with what comes next, and with silence behind the end.
func (s *source) read(samples []float32) error {
	if s.before > 0 {
		n, err := io.CopyN(io.Discard, s.r, 8*s.before)
		s.before -= n / 8
		if err != nil {
			s.before = 0
			return s.end(samples, err)
		}
	}
	if s.ended {
		clear(samples)
		return nil
	}
	if n := 4 * len(samples); cap(s.bytes) < n {
		s.bytes = make([]byte, n)
	}
	b := s.bytes[:4*len(samples)]
	n, err := io.ReadFull(s.r, b)
	k := decodePCM(samples, b[:n])
	if err != nil {
		return s.end(samples[k:], err)
	}
	return nil
}

// end is what read does when nothing more comes.
func (s *source) end(rest []float32, err error) error {
	clear(rest)
	s.ended = true
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	<-s.done
	return s.err
}

// close ends the process and waits for it. It may be called more than once, and on a source that was never opened.
func (s *source) close() {
	if s == nil {
		return
	}
	s.cancel()
	<-s.done
	s.pipe.Close()
}
