package compose

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/compose/timeline"
	"github.com/hframes/hframes/internal/media"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// film is what the scenes of one composition share while it is being made.
type film struct {
	composer             *Composer
	options              Options
	doc                  *scene.Doc
	set                  *templates.Set
	theme                *templates.Theme
	noTheme              bool // the film names one that there is not
	project              fs.FS
	size                 scene.Size
	fps                  int
	line                 *timeline.Timeline
	usesCharts, usesCode bool
	defaults             map[string]string // variable → its default as text
	inputs               map[string]bool
	list                 source.List
	env                  string // what every scene depends on, as text
}

func (f *film) diagnose(d ...source.Diagnostic) { f.list.Add(d...) }

// shape is the name that templates know a canvas by.
func shape(s scene.Size) string {
	switch {
	case s.Width > s.Height:
		return "landscape"
	case s.Width < s.Height:
		return "portrait"
	}
	return "square"
}

// unit is how many px a unit of the templates has.
func unit(s scene.Size) float64 { return float64(min(s.Width, s.Height)) / 1080 }

// plan is what was decided about a scene before it is drawn.
type plan struct {
	scene      *scene.Scene
	layout     *templates.Layout
	set        map[string]any // the layout's settings
	transition templates.Transition
	from       string
	enter      time.Duration // length of the transition into the scene
	number     int           // which of the film's chapter cards it is, 0 = none
}

// sceneRun draws one scene.
type sceneRun struct {
	film  *film
	plan  *plan
	scene *scene.Scene
	clip  *timeline.Clip

	uses               map[string]bool // variables in the text
	count              int             // blocks so far, for ids
	steps              int             // highlight steps of code so far
	hasCharts, hasCode bool
	items              int             // items of outermost lists so far
	depth              int             // of lists
	slot               bool            // drawing what stands in a slot
	tracks             int             // timed media so far
	sounds             strings.Builder // audio elements
	heard              [][2]float64    // start and length of what is heard, s of the scene
	css                []string        // blocks' styles, each once
	marks              []mark
	cued               []cued
	cues               cues
	ids                map[string]bool // that the author gave
	files              []shown         // of the project
	problems           source.List
}

// shown is a file of the project that a scene shows.
type shown struct {
	name string
	info media.Info
}

// mark ties an element to the place in the author's file that it comes from.
type mark struct {
	ID         string
	Start, End source.Pos
}

// id makes an element's id: the author's own behind the scene's, or a number in the scene.
func (r *sceneRun) id(own string, pos source.Pos) string {
	for own == "" {
		r.count++
		if auto := fmt.Sprintf("b%d", r.count); !r.ids[auto] {
			own = auto
		}
	}
	return r.scene.ID + "-" + own
}

func (r *sceneRun) mark(id string, start, end source.Pos) {
	r.marks = append(r.marks, mark{id, start, end})
}

// cued is an element that a cue triggers, at a time of its scene.
type cued struct {
	ID string
	At float64 // s
}

func (r *sceneRun) diagnose(d ...source.Diagnostic) { r.problems.Add(d...) }

// view draws the blocks and collects what the layout's template sees.
func (r *sceneRun) view() *templates.View {
	f := r.film
	v := &templates.View{
		ID: r.scene.ID, Title: r.rich(r.scene.Title), TitleText: r.text(r.scene.Title),
		Set: r.plan.set, Index: r.clip.Index + 1, Chapter: r.scene.Chapter, Number: r.plan.number,
		Width: f.size.Width, Height: f.size.Height, Shape: shape(f.size),
		Duration: r.clip.Duration.Seconds(), Theme: f.theme,
		Film: templates.Film{Title: f.doc.Meta.Title, Description: f.doc.Meta.Description,
			Scenes: len(f.doc.Scenes), Chapters: chapters(f.doc), Lang: lang(f.doc)},
		Slots: map[string][]templates.Block{},
	}
	v.Blocks = r.blocks(r.scene.Blocks)
	for _, s := range r.scene.Slots {
		r.slot = true
		v.Slots[s.Name] = append(v.Slots[s.Name], r.blocks(s.Blocks)...)
	}
	return v
}

func chapters(doc *scene.Doc) int {
	n := 0
	for _, s := range doc.Scenes {
		if s.Chapter {
			n++
		}
	}
	return n
}

func lang(doc *scene.Doc) string {
	if doc.Meta.Lang == "" {
		return "en"
	}
	return doc.Meta.Lang
}

