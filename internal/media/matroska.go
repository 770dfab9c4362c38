package media

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Matroska element ids that are read.
const (
	idEBML, idDocType                             = 0x1A45DFA3, 0x4282
	idSegment, idInfo, idTracks, idCluster        = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
	idScale, idDuration                           = 0x2AD7B1, 0x4489
	idTrack, idNumber, idType, idCodec            = 0xAE, 0xD7, 0x83, 0x86
	idFrameTime, idVideo                          = 0x23E383, 0xE0
	idWidth, idHeight                             = 0xB0, 0xBA
	idShownWidth, idShownHeight, idShownIn        = 0x54B0, 0x54BA, 0x54B2
	idTimestamp, idSimpleBlock                    = 0xE7, 0xA3
	idBlockGroup, idBlock, idBlockDuration        = 0xA0, 0xA1, 0x9B
	idCues, idTags, idSeekHead, idChapters        = 0x1C53BB6B, 0x1254C367, 0x114D9B74, 0x1043A770
	idAttachments                                 = 0x1941A469
	unknownSize                            int64  = -1
	mostElements                                  = 1 << 20
	trackVideo, trackAudio                 uint64 = 1, 2
)

// An element is a part of an EBML file. end is the file's end when the writer did not know the size.
type element struct {
	id       uint32
	off, end int64
	open     bool // written without a size, as by a live recorder
}

// matroska gathers what the elements say.
type matroska struct {
	doctype  string
	scale    uint64 // nanoseconds a tick
	duration float64
	tracks   map[uint64]*mkvTrack
	order    []uint64
	last     int64 // end of the last block, in ticks
}

type mkvTrack struct {
	kind, number  uint64
	codec         string
	frame         uint64 // nanoseconds
	w, h          uint64
	dw, dh, unit  uint64
	blocks        int
	firstT, lastT int64
}

// readMatroska reads Info and Tracks of a WebM or Matroska file. A recording without a duration, as browsers make them,
// is walked to its last block.
func readMatroska(f *file) (Info, error) {
	m := &matroska{scale: 1e6, tracks: map[uint64]*mkvTrack{}}
	err := f.elements(0, f.size, func(e element) (bool, error) {
		switch e.id {
		case idEBML:
			return true, f.elements(e.off, e.end, func(e element) (bool, error) {
				if e.id == idDocType {
					m.doctype = f.text(e)
				}
				return true, nil
			})
		case idSegment:
			return false, m.readSegment(f, e)
		}
		return true, nil
	})
	if err != nil && !(errors.Is(err, errShort) && len(m.tracks) > 0) {
		return Info{}, err
	}
	return m.info()
}

func (m *matroska) info() (Info, error) {
	info := Info{}
	if m.duration > 0 && m.duration*float64(m.scale) < math.MaxInt64 {
		info.Duration = time.Duration(math.Round(m.duration * float64(m.scale)))
	} else if m.last > 0 && m.last < math.MaxInt64/int64(max(1, m.scale)) {
		info.Duration = time.Duration(m.last) * time.Duration(m.scale)
	}
	for _, n := range m.order {
		t := m.tracks[n]
		switch {
		case t.kind == trackVideo && !info.HasVideo && t.w > 0:
			info.HasVideo, info.Codec = true, mkvCodec(t.codec)
			info.Width, info.Height = t.size()
			info.FPS = t.fps(m.scale)
		case t.kind == trackAudio && !info.HasAudio:
			info.HasAudio, info.AudioCodec = true, mkvCodec(t.codec)
		}
	}
	suffix := "webm"
	if m.doctype != "webm" {
		suffix = "matroska"
	}
	switch {
	case info.HasVideo:
		info.Kind, info.MIME = Video, "video/"+suffix
	case info.HasAudio:
		info.Kind, info.MIME, info.Codec = Audio, "audio/"+suffix, info.AudioCodec
	default:
		return Info{}, errors.New("it holds neither film nor sound")
	}
	return info, nil
}

// size returns the picture's size in square pixels.
func (t *mkvTrack) size() (int, int) {
	const pixels, shape = 0, 3 // units of DisplayWidth and DisplayHeight
	if t.dw > 0 && t.dh > 0 && (t.unit == pixels || t.unit == shape) && t.dw < 1<<24 && t.dh < 1<<24 {
		return squarePixels(t.w, t.h, t.dw*t.h, t.dh*t.w)
	}
	return squarePixels(t.w, t.h, 1, 1)
}

