package templates

import (
	"html/template"
	"math"
	"path"

	"github.com/hframes/hframes/source"
)

// A BlockTemplate draws what Markdown calls as `:::name` … `:::`, `::name[label]{…}` or, when Inline, `:name[label]{…}`.
type BlockTemplate struct {
	Name        string
	Description string
	Origin      string // BuiltIn, or the folder in the project
	Inline      bool   // stands in a line of text; otherwise it is a block
	Settings    []SettingSpec
	Example     string // Markdown
	CSS         []byte // style.css; same rules as a layout's
	CSSFile     string

	page page
}

// A BlockView is what a block's template sees.
type BlockView struct {
	ID        string // "" for an inline block without {#id}
	Class     string // author's classes
	Label     template.HTML
	LabelText string
	Set       map[string]any // typed, defaults filled in
	Blocks    []Block        // what is inside, already rendered
	Style     template.CSS   // "--at:1.2s" when a cue triggers the block, else ""
	Film      Film
	Scene     string // id of the scene it stands in
	Width     int    // px, of the canvas
	Height    int
	Shape     string
	Theme     *Theme
}

// Wide returns how wide a text runs on one line of a font (display, body or mono), in em, at least 0.1: what
// `font-size: min(3em, 100cqi / var(--wide))` needs to keep it on that line.
func (v *BlockView) Wide(role, text string) float64 {
	return math.Ceil(max(v.Theme.wide(role, text), 0.1)*1000) / 1000
}

// Check types a block's settings and fills in the defaults, as [Layout.Check] does.
func (b *BlockTemplate) Check(settings []Setting) (map[string]any, []Problem) {
	return checkSettings("block "+quote(b.Name), b.Settings, settings)
}

// Execute draws one block. The view is not changed.
func (b *BlockTemplate) Execute(v *BlockView) (template.HTML, source.List) {
	run := *v
	return b.page.execute(&run)
}

func readBlock(f folder, list *source.List) *BlockTemplate {
	b := &BlockTemplate{Name: f.name(), Origin: f.whose()}
	if script := f.motion(); script != "" {
		list.Add(source.Diagnostic{Pos: source.Pos{File: script}, Code: "templates/unused-file", Msg: "a block plays no script"}.
			Warn().WithHint("move what moves into style.css, or into the layout's " + path.Base(script)))
	}
	b.page.file = f.need("block.html", list)
	if css := f.read("style.css"); css != nil {
		b.CSS, b.CSSFile = css.Data, css.Name
	}
	r, root := f.yaml("block.yaml", list)
	if root == nil {
		return b
	}
	r.fields(root, "block.yaml",
		field{"description", r.text(&b.Description, "description")},
		field{"inline", r.boolean(&b.Inline, "inline")},
		field{"settings", r.readSettings(&b.Settings, nil)},
		field{"example", r.text(&b.Example, "example")},
	)
	if b.Description == "" {
		r.missing("description")
	}
	return b
}
