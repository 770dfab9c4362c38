package media

import (
	"errors"
	"fmt"
)

// readWAV reads the format of a RIFF, RF64 or BW64 wave file and the length of its samples.
func readWAV(f *file) (Info, error) {
	info := Info{Kind: Audio, MIME: "audio/wav", HasAudio: true}
	var format struct {
		tag, channels, align, depth uint16
		rate, perSecond             uint32
	}
	var known bool
	var samples, long64 uint64 // of fact, and of ds64
	for off := int64(12); off+8 <= f.size; {
		b, err := f.upTo(off, 8+40)
		if err != nil {
			return Info{}, err
		}
		kind, n, body := string(b[:4]), int64(le.Uint32(b[4:])), b[8:]
		switch {
		case kind == "fmt " && len(body) >= 16:
			known = true
			format.tag, format.channels, format.rate = le.Uint16(body), le.Uint16(body[2:]), le.Uint32(body[4:])
			format.perSecond, format.align, format.depth = le.Uint32(body[8:]), le.Uint16(body[12:]), le.Uint16(body[14:])
			if format.tag == 0xfffe && len(body) >= 26 { // extensible: the real tag begins a GUID
				format.tag = le.Uint16(body[24:])
			}
		case kind == "ds64" && len(body) >= 16:
			long64 = le.Uint64(body[8:])
		case kind == "fact" && len(body) >= 4:
			samples = uint64(le.Uint32(body))
		case kind == "data":
			if !known {
				return Info{}, errors.New("its samples come before their format")
			}
			size, ok := dataSize(n, long64, f.size-off-8)
			if !ok {
				return Info{}, errors.New("the file ends inside its samples")
			}
			info.Codec = waveCodec(format.tag, format.depth)
			info.AudioCodec = info.Codec
			pcm := format.tag == 1 || format.tag == 3 || format.tag == 6 || format.tag == 7
			switch {
			case pcm && format.align > 0 && format.rate > 0:
				info.Duration = span(size/uint64(format.align), uint64(format.rate))
			case samples > 0 && format.rate > 0:
				info.Duration = span(samples, uint64(format.rate))
			case format.perSecond > 0:
				info.Duration = span(size, uint64(format.perSecond))
			default:
				return Info{}, errors.New("its sample rate is zero")
			}
			return info, nil
		}
		off += 8 + n + n&1
	}
	return Info{}, errors.New("there are no samples in it")
}

// dataSize is the length of a data chunk, and whether the file holds that much. A writer that cannot go back to note the
// length leaves 0, all ones or something near the most that fits.
func dataSize(says int64, long64 uint64, left int64) (size uint64, ok bool) {
	const unknown, rounding = 0x7ff00000, 8
	size = uint64(says)
	switch {
	case says == 0xffffffff && long64 > 0:
		size = long64
	case says == 0 || says >= unknown:
		return uint64(left), true
	}
	return min(size, uint64(left)), size <= uint64(left)+rounding
}

func waveCodec(tag, depth uint16) string {
	switch tag {
	case 1:
		if depth <= 8 {
			return "pcm_u8"
		}
		return fmt.Sprintf("pcm_s%dle", (depth+7)/8*8)
	case 2:
		return "adpcm_ms"
	case 3:
		return fmt.Sprintf("pcm_f%dle", depth)
	case 6:
		return "pcm_alaw"
	case 7:
		return "pcm_mulaw"
	case 0x11:
		return "adpcm_ima_wav"
	case 0x55:
		return "mp3"
	}
	return fmt.Sprintf("wav_%04x", tag)
}

// readFLAC reads the stream header of a FLAC file. A file written to a pipe does not know its length there; its last
// frame does.
func readFLAC(f *file) (Info, error) {
	start, err := skipID3(f)
	if err != nil {
		return Info{}, err
	}
	b, err := f.at(start, 4+4+34)
	if err != nil {
		return Info{}, errors.New("the file ends inside its header")
	}
	if string(b[:4]) != "fLaC" || b[4]&0x7f != 0 {
		return Info{}, errors.New("it does not begin with stream information")
	}
	s := b[8:]
	block := uint64(be.Uint16(s))
	rate := uint64(be24(s[10:]) >> 4)
	samples := uint64(s[13]&0xf)<<32 | uint64(be.Uint32(s[14:]))
	if rate == 0 {
		return Info{}, errors.New("its sample rate is zero")
	}
	if samples == 0 {
		samples, err = flacEnd(f, start+42, block, be.Uint16(s) == be.Uint16(s[2:]))
		if err != nil {
			return Info{}, err
		}
	}
	return Info{Kind: Audio, MIME: "audio/flac", HasAudio: true, Codec: "flac", AudioCodec: "flac", Duration: span(samples, rate)}, nil
}

// flacEnd returns the number of the sample behind the last frame, found from the end of the file by the sync code and
// the checksum of a frame header; 0 if there is none in the last part of the file.
func flacEnd(f *file, from int64, block uint64, fixed bool) (uint64, error) {
	const tail = 256 << 10
	from = max(from, f.size-tail)
	b, err := f.upTo(from, tail)
	if err != nil {
		return 0, err
	}
	for i := len(b) - 6; i >= 0; i-- {
		if b[i] != 0xff || b[i+1]&0xfe != 0xf8 {
			continue
		}
		if number, size, ok := flacFrame(b[i:]); ok {
			if b[i+1]&1 == 0 && fixed { // frames are counted, not samples
				number *= block
			}
			return number + size, nil
		}
	}
	return 0, nil
}

// flacFrame reads a frame header: the number of the frame or of its first sample, and its length in samples.
func flacFrame(b []byte) (number, size uint64, ok bool) {
	code, rate := b[2]>>4, b[2]&0xf
	number, n := flacNumber(b[4:])
	if n == 0 || code == 0 || rate == 15 {
		return 0, 0, false
	}
	i := 4 + n
	need := i + 1
	if code == 6 || code == 7 {
		need += int(code) - 5
	}
	if rate >= 12 {
		need += 1 + int(rate&1|rate>>1&1)
	}
	if need > len(b) {
		return 0, 0, false
	}
	switch {
	case code == 1:
		size = 192
	case code <= 5:
		size = 576 << (code - 2)
	case code == 6:
		size = uint64(b[i]) + 1
	case code == 7:
		size = uint64(be.Uint16(b[i:])) + 1
	default:
		size = 256 << (code - 8)
	}
	end := i
	if code == 6 || code == 7 {
		end += int(code) - 5
	}
	switch rate {
	case 12:
		end++
	case 13, 14:
		end += 2
	}
	return number, size, end < len(b) && crc8(b[:end]) == b[end]
}

// flacNumber reads a number coded like UTF-8, of up to 36 bits, and returns its length in bytes; 0 if there is none.
func flacNumber(b []byte) (uint64, int) {
	if len(b) == 0 {
		return 0, 0
	}
	n := 0
	for mask := byte(0x80); b[0]&mask != 0; mask >>= 1 {
		n++
	}
	if n == 0 {
		return uint64(b[0]), 1
	}
	if n == 1 || n > 7 || n > len(b) {
		return 0, 0
	}
	v := uint64(b[0]) & (1<<(7-n) - 1)
	for _, c := range b[1:n] {
		if c&0xc0 != 0x80 {
			return 0, 0
		}
		v = v<<6 | uint64(c&0x3f)
	}
	return v, n
}

func crc8(b []byte) byte {
	c := byte(0)
	for _, x := range b {
		c ^= x
		for range 8 {
			if c&0x80 != 0 {
				c = c<<1 ^ 7
			} else {
				c <<= 1
			}
		}
	}
	return c
}
