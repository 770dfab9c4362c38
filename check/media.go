package check

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/source"
)

// checkMedia looks at every video and sound: whether the renderer will find it, play it and hear it.
func (c *checker) checkMedia(p *page) {
	loud := map[string]int{} // sources of videos that are heard
	same := map[string]int{}
	for i := range p.doc.Tags {
		if !p.live[i] {
			continue
		}
		t := p.tag(i)
		switch t.Name {
		case "video":
			if src := p.attr(i, "src"); src != "" && p.isTimed(i) && !p.has(i, "muted") {
				loud[src] = i
			}
			c.checkSound(p, i)
		case "audio", "img":
		default:
			if t.Name == "div" || t.Name == "section" {
				c.timingSyntax(p, i)
			}
			continue
		}
		c.repeated(p, i, same)
		c.checkSource(p, i)
		if t.Name != "img" {
			c.checkPlayer(p, i)
			c.mediaSyntax(p, i)
		}
	}
	c.doubleSound(p, loud)
}

// checkPlayer looks at what a video or sound needs so that the renderer owns its playback.
func (c *checker) checkPlayer(p *page, i int) {
	t := p.tag(i)
	src, timed := p.attr(i, "src"), p.isTimed(i)
	child := c.childSource(p, i)
	switch {
	case src == "" && child < 0 && p.has(i, "data-var-src"):
		c.atName("check/no-fallback", p, i, "data-var-src", fmt.Sprintf("%s has no src for when the variable is not set", p.label(i)), "add a src to fall back on")
	case src == "" && child >= 0:
		c.atTag("check/media-no-src", p, i, fmt.Sprintf("%s has its src on a <source>: the renderer reads the src of <%s> itself", p.label(i), t.Name),
			fmt.Sprintf("write the src on <%s>", t.Name))
	case src == "" && timed:
		c.atTag("check/media-no-src", p, i, fmt.Sprintf("%s has no src", p.label(i)), "add a src")
	case src != "" && !timed:
		c.atTag("check/media-no-start", p, i, fmt.Sprintf("%s has no data-start: nothing plays it", p.label(i)), `write data-start="0", or when it begins`)
	}
	if timed && p.attr(i, "id") == "" {
		effect := "it stays frozen in the film"
		if t.Name == "audio" {
			effect = "it is silent in the film"
		}
		c.atTag("check/media-no-id", p, i, fmt.Sprintf("<%s> has no id: %s", t.Name, effect), `add an id that no other element has`)
	}
	if p.attr(i, "preload") == "none" {
		c.atAttr("check/preload-none", p, i, "preload", `preload="none" keeps the file from loading`, `write preload="auto", or leave it out`)
	}
	if p.has(i, "crossorigin") {
		c.atName("check/crossorigin", p, i, "crossorigin", fmt.Sprintf("crossorigin on <%s> makes it blank in preview where the server does not allow it", t.Name), "remove it")
	}
	if v, ok := number(p.attr(i, "data-start")); ok && v > 0 && p.mounted && !p.entry && !p.has(i, "data-hf-media-start-basis") {
		c.atAttr("check/media-basis", p, i, "data-start", fmt.Sprintf("%s starts at %s of its composition; older renderers may take that for %s of the film", p.label(i), seconds(v), seconds(v)),
			`mount the composition when the media starts and start the media at 0, or write data-hf-media-start-basis="local"`)
	}
	c.nested(p, i)
}

func (c *checker) childSource(p *page, i int) int {
	for j, last := i+1, p.last(i); j < last; j++ {
		if p.tag(j).Name == "source" && p.tag(j).Parent == i && p.has(j, "src") {
			return j
		}
	}
	return -1
}

// nested reports media inside a timed element: the renderer manages only media that stands in a composition itself.
func (c *checker) nested(p *page, i int) {
	if !p.isTimed(i) {
		return
	}
	for up := p.tag(i).Parent; up >= 0 && p.comp[up] != up; up = p.tag(up).Parent {
		if p.isTimed(up) && p.tag(up).Name != "template" {
			t := p.tag(i)
			start, end := p.attrSpan(i, "data-start")
			c.reportAs(severityOf(t.Name == "video"), "check/nested-media", p.File, start, end,
				fmt.Sprintf("%s lies in %s, which has a time of its own: playback of nested media is not managed", p.label(i), p.label(up)),
				"make it a direct child of the composition, or take the times off the element around it")
			return
		}
	}
}

// checkSound looks at muted and data-has-audio, which must say the same.
func (c *checker) checkSound(p *page, i int) {
	muted, heard := p.has(i, "muted"), p.attr(i, "data-has-audio")
	switch {
	case p.isTimed(i) && !muted && heard != "true":
		c.atTag("check/video-sound", p, i, fmt.Sprintf("%s is neither muted nor said to have sound", p.label(i)),
			`add muted, or data-has-audio="true" if it is to be heard`)
	case muted && heard == "true":
		c.atName("check/muted-sound", p, i, "muted", fmt.Sprintf(`%s is muted and has data-has-audio="true"`, p.label(i)), "keep one of them")
	}
}

// doubleSound reports a sound that plays the same file as a video that is heard.
func (c *checker) doubleSound(p *page, loud map[string]int) {
	for i := range p.doc.Tags {
		if p.tag(i).Name != "audio" || !p.live[i] || !p.isTimed(i) {
			continue
		}
		if v, ok := loud[p.attr(i, "src")]; ok {
			c.atAttr("check/double-sound", p, i, "src", fmt.Sprintf("%s plays what %s already plays: both are heard", p.label(i), p.label(v)), "mute the video, or remove the sound")
		}
	}
}

