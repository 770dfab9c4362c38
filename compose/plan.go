package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// fallbackLayout draws any blocks; it stands in for a layout that does not exist.
const fallbackLayout = "blank"

// planScenes decides, for every scene, what does not depend on time: its layout, the layout's settings, what stands in
// its slots and how it enters.
func (f *film) planScenes() []*plan {
	plans := make([]*plan, len(f.doc.Scenes))
	f.checkTransition(f.doc.Meta.Transition)
	chapter := 0
	for i, s := range f.doc.Scenes {
		p := &plan{scene: s}
		p.layout = f.layout(s, i)
		var slots []string
		for _, spec := range p.layout.Slots {
			slots = append(slots, spec.Name)
		}
		s.TakeSlots(slots)
		f.needSlots(p)
		f.needContent(p)
		f.layoutSettings(p)
		f.transition(p)
		f.checkTransition(s.Transition)
		if s.Chapter || p.layout.Name == "section" {
			chapter++
			p.number = chapter
		}
		plans[i] = p
	}
	return plans
}

// layout returns the layout that a scene names, or the one that suits what is in it.
func (f *film) layout(s *scene.Scene, i int) *templates.Layout {
	name := s.Layout
	if name == "" {
		name = suits(s, i, len(f.doc.Scenes))
	}
	if l := f.set.Layout(name); l != nil {
		return l
	}
	if s.Layout != "" {
		pos, end := f.layoutPos(s)
		f.diagnose(f.doc.File.AtPos(pos, end, "compose/unknown-layout", fmt.Sprintf("unknown layout %q", s.Layout)).
			WithHint(source.DidYouMean(s.Layout, f.set.Layouts())))
	}
	return f.set.Layout(fallbackLayout)
}

// layoutPos returns where a scene names its layout, or where the scene begins.
func (f *film) layoutPos(s *scene.Scene) (pos, end source.Pos) {
	if s.LayoutPos.IsValid() {
		return s.LayoutPos, s.LayoutEnd
	}
	return s.Pos, s.Pos
}

// suits chooses a layout by content. The order of the rules is the order of what an audience looks at first.
func suits(s *scene.Scene, i, n int) string {
	kinds := map[scene.Kind]int{}
	slots := false
	for _, b := range s.Blocks {
		kinds[b.Kind]++
		if b.Kind == scene.Directive && (b.Name == "left" || b.Name == "right") {
			slots = true
		}
	}
	text := kinds[scene.Paragraph] + kinds[scene.Heading]
	switch {
	case s.Chapter && i > 0:
		return "section"
	case slots:
		return "split"
	case i == 0 && len(s.Title) > 0 && len(s.Blocks) == text && text <= 2:
		return "title"
	case kinds[scene.CodeBlock] == 1:
		return "code"
	case kinds[scene.VideoKind]+kinds[scene.AudioKind] == 1 && kinds[scene.List] == 0:
		return "media"
	case kinds[scene.ImageKind] == 1 && kinds[scene.List] == 0 && kinds[scene.TableKind] == 0:
		return "image"
	case kinds[scene.Quote] == 1 && len(s.Blocks) == 1:
		return "quote"
	case kinds[scene.List] == 1 && kinds[scene.List]+text == len(s.Blocks):
		return "bullets"
	case len(s.Blocks) == 0 && len(s.Title) > 0:
		return "section"
	case len(s.Blocks) == text && text <= 2 && i == n-1 && n > 1 && len(s.Title) > 0:
		return "endcard"
	case len(s.Blocks) == kinds[scene.Paragraph] && kinds[scene.Paragraph] == 1 && len(s.Title) == 0:
		return "statement"
	}
	return fallbackLayout
}

func (f *film) needSlots(p *plan) {
	for _, spec := range p.layout.Slots {
		at := slices.IndexFunc(p.scene.Slots, func(s scene.Slot) bool { return s.Name == spec.Name })
		if !spec.Required || at >= 0 && len(p.scene.Slots[at].Blocks) > 0 {
			continue
		}
		pos, end := f.layoutPos(p.scene)
		msg, hint := fmt.Sprintf("layout %q needs a %q slot", p.layout.Name, spec.Name), fmt.Sprintf("write ::: %s … ::: in the scene", spec.Name)
		if at >= 0 {
			pos, end = f.word(p.scene.Slots[at].Pos, spec.Name)
			msg, hint = fmt.Sprintf("slot %q is empty", spec.Name), "write what it shows between its lines"
		}
		f.diagnose(f.doc.File.AtPos(pos, end, "compose/empty-slot", msg).WithHint(hint))
	}
	for i := range p.scene.Slots {
		f.slotAttributes(&p.scene.Slots[i])
	}
}

// slotAttributes warns of what is written on the first line of a slot and does nothing: a slot holds blocks and is
// none itself.
func (f *film) slotAttributes(s *scene.Slot) {
	warn := func(word, what, hint string) {
		pos, end := f.word(s.Pos, word)
		f.diagnose(f.doc.File.AtPos(pos, end, "compose/unknown-attribute", "a slot takes no "+what).Warn().WithHint(hint))
	}
	if len(s.Label) > 0 {
		label := plain(s.Label, f.defaults)
		warn("["+label+"]", "label", fmt.Sprintf("write it between the slot's lines: ### %s", label))
	}
	if s.ID != "" {
		warn("#"+s.ID, "id", fmt.Sprintf("write {#%s} on a line of its own before a block in the slot", s.ID))
	}
	for _, class := range s.Classes {
		warn("."+class, "class", fmt.Sprintf("write {.%s} on a line of its own before a block in the slot", class))
	}
	for _, set := range s.Settings {
		f.diagnose(f.doc.File.AtPos(set.Pos, set.End, "compose/unknown-setting", fmt.Sprintf("a slot takes no setting %q", set.Key)).Warn())
	}
}

