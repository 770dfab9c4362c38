package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// deckFlags are the flags of every command that builds a deck.
type deckFlags struct {
	size     string
	strict   bool
	offline  bool
	noMinify bool
}

func (f *deckFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.size, "size", "", "canvas: landscape, portrait, square or WxH (default: the deck's first)")
	c.Flags().BoolVar(&f.strict, "strict", false, "treat warnings as errors")
	c.Flags().BoolVar(&f.offline, "offline", false, "use only cached npm packages")
}

func (f *deckFlags) options() hframes.Options {
	return hframes.Options{Size: f.size, Offline: f.offline, NoMinify: f.noMinify}
}

// gate prints diagnostics and returns them as an error if they stop the command.
func (f *deckFlags) gate(t *terminal, list source.List) error {
	if f.strict {
		list = list.Strict()
	}
	if err := list.Err(); err != nil {
		return err
	}
	t.report(list)
	return nil
}

func buildCommand(t *terminal) *cobra.Command {
	var f deckFlags
	var out, zip string
	c := &cobra.Command{
		Use:   "build [DECK]",
		Short: "Write the HyperFrames composition",
		Long: `build turns a deck into a HyperFrames composition: bundled, minified and complete. The same deck gives the
same bytes on any machine. Nothing is written when the deck holds an error.`,
		Example: "  hframes build film -o out\n  hframes build film --zip film.zip --size portrait",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			p, err := deck(words, f.options())
			if err != nil {
				return err
			}
			defer p.Close()
			film, err := p.Build(c.Context())
			if err != nil {
				return err
			}
			if err := f.gate(t, film.Diagnostics); err != nil {
				return err
			}
			if out == "" && zip == "" {
				out = filepath.Join(p.Dir, "build")
			}
			if out != "" {
				if err := film.Bundle.WriteDir(out); err != nil {
					return err
				}
			}
			if zip != "" {
				if err := writeZip(film.Bundle, zip); err != nil {
					return err
				}
			}
			var made []string
			for _, path := range []string{out, zip} {
				if path != "" {
					made = append(made, path)
				}
			}
			return t.result(strings.Join(made, "\n"), summary(film, out, zip))
		},
	}
	f.add(c)
	c.Flags().StringVarP(&out, "output", "o", "", "folder to write to (default: build beside the deck)")
	c.Flags().StringVar(&zip, "zip", "", "also or only write a zip")
	c.Flags().BoolVar(&f.noMinify, "no-minify", false, "keep white space")
	return c
}

// built is build's JSON document.
type built struct {
	Output      string      `json:"output,omitempty"`
	Zip         string      `json:"zip,omitempty"`
	Hash        string      `json:"hash"`
	Files       int         `json:"files"`
	Bytes       int64       `json:"bytes"`
	Scenes      int         `json:"scenes,omitempty"`
	Frames      int         `json:"frames,omitempty"`
	Seconds     float64     `json:"seconds,omitempty"`
	Diagnostics source.List `json:"diagnostics"`
}

func summary(film *hframes.Film, out, zip string) built {
	b := built{Output: out, Zip: zip, Hash: film.Bundle.Hash, Files: len(film.Bundle.Files), Diagnostics: film.Diagnostics}
	if b.Diagnostics == nil {
		b.Diagnostics = source.List{}
	}
	for _, file := range film.Bundle.Files {
		b.Bytes += file.Size
	}
	if c := film.Composition; c != nil {
		b.Scenes, b.Frames, b.Seconds = len(c.Timeline.Clips), c.Timeline.Frames, c.Timeline.Duration.Seconds()
	}
	return b
}

// writeZip writes the bundle's zip whole or not at all.
func writeZip(b *bundler.Bundle, path string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return fmt.Errorf("write zip: %w", err)
	}
	defer os.Remove(tmp.Name())
	if err := b.WriteZip(tmp); err != nil {
		tmp.Close()
		return fmt.Errorf("write zip: %w", err)
	}
	if err := tmp.Chmod(0o644); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
