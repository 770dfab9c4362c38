package hframes_test

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// TestCloudEndToEnd renders an example by way of the cloud: the service of `dev heygen --render` renders the zip that it
// was sent, and the file is that film, as long, as large and with as many frames, and looks like it.
func TestCloudEndToEnd(t *testing.T) {
	file, err := command()
	if err != nil {
		t.Fatal(err)
	}
	service := exec.Command(file, "dev", "heygen", "--render", "--json")
	stdout, err := service.StdoutPipe()
	if err == nil {
		err = service.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		service.Process.Signal(os.Interrupt)
		io.Copy(io.Discard, stdout)
		service.Wait()
	})
	var at struct{ URL, Key string }
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	if err != nil {
		t.Fatal(err)
	}
	cache, err := hframes.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	u := newUser(t, &heygentest.Server{}, "HEYGEN_API_URL="+at.URL, "HEYGEN_API_KEY="+at.Key, "HFRAMES_CACHE="+cache)
	example, err := filepath.Abs("examples/launch")
	if err != nil {
		t.Fatal(err)
	}
	const fps = 10
	code, out, stderr := u.run(t.Context(), "render", example, "--on", "heygen", "--fps", "10", "--quality", "draft", "-o", "out/launch.mp4", "--poll-interval", "500ms", "--json")
	if code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, out, stderr)
	}
	u.holds("out", "launch.mp4")
	video := filepath.Join(u.dir, "out", "launch.mp4")
	tools, err := ffmpeg.Find("")
	if err != nil {
		t.Fatal(err)
	}
	info, err := tools.Probe(t.Context(), video, true)
	if err != nil {
		t.Fatal(err)
	}
	_, film := build(t, "examples/launch", "")
	timeline := film.Composition.Timeline
	frames := int(math.Ceil(timeline.Duration.Seconds() * fps))
	if v := info.Video(); v == nil || v.Frames != frames || v.Width != timeline.Width || v.Height != timeline.Height || info.Audio() == nil {
		t.Errorf("the video is %+v, the film %d frames of %dx%d", v, frames, timeline.Width, timeline.Height)
	}
	if n := colors(t, frameOf(t, video, frames/2)); n < 3 {
		t.Errorf("the frame in the middle has %d colours", n)
	}
}