func (t *mkvTrack) fps(scale uint64) float64 {
	if t.frame > 0 {
		return math.Round(1e9/float64(t.frame)*1000) / 1000 // nanoseconds say no more
	}
	if t.blocks > 1 && t.lastT > t.firstT {
		return float64(t.blocks-1) * 1e9 / (float64(t.lastT-t.firstT) * float64(scale))
	}
	return 0
}

// readSegment reads the children of the segment, up to the first cluster when all is known by then.
func (m *matroska) readSegment(f *file, segment element) error {
	return f.elements(segment.off, segment.end, func(e element) (bool, error) {
		switch e.id {
		case idInfo:
			return true, f.elements(e.off, e.end, func(e element) (bool, error) {
				switch e.id {
				case idScale:
					m.scale = f.uint(e)
				case idDuration:
					m.duration = f.float(e)
				}
				return true, nil
			})
		case idTracks:
			return true, f.elements(e.off, e.end, func(e element) (bool, error) {
				if e.id == idTrack && len(m.order) < 256 {
					m.readTrack(f, e)
				}
				return true, nil
			})
		case idCluster:
			if m.duration > 0 && len(m.order) > 0 {
				return false, nil
			}
			if m.duration > 0 && !e.open {
				return true, nil // tracks come later
			}
			return true, m.readCluster(f, e)
		}
		return true, nil
	})
}

func (m *matroska) readTrack(f *file, e element) {
	t := &mkvTrack{}
	_ = f.elements(e.off, e.end, func(e element) (bool, error) {
		switch e.id {
		case idNumber:
			t.number = f.uint(e)
		case idType:
			t.kind = f.uint(e)
		case idCodec:
			t.codec = f.text(e)
		case idFrameTime:
			t.frame = f.uint(e)
		case idVideo:
			return true, f.elements(e.off, e.end, func(e element) (bool, error) {
				switch e.id {
				case idWidth:
					t.w = f.uint(e)
				case idHeight:
					t.h = f.uint(e)
				case idShownWidth:
					t.dw = f.uint(e)
				case idShownHeight:
					t.dh = f.uint(e)
				case idShownIn:
					t.unit = f.uint(e)
				}
				return true, nil
			})
		}
		return true, nil
	})
	if _, twice := m.tracks[t.number]; !twice {
		m.tracks[t.number] = t
		m.order = append(m.order, t.number)
	}
}

// readCluster notes the times of a cluster's blocks.
func (m *matroska) readCluster(f *file, cluster element) error {
	base := int64(0)
	return f.elements(cluster.off, cluster.end, func(e element) (bool, error) {
		switch e.id {
		case idTimestamp:
			base = int64(min(f.uint(e), math.MaxInt64/2))
		case idSimpleBlock:
			m.readBlock(f, e, base, 0)
		case idBlockGroup:
			var block element
			length := int64(0)
			err := f.elements(e.off, e.end, func(e element) (bool, error) {
				switch e.id {
				case idBlock:
					block = e
				case idBlockDuration:
					length = int64(min(f.uint(e), math.MaxInt32))
				}
				return true, nil
			})
			if err != nil {
				return false, err
			}
			if block.id != 0 {
				m.readBlock(f, block, base, length)
			}
		}
		return true, nil
	})
}

// readBlock notes a block's time. Where its length is not said, it is the track's frame time, or that of the block before.
func (m *matroska) readBlock(f *file, e element, base, length int64) {
	b, err := f.upTo(e.off, 12)
	if err != nil {
		return
	}
	number, n := vint(b, true)
	if n == 0 || len(b) < n+2 {
		return
	}
	at := base + int64(int16(be.Uint16(b[n:])))
	t := m.tracks[uint64(number)]
	if t == nil {
		return
	}
	if length == 0 {
		if length = int64(t.frame / max(1, m.scale)); length == 0 && t.blocks > 0 {
			length = max(0, at-t.lastT)
		}
	}
	if t.blocks == 0 {
		t.firstT = at
	}
	t.blocks++
	t.lastT = at
	m.last = max(m.last, at+length)
}

