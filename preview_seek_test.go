package hframes_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/preview"
)

// longFilm writes a deck of 40 scenes, so many that the preview mounts a few at a time, and returns its folder.
func longFilm(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, hframes.Deck), []byte(generated(40)))
	return dir
}

const (
	playhead = `Number(document.querySelector('.scrubber-scenes').getAttribute("aria-valuenow"))`
	picture  = `Number(document.querySelector(".stage").dataset.time)`
)

// press presses a key.
func press(t *testing.T, page *chrome.Page, key string) {
	t.Helper()
	eval(t, page, fmt.Sprintf(`document.body.dispatchEvent(new KeyboardEvent("keydown", {key: %q, bubbles: true})), 0`, key))
}

// TestPreviewSeeksWhilePlaying jumps from a playing film to a scene that is not mounted: the film goes on from there,
// forwards and backwards.
func TestPreviewSeeksWhilePlaying(t *testing.T) {
	page := shows(t, longFilm(t), 1200, 800)
	until(t, page, `document.querySelector(".stage").dataset.hash`)
	press(t, page, " ")
	until(t, page, picture+" > 0.2")
	eval(t, page, `[...document.querySelectorAll(".timing-title")].find((e) => e.textContent === "Numbers 27").click()`)
	until(t, page, `document.querySelector(".scrubber-scenes").getAttribute("aria-valuetext").includes("Numbers 27")`)
	until(t, page, `document.querySelector(".transport-play").ariaLabel === "Pause" && `+picture+" > 150 && "+picture+" === "+playhead)
	eval(t, page, "window.at = "+picture+", 0")
	until(t, page, picture+" > at + 0.3")
	press(t, page, "j")
	until(t, page, picture+" < at - 4") // a scene further back
}

// TestPreviewHurries moves the playhead on without rest over scenes that are not mounted, one in each frame: pictures of
// some of them are seen on the way, and where it comes to rest that of there.
func TestPreviewHurries(t *testing.T) {
	page := shows(t, longFilm(t), 1200, 800)
	until(t, page, `document.querySelector(".stage").dataset.hash`)
	eval(t, page, `(() => {
		const stage = document.querySelector(".stage");
		const seen = (window.seen = new Set());
		new MutationObserver(() => seen.add(stage.dataset.time)).observe(stage, {attributeFilter: ["data-time"]});
		let n = 0;
		const go = () => {
			if (seen.size >= 5) return (window.ended = true);
			document.body.dispatchEvent(new KeyboardEvent("keydown", {key: n++ % 70 < 35 ? "." : ",", bubbles: true}));
			requestAnimationFrame(go);
		};
		go();
		return 0;
	})()`)
	until(t, page, "window.ended && "+picture+" === "+playhead)
}

// TestPreviewStartedAgain stops the preview of a film, moves the playhead to where nothing is mounted, and starts the
// preview again at its address: the page stays there and shows it.
func TestPreviewStartedAgain(t *testing.T) {
	deck := longFilm(t)
	first, stop := starts(t, deck, preview.Options{})
	page := opens(t, chromium(t), first.URL, 1200, 800)
	until(t, page, `document.querySelector(".stage").dataset.hash`)
	u, err := url.Parse(first.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"9", "1", "8"} { // the stage's port is another one first, then the same
		stop()
		until(t, page, `document.querySelector(".status").textContent.includes("stopped")`)
		press(t, page, key)
		var at float64
		if err := page.Eval(t.Context(), playhead, &at); err != nil {
			t.Fatal(err)
		}
		_, stop = starts(t, deck, preview.Options{Port: port})
		until(t, page, fmt.Sprintf(`document.querySelector(".stage").dataset.hash && %s === %v && %[1]s === %[3]s`, playhead, at, picture))
		until(t, page, `!document.querySelector(".status").textContent.includes("stopped")`)
	}
}

// TestPreviewSound asks the runtime, which tells it, whether what is set on the page arrives in the film: speed and
// silence, in the document that is shown and in the next.
func TestPreviewSound(t *testing.T) {
	page := shows(t, longFilm(t), 1200, 800)
	eval(t, page, `addEventListener("message", (e) => { if (e.data.source === "hf-preview" && e.data.type === "state") window.told = e.data; }), 0`)
	until(t, page, `document.querySelector(".stage").dataset.hash`)
	press(t, page, "m")
	eval(t, page, `(() => {
		const speed = document.querySelector(".transport-rate");
		speed.value = "2";
		speed.dispatchEvent(new Event("change"));
	})()`)
	press(t, page, " ")
	until(t, page, "told.isPlaying && told.muted && told.playbackRate === 2")
	press(t, page, "m")
	until(t, page, "!told.muted && told.playbackRate === 2")
	press(t, page, "9")
	until(t, page, picture+" > 45 && told.isPlaying && !told.muted && told.playbackRate === 2")
}

