package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/cache"
	"github.com/spf13/cobra"
)

const cacheAbout = `cache shows what hframes keeps on disk because it can make or fetch it again.

  hframes cache              what is there
  hframes cache clear        remove the rendered segments: the next render makes all of its film
  hframes cache trim 2GB     remove the segments that were used longest ago

A render finds in the cache each segment of the film that has not changed. The segments take at most 10 GB, or a
quarter of a disk that has little room; HFRAMES_CACHE_SIZE, such as 4GB, sets another limit, and 0 keeps none.
HFRAMES_CACHE names the folder.`

// cacheInfo is one kind of things in cache's JSON document.
type cacheInfo struct {
	Kind    string     `json:"kind"`
	Folder  string     `json:"folder"`
	Entries int        `json:"entries"`
	Bytes   int64      `json:"bytes"`
	Oldest  *time.Time `json:"oldest"`    // null = there is none
	Max     *int64     `json:"max_bytes"` // null = there is no limit
}

func cacheCommand(t *terminal) *cobra.Command {
	c := &cobra.Command{
		Use:   "cache",
		Short: "Show or clear what is kept for the next time",
		Long:  cacheAbout,
		Args:  unknown("command"),
		RunE: func(*cobra.Command, []string) error {
			all, err := hframes.Caches()
			if err != nil {
				return err
			}
			return t.result(cacheText(all), map[string]any{"caches": cacheInfos(all)})
		},
	}
	c.AddCommand(cacheClearCommand(t), cacheTrimCommand(t))
	return c
}

func cacheInfos(all []hframes.Cache) []cacheInfo {
	out := []cacheInfo{}
	for _, c := range all {
		info := cacheInfo{Kind: c.Kind, Folder: c.Dir, Entries: c.Entries, Bytes: c.Bytes}
		if !c.Oldest.IsZero() {
			oldest := c.Oldest.UTC().Truncate(time.Second)
			info.Oldest = &oldest
		}
		if c.Max >= 0 {
			info.Max = &c.Max
		}
		out = append(out, info)
	}
	return out
}

func cacheText(all []hframes.Cache) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tENTRIES\tSIZE\tLIMIT\tOLDEST\tFOLDER")
	for _, c := range all {
		limit, oldest := "none", "-"
		if c.Max >= 0 {
			limit = bytesOf(c.Max)
		}
		if !c.Oldest.IsZero() {
			oldest = c.Oldest.Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", c.Kind, c.Entries, bytesOf(c.Bytes), limit, oldest, c.Dir)
	}
	w.Flush()
	return b.String()
}

func cacheClearCommand(t *terminal) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "clear",
		Short: "Remove the rendered segments",
		Long: `clear removes the rendered segments. With --all it also removes highlighted code and npm packages: then the next build
has to be online, or hframes doctor --fetch is run before.`,
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			gone, err := hframes.ClearCache(all)
			if err != nil {
				return err
			}
			var b strings.Builder
			for _, c := range gone {
				fmt.Fprintf(&b, "removed %s: %s, %s\n", c.Kind, entries(c.Entries), bytesOf(c.Bytes))
			}
			return t.result(b.String(), map[string]any{"removed": cacheInfos(gone)})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "remove everything, npm packages too")
	return c
}

func cacheTrimCommand(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "trim SIZE",
		Short: "Remove the segments that were used longest ago",
		Long:  "trim removes rendered segments, the one that was used longest ago first, until the rest takes no more than SIZE, such as\n500MB, 2GB or 1GiB.",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			most, err := cache.ParseSize(words[0])
			if err != nil {
				return usageError{c, err}
			}
			removed, left, err := hframes.TrimCache(most)
			if err != nil {
				return err
			}
			text := fmt.Sprintf("removed %s, %s left in %s\n", entries(removed), bytesOf(left.Bytes), entries(left.Entries))
			return t.result(text, map[string]any{"removed": removed, "left": cacheInfos([]hframes.Cache{left})[0]})
		},
	}
}

// entries writes how many there are.
func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
