package media

import (
	"bytes"
	"os"
	"testing"
)

// seeds are small files of every kind, made by the real encoders.
var seeds = map[string]string{
	"s.png":  "-f lavfi -i testsrc=s=16x16:r=10:d=0.3 -f apng",
	"s.jpg":  "-f lavfi -i testsrc=s=16x16 -frames:v 1",
	"s.gif":  "-f lavfi -i testsrc=s=16x16:r=10:d=0.3",
	"s.webp": "-f lavfi -i testsrc=s=16x16:r=10:d=0.3 -c:v libwebp_anim",
	"s.avif": "-f lavfi -i testsrc=s=16x16 -frames:v 1 -c:v libaom-av1 -cpu-used 8",
	"s.mp4":  "-f lavfi -i testsrc=s=16x16:r=10:d=0.3 -f lavfi -i sine=d=0.3 -c:v libx264 -preset ultrafast -c:a aac -movflags frag_keyframe+empty_moov",
	"s.m4a":  "-f lavfi -i sine=d=0.3 -c:a aac",
	"s.webm": "-f lavfi -i testsrc=s=16x16:r=10:d=0.3 -f lavfi -i sine=d=0.3 -c:v libvpx -c:a libopus -live 1",
	"s.wav":  "-f lavfi -i sine=d=0.05:r=8000 -rf64 always",
	"s.mp3":  "-f lavfi -i sine=d=0.3:r=8000 -b:a 8k",
	"s.aac":  "-f lavfi -i sine=d=0.1:r=8000",
	"s.ogg":  "-f lavfi -i sine=d=0.1 -c:a libopus",
	"s.flac": "-f lavfi -i sine=d=0.05:r=8000",
}

func fuzz(f *testing.F, names ...string) {
	for _, name := range names {
		data := []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 20" width="3em"><animate/></svg>`)
		if args, ok := seeds[name]; ok {
			var err error
			if data, err = os.ReadFile(ffmpeg(f, name, args)); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := Probe(bytes.NewReader(data), int64(len(data)), names[0])
		if err == nil && (info.Kind == "" || info.MIME == "" || info.Duration < 0 || info.Width < 0 || info.FPS < 0 || info.FPS != info.FPS) {
			t.Errorf("%+v", info)
		}
	})
}

func FuzzProbePNG(f *testing.F)  { fuzz(f, "s.png") }
func FuzzProbeJPEG(f *testing.F) { fuzz(f, "s.jpg") }
func FuzzProbeGIF(f *testing.F)  { fuzz(f, "s.gif") }
func FuzzProbeWebP(f *testing.F) { fuzz(f, "s.webp") }
func FuzzProbeSVG(f *testing.F)  { fuzz(f, "s.svg") }
func FuzzProbeAVIF(f *testing.F) { fuzz(f, "s.avif") }
func FuzzProbeMP4(f *testing.F)  { fuzz(f, "s.mp4", "s.m4a") }
func FuzzProbeWebM(f *testing.F) { fuzz(f, "s.webm") }
func FuzzProbeWAV(f *testing.F)  { fuzz(f, "s.wav") }
func FuzzProbeMP3(f *testing.F)  { fuzz(f, "s.mp3") }
func FuzzProbeAAC(f *testing.F)  { fuzz(f, "s.aac") }
func FuzzProbeOgg(f *testing.F)  { fuzz(f, "s.ogg") }
func FuzzProbeFLAC(f *testing.F) { fuzz(f, "s.flac") }
