package pixel

import (
	"bytes"
	"image"
	"image/color"
	"testing"
)

// small is 2×2: a red that hides what is behind it, a blue half through, nothing, and white; and 4 bytes after each row.
var small = Picture{Width: 2, Height: 2, Stride: 12, Pix: []byte{
	0, 0, 0xFF, 0xFF, 0x80, 0, 0x40, 0x80, 1, 2, 3, 4,
	0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
}}

func TestRGB(t *testing.T) {
	marker := colours(0x000001, 0x123456, 0xfffffe)
	for i, want := range []int{1, 0x123456, 0xfffffe} {
		if got, ok := marker.RGB(2*i+1, 1); got != want || !ok {
			t.Errorf("marker %d: %#x, %v", i, got, ok)
		}
	}
	for _, at := range []image.Point{{-1, 0}, {0, -1}, {2, 0}, {0, 2}} {
		if _, ok := small.RGB(at.X, at.Y); ok {
			t.Errorf("there is a pixel at %v", at)
		}
	}
	if _, ok := (Picture{Width: 1, Height: 1, Stride: 4}).RGB(0, 0); ok {
		t.Error("there is a pixel without memory")
	}
}

func TestImages(t *testing.T) {
	rgba, err := small.RGBA()
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte{0xFF, 0, 0, 0xFF, 0x40, 0, 0x80, 0x80, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}; !bytes.Equal(rgba.Pix, want) {
		t.Errorf("RGBA %v", rgba.Pix)
	}
	nrgba, err := small.NRGBA()
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte{0xFF, 0, 0, 0xFF, 0x80, 0, 0xFF, 0x80, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}; !bytes.Equal(nrgba.Pix, want) {
		t.Errorf("NRGBA %v", nrgba.Pix)
	}
	for _, bad := range []Picture{{}, {Width: 1, Height: 1, Stride: 4}} {
		if _, err := bad.RGBA(); err == nil {
			t.Errorf("%+v has an RGBA", bad)
		}
		if _, err := bad.NRGBA(); err == nil {
			t.Errorf("%+v has an NRGBA", bad)
		}
	}
}

// TestNRGBAOfStrangePixels: colours that are brighter than their alpha allows, which no compositor should leave.
func TestNRGBAOfStrangePixels(t *testing.T) {
	p := Picture{Width: 2, Height: 1, Stride: 8, Pix: []byte{9, 9, 9, 0, 0xFF, 0x20, 0x10, 0x10}}
	m, err := p.NRGBA()
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte{0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x10}; !bytes.Equal(m.Pix, want) {
		t.Errorf("%v", m.Pix)
	}
}

func TestSetImage(t *testing.T) {
	rgba, err := small.RGBA()
	if err != nil {
		t.Fatal(err)
	}
	nrgba, err := small.NRGBA()
	if err != nil {
		t.Fatal(err)
	}
	grey := image.NewGray(image.Rect(3, 4, 5, 6)) // does not begin at 0, 0
	grey.SetGray(4, 5, color.Gray{0x77})
	var p Picture
	p.SetImage(rgba)
	memory := &p.Pix[0]
	for _, c := range []struct {
		name string
		m    image.Image
		want []byte
	}{
		{"premultiplied", rgba, []byte{0, 0, 0xFF, 0xFF, 0x80, 0, 0x40, 0x80, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}},
		{"straight", nrgba, []byte{0, 0, 0xFF, 0xFF, 0x80, 0, 0x40, 0x80, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}},
		{"grey", grey, []byte{0, 0, 0, 0xFF, 0, 0, 0, 0xFF, 0, 0, 0, 0xFF, 0x77, 0x77, 0x77, 0xFF}},
		{"part", rgba.SubImage(image.Rect(1, 1, 2, 2)), []byte{0xFF, 0xFF, 0xFF, 0xFF}},
	} {
		p.SetImage(c.m)
		size := c.m.Bounds().Size()
		if !bytes.Equal(p.Pix, c.want) || p.Width != size.X || p.Height != size.Y || p.Stride != 4*size.X {
			t.Errorf("%s: %+v", c.name, p)
		}
		if &p.Pix[0] != memory {
			t.Errorf("%s: memory was not used again", c.name)
		}
	}
}
