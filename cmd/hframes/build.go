package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// sizes are the names of canvases.
var sizes = []string{"landscape", "portrait", "square"}

// deckFlags are the flags of every command that builds a deck.
type deckFlags struct {
	size     string
	strict   bool
	offline  bool
	noMinify bool
	page     string // of a HyperFrames folder; "" = its index.html
}

func (f *deckFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.size, "size", "", "canvas: landscape, portrait, square or WxH (default: the deck's first)")
	complete(c, "size", sizes)
	c.Flags().BoolVar(&f.strict, "strict", false, "treat warnings as errors")
	c.Flags().BoolVar(&f.offline, "offline", false, "use only cached npm packages")
}

func (f *deckFlags) options() hframes.Options {
	return hframes.Options{Size: f.size, Offline: f.offline, NoMinify: f.noMinify, Page: f.page}
}

// open opens the deck that a command line names, in the size that it asks for.
func (f *deckFlags) open(c *cobra.Command, words []string) (*hframes.Project, error) {
	if f.size != "" {
		if _, err := scene.ParseSize(f.size); err != nil {
			hint := "write landscape, portrait, square or WxH, such as 1280x720"
			if near := source.Nearest(f.size, sizes); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return nil, usageError{c, hinted{fmt.Errorf("--size: %w", err), hint}}
		}
	}
	p, err := deck(words, f.options())
	if err == nil && f.size != "" && p.Kind == hframes.HyperFrames {
		p.Close()
		return nil, usageError{c, hinted{fmt.Errorf("--size: %s is not a deck", p.Entry), "a composition states its own size, in data-width and data-height"}}
	}
	return p, err
}

// build builds a deck and prints its warnings.
func (f *deckFlags) build(c *cobra.Command, t *terminal, p *hframes.Project) (*hframes.Film, error) {
	film, err := p.Build(c.Context())
	if err != nil {
		return nil, f.fault(err)
	}
	return film, f.gate(t, film.Diagnostics)
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

// fault returns what ended a build; with --strict the warnings beside the errors are errors, too.
func (f *deckFlags) fault(err error) error {
	var list source.List
	if f.strict && errors.As(err, &list) {
		return list.Strict()
	}
	return err
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
			p, err := f.open(c, words)
			if err != nil {
				return err
			}
			defer p.Close()
			film, err := f.build(c, t, p)
			if err != nil {
				return err
			}
			if out == "" && zip == "" {
				out = buildFolder(p)
			}
			if err := spare(c, p, film, out, zip); err != nil {
				return err
			}
			if err := write(film.Bundle, out, zip); err != nil {
				return err
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
	c.Flags().StringVarP(&out, "output", "o", "", "folder to write to (default: build beside the deck;\nNAME-build for a deck that is not called video.md)")
	c.Flags().StringVar(&zip, "zip", "", "also or only write a zip")
	c.Flags().BoolVar(&f.noMinify, "no-minify", false, "keep white space")
	return c
}

// spare returns an error if what build is asked to write would replace what it reads, or itself.
func spare(c *cobra.Command, p *hframes.Project, film *hframes.Film, out, zip string) error {
	if out != "" {
		if err := spareFolder(p, out); err != nil {
			return err
		}
	}
	if zip == "" {
		return nil
	}
	if out != "" && within(zip, out) {
		return usageError{c, hinted{fmt.Errorf("the zip %q lies in the output folder", zip), "the folder holds the composition alone; put the zip beside it"}}
	}
	return spareFile(p, film, zip)
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
	b := built{Output: out, Zip: zip, Hash: film.Bundle.Hash, Files: len(film.Bundle.Files), Bytes: film.Bundle.Size(), Diagnostics: orEmpty(film.Diagnostics)}
	if c := film.Composition; c != nil {
		b.Scenes, b.Frames, b.Seconds = len(c.Timeline.Clips), c.Timeline.Frames, c.Timeline.Duration.Seconds()
	}
	return b
}
