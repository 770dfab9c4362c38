// Package scene reads one Markdown file into scenes. It knows the grammar and nothing else: whether a layout, a theme
// or a media file exists, how long a scene lasts and what HTML it becomes is decided by the stages after it.
//
// [Parse] never fails and never panics: the Doc it returns is always usable, and the list beside it says everything
// that is wrong with the file, each fault at its line and column. The format is described in design §3 and in
// README.md; the grammar of attributes is at the top of attrs.go.
package scene

import (
	"strconv"
	"strings"
	"time"

	"github.com/hframes/hframes/source"
)

// A Doc is one Markdown file: a film.
type Doc struct {
	File   *source.File
	Meta   Meta
	Scenes []*Scene
}

// Meta is the front matter. A field that the author left out holds its zero value: defaults belong to later stages.
// Places of keys are in Pos, by dotted path ("music.src", "variables.accent.default").
type Meta struct {
	Title       string
	Description string
	Lang        string // BCP 47, "" = "en"
	Sizes       []Size // the sizes the film is made in, the first is the default; empty = landscape
	FPS         int    // frames a second, 0 = 30
	Theme       string
	Transition  *Transition       // default between scenes
	Timing      Timing            // bounds and reading speed for every scene
	Fit         time.Duration     // length the whole film should have, 0 = as long as it takes
	Fonts       map[string]string // role (display, body, mono) → family
	Colors      map[string]string // role (background, text, accent, …) → CSS colour
	Music       *Audio
	Voice       VoiceOptions
	Captions    bool
	Variables   []Variable
	Data        []Data
	Output      Output
	Split       Split
	Pos         map[string]source.Pos
}

// Split says how a file without front-matter choice is cut into scenes (design §3.1).
type Split string

const (
	SplitAuto      Split = ""          // separators if there are any, else headings
	SplitSeparator Split = "separator" // "---" on its own line starts the next scene
	SplitHeading   Split = "heading"   // document mode: each ## is a scene, each # a chapter card
)

// Size is a canvas in px. Name is landscape (1920×1080), portrait (1080×1920), square (1080×1080) or "WxH".
type Size struct {
	Name          string
	Width, Height int
}

// Timing bounds the length of scenes. Zero means "not set", unless a field says otherwise.
type Timing struct {
	Min, Max time.Duration
	MinSet   bool          // Min was written, be it as 0s
	Pad      time.Duration // air added at the end
	Words    float64       // reading speed, words a minute
}

// Audio is a music bed or another sound that belongs to the film as a whole.
type Audio struct {
	Src             string
	Volume          float64 // linear gain, 0–3.98; 1 when not given
	BPM             float64 // beats a minute, 20–400; 0 = not given
	Duck            float64 // how much it goes down while scenes are heard, dB, 0–60; 12 when not given
	FadeIn, FadeOut time.Duration
	Pos             source.Pos
}

// VoiceOptions says who speaks the narration. Name "" leaves the choice to the renderer.
type VoiceOptions struct {
	Name  string
	Speed float64 // 1 = normal
}

// VariableType is the type of a variable, as in HyperFrames (contract §9).
type VariableType string

const (
	String  VariableType = "string"
	Number  VariableType = "number"
	Color   VariableType = "color"
	Boolean VariableType = "boolean"
	Enum    VariableType = "enum"
	Font    VariableType = "font"
	Image   VariableType = "image"
)

// A Variable is a value that can be changed when the film is rendered, without building it again.
type Variable struct {
	ID          string
	Type        VariableType
	Label       string
	Description string
	Default     any // string, float64 or bool, as Type asks
	Options     []string
	Min, Max    *float64
	Pos         source.Pos
}

