package bundler

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// markerName lies in every folder that a Bundle was written to and lists what was written, one "<sha256>  <path>" a
// line. It tells our folders from others, and is no part of the film: tools skip names that begin with a dot.
const markerName = ".hframes"

// toolFolders are what the official tools write into a project. They outlive the bundle they were made from.
var toolFolders = []string{"renders", "snapshots", ".hyperframes"}

// WriteDir makes dir hold the bundle and nothing else. All files are written to a folder of another name first, beside
// dir if there is none yet, in it otherwise: a folder that exists stays the same folder, since it may be where a shell
// stands, a mount or a link. Then they take the old ones' place by renaming, which is undone if one of them fails. What
// the official tools put there stays. A folder that holds anything else, or a file that was changed since it was written,
// is an error, [*ForeignDir], and is not touched.
func (b *Bundle) WriteDir(dir string) error {
	dir, err := resolve(dir)
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	had, err := inspect(dir)
	if err != nil {
		return err
	}
	if had == nil {
		err = b.create(dir)
	} else {
		err = b.replace(dir, had)
	}
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// resolve returns the folder that a path leads to, through links.
func resolve(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil || !exists(dir) {
		return dir, err
	}
	return filepath.EvalSymlinks(dir)
}

// create writes a folder that does not exist.
func (b *Bundle) create(dir string) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := b.fill(fresh, dir, nil); err != nil {
		return err
	}
	if err := os.Chmod(fresh, 0o755); err != nil {
		return err
	}
	return os.Rename(fresh, dir)
}

// The stage is the folder in an existing dir that holds what is to come, and what was there until all has gone well.
const (
	stagePrefix = markerName + "-"
	staleAfter  = time.Hour
)

// replace writes to a folder that exists, and holds the files had with these hashes.
func (b *Bundle) replace(dir string, had map[string]string) error {
	left, _ := filepath.Glob(filepath.Join(dir, stagePrefix+"*"))
	for _, stage := range left { // of processes that were killed, once they are old enough to be sure
		if info, err := os.Stat(stage); err == nil && time.Since(info.ModTime()) > staleAfter {
			os.RemoveAll(stage)
		}
	}
	stage, err := os.MkdirTemp(dir, stagePrefix+"*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	fresh := filepath.Join(stage, "new")
	if err := errors.Join(os.Mkdir(fresh, 0o755), os.Mkdir(filepath.Join(stage, "old"), 0o755)); err != nil {
		return err
	}
	if err := b.fill(fresh, dir, had); err != nil {
		return err
	}
	tops := map[string]bool{}
	for _, f := range b.Files {
		tops[firstOf(f.Path)] = true
	}
	for name := range had {
		tops[firstOf(name)] = true
	}
	return swap(dir, stage, slices.Sorted(maps.Keys(tops)))
}

// firstOf returns the first folder of a path, or the path itself.
func firstOf(name string) string {
	first, _, _ := strings.Cut(name, "/")
	return first
}

// A ForeignDir is the error of writing to a folder that holds files that no bundle brought.
type ForeignDir struct {
	Dir     string
	File    string // one of them
	Changed bool   // a bundle brought it, but it is not what it was
}

func (e *ForeignDir) Error() string {
	if e.Changed {
		return fmt.Sprintf("folder %q holds %q, which was changed since hframes wrote it", e.Dir, e.File)
	}
	return fmt.Sprintf("folder %q holds %q, which hframes did not write", e.Dir, e.File)
}

// Hint says what to do about it.
func (e *ForeignDir) Hint() string {
	if e.Changed {
		return "write to another folder, or delete the file to have it written anew"
	}
	return "move it away, or write to another folder"
}

// inspect returns the hashes of the files in dir that were written before, by path; nil if dir does not exist.
func inspect(dir string) (map[string]string, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	marker, err := os.ReadFile(filepath.Join(dir, markerName))
	if err != nil && len(list) > 0 {
		return nil, &ForeignDir{Dir: dir, File: list[0].Name()}
	}
	ours := map[string][]string{} // a process that was killed while it wrote leaves two hashes for one path
	for line := range strings.Lines(string(marker)) {
		if hash, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  "); ok {
			ours[name] = append(ours[name], hash)
		}
	}
	return survey(dir, ours)
}

