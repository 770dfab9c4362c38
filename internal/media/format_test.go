package media

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func probeText(name, data string) (Info, error) {
	return Probe(strings.NewReader(data), int64(len(data)), name)
}

func TestSVG(t *testing.T) {
	for _, c := range []struct {
		svg  string
		w, h int
	}{
		{`<svg width="120" height="80"/>`, 120, 80},
		{`<svg width="120px" height="80.6px"/>`, 120, 81},
		{`<svg viewBox="0 0 64 32"/>`, 64, 32},
		{`<svg viewBox="0,0,64,32" width="128"/>`, 128, 64},
		{`<svg viewBox="0 0 64 32" height="10"/>`, 20, 10},
		{`<svg viewBox="0 0 64 32" width="100%" height="100%"/>`, 64, 32},
		{`<svg width="1in" height="2.54cm"/>`, 96, 96},
		{`<svg width="10mm" height="3pc"/>`, 38, 48},
		{`<svg width="2em" height="1e2"/>`, 32, 100},
		{`<svg/>`, 300, 150},
		{"\ufeff<?xml version=\"1.0\" encoding=\"latin1\"?>\n<!-- made by hand --><!DOCTYPE svg PUBLIC \"x\" \"y\" [<!ENTITY a \"b\">]>\n<svg width='7' height='9'>", 7, 9},
		{`<svg:svg xmlns:svg="http://www.w3.org/2000/svg" width="5" height="6"/>`, 5, 6},
	} {
		info, err := probeText("a.svg", c.svg)
		if err != nil || info.Width != c.w || info.Height != c.h || info.MIME != "image/svg+xml" || info.Animated {
			t.Errorf("%s: %+v, %v", c.svg, info, err)
		}
	}
	if info, err := probeText("a.svg", `<svg><style>@keyframes x{}</style></svg>`); err != nil || !info.Animated {
		t.Errorf("animated: %+v, %v", info, err)
	}
}

// TestErrors holds the words of what can be wrong with a file.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"a.png", "", "the file is empty"},
		{"a.png", "hello, world", `not a PNG: the file begins with "hello, w"`},
		{"a.png", "\x00\x01\x02\x03", "not a PNG: the file begins with the bytes 00 01 02 03"},
		{"a.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIH", "not a PNG: the file ends inside its header"},
		{"a.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x00\x00\x00\x00\x09", "not a PNG: its size is 0×9"},
		{"a.jpg", "\xff\xd8\xff\xe0\x00\x04ab\xff\xda", "not a JPEG: there is no frame header before the image data"},
		{"a.jpg", "\xff\xd8\xff\xe0\x00\x04abcd", "not a JPEG: there is no marker at byte 8"},
		{"a.jpg", "\xff\xd8\xff\xe0\x00\x04ab", "not a JPEG: the file ends before its size"},
		{"a.gif", "GIF89a\x01\x00\x01\x00\x00\x00\x00;", "not a GIF: there is no picture in it"},
		{"a.webp", "RIFF\x04\x00\x00\x00WEBP", "not a WebP: there is no picture in it"},
		{"a.svg", "<svg width='0' height='0' viewBox='0 0 1e300 1'>", "not an SVG: its width or height is zero or out of range"},
		{"a.svg", "<?xml version='1.0'?><plist/>", "not an SVG: its root element is <plist>"},
		{"a.svg", "plain text", `not an SVG: the file begins with "plain te"`},
		{"a.mp4", "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x10mdat12345678", "not an MP4: it has no index (moov): the recording or the download was cut off"},
		{"a.mp4", "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x02moov", `not an MP4: the "moov" box at byte 16 has no proper length`},
		{"a.heic", "\x00\x00\x00\x10ftypheic\x00\x00\x00\x00", "not a picture that a browser shows: it is HEIC: convert it to JPEG, PNG or AVIF"},
		{"a.webm", "\x1a\x45\xdf\xa3\x80", "not a WebM: it holds neither film nor sound"},
		{"a.wav", "RIFF\x00\x00\x00\x00WAVE", "not a WAV: there are no samples in it"},
		{"a.wav", "RIFF\x00\x00\x00\x00WAVEdata\x02\x00\x00\x00ab", "not a WAV: its samples come before their format"},
		{"a.mp3", "just a few words of text", "not an MP3: there is no sound in it"},
		{"a.mp3", "ID3\x04\x00\x00\x00\x00\x01\x00", "not an MP3: the file ends inside its ID3 tag"},
		{"a.flac", "fLaC\x00\x00\x00\x22", "not a FLAC: the file ends inside its header"},
		{"a.ogg", "OggS", "not an Ogg: it does not begin with a whole page"},
		{"a.avi", "RIFF\x00\x00\x00\x00AVI LIST", "browsers do not play AVI: convert it to MP4"},
		{"a.mp4", "version https://git-lfs.github.com/spec/v1\noid sha256:0", "the file is a Git LFS pointer, not the media itself: fetch it with git lfs pull"},
		{"a.jpg", "\n<!DOCTYPE html><title>404</title>", "the file is an HTML page, perhaps the error page of a download"},
		{"a.tiff", "II*\x00", "browsers do not show TIFF: convert it to PNG or JPEG"},
		{"a.xyz", "hello", `not a picture, film or sound that a browser shows: the file begins with "hello"`},
	} {
		_, err := probeText(c.name, c.data)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s %q:\n got %v\nwant %s", c.name, c.data, err, c.want)
		}
	}
}

