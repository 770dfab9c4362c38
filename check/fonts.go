package check

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/source"
)

// checkFonts finds font families that nothing supplies (contract §10).
func (c *checker) checkFonts() {
	vars := c.fontVars()
	loaded := map[string]bool{} // families that some page of the film brings
	own := map[*page]map[string]bool{}
	for _, p := range c.pages {
		var imports map[string]bool
		own[p], imports = p.families()
		for _, set := range []map[string]bool{own[p], imports} {
			for name := range set {
				loaded[name] = loaded[name] || p.mounted
			}
		}
	}
	for _, p := range c.pages {
		reported := map[string]bool{}
		known := func(family string) bool {
			_, builtIn := builtInFonts[family]
			return builtIn || genericFonts[family] || own[p][family]
		}
		supplied := func(family string) bool { return known(family) || loaded[family] }
		c.eachFont(p, vars, supplied, func(f *source.File, name cssText) {
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

// families returns the font families that a page brings, by @font-face and from Google Fonts, and those that come by
// @import, where the official linter does not look.
func (p *page) families() (own, imports map[string]bool) {
	own, imports = map[string]bool{}, map[string]bool{}
	for _, s := range p.sheets {
		out := own
		if p.imported[s] {
			out = imports
		}
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
			googleFamilies(p.attr(i, "href"), own)
		}
	}
	return own, imports
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
func (c *checker) eachFont(p *page, vars *fontVars, supplied func(string) bool, report func(*source.File, cssText)) {
	p.eachDecl(func(s *sheet, d *decl) {
		f, until := p.File, supplied
		if s != nil {
			f = s.File
			if d.Property == "font-family" {
				until = nil
			}
		}
		if list, ok := vars.list(d); ok {
			eachFamily(list, f, supplied, report)
			return
		}
		eachFamily(*d, f, until, report)
	})
	for i := range p.doc.Tags {
		if a := p.tag(i).Find("font-family"); a != nil {
			eachFamily(decl{Property: "font-family", Value: a.Value, ValStart: a.ValStart, ValEnd: a.ValEnd}, p.File, supplied, report)
		}
	}
}

// eachDecl calls visit for every declaration of a page's rules and, without a sheet, of its style attributes.
func (p *page) eachDecl(visit func(*sheet, *decl)) {
	for _, s := range p.sheets {
		for k := range s.rules {
			for n := range s.rules[k].decls {
				visit(s, &s.rules[k].decls[n])
			}
		}
	}
	for i := range p.doc.Tags {
		for _, d := range p.inlineDecls(i) {
			visit(nil, &d)
		}
	}
}

// fontVars are the custom properties that font families are taken from.
type fontVars struct {
	used map[string]bool // by font-family: var(--x)
	set  map[string]bool // somewhere in the film
}

func (c *checker) fontVars() *fontVars {
	v := &fontVars{map[string]bool{}, map[string]bool{}}
	for _, p := range c.pages {
		p.eachDecl(func(_ *sheet, d *decl) {
			if strings.HasPrefix(d.Property, "--") {
				v.set[d.Property] = true
			}
			if name, _, ok := fontVar(d); ok {
				v.used[name] = true
			}
		})
		for i := range p.doc.Tags {
			if p.has(i, "data-composition-variables") {
				vars, _ := p.declared(i)
				for id := range vars {
					v.set["--"+id] = true // the runtime sets it
				}
			}
		}
	}
	for name := range v.used {
		for _, p := range c.pages {
			for _, s := range p.scripts {
				v.set[name] = v.set[name] || bytes.Contains(s.Data[s.from:s.to], []byte(name)) || s.local != nil && bytes.Contains(s.local.Data, []byte(name))
			}
		}
	}
	return v
}

// list returns a declaration as a list of families if it gives a custom property that fonts are taken from, or takes
// its fonts from one that nothing sets: then what stands behind the comma counts.
func (v *fontVars) list(d *decl) (decl, bool) {
	if v.used[d.Property] {
		return decl{Property: "font-family", Value: d.Value, ValStart: d.ValStart, ValEnd: d.ValEnd}, true
	}
	name, fallback, ok := fontVar(d)
	if !ok || v.set[name] || fallback == "" {
		return decl{}, false
	}
	return decl{Property: "font-family", Value: fallback, ValStart: d.ValStart, ValEnd: d.ValEnd}, true
}

// fontVar takes apart the var(--name, fallback) that a declaration takes its font families from.
func fontVar(d *decl) (name, fallback string, ok bool) {
	if d.Property != "font-family" && d.Property != "font" || !strings.Contains(d.Value, "var(") {
		return "", "", false
	}
	words := css.Words(d.Value)
	last := words[len(words)-1].Text
	if len(words) > 1 && d.Property == "font-family" {
		last = words[0].Text
	}
	in, ok := strings.CutPrefix(last, "var(")
	if !ok || !strings.HasSuffix(in, ")") || len(words) == 1 && d.Property == "font" {
		return "", "", false
	}
	name, fallback, _ = strings.Cut(strings.TrimSuffix(in, ")"), ",")
	return strings.TrimSpace(name), strings.TrimSpace(fallback), true
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
