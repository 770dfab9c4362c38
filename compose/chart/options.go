package chart

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hframes/hframes/source"
)

// Type is a kind of chart.
type Type string

// The kinds of chart. Auto takes a line for five or more points in time, columns for fewer, else bars.
const (
	Auto   Type = ""
	Bar    Type = "bar"    // horizontal
	Column Type = "column" // vertical; bars when the labels do not fit below
	Line   Type = "line"
	Area   Type = "area"
	Donut  Type = "donut"
)

// Mode says how several series of bars, columns or areas share a row.
type Mode string

// The modes. Areas of several series are stacked in any case.
const (
	Grouped Mode = ""        // side by side
	Stacked Mode = "stacked" // one on the other
	Share   Mode = "share"   // one on the other, as parts of the row's sum
)

// Options say how a chart is drawn. The zero Options, with a Prefix, draw a good one.
type Options struct {
	Prefix    string // id of the chart and prefix of its marks' ids
	Class     string // the author's classes for the chart
	Type      Type
	Mode      Mode
	Title     string          // above the chart, "" = none
	Unit      string          // after each number; a long one stands above the chart instead
	Highlight string          // a row, a series, or max, min, first, last: it keeps the accent, the others step back
	Sort      string          // "" = as written, "desc", "asc", "label"
	Max       int             // rows drawn, 0 = all that can be told apart
	Legend    string          // "" = where names are needed, "show", "hide"
	Baseline  string          // of lines: "" = zero when that costs little, "zero", "auto"
	Format    string          // "" = as written, "compact", or decimals: "0", "0.0", "0.00"
	Curve     string          // of lines and areas: "" = straight, "smooth"
	At        map[int]float64 // row of the table → seconds from the scene's start at which its mark enters
	Width     float64         // room in u, 0 = 1680. See [Room]
	Height    float64         // room in u, 0 = 700

	// Measure returns the width of a text in em, at the weight and size of the chart's labels; nil = an average sans.
	Measure func(text string) float64
}

// Room returns the width and height that the chart layout has for a chart on a canvas of the given size, all in u. The
// drawing fills whatever room it gets; these numbers choose its type sizes and what is left out.
func Room(width, height float64) (w, h float64) {
	switch {
	case width > height*1.2:
		return width - 240, height - 370
	case height > width*1.2:
		return width - 168, height - 600
	}
	return width - 160, height - 340
}

// choices are the values an option may have, apart from free text and numbers.
func choices(option string) []string {
	switch option {
	case "type":
		return []string{"auto", "bar", "column", "line", "area", "donut"}
	case "mode":
		return []string{"grouped", "stacked", "share"}
	case "sort":
		return []string{"none", "desc", "asc", "label"}
	case "legend":
		return []string{"auto", "show", "hide"}
	case "baseline":
		return []string{"auto", "zero", "fit"}
	case "format":
		return []string{"source", "compact", "0", "0.0", "0.00"}
	case "curve":
		return []string{"straight", "smooth"}
	}
	return nil
}

// Names returns the names that [Options.Set] knows, sorted.
func Names() []string {
	return []string{"baseline", "curve", "format", "highlight", "legend", "max", "mode", "sort", "title", "type", "unit"}
}

// Set gives an option the value that an author wrote. The first value of every choice is the default. An unknown name
// or value leaves o as it was and is a Problem with Option set, at Nowhere.
func (o *Options) Set(name, value string) *Problem {
	value = strings.TrimSpace(value)
	if list := choices(name); list != nil {
		i := slices.Index(list, strings.ToLower(value))
		if i < 0 && value != "" {
			return &Problem{Row: Nowhere, Col: Nowhere, Option: name, Code: "chart/bad-value",
				Msg: fmt.Sprintf("%s cannot be %q", name, value), Hint: source.DidYouMean(value, list)}
		}
		if i <= 0 {
			value = ""
		} else {
			value = list[i]
		}
	}
	switch name {
	case "type":
		o.Type = Type(value)
	case "mode":
		o.Mode = Mode(value)
	case "sort":
		o.Sort = value
	case "legend":
		o.Legend = value
	case "baseline":
		o.Baseline = value
	case "format":
		o.Format = value
	case "curve":
		o.Curve = value
	case "title":
		o.Title = value
	case "unit":
		o.Unit = value
	case "highlight":
		o.Highlight = value
	case "max":
		return o.setMax(value)
	default:
		return &Problem{Row: Nowhere, Col: Nowhere, Option: name, Code: "chart/unknown-option",
			Msg: fmt.Sprintf("unknown option %q of a chart", name), Hint: source.DidYouMean(name, Names())}
	}
	return nil
}

func (o *Options) setMax(value string) *Problem {
	n, err := strconv.Atoi(value)
	if value == "" {
		n, err = 0, nil
	}
	if err != nil || n < 0 {
		return &Problem{Row: Nowhere, Col: Nowhere, Option: "max", Code: "chart/bad-value",
			Msg: fmt.Sprintf("max cannot be %q", value), Hint: "a whole number of rows, such as 8; 0 draws all"}
	}
	o.Max = n
	return nil
}
