package render

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hframes/hframes/internal/ffmpeg"
)

// A playing is a video of the matrix: a source of numbered pictures and how it is played. Times are whole milliseconds
// and speeds halves, so that what is due can be said without rounding.
type playing struct {
	name   string
	fps    int // of the source
	frames int // of the source
	start  int // ms of the film
	from   int // ms of the source
	halves int // speed, in halves
	loop   bool
}

// due returns the number of the picture to be seen at frame n of a film of rate frames a second: the last of the source
// that has begun by then; -1 before the start. A source that has ended keeps its last picture. One that begins within the
// next millisecond counts as begun, since some containers count in those.
func (p playing) due(n, rate int) int {
	second := 2000 * rate // the unit of all below: 1/second s
	played := (1000*n - p.start*rate) * p.halves
	if played < 0 {
		return -1
	}
	from := p.from * 2 * rate
	if p.loop {
		played %= p.frames*second/p.fps - from
	}
	return min((from+played+second/1000)*p.fps/second, p.frames-1)
}

// The matrix: sources of every usual rate, each played in every way.
func playings() []playing {
	loops := map[int]int{24: 18, 25: 20, 30: 21, 60: 42} // pictures of the short sources: less than a second
	var all []playing
	for _, fps := range []int{24, 25, 30, 60} {
		for _, p := range []playing{
			{name: "whole", halves: 2},
			{name: "trimmed", halves: 2, start: 100, from: 350},
			{name: "half speed", halves: 1},
			{name: "half speed, trimmed", halves: 1, from: 250},
			{name: "double speed", halves: 4},
			{name: "double speed, trimmed", halves: 4, start: 100, from: 500},
			{name: "looped", halves: 2, loop: true},
			{name: "looped, trimmed, double speed", halves: 4, from: 200, loop: true},
		} {
			p.fps, p.frames = fps, 3*fps
			if p.loop {
				p.frames = loops[fps]
			}
			all = append(all, p)
		}
	}
	return all
}

// Every video of the matrix shows exactly the picture that is due, in every frame of films of every usual rate.
func TestVideoMatrix(t *testing.T) {
	t.Parallel()
	const columns, cellW, cellH = 8, 80, 50
	all := playings()
	files := fstest.MapFS{}
	var body strings.Builder
	for i, p := range all {
		name := fmt.Sprintf("%d-%d.mp4", p.fps, p.frames)
		if files[name] == nil {
			files[name] = &fstest.MapFile{Data: clipFile(t, name, fmt.Sprint(p.fps), p.frames,
				"-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "12", "-bf", "2", "-pix_fmt", "yuv420p")}
		}
		loop := ""
		if p.loop {
			loop = " loop"
		}
		fmt.Fprintf(&body, `<video id="v%d" class="clip" src="%s" style="left:%dpx;top:%dpx" data-start="%g" data-duration="%g" data-media-start="%g" data-playback-rate="%g" data-track-index="%d" muted playsinline%s></video>`,
			i, name, i%columns*cellW+4, i/columns*cellH+5, float64(p.start)/1000, 1.5-float64(p.start)/1000, float64(p.from)/1000, float64(p.halves)/2, i, loop)
	}
	const head = "<style>html,body{background:#285aa0} video{position:absolute;width:72px;height:40px}</style>"
	files["index.html"] = &fstest.MapFile{Data: []byte(still(head, body.String(), `data-no-timeline data-duration="1.5" data-width="640" data-height="200"`))}
	for _, c := range []struct {
		rate int
		from float64 // s
	}{{24, 0}, {30, 0}, {60, 0}, {24, 1.2}, {30, 0.7}, {60, 1.3}} {
		t.Run(fmt.Sprintf("%d frames a second, from %g s on", c.rate, c.from), func(t *testing.T) {
			rate, first := c.rate, firstFrame(c.from, ffmpeg.Rate{Num: c.rate, Den: 1})
			path, _ := makeFilm(t, files, Options{FPS: rate, From: c.from})
			pictures := frames(t, path, 640, 200)
			if len(pictures) != rate*3/2-first {
				t.Fatalf("%d frames", len(pictures))
			}
			for i, p := range all {
				x, y := i%columns*cellW+4, i/columns*cellH+25
				var bad []string
				for n, pic := range pictures {
					got := -1
					if !pic.near(x+31, y, [3]int{40, 90, 160}, 12) {
						got = pic.bits(8, x, x+72, y)
					}
					if want := p.due(first+n, rate); got != want {
						bad = append(bad, fmt.Sprintf("%d: %d for %d", first+n, got, want))
					}
				}
				if len(bad) > 0 {
					t.Errorf("source of %d, %s: frame: shown for due\n%s", p.fps, p.name, strings.Join(bad, ", "))
				}
			}
		})
	}
}
