package render

import (
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A tile is one video of the test film, and the clip it plays.
type tile struct {
	File            string
	fps             float64 // of the clip
	frames          int     // of the clip
	Start, Duration float64
	From, Rate      float64
	Loop            bool
	Scene           bool // in the sub-composition, which begins at sceneStart
	X, Y            int
	Style           string
}

const sceneStart = 0.5

var tiles = []tile{
	{File: "a24.mp4", fps: 24, frames: 60, Duration: 2, Rate: 1},
	{File: "b25.mp4", fps: 25, frames: 60, Duration: 1.7, Rate: 1, Start: 0.3},
	{File: "c30.mp4", fps: 30, frames: 60, Duration: 2, Rate: 1, From: 0.1},
	{File: "d60.mp4", fps: 60, frames: 150, Duration: 2, Rate: 1},
	{File: "e2997.webm", fps: 30000.0 / 1001, frames: 60, Duration: 1.5, Rate: 1, Start: 0.25, From: 0.4},
	{File: "a24.mp4", fps: 24, frames: 60, Duration: 2, Rate: 0.5, From: 1.25},
	{File: "c30.mp4", fps: 30, frames: 60, Duration: 2, Rate: 1.5},
	{File: "odd.mp4", fps: 24, frames: 18, Duration: 2, Rate: 1, From: 0.1, Loop: true},
	{File: "short.mp4", fps: 30, frames: 21, Duration: 1.9, Rate: 1, Start: 0.05, From: 0.2},
	{File: "c30.mp4", fps: 30, frames: 60, Duration: 1, Rate: 1, From: 0.5, Scene: true},
	{File: "a24.mp4", fps: 24, frames: 60, Duration: 0.8, Rate: 2, Start: 0.2, Scene: true},
	{File: "long.mp4", fps: 10, frames: 100, Duration: 2, Rate: 1, From: 7.35, Style: "object-fit:cover;border-radius:6px;filter:contrast(1.2);"},
}

const (
	tileW, tileH = 150, 84
	videoW       = 4 * 160
	videoH       = 3 * 100
)

// shows returns the number of the source frame that the film shows at t, -1 when the tile is not seen.
func (c tile) shows(t float64) int {
	start := c.Start
	if c.Scene {
		start += sceneStart
	}
	if t < start-1e-9 || t >= start+c.Duration-1e-9 {
		return -1
	}
	m := c.From + (t-start)*c.Rate
	if length := float64(c.frames) / c.fps; c.Loop {
		m = c.From + math.Mod(m-c.From+1e-9, length-c.From)
	}
	return min(int(math.Floor((m+0.001)*c.fps)), c.frames-1)
}

// videoFilm writes the test film into a folder and returns it.
func videoFilm(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var root, scene []tile
	for i := range tiles {
		tiles := tiles[i]
		tiles.X, tiles.Y = i%4*160+5, i/4*100+8
		if tiles.Scene {
			scene = append(scene, tiles)
		} else {
			root = append(root, tiles)
		}
	}
	pages := template.Must(template.ParseFiles("testdata/video.tmpl", "testdata/video-scene.tmpl"))
	write := func(name, tmpl string, list []tile) {
		var b strings.Builder
		if err := pages.ExecuteTemplate(&b, tmpl, list); err != nil {
			t.Fatal(err)
		}
		put(t, dir, name, []byte(b.String()))
	}
	write("index.html", "video.tmpl", root)
	write("compositions/scene.html", "video-scene.tmpl", scene)
	x264 := []string{"-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "12", "-bf", "2", "-pix_fmt", "yuv420p"}
	put(t, dir, "a24.mp4", clipFile(t, "a.mp4", "24", 60, x264...))
	put(t, dir, "b25.mp4", clipFile(t, "b.mp4", "25", 60, x264...))
	put(t, dir, "c30.mp4", clipFile(t, "c.mp4", "30", 60, x264...))
	put(t, dir, "d60.mp4", clipFile(t, "d.mp4", "60", 150, x264...))
	put(t, dir, "short.mp4", clipFile(t, "s.mp4", "30", 21, x264...))
	put(t, dir, "odd.mp4", clipFile(t, "o.mp4", "24", 18, x264...))
	put(t, dir, "long.mp4", clipFile(t, "l.mp4", "10", 100, x264...))
	put(t, dir, "e2997.webm", clipFile(t, "e.webm", "30000/1001", 60, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M"))
	return dir
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every video shows, in every frame of the film, the picture of its source that is due then.
func TestVideoFrames(t *testing.T) {
	t.Parallel()
	dir := videoFilm(t)
	eachMethod(t, func(t *testing.T, o Options) {
		path, res := makeFilm(t, os.DirFS(dir), o)
		if len(res.Warnings) > 0 {
			t.Errorf("warnings %q", res.Warnings)
		}
		all := frames(t, path, videoW, videoH)
		if len(all) != 60 {
			t.Fatalf("%d frames", len(all))
		}
		for i, c := range tiles {
			var bad []string
			for n, p := range all {
				if got, want := c.read(p, i), c.shows(float64(n)/30); got != want {
					bad = append(bad, fmt.Sprintf("%d: %d for %d", n, got, want))
				}
			}
			if len(bad) > 0 {
				t.Errorf("tile %d %+v: film frame: shown for due\n%s", i, c, strings.Join(bad, ", "))
			}
		}
	})
}

// read returns the number that tile i of a picture shows, -1 for the background.
func (c tile) read(p picture, i int) int {
	x, y := i%4*160+5, i/4*100+8
	if p.near(x+tileW/2-9, y+tileH/2, [3]int{40, 90, 160}, 12) {
		return -1
	}
	return p.bits(8, x, x+tileW, y+tileH/2)
}
