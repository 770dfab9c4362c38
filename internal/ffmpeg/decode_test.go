package ffmpeg

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"strings"
	"testing"
)

// Each picture's frame is there before the next picture goes in.
func TestDecode(t *testing.T) {
	tools := find(t)
	for _, c := range []struct {
		codec  string
		encode func(color.NRGBA) []byte
		off    float64
	}{
		{"png", func(c color.NRGBA) []byte { return plain(t, 64, 48, c) }, 0},
		{"mjpeg", func(c color.NRGBA) []byte {
			m := image.NewNRGBA(image.Rect(0, 0, 64, 48))
			for i := range 64 * 48 {
				m.Set(i%64, i/64, c)
			}
			var b bytes.Buffer
			if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}, 3},
	} {
		t.Run(c.codec, func(t *testing.T) {
			d, err := tools.Decode(t.Context(), Decode{Codec: c.codec, Width: 64, Height: 48})
			if err != nil {
				t.Fatal(err)
			}
			frame := make([]byte, d.FrameSize())
			for i := range 5 {
				want := color.NRGBA{uint8(40 * i), 100, 20, 255}
				if err := d.Picture(frame, c.encode(want)); err != nil {
					t.Fatal(err)
				}
				for k, w := range []byte{want.B, want.G, want.R, want.A} {
					if math.Abs(float64(frame[k])-float64(w)) > c.off {
						t.Errorf("%v, want %v", frame[:4], want)
						break
					}
				}
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is not a picture, or not of the size, is an error and no wait.
func TestDecodeFaults(t *testing.T) {
	tools := find(t)
	whole := plain(t, 64, 48, color.White)
	for name, picture := range map[string][]byte{"nothing": nil, "text": []byte("hello"), "of another size": plain(t, 32, 48, color.White), "cut off": whole[:len(whole)/2]} {
		t.Run(name, func(t *testing.T) {
			d, err := tools.Decode(t.Context(), Decode{Codec: "png", Width: 64, Height: 48})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			frame := make([]byte, d.FrameSize())
			if err := d.Picture(frame, whole); err != nil {
				t.Fatal(err)
			}
			if err := d.Picture(frame, picture); err == nil || !strings.Contains(err.Error(), "decode a picture") {
				t.Errorf("error %v", err)
			}
		})
	}
}