// TestOrientation writes the note of a camera into a JPEG.
func TestOrientation(t *testing.T) {
	frame := "\xff\xc0\x00\x11\x08\x00\x10\x00\x20\x03"
	for o := range uint16(10) {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			mark := "MM\x00\x2a"
			if order == binary.LittleEndian {
				mark = "II\x2a\x00"
			}
			exif := order.AppendUint32([]byte("Exif\x00\x00"+mark), 8)
			exif = order.AppendUint16(exif, 1)
			exif = order.AppendUint16(order.AppendUint16(exif, 0x112), 3)
			exif = order.AppendUint16(order.AppendUint32(exif, 1), o)
			exif = append(exif, 0, 0)
			size := string([]byte{0, byte(len(exif) + 2)})
			info, err := probeText("a.jpg", "\xff\xd8\xff\xe1"+size+string(exif)+frame+"\xff\xd9")
			w, h := 32, 16
			if o >= 5 && o <= 8 {
				w, h = h, w
			}
			if err != nil || info.Width != w || info.Height != h {
				t.Errorf("orientation %d: %d×%d, %v", o, info.Width, info.Height, err)
			}
		}
	}
}

// TestXingNotCounted joins two MP3 files: the header of the first counts too few frames, and is not sound itself.
func TestXingNotCounted(t *testing.T) {
	frame := make([]byte, 417)
	copy(frame, "\xff\xfb\x90\x00") // MPEG 1 layer III, 128 kbit/s, 44100 Hz
	header := bytes.Clone(frame)
	copy(header[36:], "Info\x00\x00\x00\x03\x00\x00\x00\x0a\x00\x00\x10\x4a")
	file := append(header, bytes.Repeat(frame, 100)...)
	tagged := append(bytes.Clone(file), append([]byte("TAG"), make([]byte, 125)...)...)
	for name, data := range map[string][]byte{"plain": file, "with a tag": tagged, "with rubbish": append(make([]byte, 300), tagged...)} {
		info, err := probeText("a.mp3", string(data))
		if want := span(100*1152, 44100); err != nil || info.Duration != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Duration, err, want)
		}
	}
}

func TestGIFDelays(t *testing.T) {
	control := func(cs string) string { return "!\xf9\x04\x00" + cs + "\x00\x00" }
	picture := ",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
	gif := "GIF89a\x01\x00\x01\x00\x00\x00\x00" + control("\x05\x00") + picture + control("\x00\x00") + picture + control("\x01\x00") + picture + ";"
	info, err := probeText("a.gif", gif)
	if want := 250 * time.Millisecond; err != nil || info.Duration != want || !info.Animated {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestHostile feeds shapes that could make a reader spin or allocate: it has to come back with an error.
func TestHostile(t *testing.T) {
	long := strings.Repeat("\x00\x00\x00\x08free", 400_000)
	for name, data := range map[string]string{
		"boxes.mp4":   "\x00\x00\x00\x08wide" + long,
		"big.mp4":     "\x00\x00\x00\x01moov\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x08trak",
		"rubbish.mp3": strings.Repeat("\xff\xfb\x90\x00", 100_000),
		"deep.webm":   "\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff" + strings.Repeat("\xec\x80", 400_000),
		"many.gif":    "GIF89a\x01\x00\x01\x00\x00\x00\x00" + strings.Repeat("!\xfe\x00", 300_000),
	} {
		if _, err := probeText(name, data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

func TestReadError(t *testing.T) {
	if _, err := Probe(broken{}, 100, "a.png"); err == nil || !strings.Contains(err.Error(), "read at byte 0: io: read/write on closed pipe") {
		t.Error(err)
	}
}

func TestProbeFS(t *testing.T) {
	fsys := fstest.MapFS{"img/a.svg": {Data: []byte(`<svg width="3" height="4"/>`)}}
	if info, err := ProbeFS(fsys, "img/a.svg"); err != nil || info.Width != 3 {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := ProbeFS(fsys, "img"); err == nil || err.Error() != `"img" is a folder` {
		t.Error(err)
	}
	if _, err := ProbeFS(fsys, "none.svg"); err == nil {
		t.Error("no error")
	}
}

func TestMIME(t *testing.T) {
	for name, want := range map[string]string{
		"a/b.MP4": "video/mp4", "x.webm": "video/webm", "x.m4a": "audio/mp4", "x.flac": "audio/flac", "x.avif": "image/avif",
		"x.svg": "image/svg+xml", "x.ts": "text/typescript; charset=utf-8", "x.lottie": "application/zip+dotlottie",
		"x.woff2": "font/woff2", "x": "application/octet-stream", "x.tar.unknown": "application/octet-stream",
		"index.html": "text/html; charset=utf-8",
	} {
		if got := MIME(name); got != want {
			t.Errorf("MIME(%q) = %s, want %s", name, got, want)
		}
	}
}
