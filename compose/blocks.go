package compose

import (
	"errors"
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"

	"github.com/hframes/hframes/compose/code"
	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/templates"
)

// blocks renders blocks of content in order.
func (r *sceneRun) blocks(in []scene.Block) []templates.Block {
	out := make([]templates.Block, 0, len(in))
	for i := range in {
		out = append(out, r.block(&in[i]))
	}
	return out
}

// block renders one block the default way and hands its parts to the layout.
func (r *sceneRun) block(b *scene.Block) templates.Block {
	out := templates.Block{
		Kind:  string(b.Kind),
		Name:  b.Name,
		ID:    r.id(b.ID, b.Pos),
		Class: strings.Join(b.Classes, " "),
		Inner: r.rich(b.Rich),
		Text:  r.text(b.Rich),
		Level: b.Level, Ordered: b.Ordered, Start: b.Start,
		Style: r.at(b.ID),
	}
	if at, ok := r.cues.ids[b.ID]; ok && b.ID != "" && b.Kind != scene.AudioKind {
		r.cued = append(r.cued, cued{out.ID, at})
	}
	switch b.Kind {
	case scene.Heading:
		r.settings(b.Settings, nil, nil)
		out.HTML = element("h"+strconv.Itoa(min(max(b.Level, 1), 6)), &out, "", out.Inner)
	case scene.Paragraph:
		r.settings(b.Settings, nil, nil)
		out.HTML = element("p", &out, "", out.Inner)
	case scene.List:
		r.settings(b.Settings, nil, nil)
		r.list(b, &out)
	case scene.CodeBlock:
		r.settings(b.Settings, nil, nil)
		r.code(b, &out)
	case scene.ImageKind, scene.VideoKind, scene.AudioKind:
		r.media(b, &out)
	case scene.Quote:
		r.settings(b.Settings, nil, nil)
		r.quote(b, &out)
	case scene.TableKind:
		r.table(b, &out)
	case scene.HTML:
		r.settings(b.Settings, nil, nil)
		out.HTML = r.own(b.Raw, b.Pos, nil)
		if b.ID != "" || out.Class != "" { // {#id .class} on the line above
			out.HTML = element("div", &out, "", out.HTML)
		}
	case scene.Directive:
		r.directive(b, &out)
	}
	r.mark(out.ID, b.Pos, b.End)
	return out
}

// element wraps content in a tag that carries the block's id, classes and cue.
func element(tag string, b *templates.Block, class string, content template.HTML) template.HTML {
	return template.HTML("<" + tag + attributes(b.ID, join(class, b.Class), string(b.Style)) + ">" + string(content) + "</" + tag + ">")
}

func attributes(id, class, style string) string {
	var s strings.Builder
	for _, a := range [][2]string{{"id", id}, {"class", class}, {"style", style}} {
		if a[1] != "" {
			s.WriteString(" " + a[0] + `="` + html.EscapeString(a[1]) + `"`)
		}
	}
	return s.String()
}

func join(words ...string) string { return strings.Join(strings.Fields(strings.Join(words, " ")), " ") }

func htmlOf(blocks []templates.Block) template.HTML {
	var b strings.Builder
	for i := range blocks {
		b.WriteString(string(blocks[i].HTML))
	}
	return template.HTML(b.String())
}

func (r *sceneRun) list(b *scene.Block, out *templates.Block) {
	tag, class := "ul", "list"
	if b.Ordered {
		tag = "ol"
	}
	var items strings.Builder
	depth := r.depth
	r.depth++
	for i := range b.Items {
		it := r.item(&b.Items[i], i, len(b.Items), depth == 0)
		if it.Checked != nil {
			class = "list tasks"
		}
		out.Items = append(out.Items, it)
		items.WriteString(string(it.HTML))
	}
	r.depth--
	start := ""
	if b.Ordered && b.Start > 1 {
		start = fmt.Sprintf(" start=\"%d\"", b.Start)
	}
	out.HTML = template.HTML("<" + tag + start + attributes(out.ID, join(class, out.Class), join2(fmt.Sprintf("--n:%d", len(b.Items)), string(out.Style))) + ">" + items.String() + "</" + tag + ">")
}

