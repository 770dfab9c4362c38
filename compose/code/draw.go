package code

import (
	"html"
	"strconv"
	"strings"
)

// block is a text on its way to HTML.
type block struct {
	options Options
	tab     int
	lines   []line
}

// escaper writes text. Quotes need no escape between tags, and code is full of them.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// draw writes the block.
func (b *block) draw() Result {
	res := Result{Lines: len(b.lines)}
	drawn := make([][]row, len(b.lines))
	spans := make([]span, len(b.lines))
	wrap := b.options.Wrap
	if wrap > 0 {
		wrap = max(wrap-b.gutter(), 8)
	}
	for i, l := range b.lines {
		drawn[i] = l.rows(wrap, b.tab)
		spans[i] = span{res.Rows, res.Rows + len(drawn[i])}
		res.Rows += len(drawn[i])
		for _, r := range drawn[i] {
			res.Cols = max(res.Cols, r.cols)
		}
	}
	rolls := rolls(b.options.Steps, spans, res.Rows)
	var w strings.Builder
	b.open(&w, res, len(rolls) > 0)
	for _, r := range rolls {
		r.open(&w)
	}
	for i := range b.lines {
		b.line(&w, i, drawn[i])
	}
	w.WriteString(strings.Repeat("</span>", len(rolls)) + "</code></pre>")
	res.HTML = w.String()
	return res
}

// open writes the tags around the lines. --rows and --cols let a layout choose the size of the type; a block that
// scrolls tells the official layout audit that text beyond its edge is meant to be there (contract §18).
func (b *block) open(w *strings.Builder, res Result, scrolls bool) {
	class, attr := "code", ""
	if len(b.options.Steps) > 0 {
		class += " stepped"
	}
	style := ""
	if b.options.Numbers {
		class += " numbered"
		style = ";--digits:" + strconv.Itoa(b.gutter()-gap) + ";counter-reset:line " + strconv.Itoa(max(b.options.Start, 1)-1)
	}
	if scrolls {
		attr = " data-layout-allow-overflow"
	}
	w.WriteString(`<pre class="` + class + `"` + attr + ` style="--n:` + strconv.Itoa(res.Lines) +
		";--rows:" + strconv.Itoa(res.Rows) + ";--cols:" + strconv.Itoa(max(res.Cols+b.gutter(), 1)) +
		";--tab:" + strconv.Itoa(b.tab) + style + `"><code>`)
}

// gap is the space between a line's number and its text, in columns; code.css has the same.
const gap = 2

// gutter returns the columns that line numbers take.
func (b *block) gutter() int {
	if !b.options.Numbers {
		return 0
	}
	return len(strconv.Itoa(max(b.options.Start, 1)+len(b.lines)-1)) + gap
}

// line writes one line. Its line feed is part of it, so that the text can be copied and read back as it was.
func (b *block) line(w *strings.Builder, i int, rows []row) {
	l := b.lines[i]
	class, style := "line", "--i:"+strconv.Itoa(i)
	if l.change != "" {
		class += " " + l.change
	}
	if first, list := lineSteps(b.options.Steps, i+1); first != "" || list != "" {
		style += first
		if list != "" {
			class += " moves"
			style += ";--steps:" + list
		}
	}
	w.WriteString(`<span class="` + class + `"`)
	if b.options.ID != "" {
		w.WriteString(` id="` + html.EscapeString(b.options.ID) + "-L" + strconv.Itoa(i+1) + `"`)
	}
	w.WriteString(` style="` + style + `">`)
	for j, r := range rows {
		end := ""
		if j == len(rows)-1 && i < len(b.lines)-1 {
			end = "\n"
		}
		if len(rows) > 1 {
			w.WriteString(`<span class="row" style="--indent:` + strconv.Itoa(r.indent) + `">`)
			end += "</span>"
		}
		for _, p := range r.pieces {
			p.write(w)
		}
		w.WriteString(end)
	}
	w.WriteString("</span>")
}

func (p piece) write(w *strings.Builder) {
	if p.class == 0 {
		_, _ = escaper.WriteString(w, p.text) // a strings.Builder takes everything
		return
	}
	w.WriteString(`<span class="` + string(rune(p.class)) + `">`)
	_, _ = escaper.WriteString(w, p.text)
	w.WriteString("</span>")
}
