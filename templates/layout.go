package templates

import (
	"html/template"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

// A Layout draws the inside of one scene.
type Layout struct {
	Name        string
	Description string
	Origin      string // BuiltIn, or the folder in the project
	Slots       []SlotSpec
	Settings    []SettingSpec
	Accepts     []string // kinds of block it draws in a way of its own, see [Block]
	Example     string   // Markdown of one scene that shows it, for the gallery
	CSS         []byte   // style.css
	CSSFile     string   // its name for diagnostics; paths in url() are relative to its folder
	Motion      string   // path of motion.js or motion.ts in the project, "" = none

	page page
}

// A SlotSpec is a named part of a scene that an author fills with `::: name`.
type SlotSpec struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Required    bool   `json:"required,omitempty"`

	hides source.List // what is said when a block has its name
}

// Slot returns the slot of that name, or nil.
func (l *Layout) Slot(name string) *SlotSpec {
	i := slices.IndexFunc(l.Slots, func(s SlotSpec) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &l.Slots[i]
}

// Check types a scene's settings and fills in the layout's defaults. The map is right for View.Set whatever the
// problems are.
func (l *Layout) Check(settings []Setting) (map[string]any, []Problem) {
	return checkSettings("layout "+quote(l.Name), l.Settings, settings)
}

// Execute draws one scene. The view is not changed. Faults of the template have their place in layout.html; a
// diagnostic without a place is about the scene (its text is too long for the layout) and is for the caller to place.
func (l *Layout) Execute(v *View) (template.HTML, source.List) {
	run := *v
	run.notes = &notes{}
	out, list := l.page.execute(&run)
	list.Add(run.notes.diagnostics("layout " + quote(l.Name))...)
	return out, list
}

func readLayout(f folder, list *source.List) *Layout {
	l := &Layout{Name: f.name(), Origin: f.whose(), Motion: f.motion()}
	l.page.file = f.need("layout.html", list)
	if css := f.read("style.css"); css != nil {
		l.CSS, l.CSSFile = css.Data, css.Name
	}
	r, root := f.yaml("layout.yaml", list)
	if root == nil {
		return l
	}
	r.fields(root, "layout.yaml",
		field{"description", r.text(&l.Description, "description")},
		field{"slots", r.readSlots(&l.Slots)},
		field{"settings", r.readSettings(&l.Settings, SceneKeys)},
		field{"accepts", r.readKinds(&l.Accepts)},
		field{"example", r.text(&l.Example, "example")},
	)
	if l.Description == "" {
		r.missing("description")
	}
	return l
}

func (r reader) readSlots(into *[]SlotSpec) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.each(n, "slots", func(key, value *yaml.Node) {
			s := SlotSpec{Name: key.Value}
			if !validName(s.Name) {
				r.fail(key, "bad-name", "use lower-case letters, digits and hyphens, a letter first", "slot name %q cannot be used in Markdown", s.Name)
				return
			}
			r.fields(value, "slot "+quote(s.Name),
				field{"description", r.text(&s.Description, "description")},
				field{"required", r.boolean(&s.Required, "required")})
			if s.Name == "voice" {
				r.fail(key, "reserved-name", "choose another name", "slot name %q is taken: ::: voice is what is spoken", s.Name)
				return
			}
			reader{file: r.file, list: &s.hides}.fail(key, "reserved-name", "choose another name", "slot %q hides the block of that name", s.Name)
			*into = append(*into, s)
		})
	}
}

// checkSlots warns of slots that hide a block: in the layout that has the slot its name calls nothing else.
func (s *Set) checkSlots(l *Layout, list *source.List) {
	for _, slot := range l.Slots {
		if s.blocks[slot.Name] != nil {
			for _, d := range slot.hides {
				list.Add(d.Warn())
			}
		}
	}
}

// kinds are the kinds a Block can have.
var kinds = []string{"heading", "paragraph", "list", "code", "image", "video", "audio", "quote", "table", "html", "directive", "chart"}

func (r reader) readKinds(into *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.items(n, "accepts", func(c *yaml.Node) {
			if !slices.Contains(kinds, c.Value) {
				r.fail(c, "bad-value", source.DidYouMean(c.Value, kinds), "unknown kind of block %q", c.Value)
				return
			}
			*into = append(*into, c.Value)
		})
	}
}
