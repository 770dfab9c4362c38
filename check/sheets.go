package check

import (
	"bytes"
	"strings"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/source"
)

// A sheet is the CSS of one <style> element or of one local file, taken apart. Offsets are into File.
type sheet struct {
	*source.File
	from, to int
	file     bool // a file of its own: relative addresses count from it
	rules    []rule
	faces    []fontFace
	frames   []keyframes
	refs     []css.Ref // addresses; offsets into File
	faults   []cssFault
}

// A rule is one style rule with its selectors.
type rule struct {
	selectors []cssText
	decls     []decl
	nested    bool     // inside another rule
	whole     []string // of a nested rule: its selectors with those around them
	off       bool     // its @media or @container may not hold for a film
	matchers  []selector
}

// parsed returns selector n, ready to match.
func (r *rule) parsed(n int) *selector {
	if r.matchers == nil {
		r.matchers = make([]selector, len(r.selectors))
		for i := range r.selectors {
			text := r.selectors[i].text
			if i < len(r.whole) {
				text = r.whole[i]
			}
			r.matchers[i] = parseSelector(text)
		}
	}
	return &r.matchers[n]
}

// A cssText is a stretch of CSS with its place.
type cssText struct {
	text       string
	start, end int
}

// A decl is one declaration; its offsets are into the file.
type decl = css.Decl

type fontFace struct {
	decls      []decl
	start, end int
}

// keyframes is one @keyframes rule; body is its text without spaces and comments.
type keyframes struct {
	name       string
	body       string
	start, end int // of the name
}

type cssFault struct {
	code, msg, hint string
	start, end      int
}

// text returns the sheet's CSS.
func (s *sheet) text() []byte { return s.Data[s.from:s.to] }

// newSheet takes the CSS in f from byte from to byte to apart.
func newSheet(f *source.File, from, to int) *sheet {
	s := &sheet{File: f, from: from, to: to}
	parsed := css.Parse(f.Data[from:to])
	for i := range parsed.Rules {
		s.add(parsed, i)
	}
	s.refs = refs(f.Data[from:to], from)
	for _, x := range parsed.Faults {
		s.faults = append(s.faults, cssFault{x.Code, x.Msg, x.Hint, from + x.Start, from + x.End})
	}
	return s
}

// add takes over rule i of a parsed sheet.
func (s *sheet) add(parsed *css.Sheet, i int) {
	r := &parsed.Rules[i]
	head := string(parsed.Data[r.SelStart:r.SelEnd])
	inRule, inFrames := around(parsed, i)
	switch {
	case r.At == "font-face":
		s.faces = append(s.faces, fontFace{s.decls(r.Decls), s.from + r.Start, s.from + r.Start + len("@font-face")})
	case strings.HasSuffix(r.At, "keyframes"):
		body := squeeze(parsed.Data[r.Body:r.BodyEnd])
		s.frames = append(s.frames, keyframes{unquote(r.Selector), body, s.from + r.SelStart, s.from + r.SelEnd})
	case r.At == "" && !inFrames:
		next := rule{selectors: splitSelectors(head, s.from+r.SelStart), decls: s.decls(r.Decls), nested: inRule, off: isOff(r.Within)}
		if inRule {
			next.whole = css.Split(parsed.Resolved(i))
		}
		s.rules = append(s.rules, next)
	}
}

// isOff reports whether rules within these at-rules are for another medium than a film, or only perhaps for it.
func isOff(within []string) bool {
	for _, at := range within {
		at = strings.ToLower(at)
		if strings.HasPrefix(at, "@container") {
			return true
		}
		if strings.HasPrefix(at, "@media") && (strings.Contains(at, "print") || strings.Contains(at, "max-") || strings.Contains(at, "<") || strings.Contains(at, "prefers-") || strings.Contains(at, "not ")) {
			return true
		}
	}
	return false
}

// around reports whether a rule stands in another style rule, and whether it is a step of @keyframes.
func around(parsed *css.Sheet, i int) (inRule, inFrames bool) {
	for up := parsed.Rules[i].Parent; up >= 0; up = parsed.Rules[up].Parent {
		inRule = inRule || parsed.Rules[up].At == ""
		inFrames = inFrames || strings.HasSuffix(parsed.Rules[up].At, "keyframes")
	}
	return inRule, inFrames
}

