package hframes_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
)

// The films in testdata/films are HyperFrames folders of our own, without Markdown, one for each way that people animate.
var films = []struct {
	name          string
	width, height int     // px
	duration      float64 // s
	audio         bool
	at            []float64 // s: moments that differ from each other
}{
	{"gsap", 1280, 720, 6, false, []float64{1, 2.8, 4.6}},
	{"anime", 960, 540, 5, false, []float64{0.6, 1.4, 3}},
	{"lottie", 720, 720, 4, false, []float64{0.8, 1.8, 3.4}},
	{"three", 960, 540, 5, false, []float64{0.2, 2, 4}},
	{"video", 1280, 720, 6, true, []float64{1, 3, 5}},
	{"nested", 1080, 1920, 6, false, []float64{0.2, 2, 5}},
}

// libraries are what a film takes from tools/: files that it loads by a tag, by the path that the film gives them, and
// packages that it imports.
var libraries = map[string]struct {
	files    map[string]string
	packages []string
}{
	"gsap":    {files: gsapFile},
	"stagger": {files: gsapFile},
	"titles":  {files: gsapFile},
	"lottie":  {files: lottieFile},
	"type":    {files: lottieFile},
	"anime":   {packages: []string{"animejs"}},
	"three":   {packages: []string{"three"}},
	"texture": {packages: []string{"three"}},
}

var (
	gsapFile   = map[string]string{"vendor/gsap.min.js": "gsap/dist/gsap.min.js"}
	lottieFile = map[string]string{"vendor/lottie.min.js": "lottie-web/build/player/lottie.min.js"}
)

// mediaOf makes a film's media in its folder "media".
var mediaOf = map[string]func(t testing.TB, dir string){
	"video":    footage,
	"clips":    shortClips,
	"texture":  func(t testing.TB, dir string) { encode(t, filepath.Join(dir, "turn.mp4"), turning(30, 2)...) },
	"pictures": stills,
	"fonts":    ownFonts,
}

// film copies testdata/films/<name> into a fresh folder, adds the library and the media that it needs, and returns the
// folder.
func film(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "films", name))); err != nil {
		t.Fatal(err)
	}
	tools, err := filepath.Abs("tools/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	for to, from := range libraries[name].files {
		data, err := os.ReadFile(filepath.Join(tools, from))
		if err != nil {
			t.Fatalf("the libraries are not installed: run scripts/setup test (%v)", err)
		}
		writeFile(t, filepath.Join(dir, to), data)
	}
	for _, pkg := range libraries[name].packages {
		if err := os.CopyFS(filepath.Join(dir, "node_modules", pkg), os.DirFS(filepath.Join(tools, pkg))); err != nil {
			t.Fatalf("the libraries are not installed: run scripts/setup test (%v)", err)
		}
	}
	if build := mediaOf[name]; build != nil {
		media := filepath.Join(dir, "media")
		if err := os.MkdirAll(media, 0o755); err != nil {
			t.Fatal(err)
		}
		build(t, media)
	}
	return dir
}

// footage makes the media of the film "video": two clips whose colours turn, each with a tone of its own, and a low
// chord.
func footage(t testing.TB, dir string) {
	t.Helper()
	encode(t, filepath.Join(dir, "first.mp4"),
		"-f", "lavfi", "-i", "gradients=s=800x450:r=30:d=4:n=3:c0=0xff6b4a:c1=0xffc145:c2=0x6c4cf1:x0=0:y0=0:x1=800:y1=450:speed=0.03:seed=1",
		"-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000:duration=4")
	encode(t, filepath.Join(dir, "second.mp4"),
		"-f", "lavfi", "-i", "gradients=s=800x450:r=30:d=6:n=3:c0=0x2fc7a1:c1=0x16132b:c2=0xf4efe6:x0=0:y0=0:x1=800:y1=450:type=circular:speed=0.03:seed=2",
		"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=6")
	encode(t, filepath.Join(dir, "bed.m4a"), "-f", "lavfi", "-i", "aevalsrc=0.2*sin(2*PI*110*t)+0.2*sin(2*PI*165*t):s=48000:d=6")
}

// turning returns FFmpeg's inputs for a picture in which every part turns its colour, with no sound.
func turning(fps, seconds float64) []string {
	return []string{"-f", "lavfi", "-i", fmt.Sprintf(
		"gradients=s=640x360:r=%g:d=%g:n=3:c0=0xff6b4a:c1=0x2fc7a1:c2=0x6c4cf1:x0=0:y0=0:x1=640:y1=360:speed=0.1:seed=3", fps, seconds)}
}

// shortClips makes the media of the film "clips".
func shortClips(t testing.TB, dir string) {
	t.Helper()
	encode(t, filepath.Join(dir, "long.mp4"), turning(30, 4)...)
	encode(t, filepath.Join(dir, "short.mp4"), turning(30, 0.6)...)
	encode(t, filepath.Join(dir, "low.m4a"), "-f", "lavfi", "-i", "sine=frequency=220:sample_rate=48000:duration=2")
	encode(t, filepath.Join(dir, "high.m4a"), "-f", "lavfi", "-i", "sine=frequency=660:sample_rate=44100:duration=2")
}

