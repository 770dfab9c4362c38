package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/outfile"
	"github.com/hframes/hframes/internal/sheet"
	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// sheetFormats are the forms of a contact sheet, as its name ends.
var sheetFormats = []string{"png", "webp", "html"}

// snapshotFlags are the flags of snapshot.
type snapshotFlags struct {
	renderFlags
	at, every      string
	columns, width int
}

func snapshotCommand(t *terminal) *cobra.Command {
	f := snapshotFlags{renderFlags: renderFlags{on: "local"}}
	c := &cobra.Command{
		Use:   "snapshot [DECK]",
		Short: "Take stills of the film, or a contact sheet",
		Long: `snapshot takes single frames of a film, exactly as render makes them. Without a choice there is one of each scene, at
a moment when everything in it has arrived.

They become PNG files in a folder, or, where the output's name ends in .png, .webp or .html, one contact sheet. A sheet
in HTML is one file that needs no other.`,
		Example: `  hframes snapshot film
  hframes snapshot film -o film.png
  hframes snapshot film --at 1.5s,3s,90f -o stills`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, words []string) error { return f.run(c, t, words) },
	}
	f.add(c)
	fl := c.Flags()
	fl.StringVarP(&f.out, "output", "o", "", "folder for the stills, or a .png, .webp or .html for a sheet (default: the deck's name with -stills)")
	fl.StringVar(&f.at, "at", "", "times, separated by commas: 1.5s, 90f or 1:02.5")
	fl.StringVar(&f.every, "every", "", "one still every so often, such as 2s")
	fl.StringVar(&f.part.scene, "scene", "", "only this scene")
	c.RegisterFlagCompletionFunc("scene", completeScene)
	fl.IntVar(&f.columns, "columns", 0, "stills side by side on a sheet, 1 to 20 (default: as many as suit)")
	fl.IntVar(&f.width, "width", 0, "width of a sheet in px, 400 to 8000 (default 1920)")
	fl.StringVar(&f.resolution, "resolution", "", "1080p or 4k (default: the film's size)")
	fl.IntVar(&f.fps, "fps", 0, "frames a second (default: the deck's)")
	fl.StringVarP(&f.composition, "composition", "c", "", "page of a HyperFrames folder, as seen from there (default: index.html)")
	fl.StringArrayVar(&f.vars, "var", nil, "value of a variable, name=value; may be given again")
	fl.StringVar(&f.varsFile, "vars", "", "JSON file with an object of values of variables; --var goes over it")
	complete(c, "resolution", resolutions)
	return c
}

// sheetFormat returns the form of the sheet that is asked for; "" = stills.
func (f *snapshotFlags) sheetFormat() string {
	if ext := extension(f.out); slices.Contains(sheetFormats, ext) {
		return ext
	}
	return ""
}

func (f *snapshotFlags) check(c *cobra.Command) error {
	fault := func(hint, format string, a ...any) error {
		return usageError{c, hinted{fmt.Errorf(format, a...), hint}}
	}
	used := c.Flags().Changed
	switch ext := extension(f.out); {
	case used("at") && used("every"), used("at") && used("scene"):
		return fault("give one of them", "--at says each time, so that --every and --scene have nothing to choose")
	case used("columns") && (f.columns < 1 || f.columns > sheet.MaxColumns):
		return usageError{c, fmt.Errorf("columns %d is not from 1 to %d", f.columns, sheet.MaxColumns)}
	case used("width") && (f.width < sheet.MinWidth || f.width > sheet.MaxWidth):
		return usageError{c, fmt.Errorf("width %d is not from %d to %d", f.width, sheet.MinWidth, sheet.MaxWidth)}
	case (used("columns") || used("width")) && f.sheetFormat() == "":
		return fault("name one with -o sheet.png, .webp or .html", "--columns and --width are for contact sheets")
	case ext == "jpg" || ext == "jpeg" || ext == "gif" || ext == "pdf":
		return fault("name a .png, .webp or .html, or a folder for single stills", "%s: a contact sheet is not made as %s", f.out, ext)
	}
	return f.checkFilm(c)
}

