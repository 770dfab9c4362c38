//go:build linux

package wayland_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/wayland"
)

// counter is a page that draws its next picture when it is told to. The strip at the bottom says which one it is.
const counter = `<!doctype html><style>
body { margin: 0; overflow: hidden; background: linear-gradient(135deg, #102040, #8040c0); font: 40px sans-serif; color: #fff }
#card { position: absolute; left: 40px; top: 40px; padding: 20px; border-radius: 12px; background: #246; box-shadow: 0 8px 24px #000a }
#mark { position: fixed; left: 0; bottom: 0; width: 100%; height: 8px }
</style><div id="card">A card</div><div id="mark"></div><script>
let n = 0
function step() {
  requestAnimationFrame(() => {
    n++
    card.style.transform = 'translate(' + n * 3 + 'px, ' + n + 'px) rotate(' + n + 'deg)'
    mark.style.background = 'rgb(' + n + ', 0, 255)'
  })
}
</script>`

// TestChromium shows that each picture of a real browser arrives once and in order, of the size that was asked for, and
// that it is the same that the browser's own screenshot has.
func TestChromium(t *testing.T) {
	path, err := chrome.Find("", chrome.Full)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		size  image.Point
		scale int
	}{{image.Pt(640, 360), 1}, {image.Pt(1280, 720), 2}, {image.Pt(200, 150), 1}} {
		t.Run(fmt.Sprintf("%v scale %d", tt.size, tt.scale), func(t *testing.T) {
			t.Parallel()
			shown := make(chan image.Image, 100)
			d, err := wayland.Listen(tt.size, tt.scale, func(_ int, f *wayland.Frame) {
				shown <- picture(f)
				f.Release()
			})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			b, err := chrome.Start(t.Context(), chrome.Options{Path: path, Display: d.Env(), Scale: tt.scale})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			p := open(t, b, tt.size.Div(tt.scale))

			const last = 40
			var final image.Image
			p.Post("step()")
			for want := 1; want <= last; {
				select {
				case final = <-shown:
				case <-time.After(time.Minute):
					t.Fatalf("picture %d does not come", want)
				}
				n, ok := number(final)
				if !ok || n == want-1 {
					continue // of before the page, or the same once more
				}
				if n != want {
					t.Fatalf("picture %d comes in place of %d", n, want)
				}
				if want++; want <= last {
					p.Post("step()")
				}
			}
			compare(t, p, final)
		})
	}
}

func open(t *testing.T, b *chrome.Browser, size image.Point) *chrome.Page {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, counter)
	}))
	t.Cleanup(s.Close)
	p, err := b.Page(t.Context(), chrome.PageOptions{Width: size.X, Height: size.Y, Origin: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Navigate(t.Context(), s.URL); err != nil {
		t.Fatal(err)
	}
	return p
}

// picture copies a frame.
func picture(f *wayland.Frame) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	for y := range f.Height {
		for x := range f.Width {
			from, to := f.Pix[y*f.Stride+4*x:], out.Pix[y*out.Stride+4*x:]
			to[0], to[1], to[2], to[3] = from[2], from[1], from[0], 255
		}
	}
	return out
}

// number reads the strip.
func number(m image.Image) (n int, ok bool) {
	r, g, b, _ := m.At(m.Bounds().Dx()/2, m.Bounds().Dy()-4).RGBA()
	return int(r >> 8), g == 0 && b == 0xffff
}

// compare compares with what the browser itself takes a picture of, as far as the window shows it.
func compare(t *testing.T, p *chrome.Page, got image.Image) {
	t.Helper()
	data, err := p.Screenshot(context.Background(), chrome.PNG)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Bounds().In(want.Bounds()) {
		t.Fatalf("a screenshot has %v, the window %v", want.Bounds(), got.Bounds())
	}
	differ := 0
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			r, g, b, _ := got.At(x, y).RGBA()
			r2, g2, b2, _ := want.At(x, y).RGBA()
			if r != r2 || g != g2 || b != b2 {
				differ++
			}
		}
	}
	if differ > 0 {
		t.Errorf("%d px differ from the screenshot", differ)
	}
}
