package bundler

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"html"
	"path"
	"slices"
	"strings"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/source"
)

// A page is an HTML file, taken apart. It depends on nothing but its text.
type page struct {
	*text
	doc   *markup.Doc
	refs  []ref        // what is to be replaced, in the order of the file
	hosts []host       // what it mounts
	keep  []string     // pages of <iframe> and <object>, kept as they are
	words []string     // names that its attributes and data islands mention; see keep.go
	drop  map[int]bool // tags to leave out, by index
	dropA map[int]bool // attributes to leave out, by offset
	edges map[int]bool // offsets that white space in <html> goes unseen at: after its tag, around <head> and <body>
	odd   bool         // holds characters that the minifier's placeholders use
}

// A host is an element with data-composition-src.
type host struct {
	src        string
	start, end int
}

// A ref is a piece of a page that the bundler replaces: the raw bytes from start to end, the value of an attribute or
// the contents of a script or style.
type ref struct {
	kind       refKind
	tag        int // index of its tag
	start, end int
	value      string // the attribute unescaped, or the contents
	sum        digest // of contents
}

type refKind int

const (
	refURL          refKind = iota // one URL
	refSrcset                      // URLs with descriptors
	refStyleAttr                   // declarations with url(…)
	refSheet                       // href of <link rel=stylesheet>
	refStyle                       // contents of <style>
	refScript                      // src of a classic script
	refModule                      // src of a module script
	refInlineScript                // contents of a classic script
	refInlineModule                // contents of a module script
	refJSON                        // contents of a data island
)

func (r *run) page(t *text) *page {
	if p, ok := r.pages.get(t, r.build); ok {
		return p
	}
	p := parsePage(t)
	r.pages.put(t, p, r.build)
	return p
}

func parsePage(t *text) *page {
	p := &page{text: t, doc: markup.Parse(t.data), drop: map[int]bool{}, dropA: map[int]bool{}, edges: map[int]bool{},
		odd: bytes.Contains(t.data, []byte(holdOpen)) || bytes.Contains(t.data, []byte(holdClose)) || bytes.Contains(t.data, []byte(ampersand))}
	for i := range p.doc.Tags {
		p.tag(i)
	}
	slices.SortStableFunc(p.refs, func(a, b ref) int { return a.start - b.start })
	return p
}

func (p *page) dir() string { return path.Dir(p.name) }

func (p *page) tag(i int) {
	t := &p.doc.Tags[i]
	switch t.Name {
	case "script":
		p.script(i)
	case "style":
		p.style(i)
	case "link":
		p.link(i)
	case "html":
		p.edges[t.End] = true
	case "head", "body":
		p.edges[t.Start], p.edges[t.CloseEnd] = true, true
	}
	for k := range t.Attrs {
		p.attr(i, &t.Attrs[k])
	}
}

func (p *page) add(kind refKind, tag int, a *markup.Attr) {
	p.refs = append(p.refs, ref{kind: kind, tag: tag, start: a.ValStart, end: a.ValEnd, value: a.Value})
}

// attr finds URLs in an attribute. Scripts and links were dealt with before.
func (p *page) attr(tag int, a *markup.Attr) {
	t := &p.doc.Tags[tag]
	switch {
	case !a.HasValue || t.Name == "script" || a.Name == "href" && (t.Name == "link" || t.Name == "a" || t.Name == "area"):
		return
	case a.Name == "style" || svgURL[a.Name]:
		if cssURL.MatchString(a.Value) || bareImages(a.Value) != nil {
			p.add(refStyleAttr, tag, a)
		}
	case a.Name == "data-composition-src":
		p.hosts = append(p.hosts, host{src: a.Value, start: a.ValStart, end: a.ValEnd})
	case a.Name == "srcset" || a.Name == "imagesrcset":
		p.add(refSrcset, tag, a)
	case holdsURL(t.Name, a.Name):
		if isPage(a.Value) {
			p.keep = append(p.keep, a.Value)
			return
		}
		p.add(refURL, tag, a)
	default:
		p.mention(a.Value)
	}
}

