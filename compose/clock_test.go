package compose

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes/internal/chrome"
)

// clockPage opens testdata/clock, a stage with animations of every kind.
func clockPage(t *testing.T, first string) *chrome.Page {
	t.Helper()
	files := fstest.MapFS{"clock.js": {Data: clockJS}, "favicon.ico": {}}
	for _, name := range []string{"index.html", "stage.html", "style.css", "look.js"} {
		files[name] = &fstest.MapFile{Data: []byte(clockFile(t, name))}
	}
	page := strings.Replace(string(files["index.html"].Data), "<!-- stage.html -->", string(files["stage.html"].Data), 1)
	files["index.html"].Data = []byte(page)
	return open(t, files, "", first, 300, 200)
}

func clockFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/clock", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

type look = map[string]string // of an element: opacity, transform, width, r

func seek(t *testing.T, p *chrome.Page, at float64) look {
	t.Helper()
	return eval[look](t, p, fmt.Sprintf("clock.seek(%v), look()", at))
}

// moments are times at, between and beyond the starts and ends of the animations, in seconds.
var moments = []float64{0, 0.033333, 0.25, 0.5, 0.75, 1, 1.000001, 1.2, 1.5, 1.9, 2, 2.4, 2.5, 3, 3.3, 3.966666, 4}

func TestClockOrder(t *testing.T) {
	p := clockPage(t, "")
	eval[any](t, p, "window.clock = make({}), null")
	want := map[float64]look{}
	for _, at := range moments {
		want[at] = seek(t, p, at)
	}
	if n := len(slices.Compact(slices.Sorted(maps.Values(joined(want))))); n < len(moments)-2 {
		t.Errorf("only %d pictures at %d moments", n, len(moments))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		at := moments[r.IntN(len(moments))]
		if d := cmp.Diff(want[at], seek(t, p, at)); d != "" {
			t.Fatalf("at %v s, out of order:\n%s", at, d)
		}
	}
	for _, at := range []float64{3, 0.5} { // the first seek of a page, as a worker's that begins in the middle
		fresh := clockPage(t, "")
		eval[any](t, fresh, "window.clock = make({}), null")
		if d := cmp.Diff(want[at], seek(t, fresh, at)); d != "" {
			t.Errorf("at %v s, first of all:\n%s", at, d)
		}
	}
}

func joined(m map[float64]look) map[float64]string {
	out := map[float64]string{}
	for at, l := range m {
		var all []string
		for _, k := range slices.Sorted(maps.Keys(l)) {
			all = append(all, l[k])
		}
		out[at] = strings.Join(all, "|")
	}
	return out
}

// TestClockTimes: 0 s of every animation is the scene's start, delays count from there.
func TestClockTimes(t *testing.T) {
	p := clockPage(t, "")
	eval[any](t, p, "window.clock = make({}), null")
	const still = "matrix(1, 0, 0, 1, 0, 0)"
	for _, c := range []struct {
		at             float64
		id, css, value string
	}{
		{0, "both", "opacity", "0"}, {0.5, "both", "opacity", "0.25"}, {2, "both", "opacity", "1"}, {4, "both", "opacity", "1"},
		{0.5, "late", "opacity", "0"}, {1.5, "late", "opacity", "0.5"}, {3, "late", "opacity", "1"},
		{0, "negative", "opacity", "0.5"}, {0.5, "negative", "opacity", "0.75"},
		{0.5, "none", "transform", "matrix(1, 0, 0, 1, 50, 0)"}, {1.5, "none", "transform", "none"},
		{0.25, "backwards", "transform", still}, {1, "backwards", "transform", "matrix(1, 0, 0, 1, 50, 0)"}, {2, "backwards", "transform", "none"},
		{1.5, "two", "opacity", "0.75"}, {1.5, "two", "transform", "matrix(1, 0, 0, 1, 33.3333, 0)"},
		{1.05, "endless", "transform", "matrix(1, 0, 0, 1, 50, 0)"},
		{1.5, "at", "opacity", "0"}, {2, "at", "opacity", "0.5"},
		{1, "paused", "opacity", "0.5"},
		{2, "circle", "r", "20px"},
	} {
		got := eval[string](t, p, fmt.Sprintf("clock.seek(%v), getComputedStyle(stage.querySelector('.%s')).%s", c.at, c.id, c.css))
		if got != c.value {
			t.Errorf("%s at %v s: %s is %s, want %s", c.id, c.at, c.css, got, c.value)
		}
	}
	for at, want := range map[float64]string{0.25: "0px", 1.5: "25px", 3: "50px"} {
		got := eval[string](t, p, fmt.Sprintf(`clock.seek(%v), getComputedStyle(stage.querySelector(".pseudo"), "::before").width`, at))
		if got != want {
			t.Errorf("::before at %v s: width %s, want %s", at, got, want)
		}
	}
}

