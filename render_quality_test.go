package hframes_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A likeness is how alike two films are, frame by frame: their mean SSIM, 1 = the same.
type likeness struct{ luma, all float64 }

// ssim compares a film with a lossless one. Both are taken to 4:4:4 first, so that what a film lost of its colours
// counts, and no way to reduce them is preferred: in all, each of the three planes weighs the same.
func ssim(t testing.TB, file, lossless string) likeness {
	t.Helper()
	const same = "settb=1/1000,setpts=N,scale=in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,format=yuv444p"
	out, err := exec.Command("ffmpeg", "-hide_banner", "-nostats", "-i", file, "-i", lossless, "-an",
		"-filter_complex", "[0:v]"+same+"[a];[1:v]"+same+"[b];[a][b]ssim=shortest=1", "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("compare %s: %v\n%s", file, err, out)
	}
	found := ssimLine.FindSubmatch(out)
	if found == nil {
		t.Fatalf("compare %s: FFmpeg says no SSIM\n%s", file, out)
	}
	number := func(text []byte) float64 {
		x, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	if a, b := frameCount(t, file), frameCount(t, lossless); a != b {
		t.Errorf("%s has %d frames, not %d", file, a, b)
	}
	return likeness{luma: number(found[1]), all: number(found[2])}
}

var ssimLine = regexp.MustCompile(`SSIM Y:([0-9.]+) .*All:([0-9.]+)`)

// frameCount decodes a film and counts its frames.
func frameCount(t testing.TB, file string) int { return len(frameHashes(t, file)) }

// frameHashes decodes a film and returns a hash of each frame.
func frameHashes(t testing.TB, file string) (hashes []string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", file, "-map", "0:v:0", "-f", "framemd5", "-").Output()
	if err != nil {
		t.Fatalf("decode %s: %v", file, err)
	}
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") {
			hashes = append(hashes, strings.TrimSpace(line[strings.LastIndexByte(line, ',')+1:]))
		}
	}
	return hashes
}

// x264Options returns what an H.264 file says of how it was made, without the number of threads, which comes from the
// machine. "" = it says nothing.
func x264Options(t testing.TB, file string) string {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", file, "-map", "0:v:0", "-c", "copy", "-frames:v", "1", "-f", "h264", "-").Output()
	if err != nil {
		t.Fatalf("read %s: %v", file, err)
	}
	_, found, ok := bytes.Cut(out, []byte("x264 - core "))
	if !ok {
		return ""
	}
	found, _, _ = bytes.Cut(found, []byte{0})
	_, options, _ := strings.Cut(string(found), "options: ")
	return x264Threads.ReplaceAllString(options, "")
}

var x264Threads = regexp.MustCompile(`\b(lookahead_)?threads=\d+ `)

// losslessFrames makes a film of the frames that the official renderer takes as PNGs. Nothing is lost but what 4:2:0 has
// no place for, as in our own.
func losslessFrames(t testing.TB, dir string, fps float64) string {
	t.Helper()
	frames, file := filepath.Join(t.TempDir(), "frames"), filepath.Join(t.TempDir(), "lossless.mkv")
	cmd := officialRenderCommand(t, dir, "--format", "png-sequence", "-o", frames)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the official frames of %s: %v\n%s", dir, err, out)
	}
	names, err := filepath.Glob(filepath.Join(frames, "*.png"))
	if err != nil || len(names) == 0 {
		t.Fatalf("the official frames of %s: none, %v", dir, err)
	}
	run(t, "ffmpeg", "-v", "error", "-framerate", fmt.Sprint(fps), "-pattern_type", "glob", "-i", filepath.Join(frames, "*.png"),
		"-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-pix_fmt", "yuv420p",
		"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv", file)
	return file
}

// officialRenderCommand returns a run of the official renderer with the browser in which it is fastest.
func officialRenderCommand(t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := officialCommand(t, "hyperframes", append([]string{"render", dir, "--quiet"}, args...)...)
	shell, err := exec.LookPath("chromium-headless-shell")
	if err != nil {
		t.Fatalf("the headless shell is not installed: run scripts/setup test (%v)", err)
	}
	cmd.Env = append(cmd.Env, "HYPERFRAMES_BROWSER_PATH="+shell)
	return cmd
}

// run runs a program that must succeed.
func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