func (s *sheet) decls(list []decl) []decl { return shifted(list, s.from) }

// shifted adds by to the offsets of declarations.
func shifted(list []decl, by int) []decl {
	for i := range list {
		d := &list[i]
		d.Start, d.End, d.ValStart, d.ValEnd = d.Start+by, d.End+by, d.ValStart+by, d.ValEnd+by
	}
	return list
}

// refs returns the addresses in CSS that begins at offset from of its file.
func refs(text []byte, from int) []css.Ref {
	if !bytes.Contains(text, []byte("url(")) && !bytes.Contains(text, []byte("@import")) && !bytes.Contains(text, []byte("image-set(")) {
		return nil
	}
	list := css.Refs(text)
	for i := range list {
		list[i].Start += from
		list[i].End += from
	}
	return list
}

// inlineDecls reads the style attribute of tag i. One with character references is left alone: its places would be off.
func (p *page) inlineDecls(i int) []decl {
	a := p.tag(i).Find("style")
	if a == nil || len(a.Value) != a.ValEnd-a.ValStart {
		return nil
	}
	list, ok := p.inline[i]
	if !ok {
		list, _ = css.ParseDecls([]byte(a.Value))
		shifted(list, a.ValStart)
		p.inline[i] = list
	}
	return list
}

// sheetFile returns a local style sheet that page p links to, read once; nil if it is not there.
func (c *checker) sheetFile(p *page, href string) *sheet {
	if isRemote(href) || isInline(href) {
		return nil
	}
	name, ok := c.resolve(p, href)
	if !ok {
		return nil
	}
	return c.sheetNamed(name)
}

func (c *checker) sheetNamed(name string) *sheet {
	if s, ok := c.sheets[name]; ok {
		return s
	}
	data, err := c.read(name)
	if err != nil {
		return nil
	}
	s := newSheet(source.NewFile(name, data), 0, len(data))
	s.file = true
	c.sheets[name] = s
	return s
}

// addSheet adds a sheet to a page, after those that it imports. A sheet counts once, so that circles end.
func (c *checker) addSheet(p *page, s *sheet, imported bool) {
	if only, known := p.imported[s]; known {
		p.imported[s] = only && imported
		return
	}
	p.imported[s] = imported
	for _, r := range s.refs {
		if !r.Import || isRemote(r.URL) || isInline(r.URL) {
			continue
		}
		for _, name := range candidates(s.Name, r.URL) {
			if c.exists(name) {
				if q := c.sheetNamed(name); q != nil {
					c.addSheet(p, q, true)
				}
				break
			}
		}
	}
	p.sheets = append(p.sheets, s)
}

// squeeze removes comments and spaces, so that two texts that mean the same are the same.
func squeeze(css []byte) string {
	var b strings.Builder
	for i := 0; i < len(css); i++ {
		switch {
		case css[i] == '/' && i+1 < len(css) && css[i+1] == '*':
			end := strings.Index(string(css[i+2:]), "*/")
			if end < 0 {
				return b.String()
			}
			i += end + 3
		case isCSSSpace(css[i]):
		case css[i] == '}' && strings.HasSuffix(b.String(), ";"):
			s := strings.TrimSuffix(b.String(), ";")
			b.Reset()
			b.WriteString(s + "}")
		default:
			b.WriteByte(css[i])
		}
	}
	return b.String()
}

// splitSelectors cuts a rule's head at its commas.
func splitSelectors(head string, base int) []cssText {
	var out []cssText
	depth, from := 0, 0
	cut := func(to int) {
		raw := head[from:to]
		t := strings.TrimSpace(raw)
		at := base + from + strings.Index(raw, t)
		if t != "" {
			out = append(out, cssText{t, at, at + len(t)})
		}
		from = to + 1
	}
	for i := 0; i < len(head); i++ {
		switch head[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				cut(i)
			}
		}
	}
	cut(len(head))
	return out
}

func isCSSSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }
