//go:build linux

package hframes_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/render"
)

// A renderFilm is a HyperFrames folder that both tools render.
type renderFilm struct {
	name, dir string
	render.Facts
}

// frames returns how many the film has.
func (f renderFilm) frames() int { return int(f.Seconds*f.FPS + 0.5) }

// renderFilms returns the films: cards that move by CSS in every frame, the example "launch", ten scenes of words by GSAP.
func renderFilms(b *testing.B) []renderFilm {
	b.Helper()
	launch, _ := build(b, "examples/launch", "")
	films := []renderFilm{{name: "cards", dir: film(b, "cards")}, {name: "launch", dir: launch}, {name: "titles", dir: film(b, "titles")}}
	for i := range films {
		f := &films[i]
		if f.name != "launch" {
			writeFile(b, filepath.Join(f.dir, "fonts/regular.ttf"), goregular.TTF)
			writeFile(b, filepath.Join(f.dir, "fonts/bold.ttf"), gobold.TTF)
		}
		var err error
		if f.Facts, err = render.About(os.DirFS(f.dir), hframes.Page); err != nil {
			b.Fatal(err)
		}
		if f.FPS == 0 {
			f.FPS = 30
		}
	}
	return films
}

// A renderTool makes a video of a film, in a process of its own.
type renderTool struct {
	name    string
	command func(film, quality, out string) *exec.Cmd
	runs    []measured // those that are timed
	memory  int64      // of a run before them
	kept    int64      // of it, not of files
	file    string     // what that run made
}

// oursAt returns our renderer. Its caches of what was rendered before are not used. encoder, of a quality's name, says
// how films are encoded; nil = as they are at that quality.
func oursAt(b *testing.B, name string, encoder func(quality string) string) *renderTool {
	b.Helper()
	bin := commandFile(b)
	uncached := accepts(b, bin, "--no-cache", "render", "--help")
	return &renderTool{name: name, command: func(film, quality, out string) *exec.Cmd {
		cmd := exec.Command(bin, "render", film, "--on", "local", "--quality", quality, "-o", out, "--json")
		if uncached {
			cmd.Args = append(cmd.Args, "--no-cache")
		}
		if encoder != nil {
			cmd.Env = append(cmd.Environ(), "HFRAMES_ENCODER="+encoder(quality))
		}
		return cmd
	}}
}

// accepts reports whether a command's help has a word.
func accepts(b *testing.B, bin, word string, args ...string) bool {
	b.Helper()
	out, err := exec.Command(bin, args...).CombinedOutput()
	if err != nil {
		b.Fatalf("%s %s: %v\n%s", bin, strings.Join(args, " "), err, out)
	}
	return slices.Contains(strings.Fields(string(out)), word)
}

// run renders once. The official tool may fail once: on a busy machine it now and then gives up waiting for its browser.
func (r *renderTool) run(b *testing.B, m meter, film renderFilm, quality string) (measured, string) {
	b.Helper()
	for try := 0; ; try++ {
		out := filepath.Join(b.TempDir(), film.name+".mp4")
		got, said, err := m.run(r.command(film.dir, quality, out))
		if err == nil {
			if r.name != "official" && got.left > 0 {
				b.Errorf("%s left %d processes", r.name, got.left)
			}
			if r.name == "official" && bytes.Contains(said, []byte("falling back to screenshot")) {
				b.Log("the official tool fell back to screenshots, which are slower")
			}
			return got, out
		}
		if b.Log(err); r.name != "official" || try > 0 {
			b.FailNow()
		}
	}
}