// Text returns the default as the film shows it.
func (v *Variable) Text() string {
	switch d := v.Default.(type) {
	case float64:
		return strconv.FormatFloat(d, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(d)
	case string:
		return d
	}
	return ""
}

// Data names a file of rows (CSV, JSON or YAML) for batch rendering and charts.
type Data struct {
	Name, Src string
	Pos       source.Pos
}

// Output is what a render of this film asks for when the command line does not say otherwise.
type Output struct {
	Name       string
	Quality    string // draft, standard, high
	Format     string // mp4, webm, mov, gif, png
	Resolution string // 1080p, 4k
}

// A Scene is one stretch of the film.
type Scene struct {
	ID         string     // unique in the film; from {#id}, else made from the title, else "scene-N"
	Title      Rich       // the heading, without its attributes
	Level      int        // level of the heading, 0 = none
	Chapter    bool       // a chapter card of document mode
	Layout     string     // "" = chosen from the content
	LayoutPos  source.Pos // of the layout's name; zero if there is none
	LayoutEnd  source.Pos
	Classes    []string
	Duration   Duration
	Transition *Transition // into this scene; nil = the film's
	Settings   []Setting   // settings for the layout; checked where layouts are known
	Blocks     []Block     // what is in no named slot
	Slots      []Slot
	Voice      *Voice
	Pos, End   source.Pos // from the heading or first block to the end of the last block
}

// Rule says where a scene's length comes from (design §3, Timing).
type Rule string

const (
	RuleAuto  Rule = ""      // media if one clip drives the scene, else voice if there is narration, else read
	RuleFixed Rule = "fixed" // Duration.Value or Duration.Frames
	RuleRead  Rule = "read"
	RuleMedia Rule = "media"
	RuleVoice Rule = "voice"
	RuleBeats Rule = "beats"
)

// Duration is a scene's `duration=`, `min=`, `max=` and `pad=`.
type Duration struct {
	Rule          Rule
	Value         time.Duration // for RuleFixed
	Frames        int           // for RuleFixed given in frames, such as 90f
	Beats         int           // for RuleBeats
	Min, Max, Pad time.Duration
	MinSet        bool // Min was written, be it as 0s: the film's does not count
	PadSet        bool
	Pos           source.Pos
}

// A Transition is how a scene enters. Name and From are checked where themes are known.
type Transition struct {
	Name     string        // cut, crossfade, push, slide, wipe, zoom, …
	From     string        // left, right, up, down, in, out; "" = the theme's choice
	Duration time.Duration // 0 = the theme's choice
	Pos      source.Pos
}

// A Setting is one key=value of a scene, a block or a directive. A flag has Value "true".
type Setting struct {
	Key, Value       string
	Pos, End         source.Pos // of the key
	ValuePos, ValEnd source.Pos // of the value
}

// A Slot is a named part of a scene: what stands between `::: left` and `:::`.
type Slot struct {
	Name     string
	ID       string
	Label    Rich
	Classes  []string
	Settings []Setting
	Blocks   []Block
	Pos, End source.Pos
}

// Kind is the kind of a block.
type Kind string

const (
	Heading   Kind = "heading"
	Paragraph Kind = "paragraph"
	List      Kind = "list"
	CodeBlock Kind = "code"
	ImageKind Kind = "image"
	VideoKind Kind = "video"
	AudioKind Kind = "audio"
	Quote     Kind = "quote"
	TableKind Kind = "table"
	HTML      Kind = "html"
	Directive Kind = "directive" // a template block: `:::name` or `::name[label]{…}`
)

// A Block is one block of content. Only the fields of its Kind are set; ID, Classes, Settings and the places always are.
type Block struct {
	Kind     Kind
	ID       string
	Classes  []string
	Settings []Setting
	Pos, End source.Pos

	Level   int    // Heading: 1–6
	Rich    Rich   // Heading, Paragraph; Directive: its label
	Ordered bool   // List
	Start   int    // List: number of the first item
	Items   []Item // List
	Code    *Code  // CodeBlock
	Media   *Media // Image, Video, Audio
	Table   *Table // Table
	Name    string // Directive
	Raw     string // HTML
	Blocks  []Block
	By      Rich // Quote: attribution, from a last line that starts with a dash
}

// An Item is one list item. Rich is its first paragraph, Blocks what follows it.
type Item struct {
	ID       string
	Classes  []string
	Settings []Setting
	Rich     Rich
	Blocks   []Block
	Checked  *bool // task lists
	Pos, End source.Pos
}

// Code is a fenced code block: ```go {2|4-6|all} title="close.go"
type Code struct {
	Lang  string
	Title string
	Text  string // without the fence, lines end in "\n"
	Steps []Step // highlight steps, empty = all at once
	Pos   source.Pos
}

// A Step is one highlight step of a code block: the lines that stand out, counted from 1. All lines when All is set.
type Step struct {
	All    bool
	Ranges [][2]int // first and last line, both inclusive
	Pos    source.Pos
}

// Lines returns the first and the last line that stand out, by which a cue names the step; 0 for all lines.
func (s Step) Lines() (from, to int) {
	if len(s.Ranges) == 0 {
		return 0, 0
	}
	return s.Ranges[0][0], s.Ranges[len(s.Ranges)-1][1]
}

// String returns the step as an author writes it: "all", or "4-6,9".
func (s Step) String() string {
	if s.All {
		return "all"
	}
	var parts []string
	for _, r := range s.Ranges {
		part := strconv.Itoa(r[0])
		if r[1] > r[0] {
			part += "-" + strconv.Itoa(r[1])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}

// Media is an image, a video or a sound that a block shows or plays.
type Media struct {
	Src, Alt, Title string
	Pos, End        source.Pos // of Src
}

// Table is a GFM table.
type Table struct {
	Header []Cell
	Align  []string // "", left, center, right
	Rows   [][]Cell
}

// Cell is one cell of a table.
type Cell struct {
	Rich Rich
	Pos  source.Pos
}

// Rich is inline content: pieces that, joined, are one run of HTML. A piece is HTML (already escaped), a variable, or
// an inline directive.
type Rich []Span

// Span is one piece of inline content; exactly one of HTML, Var and Directive is set.
type Span struct {
	HTML      string
	Text      string // the visible text of HTML, unescaped
	Var       string // variable id
	Directive *Inline
	Pos       source.Pos
}

// Inline is `:name[label]{…}`.
type Inline struct {
	Name     string
	Label    Rich
	ID       string
	Classes  []string
	Settings []Setting
	Pos, End source.Pos
}

// Voice is the narration of a scene.
type Voice struct {
	Text     string // as it is spoken: no markup, no cues, single spaces, paragraphs separated by "\n"
	Words    []string
	Cues     []Cue
	Settings []Setting
	Pos, End source.Pos
}

// CueKind says what a cue triggers (design §3.6).
type CueKind string

const (
	CueItem  CueKind = "item"  // {1}: list item N
	CueNext  CueKind = "next"  // {next}: the next item, step or bar not yet shown
	CueLine  CueKind = "line"  // {L4-6}: code lines From–To
	CueID    CueKind = "id"    // {#id}: the block with that id
	CueBar   CueKind = "bar"   // {bar "3.0"}: the row of the chart with that name
	CuePause CueKind = "pause" // {pause 400ms}
)

// A Cue stands in the spoken text before the word that triggers it.
type Cue struct {
	Kind     CueKind
	N        int // CueItem, counted from 1
	From, To int // CueLine
	Name     string
	Pause    time.Duration
	Word     int // index in Voice.Words of the word it precedes; len(Words) at the end
	Pos, End source.Pos
}
