package render

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/stage"
)

func TestFrameCount(t *testing.T) {
	for _, c := range []struct {
		seconds float64
		rate    ffmpeg.Rate
		want    int
	}{
		{6, ffmpeg.Rate{Num: 30, Den: 1}, 180}, {0.1 + 0.2, ffmpeg.Rate{Num: 30, Den: 1}, 9}, {1.00003, ffmpeg.Rate{Num: 30, Den: 1}, 30},
		{1.001, ffmpeg.Rate{Num: 30, Den: 1}, 31}, {10, ffmpeg.Rate{Num: 30000, Den: 1001}, 300}, {0.001, ffmpeg.Rate{Num: 24, Den: 1}, 1},
	} {
		if got := frameCount(c.seconds, c.rate); got != c.want {
			t.Errorf("%v s at %v: %d frames, want %d", c.seconds, c.rate, got, c.want)
		}
	}
}

func ptr(x float64) *float64 { return &x }

// Which pictures are picked, and which of them a frame shows.
func TestPlanClips(t *testing.T) {
	infos := map[string]*ffmpeg.Info{
		"v": {Duration: 4, Streams: []ffmpeg.Stream{{Kind: "video", Codec: "h264", Duration: 4, SAR: 1, Rate: ffmpeg.Rate{Num: 8, Den: 1}}}},
		"a": {Duration: 4, Streams: []ffmpeg.Stream{{Kind: "audio"}}},
	}
	rate := ffmpeg.Rate{Num: 10, Den: 1}
	for _, c := range []struct {
		name  string
		m     mediaItem
		want  *ffmpeg.Frames // of what is asked for: Start, Step and Count
		at    map[int]int    // frame → picture, when there are 1000 pictures
		never []int
	}{
		{"whole", mediaItem{Rate: 1}, &ffmpeg.Frames{Start: 0, Step: 0.1, Count: 30}, map[int]int{0: 0, 29: 29}, nil},
		{"slot", mediaItem{Start: 1, Duration: ptr(1), From: 2, Rate: 0.5}, &ffmpeg.Frames{Start: 2, Step: 0.05, Count: 11}, map[int]int{10: 0, 20: 10, 29: 10}, []int{9}},
		{"between frames", mediaItem{Start: 0.95, Duration: ptr(1), Rate: 1}, &ffmpeg.Frames{Start: 0.05, Step: 0.1, Count: 11}, map[int]int{10: 0}, []int{9}},
		{"ends with its scene", mediaItem{Start: 1, Duration: ptr(9), Limit: ptr(2), Rate: 1}, &ffmpeg.Frames{Step: 0.1, Count: 11}, map[int]int{21: 10}, []int{9}},
		{"leaves with its scene", mediaItem{Start: 1, Duration: ptr(0.5), Scene: "over", Rate: 1}, &ffmpeg.Frames{Step: 0.1, Count: 6}, map[int]int{10: 0, 15: 5, 20: 5}, []int{9, 21}},
		{"began before the film", mediaItem{Start: -1, Duration: ptr(2), Rate: 1}, &ffmpeg.Frames{Start: 1, Step: 0.1, Count: 11}, map[int]int{0: 0, 11: 10}, nil},
		{"loop", mediaItem{From: 3, Rate: 2, Loop: true}, &ffmpeg.Frames{Start: 3, Step: 0.125, Count: 8}, map[int]int{0: 0, 1: 1, 2: 3, 4: 6, 5: 0, 29: 6}, nil},
		{"a loop of no whole number of frames", mediaItem{From: 3.7, Rate: 1, Loop: true}, &ffmpeg.Frames{Start: 3.625, Step: 0.125, Count: 3}, map[int]int{0: 0, 1: 1, 2: 2, 3: 0, 29: 2}, nil},
		{"a loop that began before the film", mediaItem{Start: -7.25, Rate: 1, Loop: true}, &ffmpeg.Frames{Step: 0.125, Count: 32}, map[int]int{0: 26, 7: 31, 8: 0, 29: 17}, nil},
		{"a loop that ends before it begins again", mediaItem{From: 1, Rate: 1, Loop: true, Duration: ptr(2)}, &ffmpeg.Frames{Start: 1, Step: 0.1, Count: 21}, map[int]int{0: 0, 19: 19}, nil},
		{"after the film", mediaItem{Start: 9, Duration: ptr(1), Rate: 1}, nil, nil, []int{0, 29}},
		{"hidden", mediaItem{Rate: 1, Hidden: true}, nil, nil, []int{0}},
	} {
		c.m.Video, c.m.Src = true, "v"
		set := planClips([]mediaItem{{Src: "a"}, c.m}, infos, rate, 30, map[string]int{"over": 21})
		var pictures []ffmpeg.Frames
		for _, clip := range set.list {
			pictures = append(pictures, clip.frames)
		}
		if c.want == nil {
			if len(pictures) > 0 {
				t.Errorf("%s: %+v", c.name, pictures)
			}
			continue
		}
		c.want.Src, c.want.Suffix, c.want.Info = "v", "jpg", infos["v"].Streams[0]
		if diff := cmp.Diff([]ffmpeg.Frames{*c.want}, pictures, cmp.Transformer("round", func(x float64) float64 { return float64(int(x*1e6+0.5)) / 1e6 })); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		set.list[0].count = 1000
		close(set.list[0].ready)
		for n, k := range c.at {
			if got := set.at(n, 1); len(got) != 1 || got[0][0] != 0 || got[0][1] != k {
				t.Errorf("%s: frame %d shows %v, want %d", c.name, n, got, k)
			}
			if !set.list[0].seenIn(&piece{Segment: Segment{First: n, End: n + 1}}) {
				t.Errorf("%s: not seen in frame %d", c.name, n)
			}
		}
		for _, n := range c.never {
			if got := set.at(n, 1); len(got) > 0 {
				t.Errorf("%s: frame %d shows %v", c.name, n, got)
			}
			if set.list[0].seenIn(&piece{Segment: Segment{First: n, End: n + 1}}) {
				t.Errorf("%s: seen in frame %d", c.name, n)
			}
		}
	}
}

