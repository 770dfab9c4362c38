// Package compose writes a HyperFrames composition: it is the only place that knows the format's attributes.
//
// In go a scene.Doc, the templates and the project's files; out comes a [Composition], generated pages laid over the
// project's own files as one fs.FS. The composition has two levels (contract §1): index.html holds the root, the
// theme's styles, one host a scene and the sounds of the whole film; compositions/<scene>.html holds one scene. Nothing
// is written to disk and nothing is minified: that is the bundler's.
package compose

import (
	"cmp"
	"fmt"
	"io/fs"
	"strings"

	"github.com/hframes/hframes/compose/code"
	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/compose/timeline"
	"github.com/hframes/hframes/internal/npm"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// Options for [Composer.Compose].
type Options struct {
	Size  string                           // name of the size to make, "" = the deck's first
	Fonts func(npm.Package) (fs.FS, error) // finds a theme's font package; nil = none is to be had
	Cache code.Cache                       // keeps highlighted code; nil = none
}

// A Composition is a HyperFrames project in memory.
type Composition struct {
	FS          fs.FS  // generated files over the project's own
	Entry       string // "index.html"
	Files       map[string][]byte
	Doc         *scene.Doc // what the deck was read as
	Timeline    *timeline.Timeline
	Size        scene.Size
	Sizes       []scene.Size     // all that the deck asks for
	Variables   []scene.Variable // that a render may give other values
	Output      scene.Output     // what a render is asked for
	Inputs      []string         // project files that were read, sorted
	Diagnostics source.List

	project fs.FS
	origins map[string][]string // generated page → the project's folders of templates that drew it
}

// A Composer keeps what one composition can take over from the one before. It is not safe for concurrent use.
type Composer struct {
	set    *templates.Set
	scenes map[string]*rendered // by everything that a scene's page depends on
	styles map[string]string    // layout name → its CSS, keyframes prefixed
	media  map[string]mediaFile // path → what is in it
}

// New returns an empty Composer.
func New() *Composer { return &Composer{} }

// Compose writes the composition of a deck. The list holds everything that is wrong, sorted; the Composition is not nil,
// but is only right when the list has no errors.
func (c *Composer) Compose(doc *scene.Doc, set *templates.Set, project fs.FS, o Options) (*Composition, source.List) {
	f := &film{composer: c, options: o, doc: doc, set: set, project: project, inputs: map[string]bool{doc.File.Name: true}}
	if c.set != set {
		c.set, c.styles, c.scenes = set, map[string]string{}, map[string]*rendered{}
	}
	if c.media == nil {
		c.media = map[string]mediaFile{}
	}
	out := &Composition{Entry: "index.html", Files: map[string][]byte{}, Doc: doc, project: project, origins: map[string][]string{}, Output: doc.Meta.Output, Variables: doc.Meta.Variables}
	f.chooseSize(out)
	f.fps = cmp.Or(doc.Meta.FPS, 30)
	f.defaults = defaults(doc.Meta.Variables)
	f.chooseTheme()
	plans := f.planScenes()
	for _, p := range plans {
		f.checkCues(p)
	}
	f.checkFront()
	f.place(plans)
	out.Timeline = f.line
	pages := f.drawScenes(plans)
	f.assemble(out, plans, pages)
	f.list.Sort()
	out.Inputs = sortedKeys(f.inputs)
	out.FS = newOverlay(out.Files, project)
	return out, f.list
}

// chooseSize finds the canvas that was asked for.
func (f *film) chooseSize(out *Composition) {
	out.Sizes = f.doc.Meta.Sizes
	if len(out.Sizes) == 0 {
		out.Sizes = []scene.Size{{Name: "landscape", Width: 1920, Height: 1080}}
	}
	f.size = out.Sizes[0]
	if name := f.options.Size; name != "" {
		size, err := scene.ParseSize(name)
		if err != nil {
			f.diagnose(source.Diagnostic{Code: "compose/unknown-size", Msg: fmt.Sprintf("unknown size %q", name),
				Hint: "write landscape, portrait, square or WxH, such as 1280x720"})
		} else {
			f.size = size
		}
	}
	out.Size = f.size
}

// defaultTheme is the theme of a film that names none.
const defaultTheme = "tangent"

func (f *film) chooseTheme() {
	name := cmp.Or(f.doc.Meta.Theme, defaultTheme)
	f.theme = f.set.Theme(name)
	if f.theme == nil {
		f.diagnose(f.front("theme", name, "compose/unknown-theme", fmt.Sprintf("unknown theme %q", name)).WithHint(source.DidYouMean(name, f.set.Themes())))
		f.theme, f.noTheme = f.set.Theme(defaultTheme), true
		return // what the film says of its colours and transitions is about another theme
	}
	theme, problems := f.theme.Override(f.colors(), f.doc.Meta.Fonts, f.defaults)
	f.theme = theme
	for _, p := range problems {
		key, value := "colors."+p.Key, f.doc.Meta.Colors[p.Key]
		if _, own := f.doc.Meta.Colors[p.Key]; !own { // a variable that is named like the role
			key, value = "variables."+p.Key, f.defaults[p.Key]
		}
		if strings.Contains(p.Code, "font") {
			key, value = "fonts."+p.Key, f.doc.Meta.Fonts[p.Key]
		}
		if strings.HasPrefix(p.Code, "templates/unknown") {
			value = p.Key
		}
		d := f.front(key, value, p.Code, p.Msg).WithHint(p.Hint)
		d.Severity = p.Severity
		f.diagnose(d)
	}
}

// front is a diagnostic over a word in the line of a key of the front matter: the key itself, or its value.
func (f *film) front(key, word, code, msg string) source.Diagnostic {
	pos, ok := f.doc.Meta.Pos[key]
	if !ok {
		pos = source.Pos{File: f.doc.File.Name, Line: 1, Col: 1}
	}
	pos, end := f.word(pos, word)
	return f.doc.File.AtPos(pos, end, code, msg)
}

// drawScenes draws every scene that is not known from the last composition.
func (f *film) drawScenes(plans []*plan) []*rendered {
	f.env = f.environment()
	pages := make([]*rendered, len(plans))
	known := make(map[string]*rendered, len(plans))
	for i, p := range plans {
		r := &sceneRun{film: f, plan: p, scene: p.scene, clip: &f.line.Clips[i], uses: map[string]bool{}}
		key := r.key()
		page, ok := f.composer.scenes[key]
		if !ok || !f.holds(page) {
			r.takeCues()
			page = r.draw()
		}
		pages[i] = page
		if page.list.Err() == nil { // a fault may be mended elsewhere, such as by a file that is there now
			known[key] = page
		}
		f.diagnose(page.list...)
		f.usesCharts = f.usesCharts || page.charts
		f.usesCode = f.usesCode || page.code
	}
	f.checkIDs(plans, pages)
	f.composer.scenes = known // what is no longer in the film is forgotten
	return pages
}

// assemble writes the files of the composition.
func (f *film) assemble(out *Composition, plans []*plan, pages []*rendered) {
	var hosts []host
	alone := true
	for i, p := range plans {
		clip := &f.line.Clips[i]
		from, length := window(clip.Start, clip.Start+clip.Duration)
		uses := map[string]bool{}
		for _, id := range pages[i].uses {
			uses[id] = true
		}
		hosts = append(hosts, host{ID: p.scene.ID, Start: seconds(from), Duration: seconds(length), Track: clip.Track,
			Label: cmp.Or(plain(p.scene.Title, f.defaults), p.scene.ID), Values: values(f.declarations(uses))})
		alone = alone && pages[i].alone
		name := "compositions/" + p.scene.ID + ".html"
		out.Files[name] = pages[i].page
		out.origins[name] = append(f.blockOrigins(), p.layout.Origin)
		out.origins["film.js"] = append(out.origins["film.js"], p.layout.Origin)
	}
	out.origins["index.html"] = []string{f.theme.Origin}
	faces := f.fonts(out.Files, f.visible())
	more, behind := f.fallback(out.Files, f.drawn(pages))
	_, total := window(0, f.line.Duration)
	out.Files["index.html"] = write(indexPage, indexView{
		Lang: lang(f.doc), Title: cmp.Or(f.doc.Meta.Title, "hframes"), Width: f.size.Width, Height: f.size.Height, FPS: f.fps,
		Duration:  seconds(total),
		CSS:       faces + more + f.ground() + f.theme.Tokens(behind...) + string(templates.Base()) + "\n" + f.styleSheets() + f.themeCSS(),
		Variables: f.declarations(nil), Hosts: hosts, Audio: f.music(total, f.heard(pages)), Alone: alone,
	})
	out.Files["film.js"] = f.script(plans)
	out.Files["hframes/clock.js"] = clockJS
	out.Files["timemap.json"] = f.timemap(plans, pages)
	if cues := f.assertions(plans, pages); cues != nil {
		out.Files["index.motion.json"] = cues
	}
}
