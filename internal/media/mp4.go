package media

import (
	"errors"
	"math"
	"time"
)

// A movie is what the moov box of an MP4 or MOV says.
type movie struct {
	info   Info
	frames uint64 // of the film's track
	tracks []track
	trex   map[uint32]uint32 // default sample duration of fragments, by track
	whole  bool              // the length counts the fragments too
}

// A track is one stream of a movie.
type track struct {
	id           uint32
	enabled      bool
	handler      string // vide, soun, text …
	turned       bool   // a quarter turn
	timescale    uint64
	duration     uint64 // in timescale
	frames       uint64 // samples of stts
	ticks        uint64 // their length in timescale
	codec        string
	width        uint64
	height       uint64
	parH, parV   uint64 // pixel aspect ratio
	boxW, boxH   uint64 // of tkhd
	chapters     []uint32
	fragmentEnd  uint64 // end of the last fragment, in timescale
	fragmentSize uint64 // samples in fragments
}

// readMP4 reads the moov box of an MP4, M4A or MOV, wherever it lies, and the fragments of a fragmented one.
func readMP4(f *file) (Info, error) {
	var moov box
	quicktime, mdat := true, false
	err := f.boxes(0, f.size, func(b box) (bool, error) {
		switch b.kind {
		case "ftyp":
			brand := f.body(b, 4)
			quicktime = string(brand) == "qt  "
		case "moov":
			moov = b
		case "mdat":
			mdat = true
		}
		return moov.kind == "", nil
	})
	switch {
	case err != nil && err != errShort:
		return Info{}, err
	case moov.kind == "" && mdat:
		return Info{}, errors.New("it has no index (moov): the recording or the download was cut off")
	case moov.kind == "":
		return Info{}, errors.New("it has no index (moov)")
	}
	m, err := readMovie(f, moov)
	if err != nil {
		return Info{}, err
	}
	if len(m.trex) > 0 && !m.whole {
		if err := m.readFragments(f, moov.end); err != nil {
			return Info{}, err
		}
	}
	info := m.info
	switch {
	case info.HasVideo && quicktime:
		info.Kind, info.MIME = Video, "video/quicktime"
	case info.HasVideo:
		info.Kind, info.MIME = Video, "video/mp4"
	case info.HasAudio:
		info.Kind, info.MIME = Audio, "audio/mp4"
	default:
		return Info{}, errors.New("it holds neither film nor sound")
	}
	return info, f.endsInside()
}

// readMovie reads a moov box.
func readMovie(f *file, moov box) (*movie, error) {
	m := &movie{trex: map[uint32]uint32{}}
	var timescale, length uint64
	const mostTracks = 256
	err := f.boxes(moov.off, moov.end, func(b box) (bool, error) {
		switch b.kind {
		case "mvhd":
			timescale, length = f.mediaTime(b)
		case "trak":
			t, err := readTrack(f, b)
			if err != nil {
				return false, err
			}
			m.tracks = append(m.tracks, t)
		case "mvex":
			if n := m.readExtends(f, b); n > 0 {
				length, m.whole = max(length, n), true
			}
		case "cmov":
			return false, errors.New("its index is compressed, which browsers do not read: remux it")
		}
		return len(m.tracks) < mostTracks, nil
	})
	if err != nil {
		return nil, err
	}
	m.info.Duration = span(length, timescale)
	m.summarize()
	return m, nil
}

// mediaTime reads the time scale and the duration of mvhd or mdhd; a duration of all ones is not known.
func (f *file) mediaTime(b box) (timescale, duration uint64) {
	d := f.body(b, 32)
	switch {
	case len(d) >= 32 && d[0] == 1:
		timescale, duration = uint64(be.Uint32(d[20:])), be.Uint64(d[24:])
	case len(d) >= 20 && d[0] == 0:
		timescale, duration = uint64(be.Uint32(d[12:])), uint64(be.Uint32(d[16:]))
		if duration == math.MaxUint32 {
			duration = 0
		}
	}
	if duration > math.MaxInt64 {
		duration = 0
	}
	return timescale, duration
}

// readExtends reads what an mvex box says of the fragments; it returns their whole length in the movie's time scale.
func (m *movie) readExtends(f *file, mvex box) (length uint64) {
	_ = f.boxes(mvex.off, mvex.end, func(b box) (bool, error) {
		d := f.body(b, 20)
		switch {
		case b.kind == "mehd" && len(d) >= 12 && d[0] == 1:
			length = be.Uint64(d[4:])
		case b.kind == "mehd" && len(d) >= 8:
			length = uint64(be.Uint32(d[4:]))
		case b.kind == "trex" && len(d) >= 16:
			m.trex[be.Uint32(d[4:])] = be.Uint32(d[12:])
		}
		return len(m.trex) < 256, nil
	})
	return length
}

// summarize picks the film and the sound of a movie from its tracks.
func (m *movie) summarize() {
	film, sound := -1, -1
	chapters := map[uint32]bool{}
	for _, t := range m.tracks {
		for _, id := range t.chapters {
			chapters[id] = true
		}
	}
	for i, t := range m.tracks {
		switch {
		case chapters[t.id]: // pictures of chapter marks
		case t.handler == "vide" && t.width > 0 && (film < 0 || t.enabled && !m.tracks[film].enabled):
			film = i
		case t.handler == "soun" && (sound < 0 || t.enabled && !m.tracks[sound].enabled):
			sound = i
		}
	}
	info := &m.info
	if sound >= 0 {
		t := m.tracks[sound]
		info.HasAudio, info.AudioCodec, info.Codec = true, t.codec, t.codec
		if info.Duration == 0 {
			info.Duration = span(t.duration, t.timescale)
		}
	}
	if film >= 0 {
		t := m.tracks[film]
		info.HasVideo, info.Codec = true, t.codec
		info.Width, info.Height = t.size()
		if t.ticks > 0 {
			info.FPS = float64(t.frames) * float64(t.timescale) / float64(t.ticks)
		}
		info.Duration = max(info.Duration, pick(info.Duration == 0, span(t.duration, t.timescale)))
		m.frames = t.frames
	}
}

func pick(ok bool, d time.Duration) time.Duration {
	if ok {
		return d
	}
	return 0
}

// size returns the track's picture as a browser shows it: square pixels, turned.
func (t *track) size() (w, h int) {
	h1, v1 := t.parH, t.parV
	if h1 == 0 || v1 == 0 { // without a pasp box the track's own size tells the shape of the pixels
		h1, v1 = t.boxW*t.height, t.boxH*t.width
	}
	w, h = squarePixels(t.width, t.height, h1, v1)
	if t.turned {
		w, h = h, w
	}
	return w, h
}

// squarePixels widens or heightens a picture whose pixels are num:den, as browsers do.
func squarePixels(w, h, num, den uint64) (int, int) {
	if num > 0 && den > 0 && num != den {
		r := float64(num) / float64(den)
		const most = 100 // more is a mistake
		switch {
		case r > 1 && r < most:
			w = uint64(math.Round(float64(w) * r))
		case r < 1 && r > 1.0/most:
			h = uint64(math.Round(float64(h) / r))
		}
	}
	return int(min(w, 1<<24)), int(min(h, 1<<24))
}