// A clip with fewer pictures than frames keeps its last; the picture after this one is known in advance.
func TestPicture(t *testing.T) {
	ready := make(chan struct{})
	close(ready)
	set := &clipSet{list: []*clip{{first: 2, last: 9, gone: 10, ready: ready, count: 4}, {first: 0, last: 9, gone: 10, ready: ready, count: 3, frames: ffmpeg.Frames{Step: 0.1}, loop: &loop{film: ffmpeg.Rate{Num: 10, Den: 1}, rate: 1, length: 0.3}}}}
	if diff := cmp.Diff([][3]int{{0, 3, 3}, {1, 2, 1}}, set.at(5, 2)); diff != "" {
		t.Error(diff)
	}
}

// Of a clip only those pictures are made that pieces need, and its last as far as it is certain where that is.
func TestNeeded(t *testing.T) {
	c := &clip{source: 8, first: 10, last: 49, gone: 60, frames: ffmpeg.Frames{Start: 2, Step: 0.1, Count: 40}} // pictures 0 to 39
	for _, w := range []struct {
		pieces       [][2]int // of frames
		first, count int
	}{
		{[][2]int{{0, 100}}, 0, 40}, {[][2]int{{20, 30}}, 10, 11}, {[][2]int{{40, 45}, {12, 15}}, 2, 34}, {[][2]int{{0, 20}}, 0, 11},
		{[][2]int{{50, 60}}, 39, 1}, {[][2]int{{0, 5}, {70, 80}, {30, 31}}, 20, 2},
	} {
		var pieces []*piece
		for _, p := range w.pieces {
			pieces = append(pieces, &piece{Segment: Segment{First: p[0], End: p[1]}})
		}
		if first, count := c.needed(pieces); first != w.first || count != w.count {
			t.Errorf("%v: %d pictures from %d, want %d from %d", w.pieces, count, first, w.count, w.first)
		}
	}
	late := []*piece{{Segment: Segment{First: 45, End: 50}}}
	c.source = 4.5
	if first, count := c.needed(late); first != 15 || count != 25 {
		t.Errorf("of a short source %d pictures from %d", count, first)
	}
	c.source = 0
	if first, count := c.needed(late); first != 0 || count != 40 {
		t.Errorf("of a source of unknown length %d pictures from %d", count, first)
	}
	c.loop = &loop{}
	if first, count := c.needed(late); first != 0 || count != 40 {
		t.Errorf("of a loop %d pictures from %d", count, first)
	}
}

