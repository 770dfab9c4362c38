package bundler

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/html"

	"github.com/hframes/hframes/internal/markup"
)

// A page is written anew from its tags, then minified. The official tools read pages with a browser, but also with
// patterns (contract §7.3), so the minifier is kept from everything that those may look at: attribute values, inline
// SVG, scripts, styles and preformatted text go around it as placeholders, and come out byte for byte as they were
// written. What is left for it are comments, the doctype, white space between and inside tags, and white space in prose.
// That white space is pulled together, never taken away: between two inline-block elements it is visible.

// Placeholders are made of characters that no text may hold: Unicode noncharacters. A page that has one all the same is
// not minified.
const (
	leads     = "\xef\xb7" // first bytes of all three
	holdOpen  = "\ufdd0"
	holdClose = "\ufdd1"
	ampersand = "\ufdd2"
)

// A drawing is a page as it was written last, and from what.
type drawing struct {
	outs  []outcome
	facts string
	file  *File
}

// draw writes every page into the bundle.
func (r *run) draw(pages []*mount, f facts) {
	r.each(len(pages), func(i int) {
		m := pages[i]
		d, ok := r.drawn.get(m.page, r.build)
		if !ok || d.facts != f.key || !slices.Equal(d.outs, m.outs) {
			data := m.write(m.outs, f, !r.o.NoMinify)
			sum := sha256.Sum256(data)
			d = &drawing{m.outs, f.key, &File{Path: m.name, Size: int64(len(data)), Hash: hex.EncodeToString(sum[:]), data: data}}
			r.drawn.put(m.page, d, r.build)
		}
		r.emit(d.file)
	})
}

// write returns the page with its references replaced.
func (p *page) write(outs []outcome, f facts, small bool) []byte {
	w := &writer{page: p, outs: outs, facts: f, small: small && !p.odd}
	w.pieces()
	if !w.small {
		return w.out.Bytes()
	}
	var b bytes.Buffer
	o := &html.Minifier{KeepDefaultAttrVals: true, KeepDocumentTags: true, KeepEndTags: true, KeepQuotes: true, KeepWhitespace: true}
	if err := o.Minify(minify.New(), &b, bytes.NewReader(w.out.Bytes()), nil); err != nil {
		return w.restore(w.out.Bytes())
	}
	return w.restore(b.Bytes())
}

// A writer writes one page.
type writer struct {
	*page
	outs  []outcome
	facts facts
	small bool

	out     bytes.Buffer
	held    [][]byte
	next    int // index of the reference that comes next
	foreign int // just past the <svg> or <math> that is being written, 0 = none
	from    int // where it began in out
}

// hold writes b so that the minifier does not see it.
func (w *writer) hold(b []byte) {
	if !w.small || w.foreign > 0 {
		w.out.Write(b)
		return
	}
	w.out.WriteString(holdOpen + strconv.Itoa(len(w.held)) + holdClose)
	w.held = append(w.held, bytes.Clone(b))
}

// restore puts back what was held.
func (w *writer) restore(b []byte) []byte {
	out := make([]byte, 0, len(b)+len(b)/2)
	for {
		n := bytes.Index(b, []byte(leads))
		if n < 0 {
			return append(out, b...)
		}
		out = append(out, b[:n]...)
		b = b[n:]
		switch {
		case bytes.HasPrefix(b, []byte(ampersand)):
			out, b = append(out, '&'), b[len(ampersand):]
		case bytes.HasPrefix(b, []byte(holdOpen)):
			number, rest, _ := bytes.Cut(b[len(holdOpen):], []byte(holdClose))
			if i, err := strconv.Atoi(string(number)); err == nil && i < len(w.held) {
				out = append(out, w.held[i]...)
			}
			b = rest
		default: // another character with the same beginning
			out, b = append(out, leads...), b[len(leads):]
		}
	}
}

// A piece is a part of the page that is not a comment.
type piece struct {
	start, end int
	kind       pieceKind
	index      int // of the tag or text
}

type pieceKind int

const (
	startTag pieceKind = iota
	endTag
	strayTag
	character
)

func (p *page) split() []piece {
	d := p.doc
	out := make([]piece, 0, 2*len(d.Tags)+len(d.Texts)+len(d.Stray))
	for i, t := range d.Tags {
		out = append(out, piece{t.Start, t.End, startTag, i})
		if t.Close >= 0 {
			out = append(out, piece{t.Close, t.CloseEnd, endTag, i})
		}
	}
	for i, t := range d.Stray {
		out = append(out, piece{t.Start, t.End, strayTag, i})
	}
	for i, t := range d.Texts {
		out = append(out, piece{t.Start, t.End, character, i})
	}
	slices.SortFunc(out, func(a, b piece) int { return a.start - b.start })
	return out
}

func (w *writer) pieces() {
	at := 0
	for _, p := range w.split() {
		w.comment(w.data[at:p.start])
		if w.foreign > 0 && p.start >= w.foreign {
			w.closeForeign()
		}
		switch p.kind {
		case startTag:
			w.tag(p.index)
		case endTag:
			if !w.drop[p.index] {
				w.out.WriteString("</" + string(w.rawName(p.start+2)) + ">")
			}
		case strayTag:
			w.out.Write(w.data[p.start:p.end])
		case character:
			w.text(p)
		}
		at = p.end
	}
	w.comment(w.data[at:])
	if w.foreign > 0 {
		w.closeForeign()
	}
}

