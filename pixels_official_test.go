package hframes_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/examples"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/render"
)

// The pictures of the official renderer are the measure of ours: every frame of every film in testdata/films and of every
// example. The official tool writes PNG files, so that only our own encoder stands between the two.

// A twin is a film that is rendered by both.
type twin struct {
	name  string
	fps   int     // 0 = the film's own
	mp4   bool    // the official tool writes an MP4 file: PNG files leave out the background of html and body
	warns string  // what the page complains of in any browser; "" = nothing
	loud  string  // code of what the official check --strict has against the film, for a reason that is not the film's
	apart stretch // frames that may differ more; none when it is zero
}

// A stretch is the frames from first up to end, of which the worst must reach least (dB).
type stretch struct {
	first, end int
	least      float64
}

// pixelBar is the least PSNR (dB) of a frame.
const pixelBar = 40

// Films that are long or large are compared at a lower frame rate: frame n/fps of a film does not depend on it.
var twins = []twin{
	{name: "gsap", fps: 6},
	{name: "anime", fps: 6},
	{name: "lottie", fps: 6},
	{name: "three", fps: 6, loud: "console_warning"}, // as shader
	{name: "video", fps: 6},
	{name: "nested", fps: 4},
	{name: "css"},
	{name: "waapi"},
	{name: "svg"},
	{name: "canvas"},
	{name: "shader", loud: "console_warning"}, // the driver finds reading the picture slow
	{name: "texture", warns: "texImage2D: no video", loud: "console_warning"}, // it draws once before there is a picture
	{name: "stagger"},
	{name: "type"},
	{name: "variables"},
	{name: "deep"},
	{name: "clips"},
	{name: "pictures", loud: "duplicate_media_discovery_risk"}, // one picture, shown in two ways
	{name: "fonts"},
	{name: "space"},
	{name: "page", mp4: true},
}

// exampleFPS is the rate at which the examples are compared: a minute of 1080p is what they are long.
const exampleFPS = 1

// videoOfLaunch is the scene of launch with a video. The official tool takes a video's pictures at the film's rate: at
// one frame a second it shows the picture of the second before, up to a second old, and we the one that is due. 31.4 dB
// was measured. TestRenderMatchesOfficial compares the scene at 30 frames a second.
var videoOfLaunch = stretch{32, 42, 28}

// officialRuns bounds how many official renders are under way: each is a Node and a browser of several processes.
var officialRuns = make(chan struct{}, 2)

func TestPixelsEqualOfficial(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes of headless Chromium")
	}
	for _, tw := range twins {
		t.Run(tw.name, func(t *testing.T) {
			t.Parallel()
			sameAsOfficial(t, film(t, tw.name), tw)
		})
	}
	for _, name := range examples.Names() {
		t.Run("examples/"+name, func(t *testing.T) {
			t.Parallel()
			tw := twin{name: name, fps: exampleFPS}
			if name == "launch" {
				tw.apart = videoOfLaunch
			}
			sameAsOfficial(t, filepath.Join("examples", name), tw)
		})
	}
}

// TestFilmsPassOfficialCheck lets the official tool check the films, where every warning counts.
func TestFilmsPassOfficialCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes of headless Chromium")
	}
	for _, tw := range twins {
		t.Run(tw.name, func(t *testing.T) {
			t.Parallel()
			officialRuns <- struct{}{}
			defer func() { <-officialRuns }()
			dir, _ := build(t, film(t, tw.name), "")
			a := judge[audit](t, official(t, "hyperframes", "check", "--strict", "--json", dir))
			for _, part := range [][]json.RawMessage{a.Lint.Findings, a.Runtime.Findings, a.Layout.Findings, a.Motion.Findings, a.Contrast.Findings} {
				for _, raw := range part {
					var f finding
					if err := json.Unmarshal(raw, &f); err != nil {
						t.Fatal(err)
					}
					if f.Severity != "info" && (f.Code != tw.loud || f.Severity == "error") {
						t.Errorf("%s", raw)
					}
				}
			}
		})
	}
}

