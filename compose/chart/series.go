package chart

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// series reads a column. Cells that are no numbers are problems and missing values.
func (t *table) series(col int) (Format, []Value) {
	cells := make([]parsed, len(t.rows))
	for i, r := range t.rows {
		cells[i] = t.parse(cell(r, col), i, col)
	}
	f := formatOf(cells)
	t.scale(cells, &f, col)
	values := make([]Value, len(cells))
	for i, c := range cells {
		values[i] = Value{N: c.value, Text: c.text, Missing: !c.ok}
	}
	return f, values
}

// parsed is one cell of a series.
type parsed struct {
	written
	number
	text string
	ok   bool
}

func (t *table) parse(s string, row, col int) parsed {
	p := parsed{text: strings.Join(strings.Fields(s), " ")}
	if missing(s) {
		return p
	}
	w, ok := take(s)
	if ok {
		p.written = w
		p.number, ok = read(w.core, t.point)
	}
	if !ok {
		t.problem(row, col, "not-a-number", fmt.Sprintf("%q is not a number", p.text), "write a number such as 1,200, 4.5 % or $12, or leave the cell empty")
		return p
	}
	if p.negative {
		p.value = -p.value
	}
	p.ok = true
	return p
}

// formatOf returns how a column writes its numbers: the most frequent currency and unit, the most decimals, the first
// separator.
func formatOf(cells []parsed) Format {
	f := Format{Prefix: most(cells, func(p parsed) string { return p.prefix }), Suffix: most(cells, func(p parsed) string { return p.suffix })}
	for _, c := range cells {
		if !c.ok {
			continue
		}
		f.Decimals = max(f.Decimals, min(c.decimals, 6))
		if f.Group == "" {
			f.Group = c.group
		}
		if c.decimals > 0 && f.Point == "" {
			r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(c.core, "0123456789"))
			f.Point = string(r)
		}
		f.Plus = f.Plus || c.plus
	}
	if f.Group == "" && f.Point == "," {
		f.Group = "."
	}
	return f
}

// most returns the most frequent value; the first one wins a tie.
func most(cells []parsed, of func(parsed) string) string {
	counts := map[string]int{}
	best := ""
	for _, c := range cells {
		if !c.ok {
			continue
		}
		s := of(c)
		counts[s]++
		if counts[s] > counts[best] {
			best = s
		}
	}
	return best
}

// scale brings a column to one unit: "900k" beside "1.2M" are multiplied out, "40 ms" beside "3 s" are turned into each
// other; "3 kg" beside "40 %" cannot be.
func (t *table) scale(cells []parsed, f *Format, col int) {
	same, powers, related := true, true, true
	unit := strings.TrimSpace(f.Suffix)
	_, rest := power(unit)
	for _, c := range cells {
		if !c.ok {
			continue
		}
		_, r := power(c.suffix)
		same = same && strings.TrimSpace(c.suffix) == unit
		powers = powers && r == rest
		related = related && measureOf(c.suffix).family == measureOf(unit).family
	}
	switch {
	case same:
	case powers:
		for i := range cells {
			factor, _ := power(cells[i].suffix)
			cells[i].value *= factor
		}
		f.Compact, f.Suffix = true, rest
	case related && measureOf(unit).family != "":
		for i := range cells {
			if cells[i].ok {
				cells[i].value *= measureOf(cells[i].suffix).factor / measureOf(unit).factor
			}
		}
	default:
		t.mixed(cells, unit, col)
	}
}

// mixed says which cells have another unit than the column. A number without one is taken to have it.
func (t *table) mixed(cells []parsed, unit string, col int) {
	for i, c := range cells {
		if !c.ok || strings.TrimSpace(c.suffix) == unit || c.suffix == "" {
			continue
		}
		t.problems = append(t.problems, Problem{Row: i, Col: col, Warning: true, Code: "chart/mixed-units",
			Msg:  fmt.Sprintf("%q has another unit than the column, %q", c.text, unit),
			Hint: "bars of one column are compared with each other; give them one unit"})
	}
}
