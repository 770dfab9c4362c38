package media

import (
	"bytes"
	"errors"
	"time"
)

// An oggStream is one logical stream of an Ogg file.
type oggStream struct {
	serial  uint32
	codec   string
	rate    uint64 // granules a second, times den
	den     uint64
	skip    uint64 // samples before the sound begins
	shift   uint   // Theora: bits of the frame count since the key frame
	w, h    int
	granule int64 // of the last page, -1 = not found
}

// readOgg reads the first page of every stream and the last page of each, whose granule is the length.
func readOgg(f *file) (Info, error) {
	streams, err := oggStreams(f)
	if err != nil {
		return Info{}, err
	}
	if err := oggEnd(f, streams); err != nil {
		return Info{}, err
	}
	info := Info{Kind: Audio, MIME: "audio/ogg"}
	for _, s := range streams {
		switch {
		case s.codec == "":
			continue
		case s.w > 0:
			info.HasVideo, info.Width, info.Height, info.Codec = true, s.w, s.h, s.codec
			info.FPS = float64(s.rate) / float64(s.den)
		case !info.HasAudio:
			info.HasAudio, info.AudioCodec = true, s.codec
		}
		info.Duration = max(info.Duration, s.length())
	}
	switch {
	case info.HasVideo:
		info.Kind, info.MIME = Video, "video/ogg"
	case info.HasAudio:
		info.Codec = info.AudioCodec
	default:
		return Info{}, errors.New("it holds no sound or film that we know")
	}
	return info, nil
}

func (s *oggStream) length() time.Duration {
	if s.granule < 0 {
		return 0
	}
	g := uint64(s.granule)
	if s.w > 0 {
		g = g>>s.shift + g&(1<<s.shift-1)
		return span(g*s.den, s.rate)
	}
	if g < s.skip {
		return 0
	}
	return span(g-s.skip, s.rate)
}

// oggStreams reads the pages that begin streams; all stand at the start of the file.
func oggStreams(f *file) ([]oggStream, error) {
	var streams []oggStream
	const most = 64
	for off := int64(0); len(streams) < most; {
		b, err := f.upTo(off, 27+255+128)
		if err != nil || len(b) < 28 || string(b[:4]) != "OggS" {
			break
		}
		segs := int(b[26])
		if len(b) < 27+segs {
			break
		}
		if b[5]&2 == 0 {
			break
		}
		size := 27 + segs
		body := b[size:]
		for _, n := range b[27:size] {
			size += int(n)
		}
		s := oggHeader(body)
		s.serial, s.granule = le.Uint32(b[14:]), -1
		streams = append(streams, s)
		off += int64(size)
	}
	if len(streams) == 0 {
		return nil, errors.New("it does not begin with a whole page")
	}
	return streams, nil
}

// oggHeader reads the identification header of the codecs that browsers play, or played.
func oggHeader(b []byte) oggStream {
	has := func(s string, n int) bool { return bytes.HasPrefix(b, []byte(s)) && len(b) >= n }
	switch {
	case has("OpusHead", 19):
		return oggStream{codec: "opus", rate: 48000, skip: uint64(le.Uint16(b[10:]))}
	case has("\x01vorbis", 30):
		return oggStream{codec: "vorbis", rate: uint64(le.Uint32(b[12:]))}
	case has("\x7fFLAC", 51) && string(b[9:13]) == "fLaC":
		return oggStream{codec: "flac", rate: uint64(be24(b[27:]) >> 4)}
	case has("Speex   ", 80):
		return oggStream{codec: "speex", rate: uint64(le.Uint32(b[36:]))}
	case has("\x80theora", 42):
		s := oggStream{codec: "theora", rate: uint64(be.Uint32(b[22:])), den: uint64(be.Uint32(b[26:]))}
		s.w, s.h = int(be24(b[14:])), int(be24(b[17:]))
		s.shift = uint(be.Uint16(b[40:])>>5) & 31
		if s.w == 0 || s.h == 0 || s.rate == 0 || s.den == 0 {
			return oggStream{}
		}
		return s
	}
	return oggStream{}
}

// oggEnd finds the last page of every stream, looking back at most a few megabytes.
func oggEnd(f *file, streams []oggStream) error {
	const chunk, most = 128 << 10, 4 << 20
	missing := len(streams)
	for end := f.size; end > 0 && f.size-end < most && missing > 0; {
		from := max(0, end-chunk)
		b, err := f.at(from, int(min(end+27, f.size)-from))
		if err != nil {
			return err
		}
		for i := bytes.LastIndex(b, []byte("OggS")); i >= 0 && missing > 0; i = bytes.LastIndex(b[:i], []byte("OggS")) {
			if i+18 > len(b) || b[i+4] != 0 {
				continue
			}
			granule, serial := int64(le.Uint64(b[i+6:])), le.Uint32(b[i+14:])
			for j := range streams {
				if s := &streams[j]; s.serial == serial && s.granule < 0 && granule >= 0 {
					s.granule = granule
					missing--
				}
			}
		}
		end = from
	}
	return nil
}
