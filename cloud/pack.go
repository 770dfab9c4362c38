package cloud

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/hframes/hframes/bundler"
)

// MaxZip is the service's limit for a zip in bytes, as far as it is known before the service states it for an upload
// (heygen-api §4.1).
const MaxZip = 200 << 20

// An Archive is a film's zip, spooled to a temporary file that is gone when the process ends, however it ends. It is
// safe for concurrent use.
type Archive struct {
	SHA256 string // hex
	Size   int64  // bytes
	Entry  string // path of the page that the film starts with
	Files  []File // sorted by path

	file *os.File
}

// A File is one of an archive.
type File struct {
	Path string `json:"path"`
	Size int64  `json:"size_bytes"` // unpacked
}

// Pack zips a film without the files that ignored reports; it may be nil. A file that the bundle has under another name
// than the project, such as assets/logo-1b2c3d4e.png, is asked for by the project's. Equal films give equal bytes. Errors: the entry
// page is ignored, the disk; a zip of any size is made, see [Archive.Fits].
func Pack(b *bundler.Bundle, ignored func(path string) bool) (*Archive, error) {
	kept := *b
	if ignored != nil {
		skip := func(f bundler.File) bool {
			if f.Source != "" {
				return ignored(f.Source)
			}
			return ignored(f.Path)
		}
		if ignored(b.Entry) {
			return nil, fmt.Errorf("pack the film: its entry page %s is ignored", b.Entry)
		}
		kept.Files = slices.DeleteFunc(slices.Clone(b.Files), skip)
	}
	a := &Archive{Entry: b.Entry}
	for _, f := range kept.Files {
		a.Files = append(a.Files, File{f.Path, f.Size})
	}
	var err error
	if a.file, err = spool(); err != nil {
		return nil, fmt.Errorf("pack the film: %w", err)
	}
	sum := sha256.New()
	if err := kept.WriteZip(io.MultiWriter(a.file, sum)); err != nil {
		a.Close()
		return nil, fmt.Errorf("pack the film: %w", err)
	}
	a.SHA256 = hex.EncodeToString(sum.Sum(nil))
	a.Size, err = a.file.Seek(0, io.SeekCurrent)
	if err != nil {
		a.Close()
		return nil, fmt.Errorf("pack the film: %w", err)
	}
	return a, nil
}

// named opens a temporary file and takes its name away, where a file may lose it while it is open.
func named() (*os.File, error) {
	f, err := os.CreateTemp("", "hframes-*.zip")
	if err == nil {
		os.Remove(f.Name())
	}
	return f, err
}

// Close removes the zip.
func (a *Archive) Close() error {
	err := a.file.Close()
	os.Remove(a.file.Name())
	return err
}

// Largest returns the n largest files, the largest first.
func (a *Archive) Largest(n int) []File {
	files := slices.Clone(a.Files)
	slices.SortStableFunc(files, func(a, b File) int { return int(min(max(b.Size-a.Size, -1), 1)) })
	return files[:min(n, len(files))]
}

// Fits returns a [*TooLarge] if the zip has more than limit bytes.
func (a *Archive) Fits(limit int64) error {
	if a.Size <= limit {
		return nil
	}
	return &TooLarge{Size: a.Size, Limit: limit, Largest: a.Largest(10)}
}

// TooLarge says that a zip is larger than the service takes.
type TooLarge struct {
	Size, Limit int64 // bytes
	Largest     []File
}

func (e *TooLarge) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the film's zip has %s, and HeyGen takes %s. The largest files:", megabytes(e.Size), megabytes(e.Limit))
	for _, f := range e.Largest {
		fmt.Fprintf(&b, "\n  %10s  %s", megabytes(f.Size), f.Path)
	}
	return b.String()
}

// Hint says what to do about it.
func (e *TooLarge) Hint() string {
	return "make these smaller, name what the film does not need in .hframesignore, or render with --on local"
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