// A piece is begun as soon as its own pictures are there, be others on their way; at the end of the source, when FFmpeg ends.
func TestClipWait(t *testing.T) {
	frames := func(first, end int) *piece { return &piece{Segment: Segment{First: first, End: end}} }
	c := &clip{source: 9, first: 0, last: 59, gone: 60, ready: make(chan struct{}), frames: ffmpeg.Frames{Step: 0.1, Count: 60, Dir: t.TempDir(), Suffix: "jpg"}}
	set := &clipSet{list: []*clip{c, {first: 30, last: 59, gone: 60}}} // the other one is not seen
	made := func(n int) { put(t, c.frames.Dir, filepath.Base(c.frames.File(n)), nil) }
	waits := func(p *piece) bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*lookEvery)
		defer cancel()
		err := set.wait(ctx, p)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		return err != nil
	}
	if made(10); !waits(frames(0, 10)) {
		t.Error("the last picture may not be whole yet")
	}
	if made(11); waits(frames(0, 10)) {
		t.Error("pictures 0 to 10 are there")
	}
	if got := set.at(9, 1); len(got) != 1 || got[0] != [3]int{0, 9, 10} {
		t.Errorf("frame 9 shows %v", got)
	}
	if !waits(frames(10, 20)) {
		t.Error("picture 20 is not there")
	}
	c.count = 15
	close(c.ready)
	if waits(frames(10, 20)) {
		t.Error("there will be no more")
	}
	if got := set.at(19, 1); len(got) != 1 || got[0] != [3]int{0, 14, 14} {
		t.Errorf("frame 19 shows %v", got)
	}
}

