// Package markup reads an HTML file into its tags with the byte offsets of everything, so that a caller can point at
// a fault in the author's file or splice a change into it and leave every other byte alone. It builds no tree that a
// browser would build: what the author wrote is what comes out, misplaced and unclosed tags included.
package markup

import (
	"bytes"
	"html"
	"strings"

	xhtml "golang.org/x/net/html"
)

// A Doc is one HTML file, taken apart. Tags are in source order.
type Doc struct {
	Data  []byte
	Tags  []Tag
	Stray []EndTag // end tags that close nothing
	Texts []Text   // what stands between tags, the contents of <script> and <style> included
	Open  int      // offset of a comment that is never closed, which takes up the rest of the file; -1 if there is none
}

// A Text is one run of character data. Parent is an index into Doc.Tags; -1 at the top.
type Text struct {
	Start, End int
	Parent     int
}

// A Tag is a start tag and, if it has one, its end tag. Offsets are bytes into Doc.Data.
type Tag struct {
	Name        string // lower case
	Attrs       []Attr
	Start, End  int  // of the start tag: "<" and just past ">"
	Close       int  // offset of the end tag's "<"; -1 for void, self-closed and unclosed elements
	CloseEnd    int  // just past the end tag's ">"; for elements without one, the end of their content
	Parent      int  // index into Doc.Tags; -1 at the top
	SelfClosing bool // written as <x/>
}

// An Attr is one attribute of a start tag. Value is unescaped; ValStart and ValEnd are the offsets of the raw value
// without its quotes (both equal to End when there is no value). Quote is '"', '\” or 0.
type Attr struct {
	Name             string // lower case
	Value            string
	Start, End       int
	ValStart, ValEnd int
	Quote            byte
	HasValue         bool
}

// An EndTag is an end tag without a start tag.
type EndTag struct {
	Name       string
	Start, End int
}

// Attr returns the value of an attribute.
func (t *Tag) Attr(name string) (string, bool) {
	if a := t.Find(name); a != nil {
		return a.Value, true
	}
	return "", false
}

// Find returns the attribute of that name, or nil.
func (t *Tag) Find(name string) *Attr {
	for i := range t.Attrs {
		if t.Attrs[i].Name == name {
			return &t.Attrs[i]
		}
	}
	return nil
}

// Content returns the bytes between a tag's start and end tags.
func (d *Doc) Content(t *Tag) []byte {
	end := t.CloseEnd
	if t.Close >= 0 {
		end = t.Close
	}
	return d.Data[t.End:max(t.End, end)]
}

// Void reports whether an element never has an end tag.
func Void(name string) bool {
	switch name {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr":
		return true
	}
	return false
}

// Parse takes an HTML file apart. It accepts any bytes.
func Parse(data []byte) *Doc {
	d := &Doc{Data: data, Open: -1}
	z := xhtml.NewTokenizer(bytes.NewReader(data))
	var open []int // indexes of open tags, outermost first
	svg := 0       // depth inside svg or math, where <x/> closes
	for at := 0; ; {
		kind := z.Next()
		raw := z.Raw()
		start, end := at, at+len(raw)
		at = end
		switch kind {
		case xhtml.ErrorToken:
			for _, i := range open {
				d.Tags[i].CloseEnd = len(data)
			}
			return d
		case xhtml.CommentToken:
			if end == len(data) && endless(raw) {
				d.Open = start
			}
		case xhtml.TextToken:
			t := Text{Start: start, End: end, Parent: -1}
			if len(open) > 0 {
				t.Parent = open[len(open)-1]
			}
			d.Texts = append(d.Texts, t)
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			name, length := tagName(raw[1:])
			t := Tag{Name: name, Start: start, End: end, Close: -1, CloseEnd: end, Parent: -1,
				SelfClosing: kind == xhtml.SelfClosingTagToken, Attrs: attrs(raw, 1+length, start)}
			if len(open) > 0 {
				t.Parent = open[len(open)-1]
			}
			d.Tags = append(d.Tags, t)
			foreign := name == "svg" || name == "math"
			if Void(name) || (t.SelfClosing && (svg > 0 || foreign)) {
				continue
			}
			if foreign {
				svg++
			}
			open = append(open, len(d.Tags)-1)
		case xhtml.EndTagToken:
			name, _ := tagName(raw[2:])
			match := -1
			for i := len(open) - 1; i >= 0; i-- {
				if d.Tags[open[i]].Name == name {
					match = i
					break
				}
			}
			if match < 0 {
				d.Stray = append(d.Stray, EndTag{Name: name, Start: start, End: end})
				continue
			}
			for _, i := range open[match:] {
				if n := d.Tags[i].Name; n == "svg" || n == "math" {
					svg--
				}
				d.Tags[i].CloseEnd = start
			}
			t := &d.Tags[open[match]]
			t.Close, t.CloseEnd = start, end
			open = open[:match]
		}
	}
}

// endless reports whether a comment lacks its end.
func endless(raw []byte) bool {
	return bytes.HasPrefix(raw, []byte("<!--")) && !bytes.HasSuffix(raw, []byte("-->")) && !bytes.HasSuffix(raw, []byte("--!>"))
}

// tagName returns a tag's name in lower case, and its length as it is written, which lower case may change.
func tagName(raw []byte) (string, int) {
	n := bytes.IndexAny(raw, " \t\r\n\f/>")
	if n < 0 {
		n = len(raw)
	}
	return strings.ToLower(string(raw[:n])), n
}

// attrs scans the attributes of a start tag as HTML's tokenizer does. raw[i:] is what follows the tag's name; base is
// the offset of raw in the file.
func attrs(raw []byte, i, base int) []Attr {
	var out []Attr
	end := len(raw)
	if end > 0 && raw[end-1] == '>' {
		end--
	}
	space := func(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }
	for {
		for i < end && (space(raw[i]) || raw[i] == '/') {
			i++
		}
		if i >= end {
			return out
		}
		a := Attr{Start: base + i}
		from := i
		for i++; i < end && !space(raw[i]) && raw[i] != '/' && raw[i] != '='; i++ {
		}
		a.Name = strings.ToLower(string(raw[from:i]))
		after := i
		for i < end && space(raw[i]) {
			i++
		}
		if i >= end || raw[i] != '=' {
			i = after
			a.End, a.ValStart, a.ValEnd = base+i, base+i, base+i
			out = append(out, a)
			continue
		}
		for i++; i < end && space(raw[i]); i++ {
		}
		a.HasValue = true
		switch {
		case i < end && (raw[i] == '"' || raw[i] == '\''):
			a.Quote = raw[i]
			i++
			from = i
			for i < end && raw[i] != a.Quote {
				i++
			}
			a.ValStart, a.ValEnd = base+from, base+i
			a.Value = html.UnescapeString(string(raw[from:i]))
			if i < end {
				i++
			}
		default:
			from = i
			for i < end && !space(raw[i]) {
				i++
			}
			a.ValStart, a.ValEnd = base+from, base+i
			a.Value = html.UnescapeString(string(raw[from:i]))
		}
		a.End = base + i
		out = append(out, a)
	}
}