// item renders a list item. Items of the outermost lists are counted through the scene: cue {3} means the third.
func (r *sceneRun) item(it *scene.Item, i, n int, counted bool) templates.Item {
	style := fmt.Sprintf("--i:%d;--n:%d", i, n)
	cue := r.at(it.ID)
	if counted {
		r.items++
		if cue == "" {
			cue = r.atItem(r.items)
		}
	}
	r.settings(it.Settings, nil, nil)
	id := r.id(it.ID, it.Pos)
	if cue != "" {
		at, ok := r.cues.ids[it.ID]
		if !ok {
			at = r.cues.items[r.items]
		}
		r.cued = append(r.cued, cued{id, at})
	}
	out := templates.Item{
		ID:      id,
		Class:   strings.Join(it.Classes, " "),
		Inner:   r.rich(it.Rich),
		Text:    r.text(it.Rich),
		Checked: it.Checked,
		Style:   template.CSS(join2(style, string(cue))),
		Blocks:  r.blocks(it.Blocks),
	}
	class := out.Class
	if it.Checked != nil {
		class = join(map[bool]string{true: "task done", false: "task"}[*it.Checked], class)
	}
	inner := out.Inner
	if len(out.Blocks) > 0 || it.Checked != nil {
		inner = template.HTML("<span>" + string(inner) + "</span>")
	}
	out.HTML = template.HTML("<li" + attributes(out.ID, class, string(out.Style)) + ">" + string(inner+htmlOf(out.Blocks)) + "</li>")
	r.mark(out.ID, it.Pos, it.End)
	return out
}

func join2(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ";" + b
}

func (r *sceneRun) quote(b *scene.Block, out *templates.Block) {
	out.Blocks = r.blocks(b.Blocks)
	out.By, out.ByText = r.rich(b.By), r.text(b.By)
	var words []string
	for i := range out.Blocks {
		words = append(words, out.Blocks[i].Text)
	}
	out.Text = strings.TrimSpace(strings.Join(words, "\n"))
	out.Inner = htmlOf(out.Blocks)
	by := template.HTML("")
	if out.By != "" {
		by = template.HTML(`<footer class="by">` + string(out.By) + `</footer>`)
	}
	out.HTML = element("blockquote", out, "quote", out.Inner+by)
}

// code renders a highlighted code block. In a scene with steps the lines light up in turn.
func (r *sceneRun) code(b *scene.Block, out *templates.Block) {
	c := b.Code
	at := r.clip.Steps[min(r.steps, len(r.clip.Steps)):] // steps are counted over all code of the scene
	r.steps += len(c.Steps)
	r.hasCode = true
	o := r.codeOptions(out.ID)
	o.Steps = codeSteps(c.Steps, at)
	res, err := code.Highlight(c.Lang, c.Text, o)
	var unknown *code.UnknownLanguage
	if errors.As(err, &unknown) {
		r.diagnose(r.film.doc.File.AtPos(c.Pos, r.film.after(c.Pos, c.Lang), "compose/unknown-language", err.Error()).Warn().WithHint(unknown.Hint))
	}
	out.Text = c.Text
	out.Code = &templates.Code{
		HTML: template.HTML(res.HTML), Lang: c.Lang, Title: c.Title,
		Lines: res.Lines, Rows: res.Rows, Cols: res.Cols, Steps: len(c.Steps),
	}
	out.HTML = element("figure", out, "code-block", template.HTML(caption(c.Title)+res.HTML))
}

func caption(title string) string {
	if title == "" {
		return ""
	}
	return `<figcaption class="code-title">` + html.EscapeString(title) + `</figcaption>`
}

// table renders a table, or the chart that it describes.
func (r *sceneRun) table(b *scene.Block, out *templates.Block) {
	t := &templates.Table{Align: b.Table.Align}
	for _, c := range b.Table.Header {
		t.Header = append(t.Header, r.rich(c.Rich))
	}
	for _, row := range b.Table.Rows {
		cells := make([]template.HTML, len(row))
		for i, c := range row {
			cells[i] = r.rich(c.Rich)
		}
		t.Rows = append(t.Rows, cells)
	}
	out.Table = t
	if r.isChart(b) {
		out.Kind = "chart"
		r.chart(b, out)
		return
	}
	r.settings(b.Settings, nil, nil)
	out.HTML = element("table", out, "table", tableHTML(t))
}

func tableHTML(t *templates.Table) template.HTML {
	var b strings.Builder
	row := func(tag string, cells []template.HTML, style string) {
		b.WriteString("<tr" + style + ">")
		for i, c := range cells {
			align := ""
			if i < len(t.Align) && t.Align[i] != "" {
				align = ` class="` + t.Align[i] + `"`
			}
			b.WriteString("<" + tag + align + ">" + string(c) + "</" + tag + ">")
		}
		b.WriteString("</tr>")
	}
	b.WriteString("<thead>")
	row("th", t.Header, "")
	b.WriteString("</thead><tbody>")
	for i, cells := range t.Rows {
		row("td", cells, fmt.Sprintf(` style="--i:%d;--n:%d"`, i, len(t.Rows)))
	}
	b.WriteString("</tbody>")
	return template.HTML(b.String())
}

// cells returns the table's cells as plain text.
func (r *sceneRun) cells(t *scene.Table) (header []string, rows [][]string) {
	for _, c := range t.Header {
		header = append(header, r.label(c.Rich))
	}
	for _, row := range t.Rows {
		out := make([]string, len(row))
		for i, c := range row {
			out[i] = r.label(c.Rich)
		}
		rows = append(rows, out)
	}
	return header, rows
}
