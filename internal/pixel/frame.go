package pixel

import (
	"bytes"
	"fmt"
	"slices"
)

// A Frame is a yuv420p picture that follows a sequence of Pictures.
//
// Its colours are BT.709 in limited range: black is Y 16, white 235, and U and V are 128 for grey. Each value is within
// one of the exact one, and nearly always the nearest. A chroma sample is the average of its 2×2 pixels, which is what
// FFmpeg makes of RGB pictures by default (measured on screenshots: 68–75 dB apart). Samples sited on the left column, as
// H.264 has them by default, would be 55–63 dB from that. Alpha is not looked at: what shows is the picture over black.
//
// A Frame is made by NewFrame. It is not safe for use by several goroutines at once.
type Frame struct {
	width, height int // in pixels, as asked for
	stride        int // bytes in a row of Y: width, made even

	yuv      []byte // Y, U, V; the three below are its parts
	y, u, v  []byte
	last     Picture // the picture that yuv shows
	seen     bool    // whether there was a picture at all
	brights  []bright
	measured []bool // whether a pair of rows is as brights says
}

// NewFrame returns a black frame for pictures of width×height pixels; both are at least 1. yuv420p needs even sides: an
// odd one is made longer by repeating the last column or row.
func NewFrame(width, height int) *Frame {
	width, height = max(width, 1), max(height, 1)
	stride, rows := width+width%2, height+height%2
	size := stride * rows
	yuv := slices.Concat(bytes.Repeat([]byte{16}, size), bytes.Repeat([]byte{128}, size/2))
	return &Frame{
		width: width, height: height, stride: stride,
		yuv: yuv, y: yuv[:size], u: yuv[size:][:size/4], v: yuv[size+size/4:],
		last:    Picture{Pix: make([]byte, 4*width*height), Stride: 4 * width, Width: width, Height: height},
		brights: make([]bright, rows/2), measured: make([]bool, rows/2),
	}
}

// Bytes returns the frame: Y row by row, then U, then V. It is valid until the next Update.
func (f *Frame) Bytes() []byte { return f.yuv }

// Update makes the frame show the upper left corner of p and says whether p differs there from the picture before, if
// only in alpha; the first picture always does. It converts only what differs, and keeps a copy to compare with, so that
// p's memory is free again. It is an error if p is smaller than the frame or shorter than it says; the frame is then as
// it was.
func (f *Frame) Update(p Picture) (changed bool, err error) {
	if err := p.check(); err != nil {
		return false, fmt.Errorf("convert picture: %w", err)
	}
	if p.Width < f.width || p.Height < f.height {
		return false, fmt.Errorf("convert picture: %d×%d pixels for a frame of %d×%d", p.Width, p.Height, f.width, f.height)
	}
	changed = !f.seen
	f.seen = true
	for top := 0; top < f.height; top += 2 {
		if f.updateRows(p, top, min(top+1, f.height-1)) {
			changed = true
			f.measured[top/2] = false
		}
	}
	return changed, nil
}

// tile is how many pixels of two rows are compared, and converted if they differ, at once: few enough to stay in the
// first cache, and to leave the rest of a row alone, enough to be compared quickly.
const tile = 32 * blockWidth

// updateRows updates a pair of rows. The two are the same if there is but one.
func (f *Frame) updateRows(p Picture, top, bottom int) (changed bool) {
	newTop, newBottom := p.row(top, f.width), p.row(bottom, f.width)
	oldTop, oldBottom := f.last.row(top, f.width), f.last.row(bottom, f.width)
	for x := 0; x < f.width; x += tile {
		from, to := 4*x, 4*min(x+tile, f.width)
		if bytes.Equal(newTop[from:to], oldTop[from:to]) && bytes.Equal(newBottom[from:to], oldBottom[from:to]) {
			continue
		}
		copy(oldTop[from:to], newTop[from:to])
		copy(oldBottom[from:to], newBottom[from:to])
		f.convert(x, top, oldTop[from:to], oldBottom[from:to])
		changed = true
	}
	return changed
}

// convert writes the part of the frame that begins at x, y. Both are even.
func (f *Frame) convert(x, y int, top, bottom []byte) {
	yt := f.y[y*f.stride+x:]
	yb := f.y[(y+1)*f.stride+x:]
	u := f.u[(y*f.stride/2+x)/2:]
	v := f.v[(y*f.stride/2+x)/2:]
	n := len(top) / blockBytes
	convertBlocks(yt, yb, u, v, top, bottom, n)
	if len(top) == n*blockBytes {
		return
	}
	var block struct {
		top, bottom [blockBytes]byte
		yt, yb      [blockWidth]byte
		u, v        [blockWidth / 2]byte
	}
	fill(block.top[:], top[n*blockBytes:])
	fill(block.bottom[:], bottom[n*blockBytes:])
	convertBlocks(block.yt[:], block.yb[:], block.u[:], block.v[:], block.top[:], block.bottom[:], 1)
	pairs := (len(top)/4 - n*blockWidth + 1) / 2
	copy(yt[n*blockWidth:], block.yt[:2*pairs])
	copy(yb[n*blockWidth:], block.yb[:2*pairs])
	copy(u[n*blockWidth/2:], block.u[:pairs])
	copy(v[n*blockWidth/2:], block.v[:pairs])
}

// fill fills dst with pixels: those of src, and the last of them again and again. src has at least one and fewer than
// dst.
func fill(dst, src []byte) {
	for n := copy(dst, src); n < len(dst); n += 4 {
		copy(dst[n:n+4], src[len(src)-4:])
	}
}
