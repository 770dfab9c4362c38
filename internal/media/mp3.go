package media

import (
	"errors"
)

// An mpegFrame is the header of a frame of MPEG audio, layer I to III.
type mpegFrame struct {
	layer   int    // 1–3
	rate    uint64 // samples a second
	samples uint64 // a frame
	size    int64  // bytes, the header included
	side    int    // bytes of layer III side information
}

// bitrates in kbit/s by table and index: 0 = MPEG 1 layer I, 1 = layer II, 2 = layer III, 3 = MPEG 2 layer I, 4 = II and III.
var bitrates = [5][15]int{
	{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
	{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}

// mpegHeader reads a frame header. Frames of free bit rate, which no encoder writes by itself, are refused.
func mpegHeader(b []byte) (mpegFrame, bool) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return mpegFrame{}, false
	}
	version, layer := b[1]>>3&3, 4-int(b[1]>>1&3)
	index, rate := int(b[2]>>4), int(b[2]>>2&3)
	if version == 1 || layer == 4 || index == 0 || index == 15 || rate == 3 {
		return mpegFrame{}, false
	}
	h := mpegFrame{layer: layer, rate: [3]uint64{44100, 48000, 32000}[rate]}
	one := version == 3
	switch version {
	case 2:
		h.rate /= 2
	case 0:
		h.rate /= 4
	}
	table := layer - 1
	if !one {
		table = min(3+layer-1, 4)
	}
	h.samples = 1152
	switch {
	case layer == 1:
		h.samples = 384
	case layer == 3 && !one:
		h.samples = 576
	}
	pad, mono := int64(b[2]>>1&1), b[3]>>6 == 3
	bits := int64(bitrates[table][index]) * 1000
	if layer == 1 {
		h.size = (12*bits/int64(h.rate) + pad) * 4
	} else {
		h.size = int64(h.samples)/8*bits/int64(h.rate) + pad
	}
	switch {
	case one && mono, !one && !mono:
		h.side = 17
	case one:
		h.side = 32
	default:
		h.side = 9
	}
	return h, h.size > 4
}

// audioFrame reports whether bytes begin with an MPEG audio frame; where they reach to the next one, that is checked.
func audioFrame(b []byte) bool {
	h, ok := mpegHeader(b)
	if !ok || h.size+4 > int64(len(b)) {
		return ok
	}
	_, ok = mpegHeader(b[h.size:])
	return ok
}

// skipID3 returns the offset behind the ID3v2 tags at the start of the file.
func skipID3(f *file) (int64, error) {
	off := int64(0)
	for {
		b, err := f.upTo(off, 10)
		if err != nil || len(b) < 10 || string(b[:3]) != "ID3" {
			return off, err
		}
		if (b[6]|b[7]|b[8]|b[9])&0x80 != 0 {
			return 0, errors.New("its ID3 tag has no proper length")
		}
		n := int64(b[6])<<21 | int64(b[7])<<14 | int64(b[8])<<7 | int64(b[9])
		off += 10 + n
		if b[5]&0x10 != 0 { // a footer
			off += 10
		}
		if off > f.size {
			return 0, errors.New("the file ends inside its ID3 tag")
		}
	}
}

// afterID3 tells the format of a file that begins with an ID3 tag by what follows it.
func afterID3(f *file, head []byte) (format, bool) {
	if len(head) < 10 || string(head[:3]) != "ID3" {
		return format{}, false
	}
	off, err := skipID3(f)
	if err != nil {
		return formatMP3, true
	}
	next, err := f.upTo(off, 4)
	switch {
	case err != nil:
		return formatMP3, true
	case string(next) == "fLaC":
		return formatFLAC, true
	case adtsFrame(next):
		return formatAAC, true
	}
	return formatMP3, true
}

// firstFrame finds the first frame at or behind off that another frame of its kind follows, or that ends the file.
func firstFrame(f *file, off int64) (int64, mpegFrame, error) {
	const reach = 1 << 20 // more rubbish than this before the sound is another format
	for end := min(off+reach, f.size); off+4 <= end; off++ {
		b, err := f.at(off, 4)
		if err != nil {
			return 0, mpegFrame{}, err
		}
		h, ok := mpegHeader(b)
		if !ok {
			continue
		}
		if off+h.size == f.size {
			return off, h, nil
		}
		if b, err = f.at(off+h.size, 4); err == nil {
			if next, ok := mpegHeader(b); ok && next.rate == h.rate && next.layer == h.layer {
				return off, h, nil
			}
		}
	}
	return 0, mpegFrame{}, errors.New("there is no sound in it")
}