// repeated reports media that stands twice in a page with the same file and the same times.
func (c *checker) repeated(p *page, i int, same map[string]int) {
	src := p.attr(i, "src")
	if src == "" || !p.isTimed(i) {
		return
	}
	key := strings.Join([]string{p.tag(i).Name, src, p.attr(i, "data-start"), p.attr(i, "data-duration")}, "\x00")
	if first, ok := same[key]; ok {
		c.atAttr("check/repeated-media", p, i, "src", fmt.Sprintf("%s has the same file and times as %s", p.label(i), p.label(first)), "remove one of them")
		return
	}
	same[key] = i
}

// placeholderHosts serve pictures that stand in for others.
var placeholderHosts = []string{"placehold.co", "placeholder.com", "placekitten.com", "picsum.photos", "example.com", "dummyimage.com"}

// mediaKinds are the extensions that fit one kind of element only.
var mediaKinds = map[string]string{
	".mp3": "audio", ".wav": "audio", ".aac": "audio", ".m4a": "audio", ".flac": "audio", ".opus": "audio",
	".png": "img", ".jpg": "img", ".jpeg": "img", ".svg": "img", ".gif": "img", ".avif": "img", ".webp": "img",
	".mp4": "video", ".mov": "video", ".mkv": "video", ".m4v": "video",
}

// checkSource looks at what src says of the file, without opening it.
func (c *checker) checkSource(p *page, i int) {
	src, name := p.attr(i, "src"), p.tag(i).Name
	lower := strings.ToLower(src)
	if strings.HasPrefix(lower, "data:audio/") || strings.HasPrefix(lower, "data:video/") {
		start, _ := p.attrSpan(i, "src")
		c.report("check/base64-media", p.File, start, start+min(len(src), 40), "sound or video written into the page", "put it in a file and name the file")
		return
	}
	for _, host := range placeholderHosts {
		if isRemote(src) && strings.Contains(lower, host) {
			c.atAttr("check/placeholder-url", p, i, "src", fmt.Sprintf("%q only stands in for a real file", src), "name the real file")
			return
		}
	}
	kind := mediaKinds[strings.ToLower(path.Ext(cleanPath(src)))]
	if kind != "" && kind != name && !(kind == "video" && name == "audio") && !isInline(src) {
		c.atAttr("check/media-kind", p, i, "src", fmt.Sprintf("<%s> cannot show %q", name, src), fmt.Sprintf("use <%s>", kind))
	}
}

// mediaSyntax finds attribute syntax that is right in HTML but that the renderer, which reads media tags by patterns,
// gets wrong (contract §7.3).
func (c *checker) mediaSyntax(p *page, i int) {
	t := p.tag(i)
	for k := range t.Attrs {
		a := &t.Attrs[k]
		if at := bytes.IndexByte(p.Data[a.ValStart:a.ValEnd], '>'); at >= 0 {
			c.report("check/media-syntax", p.File, a.ValStart+at, a.ValStart+at+1,
				fmt.Sprintf("the renderer takes the \">\" in %q for the end of <%s>", a.Name, t.Name), "write &gt;")
		}
		if isReadByPattern(a.Name) {
			c.plainSyntax(p, t, a, source.Error)
		}
	}
}

// timingSyntax is mediaSyntax for the timing attributes of <div> and <section>.
func (c *checker) timingSyntax(p *page, i int) {
	t := p.tag(i)
	for _, name := range []string{"data-start", "data-duration", "data-end", "data-composition-src"} {
		if a := t.Find(name); a != nil {
			c.plainSyntax(p, t, a, source.Warning)
		}
	}
}

func isReadByPattern(attr string) bool {
	switch attr {
	case "id", "src", "data-start", "data-duration", "data-end", "data-media-start", "data-playback-start", "data-playback-rate", "data-has-audio":
		return true
	}
	return false
}

// plainSyntax reports an attribute that is not written name="value".
func (c *checker) plainSyntax(p *page, t *markup.Tag, a *markup.Attr, s source.Severity) {
	if !a.HasValue {
		return
	}
	want := fmt.Sprintf("write %s=\"%s\"", a.Name, p.Data[a.ValStart:a.ValEnd])
	between := p.Data[a.Start+len(a.Name) : a.ValStart]
	written := string(p.Data[a.Start : a.Start+len(a.Name)])
	switch {
	case a.Quote == 0:
		c.reportAs(s, "check/media-syntax", p.File, a.Start, a.End, fmt.Sprintf("the renderer does not see %q on <%s> without quotes", a.Name, t.Name), want)
	case len(between) > 2:
		c.reportAs(s, "check/media-syntax", p.File, a.Start, a.End, fmt.Sprintf("the renderer does not see %q on <%s> with a space beside \"=\"", a.Name, t.Name), want)
	case written != a.Name:
		c.reportAs(s, "check/media-syntax", p.File, a.Start, a.End, fmt.Sprintf("the renderer does not see %q on <%s> in capitals", written, t.Name), want)
	case bytes.ContainsAny(p.Data[a.ValStart:a.ValEnd], `"'`):
		c.reportAs(s, "check/media-syntax", p.File, a.ValStart, a.ValEnd, fmt.Sprintf("the renderer misreads the quote inside %q on <%s>", a.Name, t.Name), "avoid quotes in the value")
	}
}