// sameAsOfficial renders a film here and with the official CLI, and compares every frame.
func sameAsOfficial(t *testing.T, dir string, tw twin) {
	t.Helper()
	officialRuns <- struct{}{}
	defer func() { <-officialRuns }()
	p, err := hframes.Open(dir, hframes.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	made, err := p.Build(t.Context())
	if err != nil {
		t.Fatal(said(err))
	}
	runtime, err := p.Runtime(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(t.TempDir(), "bundle")
	if err := made.Bundle.WriteDir(bundle); err != nil {
		t.Fatal(err)
	}
	theirs, count := officialPictures(t, bundle, tw)
	ours := filepath.Join(t.TempDir(), "ours.mp4")
	res, err := render.Local(t.Context(), made.Bundle.FS(), made.Bundle.Entry, ours, render.Options{FPS: tw.fps, Quality: "high", Runtime: runtime})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range res.Warnings {
		if tw.warns == "" || !strings.Contains(w, tw.warns) {
			t.Errorf("warning: %s", w)
		}
	}
	if res.Frames != count {
		t.Fatalf("%d frames, the official film has %d", res.Frames, count)
	}
	worst, mean := math.Inf(1), 0.0
	at := 0
	list := framePSNR(t, ours, theirs)
	if len(list) != count {
		t.Fatalf("%d frames were compared, not %d", len(list), count)
	}
	for n, db := range list {
		least := float64(pixelBar)
		if n >= tw.apart.first && n < tw.apart.end {
			least = tw.apart.least
		}
		if db < least {
			t.Errorf("frame %d: %.1f dB, less than %g", n, db, least)
		}
		if db < worst {
			worst, at = db, n
		}
		mean += math.Min(db, 100) / float64(count)
	}
	t.Logf("%s: %d frames, the worst is %d with %.1f dB, mean %.1f dB", tw.name, count, at, worst, mean)
}

// officialPictures renders a bundle with the official CLI and returns what FFmpeg reads its pictures from, and how many
// there are.
func officialPictures(t *testing.T, bundle string, tw twin) (input string, count int) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "theirs")
	args := []string{"render", bundle, "--quality", "high", "--video-frame-format", "png", "--workers", "1", "--no-browser-gpu", "--quiet"}
	if tw.fps > 0 {
		args = append(args, "--fps", strconv.Itoa(tw.fps))
	}
	if tw.mp4 {
		out += ".mp4"
		args = append(args, "-o", out, "--crf", "1")
	} else {
		args = append(args, "-o", out, "--format", "png-sequence")
	}
	said := official(t, "hyperframes", args...)
	if _, err := os.Stat(out); err != nil { // on a busy machine the official tool now and then gives up waiting for its browser
		t.Logf("the official render made nothing: %s", said)
		said = official(t, "hyperframes", args...)
	}
	if tw.mp4 {
		info, err := encoder(t).Probe(t.Context(), out, true)
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return out, info.Video().Frames
	}
	files, err := filepath.Glob(filepath.Join(out, "frame_*.png")) // its sound lies there, too
	if err != nil || len(files) == 0 {
		t.Fatalf("no pictures: %v\n%s", err, said)
	}
	return filepath.Join(out, "frame_%06d.png"), len(files)
}

// encoder returns FFmpeg.
func encoder(t *testing.T) ffmpeg.Tools {
	t.Helper()
	tools, err := ffmpeg.Find("")
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// framePSNR compares a film with pictures, frame by frame, as limited-range BT.709 4:2:0: what our film
// holds, and what FFmpeg makes of the pictures. It returns a value in dB for each frame, +Inf for equal ones. The sides
// of an odd canvas are rounded up, as ours are.
func framePSNR(t *testing.T, film, pictures string) []float64 {
	t.Helper()
	const inStep = "settb=1/25,setpts=N" // frame n to frame n, whatever their times
	const graph = "[0:v]format=yuv420p," + inStep + "[ours];" +
		"[1:v]scale=in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,format=yuv420p,pad=ceil(iw/2)*2:ceil(ih/2)*2," + inStep + "[theirs];" +
		"[ours][theirs]psnr=stats_file=-"
	cmd := exec.CommandContext(t.Context(), encoder(t).FFmpeg, "-v", "error", "-i", film, "-i", pictures, "-lavfi", graph, "-f", "null", "-")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("compare: %v\n%s", err, errs.String())
	}
	var list []float64
	for line := range strings.Lines(string(out)) {
		_, text, _ := strings.Cut(line, "psnr_avg:")
		var db float64
		if _, err := fmt.Sscan(text, &db); err != nil {
			t.Fatalf("no value in %q", line)
		}
		list = append(list, db)
	}
	return list
}
