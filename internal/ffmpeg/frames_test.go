package ffmpeg

import (
	"fmt"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A clip's pictures have the colours that its video was made of, whatever its matrix, range and format.
func TestFrameColours(t *testing.T) {
	tools := find(t)
	e := Encode{Format: GIF, Width: barWidth * len(bars), Height: 64}
	for _, format := range []string{"yuv420p", "yuv422p", "yuv420p10le"} {
		for matrix, tag := range map[string]string{"bt709": "bt709", "bt601": "smpte170m", "smpte240m": "smpte240m", "fcc": "fcc", "bt2020": "bt2020nc"} {
			for _, rng := range []string{"tv", "pc"} {
				t.Run(fmt.Sprint(format, " ", matrix, " ", rng), func(t *testing.T) {
					t.Parallel()
					dir := t.TempDir()
					raw, src := filepath.Join(dir, "raw"), filepath.Join(dir, "src.mkv")
					if err := os.WriteFile(raw, barFrame(e), 0o644); err != nil {
						t.Fatal(err)
					}
					out, err := exec.Command(tools.FFmpeg, "-v", "error", "-f", "rawvideo", "-pix_fmt", "bgra", "-video_size", fmt.Sprintf("%dx%d", e.Width, e.Height), "-i", raw,
						"-vf", fmt.Sprintf("scale=out_color_matrix=%s:out_range=%s:flags=accurate_rnd+full_chroma_int,format=%s", matrix, rng, format),
						"-c:v", "ffv1", "-color_range", rng, "-colorspace", tag, src).CombinedOutput()
					if err != nil {
						t.Fatalf("%v: %s", err, out)
					}
					info, err := tools.Probe(t.Context(), src, false)
					if err != nil {
						t.Fatal(err)
					}
					v := *info.Video()
					if v.PixFmt != format || v.Space != tag || v.Range != rng {
						t.Fatalf("made of another kind: %+v", v)
					}
					f := Frames{Src: src, Step: 1, Count: 1, Dir: dir, Info: v, Suffix: FrameSuffix(v)}
					if err := tools.Run(t.Context(), f.Args()); err != nil {
						t.Fatal(err)
					}
					r, err := os.Open(filepath.Join(dir, "000000.jpg"))
					if err != nil {
						t.Fatal(err)
					}
					defer r.Close()
					img, err := jpeg.Decode(r)
					if err != nil {
						t.Fatal(err)
					}
					for i, c := range bars {
						r, g, b, _ := img.At(i*barWidth+barWidth/2, 32).RGBA()
						for k, got := range []uint32{r >> 8, g >> 8, b >> 8} {
							if off := math.Abs(float64(got) - float64(c.rgb[k])); off > 4 {
								t.Errorf("%v is %d, %d, %d", c.rgb, r>>8, g>>8, b>>8)
								break
							}
						}
					}
				})
			}
		}
	}
}
