package compose

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
)

// targets is what the cues of a scene's narration can name.
type targets struct {
	run   *sceneRun
	items int          // items of outermost lists, in order
	lines int          // lines of its code
	steps []scene.Step // of its code
	ids   []string     // of blocks, items and inline directives
	rows  []string     // first cells of its charts' tables
	table bool         // has one that is no chart
}

// targets collects what is there in the scene.
func (r *sceneRun) targets() targets {
	t := targets{run: r}
	t.rich(r.scene.Title)
	t.blocks(r.scene.Blocks, 0)
	for _, slot := range r.scene.Slots {
		t.blocks(slot.Blocks, 0)
	}
	return t
}

func (t *targets) blocks(blocks []scene.Block, depth int) {
	for i := range blocks {
		b := &blocks[i]
		t.id(b.ID)
		t.rich(b.Rich)
		t.ids = append(t.ids, ownIDs(b.Raw)...)
		if b.Code != nil {
			t.lines = max(t.lines, strings.Count(b.Code.Text, "\n"))
			t.steps = append(t.steps, b.Code.Steps...)
		}
		if b.Table != nil {
			t.cells(b)
		}
		for _, it := range b.Items {
			if depth == 0 {
				t.items++
			}
			t.id(it.ID)
			t.rich(it.Rich)
			t.blocks(it.Blocks, depth+1)
		}
		t.rich(b.By)
		t.blocks(b.Blocks, depth)
	}
}

func (t *targets) cells(b *scene.Block) {
	chart := t.run.isChart(b)
	t.table = t.table || !chart
	for _, cell := range b.Table.Header {
		t.rich(cell.Rich)
	}
	for _, row := range b.Table.Rows {
		for _, cell := range row {
			t.rich(cell.Rich)
		}
		if chart && len(row) > 0 {
			t.rows = append(t.rows, plain(row[0].Rich, t.run.film.defaults))
		}
	}
}

func (t *targets) id(id string) {
	if id != "" {
		t.ids = append(t.ids, id)
	}
}

func (t *targets) rich(content scene.Rich) {
	for _, s := range content {
		t.ids = append(t.ids, ownIDs(s.HTML)...)
		if s.Directive != nil {
			t.id(s.Directive.ID)
			t.rich(s.Directive.Label)
		}
	}
}

// checkCues reports cues that trigger nothing.
func (f *film) checkCues(p *plan) {
	if p.scene.Voice == nil {
		return
	}
	have := (&sceneRun{film: f, plan: p, scene: p.scene}).targets()
	for _, c := range p.scene.Voice.Cues {
		if msg, hint := have.missing(c); msg != "" {
			f.diagnose(f.doc.File.AtPos(c.Pos, c.End, "compose/unknown-cue", msg).WithHint(hint))
		}
	}
}

// missing says what a cue names in vain; msg is empty if it is there.
func (t *targets) missing(c scene.Cue) (msg, hint string) {
	switch {
	case c.Kind == scene.CueItem && t.items == 0:
		return "this scene has no list", "{1} is the first item of a list, {#id} what has that id"
	case c.Kind == scene.CueItem && (c.N < 1 || c.N > t.items):
		return fmt.Sprintf("there is no item %d in this scene", c.N), fmt.Sprintf("its lists have %s", counted(t.items, "item"))
	case c.Kind == scene.CueLine && t.lines == 0:
		return "this scene has no code", "{L2} is the second line of code"
	case c.Kind == scene.CueLine && c.To > t.lines:
		return fmt.Sprintf("there is no line %d in this scene's code", c.To), fmt.Sprintf("it has %s", counted(t.lines, "line"))
	case c.Kind == scene.CueLine && len(t.steps) == 0:
		return "this scene's code has no steps", fmt.Sprintf("write the steps behind the language: ```go {%s}", lines(c))
	case c.Kind == scene.CueLine && !slices.ContainsFunc(t.steps, func(s scene.Step) bool { from, to := s.Lines(); return from == c.From && to == c.To }):
		return fmt.Sprintf("no step of this scene's code is %q", lines(c)), "its steps are " + written(t.steps)
	case c.Kind == scene.CueID && !slices.Contains(t.ids, c.Name):
		hint := source.DidYouMean(c.Name, t.ids)
		if hint == "" {
			hint = fmt.Sprintf("write {#%s} on a line of its own before the block that is meant", c.Name)
		}
		return fmt.Sprintf("nothing in this scene has the id %q", c.Name), hint
	case c.Kind == scene.CueBar && len(t.rows) == 0 && t.table:
		return "this scene's table is no chart", "write {.chart} on a line of its own above it"
	case c.Kind == scene.CueBar && len(t.rows) == 0:
		return "this scene has no table", "{bar \"x\"} is the row of a chart's table that begins with x"
	case c.Kind == scene.CueBar && !slices.Contains(t.rows, c.Name):
		return fmt.Sprintf("there is no row %q in this scene's table", c.Name), source.DidYouMean(c.Name, t.rows)
	}
	return "", ""
}

// lines writes the lines that a cue names as a step.
func lines(c scene.Cue) string { return scene.Step{Ranges: [][2]int{{c.From, c.To}}}.String() }

func written(steps []scene.Step) string {
	var names []string
	for _, s := range steps {
		names = append(names, s.String())
	}
	return strings.Join(names, " | ")
}

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// cues says when what a narration triggers appears, in seconds of the scene.
type cues struct {
	items map[int]float64
	ids   map[string]float64
	rows  map[string]float64
}

func (r *sceneRun) at(id string) template.CSS {
	if at, ok := r.cues.ids[id]; ok && id != "" {
		return template.CSS("--at:" + seconds(at) + "s")
	}
	return ""
}

func (r *sceneRun) atItem(n int) template.CSS {
	if at, ok := r.cues.items[n]; ok {
		return template.CSS("--at:" + seconds(at) + "s")
	}
	return ""
}
