package check

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hframes/hframes/source"
)

// registrations are the timelines that scripts put into window.__timelines.
type registrations struct {
	ids   map[string][]mark // by composition id
	any   bool              // a key is computed where it could be any composition's
	some  bool              // something is registered at all
	pages map[*page]bool    // pages whose own scripts compute a key
	made  map[*page]bool    // pages whose own scripts make sure that the registry is there
}

// A mark is a place in a file.
type mark struct {
	script     *script
	start, end int
}

// registered scans every script of the film for registrations (contract §5.1).
func (c *checker) registered() *registrations {
	if c.regs != nil {
		return c.regs
	}
	r := &registrations{ids: map[string][]mark{}, pages: map[*page]bool{}, made: map[*page]bool{}}
	c.regs = r
	seen := map[*script]bool{}
	var scan func(s *script, p *page)
	scan = func(s *script, p *page) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		r.scan(s, p)
		for _, l := range s.loads {
			scan(l, nil)
		}
	}
	for _, p := range c.pages {
		for _, s := range p.scripts {
			switch {
			case s.src == "" && p.live[s.tag] || s.src == "" && p.template < 0:
				scan(s, p)
			case s.local != nil:
				scan(s.local, nil)
			case isRemote(s.src) && !isLibrary(s.src):
				r.computed(nil)
			}
		}
	}
	return r
}

// computed notes a registration under a key that is not written out. In a mounted page it can only be one of its own.
func (r *registrations) computed(p *page) {
	r.some = true
	if p != nil && !p.entry {
		r.pages[p] = true
		return
	}
	r.any = true
}

// isLibrary reports whether a remote script is a known library, which registers nothing by itself.
func isLibrary(src string) bool {
	src = strings.ToLower(src)
	for _, name := range []string{"gsap", "three", "lottie", "anime", "d3", "tailwind", "mapbox", "maplibre", "leaflet",
		"html2canvas", "pixi", "matter", "splitting", "katex", "prism", "highlight", "topojson", "chart", "babel", "rough", "shiki", "twgl", "p5", "opentype"} {
		if strings.Contains(src, name) {
			return true
		}
	}
	return false
}

// scan reads one script. Every mention of __timelines that it does not understand counts as a computed registration,
// so that nothing is called missing that may be there.
func (r *registrations) scan(s *script, p *page) {
	t := &s.toks
	aliases := map[string]bool{}
	for i := range t.list {
		switch {
		case t.is(i, "__timelines"):
			if name := t.aliasOf(i); name != "" {
				aliases[name] = true
				if t.is(i+1, ":") {
					continue
				}
			}
			if t.is(i+1, "=") || t.is(i+1, "|") || t.is(i+1, "?") {
				r.made[p] = true
			}
			r.use(s, p, i)
		case t.is(i, "HyperShader"):
			r.computed(nil)
		case t.kind(i) == tokIdent && len(aliases) > 0 && aliases[t.text(i)] && !t.is(i-1, "."):
			r.use(s, p, i)
		}
		if v, ok := t.str(i); ok && v == "__timelines" {
			r.computed(p)
		}
	}
}

// aliasOf returns x of "x = window.__timelines …" and of "{ __timelines: x } = window", where the registry is token i.
func (t *tokens) aliasOf(i int) string {
	if t.is(i+1, ":") && (t.is(i-1, "{") || t.is(i-1, ",")) {
		return t.text(i + 2)
	}
	if t.is(i+1, "[") || t.is(i+1, ".") {
		return ""
	}
	at := i - 1
	for t.is(at, ".") || t.is(at, "window") || t.is(at, "globalThis") || t.is(at, "self") || t.is(at, "(") {
		at--
	}
	if at > 0 && t.is(at, "=") && t.kind(at-1) == tokIdent && !t.is(at-1, "__timelines") {
		return t.text(at - 1)
	}
	return ""
}

