package render

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/hframes/hframes/internal/ffmpeg"
)

// shortFilm is half a second of something that moves, with a sound.
func shortFilm(t *testing.T) fstest.MapFS {
	return fstest.MapFS{
		"a.wav": {Data: soundFile(t, "a.wav", "sine=duration=0.5")},
		"index.html": {Data: []byte(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title>
<style>html, body { margin: 0 } #dot { width: 20px; height: 20px; background: #0a7a5c; animation: go 0.5s linear both } @keyframes go { to { transform: translateX(40px) } }</style></head>
<body><div id="root" data-composition-id="main" data-start="0" data-duration="0.5" data-width="64" data-height="36" data-no-timeline><div id="dot"></div>
<audio id="a" src="a.wav" data-start="0" data-duration="0.5"></audio></div></body></html>`)},
	}
}

// Every format is made and measured, and with a cache it is the same again.
func TestFormats(t *testing.T) {
	t.Parallel()
	for _, format := range ffmpeg.Formats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			dst := filepath.Join(t.TempDir(), "film."+string(format))
			res, err := Local(t.Context(), shortFilm(t), "index.html", dst, Options{Runtime: official(t), Quality: "draft", Format: format, Scale: 2})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fmt.Sprintf("%d frames of %dx%d, %g s, sound %v", res.Frames, res.Width, res.Height, res.Duration, res.Audio),
				fmt.Sprintf("15 frames of 128x72, 0.5 s, sound %v", format.Sound()); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if res.Size == 0 || format.Alpha() == (res.CaptureMode == "wayland") {
				t.Errorf("%d bytes by %s", res.Size, res.CaptureMode)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dst), ".*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// A folder of pictures takes the place of another one, and of nothing else.
func TestPictures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "old/frame_000009.png", []byte("picture"))
	put(t, dir, "mine/frame_000001.png", []byte("picture"))
	put(t, dir, "mine/letter.txt", []byte("dear"))
	put(t, dir, "file", []byte("dear"))
	for _, name := range []string{"old", "new", "deep/new"} {
		p, err := createPictures(t.Context(), filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, p.Name(), "frame_000001.png", []byte("new"))
		if err := p.Commit(); err != nil {
			t.Fatal(err)
		}
		p.Close()
		if files, _ := filepath.Glob(filepath.Join(dir, name, "*")); len(files) != 1 || filepath.Base(files[0]) != "frame_000001.png" {
			t.Errorf("%s: %v", name, files)
		}
	}
	var foreign *ForeignDir
	if _, err := createPictures(t.Context(), filepath.Join(dir, "mine")); !errors.As(err, &foreign) || foreign.File != "letter.txt" || foreign.Hint() == "" {
		t.Errorf("%v", err)
	}
	if _, err := createPictures(t.Context(), filepath.Join(dir, "file")); err == nil {
		t.Error("a file was taken for a folder")
	}
	if data, _ := os.ReadFile(filepath.Join(dir, "file")); string(data) != "dear" {
		t.Errorf("%q", data)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("%q are still there", left)
	}
}
