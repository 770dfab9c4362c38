package ffmpeg

import (
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bars are colours, sRGB, and what BT.709 in limited range says they are.
var bars = []struct{ rgb, yuv [3]byte }{
	{[3]byte{255, 255, 255}, [3]byte{235, 128, 128}},
	{[3]byte{255, 255, 0}, [3]byte{219, 16, 138}},
	{[3]byte{0, 255, 255}, [3]byte{188, 154, 16}},
	{[3]byte{0, 255, 0}, [3]byte{173, 42, 26}},
	{[3]byte{255, 0, 255}, [3]byte{78, 214, 230}},
	{[3]byte{255, 0, 0}, [3]byte{63, 102, 240}},
	{[3]byte{0, 0, 255}, [3]byte{32, 240, 118}},
	{[3]byte{0, 0, 0}, [3]byte{16, 128, 128}},
}

// barFrame returns the bars, each barWidth px wide, in the form that e wants.
func barFrame(e Encode) []byte {
	var b []byte
	if e.PixFmt() == "bgra" {
		for i := range e.Width * e.Height {
			c := bars[i%e.Width/barWidth].rgb
			b = append(b, c[2], c[1], c[0], 255)
		}
		return b
	}
	for i := range e.Width * e.Height {
		b = append(b, bars[i%e.Width/barWidth].yuv[0])
	}
	for plane := 1; plane <= 2; plane++ {
		for i := range e.Width / 2 * e.Height / 2 {
			b = append(b, bars[i%(e.Width/2)/(barWidth/2)].yuv[plane])
		}
	}
	return b
}

const barWidth = 32

// Who reads a film by its tags sees the colours that went in.
func TestColours(t *testing.T) {
	tools := find(t)
	for _, c := range []struct {
		format  Format
		quality string
		off     float64 // of 255
	}{{MP4, "draft", 2}, {MP4, "standard", 2}, {MP4, "high", 2}, {WebM, "standard", 3}, {MOV, "standard", 2}, {GIF, "standard", 0}} {
		t.Run(fmt.Sprint(c.format, " ", c.quality), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e := Encode{Format: c.format, Quality: c.quality, Width: barWidth * len(bars), Height: 64, Rate: Rate{30, 1}, Dst: filepath.Join(dir, "s")}
			p, err := tools.Start(t.Context(), e.Args())
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if err := p.Write(barFrame(e)); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.Wait(); err != nil {
				t.Fatal(err)
			}
			j := Join{Format: e.Format, Rate: e.Rate, Segments: []string{e.Dst}, List: filepath.Join(dir, "l"), Palette: filepath.Join(dir, "p.png"), Dst: filepath.Join(dir, "film"), Frames: 3}
			if err := tools.Join(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(tools.FFmpeg, "-v", "error", "-i", j.Dst, "-vf", "scale=flags=accurate_rnd+full_chroma_int", "-f", "rawvideo", "-pix_fmt", "rgb24", "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			for n := range 3 {
				for i, bar := range bars {
					at := 3 * (n*e.Width*e.Height + 20*e.Width + i*barWidth + barWidth/2)
					for k, want := range bar.rgb {
						if got := out[at+k]; math.Abs(float64(got)-float64(want)) > c.off {
							t.Errorf("frame %d: bar %d is %v, want %v", n, i, out[at:at+3], bar.rgb)
							break
						}
					}
				}
			}
		})
	}
}

// Only MP4 needs even sides.
func TestOddSize(t *testing.T) {
	tools := find(t)
	for _, f := range Formats() {
		e := Encode{Format: f, Quality: "draft", Width: 63, Height: 47, Rate: Rate{30, 1}, Dst: filepath.Join(t.TempDir(), "s")}
		segment(t, tools, e, 0, 1)
		info, err := tools.Probe(t.Context(), e.Dst, true)
		if err != nil {
			t.Fatal(err)
		}
		w, h := e.Size()
		if v := info.Video(); v.Width != w || v.Height != h || v.Frames != 1 || (f == MP4) != (w == 64 && h == 48) {
			t.Errorf("%s: %d×%d", f, v.Width, v.Height)
		}
	}
}

// A key tells apart what differs in bytes and nothing else.
func TestKey(t *testing.T) {
	base := Encode{Format: MP4, Quality: "draft", Width: 64, Height: 48, Rate: Rate{30, 1}, Dst: "a"}
	other := base
	other.Dst = "b"
	if base.Key() != other.Key() || strings.Contains(base.Key(), "\n") {
		t.Errorf("%q, %q", base.Key(), other.Key())
	}
	seen := map[string]Encode{}
	for _, f := range Formats() {
		for _, q := range []string{"draft", "standard", "high"} {
			for _, width := range []int{62, 64} {
				for _, rate := range []Rate{{30, 1}, {60, 1}} {
					e := Encode{Format: f, Quality: q, Width: width, Height: 48, Rate: rate}
					if f != MP4 && f != WebM {
						e.Quality = "" // has none
					}
					if f == PNG {
						e.Format = GIF // the same segments
					}
					if old, ok := seen[e.Key()]; ok && old != e {
						t.Errorf("%+v and %+v have the key %q", old, e, e.Key())
					}
					seen[e.Key()] = e
				}
			}
		}
	}
}

func TestVersion(t *testing.T) {
	v, err := find(t).Version(t.Context())
	if err != nil || !strings.HasPrefix(v, "ffmpeg version ") || !strings.Contains(v, "libavcodec") || strings.Contains(v, "\n") {
		t.Errorf("%q, %v", v, err)
	}
}
