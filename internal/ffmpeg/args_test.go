package ffmpeg

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite testdata")

// Every argument list, one argument a line.
func TestArgs(t *testing.T) {
	const golden = "testdata/args.txtar"
	video := Stream{Kind: "video", Codec: "h264", Width: 1280, Height: 720, SAR: 1}
	alpha := Stream{Kind: "video", Codec: "vp9", Width: 640, Height: 360, SAR: 1, Alpha: true, Range: "tv", Space: "smpte170m"}
	wide := Stream{Kind: "video", Codec: "mpeg2video", Width: 720, Height: 576, SAR: 64.0 / 45, Range: "tv"}
	sound := func(c Clip, skip, n int64) []string {
		args, _ := c.decode(skip, n)
		return args
	}
	got := &txtar.Archive{Comment: []byte("FFmpeg's arguments, one a line. Rewritten by go test -update.\n")}
	for _, c := range []struct {
		name string
		args []string
	}{
		{"encode draft", EncodePictures{Codec: "mjpeg", Rate: Rate{30, 1}, Quality: Qualities()["draft"], Dst: "out.mp4"}.Args()},
		{"encode high with sound", EncodePictures{Codec: "png", Rate: Rate{30000, 1001}, Quality: Qualities()["high"], Audio: "sound.m4a", Dst: "out.mp4"}.Args()},
		{"frames", Frames{Src: "a.mp4", Step: 1.0 / 30, Count: 60, Dir: "dir", Info: video, Suffix: FrameSuffix(video)}.Args()},
		{"frames from the middle, fast", Frames{Src: "a.mp4", Start: 12.5, Step: 2.0 / 25, Count: 10, Dir: "dir", Info: video, Suffix: "jpg"}.Args()},
		{"frames transparent", Frames{Src: "a.webm", Start: 0.25, Step: 1.0 / 24, Count: 5, Dir: "dir", Info: alpha, Suffix: FrameSuffix(alpha)}.Args()},
		{"frames of wide pixels", Frames{Src: "a.vob", Step: 1.0 / 25, Count: 5, Dir: "dir", Info: wide, Suffix: FrameSuffix(wide)}.Args()},
		{"sound", sound(Clip{Src: "a.mp3", Duration: 2}, 0, 96000)},
		{"sound of one channel from the middle", sound(Clip{Src: "a.mp3", At: 0.25, From: 61.5, Duration: 60, Mono: true}, 480000, 144000)},
		{"sound, fast", sound(Clip{Src: "b.wav", At: 1, From: 9, Duration: 3, Rate: 5}, 48000, 48000)},
		{"sound, slow and looped", sound(Clip{Src: "c.wav", From: 2.5, Duration: 3, Rate: 0.1, Loop: Part{0.5, 1.25}}, 0, 144000)},
		{"sound file", soundArgs("out.m4a")},
		{"sound file, lossless", soundArgs("out.wav")},
	} {
		got.Files = append(got.Files, txtar.File{Name: c.name, Data: []byte(strings.Join(c.args, "\n") + "\n")})
	}
	text := txtar.Format(got)
	if *update {
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Error(diff)
	}
}

// A rate is printed as FFmpeg reads it.
func TestRate(t *testing.T) {
	if s := (Rate{30, 1}).String() + " " + (Rate{30000, 1001}).String(); s != "30 30000/1001" {
		t.Error(s)
	}
	if x := (Rate{25, 1}).Time(50); x != 2 {
		t.Error(x)
	}
}
