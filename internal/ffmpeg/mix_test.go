package ffmpeg

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func findTools(t *testing.T) Tools {
	t.Helper()
	tools, err := Find("")
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// soundFile makes a sound file from an FFmpeg source and returns its path.
func soundFile(t *testing.T, name, source string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	all := append([]string{"-v", "error", "-f", "lavfi", "-i", source}, args...)
	if out, err := exec.Command(findTools(t).FFmpeg, append(all, path)...).CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v: %s", name, err, out)
	}
	return path
}

// mixed returns the left side of a mix before it is encoded, and what is known of it.
func mixed(t *testing.T, m Mix) ([]float64, *Mixed) {
	t.Helper()
	var left []float64
	out, err := findTools(t).mix(t.Context(), m, func(samples []float32) error {
		for i := 0; i < len(samples); i += 2 {
			left = append(left, float64(samples[i]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return left, out
}

// tone returns the amplitude of a tone within part of a sound, times in s (Goertzel's filter).
func tone(sound []float64, hz, from, to float64) float64 {
	part := sound[int(from*SampleRate):int(to*SampleRate)]
	w := 2 * math.Pi * hz / SampleRate
	var s1, s2 float64
	for _, x := range part {
		s1, s2 = x+2*math.Cos(w)*s1-s2, s1
	}
	return 2 * math.Sqrt(max(0, s1*s1+s2*s2-2*math.Cos(w)*s1*s2)) / float64(len(part))
}

// A part of a mix is the same, sample by sample, as that part of the whole: for every format, across ends of clips, in
// loops and stretched sounds. (Where AAC notes that there is noise, each decoder makes up its own.)
func TestMixWindow(t *testing.T) {
	t.Parallel()
	noise := "anoisesrc=seed=1:amplitude=0.3:duration=22:sample_rate=44100"
	var clips []Clip
	for i, f := range []struct {
		name string
		args []string
	}{{"a.wav", nil}, {"a.mp3", []string{"-q:a", "4"}}, {"a.m4a", []string{"-c:a", "aac", "-aac_pns", "0"}}, {"a.flac", nil}, {"a.ogg", []string{"-c:a", "libvorbis"}}, {"a.opus", []string{"-c:a", "libopus", "-ar", "48000"}}} {
		clips = append(clips, Clip{Src: soundFile(t, f.name, noise, f.args...), At: float64(i) * 0.013, From: 1.234 * float64(i), Duration: 14, Volume: 0.2, Mono: true,
			FadeIn: 1, FadeOut: 3})
	}
	clips[0].Envelopes = []Envelope{{At: 2, Points: []Point{{T: 0, V: 1}, {T: 20, V: 0.1, Curve: 0.5}}}}
	clips = append(clips, Clip{Src: clips[0].Src, At: 1, From: 3, Duration: 11, Rate: 1.3, Volume: 0.3, Mono: true})
	clips = append(clips, Clip{Src: clips[0].Src, At: 1, From: 9.5, Duration: 12, Volume: 0.3, Mono: true, Loop: Part{0.5, 2.125}})
	const length = 13 * SampleRate
	for i := range clips {
		one := Mix{Clips: clips[i : i+1], Samples: length}
		whole, _ := mixed(t, one)
		if len(whole) != length {
			t.Fatalf("%d samples", len(whole))
		}
		for _, w := range [][2]int64{{7*SampleRate + 12345, 2 * SampleRate}, {11*SampleRate + 1, 1*SampleRate + 7}} {
			one.From, one.Samples = w[0], w[1]
			part, _ := mixed(t, one)
			worst := 0.0
			for k, x := range part {
				worst = max(worst, math.Abs(x-whole[int(w[0])+k]))
			}
			if len(part) != int(w[1]) || worst > 0 {
				t.Errorf("%s from %d: %d samples, off by %g", filepath.Base(clips[i].Src), w[0], len(part), worst)
			}
		}
	}
	all, _ := mixed(t, Mix{Clips: clips, Samples: length})
	part, _ := mixed(t, Mix{Clips: clips, From: 5 * SampleRate, Samples: SampleRate})
	for k, x := range part {
		if d := math.Abs(x - all[5*SampleRate+k]); d > 0 {
			t.Fatalf("all clips: off by %g at %d", d, k)
		}
	}
}

// Clips begin and end at the sample, and two that follow one another leave neither a gap nor a doubled sample.
func TestMixPlaces(t *testing.T) {
	t.Parallel()
	src := soundFile(t, "one.wav", "aevalsrc=0.5:s=48000:d=3", "-c:a", "pcm_f32le")
	whole, _ := mixed(t, Mix{Samples: 3 * SampleRate, Clips: []Clip{
		{Src: src, At: 0.5, Duration: 1.00001, Volume: 1, Mono: true},
		{Src: src, At: 1.50001, Duration: 0.75, Volume: 0.5, Mono: true},
		{Src: src, At: 2.5, From: 2.75, Duration: 0.4, Volume: 1, Mono: true}, // the source ends before
		{Src: src, At: 5, Duration: 1, Volume: 1, Mono: true},
	}})
	for _, c := range []struct {
		at   int
		want float64
	}{{23999, 0}, {24000, 0.5}, {71999, 0.5}, {72000, 0.25}, {107999, 0.25}, {108000, 0}, {120000, 0.5}, {131999, 0.5}, {132000, 0}} {
		if got := whole[c.at]; math.Abs(got-c.want) > 1e-6 {
			t.Errorf("sample %d is %g, want %g", c.at, got, c.want)
		}
	}
}

// Fades and envelopes follow their formulas at every sample.
func TestMixGains(t *testing.T) {
	t.Parallel()
	src := soundFile(t, "one.wav", "aevalsrc=0.5:s=48000:d=4", "-c:a", "pcm_f32le")
	lane := Envelope{At: 0.5, Points: []Point{{T: 0.5, V: 1}, {T: 1, V: 0.25}, {T: 1.5, V: 0.25, Curve: -0.5}, {T: 2, V: 2, Via: Via{0.3, 0.8}}, {T: 3, V: 1}}}
	whole, _ := mixed(t, Mix{Samples: 4 * SampleRate, Clips: []Clip{{Src: src, At: 0.5, Duration: 3.5, Volume: 0.5, Mono: true, FadeIn: 0.25, FadeOut: 0.5, Envelopes: []Envelope{lane, {Points: []Point{{V: 0.5}}}}}}})
	via := func(x float64) float64 { return Via{0.3, 0.8}.progress(x) }
	for _, c := range []struct{ t, want float64 }{
		{0.5, 0}, {0.625, 0.5}, {0.75, 1}, {1, 1}, {1.25, 0.625}, {1.5, 0.25}, {1.75, 0.25}, {2, 0.25},
		{2.25, 0.25 + 1.75*math.Sqrt(0.5)}, {2.5, 2}, {2.8, 2 - via(0.3)}, {3, 2 - via(0.5)}, {3.25, 2 - via(0.75)}, {3.5, 1}, {3.75, 0.5}, {3.875, 0.25},
	} {
		if got := whole[int(math.Round(c.t*SampleRate))] / 0.125; math.Abs(got-c.want) > 2e-5 {
			t.Errorf("at %g s: gain %g, want %g", c.t, got, c.want)
		}
	}
	if got := via(0.3); math.Abs(got-0.8) > 1e-12 {
		t.Errorf("a curve via (0.3, 0.8) goes through (0.3, %g)", got)
	}
}

// What is silent is told apart from what is turned down, and from what is not there in a part of the film.
func TestMixSilence(t *testing.T) {
	t.Parallel()
	none := soundFile(t, "none.wav", "anullsrc=r=48000:cl=mono:d=3")
	late := soundFile(t, "late.mp3", "aevalsrc='0.5*sin(2*PI*440*t)*gte(t\\,2)':s=44100:d=3")
	clip := func(src string, from, volume float64) Clip {
		return Clip{Src: src, From: from, Duration: 1, Volume: volume, Mono: true}
	}
	for _, c := range []struct {
		name   string
		mix    Mix
		quiet  string
		silent bool
	}{
		{"no clips", Mix{Samples: SampleRate}, "[]", false},
		{"all silent", Mix{Samples: SampleRate, Clips: []Clip{clip(none, 0, 1), clip(late, 0.5, 1)}}, "[0 1]", true},
		{"one silent", Mix{Samples: SampleRate, Clips: []Clip{clip(none, 0, 1), clip(late, 2, 1)}}, "[0]", false},
		{"behind the end", Mix{Samples: SampleRate, Clips: []Clip{clip(late, 7, 1)}}, "[0]", true},
		{"turned down", Mix{Samples: SampleRate, Clips: []Clip{clip(late, 2, 0)}}, "[]", false},
		{"a part", Mix{Samples: SampleRate / 2, Clips: []Clip{clip(late, 1.25, 1)}}, "[]", true},
		{"elsewhere", Mix{From: 5 * SampleRate, Samples: SampleRate, Clips: []Clip{clip(late, 0, 1)}}, "[]", false},
	} {
		_, out := mixed(t, c.mix)
		if got := fmt.Sprint(out.Quiet); got != c.quiet || out.Silent != c.silent {
			t.Errorf("%s: quiet %s, silent %v, want %s, %v", c.name, got, out.Silent, c.quiet, c.silent)
		}
	}
}

// A mix comes to the loudness asked for, its peaks stay under the ceiling, in the file too, and what cannot be is said.
func TestMixLoudness(t *testing.T) {
	t.Parallel()
	tools := findTools(t)
	bed := "sine=frequency=220:duration=6,volume=0.5[a];sine=frequency=330:duration=6,volume=0.3[b];anoisesrc=color=pink:seed=3:amplitude=0.05:duration=6[c];[a][b][c]amix=inputs=3:normalize=0,tremolo=f=2:d=0.7"
	speech := "anoisesrc=color=pink:seed=2:amplitude=0.5:duration=6,highpass=f=150,lowpass=f=5000,tremolo=f=4:d=0.95"
	drums := "aevalsrc='0.9*sin(2*PI*60*t)*exp(-18*mod(t\\,0.5))+0.6*(random(0)-0.5)*exp(-40*mod(t+0.25\\,0.5))':s=48000:d=6"
	for _, c := range []struct {
		name, source string
		volume       float64
		want         float64 // loudness reached, LUFS
		slack        float64
	}{
		{"tone", "sine=frequency=997:duration=6", 1, -14, 0.1},
		{"loud tone", "sine=frequency=997:duration=6,volume=7.9", 1, -14, 0.1},
		{"music", bed, 1, -14, 0.2},
		{"speech", speech, 0.4, -14, 0.3},
		{"drums", drums, 0.5, -14.3, 0.5},
		{"clicks", "aevalsrc='0.9*lt(mod(t\\,1)\\,0.001)':s=48000:d=6", 1, -26.5, 1}, // would be flattened
		{"whisper", "sine=frequency=997:duration=6", 0.01, -31, 0.3},                 // would be mostly noise
		{"too short", "sine=frequency=997:duration=0.35", 1, -70, 0},
		{"silence", "anullsrc=d=6", 1, -70, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			length := 6.0
			if c.name == "too short" {
				length = 0.35
			}
			dst := filepath.Join(t.TempDir(), "mix.m4a")
			m := Mix{Target: -14, Samples: int64(length * SampleRate), Dst: dst, Clips: []Clip{{Src: soundFile(t, "a.wav", c.source, "-c:a", "pcm_f32le"), Duration: length, Volume: c.volume}}}
			out, err := tools.Mix(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			file, err := tools.Measure(t.Context(), dst)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("before %+v after %+v file %+v gain %.2f dB", out.Before, out.After, file, out.Gain)
			if math.Abs(out.After.Integrated-c.want) > c.slack || math.Abs(file.Integrated-out.After.Integrated) > 0.3 {
				t.Errorf("%.2f LUFS, %.2f in the file, want %g", out.After.Integrated, file.Integrated, c.want)
			}
			if out.After.TruePeak > Ceiling+0.1 || file.TruePeak > -1 {
				t.Errorf("peak %.2f dBTP, %.2f in the file", out.After.TruePeak, file.TruePeak)
			}
			if c.name != "drums" {
				return
			}
			again := m
			again.Dst = dst + "2.m4a"
			if _, err := tools.Mix(t.Context(), again); err != nil {
				t.Fatal(err)
			}
			if a, b := read(t, dst), read(t, again.Dst); !bytes.Equal(a, b) {
				t.Error("a second mix differs")
			}
			if left, err := filepath.Glob(filepath.Dir(dst) + "/*.pcm"); err != nil || left != nil {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The meter agrees with FFmpeg's.
func TestMeasure(t *testing.T) {
	t.Parallel()
	tools := findTools(t)
	for _, source := range []string{
		"sine=frequency=997:duration=8",
		"aevalsrc='0.7*sin(2*PI*12000*t+PI/4)|0.1*sin(2*PI*100*t)':s=48000:d=8", // its peaks lie between samples
		"anoisesrc=color=pink:seed=2:amplitude=0.5:duration=12,tremolo=f=0.2:d=0.95",
		"anoisesrc=seed=5:amplitude=0.02:duration=6,apad=pad_dur=8",
	} {
		path := soundFile(t, "a.wav", source, "-c:a", "pcm_f32le", "-ac", "2")
		got, err := tools.Measure(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := exec.Command(tools.FFmpeg, "-nostats", "-i", path, "-af", "ebur128=peak=true", "-f", "null", "-").CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		summary := string(text[bytes.LastIndex(text, []byte("Summary:")):])
		value := func(name string) (x float64) {
			fmt.Sscanf(strings.TrimSpace(strings.SplitN(summary, name, 2)[1]), "%g", &x)
			return x
		}
		if math.Abs(got.Integrated-value("I:")) > 0.15 || math.Abs(got.TruePeak-value("Peak:")) > 0.6 || math.Abs(got.Range-value("LRA:")) > 1 || got.Silent {
			t.Errorf("%s: %+v, FFmpeg says %s", source, got, summary)
		}
	}
	got, err := tools.Measure(t.Context(), soundFile(t, "none.m4a", "anullsrc=d=2", "-c:a", "aac"))
	if want := (Loudness{Integrated: -70, TruePeak: -120, Silent: true}); err != nil || got != want {
		t.Errorf("silence: %+v, %v", got, err)
	}
	if _, err := tools.Measure(t.Context(), filepath.Join(t.TempDir(), "none.mp4")); err == nil {
		t.Error("a file that is not there was measured")
	}
}

// The limiter leaves alone what is low, keeps what is loud under its ceiling, and neither adds nor loses samples.
func TestLimiter(t *testing.T) {
	for _, n := range []int{0, 1, 100, limiterDelay, 5000, 100000} {
		in := make([]float32, 2*n)
		for i := range n {
			in[2*i] = 0.3 * float32(math.Sin(float64(i)*0.05))
			if i > 30000 && i < 31000 {
				in[2*i] *= 6
			}
			in[2*i+1] = in[2*i] / 2
		}
		var out []float32
		l := newLimiter(0.8, func(samples []float32) error { out = append(out, samples...); return nil })
		for i := 0; i < len(in); i += 2 * 777 {
			if err := l.add(in[i:min(len(in), i+2*777)]); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.flush(); err != nil {
			t.Fatal(err)
		}
		if len(out) != len(in) {
			t.Fatalf("%d samples became %d", len(in), len(out))
		}
		for i := range out {
			if k := i / 2; k < 30000-ahead && out[i] != in[i] || k > 95000 && out[i] != in[i] {
				t.Fatalf("sample %d was %g and is %g", k, in[i], out[i])
			}
			if out[i] > 0.8 || i&1 == 1 && math.Abs(float64(out[i]-out[i-1]/2)) > 1e-6 {
				t.Fatalf("sample %d is %g", i/2, out[i])
			}
		}
	}
}
