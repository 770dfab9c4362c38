// Package check finds what is wrong with a HyperFrames folder, without a browser and in milliseconds.
//
// In go the folder and the name of its entry page; out comes one list of diagnostics, each at its line and column. The
// folder may come from anywhere: from our own build, from a person's editor, from another tool. The rules are those of
// the HyperFrames contract; many are the official linter's, the rest are what it and the official browser check let
// through. [Codes] is the whole catalogue. The package changes nothing, runs nothing and reads nothing outside the
// folder.
//
// How it works: the entry page is read, then every page, style sheet and script it reaches; each file is tokenised
// once (project.go, page.go). The pages are put together into compositions and clips with times (film.go). Each rule
// then looks at what it needs; rules share no state but the list they report into.
package check

import (
	"io/fs"
	"slices"

	"github.com/hframes/hframes/source"
)

// Options are the limits of a check. The zero value is right for most folders.
type Options struct {
	// MinText is the smallest font size in px on a canvas whose shorter side is 1080 px; it scales with the canvas.
	// 0 means 24; a negative value turns the rule off.
	MinText float64
	// MaxGap is the longest stretch in seconds with nothing on screen that passes without a word. 0 means 0.5.
	MaxGap float64
	// MaxBytes is the largest folder that can be uploaded. 0 means 200 MB, the limit of HeyGen's service.
	MaxBytes int64
	// Ignore lists codes that are not reported, such as "check/remote-url".
	Ignore []string
}

func (o Options) withDefaults() Options {
	if o.MinText == 0 {
		o.MinText = 24
	}
	if o.MaxGap == 0 {
		o.MaxGap = 0.5
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 200 << 20
	}
	return o
}

// Folder checks the project in fsys whose entry page is entry ("" = "index.html") and returns what it found, sorted by
// place. A folder without fault gives an empty list. An entry page whose first element carries data-hf-snippet, or
// that is not called index.html and holds no composition, is checked as a fragment to paste: the rules about documents,
// times, timelines and files do not apply to it. One that is not called index.html and holds its composition in a
// template is checked as the scene that it is, without the film around it.
func Folder(fsys fs.FS, entry string, o Options) source.List {
	if entry == "" {
		entry = "index.html"
	}
	c := &checker{Options: o.withDefaults(), severity: map[string]source.Severity{}}
	for _, code := range codes {
		c.severity[code.Name] = code.Severity
	}
	c.load(fsys, entry)
	if c.entry != nil {
		c.assemble()
		whole := true
		for _, p := range c.pages {
			if p.doc.Open >= 0 {
				c.report("check/unclosed-tag", p.File, p.doc.Open, p.doc.Open+len("<!--"), "a comment is never closed: the rest of the page is lost", "close it with -->")
				whole = whole && !p.mounted
			}
		}
		if whole { // else what is found may follow from what is lost
			for _, p := range c.pages {
				if p.doc.Open < 0 {
					c.checkPage(p)
				}
			}
			c.checkFilm()
		}
	}
	c.list.Sort()
	return c.list
}

// A checker is one run over one folder.
type checker struct {
	Options
	project
	film
	severity map[string]source.Severity
	list     source.List
}

// report adds a diagnostic over the bytes from start to end of f, with the severity of the catalogue.
func (c *checker) report(code string, f *source.File, start, end int, msg, hint string) {
	c.reportAs(c.severity[code], code, f, start, end, msg, hint)
}

// reportAs is report with a severity of its own, for the few codes whose weight depends on the place.
func (c *checker) reportAs(s source.Severity, code string, f *source.File, start, end int, msg, hint string) {
	if slices.Contains(c.Ignore, code) {
		return
	}
	d := f.At(start, end, code, msg).WithHint(hint)
	d.Severity = s
	c.list.Add(d)
}

// reportFile adds a diagnostic about a file as a whole.
func (c *checker) reportFile(code, name, msg, hint string) {
	if slices.Contains(c.Ignore, code) {
		return
	}
	d := source.Diagnostic{Pos: source.Pos{File: name}, Code: code, Msg: msg, Severity: c.severity[code]}
	c.list.Add(d.WithHint(hint))
}

// severityOf returns error if what was found is wrong for certain, else warning.
func severityOf(wrong bool) source.Severity {
	if wrong {
		return source.Error
	}
	return source.Warning
}

// checkPage runs the rules that look at one page.
func (c *checker) checkPage(p *page) {
	c.checkMarkup(p)
	c.checkAttributes(p)
	c.checkIDs(p)
	c.checkJSON(p)
	c.checkMedia(p)
	c.checkReferences(p)
	c.checkScripts(p)
	c.checkStyles(p)
	c.checkTweens(p)
	c.checkComposition(p)
	c.checkHosts(p)
	c.checkBindings(p)
}

// checkFilm runs the rules that look at the folder as a whole.
func (c *checker) checkFilm() {
	c.checkFolder()
	c.checkRoot()
	c.checkTimes()
	c.checkSources()
	c.checkTracks()
	c.checkScreen()
	c.checkMotion()
	c.checkTimelines()
	c.checkLibraries()
	c.checkSharedNames()
	c.checkFonts()
	c.checkText()
}
