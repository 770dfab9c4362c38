package main

import (
	"fmt"

	"github.com/hframes/hframes/render"
	"github.com/spf13/cobra"
)

// captured is the JSON document of dev capture.
type captured struct {
	Frames  int     `json:"frames"`
	Seconds float64 `json:"seconds"` // of the capture alone
}

func devCaptureCommand(t *terminal) *cobra.Command {
	f := renderFlags{on: "local"}
	c := &cobra.Command{
		Use:   "capture [DECK]",
		Short: "Take the pictures of a film and make nothing of them",
		Long: `capture has the browser show all of a film, as a render does, and throws the pictures away: it tells how fast a render
could be if encoding took no time.`,
		Example: "  hframes dev capture film --json",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			if err := f.local.check(c); err != nil {
				return err
			}
			p, film, o, err := f.localFilm(c, t, words)
			if err != nil {
				return err
			}
			defer p.Close()
			frames, seconds, err := render.Paint(c.Context(), film.Bundle.FS(), film.Bundle.Entry, o)
			if err != nil {
				return err
			}
			return t.line(fmt.Sprintf("%d frames in %.2f s: %.1f a second", frames, seconds, float64(frames)/seconds), captured{frames, seconds})
		},
	}
	c.Flags().IntVar(&f.local.workers, "workers", 0, "browsers side by side, 1 to 16")
	return c
}
