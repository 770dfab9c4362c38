package render

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/npm"
)

var fetchRuntime = sync.OnceValues(func() ([]byte, error) {
	files, err := npm.Cache{}.Fetch(context.Background(), npm.Runtime)
	if err != nil {
		return nil, err
	}
	return fs.ReadFile(files, npm.RuntimeFile)
})

// official returns the official runtime.
func official(t testing.TB) []byte {
	t.Helper()
	js, err := fetchRuntime()
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// tools returns FFmpeg.
func tools(t testing.TB) ffmpeg.Tools {
	t.Helper()
	tl, err := ffmpeg.Find("")
	if err != nil {
		t.Fatal(err)
	}
	return tl
}

// browser returns a browser of a kind.
func browser(t testing.TB, k chrome.Kind) string {
	t.Helper()
	path, err := chrome.Find("", k)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// eachMethod runs a test for each way to take pictures, with a browser that can do it.
func eachMethod(t *testing.T, f func(t *testing.T, o Options)) {
	t.Run("wayland", func(t *testing.T) {
		t.Parallel()
		f(t, Options{method: methodWayland, Browser: browser(t, chrome.Full)})
	})
	t.Run("beginframe", func(t *testing.T) {
		t.Parallel()
		f(t, Options{method: methodBeginFrame, Browser: browser(t, chrome.Shell)})
	})
	t.Run("screenshot", func(t *testing.T) {
		t.Parallel()
		f(t, Options{method: methodScreenshot, Browser: browser(t, chrome.Full)})
	})
}

// project returns the files of testdata/<name>.
func project(name string) fs.FS { return os.DirFS(filepath.Join("testdata", name)) }

// make renders and returns the file and its result.
func makeFilm(t *testing.T, src fs.FS, o Options) (string, *Result) {
	t.Helper()
	dst := filepath.Join(t.TempDir(), "film.mp4")
	o.Runtime = official(t)
	if o.Quality == "" {
		o.Quality = "draft"
	}
	res, err := Local(t.Context(), src, "index.html", dst, o)
	if err != nil {
		t.Fatal(err)
	}
	return dst, res
}

// A picture is a decoded frame, three bytes a pixel.
type picture struct {
	w, h int
	rgb  []byte
}

// at returns the colour of a pixel.
func (p picture) at(x, y int) [3]int {
	i := (y*p.w + x) * 3
	return [3]int{int(p.rgb[i]), int(p.rgb[i+1]), int(p.rgb[i+2])}
}

// near reports whether a pixel has a colour, but for what lossy coding takes.
func (p picture) near(x, y int, want [3]int, slack int) bool {
	got := p.at(x, y)
	for i := range got {
		if d := got[i] - want[i]; d > slack || d < -slack {
			return false
		}
	}
	return true
}

// bits reads a number from n bars of equal width, dark for 0 and light for 1, lowest bit first, in row y.
func (p picture) bits(n, x0, x1, y int) int {
	v := 0
	for i := range n {
		c := p.at(x0+(2*i+1)*(x1-x0)/(2*n), y)
		if c[0]+c[1]+c[2] > 3*128 {
			v |= 1 << i
		}
	}
	return v
}

// frames decodes a whole film.
func frames(t *testing.T, path string, w, h int) []picture {
	t.Helper()
	cmd := exec.Command(tools(t).FFmpeg, "-v", "error", "-i", path, "-vf", "scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int,format=rgb24", "-f", "rawvideo", "-")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("decode: %v: %s", err, errs.String())
	}
	var all []picture
	for data := out.Bytes(); len(data) >= w*h*3; data = data[w*h*3:] {
		all = append(all, picture{w, h, data[:w*h*3]})
	}
	return all
}

// clipFile makes a test clip whose frame n shows n as bars over its whole width, and returns it. args are more output
// options.
func clipFile(t *testing.T, name string, rate string, frames int, args ...string) []byte {
	t.Helper()
	const w, h, bars = 320, 180, 8
	filter := fmt.Sprintf("color=c=black:s=%dx%d:r=%s", w, h, rate)
	for i := range bars {
		filter += fmt.Sprintf(",drawbox=x=%d:y=0:w=%d:h=%d:color=white:t=fill:enable='mod(floor(n/%d),2)'", i*w/bars, w/bars, h, 1<<i)
	}
	path := filepath.Join(t.TempDir(), name)
	all := append([]string{"-v", "error", "-f", "lavfi", "-i", filter, "-frames:v", fmt.Sprint(frames)}, args...)
	if out, err := exec.Command(tools(t).FFmpeg, append(all, path)...).CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v: %s", name, err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
