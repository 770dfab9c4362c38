package templates

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/hframes/hframes/internal/markup"
)

// through are the inline elements whose text is cut into words. What stands in any other element, or in one that a
// variable of the film fills, stays whole.
var through = []string{"a", "b", "del", "em", "i", "ins", "mark", "s", "small", "span", "strong", "u"}

// Words returns inline HTML with each word in <span class="w" style="--w:N;--ws:TOTAL">, counted from 0, so that
// a style sheet can bring a line in word by word. Scripts without spaces are cut by character. An element around several words is
// repeated in each, its id only in the first; code, images and elements bound to a variable are never cut.
func Words(in template.HTML) template.HTML {
	doc := markup.Parse([]byte(in))
	var c cutter
	at := 0
	for i := range doc.Tags {
		t := &doc.Tags[i]
		if t.Start < at {
			continue // inside one that stays whole
		}
		c.text(doc.Data[at:t.Start])
		if slices.Contains(through, t.Name) && !bound(t) {
			c.enter(doc, t)
			at = t.End
			continue
		}
		at = max(t.End, t.CloseEnd)
		if t.Name == "br" {
			c.close()
			c.out.WriteString("<br>")
			continue
		}
		c.start()
		c.out.Write(doc.Data[t.Start:at])
	}
	c.text(doc.Data[at:])
	c.close()
	return template.HTML(strings.ReplaceAll(c.out.String(), total, strconv.Itoa(c.n)))
}

// total stands for the number of words until it is known. HTML cannot hold it.
const total = "\x00"

// bound reports whether the page writes into the element.
func bound(t *markup.Tag) bool {
	return slices.ContainsFunc(t.Attrs, func(a markup.Attr) bool { return strings.HasPrefix(a.Name, "data-") })
}

// A cutter writes words. Elements that are open where a word ends are closed with it and opened again in the next.
type cutter struct {
	out   bytes.Buffer
	n     int
	word  bool   // a word is open
	last  rune   // the last character written
	elems []elem // open elements, outermost first
}

type elem struct{ first, again, name string }

func (c *cutter) start() {
	if c.word {
		return
	}
	fmt.Fprintf(&c.out, `<span class="w" style="--w:%d;--ws:%s">`, c.n, total)
	c.n++
	c.word = true
	for i := range c.elems {
		c.out.WriteString(c.elems[i].first)
		c.elems[i].first = c.elems[i].again
	}
}

func (c *cutter) close() {
	if !c.word {
		return
	}
	for _, e := range slices.Backward(c.elems) {
		c.out.WriteString("</" + e.name + ">")
	}
	c.out.WriteString("</span>")
	c.word = false
}

func (c *cutter) enter(doc *markup.Doc, t *markup.Tag) {
	raw := string(doc.Data[t.Start:t.End])
	e := elem{first: raw, again: raw, name: t.Name}
	if id := t.Find("id"); id != nil {
		e.again = string(doc.Data[t.Start:id.Start]) + string(doc.Data[id.End:t.End])
	}
	if c.word {
		c.out.WriteString(e.first)
		e.first = e.again
	}
	c.elems = append(c.elems, e)
}

func (c *cutter) leave() {
	if len(c.elems) == 0 {
		return
	}
	last := c.elems[len(c.elems)-1]
	c.elems = c.elems[:len(c.elems)-1]
	if c.word {
		c.out.WriteString("</" + last.name + ">")
	}
}

// text writes a run of text and of end tags.
func (c *cutter) text(raw []byte) {
	for len(raw) > 0 {
		next := bytes.IndexByte(raw, '<')
		if next == 0 {
			end := bytes.IndexByte(raw, '>') + 1
			if end == 0 {
				end = len(raw)
			}
			if bytes.HasPrefix(raw, []byte("</")) {
				c.leave()
			}
			raw = raw[end:]
			continue
		}
		if next < 0 {
			next = len(raw)
		}
		c.plain(html.UnescapeString(string(raw[:next])))
		raw = raw[next:]
	}
}

func (c *cutter) plain(text string) {
	for _, r := range text {
		switch {
		case isSpace(r):
			c.close()
			c.out.WriteRune(r)
		default:
			if c.word && mayBreak(c.last, r) {
				c.close()
			}
			c.start()
			c.out.WriteString(template.HTMLEscapeString(string(r)))
		}
		c.last = r
	}
}
