package scene

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hframes/hframes/source"
)

// A dumper writes a Doc as text: one line a thing, its place first, so that a golden file can be read and reviewed.
type dumper struct {
	b      strings.Builder
	indent string
}

func dump(d *Doc) string {
	var w dumper
	w.meta(&d.Meta)
	for _, s := range d.Scenes {
		w.scene(s)
	}
	return w.b.String()
}

func (w *dumper) line(format string, args ...any) {
	fmt.Fprintf(&w.b, w.indent+format+"\n", args...)
}

func (w *dumper) in(f func()) {
	w.indent += "  "
	f()
	w.indent = w.indent[2:]
}

func at(p source.Pos) string { return fmt.Sprintf("%d:%d", p.Line, p.Col) }

func rng(p, q source.Pos) string {
	if p.Line == q.Line {
		return fmt.Sprintf("%d:%d-%d", p.Line, p.Col, q.Col)
	}
	return at(p) + "-" + at(q)
}

func (w *dumper) meta(m *Meta) {
	w.line("meta")
	w.in(func() {
		text := func(key, value string) {
			if value != "" {
				w.line("%s %q", key, value)
			}
		}
		text("title", m.Title)
		text("description", m.Description)
		text("lang", m.Lang)
		for _, s := range m.Sizes {
			w.line("size %s %dx%d", s.Name, s.Width, s.Height)
		}
		if m.FPS != 0 {
			w.line("fps %d", m.FPS)
		}
		text("theme", m.Theme)
		w.transition(m.Transition)
		if m.Timing != (Timing{}) {
			w.line("timing min=%v max=%v pad=%v words=%v", m.Timing.Min, m.Timing.Max, m.Timing.Pad, m.Timing.Words)
		}
		if m.Fit != 0 {
			w.line("fit %v", m.Fit)
		}
		w.table("font", m.Fonts)
		w.table("color", m.Colors)
		if a := m.Music; a != nil {
			w.line("%s music %q volume=%v bpm=%v duck=%v fade=%v/%v", at(a.Pos), a.Src, a.Volume, a.BPM, a.Duck, a.FadeIn, a.FadeOut)
		}
		if m.Voice != (VoiceOptions{}) {
			w.line("voice %q speed=%v", m.Voice.Name, m.Voice.Speed)
		}
		if m.Captions {
			w.line("captions")
		}
		for _, v := range m.Variables {
			w.variable(v)
		}
		for _, d := range m.Data {
			w.line("%s data %s %q", at(d.Pos), d.Name, d.Src)
		}
		if m.Output != (Output{}) {
			w.line("output name=%q quality=%q format=%q resolution=%q", m.Output.Name, m.Output.Quality, m.Output.Format, m.Output.Resolution)
		}
		text("split", string(m.Split))
	})
}

func (w *dumper) table(what string, m map[string]string) {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		w.line("%s %s %q", what, k, m[k])
	}
}

func (w *dumper) variable(v Variable) {
	s := fmt.Sprintf("%s variable %s %s %#v label=%q", at(v.Pos), v.ID, v.Type, v.Default, v.Label)
	if v.Description != "" {
		s += fmt.Sprintf(" description=%q", v.Description)
	}
	if v.Options != nil {
		s += fmt.Sprintf(" options=%q", v.Options)
	}
	if v.Min != nil {
		s += fmt.Sprintf(" min=%v", *v.Min)
	}
	if v.Max != nil {
		s += fmt.Sprintf(" max=%v", *v.Max)
	}
	w.line("%s", s)
}

func (w *dumper) transition(t *Transition) {
	if t != nil {
		w.line("%s transition %q from=%q duration=%v", at(t.Pos), t.Name, t.From, t.Duration)
	}
}

func (w *dumper) scene(s *Scene) {
	kind := "scene"
	if s.Chapter {
		kind = "chapter"
	}
	w.line("%s %s %s", rng(s.Pos, s.End), kind, s.ID)
	w.in(func() {
		if s.Title != nil || s.Level != 0 {
			w.line("title h%d", s.Level)
			w.in(func() { w.rich(s.Title) })
		}
		if s.Layout != "" {
			w.line("%s layout %s", rng(s.LayoutPos, s.LayoutEnd), s.Layout)
		}
		if s.Classes != nil {
			w.line("classes %s", strings.Join(s.Classes, " "))
		}
		if d := s.Duration; d != (Duration{}) {
			w.line("%s duration %s", at(d.Pos), durationText(d))
		}
		w.transition(s.Transition)
		w.settings(s.Settings)
		w.blocks(s.Blocks)
		for _, slot := range s.Slots {
			head := slot.Name
			if slot.ID != "" {
				head += " #" + slot.ID
			}
			w.line("%s slot %s%s", rng(slot.Pos, slot.End), head, classText(slot.Classes))
			w.in(func() { w.rich(slot.Label); w.settings(slot.Settings); w.blocks(slot.Blocks) })
		}
		w.voice(s.Voice)
	})
}