// TestClockShield: nothing that the runtime's adapters do to an Animation moves it.
func TestClockShield(t *testing.T) {
	p := clockPage(t, "")
	eval[any](t, p, "window.clock = make({}), null")
	want := seek(t, p, 1.2)
	const frames = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
	for _, write := range []string{
		"a.currentTime = 3210", "a.currentTime = 0", "a.play()", "a.pause()", "a.play(); a.currentTime = 5; a.pause()",
		"a.pause(); a.currentTime = 100; a.play()",
	} {
		got := eval[look](t, p, "(async () => { for (const a of stage.getAnimations({ subtree: true })) { "+write+" } "+frames+" return look(); })()")
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s moved something:\n%s", write, d)
		}
	}
	type state struct {
		Time    any
		State   string
		Outside float64
	}
	got := eval[state](t, p, `(() => {
		const a = stage.querySelector(".both").getAnimations()[0];
		const b = document.getElementById("outside").getAnimations()[0];
		b.pause(); b.currentTime = 1000;
		return { time: a.currentTime, state: a.playState, outside: b.currentTime };
	})()`)
	if want := (state{nil, "finished", 1000}); got != want {
		t.Errorf("%+v, want %+v: animations out of the stage are free, those in it rest", got, want)
	}
}

// TestClockTimeline: the members that HyperFrames calls (contract §5.1).
func TestClockTimeline(t *testing.T) {
	p := clockPage(t, "")
	for js, want := range map[string]any{
		"clock.duration()":                            4.0,
		"clock.totalDuration()":                       4.0,
		"clock.paused()":                              true,
		"clock.time()":                                0.0,
		"clock.seek(1.5), clock.time()":               1.5,
		"clock.totalTime(2.5, true), clock.time()":    2.5,
		"clock.time(0.5), clock.totalTime()":          0.5,
		"clock.seek(99), clock.time()":                4.0,
		"clock.seek(-3), clock.time()":                0.0,
		"clock.seek(NaN), clock.time()":               0.0,
		"clock.seek('1.25'), clock.time()":            1.25,
		"clock.seek(undefined), clock.time()":         0.0,
		"clock.play(), clock.pause(), clock.paused()": true,
	} {
		if got := eval[any](t, p, "window.clock = make({}), "+js); got != want {
			t.Errorf("%s = %v, want %v", js, got, want)
		}
	}
}