// holdsURL reports whether an attribute holds the URL of something that the page shows. A link to click is not.
func holdsURL(tag, attr string) bool {
	switch attr {
	case "src":
		return true
	case "poster":
		return tag == "video"
	case "data":
		return tag == "object"
	case "href", "xlink:href":
		return tag == "image" || tag == "use" || tag == "feimage"
	}
	return false
}

func isPage(u string) bool {
	u, _, _ = strings.Cut(u, "?")
	u, _, _ = strings.Cut(u, "#")
	return strings.HasSuffix(u, ".html") || strings.HasSuffix(u, ".htm")
}

// svgURL holds the presentation attributes that may name an element of another SVG file.
var svgURL = map[string]bool{"fill": true, "stroke": true, "filter": true, "mask": true, "clip-path": true,
	"marker-start": true, "marker-mid": true, "marker-end": true, "cursor": true}

func (p *page) script(i int) {
	t := &p.doc.Tags[i]
	kind := scriptKind(t)
	src := t.Find("src")
	if src != nil && src.HasValue {
		switch kind {
		case classic:
			p.add(refScript, i, src)
		case module:
			p.add(refModule, i, src)
		default:
			p.mention(src.Value)
		}
		if a := t.Find("integrity"); a != nil && !hasScheme.MatchString(strings.TrimSpace(src.Value)) {
			p.dropA[a.Start] = true // it was the hash of the file before it was bundled
		}
		return
	}
	content := p.doc.Content(t)
	if len(bytes.TrimSpace(content)) == 0 {
		return
	}
	r := ref{tag: i, start: t.End, end: t.End + len(content), value: string(content), sum: sha256.Sum256(content)}
	switch kind {
	case classic:
		r.kind = refInlineScript
	case module:
		r.kind = refInlineModule
	case island:
		r.kind = refJSON
		if kind, _ := t.Attr("type"); !strings.EqualFold(kind, "importmap") {
			p.mention(r.value)
		}
	default:
		p.mention(r.value)
		return
	}
	p.refs = append(p.refs, r)
}

type kindOfScript int

const (
	classic kindOfScript = iota
	module
	island // JSON
	opaque // shaders, templates: anything a browser does not run
)

func scriptKind(t *markup.Tag) kindOfScript {
	kind, _ := t.Attr("type")
	kind, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(kind)), ";")
	switch kind {
	case "", "text/javascript", "application/javascript", "application/ecmascript", "text/ecmascript", "application/x-javascript":
		return classic
	case "module":
		return module
	case "importmap", "speculationrules", "application/json":
		return island
	}
	if strings.HasSuffix(kind, "+json") {
		return island
	}
	return opaque
}

func (p *page) style(i int) {
	t := &p.doc.Tags[i]
	if kind, _ := t.Attr("type"); kind != "" && !strings.EqualFold(kind, "text/css") {
		return
	}
	content := p.doc.Content(t)
	if len(bytes.TrimSpace(content)) > 0 {
		p.refs = append(p.refs, ref{kind: refStyle, tag: i, start: t.End, end: t.End + len(content), value: string(content), sum: sha256.Sum256(content)})
	}
}

func (p *page) link(i int) {
	t := &p.doc.Tags[i]
	href := t.Find("href")
	if href == nil {
		return
	}
	rel, _ := t.Attr("rel")
	as, _ := t.Attr("as")
	local := !hasScheme.MatchString(strings.TrimSpace(href.Value))
	if a := t.Find("integrity"); a != nil && local {
		p.dropA[a.Start] = true
	}
	for _, word := range strings.Fields(strings.ToLower(rel)) {
		switch word {
		case "stylesheet":
			p.add(refSheet, i, href)
			return
		case "preload", "prefetch", "modulepreload":
			if local && (word == "modulepreload" || as == "script" || as == "style") {
				p.drop[i] = true // its file gets another name, and is loaded at once anyway
				return
			}
			p.add(refURL, i, href)
			return
		case "icon", "apple-touch-icon", "mask-icon", "manifest":
			p.add(refURL, i, href)
			return
		}
	}
}

// An outcome is what a ref becomes: a new value, unescaped, or new contents, and what has to stand before its tag.
type outcome struct {
	text   string
	before string
}

