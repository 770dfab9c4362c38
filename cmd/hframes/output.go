package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/bundler"
)

// nameOf returns what a film is called: its file's name, or its folder's when the file has the name that every film has.
func nameOf(p *hframes.Project) string {
	if p.Entry == hframes.Deck || p.Entry == hframes.Page {
		return filepath.Base(p.Dir)
	}
	return strings.TrimSuffix(p.Entry, filepath.Ext(p.Entry))
}

// buildFolder returns the folder that a film is built into when the command line names none. Decks that lie in one
// folder have one each.
func buildFolder(p *hframes.Project) string {
	if p.Entry == hframes.Deck || p.Entry == hframes.Page {
		return filepath.Join(p.Dir, "build")
	}
	return filepath.Join(p.Dir, nameOf(p)+"-build")
}

// spareFile returns an error if writing the file path would replace a folder or something that the film is made from.
func spareFile(p *hframes.Project, film *hframes.Film, path string) error {
	there, err := os.Stat(path)
	if err != nil {
		return nil // nothing to lose
	}
	if there.IsDir() {
		return hinted{fmt.Errorf("%q is a folder", path), "name a file"}
	}
	inputs := append([]string{p.Entry}, film.Bundle.Inputs...)
	if film.Composition != nil {
		inputs = append(inputs, film.Composition.Inputs...)
	}
	for _, name := range inputs {
		input, err := os.Stat(filepath.Join(p.Dir, filepath.FromSlash(name)))
		if err == nil && os.SameFile(there, input) {
			return hinted{fmt.Errorf("%q is a file that the film is made from", path), "write to another file"}
		}
	}
	if p.Kind == hframes.Markdown && within(path, filepath.Join(p.Dir, "templates")) {
		return hinted{fmt.Errorf("%q is one of the film's templates", path), "write to another file"}
	}
	return nil
}

// spareFolder returns an error if making dir the bundle would replace the project.
func spareFolder(p *hframes.Project, dir string) error {
	if within(p.Dir, dir) {
		return hinted{fmt.Errorf("folder %q holds the project itself", dir), "write to a folder of its own: -o " + filepath.Join(dir, "build")}
	}
	return nil
}

// within reports whether path is dir or lies in it, however the two are written.
func within(path, dir string) bool {
	path, dir = absolute(path), absolute(dir)
	folder, err := os.Stat(dir)
	for {
		if path == dir {
			return true
		}
		if info, e := os.Stat(path); err == nil && e == nil && os.SameFile(folder, info) {
			return true
		}
		parent := filepath.Dir(path)
		if parent == path {
			return false
		}
		path = parent
	}
}

// absolute returns where a path leads, past symbolic links as far as it exists.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// write puts a bundle into a folder and a zip; either may be "". When one of them cannot be written, neither appears.
func write(b *bundler.Bundle, dir, zip string) error {
	var part string
	if zip != "" {
		var err error
		if part, err = pack(b, zip); err != nil {
			return fmt.Errorf("write zip: %w", err)
		}
		defer os.Remove(part)
	}
	if dir != "" {
		if err := b.WriteDir(dir); err != nil {
			return err
		}
	}
	if zip == "" {
		return nil
	}
	return os.Rename(part, zip)
}

// pack writes the bundle's zip to a file beside path that only needs to be given its name.
func pack(b *bundler.Bundle, path string) (part string, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return "", err
	}
	err = b.WriteZip(tmp)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(tmp.Name())
		return "", err
	}
	return tmp.Name(), nil
}
