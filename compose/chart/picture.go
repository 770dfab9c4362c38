package chart

import "html/template"

// picture is what chart.html draws. Everything that is arithmetic has been done.
type picture struct {
	ID, Class, Label string
	Kind             Type
	Style            template.CSS
	Title, Unit      string
	Legend           []key
	Ticks            []tick
	Rows             []rowView // bars and columns
	Plot             *plot     // lines and areas
	Ring             *ring     // donut
}

// key names a series in the legend.
type key struct {
	Class string
	Name  name
}

// tick is a line of the grid or a label of an axis; --p is its place, from 0 at the low end of the axis to 1.
type tick struct {
	Style template.CSS
	Class string
	Text  string
}

// rowView is a row of bars or columns: its label and its lanes.
type rowView struct {
	Class string
	Style template.CSS
	Label name
	Lanes []lane
}

// lane is where one bar grows, or two when a stack has values on both sides of zero.
type lane struct{ Bars []bar }

// bar is a bar, or a stack of marks that grows as one. Text stands at its end.
type bar struct {
	ID, Class string
	Style     template.CSS
	Text      string
	Marks     []mark
}

// mark is one segment of a stack.
type mark struct {
	ID, Class string
	Style     template.CSS
	Text      string
}

// plot is a field of lines.
type plot struct {
	Style  template.CSS
	Areas  []path
	Lines  []path
	Dots   []mark
	Labels []mark // values at points
	Ends   []end
	Axis   []end // labels below
}

// path is an SVG path in a field of 1000 by 1000.
type path struct{ ID, Class, D string }

// end names a series at the end of its line.
type end struct {
	Class string
	Style template.CSS
	Name  name
	Text  string
	y     float64 // from 0 at the top to 1
}

// ring is a donut: slices of a circle whose length is 100, and their names.
type ring struct {
	Slices []mark
	Keys   []end
	Value  string // in the middle
	Name   name
}
