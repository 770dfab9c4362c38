package media

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// readPNG reads the header of a PNG and, if it is animated, the delays of its frames.
func readPNG(f *file) (Info, error) {
	head, err := f.at(8, 16)
	if err != nil {
		return Info{}, errors.New("the file ends inside its header")
	}
	if be.Uint32(head) != 13 || string(head[4:8]) != "IHDR" {
		return Info{}, errors.New("it does not begin with an IHDR chunk")
	}
	w, h := be.Uint32(head[8:]), be.Uint32(head[12:])
	if err := pixels(uint64(w), uint64(h)); err != nil {
		return Info{}, err
	}
	info := Info{Kind: Image, MIME: "image/png", Width: int(w), Height: int(h), Codec: "png"}
	frames, length, err := pngFrames(f)
	if err != nil {
		return Info{}, err
	}
	if !pngEnds(f) {
		return Info{}, errors.New("the file ends inside its picture")
	}
	if frames > 1 {
		info.Animated, info.MIME, info.Codec, info.Duration = true, "image/apng", "apng", length
	}
	return info, nil
}

// pngFrames counts the frames of an animated PNG. It stops at the first image data if there is no animation.
func pngFrames(f *file) (frames int, length time.Duration, err error) {
	animated := false
	for off := int64(8); off+8 <= f.size; {
		head, err := f.at(off, 8)
		if err != nil {
			return 0, 0, err
		}
		n, kind := int64(be.Uint32(head)), string(head[4:])
		switch kind {
		case "acTL":
			animated = true
		case "IDAT":
			if !animated {
				return 0, 0, nil
			}
		case "IEND":
			return frames, length, nil
		case "fcTL":
			b, err := f.at(off+8, 26)
			if err != nil {
				return frames, length, nil // browsers show what is there
			}
			num, den := uint64(be.Uint16(b[20:])), uint64(be.Uint16(b[22:]))
			if den == 0 {
				den = 100
			}
			frames++
			length += frameDelay(span(num, den))
		}
		off += 12 + n
	}
	return frames, length, nil
}

// pngEnds reports whether a PNG has its last chunk. Where the end of the file does not show it, the chunks are walked:
// other bytes may follow.
func pngEnds(f *file) bool {
	if tail, err := f.upTo(max(0, f.size-1024), 1024); err != nil || bytes.Contains(tail, []byte("IEND\xaeB`\x82")) {
		return true
	}
	for off := int64(8); ; {
		head, err := f.at(off, 8)
		if err != nil {
			return err != errShort
		}
		if string(head[4:]) == "IEND" {
			return true
		}
		off += 12 + int64(be.Uint32(head))
	}
}

// readJPEG reads the frame header of a JPEG and the orientation that its camera noted.
func readJPEG(f *file) (Info, error) {
	turned := false
	for off := int64(2); ; {
		b, err := f.at(off, 2)
		if err != nil {
			return Info{}, errors.New("the file ends before its size")
		}
		if b[0] != 0xff {
			return Info{}, fmt.Errorf("there is no marker at byte %d", off)
		}
		m := b[1]
		switch {
		case m == 0xff: // fill byte
			off++
			continue
		case m == 0x01 || (m >= 0xd0 && m <= 0xd8): // no content
			off += 2
			continue
		case m == 0xd9 || m == 0xda:
			return Info{}, errors.New("there is no frame header before the image data")
		}
		b, err = f.at(off+2, 2)
		if err != nil {
			return Info{}, errors.New("the file ends before its size")
		}
		n := int(be.Uint16(b))
		if n < 2 {
			return Info{}, fmt.Errorf("the segment at byte %d has no length", off)
		}
		switch {
		case m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc:
			info, err := jpegFrame(f, off+4, turned)
			if err == nil && !jpegEnds(f, off) {
				return Info{}, errors.New("the file ends inside its picture")
			}
			return info, err
		case m == 0xe1:
			if b, err := f.at(off+4, n-2); err == nil && len(b) > 6 && string(b[:6]) == "Exif\x00\x00" {
				turned = exifTurned(b[6:])
			}
		}
		off += 2 + int64(n)
	}
}

func jpegFrame(f *file, off int64, turned bool) (Info, error) {
	b, err := f.at(off, 5)
	if err != nil {
		return Info{}, errors.New("the file ends before its size")
	}
	h, w := int(be.Uint16(b[1:])), int(be.Uint16(b[3:]))
	if err := pixels(uint64(w), uint64(h)); err != nil {
		return Info{}, err
	}
	if turned {
		w, h = h, w
	}
	return Info{Kind: Image, MIME: "image/jpeg", Width: w, Height: h, Codec: "mjpeg"}, nil
}

// jpegEnds reports whether the end marker stands somewhere behind the frame header at off: other bytes may follow it.
func jpegEnds(f *file, off int64) bool {
	const step = 32 << 10
	for end := f.size; end > off+2; end -= step - 1 {
		from := max(off, end-step)
		b, err := f.at(from, int(end-from))
		if err != nil || bytes.Contains(b, []byte{0xff, 0xd9}) {
			return true
		}
	}
	return false
}

