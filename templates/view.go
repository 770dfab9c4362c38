package templates

import (
	"html/template"
	"slices"
	"strings"
)

// A View is what a layout's template sees of its scene.
type View struct {
	ID        string        // scene id; every id in a template is written id="{{.ID}}-name"
	Title     template.HTML // the heading's inline content, "" = none
	TitleText string        // the same as plain text
	Blocks    []Block       // content outside slots, in order
	Slots     map[string][]Block
	Set       map[string]any // the layout's settings by name, typed, defaults filled in
	Film      Film
	Index     int     // 1 for the first scene
	Chapter   bool    // a chapter card of document mode
	Number    int     // which of the film's chapter cards and section scenes it is, counted from 1; 0 = none
	Width     int     // px
	Height    int     // px
	Shape     string  // landscape, portrait or square
	Duration  float64 // s
	Theme     *Theme  // after Override; nil only in tests

	notes *notes // what the helpers below found while the layout ran
}

// Film is what a template sees of the film as a whole.
type Film struct {
	Title       string
	Description string
	Scenes      int
	Chapters    int
	Lang        string
}

// A Block is one block of content, already rendered. HTML is the whole block drawn the default way; the other fields
// let a layout draw it in its own.
type Block struct {
	Kind    string // heading paragraph list code image video audio quote table html directive chart
	Name    string // directive: the name of its template
	ID      string // unique in the film; HTML carries it
	Class   string // author's classes
	HTML    template.HTML
	Inner   template.HTML // inline content of a heading or paragraph, label of a directive
	Text    string        // plain text
	Level   int
	Ordered bool
	Start   int
	Items   []Item
	Code    *Code
	Media   *Media
	Table   *Table
	By      template.HTML // quote: attribution
	ByText  string
	Blocks  []Block      // quote, directive: what is inside
	Style   template.CSS // "--at:1.2s" when a cue triggers the block, else ""
}

// An Item is one list item. Style holds --i, --n and, when a cue triggers it, --at.
type Item struct {
	ID      string
	Class   string
	Inner   template.HTML // first paragraph
	HTML    template.HTML // all of it, nested blocks included
	Text    string
	Checked *bool
	Style   template.CSS
	Blocks  []Block
}

// Code is a highlighted code block. HTML is a <pre class="code"> with one <span class="line"> a line.
type Code struct {
	HTML  template.HTML
	Lang  string
	Title string
	Lines int // of the source
	Rows  int // as drawn: long lines are broken
	Cols  int // longest row, in characters
	Steps int // 0 = none
}

// Media is an image, video or sound. Width and Height are px, 0 when not known. HTML is the element itself.
type Media struct {
	HTML          template.HTML
	Src           string
	Alt           string
	Title         string
	Width, Height int
	Duration      float64 // s, 0 for images
}

// Table is a table's cells, inline HTML. Align holds "", left, center or right a column.
type Table struct {
	Header []template.HTML
	Align  []string
	Rows   [][]template.HTML
}

// Texts returns the plain text of the blocks outside slots, a line each.
func (v *View) Texts() string {
	lines := make([]string, len(v.Blocks))
	for i, b := range v.Blocks {
		lines[i] = b.Text
	}
	return strings.Join(lines, "\n")
}

// First returns the first block of one of the kinds, or nil.
func (v *View) First(kinds ...string) *Block { return first(v.Blocks, kinds) }

// Rest returns the blocks outside slots but for the first of one of the kinds.
func (v *View) Rest(kinds ...string) []Block { return v.Without(first(v.Blocks, kinds)) }

// Without returns the blocks outside slots but for some, as [View.First] returns them; nil is none.
func (v *View) Without(drawn ...*Block) []Block {
	out := make([]Block, 0, len(v.Blocks))
	for i := range v.Blocks {
		if !slices.Contains(drawn, &v.Blocks[i]) {
			out = append(out, v.Blocks[i])
		}
	}
	return out
}

// Heading returns the title, or the film's where the scene has none.
func (v *View) Heading() template.HTML {
	if v.Title == "" {
		return template.HTML(template.HTMLEscapeString(v.Film.Title))
	}
	return v.Title
}

// HeadingText is Heading as plain text.
func (v *View) HeadingText() string {
	if v.Title == "" {
		return v.Film.Title
	}
	return v.TitleText
}

// Slot returns the blocks of a named slot.
func (v *View) Slot(name string) []Block { return v.Slots[name] }

func first(blocks []Block, kinds []string) *Block {
	for i := range blocks {
		for _, k := range kinds {
			if blocks[i].Kind == k {
				return &blocks[i]
			}
		}
	}
	return nil
}