// elements calls visit for every element between from and to. An element of unknown size is visited like any other;
// the walk then goes on with what is inside a segment, and with the next cluster behind a cluster.
func (f *file) elements(from, to int64, visit func(element) (bool, error)) error {
	for n := 0; from < to; n++ {
		if n == mostElements {
			return errTangled
		}
		b, err := f.upTo(from, 12)
		if err != nil {
			return err
		}
		id, idLen := vint(b, false)
		if idLen == 0 || idLen > 4 {
			return fmt.Errorf("byte %d begins no element", from)
		}
		size, sizeLen := vint(b[idLen:], true)
		if sizeLen == 0 {
			return errShort
		}
		e := element{id: uint32(id), off: from + int64(idLen+sizeLen), end: to, open: size == unknownSize}
		if !e.open && size < to-e.off {
			e.end = e.off + size
		}
		if e.open && e.id == idCluster {
			if e.end, err = f.clusterEnd(e.off, to); err != nil {
				return err
			}
		}
		if more, err := visit(e); err != nil || !more {
			return err
		}
		from = max(e.end, from+1)
	}
	return nil
}

// clusterEnd finds where a cluster of unknown size ends: at the next element that belongs to the segment.
func (f *file) clusterEnd(from, to int64) (int64, error) {
	for n := 0; from < to && n < mostElements; n++ {
		b, err := f.upTo(from, 12)
		if err != nil {
			return to, err
		}
		id, idLen := vint(b, false)
		switch uint32(id) {
		case idCluster, idCues, idTags, idInfo, idTracks, idSeekHead, idChapters, idAttachments, idSegment, idEBML:
			return from, nil
		}
		if idLen == 0 || idLen > 4 {
			return from, nil // cut off or broken: what came before counts
		}
		size, sizeLen := vint(b[idLen:], true)
		if sizeLen == 0 || size == unknownSize || size > to-from {
			return to, nil
		}
		from += int64(idLen+sizeLen) + size
	}
	return to, nil
}

// vint reads a number of variable length and returns how many bytes it takes, 0 if it is cut off. An id keeps its
// length marker, a size loses it; a size of all ones is unknownSize.
func vint(b []byte, size bool) (int64, int) {
	if len(b) == 0 || b[0] == 0 {
		return 0, 0
	}
	n := 1
	for mask := byte(0x80); b[0]&mask == 0; mask >>= 1 {
		n++
	}
	if n > len(b) {
		return 0, 0
	}
	v := uint64(b[0])
	if size {
		v &= 1<<(8-n) - 1
	}
	for _, c := range b[1:n] {
		v = v<<8 | uint64(c)
	}
	if size && v == 1<<(7*n)-1 {
		return unknownSize, n
	}
	return int64(v), n
}

func (f *file) uint(e element) uint64 {
	n := e.end - e.off
	if n < 0 || n > 8 {
		return 0
	}
	b, err := f.at(e.off, int(n))
	if err != nil {
		return 0
	}
	v := uint64(0)
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

func (f *file) float(e element) float64 {
	v := f.uint(e)
	x := math.Float64frombits(v)
	if e.end-e.off == 4 {
		x = float64(math.Float32frombits(uint32(v)))
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

func (f *file) text(e element) string {
	b, err := f.at(e.off, int(min(e.end-e.off, 256)))
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(b), "\x00")
}

// mkvCodec returns FFmpeg's name for a Matroska codec id.
func mkvCodec(id string) string {
	switch id {
	case "V_VP8":
		return "vp8"
	case "V_VP9":
		return "vp9"
	case "V_AV1":
		return "av1"
	case "V_MPEG4/ISO/AVC":
		return "h264"
	case "V_MPEGH/ISO/HEVC":
		return "hevc"
	case "V_PRORES":
		return "prores"
	case "V_THEORA":
		return "theora"
	case "V_MJPEG":
		return "mjpeg"
	case "A_MPEG/L3":
		return "mp3"
	case "A_PCM/INT/LIT":
		return "pcm_s16le"
	}
	if _, name, ok := strings.Cut(id, "_"); ok {
		name, _, _ = strings.Cut(name, "/")
		return strings.ToLower(name) // A_OPUS, A_VORBIS, A_AAC/…, A_FLAC, A_AC3
	}
	return strings.ToLower(id)
}
