package render

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hframes/hframes/internal/ffmpeg"
)

// A group is a bus that several sounds go through. Only gains are done, so that nothing is lost by laying them over each
// member.
type group struct {
	ID      string   `json:"id"`
	Volume  float64  `json:"volume"`
	Lanes   string   `json:"lanes"` // data-automation, on the film's clock
	NotDone []string `json:"notDone"`
}

// A soundSet is what is heard in a film.
type soundSet struct {
	clips []ffmpeg.Clip
	items []mediaItem // whose clips they are
	mixed *ffmpeg.Mixed
}

// planSounds returns what is heard in a film of the given length.
func (j *job) planSounds(list []mediaItem, infos map[string]*ffmpeg.Info, film float64) *soundSet {
	set := &soundSet{}
	for _, m := range list {
		info := infos[m.Src]
		if m.Hidden || !m.Sound || info == nil || info.Audio() == nil {
			continue
		}
		source := soundLength(info)
		start, end := m.span(source, film)
		length := end - start
		from := m.From + (start-m.Start)*m.Rate // a clip that begins before the film has already been playing
		var loop ffmpeg.Part
		if m.loops(info, end) {
			loop = ffmpeg.Part{Start: m.From, End: info.Duration}
		} else if source > 0 {
			length = min(length, (source-from)/m.Rate)
		}
		if length <= 0 {
			if m.SoundDue && end > start {
				j.warn("%s: its file ends before the part that would be heard", m.name())
			}
			continue
		}
		fadeIn, fadeOut := fades(m.FadeIn, m.FadeOut, length)
		volume, envelopes := j.gains(m)
		set.items = append(set.items, m)
		set.clips = append(set.clips, ffmpeg.Clip{
			Src: m.Src, At: start, From: from, Duration: length, Rate: m.Rate, Volume: volume, Envelopes: envelopes,
			FadeIn: fadeIn, FadeOut: fadeOut, Mono: info.Audio().Channels == 1, Loop: loop,
		})
	}
	return set
}

// gains returns the gain of a sound: what stays the same, and what changes. Tweens take the place of data-volume, and a
// lane for the volume that of both.
func (j *job) gains(m mediaItem) (volume float64, envelopes []ffmpeg.Envelope) {
	volume = 1
	lay := func(name, lanes string, at, fixed float64, tweened []ffmpeg.Point) {
		points, others, err := parseLanes(lanes)
		if err != nil {
			j.warn("%s: data-automation is left out: %v", name, err)
		}
		for _, o := range others {
			j.warn("%s: data-automation of %s is not rendered locally", name, o)
		}
		if len(points) == 0 {
			points, at = tweened, 0
		}
		if len(points) == 0 {
			volume *= fixed
			return
		}
		envelopes = append(envelopes, ffmpeg.Envelope{At: at, Points: points})
	}
	var tweened []ffmpeg.Point
	for _, l := range m.Levels {
		tweened = append(tweened, ffmpeg.Point{T: l[0], V: min(maxGain, max(0, l[1]))})
	}
	lay(m.name(), m.Lanes, m.Start, m.Volume, tweened)
	if g := m.Group; g != nil {
		name := "hf-audio-group #" + g.ID
		lay(name, g.Lanes, 0, g.Volume, nil)
		for _, attribute := range g.NotDone {
			j.warn("%s: %s is not rendered locally", name, attribute)
		}
	}
	return volume, envelopes
}

func soundLength(info *ffmpeg.Info) float64 {
	if d := info.Audio().Duration; d > 0 {
		return d
	}
	return info.Duration
}

// fades makes two fades fit into a clip: when they are longer than it, both shrink alike.
func fades(in, out, length float64) (float64, float64) {
	if sum := in + out; sum > length {
		return in * length / sum, out * length / sum
	}
	return in, out
}

// A sound is the sound file of a film and what was found when it was made. What is exported is kept with it.
type sound struct {
	file     string // "" = the film is silent
	None     bool   // the film has no sound
	Loudness ffmpeg.Loudness
	Warnings []string
	Faults   []string
	reused   bool
}

// soundKey returns a key under which the sound of the film is kept that needs no browser: everything in the film may
// matter.
func (j *job) soundKey() string {
	var all []string
	for _, p := range j.pieces {
		all = append(all, p.Key) // the settings of the programs are among what these are made of
	}
	return j.keyOf("film", all, func(string) bool { return true })
}

// mixKey returns the key under which a mix of the same clips is kept.
func (j *job) mixKey() string {
	clips, heard := slices.Clone(j.sounds.clips), map[string]bool{}
	for i := range clips {
		clips[i].Src, _ = strings.CutPrefix(clips[i].Src, j.server.origin()) // which has another port each time
		name, _ := url.PathUnescape(strings.TrimPrefix(clips[i].Src, "/"))
		heard[name] = true
	}
	more := []any{clips, j.pieces[0].First, j.pieces[len(j.pieces)-1].End, j.rate, j.ffmpeg, j.mediaWarnings}
	return j.keyOf("mix", more, func(name string) bool { return heard[name] })
}

