package ffmpeg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Format is what a film is written as. Its text is what a user says and what a file's name ends in; [PNG] is a folder
// of numbered pictures.
type Format string

// The formats. All but MP4 keep transparency, all but GIF and PNG have sound.
const (
	MP4  Format = "mp4"  // H.264
	WebM Format = "webm" // VP9
	MOV  Format = "mov"  // ProRes 4444
	GIF  Format = "gif"
	PNG  Format = "png"
)

// Formats returns all formats, the usual one first.
func Formats() []Format { return []Format{MP4, WebM, MOV, GIF, PNG} }

// Alpha reports whether a film of this format may be transparent. Then its raw frames are bgra.
func (f Format) Alpha() bool { return f != MP4 }

// Sound reports whether a film of this format has sound.
func (f Format) Sound() bool { return f == MP4 || f == WebM || f == MOV }

// maxGIFRate is the fastest a GIF is shown, in frames a second: times in it are hundredths of a second, and viewers take
// one hundredth for ten.
const maxGIFRate = 50

// Rate returns the rate at which a film of rate r is made in this format. It is r but for a GIF faster than 50 frames
// a second, of which every second, third … frame is shown.
func (f Format) Rate(r Rate) Rate {
	if f != GIF {
		return r
	}
	n := (r.Num + maxGIFRate*r.Den - 1) / (maxGIFRate * r.Den)
	return Rate{r.Num, r.Den * max(n, 1)}
}

// Encode makes one segment of a film, a stretch of frames that needs no other, from raw frames on standard input.
// Segments of the same format, quality, size and rate are joined by [Join].
type Encode struct {
	Format        Format
	Quality       string // one of [EncodeQualities]
	Width, Height int    // of the film, px, > 0; see [Encode.Size]
	Rate          Rate
	Dst           string // replaced if it is there
}

// EncodeQualities returns what Encode's Quality may be: draft, standard and high. The others are to compare with: lossless
// is a way to see what goes into an MP4, and the official- ones have the settings of the official renderer's encoder.
func EncodeQualities() []string {
	return []string{"draft", "standard", "high", "lossless", "official-draft", "official-standard", "official-high"}
}

// PixFmt returns the form of the raw frames by FFmpeg's name: yuv420p (planes of Y, U and V, U and V half as wide and
// high; BT.709 in limited range) for MP4, bgra (4 bytes a pixel, colours not multiplied by alpha) for all others. Rows
// follow each other without a gap.
func (e Encode) PixFmt() string {
	if e.Format == MP4 {
		return "yuv420p"
	}
	return "bgra"
}

// Size returns the width and height of the raw frames and of what is made of them, in px: the film's, but MP4 has an odd
// one made even.
func (e Encode) Size() (width, height int) {
	if e.Format == MP4 {
		return e.Width + e.Width%2, e.Height + e.Height%2
	}
	return e.Width, e.Height
}

// FrameSize returns the number of bytes of a raw frame.
func (e Encode) FrameSize() int {
	w, h := e.Size()
	if e.Format == MP4 {
		return w * h * 3 / 2
	}
	return 4 * w * h
}

// Suffix returns what the name of a segment's file ends in, without the dot. FFmpeg does not look at it.
func (e Encode) Suffix() string {
	switch e.Format {
	case GIF, PNG:
		return "mkv" // of PNG pictures, the same for both
	}
	return string(e.Format)
}

// Key returns all that decides a segment's bytes but the frames and the version of FFmpeg, as one line of text.
func (e Encode) Key() string {
	e.Dst = ""
	return strings.Join(e.Args(), " ")
}

// Args returns FFmpeg's arguments. The same Encode gives the same arguments, and these give the same bytes for the same
// frames.
func (e Encode) Args() []string {
	w, h := e.Size()
	args := []string{"-hide_banner", "-nostdin", "-loglevel", "error", "-nostats",
		"-f", "rawvideo", "-pix_fmt", e.PixFmt(), "-video_size", fmt.Sprintf("%dx%d", w, h), "-framerate", e.Rate.String(), "-i", "pipe:0",
		"-map", "0:v:0"}
	if filter := e.filter(); filter != "" {
		args = append(args, "-vf", filter)
	}
	args = append(args, e.codec()...)
	if e.Format == MP4 || e.Format == WebM || e.Format == MOV {
		args = append(args, bt709()...)
	}
	args = append(args, bitexact()...)
	switch e.Format {
	case MP4, MOV:
		args = append(args, "-video_track_timescale", strconv.Itoa(e.Rate.timescale()), "-f", string(e.Format))
	case WebM:
		args = append(args, "-f", "webm")
	case GIF, PNG:
		args = append(args, "-f", "matroska")
	}
	return append(args, "-y", e.Dst)
}

// tagBT709 says what the raw frames are: without it FFmpeg might convert them to what it is told to write.
const tagBT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"

// rgbToBT709 is for frames that are encoded as YUV with alpha. The flags make it exact, and the same on every machine.
const rgbToBT709 = "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int+bitexact"

// bt709 returns the options that write down which colours a file holds.
func bt709() []string {
	return []string{"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"}
}

