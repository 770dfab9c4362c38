package chart

import (
	"fmt"
	"strings"
)

// Parse reads the cells of a table, as plain text, into Data.
//
// Labels are the first column, or, when that holds measured numbers, the first that holds none; the other columns with
// a number are series. A number may have a sign or stand in brackets, a currency before it, a unit after it,
// separators between thousands, a decimal comma; which of "." and "," is which is found out from the whole table. Empty
// cells, dashes and "n/a" are missing values. Data is usable if it has a series, whatever the problems; they are all
// there, in the order of the table.
func Parse(header []string, rows [][]string) (Data, []Problem) {
	t := table{header: header, rows: rows, columns: columns(header, rows)}
	if len(rows) == 0 || t.columns == 0 {
		t.problem(Header, 0, "empty", "the table has no rows", "write a row for each bar")
		return Data{}, t.problems
	}
	t.pointOf()
	labels := t.labels()
	d := Data{Label: cell(header, labels), Col: labels}
	for _, r := range rows {
		d.Rows = append(d.Rows, Row{Label: strings.TrimSpace(cell(r, labels))})
	}
	for col := range t.columns {
		if col == labels {
			continue
		}
		if !t.numeric(col) {
			t.skipped(col)
			continue
		}
		format, values := t.series(col)
		d.Series = append(d.Series, Series{Name: strings.TrimSpace(cell(header, col)), Col: col, Format: format})
		for i := range d.Rows {
			d.Rows[i].Values = append(d.Rows[i].Values, values[i])
		}
	}
	if len(d.Series) == 0 {
		t.problem(Header, max(labels, 0), "no-numbers", "no column holds numbers", "a chart needs a column of labels and a column of numbers")
	}
	t.unlabelled(&d, labels)
	return d, t.problems
}

// table is a table being read.
type table struct {
	header   []string
	rows     [][]string
	columns  int
	point    point
	problems []Problem
}

func columns(header []string, rows [][]string) int {
	n := len(header)
	for _, r := range rows {
		n = max(n, len(r))
	}
	return n
}

func cell(row []string, col int) string {
	if col < 0 || col >= len(row) {
		return ""
	}
	return row[col]
}

func (t *table) problem(row, col int, code, msg, hint string) {
	t.problems = append(t.problems, Problem{Row: row, Col: col, Code: "chart/" + code, Msg: msg, Hint: hint})
}

// missing reports whether a cell says that there is no value.
func missing(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "-", "–", "—", "−", "?", "…", "...", ".", "n/a", "na", "n.a.", "k.a.", "null", "none", "nil":
		return true
	}
	return false
}

// isNumber reports whether a cell is a number under the table's point.
func (t *table) isNumber(s string) bool {
	w, ok := take(s)
	if ok {
		_, ok = read(w.core, t.point)
	}
	return ok
}

// pointOf asks every number of the table which point it has. When they disagree each speaks for itself.
func (t *table) pointOf() {
	dots, commas := 0, 0
	for _, r := range t.rows {
		for _, s := range r {
			if w, ok := take(s); ok {
				switch marks(w.core) {
				case dot:
					dots++
				case comma:
					commas++
				}
			}
		}
	}
	if commas > 0 && dots == 0 {
		t.point = comma
	}
}

// count returns how many cells of a column are numbers and how many are something else.
func (t *table) count(col int) (numbers, others int) {
	for _, r := range t.rows {
		switch s := cell(r, col); {
		case missing(s):
		case t.isNumber(s):
			numbers++
		default:
			others++
		}
	}
	return numbers, others
}

// numeric reports whether a column is a series: at least half of what is in it are numbers, or all of it is missing
// below a header.
func (t *table) numeric(col int) bool {
	n, o := t.count(col)
	return n > 0 && n >= o
}

// labels returns the column of labels, -1 if there is none: the first column, unless it holds measured numbers and
// another column holds none at all.
func (t *table) labels() int {
	if t.columns == 1 && t.numeric(0) {
		return -1
	}
	if !t.numeric(0) || t.counts(0) {
		return 0
	}
	for col := range t.columns {
		if numbers, others := t.count(col); numbers == 0 && others > 0 {
			return col
		}
	}
	return 0
}

// counts reports whether a column of numbers is years or places: whole, without unit or separator.
func (t *table) counts(col int) bool {
	for _, r := range t.rows {
		if s := strings.TrimSpace(cell(r, col)); strings.Trim(s, "0123456789") != "" && t.isNumber(s) {
			return false
		}
	}
	return true
}

// skipped says that a column holds no numbers, unless it is empty.
func (t *table) skipped(col int) {
	name := strings.TrimSpace(cell(t.header, col))
	if _, others := t.count(col); others == 0 && name == "" {
		return
	}
	t.problems = append(t.problems, Problem{Row: Header, Col: col, Warning: true, Code: "chart/not-a-series",
		Msg: fmt.Sprintf("column %q holds no numbers and is not drawn", name), Hint: "a chart has one column of labels; the others hold numbers"})
}

// unlabelled numbers the rows of a table without labels, and complains of labels that are missing.
func (t *table) unlabelled(d *Data, col int) {
	for i := range d.Rows {
		if d.Rows[i].Label != "" {
			continue
		}
		d.Rows[i].Label = fmt.Sprint(i + 1)
		if col >= 0 {
			t.problems = append(t.problems, Problem{Row: i, Col: col, Warning: true, Code: "chart/no-label",
				Msg: "the row has no label", Hint: fmt.Sprintf("it is drawn as %q", d.Rows[i].Label)})
		}
	}
}
