package scene

import (
	"slices"
	"testing"

	"github.com/hframes/hframes/source"
)

// checkDoc fails the test if a Doc or its diagnostics break a promise that holds for every input.
func checkDoc(t *testing.T, f *source.File, d *Doc, list source.List) {
	t.Helper()
	c := checker{t: t, f: f}
	sorted := slices.Clone(list)
	sorted.Sort()
	if !slices.Equal(sorted, list) {
		t.Errorf("the list is not sorted: %v", list)
	}
	for _, d := range list {
		c.pos("diagnostic "+d.Code, d.Pos)
		if d.End.IsValid() {
			c.rng("diagnostic "+d.Code, d.Pos, d.End)
		}
	}
	ids := map[string]bool{}
	for _, s := range d.Scenes {
		if !nameRegexp.MatchString(s.ID) || reserved[s.ID] || ids[s.ID] {
			t.Errorf("bad scene id %q", s.ID)
		}
		ids[s.ID] = true
		c.scene(s)
	}
	for _, p := range d.Meta.Pos {
		c.pos("meta", p)
	}
}

type checker struct {
	t *testing.T
	f *source.File
}

func (c *checker) pos(what string, p source.Pos) {
	c.t.Helper()
	if p == (source.Pos{File: c.f.Name}) {
		return // the file as a whole
	}
	if p.File != c.f.Name || p.Line < 1 || p.Line > c.f.Lines() || p.Col < 1 || p.Col > len(c.f.Line(p.Line))+1 {
		c.t.Errorf("%s: place %+v is outside of the file", what, p)
	}
}

func (c *checker) rng(what string, p, q source.Pos) {
	c.t.Helper()
	c.pos(what, p)
	c.pos(what, q)
	if q.Before(p) {
		c.t.Errorf("%s: ends at %+v before it begins at %+v", what, q, p)
	}
}

func (c *checker) scene(s *Scene) {
	c.rng("scene", s.Pos, s.End)
	c.rich(s.Title)
	if s.Layout != "" {
		c.rng("layout", s.LayoutPos, s.LayoutEnd)
	}
	c.settings(s.Settings)
	c.blocks(s.Blocks, s.Pos, s.End)
	if s.Transition != nil {
		c.pos("transition", s.Transition.Pos)
	}
	if v := s.Voice; v != nil {
		c.rng("voice", v.Pos, v.End)
		c.settings(v.Settings)
		for _, cue := range v.Cues {
			c.rng("cue", cue.Pos, cue.End)
			if cue.Word < 0 || cue.Word > len(v.Words) {
				c.t.Errorf("cue at word %d of %d", cue.Word, len(v.Words))
			}
		}
	}
}

func (c *checker) settings(list []Setting) {
	for _, s := range list {
		c.rng("setting "+s.Key, s.Pos, s.End)
		c.rng("setting "+s.Key, s.ValuePos, s.ValEnd)
	}
}

func (c *checker) rich(r Rich) {
	for _, s := range r {
		c.pos("span", s.Pos)
		set := 0
		for _, is := range []bool{s.HTML != "", s.Var != "", s.Directive != nil} {
			if is {
				set++
			}
		}
		if set != 1 {
			c.t.Errorf("span %+v: %d of HTML, Var and Directive are set", s, set)
		}
		if s.Directive != nil {
			c.rng("inline", s.Directive.Pos, s.Directive.End)
			c.settings(s.Directive.Settings)
			c.rich(s.Directive.Label)
		}
	}
}

func (c *checker) blocks(list []Block, from, to source.Pos) {
	for _, b := range list {
		c.rng("block "+string(b.Kind), b.Pos, b.End)
		if b.Pos.Before(from) || to.Before(b.End) {
			c.t.Errorf("block %s %+v-%+v is outside of its parent %+v-%+v", b.Kind, b.Pos, b.End, from, to)
		}
		c.settings(b.Settings)
		c.rich(b.Rich)
		c.rich(b.By)
		c.blocks(b.Blocks, b.Pos, b.End)
		for _, it := range b.Items {
			c.rng("item", it.Pos, it.End)
			c.settings(it.Settings)
			c.rich(it.Rich)
			c.blocks(it.Blocks, it.Pos, it.End)
		}
		if b.Code != nil {
			c.pos("code", b.Code.Pos)
			for _, s := range b.Code.Steps {
				c.pos("step", s.Pos)
			}
		}
		if b.Media != nil {
			c.rng("media", b.Media.Pos, b.Media.End)
		}
		c.table(b.Table)
	}
}

func (c *checker) table(t *Table) {
	if t == nil {
		return
	}
	for _, row := range append([][]Cell{t.Header}, t.Rows...) {
		for _, cell := range row {
			c.pos("cell", cell.Pos)
			c.rich(cell.Rich)
		}
	}
}
