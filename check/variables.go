package check

import (
	"encoding/json"
	"fmt"
	"strings"
)

// declared returns the variables of a composition, by id: those on <html> of its page and those on its root. onRoot
// says whether some stand on the root, where the preview loader does not read their defaults (contract §3).
func (p *page) declared(root int) (vars map[string]*variable, onRoot bool) {
	vars = map[string]*variable{}
	read := func(i int) bool {
		var list []*variable
		raw := p.attr(i, "data-composition-variables")
		if raw == "" || json.Unmarshal([]byte(raw), &list) != nil {
			return false
		}
		for _, v := range list {
			if v != nil && v.ID != "" {
				vars[v.ID] = v
			}
		}
		return len(list) > 0
	}
	for i := range p.doc.Tags {
		if p.tag(i).Name == "html" {
			read(i)
		}
	}
	if root >= 0 {
		onRoot = read(root)
	}
	return vars, onRoot
}

// checkHosts looks at every element that mounts a file: whether the file is there, fits, and gets its values.
func (c *checker) checkHosts(p *page) {
	for i := range p.doc.Tags {
		if !p.live[i] || !p.isHost(i) {
			continue
		}
		src := p.attr(i, "data-composition-src")
		if isPlaceholder(src) || c.unusable(p, i, src) {
			continue
		}
		id := p.attr(i, "data-composition-id")
		if id == "" {
			c.atTag("check/host-no-id", p, i, fmt.Sprintf("the host of %q has no data-composition-id", src), c.hostIDHint(src))
		}
		if last := p.last(i); last > i+1 || p.words[i] {
			c.atTag("check/host-not-empty", p, i, fmt.Sprintf("%s has content of its own, which the mounted file replaces", p.label(i)), "leave the element empty")
		}
		if q := c.byPath[cleanPath(src)]; q != nil {
			c.checkValues(p, i, q)
		}
	}
}

// unusable reports a host whose file cannot be mounted, and whether that is so.
func (c *checker) unusable(p *page, i int, src string) bool {
	name := cleanPath(src)
	report := func(msg, hint string) bool {
		c.atAttr("check/no-composition", p, i, "data-composition-src", msg, hint)
		return true
	}
	q := c.byPath[name]
	switch {
	case isRemote(src):
		return report(fmt.Sprintf("%q is not a file of the project", src), "copy the composition into the project")
	case q == nil && c.elsewhere(name):
		return true
	case q == nil && !c.exists(name):
		return report(fmt.Sprintf("there is no file %q", src), c.nearestHint(name))
	case q == nil:
		return report(fmt.Sprintf("the file %q cannot be read", src), "")
	case len(strings.TrimSpace(string(q.Data))) == 0:
		return report(fmt.Sprintf("the file %q is empty", src), "put a <template> with the composition in it")
	case q.root < 0:
		return report(fmt.Sprintf("the file %q holds no composition", src), "give its outermost element a data-composition-id, data-width and data-height")
	case q == p || c.mounts(q, p, map[*page]bool{}):
		return report(fmt.Sprintf("%q is mounted inside itself: it is left out", src), "break the circle")
	}
	return false
}

// mounts reports whether page p mounts page target, itself or through others.
func (c *checker) mounts(p, target *page, seen map[*page]bool) bool {
	if seen[p] {
		return false
	}
	seen[p] = true
	for i := range p.doc.Tags {
		if !p.live[i] || !p.isHost(i) {
			continue
		}
		q := c.byPath[cleanPath(p.attr(i, "data-composition-src"))]
		if q == target || q != nil && c.mounts(q, target, seen) {
			return true
		}
	}
	return false
}

func (c *checker) hostIDHint(src string) string {
	if q := c.byPath[cleanPath(src)]; q != nil && q.root >= 0 {
		return fmt.Sprintf("write data-composition-id=%q, as in the file", q.attr(q.root, "data-composition-id"))
	}
	return "write the id of the composition in the file"
}

// checkValues compares a host's values with the variables that the mounted file declares.
func (c *checker) checkValues(p *page, i int, q *page) {
	id := p.attr(i, "data-composition-id")
	root := q.innerRoot(id)
	inner := q.attr(root, "data-composition-id")
	vars, onRoot := q.declared(root)
	a := p.tag(i).Find("data-variable-values")
	given := map[string]bool{}
	if a != nil {
		list, object := members(a.Value)
		if !object || isPlaceholder(a.Value) {
			return
		}
		if id != "" && inner != id && len(list) > 0 {
			c.atAttr("check/renamed-host", p, i, "data-composition-id", fmt.Sprintf("the host is called %q, the composition in %s %q: its values are ignored", id, q.Name, inner),
				fmt.Sprintf("write data-composition-id=%q", inner))
		}
		for _, m := range list {
			given[m.key] = true
			start := rawOffset(p.Data, a, m.keyAt)
			v := vars[m.key]
			if v == nil {
				if len(vars) > 0 {
					c.report("check/unknown-value", p.File, start, rawOffset(p.Data, a, m.keyAt+len(m.key)+2),
						fmt.Sprintf("%s declares no variable %q", q.Name, m.key), didYouMean(m.key, vars))
				}
				continue
			}
			if why := v.refuses(m.raw); why != "" {
				c.report("check/bad-value", p.File, rawOffset(p.Data, a, m.start), rawOffset(p.Data, a, m.end), fmt.Sprintf("the value of %q %s", m.key, why), "")
			}
		}
	}
	c.missingValues(p, i, q, vars, given, onRoot)
}

// missingValues reports variables that a host leaves to their defaults where that goes wrong: the preview loader reads
// no defaults from a template's root, and one instance's values leak into the next (contract §3).
func (c *checker) missingValues(p *page, i int, q *page, vars map[string]*variable, given map[string]bool, onRoot bool) {
	var missing []string
	for _, id := range sortedKeys(vars) {
		if !given[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 || !onRoot && c.hostCount(q) < 2 {
		return
	}
	why := "in preview they have no value, since defaults on a template's root are not read"
	if !onRoot {
		why = "in preview they may keep the value of another host of the same file"
	}
	c.atName("check/missing-value", p, i, valueAttr(p, i), fmt.Sprintf("no value for %s of %s: %s", quoteAll(missing), q.Name, why),
		"give every variable a value on every host")
}

func valueAttr(p *page, i int) string {
	if p.has(i, "data-variable-values") {
		return "data-variable-values"
	}
	return "data-composition-src"
}

// hostCount returns how many hosts mount a page.
func (c *checker) hostCount(q *page) int {
	n := 0
	for _, k := range c.comps {
		if k.page == q && k.tag == q.root {
			n += len(k.hosts)
		}
	}
	return n
}

// checkBindings finds data-var-text and data-var-src that name a variable nobody declares.
func (c *checker) checkBindings(p *page) {
	for i := range p.doc.Tags {
		if !p.live[i] {
			continue
		}
		for _, attr := range []string{"data-var-text", "data-var-src"} {
			id := p.attr(i, attr)
			if id == "" || isPlaceholder(id) {
				continue
			}
			vars, _ := p.declared(p.comp[i])
			if p.root >= 0 && p.comp[i] != p.root {
				more, _ := p.declared(p.root)
				for k, v := range more {
					vars[k] = v
				}
			}
			if vars[id] != nil || len(vars) == 0 && (p.snippet || !p.entry) {
				continue
			}
			c.atAttr("check/unknown-binding", p, i, attr, fmt.Sprintf("no variable %q is declared: %s keeps what is written here", id, p.label(i)), didYouMean(id, vars))
		}
	}
}
