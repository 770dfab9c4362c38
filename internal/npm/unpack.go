package npm

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of a tarball. The largest package we pin has 580 files and 22 MB.
const (
	maxEntries = 20_000
	maxFile    = 64 << 20
	maxTotal   = 512 << 20
)

// unpack writes the wanted files of a tarball to dir, which it makes, and returns them sorted. The tarball's first
// folder ("package" by habit) is dropped from the names. A name that leaves dir is an error, and so is a wanted link.
func unpack(tarball, dir string, wanted []string) ([]file, error) {
	f, err := os.Open(tarball)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	zr, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return nil, err
	}
	var out []file
	var total int64
	tr := tar.NewReader(zr)
	for entries := 0; ; entries++ {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		total += h.Size
		if entries >= maxEntries || h.Size > maxFile || total > maxTotal {
			return nil, fmt.Errorf("the tarball is larger than %d files, %d MB a file or %d MB", maxEntries, maxFile>>20, maxTotal>>20)
		}
		_, name, ok := strings.Cut(h.Name, "/")
		if !ok || h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader || !keep(name, wanted) {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) || strings.Contains(name, `\`) {
			return nil, fmt.Errorf("name %q leaves the package", h.Name)
		}
		if h.Typeflag != tar.TypeReg {
			return nil, fmt.Errorf("%q is a link or a device", h.Name)
		}
		one, err := writeFile(dir, path.Clean(name), tr)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b file) int { return strings.Compare(a.Path, b.Path) })
	for _, w := range wanted {
		if !slices.ContainsFunc(out, func(f file) bool { return match(w, f.Path) }) {
			return nil, fmt.Errorf("the tarball has no %q", w)
		}
	}
	return out, nil
}

func writeFile(dir, name string, r io.Reader) (file, error) {
	full := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return file{}, err
	}
	w, err := os.OpenFile(full, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return file{}, err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), r)
	if err := errors.Join(err, w.Close()); err != nil {
		return file{}, err
	}
	return file{Path: name, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}

// keep reports whether a file is wanted. package.json and the licence texts always are.
func keep(name string, wanted []string) bool {
	if len(wanted) == 0 || name == "package.json" {
		return true
	}
	if !strings.Contains(name, "/") {
		upper := strings.ToUpper(name)
		for _, legal := range []string{"LICENSE", "LICENCE", "NOTICE", "COPYING", "OFL"} {
			if strings.HasPrefix(upper, legal) {
				return true
			}
		}
	}
	return slices.ContainsFunc(wanted, func(w string) bool { return match(w, name) })
}

func match(pattern, name string) bool {
	if dir, ok := strings.CutSuffix(pattern, "/**"); ok {
		return strings.HasPrefix(name, dir+"/")
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}
