package pixel

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// exact is the frame of p by the book: in float64, every value rounded to the nearest.
func exact(p Picture, width, height int) []byte {
	stride, rows := width+width%2, height+height%2
	at := func(x, y int) (r, g, b float64) {
		c := p.Pix[min(y, height-1)*p.Stride+4*min(x, width-1):]
		return float64(c[2]) / 255, float64(c[1]) / 255, float64(c[0]) / 255
	}
	luma := func(r, g, b float64) float64 { return 0.2126*r + 0.7152*g + 0.0722*b }
	var ys, us, vs []byte
	for y := range rows {
		for x := range stride {
			ys = append(ys, byte(math.Round(16+219*luma(at(x, y)))))
			if x%2 == 1 || y%2 == 1 {
				continue
			}
			var r, g, b float64
			for i := range 4 {
				r1, g1, b1 := at(x+i%2, y+i/2)
				r, g, b = r+r1/4, g+g1/4, b+b1/4
			}
			us = append(us, byte(math.Round(128+224*(b-luma(r, g, b))/1.8556)))
			vs = append(vs, byte(math.Round(128+224*(r-luma(r, g, b))/1.5748)))
		}
	}
	return append(append(ys, us...), vs...)
}

// compare fails if a value of got is more than one from that of want, and returns the share of those that differ.
func compare(t *testing.T, got, want []byte) float64 {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d bytes, want %d", len(got), len(want))
	}
	n := 0
	for i := range got {
		if d := int(got[i]) - int(want[i]); d < -1 || d > 1 {
			t.Fatalf("byte %d of %d: %d, want %d", i, len(got), got[i], want[i])
		} else if d != 0 {
			n++
		}
	}
	return float64(n) / float64(len(got))
}

// noise returns a picture of random pixels whose rows are longer than they need be by extra bytes.
func noise(seed uint64, width, height, extra int) Picture {
	p := Picture{Stride: 4*width + extra, Width: width, Height: height}
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	p.Pix = make([]byte, p.Stride*(height-1)+4*width)
	r.Read(p.Pix)
	return p
}

// clone returns a picture of its own memory.
func (p Picture) clone() Picture {
	p.Pix = bytes.Clone(p.Pix)
	return p
}

