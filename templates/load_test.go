package templates

import (
	"testing"

	"github.com/hframes/hframes/source"
)

// TestBuiltIn reads everything that comes with the program: nothing in it may be wrong.
func TestBuiltIn(t *testing.T) {
	s := &Set{layouts: map[string]func() *Layout{}, themes: map[string]func() *Theme{}, blocks: map[string]func() *BlockTemplate{}}
	var list source.List
	s.add(folder{fsys: builtin, origin: BuiltIn}, &list)
	for _, d := range list {
		t.Error(d.Headline())
	}
	if len(s.Layouts()) == 0 || len(s.Themes()) == 0 || len(s.Blocks()) == 0 {
		t.Errorf("layouts %q, themes %q, blocks %q", s.Layouts(), s.Themes(), s.Blocks())
	}
}
