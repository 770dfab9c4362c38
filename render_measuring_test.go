//go:build linux

package hframes_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The time of every process is counted, also of those that nobody waits for, both in a control group and without one.
func TestMeasuredTime(t *testing.T) {
	dir := t.TempDir()
	work := `i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; times >"$1.part"; mv "$1.part" "$1"`
	writeFile(t, filepath.Join(dir, "work.sh"), []byte(work))
	// One that is waited for, one whose parent ends at once, one in a session of its own.
	script := `sh work.sh a; (sh work.sh b &); (setsid sh work.sh c &); while [ ! -e b ] || [ ! -e c ]; do sleep 0.05; done; times >d`
	for _, m := range meters(t) {
		t.Run(m.name, func(t *testing.T) {
			cmd := exec.Command("sh", "-c", script)
			cmd.Dir = dir
			got, _, err := m.run(cmd)
			if err != nil {
				t.Fatal(err)
			}
			var want time.Duration
			for _, name := range []string{"b", "c", "d"} { // d has the time of a
				want += shellTimes(t, filepath.Join(dir, name))
				os.Remove(filepath.Join(dir, name))
			}
			if missed := want - got.cpu; missed > want/10 || missed < -want/4 {
				t.Errorf("%v counted, the processes say %v", got.cpu, want)
			}
			if got.left != 0 {
				t.Errorf("%d processes left", got.left)
			}
		})
	}
}

// shellTimes reads what the shell's times says, all of it together.
func shellTimes(t *testing.T, file string) (all time.Duration) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range strings.Fields(string(data)) { // such as 0m1.250s
		d, err := time.ParseDuration(word)
		if err != nil {
			t.Fatal(err)
		}
		all += d
	}
	return all
}

// What a command holds in memory is seen, and what it leaves behind is seen and ended.
func TestMeasuredMemory(t *testing.T) {
	for _, m := range meters(t) {
		t.Run(m.name, func(t *testing.T) {
			m.memory = 1
			got, _, err := m.run(exec.Command("sh", "-c", "(head -c 67108864 /dev/zero; sleep 0.6) | tail -c 67108864 >/dev/null; sleep 300 & sleep 0.2"))
			if err != nil {
				t.Fatal(err)
			}
			if got.kept < 60<<20 || got.kept > got.memory || got.memory > 120<<20 {
				t.Errorf("%d MB seen, %d without files, 64 are held", got.memory>>20, got.kept>>20)
			}
			if got.left != 1 {
				t.Errorf("%d processes left, not 1", got.left)
			}
		})
	}
}

// An encoder is seen when it gets its first picture, not before, and when it has written something.
func TestMeasuredEncoder(t *testing.T) {
	for _, m := range meters(t) {
		t.Run(m.name, func(t *testing.T) {
			dst := filepath.Join(t.TempDir(), "out.mp4")
			got, _, err := m.run(exec.Command("sh", "-c", "(sleep 0.7; head -c 30000000 /dev/urandom; sleep 0.5) | "+
				"ffmpeg -v error -f rawvideo -pix_fmt yuv420p -s 640x360 -i pipe:0 -c:v libx264 -preset ultrafast -crf 18 -y "+dst))
			if err != nil {
				t.Fatal(err)
			}
			if got.fed < 700*time.Millisecond || got.encoded < got.fed || got.encoded > got.wall {
				t.Errorf("fed after %v, encoded after %v of %v", got.fed, got.encoded, got.wall)
			}
			want := []string{"-c:v", "libx264", "-preset", "ultrafast", "-crf", "18"}
			if s := encoderSettings(got.encoder); !slices.Equal(s, want) {
				t.Errorf("settings %q", s)
			}
		})
	}
}

func TestIsEncoder(t *testing.T) {
	for line, want := range map[string]bool{
		"ffmpeg -f rawvideo -pix_fmt yuv420p -i pipe:0 -c:v libx264 out.mp4": true,
		"ffmpeg -f image2pipe -i - -i sound.m4a -c:v libx264 out.mp4":        true,
		"ffmpeg -i film.mp4 -c:v libx264 out.mp4":                            false,
		"ffmpeg -i pipe:0 -c:v copy out.mp4":                                 false,
		"ffmpeg -encoders":                                                   false,
		"ffmpeg -i":                                                          false,
	} {
		if isEncoder(strings.Fields(line)) != want {
			t.Error(line)
		}
	}
}

// A film is like itself, and less like one of lower quality; its frames have the same hashes however they were stored.
func TestQuality(t *testing.T) {
	dir := t.TempDir()
	source := []string{"-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=30:d=1"}
	film := func(name string, args ...string) string {
		file := filepath.Join(dir, name)
		run(t, "ffmpeg", append(append(slices.Clone(source), args...), file)...)
		return file
	}
	lossless := film("lossless.mkv", "-c:v", "libx264rgb", "-qp", "0", "-pix_fmt", "rgb24")
	good := film("good.mp4", "-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p")
	bad := film("bad.mp4", "-c:v", "libx264", "-crf", "45", "-pix_fmt", "yuv420p")
	if s := ssim(t, lossless, lossless); s.luma != 1 || s.all != 1 {
		t.Errorf("a film is %v like itself", s)
	}
	if g, b := ssim(t, good, lossless), ssim(t, bad, lossless); g.luma <= b.luma || g.all <= b.all || g.luma >= 1 {
		t.Errorf("the good film is %v like, the bad one %v", g, b)
	}
	if a, b := x264Options(t, good), x264Options(t, bad); a == b || !strings.Contains(a, "crf=18.0") || regexp.MustCompile(`threads=\d`).MatchString(strings.ReplaceAll(a, "sliced_threads", "")) {
		t.Errorf("options %q, %q", a, b)
	}
	copied := filepath.Join(dir, "copied.mkv")
	run(t, "ffmpeg", "-v", "error", "-i", good, "-c:v", "ffv1", copied)
	if a, b := frameHashes(t, good), frameHashes(t, copied); len(a) != 30 || !slices.Equal(a, b) {
		t.Errorf("%d and %d frames, or other ones", len(a), len(b))
	}
	if slices.Equal(frameHashes(t, good), frameHashes(t, bad)) {
		t.Error("different films have the same frames")
	}
}

// A way is one of the ways to measure.
type way struct {
	name string
	*meter
}

// meters returns the ways to measure that this machine has. The last one always works.
func meters(t *testing.T) (ways []way) {
	t.Helper()
	m := newMeter(t)
	if m.groups != "" {
		ways = append(ways, way{"group", m})
	}
	return append(ways, way{"looking", &meter{idle: m.idle}})
}
