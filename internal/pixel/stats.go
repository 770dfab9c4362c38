package pixel

import "encoding/binary"

// Stats says how bright a frame is: exactly, of every Y of it.
type Stats struct {
	Mean               float64 // 16 (black) – 235 (white)
	Darkest, Brightest byte    // 16–235
}

// bright is what Stats needs of a pair of rows.
type bright struct {
	sum    int
	lo, hi byte
}

// Stats measures the frame. It looks only at rows that changed since they were measured last.
func (f *Frame) Stats() Stats {
	all := bright{lo: 0xFF}
	for i := range f.brights {
		if !f.measured[i] {
			f.brights[i] = measure(f.y[2*i*f.stride:][:2*f.stride])
			f.measured[i] = true
		}
		b := f.brights[i]
		all = bright{sum: all.sum + b.sum, lo: min(all.lo, b.lo), hi: max(all.hi, b.hi)}
	}
	return Stats{Mean: float64(all.sum) / float64(len(f.y)), Darkest: all.lo, Brightest: all.hi}
}

// evens are the even bytes of a word: four lanes of 16 bits with a byte in each.
const evens = 0x00FF00FF00FF00FF

// measure measures any number of values. It looks at 8 bytes at a time, four in the lanes of one word and four in the lanes of another.
func measure(row []byte) bright {
	var sum int
	lo, hi := uint64(evens), uint64(0)
	for len(row) >= 8 {
		w := binary.LittleEndian.Uint64(row)
		row = row[8:]
		even, odd := w&evens, w>>8&evens
		s := even + odd // at most 510 in a lane
		s += s >> 32
		sum += int(s&0xFFFF + s>>16&0xFFFF)
		less, more := sort(even, odd)
		lo, _ = sort(lo, less)
		_, hi = sort(hi, more)
	}
	b := bright{sum: sum, lo: 0xFF}
	for range 4 {
		b.lo, b.hi = min(b.lo, byte(lo)), max(b.hi, byte(hi))
		lo, hi = lo>>16, hi>>16
	}
	for _, y := range row {
		b.sum += int(y)
		b.lo, b.hi = min(b.lo, y), max(b.hi, y)
	}
	return b
}

// sort returns the lesser and the greater value of each lane.
func sort(a, b uint64) (less, more uint64) {
	const bit8 = 0x0100010001000100 // above each value
	kept := ((a | bit8) - b) & bit8 // where a is not less than b nothing was borrowed
	differ := (a ^ b) & (kept - kept>>8)
	return a ^ differ, b ^ differ
}
