package main

import (
	"fmt"

	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

func checkCommand(t *terminal) *cobra.Command {
	var f deckFlags
	c := &cobra.Command{
		Use:   "check [DECK]",
		Short: "Find what is wrong without a browser",
		Long: `check finds everything that can be known without a browser, in milliseconds: faults in the Markdown and in
templates, missing and unreadable media, text that will not fit, colours that cannot be read, scenes shorter than
their reading time, and whatever the composition itself would get wrong. It works on decks and on any HyperFrames folder.`,
		Example: "  hframes check film --strict",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			p, err := f.open(c, words)
			if err != nil {
				return err
			}
			defer p.Close()
			list, err := p.Check(c.Context())
			if err != nil {
				return err
			}
			if f.strict {
				list = list.Strict()
			}
			errs, warnings := list.Count()
			if t.json {
				if err := t.result("", checked{errs == 0, errs, warnings, orEmpty(list)}); err != nil {
					return err
				}
			}
			if err := list.Err(); err != nil {
				return err
			}
			t.report(list)
			if t.json {
				return nil
			}
			return t.result(fmt.Sprintf("%s: %s", p.Entry, count(errs, warnings)), nil)
		},
	}
	f.add(c)
	return c
}

// checked is check's JSON document.
type checked struct {
	OK          bool        `json:"ok"`
	Errors      int         `json:"errors"`
	Warnings    int         `json:"warnings"`
	Diagnostics source.List `json:"diagnostics"`
}
