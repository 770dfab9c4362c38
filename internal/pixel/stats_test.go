package pixel

import (
	"bytes"
	"slices"
	"testing"
)

// plainStats measures value by value.
func plainStats(ys []byte) Stats {
	var sum int
	for _, y := range ys {
		sum += int(y)
	}
	return Stats{Mean: float64(sum) / float64(len(ys)), Darkest: slices.Min(ys), Brightest: slices.Max(ys)}
}

func TestStats(t *testing.T) {
	if got, want := NewFrame(5, 5).Stats(), (Stats{Mean: 16, Darkest: 16, Brightest: 16}); got != want {
		t.Errorf("new frame: %+v", got)
	}
	for _, c := range []struct {
		name string
		p    Picture
		want Stats
	}{
		{"black", colours(0, 0, 0, 0), Stats{16, 16, 16}},
		{"white", colours(0xffffff, 0xffffff, 0xffffff), Stats{235, 235, 235}},
		{"half", colours(0, 0xffffff), Stats{125.5, 16, 235}},
	} {
		f := NewFrame(c.p.Width, c.p.Height)
		update(t, f, c.p)
		if got := f.Stats(); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	for _, size := range [][2]int{{1, 1}, {3, 2}, {10, 10}, {99, 7}, {640, 20}} {
		f := NewFrame(size[0], size[1])
		update(t, f, noise(7, size[0], size[1], 0))
		if got, want := f.Stats(), plainStats(f.y); got != want {
			t.Errorf("%v: %+v, want %+v", size, got, want)
		}
	}
}

func TestMeasureZeros(t *testing.T) {
	for n := 1; n <= 24; n++ {
		if got := measure(make([]byte, n)); got != (bright{}) {
			t.Errorf("%d zeros: %+v", n, got)
		}
	}
}

// TestStatsOfOnePixel puts a bright and a dark pixel in each place of a row.
func TestStatsOfOnePixel(t *testing.T) {
	for n := 1; n <= 24; n++ {
		for i := range n {
			for _, one := range []byte{0, 1, 127, 129, 254, 255} {
				row := bytes.Repeat([]byte{128}, n)
				row[i] = one
				want := bright{sum: 128*(n-1) + int(one), lo: slices.Min(row), hi: slices.Max(row)}
				if got := measure(row); got != want {
					t.Fatalf("%v: %+v, want %+v", row, got, want)
				}
			}
		}
	}
}