// keyOf returns the key of a sound that depends on more and on some of the film's files.
func (j *job) keyOf(kind string, more any, matters func(file string) bool) string {
	all, err := j.files()
	if err != nil {
		return "" // which is found out elsewhere
	}
	sums := map[string]string{}
	for name, sum := range all.sums {
		if matters(name) {
			sums[name] = sum
		}
	}
	text, _ := json.Marshal([]any{"sound", kind, keyVersion, more, sums, j.Loudness, j.Format.Sound()})
	return sum(text)
}

// takeSound looks for the film's sound in the cache.
func (j *job) takeSound(key string) bool {
	file := filepath.Join(j.tmp, "sound.m4a")
	meta, ok := j.store.Get(key, file)
	if !ok || json.Unmarshal(meta, &j.sound) != nil {
		return false
	}
	if !j.sound.None {
		j.sound.file = file
	}
	j.sound.reused = true
	for _, w := range j.sound.Warnings {
		j.warn("%s", w)
	}
	return true
}

// makeSound mixes what is heard, unless that is there.
func (j *job) makeSound(ctx context.Context) error {
	if j.sound.reused {
		return nil
	}
	mix := j.mixKey()
	if j.takeSound(mix) {
		j.keepSound(j.soundKey())
		return nil
	}
	file := filepath.Join(j.tmp, "sound.m4a")
	j.sound.Warnings = j.mediaWarnings
	if len(j.sounds.clips) == 0 || !j.Format.Sound() {
		j.sound.None = true
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			return fmt.Errorf("mix sound: %w", err)
		}
	} else {
		from, to := j.rate.Time(j.pieces[0].First), j.rate.Time(j.pieces[len(j.pieces)-1].End)
		if err := j.sounds.mix(ctx, j.tools, j.Loudness, from, to, file); err != nil {
			return err
		}
		var err error
		if j.sound.Loudness, err = j.tools.Measure(ctx, file); err != nil {
			return err
		}
		j.sound.file = file
		j.sound.Faults = j.sounds.faults(j.sound.Loudness)
		for _, w := range j.sounds.warnings(j.Loudness) {
			j.sound.Warnings = append(j.sound.Warnings, w)
			j.warn("%s", w)
		}
	}
	if len(j.sound.Faults) > 0 {
		return nil
	}
	j.keepSound(mix)
	j.keepSound(j.soundKey())
	return nil
}

// keepSound puts the film's sound into the cache. That it could not is said of pieces already.
func (j *job) keepSound(key string) {
	if meta, err := json.Marshal(j.sound); err == nil {
		j.store.Put(key, filepath.Join(j.tmp, "sound.m4a"), meta)
	}
}

// mix makes the sound file dst of the film between two times, s, at a loudness, LUFS (0 = as it is). A part of a film is
// brought to that loudness by itself, as it is a film of its own.
func (s *soundSet) mix(ctx context.Context, tools ffmpeg.Tools, loudness, from, to float64, dst string) (err error) {
	m := ffmpeg.Mix{Clips: s.clips, From: sample(from), Samples: sample(to) - sample(from), Target: loudness, Dst: dst}
	if s.mixed, err = tools.Mix(ctx, m); err != nil {
		return fmt.Errorf("mix sound: %w", err)
	}
	return nil
}

func sample(seconds float64) int64 { return int64(math.Round(seconds * ffmpeg.SampleRate)) }

// offTarget is how far a film's loudness may be from what was asked for before that is said, LU.
const offTarget = 1

// warnings says which clips are silent and whether the loudness, LUFS, was not reached.
func (s *soundSet) warnings(loudness float64) []string {
	if s.mixed == nil {
		return nil
	}
	var out []string
	for _, i := range s.mixed.Quiet {
		if m := s.items[i]; m.SoundDue {
			out = append(out, fmt.Sprintf("%s: what is heard of %s is silence", m.name(), m.file()))
		}
	}
	is := s.mixed.After.Integrated
	switch {
	case s.mixed.Silent:
		out = append(out, "the film is silent, though it has sounds")
	case loudness != 0 && is > -70 && is < loudness-offTarget:
		out = append(out, fmt.Sprintf("the sound has %.1f LUFS instead of %g: more would crush its peaks or raise its noise", is, loudness))
	}
	return out
}

// drift is how much the encoder may change the loudness, LU.
const drift = 1

// faults says what is wrong with the sound of a finished file. A film with nothing but the silent tracks of its videos
// is as silent as it should be; one with an audio element is not.
func (s *soundSet) faults(file ffmpeg.Loudness) []string {
	if s.mixed == nil {
		return nil
	}
	want := s.mixed.After
	switch {
	case file.Silent && !want.Silent:
		return []string{"the sound is silent"}
	case math.Abs(file.Integrated-want.Integrated) > drift:
		return []string{fmt.Sprintf("sound of %.1f LUFS instead of %.1f", file.Integrated, want.Integrated)}
	case s.mixed.Silent:
		for _, m := range s.items {
			if !m.Video {
				return []string{"the sound is silent, though " + m.name() + " plays " + m.file()}
			}
		}
	}
	return nil
}

// file returns the name of the element's file.
func (m mediaItem) file() string { return m.Src[strings.LastIndex(m.Src, "/")+1:] }
