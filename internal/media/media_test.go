package media

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// ffmpeg makes a media file with the real encoder. Arguments are split at spaces; name is added at the end.
func ffmpeg(t testing.TB, name, args string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	full := append([]string{"-hide_banner", "-loglevel", "error", "-y"}, strings.Fields(args)...)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "ffmpeg", append(full, file)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", args, err, out)
	}
	return file
}

// facts is what ffprobe says of a file.
type facts struct {
	Streams []struct {
		Type   string `json:"codec_type"`
		Codec  string `json:"codec_name"`
		Width  int
		Height int
		Rate   string `json:"avg_frame_rate"`
	}
	Format struct{ Duration string }
}

func ffprobe(t testing.TB, file string) facts {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", file).Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v", file, err)
	}
	var f facts
	if err := json.Unmarshal(out, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func probe(t testing.TB, file string) Info {
	t.Helper()
	info, err := ProbeFS(os.DirFS(filepath.Dir(file)), filepath.Base(file))
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(file), err)
	}
	return info
}

func rate(s string) float64 {
	num, den, _ := strings.Cut(s, "/")
	n, _ := strconv.ParseFloat(num, 64)
	d, _ := strconv.ParseFloat(den, 64)
	if d == 0 {
		return 0
	}
	return n / d
}

const (
	film  = "-f lavfi -i testsrc=s=322x182:r=25:d=1.5 "
	film2 = "-f lavfi -i testsrc=s=322x182:r=30000/1001:d=2.002 "
	sound = "-f lavfi -i sine=f=440:d=3.21 "
	h264  = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p "
)

