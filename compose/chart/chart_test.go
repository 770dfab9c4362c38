package chart

import (
	"flag"
	"fmt"
	"html"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestGolden reads testdata/*.txtar: "options" (one key value a line) and "table" (cells between "|", the first line is
// the header) give "data", "problems" and "html".
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			g := readGolden(t, name)
			header, rows := readTable(g.files["table"])
			d, problems := Parse(header, rows)
			o, more := readOptions(t, g.files["options"])
			problems = append(problems, more...)
			out, more := Render(d, o)
			problems = append(problems, more...)
			got := [][2]string{{"problems", listProblems(problems)}, {"data", dump(d)}, {"html", lines(out)}}
			g.check(t, name, got)
		})
	}
}

func readTable(text string) (header []string, rows [][]string) {
	for i, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		cells := strings.Split(l, "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		if i == 0 {
			header = cells
		} else {
			rows = append(rows, cells)
		}
	}
	return header, rows
}

func readOptions(t *testing.T, text string) (o Options, problems []Problem) {
	o.Prefix, o.At = "c", map[int]float64{}
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		key, value, _ := strings.Cut(l, " ")
		switch key {
		case "":
		case "room":
			if _, err := fmt.Sscanf(value, "%fx%f", &o.Width, &o.Height); err != nil {
				t.Fatal(err)
			}
		case "cue":
			row, at := 0, 0.0
			if _, err := fmt.Sscanf(value, "%d %f", &row, &at); err != nil {
				t.Fatal(err)
			}
			o.At[row] = at
		default:
			if p := o.Set(key, value); p != nil {
				problems = append(problems, *p)
			}
		}
	}
	return o, problems
}

func listProblems(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		severity := "error"
		if p.Warning {
			severity = "warning"
		}
		fmt.Fprintf(&b, "row %d col %d %q: %s %s: %s\n    hint: %s\n", p.Row, p.Col, p.Option, severity, p.Code, p.Msg, p.Hint)
	}
	return b.String()
}

func dump(d Data) string {
	var b strings.Builder
	for _, s := range d.Series {
		fmt.Fprintf(&b, "series %q of column %d: %+v\n", s.Name, s.Col, s.Format)
	}
	for _, r := range d.Rows {
		fmt.Fprintf(&b, "%q", r.Label)
		for _, v := range r.Values {
			if v.Missing {
				b.WriteString(" missing")
				continue
			}
			b.WriteString(" " + strconv.FormatFloat(v.N, 'g', -1, 64))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// lines breaks HTML before each element, for a diff that can be read.
func lines(s string) string { return strings.ReplaceAll(s, "><", ">\n<") + "\n" }

func TestNumbers(t *testing.T) {
	for cell, want := range map[string]float64{
		"12": 12, "-3.5": -3.5, "−3.5": -3.5, "–7": -7, "+4": 4, ".5": 0.5, "0.25": 0.25, "1,234": 1234, "1,234,567.89": 1234567.89,
		"1.234.567": 1234567, "12,5": 12.5, "1.234,5": 1234.5, "1 234": 1234, "1\u202f234,5": 1234.5, "1'234.50": 1234.5, "1_000": 1000,
		"$1,200": 1200, "-$5": -5, "$-5": -5, "€ 3.20": 3.2, "3,20 €": 3.2, "CHF 12": 12, "US$ 9": 9, "kr 40": 40, "(1,200)": -1200, "($3)": -3,
		"45%": 45, "4.5 %": 4.5, "12 ms": 12, "3.2km/h": 3.2, "20°C": 20, "1.5x": 1.5, "~12": 12, "≈ 3": 3, "<1": 1, "> 90 %": 90, "12*": 12, "007": 7,
		"0,123": 0.123, "1e": 1,
	} {
		w, ok := take(cell)
		n, good := read(w.core, unsure)
		if w.negative {
			n.value = -n.value
		}
		if !ok || !good || n.value != want {
			t.Errorf("%q = %v %v %v, want %v", cell, n.value, ok, good, want)
		}
	}
	for _, cell := range []string{"", "abc", "12:30", "2024-01-02", "1/2", "Q1", "Q1 2025", "v1.2", "2021 2022", "1,23,4", "12 a 3", "1.2.3", "3 – 4", "5, no", "12 is a number of things"} {
		if w, ok := take(cell); ok {
			if n, ok := read(w.core, unsure); ok {
				t.Errorf("%q was read as %v", cell, n.value)
			}
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		f    Format
		x    float64
		want string
	}{
		{Format{}, 1234, "1234"}, {Format{Group: ","}, 1234567, "1,234,567"}, {Format{Group: ".", Point: ",", Decimals: 2, Suffix: " €"}, -1234.5, "−1.234,50 €"},
		{Format{Prefix: "$"}, -5, "−$5"}, {Format{Decimals: 1}, -0.04, "0.0"}, {Format{Plus: true}, 3, "+3"}, {Format{Plus: true}, 0, "0"},
		{Format{Compact: true}, 1234567, "1.23M"}, {Format{Compact: true}, 999600, "1M"}, {Format{Compact: true, Prefix: "$"}, 45200, "$45.2k"},
		{Format{Compact: true}, 12, "12"}, {Format{Compact: true}, 0.5, "0.5"}, {Format{}, inf(), "–"},
	} {
		if got := c.f.Write(c.x); got != c.want {
			t.Errorf("%+v of %v = %q, want %q", c.f, c.x, got, c.want)
		}
	}
}

func inf() float64 { f, _ := strconv.ParseFloat("inf", 64); return f }

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{0, 97, "[0 50 100]"}, {0, 1, "[0 0.5 1]"}, {0, 0.37, "[0 0.1 0.2 0.3 0.4]"}, {-12, 31, "[-20 0 20 40]"}, {1200, 2526, "[1000 1500 2000 2500 3000]"},
		{5, 5, "[2 4 6 8]"}, {0, 0, "[-1 -0.5 0 0.5 1]"}, {0, 4e9, "[0 1e+09 2e+09 3e+09 4e+09]"}, {0, 3e-7, "[0 1e-07 2e-07 3e-07]"},
	} {
		a := round(c.lo, c.hi, 4)
		if got := fmt.Sprint(a.steps); got != c.want || a.lo > c.lo || a.hi < c.hi {
			t.Errorf("%v to %v: %s, want %s", c.lo, c.hi, got, c.want)
		}
	}
}

func TestTime(t *testing.T) {
	for _, s := range []string{"2021", "'24", "Q1", "Q1 2025", "H2", "Jan", "March", "Sept", "2024-01", "2024-01-31", "12/24", "Week 3", "W12", "Mon", "März", "Q3/24"} {
		if !isTime(s) {
			t.Errorf("%q is a time", s)
		}
	}
	for _, s := range []string{"", "Norway", "3.0", "1.2", "Enterprise", "Team", "€5", "Free", "12", "Design", "A"} {
		if isTime(s) {
			t.Errorf("%q is no time", s)
		}
	}
}

// The line reaches a point when the point appears: chart.css draws with the timing function that arrival inverts.
func TestArrival(t *testing.T) {
	if !strings.Contains(css, "cubic-bezier(0.45, 0, 0.2, 1)") {
		t.Error("chart.css draws lines with another timing function than arrival knows")
	}
	last := -1.0
	for i := range 21 {
		a := arrival(float64(i) / 20)
		if a <= last || a < -1e-6 || a > 1+1e-6 {
			t.Errorf("arrival(%v) = %v after %v", float64(i)/20, a, last)
		}
		last = a
	}
}

// A smooth line stays between the points it joins.
func TestMonotone(t *testing.T) {
	points := []pt{{0, 100, false}, {10, 900, false}, {20, 900, false}, {30, 880, false}, {40, 20, false}, {50, 30, false}}
	slope := slopes(points)
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		d := (b.x - a.x) / 3
		for k := range 21 {
			u := float64(k) / 20
			y := bezier1(u, a.y, a.y+slope[i-1]*d, b.y-slope[i]*d, b.y)
			if y < min(a.y, b.y)-1e-6 || y > max(a.y, b.y)+1e-6 {
				t.Errorf("between %v and %v: %v", a, b, y)
			}
		}
	}
}

func bezier1(u, a, b, c, d float64) float64 {
	v := 1 - u
	return v*v*v*a + 3*v*v*u*b + 3*v*u*u*c + u*u*u*d
}

func TestSetHints(t *testing.T) {
	var o Options
	for _, c := range [][3]string{
		{"type", "barr", `did you mean "bar"?`}, {"typ", "bar", `did you mean "type"?`}, {"max", "-1", "a whole number of rows, such as 8; 0 draws all"},
		{"max", "x", "a whole number of rows, such as 8; 0 draws all"}, {"mode", "stack", `did you mean "stacked"?`},
	} {
		p := o.Set(c[0], c[1])
		if p == nil || p.Hint != c[2] || p.Option != c[0] {
			t.Errorf("%s=%s: %+v", c[0], c[1], p)
		}
	}
	for _, n := range Names() {
		if p := o.Set(n, ""); p != nil {
			t.Errorf("%s does not take its default: %+v", n, p)
		}
		for _, v := range choices(n) {
			if p := o.Set(n, v); p != nil {
				t.Errorf("%s=%s: %+v", n, v, p)
			}
		}
	}
}

var tagged = regexp.MustCompile(`<[^>]*>`)

// Every label of the table is somewhere in the drawing, unless a problem says that rows were left out.
func TestLabelsThere(t *testing.T) {
	for _, typ := range choices("type") {
		for _, mode := range choices("mode") {
			header, rows := readTable("Name|A & B|C\nOne <b>|1|2\nTwo \"q\"|3|4\nThree|5|6")
			d, _ := Parse(header, rows)
			o := Options{Prefix: "c"}
			_ = o.Set("type", typ)
			_ = o.Set("mode", mode)
			out, _ := Render(d, o)
			text := html.UnescapeString(tagged.ReplaceAllString(out, "\n"))
			for _, l := range []string{"One <b>", "Two \"q\"", "Three"} {
				if !strings.Contains(text, l) {
					t.Errorf("%s %s: no %q in %s", typ, mode, l, text)
				}
			}
			if strings.Contains(out, "ZgotmplZ") {
				t.Errorf("%s %s: a value was refused: %s", typ, mode, out)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Name|Value\na|1\nb|-2.5 %", 0)
	f.Add("|A|B\n2021|1,5|900k\n2022||1.2M\n2023|n/a|x", 3)
	f.Add("x\n1\n2\n3", 5)
	f.Add("a|b\n|\n||\nc|1e308", 9)
	f.Add("a|b\nq|99999999999999999999999999999999999999\nr|0.0000000000000000000000001", 14)
	f.Fuzz(func(t *testing.T, table string, pick int) {
		if len(table) > 3000 {
			return
		}
		header, rows := readTable(table)
		d, problems := Parse(header, rows)
		for _, p := range problems {
			if p.Row < Header || p.Row >= max(len(rows), 1) || p.Col < 0 || p.Msg == "" || p.Hint == "" {
				t.Fatalf("problem nowhere: %+v", p)
			}
		}
		for _, r := range d.Rows {
			if len(r.Values) != len(d.Series) {
				t.Fatalf("row %+v has not one value for each of %d series", r, len(d.Series))
			}
		}
		pick &= 0xffff
		o := Options{Prefix: "c", Type: Type(choices("type")[pick%6]), Mode: Mode(choices("mode")[pick/6%3]), Highlight: "max", At: map[int]float64{0: 1}}
		if o.Type == "auto" {
			o.Type = Auto
		}
		if pick/18%2 == 1 {
			o.Width, o.Height, o.Curve, o.Format = 600, 900, "smooth", "compact"
		}
		out, more := Render(d, o)
		fatal := len(d.Series) == 0
		for _, p := range more {
			fatal = fatal || !p.Warning
		}
		if fatal != (out == "") {
			t.Fatalf("drawing %q with problems %+v %+v", out, problems, more)
		}
		if strings.Contains(out, "NaN") && !strings.Contains(table, "NaN") || strings.Contains(out, "ZgotmplZ") {
			t.Fatalf("no numbers: %s", out)
		}
		if again, _ := Render(d, o); again != out {
			t.Fatal("drawn twice, two drawings")
		}
	})
}

func BenchmarkRender(b *testing.B) {
	header, rows := readTable("Quarter|Free|Pro|Team\nQ1 2025|120|45|12\nQ2 2025|180|72|31\nQ3 2025|210|118|55\nQ4 2025|240|160|96")
	for range b.N {
		d, _ := Parse(header, rows)
		_, _ = Render(d, Options{Prefix: "c", Type: Column})
	}
}