// use reads what a script does with the registry at token i.
func (r *registrations) use(s *script, p *page, i int) {
	t := &s.toks
	add := func(id string, at int) {
		r.some = true
		m := mark{s, t.list[at].start, t.list[at].end}
		if !slices.Contains(r.ids[id], m) {
			r.ids[id] = append(r.ids[id], m)
		}
	}
	switch {
	case t.is(i+1, "["):
		end := t.matching(i + 1)
		if !t.assigns(end + 1) {
			return
		}
		if id, ok := t.str(i + 2); ok && end == i+3 {
			add(id, i+2)
			return
		}
		r.computed(p)
	case t.is(i+1, "."):
		if t.kind(i+2) == tokIdent && t.assigns(i+3) {
			add(t.text(i+2), i+2)
		}
	case t.assigned(i+1) && t.is(i+2, "{"):
		r.literal(s, p, i+2, add)
	case t.is(i+1, ",") && t.is(i+2, "{"): // Object.assign(window.__timelines, {…})
		r.literal(s, p, i+2, add)
	default:
		r.whole(s, p, i, add)
	}
}

// whole reads a use of the registry as a whole, at token i: it is made, asked for, or handed on to code that may fill it.
func (r *registrations) whole(s *script, p *page, i int, add func(string, int)) {
	t := &s.toks
	open := t.enclosing(i)
	call := open >= 0 && t.calls(open)
	after := -1 // behind the parentheses around it
	if open >= 0 && !call {
		after = t.matching(open) + 1
	}
	switch {
	case t.seq(i+1, "|", "|", "{") && !t.is(i+4, "}"):
		r.literal(s, p, i+3, add)
	case t.seq(i+1, "|", "|", "{", "}", ",", "{"): // Object.assign(window.__timelines || {}, {…})
		r.literal(s, p, i+6, add)
	case after > 0 && (t.is(after, "[") || t.is(after, ".")):
		r.parenthesised(s, p, after, add)
	case call && !t.onlyReads(open), t.handsOn(i):
		r.computed(p)
	case i+1 >= len(t.list) || t.kind(i+1) == tokIdent || strings.Contains("=|?;)}&:!", t.text(i+1)):
	default:
		r.computed(p)
	}
}

// assigns is assigned for "||=", "??=" and "&&=" too.
func (t *tokens) assigns(i int) bool {
	for _, op := range []string{"|", "?", "&"} {
		if t.is(i, op) && t.adjacent(i, op) && t.adjacent(i+1, "=") {
			return true
		}
	}
	return t.assigned(i)
}

// enclosing returns the "(" around token i, -1 if there is none in its statement.
func (t *tokens) enclosing(i int) int {
	depth := 0
	for i--; i >= 0 && t.list[i].kind != tokChunk; i-- {
		switch text := t.text(i); {
		case t.list[i].kind != tokPunct:
		case text == ")" || text == "]" || text == "}":
			depth++
		case (text == "(" || text == "[" || text == "{") && depth > 0:
			depth--
		case text == "(":
			return i
		case text == "[" || text == "{" || text == ";" && depth == 0:
			return -1
		}
	}
	return -1
}

// calls reports whether the "(" at token i begins the arguments of a call.
func (t *tokens) calls(i int) bool {
	switch t.text(i - 1) {
	case "if", "while", "for", "switch", "catch", "return", "typeof", "in", "of", "void", "await", "yield", "case", "else", "do":
		return false
	}
	return t.kind(i-1) == tokIdent && i > 0 || t.is(i-1, ")") || t.is(i-1, "]")
}

// onlyReads reports whether the call whose "(" is token i does not fill what it is given.
func (t *tokens) onlyReads(i int) bool {
	switch t.text(i - 1) {
	case "keys", "values", "entries", "log", "warn", "error", "stringify", "Boolean":
		return true
	}
	return false
}

// handsOn reports whether the registry at token i is what a function returns or what a property holds from now on.
func (t *tokens) handsOn(i int) bool {
	for i--; t.is(i, ".") && t.kind(i-1) == tokIdent; i -= 2 {
	}
	switch {
	case t.is(i, "return"), t.is(i, ">") && t.is(i-1, "="):
		return true
	case t.is(i, ":"):
		return t.is(i-2, "{") || t.is(i-2, ",")
	}
	return t.is(i, "=") && t.kind(i-1) == tokIdent && t.is(i-2, ".") && !t.is(i-1, "__timelines")
}

