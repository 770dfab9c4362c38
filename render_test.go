package hframes_test

import (
	"context"
	"fmt"
	"image/png"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/render"
)

// local renders a built deck on this machine.
func local(t testing.TB, deck, size, quality string) (file string, film *hframes.Film) {
	t.Helper()
	p, err := hframes.Open(deck, hframes.Options{Size: size})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	ctx := context.Background()
	if film, err = p.Build(ctx); err != nil {
		t.Fatal(err)
	}
	runtime, err := p.Runtime(ctx)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ours.mp4")
	res, err := render.Local(ctx, film.Bundle.FS(), film.Bundle.Entry, file, render.Options{Quality: quality, Runtime: runtime})
	if err != nil {
		t.Fatal(err)
	}
	if want := film.Composition.Timeline.Frames; res.Frames != want {
		t.Errorf("%d frames, the timeline has %d", res.Frames, want)
	}
	return file, film
}

// frameOf decodes one frame of a film.
func frameOf(t testing.TB, file string, frame int) string {
	t.Helper()
	tools, err := ffmpeg.Find("")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), fmt.Sprintf("%d.png", frame))
	cmd := exec.Command(tools.FFmpeg, "-v", "error", "-i", file, "-vf", fmt.Sprintf("select=eq(n\\,%d)", frame), "-frames:v", "1", out)
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("frame %d of %s: %v\n%s", frame, file, err, b)
	}
	return out
}

// psnr compares two pictures: peak signal to noise in dB, +Inf for equal ones.
func psnr(t testing.TB, a, b string) float64 {
	t.Helper()
	x, y := pixels(t, a), pixels(t, b)
	if len(x) != len(y) {
		t.Fatalf("%s and %s differ in size", a, b)
	}
	sum := 0.0
	for i := range x {
		d := float64(x[i]) - float64(y[i])
		sum += d * d
	}
	if sum == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(255*255/(sum/float64(len(x))))
}

func pixels(t testing.TB, name string) []uint8 {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []uint8
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			out = append(out, uint8(r>>8), uint8(g>>8), uint8(b>>8))
		}
	}
	return out
}

// TestRenderMatchesOfficial renders launch here, losing nothing, and with the newest official CLI, losing next to nothing,
// and compares frames: five spread over the film, and the first and last of a scene.
func TestRenderMatchesOfficial(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes of headless Chromium")
	}
	ours, film := local(t, "examples/launch", "", "lossless")
	compareFrames(t, film, ours, officialRender(t, film, "hyperframes"))
}

// TestOldestShowsTheSame takes stills of launch and chart with the oldest and the newest official CLI. Stills are PNG
// files: nothing but the picture can make them differ.
func TestOldestShowsTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes of headless Chromium")
	}
	for _, deck := range []string{"launch", "chart"} {
		dir, film := build(t, filepath.Join("examples", deck), "")
		var at []string
		for _, c := range film.Composition.Timeline.Clips {
			for _, t := range []float64{c.Start.Seconds() + 0.4, (c.Start + c.Duration/2).Seconds()} {
				at = append(at, strconv.FormatFloat(math.Floor(t*10)/10, 'f', 1, 64)) // a whole frame: the oldest rounds down to one
			}
		}
		newest := snapshots(t, "hyperframes", dir, strings.Join(at, ","))
		oldest := snapshots(t, "hyperframes-oldest", dir, strings.Join(at, ","))
		if len(newest) < len(at) || len(oldest) < len(at) { // both add the film's last moment
			t.Fatalf("%s: %d and %d stills at %d times", deck, len(newest), len(oldest), len(at))
		}
		for i := range at {
			got := psnr(t, newest[i], oldest[i])
			t.Logf("%s at %s s: %.1f dB", deck, at[i], got)
			least := 50.0
			if playsVideo(t, dir, film, at[i]) {
				least = 35 // the two seek a <video> in a page, which may be a frame off in either
			}
			if got < least {
				t.Errorf("%s at %s s differs: %.1f dB", deck, at[i], got)
			}
		}
	}
}

// playsVideo reports whether a scene with a video is on screen at a time.
func playsVideo(t *testing.T, dir string, film *hframes.Film, at string) bool {
	t.Helper()
	now, err := strconv.ParseFloat(at, 64)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range film.Composition.Timeline.Clips {
		page, err := os.ReadFile(filepath.Join(dir, "compositions", c.Scene+".html"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Start.Seconds() <= now && now < (c.Start+c.Duration).Seconds() && strings.Contains(string(page), "<video") {
			return true
		}
	}
	return false
}

// snapshots takes stills of a build and returns their files in order. The build is copied, since the oldest CLI writes
// into it.
func snapshots(t *testing.T, cli, dir, at string) []string {
	t.Helper()
	work := filepath.Join(t.TempDir(), "film")
	if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	official(t, cli, "snapshot", "--at", at, work)
	var files []string
	err := filepath.WalkDir(work, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), "frame-") && strings.HasSuffix(d.Name(), "s.png") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

func officialRender(t *testing.T, film *hframes.Film, cli string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "film")
	if err := film.Bundle.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), cli+".mp4")
	for range 2 { // on a busy machine the official tool now and then gives up waiting for its browser
		out := official(t, cli, "render", dir, "-o", file, "--crf", "1", "--fps", "30", "--quiet")
		if _, err := os.Stat(file); err == nil {
			return file
		}
		t.Logf("%s render made no file: %s", cli, out)
	}
	t.Fatalf("%s render made no file", cli)
	return ""
}

func compareFrames(t *testing.T, film *hframes.Film, one, two string) {
	t.Helper()
	line := film.Composition.Timeline
	frames := []int{line.Clips[1].StartFrame, line.Clips[1].StartFrame + line.Clips[1].Frames - 1}
	for i := range 5 {
		frames = append(frames, (2*i+1)*line.Frames/10)
	}
	for _, f := range frames {
		got := psnr(t, frameOf(t, one, f), frameOf(t, two, f))
		t.Logf("frame %d: %.1f dB", f, got)
		if got < 40 {
			t.Errorf("frame %d differs: %.1f dB", f, got)
		}
	}
}
