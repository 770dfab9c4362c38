package hframes_test

import (
	"strconv"
	"testing"

	"github.com/hframes/hframes/internal/chrome"
)

// TestPreviewFilms shows the films of our own, which have no Markdown, in the preview: each draws, complains of nothing,
// and shows another picture when its playhead is moved, and when it plays.
func TestPreviewFilms(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes of headless Chromium")
	}
	for _, f := range films {
		t.Run(f.name, func(t *testing.T) {
			page, _ := shows(t, film(t, f.name), 1300, 800)
			until(t, page, `document.querySelector(".stage[data-time]")`)
			var before []byte
			for _, at := range f.at {
				eval(t, page, `location.hash = "t=`+written(at)+`"`)
				until(t, page, `Math.abs(document.querySelector(".stage").dataset.time - `+written(at)+`) < 0.05`)
				shot, err := page.Screenshot(t.Context(), chrome.PNG)
				if err != nil {
					t.Fatal(err)
				}
				if string(shot) == string(before) {
					t.Errorf("%g s looks as before", at)
				}
				before = shot
			}
			eval(t, page, `location.hash = "t=0"`)
			until(t, page, `Number(document.querySelector(".stage").dataset.time) === 0`)
			eval(t, page, `document.querySelector("button[aria-label=Play]").click()`)
			until(t, page, `document.querySelector("button[aria-label=Pause]") && document.querySelector(".stage").dataset.time > 0.5`)
			until(t, page, `!document.querySelector(".problem.error")`)
			for _, e := range page.Events() {
				if e.Kind != chrome.Console || e.Level == "error" {
					t.Errorf("the page says: %s", e)
				}
			}
		})
	}
}

// written writes seconds as JavaScript does.
func written(s float64) string { return strconv.FormatFloat(s, 'f', 6, 64) }

// eval runs JavaScript in a page.
func eval(t *testing.T, page *chrome.Page, js string) {
	t.Helper()
	if err := page.Eval(t.Context(), js, nil); err != nil {
		t.Fatalf("%s: %v", js, err)
	}
}
