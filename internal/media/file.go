package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"time"
)

// errShort is a file that ends before what it announces.
var errShort = errors.New("the file ends too early")

// errTangled is a file whose parts would have to be read over and over.
var errTangled = errors.New("its parts are too many or point in circles")

const (
	smallWindow = 4 << 10
	largeWindow = 64 << 10
	mostAtOnce  = 1 << 20
)

// A file reads through one window, so that a walk over small parts costs one read a window. Reads that follow each
// other widen the window. What all reads may fetch together is bounded by the file's size.
type file struct {
	r      io.ReaderAt
	size   int64
	window []byte // bytes from off on
	off    int64
	grow   int
	budget int64
}

func newFile(r io.ReaderAt, size int64) *file {
	return &file{r: r, size: size, grow: smallWindow, budget: 4*min(size, math.MaxInt64/16) + 4<<20}
}

// at returns the n bytes at off. The slice is good until the next call. The error is errShort if the file is shorter.
func (f *file) at(off int64, n int) ([]byte, error) {
	if off < 0 || n < 0 || n > mostAtOnce || off > f.size-int64(n) {
		return nil, errShort
	}
	if off >= f.off && off+int64(n) <= f.off+int64(len(f.window)) {
		return f.window[off-f.off:][:n], nil
	}
	if err := f.fill(off, n); err != nil {
		return nil, err
	}
	if len(f.window) < n {
		return nil, errShort
	}
	return f.window[:n], nil
}

func (f *file) fill(off int64, n int) error {
	next := f.off + int64(len(f.window))
	if len(f.window) > 0 && off >= f.off && off <= next+smallWindow {
		f.grow = min(2*f.grow, largeWindow)
	} else {
		f.grow = smallWindow
	}
	want := int(min(int64(max(n, f.grow)), f.size-off))
	if f.budget -= int64(want); f.budget < 0 {
		return errTangled
	}
	if cap(f.window) < want {
		f.window = make([]byte, max(want, smallWindow))
	}
	f.window, f.off = f.window[:want], off
	got, err := f.r.ReadAt(f.window, off)
	f.window = f.window[:got]
	if err != nil && err != io.EOF {
		return fmt.Errorf("read at byte %d: %w", off, err)
	}
	return nil
}

// upTo returns the bytes at off, at most n of them, fewer at the end of the file.
func (f *file) upTo(off int64, n int) ([]byte, error) {
	if off < 0 || off > f.size {
		return nil, errShort
	}
	return f.at(off, int(min(int64(n), f.size-off)))
}

func (f *file) u32(off int64) (uint32, error) {
	b, err := f.at(off, 4)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(b), nil
}

var (
	be = binary.BigEndian
	le = binary.LittleEndian
)

func be24(b []byte) uint32 { return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2]) }
func le24(b []byte) uint32 { return uint32(b[2])<<16 | uint32(b[1])<<8 | uint32(b[0]) }

// span returns units/rate seconds, rounded to the nanosecond; 0 for a rate of 0, the longest duration when it overflows.
func span(units, rate uint64) time.Duration {
	if rate == 0 {
		return 0
	}
	hi, lo := bits.Mul64(units, uint64(time.Second))
	lo, carry := bits.Add64(lo, rate/2, 0)
	if hi += carry; hi >= rate {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, rate)
	return time.Duration(min(q, math.MaxInt64))
}

// frameDelay is how long a browser shows one picture of an animated GIF, PNG or WebP: ten milliseconds and less, which
// old files use for "as fast as possible", count as a tenth of a second.
func frameDelay(d time.Duration) time.Duration {
	if d <= 10*time.Millisecond {
		return 100 * time.Millisecond
	}
	return d
}

// pixels checks a picture's size.
func pixels(w, h uint64) error {
	const most = 1 << 24
	if w == 0 || h == 0 {
		return fmt.Errorf("its size is %d×%d", w, h)
	}
	if w > most || h > most {
		return fmt.Errorf("its size %d×%d is out of range", w, h)
	}
	return nil
}
