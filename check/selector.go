package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hframes/hframes/internal/css"
)

// A selector is a CSS selector that can be matched against a page's tags: compounds joined by combinators. What it cannot
// express it does not match, so that a rule based on it stays silent.
type selector struct {
	parts   []compound
	unknown bool
}

// A compound is a part of a selector without combinators, such as p.note#x[data-y="z"]:nth-child(2).
type compound struct {
	joint   byte // what joins it to the part before: ' ', '>', '+' or '~'
	tag     string
	id      string
	classes []string
	attrs   []attrTest
	root    bool                    // :root
	tests   []func(*page, int) bool // other pseudo-classes
	weight  specificity             // of the pseudo-classes
}

// An attrTest is [name], or [name op value] where op is '=' or the sign before it.
type attrTest struct {
	name, value string
	op          byte // 0: presence is enough
}

// specificity counts the ids, the classes and the like, and the tags of a selector.
type specificity [3]int

func (s specificity) less(t specificity) bool { return slices.Compare(s[:], t[:]) < 0 }

func (s *specificity) add(t specificity) {
	for i := range s {
		s[i] += t[i]
	}
}

// specificity returns what the cascade weighs a selector by.
func (s *selector) specificity() specificity {
	var sum specificity
	for i := range s.parts {
		c := &s.parts[i]
		sum.add(c.weight)
		sum[1] += len(c.classes) + len(c.attrs)
		if c.id != "" {
			sum[0]++
		}
		if c.tag != "" {
			sum[2]++
		}
	}
	return sum
}

// parseSelector reads one selector.
func parseSelector(s string) selector {
	var sel selector
	joint := byte(' ')
	for s = strings.TrimSpace(s); s != ""; {
		switch s[0] {
		case ' ', '\t', '\n', '\r', '\f':
			s = strings.TrimLeft(s, " \t\n\r\f")
			continue
		case '>', '+', '~':
			if len(sel.parts) == 0 || joint != ' ' {
				sel.unknown = true
				return sel
			}
			joint, s = s[0], s[1:]
			continue
		case '|', '&':
			sel.unknown = true
			return sel
		}
		var c compound
		var ok bool
		if c, s, ok = parseCompound(s); !ok {
			sel.unknown = true
			return sel
		}
		c.joint = joint
		joint = ' '
		sel.parts = append(sel.parts, c)
	}
	sel.unknown = len(sel.parts) == 0 || joint != ' '
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
	for n < len(s) && (isName(s[n]) && s[n] != '$' || s[n] == '-' || s[n] == '\\') {
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
		return attrTest{name: name}, name != ""
	}
	op := byte('=')
	if n := len(name) - 1; n > 0 && strings.IndexByte("~^$*|", name[n]) >= 0 {
		op, name = name[n], strings.TrimSpace(name[:n])
	}
	return attrTest{name, strings.Trim(strings.TrimSpace(value), `"'`), op}, name != ""
}

// holds reports whether an attribute's value passes the test.
func (a *attrTest) holds(v string) bool {
	switch a.op {
	case 0:
		return true
	case '=':
		return v == a.value
	case '~':
		return hasClass(v, a.value)
	case '|':
		return v == a.value || strings.HasPrefix(v, a.value+"-")
	case '^':
		return a.value != "" && strings.HasPrefix(v, a.value)
	case '$':
		return a.value != "" && strings.HasSuffix(v, a.value)
	}
	return a.value != "" && strings.Contains(v, a.value)
}

// pseudo reads the pseudo-class at the start of s.
func (c *compound) pseudo(s string) (rest string, ok bool) {
	name := identAt(s[1:])
	rest = s[1+len(name):]
	arg := ""
	if strings.HasPrefix(rest, "(") {
		end := closing(rest)
		if end < 0 {
			return s, false
		}
		arg, rest = strings.TrimSpace(rest[1:end]), rest[end+1:]
	}
	test := func(f func(*page, int) bool) {
		c.tests = append(c.tests, f)
		c.weight[1]++
	}
	switch name {
	case "first-child":
		test(func(p *page, i int) bool { return p.position(i) == 1 })
	case "last-child":
		test(func(p *page, i int) bool { return p.position(i) == p.siblings(i) })
	case "only-child":
		test(func(p *page, i int) bool { return p.siblings(i) == 1 })
	case "nth-child":
		arg = strings.ReplaceAll(strings.ToLower(arg), " ", "")
		test(func(p *page, i int) bool { return nthMatches(arg, p.position(i)) })
	case "root":
		c.root = true
		c.weight[1]++
	case "is", "where", "not":
		return rest, c.choice(name, arg)
	default:
		return s, false
	}
	return rest, true
}