// stills makes the media of the film "pictures".
func stills(t testing.TB, dir string) {
	t.Helper()
	for _, kind := range []string{"png", "jpg", "webp", "avif"} {
		encode(t, filepath.Join(dir, "wide."+kind), "-f", "lavfi", "-i", "testsrc2=s=320x180:d=1,format=yuv420p", "-frames:v", "1")
	}
	encode(t, filepath.Join(dir, "tile.png"), "-f", "lavfi", "-i", "color=0xff6b4a:s=40x40,format=rgb24,drawbox=x=0:y=0:w=20:h=20:color=0x2fc7a1:t=fill", "-frames:v", "1")
}

// ownFonts writes the fonts of the film "fonts".
func ownFonts(t testing.TB, dir string) {
	t.Helper()
	for name, data := range map[string][]byte{"regular.ttf": goregular.TTF, "bold.ttf": gobold.TTF, "mono.ttf": gomono.TTF} {
		writeFile(t, filepath.Join(dir, name), data)
	}
}

// encode runs FFmpeg.
func encode(t testing.TB, file string, inputs ...string) {
	t.Helper()
	tools, err := ffmpeg.Find("")
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-v", "error"}, inputs...)
	switch filepath.Ext(file) {
	case ".mp4":
		args = append(args, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "96k")
	case ".m4a":
		args = append(args, "-c:a", "aac", "-b:a", "96k")
	case ".avif":
		args = append(args, "-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8")
	}
	args = append(args, file)
	if out, err := exec.Command(tools.FFmpeg, args...).CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v\n%s", file, err, out)
	}
}

// TestFilms holds the films to what their users rely on: they build and pass both checks, and every one of them moves.
func TestFilms(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes of headless Chromium")
	}
	for _, f := range films {
		t.Run(f.name, func(t *testing.T) {
			p, err := hframes.Open(film(t, f.name), hframes.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			list, err := p.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range list {
				t.Errorf("check: %s", d.Headline())
			}
			made, err := p.Build(t.Context())
			if err != nil {
				t.Fatal(said(err))
			}
			for _, d := range made.Diagnostics {
				t.Errorf("build: %s", d.Headline())
			}
			lintFilm(t, made.Bundle)
			js, err := p.Runtime(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			const fps = 5
			file := filepath.Join(t.TempDir(), "film.mp4")
			res, err := render.Local(t.Context(), made.Bundle.FS(), made.Bundle.Entry, file, render.Options{FPS: fps, Quality: "draft", Runtime: js})
			if err != nil {
				t.Fatal(err)
			}
			if res.Width != f.width || res.Height != f.height || math.Abs(res.Duration-f.duration) > 0.05 || res.Audio != f.audio {
				t.Errorf("made %dx%d, %g s, audio %v", res.Width, res.Height, res.Duration, res.Audio)
			}
			for _, w := range res.Warnings {
				t.Errorf("render: %s", w)
			}
			var stills []string
			for _, at := range f.at {
				still := frameOf(t, file, int(math.Round(at*fps)))
				if n := colors(t, still); n < 5 {
					t.Errorf("%g s shows %d colours: it is blank", at, n)
				}
				for i, before := range stills {
					if db := psnr(t, before, still); db > 30 {
						t.Errorf("%g s and %g s look the same: %.1f dB", f.at[i], at, db)
					}
				}
				stills = append(stills, still)
			}
		})
	}
}

// said returns all of an error's diagnostics.
func said(err error) string {
	var list source.List
	text := err.Error()
	if errors.As(err, &list) {
		for _, d := range list {
			text += "\n" + d.Headline()
		}
	}
	return text
}

// lintFilm lets both official CLIs lint a bundle.
func lintFilm(t *testing.T, b *bundler.Bundle) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "build")
	if err := b.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	for _, cli := range []string{"hyperframes", "hyperframes-oldest"} {
		v := judge[verdict](t, official(t, cli, "lint", "--json", dir))
		for _, f := range v.Findings {
			t.Logf("%s: %s %s: %s (%s)", cli, f.Severity, f.Code, f.Message, f.File)
		}
		if v.ErrorCount > 0 {
			t.Errorf("%s: %d errors", cli, v.ErrorCount)
		}
	}
}

// colors returns how many colours a picture holds, to 16 levels a channel, leaving out those of less than 0.1 % of it.
func colors(t testing.TB, name string) int {
	t.Helper()
	px := pixels(t, name)
	count := map[[3]uint8]int{}
	for i := 0; i < len(px); i += 3 {
		count[[3]uint8{px[i] >> 4, px[i+1] >> 4, px[i+2] >> 4}]++
	}
	n := 0
	for _, c := range count {
		if c*3000 >= len(px) {
			n++
		}
	}
	return n
}