// TestAgainstFFprobe makes a file of every kind and compares size, length, rate and codec with ffprobe's.
func TestAgainstFFprobe(t *testing.T) {
	ms := time.Millisecond
	for _, c := range []struct {
		name, args string
		mime       string
		within     time.Duration // of ffprobe's duration; 0 = no duration
	}{
		{"a.png", film + "-frames:v 1", "image/png", 0},
		{"a.jpg", film + "-frames:v 1", "image/jpeg", 0},
		{"progressive.jpg", film + "-frames:v 1 -c:v mjpeg -huffman optimal", "image/jpeg", 0},
		{"a.webp", film + "-frames:v 1", "image/webp", 0},
		{"lossless.webp", film + "-frames:v 1 -lossless 1", "image/webp", 0},
		{"alpha.webp", "-f lavfi -i color=red@0.5:s=321x123,format=yuva420p -frames:v 1", "image/webp", 0},
		{"one.gif", film + "-frames:v 1", "image/gif", 0},
		{"a.gif", film, "image/gif", ms},
		{"a.avif", film + "-frames:v 1 -c:v libaom-av1 -cpu-used 8", "image/avif", 0},

		{"a.mp4", film + sound + h264 + "-c:a aac", "video/mp4", ms},
		{"fast.mp4", film + sound + h264 + "-c:a aac -movflags +faststart", "video/mp4", ms},
		{"ntsc.mp4", film2 + h264, "video/mp4", ms},
		{"fragments.mp4", film + sound + h264 + "-g 5 -c:a aac -movflags frag_keyframe+empty_moov+default_base_moof", "video/mp4", ms},
		{"fragments2.mp4", film + h264 + "-g 5 -movflags frag_keyframe", "video/mp4", ms},
		{"hevc.mp4", film + "-c:v libx265 -preset ultrafast -x265-params log-level=0", "video/mp4", ms},
		{"vp9.mp4", film + "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime", "video/mp4", ms},
		{"mpeg4.mp4", film + sound + "-c:v mpeg4 -c:a libmp3lame", "video/mp4", ms},
		{"a.mov", film + sound + "-c:v prores_ks -c:a pcm_s16le", "video/quicktime", ms},
		{"a.m4a", sound + "-c:a aac", "audio/mp4", ms},
		{"alac.m4a", sound + "-c:a alac", "audio/mp4", ms},
		{"opus.mp4", sound + "-c:a libopus", "audio/mp4", ms},

		{"a.webm", film + sound + "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime -c:a libopus", "video/webm", ms},
		{"vp8.webm", film + sound + "-c:v libvpx -cpu-used 8 -deadline realtime -c:a libvorbis", "video/webm", ms},
		{"audio.webm", sound + "-c:a libopus", "audio/webm", ms},
		{"a.mkv", film + sound + h264 + "-c:a flac", "video/matroska", ms},

		{"a.wav", sound, "audio/wav", ms},
		{"float.wav", sound + "-c:a pcm_f32le -ac 2 -ar 96000", "audio/wav", ms},
		{"wide.wav", sound + "-c:a pcm_s24le -ac 6", "audio/wav", ms},
		{"mulaw.wav", sound + "-c:a pcm_mulaw -ar 8000", "audio/wav", ms},
		{"adpcm.wav", sound + "-c:a adpcm_ima_wav", "audio/wav", 30 * ms}, // ffprobe goes by the mean bit rate
		{"big.wav", sound + "-rf64 always", "audio/wav", ms},
		{"a.flac", sound, "audio/flac", ms},
		{"a.ogg", sound + "-c:a libvorbis", "audio/ogg", ms},
		{"a.opus", sound + "-c:a libopus", "audio/ogg", 7 * ms}, // ffprobe 5 counts the 312 samples that are skipped
		{"flac.ogg", sound + "-c:a flac", "audio/ogg", ms},
		{"a.ogv", film + sound + "-c:v libtheora -c:a libvorbis", "video/ogg", 45 * ms},
		{"cbr.mp3", sound + "-b:a 128k", "audio/mpeg", 26 * ms},
		{"vbr.mp3", sound + "-q:a 4", "audio/mpeg", 26 * ms},
		{"low.mp3", sound + "-ar 22050 -ac 1 -b:a 32k", "audio/mpeg", 26 * ms},
		{"lower.mp3", sound + "-ar 11025 -b:a 16k", "audio/mpeg", 52 * ms},
		{"tags.mp3", sound + "-b:a 64k -metadata title=x -id3v2_version 4 -write_id3v1 1", "audio/mpeg", 26 * ms},
		{"plain.mp3", sound + "-b:a 128k -write_xing 0 -id3v2_version 0", "audio/mpeg", 26 * ms},
		{"a.mp2", sound + "-c:a mp2 -b:a 192k", "audio/mpeg", 26 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := ffmpeg(t, c.name, c.args)
			got, want := probe(t, file), ffprobe(t, file)
			if got.MIME != c.mime {
				t.Errorf("MIME = %s, want %s", got.MIME, c.mime)
			}
			compare(t, got, want)
			seconds, _ := strconv.ParseFloat(want.Format.Duration, 64)
			d := time.Duration(seconds * 1e9)
			if c.within == 0 {
				d = 0
			}
			if (got.Duration - d).Abs() > c.within {
				t.Errorf("Duration = %v, ffprobe says %v", got.Duration, d)
			}
		})
	}
}

func compare(t *testing.T, got Info, want facts) {
	t.Helper()
	video, audio := false, false
	for _, s := range want.Streams {
		switch s.Type {
		case "video":
			video = true
			if got.Width != s.Width || got.Height != s.Height {
				t.Errorf("size = %d×%d, ffprobe says %d×%d", got.Width, got.Height, s.Width, s.Height)
			}
			if got.Codec != s.Codec {
				t.Errorf("codec = %s, ffprobe says %s", got.Codec, s.Codec)
			}
			if r := rate(s.Rate); got.Kind == Video && math.Abs(got.FPS-r) > 0.01 {
				t.Errorf("fps = %v, ffprobe says %v", got.FPS, r)
			}
		case "audio":
			audio = true
			if got.AudioCodec != s.Codec {
				t.Errorf("sound codec = %s, ffprobe says %s", got.AudioCodec, s.Codec)
			}
		}
	}
	kind := Audio
	if video {
		kind = Video
	}
	if strings.HasPrefix(got.MIME, "image/") {
		kind = Image
	} else if got.HasVideo != video || got.HasAudio != audio {
		t.Errorf("film %v, sound %v; ffprobe says %v, %v", got.HasVideo, got.HasAudio, video, audio)
	}
	if got.Kind != kind {
		t.Errorf("kind = %s, want %s", got.Kind, kind)
	}
}

