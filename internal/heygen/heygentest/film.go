package heygentest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/hframes/hframes/internal/heygen"
)

// A film is a video, in memory or on disk.
type film struct {
	data    []byte
	path    string // "" = in memory
	size    int64
	sha256  string
	seconds float64
}

// shoot makes the video of a render.
func (s *Server) shoot(job *render) (*film, error) {
	if s.o.Render == nil {
		width, height := Size(job.request)
		return plain(s.ctx, shape{width, height, job.request.FPS, job.page.seconds, job.request.Format, job.page.audio})
	}
	select {
	case s.studio <- struct{}{}:
		defer func() { <-s.studio }()
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
	file, seconds, err := s.o.Render(s.ctx, job.zip.path, job.request)
	if err != nil {
		return nil, err
	}
	v := &film{path: filepath.Join(s.dir, newID("video-")), seconds: seconds}
	if err := os.Rename(file, v.path); err != nil { // another disk
		defer os.Remove(file)
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if _, _, err := save(v.path, f); err != nil {
			return nil, err
		}
	}
	f, err := os.Open(v.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	hash := sha256.New()
	if v.size, err = io.Copy(hash, f); err != nil {
		return nil, err
	}
	v.sha256 = hex.EncodeToString(hash.Sum(nil))
	return v, nil
}

// Size returns the width and height, in px, of the video that a request is answered with.
func Size(r heygen.RenderRequest) (width, height int) {
	width, height = 1920, 1080
	switch r.AspectRatio {
	case "9:16":
		width, height = 1080, 1920
	case "1:1":
		width = 1080
	}
	if r.Resolution == "4k" {
		return 2 * width, 2 * height
	}
	return width, height
}

// A shape is all that tells one plain video from another.
type shape struct {
	width, height int // px
	fps           int
	seconds       float64
	format        string
	audio         bool
}

// cans are the plain videos that this process has made. They are small, few, and the same for all Servers.
var cans struct {
	sync.Mutex
	films map[shape]*film
}

// plain returns a video of a shape: one colour that changes through a second, over and over.
func plain(ctx context.Context, s shape) (*film, error) {
	cans.Lock()
	defer cans.Unlock()
	if f := cans.films[s]; f != nil {
		return f, nil
	}
	dir, err := os.MkdirTemp("", "heygentest-film-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	frames := max(1, int(math.Round(s.seconds*float64(s.fps))))
	second, out := filepath.Join(dir, "second."+s.format), filepath.Join(dir, "film."+s.format)
	picture := fmt.Sprintf("color=c=0x6c4cf1:s=%dx%d:r=%d,hue=H=2*PI*t", s.width, s.height, s.fps)
	args := append([]string{"-f", "lavfi", "-i", picture, "-frames:v", strconv.Itoa(min(frames, s.fps))}, codec(s)...)
	if err := ffmpeg(ctx, append(args, second)...); err != nil {
		return nil, err
	}
	seconds := float64(frames) / float64(s.fps)
	args = []string{"-stream_loop", "-1", "-i", second}
	if s.audio {
		args = append(args, "-f", "lavfi", "-t", strconv.FormatFloat(seconds, 'f', 6, 64), "-i", "anullsrc=r=48000:cl=stereo",
			"-map", "0:v", "-map", "1:a")
	}
	args = append(args, "-c:v", "copy", "-frames:v", strconv.Itoa(frames), "-fflags", "+bitexact")
	if s.format != "webm" {
		args = append(args, "-movflags", "+faststart")
	}
	if err := ffmpeg(ctx, append(args, out)...); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	f := &film{data: data, size: int64(len(data)), sha256: hex.EncodeToString(sum[:]), seconds: seconds}
	if cans.films == nil {
		cans.films = map[shape]*film{}
	}
	cans.films[s] = f
	return f, nil
}

// codec returns FFmpeg's arguments for the pictures of a format. No frame refers to a later one, so that the second can
// be repeated without encoding again.
func codec(s shape) []string {
	switch s.format {
	case "webm":
		return []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "200k", "-auto-alt-ref", "0", "-pix_fmt", "yuva420p"}
	case "mov":
		return []string{"-c:v", "prores_ks", "-profile:v", "4444", "-qscale:v", "31", "-pix_fmt", "yuva444p10le"}
	}
	return []string{"-c:v", "libx264", "-preset", "ultrafast", "-crf", "35", "-bf", "0", "-pix_fmt", "yuv420p", "-fflags", "+bitexact"}
}

// ffmpeg runs FFmpeg.
func ffmpeg(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-hide_banner", "-nostdin", "-loglevel", "error", "-y"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("make a plain video: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return nil
}
