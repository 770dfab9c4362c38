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
	p, err := tools.Start(t.Context(), Encode{Format: MP4, Quality: "draft", Width: 64, Height: 48, Rate: Rate{25, 1}, Dst: filepath.Join(t.TempDir(), "no", "x.mp4")}.Args())
	if err != nil {
		t.Fatal(err)
	}
	picture := make([]byte, 64*48*3/2)
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
	p, err := tools.Start(ctx, Encode{Format: MP4, Quality: "draft", Width: 64, Height: 48, Rate: Rate{25, 1}, Dst: filepath.Join(t.TempDir(), "x.mp4")}.Args())
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

// An FFmpeg that could not write a file's end has failed, even if it does not think so; one that was killed has a hint.
func TestHalf(t *testing.T) {
	for script, want := range map[string]string{
		"echo 'Error writing trailer of x.mp4: No space left on device' >&2": "ffmpeg: Error writing trailer of x.mp4: No space left on device (the file is not whole)",
		"kill -9 $$": "ffmpeg: signal: killed",
	} {
		path := filepath.Join(t.TempDir(), "ffmpeg")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		tools := Tools{FFmpeg: path, FFprobe: path}
		p, err := tools.Start(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{p.Wait(), tools.Run(t.Context(), nil)} {
			var end *EndError
			if !errors.As(err, &end) || err.Error() != want || (end.Hint() == "") != (end.Words != "") {
				t.Errorf("%s: %v", script, err)
			}
		}
	}
}