// rawName returns the name of a tag or an attribute as it was written: SVG's have capitals.
func (w *writer) rawName(at int) []byte {
	n := bytes.IndexAny(w.data[at+1:], " \t\r\n\f/=>")
	if n < 0 {
		return w.data[at:]
	}
	return w.data[at : at+1+n]
}

// registryMark is the one comment that a tool reads: the one on a file that came from a registry (contract §15).
var registryMark = regexp.MustCompile(`^<!--\s*hyperframes-registry-item:`)

// comment writes what stands between tags and text: comments, the doctype.
func (w *writer) comment(b []byte) {
	switch {
	case len(b) == 0:
	case w.small && w.foreign > 0:
		// comments in SVG
	case registryMark.Match(b):
		w.hold(b)
	default:
		w.out.Write(b)
	}
}

func (w *writer) closeForeign() {
	b := bytes.Clone(w.out.Bytes()[w.from:])
	w.out.Truncate(w.from)
	w.foreign = 0
	w.hold(b)
}

func (w *writer) tag(i int) {
	t := &w.doc.Tags[i]
	if w.drop[i] {
		w.skipTo(t.End)
		return
	}
	if b := w.before(t); b != "" {
		w.out.WriteString(b)
	}
	if w.small && w.foreign == 0 && (t.Name == "svg" || t.Name == "math") && t.CloseEnd > t.End {
		w.foreign, w.from = t.CloseEnd, w.out.Len()
	}
	w.out.WriteByte('<')
	w.out.Write(w.rawName(t.Start + 1))
	for k := range t.Attrs {
		if !w.dropA[t.Attrs[k].Start] {
			w.attr(&t.Attrs[k])
		}
	}
	if t.SelfClosing {
		w.out.WriteByte('/')
	}
	w.out.WriteByte('>')
}

// skipTo moves past the references before an offset, those of a tag that is left out.
func (w *writer) skipTo(end int) {
	for w.next < len(w.refs) && w.refs[w.next].start < end {
		w.next++
	}
}

// before returns what has to stand before a tag because of one of its references.
func (w *writer) before(t *markup.Tag) string {
	for k := w.next; k < len(w.refs) && w.refs[k].start <= t.End; k++ {
		if w.doc.Tags[w.refs[k].tag].Start == t.Start && w.outs[k].before != "" {
			return w.outs[k].before
		}
	}
	return ""
}

// take returns the outcome of the reference at an offset, if there is one.
func (w *writer) take(start int) (outcome, bool) {
	w.skipTo(start)
	if w.next < len(w.refs) && w.refs[w.next].start == start {
		w.next++
		return w.outs[w.next-1], true
	}
	return outcome{}, false
}

func (w *writer) attr(a *markup.Attr) {
	w.out.WriteByte(' ')
	w.out.Write(w.rawName(a.Start))
	if !a.HasValue {
		return
	}
	value := string(w.data[a.ValStart:a.ValEnd])
	quote := a.Quote
	if quote == 0 {
		quote = '"'
		value = strings.ReplaceAll(value, `"`, "&quot;")
	}
	if o, ok := w.take(a.ValStart); ok && o.text != a.Value {
		value = escape(o.text, quote)
	}
	w.out.WriteByte('=')
	w.out.WriteByte(quote)
	if simpleValue(value) {
		w.out.WriteString(value)
	} else {
		w.hold([]byte(value))
	}
	w.out.WriteByte(quote)
}

// simpleValue reports whether the minifier would leave an attribute's value alone.
func simpleValue(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '/') {
			return false
		}
	}
	return s != ""
}

func (w *writer) text(p piece) {
	t := w.doc.Texts[p.index]
	b := w.data[p.start:p.end]
	parent := "" // at the top
	if t.Parent >= 0 {
		parent = w.doc.Tags[t.Parent].Name
	}
	if o, ok := w.take(p.start); ok {
		w.hold([]byte(o.text))
		return
	}
	blank := len(bytes.TrimSpace(b)) == 0
	switch {
	case !w.small:
		w.out.Write(b)
	case parent == "script" || parent == "style":
		w.hold(b)
	case w.foreign > 0:
		if !blank || w.drawsText(t.Parent) {
			w.out.Write(b)
		}
	case blank && (parent == "head" || parent == "html" && (w.edges[p.start] || w.edges[p.end])):
	case w.facts.reads && !blank || w.loose(t.Parent):
		w.hold(b)
	default:
		w.out.Write(bytes.ReplaceAll(b, []byte("&"), []byte(ampersand)))
	}
}

// drawsText reports whether white space inside an element of SVG can be visible.
func (w *writer) drawsText(i int) bool {
	for ; i >= 0; i = w.doc.Tags[i].Parent {
		switch w.doc.Tags[i].Name {
		case "text", "foreignobject", "title", "desc":
			return true
		case "svg":
			return false
		}
	}
	return true // MathML
}

// loose reports whether the white space of a text has to stay because of an element around it.
func (w *writer) loose(i int) bool {
	for ; i >= 0; i = w.doc.Tags[i].Parent {
		if w.facts.keepsSpace(&w.doc.Tags[i]) {
			return true
		}
	}
	return false
}
