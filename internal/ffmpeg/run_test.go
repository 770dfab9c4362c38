package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func find(t *testing.T) Tools {
	t.Helper()
	tools, err := Find("")
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// plain returns a picture of one colour.
func plain(t *testing.T, w, h int, c color.Color) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Pictures become a film with exactly the right tags; the same pictures become the same bytes.
func TestEncode(t *testing.T) {
	tools, dir := find(t), t.TempDir()
	picture := plain(t, 64, 48, color.RGBA{255, 0, 0, 255})
	var first []byte
	for _, name := range []string{"a.mp4", "b.mp4"} {
		dst := filepath.Join(dir, name)
		p, err := tools.Start(t.Context(), EncodePictures{Codec: "png", Rate: Rate{25, 1}, Quality: Qualities()["standard"], Dst: dst}.Args())
		if err != nil {
			t.Fatal(err)
		}
		for range 7 {
			if err := p.Write(picture); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Wait(); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(dst)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		}
		if !bytes.Equal(first, data) {
			t.Error("the same pictures made different files")
		}
	}
	if at := bytes.Index(first, []byte("moov")); at < 0 || at > bytes.Index(first, []byte("mdat")) {
		t.Error("the index does not come first")
	}
	if found := regexp.MustCompile(`Lav[cf]\d[\d.]*`).Find(first); found != nil {
		t.Errorf("the file holds a version of FFmpeg: %s", found)
	}
	info, err := tools.Probe(t.Context(), filepath.Join(dir, "a.mp4"), true)
	if err != nil {
		t.Fatal(err)
	}
	v := info.Video()
	if v.Frames != 7 || v.Rate != (Rate{25, 1}) || v.PixFmt != "yuv420p" || v.Range != "tv" || v.Space != "bt709" || v.Primaries != "bt709" || v.Transfer != "bt709" || v.Duration != 0.28 {
		t.Errorf("video %+v", v)
	}
	// Limited-range BT.709 red is Y 63, Cb 102, Cr 240.
	out, err := exec.Command(tools.FFmpeg, "-v", "error", "-i", filepath.Join(dir, "a.mp4"), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	y, u, v2 := int(out[0]), int(out[64*48]), int(out[64*48+32*24])
	if y < 62 || y > 64 || u < 101 || u > 103 || v2 < 239 || v2 > 241 {
		t.Errorf("red is %d %d %d", y, u, v2)
	}
}

// Errors are FFmpeg's own words, on one line.
func TestErrors(t *testing.T) {
	tools := find(t)
	err := tools.Run(t.Context(), []string{"-v", "error", "-i", "no-such-file.mp4", "-f", "null", "-"})
	if err == nil || !strings.Contains(err.Error(), "no-such-file.mp4: No such file or directory") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
	if _, err := tools.Probe(t.Context(), "no-such-file.mp4", false); err == nil || !strings.HasPrefix(err.Error(), "ffprobe: no-such-file.mp4") {
		t.Errorf("error %v", err)
	}
	p, err := tools.Start(t.Context(), EncodePictures{Codec: "png", Rate: Rate{25, 1}, Quality: Qualities()["draft"], Dst: filepath.Join(t.TempDir(), "no", "x.mp4")}.Args())
	if err != nil {
		t.Fatal(err)
	}
	picture := plain(t, 64, 48, color.White)
	for err == nil {
		err = p.Write(picture)
	}
	if !strings.Contains(err.Error(), "No such file or directory") {
		t.Errorf("error %v", err)
	}
}

// A process ends with its context, and the error is the context's.
func TestCancel(t *testing.T) {
	tools := find(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	p, err := tools.Start(ctx, EncodePictures{Codec: "png", Rate: Rate{25, 1}, Quality: Qualities()["draft"], Dst: filepath.Join(t.TempDir(), "x.mp4")}.Args())
	if err != nil {
		t.Fatal(err)
	}
	cancel(why)
	if err := p.Wait(); !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
	if err := tools.Run(ctx, []string{"-f", "lavfi", "-i", "color", "-f", "null", "-"}); !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
}

func TestFind(t *testing.T) {
	have := map[string]bool{}
	env := map[string]string{}
	f := finder{goos: "linux", getenv: func(k string) string { return env[k] }, lookPath: func(p string) (string, error) {
		if have[p] {
			return "/found/" + strings.TrimPrefix(p, "/"), nil
		}
		return "", exec.ErrNotFound
	}}
	_, err := f.find("ffmpeg", "", "")
	var nf *NotFound
	if !errors.As(err, &nf) || err.Error() != "no ffmpeg found" || nf.Hint() != "install it: sudo apt install ffmpeg (Debian), sudo dnf install ffmpeg-free (Fedora), sudo pacman -S ffmpeg (Arch)" {
		t.Errorf("error %v", err)
	}
	have["/usr/local/bin/ffmpeg"] = true
	if got, err := f.find("ffmpeg", "", ""); err != nil || got != "/found/usr/local/bin/ffmpeg" {
		t.Errorf("%q %v", got, err)
	}
	have["ffprobe"], have["/opt/ff/ffprobe"] = true, true
	if got, _ := f.find("ffprobe", "", "/opt/ff"); got != "/found/opt/ff/ffprobe" {
		t.Errorf("%q is not the one beside ffmpeg", got)
	}
	env["HYPERFRAMES_FFMPEG_PATH"] = "/mine"
	if _, err := f.find("ffmpeg", "", ""); err == nil || err.Error() != `no ffmpeg at "/mine" (from HYPERFRAMES_FFMPEG_PATH)` ||
		!errors.As(err, &nf) || !strings.HasPrefix(nf.Hint(), "correct or unset HYPERFRAMES_FFMPEG_PATH, or install it: sudo apt") {
		t.Errorf("error %v", err)
	}
	if _, err := f.find("ffmpeg", "/asked", ""); err == nil || err.Error() != `no ffmpeg at "/asked"` {
		t.Errorf("error %v", err)
	}
	for goos, want := range map[string]string{"darwin": "brew install ffmpeg", "windows": "winget install --id Gyan.FFmpeg"} {
		if got := installCommand(goos); got != want {
			t.Errorf("%s: %s", goos, got)
		}
	}
}
