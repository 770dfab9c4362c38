package pixel

import (
	"bytes"
	"math"
	"testing"
)

// TestConvertBlocks compares what this machine uses with plain Go: the bytes are the same and nothing else is written.
func TestConvertBlocks(t *testing.T) {
	type converter func(yt, yb, u, v, top, bottom []byte, n int)
	run := func(convert converter, p Picture, n int) []byte {
		out := bytes.Repeat([]byte{0xAA}, 4*(n+1)*blockWidth)
		part := func(i int) []byte { return out[i*(n+1)*blockWidth:][:(n+1)*blockWidth] }
		convert(part(0), part(1), part(2), part(3), p.row(0, p.Width), p.row(1, p.Width), n)
		for i, size := range []int{n * blockWidth, n * blockWidth, n * blockWidth / 2, n * blockWidth / 2} {
			if rest := part(i)[size:]; !bytes.Equal(rest, bytes.Repeat([]byte{0xAA}, len(rest))) {
				t.Errorf("%d blocks: part %d is written after its end", n, i)
			}
		}
		return out
	}
	for n := range 70 {
		for seed := range uint64(10) {
			p := noise(seed, max(1, n*blockWidth), 2, int(seed)*3)
			if !bytes.Equal(run(convertBlocks, p, n), run(convertBlocksGo, p, n)) {
				t.Fatalf("%d blocks: the bytes are not those of plain Go", n)
			}
		}
	}
}

// TestConvertColours looks at Y of every third red and green with every blue: none is farther from the exact value than
// rounding and the precision of the weights explain.
func TestConvertColours(t *testing.T) {
	worst := 0.0
	row := make([]byte, 256*4)
	out := make([]byte, 4*256)
	for r := 0; r < 256; r += 3 {
		for g := 0; g < 256; g += 3 {
			for b := range 256 {
				copy(row[4*b:], []byte{byte(b), byte(g), byte(r), 0})
			}
			convertBlocks(out[:256], out[256:512], out[512:768], out[768:], row, row, 256/blockWidth)
			for b, y := range out[:256] {
				want := 16 + 219*(0.2126*float64(r)+0.7152*float64(g)+0.0722*float64(b))/255
				worst = max(worst, math.Abs(float64(y)-want))
			}
		}
	}
	if worst > 0.502 {
		t.Errorf("a Y is %v from the exact one", worst)
	}
}