// TestPiped reads files whose writer could not go back to note the length.
func TestPiped(t *testing.T) {
	for _, c := range []struct {
		name, args string
		want, off  time.Duration
	}{
		{"p.wav", sound + "-f wav", 3210 * time.Millisecond, 0},
		{"p.flac", sound + "-f flac", 3210 * time.Millisecond, 0},
		{"p.webm", film + sound + "-c:v libvpx -deadline realtime -c:a libopus -f webm", 3210 * time.Millisecond, 40 * time.Millisecond},
		{"live.webm", film + "-c:v libvpx -deadline realtime -live 1 -f webm", 1500 * time.Millisecond, 41 * time.Millisecond},
		{"dash.mp4", film + sound + h264 + "-g 5 -c:a aac -f mp4 -movflags dash+delay_moov", 3210 * time.Millisecond, 25 * time.Millisecond},
		{"p.mp3", sound + "-b:a 64k -f mp3", 3210 * time.Millisecond, 60 * time.Millisecond},
		{"p.aac", sound + "-c:a aac -f adts", 3210 * time.Millisecond, 60 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"-hide_banner", "-loglevel", "error"}, strings.Fields(c.args)...)
			data, err := exec.CommandContext(t.Context(), "ffmpeg", append(args, "-")...).Output()
			if err != nil {
				t.Fatal(err)
			}
			info, err := Probe(bytes.NewReader(data), int64(len(data)), c.name)
			if err != nil {
				t.Fatal(err)
			}
			if (info.Duration - c.want).Abs() > c.off {
				t.Errorf("Duration = %v, want %v", info.Duration, c.want)
			}
			if info.HasVideo && (info.Width != 322 || math.Abs(info.FPS-25) > 0.5) {
				t.Errorf("film is %d px wide at %v fps", info.Width, info.FPS)
			}
		})
	}
}

// TestShape covers pictures that a browser shows in another size than they are stored in.
func TestShape(t *testing.T) {
	for _, c := range []struct {
		name, args string
		w, h       int
	}{
		{"par.mp4", film + h264 + "-vf setsar=2/1", 644, 182},
		{"par.webm", film + "-c:v libvpx -deadline realtime -vf setsar=1/2", 322, 364},
		{"par.mov", film + h264 + "-vf setsar=2/1", 644, 182},
	} {
		info := probe(t, ffmpeg(t, c.name, c.args))
		if info.Width != c.w || info.Height != c.h {
			t.Errorf("%s is %d×%d, want %d×%d", c.name, info.Width, info.Height, c.w, c.h)
		}
	}
	flat := ffmpeg(t, "flat.mp4", film+h264)
	for _, turn := range []string{"90", "270", "180"} {
		info := probe(t, ffmpeg(t, "turned.mp4", "-i "+flat+" -c copy -metadata:s:v:0 rotate="+turn))
		w, h := 182, 322
		if turn == "180" {
			w, h = h, w
		}
		if info.Width != w || info.Height != h {
			t.Errorf("turned by %s: %d×%d, want %d×%d", turn, info.Width, info.Height, w, h)
		}
	}
}

