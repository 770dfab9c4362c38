package preview

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/compose/timeline"
	"github.com/hframes/hframes/source"
)

// Film is what the page is told of a film. ui/film.ts says what each field means.
type Film struct {
	Kind        string            `json:"kind"`
	Name        string            `json:"name"`
	File        string            `json:"file"`
	Editor      string            `json:"editor"`
	Size        string            `json:"size"`
	Sizes       []Size            `json:"sizes"`
	Build       int               `json:"build"`
	Took        float64           `json:"took"`
	Hash        string            `json:"hash"`
	Entry       string            `json:"entry"`
	Pages       map[string]string `json:"pages"`
	From        string            `json:"from"`
	Styles      []StyleChange     `json:"styles"`
	Width       int               `json:"width"`
	Height      int               `json:"height"`
	FPS         int               `json:"fps"`
	Duration    float64           `json:"duration"`
	Scenes      []Scene           `json:"scenes"`
	Broken      bool              `json:"broken"`
	Diagnostics source.List       `json:"diagnostics"`
}

// Size is a canvas in px.
type Size struct {
	Name   string `json:"name"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// Scene is a scene of a deck. Times are seconds of the film.
type Scene struct {
	ID        string     `json:"id"`
	Title     string     `json:"title"`
	Layout    string     `json:"layout"`
	Line      int        `json:"line"`
	End       int        `json:"end"`
	Start     float64    `json:"start"`
	Duration  float64    `json:"duration"`
	Rule      string     `json:"rule"`
	Reason    string     `json:"reason"`
	Estimated bool       `json:"estimated"`
	Narration *Narration `json:"narration,omitempty"`
	Elements  []Element  `json:"elements"`
}

// Element ties an id in the page to lines of the deck.
type Element struct {
	ID   string `json:"id"`
	Line int    `json:"line"`
	End  int    `json:"end"`
}

// Narration is what is spoken over a scene.
type Narration struct {
	Words    []string `json:"words"`
	Cues     []Cue    `json:"cues"`
	Start    float64  `json:"start"`
	Duration float64  `json:"duration"`
	Line     int      `json:"line"`
}

// Cue is a place in a narration that shows something.
type Cue struct {
	Word  int     `json:"word"`
	Time  float64 `json:"time"`
	Label string  `json:"label"`
}

func nameOf(p *hframes.Project) string {
	if p.Entry == hframes.Deck || p.Entry == hframes.Page {
		return filepath.Base(p.Dir)
	}
	return strings.TrimSuffix(p.Entry, path.Ext(p.Entry))
}

// aside are files of a bundle that no page shows.
var aside = map[string]bool{"timemap.json": true, "index.motion.json": true}

func newVersion(made *hframes.Film) *version {
	v := &version{bundle: made.Bundle, files: made.Bundle.FS(), comp: made.Composition, pages: map[string]string{}}
	if v.comp == nil {
		v.deep = bundler.Unnest(v.files, v.bundle.Entry)
	}
	for _, f := range made.Bundle.Files {
		switch {
		case path.Ext(f.Path) == ".html":
			v.pages[f.Path] = f.Hash[:16]
		case v.comp == nil && !aside[f.Path]: // in a deck's bundle other files are named by what is in them
			v.pages["*"] += f.Hash[:16]
		}
	}
	return v
}

// describe fills in what a good build says.
func (f *Film) describe(v *version) {
	f.Hash, f.Entry, f.Pages = v.bundle.Hash, v.bundle.Entry, v.pages
	c := v.comp
	if c == nil {
		f.Size, f.Scenes, f.Sizes = "film", []Scene{}, []Size{}
		return
	}
	f.Size, f.Width, f.Height = c.Size.Name, c.Size.Width, c.Size.Height
	f.FPS, f.Duration = c.Timeline.FPS, seconds(c.Timeline.Duration)
	f.Sizes = nil
	for _, s := range c.Sizes {
		f.Sizes = append(f.Sizes, Size{s.Name, s.Width, s.Height})
	}
	f.Scenes = scenes(v)
}

// scenes reads the bundle's map of times and adds what only the timeline knows.
func scenes(v *version) []Scene {
	var known struct {
		Scenes []Scene
	}
	if data, err := fs.ReadFile(v.files, "timemap.json"); err == nil {
		json.Unmarshal(data, &known) // our own file
	}
	for i := range known.Scenes {
		s, clip := &known.Scenes[i], &v.comp.Timeline.Clips[i]
		s.Rule, s.Reason, s.Estimated = string(clip.Rule), clip.Reason, clip.Estimated
		if said := v.comp.Doc.Scenes[i].Voice; said != nil {
			s.Narration = narration(said, clip)
		}
	}
	if known.Scenes == nil {
		return []Scene{}
	}
	return known.Scenes
}

func narration(said *scene.Voice, clip *timeline.Clip) *Narration {
	n := &Narration{Words: said.Words, Cues: []Cue{}, Line: said.Pos.Line,
		Start: seconds(clip.Start + clip.Speech.Start), Duration: seconds(clip.Speech.Duration)}
	for _, c := range clip.Cues {
		n.Cues = append(n.Cues, Cue{said.Cues[c.Index].Word, seconds(clip.Start + c.At), label(c)})
	}
	return n
}

// label says what a cue shows.
func label(c timeline.CueTime) string {
	switch {
	case c.Kind == scene.CueLine && c.To > c.From:
		return fmt.Sprintf("lines %d–%d", c.From, c.To)
	case c.Kind == scene.CueLine:
		return fmt.Sprintf("line %d", c.From)
	case c.Name != "":
		return c.Name
	}
	return fmt.Sprintf("%s %d", c.Kind, c.N)
}

// seconds rounds to the microsecond.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1e6) / 1e6 }
