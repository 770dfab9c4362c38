// Package media tells a media file's kind, size and length from its first bytes.
//
// In go the bytes of a picture, film or sound; out comes an [Info]. No codec is run and no other program is started:
// the readers here know where PNG, JPEG, GIF, WebP, SVG, AVIF, MP4/MOV, WebM/Matroska, WAV, MP3, AAC, Ogg and FLAC
// keep their facts. They read little (an MP4 costs a dozen small reads wherever its index lies), never more than a
// bounded amount at a time, and take any bytes: what is not understood is an error that says why, never a panic.
//
// The content decides, not the name: browsers, too, look into a picture or a film. The name only helps where the
// content says nothing, and in the words of an error.
package media

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// Kind is what a file is to the eye and ear.
type Kind string

const (
	Image Kind = "image" // one picture, or a short animation in a picture format
	Video Kind = "video"
	Audio Kind = "audio"
)

// Info is what a media file says about itself. Fields that its kind does not have are zero.
type Info struct {
	Kind          Kind
	MIME          string        // by content, such as "video/mp4"
	Width, Height int           // px as a browser shows it: turned as its orientation says, pixels made square
	Duration      time.Duration // of a film, a sound or one round of an animated picture; 0 = not known
	FPS           float64       // mean frame rate of a film; 0 = not known
	HasAudio      bool
	HasVideo      bool
	Codec         string // of the picture, else of the sound, by FFmpeg's name: h264, vp9, png, mp3, pcm_s16le …
	AudioCodec    string // of the sound, "" without one
	Animated      bool   // a picture that moves by itself
}

// Probe reads the facts of the media file of size bytes behind r. name is the file's name; its extension settles what
// the content leaves open. Errors say what is wrong, in the form "not a PNG: the file ends inside its header"; a file
// of a format that browsers do not show (HEIC, TIFF, AVI …) is an error that says what to convert it to. So is a file
// that was cut off, where its format tells for certain; bytes behind its end are none.
func Probe(r io.ReaderAt, size int64, name string) (Info, error) {
	if size <= 0 {
		return Info{}, errors.New("the file is empty")
	}
	f := newFile(r, size)
	form, err := sniff(f, name)
	if err != nil {
		return Info{}, err
	}
	info, err := form.read(f)
	if err != nil {
		return Info{}, fmt.Errorf("not %s: %w", form.name, err)
	}
	if info.Duration < 0 || info.Width < 0 || info.Height < 0 {
		return Info{}, fmt.Errorf("not %s: a size or a length is out of range", form.name)
	}
	return info, nil
}

// ProbeFS is [Probe] for a file of fsys. A file that cannot be read at random is read whole, up to 256 MB.
func ProbeFS(fsys fs.FS, name string) (Info, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return Info{}, err
	}
	if st.IsDir() {
		return Info{}, fmt.Errorf("%q is a folder", name)
	}
	if r, ok := f.(io.ReaderAt); ok {
		return Probe(r, st.Size(), name)
	}
	const most = 256 << 20
	data, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return Info{}, err
	}
	return Probe(bytesAt(data), int64(len(data)), name)
}

// bytesAt is an io.ReaderAt over bytes.
type bytesAt []byte

func (b bytesAt) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
