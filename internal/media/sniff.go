package media

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
)

// A format is one way to store media: its name in messages, with its article, and its reader.
type format struct {
	name string
	read func(*file) (Info, error)
}

var (
	formatPNG  = format{"a PNG", readPNG}
	formatJPEG = format{"a JPEG", readJPEG}
	formatGIF  = format{"a GIF", readGIF}
	formatWebP = format{"a WebP", readWebP}
	formatSVG  = format{"an SVG", readSVG}
	formatAVIF = format{"an AVIF", readAVIF}
	formatMP4  = format{"an MP4", readMP4}
	formatMKV  = format{"a WebM", readMatroska}
	formatWAV  = format{"a WAV", readWAV}
	formatMP3  = format{"an MP3", readMP3}
	formatAAC  = format{"an AAC", readAAC}
	formatOgg  = format{"an Ogg", readOgg}
	formatFLAC = format{"a FLAC", readFLAC}
)

// sniffed is how much of a file is looked at to tell its format.
const sniffed = 512

// sniff tells the format by the first bytes, or says what the file is instead.
func sniff(f *file, name string) (format, error) {
	head, err := f.upTo(0, sniffed)
	if err != nil {
		return format{}, err
	}
	if form, ok := byMagic(head); ok {
		return form, nil
	}
	if form, ok := afterID3(f, head); ok {
		return form, nil
	}
	want := byName(name)
	switch {
	case looksLikeSVG(head, want.name == formatSVG.name):
		return formatSVG, nil
	case audioFrame(head):
		return formatMP3, nil
	case adtsFrame(head):
		return formatAAC, nil
	}
	if what := foreign(head); what != "" {
		return format{}, errors.New(what)
	}
	if want.name == formatMP3.name || want.name == formatAAC.name { // sound may begin after rubbish
		return want, nil
	}
	if want.name != "" {
		return format{}, fmt.Errorf("not %s: the file begins with %s", want.name, firstBytes(head))
	}
	return format{}, fmt.Errorf("not a picture, film or sound that a browser shows: the file begins with %s", firstBytes(head))
}

func byMagic(head []byte) (format, bool) {
	at := func(off int, s string) bool { return len(head) >= off+len(s) && string(head[off:off+len(s)]) == s }
	switch {
	case at(0, "\x89PNG\r\n\x1a\n"):
		return formatPNG, true
	case at(0, "\xff\xd8\xff"):
		return formatJPEG, true
	case at(0, "GIF87a"), at(0, "GIF89a"):
		return formatGIF, true
	case at(0, "RIFF") && at(8, "WEBP"):
		return formatWebP, true
	case (at(0, "RIFF") || at(0, "RF64") || at(0, "BW64")) && at(8, "WAVE"):
		return formatWAV, true
	case at(0, "\x1a\x45\xdf\xa3"):
		return formatMKV, true
	case at(0, "OggS"):
		return formatOgg, true
	case at(0, "fLaC"):
		return formatFLAC, true
	case at(4, "ftyp"):
		return byBrand(head)
	case at(4, "moov"), at(4, "mdat"), at(4, "wide"), at(4, "free"), at(4, "skip"), at(4, "pnot"):
		return formatMP4, true // QuickTime files of old have no ftyp
	}
	return format{}, false
}

// byBrand tells a picture from a film by the brands of an ftyp box.
func byBrand(head []byte) (format, bool) {
	if len(head) < 12 {
		return formatMP4, true
	}
	end := min(int(be.Uint32(head)), len(head))
	avif, heif := false, false
	for i := 8; i+4 <= end; i += 4 {
		if i == 12 {
			continue // the version of the major brand
		}
		switch string(head[i : i+4]) {
		case "avif", "avis":
			avif = true
		case "heic", "heix", "hevc", "hevx", "heim", "heis":
			heif = heif || i == 8
		}
	}
	switch {
	case avif:
		return formatAVIF, true
	case heif:
		return format{"a picture that a browser shows", func(*file) (Info, error) {
			return Info{}, errors.New("it is HEIC: convert it to JPEG, PNG or AVIF")
		}}, true
	}
	return formatMP4, true
}

// byName returns the format that a name's extension promises, or the zero format.
func byName(name string) format {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".apng":
		return formatPNG
	case ".jpg", ".jpeg", ".jfif":
		return formatJPEG
	case ".gif":
		return formatGIF
	case ".webp":
		return formatWebP
	case ".svg":
		return formatSVG
	case ".avif":
		return formatAVIF
	case ".mp4", ".m4v", ".mov", ".m4a":
		return formatMP4
	case ".webm", ".mkv", ".mka":
		return formatMKV
	case ".wav":
		return formatWAV
	case ".mp3":
		return formatMP3
	case ".aac":
		return formatAAC
	case ".ogg", ".oga", ".ogv", ".opus":
		return formatOgg
	case ".flac":
		return formatFLAC
	}
	return format{}
}

// foreign says what a file is that is no web media, or "".
func foreign(head []byte) string {
	at := func(off int, s string) bool { return len(head) >= off+len(s) && string(head[off:off+len(s)]) == s }
	text := bytes.ToLower(bytes.TrimLeft(head, " \t\r\n\ufeff"))
	switch {
	case at(0, "version https://git-lfs"):
		return "the file is a Git LFS pointer, not the media itself: fetch it with git lfs pull"
	case at(0, "RIFF") && at(8, "AVI "):
		return "browsers do not play AVI: convert it to MP4"
	case at(0, "\x30\x26\xb2\x75"):
		return "browsers do not play Windows Media: convert it to MP4 or MP3"
	case at(0, "FLV\x01"):
		return "browsers do not play FLV: convert it to MP4"
	case at(0, "\x00\x00\x01\xba"), at(0, "\x00\x00\x01\xb3"), at(0, "\x47") && at(188, "\x47") && at(376, "\x47"):
		return "browsers do not play MPEG program or transport streams: convert the file to MP4"
	case at(0, "FORM") && (at(8, "AIFF") || at(8, "AIFC")):
		return "browsers do not play AIFF: convert it to WAV or FLAC"
	case at(0, "II*\x00"), at(0, "MM\x00*"):
		return "browsers do not show TIFF: convert it to PNG or JPEG"
	case at(0, "8BPS"):
		return "browsers do not show Photoshop files: export a PNG"
	case at(0, "\x00\x00\x00\x0cJXL "), at(0, "\xff\x0a"):
		return "browsers do not show JPEG XL: convert it to AVIF or PNG"
	case at(0, "%PDF"):
		return "the file is a PDF: export the page as SVG or PNG"
	case at(0, "\x1f\x8b"):
		return "the file is compressed with gzip: unpack it first"
	case bytes.HasPrefix(text, []byte("<!doctype html")), bytes.HasPrefix(text, []byte("<html")):
		return "the file is an HTML page, perhaps the error page of a download"
	}
	return ""
}

// firstBytes shows the beginning of a file.
func firstBytes(head []byte) string {
	head = head[:min(len(head), 8)]
	printable := true
	for _, c := range head {
		printable = printable && c >= 0x20 && c < 0x7f
	}
	if printable {
		return fmt.Sprintf("%q", head)
	}
	return fmt.Sprintf("the bytes % x", head)
}
