package render

import (
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/png" // what the pictures are
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/outfile"
)

// An output is a film on its way to its name.
type output interface {
	Name() string  // where it is written
	Commit() error // gives it its name, in place of what has it
	Close() error  // removes it, unless it has a name

	// Reject gives it a name that says that it is no good, and returns that.
	Reject() (string, error)
}

func createOutput(ctx context.Context, dst string, format ffmpeg.Format) (output, error) {
	if format == ffmpeg.PNG {
		p, err := createPictures(ctx, dst)
		if err != nil {
			return nil, err
		}
		return p, nil
	}
	f, err := outfile.Create(ctx, dst, "render")
	if err != nil {
		return nil, err
	}
	return f, nil
}

// pictures is a folder of pictures on its way. It is made beside its place, under the same name each time, so that what a
// killed process left is used up by the next one.
type pictures struct {
	dst, part string
	turn      *outfile.File // empty, and never gets its name: while one process has it others wait
}

func createPictures(ctx context.Context, dst string) (_ *pictures, err error) {
	abs, err := filepath.Abs(dst)
	if err != nil {
		return nil, outfile.PlaceError(dst, err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	if err := onlyPictures(abs); err != nil {
		return nil, err
	}
	turn, err := outfile.Create(ctx, abs+".pictures", "pictures")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			turn.Close()
		}
	}()
	p := &pictures{abs, turn.Name() + "s", turn}
	if err := os.RemoveAll(p.part); err != nil {
		return nil, outfile.PlaceError(dst, err)
	}
	if err := os.MkdirAll(p.part, 0o777); err != nil {
		return nil, outfile.PlaceError(dst, err)
	}
	return p, nil
}

// Name returns where the pictures are written.
func (p *pictures) Name() string { return p.part }

// Commit puts the folder in the place of an older one.
func (p *pictures) Commit() error {
	if err := onlyPictures(p.dst); err != nil { // it may be another one by now
		return err
	}
	if err := os.RemoveAll(p.dst); err != nil {
		return outfile.PlaceError(p.dst, err)
	}
	if err := os.Rename(p.part, p.dst); err != nil {
		return outfile.PlaceError(p.dst, err)
	}
	return nil
}

// Reject puts the folder beside its place, as "frames.failed" for "frames".
func (p *pictures) Reject() (string, error) {
	name := p.dst + ".failed"
	if err := onlyPictures(name); err != nil {
		return "", err
	}
	if err := os.RemoveAll(name); err != nil {
		return "", outfile.PlaceError(name, err)
	}
	if err := os.Rename(p.part, name); err != nil {
		return "", outfile.PlaceError(name, err)
	}
	return name, nil
}

// Close removes what has not got its name.
func (p *pictures) Close() error { return errors.Join(os.RemoveAll(p.part), p.turn.Close()) }

var pictureName = regexp.MustCompile(`^frame_[0-9]{6,}\.png$`)

// onlyPictures returns an error if there is something at a place that is not a folder of a film's pictures.
func onlyPictures(dir string) error {
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		if info, e := os.Stat(dir); e == nil && !info.IsDir() {
			return fmt.Errorf("write %s: it is a file, and pictures go to a folder", dir)
		}
		return outfile.PlaceError(dir, err)
	}
	for _, f := range list {
		if !f.Type().IsRegular() || !pictureName.MatchString(f.Name()) {
			return &ForeignDir{Dir: dir, File: f.Name()}
		}
	}
	return nil
}

// A ForeignDir error says that a folder of pictures cannot be replaced, since it holds something else as well.
type ForeignDir struct{ Dir, File string }

// Error names the file.
func (e *ForeignDir) Error() string {
	return fmt.Sprintf("folder %q holds %q, which is no picture of a film", e.Dir, e.File)
}

// Hint says what to do about it.
func (e *ForeignDir) Hint() string { return "name a new folder, or move the file away" }

// verifyPictures looks at a folder of pictures: that each is there, and how large the first and the last one are.
func (j *job) verifyPictures() (*Result, error) {
	frames := j.length()
	res := &Result{Frames: frames, FPS: j.rate.Float(), Width: j.encode.Width, Height: j.encode.Height, Duration: j.rate.Time(frames)}
	faults := j.seenFaults()
	for n := range frames {
		path := filepath.Join(j.out.Name(), fmt.Sprintf("frame_%06d.png", ffmpeg.FirstPNG+n))
		fi, err := os.Stat(path)
		if err != nil {
			return nil, &MismatchError{Faults: append(faults, fmt.Sprintf("picture %d is missing", n+1))}
		}
		res.Size += fi.Size()
		if n > 0 && n < frames-1 {
			continue
		}
		if w, h, err := pictureSize(path); err != nil {
			faults = append(faults, fmt.Sprintf("picture %d: %v", n+1, err))
		} else if w != res.Width || h != res.Height {
			faults = append(faults, fmt.Sprintf("picture %d: %dx%d instead of %dx%d", n+1, w, h, res.Width, res.Height))
		}
	}
	if len(faults) > 0 {
		return nil, &MismatchError{Faults: faults}
	}
	return res, nil
}

func pictureSize(path string) (width, height int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	return c.Width, c.Height, err
}
