package ffmpeg

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseProbe(t *testing.T) {
	got, err := parseProbe([]byte(`{"streams": [
		{"codec_type": "video", "codec_name": "mjpeg", "disposition": {"attached_pic": 1}},
		{"codec_type": "video", "codec_name": "vp9", "width": 720, "height": 576, "r_frame_rate": "30000/1001", "pix_fmt": "yuv420p",
		 "color_range": "tv", "color_space": "bt709", "color_primaries": "bt709", "color_transfer": "bt709", "sample_aspect_ratio": "64:45",
		 "duration": "1.5", "start_time": "0.04", "nb_frames": "40", "nb_read_packets": "45", "tags": {"ALPHA_MODE": "1"}, "disposition": {"attached_pic": 0}},
		{"codec_type": "audio", "codec_name": "aac", "sample_rate": "48000", "channels": 2, "r_frame_rate": "0/0"}],
		"format": {"duration": "2.000000", "start_time": "0.04"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Info{Duration: 2, Start: 0.04, Streams: []Stream{
		{Kind: "video", Codec: "mjpeg", SAR: 1, AttachedPicture: true},
		{Kind: "video", Codec: "vp9", Duration: 1.5, Start: 0.04, Frames: 45, Width: 720, Height: 576, Rate: Rate{30000, 1001}, PixFmt: "yuv420p",
			Range: "tv", Space: "bt709", Primaries: "bt709", Transfer: "bt709", SAR: 64.0 / 45, Alpha: true},
		{Kind: "audio", Codec: "aac", SAR: 1, SampleRate: 48000, Channels: 2},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if v := got.Video(); v == nil || v.Codec != "vp9" {
		t.Errorf("video %+v: a cover is not the film", v)
	}
	if a := got.Audio(); a == nil || a.Channels != 2 {
		t.Errorf("audio %+v", a)
	}
	if (&Info{}).Video() != nil {
		t.Error("a video from nothing")
	}
	if _, err := parseProbe([]byte("oops")); err == nil {
		t.Error("no error for what is not JSON")
	}
}

// Whatever a probe prints, reading it ends.
func FuzzParseProbe(f *testing.F) {
	f.Add([]byte(`{"streams": [{"codec_type": "video", "r_frame_rate": "1/0", "sample_aspect_ratio": "0:1", "tags": {"alpha_mode": 1}}]}`))
	f.Add([]byte(`{"format": {"duration": "NaN"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := parseProbe(data)
		if err == nil && info.Video() != nil && info.Video().SAR <= 0 {
			t.Errorf("SAR %v", info.Video().SAR)
		}
	})
}

// Untagged video is read as browsers read it.
func TestMatrix(t *testing.T) {
	for s, want := range map[Stream]string{
		{Space: "bt709", Height: 100}: "bt709", {Space: "smpte170m", Height: 1080}: "bt601", {Height: 480}: "bt601", {Height: 720}: "bt709",
		{Space: "bt2020nc", Height: 2160}: "bt2020",
	} {
		if got := s.matrix(); got != want {
			t.Errorf("%+v: %s, want %s", s, got, want)
		}
	}
}