// needContent warns of a layout that the author chose for a scene that holds other things than it is for. A title alone
// is for all of them, and what shows headings is content with one.
func (f *film) needContent(p *plan) {
	shows := p.layout.Accepts
	if p.scene.Layout != p.layout.Name || len(shows) == 0 || len(p.scene.Blocks) == 0 || slices.Contains(shows, "heading") {
		return
	}
	for _, b := range p.scene.Blocks {
		kind := string(b.Kind)
		if slices.Contains(shows, kind) || b.Table != nil && slices.Contains(shows, "chart") {
			return
		}
	}
	named := make([]string, len(shows))
	for i, kind := range shows {
		named[i] = cmp.Or(map[string]string{"code": "code", "audio": "a sound", "html": "HTML", "image": "an image"}[kind], "a "+kind)
	}
	pos, end := f.layoutPos(p.scene)
	f.diagnose(f.doc.File.AtPos(pos, end, "compose/empty-layout", fmt.Sprintf("layout %q is for %s, and this scene has none", p.layout.Name, strings.Join(named, " or "))).
		Warn().WithHint("leave the layout out and one is chosen by what the scene holds"))
}

func (f *film) layoutSettings(p *plan) {
	in := p.scene.Settings
	set, problems := p.layout.Check(pairs(in))
	p.set = set
	if p.scene.Layout != "" && p.layout.Name != p.scene.Layout {
		return // they are another layout's, which there is not
	}
	f.diagnose(f.settingProblems(in, problems, templates.SceneKeys)...)
}

func pairs(in []scene.Setting) []templates.Setting {
	out := make([]templates.Setting, len(in))
	for i, s := range in {
		out[i] = templates.Setting{Key: s.Key, Value: s.Value}
	}
	return out
}

// settingProblems gives problems with settings their places. A misspelt key of those in also gets that hint.
func (f *film) settingProblems(in []scene.Setting, problems []templates.Problem, also []string) source.List {
	var out source.List
	for _, p := range problems {
		s := in[p.Index]
		pos, end := s.Pos, s.End
		if p.OnValue && s.ValuePos.IsValid() {
			pos, end = s.ValuePos, s.ValEnd
		}
		d := f.doc.File.AtPos(pos, end, p.Code, p.Msg).WithHint(p.Hint)
		if near := source.Nearest(s.Key, also); !p.OnValue && near != "" && !strings.HasPrefix(p.Hint, "did you mean") {
			d.Hint = fmt.Sprintf("did you mean %q?", near)
		}
		d.Severity = p.Severity
		out.Add(d)
	}
	return out
}

// transition resolves how a scene enters: its own choice, the film's, the theme's.
func (f *film) transition(p *plan) {
	chosen := scene.Transition{}
	if own := cmp.Or(p.scene.Transition, f.doc.Meta.Transition); own != nil {
		chosen = *own
	}
	name := cmp.Or(chosen.Name, f.theme.Transition)
	t := f.theme.Get(name)
	if t == nil {
		return // reported, by checkTransition or where the theme was read
	}
	p.transition, p.from = *t, chosen.From
	if !slices.Contains(t.Directions, p.from) {
		p.from = ""
	}
	if p.from == "" && len(t.Directions) > 0 {
		p.from = t.Directions[0]
	}
	p.enter = chosen.Duration
	if p.enter == 0 {
		p.enter = time.Duration(t.Duration * float64(time.Second))
	}
}

// checkTransition reports a transition of the film or of a scene that the theme does not have.
func (f *film) checkTransition(chosen *scene.Transition) {
	film := f.doc.Meta.Transition
	if chosen == nil || f.noTheme || film != nil && film != chosen && film.Name == chosen.Name && f.theme.Get(film.Name) == nil {
		return // there is no theme to ask, or the film's own fault
	}
	fault := func(word, code, msg, hint string) {
		pos, end := f.word(chosen.Pos, word)
		f.diagnose(f.doc.File.AtPos(pos, end, code, msg).WithHint(hint))
	}
	t := f.theme.Get(cmp.Or(chosen.Name, f.theme.Transition))
	switch {
	case t == nil && chosen.Name != "":
		fault(chosen.Name, "compose/unknown-transition", fmt.Sprintf("theme %q has no transition %q", f.theme.Name, chosen.Name),
			source.DidYouMean(chosen.Name, f.transitions()))
	case t == nil || chosen.From == "" || slices.Contains(t.Directions, chosen.From):
	case len(t.Directions) == 0:
		fault(chosen.From, "compose/unknown-direction", fmt.Sprintf("transition %q has no directions", t.Name), fmt.Sprintf("leave out %q", chosen.From))
	default:
		fault(chosen.From, "compose/unknown-direction", fmt.Sprintf("transition %q has no direction %q", t.Name, chosen.From),
			source.DidYouMean(chosen.From, t.Directions))
	}
}

// word returns the place of a word that stands at pos or after it in its line; pos itself if it does not.
func (f *film) word(pos source.Pos, word string) (start, end source.Pos) {
	line := f.doc.File.Line(pos.Line)
	from := min(max(pos.Col-1, 0), len(line))
	at := strings.Index(line[from:], word)
	if at < 0 || word == "" {
		return pos, pos
	}
	start, end = pos, pos
	start.Col = from + at + 1
	end.Col = start.Col + len(word)
	return start, end
}

// after returns the place just past word if it stands at pos.
func (f *film) after(pos source.Pos, word string) source.Pos {
	if start, end := f.word(pos, word); start == pos {
		return end
	}
	return pos
}

func (f *film) transitions() []string {
	var out []string
	for _, t := range f.theme.Transitions {
		out = append(out, t.Name)
	}
	return out
}
