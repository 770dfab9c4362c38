package hframes_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/preview"
)

// shows starts a preview of a deck, and a browser with its page in a window of that size.
func shows(t testing.TB, deck string, width, height int) (*chrome.Page, preview.Address) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan preview.Address, 1), make(chan error, 1)
	go func() {
		ended <- preview.Run(ctx, preview.Options{
			Open:  func(size string) (*hframes.Project, error) { return hframes.Open(deck, hframes.Options{Size: size}) },
			Ready: func(a preview.Address) { ready <- a },
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	var at preview.Address
	select {
	case at = <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	b, err := chrome.Start(ctx, chrome.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	page, err := b.Page(ctx, chrome.PageOptions{Width: width, Height: height})
	if err != nil {
		t.Fatal(err)
	}
	if err := page.Navigate(ctx, at.URL); err != nil {
		t.Fatal(err)
	}
	return page, at
}

// until waits until an expression is true in a page.
func until(t testing.TB, page *chrome.Page, expression string) {
	t.Helper()
	var ok bool
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err := page.Eval(t.Context(), "!!("+expression+")", &ok); err == nil && ok {
			return
		}
	}
	t.Fatalf("never true: %s", expression)
}

// What the preview shows is what the local render makes of the same time.
func TestPreviewMatchesRender(t *testing.T) {
	file, film := local(t, "examples/launch", "", "high")
	page, _ := shows(t, "examples/launch", 1920, 1080)
	until(t, page, `document.querySelector(".stage[data-time]")`)
	// The picture alone, at its own size.
	if err := page.Eval(t.Context(), `{ const s = document.querySelector(".stage");
		Object.assign(s.style, { position: "fixed", inset: "0", zIndex: 1000, transform: "none" }); }`, nil); err != nil {
		t.Fatal(err)
	}
	line := film.Composition.Timeline
	for i := range 10 {
		frame := 40 + i*(line.Frames-60)/9
		at := float64(frame) / float64(line.FPS)
		if err := page.Eval(t.Context(), fmt.Sprintf(`location.hash = "t=%.6f"`, at), nil); err != nil {
			t.Fatal(err)
		}
		until(t, page, fmt.Sprintf(`Math.abs(document.querySelector(".stage").dataset.time - %.6f) < 0.002`, at))
		shot, err := page.Screenshot(t.Context(), chrome.PNG)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), fmt.Sprintf("preview-%d.png", frame))
		if err := os.WriteFile(name, shot, 0o644); err != nil {
			t.Fatal(err)
		}
		got := psnr(t, name, frameOf(t, file, frame))
		t.Logf("frame %d at %.3f s: %.1f dB", frame, at, got)
		if got < 45 || math.IsNaN(got) {
			t.Errorf("frame %d at %.3f s: %.1f dB, want 45", frame, at, got)
		}
	}
}
