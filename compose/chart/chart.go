// Package chart draws a table of numbers as bars, columns, a line, an area or a donut.
//
// In go the cells of a table as text; [Parse] makes [Data] of them and says which cells are not what they should be.
// [Render] makes HTML of Data: elements and a little SVG with stable ids and classes, text as HTML text, sizes in --u
// (the unit of the stage), positions as custom properties between 0 and 1. [CSS] turns that into a picture whose marks
// grow on the scene's clock by CSS keyframes alone. The package knows nothing of Markdown, layouts or narration; a cue
// is a row and a time in seconds.
//
// A mark (one bar, segment, point or slice) has the id <Prefix>-r<row>, and -s<series> after it when there are several
// series; rows and series count from 0 in the order of the table, whatever the order of drawing. It carries --i, its
// place in the order of drawing, --v, its value as a part of the greatest (0 to 1), and --at when a cue triggers it.
package chart

import (
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

//go:embed chart.css
var css string

// CSS returns the style sheet of charts. It holds class selectors below .chart and keyframes named hf-chart-*, and is
// meant to stand once in a film.
func CSS() string { return css }

//go:embed chart.html
var page string

var drawing = template.Must(template.New("chart.html").Parse(page))

// Data is a table of numbers.
type Data struct {
	Label  string   // header of the column of labels
	Col    int      // the column of labels, counted from 0; -1 = there is none
	Series []Series // columns of numbers, in the order of the table
	Rows   []Row
}

// A Series is one column of numbers. Format is how most of its cells are written.
type Series struct {
	Name   string
	HTML   template.HTML // the name as it is drawn, "" = as Name says
	Col    int           // column in the table, counted from 0
	Format Format
}

// A Row is one line of the table: a value for each series.
type Row struct {
	Label  string
	HTML   template.HTML // the label as it is drawn, "" = as Label says
	Values []Value
}

// A Value is one number. Missing is true for an empty cell; N is 0 then.
type Value struct {
	N       float64
	Text    string // as the author wrote it
	Missing bool
}

// A Problem is something wrong with a table or with an option. Row and Col count from 0 in the table's body; Row is
// [Header] for the header, and both are [Nowhere] when the fault is the option named by Option.
type Problem struct {
	Row, Col int
	Option   string
	Warning  bool   // a chart can be drawn all the same
	Code     string // "chart/name"
	Msg      string // lower case, no full stop
	Hint     string
}

// Places that are not a cell of a table's body.
const (
	Header  = -1
	Nowhere = -2
)

// canvas is a drawing on its way: what Render knows, and the room that is left.
type canvas struct {
	data     Data
	o        Options
	order    []int // rows in the order of drawing
	width    float64
	height   float64
	hitRow   int  // highlighted row, -1 = none
	hitCol   int  // highlighted series, -1 = none
	named    bool // a legend names the series
	crowded  bool // more lines than can be named at their ends
	labels   []name
	names    []name // of the series
	problems []Problem
}

// Render draws d. It returns "" when nothing can be drawn: then one of the problems is no warning, unless d has no rows
// or no series, of which [Parse] has spoken.
func Render(d Data, o Options) (string, []Problem) {
	if len(d.Rows) == 0 || len(d.Series) == 0 {
		return "", nil
	}
	c := newCanvas(d, o)
	p := c.picture()
	if p == nil {
		return "", c.problems
	}
	var b strings.Builder
	if err := drawing.Execute(&b, p); err != nil {
		c.fault(Nowhere, Nowhere, "template", "draw chart: "+err.Error(), "")
		return "", c.problems
	}
	return b.String(), c.problems
}

// picture chooses how to draw and draws.
func (c *canvas) picture() *picture {
	p := &picture{ID: c.o.Prefix, Title: c.o.Title, Kind: c.kind()}
	if c.unitIsLong() {
		p.Unit = c.o.Unit
	}
	if p.Title != "" || p.Unit != "" {
		c.height -= headHeight
	}
	c.setNames(p.Kind)
	ok := c.possible(p.Kind)
	switch {
	case !ok:
	case p.Kind == Bar:
		c.bars(p)
	case p.Kind == Column:
		c.columns(p)
	case p.Kind == Donut:
		ok = c.donut(p)
	default:
		c.lines(p)
	}
	if !ok {
		return nil
	}
	p.Class = join(string(p.Kind), p.Class, c.o.Class)
	p.Label = c.describe()
	return p
}

// possible complains of negative values that a kind of chart cannot show.
func (c *canvas) possible(k Type) bool {
	switch {
	case len(c.data.Series) < 2:
	case k == Area:
		return c.positive("negative-area", "areas of several series stand on each other", "use type=line")
	case c.o.Mode == Share && (k == Bar || k == Column):
		return c.positive("negative-share", "shares are parts of the row's sum", "use mode=stacked")
	}
	return true
}

func (c *canvas) positive(code, why, hint string) bool {
	for _, r := range c.order {
		for s, v := range c.data.Rows[r].Values {
			if v.N < 0 {
				c.fault(r, c.data.Series[s].Col, code, fmt.Sprintf("%q is negative; %s", v.Text, why), hint)
				return false
			}
		}
	}
	return true
}

// headHeight is what a title or a unit above the chart takes, in u; chart.css has the same.
const headHeight = 56

// fault adds a problem that leaves nothing to draw.
func (c *canvas) fault(row, col int, code, msg, hint string) {
	c.problems = append(c.problems, Problem{Row: row, Col: col, Code: "chart/" + code, Msg: msg, Hint: hint})
}

// warn adds a problem about an option.
func (c *canvas) warn(option, code, msg, hint string) {
	c.problems = append(c.problems, Problem{Row: Nowhere, Col: Nowhere, Option: option, Warning: true, Code: "chart/" + code, Msg: msg, Hint: hint})
}

// value returns the value in a row (of the table) and a series.
func (c *canvas) value(row, series int) Value { return c.data.Rows[row].Values[series] }

// extent returns the least and the greatest value drawn, 0 and 0 if there is none.
func (c *canvas) extent() (lo, hi float64) {
	first := true
	for _, r := range c.order {
		for _, v := range c.data.Rows[r].Values {
			if v.Missing {
				continue
			}
			if first {
				lo, hi, first = v.N, v.N, false
			}
			lo, hi = min(lo, v.N), max(hi, v.N)
		}
	}
	return lo, hi
}

// describe says what the chart shows, for those who cannot see it.
func (c *canvas) describe() string {
	var b strings.Builder
	for i, r := range c.order {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.data.Rows[r].Label)
		for s := range c.data.Series {
			b.WriteString(" ")
			if len(c.data.Series) > 1 {
				b.WriteString(c.data.Series[s].Name + " ")
			}
			b.WriteString(c.text(r, s))
		}
	}
	if c.o.Title == "" {
		return b.String()
	}
	return c.o.Title + ": " + b.String()
}

// id returns a mark's id.
func (c *canvas) id(row, series int) string {
	id := c.o.Prefix + "-r" + strconv.Itoa(row)
	if len(c.data.Series) > 1 {
		id += "-s" + strconv.Itoa(series)
	}
	return id
}

// tone returns the class that colours a series: s1 to s6, round and round.
func tone(series int) string { return "s" + strconv.Itoa(series%tones+1) }

// tones is how many series a theme has colours for.
const tones = 6

// cue returns ";--at:1.2s" when a cue triggers a row.
func (c *canvas) cue(row int) string {
	at, ok := c.o.At[row]
	if !ok {
		return ""
	}
	return ";--at:" + num(at) + "s"
}

// num writes a part of something with at most four decimals and no trailing zeros, -0 as 0.
func num(x float64) string { return decimal(x, 1e4) }

// px writes a length in u with at most one decimal.
func px(x float64) string { return decimal(x, 10) }

func decimal(x, power float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		x = 0
	}
	return strconv.FormatFloat(math.Round(x*power)/power+0, 'f', -1, 64)
}