// TestMotion: what a motion.js may return, and what it is given.
func TestMotion(t *testing.T) {
	for name, c := range map[string]struct {
		play string
		want string // calls after seeks to 1, 1 again, 2.5 and 99 s
	}{
		"function": {`(el, t) => (s) => calls.push("f" + s)`, "f0 f1 f2.5 f4"},
		"gsap": {`() => ({ pause() { calls.push("p") }, totalTime(s) { calls.push("tt" + s) }, seek(s) { calls.push("s" + s) },
			time(s) { calls.push("t" + s) } })`, "p tt0 tt1 tt2.5 tt4"},
		"seek":     {`() => ({ seek(s) { calls.push("s" + s) }, time(s) { calls.push("t" + s) } })`, "s0 s1 s2.5 s4"},
		"time":     {`() => ({ time(s) { calls.push("t" + s); return 3 } })`, "t0 t1 t2.5 t4"},
		"nothing":  {`() => {}`, ""},
		"none":     {`undefined`, ""},
		"odd":      {`() => ({ a: 1 })`, ""},
		"argument": {`(el, t) => { calls.push([el.id, t.id, t.start, t.duration, t.fps, t.width, t.height].join()) }`, "stage,s,7,4,30,300,200"},
	} {
		t.Run(name, func(t *testing.T) {
			p := clockPage(t, "")
			got := eval[string](t, p, `(() => {
				window.calls = [];
				const clock = make({}, `+c.play+`);
				for (const at of [1, 1, 2.5, 99]) clock.seek(at);
				return calls.join(" ");
			})()`)
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestMotionAnimations: animations that a motion.js makes itself are the scene's as well.
func TestMotionAnimations(t *testing.T) {
	p := clockPage(t, "")
	got := eval[[]string](t, p, `(() => {
		const clock = make({}, (el) => { el.querySelector("#text").animate([{ opacity: 0 }, { opacity: 1 }], { duration: 2000, fill: "both" }) });
		const at = (s) => (clock.seek(s), getComputedStyle(stage.querySelector("#text")).opacity);
		return [at(1), at(0.5), at(4), at(0)];
	})()`)
	if want := []string{"0.5", "0.25", "1", "0"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestBind: a value given at render time goes before the scene's own, that before what is written; values are text.
func TestBind(t *testing.T) {
	for name, c := range map[string]struct{ given, values, want string }{
		"nothing":  {"", "undefined", "Default 1999 kept"},
		"values":   {"", `{ product: "Scene's", year: 2026 }`, "Scene's 2026 kept"},
		"given":    {`window.__hfVariables = { product: "Given" }`, `{ product: "Scene's", year: 2026 }`, "Given 2026 kept"},
		"html":     {`window.__hfVariables = { product: "<b>x</b> & y" }`, `{}`, "<b>x</b> & y 1999 kept"},
		"no text":  {`window.__hfVariables = { product: null, year: { a: 1 }, other: undefined }`, `{}`, "Default 1999 kept"},
		"falsy":    {`window.__hfVariables = { product: "", year: 0, other: false }`, `{ product: "x" }`, " 0 false"},
		"not ours": {`window.__hfVariables = { stranger: 1 }`, `{ unknown: 2 }`, "Default 1999 kept"},
	} {
		t.Run(name, func(t *testing.T) {
			p := clockPage(t, c.given)
			got := eval[string](t, p, `make(`+c.values+`), ["text", "year", "other"].map((id) => document.getElementById(id).textContent).join(" ")`)
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestFilm: the root's timeline moves nothing and says when the picture changes (contract §5.5).
func TestFilm(t *testing.T) {
	p := clockPage(t, "")
	eval[any](t, p, `document.body.innerHTML = '<div id="root" data-duration="9"><i class="clip" data-start="0" data-duration="2.5"><i class="clip"></i></i><i class="clip" data-start="4" data-duration="5"></i><audio data-start="0"></audio></div>', window.f = film(document.getElementById("root")), null`)
	for js, want := range map[string]any{
		"f.duration()":                   9.0,
		"f.add(1, 2), f.globalTime(3)":   3.0,
		"f.seek(4), f.time()":            4.0,
		"f.getChildren(false).length":    2.0,
		"f.getChildren()[1].startTime()": 4.0,
		"f.getChildren()[1].duration()":  5.0,
		"f.getChildren()[0].totalDuration() + Object.keys(f.getChildren()[0].vars).length": 2.5,
	} {
		if got := eval[any](t, p, js); got != want {
			t.Errorf("%s = %v, want %v", js, got, want)
		}
	}
}