func TestPlanSounds(t *testing.T) {
	infos := map[string]*ffmpeg.Info{
		"s": {Duration: 3, Streams: []ffmpeg.Stream{{Kind: "audio", Channels: 1, Duration: 2.5}}},
		"v": {Duration: 3, Streams: []ffmpeg.Stream{{Kind: "video"}}},
	}
	base := mediaItem{Src: "s", Rate: 1, Volume: 1, Sound: true}
	with := func(f func(*mediaItem)) mediaItem { m := base; f(&m); return m }
	for _, c := range []struct {
		name string
		m    mediaItem
		want []ffmpeg.Clip
	}{
		{"as long as its source", base, []ffmpeg.Clip{{Duration: 2.5}}},
		{"cut at the film's end", with(func(m *mediaItem) { m.Start = 9 }), []ffmpeg.Clip{{At: 9, Duration: 1}}},
		{"no longer than its source", with(func(m *mediaItem) { m.Duration, m.From, m.Rate = ptr(9), 0.5, 2 }), []ffmpeg.Clip{{From: 0.5, Duration: 1, Rate: 2}}},
		{"loop", with(func(m *mediaItem) { m.Loop, m.Start = true, 2 }), []ffmpeg.Clip{{At: 2, Duration: 8, Loop: ffmpeg.Part{End: 3}}}},
		{"loop from the middle", with(func(m *mediaItem) { m.Loop, m.From, m.Start = true, 1, -4 }), []ffmpeg.Clip{{From: 5, Duration: 10, Loop: ffmpeg.Part{Start: 1, End: 3}}}},
		{"loop that ends before it begins again", with(func(m *mediaItem) { m.Loop, m.Duration = true, ptr(2) }), []ffmpeg.Clip{{Duration: 2}}},
		{"ends with its scene", with(func(m *mediaItem) { m.Limit = ptr(1.5) }), []ffmpeg.Clip{{Duration: 1.5}}},
		{"began before the film", with(func(m *mediaItem) { m.Start, m.Rate = -1, 2 }), []ffmpeg.Clip{{From: 2, Duration: 0.25, Rate: 2}}},
		{"fades share what there is", with(func(m *mediaItem) { m.Duration, m.FadeIn, m.FadeOut = ptr(1), 1, 3 }), []ffmpeg.Clip{{Duration: 1, FadeIn: 0.25, FadeOut: 0.75}}},
		{"past its source", with(func(m *mediaItem) { m.From = 2.5 }), nil},
		{"hidden", with(func(m *mediaItem) { m.Hidden = true }), nil},
		{"a silent video", with(func(m *mediaItem) { m.Src = "v" }), nil},
		{"a muted video", with(func(m *mediaItem) { m.Sound = false }), nil},
	} {
		for i := range c.want {
			c.want[i].Src, c.want[i].Volume, c.want[i].Mono = "s", 1, true
			if c.want[i].Rate == 0 {
				c.want[i].Rate = 1
			}
		}
		if diff := cmp.Diff(c.want, (&job{}).planSounds([]mediaItem{c.m}, infos, 10).clips); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Every way in which a file can be wrong is told.
func TestFaults(t *testing.T) {
	want := expected{format: ffmpeg.MP4, width: 64, height: 36, frames: 30, rate: ffmpeg.Rate{Num: 60, Den: 2}, audio: true}
	video := ffmpeg.Stream{Kind: "video", Codec: "h264", Frames: 30, Rate: ffmpeg.Rate{Num: 30, Den: 1}, Width: 64, Height: 36, Duration: 1,
		PixFmt: "yuv420p", Range: "tv", Space: "bt709", Primaries: "bt709", Transfer: "bt709"}
	audio := ffmpeg.Stream{Kind: "audio", Codec: "aac", Duration: 1, SampleRate: 48000, Channels: 2}
	faults := func(streams ...ffmpeg.Stream) string {
		return strings.Join(want.faults(&ffmpeg.Info{Streams: streams}), "; ")
	}
	if got := faults(video, audio); got != "" {
		t.Errorf("a good file: %s", got)
	}
	bad, deaf := video, audio
	bad.Frames, bad.Width, bad.Space, bad.Duration = 29, 32, "smpte170m", 0.9
	deaf.Duration, deaf.SampleRate = 0.5, 44100
	if got, want := faults(bad, deaf), "frames 29 instead of 30; size 32x36 instead of 64x36; colour matrix smpte170m instead of bt709; "+
		"video length 0.9 instead of 1; sample rate 44100 instead of 48000; sound length 0.5 instead of 1"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := faults(video); got != "sound false instead of true" {
		t.Error(got)
	}
	want.audio = false
	if got := faults(video, audio); got != "sound true instead of false" {
		t.Error(got)
	}
	if got := faults(audio); got != "no video" {
		t.Error(got)
	}
	if got := (&MismatchError{Faults: []string{"a", "b"}}).Error(); got != "the finished file is wrong: a, b" {
		t.Error(got)
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "0/000001.jpg", []byte("picture"))
	s, err := serve(fstest.MapFS{
		"index.html": {Data: []byte("<head></head>")}, "a b/ü.css": {Data: []byte("i{}")}, "film.webm": {Data: []byte("0123456789")},
	}, "index.html", canvas{width: 64, height: 48}, []byte("runtime()"), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	get := func(path string, change func(*http.Request)) (int, string, http.Header) {
		req, err := http.NewRequest("GET", s.origin()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(req)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, strings.TrimSpace(string(body)), res.Header
	}
	for _, c := range []struct {
		path, kind, body string
		status           int
		change           func(*http.Request)
	}{
		{"/index.html", "text/html; charset=utf-8", `<head>` + stage.TextRule + flatRule + `<script src="/__hframes/runtime.js"></script></head>`, 200, nil},
		{"/__hframes/runtime.js", "text/javascript; charset=utf-8", "runtime()", 200, nil},
		{"/__hframes/clip/0/000001.jpg", "image/jpeg", "picture", 200, nil},
		{"/__hframes/clip/0/000002.jpg", "", "404 page not found", 404, nil},
		{"/a%20b/%C3%BC.css", "text/css; charset=utf-8", "i{}", 200, nil},
		{"/film.webm", "video/webm", "345", 206, func(r *http.Request) { r.Header.Set("Range", "bytes=3-5") }},
		{"/film.webm", "", "", 416, func(r *http.Request) { r.Header.Set("Range", "bytes=30-") }},
		{"/favicon.ico", "", "", 204, nil},
		{"/gone.png", "", "not found", 404, nil},
		{"/a%20b", "", "not found", 404, nil},
		{"/..%2f..%2fetc/passwd", "", "not found", 404, nil},
		{"/index.html", "", "wrong host", 403, func(r *http.Request) { r.Host = "example.com" }},
		{"/index.html", "", "only GET", 405, func(r *http.Request) { r.Method = "POST" }},
	} {
		status, body, header := get(c.path, c.change)
		if status != c.status || (status < 400 && body != c.body) || (status >= 400 && !strings.Contains(body, c.body)) {
			t.Errorf("%s: %d %q", c.path, status, body)
		}
		if kind := header.Get("Content-Type"); c.kind != "" && kind != c.kind {
			t.Errorf("%s is %s", c.path, kind)
		}
		if c.kind != "" && !strings.HasPrefix(c.path, "/__hframes/clip") && header.Get("Content-Security-Policy") != stage.Policy {
			t.Errorf("%s has policy %q", c.path, header.Get("Content-Security-Policy"))
		}
	}
	if got := s.address("a b/ü.css"); got != s.origin()+"/a%20b/%C3%BC.css" {
		t.Error(got)
	}
}

// Progress goes through the stages in order, counts every frame, and is told the end.
func TestProgress(t *testing.T) {
	t.Parallel()
	var all []Progress
	_, res := makeFilm(t, fstest.MapFS{"index.html": {Data: []byte(still("", "", small))}}, Options{Progress: func(p Progress) { all = append(all, p) }})
	var stages []Stage
	for i, p := range all {
		if i == 0 || p.Stage != all[i-1].Stage {
			stages = append(stages, p.Stage)
		}
		if i > 0 && p.Frame < all[i-1].Frame {
			t.Errorf("%+v after %+v", p, all[i-1])
		}
	}
	if diff := cmp.Diff([]Stage{StageOpen, StageMedia, StageCapture, StageFinish}, stages); diff != "" {
		t.Error(diff)
	}
	last := all[len(all)-2]
	if last.Stage != StageCapture || last.Frame != res.Frames || last.Frames != res.Frames || last.FPS <= 0 || last.ETA != 0 {
		t.Errorf("end of the capture: %+v", last)
	}
}

// The estimate is what the frames so far say.
func TestReporter(t *testing.T) {
	var got Progress
	r := newReporter(func(p Progress) { got = p })
	r.length(100)
	r.stage(StageCapture)
	r.start = time.Now().Add(-10 * time.Second)
	r.last = time.Time{}
	r.reuse(&piece{Segment: Segment{End: 30}})
	for range 20 {
		r.shot(&piece{})
	}
	r.last = time.Time{}
	r.unshot(1)
	r.shot(&piece{})
	if got.FPS < 1.9 || got.FPS > 2.1 || got.ETA < 24*time.Second || got.ETA > 26*time.Second || got.Frame != 50 || got.Reused != 30 {
		t.Errorf("%+v", got)
	}
}

func TestCanvas(t *testing.T) {
	c, err := readCanvas(fstest.MapFS{"x/film.html": {Data: []byte(`<body><div data-composition-id="a"></div><section data-composition-id="b" data-root="true" data-width="1080px" data-height="1920" data-fps="30000/1001"></section>`)}}, "x/film.html")
	if err != nil || c != (canvas{1080, 1920, ffmpeg.Rate{Num: 30000, Den: 1001}}) {
		t.Errorf("%+v %v", c, err)
	}
}

// A file that is there is replaced by a good one only.
func TestReplace(t *testing.T) {
	t.Parallel()
	dst := t.TempDir() + "/film.mp4"
	if err := os.WriteFile(dst, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := Options{Runtime: official(t), Quality: "draft", ready: 200 * time.Millisecond}
	bad := fstest.MapFS{"index.html": {Data: []byte(still("", "", `data-duration="1" data-width="64" data-height="36"`))}}
	if _, err := Local(t.Context(), bad, "index.html", dst, o); err == nil {
		t.Error("no error")
	}
	if got := string(readFile(t, dst)); got != "old" {
		t.Errorf("a failed render left %q", got)
	}
	o.ready = 0
	good := fstest.MapFS{"index.html": {Data: []byte(still("", "", small))}}
	if _, err := Local(t.Context(), good, "index.html", dst, o); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, dst); len(got) < 500 {
		t.Errorf("%d bytes", len(got))
	}
}

// What a page declares is read, whatever else is wrong with it.
func TestDeclared(t *testing.T) {
	zero, ten := 0.0, 10.0
	for page, want := range map[string][]Variable{
		`<html data-composition-variables='[{"id": "a", "type": "number", "min": 0, "max": 10}, {"type": "string"}, null]'>`: {{ID: "a", Type: "number", Min: &zero, Max: &ten}},
		`<html><div data-composition-id="x" data-composition-variables='[{"id": "b", "type": "enum", "options": [{"value": "p"}, {"value": 2}]}]'>`: {
			{ID: "b", Type: "enum", Options: []any{"p", 2.0}}},
		`<html data-composition-variables='[{"id": "c", "type": "enum", "options": ["p"]}]'>`: {{ID: "c", Type: "enum", Options: []any{nil}}},
		`<html data-composition-variables='[{"id":'>`:                                         nil,
		`<p>`: nil,
	} {
		got, err := Variables(fstest.MapFS{"index.html": {Data: []byte(page)}}, "index.html")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", page, err, diff)
		}
	}
	if _, err := Variables(fstest.MapFS{}, "index.html"); err == nil {
		t.Error("no error for a page that is not there")
	}
}