func durationText(d Duration) string {
	s := "auto"
	switch d.Rule {
	case RuleFixed:
		s = d.Value.String()
		if d.Frames > 0 {
			s = fmt.Sprintf("%d frames", d.Frames)
		}
	case RuleBeats:
		s = fmt.Sprintf("%d beats", d.Beats)
	case RuleRead, RuleMedia, RuleVoice:
		s = string(d.Rule)
	}
	for _, b := range []struct {
		name string
		v    time.Duration
	}{{"min", d.Min}, {"max", d.Max}, {"pad", d.Pad}} {
		if b.v != 0 {
			s += fmt.Sprintf(" %s=%v", b.name, b.v)
		}
	}
	return s
}

func classText(classes []string) string {
	s := ""
	for _, c := range classes {
		s += " ." + c
	}
	return s
}

func (w *dumper) settings(list []Setting) {
	for _, s := range list {
		w.line("%s set %s=%q %s", rng(s.Pos, s.End), s.Key, s.Value, rng(s.ValuePos, s.ValEnd))
	}
}

func (w *dumper) rich(r Rich) {
	for _, s := range r {
		switch {
		case s.Var != "":
			w.line("%s var %s", at(s.Pos), s.Var)
		case s.Directive != nil:
			d := s.Directive
			id := ""
			if d.ID != "" {
				id = " #" + d.ID
			}
			w.line("%s inline %s%s%s", rng(d.Pos, d.End), d.Name, id, classText(d.Classes))
			w.in(func() { w.settings(d.Settings); w.rich(d.Label) })
		case s.HTML == s.Text:
			w.line("%s %q", at(s.Pos), s.Text)
		default:
			w.line("%s %q text %q", at(s.Pos), s.HTML, s.Text)
		}
	}
}

func (w *dumper) blocks(list []Block) {
	for _, b := range list {
		w.block(b)
	}
}

func (w *dumper) block(b Block) {
	head := fmt.Sprintf("%s %s", rng(b.Pos, b.End), b.Kind)
	if b.Level > 0 {
		head += fmt.Sprint(b.Level)
	}
	if b.Name != "" {
		head += " " + b.Name
	}
	if b.Ordered {
		head += fmt.Sprintf(" from %d", b.Start)
	}
	if b.ID != "" {
		head += " #" + b.ID
	}
	w.line("%s", head+classText(b.Classes))
	w.in(func() {
		w.settings(b.Settings)
		w.rich(b.Rich)
		for _, it := range b.Items {
			w.item(it)
		}
		w.code(b.Code)
		if m := b.Media; m != nil {
			w.line("%s src %q alt %q title %q", rng(m.Pos, m.End), m.Src, m.Alt, m.Title)
		}
		w.tableBlock(b.Table)
		if b.Raw != "" {
			w.line("%q", b.Raw)
		}
		w.blocks(b.Blocks)
		if b.By != nil {
			w.line("by")
			w.in(func() { w.rich(b.By) })
		}
	})
}

func (w *dumper) item(it Item) {
	head := rng(it.Pos, it.End) + " item"
	if it.Checked != nil {
		head += fmt.Sprintf(" checked=%v", *it.Checked)
	}
	if it.ID != "" {
		head += " #" + it.ID
	}
	w.line("%s", head+classText(it.Classes))
	w.in(func() {
		w.settings(it.Settings)
		w.rich(it.Rich)
		w.blocks(it.Blocks)
	})
}

func (w *dumper) code(c *Code) {
	if c == nil {
		return
	}
	w.line("%s lang %q title %q", at(c.Pos), c.Lang, c.Title)
	for _, s := range c.Steps {
		w.line("%s step all=%v %v", at(s.Pos), s.All, s.Ranges)
	}
	for _, l := range strings.Split(strings.TrimSuffix(c.Text, "\n"), "\n") {
		w.line("| %s", l)
	}
}

func (w *dumper) tableBlock(t *Table) {
	if t == nil {
		return
	}
	w.line("align %q", t.Align)
	for i, row := range append([][]Cell{t.Header}, t.Rows...) {
		w.line("%s", []string{"head", "row"}[min(i, 1)])
		w.in(func() {
			for _, c := range row {
				if len(c.Rich) == 0 {
					w.line("%s empty", at(c.Pos))
				}
				w.rich(c.Rich)
			}
		})
	}
}

func (w *dumper) voice(v *Voice) {
	if v == nil {
		return
	}
	w.line("%s voice %q", rng(v.Pos, v.End), v.Text)
	w.in(func() {
		w.settings(v.Settings)
		var marked []string
		for i := 0; i <= len(v.Words); i++ {
			for n, c := range v.Cues {
				if c.Word == i {
					marked = append(marked, fmt.Sprintf("<%d>", n+1))
				}
			}
			if i < len(v.Words) {
				marked = append(marked, v.Words[i])
			}
		}
		w.line("words %s", strings.Join(marked, "|"))
		for n, c := range v.Cues {
			w.line("%s cue <%d> %s", rng(c.Pos, c.End), n+1, cueText(c))
		}
	})
}

func cueText(c Cue) string {
	switch c.Kind {
	case CueItem:
		return fmt.Sprintf("item %d", c.N)
	case CueLine:
		return fmt.Sprintf("lines %d-%d", c.From, c.To)
	case CuePause:
		return fmt.Sprintf("pause %v", c.Pause)
	case CueNext:
		return "next"
	}
	return fmt.Sprintf("%s %q", c.Kind, c.Name)
}
