package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hframes/hframes/examples"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

func initCommand(t *terminal) *cobra.Command {
	var template string
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Start a film",
		Long: `init writes a deck that builds at once; one with a package.json needs npm install first. Files that exist are
never overwritten: the command stops before it writes anything.

Templates: ` + strings.Join(examples.Names(), ", ") + ".",
		Example: "  hframes init film --template launch",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			dir := "."
			if len(words) > 0 {
				dir = words[0]
			}
			if !slices.Contains(examples.Names(), template) {
				return usageError{c, hinted{fmt.Errorf("unknown template %q", template), source.DidYouMean(template, examples.Names())}}
			}
			written, err := startProject(dir, template)
			if err != nil {
				return err
			}
			if slices.Contains(written, filepath.Join(dir, "package.json")) {
				t.note("next: npm install --prefix %s", dir)
			}
			t.note("next: hframes render %s", dir)
			return t.result(strings.Join(written, "\n"), map[string]any{"dir": dir, "template": template, "files": written})
		},
	}
	c.Flags().StringVar(&template, "template", "hello", "what to start from: "+strings.Join(examples.Names(), ", "))
	complete(c, "template", examples.Names())
	return c
}

// startProject copies an example into dir. It writes nothing when one of the files exists.
func startProject(dir, name string) (written []string, err error) {
	from, err := fs.Sub(examples.FS, name)
	if err != nil {
		return nil, err
	}
	var files []string
	err = fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := free(filepath.Join(dir, filepath.FromSlash(f))); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			for _, path := range written {
				os.Remove(path)
			}
		}
	}()
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f))
		data, err := fs.ReadFile(from, f)
		if err != nil {
			return written, err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return written, err
		}
		written = append(written, path)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return written, err
		}
	}
	return written, nil
}

// free returns an error if a new file cannot be called path: it exists, or what should be a folder above it is a file.
func free(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return hinted{fmt.Errorf("%s exists", path), "name an empty folder"}
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return nil
		} else if err == nil {
			return hinted{fmt.Errorf("%s is a file, not a folder", dir), "name an empty folder"}
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}
