package check

import (
	"strconv"
	"strings"
)

// A selector is a CSS selector that can be matched against a page's tags: compounds joined by descendant and child
// combinators. What it cannot express it does not match, so that a rule based on it stays silent.
type selector struct {
	parts   []compound
	unknown bool
	steps   int // taken in the current match
}

// A compound is a part of a selector without combinators, such as p.note#x[data-y="z"]:nth-child(2).
type compound struct {
	child   bool // must be a child of the part before, not just inside it
	tag     string
	id      string
	classes []string
	attrs   []attrTest
	nth     []string // :nth-child(…) arguments that must hold
}

type attrTest struct {
	name, value string
	any         bool // presence is enough
}

// parseSelector reads one selector.
func parseSelector(s string) selector {
	var sel selector
	child := false
	for s = strings.TrimSpace(s); s != ""; {
		switch s[0] {
		case ' ', '\t', '\n', '\r', '\f':
			s = strings.TrimLeft(s, " \t\n\r\f")
			continue
		case '>':
			child, s = true, s[1:]
			continue
		case '+', '~', '|', '&':
			sel.unknown = true
			return sel
		}
		var c compound
		var ok bool
		if c, s, ok = parseCompound(s); !ok {
			sel.unknown = true
			return sel
		}
		c.child = child
		child = false
		sel.parts = append(sel.parts, c)
	}
	sel.unknown = len(sel.parts) == 0
	return sel
}

// parseCompound reads a compound from the start of s and returns the rest.
func parseCompound(s string) (c compound, rest string, ok bool) {
	for s != "" {
		switch s[0] {
		case ' ', '\t', '\n', '\r', '\f', '>', '+', '~':
			return c, s, true
		case '*':
			s = s[1:]
		case '.', '#':
			name := identAt(s[1:])
			if name == "" {
				return c, s, false
			}
			if s[0] == '.' {
				c.classes = append(c.classes, unescape(name))
			} else {
				c.id = unescape(name)
			}
			s = s[1+len(name):]
		case '[':
			end := strings.IndexByte(s, ']')
			if end < 0 {
				return c, s, false
			}
			test, fine := parseAttrTest(s[1:end])
			if !fine {
				return c, s, false
			}
			c.attrs = append(c.attrs, test)
			s = s[end+1:]
		case ':':
			if s, ok = c.pseudo(s); !ok {
				return c, s, false
			}
		default:
			name := identAt(s)
			if name == "" {
				return c, s, false
			}
			c.tag = strings.ToLower(name)
			s = s[len(name):]
		}
	}
	return c, "", true
}

func identAt(s string) string {
	n := 0
	for n < len(s) && (isName(s[n]) && s[n] != '$' || s[n] == '-') {
		if s[n] == '\\' {
			n++
		}
		n++
	}
	return s[:min(n, len(s))]
}

func parseAttrTest(s string) (attrTest, bool) {
	name, value, has := strings.Cut(s, "=")
	name = strings.ToLower(strings.TrimSpace(name))
	if !has {
		return attrTest{name: name, any: true}, name != ""
	}
	if name == "" || strings.ContainsAny(name[len(name)-1:], "~^$*|") {
		return attrTest{}, false
	}
	return attrTest{name: name, value: strings.Trim(strings.TrimSpace(value), `"'`)}, true
}

// pseudo reads the pseudo-class at the start of s.
func (c *compound) pseudo(s string) (rest string, ok bool) {
	name := identAt(s[1:])
	rest = s[1+len(name):]
	arg := ""
	if strings.HasPrefix(rest, "(") {
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return s, false
		}
		arg, rest = strings.TrimSpace(rest[1:end]), rest[end+1:]
	}
	switch name {
	case "first-child":
		c.nth = append(c.nth, "1")
	case "nth-child":
		c.nth = append(c.nth, strings.ReplaceAll(strings.ToLower(arg), " ", ""))
	default:
		return s, false
	}
	return rest, true
}

// maxSteps bounds the ways that are tried to match one selector: long chains of descendants have very many.
const maxSteps = 2000

