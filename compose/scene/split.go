package scene

import (
	"bytes"
)

// An outline says where in the text scenes can begin: it is the only pass over the whole file, line by line, and knows
// just enough Markdown to tell a "---" that separates scenes from one in a code block, a directive or a comment. What
// a scene holds is read later, scene by scene.
type outline struct {
	separators []mark
	headings   []mark // of level 1 and 2, outside of everything
	defs       []span // paragraphs that begin with "[label]:", good for every scene
	comments   []span // in order
}

// A mark is a line of the outline. Under is set for a separator directly below text, which other Markdown tools read
// as a heading.
type mark struct {
	start, next int
	level       int
	under       bool
}

const (
	maxDepth = 16  // how deep lists, quotes and directives may stand in one another
	maxOpen  = 500 // how many directives without end a file may hold and still be cut well
)

type paragraph int

const (
	outside paragraph = iota // no paragraph is open
	plain                    // a paragraph at the top
	lazy                     // a list, quote, table or HTML block, whose text goes on without its mark
)

type scanner struct {
	in      *input
	split   Split
	out     outline
	ignore  map[int]bool // directives to look over: nothing closes them
	open    []opener
	fence   fence
	endTag  string // "</pre" while inside <pre>, <script>, <style> or <textarea>
	noEnd   map[string]bool
	para    paragraph
	start   int // first line of the open paragraph
	inList  bool
	item    int // where the text of the outermost list item begins, in columns
	inDef   bool
	attrs   int  // start of the "{...}" lines that belong to the next block, -1 = none
	inAttrs bool // the last of them is not closed yet
}

type opener struct{ at, colons int }

// A fence is an open code block.
type fence struct {
	char          byte
	length, quote int
	list          int // 0 = in no list; else a line that is indented by less ends the list, and the block with it
}

// scan reads the outline of the text from an offset on and blanks the comments on its way.
func scan(in *input, from int, split Split) outline {
	s := &scanner{in: in, split: split, attrs: -1}
	s.run(from)
	if len(s.open) > 0 {
		// A directive that is never closed must not swallow the scenes after it.
		open := map[int]bool{}
		for _, o := range s.open {
			open[o.at] = true
		}
		comments := s.out.comments // blanked by now, so not found again
		s = &scanner{in: in, split: split, ignore: open, attrs: -1}
		s.run(from)
		s.out.comments = comments
	}
	return s.out
}

func (s *scanner) run(from int) {
	for at := from; at < len(s.in.data); {
		next := len(s.in.data)
		if n := bytes.IndexByte(s.in.data[at:], '\n'); n >= 0 {
			next = at + n + 1
		}
		s.line(at, next)
		at = next
	}
}

func (s *scanner) line(at, next int) {
	line := s.in.data[at:next]
	if s.fence.length > 0 && s.inFence(line) {
		return
	}
	if s.endTag != "" {
		if hasFold(line, s.endTag) {
			s.endTag = ""
		}
		return
	}
	body, indent := trimIndent(line)
	if indent < 4 || s.para == lazy || s.inList || len(s.open) > 0 {
		if f, ok := openFence(line); ok {
			s.openCode(f, line, indent)
			return
		}
	}
	if indent > 3 && len(body) > 0 && s.para == outside && !s.inList && len(s.open) == 0 {
		s.attrs = -1
		return // indented code
	}
	if bytes.Contains(line, commentOpen) {
		s.comments(at, next)
		line = s.in.data[at:next]
		body, indent = trimIndent(line)
	}
	if len(body) == 0 {
		s.para, s.inDef = outside, false
		if s.inAttrs {
			s.attrs, s.inAttrs = -1, false
		}
		return
	}
	s.block(at, next, body, indent)
}

// block looks at a line that is neither blank nor code.
func (s *scanner) block(at, next int, body []byte, indent int) {
	if s.attrLine(at, body) {
		return
	}
	if body[0] == ':' && (indent < 4 || s.inList || len(s.open) > 0) && s.directive(at, body) {
		return
	}
	if indent > 3 && s.para == outside && !s.inList {
		return // in a directive, and nothing that goes on
	}
	if s.para == outside && indent < 2 {
		s.inList = false
	}
	top := indent < 4 && (!s.inList || indent < 2)
	if top && s.rule(at, next, body) {
		return
	}
	switch level := headingLevel(body); {
	case level > 0 && indent < 4:
		if top {
			if s.attrs >= 0 {
				at = s.attrs
			}
			s.heading(mark{start: at, next: next, level: level})
		}
	case body[0] == '>':
		s.para, s.inList = lazy, false
	case listMarker(body, s.para == plain) > 0:
		s.listItem(s.in.data[at:next], indent)
		s.para = lazy
	case body[0] == '<' && s.para == outside:
		s.html(at, body)
	case body[0] == '|' || isDelimiterRow(body):
		s.para = lazy
	case s.para == outside:
		s.para, s.start = plain, at
		if s.inList {
			s.para = lazy
		}
		s.definition(at, next, body)
	case s.inDef:
		s.out.defs[len(s.out.defs)-1].end = next
	}
}

