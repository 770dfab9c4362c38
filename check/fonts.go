package check

import (
	"fmt"
	"strings"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/source"
)

// checkFonts finds font families that nothing supplies (contract §10).
func (c *checker) checkFonts() {
	loaded := map[string]bool{} // families that some page of the film brings
	own := map[*page]map[string]bool{}
	for _, p := range c.pages {
		own[p] = p.families()
		for name := range own[p] {
			loaded[name] = loaded[name] || p.mounted
		}
	}
	for _, p := range c.pages {
		reported := map[string]bool{}
		known := func(family string) bool {
			_, builtIn := builtInFonts[family]
			return builtIn || genericFonts[family] || own[p][family]
		}
		supplied := func(family string) bool { return known(family) || loaded[family] }
		c.eachFont(p, supplied, func(f *source.File, name cssText) {
			family := strings.ToLower(name.text)
			if known(family) || reported[family] {
				return
			}
			reported[family] = true
			if loaded[family] {
				c.report("check/font-missing", f, name.start, name.end, fmt.Sprintf("the font %q comes from another file: the official linter reads each file alone", name.text),
					"repeat the @font-face here, or take the name from a custom property: font-family: var(--font)")
				return
			}
			hint := "add a @font-face with a file of the project, or use a built-in family"
			if near := source.Nearest(family, sortedKeys(builtInFonts)); near != "" {
				hint = fmt.Sprintf("did you mean %q? Else add a @font-face with a file of the project", near)
			}
			c.report("check/font-missing", f, name.start, name.end, fmt.Sprintf("nothing supplies the font %q", name.text), hint)
		})
	}
}

// families returns the font families that a page brings: by @font-face and from Google Fonts.
func (p *page) families() map[string]bool {
	out := map[string]bool{}
	for _, s := range p.sheets {
		for _, face := range s.faces {
			for _, d := range face.decls {
				if d.Property == "font-family" {
					out[strings.ToLower(unquote(d.Value))] = true
				}
			}
		}
		for _, r := range s.refs {
			googleFamilies(r.URL, out)
		}
	}
	for i := range p.doc.Tags {
		if p.tag(i).Name == "link" {
			googleFamilies(p.attr(i, "href"), out)
		}
	}
	return out
}

// googleFamilies adds the families that a Google Fonts address asks for.
func googleFamilies(address string, out map[string]bool) {
	if !strings.Contains(address, "fonts.googleapis.com") {
		return
	}
	_, query, _ := strings.Cut(strings.ReplaceAll(address, "&amp;", "&"), "?")
	for _, part := range strings.Split(query, "&") {
		list, ok := strings.CutPrefix(part, "family=")
		if !ok {
			continue
		}
		for _, f := range strings.Split(strings.ReplaceAll(unpercent(list), "+", " "), "|") {
			name, _, _ := strings.Cut(f, ":")
			out[strings.ToLower(strings.TrimSpace(name))] = true
		}
	}
}

func unquote(s string) string { return strings.Trim(strings.TrimSpace(s), `"'`) }

// eachFont calls report for every family that a page asks for. Of the lists that the official linter reads, font-family
// in style sheets, it is told every name, fallbacks too; of others only the names that come into play: those before the
// first that is supplied.
func (c *checker) eachFont(p *page, supplied func(string) bool, report func(*source.File, cssText)) {
	for _, s := range p.sheets {
		for k := range s.rules {
			for _, d := range s.rules[k].decls {
				if d.Property == "font-family" {
					eachFamily(d, s.File, nil, report)
				} else {
					eachFamily(d, s.File, supplied, report)
				}
			}
		}
	}
	for i := range p.doc.Tags {
		for _, d := range p.inlineDecls(i) {
			eachFamily(d, p.File, supplied, report)
		}
		if a := p.tag(i).Find("font-family"); a != nil {
			eachFamily(decl{Property: "font-family", Value: a.Value, ValStart: a.ValStart, ValEnd: a.ValEnd}, p.File, supplied, report)
		}
	}
}

// eachFamily calls report for the families of a font-family or font declaration, up to the first for which until holds;
// for all of them if until is nil. Computed names are left out.
func eachFamily(d decl, f *source.File, until func(string) bool, report func(*source.File, cssText)) {
	if d.Property != "font-family" && d.Property != "font" {
		return
	}
	_, families := css.FontSize(d)
	at := d.ValStart
	for _, name := range families {
		if name == "" || isPlaceholder(name) {
			continue
		}
		if until != nil && until(strings.ToLower(name)) {
			return
		}
		from, to := at, d.ValEnd
		if i := strings.Index(string(f.Data[at:d.ValEnd]), name); i >= 0 {
			from, to = at+i, at+i+len(name)
			at = to
		}
		report(f, cssText{name, from, to})
	}
}