// A shot is a still that is asked for.
type shot struct {
	frame int
	scene string
}

// snapped is the JSON document of snapshot.
type snapped struct {
	Output      string      `json:"output"`
	Width       int         `json:"width"` // of a still, px
	Height      int         `json:"height"`
	Stills      []still     `json:"stills"`
	Diagnostics source.List `json:"diagnostics"`
}

type still struct {
	File  string  `json:"file,omitempty"` // "" = it is on the sheet
	Time  float64 `json:"time"`           // s
	Frame int     `json:"frame"`
	Scene string  `json:"scene,omitempty"`
}

func (f *snapshotFlags) run(c *cobra.Command, t *terminal, words []string) error {
	if err := f.check(c); err != nil {
		return err
	}
	f.page = f.composition
	p, err := f.open(c, words)
	if err != nil {
		return err
	}
	defer p.Close()
	film, err := f.build(c, t, p)
	if err != nil {
		return err
	}
	o := render.Options{FPS: f.fps, NoSandbox: os.Getenv("HFRAMES_NO_SANDBOX") == "1", Format: ffmpeg.MP4}
	if film.Composition != nil && o.FPS == 0 {
		o.FPS = film.Composition.Timeline.FPS
	}
	facts, err := render.About(film.Bundle.FS(), film.Bundle.Entry)
	if err != nil {
		return err
	}
	if f.resolution != "" {
		if o.Scale, err = scaleTo(f.resolution, facts.Width, facts.Height); err != nil {
			return usageError{c, err}
		}
	}
	rate := rateOf(film, o.FPS)
	shots, err := f.shots(c, film, o.FPS, rate)
	if err != nil {
		return err
	}
	var unknown []string
	if o.Variables, unknown, err = f.values(c, film); err != nil {
		return err
	}
	for _, w := range unknown {
		t.note("warning: %s", w)
	}
	out := either(f.out, filmName(p, film)+"-stills")
	if err := f.spare(p, film, out); err != nil {
		return err
	}
	if o.Runtime, err = p.Runtime(c.Context()); err != nil {
		return err
	}
	doc := snapped{Output: out, Diagnostics: orEmpty(film.Diagnostics)}
	text, err := f.take(c.Context(), t, film, facts, shots, rate, o, &doc)
	if err != nil {
		return advised(err, out)
	}
	return t.result(text, doc)
}

// spare returns an error if the stills or the sheet would go where they must not.
func (f *snapshotFlags) spare(p *hframes.Project, film *hframes.Film, out string) error {
	if f.sheetFormat() != "" {
		return spareFile(p, film, out)
	}
	if info, err := os.Stat(out); err == nil && !info.IsDir() {
		return hinted{fmt.Errorf("%q is a file, and stills go to a folder", out), "name a folder, or a .png, .webp or .html for a contact sheet"}
	}
	return nil
}