// BenchmarkRenderBesideOfficial times whole renders, ours and the official tool's in turn, of the same films at the same
// quality by name, and ours once more with the official tool's encoder settings. A first round, not timed, warms what can
// be warm, and tells memory, sizes, and how like each file is to the frames of its tool, of which nothing was lost. It
// reports medians and ratios, greater than 1 where ours is better, and prints a table at the end. That both tools draw
// the same is what TestPixelsEqualOfficial tests.
func BenchmarkRenderBesideOfficial(b *testing.B) {
	table := renderTable{}
	b.Cleanup(table.print)
	m := newMeter(b)
	like := oursAt(b, "hframes, official x264", func(quality string) string { return "official-" + quality })
	unspoilt := oursAt(b, "hframes, lossless", func(string) string { return "lossless" })
	for _, film := range renderFilms(b) {
		b.Run(film.name, func(b *testing.B) {
			var lossless [2]string
			_, lossless[0] = unspoilt.run(b, *m, film, "standard")
			lossless[1] = losslessFrames(b, film.dir, film.FPS)
			raw := rawFrames(b, lossless[0])
			painting := captureAlone(b, film)
			for _, quality := range []string{"draft", "standard"} {
				b.Run(quality, func(b *testing.B) {
					ours := oursAt(b, "hframes", nil)
					theirs := &renderTool{name: "official", command: func(film, quality, out string) *exec.Cmd {
						return officialRenderCommand(b, film, "--quality", quality, "-o", out)
					}}
					tools := []*renderTool{ours, theirs, {name: like.name, command: like.command}}
					timeRenders(b, m, film, quality, tools)
					for _, tool := range tools {
						if tool == theirs {
							continue
						}
						row := compareRenders(b, film, lossless, tool, theirs)
						row.quality = quality
						row.encoding = encodeAlone(b, film, raw, tool)
						row.painting = painting
						if table.add(row); tool == ours {
							row.report(b)
						} else {
							b.ReportMetric(row.wall(), "wall-ratio-same-x264")
						}
					}
				})
			}
		})
	}
}

