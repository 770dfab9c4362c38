// Package pixel is the picture as the renderer sees it: in go raw pictures as a browser's compositor leaves them in
// memory, out come yuv420p frames as a video encoder takes them, and what the renderer needs to know of both: whether a
// frame differs from the one before, how bright it is, which number its marker holds.
//
// It uses one core, since the others have a browser and an encoder to run, and no memory that grows.
package pixel

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"slices"
)

// A Picture is a picture in memory, top row first. A pixel is 4 bytes: blue, green, red, alpha. Colours are sRGB and
// multiplied by alpha.
type Picture struct {
	Pix           []byte
	Stride        int // bytes from a pixel to the one below, at least 4*Width
	Width, Height int // in pixels, at least 1
}

// check says what is wrong with the picture, if anything is.
func (p Picture) check() error {
	switch {
	case p.Width < 1 || p.Height < 1:
		return fmt.Errorf("picture of %d×%d pixels", p.Width, p.Height)
	case p.Stride/4 < p.Width:
		return fmt.Errorf("picture with %d pixels in rows of %d bytes", p.Width, p.Stride)
	case len(p.Pix) < 4*p.Width || (len(p.Pix)-4*p.Width)/p.Stride < p.Height-1:
		return fmt.Errorf("picture with %d rows of %d bytes in %d bytes", p.Height, p.Stride, len(p.Pix))
	}
	return nil
}

// row returns the first width pixels of row y.
func (p Picture) row(y, width int) []byte { return p.Pix[y*p.Stride:][:4*width] }

// RGB returns the colour of a pixel as CSS writes it, #rrggbb: a number of 24 bits. It is false where the picture has no
// pixel. Alpha is not looked at.
func (p Picture) RGB(x, y int) (int, bool) {
	if p.check() != nil || x < 0 || y < 0 || x >= p.Width || y >= p.Height {
		return 0, false
	}
	c := p.row(y, p.Width)[4*x:]
	return int(c[2])<<16 | int(c[1])<<8 | int(c[0]), true
}

// SetImage makes p a picture of m. It uses p's memory again if there is enough.
func (p *Picture) SetImage(m image.Image) {
	size := m.Bounds().Size()
	stride := 4 * size.X
	pix := slices.Grow(p.Pix[:0], stride*size.Y)[:stride*size.Y]
	dst := &image.RGBA{Pix: pix, Stride: stride, Rect: image.Rectangle{Max: size}}
	draw.Draw(dst, dst.Rect, m, m.Bounds().Min, draw.Src)
	swapRedBlue(pix, pix)
	*p = Picture{Pix: pix, Stride: stride, Width: size.X, Height: size.Y}
}

// RGBA returns a copy of the picture with its colours multiplied by alpha, as they are in p.
func (p Picture) RGBA() (*image.RGBA, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	m := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	for y := range p.Height {
		swapRedBlue(m.Pix[y*m.Stride:], p.row(y, p.Width))
	}
	return m, nil
}

// NRGBA returns a copy of the picture with straight alpha, as PNG has it. A pixel of alpha 0 becomes all zeros.
func (p Picture) NRGBA() (*image.NRGBA, error) {
	rgba, err := p.RGBA()
	if err != nil {
		return nil, err
	}
	for c := rgba.Pix; len(c) >= 4; c = c[4:] {
		switch a := int(c[3]); a {
		case 0xFF:
		case 0:
			clear(c[:3])
		default:
			for i, v := range c[:3] {
				c[i] = byte(min((int(v)*0xFF+a/2)/a, 0xFF))
			}
		}
	}
	return &image.NRGBA{Pix: rgba.Pix, Stride: rgba.Stride, Rect: rgba.Rect}, nil
}

// swapRedBlue copies whole pixels and changes their first byte with the third.
func swapRedBlue(dst, src []byte) {
	for len(src) >= 4 && len(dst) >= 4 {
		c := binary.LittleEndian.Uint32(src)
		binary.LittleEndian.PutUint32(dst, c&0xFF00FF00|c>>16&0xFF|c&0xFF<<16)
		dst, src = dst[4:], src[4:]
	}
}
