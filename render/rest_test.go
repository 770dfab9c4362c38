package render

import (
	"testing"
	"testing/fstest"

	"github.com/hframes/hframes/internal/chrome"
)

// What has come to rest is drawn where it rests, as a picture of that moment alone is: Chromium leaves an edge that moved
// by less than a hundredth of a px as it was drawn on its way.
func TestRest(t *testing.T) {
	t.Parallel()
	boxes := `<style>
		@keyframes grow { from { transform: scale(0.7) rotate(8deg) } to { transform: none } }
		.grid { position: absolute; inset: 20px; display: grid; grid-template-columns: repeat(7, 1fr); gap: 10px }
		.grid i { height: 33.33px; background: #222 } .css i { animation: grow 0.6s cubic-bezier(0.1, 0.9, 0.2, 1) both }
		.gsap { top: 90px }</style>
		<div class="grid css"><i></i><i></i><i></i><i></i><i></i><i></i><i></i></div>
		<div class="grid gsap"><i></i><i></i><i></i><i></i><i></i><i></i><i></i></div>
		<script>window.__timelines = window.__timelines || {};
		const tl = gsap.timeline({ paused: true });
		tl.from(".gsap i", { scale: 0.7, rotation: 8, duration: 0.6, ease: "power4.out" });
		window.__timelines["main"] = tl;</script>`
	src := fstest.MapFS{"gsap.js": {Data: gsap(t)},
		"index.html": {Data: []byte(still(`<script src="gsap.js"></script>`, boxes, `data-duration="1" data-width="331" data-height="191"`))}}
	o := Options{Runtime: official(t)}
	var rest picture
	err := Stills(t.Context(), src, "index.html", []float64{0.9}, o, func(s Still) error {
		rest = picture{w: 331, h: 191}
		for i := 0; i < len(s.Image.Pix); i += 4 {
			rest.rgb = append(rest.rgb, s.Image.Pix[i:i+3]...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"wayland":    {method: methodWayland},
		"beginframe": {method: methodBeginFrame, Browser: browser(t, chrome.Shell)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Quality = "high"
			path, _ := makeFilm(t, src, o)
			film := frames(t, path, 332, 192)
			if len(film) != 30 {
				t.Fatalf("%d frames", len(film))
			}
			for y := range 191 {
				for x := range 331 {
					if want := rest.at(x, y); !film[27].near(x, y, want, 24) {
						t.Fatalf("at %d, %d: %v, but %v at rest", x, y, film[27].at(x, y), want)
					}
				}
			}
		})
	}
}
