package compose

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"time"

	"github.com/hframes/hframes/compose/chart"
	"github.com/hframes/hframes/compose/code"
	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// accepts reports whether the scene's layout draws a kind of block in a way of its own.
func (p *plan) accepts(kind string) bool { return slices.Contains(p.layout.Accepts, kind) }

// isChart reports whether a table is to be drawn as a chart: one that says so by its class, or the first table of a
// scene whose layout draws charts.
func (r *sceneRun) isChart(b *scene.Block) bool {
	if slices.Contains(b.Classes, "chart") {
		return true
	}
	return r.plan.accepts("chart") && b.Table == r.firstTable()
}

func (r *sceneRun) firstTable() *scene.Table {
	for i := range r.scene.Blocks {
		if r.scene.Blocks[i].Table != nil {
			return r.scene.Blocks[i].Table
		}
	}
	return nil
}

// chart draws a table as a chart. Options come from the table's own settings, and in a layout that draws charts from
// the layout's.
func (r *sceneRun) chart(b *scene.Block, out *templates.Block) {
	header, rows := r.cells(b.Table)
	data, problems := chart.Parse(header, rows)
	r.follow(b.Table, &data)
	o := chart.Options{Prefix: out.ID, Class: out.Class, At: map[int]float64{}, Measure: r.measure()}
	o.Width, o.Height = r.room()
	at := map[string]scene.Setting{}
	if r.plan.accepts("chart") {
		for _, name := range chart.Names() {
			if v, ok := r.plan.set[name]; ok {
				r.setOption(&o, scene.Setting{Key: name, Value: settingText(v)}, at, r.scene.Settings)
			}
		}
	}
	for _, s := range b.Settings {
		at[s.Key] = s
		if p := o.Set(s.Key, s.Value); p != nil {
			problems = append(problems, *p)
		}
	}
	for i, row := range data.Rows {
		if t, ok := r.cues.rows[row.Label]; ok {
			o.At[i] = t
		}
	}
	drawn, more := chart.Render(data, o)
	for _, p := range append(problems, more...) {
		r.diagnose(r.chartProblem(b, p, at))
	}
	out.HTML = template.HTML(drawn)
	r.hasCharts = true
}

// follow lets the labels and names of a chart follow their variables. What is drawn of a number keeps to the default.
func (r *sceneRun) follow(t *scene.Table, data *chart.Data) {
	bind := func(cells []scene.Cell, col int, html *template.HTML) {
		if col >= 0 && col < len(cells) {
			*html = r.bound(cells[col].Rich)
		}
	}
	for i := range data.Rows {
		bind(t.Rows[i], data.Col, &data.Rows[i].HTML)
	}
	for i := range data.Series {
		s := &data.Series[i]
		bind(t.Header, s.Col, &s.HTML)
		for _, row := range t.Rows {
			if s.Col >= len(row) {
				continue
			}
			for _, id := range variables(row[s.Col].Rich) {
				pos := row[s.Col].Pos
				_, end := r.film.word(pos, "}}")
				r.diagnose(r.film.doc.File.AtPos(pos, end, "compose/frozen-variable", fmt.Sprintf("a chart draws the default of variable %q, whatever its value", id)).
					Warn().WithHint("write the number itself"))
			}
		}
	}
}

// room returns the width and height that a chart or code has, in u. A slot is taken for half of the canvas, side by
// side where the canvas is wide, else one above the other.
func (r *sceneRun) room() (width, height float64) {
	u := unit(r.film.size)
	width, height = chart.Room(float64(r.film.size.Width)/u, float64(r.film.size.Height)/u)
	const gap = 96 // u, between slots
	if r.slot && r.film.size.Width > r.film.size.Height {
		width = (width - gap) / 2
	} else if r.slot {
		height = (height - gap) / 2
	}
	return width, height
}

// codeOptions says how a block of code is drawn: wrapped to the room it has, and as the layout's settings ask.
func (r *sceneRun) codeOptions(id string) code.Options {
	width, _ := r.room()
	o := code.Options{ID: id, Wrap: code.Columns(width), Cache: r.film.options.Cache}
	if r.plan.accepts("code") {
		o.Numbers, _ = r.plan.set["numbers"].(bool)
		if start, ok := r.plan.set["start"].(float64); ok {
			o.Start = int(start)
		}
	}
	return o
}

// setOption gives a chart the value of a layout's setting, and remembers where the author wrote it.
func (r *sceneRun) setOption(o *chart.Options, s scene.Setting, at map[string]scene.Setting, written []scene.Setting) {
	for _, w := range written {
		if w.Key == s.Key {
			at[s.Key] = w
		}
	}
	if p := o.Set(s.Key, s.Value); p != nil {
		w := at[s.Key]
		r.diagnose(r.valueFault(w, p.Code, p.Msg).WithHint(p.Hint))
	}
}

func settingText(v any) string {
	f, number := v.(float64)
	switch {
	case !number:
		return fmt.Sprint(v)
	case f == 0:
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// chartProblem gives a problem with a table its place.
func (r *sceneRun) chartProblem(b *scene.Block, p chart.Problem, at map[string]scene.Setting) source.Diagnostic {
	pos, end := b.Pos, source.Pos{}
	if s, ok := at[p.Option]; ok {
		pos, end = s.ValuePos, s.ValEnd
	}
	cell := func(cells []scene.Cell, i int) {
		if i >= 0 && i < len(cells) && cells[i].Pos.IsValid() {
			pos = cells[i].Pos
			end = r.film.after(pos, r.label(cells[i].Rich))
		}
	}
	if p.Row == chart.Header {
		cell(b.Table.Header, p.Col)
	} else if p.Row >= 0 && p.Row < len(b.Table.Rows) {
		cell(b.Table.Rows[p.Row], p.Col)
	}
	d := r.film.doc.File.AtPos(pos, end, p.Code, p.Msg).WithHint(p.Hint)
	if p.Warning {
		d = d.Warn()
	}
	return d
}

// measure returns the width of a text in the theme's body font, in em.
func (r *sceneRun) measure() func(string) float64 {
	if f := r.film.theme.Font("body"); f != nil && f.Metrics != nil {
		return f.Metrics.Width
	}
	return nil
}

// codeSteps joins what the author wrote with the times that the timeline gave.
func codeSteps(steps []scene.Step, at []time.Duration) []code.Step {
	var out []code.Step
	for i, s := range steps {
		if i >= len(at) {
			break
		}
		out = append(out, code.Step{All: s.All, Ranges: s.Ranges, At: at[i].Seconds()})
	}
	return out
}

// styleSheets returns the CSS of charts and of code, where the film has any.
func (f *film) styleSheets() string {
	css := ""
	if f.usesCharts {
		css += chart.CSS() + "\n"
	}
	if f.usesCode {
		css += code.CSS() + "\n"
	}
	return css
}