// attrLine follows the lines of "{...}": they belong to the heading after them, also where headings begin scenes.
func (s *scanner) attrLine(at int, body []byte) bool {
	if s.inAttrs && (body[0] == ':' || isRule(body) || headingLevel(body) > 0) {
		s.attrs, s.inAttrs = -1, false
	}
	if !s.inAttrs {
		brace := bytes.IndexByte(body, '}')
		if body[0] != '{' || bytes.HasPrefix(body, []byte("{{")) || (brace >= 0 && brace < len(body)-1 && body[len(body)-1] != '}') {
			if headingLevel(body) == 0 {
				s.attrs = -1
			}
			return false
		}
		if s.attrs < 0 {
			s.attrs = at
		}
		if s.para != plain {
			s.start = at
		}
	}
	s.inAttrs = body[len(body)-1] != '}'
	s.para, s.inDef = plain, false
	return true
}

func (s *scanner) definition(at, next int, body []byte) {
	if s.inDef = s.para == plain && body[0] == '[' && bytes.Contains(body, []byte("]:")); s.inDef {
		s.out.defs = append(s.out.defs, span{at, next})
	}
}

// rule looks at a line of dashes, stars or underscores, or at the line under a setext heading.
func (s *scanner) rule(at, next int, body []byte) bool {
	under := s.para == plain
	if under && isUnderline(body) && (string(body) != "---" || s.split == SplitHeading) {
		level := 2
		if body[0] == '=' {
			level = 1
		}
		s.heading(mark{start: s.start, next: next, level: level})
		return true
	}
	if !isRule(body) {
		return false
	}
	if len(s.open) == 0 {
		s.out.separators = append(s.out.separators, mark{start: at, next: next, under: under && body[0] == '-'})
	}
	s.para, s.inList, s.inDef = outside, false, false
	return true
}

func (s *scanner) heading(m mark) {
	if len(s.open) == 0 && m.level < 3 {
		s.out.headings = append(s.out.headings, m)
	}
	s.para, s.inList, s.inDef, s.attrs = outside, false, false, -1
}

func (s *scanner) directive(at int, body []byte) bool {
	l := readColons(body)
	switch l.kind {
	case openColon:
		if !s.ignore[at] && len(s.open) < maxOpen {
			s.open = append(s.open, opener{at, l.colons})
		}
	case closeColon:
		if i := closes(len(s.open), func(i int) int { return s.open[i].colons }, l.colons); i >= 0 {
			s.open = s.open[:i]
		}
	case noColon:
		return false
	}
	// To other tools these lines are paragraphs, so a "---" right below one is a heading to them.
	s.para, s.start, s.inList, s.inDef = plain, at, false, false
	return true
}

// html notes the kinds of HTML block that may hold blank lines.
func (s *scanner) html(at int, body []byte) {
	s.para = lazy
	for _, tag := range [...]string{"pre", "script", "style", "textarea"} {
		end := "</" + tag
		if len(body) <= len(tag)+1 || !bytes.EqualFold(body[1:1+len(tag)], []byte(tag)) || isLetter(body[1+len(tag)]) {
			continue
		}
		if hasFold(body, end) || s.noEnd[end] {
			return
		}
		if !hasFold(s.in.data[at:], end) {
			if s.noEnd == nil {
				s.noEnd = map[string]bool{}
			}
			s.noEnd[end] = true
			return
		}
		s.endTag = end
	}
}

// listItem notes where the text of an item begins, unless it stands in another one.
func (s *scanner) listItem(line []byte, indent int) {
	if s.inList && indent >= s.item {
		return
	}
	body, _ := trimIndent(line)
	n := listMarker(body, false)
	if isBlank(body[n-1]) {
		n--
	}
	mark := indent + n
	width := mark
	for ; n < len(body) && isBlank(body[n]); n++ {
		if width++; body[n] == '\t' {
			width += 3 - (width-1)%4
		}
	}
	if s.inList, s.item = true, width; n == len(body) || width-mark > 4 { // nothing behind the mark, or indented code
		s.item = mark + 1
	}
}

// openCode begins a code block.
func (s *scanner) openCode(f fence, line []byte, indent int) {
	switch {
	case f.list > 0 && f.quote == 0:
		s.listItem(line, indent)
		f.list = s.item
	case f.quote == 0 && s.inList && indent >= s.item:
		f.list = s.item
	}
	s.fence, s.inDef, s.attrs = f, false, -1
}

// inFence reports whether the line belongs to the open code block, and closes the block when it is its last line.
func (s *scanner) inFence(line []byte) bool {
	inner, quote := unquote(line)
	body, indent := trimIndent(inner)
	if quote < s.fence.quote || (indent < s.fence.list && len(body) > 0) {
		s.fence = fence{}
		return false
	}
	if run := runLength(body); run >= s.fence.length && body[0] == s.fence.char && run == len(body) && (indent < 4 || s.fence.list > 0 || len(s.open) > 0) {
		s.fence = fence{}
		s.para = outside
	}
	return true
}

// openFence reads the first line of a code block, behind the marks of the quotes and lists it stands in.
func openFence(line []byte) (fence, bool) {
	var f fence
	line, f.quote = unquote(line)
	for {
		body, _ := trimIndent(line)
		n := listMarker(body, false)
		if n == 0 {
			line = body
			break
		}
		f.list = 1
		line = body[n:]
	}
	f.length = runLength(line)
	if f.length < 3 || (line[0] != '`' && line[0] != '~') {
		return fence{}, false
	}
	f.char = line[0]
	if f.char == '`' && bytes.IndexByte(line[f.length:], '`') >= 0 {
		return fence{}, false
	}
	return f, true
}
