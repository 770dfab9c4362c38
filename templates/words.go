package templates

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/hframes/hframes/internal/markup"
)

// through are the inline elements whose text is cut into words. What stands in any other element, or in one that a
// variable of the film fills, stays whole.
var through = []string{"a", "b", "del", "em", "i", "ins", "mark", "s", "small", "span", "strong", "u"}

// Words returns inline HTML with each word in <span class="w" style="--w:N;--ws:TOTAL">, counted from 0, so that
// a style sheet can bring a line in word by word. Scripts without spaces are cut by character. An element around several words is
// repeated in each, its id only in the first; code, images and elements bound to a variable are never cut. Words that run
// from right to left stay together, and with them those from left to right in a text that begins the other way: to the
// order of a line each span is a thing without a direction.
func Words(in template.HTML) template.HTML {
	doc := markup.Parse([]byte(in))
	c := cutter{}
	c.walk(doc)
	if slices.ContainsFunc(c.seen, isRTL) {
		c = cutter{whole: runs(c.seen)}
		c.walk(doc)
	}
	return template.HTML(strings.ReplaceAll(c.out.String(), total, strconv.Itoa(c.n)))
}

// walk cuts everything in a document.
func (c *cutter) walk(doc *markup.Doc) {
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
	seen  []rune // characters so far
	whole []bool // of each character: no word ends before it, nor at it if it is a space
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
		whole := len(c.seen) < len(c.whole) && c.whole[len(c.seen)]
		c.seen = append(c.seen, r)
		switch {
		case isSpace(r):
			if !whole {
				c.close()
			}
			c.out.WriteRune(r)
		default:
			if c.word && !whole && mayBreak(c.last, r) {
				c.close()
			}
			c.start()
			c.out.WriteString(template.HTMLEscapeString(string(r)))
		}
		c.last = r
	}
}

// runs says of each character whether it stands within a run that is not to be cut: between two letters of one direction
// that is not the text's own, and always of right to left.
func runs(text []rune) []bool {
	out := make([]bool, len(text))
	first := slices.IndexFunc(text, unicode.IsLetter)
	if first < 0 {
		return out // a script may have characters that no table knows as letters yet
	}
	from := first // the last letter, or a digit that goes with it
	for i := first + 1; i < len(text); i++ {
		digit := text[i] >= '0' && text[i] <= '9'
		if !unicode.IsLetter(text[i]) && (!digit || isRTL(text[from])) {
			continue
		}
		if rtl := isRTL(text[i]); rtl == isRTL(text[from]) && (rtl || isRTL(text[first])) {
			for j := from + 1; j <= i; j++ {
				out[j] = true
			}
		}
		from = i
	}
	return out
}

// isRTL reports whether a character runs from right to left: Hebrew, Arabic and the scripts in the same blocks.
func isRTL(c rune) bool {
	return c >= 0x590 && c <= 0x8ff && unicode.IsLetter(c) || c >= 0xfb1d && c <= 0xfdff || c >= 0xfe70 && c <= 0xfefc ||
		c >= 0x10800 && c <= 0x10fff || c >= 0x1e800 && c <= 0x1efff
}
