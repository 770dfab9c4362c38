package compose

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"math"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/internal/media"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// mediaFile is what is known of a file of the project. size and modified tell whether it still holds.
type mediaFile struct {
	size     int64
	modified time.Time
	info     media.Info
	err      error
}

// probe finds out about a media file, once as long as it does not change.
func (f *film) probe(name string) (media.Info, error) {
	f.inputs[name] = true
	st, err := fs.Stat(f.project, name)
	if err != nil {
		return media.Info{}, err
	}
	if st.IsDir() {
		return media.Info{}, errors.New("it is a folder")
	}
	known, ok := f.composer.media[name]
	if !ok || known.size != st.Size() || !known.modified.Equal(st.ModTime()) {
		known = mediaFile{size: st.Size(), modified: st.ModTime()}
		known.info, known.err = media.ProbeFS(f.project, name)
		f.composer.media[name] = known
	}
	return known.info, known.err
}

// local cleans an address that an author wrote to the name of a file of the project. ok is false for URLs and paths
// that leave it.
func local(src string) (name string, ok bool) {
	if remote(src) || len(src) > 1 && src[1] == ':' { // C:\
		return "", false
	}
	if decoded, err := url.PathUnescape(src); err == nil {
		src = decoded
	}
	name = path.Clean(src)
	return name, fs.ValidPath(name) && name != "."
}

func remote(src string) bool {
	return strings.Contains(src, "://") || strings.HasPrefix(src, "data:") || strings.HasPrefix(src, "//")
}

// address writes the name of a file as the value of a src attribute.
func address(name string) string { return (&url.URL{Path: name}).String() }

// file finds a media file and reports what is wrong with it.
func (r *sceneRun) file(m *scene.Media, want media.Kind) (name string, info media.Info, ok bool) {
	f := r.film
	at := func(code, msg, hint string) {
		r.diagnose(f.doc.File.AtPos(m.Pos, m.End, code, msg).WithHint(hint))
	}
	name, isLocal := local(m.Src)
	if !isLocal {
		hint := "paths count from the deck's folder and cannot leave it"
		if remote(m.Src) {
			hint = "copy the file into the project"
		}
		at("compose/remote-media", fmt.Sprintf("%q is not a file of the project", m.Src), hint)
		return "", info, false
	}
	info, err := f.probe(name)
	switch {
	case err != nil && errors.Is(err, fs.ErrNotExist):
		at("compose/missing-file", fmt.Sprintf("there is no file %q", m.Src), f.similar(name))
	case err != nil:
		at("compose/unreadable-media", fmt.Sprintf("%q cannot be shown: %v", m.Src, err), "")
	case info.Kind != want:
		at("compose/wrong-media", fmt.Sprintf("%q is %s, not %s", m.Src, kindName(info.Kind), kindName(want)), "")
	default:
		r.files = append(r.files, shown{name, info})
		return name, info, true
	}
	return "", info, false
}

func kindName(k media.Kind) string {
	return map[media.Kind]string{media.Image: "an image", media.Video: "a video", media.Audio: "a sound"}[k]
}