// TestPreviewLedTogether lets all sizes play side by side: a jump, a loop and going backwards take all of them along.
func TestPreviewLedTogether(t *testing.T) {
	dir := t.TempDir()
	deck := strings.Replace(generated(40), "title: A long film", "title: A long film\nsize: [landscape, square]", 1)
	writeFile(t, filepath.Join(dir, hframes.Deck), []byte(deck))
	page := shows(t, dir, 1200, 800)
	until(t, page, `document.querySelector(".stage").dataset.hash`)
	eval(t, page, `document.querySelector(".sizes input[value=all]").click()`)
	until(t, page, `document.querySelectorAll(".stage").length === 2 && [...document.querySelectorAll(".stage")].every((s) => s.dataset.hash)`)
	eval(t, page, "window.times = () => [...document.querySelectorAll('.stage')].map((s) => Number(s.dataset.time)), 0")
	press(t, page, " ")
	until(t, page, "times().every((t) => t > 0.3)")
	press(t, page, "9")
	until(t, page, "times().every((t) => t > 45)")
	eval(t, page, "window.began = times()[0], 0")
	until(t, page, "times().every((t) => t > began + 0.5)")
	press(t, page, "j")
	until(t, page, "times().every((t) => t < began - 1)")
}

// TestPreviewLinkMeanwhile follows a link in the very moment in which the page writes into its address where it is.
func TestPreviewLinkMeanwhile(t *testing.T) {
	page := shows(t, longFilm(t), 1200, 800)
	until(t, page, `document.querySelector(".stage").dataset.hash`)
	eval(t, page, `location.hash = "t=1.5", 0`)
	until(t, page, picture+" === 1.5")
	eval(t, page, `location.hash = "t=3", history.replaceState(null, "", "#t=1.5"), 0`)
	until(t, page, picture+" === 3")
	until(t, page, `location.hash === "#t=3"`)
}

// TestPreviewClip goes to and fro in a clip of few key frames, each time to the very start of one of its frames: where the
// page says it is, the clip has drawn that frame.
func TestPreviewClip(t *testing.T) {
	dir := t.TempDir()
	encode(t, filepath.Join(dir, "clip.mp4"), "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=8,format=yuv420p", "-g", "240")
	writeFile(t, filepath.Join(dir, "index.html"), []byte(`<!doctype html><html><body>
		<div data-composition-id="main" data-no-timeline data-width="1280" data-height="720" data-start="0" data-duration="8" data-fps="30">
		<video id="clip" src="clip.mp4" muted data-start="0" data-duration="8" data-track-index="0"></video></div>
		<script>
			const clip = document.querySelector("#clip");
			const tell = (now, picture) => {
				parent.postMessage({drawn: picture.mediaTime}, "*");
				clip.requestVideoFrameCallback(tell);
			};
			clip.requestVideoFrameCallback(tell);
		</script></body></html>`))
	page := shows(t, dir, 1200, 800)
	until(t, page, `document.querySelector(".stage").dataset.hash`)
	eval(t, page, `(() => {
		const stage = document.querySelector(".stage");
		let drawn;
		addEventListener("message", (e) => drawn = e.data.drawn ?? drawn);
		window.seen = [];
		new MutationObserver(() => seen.push([stage.dataset.time, drawn.toFixed(3)])).observe(stage, {attributeFilter: ["data-time"]});
	})(), 0`)
	for i := range 12 {
		eval(t, page, fmt.Sprintf(`location.hash = "t=%.6f", 0`, float64(20+i*67%210)/30))
		until(t, page, fmt.Sprintf("seen.length === %d", i+1))
	}
	var seen [][2]string
	if err := page.Eval(t.Context(), "seen", &seen); err != nil {
		t.Fatal(err)
	}
	for _, s := range seen {
		if s[0] != s[1] {
			t.Errorf("at %s s it has drawn the frame of %s s", s[0], s[1])
		}
	}
}

// TestPreviewFaults opens a film that complains in its console and asks for what is not there: the page says both.
func TestPreviewFaults(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "index.html"), []byte(`<!doctype html><html><body>
		<div data-composition-id="main" data-width="640" data-height="360" data-start="0" data-duration="2"></div>
		<script>console.error("wrong", {a: 1}, new Error("boom")); fetch("gone.json").then((r) => r.text());</script></body></html>`))
	page := shows(t, dir, 1200, 800)
	until(t, page, `document.querySelector("#page-problems").textContent.includes('wrong {"a":1} Error: boom')`)
	until(t, page, `/gone\.json.*answered 404/s.test(document.querySelector("#page-problems").textContent)`)
}
