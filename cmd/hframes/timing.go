package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/compose/timeline"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

func timingCommand(t *terminal) *cobra.Command {
	var f deckFlags
	c := &cobra.Command{
		Use:     "timing [DECK]",
		Short:   "Show how long each scene lasts, and why",
		Example: "  hframes timing film --json",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			p, err := f.open(c, words)
			if err != nil {
				return err
			}
			defer p.Close()
			if p.Kind != hframes.Markdown {
				return hinted{fmt.Errorf("%s is not a deck", p.Entry), "timing reads Markdown; the composition states its own times"}
			}
			comp, err := p.Compose(c.Context())
			if err != nil {
				return f.fault(err)
			}
			if err := f.gate(t, comp.Diagnostics); err != nil {
				return err
			}
			return t.result(timingTable(comp.Timeline), timed{comp.Timeline, comp.Diagnostics})
		},
	}
	f.add(c)
	return c
}

// timed is timing's JSON document: the timeline with the diagnostics beside its own keys.
type timed struct {
	line *timeline.Timeline
	list source.List
}

func (d timed) MarshalJSON() ([]byte, error) {
	line, err := json.Marshal(d.line)
	if err != nil {
		return nil, err
	}
	list, err := json.Marshal(orEmpty(d.list))
	return fmt.Appendf(nil, `%s,"diagnostics":%s}`, bytes.TrimSuffix(line, []byte("}")), list), err
}

func timingTable(line *timeline.Timeline) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SCENE\tSTART\tLENGTH\tRULE\tREASON")
	for _, c := range line.Clips {
		rule := c.Rule
		if c.Estimated {
			rule += " (estimated)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Scene, clock(c.Start), clock(c.Duration), rule, c.Reason)
	}
	w.Flush()
	scenes := fmt.Sprintf("%d scenes", len(line.Clips))
	if len(line.Clips) == 1 {
		scenes = "1 scene"
	}
	fmt.Fprintf(&b, "\n%s, %s, %d frames at %d fps\n", scenes, clock(line.Duration), line.Frames, line.FPS)
	return b.String()
}

// clock writes a time as 1:02.345.
func clock(d time.Duration) string {
	ms := d.Round(time.Millisecond).Milliseconds()
	return fmt.Sprintf("%d:%02d.%03d", ms/60000, ms/1000%60, ms%1000)
}
