package check

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"

	"github.com/hframes/hframes/internal/media"
	"github.com/hframes/hframes/source"
)

// A probed file is one that was looked into.
type probed struct {
	info     media.Info
	err      error
	reported bool
}

// probe looks into a picture, a film, a sound or a font of the project, once.
func (c *checker) probe(name string) *probed {
	k := c.probed[name]
	if k == nil {
		k = &probed{}
		if isFont(name) {
			k.err = c.fontFault(name)
		} else {
			k.info, k.err = media.ProbeFS(c.fsys, name)
		}
		c.probed[name] = k
	}
	return k
}

// unreadable reports a file that is there but does not hold what its name says, at the first place that names it.
func (c *checker) unreadable(f *source.File, name string, start, end int) {
	switch kind, format, _ := strings.Cut(media.MIME(name), "/"); {
	case format == "x-icon", format == "vnd.radiance": // nothing that we can look into
		return
	case kind != "image" && kind != "video" && kind != "audio" && !isFont(name):
		return
	}
	if k := c.probe(name); k.err != nil && !k.reported {
		k.reported = true
		c.report("check/unreadable-media", f, start, end, fmt.Sprintf("%q cannot be shown: %v", name, k.err), "")
	}
}

func isFont(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".woff2", ".woff", ".ttf", ".otf", ".ttc":
		return true
	}
	return false
}

// fontFault says what is wrong with a font file, going by its first bytes and, in a WOFF, the length that it announces.
func (c *checker) fontFault(name string) error {
	data, err := c.read(name)
	switch {
	case err != nil:
		return err
	case len(data) == 0:
		return errors.New("the file is empty")
	case bytes.HasPrefix(data, []byte("version https://git-lfs")):
		return errors.New("the file is a Git LFS pointer, not the font itself: fetch it with git lfs pull")
	case len(data) < 12:
		return errors.New("it is no font")
	}
	switch string(data[:4]) {
	case "wOF2", "wOFF":
		if says := binary.BigEndian.Uint32(data[8:]); int64(says) > int64(len(data)) {
			return fmt.Errorf("it has %d bytes of the %d that it announces: it was cut off", len(data), says)
		}
	case "\x00\x01\x00\x00", "OTTO", "true", "ttcf", "typ1":
	default:
		return errors.New("it is no font")
	}
	return nil
}

// A footage is what a clip plays of its file, as far as the file is in the project and can be read.
type footage struct {
	media.Info
	start float64 // seconds into the file
	rate  float64
}

// footageOf returns what the video or sound at a clip plays; false if that cannot be told.
func (c *checker) footageOf(k *clip) (footage, bool) {
	p, i := k.page, k.tag
	if name := p.tag(i).Name; name != "video" && name != "audio" {
		return footage{}, false
	}
	src := p.attr(i, "src")
	if src == "" || isRemote(src) || isInline(src) || isPlaceholder(src) {
		return footage{}, false
	}
	name, ok := c.resolve(p, src)
	if !ok {
		return footage{}, false
	}
	info := c.probe(name).info // what cannot be read has no length
	f := footage{Info: info, rate: 1}
	for _, attr := range []string{"data-media-start", "data-playback-start"} {
		if v, ok := number(p.attr(i, attr)); ok && v >= 0 {
			f.start = v
			break
		}
	}
	if v, ok := number(p.attr(i, "data-playback-rate")); ok && v >= 0.1 && v <= 5 {
		f.rate = v
	}
	return f, info.Duration > 0
}

// left returns how many seconds of film the file fills from where it starts.
func (f *footage) left() float64 { return (f.Duration.Seconds() - f.start) / f.rate }

// checkSources compares clips with the files that they play.
func (c *checker) checkSources() {
	for _, in := range c.comps {
		for _, k := range in.clips {
			if f, ok := c.footageOf(k); ok {
				c.checkFootage(k, &f)
			}
		}
	}
}

func (c *checker) checkFootage(k *clip, f *footage) {
	p, i := k.page, k.tag
	attr := "data-media-start"
	if !p.has(i, attr) {
		attr = "data-playback-start"
	}
	if f.left() <= slack {
		c.atAttr("check/past-source", p, i, attr, fmt.Sprintf("%s begins at %s of a file that lasts %s", k.name(), seconds(f.start), seconds(f.Duration.Seconds())), "begin earlier")
		return
	}
	if !math.IsNaN(k.dur) && k.dur > f.left()+frames && !p.has(i, "loop") {
		effect := "its last picture stands still"
		if k.sound {
			effect = "it is silent"
		}
		c.atAttr("check/short-source", p, i, "data-duration", fmt.Sprintf("%s is there for %s, its file lasts %s from there: after that %s", k.name(), seconds(k.dur), seconds(f.left()), effect),
			fmt.Sprintf(`write data-duration="%s", or add loop`, plain(f.left())))
	}
	if p.attr(i, "data-has-audio") == "true" && !f.HasAudio {
		c.atAttr("check/no-sound", p, i, "data-has-audio", fmt.Sprintf("the file of %s has no sound", k.name()), `write muted instead of data-has-audio="true"`)
	}
}