// rendered is a scene's page and what was learnt on the way.
type rendered struct {
	cued         []cued
	charts, code bool // whether the page needs their style sheets
	alone        bool // whether the page has no script of an author's and no sheet for all pages
	page         []byte
	text         []rune // characters of the page beyond ASCII, each once
	uses         []string
	ids          []string // of its elements
	files        []shown
	heard        [][2]float64 // start and length of what is heard, s of the scene
	marks        []mark
	list         source.List
}

// draw makes the scene's page.
func (r *sceneRun) draw() *rendered {
	layout := r.plan.layout
	body, problems := layout.Execute(r.view())
	for _, d := range problems {
		if !d.Pos.IsValid() { // about the scene, not about the template
			d = r.atTitle(d)
		}
		r.diagnose(d)
	}
	_, length := window(0, r.clip.Duration) // not cut at the film's microseconds: a scene's page is the same wherever it stands
	view := sceneView{
		ID: r.scene.ID, Width: r.film.size.Width, Height: r.film.size.Height,
		Duration: seconds(length),
		Class:    r.stageClass(),
		Style:    r.stageStyle(length),
		CSS:      r.styles(),
		HTML:     string(body),
		Media:    r.sounds.String(),
		Times: sceneTimes{
			ID: r.scene.ID, Duration: length, FPS: r.film.fps,
			Width: r.film.size.Width, Height: r.film.size.Height,
			Enter: r.clip.Enter.Duration.Seconds(), Exit: r.clip.Exit.Duration.Seconds(),
		},
	}
	if layout.Motion != "" {
		from, _ := window(r.clip.Start, r.clip.Start+r.clip.Duration)
		view.Motion, view.Times.Start = layout.Name, &from
	}
	view.Variables = r.film.declarations(r.uses)
	r.mark(r.scene.ID+"-stage", r.scene.Pos, r.scene.End)
	page := write(scenePage, view)
	ids, alone := r.checkPage(page)
	there := func(id string) bool { return slices.Contains(ids, id) } // a layout draws what it likes
	r.marks = slices.DeleteFunc(r.marks, func(m mark) bool { return !there(m.ID) })
	r.cued = slices.DeleteFunc(r.cued, func(c cued) bool { return !there(c.ID) })
	return &rendered{cued: r.cued, page: page, alone: alone, text: beyondASCII(string(page)), charts: r.hasCharts, code: r.hasCode, ids: ids, files: r.files, heard: r.heard, marks: r.marks, list: r.problems, uses: sortedKeys(r.uses)}
}

func (r *sceneRun) atTitle(d source.Diagnostic) source.Diagnostic {
	at := r.film.doc.File.AtPos(r.scene.Pos, r.scene.Pos, d.Code, d.Msg).WithHint(d.Hint)
	at.Severity = d.Severity
	return at
}

// stageClass returns the classes that templates/doc.go promises a layout.
func (r *sceneRun) stageClass() string {
	words := []string{"stage", "l-" + r.plan.layout.Name, "theme-" + r.film.theme.Name, shape(r.film.size)}
	words = append(words, edgeClasses("enter", r.clip.Enter)...)
	words = append(words, edgeClasses("exit", r.clip.Exit)...)
	return join(append(words, r.scene.Classes...)...)
}

func edgeClasses(side string, e timeline.Edge) []string {
	if e.Duration == 0 {
		return nil
	}
	words := []string{side + "-" + e.Name}
	if e.From != "" {
		words = append(words, side+"-from-"+e.From)
	}
	return words
}

// stageStyle returns the stage's custom properties: the length of a unit, times in seconds.
func (r *sceneRun) stageStyle(length float64) string {
	style := []string{"--dur:" + seconds(length) + "s"}
	if u := unit(r.film.size); u != 1 {
		style = append(style, "--u:"+seconds(u)+"px")
	}
	if d := r.clip.Enter.Duration; d > 0 {
		style = append(style, "--enter:"+seconds(d.Seconds())+"s")
	}
	if d := r.clip.Exit.Duration; d > 0 {
		style = append(style, "--exit:"+seconds(d.Seconds())+"s")
	}
	return strings.Join(style, ";")
}

// styles returns the CSS of the scene's layout and blocks.
func (r *sceneRun) styles() string {
	return strings.Join(append([]string{r.film.layoutCSS(r.plan.layout)}, r.css...), "\n")
}