// matches reports whether the selector matches tag i of page p.
func (s *selector) matches(p *page, i int) bool {
	s.steps = 0
	return !s.unknown && s.matchFrom(p, i, len(s.parts)-1)
}

func (s *selector) matchFrom(p *page, i, part int) bool {
	c := &s.parts[part]
	if s.steps++; s.steps > maxSteps || !c.matches(p, i) {
		return false
	}
	if part == 0 {
		return true
	}
	for up := p.tag(i).Parent; up >= 0; up = p.tag(up).Parent {
		if s.matchFrom(p, up, part-1) {
			return true
		}
		if c.child {
			return false
		}
	}
	// a scene's styles may name its own host, or what the entry page puts around it
	return part == 1 && !c.child && s.parts[0].outer()
}

// outer reports whether a compound names what lies around a composition's content after assembly.
func (c *compound) outer() bool {
	if c.tag == "html" || c.tag == "body" {
		return true
	}
	for _, a := range c.attrs {
		if a.name == "data-composition-id" {
			return true
		}
	}
	return false
}

func (c *compound) matches(p *page, i int) bool {
	t := p.tag(i)
	if c.tag != "" && c.tag != t.Name {
		return false
	}
	if c.id != "" && c.id != p.attr(i, "id") {
		return false
	}
	if len(c.classes) > 0 {
		list := p.attr(i, "class")
		for _, class := range c.classes {
			if !hasClass(list, class) {
				return false
			}
		}
	}
	for _, a := range c.attrs {
		if v, ok := t.Attr(a.name); !ok || !a.any && v != a.value {
			return false
		}
	}
	for _, n := range c.nth {
		if !nthMatches(n, p.position(i)) {
			return false
		}
	}
	return true
}

// position returns the place of tag i among its parent's children, from 1.
func (p *page) position(i int) int {
	n := 1
	for j := i - 1; j >= 0 && j != p.tag(i).Parent; j-- {
		if p.tag(j).Parent == p.tag(i).Parent {
			n++
		}
	}
	return n
}

// nthMatches reports whether position n fits an+b.
func nthMatches(arg string, n int) bool {
	switch arg {
	case "odd":
		return n%2 == 1
	case "even":
		return n%2 == 0
	}
	if k, err := strconv.Atoi(arg); err == nil {
		return n == k
	}
	as, bs, ok := strings.Cut(arg, "n")
	if !ok {
		return false
	}
	a, b := 1, 0
	switch as {
	case "", "+":
	case "-":
		a = -1
	default:
		a, _ = strconv.Atoi(as)
	}
	if bs != "" {
		b, _ = strconv.Atoi(bs)
	}
	if a == 0 {
		return n == b
	}
	return (n-b)%a == 0 && (n-b)/a >= 0
}

// find returns the live tags that a selector matches, by the page's index of ids, classes and names.
func (p *page) find(sel *selector) []int {
	if sel.unknown {
		return nil
	}
	p.buildIndex()
	last := &sel.parts[len(sel.parts)-1]
	var pool []int
	switch {
	case last.id != "":
		pool = p.index["#"+last.id]
	case len(last.classes) > 0:
		pool = p.index["."+last.classes[0]]
	case last.tag != "":
		pool = p.index[last.tag]
	default:
		pool = p.index["*"]
	}
	var out []int
	for _, i := range pool {
		if p.live[i] && sel.matches(p, i) {
			out = append(out, i)
		}
	}
	return out
}

// buildIndex fills the page's index once.
func (p *page) buildIndex() {
	if p.index != nil {
		return
	}
	p.index = map[string][]int{}
	add := func(key string, i int) { p.index[key] = append(p.index[key], i) }
	for i := range p.doc.Tags {
		add("*", i)
		add(p.tag(i).Name, i)
		if id := p.attr(i, "id"); id != "" {
			add("#"+id, i)
		}
		for _, class := range strings.Fields(p.attr(i, "class")) {
			add("."+class, i)
		}
	}
}
