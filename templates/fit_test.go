package templates

import (
	"bufio"
	"html/template"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestWidths holds the estimate to what Chromium measured: testdata/widths.txt has a font role, a box's width in em,
// the lines that Chromium took and the text, with the fonts of Tangent as its theme sets them.
func TestWidths(t *testing.T) {
	set, _ := Load(nil)
	theme := set.Theme("tangent")
	file, err := os.Open("testdata/widths.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cases, over := 0, 0
	for scan := bufio.NewScanner(file); scan.Scan(); {
		fields := strings.SplitN(scan.Text(), "\t", 4)
		if len(fields) != 4 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		width, _ := strconv.ParseFloat(fields[1], 64)
		want, _ := strconv.Atoi(fields[2])
		v := &View{Theme: theme, Width: 1920, Height: 1080}
		got, _ := v.lines(fields[0], fields[3], width)
		if got < want {
			t.Errorf("%s, %g em: %d lines, Chromium took %d: %q", fields[0], width, got, want, fields[3])
		}
		cases++
		over += got - want
	}
	if cases < 500 {
		t.Errorf("only %d cases", cases)
	}
	if limit := cases * 6 / 10; over > limit {
		t.Errorf("the estimate is %d lines too many over %d cases, more than %d", over, cases, limit)
	}
}

func TestLines(t *testing.T) {
	m := &Metrics{Upper: 1000, Lower: 1000, Wide: 1000}
	for i := range m.ASCII {
		m.ASCII[i] = 1000
	}
	for _, c := range []struct {
		text  string
		width float64
		lines int
		fits  bool
	}{
		{"", 5, 1, true},
		{"abc", 3, 1, true},
		{"abc def", 3, 2, true},
		{"abc def", 7, 1, true},
		{"abc\ndef", 9, 2, true},
		{"abcdefghi", 3, 4, false},
		{"a abcdefghi b", 3, 6, false},
		{"x-yz", 2, 2, true},
		{"日本語", 1, 3, true},
		{"日本。", 2, 2, true},
		{"a\u00a0b", 2, 3, false},
		{"e\u0301e", 2, 1, true},
	} {
		if lines, fits := m.Lines(c.text, c.width, 0); lines != c.lines || fits != c.fits {
			t.Errorf("Lines(%q, %g) = %d, %v; want %d, %v", c.text, c.width, lines, fits, c.lines, c.fits)
		}
	}
	if f, ok := m.Fit("aaaa bbbb", 4, 1, 0, 0.25); !ok || f < 0.43 || f > 0.45 {
		t.Errorf("Fit = %g, %v; want 4/9", f, ok)
	}
	if f, ok := m.Fit("aaaa bbbb", 4, 1, 0, 0.9); ok || f != 0.9 {
		t.Errorf("Fit = %g, %v; want 0.9, false", f, ok)
	}
}

// TestFlow: what takes room in the default look is counted: hard breaks, the air between the paragraphs of a quote, and
// the rows of code, also those that only a narrow block makes.
func TestFlow(t *testing.T) {
	set, _ := Load(nil)
	v := &View{Theme: set.Theme("tangent"), Width: 1920, Height: 1080, Shape: "landscape"}
	p := func(text string) Block { return Block{Kind: "paragraph", Text: text} }
	cell := func(h template.HTML) Block {
		return Block{Kind: "table", Table: &Table{Header: []template.HTML{h, "b"}}}
	}
	code := func(lines, rows, cols int) Block {
		return Block{Kind: "code", Code: &Code{Lines: lines, Rows: rows, Cols: cols}}
	}
	quote := func(by string, blocks ...Block) Block { return Block{Kind: "quote", Blocks: blocks, ByText: by} }
	narrow := Block{Kind: "directive", Name: "columns", Blocks: []Block{code(1, 1, 90), p("x"), p("x")}}
	for _, c := range []struct {
		name  string
		b     Block
		least float64
	}{
		{"hard breaks", p("a\nb\nc"), 3 * 1.4 * 40},
		{"hard break in a cell", cell("a<br>b"), 2 * 1.25 * 0.86 * 40},
		{"quote", quote("Ada", p("a"), p("b"), p("c")), (1.26 + 3*(0.68+1.36*1.14) + 0.68 + 0.816*1.3) * 40},
		{"quote with a list", quote("", p("a"), Block{Kind: "list", Items: []Item{{Text: "a"}, {Text: "b"}}}), (1.26 + 0.68 + 1.36*1.14 + 0.68 + 1.36*3.3) * 40},
		{"wrapped code", code(2, 9, 80), 72 + 9*1.56*24},
		{"code in columns", narrow, 72 + 3*1.56*24},
	} {
		if got := v.FlowH([]Block{c.b}, 40, 1680, 1e4); got < c.least || got > 1.5*c.least {
			t.Errorf("%s: %g high, want %g or a little more", c.name, got, c.least)
		}
	}
	if got := v.FlowH([]Block{p("a"), {Kind: "image"}}, 40, 1680, 300); got != 300 {
		t.Errorf("with a picture %g high, want all of 300", got)
	}
	if a, b := v.FitBox("display", "a\nb\nc\nd", 200, 1, 1680, 400), v.FitBox("display", "a b c d", 200, 1, 1680, 400); a < 0.48 || a > 0.5 || b != 1 {
		t.Errorf("four lines are drawn at %g, one at %g; want 0.5 or a little less, and 1", a, b)
	}
}

// TestShrink: the factor is the largest of the 101, and is found without trying them all.
func TestShrink(t *testing.T) {
	for i := range 102 {
		tries := 0
		limit := 1 - 0.0075*float64(i)
		got, ok := shrink(0.25, func(f float64) bool { tries++; return f <= limit+1e-9 })
		if want := max(limit, 0.25); ok != (i <= 100) || got > want+1e-9 || got < want-0.002 || tries > 8 {
			t.Errorf("limit %g: %g, %v after %d tries", limit, got, ok, tries)
		}
	}
}

// FuzzFit: a text never takes fewer lines in a narrower box, and never more lines than its characters.
func FuzzFit(f *testing.F) {
	f.Add("Ship the film, not the file", 4.0)
	f.Add("日本語のタイトル。", 0.5)
	f.Add("https://example.com/?q=1", 3.0)
	f.Fuzz(func(t *testing.T, s string, width float64) {
		if !(width > 0.2 && width < 1e4) || len(s) > 2000 {
			return
		}
		m := plainMetrics
		wide, _ := m.Lines(s, width*2, 0)
		narrow, _ := m.Lines(s, width, 0)
		if narrow < wide {
			t.Errorf("%q takes %d lines in %g em and %d in twice that", s, narrow, width, wide)
		}
		if v := (&View{Width: 1920, Height: 1080}); true {
			if f := v.FitBox("display", s, 100, 1, width*100, 500); f < 0.24 || f > 1 {
				t.Errorf("factor %g", f)
			}
		}
	})
}