// bitexact returns the options that keep dates and versions out of a file.
func bitexact() []string {
	return []string{"-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"}
}

// filter returns what is done to the raw frames.
func (e Encode) filter() string {
	switch e.Format {
	case MP4:
		return tagBT709
	case WebM:
		return rgbToBT709 + ",format=yuva420p," + tagBT709
	case MOV:
		return rgbToBT709 + ",format=yuva444p10le," + tagBT709
	}
	return ""
}

// codec returns the encoder and its settings.
func (e Encode) codec() []string {
	switch e.Format {
	case MP4:
		return e.h264()
	case WebM:
		// Frames that are never shown (auto-alt-ref) are not possible with transparency.
		return []string{"-c:v", "libvpx-vp9", "-b:v", "0", "-crf", vp9CRF(e.Quality), "-deadline", "good", "-cpu-used", "4", "-row-mt", "1",
			"-threads:v", strconv.Itoa(encoderThreads), "-g", strconv.Itoa(e.gop()), "-auto-alt-ref", "0", "-metadata:s:v:0", "alpha_mode=1"}
	case MOV:
		return []string{"-c:v", "prores_ks", "-profile:v", "4444", "-vendor", "apl0", "-threads:v", strconv.Itoa(encoderThreads)}
	}
	return []string{"-c:v", "png", "-pred", "mixed", "-compression_level", "1", "-threads:v", "1", "-pix_fmt", "rgba"}
}

// gopSeconds is the most between two key frames. A segment that is not longer has one, its first.
const gopSeconds = 6

// gop returns the same in frames.
func (e Encode) gop() int { return (e.Rate.Num*gopSeconds + e.Rate.Den - 1) / e.Rate.Den }

// encoderThreads is the same on every machine, since the number of threads shows in the bytes. Segments are encoded side
// by side, so each needs few.
const encoderThreads = 2

// A quality is how well films are encoded.
type quality struct {
	preset string   // of x264
	mode   string   // what says how well: crf, or qp for the same step everywhere, which needs no looking ahead
	value  string   // of the mode
	params []string // of x264, on top of the preset's
}

// qualityOf returns the settings of a quality; standard's for an unknown one. Draft and standard were measured against the
// official renderer's files of the same name: at least as like the page (SSIM), at most 1.2 times as large, for less of
// the encoder's work. What stays is taken from other frames, so these are finer: those that stand alone in all qualities,
// those that others refer to the more so as few are looked at ahead, which holds memory. In standard, chroma gets a finer
// step: its preset lacks what gives it one. Deblocking as the official renderer has it costs words on a plain ground up to
// a tenth in size, and now and then the last frame before a key frame 10 dB.
func qualityOf(name string) quality {
	draft := []string{"ipratio=2.0", "analyse=i4x4", "deblock=0,0"}
	standard := []string{"aq-mode=3", "aq-strength=0.8", "deblock=0,0", "ipratio=2.5", "qcomp=0.3", "rc-lookahead=5", "chroma-qp-offset=-3", "ref=2"}
	high := []string{"aq-mode=3", "aq-strength=0.8", "deblock=0,0", "ipratio=2.5", "qcomp=0.4", "rc-lookahead=10"}
	official := []string{"aq-mode=3", "aq-strength=0.8", "deblock=1,1"}
	all := map[string]quality{
		"draft":             {"ultrafast", "qp", "29", draft},
		"standard":          {"veryfast", "crf", "15.9", standard},
		"high":              {"medium", "crf", "13.0", high},
		"lossless":          {"ultrafast", "qp", "0", nil},
		"official-draft":    {"ultrafast", "crf", "28", official[:1]},
		"official-standard": {"medium", "crf", "18", official},
		"official-high":     {"slow", "crf", "15", official},
	}
	if q, ok := all[name]; ok {
		return q
	}
	return all["standard"]
}

// vp9CRF returns the quality of VP9, which is the official renderer's.
func vp9CRF(name string) string {
	switch strings.TrimPrefix(name, "official-") {
	case "draft":
		return "28"
	case "high":
		return "15"
	}
	return "18"
}

// h264 returns x264's settings. Key frames come at fixed places and no frame refers across one. Without B frames
// decoding order is showing order, which every player gets right. stitchable keeps the headers of all segments the same;
// the filter takes x264's signature out of each, but where it is to be compared.
func (e Encode) h264() []string {
	q := qualityOf(e.Quality)
	params := slices.Concat(q.params, []string{"stitchable=1", "open-gop=0", fmt.Sprintf("keyint=%d", e.gop()), fmt.Sprintf("min-keyint=%d", e.gop()),
		"colorprim=bt709", "transfer=bt709", "colormatrix=bt709", "fullrange=off"})
	args := []string{"-c:v", "libx264", "-preset", q.preset, "-" + q.mode, q.value, "-bf", "0", "-threads:v", strconv.Itoa(encoderThreads),
		"-x264-params", strings.Join(params, ":"), "-pix_fmt", "yuv420p"}
	if strings.HasPrefix(e.Quality, "official-") {
		return args
	}
	return append(args, "-bsf:v", "filter_units=remove_types=6")
}