func update(t *testing.T, f *Frame, p Picture) bool {
	t.Helper()
	changed, err := f.Update(p)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// colours returns a picture of columns, two pixels wide each.
func colours(rgb ...int) Picture {
	p := Picture{Stride: 8 * len(rgb), Width: 2 * len(rgb), Height: 2}
	for range p.Height {
		for _, c := range rgb {
			for range 2 {
				p.Pix = append(p.Pix, byte(c), byte(c>>8), byte(c>>16), 0xFF)
			}
		}
	}
	return p
}

func TestFrameOfGreys(t *testing.T) {
	var greys []int
	for v := range 256 {
		greys = append(greys, v<<16|v<<8|v)
	}
	p := colours(greys...)
	f := NewFrame(p.Width, p.Height)
	update(t, f, p)
	if !bytes.Equal(f.Bytes(), exact(p, p.Width, p.Height)) {
		t.Error("a grey is not the nearest")
	}
	for i, c := range f.Bytes()[p.Width*p.Height:] {
		if c != 128 {
			t.Fatalf("chroma %d is %d", i, c)
		}
	}
}

func TestFrameOfPrimaries(t *testing.T) {
	for _, c := range []struct {
		rgb     int
		y, u, v byte
	}{
		{0x000000, 16, 128, 128},
		{0xffffff, 235, 128, 128},
		{0xff0000, 63, 102, 240},
		{0x00ff00, 173, 42, 26},
		{0x0000ff, 32, 240, 118},
		{0xffff00, 219, 16, 138},
		{0x00ffff, 188, 154, 16},
		{0xff00ff, 78, 214, 230},
	} {
		p := colours(c.rgb)
		f := NewFrame(2, 2)
		update(t, f, p)
		if want := []byte{c.y, c.y, c.y, c.y, c.u, c.v}; !bytes.Equal(f.Bytes(), want) || !bytes.Equal(exact(p, 2, 2), want) {
			t.Errorf("#%06x is %v, exactly %v, want %v", c.rgb, f.Bytes(), exact(p, 2, 2), want)
		}
	}
}

func TestFrameIsExact(t *testing.T) {
	for _, c := range []struct{ width, height, extra int }{
		{1, 1, 0}, {1, 2, 4}, {2, 1, 0}, {3, 3, 1}, {7, 5, 3}, {8, 2, 0}, {9, 3, 64}, {15, 16, 0}, {16, 15, 0}, {17, 17, 28},
		{tile - 1, 4, 0}, {tile, 4, 0}, {tile + 1, 5, 4}, {2*tile + 9, 3, 0}, {641, 359, 12},
	} {
		p := noise(uint64(c.width), c.width, c.height, c.extra)
		f := NewFrame(c.width, c.height)
		if !update(t, f, p) {
			t.Errorf("%v: first picture is no change", c)
		}
		if share := compare(t, f.Bytes(), exact(p, c.width, c.height)); c.width*c.height > 10000 && share > 0.01 {
			t.Errorf("%v: %.2f %% of the values are not the nearest", c, 100*share)
		}
	}
}

// TestFrameFollows changes one pixel after the other: the frame is always as a new one of the same picture would be.
func TestFrameFollows(t *testing.T) {
	const width, height = tile + 21, 13
	p := noise(1, width+5, height+3, 4) // larger than the frame: a marker's rows
	f := NewFrame(width, height)
	update(t, f, p)
	if update(t, f, p.clone()) {
		t.Error("the same picture is a change")
	}
	for _, at := range []struct {
		x, y    int
		changed bool
	}{
		{0, 0, true}, {width - 1, 0, true}, {width - 1, height - 1, true}, {tile, 6, true}, {tile - 1, 7, true}, {100, height - 1, true},
		{width, 0, false}, {0, height, false},
	} {
		p = p.clone()
		for i := range 3 {
			p.Pix[at.y*p.Stride+4*at.x+i] ^= 0xFF
		}
		if changed := update(t, f, p); changed != at.changed {
			t.Errorf("pixel %d, %d: changed is %v", at.x, at.y, changed)
		}
		fresh := NewFrame(width, height)
		update(t, fresh, p)
		if !bytes.Equal(f.Bytes(), fresh.Bytes()) {
			t.Fatalf("pixel %d, %d: the frame is not that of the picture", at.x, at.y)
		}
		if f.Stats() != fresh.Stats() {
			t.Errorf("pixel %d, %d: %+v, want %+v", at.x, at.y, f.Stats(), fresh.Stats())
		}
	}
}

func TestFirstPictureIsAChange(t *testing.T) {
	f := NewFrame(4, 4)
	nothing := Picture{Pix: make([]byte, 64), Stride: 16, Width: 4, Height: 4}
	if !update(t, f, nothing) || update(t, f, nothing) {
		t.Error("a first picture without anything on it must be a change, a second one not")
	}
	if !bytes.Equal(f.Bytes(), exact(nothing, 4, 4)) {
		t.Errorf("the frame is %v", f.Bytes())
	}
}

func TestFrameKeepsNoPicture(t *testing.T) {
	p := noise(2, 64, 32, 0)
	f := NewFrame(64, 32)
	update(t, f, p)
	want := bytes.Clone(f.Bytes())
	clear(p.Pix)
	if !bytes.Equal(f.Bytes(), want) {
		t.Error("the frame changed with the picture's memory")
	}
	if !update(t, f, p) {
		t.Error("a black picture after another is no change")
	}
}

func TestUpdateRefuses(t *testing.T) {
	good := noise(3, 10, 10, 0)
	f := NewFrame(10, 10)
	update(t, f, good)
	want := bytes.Clone(f.Bytes())
	for _, c := range []struct {
		p     Picture
		fault string
	}{
		{Picture{}, "convert picture: picture of 0×0 pixels"},
		{Picture{Pix: make([]byte, 400), Stride: 40, Width: -1, Height: 10}, "convert picture: picture of -1×10 pixels"},
		{Picture{Pix: make([]byte, 400), Stride: 39, Width: 10, Height: 10}, "convert picture: picture with 10 pixels in rows of 39 bytes"},
		{Picture{Pix: make([]byte, 400), Stride: -40, Width: 10, Height: 10}, "convert picture: picture with 10 pixels in rows of -40 bytes"},
		{Picture{Pix: make([]byte, 399), Stride: 40, Width: 10, Height: 10}, "convert picture: picture with 10 rows of 40 bytes in 399 bytes"},
		{Picture{Pix: make([]byte, 39), Stride: 40, Width: 10, Height: 1}, "convert picture: picture with 1 rows of 40 bytes in 39 bytes"},
		{Picture{Pix: make([]byte, 400), Stride: math.MaxInt32, Width: math.MaxInt32 / 4, Height: math.MaxInt32}, "convert picture: picture with 2147483647 rows of 2147483647 bytes in 400 bytes"},
		{Picture{Pix: make([]byte, 360), Stride: 40, Width: 10, Height: 9}, "convert picture: 10×9 pixels for a frame of 10×10"},
		{Picture{Pix: make([]byte, 400), Stride: 40, Width: 9, Height: 10}, "convert picture: 9×10 pixels for a frame of 10×10"},
	} {
		if changed, err := f.Update(c.p); changed || err == nil || err.Error() != c.fault {
			t.Errorf("changed %v, %v; want %s", changed, err, c.fault)
		}
	}
	if !bytes.Equal(f.Bytes(), want) || update(t, f, good) {
		t.Error("a refused picture changed the frame")
	}
}

func TestUpdateAllocatesNothing(t *testing.T) {
	a, b := noise(4, 333, 101, 0), noise(5, 333, 101, 0)
	f := NewFrame(333, 101)
	if n := testing.AllocsPerRun(10, func() {
		f.Update(a)
		f.Update(b)
		f.Stats()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzUpdate gives a frame two pictures, the second of which differs from the first where the data says so.
func FuzzUpdate(f *testing.F) {
	f.Add(uint16(1), uint16(1), uint8(0), uint64(1), []byte{0})
	f.Add(uint16(17), uint16(9), uint8(3), uint64(2), []byte{0, 4, 200, 1, 0, 9})
	f.Add(uint16(700), uint16(3), uint8(64), uint64(3), bytes.Repeat([]byte{0xFF}, 30))
	f.Fuzz(func(t *testing.T, width, height uint16, extra uint8, seed uint64, changes []byte) {
		w, h := int(width)%800+1, int(height)%40+1
		p := noise(seed, w, h, int(extra))
		frame := NewFrame(w, h)
		update(t, frame, p)
		compare(t, frame.Bytes(), exact(p, w, h))
		q := p.clone()
		for ; len(changes) >= 3; changes = changes[3:] {
			q.Pix[(int(changes[0])<<8|int(changes[1]))%len(q.Pix)] = changes[2]
		}
		update(t, frame, q)
		compare(t, frame.Bytes(), exact(q, w, h))
		fresh := NewFrame(w, h)
		update(t, fresh, q)
		if !bytes.Equal(frame.Bytes(), fresh.Bytes()) {
			t.Error("a frame that follows is not the frame of its picture")
		}
		if got, want := frame.Stats(), plainStats(frame.y); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}
