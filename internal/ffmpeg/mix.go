package ffmpeg

import (
	"fmt"
	"math"
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
	Mono            bool    // the source has one channel, which then goes to both sides unchanged
	Loop            Part    // what is played over and over; zero = the source is played once
}

// A Part is a part of a source, in seconds. A clip that loops goes back to Start at End, whether there is sound up to
// there or not; its From may lie past End, as if the source went on.
type Part struct{ Start, End float64 }

// Mix makes one AAC file of exactly Samples samples from clips.
type Mix struct {
	Clips   []Clip
	Samples int64
	Dst     string // .m4a, replaced if it is there
}

// Args returns FFmpeg's arguments. A mix without clips is silence.
func (m Mix) Args() []string {
	args := []string{"-hide_banner", "-nostdin", "-loglevel", "error"}
	for _, c := range m.Clips {
		args = append(args, "-vn", "-i", c.Src)
	}
	args = append(args, "-filter_complex", m.graph(), "-map", "[out]", "-c:a", "aac", "-b:a", "192k", "-ar", strconv.Itoa(SampleRate), "-ac", "2",
		"-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "mp4", "-y", m.Dst)
	return args
}

// graph returns the filter graph. Everything is counted in samples: times as text would be rounded.
func (m Mix) graph() string {
	whole := fmt.Sprintf("apad,atrim=end_sample=%d,asetpts=N/SR/TB", m.Samples)
	if len(m.Clips) == 0 {
		return fmt.Sprintf("anullsrc=r=%d:cl=stereo,atrim=end_sample=%d[out]", SampleRate, m.Samples)
	}
	parts := make([]string, 0, len(m.Clips)+1)
	labels := ""
	for i, c := range m.Clips {
		label := fmt.Sprintf("[c%d]", i)
		parts = append(parts, fmt.Sprintf("[%d:a:0]%s%s", i, c.chain(), label))
		labels += label
	}
	if len(m.Clips) > 1 {
		// normalize=0: the loudness of a clip must not depend on how many others there are.
		labels += fmt.Sprintf("amix=inputs=%d:duration=longest:dropout_transition=0:normalize=0,", len(m.Clips))
	}
	return strings.Join(append(parts, labels+whole+"[out]"), ";")
}

// chain returns the filters of one clip: its part of the source, at its speed and loudness, moved to its place.
func (c Clip) chain() string {
	rate := c.Rate
	if rate == 0 {
		rate = 1
	}
	length := samples(c.Duration)
	f := []string{"aresample=" + strconv.Itoa(SampleRate) + ":async=1:first_pts=0"}
	if c.Mono {
		f = append(f, "pan=stereo|c0=c0|c1=c0")
	} else {
		f = append(f, "aformat=channel_layouts=stereo")
	}
	from := samples(c.From)
	if first, n := samples(c.Loop.Start), samples(c.Loop.End)-samples(c.Loop.Start); n > 0 {
		// Not -stream_loop: it begins at 0, and again only when the last packet has been heard, padding and all.
		f = append(f, fmt.Sprintf("atrim=start_sample=%d:end_sample=%d,asetpts=N/SR/TB,apad=whole_len=%d,aloop=loop=-1:size=%[3]d", first, first+n, n))
		from = (from - first) % n
	}
	f = append(f, fmt.Sprintf("atrim=start_sample=%d:end_sample=%d", from, from+samples(c.Duration*rate)), "asetpts=N/SR/TB")
	f = append(f, tempo(rate)...)
	f = append(f, fmt.Sprintf("atrim=end_sample=%d", length), "volume="+number(c.Volume)+":precision=float")
	if c.FadeIn > 0 {
		f = append(f, fmt.Sprintf("afade=t=in:ss=0:ns=%d", samples(c.FadeIn)))
	}
	if c.FadeOut > 0 {
		f = append(f, fmt.Sprintf("afade=t=out:ss=%d:ns=%d", length-samples(c.FadeOut), samples(c.FadeOut)))
	}
	if at := samples(c.At); at > 0 {
		f = append(f, fmt.Sprintf("adelay=%dS:all=1", at))
	}
	return strings.Join(f, ",")
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

func samples(seconds float64) int64 { return int64(math.Round(seconds * SampleRate)) }
