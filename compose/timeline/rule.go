package timeline

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
)

// A draft is a scene on its way to a clip.
type draft struct {
	scene     *scene.Scene
	in        SceneInput
	content   content
	rule      scene.Rule
	reason    string
	estimated bool
	free      bool          // fit may change its length
	reading   time.Duration // by the rule "read", unbounded
	lead      time.Duration
	hold      time.Duration
	speech    speech
	base      int // frames, without what is added for the exit
	low, high int // bounds of base in frames; high 0 = none
	extra     int // frames that carry on beats through the transition at the end
	enter     int // frames of the transition at the start
	exit      int // frames of the transition at the end
	overlap   int // frames that the scene before is still seen
}

func (d *draft) frames() int { return d.base + d.extra }

// longest bounds every single time, so that sums cannot overflow.
const longest = 10 * time.Hour

func bounded(d time.Duration) time.Duration { return max(0, min(d, longest)) }

// draft decides how long a scene is by itself.
func (p *placer) draft(i int, s *scene.Scene) *draft {
	d := &draft{scene: s}
	if i < len(p.in.Scenes) {
		d.in = p.in.Scenes[i]
		d.in.Media = slices.Clone(d.in.Media)
	}
	d.in.Enter.Duration = bounded(d.in.Enter.Duration)
	d.content = p.readScene(s, d.in.Text)
	d.speech = p.speech(s.Voice, d.in)
	d.lead, d.hold = p.air(i, d)
	d.reading = Lead + d.content.sum + Hold
	length := p.measure(d)
	d.base = p.frames(length)
	if d.base < 1 {
		p.zeroLength(d)
		d.base = 1
	}
	return d
}

// air returns the time before the first word and after the last. A transition must fit into it; one of more than two
// seconds is not worth waiting for.
func (p *placer) air(i int, d *draft) (lead, hold time.Duration) {
	const most = 2 * time.Second
	lead = max(Lead, min(most, side(d.in.Enter, i == 0)))
	hold = Hold
	if i+1 < min(len(p.in.Scenes), len(p.doc.Scenes)) {
		hold = max(Hold, min(most, side(p.in.Scenes[i+1].Enter, false)))
	}
	return lead, hold
}

// side is the part of a transition that one of its scenes gives.
func side(t Transition, first bool) time.Duration {
	if t.Overlap || first {
		return bounded(t.Duration)
	}
	return bounded(t.Duration) / 2
}

// measure applies the scene's rule and its bounds.
func (p *placer) measure(d *draft) time.Duration {
	var length time.Duration
	set := d.scene.Duration
	switch d.rule = p.rule(d); d.rule {
	case scene.RuleFixed:
		length = bounded(set.Value)
		d.reason = seconds(length) + " as written"
		if set.Frames > 0 {
			length = p.time(min(set.Frames, p.frames(longest)))
			d.reason = plural(set.Frames, "frame") + " as written"
		}
	case scene.RuleBeats:
		length = p.measureBeats(d)
	case scene.RuleMedia:
		length = slices.Max(d.in.Media)
		d.reason = "clip of " + seconds(length)
	case scene.RuleVoice:
		d.estimated = d.in.Voice == 0
		d.free = d.estimated
		length = d.lead + d.speech.length + d.hold
		d.reason = sum(append(d.speech.sumText(), d.airText()...))
	default:
		d.free = true
		length = d.lead + d.content.sum + d.hold
		d.reason = sum(append(d.content.sumText(p.wordsPerMinute()), d.airText()...))
	}
	return p.bound(d, bounded(length))
}

func (d *draft) airText() []string {
	return []string{seconds(d.lead) + " lead", seconds(d.hold) + " hold"}
}

func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return strconv.Itoa(n) + " " + word
}

func sum(parts []string) string { return strings.Join(parts, " + ") }

// rule resolves auto and replaces a rule that cannot be kept by reading.
func (p *placer) rule(d *draft) scene.Rule {
	clip := time.Duration(0)
	for i, m := range d.in.Media {
		d.in.Media[i] = bounded(m)
		clip = max(clip, d.in.Media[i])
	}
	switch rule := d.scene.Duration.Rule; rule {
	case scene.RuleAuto:
		switch narration := d.lead + d.speech.length; {
		case d.speech.length > 0 && (len(d.in.Media) != 1 || clip < narration):
			return scene.RuleVoice // also beside a clip that it outlasts: better a still picture than a cut sentence
		case len(d.in.Media) == 1 && clip > 0 && clip >= d.content.sum:
			return scene.RuleMedia // a clip beside more text than it leaves time for does not drive the scene
		}
		return scene.RuleRead
	case scene.RuleMedia:
		if len(d.in.Media) == 0 {
			p.report(d.scene.Duration.Pos, d, "timeline/no-media", `duration "media" needs a video or a sound in the scene`, "add one, or write duration=read")
		}
		if clip == 0 {
			return scene.RuleRead
		}
		return rule
	case scene.RuleVoice:
		if d.speech.length == 0 {
			p.report(d.scene.Duration.Pos, d, "timeline/no-voice", `duration "voice" needs narration in the scene`, "add a ::: voice block, or write duration=read")
			return scene.RuleRead
		}
		return rule
	case scene.RuleBeats:
		if !(p.in.Tempo >= 20 && p.in.Tempo <= 400) {
			p.report(d.scene.Duration.Pos, d, "timeline/no-tempo", `duration "beats" needs the tempo of the music`, "give it in the front matter: music: {src: …, bpm: 120}")
			return scene.RuleRead
		}
		return rule
	default:
		return rule
	}
}

