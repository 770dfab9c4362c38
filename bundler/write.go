package bundler

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// markerName lies in every folder that a Bundle was written to and lists what was written, one "<sha256>  <path>" a
// line. It tells our folders from others, and is no part of the film: tools skip names that begin with a dot.
const markerName = ".hframes"

// toolFolders are what the official tools write into a project. They outlive the bundle they were made from.
var toolFolders = []string{"renders", "snapshots", ".hyperframes"}

// WriteDir makes dir hold the bundle and nothing else. The new folder is made beside it and takes its place at the end,
// so dir is never half written. A folder that was written before is replaced, but for what the official tools put there;
// one that holds anything else is an error, [*ForeignDir], and is not touched.
func (b *Bundle) WriteDir(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	old, err := readMarker(dir)
	if err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	fresh, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+"-*")
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	defer os.RemoveAll(fresh)
	if err := b.fill(fresh, dir, old); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	if err := swap(fresh, dir); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// A ForeignDir is the error of writing to a folder that holds files that no bundle brought.
type ForeignDir struct {
	Dir  string
	File string // one of them
}

func (e *ForeignDir) Error() string {
	return fmt.Sprintf("folder %q holds %q, which hframes did not write", e.Dir, e.File)
}

// Hint says what to do about it.
func (e *ForeignDir) Hint() string { return "move it away, or write to another folder" }

// readMarker returns the hashes of what was written to dir before, by path. It is empty if dir does not exist.
func readMarker(dir string) (map[string]string, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	ours := map[string]string{}
	if f, err := os.Open(filepath.Join(dir, markerName)); err == nil {
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			if hash, name, ok := strings.Cut(s.Text(), "  "); ok {
				ours[name] = hash
			}
		}
	} else if len(list) > 0 {
		return nil, &ForeignDir{dir, list[0].Name()}
	}
	return ours, checkForeign(dir, ours)
}

// checkForeign returns an error if dir holds a file that is neither ours nor the official tools'.
func checkForeign(dir string, ours map[string]string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			for _, t := range toolFolders {
				if rel == t {
					return fs.SkipDir
				}
			}
			return nil
		}
		switch _, known := ours[rel]; {
		case known, rel == markerName, d.Name() == ".DS_Store", d.Name() == "Thumbs.db", d.Name() == "desktop.ini":
			return nil
		}
		return &ForeignDir{dir, rel}
	})
}

// fill writes all files to fresh. Media that is in the old folder already is not copied again.
func (b *Bundle) fill(fresh, old string, had map[string]string) error {
	var marker strings.Builder
	for _, f := range b.Files {
		fmt.Fprintf(&marker, "%s  %s\n", f.Hash, f.Path)
		to := filepath.Join(fresh, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if _, inMemory := f.text(); !inMemory && had[f.Path] == f.Hash && link(filepath.Join(old, filepath.FromSlash(f.Path)), to, f) {
			continue
		}
		if err := writeFile(to, f); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return os.WriteFile(filepath.Join(fresh, markerName), []byte(marker.String()), 0o644)
}

// link gives a file that was written before a second name, if it still is what it was.
func link(from, to string, f File) bool {
	info, err := os.Lstat(from)
	if err != nil || !info.Mode().IsRegular() || info.Size() != f.Size {
		return false
	}
	in, err := os.Open(from)
	if err != nil {
		return false
	}
	defer in.Close()
	if hash, _, err := hashOf(in); err != nil || hash != f.Hash {
		return false
	}
	return os.Link(from, to) == nil
}

func writeFile(name string, f File) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(f.copyTo(out), out.Close())
}

// swap puts the folder fresh where dir is, and takes over what the official tools wrote there.
func swap(fresh, dir string) error {
	if err := os.Chmod(fresh, 0o755); err != nil {
		return err
	}
	err := os.Rename(fresh, dir)
	if err == nil || !exists(dir) {
		return err
	}
	aside := fresh + "-old"
	if err := os.Rename(dir, aside); err != nil {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return errors.Join(err, os.Rename(aside, dir))
	}
	for _, t := range toolFolders {
		if exists(filepath.Join(aside, t)) {
			if err := os.Rename(filepath.Join(aside, t), filepath.Join(dir, t)); err != nil {
				return err
			}
		}
	}
	return os.RemoveAll(aside)
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