// parenthesised reads (window.__timelines = window.__timelines || {})["id"] = x from its "[" or ".".
func (r *registrations) parenthesised(s *script, p *page, i int, add func(string, int)) {
	t := &s.toks
	if t.is(i, ".") {
		if t.assigned(i + 2) {
			add(t.text(i+1), i+1)
		}
		return
	}
	if id, ok := t.str(i + 1); ok && t.is(i+2, "]") {
		add(id, i+1)
		return
	}
	r.computed(p)
}

// literal reads the keys of the object literal whose "{" is token i.
func (r *registrations) literal(s *script, p *page, i int, add func(string, int)) {
	t := &s.toks
	end := t.matching(i)
	for k := i + 1; k < end; k++ {
		switch {
		case t.is(k, "{"), t.is(k, "("), t.is(k, "["):
			if t.is(k, "[") && (t.is(k-1, "{") || t.is(k-1, ",")) {
				r.computed(p)
			}
			k = t.matching(k)
		case t.is(k, "."):
			if t.seq(k, ".", ".", ".") {
				r.computed(p)
			}
			k++
		case !t.is(k-1, "{") && !t.is(k-1, ","):
		default:
			if id, ok := t.str(k); ok && t.is(k+1, ":") {
				add(id, k)
			} else if t.kind(k) == tokIdent && (t.is(k+1, ":") || t.is(k+1, ",") || t.is(k+1, "}")) {
				add(t.text(k), k)
			}
		}
	}
}

// checkTimelines finds compositions for whose timeline the renderer waits 45 seconds in vain (contract §5.5), and
// timelines registered for nothing.
func (c *checker) checkTimelines() {
	if c.root == nil {
		return
	}
	r := c.registered()
	c.orphanTimelines(r)
	if c.entry.entry { // a scene by itself may have a host with data-no-timeline
		c.unmadeRegistry(r)
		c.rootTimeline(r)
	}
	for _, k := range c.comps {
		for _, h := range k.hosts {
			c.waitsForHost(r, k, h)
		}
	}
}

// rootTimeline reports a film whose root has no timeline, or none that the official linter sees.
func (c *checker) rootTimeline(r *registrations) {
	if !c.has(c.root.place, "data-no-timeline") && !r.covers(c.root, c.root.id) {
		msg := fmt.Sprintf("no script registers a timeline for %q: every render waits 45 s for it", c.root.id)
		start, end := c.entry.attrSpan(c.root.tag, "data-composition-id")
		c.reportAs(severityOf(!bytes.Contains(c.entry.Data, []byte("__timelines"))), "check/no-timeline", c.entry.File, start, end, msg,
			fmt.Sprintf(`add data-no-timeline to the root, or set window.__timelines[%q]`, c.root.id))
	} else if !c.has(c.root.place, "data-no-timeline") {
		c.unseenTimeline()
	}
}

// What the official linter looks for in a page: the registry, and timelines in it.
var (
	seenRegistry = regexp.MustCompile(`(?i)window\.__timelines(?:\s*=\s*window\.__timelines\s*\|\|\s*\{\}|\s*=\s*\{\}|\s*\?\?=\s*\{\}|` +
		`(?:\[[^\]]+\]|\.[a-z_$][\w$]*)\s*=|\s*=\s*\{\s*(?:["'][^"']+["']|[a-z_$][\w$]*)\s*:)`)
	seenKey      = regexp.MustCompile(`window\.__timelines(?:\[\s*["']([^"']+)["']\s*\]|\.\s*([A-Za-z_$][\w$]*))\s*(?:\?\?|\|\||&&)?=`)
	seenComputed = regexp.MustCompile(`window\.__timelines\s*(?:\[[^"'\r\n]+\]\s*(?:\?\?|\|\||&&)?=|=\s*\{\s*[\w$"'])`)
)