// timeRenders runs the tools in turn.
func timeRenders(b *testing.B, m *meter, film renderFilm, quality string, tools []*renderTool) {
	b.Helper()
	warm, timed := *m, *m
	warm.memory = 2
	for _, tool := range tools {
		got, out := tool.run(b, warm, film, quality)
		tool.memory, tool.kept, tool.file = got.memory, got.kept, out
	}
	for b.Loop() {
		for _, tool := range tools {
			got, out := tool.run(b, timed, film, quality)
			tool.runs = append(tool.runs, got)
			if err := os.Remove(out); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// rawFrames decodes a lossless film into a file of raw 4:2:0 frames, 3.1 MB each at 1080p.
func rawFrames(b *testing.B, lossless string) string {
	b.Helper()
	raw := filepath.Join(b.TempDir(), "film.yuv")
	run(b, "ffmpeg", "-v", "error", "-i", lossless, "-map", "0:v", "-pix_fmt", "yuv420p", "-f", "rawvideo", raw)
	return raw
}

// encodeAlone returns the frames a second at which FFmpeg makes H.264 of raw frames, when it has the machine for itself
// and the settings that a tool gave it. 0 = its encoder was not seen.
func encodeAlone(b *testing.B, film renderFilm, raw string, tool *renderTool) float64 {
	b.Helper()
	var settings []string
	for _, r := range tool.runs {
		if s := encoderSettings(r.encoder); len(s) > 0 {
			settings = s
		}
	}
	if settings == nil {
		b.Logf("the encoder of %s was not seen", tool.name)
		return 0
	}
	args := []string{"-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", fmt.Sprintf("%dx%d", film.Width, film.Height),
		"-framerate", fmt.Sprint(film.FPS), "-i", raw}
	args = append(append(args, settings...), "-f", "mp4", filepath.Join(b.TempDir(), "alone.mp4"))
	began := time.Now()
	run(b, "ffmpeg", args...)
	return float64(film.frames()) / time.Since(began).Seconds()
}

// captureAlone returns the frames a second at which the browser paints a film and we take the pictures, without making a
// video of them. 0 = this hframes has no command for that: hframes dev capture FOLDER --json, which prints an object with
// the number of frames and the seconds from the first one on.
func captureAlone(b *testing.B, film renderFilm) float64 {
	b.Helper()
	bin := commandFile(b)
	if !accepts(b, bin, "capture", "dev", "--help") {
		return 0
	}
	out, err := exec.Command(bin, "dev", "capture", film.dir, "--json").Output()
	if err != nil {
		b.Fatalf("hframes dev capture: %v", err)
	}
	var said struct {
		Frames  int
		Seconds float64
	}
	if err := json.Unmarshal(out, &said); err != nil || said.Frames != film.frames() || said.Seconds <= 0 {
		b.Fatalf("hframes dev capture says %s (%v), the film has %d frames", out, err, film.frames())
	}
	return float64(said.Frames) / said.Seconds
}

// BenchmarkRenderScenes renders decks of 10 to 200 scenes of a second each, small and at draft. It reports wall time, the
// time of a scene, and memory, which is looked at once a second.
func BenchmarkRenderScenes(b *testing.B) {
	m := *newMeter(b)
	m.memory = int(time.Second / look)
	for _, n := range []int{10, 50, 100, 200} {
		b.Run(fmt.Sprintf("scenes=%d", n), func(b *testing.B) {
			deck := sceneDeck(b, generated(n), "size: 320x180\nfps: 10\nduration: {min: 1s, max: 1s}\ntransition: cut")
			tool := oursAt(b, "hframes", nil)
			for b.Loop() {
				got, out := tool.run(b, m, renderFilm{name: "scenes", dir: deck}, "draft")
				tool.runs, tool.memory = append(tool.runs, got), max(tool.memory, got.memory)
				if frames := frameCount(b, out); frames != 10*n {
					b.Errorf("%d frames, not %d", frames, 10*n)
				}
			}
			wall := medianOf(tool.runs, func(r measured) time.Duration { return r.wall })
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(wall, "wall-s")
			b.ReportMetric(wall*1000/float64(n), "ms/scene")
			b.ReportMetric(float64(tool.memory)/1e6, "MB")
		})
	}
}

// BenchmarkRenderEdit renders a deck of twenty scenes into an empty cache, then once more after one scene was edited. It
// reports both times and how much of the first the second is beyond 1.5 s, and fails unless the second film has the same
// frames as one that is rendered without that cache.
func BenchmarkRenderEdit(b *testing.B) {
	p, err := hframes.Open("examples/hello", hframes.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	js, err := p.Runtime(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	runtime := filepath.Join(b.TempDir(), "runtime.js")
	writeFile(b, runtime, js)
	bin, m := commandFile(b), *newMeter(b)
	var first, second []measured
	for b.Loop() {
		deck := sceneDeck(b, generated(20), "size: 1280x720\nfps: 30\nduration: {min: 2s, max: 2s}\ntransition: cut")
		made := func(cache string) (measured, string) {
			tool := renderTool{name: "hframes", command: func(film, quality, out string) *exec.Cmd {
				cmd := exec.Command(bin, "render", film, "--on", "local", "--quality", quality, "-o", out)
				cmd.Env = append(cmd.Environ(), "HFRAMES_CACHE="+cache, "HFRAMES_RUNTIME="+runtime)
				return cmd
			}}
			return tool.run(b, m, renderFilm{name: "edit", dir: deck}, "standard")
		}
		cache := b.TempDir()
		one, _ := made(cache)
		file := filepath.Join(deck, hframes.Deck)
		before := readFile(b, file)
		after := bytes.Replace(before, []byte("number 8\n"), []byte("edited\n"), 1)
		if bytes.Equal(before, after) {
			b.Fatal("the generated deck has no text to edit")
		}
		writeFile(b, file, after)
		two, edited := made(cache)
		_, whole := made(b.TempDir())
		if got, want := frameHashes(b, edited), frameHashes(b, whole); !slices.Equal(got, want) {
			b.Errorf("after the edit %d of %d frames differ from those of a whole render", different(got, want), len(want))
		}
		first, second = append(first, one), append(second, two)
	}
	wall := func(r measured) time.Duration { return r.wall }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(medianOf(first, wall), "first-s")
	b.ReportMetric(medianOf(second, wall), "second-s")
	b.ReportMetric(100*max(0, medianOf(second, wall)-1.5)/medianOf(first, wall), "%-beyond-1.5s")
}

// sceneDeck writes a generated deck with more in its front matter.
func sceneDeck(b *testing.B, deck, settings string) (dir string) {
	b.Helper()
	dir = filepath.Join(b.TempDir(), "film")
	writeFile(b, filepath.Join(dir, hframes.Deck), []byte(strings.Replace(deck, "---\n", "---\n"+settings+"\n", 1)))
	return dir
}

// different returns how many of two lists' items differ, by place.
func different(a, b []string) (n int) {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			n++
		}
	}
	return n
}