// take takes the pictures, writes them and returns the names of what was written, one a line.
func (f *snapshotFlags) take(ctx context.Context, t *terminal, film *hframes.Film, facts render.Facts, shots []shot, rate float64, o render.Options, doc *snapped) (string, error) {
	page := sheet.Sheet{Title: titleOf(film, doc.Output), Width: f.width, Columns: f.columns}
	cell := page.CellWidth(len(shots), facts.Width, facts.Height)
	if f.sheetFormat() == "html" {
		cell *= 2 // for screens with small pixels
	}
	times := make([]float64, len(shots))
	for i, s := range shots {
		times[i] = float64(s.frame) / rate
	}
	var files []string
	t.progress("open", false)
	err := render.Stills(ctx, film.Bundle.FS(), film.Bundle.Entry, times, o, func(s render.Still) error {
		i := len(doc.Stills)
		one := still{Time: times[i], Frame: s.Frame, Scene: shots[i].scene}
		doc.Width, doc.Height = s.Image.Bounds().Dx(), s.Image.Bounds().Dy()
		t.progress(fmt.Sprintf("still %d/%d  %s  %s", i+1, len(shots), shortClock(one.Time), oneLine(one.Scene)), false)
		if f.sheetFormat() == "" {
			one.File = filepath.Join(doc.Output, stillName(one))
			files = append(files, one.File)
			if err := writePNG(ctx, one.File, s.Image); err != nil {
				return err
			}
		} else {
			page.Pictures = append(page.Pictures, sheet.Picture{Name: one.Scene, Time: shortClock(one.Time), Image: sheet.Fit(s.Image, cell)})
		}
		doc.Stills = append(doc.Stills, one)
		return nil
	})
	if err != nil || f.sheetFormat() == "" {
		return strings.Join(files, "\n"), err
	}
	page.About = f.about(film, facts, doc)
	return doc.Output, f.writeSheet(ctx, &page, doc.Output)
}

// about is what a sheet says of the film.
func (f *snapshotFlags) about(film *hframes.Film, facts render.Facts, doc *snapped) []string {
	var parts []string
	if c := film.Composition; c != nil {
		n := len(c.Timeline.Clips)
		parts = append(parts, fmt.Sprintf("%d scenes", n))
		if n == 1 {
			parts[0] = "1 scene"
		}
	}
	if facts.Seconds > 0 {
		parts = append(parts, shortClock(facts.Seconds))
	}
	return append(parts, fmt.Sprintf("%d × %d", doc.Width, doc.Height))
}

// writeSheet writes a contact sheet as its name says.
func (f *snapshotFlags) writeSheet(ctx context.Context, page *sheet.Sheet, out string) error {
	data, err := page.HTML()
	if err != nil {
		return err
	}
	if format := f.sheetFormat(); format != "html" {
		form := chrome.PNG
		if format == "webp" {
			form = chrome.Format{Type: "webp", Quality: 90}
		}
		width := f.width
		if width == 0 {
			width = sheet.DefaultWidth
		}
		if data, err = sheet.Draw(ctx, data, width, form, chrome.Options{NoSandbox: os.Getenv("HFRAMES_NO_SANDBOX") == "1"}); err != nil {
			return err
		}
	}
	return writeWhole(ctx, out, func(file *os.File) error {
		_, err := file.Write(data)
		return err
	})
}

func writePNG(ctx context.Context, path string, m image.Image) error {
	return writeWhole(ctx, path, func(file *os.File) error { return png.Encode(file, m) })
}

// writeWhole writes a file that appears whole or not at all.
func writeWhole(ctx context.Context, path string, write func(*os.File) error) error {
	file, err := outfile.Create(ctx, path, "snapshot")
	if err != nil {
		return err
	}
	defer file.Close()
	if err := write(file.File); err != nil {
		return outfile.PlaceError(path, err)
	}
	return file.Commit()
}

// titleOf returns what a sheet is headed with.
func titleOf(film *hframes.Film, out string) string {
	if c := film.Composition; c != nil && c.Doc.Meta.Title != "" {
		return c.Doc.Meta.Title
	}
	return strings.TrimSuffix(filepath.Base(out), filepath.Ext(out))
}

// stillName names a still's file, so that files stand in the film's order.
func stillName(s still) string {
	name := fmt.Sprintf("%07.3fs", s.Time)
	if scene := fileName(s.Scene); scene != "" {
		name += "-" + scene
	}
	return name + ".png"
}

// shortClock writes a time in s as 1:02.3.
func shortClock(seconds float64) string {
	tenths := int(seconds*10 + 0.5)
	return fmt.Sprintf("%d:%02d.%d", tenths/600, tenths/10%60, tenths%10)
}
