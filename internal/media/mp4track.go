package media

import (
	"strings"
)

// readTrack reads a trak box.
func readTrack(f *file, trak box) (track, error) {
	t := track{}
	err := f.boxes(trak.off, trak.end, func(b box) (bool, error) {
		switch b.kind {
		case "tkhd":
			t.readHeader(f.body(b, 96))
		case "tref":
			if c, ok := f.child(b, "chap"); ok {
				d := f.body(c, 4*64)
				for ; len(d) >= 4; d = d[4:] {
					t.chapters = append(t.chapters, be.Uint32(d))
				}
			}
		case "mdia":
			return true, t.readMedia(f, b)
		}
		return true, nil
	})
	return t, err
}

// readHeader reads tkhd: whether the track is played, its size, and whether it is turned.
func (t *track) readHeader(d []byte) {
	skip := 0
	if len(d) > 0 && d[0] == 1 {
		skip = 12 // three fields are twice as long
	}
	if len(d) < 84+skip {
		return
	}
	t.enabled = d[3]&1 == 1
	t.id = be.Uint32(d[12+skip*2/3:])
	m := d[40+skip:]
	a, b := be.Uint32(m), be.Uint32(m[4:])
	c, e := be.Uint32(m[12:]), be.Uint32(m[16:])
	t.turned = a == 0 && e == 0 && b != 0 && c != 0
	t.boxW, t.boxH = uint64(be.Uint32(m[36:])>>16), uint64(be.Uint32(m[40:])>>16)
}

func (t *track) readMedia(f *file, mdia box) error {
	return f.boxes(mdia.off, mdia.end, func(b box) (bool, error) {
		switch b.kind {
		case "mdhd":
			t.timescale, t.duration = f.mediaTime(b)
		case "hdlr":
			if d := f.body(b, 12); len(d) == 12 {
				t.handler = string(d[8:12])
				if t.handler == "pict" { // an image sequence of AVIF
					t.handler = "vide"
				}
			}
		case "minf":
			stbl, ok := f.child(b, "stbl")
			if !ok {
				return true, nil
			}
			return true, f.boxes(stbl.off, stbl.end, func(b box) (bool, error) {
				switch b.kind {
				case "stsd":
					t.readSample(f, b)
				case "stts":
					t.readTimes(f, b)
				}
				return true, nil
			})
		}
		return true, nil
	})
}

// readTimes adds up the time-to-sample table.
func (t *track) readTimes(f *file, stts box) {
	head := f.body(stts, 8)
	if len(head) < 8 {
		return
	}
	const part, most = 4096, 1 << 20
	n := min(int64(be.Uint32(head[4:])), (stts.end-stts.off-8)/8, most)
	for i := int64(0); i < n; i += part {
		d, err := f.at(stts.off+8+8*i, int(8*min(part, n-i)))
		if err != nil {
			return
		}
		for ; len(d) >= 8; d = d[8:] {
			count, delta := uint64(be.Uint32(d)), uint64(be.Uint32(d[4:]))
			t.frames += count
			t.ticks += count * delta
		}
	}
}

// readSample reads the first sample description: the codec, and the size of a picture.
func (t *track) readSample(f *file, stsd box) {
	first := box{off: stsd.off + 8, end: stsd.end}
	_ = f.boxes(first.off, first.end, func(b box) (bool, error) {
		first = b
		return false, nil
	})
	t.codec = codecName(first.kind)
	switch t.handler {
	case "vide":
		d := f.body(first, 78)
		if len(d) < 78 {
			return
		}
		t.width, t.height = uint64(be.Uint16(d[24:])), uint64(be.Uint16(d[26:]))
		if pasp, ok := f.child(box{off: first.off + 78, end: first.end}, "pasp"); ok {
			if d := f.body(pasp, 8); len(d) == 8 {
				t.parH, t.parV = uint64(be.Uint32(d)), uint64(be.Uint32(d[4:]))
			}
		}
	case "soun":
		if first.kind != "mp4a" {
			return
		}
		skip := int64(28)
		if d := f.body(first, 28); len(d) == 28 && be.Uint16(d[8:]) == 1 {
			skip += 16 // QuickTime's second sound description
		}
		if esds, ok := f.child(box{off: first.off + skip, end: first.end}, "esds"); ok {
			t.codec = esdsCodec(f.body(esds, 64))
		}
	}
}

// esdsCodec reads the object type of an elementary stream descriptor.
func esdsCodec(d []byte) string {
	const decoderConfig = 4
	for i := 4; i+2 < len(d); {
		tag := d[i]
		i++
		for i < len(d) && d[i]&0x80 != 0 {
			i++
		}
		i++
		switch tag {
		case 3:
			i += 3
		case decoderConfig:
			if i < len(d) {
				switch d[i] {
				case 0x69, 0x6b:
					return "mp3"
				case 0xa5:
					return "ac3"
				case 0xa6:
					return "eac3"
				case 0xad:
					return "opus"
				case 0xdd:
					return "vorbis"
				}
			}
			return "aac"
		default:
			return "aac"
		}
	}
	return "aac"
}