// readMP3 counts the frames of an MP3. The count in a Xing header is believed if its byte count fits the file; the
// header's own frame is silence that no player plays, and is not counted.
func readMP3(f *file) (Info, error) {
	off, err := skipID3(f)
	if err != nil {
		return Info{}, err
	}
	off, first, err := firstFrame(f, off)
	if err != nil {
		return Info{}, err
	}
	codec := [4]string{"", "mp1", "mp2", "mp3"}[first.layer]
	info := Info{Kind: Audio, MIME: "audio/mpeg", HasAudio: true, Codec: codec, AudioCodec: codec}
	frames, index, err := xing(f, off, first)
	if err != nil {
		return Info{}, err
	}
	if frames == 0 {
		if index {
			off += first.size
		}
		if frames, err = countFrames(f, off, first); err != nil {
			return Info{}, err
		}
	}
	info.Duration = span(frames*first.samples, first.rate)
	return info, nil
}

// xing looks for a Xing, Info or VBRI header in the first frame. It returns the number of frames, 0 if that is not
// said or does not fit the file, and whether the frame is such a header.
func xing(f *file, off int64, h mpegFrame) (frames uint64, index bool, err error) {
	b, err := f.upTo(off, int(min(h.size, 4096)))
	if err != nil {
		return 0, false, err
	}
	if len(b) > 36+18 && string(b[36:40]) == "VBRI" {
		return fits(f, off, uint64(be.Uint32(b[36+14:])), int64(be.Uint32(b[36+10:]))), true, nil
	}
	at := 4 + h.side
	if h.layer != 3 || len(b) < at+16 || (string(b[at:at+4]) != "Xing" && string(b[at:at+4]) != "Info") {
		return 0, false, nil
	}
	flags := be.Uint32(b[at+4:])
	if flags&3 != 3 {
		return 0, true, nil
	}
	return fits(f, off, uint64(be.Uint32(b[at+8:])), int64(be.Uint32(b[at+12:]))), true, nil
}

// fits returns frames if the bytes said to hold them are those of the file, but for a tag at the end.
func fits(f *file, off int64, frames uint64, bytes int64) uint64 {
	const tags = 4096
	if left := f.size - off; bytes > left || bytes < left-tags {
		return 0
	}
	return frames
}

// countFrames counts frames up to the end of the file. Where a frame is not followed by another, the next is searched.
func countFrames(f *file, off int64, like mpegFrame) (frames uint64, err error) {
	for off+4 <= f.size {
		b, err := f.at(off, 4)
		if err != nil {
			return 0, err
		}
		h, ok := mpegHeader(b)
		if ok && h.rate == like.rate && h.layer == like.layer {
			if off+h.size > f.size+1 { // cut off; encoders may leave out the last padding byte
				break
			}
			frames++
			off += h.size
			continue
		}
		next, _, err := firstFrame(f, off+1)
		if err != nil {
			break // tags at the end
		}
		off = next
	}
	return frames, nil
}

// adtsFrame reports whether bytes begin with a frame of raw AAC.
func adtsFrame(b []byte) bool {
	_, _, ok := adts(b)
	return ok
}

// adts reads a frame header of raw AAC: its sample rate and its size in bytes. A header cut to four bytes has size 0.
func adts(b []byte) (rate uint64, size int64, ok bool) {
	rates := [16]uint64{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}
	if len(b) < 4 || b[0] != 0xff || b[1]&0xf6 != 0xf0 || rates[b[2]>>2&0xf] == 0 {
		return 0, 0, false
	}
	if len(b) >= 6 {
		size = int64(b[3]&3)<<11 | int64(b[4])<<3 | int64(b[5]>>5)
	}
	return rates[b[2]>>2&0xf], size, len(b) < 6 || size >= 7
}

// readAAC counts the frames of raw AAC (ADTS).
func readAAC(f *file) (Info, error) {
	off, err := skipID3(f)
	if err != nil {
		return Info{}, err
	}
	var rate, samples uint64
	for off+7 <= f.size {
		b, err := f.at(off, 7)
		if err != nil {
			return Info{}, err
		}
		r, size, ok := adts(b)
		if !ok {
			break
		}
		rate = r
		samples += 1024 * uint64(b[6]&3+1)
		off += size
	}
	if samples == 0 {
		return Info{}, errors.New("there is no sound in it")
	}
	return Info{Kind: Audio, MIME: "audio/aac", HasAudio: true, Codec: "aac", AudioCodec: "aac", Duration: span(samples, rate)}, nil
}