// survey hashes the files in dir. One that is neither ours, as it was, nor the official tools' is an error.
func survey(dir string, ours map[string][]string) (map[string]string, error) {
	had := map[string]string{}
	return had, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if slices.Contains(toolFolders, rel) || strings.HasPrefix(rel, stagePrefix) {
				return fs.SkipDir
			}
			return nil
		}
		hashes, known := ours[rel]
		switch {
		case known:
			had[rel], err = hashOnDisk(name, d)
			if err == nil && !slices.Contains(hashes, had[rel]) {
				return &ForeignDir{Dir: dir, File: rel, Changed: true}
			}
			return err
		case rel == markerName, d.Name() == ".DS_Store", d.Name() == "Thumbs.db", d.Name() == "desktop.ini":
			return nil
		}
		return &ForeignDir{Dir: dir, File: rel}
	})
}

// hashOnDisk returns "" for what is no regular file.
func hashOnDisk(name string, d fs.DirEntry) (string, error) {
	if !d.Type().IsRegular() {
		return "", nil
	}
	in, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("write bundle: %w", err)
	}
	defer in.Close()
	hash, _, err := hashOf(in)
	return hash, err
}

// fill writes all files to fresh. Media that is in the old folder already gets a second name and is not copied again.
func (b *Bundle) fill(fresh, old string, had map[string]string) error {
	for _, f := range b.Files {
		to := filepath.Join(fresh, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if _, inMemory := f.text(); !inMemory && had[f.Path] == f.Hash && os.Link(filepath.Join(old, filepath.FromSlash(f.Path)), to) == nil {
			continue
		}
		if err := writeFile(to, f); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return os.WriteFile(filepath.Join(fresh, markerName), hashLines(b.Files), 0o644)
}

func writeFile(name string, f File) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(f.copyTo(out), out.Close())
}

// swap moves the entries tops of dir to stage/old and those of stage/new to dir. While it is at work the marker lists
// both, so that the folder stays ours if the process is killed.
func swap(dir, stage string, tops []string) (err error) {
	fresh, old, marker := filepath.Join(stage, "new"), filepath.Join(stage, "old"), filepath.Join(dir, markerName)
	before, _ := os.ReadFile(marker)
	after, err := os.ReadFile(filepath.Join(fresh, markerName))
	if err != nil {
		return err
	}
	if err := putMarker(stage, marker, slices.Concat(before, after)); err != nil {
		return err
	}
	var moved [][2]string
	move := func(from, to string) error {
		if !exists(from) {
			return nil
		}
		if err := os.Rename(from, to); err != nil {
			return err
		}
		moved = append(moved, [2]string{from, to})
		return nil
	}
	defer func() {
		if err == nil {
			return
		}
		for _, m := range slices.Backward(moved) {
			err = errors.Join(err, os.Rename(m[1], m[0]))
		}
		if before == nil {
			err = errors.Join(err, os.Remove(marker))
		} else {
			err = errors.Join(err, putMarker(stage, marker, before))
		}
	}()
	for _, top := range tops {
		if err := move(filepath.Join(dir, top), filepath.Join(old, top)); err != nil {
			return err
		}
	}
	for _, top := range tops {
		if err := move(filepath.Join(fresh, top), filepath.Join(dir, top)); err != nil {
			return err
		}
	}
	return os.Rename(filepath.Join(fresh, markerName), marker)
}

// putMarker replaces the marker whole.
func putMarker(stage, marker string, data []byte) error {
	tmp := filepath.Join(stage, "marker")
	if err := os.WriteFile(tmp, data, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, marker)
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
