package render

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes/internal/ffmpeg"
)

// reelFilm is a film of six scenes, of which neighbours overlap. Two have videos, one has a picture and one a sound; the
// entry page has a sound of its own. A page that holds more than three scenes complains.
func reelFilm(t *testing.T) fstest.MapFS {
	files := fstest.MapFS{
		"one.webm": {Data: clipFile(t, "one.webm", "30", 40)},
		"two.webm": {Data: clipFile(t, "two.webm", "25", 40, "-vf", "negate")},
		"low.wav":  {Data: soundFile(t, "low.wav", "sine=220:d=2")},
		"high.wav": {Data: soundFile(t, "high.wav", "sine=880:d=2")},
		"dot.svg":  {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30"><circle cx="15" cy="15" r="15" fill="#fff"/></svg>`)},
	}
	inner := []string{"", `<video id="v1" src="one.webm" muted data-start="0.1" data-duration="0.7" style="width:160px"></video>`,
		`<img src="dot.svg" style="position:absolute;top:60px">`, "",
		`<video id="v4" src="two.webm" muted data-start="0" data-media-start="0.4" data-duration="0.9" style="width:160px"></video>`,
		`<audio id="a5" src="high.wav" data-start="0.2" data-duration="0.5"></audio>`}
	hosts := `<audio id="a" src="low.wav" data-start="0" data-duration="2" data-track-index="9"></audio>`
	for i, more := range inner {
		id := fmt.Sprintf("s%d", i)
		hosts += mount(id, "host-"+id, 0.8*float64(i), 0.9, "")
		files["scenes/"+id+".html"] = &fstest.MapFile{Data: []byte(inTemplate(id, scene(id, 0.9, "",
			bar(id, 10+25*i, "background:#0af")+more)))}
	}
	hosts += `<script>if (document.querySelectorAll(".clip").length > 3) console.warn("many scenes");</script>`
	page := scene("main", 4.9, `data-hframes="scenes"`, bar("main", 160, "background:#ff0")+hosts)
	files["index.html"] = &fstest.MapFile{Data: []byte(inDocument("html,body{background:#000}", page))}
	return files
}

// A film is the same file however many of its scenes a page holds.
func TestReels(t *testing.T) {
	t.Parallel()
	files := reelFilm(t)
	eachMethod(t, func(t *testing.T, o Options) {
		o.FPS, o.perPage = 10, 100
		path, res := makeFilm(t, files, o)
		if !slices.ContainsFunc(res.Warnings, func(w string) bool { return strings.Contains(w, "many scenes") }) {
			t.Errorf("the whole film does not complain: %q", res.Warnings)
		}
		whole := readFile(t, path)
		o.perPage = 2
		for _, o.Workers = range []int{2, 1} {
			path, res := makeFilm(t, files, o)
			if len(res.Warnings) > 0 {
				t.Errorf("%d workers: warnings %q", o.Workers, res.Warnings)
			}
			if !bytes.Equal(readFile(t, path), whole) {
				t.Errorf("%d workers: another file than the one of a page that holds all", o.Workers)
			}
		}
	})
}

// A single frame is found on the page that holds it.
func TestReelStills(t *testing.T) {
	t.Parallel()
	files := reelFilm(t)
	times := []float64{4.5, 0.5, 2.42, 3.6}
	shoot := func(perPage int) (out [][]byte) {
		o := Options{Runtime: official(t), perPage: perPage}
		err := Stills(t.Context(), files, "index.html", times, o, func(s Still) error {
			out = append(out, slices.Clone(s.Image.Pix))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	one, all := shoot(1), shoot(100)
	for i := range times {
		if !bytes.Equal(one[i], all[i]) {
			t.Errorf("%g s: another picture than that of a page that holds all", times[i])
		}
	}
}

// A film that does not load is told of when its page is turned, too.
func TestReelNotReady(t *testing.T) {
	t.Parallel()
	files := reelFilm(t)
	files["scenes/s5.html"] = &fstest.MapFile{Data: []byte(inTemplate("s5", `<div data-composition-id="s5" data-start="0" data-duration="0.9"></div>`))}
	o := Options{Runtime: official(t), FPS: 30, Quality: "draft", Workers: 1, perPage: 1, ready: 2 * time.Second}
	_, err := Local(t.Context(), files, "index.html", filepath.Join(t.TempDir(), "film.mp4"), o)
	if err == nil || !strings.Contains(err.Error(), `missing timeline "s5"`) {
		t.Errorf("error %v", err)
	}
}

func TestReelOf(t *testing.T) {
	t.Parallel()
	j := &job{Options: Options{perPage: 3}, entry: "index.html", src: reelFilm(t), rate: ffmpeg.Rate{Num: 10, Den: 1}}
	j.readScenes()
	if len(j.scenes) != 6 {
		t.Fatalf("%d scenes", len(j.scenes))
	}
	for _, c := range []struct{ frames, seen, reel [2]int }{
		{[2]int{0, 8}, [2]int{0, 1}, [2]int{0, 3}},
		{[2]int{8, 9}, [2]int{0, 2}, [2]int{0, 3}},
		{[2]int{7, 20}, [2]int{0, 3}, [2]int{0, 3}},
		{[2]int{7, 40}, [2]int{0, 5}, [2]int{0, 5}},
		{[2]int{24, 25}, [2]int{2, 4}, [2]int{2, 5}},
		{[2]int{40, 49}, [2]int{4, 6}, [2]int{3, 6}},
		{[2]int{48, 49}, [2]int{5, 6}, [2]int{3, 6}},
	} {
		s := span{c.frames[0], c.frames[1]}
		got := [2]reel{j.seen(s), j.reelOf(s)}
		if want := [2]reel{{c.seen[0], c.seen[1]}, {c.reel[0], c.reel[1]}}; got != want {
			t.Errorf("frames %v: %v, not %v", c.frames, got, want)
		}
	}
}

func TestReelCut(t *testing.T) {
	t.Parallel()
	page := `<body><div data-composition-id="main" data-hframes="scenes">
<audio src="a.wav" data-start="0"></audio>
<div data-composition-id="a" data-composition-src="a.html" data-start="0"></div>
<p>between</p>
<div data-composition-id="b" data-composition-src="b.html" data-start="1"></div>
<div data-composition-id="c" data-composition-src="c.html" data-start="2"></div>
</div></body>`
	want := `<body><div data-composition-id="main" data-hframes="scenes">
<audio src="a.wav" data-start="0"></audio>
<p>between</p>
<div data-composition-id="b" data-composition-src="b.html" data-start="1"></div>
</div></body>`
	if diff := cmp.Diff(want, string(reel{1, 2}.cut([]byte(page)))); diff != "" {
		t.Error(diff)
	}
	if got, ok := parseReel(reel{3, 7}.query()); !ok || got != (reel{3, 7}) {
		t.Errorf("%v %v", got, ok)
	}
	for _, query := range []string{"", "v=1", "scenes=1", "scenes=a-b"} {
		if r, ok := parseReel(query); ok {
			t.Errorf("%q is reel %v", query, r)
		}
	}
}

// A part of a film is read from the page that its render begins on, and from the pages before.
func TestReelPart(t *testing.T) {
	t.Parallel()
	files := reelFilm(t)
	var films [][]byte
	for _, perPage := range []int{100, 2} {
		path, res := makeFilm(t, files, Options{FPS: 10, From: 3, perPage: perPage})
		if !res.Audio || res.Frames != 19 {
			t.Errorf("%d frames, sound %v", res.Frames, res.Audio)
		}
		films = append(films, readFile(t, path))
	}
	if !bytes.Equal(films[0], films[1]) {
		t.Error("another file than the one of a page that holds all")
	}
}