// unseenTimeline reports a film whose root has a timeline that the official linter does not see: it looks for
// window.__timelines in the text of the page.
func (c *checker) unseenTimeline() {
	p := c.entry
	start, end := p.attrSpan(c.root.tag, "data-composition-id")
	if !seenRegistry.Match(p.Data) {
		msg := "the page itself says nothing of window.__timelines: the official linter does not look into script files"
		if bytes.Contains(p.Data, []byte("__timelines")) {
			msg = "the official linter does not see how this page makes window.__timelines"
		}
		c.report("check/no-timeline", p.File, start, end, msg, "write <script>window.__timelines = window.__timelines || {};</script>")
		return
	}
	for _, s := range p.scripts {
		text := s.Data[s.from:s.to]
		if s.src != "" || seenComputed.Match(text) {
			return // it asks no further
		}
		for _, m := range seenKey.FindAllSubmatch(text, -1) {
			if id := c.root.id; string(m[1]) == id || string(m[2]) == id {
				return
			}
		}
	}
	c.reportAs(source.Warning, "check/no-timeline", p.File, start, end, fmt.Sprintf("the official linter does not see the timeline of %q", c.root.id),
		fmt.Sprintf("write window.__timelines[%q] = …, the way it looks for", c.root.id))
}

// unmadeRegistry reports a page that fills the registry but does not make sure that it is there: older linters ask for it.
func (c *checker) unmadeRegistry(r *registrations) {
	if r.made[c.entry] {
		return
	}
	for _, id := range sortedKeys(r.ids) {
		for _, m := range r.ids[id] {
			if m.script.page == c.entry {
				c.report("check/no-registry", m.script.File, m.start, m.end, "window.__timelines is filled, but nothing makes sure that it is there", "write window.__timelines = window.__timelines || {}; before it")
				return
			}
		}
	}
}

func (c *checker) has(at place, attr string) bool { return at.page.has(at.tag, attr) }

// covers reports whether a composition may have a timeline under that id.
func (r *registrations) covers(k *comp, id string) bool {
	return len(r.ids[id]) > 0 || len(r.ids[k.id]) > 0 || r.any || r.pages[k.page]
}

func (c *checker) waitsForHost(r *registrations, k *comp, h *clip) {
	id := h.page.attr(h.tag, "data-composition-id")
	if id == "" || c.has(h.place, "data-no-timeline") || r.covers(k, id) {
		return
	}
	msg := fmt.Sprintf("no script registers a timeline for %q: every render waits 45 s for it", id)
	hint := fmt.Sprintf(`add data-no-timeline to the host, or set window.__timelines[%q] in %s`, id, k.page.Name)
	if h.place != k.place && c.has(k.place, "data-no-timeline") {
		msg = fmt.Sprintf("data-no-timeline stands on the root in %s, where it is lost: every render waits 45 s for a timeline of %q", k.page.Name, id)
		hint = "put data-no-timeline on the host"
	}
	start, end := h.page.attrSpan(h.tag, "data-composition-id")
	c.reportAs(source.Warning, "check/no-timeline", h.page.File, start, end, msg, hint)
}

// orphanTimelines reports registrations under an id that no composition has.
func (c *checker) orphanTimelines(r *registrations) {
	known := map[string]bool{}
	for _, p := range c.pages {
		for i := range p.doc.Tags {
			if id := p.attr(i, "data-composition-id"); id != "" {
				known[id] = true
			}
		}
	}
	for _, id := range sortedKeys(r.ids) {
		if known[id] {
			continue
		}
		for _, m := range r.ids[id] {
			if m.script.page == nil {
				continue
			}
			hint := "the key must be the data-composition-id"
			if near := nearest(id, sortedKeys(known)); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			} else if len(known) == 1 {
				hint = fmt.Sprintf("the composition here is called %q", sortedKeys(known)[0])
			}
			c.report("check/orphan-timeline", m.script.File, m.start, m.end, fmt.Sprintf("no composition is called %q: this timeline is never played", id), hint)
		}
	}
}

