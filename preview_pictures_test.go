package hframes_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/hframes/hframes/internal/chrome"
)

// TestPreviewPictures takes the pictures of the preview that the README shows. With HFRAMES_PICTURES they are written to
// that folder ("make picture").
func TestPreviewPictures(t *testing.T) {
	page := shows(t, "examples/launch", 1440, 860)
	take := func(name, prepare, ready string) {
		t.Helper()
		until(t, page, `document.querySelector(".stage[data-time]")`)
		if err := page.Eval(t.Context(), prepare, nil); err != nil {
			t.Fatal(err)
		}
		until(t, page, ready)
		if err := page.Eval(t.Context(), `new Promise(requestAnimationFrame)`, nil); err != nil {
			t.Fatal(err)
		}
		shot, err := page.Screenshot(t.Context(), chrome.PNG)
		if err != nil {
			t.Fatal(err)
		}
		if n := colours(t, shot); n < 200 {
			t.Errorf("%s has %d colours", name, n)
		}
		if dir := os.Getenv("HFRAMES_PICTURES"); dir != "" {
			writeFile(t, filepath.Join(dir, name), shot)
		}
	}
	take("preview.png", `location.hash = "t=29.5"`, `document.querySelector(".stage").dataset.time === "29.500"`)
	take("preview-sizes.png", `document.documentElement.dataset.theme = "dark"; document.querySelector("#tab-narration").click();
		document.querySelector('.sizes input[value="all"]').click(); location.hash = "t=14"`,
		`[...document.querySelectorAll(".stage")].filter((s) => s.dataset.time === "14.000").length === 3`)
}

func colours(t testing.TB, shot []byte) int {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			seen[img.(*image.RGBA).RGBAAt(x, y)] = true
		}
	}
	return len(seen)
}