// similar returns a hint with the file of the project whose name is nearest.
func (f *film) similar(name string) string {
	if strings.Contains(name, `\`) {
		return "write / between the names of folders"
	}
	at := "."
	parts := strings.Split(name, "/")
	for i, part := range parts {
		var names []string
		entries, _ := fs.ReadDir(f.project, at)
		for _, e := range entries {
			if e.IsDir() == (i < len(parts)-1) && !strings.HasPrefix(e.Name(), ".") {
				names = append(names, e.Name())
			}
		}
		near := source.Nearest(part, names)
		if slices.Contains(names, part) {
			near = part
		}
		if near == "" && i < len(parts)-1 {
			return fmt.Sprintf("there is no folder %q", path.Join(at, part))
		}
		if near == "" {
			return "paths count from the deck's folder"
		}
		at = path.Join(at, near)
	}
	return fmt.Sprintf("did you mean %q?", at)
}

// mediaSettings are what an image, a video or a sound may say beside its file.
type mediaSettings struct {
	start  time.Duration // into the source
	rate   float64
	volume float64
	muted  bool
	fit    string
}

var mediaKeys = map[scene.Kind][]string{
	scene.ImageKind: {"fit"},
	scene.VideoKind: {"start", "rate", "volume", "muted", "fit"},
	scene.AudioKind: {"start", "rate", "volume"},
}

func (r *sceneRun) mediaSettings(b *scene.Block) mediaSettings {
	out := mediaSettings{rate: 1, volume: 1}
	number := func(s scene.Setting, low, high float64) (float64, bool) {
		n, err := strconv.ParseFloat(s.Value, 64)
		if err != nil || n < low || n > high || math.IsNaN(n) {
			r.diagnose(r.valueFault(s, "compose/bad-setting", fmt.Sprintf("%s=%q is not a number from %g to %g", s.Key, s.Value, low, high)))
			return 0, false
		}
		return n, true
	}
	r.settings(b.Settings, mediaKeys[b.Kind], func(s scene.Setting) {
		switch s.Key {
		case "start":
			d, err := time.ParseDuration(s.Value)
			if err != nil || d < 0 {
				r.diagnose(r.valueFault(s, "compose/bad-setting", fmt.Sprintf("start=%q is not a time", s.Value)).WithHint("write a time such as 2.5s"))
			}
			out.start = max(d, 0)
		case "rate":
			if n, ok := number(s, 0.1, 5); ok {
				out.rate = n
			}
		case "volume":
			if n, ok := number(s, 0, 3.98); ok {
				out.volume = n
			}
		case "muted":
			if s.Value != "true" && s.Value != "false" {
				r.diagnose(r.valueFault(s, "compose/bad-setting", fmt.Sprintf("muted=%q is neither true nor false", s.Value)))
			}
			out.muted = s.Value == "true"
		case "fit":
			if s.Value != "cover" && s.Value != "contain" {
				r.diagnose(r.valueFault(s, "compose/bad-setting", fmt.Sprintf("fit=%q is neither cover nor contain", s.Value)))
			}
			out.fit = s.Value
		}
	})
	return out
}

// media renders an image, a video or a sound.
func (r *sceneRun) media(b *scene.Block, out *templates.Block) {
	set := r.mediaSettings(b)
	m := b.Media
	want := map[scene.Kind]media.Kind{scene.ImageKind: media.Image, scene.VideoKind: media.Video, scene.AudioKind: media.Audio}[b.Kind]
	name, info, ok := r.file(m, want)
	if !ok {
		out.Media = &templates.Media{Alt: m.Alt, Title: m.Title} // for templates that look at it; there are errors now
		return
	}
	if info.Duration > 0 && set.start >= info.Duration {
		i := slices.IndexFunc(b.Settings, func(s scene.Setting) bool { return s.Key == "start" })
		r.diagnose(r.valueFault(b.Settings[i], "compose/bad-setting", fmt.Sprintf("start=%q is past the end of %q", b.Settings[i].Value, m.Src)).
			WithHint(fmt.Sprintf("it lasts %s", info.Duration.Round(10*time.Millisecond))))
		set.start = 0
	}
	out.Text = m.Alt
	out.Media = &templates.Media{Src: address(name), Alt: m.Alt, Title: m.Title, Width: info.Width, Height: info.Height, Duration: info.Duration.Seconds()}
	switch b.Kind {
	case scene.ImageKind:
		out.Media.HTML = template.HTML(fmt.Sprintf(`<img%s src="%s" alt="%s"%s>`,
			attributes(out.ID+"-img", fitClass(set.fit), ""), html.EscapeString(address(name)), html.EscapeString(m.Alt), dimensions(info)))
	case scene.VideoKind:
		out.Media.HTML = r.video(out.ID, name, info, set)
	case scene.AudioKind:
		r.sounds.WriteString(r.sound(out.ID, name, info, set))
		return // heard, not seen: a layout that shows it draws its own picture
	}
	title := template.HTML("")
	if m.Title != "" {
		title = template.HTML("<figcaption>" + html.EscapeString(m.Title) + "</figcaption>")
	}
	out.HTML = element("figure", out, "media", out.Media.HTML+title)
}

func fitClass(fit string) string {
	if fit == "" {
		return ""
	}
	return "fit-" + fit
}

func dimensions(info media.Info) string {
	if info.Width == 0 || info.Height == 0 {
		return ""
	}
	return fmt.Sprintf(` width="%d" height="%d"`, info.Width, info.Height)
}

// least is the shortest clip, in seconds; less is not worth an element of its own.
const least = 0.05

// clips returns the times of a clip in the scene: start and length in seconds. A clip that is shorter than the scene and
// may repeat is played again until the end.
func (r *sceneRun) clips(info media.Info, set mediaSettings, repeat bool) [][2]float64 {
	total := math.Floor(r.clip.Duration.Seconds()*tick) / tick
	length := total
	if info.Duration > 0 {
		length = math.Floor(max((info.Duration-set.start).Seconds()/set.rate, 0)*tick) / tick
	}
	if length >= total-least || length < least {
		return [][2]float64{{0, min(length, total)}}
	}
	out := [][2]float64{{0, length}}
	for at := length; repeat && total-at > least; at += length {
		out = append(out, [2]float64{at, min(length, total-at)})
	}
	return out
}

// clipAttributes writes when a clip plays and which part of its source.
func (r *sceneRun) clipAttributes(at [2]float64, set mediaSettings) string {
	if r.tracks == 0 {
		r.tracks = 8 * (r.clip.Index + 1) // no two scenes share a track: the official linter reads their times as one film's
	}
	r.tracks++
	from, basis := r.basis(at)
	s := fmt.Sprintf(` data-start="%s" data-duration="%s" data-track-index="%d"%s`, seconds(from), seconds(at[1]), r.tracks, basis)
	if set.start > 0 {
		s += fmt.Sprintf(` data-media-start="%s"`, seconds(set.start.Seconds()))
	}
	if set.rate != 1 {
		s += fmt.Sprintf(` data-playback-rate="%s"`, seconds(set.rate))
	}
	return s
}

// basis returns the start of a nested clip in the form that all versions read alike (contract §8). 0.8.10 guesses: it
// takes a start for a time of the film when the clip's window, read so, meets the host's. Where it would guess wrong,
// the start is given as a time of the film, and newer versions are told that it is.
func (r *sceneRun) basis(at [2]float64) (start float64, attribute string) {
	host, length := window(r.clip.Start, r.clip.Start+r.clip.Duration)
	switch {
	case host > 0 && at[0] < host+length && at[0]+at[1] > host:
		return host + at[0], ` data-hf-media-start-basis="global"`
	case at[0] > 0:
		return at[0], ` data-hf-media-start-basis="local"`
	}
	return at[0], ""
}

func volume(v float64) string {
	if v == 1 {
		return ""
	}
	return fmt.Sprintf(` data-volume="%s"`, seconds(v))
}

// video renders a film clip. Its sound plays unless it is muted or the scene is narrated (contract §8, §10). A clip
// without sound goes round: several elements, one after the other, in one place.
func (r *sceneRun) video(id, name string, info media.Info, set mediaSettings) template.HTML {
	heard := info.HasAudio && !set.muted && r.scene.Voice == nil
	sound := ` muted`
	if heard {
		sound = ` data-has-audio="true"` + volume(set.volume)
	}
	var b strings.Builder
	rounds := r.clips(info, set, !heard)
	if heard {
		r.hear(rounds[0], set)
	}
	style := ""
	if len(rounds) > 1 {
		style = "grid-area:1/1;width:100%;height:100%;object-fit:" + cmp.Or(set.fit, "cover")
	}
	for i, at := range rounds {
		own := id + "-clip"
		if i > 0 {
			own = fmt.Sprintf("%s-clip-%d", id, i+1)
		}
		fmt.Fprintf(&b, `<video%s src="%s"%s%s%s playsinline></video>`,
			attributes(own, fitClass(set.fit), style), html.EscapeString(address(name)), dimensions(info), r.clipAttributes(at, set), sound)
	}
	if len(rounds) == 1 {
		return template.HTML(b.String())
	}
	return template.HTML(`<div class="rounds" style="display:grid;width:100%;height:100%">` + b.String() + `</div>`)
}

func (r *sceneRun) sound(id, name string, info media.Info, set mediaSettings) string {
	at := r.clips(info, set, false)[0]
	r.hear(at, set)
	return fmt.Sprintf("\n<audio id=\"%s-clip\" src=\"%s\"%s%s></audio>", id, html.EscapeString(address(name)), r.clipAttributes(at, set), volume(set.volume))
}

// trimmed returns how long a clip plays after its start= and rate=.
func trimmed(d time.Duration, settings []scene.Setting) time.Duration {
	for _, s := range settings {
		switch s.Key {
		case "start":
			if from, err := time.ParseDuration(s.Value); err == nil && from > 0 {
				d -= from
			}
		case "rate":
			if n, err := strconv.ParseFloat(s.Value, 64); err == nil && n >= 0.1 && n <= 5 {
				d = time.Duration(float64(d) / n)
			}
		}
	}
	return max(d, 0)
}

// valueFault is a diagnostic over a setting's value, keyFault one over its key.
func (r *sceneRun) valueFault(s scene.Setting, code, msg string) source.Diagnostic {
	pos, end := s.ValuePos, s.ValEnd
	if !pos.IsValid() {
		pos, end = s.Pos, s.End
	}
	return r.film.doc.File.AtPos(pos, end, code, msg)
}

func (r *sceneRun) keyFault(s scene.Setting, code, msg string) source.Diagnostic {
	return r.film.doc.File.AtPos(s.Pos, s.End, code, msg)
}

// settings hands each known setting of a block to take and warns of the others.
func (r *sceneRun) settings(in []scene.Setting, known []string, take func(scene.Setting)) {
	for _, s := range in {
		if slices.Contains(known, s.Key) {
			take(s)
			continue
		}
		hint := source.DidYouMean(s.Key, known)
		if hint == "" {
			hint = "settings of the layout stand on the scene's heading"
		}
		r.diagnose(r.keyFault(s, "compose/unknown-setting", fmt.Sprintf("%q means nothing here", s.Key)).Warn().WithHint(hint))
	}
}
