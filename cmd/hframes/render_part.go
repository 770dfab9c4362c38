package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// partFlags are the flags that choose a part of a film.
type partFlags struct{ scene, span string }

func (f *partFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.scene, "scene", "", "here: only this scene, with the transitions at its ends")
	c.RegisterFlagCompletionFunc("scene", completeScene)
	c.Flags().StringVar(&f.span, "range", "", "here: only this part, such as 3s-7s, 1:02-1:10, 90f-120f or 5s-")
}

// completeScene gives the shells the scenes of the deck that the command line names.
func completeScene(c *cobra.Command, words []string, _ string) ([]string, cobra.ShellCompDirective) {
	p, err := deck(words, hframes.Options{Offline: true})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer p.Close()
	if p.Kind != hframes.Markdown {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	comp, err := p.Compose(c.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, clip := range comp.Timeline.Clips {
		names = append(names, clip.Scene)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (f *partFlags) check(c *cobra.Command) error {
	if f.scene != "" && f.span != "" {
		return usageError{c, hinted{errors.New("--scene and --range both choose a part of the film"), "give one of them"}}
	}
	for _, name := range []string{"scene", "range"} {
		if c.Flags().Changed(name) && c.Flags().Lookup(name).Value.String() == "" {
			return usageError{c, fmt.Errorf("--%s is empty", name)}
		}
	}
	if f.span != "" {
		if _, _, err := parseRange(f.span); err != nil {
			return usageError{c, err}
		}
	}
	return nil
}

// label names the part, as a piece of a file's name; "" = the whole film.
func (f *partFlags) label() string { return cmp.Or(f.scene, strings.TrimSuffix(f.span, "-")) }

// window returns the part of a film that is chosen, in s; to 0 = up to its end. fps 0 = the film's own.
func (f *partFlags) window(c *cobra.Command, film *hframes.Film, fps int) (from, to float64, err error) {
	switch {
	case f.scene != "":
		all, err := scenesOf(film, fps)
		if err != nil {
			return 0, 0, err
		}
		s, err := findScene(f.scene, all)
		if err != nil {
			return 0, 0, usageError{c, err}
		}
		return s.Start, s.End, nil
	case f.span != "":
		begin, end, err := parseRange(f.span)
		if err != nil {
			return 0, 0, usageError{c, err}
		}
		rate := rateOf(film, fps)
		from, to = begin.seconds(rate), end.seconds(rate)
		if end != openEnd && from >= to {
			return 0, 0, usageError{c, fmt.Errorf("--range %s: it ends before it begins", f.span)}
		}
		return from, max(to, 0), nil
	}
	return 0, 0, nil
}

// rateOf returns how many frames a second a film is rendered with; fps 0 = its own.
func rateOf(film *hframes.Film, fps int) float64 {
	if fps > 0 {
		return float64(fps)
	}
	if facts, err := render.About(film.Bundle.FS(), film.Bundle.Entry); err == nil && facts.FPS > 0 {
		return facts.FPS
	}
	return 30
}

// scenesOf returns the scenes of a film: a deck's by the ids that its author knows, else what the page shows for a part of
// the time.
func scenesOf(film *hframes.Film, fps int) ([]render.Scene, error) {
	comp := film.Composition
	if comp == nil {
		return render.Scenes(film.Bundle.FS(), film.Bundle.Entry, fps)
	}
	var all []render.Scene
	for _, clip := range comp.Timeline.Clips {
		all = append(all, render.Scene{Name: clip.Scene, Start: clip.Start.Seconds(), End: (clip.Start + clip.Duration).Seconds()})
	}
	return all, nil
}

func findScene(name string, all []render.Scene) (render.Scene, error) {
	var names []string
	for _, s := range all {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	if len(names) == 0 {
		return render.Scene{}, hinted{fmt.Errorf("the film has no scene %q", name), "it has none at all; --range chooses a part by its time"}
	}
	return render.Scene{}, hinted{fmt.Errorf("the film has no scene %q", name), source.DidYouMean(name, slices.Compact(names))}
}

// A moment is a time in a film: a number of seconds and a number of frames.
type moment struct {
	second float64
	frame  int
}

// openEnd is the end of a part that goes on to the end of the film.
var openEnd = moment{second: -1}

// seconds returns the time in s at a rate of so many frames a second.
func (m moment) seconds(rate float64) float64 { return m.second + float64(m.frame)/rate }

// parseRange reads "from-to"; either may be missing, not both.
func parseRange(text string) (from, to moment, err error) {
	bad := func(what string) error {
		return hinted{fmt.Errorf("range %q: %s", text, what), "write 3s-7s, 1:02-1:10, 90f-120f, or 5s- for all from there on"}
	}
	begin, end, ok := strings.Cut(text, "-")
	begin, end = strings.TrimSpace(begin), strings.TrimSpace(end)
	if !ok || begin == "" && end == "" {
		return moment{}, moment{}, bad("it has no two ends")
	}
	to = openEnd
	if begin != "" {
		if from, err = parseMoment(begin); err != nil {
			return moment{}, moment{}, bad(err.Error())
		}
	}
	if end != "" {
		if to, err = parseMoment(end); err != nil {
			return moment{}, moment{}, bad(err.Error())
		}
	}
	return from, to, nil
}

// maxMoment bounds times: more than any film has, in s and in frames.
const maxMoment = 1e6

// parseMoment reads a time as 3, 3.5s, 90f, 1:02.5, or 1:02:15, whose last part is frames, as the preview shows it.
func parseMoment(text string) (moment, error) {
	bad := fmt.Errorf("%q is no time", text)
	if frames, ok := strings.CutSuffix(text, "f"); ok {
		n, err := natural(frames)
		if err != nil {
			return moment{}, bad
		}
		return moment{frame: n}, nil
	}
	parts := strings.Split(text, ":")
	if len(parts) == 1 {
		s, err := decimal(strings.TrimSuffix(text, "s"))
		if err != nil {
			return moment{}, bad
		}
		return moment{second: s}, nil
	}
	if len(parts) > 3 {
		return moment{}, bad
	}
	minutes, err := natural(parts[0])
	if err != nil {
		return moment{}, bad
	}
	s, err := decimal(parts[1])
	if err != nil || s >= 60 {
		return moment{}, bad
	}
	m := moment{second: float64(60*minutes) + s}
	if len(parts) == 3 {
		if m.frame, err = natural(parts[2]); err != nil || strings.Contains(parts[1], ".") {
			return moment{}, bad
		}
	}
	if m.second > maxMoment {
		return moment{}, bad
	}
	return m, nil
}

var errNumber = errors.New("no number")

// natural reads digits.
func natural(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > maxMoment || text[0] == '+' {
		return 0, errNumber
	}
	return int(n), nil
}

// decimal reads digits with a point among them or none.
func decimal(text string) (float64, error) {
	if strings.Trim(text, "0123456789.") != "" {
		return 0, errNumber
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n > maxMoment {
		return 0, errNumber
	}
	return n, nil
}
