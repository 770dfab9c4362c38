package cloud

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/outfile"
)

// downloadTries is how often a video is downloaded before that counts as failed.
const downloadTries = 4

// An output is the file that a job writes. It is opened before anything is paid for, so that a place that cannot be
// written to is known by then.
type output struct {
	target string // absolute
	part   *outfile.File
}

func openOutput(ctx context.Context, path, id string) (*output, error) {
	part, err := outfile.Create(ctx, path, id)
	if err != nil {
		return nil, err
	}
	return &output{part.Target(), part}, nil
}

func (o *output) close() { o.part.Close() }

// holds reports whether the output is there already: the very bytes that the record tells of.
func (o *output) holds(rec *Record) bool {
	info, err := os.Stat(o.target)
	if err != nil || info.Size() != rec.Bytes || rec.SHA256 == "" {
		return false
	}
	f, err := os.Open(o.target)
	if err != nil {
		return false
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return err == nil && hex.EncodeToString(sum.Sum(nil)) == rec.SHA256
}

// fetch downloads a finished render, verifies it, gives it its name and notes that.
func (s *Service) fetch(ctx context.Context, rec *Record, d *heygen.RenderDetail, out *output, want Expect, progress func(Progress), res *Result) error {
	for try := 1; ; try++ {
		sum, n, err := s.download(ctx, rec.Render, d.VideoURL, out, progress)
		if err == nil {
			info, faults, e := verify(out.part.File, filepath.Base(out.target), want)
			if len(faults) > 0 {
				return &WrongFile{rec.Render, faults}
			}
			if err = e; err == nil {
				res.Width, res.Height, res.FPS = info.Width, info.Height, info.FPS
				rec.Bytes, rec.SHA256, rec.Seconds = n, sum, info.Duration.Seconds()
				break
			}
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if p := (*fs.PathError)(nil); errors.As(err, &p) && p.Path == out.part.Name() {
			return outfile.PlaceError(out.target, p)
		}
		if try == downloadTries || !worthAnother(err) {
			return fmt.Errorf("download render %s: %w", rec.Render, err)
		}
		if err := sleep(ctx, time.Duration(try)*s.poll()/30); err != nil {
			return err
		}
		if d, err = s.wait(ctx, rec, 0, func(Progress) {}); err != nil { // for a URL that is fresh
			return err
		}
	}
	if err := out.part.Commit(); err != nil {
		return err
	}
	rec.State, rec.Output = Downloaded, out.target
	return s.note(rec)
}

// worthAnother reports whether another try at a download may succeed.
func worthAnother(err error) bool {
	var no *heygen.Error
	var net *heygen.NetworkError
	var cut *unreadable
	return errors.As(err, &no) || errors.As(err, &net) || errors.As(err, &cut)
}

// download writes the video behind url into the unfinished file and returns its hash in hex and its size.
func (s *Service) download(ctx context.Context, render, url string, out *output, progress func(Progress)) (string, int64, error) {
	if err := out.part.Restart(); err != nil {
		return "", 0, fmt.Errorf("write %s: %w", out.target, err)
	}
	sum := sha256.New()
	n, err := s.Client.Download(ctx, url, io.MultiWriter(out.part, sum), func(done, total int64) {
		progress(Progress{Step: StepDownload, Render: render, Done: done, Total: total})
	})
	return hex.EncodeToString(sum.Sum(nil)), n, err
}