// TestExact compares lengths with what was asked of the encoder, where ffprobe does not know or rounds.
func TestExact(t *testing.T) {
	clip := "-f lavfi -i testsrc=s=64x48:r=10:d=1.5 "
	if info := probe(t, ffmpeg(t, "a.opus", sound+"-c:a libopus")); info.Duration != 3210*time.Millisecond {
		t.Errorf("opus lasts %v", info.Duration)
	}
	for name, args := range map[string]string{
		"a.gif":  clip,
		"a.webp": clip + "-c:v libwebp_anim",
		"a.png":  clip + "-f apng",
		"a.avif": clip + "-c:v libaom-av1 -cpu-used 8",
	} {
		info := probe(t, ffmpeg(t, name, args))
		if !info.Animated || info.Kind != Image || info.Duration != 1500*time.Millisecond || info.Width != 64 || info.Height != 48 {
			t.Errorf("%s: %+v", name, info)
		}
	}
}

// TestGoesByContent gives a JPEG a wrong name.
func TestGoesByContent(t *testing.T) {
	data, err := os.ReadFile(ffmpeg(t, "a.jpg", film+"-frames:v 1"))
	if err != nil {
		t.Fatal(err)
	}
	info, err := Probe(bytes.NewReader(data), int64(len(data)), "a.png")
	if err != nil || info.MIME != "image/jpeg" {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestCutOff cuts every kind of file at many places: an answer or an error, and it must come.
func TestCutOff(t *testing.T) {
	for name, args := range seeds {
		data, err := os.ReadFile(ffmpeg(t, name, args))
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n < len(data); n += max(1, len(data)/400) {
			info, err := Probe(bytes.NewReader(data[:n]), int64(n), name)
			if err == nil && info.Kind == "" {
				t.Errorf("%s cut at %d: neither kind nor error", name, n)
			}
			if err != nil && (strings.Contains(err.Error(), "EOF") || !strings.Contains(err.Error(), " ")) {
				t.Errorf("%s cut at %d: %v", name, n, err)
			}
		}
	}
}

// TestEndsInside cuts files whose header is whole: that is an error. Bytes behind the end are none.
func TestEndsInside(t *testing.T) {
	for name, args := range map[string]string{
		"a.png":         film + "-frames:v 1",
		"a.jpg":         film + "-frames:v 1",
		"a.gif":         film,
		"a.webp":        film + "-frames:v 1",
		"a.avif":        film + "-frames:v 1 -c:v libaom-av1 -cpu-used 8",
		"a.wav":         sound,
		"fast.mp4":      film + sound + h264 + "-c:a aac -movflags +faststart",
		"fragments.mp4": film + h264 + "-g 5 -movflags frag_keyframe+empty_moov",
	} {
		data, err := os.ReadFile(ffmpeg(t, name, args))
		if err != nil {
			t.Fatal(err)
		}
		n := len(data) * 9 / 10
		if _, err := Probe(bytes.NewReader(data[:n]), int64(n), name); err == nil || !strings.Contains(err.Error(), "the file ends inside") {
			t.Errorf("%s without its last tenth: %v", name, err)
		}
		for _, tail := range []string{"\x00", "\r\n", strings.Repeat("\x00", 3000), strings.Repeat("trailing ", 9000)} {
			more := append(bytes.Clone(data), tail...)
			if _, err := Probe(bytes.NewReader(more), int64(len(more)), name); err != nil {
				t.Errorf("%s with %d bytes behind it: %v", name, len(tail), err)
			}
		}
	}
}

// TestMP4IsCheap holds the promise that a film's length costs a few small reads, its index at the end or not.
func TestMP4IsCheap(t *testing.T) {
	file := ffmpeg(t, "long.mp4", "-f lavfi -i testsrc=s=640x360:r=30:d=60 "+h264)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, _ := f.Stat()
	r := &counted{r: f}
	if _, err := Probe(r, st.Size(), "long.mp4"); err != nil {
		t.Fatal(err)
	}
	if r.reads > 100 || r.bytes > 256<<10 {
		t.Errorf("%d reads of %d bytes in all, for a file of %d", r.reads, r.bytes, st.Size())
	}
	t.Logf("%d reads, %d of %d bytes", r.reads, r.bytes, st.Size())
}

// counted counts what is read.
type counted struct {
	r            io.ReaderAt
	reads, bytes int
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	c.bytes += len(p)
	return c.r.ReadAt(p, off)
}
