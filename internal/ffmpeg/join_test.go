package ffmpeg

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rawFrame returns frame n of a made-up film in the form that e wants: a gradient that moves, half transparent on the
// left where there is alpha.
func rawFrame(e Encode, n int) []byte {
	b := make([]byte, 0, e.FrameSize())
	if w, h := e.Size(); e.Format == MP4 {
		for i := range w * h {
			b = append(b, byte(16+(i%w*3+i/w*2+9*n)%220))
		}
		for i := range e.FrameSize() - w*h {
			b = append(b, byte(64+(i+5*n)%128))
		}
		return b
	}
	for i := range e.Width * e.Height {
		x, y := i%e.Width, i/e.Width
		a := byte(255)
		if x < e.Width/2 {
			a = 128
		}
		b = append(b, byte(4*x), byte(4*y), byte(9*n), a)
	}
	return b
}

// segment encodes the frames first ≤ n < end.
func segment(t *testing.T, tools Tools, e Encode, first, end int) {
	t.Helper()
	p, err := tools.Start(t.Context(), e.Args())
	if err != nil {
		t.Fatal(err)
	}
	for n := first; n < end; n++ {
		if err := p.Write(rawFrame(e, n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
}

// joined encodes segments that end at the given frames and joins them.
func joined(t *testing.T, tools Tools, e Encode, audio string, ends ...int) (Join, []byte) {
	t.Helper()
	dir := t.TempDir()
	j := Join{Format: e.Format, Rate: e.Rate, Audio: audio, List: filepath.Join(dir, "list"), Palette: filepath.Join(dir, "p.png"), Dst: filepath.Join(dir, "film")}
	for i, end := range ends {
		e.Dst = filepath.Join(dir, fmt.Sprintf("it's %d.%s", i, e.Suffix()))
		segment(t, tools, e, j.Frames, end)
		j.Segments, j.Frames = append(j.Segments, e.Dst), end
	}
	if e.Format == PNG {
		if err := os.Mkdir(j.Dst, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := tools.Join(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(j.Dst) // none of a folder
	return j, data
}

// hashes decodes a file and returns the hash of each frame.
func hashes(t *testing.T, tools Tools, file string, decoder ...string) []string {
	t.Helper()
	args := append([]string{"-v", "error"}, decoder...)
	out, err := exec.Command(tools.FFmpeg, append(args, "-i", file, "-map", "0:v", "-f", "framemd5", "-")...).Output()
	if err != nil {
		t.Fatalf("decode %s: %v", file, err)
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") {
			all = append(all, strings.TrimSpace(line[strings.LastIndex(line, ",")+1:]))
		}
	}
	return all
}

// packets returns "pts,dts,duration" of each video packet.
func packets(t *testing.T, tools Tools, file string) []string {
	t.Helper()
	out, err := exec.Command(tools.FFprobe, "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts,dts,duration", "-of", "csv=p=0", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(string(out))
	for i := range all {
		all[i] = strings.TrimRight(all[i], ",") // what the packet has beside it
	}
	return all
}

// The joined film shows the segments' frames, each at its time, in its colours, as the same bytes every time.
func TestJoin(t *testing.T) {
	tools := find(t)
	for _, c := range []struct {
		format Format
		rate   Rate
		scale  float64 // units a second of the file
	}{
		{MP4, Rate{24000, 1001}, 24000}, {MP4, Rate{25, 1}, 12800}, {MP4, Rate{60, 1}, 15360}, {MP4, Rate{7, 1}, 14336},
		{WebM, Rate{30, 1}, 1000}, {WebM, Rate{24000, 1001}, 1000}, {MOV, Rate{24000, 1001}, 24000}, {MOV, Rate{25, 1}, 12800},
	} {
		t.Run(fmt.Sprint(c.format, " ", c.rate), func(t *testing.T) {
			t.Parallel()
			var decoder []string
			if c.format == WebM {
				decoder = []string{"-c:v", "libvpx-vp9"} // FFmpeg's own drops transparency
			}
			e := Encode{Format: c.format, Quality: "draft", Width: 64, Height: 48, Rate: c.rate}
			j, data := joined(t, tools, e, "", 1, 2, 9)
			if err := tools.Join(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			if again, _ := os.ReadFile(j.Dst); !bytes.Equal(data, again) {
				t.Error("the same segments made different films")
			}
			if found := regexp.MustCompile(`Lav[cf]\d[\d.]*|x264 - core`).Find(data); found != nil {
				t.Errorf("the file holds a version of an encoder: %s", found)
			}
			if at := bytes.Index(data, []byte("moov")); c.format != WebM && (at < 0 || at > bytes.Index(data, []byte("mdat"))) {
				t.Error("the index does not come first")
			}
			var want []string
			for _, s := range j.Segments {
				want = append(want, hashes(t, tools, s, decoder...)...)
			}
			if got := hashes(t, tools, j.Dst, decoder...); !slices.Equal(got, want) || len(want) != 9 || len(slices.Compact(want)) != 9 {
				t.Errorf("the film shows\n%q, its segments\n%q", got, want)
			}
			for n, got := range packets(t, tools, j.Dst) {
				pts, length := math.Round(c.scale*c.rate.Time(n)), c.scale*c.rate.Time(1)
				if want := fmt.Sprintf("%.0f,%.0f,%.0f", pts, pts, math.Floor(length)); got != want {
					t.Errorf("packet %d: %s, want %s", n, got, want)
				}
			}
			info, err := tools.Probe(t.Context(), j.Dst, true)
			if err != nil {
				t.Fatal(err)
			}
			v := info.Video()
			if v.Frames != 9 || v.Rate != c.rate || info.Start != 0 || math.Abs(info.Duration-c.rate.Time(9)) > 0.001 ||
				v.Range != "tv" || v.Space != "bt709" || v.Primaries != "bt709" || v.Transfer != "bt709" || v.Alpha != c.format.Alpha() {
				t.Errorf("%+v", info)
			}
		})
	}
}

// What is transparent stays so.
func TestAlpha(t *testing.T) {
	tools := find(t)
	for _, f := range []Format{WebM, MOV, GIF, PNG} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			e := Encode{Format: f, Quality: "draft", Width: 64, Height: 48, Rate: Rate{30, 1}}
			j, _ := joined(t, tools, e, "", 1, 4)
			args := []string{"-v", "error"}
			switch f {
			case WebM:
				args = append(args, "-c:v", "libvpx-vp9", "-i", j.Dst)
			case PNG:
				args = append(args, "-start_number", "1", "-i", filepath.Join(j.Dst, "frame_%06d.png"))
			default:
				args = append(args, "-i", j.Dst)
			}
			out, err := exec.Command(tools.FFmpeg, append(args, "-f", "rawvideo", "-pix_fmt", "bgra", "-")...).Output()
			if err != nil {
				t.Fatal(err)
			}
			if len(out) != 4*e.FrameSize() {
				t.Fatalf("%d bytes are not 4 frames of %d", len(out), e.FrameSize())
			}
			for n := range 4 {
				want := rawFrame(e, n)
				got := out[n*e.FrameSize():][:e.FrameSize()]
				left, right := 4*(20*64+10)+3, 4*(20*64+54)+3
				switch f {
				case PNG:
					if !bytes.Equal(got, want) {
						t.Errorf("frame %d is not what was encoded", n)
					}
				case GIF:
					if got[left] != 255 && got[left] != 0 || got[right] != 255 {
						t.Errorf("frame %d: alpha %d and %d", n, got[left], got[right])
					}
				default:
					if math.Abs(float64(got[left])-128) > 3 || got[right] < 253 {
						t.Errorf("frame %d: alpha %d and %d", n, got[left], got[right])
					}
				}
			}
		})
	}
}

// A GIF plays for ever at the film's pace; one faster than GIFs can be is slower made.
func TestGIF(t *testing.T) {
	tools := find(t)
	for film, want := range map[Rate]Rate{{30, 1}: {30, 1}, {50, 1}: {50, 1}, {60, 1}: {60, 2}, {60000, 1001}: {60000, 2002}, {240, 1}: {240, 5}} {
		if got := GIF.Rate(film); got != want {
			t.Errorf("%v is made at %v, want %v", film, got, want)
		}
	}
	e := Encode{Format: GIF, Quality: "standard", Width: 64, Height: 48, Rate: Rate{30, 1}}
	j, data := joined(t, tools, e, "", 1, 9)
	if !bytes.Contains(data, []byte("NETSCAPE2.0\x03\x01\x00\x00\x00")) {
		t.Error("it does not play for ever")
	}
	for n, got := range packets(t, tools, j.Dst) {
		if pts := fmt.Sprintf("%.0f,", math.Round(100*e.Rate.Time(n))); !strings.HasPrefix(got, pts) {
			t.Errorf("packet %d: %s, want %s", n, got, pts)
		}
	}
	if n := len(hashes(t, tools, j.Dst)); n != 9 {
		t.Errorf("%d frames", n)
	}
}

// A PNG film is its frames, numbered from 1, and nothing else; in the folder's name a % is no pattern.
func TestPNG(t *testing.T) {
	tools := find(t)
	e := Encode{Format: PNG, Quality: "standard", Width: 31, Height: 17, Rate: Rate{30, 1}}
	j, _ := joined(t, tools, e, "", 1, 3)
	files, err := os.ReadDir(j.Dst)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	if want := []string{"frame_000001.png", "frame_000002.png", "frame_000003.png"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
	f, err := os.Open(filepath.Join(j.Dst, names[2]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.At(3, 2); m.Bounds().Dx() != 31 || m.Bounds().Dy() != 17 || got != (color.NRGBA{18, 8, 12, 128}) {
		t.Errorf("%v: %v", m.Bounds(), got)
	}
}

// Sound is copied and as long as it was.
func TestJoinSound(t *testing.T) {
	tools, dir := find(t), t.TempDir()
	audio := filepath.Join(dir, "a.m4a")
	if _, err := tools.Mix(t.Context(), Mix{Samples: 18018, Dst: audio}); err != nil { // 9 frames
		t.Fatal(err)
	}
	for _, f := range []Format{MP4, MOV, WebM} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			j, _ := joined(t, tools, Encode{Format: f, Quality: "draft", Width: 64, Height: 48, Rate: Rate{24000, 1001}}, audio, 1, 9)
			info, err := tools.Probe(t.Context(), j.Dst, true)
			if err != nil {
				t.Fatal(err)
			}
			codec, off := "aac", 0.0005
			if f == WebM {
				codec, off = "opus", 0.01 // FFmpeg says nothing of what is cut off the end
			}
			a := info.Audio()
			if a == nil || a.Codec != codec || a.SampleRate != 48000 || a.Channels != 2 {
				t.Fatalf("%+v", a)
			}
			out, err := exec.Command(tools.FFmpeg, "-v", "error", "-i", j.Dst, "-map", "0:a", "-f", "f32le", "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			if seconds := float64(len(out)) / 8 / 48000; math.Abs(seconds-18018.0/48000) > off+0.03 {
				t.Errorf("%v s of sound", seconds)
			}
			if v := info.Video(); v.Frames != 9 || info.Start > 0 {
				t.Errorf("%+v", info)
			}
		})
	}
}
