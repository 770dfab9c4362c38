package preview

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes/internal/chrome"
)

// TestParts runs the parts of the page beside a player that writes down what it is told, each test in a page of its own.
func TestParts(t *testing.T) {
	built := api.Build(api.BuildOptions{
		EntryPoints: []string{"testdata/parts.ts"}, Bundle: true, Outdir: "out", Format: api.FormatIIFE, GlobalName: "ui", Target: api.ES2022,
	})
	if len(built.Errors) > 0 {
		t.Fatalf("%+v", built.Errors)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
			<link rel="stylesheet" href="/parts.css"><body style="margin: 0"><script src="/parts.js"></script>`))
	})
	for _, file := range built.OutputFiles {
		mux.HandleFunc("/"+filepath.Base(file.Path), func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, file.Path, time.Time{}, bytes.NewReader(file.Contents))
		})
	}
	s := httptest.NewServer(mux)
	defer s.Close()
	b, err := chrome.Start(t.Context(), chrome.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	run := func(name string, width int, test func(t *testing.T, p *chrome.Page)) {
		t.Run(name, func(t *testing.T) {
			p, err := b.Page(t.Context(), chrome.PageOptions{Width: width, Height: 500})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if err := p.Navigate(t.Context(), s.URL); err != nil {
				t.Fatal(err)
			}
			test(t, p)
			if faults := p.Events(); len(faults) > 0 {
				t.Errorf("the page complained: %+v", faults)
			}
		})
	}
	run("Timecode", 1000, testTimecode)
	run("TimecodeRoundTrip", 1000, testTimecodeRoundTrip)
	run("Keys", 1000, testKeys)
	run("KeysElsewhere", 1000, testKeysElsewhere)
	run("KeysHelp", 1000, testKeysHelp)
	run("TransportFields", 1000, testTransportFields)
	run("TransportControls", 1000, testTransportControls)
	run("Scrubber", 1000, testScrubber)
	run("ScrubberLoop", 1000, testScrubberLoop)
	run("ScrubberStills", 1000, testScrubberStills)
	run("TransportNarrow", 360, testTransportNarrow)
	run("TransportBeside", 1000, testTransportBeside)
}

// want compares the value of an expression. Actions before it may be separated by commas.
func want(t *testing.T, p *chrome.Page, expression string, want any) {
	t.Helper()
	var got any
	if err := p.Eval(t.Context(), expression, &got); err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	if n, ok := want.(int); ok {
		want = float64(n)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", expression, diff)
	}
}

// eventually waits until an expression is true.
func eventually(t *testing.T, p *chrome.Page, expression string) {
	t.Helper()
	var ok bool
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if err := p.Eval(t.Context(), "new Promise(requestAnimationFrame).then(() => "+expression+")", &ok); err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		if ok {
			return
		}
	}
	t.Errorf("never came true: %s", expression)
}

func testTimecode(t *testing.T, p *chrome.Page) {
	for _, c := range []struct {
		t, fps float64
		want   string
	}{
		{0, 30, "0:00:00"},
		{12.4, 30, "0:12:12"},
		{59.99, 30, "1:00:00"},
		{61.5, 24, "1:01:12"},
		{3599.96, 25, "59:59:24"},
		{3600, 25, "1:00:00:00"},
		{36061.04, 25, "10:01:01:01"},
		{1001.0 / 30000 * 30, 30000.0 / 1001, "0:01:00"}, // the first frame that begins past the first second
		{1.98, 60, "0:01:59"},
		{-1, 30, "0:00:00"},
		{1.5, 0, "0:01:15"},
	} {
		var got string
		if err := p.Call(t.Context(), "ui.format", &got, c.t, c.fps); err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("format(%v, %v) = %q, want %q", c.t, c.fps, got, c.want)
		}
	}
	for text, want := range map[string]any{
		"0:06:12": 6.4, "0:06": 6.0, "1:02": 62.0, "0:0:1": 1.0 / 30, "1:00:00:15": 3600.5, "0;06;12": 6.4,
		"0:06.5": 6.5, "0:01:02.25": 62.25,
		"12": 12.0, "12.4": 12.4, "12.4s": 12.4, " 12.4 sec ": 12.4, ".5": 0.5,
		"1m3s": 63.0, "1m 3.5s": 63.5, "2m": 120.0, "1.5m": 90.0, "1h0m5s": 3605.0,
		"f372": 12.4, "372f": 12.4, "F 0": 0.0,
		"+2s": 102.0, "+2": 102.0, "-10f": 100 - 1.0/3, "−1:00": 40.0, "+ 0:00:15": 100.5, "-1h": 0.0, "+9h": 4000.0,
		"99999":  4000.0,
		"#intro": 0.0, "#why-now": 20.5, "#WHY": 20.5, "#2": 20.5, "#the en": 50.0,
		"": nil, "#": nil, "#nowhere": nil, "#9": nil, "+": nil, "abc": nil, "12x": nil, "1:2:3:4:5": nil,
		"0:75": nil, "0:00:30": nil, "1:60:00:00": nil,
		":": nil, "1:": nil, "f": nil, "f1.5": nil, "1.2.3": nil, "0:1.5:00": nil, "s": nil, "--2": nil, "1e3": nil,
	} {
		film := json.RawMessage(`{"time": 100, "fps": 30, "duration": 4000, "scenes": [
			{"id": "intro", "title": "Intro", "start": 0},
			{"id": "why-now", "title": "Why now", "start": 20.5}, {"id": "s3", "title": "The end", "start": 50}]}`)
		var got any
		if err := p.Call(t.Context(), "(text, now) => ui.parse(text, now)", &got, text, film); err != nil {
			t.Fatal(err)
		}
		a, isNumber := got.(float64)
		b, wantNumber := want.(float64)
		if isNumber != wantNumber || a-b > 1e-9 || b-a > 1e-9 {
			t.Errorf("parse(%q) = %v, want %v", text, got, want)
		}
	}
}

// testTimecodeRoundTrip proves that every frame has a timecode of its own, which leads back to it.
func testTimecodeRoundTrip(t *testing.T, p *chrome.Page) {
	want(t, p, `[24, 25, 30, 60, 24000/1001, 30000/1001, 60000/1001, 12.5].flatMap((fps) => {
		const lost = [];
		for (const from of [0, Math.floor(3590 * fps)])
			for (let n = from; n < from + 20 * fps; n++) {
				const back = ui.parse(ui.format(n / fps, fps), {time: 0, fps, duration: 1e6, scenes: []});
				if (back === null || Math.round(back * fps) !== n) lost.push([fps, n, ui.format(n / fps, fps), back]);
			}
		return lost.slice(0, 3);
	})`, []any{})
}

func testKeys(t *testing.T, p *chrome.Page) {
	for _, c := range []struct{ keys, calls string }{
		{`" ", " "`, "play pause"},
		{`"l", "l", "L", "l", "l"`, "rate 1 play rate 2 rate 4 rate 8 rate 8"},
		{`"j", "j", "l", "k"`, "rate -1 rate -2 rate 1 pause rate 1"},
		{`"j", " ", " ", " "`, "rate -1 play pause rate 1 play pause"}, // Space never plays backwards
		{`"ArrowRight", "Shift+ArrowRight", "ArrowLeft", "Shift+ArrowLeft"`, "step 1 step 10 step -1 step -10"},
		{`"K+l", "K+j", "l", "k"`, "rate 1 step 1 rate 1 step -1 rate 1 play pause rate 1"},
		{`".", ".", ".", ",", "ArrowRight", ",", ",", ","`, "seek 120 seek 300 seek 120 step 1 seek 120 seek 0 seek 0"},
		{`"2", "9", "3", "End", "Home"`, "seek 120 seek 300 seek 359 seek 0"},
		{`"2", "i", "3", "o"`, "seek 120 range 120-360 loop true seek 300 range 120-301 loop true"},
		{`"Shift+I", "Shift+O", "r", "R", "x"`, "seek 120 seek 300 loop false loop true range none loop false"},
		{`"m", "m"`, "volume 1 true volume 1 false"},
		{`"f", "c", "s", "v", "t", "n", "p", "e", "Escape"`, "fullScreen contactSheet safeAreas variables timing narration pick size escape"},
		{`"Control+r", "Control+l", "q", "Enter", "Tab"`, ""},
	} {
		want(t, p, "ui.press("+c.keys+"), ui.take()", c.calls)
	}
}

// testKeysElsewhere proves that the keys are the focused element's first.
func testKeysElsewhere(t *testing.T, p *chrome.Page) {
	want(t, p, `ui.get("Time").focus(), ui.press("l", " ", "2"), ui.take()`, "")
	want(t, p, `ui.get("Speed").focus(), ui.press("l", "ArrowDown"), ui.take()`, "")
	want(t, p, `ui.get("Volume").focus(), ui.press("ArrowLeft", "s"), ui.take()`, "safeAreas")
	want(t, p, `ui.get("Loop").focus(), ui.press(" ", "s"), ui.take()`, "safeAreas") // a press of Space clicks the button
	want(t, p, `document.activeElement.blur(), ui.press("?"), document.querySelector("dialog").open`, true)
	want(t, p, `ui.press("l", "Home"), ui.take()`, "")
	want(t, p, `ui.press("?"), document.querySelector("dialog").open`, false)
	want(t, p, `ui.press("l", "k"), ui.take()`, "rate 1 play pause rate 1")
	// Where a layout has other letters, the place of the key counts.
	want(t, p, `ui.keyboard.press({key: "и", code: "KeyI"}), ui.take()`, "range 0-360 loop true")
	// A button that the mouse presses takes no focus.
	want(t, p, `ui.get("Mute").dispatchEvent(new MouseEvent("mousedown", {bubbles: true, cancelable: true}))`, false)
}

// testKeysHelp proves that the help shows every key of the table, each of them bound once.
func testKeysHelp(t *testing.T, p *chrome.Page) {
	want(t, p, `document.querySelectorAll("dialog dd").length === ui.keyboard.table.length`, true)
	want(t, p, `ui.keyboard.table.flatMap((k) => k.keys).filter((k, i, all) => all.indexOf(k) !== i)`, []any{})
	want(t, p, `ui.press("?"), document.querySelector("dialog").click(), document.querySelector("dialog").open`, false)
}

func testTransportFields(t *testing.T, p *chrome.Page) {
	typed := func(name, text string) string {
		b, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return `ui.get("` + name + `").focus(), ui.get("` + name + `").value = ` + string(b) + `, `
	}
	want(t, p, typed("Time", "0:05:15")+`ui.press("Enter"), ui.take()`, "seek 165")
	want(t, p, `[ui.get("Time").value, ui.get("Frame").value, document.activeElement === document.body]`, []any{"0:05:15", "165", true})
	want(t, p, typed("Frame", "42")+`ui.press("Enter"), ui.take()`, "seek 42")
	want(t, p, typed("Time", "#end")+`ui.press("Enter"), ui.take()`, "seek 300")
	want(t, p, typed("Time", "soon")+`ui.press("Enter"), [ui.take(), ui.get("Time").value, ui.get("Time").getAttribute("aria-invalid")]`,
		[]any{"", "soon", "true"})
	want(t, p, `ui.player.seek(1), ui.take(), ui.get("Time").value`, "soon") // one is still in it
	want(t, p, `ui.press("Escape"), [ui.take(), ui.get("Time").value, ui.get("Time").hasAttribute("aria-invalid")]`,
		[]any{"", "0:01:00", false})
	want(t, p, `ui.get("Time").focus(), ui.press("ArrowUp", "Shift+ArrowUp", "ArrowDown"), [ui.take(), ui.get("Time").value]`,
		[]any{"step 1 step 10 step -1", "0:01:10"})
}

func testTransportControls(t *testing.T, p *chrome.Page) {
	want(t, p, `ui.get("Play").click(), ui.get("Pause").click(), ui.take()`, "play pause")
	want(t, p, `ui.player.setRate(-4), [ui.get("Speed").value, ui.get("Speed").selectedOptions[0].textContent]`, []any{"-4", "−4×"})
	want(t, p, `ui.player.setRate(1.5), [ui.get("Speed").value, ui.get("Speed").options.length]`, []any{"1.5", 7.0})
	want(t, p, `ui.take(), ui.get("Mute").click(), [ui.take(), ui.get("Volume").value, ui.get("Unmute") !== null]`,
		[]any{"volume 1 true", "0", true})
	want(t, p, `ui.player.setRange({in: 1, out: 2.5}), document.querySelector(".transport-range").textContent`, "0:01:00 – 0:02:15")
	want(t, p, `ui.get("Loop").click(), ui.get("Loop").ariaPressed`, "true")
	want(t, p, `ui.take(), ui.get("Clear loop range").click(), [ui.take(), ui.get("Clear loop range").checkVisibility()]`,
		[]any{"range none loop false", false})
}

func testScrubber(t *testing.T, p *chrome.Page) {
	want(t, p, `ui.player.seek(5), ui.take(), ui.get("Playhead").ariaValueText`, "0:05:00, Why <b>now</b>")
	want(t, p, `ui.get("Playhead").focus(), ui.press("ArrowLeft", "Shift+ArrowUp", "PageDown", "PageUp", "End", "Home"), ui.take()`,
		"step -1 step 10 seek 300 seek 120 seek 359 seek 0")
	want(t, p, `[...document.querySelectorAll(".scrubber-parts > div")].map((e) => [e.textContent, e.className])`,
		[]any{[]any{"Intro", "now"}, []any{"Why <b>now</b>", ""}, []any{"The end", ""}})
	// The playhead stands where its time is, and the film stands still while it is dragged.
	want(t, p, `ui.player.play(), ui.point("pointerdown", ui.get("Playhead"), 0.25, 1), ui.take()`, "play pause seek 90")
	want(t, p, `[0.3, 0.5].forEach((x) => ui.point("pointermove", ui.get("Playhead"), x, 1)), ui.take()`, "")
	eventually(t, p, `ui.player.time === 6`)
	want(t, p, `ui.take()`, "seek 180")
	want(t, p, `ui.point("lostpointercapture", ui.get("Playhead"), 0.5, 0), ui.take()`, "play")
	want(t, p, `(() => {
		const lane = ui.get("Playhead").getBoundingClientRect(), line = document.querySelector(".scrubber-line").getBoundingClientRect();
		return Math.abs((line.left - lane.left) / lane.width - 0.5) < 0.001;
	})()`, true)
}

func testScrubberLoop(t *testing.T, p *chrome.Page) {
	want(t, p, `ui.get("Loop start").checkVisibility()`, false)
	want(t, p, `ui.player.setRange({in: 2, out: 8}), [ui.get("Loop start").ariaValueText, ui.get("Loop end").ariaValueText]`,
		[]any{"0:02:00, Intro", "0:08:00, Why <b>now</b>"})
	want(t, p, `ui.take(), ui.get("Loop start").focus(), ui.press("ArrowRight", "Shift+ArrowLeft", "End", "Home"), ui.take()`,
		"range 61-240 range 51-240 range 239-240 range 0-240")
	want(t, p, `ui.get("Loop end").focus(), ui.press("Home", "End"), ui.take()`, "range 0-1 range 0-360")
	// Dragged close to a cut, a handle snaps to it.
	want(t, p, `ui.point("pointerdown", ui.get("Loop start"), 0.001, 1), ui.take()`, "")
	want(t, p, `ui.point("pointermove", ui.get("Loop start"), 4.03 / 12, 1), ui.take()`, "")
	eventually(t, p, `ui.player.range.in === 4`)
	want(t, p, `ui.take()`, "range 120-360")
}

// testScrubberStills proves that one picture lives under the pointer at most, that it is what rests there, and that it
// goes with the pointer.
func testScrubberStills(t *testing.T, p *chrome.Page) {
	want(t, p, `(() => {
		for (let i = 0; i <= 100; i++) ui.point("pointermove", ui.get("Playhead"), i / 200, 0);
		return ui.stills.made;
	})()`, 0)
	eventually(t, p, `document.querySelector(".scrubber-still").textContent === "6.000"`)
	want(t, p, `document.querySelector(".scrubber-text").innerText.split(/\s+/).join(" ")`, "0:06:00 Why <b>now</b>")
	for _, x := range []string{"0", "1"} {
		want(t, p, `(() => {
			ui.point("pointermove", ui.get("Playhead"), `+x+`, 0);
			const box = document.querySelector(".scrubber-card").getBoundingClientRect();
			return box.left >= 0 && box.right <= innerWidth && box.width > 100;
		})()`, true)
	}
	want(t, p, `document.querySelector(".scrubber").dispatchEvent(new PointerEvent("pointerleave"))`, true)
	want(t, p, `[ui.stills.live, ui.stills.most, document.querySelector(".scrubber-card").checkVisibility()]`, []any{0.0, 1.0, false})
}

// testTransportNarrow proves that nothing hangs over the sides of a small phone, and that fingers meet what they aim at.
func testTransportNarrow(t *testing.T, p *chrome.Page) {
	for _, duration := range []string{"12", "5000"} {
		want(t, p, `ui.player.setRange({in: 0, out: 12}), ui.player.duration = `+duration+`, ui.player.emit("film"),
			[document.documentElement.scrollWidth, [...document.querySelectorAll(".transport-row *")].filter((e) => {
				const box = e.getBoundingClientRect();
				return e.checkVisibility() && box.width > 1 && (box.left < 0 || box.right > 360);
			}).length]`, []any{360.0, 0.0})
	}
	want(t, p, `[...document.querySelectorAll(".transport :is(button, select, input, [role=slider])")].filter((e) => e.checkVisibility())
		.filter((e) => e.offsetHeight < 44 && e.role !== "slider" || e.offsetWidth < 44).map((e) => e.ariaLabel)`, []any{})
}

// testTransportBeside proves that no control lies on another one, however much of the window panels have taken.
func testTransportBeside(t *testing.T, p *chrome.Page) {
	for _, width := range []string{"400", "460", "520", "600", "721", "760", "801", "900", "1000"} {
		want(t, p, `ui.player.setRange({in: 0, out: 12}), document.querySelector(".transport").style.width = "`+width+`px", (() => {
			const all = [...document.querySelectorAll(".transport-row :is(button, select, input)")].filter((e) => e.checkVisibility());
			const boxes = all.map((e) => e.getBoundingClientRect());
			const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
			return all.filter((e, i) => boxes[i].right > `+width+` || boxes.some((b, k) => k !== i && over(boxes[i], b))).map((e) => e.ariaLabel);
		})()`, []any{})
	}
	want(t, p, `ui.take(), ui.get("Volume").focus(), ui.press(" "), ui.take()`, "play") // Space means nothing to a slider
}