// exifTurned reports whether the orientation in TIFF data swaps width and height.
func exifTurned(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	u16, u32 := be.Uint16, be.Uint32
	if b[0] == 'I' {
		u16, u32 = le.Uint16, le.Uint32
	}
	dir := uint64(u32(b[4:]))
	if dir+2 > uint64(len(b)) {
		return false
	}
	n := int(u16(b[dir:]))
	for i := range n {
		e := dir + 2 + 12*uint64(i)
		if e+12 > uint64(len(b)) {
			return false
		}
		if u16(b[e:]) == 0x0112 {
			o := u16(b[e+8:])
			return o >= 5 && o <= 8
		}
	}
	return false
}

// errInside is a GIF that ends inside a block. One that only lacks its last byte is shown by every browser.
var errInside = errors.New("the file ends inside a block")

// readGIF walks the blocks of a GIF and adds up the delays of its frames.
func readGIF(f *file) (Info, error) {
	head, err := f.at(0, 13)
	if err != nil {
		return Info{}, errors.New("the file ends inside its header")
	}
	w, h := int(le.Uint16(head[6:])), int(le.Uint16(head[8:]))
	frames, length, err := gifFrames(f, 13+colours(head[10]))
	if err != nil && (frames == 0 || errors.Is(err, errInside)) {
		return Info{}, err
	}
	if err := pixels(uint64(w), uint64(h)); err != nil {
		return Info{}, err
	}
	info := Info{Kind: Image, MIME: "image/gif", Width: w, Height: h, Codec: "gif"}
	if frames > 1 {
		info.Animated, info.Duration = true, length
	}
	return info, nil
}

// colours returns the bytes of the colour table that a packed field announces.
func colours(packed byte) int64 {
	if packed&0x80 == 0 {
		return 0
	}
	return 3 << (packed&7 + 1)
}

func gifFrames(f *file, off int64) (frames int, length time.Duration, err error) {
	delay := time.Duration(0)
	for {
		b, err := f.at(off, 1)
		if err != nil {
			return frames, length, errors.New("the file ends before its first picture")
		}
		switch b[0] {
		case ';':
			if frames == 0 {
				return 0, 0, errors.New("there is no picture in it")
			}
			return frames, length, nil
		case '!':
			if b, err := f.at(off, 8); err == nil && b[1] == 0xf9 && b[2] == 4 {
				delay = time.Duration(le.Uint16(b[4:])) * 10 * time.Millisecond
			}
			off, err = gifSkip(f, off+2)
		case ',':
			b, err := f.at(off, 10)
			if err != nil {
				return frames, length, errInside
			}
			frames++
			length += frameDelay(delay)
			delay = 0
			off, err = gifSkip(f, off+10+colours(b[9])+1)
			if err != nil {
				return frames, length, err
			}
		default:
			return frames, length, fmt.Errorf("byte %d begins no block", off)
		}
		if err != nil {
			return frames, length, err
		}
	}
}

// gifSkip returns the offset behind a chain of data sub-blocks.
func gifSkip(f *file, off int64) (int64, error) {
	for {
		b, err := f.at(off, 1)
		if err != nil {
			return off, errInside
		}
		off += 1 + int64(b[0])
		if b[0] == 0 {
			return off, nil
		}
	}
}

// readWebP walks the chunks of a WebP.
func readWebP(f *file) (Info, error) {
	info := Info{Kind: Image, MIME: "image/webp", Codec: "webp"}
	frames, length := 0, time.Duration(0)
	for off := int64(12); off+8 <= f.size; {
		b, err := f.upTo(off, 24)
		if err != nil {
			return Info{}, err
		}
		n := int64(le.Uint32(b[4:]))
		kind, body := string(b[:4]), b[8:]
		switch {
		case len(body) < 16 && kind == "ANMF", len(body) < 10 && (kind == "VP8X" || kind == "VP8 "), len(body) < 5 && kind == "VP8L":
			return Info{}, fmt.Errorf("the file ends inside its %q chunk", kind)
		case n > f.size-off-8 && (kind == "ANMF" || kind == "VP8 " || kind == "VP8L"):
			return Info{}, fmt.Errorf("the file ends inside its %q chunk", kind)
		case kind == "ANMF":
			frames++
			length += frameDelay(time.Duration(le24(body[12:])) * time.Millisecond)
		case info.Width > 0: // the canvas is known
		case kind == "VP8X":
			info.Width, info.Height = int(le24(body[4:]))+1, int(le24(body[7:]))+1
		case kind == "VP8 ":
			if be24(body[3:]) != 0x9d012a {
				return Info{}, errors.New("its picture has no start code")
			}
			info.Width, info.Height = int(le.Uint16(body[6:])&0x3fff), int(le.Uint16(body[8:])&0x3fff)
		case kind == "VP8L":
			if body[0] != 0x2f {
				return Info{}, errors.New("its picture has no signature")
			}
			v := le.Uint32(body[1:])
			info.Width, info.Height = int(v&0x3fff)+1, int(v>>14&0x3fff)+1
		}
		off += 8 + n + n&1
	}
	if info.Width == 0 {
		return Info{}, errors.New("there is no picture in it")
	}
	if err := pixels(uint64(info.Width), uint64(info.Height)); err != nil {
		return Info{}, err
	}
	if frames > 1 {
		info.Animated, info.Duration = true, length
	}
	return info, nil
}