// closing returns the index of the ")" for the "(" that s begins with, -1 if there is none.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// choice adds :is(), :where() or :not() with a list of selectors.
func (c *compound) choice(name, arg string) bool {
	var list []selector
	var most specificity
	for _, part := range css.Split(arg) {
		sel := parseSelector(part)
		if sel.unknown {
			return false
		}
		list = append(list, sel)
		if w := sel.specificity(); most.less(w) {
			most = w
		}
	}
	if name != "where" {
		c.weight.add(most)
	}
	c.tests = append(c.tests, func(p *page, i int) bool {
		for k := range list {
			if list[k].matchFrom(p, i, len(list[k].parts)-1) {
				return name != "not"
			}
		}
		return name == "not"
	})
	return len(list) > 0
}

// maxSteps bounds the ways that are tried to match one selector: long chains of descendants have very many.
const maxSteps = 2000

// matches reports whether the selector matches tag i of page p.
func (s *selector) matches(p *page, i int) bool {
	p.steps = 0
	return !s.unknown && s.matchFrom(p, i, len(s.parts)-1)
}

func (s *selector) matchFrom(p *page, i, part int) bool {
	c := &s.parts[part]
	if p.steps++; p.steps > maxSteps || !c.matches(p, i) {
		return false
	}
	if part == 0 {
		return true
	}
	if c.joint == '+' || c.joint == '~' {
		for j := p.before(i); j >= 0; j = p.before(j) {
			if s.matchFrom(p, j, part-1) {
				return true
			}
			if c.joint == '+' {
				break
			}
		}
		return false
	}
	for up := p.tag(i).Parent; up >= 0; up = p.tag(up).Parent {
		if s.matchFrom(p, up, part-1) {
			return true
		}
		if c.joint == '>' {
			return false
		}
	}
	// a scene's styles may name its own host, or what the entry page puts around it
	return part == 1 && s.parts[0].outer()
}

// outer reports whether a compound names what lies around a composition's content after assembly.
func (c *compound) outer() bool {
	if c.root || c.tag == "html" || c.tag == "body" {
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
	if c.tag != "" && c.tag != t.Name || c.root && t.Name != "html" && (i != p.root || p.entry) {
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
	for k := range c.attrs {
		if v, ok := t.Attr(c.attrs[k].name); !ok || !c.attrs[k].holds(v) {
			return false
		}
	}
	for _, test := range c.tests {
		if !test(p, i) {
			return false
		}
	}
	return true
}

// order is where each tag stands among its siblings.
type order struct {
	position []int // by tag, from 1
	count    []int // children by parent + 1
	before   []int // the sibling before, -1 for the first
}

// family returns the order of a page's tags, worked out once.
func (p *page) family() *order {
	if p.order == nil {
		n := len(p.doc.Tags)
		o := &order{make([]int, n), make([]int, n+1), make([]int, n)}
		last := make([]int, n+1)
		for i := range p.doc.Tags {
			up := p.tag(i).Parent + 1
			o.count[up]++
			o.position[i], o.before[i] = o.count[up], last[up]-1
			last[up] = i + 1
		}
		p.order = o
	}
	return p.order
}

// position returns the place of tag i among its parent's children, from 1.
func (p *page) position(i int) int { return p.family().position[i] }

// siblings returns how many children tag i's parent has.
func (p *page) siblings(i int) int { return p.family().count[p.tag(i).Parent+1] }

// before returns the sibling before tag i, -1 if it is the first.
func (p *page) before(i int) int { return p.family().before[i] }

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