// outcome resolves the i-th reference of a mounted page. What is wrong with it is added to the mount.
func (r *run) outcome(m *mount, i int) outcome {
	f := &m.refs[i]
	w := where{dir: m.dir(), rule: fromPage}
	switch f.kind {
	case refURL:
		return outcome{text: r.assetURL(m, f, w, f.value)}
	case refSrcset:
		return outcome{text: r.srcset(m, f, w)}
	case refStyleAttr:
		return outcome{text: cssURL.ReplaceAllStringFunc(withURLs(f.value, bareImages(f.value)), func(whole string) string {
			g := cssURL.FindStringSubmatch(whole)
			old := g[1] + g[2] + g[3]
			u := r.assetURL(m, f, w, old)
			if u == old {
				return whole
			}
			return "url(" + u + ")"
		})}
	case refJSON:
		return outcome{text: r.json(m, f)}
	}
	u := r.unitOf(m, f, w)
	m.used[i] = u
	if u == nil {
		return outcome{text: f.value}
	}
	return outcome{text: r.linked(m.page, f, u), before: r.companion(m.page, u)}
}

// assetURL returns the bundle's URL for one that an attribute holds, or the same if it is not the project's.
func (r *run) assetURL(m *mount, f *ref, w where, raw string) string {
	got := r.find(w, raw)
	switch got.status {
	case isLocal:
		a := r.take(got.path)
		if a.err != nil {
			m.list.Add(m.file().At(f.start, f.end, "bundler/read", fmt.Sprintf("cannot read %q: %v", got.path, a.err)))
			return raw
		}
		return a.url + got.suffix
	case isMissing:
		m.list.Add(m.file().At(f.start, f.end, "bundler/missing-asset", fmt.Sprintf("no file %q", strings.TrimSpace(raw))).WithHint(r.nearest(got.path)))
	case isOutside:
		m.list.Add(m.file().At(f.start, f.end, "bundler/outside-project", fmt.Sprintf("%q leaves the project", strings.TrimSpace(raw))).WithHint("copy the file into the project"))
	}
	return raw
}

// srcset rewrites the URLs of a srcset; the descriptors stay.
func (r *run) srcset(m *mount, f *ref, w where) string {
	var out []string
	for rest := f.value; ; {
		rest = strings.TrimLeft(rest, " \t\r\n\f,")
		if rest == "" {
			return strings.Join(out, ", ")
		}
		n := strings.IndexAny(rest, " \t\r\n\f")
		if n < 0 {
			n = len(rest)
		}
		u, more := rest[:n], rest[n:]
		descriptor := ""
		if trimmed := strings.TrimRight(u, ","); trimmed != u {
			u = trimmed // "a.png, b.png 2x": the comma ends the candidate
		} else if n := strings.IndexByte(more, ','); n >= 0 {
			descriptor, more = more[:n], more[n:]
		} else {
			descriptor, more = more, ""
		}
		out = append(out, strings.TrimSpace(r.assetURL(m, f, w, u)+" "+strings.Join(strings.Fields(descriptor), " ")))
		rest = more
	}
}

// resolve finds out, for all pages at once, what their references become.
func (r *run) resolve(pages []*mount) {
	for _, m := range pages {
		m.outs, m.used = make([]outcome, len(m.refs)), make([]*unit, len(m.refs))
	}
	r.each(len(pages), func(i int) {
		m := pages[i]
		for k := range m.refs {
			m.outs[k] = r.outcome(m, k)
		}
	})
}

// at maps a place in a ref's contents to the page.
func (p *page) at(f ref, start, end int, code, msg string) source.Diagnostic {
	return p.file().At(f.start+start, f.start+min(end, f.end-f.start), code, msg)
}

// escape makes a value fit for an attribute in the given quotes.
func escape(value string, quote byte) string {
	if !strings.ContainsAny(value, `&<>"'`) {
		return value
	}
	if quote == '\'' {
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&#39;").Replace(value)
	}
	return strings.ReplaceAll(html.EscapeString(value), "&#39;", "'")
}
