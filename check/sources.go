package check

import (
	"fmt"
	"math"

	"github.com/hframes/hframes/internal/media"
)

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
	info, known := c.probed[name]
	if !known {
		info, _ = media.ProbeFS(c.fsys, name) // what cannot be read has no length
		c.probed[name] = info
	}
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
