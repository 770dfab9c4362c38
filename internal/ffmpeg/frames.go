package ffmpeg

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
)

// Frames writes pictures of a video clip that a film shows, one file a film frame: picture k (from 0) is the last one of the
// source that begins at or before Start + k·Step, the first one if none does. Those from First on are written.
type Frames struct {
	Src    string
	Start  float64 // source time of picture 0, s, ≥ 0
	Step   float64 // source time from one picture to the next, s, > 0
	First  int     // number of the first one that is written, ≥ 0
	Count  int     // most pictures; fewer come out when the source ends
	Dir    string  // where to; picture 7 is 000007.jpg
	Info   Stream  // the source's video stream, as probed
	Suffix string  // jpg or png; see [FrameSuffix]
}

// FrameSuffix returns how pictures of a stream are kept: png when they may be transparent, else jpg.
func FrameSuffix(s Stream) string {
	switch s.Codec {
	case "vp8", "vp9", "prores", "png", "qtrle", "apng", "gif", "webp", "hap", "cfhd":
		if s.Alpha {
			return "png"
		}
	}
	return "jpg"
}

// unitsPerFrame is the time base in which pictures are chosen: one film frame is this many units.
const unitsPerFrame = 1000000

// slack is how late a source picture may begin and still count as begun, in s. Files keep times in steps of up to 1 ms,
// so a picture that is due at 2/30 s can say 0.067.
const slack = 0.001

// At returns the number of the picture that is seen at time t of the source, if there are that many.
func (f Frames) At(t float64) int { return max(0, int(math.Floor((t-f.Start+slack)/f.Step))) }

// pictureName is what pictures are called, before their suffix, in the form that FFmpeg's image2 shares with Sprintf.
const pictureName = "%06d."

// File returns where picture k is written. It is whole as soon as the next one's is there, and when FFmpeg has ended.
func (f Frames) File(k int) string { return filepath.Join(f.Dir, fmt.Sprintf(pictureName, k)+f.Suffix) }

// begin is the source time of the first picture that is written, s.
func (f Frames) begin() float64 { return f.Start + float64(f.First)*f.Step }

// Args returns FFmpeg's arguments.
func (f Frames) Args() []string {
	args := []string{"-hide_banner", "-nostdin", "-loglevel", "error"}
	if f.Info.Alpha && (f.Info.Codec == "vp8" || f.Info.Codec == "vp9") {
		args = append(args, "-c:v", map[string]string{"vp8": "libvpx", "vp9": "libvpx-vp9"}[f.Info.Codec]) // FFmpeg's own decoders drop transparency
	}
	// Reading starts at the key frame before the first picture, a second early for files with a poor index. Without
	// -noaccurate_seek the one that began before and is still to be seen would be dropped.
	if from := f.begin() - 1; from > 0 {
		args = append(args, "-noaccurate_seek", "-ss", number(from))
	}
	args = append(args, "-i", f.Src, "-map", "0:v:0", "-an", "-sn", "-dn", "-vf", f.filter(), "-frames:v", strconv.Itoa(f.Count))
	if f.Suffix == "png" {
		args = append(args, "-c:v", "png", "-compression_level", "1", "-pix_fmt", "rgba")
	} else {
		args = append(args, "-c:v", "mjpeg", "-q:v", "1", "-qmin", "1", "-pix_fmt", "yuvj420p")
	}
	return append(args, "-start_number", strconv.Itoa(f.First), "-f", "image2", "-y", filepath.Join(strings.ReplaceAll(f.Dir, "%", "%%"), pictureName+f.Suffix))
}

// filter chooses the pictures and converts their colours. Each source picture's time becomes the number of the film
// frame it is first seen in, as a fraction; rounding that up and filling the gaps is what "last one that has begun"
// means. After -ss, time 0 is the place that was asked for. The last picture is held for one step more: it may begin
// after one film frame and end before the next.
func (f Frames) filter() string {
	first := min(f.begin(), 1)
	chain := []string{
		"tpad=stop_mode=clone:stop_duration=" + number(2*f.Step),
		"settb=1/" + strconv.Itoa(unitsPerFrame),
		fmt.Sprintf("setpts=(PTS-%s)/%s", number((first+slack)*unitsPerFrame), number(f.Step)),
		"fps=fps=1:start_time=0:round=up",
	}
	if f.Info.SAR != 0 && f.Info.SAR != 1 {
		chain = append(chain, fmt.Sprintf("scale=w=trunc(iw*%s/2+0.5)*2:h=ih,setsar=1", number(f.Info.SAR)))
	}
	matrix, rng := f.Info.matrix(), f.Info.Range
	if rng == "" {
		rng = "tv"
	}
	switch {
	case f.Suffix == "png":
		chain = append(chain, fmt.Sprintf("scale=in_color_matrix=%s:in_range=%s:flags=bicubic+accurate_rnd+full_chroma_int,format=rgba", matrix, rng))
	case f.Info.PixFmt == "yuv420p" || f.Info.PixFmt == "yuvj420p":
		// Only the matrix and the range change. This filter takes other formats as scale does, but scale is slow at it: five
		// times as slow, and less exact (51 dB against 64 for bt709).
		chain = append(chain, fmt.Sprintf("colorspace=ispace=%s:irange=%s:iprimaries=bt709:itrc=bt709:space=bt470bg:range=pc:primaries=bt709:trc=bt709:format=yuv420p:fast=1,format=yuvj420p", spaces[matrix], rng))
	default:
		chain = append(chain, fmt.Sprintf("scale=in_color_matrix=%s:in_range=%s:out_color_matrix=bt601:out_range=pc:flags=bicubic+accurate_rnd,format=yuvj420p", matrix, rng))
	}
	return strings.Join(chain, ",")
}

// spaces are FFmpeg's names in its colorspace filter for what matrix returns.
var spaces = map[string]string{"bt601": "bt470bg", "bt709": "bt709", "smpte240m": "smpte240m", "fcc": "fcc", "bt2020": "bt2020ncl"}

// matrix returns the YUV matrix of a stream by FFmpeg's name for the scale filter. Untagged video is read as browsers
// read it: by its height.
func (s Stream) matrix() string {
	switch s.Space {
	case "bt709", "fcc", "smpte240m":
		return s.Space
	case "smpte170m", "bt470bg":
		return "bt601"
	case "bt2020nc", "bt2020c":
		return "bt2020"
	}
	if s.Height < 720 {
		return "bt601"
	}
	return "bt709"
}

// number prints a float without an exponent, as short as it can be read back.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
