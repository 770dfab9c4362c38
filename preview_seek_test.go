package hframes_test

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
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

// do evaluates an expression in a page.
func do(t *testing.T, page *chrome.Page, expression string) {
	t.Helper()
	if err := page.Eval(t.Context(), expression, nil); err != nil {
		t.Fatal(err)
	}
}

// press presses a key.
func press(t *testing.T, page *chrome.Page, key string) {
	t.Helper()
	do(t, page, fmt.Sprintf(`document.body.dispatchEvent(new KeyboardEvent("keydown", {key: %q, bubbles: true})), 0`, key))
}

// TestPreviewSeeksWhilePlaying jumps from a playing film to a scene that is not mounted: the film goes on from there,
// forwards and backwards.
func TestPreviewSeeksWhilePlaying(t *testing.T) {
	page := shows(t, longFilm(t), 1200, 800)
	until(t, page, `document.querySelector(".stage").dataset.hash`)
	press(t, page, " ")
	until(t, page, picture+" > 0.2")
	do(t, page, `[...document.querySelectorAll(".timing-title")].find((e) => e.textContent === "Numbers 27").click()`)
	until(t, page, `document.querySelector(".scrubber-scenes").getAttribute("aria-valuetext").includes("Numbers 27")`)
	until(t, page, `document.querySelector(".transport-play").ariaLabel === "Pause" && `+picture+" > 150 && "+picture+" === "+playhead)
	do(t, page, "window.at = "+picture+", 0")
	until(t, page, picture+" > at + 0.3")
	press(t, page, "j")
	until(t, page, picture+" < at - 4") // a scene further back
}

// TestPreviewHurries moves the playhead on without rest over scenes that are not mounted, one in each frame: pictures of
// some of them are seen on the way, and where it comes to rest that of there.
func TestPreviewHurries(t *testing.T) {
	page := shows(t, longFilm(t), 1200, 800)
	until(t, page, `document.querySelector(".stage").dataset.hash`)
	do(t, page, `(() => {
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
	first, stop := previewAt(t, deck, 0)
	b, err := chrome.Start(t.Context(), chrome.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	page, err := b.Page(t.Context(), chrome.PageOptions{Width: 1200, Height: 800})
	if err != nil {
		t.Fatal(err)
	}
	if err := page.Navigate(t.Context(), first.URL); err != nil {
		t.Fatal(err)
	}
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
		_, stop = previewAt(t, deck, port)
		until(t, page, fmt.Sprintf(`document.querySelector(".stage").dataset.hash && %s === %v && %[1]s === %[3]s`, playhead, at, picture))
		until(t, page, `!document.querySelector(".status").textContent.includes("stopped")`)
	}
}

// previewAt starts a preview of a deck at a port, and returns where it is and what stops it.
func previewAt(t *testing.T, deck string, port int) (preview.Address, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan preview.Address, 1), make(chan error, 1)
	go func() {
		ended <- preview.Run(ctx, preview.Options{
			Port:  port,
			Open:  func(size string) (*hframes.Project, error) { return hframes.Open(deck, hframes.Options{Size: size}) },
			Ready: func(a preview.Address) { ready <- a },
		})
	}()
	select {
	case at := <-ready:
		stop := sync.OnceFunc(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		t.Cleanup(stop)
		return at, stop
	case err := <-ended:
		cancel()
		t.Fatal(err)
		return preview.Address{}, nil
	}
}

// TestPreviewSound asks the runtime, which tells it, whether what is set on the page arrives in the film: speed and
// silence, in the document that is shown and in the next.
func TestPreviewSound(t *testing.T) {
	page := shows(t, longFilm(t), 1200, 800)
	do(t, page, `addEventListener("message", (e) => { if (e.data.source === "hf-preview" && e.data.type === "state") window.told = e.data; }), 0`)
	until(t, page, `document.querySelector(".stage").dataset.hash`)
	press(t, page, "m")
	do(t, page, `(() => {
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
	do(t, page, `document.querySelector(".sizes input[value=all]").click()`)
	until(t, page, `document.querySelectorAll(".stage").length === 2 && [...document.querySelectorAll(".stage")].every((s) => s.dataset.hash)`)
	do(t, page, "window.times = () => [...document.querySelectorAll('.stage')].map((s) => Number(s.dataset.time)), 0")
	press(t, page, " ")
	until(t, page, "times().every((t) => t > 0.3)")
	press(t, page, "9")
	until(t, page, "times().every((t) => t > 45)")
	do(t, page, "window.began = times()[0], 0")
	until(t, page, "times().every((t) => t > began + 0.5)")
	press(t, page, "j")
	until(t, page, "times().every((t) => t < began - 1)")
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
