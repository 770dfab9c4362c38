package ffmpeg

import (
	"image/color"
	"testing"
)

func TestDecode(t *testing.T) {
	tools := find(t)
	d, err := tools.Decode(t.Context(), Decode{Codec: "png", Width: 64, Height: 48})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	frame := make([]byte, d.FrameSize())
	for i := range 5 {
		c := color.NRGBA{uint8(40 * i), 10, 20, 255}
		if err := d.Picture(frame, plain(t, 64, 48, c)); err != nil {
			t.Fatal(err)
		}
		if got := (color.NRGBA{frame[2], frame[1], frame[0], frame[3]}); got != c {
			t.Errorf("%v, want %v", got, c)
		}
	}
}
