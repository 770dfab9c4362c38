package ffmpeg

import (
	"fmt"
	"strconv"
	"strings"
)

// A Quality is a setting of the H.264 encoder. The three are those of the official renderer (facts from its source:
// preset and crf by name, no B frames, adaptive quantisation 3).
type Quality struct {
	Preset string
	CRF    int // 0 lossless – 51
}

// Qualities by name: draft, standard and high.
func Qualities() map[string]Quality {
	return map[string]Quality{
		"draft":    {Preset: "ultrafast", CRF: 28},
		"standard": {Preset: "medium", CRF: 18},
		"high":     {Preset: "slow", CRF: 15},
	}
}

// EncodePictures makes an MP4 from pictures that are written to FFmpeg's standard input, one after the other, and from one
// sound file.
type EncodePictures struct {
	Codec   string // of the pictures: png or mjpeg
	Rate    Rate
	Quality Quality
	Audio   string // AAC file whose packets are copied; "" = none
	Dst     string // replaced if it is there
}

// x264Threads is the same on every machine, since the number of threads shows in the bytes.
const x264Threads = 8

// gopSeconds is the distance between key frames: short enough to seek in, long enough to cost little.
const gopSeconds = 2

// Args returns FFmpeg's arguments. The same EncodePictures gives the same arguments, and these give the same bytes for the same
// pictures.
func (e EncodePictures) Args() []string {
	args := []string{"-hide_banner", "-nostdin", "-loglevel", "error", "-nostats",
		"-f", "image2pipe", "-c:v", e.Codec, "-framerate", e.Rate.String(), "-i", "pipe:0"}
	if e.Audio != "" {
		args = append(args, "-i", e.Audio)
	}
	args = append(args, "-map", "0:v:0")
	if e.Audio != "" {
		args = append(args, "-map", "1:a:0", "-c:a", "copy")
	}
	args = append(args, "-vf", toYUV(e.Codec))
	args = append(args, e.x264()...)
	args = append(args,
		"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
		"-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
		"-movflags", "+faststart", "-f", "mp4", "-y", e.Dst)
	return args
}

// toYUV returns the filter that makes limited-range BT.709 of a browser's pictures. They are sRGB; a JPEG holds them as
// full-range BT.601, whatever FFmpeg guesses, and is converted the fast way, as it is not exact anyway (21 against 53 ms
// a frame of 1080p; a PNG takes 36 ms the exact way). 4:2:0 needs even sides: an odd canvas gets one more row or column.
func toYUV(codec string) string {
	scale := "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int+bitexact"
	if codec == "mjpeg" {
		scale = "scale=in_color_matrix=bt601:in_range=pc:out_color_matrix=bt709:out_range=tv:flags=bilinear"
	}
	return scale + ",format=yuv420p,pad=ceil(iw/2)*2:ceil(ih/2)*2"
}

// x264 returns the encoder's settings. Key frames come at fixed places and no frame refers across one, so that films
// cut there can be joined without encoding again. Without B frames decoding order is showing order, which every player
// gets right.
func (e EncodePictures) x264() []string {
	gop := (e.Rate.Num*gopSeconds + e.Rate.Den - 1) / e.Rate.Den
	params := []string{"aq-mode=3", "scenecut=0", "open-gop=0", fmt.Sprintf("keyint=%d", gop), fmt.Sprintf("min-keyint=%d", gop)}
	if e.Quality.Preset != "ultrafast" {
		params = append(params, "aq-strength=0.8", "deblock=1,1")
	}
	params = append(params, "colorprim=bt709", "transfer=bt709", "colormatrix=bt709", "fullrange=off")
	return []string{"-c:v", "libx264", "-preset", e.Quality.Preset, "-crf", strconv.Itoa(e.Quality.CRF), "-bf", "0",
		"-threads:v", strconv.Itoa(x264Threads), "-x264-params", strings.Join(params, ":"), "-pix_fmt", "yuv420p"}
}
