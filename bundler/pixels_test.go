package bundler

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestPixels looks at projects before and after bundling: not one pixel may differ.
func TestPixels(t *testing.T) {
	browser := findBrowser(t)
	names, err := filepath.Glob("testdata/pixels/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no projects", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fsys := fstest.MapFS{
				"media/a.png": {Data: picture(t, color.NRGBA{240, 80, 30, 255})},
				"media/b.png": {Data: picture(t, color.NRGBA{20, 160, 220, 255})},
				"media/c.png": {Data: picture(t, color.NRGBA{90, 200, 40, 255})}, // only in a srcset: a browser may take what it has already
			}
			for _, f := range ar.Files {
				fsys[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			b, list := New(Options{}).Build(t.Context(), fsys, "index.html")
			if b == nil {
				t.Fatal(list)
			}
			after := shot(t, browser, b.FS())
			if name != "testdata/pixels/scripts.txtar" { // a browser runs neither TypeScript nor bare imports of pictures
				compare(t, shot(t, browser, fsys), after)
			}
			plain, list := New(Options{NoMinify: true}).Build(t.Context(), fsys, "index.html")
			if plain == nil {
				t.Fatal(list)
			}
			compare(t, shot(t, browser, plain.FS()), after)
		})
	}
}

func findBrowser(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short")
	}
	for _, name := range []string{"chromium-headless-shell", "chromium", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	t.Fatal("no Chromium: run scripts/setup run")
	return ""
}

// picture is a PNG with a pattern that shows when it is moved or scaled.
func picture(t *testing.T, c color.NRGBA) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	for i := range 64 {
		img.Set(i, i, color.White)
		img.Set(i, 10, color.Black)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shot returns what a browser shows of a project.
func shot(t *testing.T, browser string, fsys fs.FS) *image.NRGBA {
	t.Helper()
	srv := httptest.NewServer(http.FileServerFS(fsys))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	out := filepath.Join(dir, "shot.png")
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--window-size=800,900", "--virtual-time-budget=3000", "--screenshot="+out, srv.URL+"/index.html")
	cmd.WaitDelay = 5 * time.Second
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	flat := image.NewNRGBA(img.Bounds())
	draw.Draw(flat, flat.Rect, img, img.Bounds().Min, draw.Src)
	return flat
}

func compare(t *testing.T, want, got *image.NRGBA) {
	t.Helper()
	if want.Rect != got.Rect {
		t.Fatalf("sizes %v and %v", want.Rect, got.Rect)
	}
	seen := map[color.NRGBA]bool{}
	differ := 0
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			a, b := want.NRGBAAt(x, y), got.NRGBAAt(x, y)
			seen[a] = true
			if a != b {
				if differ == 0 {
					t.Errorf("the first different pixel is at %d,%d: %v, want %v", x, y, b, a)
				}
				differ++
			}
		}
	}
	if differ > 0 {
		t.Errorf("%d pixels differ", differ)
	}
	if len(seen) < 10 {
		t.Errorf("the picture has only %d colours: it shows nothing", len(seen))
	}
}
