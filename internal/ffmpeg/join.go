package ffmpeg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Join makes a film of segments that [Encode] made, without encoding them again, and of one sound file. Only a GIF is
// made of the segments' pictures.
type Join struct {
	Format   Format
	Rate     Rate
	Segments []string // files, in the film's order; no line break in a name
	Audio    string   // AAC file whose packets are copied, for WebM any sound, of which Opus is made; "" = none
	List     string   // where a list of the segments may be written
	Palette  string   // where a GIF's colours may be written, a name in .png; else not used
	Dst      string   // replaced if it is there; for PNG a folder that is there and empty
	Frames   int      // of all segments together, > 0
}

// FirstPNG is the number of the first picture of a PNG film. Their names are those of the official renderer:
// frame_000001.png is the film's first frame.
const FirstPNG = 1

// Join writes the list and runs FFmpeg. When ctx ends it is killed, and the error is the context's cause.
func (t Tools) Join(ctx context.Context, j Join) error {
	if len(j.Segments) == 0 || j.Frames < 1 {
		return fmt.Errorf("join: %d segments of %d frames", len(j.Segments), j.Frames)
	}
	list, err := j.list()
	if err != nil {
		return err
	}
	if err := os.WriteFile(j.List, list, 0o666); err != nil {
		return fmt.Errorf("list the segments: %w", err)
	}
	if j.Format == GIF {
		if err := t.Run(ctx, j.paletteArgs()); err != nil {
			return fmt.Errorf("choose the colours: %w", err)
		}
	}
	return t.Run(ctx, j.Args())
}

// list returns the segments in the form of FFmpeg's concat demuxer.
func (j Join) list() ([]byte, error) {
	var b strings.Builder
	b.WriteString("ffconcat version 1.0\n")
	for _, s := range j.Segments {
		abs, err := filepath.Abs(s)
		if err != nil {
			return nil, fmt.Errorf("list the segments: %w", err)
		}
		if strings.ContainsAny(abs, "\n\r") {
			return nil, fmt.Errorf("list the segments: a line break in the name %q", abs)
		}
		fmt.Fprintf(&b, "file 'file:%s'\n", strings.ReplaceAll(abs, "'", `'\''`))
	}
	return []byte(b.String()), nil
}

// input returns the options that read the joined segments. All have the same headers: none need be put into the stream.
func (j Join) input() []string {
	return []string{"-hide_banner", "-nostdin", "-loglevel", "error", "-f", "concat", "-safe", "0", "-auto_convert", "0", "-i", j.List}
}

// Args returns the arguments of the FFmpeg run that makes Dst of List. The same segments give the same bytes.
func (j Join) Args() []string {
	args := j.input()
	sound := j.Audio != "" && j.Format.Sound()
	if sound {
		args = append(args, "-i", j.Audio)
	}
	if j.Format == GIF {
		args = append(args, "-i", j.Palette, "-filter_complex", j.gifGraph(), "-map", "[out]", "-loop", "0")
	} else {
		args = append(args, "-map", "0:v:0", "-c:v", "copy", "-frames:v", strconv.Itoa(j.Frames))
	}
	switch {
	case sound && j.Format == WebM:
		args = append(args, "-map", "1:a:0", "-c:a", "libopus", "-b:a", "160k")
	case sound:
		args = append(args, "-map", "1:a:0", "-c:a", "copy")
	}
	args = append(args, bitexact()...)
	switch j.Format {
	case MP4, MOV:
		// The times of a list are rounded to microseconds, and those of WebM to milliseconds: each frame's is counted anew.
		ticks := j.Rate.timescale() / j.Rate.Num * j.Rate.Den
		args = append(args, "-bsf:v", fmt.Sprintf("setts=ts=N*%d", ticks), "-video_track_timescale", strconv.Itoa(j.Rate.timescale()),
			"-movflags", "+faststart", "-f", string(j.Format))
	case WebM:
		args = append(args, "-bsf:v", fmt.Sprintf("setts=ts=round(N*%d/%d)", 1000*j.Rate.Den, j.Rate.Num), "-metadata:s:v:0", "alpha_mode=1", "-f", "webm")
	case GIF:
		args = append(args, "-f", "gif")
	case PNG:
		args = append(args, "-start_number", strconv.Itoa(FirstPNG), "-f", "image2", "-y", filepath.Join(strings.ReplaceAll(j.Dst, "%", "%%"), "frame_%06d.png"))
		return args
	}
	return append(args, "-y", j.Dst)
}

// paletteArgs returns the arguments of the run that chooses a GIF's 256 colours.
func (j Join) paletteArgs() []string {
	return append(j.input(), "-vf", "palettegen=stats_mode=diff", "-frames:v", "1", "-f", "image2", "-c:v", "png", "-update", "1", "-y", j.Palette)
}

// gifGraph returns the filters that paint the frames in those colours, at times counted anew.
func (j Join) gifGraph() string {
	return fmt.Sprintf("[0:v]settb=%d/%d,setpts=N[in];[in][1:v]paletteuse=dither=sierra2_4a:diff_mode=rectangle[out]", j.Rate.Den, j.Rate.Num)
}
