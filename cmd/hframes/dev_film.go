package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/heygentest"
	"github.com/hframes/hframes/render"
)

// filmZip renders a project's zip on this machine, as a request to HeyGen's cloud wants it. The file is the caller's.
func filmZip(ctx context.Context, archive string, r heygen.RenderRequest) (file string, seconds float64, err error) {
	dir, err := os.MkdirTemp("", "hframes-dev-")
	if err != nil {
		return "", 0, err
	}
	defer os.RemoveAll(dir)
	project := filepath.Join(dir, "project")
	if err := unpack(archive, project, maxUnpacked); err != nil {
		return "", 0, err
	}
	entry := hframes.Page
	if r.Composition != "" {
		entry = r.Composition
	}
	if !filepath.IsLocal(filepath.FromSlash(entry)) {
		return "", 0, fmt.Errorf("composition %q lies outside the project", entry)
	}
	p, err := hframes.Open(filepath.Join(project, filepath.FromSlash(entry)), hframes.Options{})
	if err != nil {
		return "", 0, err
	}
	defer p.Close()
	runtime, err := p.Runtime(ctx)
	if err != nil {
		return "", 0, err
	}
	mp4 := filepath.Join(dir, "film.mp4")
	res, err := render.Local(ctx, os.DirFS(project), path.Clean(entry), mp4, render.Options{
		FPS: r.FPS, Quality: r.Quality, Variables: r.Variables, Runtime: runtime, NoSandbox: os.Getenv("HFRAMES_NO_SANDBOX") == "1"})
	if err != nil {
		return "", 0, err
	}
	width, height := heygentest.Size(r)
	if math.Abs(float64(res.Width)/float64(res.Height)-float64(width)/float64(height)) > 0.05 {
		return "", 0, fmt.Errorf("the composition has %dx%d px, which is not %s", res.Width, res.Height, r.AspectRatio)
	}
	out, err := os.CreateTemp("", "hframes-dev-*."+r.Format)
	if err != nil {
		return "", 0, err
	}
	out.Close()
	if r.Format == "mp4" && width == res.Width && height == res.Height {
		err = os.Rename(mp4, out.Name())
	} else {
		err = recode(ctx, mp4, out.Name(), r.Format, width, height)
	}
	if err != nil {
		os.Remove(out.Name())
		return "", 0, err
	}
	return out.Name(), res.Duration, nil
}

// recode makes a video of another size or format.
func recode(ctx context.Context, from, to, format string, width, height int) error {
	tools, err := ffmpeg.Find("")
	if err != nil {
		return err
	}
	args := []string{"-hide_banner", "-nostdin", "-loglevel", "error", "-i", from, "-vf", fmt.Sprintf("scale=%d:%d", width, height)}
	switch format {
	case "webm":
		args = append(args, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "30", "-b:v", "0", "-c:a", "libopus")
	case "mov":
		args = append(args, "-c:v", "prores_ks", "-profile:v", "4444", "-c:a", "pcm_s16le")
	default:
		args = append(args, "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-c:a", "copy", "-movflags", "+faststart")
	}
	return tools.Run(ctx, append(args, "-y", to))
}

// What a zip may hold at most.
const (
	maxUnpacked = 2 << 30 // bytes
	maxEntries  = 20_000
)

// unpack writes the files of a zip into a new folder. An entry that would lie outside of it, or is no plain file, is an
// error, and so is a zip with more than limit bytes in it, whatever it says of itself.
func unpack(archive, dir string, limit int64) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("unpack the project: %w", err)
	}
	defer z.Close()
	if len(z.File) > maxEntries {
		return fmt.Errorf("unpack the project: more than %d files", maxEntries)
	}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue // folders come with their files
		}
		name := filepath.FromSlash(f.Name)
		if !filepath.IsLocal(name) || strings.Contains(f.Name, `\`) || !f.Mode().IsRegular() {
			return fmt.Errorf("unpack the project: %q is no file of the project", f.Name)
		}
		n, err := unpackFile(f, filepath.Join(dir, name), limit)
		if err != nil {
			return fmt.Errorf("unpack the project: %s: %w", f.Name, err)
		}
		limit -= n
	}
	return nil
}

// unpackFile writes one file of at most limit bytes and returns its size.
func unpackFile(f *zip.File, to string, limit int64) (int64, error) {
	from, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer from.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return 0, err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, io.LimitReader(from, limit+1))
	if e := out.Close(); err == nil {
		err = e
	}
	if err == nil && n > limit {
		err = errors.New("the project is too large")
	}
	return n, err
}
