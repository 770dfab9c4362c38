package render

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/hframes/hframes/internal/ffmpeg"
)

// sound makes a sound file from an FFmpeg source and returns it.
func soundFile(t *testing.T, name, source string, args ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	all := append([]string{"-v", "error", "-f", "lavfi", "-i", source}, args...)
	if out, err := exec.Command(tools(t).FFmpeg, append(all, path)...).CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v: %s", name, err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// samplesOf decodes the sound of a film: one float a sample and side.
func samplesOf(t *testing.T, path string) (left, right []float64) {
	t.Helper()
	out, err := exec.Command(tools(t).FFmpeg, "-v", "error", "-i", path, "-f", "f32le", "-ar", "48000", "-ac", "2", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := make([]float32, len(out)/4)
	if err := binary.Read(bytes.NewReader(out), binary.LittleEndian, all); err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(all); i += 2 {
		left, right = append(left, float64(all[i])), append(right, float64(all[i+1]))
	}
	return left, right
}

// level returns the amplitude of a tone within part of a sound, times in s (Goertzel's filter).
func level(sound []float64, hz, from, to float64) float64 {
	part := sound[int(from*48000):int(to*48000)]
	w := 2 * math.Pi * hz / 48000
	var s1, s2 float64
	for _, x := range part {
		s1, s2 = x+2*math.Cos(w)*s1-s2, s1
	}
	power := s1*s1 + s2*s2 - 2*math.Cos(w)*s1*s2
	return 2 * math.Sqrt(max(0, power)) / float64(len(part))
}

// A tone is how loud a frequency is to be within part of a sound, times in s.
type tone struct {
	name               string
	hz, from, to, want float64
}

// hear compares tones with a side of a sound. Their levels are in amplitudes of unit, and may be off by slack of them.
func hear(t *testing.T, side string, sound []float64, unit, slack float64, tones []tone) {
	t.Helper()
	for _, c := range tones {
		if got := level(sound, c.hz, c.from, c.to) / unit; math.Abs(got-c.want) > slack {
			t.Errorf("%s, %s: level %.3f, want %.3f", c.name, side, got, c.want)
		}
	}
}

func TestSound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "index.html", readFile(t, "testdata/sound.html"))
	sine := func(hz string) string { return "sine=frequency=" + hz + ":sample_rate=44100:duration=3,volume=4" } // FFmpeg's sine has amplitude 1/8
	put(t, dir, "a.mp3", soundFile(t, "a.mp3", sine("440")))
	put(t, dir, "b.wav", soundFile(t, "b.wav", sine("880")))
	put(t, dir, "c.m4a", soundFile(t, "c.m4a", "sine=frequency=1760:sample_rate=48000:duration=0.3,volume=4", "-c:a", "aac"))
	put(t, dir, "d.mp4", soundFile(t, "d.mp4", "color=c=red:s=64x36:r=30:d=2[out0];aevalsrc='0.3*sin(2*PI*3000*t)*gte(t\\,1)':s=48000:d=2[out1]", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"))
	path, res := makeFilm(t, os.DirFS(dir), Options{method: methodBeginFrame})
	if !res.Audio || len(res.Warnings) != 1 || res.Warnings[0] != "audio #c: the official renderer plays a looping sound once" {
		t.Errorf("result %+v", res)
	}
	left, right := samplesOf(t, path)
	if len(left) < 96000 || len(left) >= 96000+1024 { // the last AAC packet is whole; its end is cut by the container
		t.Errorf("%d samples, want 96000", len(left))
	}
	info, err := tools(t).Probe(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	if d := info.Audio().Duration; d != 2 {
		t.Errorf("sound lasts %v s", d)
	}
	tones := []tone{
		{"a before", 440, 0, 0.24, 0},
		{"a at half volume", 440, 0.27, 0.73, 0.25},
		{"a after", 440, 0.77, 2, 0},
		{"b before", 880, 0, 0.98, 0},
		{"b fading in, first quarter", 880, 1, 1.1, 0.25 * 0.125},
		{"b fading in, last quarter", 880, 1.3, 1.4, 0.25 * 0.875},
		{"b at twice the speed and its own pitch", 880, 1.42, 1.58, 0.25},
		{"b fading out, first half", 880, 1.6, 1.7, 0.25 * 0.75},
		{"b after", 880, 1.82, 2, 0},
		{"c loops", 1760, 0.45, 0.55, 0.25},
		{"c loops again", 1760, 1.05, 1.15, 0.25},
		{"d before its sound begins", 3000, 0.5, 0.98, 0},
		{"d, the sound of a video", 3000, 1.02, 1.45, 0.3},
		{"d ends with its slot", 3000, 1.52, 2, 0},
	}
	hear(t, "left", left, 1, 0.03, tones)
	hear(t, "right", right, 1, 0.03, tones)
	if again, _ := makeFilm(t, os.DirFS(dir), Options{method: methodBeginFrame}); !bytes.Equal(readFile(t, again), readFile(t, path)) {
		t.Error("a second render differs")
	}
}

// A page that draws by its sound reads the place the runtime put it to.
func TestSoundIsRead(t *testing.T) {
	t.Parallel()
	src := fstest.MapFS{
		"a.wav": {Data: soundFile(t, "a.wav", "sine=duration=2")},
		"index.html": {Data: []byte(still("", `<audio id="a" src="a.wav" data-start="0.2" data-playback-start="0.5" data-duration="0.8"></audio>
<div id="bar" style="height: 36px; background: #000"></div><script>
requestAnimationFrame(function draw() { bar.style.width = a.currentTime * 40 + "px"; requestAnimationFrame(draw) });
</script>`, `data-no-timeline data-duration="1" data-width="64" data-height="36" data-fps="10"`))},
	}
	path, _ := makeFilm(t, src, Options{})
	for n, p := range frames(t, path, 64, 36) {
		if n < 3 {
			continue
		}
		end := int(40 * (float64(n)/10 - 0.2 + 0.5))
		if !p.near(end-2, 18, [3]int{0, 0, 0}, 40) || !p.near(end+3, 18, [3]int{255, 255, 255}, 40) {
			t.Errorf("frame %d: the bar does not end at %d px: %v, %v", n, end, p.at(end-2, 18), p.at(end+3, 18))
		}
	}
}

// A looping sound goes back to where it began, at the sample: AAC's padding does not add up, and a turn is as long as
// its part even where the sound ends before.
func TestLoopedSound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "beep.m4a", soundFile(t, "beep.m4a", "aevalsrc='0.5*sin(2*PI*2000*t)*between(t\\,0.5\\,0.6)':s=44100:d=0.85", "-c:a", "aac"))
	dst := filepath.Join(dir, "mix.m4a")
	// Turns of 0.43 s, the first from 0.4; the beep is 0.1 s into each. The clip begins in the middle of the eleventh.
	mix := ffmpeg.Mix{Samples: 10 * 48000, Dst: dst, Clips: []ffmpeg.Clip{
		{Src: filepath.Join(dir, "beep.m4a"), From: 0.4 + 10*0.43 + 0.2, Duration: 10, Volume: 1, Mono: true, Loop: ffmpeg.Part{Start: 0.4, End: 0.83}},
	}}
	if _, err := tools(t).Mix(t.Context(), mix); err != nil {
		t.Fatal(err)
	}
	left, _ := samplesOf(t, dst)
	for turn := range 20 {
		at := 0.43 - 0.2 + 0.1 + float64(turn)*0.43
		if in, before, after := level(left, 2000, at+0.02, at+0.08), level(left, 2000, at-0.06, at-0.02), level(left, 2000, at+0.12, at+0.18); in < 0.4 || before > 0.05 || after > 0.05 {
			t.Errorf("turn %d: %.3f before, %.3f in, %.3f after", turn, before, in, after)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Volumes follow their lanes, groups turn their members up and down, and what is silent is said.
func TestLanes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "index.html", readFile(t, "testdata/lanes.html"))
	for name, hz := range map[string]string{"a.wav": "500", "b.wav": "900", "c.wav": "1500", "d.wav": "2100", "e.wav": "2700"} {
		put(t, dir, name, soundFile(t, name, "sine=frequency="+hz+":sample_rate=48000:duration=3,volume=1.6")) // amplitude 0.2
	}
	put(t, dir, "none.wav", soundFile(t, "none.wav", "anullsrc=d=2"))
	path, res := makeFilm(t, os.DirFS(dir), Options{method: methodBeginFrame})
	want := []string{
		"audio #alone: data-automation is left out: its version is not 1",
		"audio #none: what is heard of none.wav is silence",
		"audio #past: its file ends before the part that would be heard",
		"hf-audio-group #low: data-fx-chain is not rendered locally",
		"hf-audio-group #voices: data-automation of fx.n1.gain is not rendered locally",
	}
	if got := slices.Sorted(slices.Values(res.Warnings)); !slices.Equal(got, want) {
		t.Errorf("warnings %q", got)
	}
	left, _ := samplesOf(t, path)
	tones := []tone{
		{"bed before its first point", 500, 0.55, 0.95, 1},
		{"bed going down", 500, 1.105, 1.145, 0.625},
		{"bed down", 500, 1.3, 1.7, 0.25},
		{"bed coming back late", 500, 1.99, 2.01, 0.25 + 0.75*0.25},
		{"bed back", 500, 2.3, 2.45, 1},
		{"bed after", 500, 2.55, 2.95, 0},
		{"member of a group with a lane", 900, 0.1, 0.9, 0.4},
		{"halfway", 900, 1.4, 1.6, 0.3},
		{"at its end", 900, 2.1, 2.9, 0.2},
		{"member of a low group", 1500, 0.1, 2.9, 0.25},
		{"member of a hidden group", 2100, 0.1, 2.9, 0},
		{"member of a group that is not there", 2700, 0.1, 2.9, 0.5},
	}
	hear(t, "left", left, 0.2, 0.03, tones)
}

// A film comes to the loudness asked for. One whose only sound is silent is a fault; one with a silent video is none.
func TestLoudness(t *testing.T) {
	t.Parallel()
	film := func(t *testing.T, media string) fs.FS {
		dir := t.TempDir()
		put(t, dir, "a.wav", soundFile(t, "a.wav", "sine=frequency=500:sample_rate=48000:duration=3"))
		put(t, dir, "none.wav", soundFile(t, "none.wav", "anullsrc=d=2"))
		put(t, dir, "none.mp4", soundFile(t, "none.mp4", "color=c=red:s=64x36:r=10:d=1[out0];anullsrc=d=1[out1]", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"))
		put(t, dir, "index.html", []byte(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Loud</title></head><body>
<div id="root" data-composition-id="main" data-no-timeline data-start="0" data-duration="1" data-width="64" data-height="36" data-fps="10">`+media+`</div></body></html>`))
		return os.DirFS(dir)
	}
	t.Run("reached", func(t *testing.T) {
		t.Parallel()
		_, res := makeFilm(t, film(t, `<audio id="a" src="a.wav" data-start="0" data-duration="1" data-volume="0.2"></audio>`), Options{method: methodBeginFrame, Loudness: -14})
		if math.Abs(res.Loudness.Integrated+14) > 0.3 || len(res.Warnings) > 0 {
			t.Errorf("%+v, %q", res.Loudness, res.Warnings)
		}
	})
	t.Run("silent video", func(t *testing.T) {
		t.Parallel()
		_, res := makeFilm(t, film(t, `<video id="v" src="none.mp4" playsinline data-has-audio="true" data-start="0" data-duration="1"></video>`), Options{method: methodBeginFrame, Loudness: -14})
		if want := []string{"video #v: what is heard of none.mp4 is silence", "the film is silent, though it has sounds"}; !res.Loudness.Silent || !slices.Equal(res.Warnings, want) {
			t.Errorf("%+v, %q", res.Loudness, res.Warnings)
		}
	})
	t.Run("silent sound", func(t *testing.T) {
		t.Parallel()
		dst := filepath.Join(t.TempDir(), "film.mp4")
		_, err := Local(t.Context(), film(t, `<audio id="a" src="none.wav" data-start="0" data-duration="1"></audio>`), "index.html", dst, Options{method: methodBeginFrame, Runtime: official(t)})
		var wrong *MismatchError
		if !errors.As(err, &wrong) || !slices.Equal(wrong.Faults, []string{"the sound is silent, though audio #a plays none.wav"}) {
			t.Errorf("%v", err)
		}
	})
}

// What tweens make of a volume is heard, wherever they are written, and a lane takes its place. The pictures are those of a
// film without such tweens, though its timelines were moved before.
func TestTweenedVolume(t *testing.T) {
	t.Parallel()
	audio := func(id, hz string) string {
		return `<audio id="` + id + `" src="` + hz + `.wav" data-start="0" data-duration="4" data-volume="0.5" data-track-index="` + hz[:1] + `"`
	}
	box := `<b id="box" style="position:absolute;width:20px;height:20px;background:red"><i style="position:absolute;z-index:-1;width:9px;height:9px;background:blue"></i></b>` // blue shows once GSAP has moved the box
	script := `<script>
		const tl = gsap.timeline({ paused: true });
		tl.to("#fade", { volume: 0.1, duration: 1, ease: "none" }, 1);
		tl.set(document.querySelector("#set"), { volume: 0.25 }, 2.5);
		tl.to("#steps", { keyframes: { volume: [0.5, 1.5, 1.5] }, duration: 2, ease: "none", easeEach: "none" }, 1);
		tl.to("#laned", { volume: 0, duration: 0.1 }, 0);
		tl.to("#box", { x: "+=30", duration: 2, ease: "none" }, 1);
		window.__timelines = { main: tl };
		</script>`
	root := `<script src="gsap.js"></script>`
	size := `data-duration="4" data-width="64" data-height="36" data-fps="10"`
	src := fstest.MapFS{"gsap.js": {Data: gsap(t)},
		"part.html": {Data: []byte(`<template><div data-composition-id="part" data-width="64" data-height="36">` + audio("part", "5000") + `></audio><script>
			const part = gsap.timeline({ paused: true });
			part.fromTo("#part", { volume: 0 }, { volume: 0.5, duration: 1, ease: "none" }, 0);
			window.__timelines["part"] = part;
			</script></div></template>`)},
	}
	for _, hz := range []string{"1000", "2000", "3000", "4000", "5000"} {
		src[hz+".wav"] = &fstest.MapFile{Data: soundFile(t, hz+".wav", "aevalsrc='0.1*sin(2*PI*"+hz+"*t)':s=48000:d=4")}
	}
	sounds := audio("fade", "1000") + "></audio>" + audio("set", "2000") + "></audio>" + audio("steps", "3000") + "></audio>" +
		audio("laned", "4000") + ` data-automation='{"version":1,"lanes":[{"target":"volume","points":[{"t":0,"v":0.25}]}]}'></audio>` +
		`<div data-composition-id="part" data-composition-src="part.html" data-start="2" data-duration="2"></div>`
	src["index.html"] = &fstest.MapFile{Data: []byte(still(root, box+sounds+script, size))}
	path, _ := makeFilm(t, src, Options{})
	left, _ := samplesOf(t, path)
	tones := []tone{
		{"fade before", 1000, 0.1, 0.9, 0.5},
		{"fade, first quarter", 1000, 1.2, 1.3, 0.4},
		{"fade, last quarter", 1000, 1.7, 1.8, 0.2},
		{"fade after", 1000, 2.1, 3.9, 0.1},
		{"set before", 2000, 0.1, 2.4, 0.5},
		{"set after", 2000, 2.6, 3.9, 0.25},
		{"steps before", 3000, 0.1, 0.9, 0.5},
		{"steps up", 3000, 1.45, 1.55, 1},
		{"steps above 1", 3000, 2.1, 3.9, 1.5},
		{"lane", 4000, 0.2, 3.9, 0.25},
		{"of a scene, half way", 5000, 2.45, 2.55, 0.25},
		{"of a scene, after", 5000, 3.1, 3.9, 0.5},
	}
	hear(t, "left", left, 0.1, 0.02, tones)
	loud := frames(t, path, 64, 36)
	for _, page := range []string{"index.html", "part.html"} {
		src[page].Data = bytes.ReplaceAll(src[page].Data, []byte("volume:"), []byte("other:"))
	}
	path, _ = makeFilm(t, src, Options{})
	for n, p := range frames(t, path, 64, 36) {
		if !bytes.Equal(p.rgb, loud[n].rgb) {
			t.Errorf("frame %d is another one than without the tweens", n)
		}
	}
}
