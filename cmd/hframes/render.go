package main

import (
	"fmt"
	"slices"

	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// What the flags take. HeyGen's words are its API's (heygen-api §6.1).
var (
	places       = []string{"heygen", "local"}
	qualities    = []string{"draft", "standard", "high"}
	formats      = []string{"mp4", "webm", "mov", "gif", "png"}
	fileFormats  = formats[:4] // what is one file
	cloudFormats = formats[:3]
	resolutions  = []string{"1080p", "4k"}
)

// renderFlags are the flags of render.
type renderFlags struct {
	deckFlags
	on, out     string
	byDefault   bool // nobody said where
	quality     string
	fps         int
	format      string
	resolution  string
	composition string
	vars        []string
	varsFile    string
	part        partFlags
	local       localFlags
	cloud       cloudFlags
}

func renderCommand(t *terminal) *cobra.Command {
	var f renderFlags
	c := &cobra.Command{
		Use:   "render [DECK]",
		Short: "Make the video",
		Long: `render builds a deck, or takes a HyperFrames folder, and makes the video: on HeyGen's cloud, or on this machine
with headless Chromium and FFmpeg. The file appears whole or not at all, and is verified before it does.

On this machine, what has not changed since the last render is taken from the cache. The output's name, or --format,
says what is made: mp4, webm, mov, gif, or png, which is a folder of pictures; all but mp4 keep transparency. Times of
--range are seconds (3 or 3.5s), minutes and seconds (1:02.5) or frames (90f); either end may be left out.

On HeyGen a render costs money, so that the same film is never paid for twice: what was asked for is kept in a
journal, and the same command, run again after a crash, a cut line or days, goes on where it was. --dry-run tells
what would be sent and what it would cost; files that .hframesignore names are not sent.

Where the system gives Chromium no sandbox, HFRAMES_NO_SANDBOX=1 in the environment starts it without one: only
for films that you trust.

A browser that takes longer than 30 s over a picture is replaced, and so is one that crashes, twice in a render;
HFRAMES_PATIENCE=2m in the environment waits longer on a slow machine.`,
		Example: `  hframes render film --on local -o film.mp4
  hframes render film --on local --range 3s-7s -o part.gif
  hframes render film --on local --quality draft --watch
  hframes render film --on heygen --resolution 4k --max-cost 1.50`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error { return f.run(c, t, words) },
	}
	f.add(c)
	c.Flags().StringVar(&f.on, "on", "", "where to render: heygen, which costs money, or local (default: heygen where a key is found, else local)")
	c.Flags().StringVarP(&f.out, "output", "o", "", "file to write, or folder for png (default: the deck's name with .mp4)")
	f.addFilm(c)
	complete(c, "on", places)
	f.local.add(c)
	c.Flags().BoolVar(&f.local.watch, "watch", false, "here: render again whenever the film changes, until Ctrl-C")
	f.cloud.add(c)
	return c
}

// addFilm adds the flags that say what the film is, wherever it is rendered.
func (f *renderFlags) addFilm(c *cobra.Command) {
	c.Flags().StringVar(&f.quality, "quality", "", "draft, standard or high (default: the deck's, else standard)")
	c.Flags().IntVar(&f.fps, "fps", 0, "frames a second (default: the deck's)")
	c.Flags().StringVar(&f.format, "format", "", "mp4, webm, mov, gif or png; all but mp4 keep transparency (default: that of the file's name, else the deck's)")
	c.Flags().StringVar(&f.resolution, "resolution", "", "1080p or 4k (default: the deck's; else the film's size here, 1080p at HeyGen)")
	f.part.add(c)
	c.Flags().StringVarP(&f.composition, "composition", "c", "", "page of a HyperFrames folder to render, as seen from there (default: index.html)")
	c.Flags().StringArrayVar(&f.vars, "var", nil, "value of a variable, name=value; may be given again")
	c.Flags().StringVar(&f.varsFile, "vars", "", "JSON file with an object of values of variables; --var goes over it")
	complete(c, "quality", qualities)
	complete(c, "format", formats)
	complete(c, "resolution", resolutions)
}

// check looks at the flags.
func (f *renderFlags) check(c *cobra.Command) error {
	if err := oneOf(c, "place to render", f.on, places); err != nil {
		return err
	}
	if err := f.checkFilm(c); err != nil {
		return err
	}
	if err := f.local.check(c); err != nil {
		return err
	}
	return f.cloud.check(c)
}

func (f *renderFlags) checkFilm(c *cobra.Command) error {
	if err := oneOf(c, "quality", f.quality, qualities); err != nil {
		return err
	}
	if f.fps < 0 || f.fps > 240 {
		return usageError{c, fmt.Errorf("fps %d is not from 1 to 240", f.fps)}
	}
	if err := oneOf(c, "format", f.format, formats); err != nil {
		return err
	}
	if err := oneOf(c, "resolution", f.resolution, resolutions); err != nil {
		return err
	}
	return f.part.check(c)
}

// choose decides where to render, where nobody said so: on HeyGen if there is a key for it.
func (f *renderFlags) choose() error {
	if f.on != "" {
		return nil
	}
	f.on, f.byDefault = "local", true
	found, err := f.cloud.key.exists()
	if found {
		f.on = "heygen"
	}
	return err
}

func (f *renderFlags) run(c *cobra.Command, t *terminal, words []string) error {
	if err := f.check(c); err != nil {
		return err
	}
	if err := f.choose(); err != nil {
		return err
	}
	if f.byDefault && f.cloud.dryRun { // which is of HeyGen, and needs no key
		f.on = "heygen"
	}
	if f.on == "local" {
		if flag := firstUsed(c, cloudOnly); flag != "" {
			return usageError{c, hinted{fmt.Errorf("--%s is for HeyGen's cloud", flag), "add --on heygen"}}
		}
	} else if flag := firstUsed(c, localOnly); flag != "" {
		return usageError{c, hinted{fmt.Errorf("--%s is for renders on this machine", flag), "add --on local"}}
	}
	f.page = f.composition
	if f.local.watch {
		return f.watch(c, t, words)
	}
	p, err := f.open(c, words)
	if err != nil {
		return err
	}
	defer p.Close()
	film, err := f.build(c, t, p)
	if err != nil {
		return err
	}
	vars, unknown, err := f.values(c, film)
	if err != nil {
		return err
	}
	if f.on == "heygen" {
		return f.onHeyGen(c, t, p, film, vars, unknown)
	}
	return f.onLocal(c.Context(), c, t, p, film, vars, unknown)
}

// firstUsed returns the first of some flags that was given; "" if none was.
func firstUsed(c *cobra.Command, names []string) string {
	for _, name := range names {
		if c.Flags().Changed(name) {
			return name
		}
	}
	return ""
}

// oneOf returns a usage error unless value is "" or one of known.
func oneOf(c *cobra.Command, kind, value string, known []string) error {
	if value == "" || slices.Contains(known, value) {
		return nil
	}
	return usageError{c, hinted{fmt.Errorf("unknown %s %q", kind, value), source.DidYouMean(value, known)}}
}