// A library is something that a page's scripts call by a global name and that must be loaded first.
var globals = map[string]string{"gsap": "gsap", "THREE": "three", "lottie": "lottie", "anime": "anime", "d3": "d3"}

// libraries returns the libraries that the film's inline scripts use, by the name of their file.
func (c *checker) libraries() map[string]bool {
	used := map[string]bool{}
	for _, p := range c.pages {
		for _, s := range p.scripts {
			for i := range s.toks.list {
				if name := s.toks.globalUse(i); name != "" {
					used[name] = true
				}
			}
		}
	}
	return used
}

// globalUse returns the library that token i calls, such as gsap in "gsap.to(".
func (t *tokens) globalUse(i int) string {
	if t.list[i].kind != tokIdent || !t.is(i+1, ".") || t.is(i-1, ".") && !t.is(i-2, "window") {
		return ""
	}
	return globals[string(t.src[t.list[i].start:t.list[i].end])]
}

// checkLibraries finds libraries that scripts call but that nothing loads.
func (c *checker) checkLibraries() {
	if c.entry.snippet || !c.entry.entry {
		return // the page around a scene brings them
	}
	if len(c.libraries()) == 0 {
		return
	}
	loaded := c.loadedLibraries()
	for _, p := range c.pages {
		if !p.mounted {
			continue
		}
		reported := map[string]bool{}
		for _, s := range p.scripts {
			for i := range s.toks.list {
				name := s.toks.globalUse(i)
				if name == "" || loaded[name] || reported[name] || s.toks.guarded(i) {
					continue
				}
				reported[name] = true
				k := s.toks.list[i]
				c.report("check/library-missing", s.File, k.start, k.end, fmt.Sprintf("the script uses %s, but no page loads it", s.toks.text(i)),
					fmt.Sprintf("add <script src=\"assets/%s.min.js\"></script> to the head of %s", name, c.entry.Name))
			}
		}
	}
}

// guarded reports whether a script asks whether the global at token i is there at all.
func (t *tokens) guarded(i int) bool {
	name := t.text(i)
	for k := range t.list {
		if t.is(k, "typeof") && t.is(k+1, name) || t.is(k, name) && (t.adjacent(k, "?") && t.is(k+2, ".")) || t.seq(k, "!", "window", ".", name) || t.seq(k, "window", ".", name, ")") || t.seq(k, "window", ".", name, "&", "&") {
			return true
		}
	}
	return false
}

// loadedLibraries returns the libraries that some script of the film brings: by its name, or by what it says inside.
func (c *checker) loadedLibraries() map[string]bool {
	loaded := map[string]bool{}
	for _, p := range c.pages {
		for _, s := range p.scripts {
			for global, name := range globals {
				if s.src != "" && strings.Contains(strings.ToLower(path.Base(s.src)+s.src), name) || s.brings(global, name) {
					loaded[name] = true
				}
			}
		}
	}
	return loaded
}

// brings reports whether a script defines or imports a library.
func (s *script) brings(global, name string) bool {
	code := s
	if s.local != nil {
		code = s.local
	}
	text := string(code.Data[code.from:code.to])
	if s.local != nil && len(text) > 5000 && strings.Contains(text, global) {
		return true // a bundle
	}
	if name == "gsap" && (strings.Contains(text, "GreenSock") || strings.Contains(text, "_gsScope")) {
		return true
	}
	t := &code.toks
	for i := range t.list {
		if v, ok := t.str(i); ok && strings.Contains(strings.ToLower(v), name) && (t.is(i-1, "from") || t.is(i-1, "import") || t.is(i-1, ":") || t.is(i-2, "import") || t.is(i-2, "src") || t.is(i-1, "(")) {
			return true
		}
		if t.is(i, global) && (t.is(i-1, "const") || t.is(i-1, "let") || t.is(i-1, "var") || t.is(i-1, "function") || t.seq(i-2, "window", ".") && t.assigned(i+1) || t.seq(i-2, "as", global) || t.is(i-1, "as")) {
			return true
		}
	}
	return false
}