// measureBeats gives a scene so many beats from its start to the next scene's start, and hands on the part of a frame
// that is left over, so that cuts stay on the beat through the whole film.
func (p *placer) measureBeats(d *draft) time.Duration {
	beats := float64(max(0, min(d.scene.Duration.Beats, 100_000)))
	exact := min(beats*60/p.in.Tempo*float64(p.clock), float64(p.frames(longest)))
	frames := int(math.Round(exact + p.carry))
	p.carry += exact - float64(frames)
	d.reason = fmt.Sprintf("%g beats at %g/min", beats, p.in.Tempo)
	return p.time(frames)
}

// bound adds pad and applies min and max: the scene's own over the film's. A length that is written down, or that a
// clip has, is bound by the scene's own settings only; and a max for the whole film cuts no narration.
func (p *placer) bound(d *draft, length time.Duration) time.Duration {
	own, film := d.scene.Duration, p.doc.Meta.Timing
	low, high, pad := bounded(own.Min), bounded(own.Max), bounded(own.Pad)
	if d.rule == scene.RuleRead || d.rule == scene.RuleVoice {
		if !own.PadSet {
			pad = cmp.Or(pad, bounded(film.Pad))
		}
		if !own.MinSet {
			low = cmp.Or(low, p.filmMin(high))
		}
		if m := bounded(film.Max); high == 0 && m > 0 && d.rule == scene.RuleRead {
			high = max(m, bounded(own.Min))
		}
	}
	if pad > 0 {
		length += pad
		d.reason += " + " + seconds(pad) + " pad"
	}
	if high > 0 && low > high { // reported where they were read
		low = high
	}
	d.low, d.high = max(1, p.frames(low)), p.frames(high)
	switch {
	case length < low:
		d.reason += ", raised to " + seconds(low) + " (min)"
		return low
	case high > 0 && length > high:
		d.reason += ", cut to " + seconds(high) + " (max)"
		return high
	}
	return length
}

// filmMin is the shortest length of a scene that says nothing itself. A film's max below the default min lowers it.
func (p *placer) filmMin(high time.Duration) time.Duration {
	film := p.doc.Meta.Timing
	low := bounded(film.Min)
	if low == 0 && !film.MinSet {
		low = DefaultMin
		if m := bounded(film.Max); m > 0 {
			low = min(low, m)
		}
	}
	if high > 0 {
		low = min(low, high)
	}
	return low
}

func (p *placer) zeroLength(d *draft) {
	p.report(d.scene.Duration.Pos, d, "timeline/zero-length", "the scene lasts less than one frame",
		fmt.Sprintf("one frame is %s", seconds(p.time(1))))
}

// report adds an error at pos, or at the scene when that is not known.
func (p *placer) report(pos source.Pos, d *draft, code, msg, hint string) {
	if !pos.IsValid() {
		pos = d.scene.Pos
	}
	p.list.Add(p.at(pos, code, msg).WithHint(hint))
}

// at makes an error for the word at pos.
func (p *placer) at(pos source.Pos, code, msg string) source.Diagnostic {
	if !pos.IsValid() {
		return source.Diagnostic{Pos: source.Pos{File: p.file.Name}, Code: code, Msg: msg}
	}
	start := p.file.Offset(pos)
	end := start
	for end < len(p.file.Data) && !strings.ContainsRune(" \t\r\n}", rune(p.file.Data[end])) {
		end++
	}
	return p.file.AtPos(pos, p.file.Pos(end), code, msg)
}

// metaPos returns the place of the first of the front matter's keys that was given.
func (p *placer) metaPos(keys ...string) source.Pos {
	for _, k := range keys {
		if pos, ok := p.doc.Meta.Pos[k]; ok {
			return pos
		}
	}
	return source.Pos{}
}

// seconds writes a time for people: at most two decimals.
func seconds(d time.Duration) string {
	return strconv.FormatFloat(math.Round(d.Seconds()*100)/100, 'f', -1, 64) + " s"
}
