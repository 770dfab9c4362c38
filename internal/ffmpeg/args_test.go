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
	planar := Stream{Kind: "video", Codec: "h264", Width: 640, Height: 360, SAR: 1, PixFmt: "yuv420p", Space: "bt2020nc"}
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
		{"encode mp4 draft", Encode{Format: MP4, Quality: "draft", Width: 1920, Height: 1080, Rate: Rate{30, 1}, Dst: "s.mp4"}.Args()},
		{"encode mp4 standard", Encode{Format: MP4, Quality: "standard", Width: 1919, Height: 1079, Rate: Rate{24000, 1001}, Dst: "s.mp4"}.Args()},
		{"encode mp4 high", Encode{Format: MP4, Quality: "high", Width: 1920, Height: 1080, Rate: Rate{240, 1}, Dst: "s.mp4"}.Args()},
		{"encode mp4 as the official renderer", Encode{Format: MP4, Quality: "official-standard", Width: 1920, Height: 1080, Rate: Rate{30, 1}, Dst: "s.mp4"}.Args()},
		{"encode webm", Encode{Format: WebM, Quality: "high", Width: 640, Height: 360, Rate: Rate{25, 1}, Dst: "s.webm"}.Args()},
		{"encode mov", Encode{Format: MOV, Width: 641, Height: 361, Rate: Rate{60, 1}, Dst: "s.mov"}.Args()},
		{"encode png and gif", Encode{Format: PNG, Width: 640, Height: 360, Rate: Rate{30, 1}, Dst: "s.mkv"}.Args()},
		{"join mp4", Join{Format: MP4, Rate: Rate{24000, 1001}, Audio: "a.m4a", List: "list", Dst: "f.mp4", Frames: 240}.Args()},
		{"join webm", Join{Format: WebM, Rate: Rate{30, 1}, Audio: "a.m4a", List: "list", Dst: "f.webm", Frames: 240}.Args()},
		{"join mov", Join{Format: MOV, Rate: Rate{7, 1}, List: "list", Dst: "f.mov", Frames: 1}.Args()},
		{"join gif", Join{Format: GIF, Rate: Rate{60, 2}, Audio: "a.m4a", List: "list", Palette: "p.png", Dst: "f.gif", Frames: 2}.Args()},
		{"colours of a gif", Join{Format: GIF, Rate: Rate{60, 2}, List: "list", Palette: "p.png", Dst: "f.gif", Frames: 2}.paletteArgs()},
		{"join png", Join{Format: PNG, Rate: Rate{30, 1}, List: "list", Dst: "a 100% film", Frames: 2}.Args()},
		{"decode png", Decode{Codec: "png", Width: 64, Height: 48}.Args()},
		{"decode mjpeg", Decode{Codec: "mjpeg", Width: 64, Height: 48}.Args()},
		{"frames", Frames{Src: "a.mp4", Step: 1.0 / 30, Count: 60, Dir: "dir", Info: video, Suffix: FrameSuffix(video)}.Args()},
		{"frames of 4:2:0", Frames{Src: "a.mp4", Step: 1.0 / 30, Count: 60, Dir: "dir", Info: planar, Suffix: "jpg"}.Args()},
		{"frames from the middle, fast", Frames{Src: "a.mp4", Start: 12.5, Step: 2.0 / 25, Count: 10, Dir: "dir", Info: video, Suffix: "jpg"}.Args()},
		{"frames from the middle on", Frames{Src: "a.mp4", Start: 0.5, Step: 2.0 / 25, First: 150, Count: 10, Dir: "dir", Info: video, Suffix: "jpg"}.Args()},
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
