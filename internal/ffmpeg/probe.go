package ffmpeg

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// An Info is what ffprobe says about a file.
type Info struct {
	Duration float64 // of the file, s; 0 = not known
	Start    float64 // when its first stream begins, s
	Streams  []Stream
}

// A Stream is one stream of a file. Fields that do not apply or are not known are zero.
type Stream struct {
	Kind     string  // video or audio
	Codec    string  // h264, aac …
	Duration float64 // s
	Start    float64 // s
	Frames   int     // as counted by the container, or by Count

	Width, Height   int // px, as stored
	Rate            Rate
	PixFmt          string
	Range           string // tv or pc
	Space           string // YUV matrix: bt709 …
	Primaries       string
	Transfer        string
	SAR             float64 // width of a pixel over its height, 1 = square
	Alpha           bool    // pictures may be transparent
	AttachedPicture bool    // a cover image, not a video

	SampleRate int // Hz
	Channels   int
}

// Video returns the first video stream that is not a cover image, or nil.
func (i *Info) Video() *Stream { return i.first("video") }

// Audio returns the first audio stream, or nil.
func (i *Info) Audio() *Stream { return i.first("audio") }

func (i *Info) first(kind string) *Stream {
	for k := range i.Streams {
		if i.Streams[k].Kind == kind && !i.Streams[k].AttachedPicture {
			return &i.Streams[k]
		}
	}
	return nil
}

// Probe reads what a file holds. With count it also counts the video frames, by reading all packets.
func (t Tools) Probe(ctx context.Context, path string, count bool) (*Info, error) {
	args := []string{"-v", "error", "-of", "json", "-show_format", "-show_streams"}
	if count {
		args = append(args, "-count_packets")
	}
	out, err := output(ctx, t.FFprobe, append(args, path))
	if err != nil {
		return nil, err
	}
	return parseProbe(out)
}

// probed is ffprobe's JSON. Numbers come as text.
type probed struct {
	Format struct {
		Duration string `json:"duration"`
		Start    string `json:"start_time"`
	} `json:"format"`
	Streams []probedStream `json:"streams"`
}

type probedStream struct {
	Kind        string         `json:"codec_type"`
	Codec       string         `json:"codec_name"`
	Duration    string         `json:"duration"`
	Start       string         `json:"start_time"`
	Frames      string         `json:"nb_frames"`
	Packets     string         `json:"nb_read_packets"`
	Width       int            `json:"width"`
	Height      int            `json:"height"`
	Rate        string         `json:"r_frame_rate"`
	PixFmt      string         `json:"pix_fmt"`
	Range       string         `json:"color_range"`
	Space       string         `json:"color_space"`
	Primaries   string         `json:"color_primaries"`
	Transfer    string         `json:"color_transfer"`
	SAR         string         `json:"sample_aspect_ratio"`
	SampleRate  string         `json:"sample_rate"`
	Channels    int            `json:"channels"`
	Tags        map[string]any `json:"tags"`
	Disposition struct {
		AttachedPic int `json:"attached_pic"`
	} `json:"disposition"`
}

func parseProbe(out []byte) (*Info, error) {
	var p probed
	if err := json.Unmarshal(out, &p); err != nil {
		return nil, fmt.Errorf("read ffprobe's answer: %w", err)
	}
	info := &Info{Duration: float(p.Format.Duration), Start: float(p.Format.Start)}
	for _, s := range p.Streams {
		info.Streams = append(info.Streams, s.stream())
	}
	return info, nil
}

func (s probedStream) stream() Stream {
	out := Stream{
		Kind: s.Kind, Codec: s.Codec, Duration: float(s.Duration), Start: float(s.Start), Frames: int(float(s.Frames)),
		Width: s.Width, Height: s.Height, Rate: fraction(s.Rate), PixFmt: s.PixFmt, Range: s.Range, Space: s.Space,
		Primaries: s.Primaries, Transfer: s.Transfer, SAR: 1, SampleRate: int(float(s.SampleRate)), Channels: s.Channels,
		AttachedPicture: s.Disposition.AttachedPic == 1,
	}
	if n := int(float(s.Packets)); n > 0 {
		out.Frames = n
	}
	if r := fraction(strings.Replace(s.SAR, ":", "/", 1)); r.Num > 0 {
		out.SAR = r.Float()
	}
	out.Alpha = hasAlpha(s.PixFmt)
	for k, v := range s.Tags {
		if strings.EqualFold(k, "alpha_mode") && fmt.Sprint(v) == "1" {
			out.Alpha = true // WebM keeps transparency beside the picture
		}
	}
	return out
}

// hasAlpha reports whether a pixel format has a plane for transparency.
func hasAlpha(pixFmt string) bool {
	for _, p := range []string{"yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16", "pal8"} {
		if strings.HasPrefix(pixFmt, p) {
			return true
		}
	}
	return false
}

func float(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

// fraction reads "30000/1001"; the zero Rate if it is none.
func fraction(s string) Rate {
	a, b, ok := strings.Cut(s, "/")
	n, err1 := strconv.Atoi(a)
	d, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil || n <= 0 || d <= 0 {
		return Rate{}
	}
	return Rate{n, d}
}
