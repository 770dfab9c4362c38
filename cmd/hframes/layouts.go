package main

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
	"github.com/spf13/cobra"
)

// layoutInfo is one entry of layouts' JSON document.
type layoutInfo struct {
	Name        string                  `json:"name"`
	Description string                  `json:"description"`
	Origin      string                  `json:"origin"`
	Slots       []templates.SlotSpec    `json:"slots"`
	Settings    []templates.SettingSpec `json:"settings"`
	Example     string                  `json:"example,omitempty"`
}

// themeInfo is one theme.
type themeInfo struct {
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Origin      string           `json:"origin"`
	Colors      []string         `json:"colors"`
	Transitions []transitionInfo `json:"transitions"`
}

type transitionInfo struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Directions  []string `json:"directions"`
	Duration    float64  `json:"duration"`
}

type catalogue struct {
	Layouts []layoutInfo `json:"layouts"`
	Themes  []themeInfo  `json:"themes"`
	Blocks  []layoutInfo `json:"blocks"`

	Diagnostics source.List `json:"diagnostics"`
}

func layoutsCommand(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "layouts [DECK]",
		Short: "List layouts, blocks and themes with their settings",
		Long:  "layouts lists what a deck can use: what is built in, and what its own templates folder adds or replaces.",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error {
			var project fs.FS = os.DirFS(".")
			if len(words) > 0 {
				p, err := deck(words, hframes.Options{})
				if err != nil {
					return err
				}
				defer p.Close()
				project = os.DirFS(p.Dir)
			}
			set, list := templates.Load(project)
			if err := list.Err(); err != nil {
				return err
			}
			t.report(list)
			all := listTemplates(set)
			all.Diagnostics = orEmpty(list)
			return t.result(all.text(), all)
		},
	}
}

func listTemplates(set *templates.Set) catalogue {
	var all catalogue
	for _, name := range set.Layouts() {
		l := set.Layout(name)
		all.Layouts = append(all.Layouts, layoutInfo{l.Name, l.Description, l.Origin, orEmpty(l.Slots), orEmpty(l.Settings), l.Example})
	}
	for _, name := range set.Blocks() {
		b := set.Block(name)
		all.Blocks = append(all.Blocks, layoutInfo{b.Name, b.Description, b.Origin, []templates.SlotSpec{}, orEmpty(b.Settings), b.Example})
	}
	for _, name := range set.Themes() {
		th := set.Theme(name)
		info := themeInfo{Name: th.Name, Description: th.Description, Origin: th.Origin, Colors: th.Roles()}
		for _, x := range th.Transitions {
			info.Transitions = append(info.Transitions, transitionInfo{x.Name, x.Description, orEmpty(x.Directions), x.Duration})
		}
		all.Themes = append(all.Themes, info)
	}
	return all
}

func orEmpty[S ~[]T, T any](s S) S {
	if s == nil {
		return S{}
	}
	return s
}

func (c catalogue) text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	list := func(title string, in []layoutInfo) {
		fmt.Fprintf(w, "%s\n", title)
		for _, l := range in {
			fmt.Fprintf(w, "  %s\t%s\n", l.Name, l.Description)
			for _, s := range l.Slots {
				fmt.Fprintf(w, "  \t  slot %s: %s\n", s.Name, s.Description)
			}
			for _, s := range l.Settings {
				fmt.Fprintf(w, "  \t  %s: %s\n", s.Name+"="+settingForm(s), s.Description)
			}
		}
		fmt.Fprintln(w)
	}
	list("LAYOUTS", c.Layouts)
	list("BLOCKS", c.Blocks)
	fmt.Fprintln(w, "THEMES")
	for _, th := range c.Themes {
		fmt.Fprintf(w, "  %s\t%s\n", th.Name, th.Description)
		for _, x := range th.Transitions {
			fmt.Fprintf(w, "  \t  transition %s\t%s\n", join(x.Name, x.Directions), x.Description)
		}
	}
	w.Flush()
	return b.String()
}

func join(name string, directions []string) string {
	if len(directions) == 0 {
		return name
	}
	return name + " (" + strings.Join(directions, ", ") + ")"
}

func settingForm(s templates.SettingSpec) string {
	if len(s.Options) > 0 {
		return strings.Join(s.Options, "|")
	}
	if s.Default != nil && fmt.Sprint(s.Default) != "" {
		return fmt.Sprint(s.Default)
	}
	return string(s.Type)
}