// codecName returns FFmpeg's name for a sample entry.
func codecName(entry string) string {
	switch entry {
	case "avc1", "avc3":
		return "h264"
	case "hvc1", "hev1", "dvh1", "dvhe":
		return "hevc"
	case "vp08":
		return "vp8"
	case "vp09":
		return "vp9"
	case "av01":
		return "av1"
	case "mp4v":
		return "mpeg4"
	case "apch", "apcn", "apcs", "apco", "ap4h", "ap4x":
		return "prores"
	case "jpeg", "mjpa", "mjpb":
		return "mjpeg"
	case "png ":
		return "png"
	case "mp4a":
		return "aac"
	case "Opus":
		return "opus"
	case "fLaC":
		return "flac"
	case "ac-3":
		return "ac3"
	case "ec-3":
		return "eac3"
	case "alac":
		return "alac"
	case ".mp3":
		return "mp3"
	case "sowt":
		return "pcm_s16le"
	case "twos":
		return "pcm_s16be"
	}
	return strings.ToLower(strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, entry)))
}

// readFragments adds up the fragments behind a moov box that says nothing of its length.
func (m *movie) readFragments(f *file, from int64) error {
	err := f.boxes(from, f.size, func(b box) (bool, error) {
		if b.kind == "moof" {
			return true, f.boxes(b.off, b.end, func(b box) (bool, error) {
				if b.kind == "traf" {
					m.readFragment(f, b)
				}
				return true, nil
			})
		}
		return true, nil
	})
	if err != nil && err != errShort {
		return err
	}
	for i := range m.tracks {
		t := &m.tracks[i]
		if t.handler == "vide" || t.handler == "soun" {
			m.info.Duration = max(m.info.Duration, span(t.fragmentEnd, t.timescale))
		}
		if t.handler == "vide" && t.fragmentEnd > 0 {
			m.info.FPS = float64(t.frames+t.fragmentSize) * float64(t.timescale) / float64(t.fragmentEnd)
		}
	}
	return nil
}

// readFragment reads a traf box: where it begins, and how long its samples are together.
func (m *movie) readFragment(f *file, traf box) {
	var t *track
	var each uint64
	at, timed := uint64(0), false
	_ = f.boxes(traf.off, traf.end, func(b box) (bool, error) {
		switch b.kind {
		case "tfhd":
			t, each = m.fragmentTrack(f.body(b, 32))
		case "tfdt":
			if d := f.body(b, 12); len(d) == 12 && d[0] == 1 {
				at, timed = be.Uint64(d[4:]), true
			} else if len(d) >= 8 {
				at, timed = uint64(be.Uint32(d[4:])), true
			}
		case "trun":
			if t == nil {
				return false, nil
			}
			if !timed {
				at = max(t.fragmentEnd, t.ticks)
			}
			n, ticks := f.runLength(b, each)
			at, timed = at+ticks, true
			t.fragmentSize += n
			t.fragmentEnd = max(t.fragmentEnd, at)
		}
		return true, nil
	})
}

// fragmentTrack reads tfhd: the track of a fragment, and how long one of its samples is when they do not say.
func (m *movie) fragmentTrack(d []byte) (*track, uint64) {
	if len(d) < 8 {
		return nil, 0
	}
	flags, id := be24(d[1:]), be.Uint32(d[4:])
	each, i := m.trex[id], 8
	if flags&1 != 0 {
		i += 8
	}
	if flags&2 != 0 {
		i += 4
	}
	if flags&8 != 0 && len(d) >= i+4 {
		each = be.Uint32(d[i:])
	}
	for j := range m.tracks {
		if m.tracks[j].id == id {
			return &m.tracks[j], uint64(each)
		}
	}
	return nil, 0
}

// runLength reads trun: the number of its samples and their length together.
func (f *file) runLength(trun box, each uint64) (n, ticks uint64) {
	head := f.body(trun, 8)
	if len(head) < 8 {
		return 0, 0
	}
	flags := be24(head[1:])
	n = uint64(be.Uint32(head[4:]))
	skip, width := int64(8), int64(0)
	for _, bit := range []uint32{0x1, 0x4} {
		if flags&bit != 0 {
			skip += 4
		}
	}
	for _, bit := range []uint32{0x100, 0x200, 0x400, 0x800} {
		if flags&bit != 0 {
			width += 4
		}
	}
	if flags&0x100 == 0 {
		return n, n * each
	}
	n = min(n, uint64(max(0, trun.end-trun.off-skip)/width))
	for i := range n {
		d, err := f.u32(trun.off + skip + int64(i)*width)
		if err != nil {
			return i, ticks
		}
		ticks += uint64(d)
	}
	return n, ticks
}
