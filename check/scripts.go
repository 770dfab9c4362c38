package check

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// checkScripts looks at the inline scripts of a page.
func (c *checker) checkScripts(p *page) {
	for _, s := range p.scripts {
		if s.src != "" {
			continue
		}
		c.endsInside(s)
		c.deleted(s)
		if c.syntax(s) {
			c.banned(s)
			c.strings(s)
			c.mediaControl(p, s)
			c.gsap(p, s)
		}
	}
}

// endsInside reports a "</script" that the author meant as text: HTML ends the script there.
func (c *checker) endsInside(s *script) {
	if s.toks.open < 0 {
		return
	}
	what := "string"
	switch {
	case s.Data[s.toks.open] == '`':
		what = "template literal"
	case bytes.HasPrefix(s.Data[s.toks.open:], []byte("/*")):
		what = "comment"
	}
	c.report("check/script-end", s.File, s.to, min(s.to+len("</script>"), len(s.Data)), fmt.Sprintf("the script ends here, inside a %s", what), `write <\/script> in scripts`)
}

// deleted reports a text for which the producer throws the whole script away.
func (c *checker) deleted(s *script) {
	text := s.Data[s.from:s.to]
	for _, bad := range strippedStrings {
		if at := bytes.Index(text, []byte(bad)); at >= 0 {
			c.report("check/deleted-script", s.File, s.from+at, s.from+at+len(bad), fmt.Sprintf("the renderer deletes every script that contains %q", bad), "write it otherwise, or leave it out")
			return
		}
	}
}

// syntax reports the first place that is no JavaScript, and whether there is none. A classic script is read as the body
// of a function, as the official tools run it.
func (c *checker) syntax(s *script) bool {
	text := s.Data[s.from:s.to]
	if s.toks.open >= 0 || bytes.Contains(text, []byte("{{")) && isPlaceholder(string(text)) {
		return false
	}
	head, tail := "function _(){", "\n}"
	if s.module {
		head, tail = "", ""
	}
	code := make([]byte, 0, len(head)+len(text)+len(tail)+1) // the parser writes behind what it reads
	code = append(append(append(code, head...), text...), tail...)
	_, err := js.Parse(parse.NewInputBytes(code), js.Options{})
	var fault *parse.Error
	if !errors.As(err, &fault) || s.isNewer(fault) {
		return true
	}
	at := s.from + min(max(lineOffset(code, fault.Line, fault.Column)-len(head), 0), len(text))
	msg, _, _ := strings.Cut(fault.Message, " on line")
	c.report("check/script-syntax", s.File, at, min(at+1, len(s.Data)), "the script does not parse: "+strings.TrimSpace(msg), "")
	return false
}

// isNewer reports whether a fault may be one of our parser, which lacks a few things that browsers know.
func (s *script) isNewer(fault *parse.Error) bool {
	if strings.Contains(fault.Message, "legacy octal") {
		return true
	}
	t := &s.toks
	for i := range t.list {
		switch {
		case t.is(i, "with") && t.is(i+1, "{") && t.kind(i-1) == tokString, t.is(i, "import") && t.is(i+1, "defer"),
			t.is(i, "using") && t.kind(i+1) == tokIdent, t.is(i, "@"), t.list[i].kind == tokIdent && t.src[t.list[i].start] == '@':
			return true
		}
	}
	return false
}

// lineOffset returns the byte offset of a line and column (runes), both counted from 1.
func lineOffset(text []byte, line, col int) int {
	at := 0
	for ; line > 1; line-- {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
	}
	rest := text[at:]
	if n := bytes.IndexByte(rest, '\n'); n >= 0 {
		rest = rest[:n]
	}
	for i := range string(rest) {
		if col--; col <= 0 {
			return at + i
		}
	}
	return at + len(rest)
}

// A ban is a call that gives another picture on every run, or none at all in a render.
type ban struct {
	code string
	call []string // the tokens, all of them
	why  string
	hint string
}

const seeded = "use a seeded generator, or write the values down"
const onTime = "take the time from the timeline"

// bans by their first name. The calls are those of contract §10.
var bans = map[string][]ban{
	"Math":        {{"check/random", []string{"Math", ".", "random", "("}, "Math.random() differs from run to run", seeded}},
	"crypto":      {{"check/random", []string{"crypto", ".", "getRandomValues", "("}, "crypto.getRandomValues() differs from run to run", seeded}},
	"gsap":        {{"check/random", []string{"gsap", ".", "utils", ".", "random", "("}, "gsap.utils.random() differs from run to run", seeded}},
	"Date":        {{"check/clock", []string{"Date", ".", "now", "("}, "Date.now() reads the clock of the machine", onTime}},
	"performance": {{"check/clock", []string{"performance", ".", "now", "("}, "performance.now() reads the clock of the machine", onTime}},
	"new":         {{"check/clock", []string{"new", "Date", "(", ")"}, "new Date() reads the clock of the machine", onTime}},
	"requestAnimationFrame": {{"check/animation-frame", []string{"requestAnimationFrame", "("}, "requestAnimationFrame runs on the clock of the machine, not of the film",
		"draw in the timeline's seek, or on the hf-seek event"}},
	"setInterval": {{"check/timer", []string{"setInterval", "("}, "setInterval runs on the clock of the machine, not of the film", onTime}},
	"console": {
		{"check/console", []string{"console", ".", "error", "("}, "console.error makes the official check fail", "remove it"},
		{"check/console", []string{"console", ".", "warn", "("}, "console.warn makes a strict check fail", "remove it"},
		{"check/console", []string{"console", ".", "log", "("}, "console.log writes into the render's log", "remove it"},
	},
}

// banned finds calls that a render must not make. Comments and strings are not code; ${…} is.
func (c *checker) banned(s *script) {
	t := &s.toks
	for i := range t.list {
		if t.list[i].kind != tokIdent {
			continue
		}
		for _, b := range bans[string(t.src[t.list[i].start:t.list[i].end])] {
			if !t.seq(i, b.call...) || i > 0 && t.is(i-1, ".") && b.call[0] != "requestAnimationFrame" && !t.is(i-2, "window") {
				continue
			}
			if t.is(i-1, "function") || b.code == "check/console" && t.conditional(i) {
				continue
			}
			c.report(b.code, s.File, t.list[i].start, t.list[i+len(b.call)-1].start, b.why, b.hint)
		}
		c.fetches(s, i)
	}
}

// conditional reports whether token i is reached only if something has gone wrong or a question has been answered:
// inside if, else, catch, switch or a callback for errors.
func (t *tokens) conditional(i int) bool {
	if t.is(i-1, "&") || t.is(i-1, "|") || t.is(i-1, "?") || t.is(i-1, ":") || t.is(i-1, "else") || t.is(i-1, ")") && t.heads(i-1) {
		return true
	}
	depth := 0
	for k := i - 1; k >= 0; k-- {
		switch {
		case t.is(k, "}"):
			depth++
		case t.is(k, "{") && depth > 0:
			depth--
		case t.is(k, "{"):
			if t.is(k-1, "else") || t.is(k-1, "catch") || t.is(k-1, ")") && t.heads(k-1) {
				return true
			}
		}
	}
	return false
}

// heads reports whether the ")" at token i ends the head of an if, a catch or a switch, or the parameters of a
// callback that is given to catch( or set as onerror.
func (t *tokens) heads(i int) bool {
	depth := 0
	for k := i; k >= 0; k-- {
		switch {
		case t.is(k, ")"):
			depth++
		case t.is(k, "("):
			if depth--; depth > 0 {
				continue
			}
			switch t.text(k - 1) {
			case "if", "catch", "switch", "while":
				return true
			case "function":
				return t.is(k-2, "(") && t.is(k-3, "catch") || t.is(k-2, "=") && t.is(k-3, "onerror")
			}
			return t.is(k-1, "(") && t.is(k-2, "catch")
		}
	}
	return false
}

// fetches reports what a script loads while the film is being rendered.
func (c *checker) fetches(s *script, i int) {
	t := &s.toks
	at := i + 2
	switch {
	case t.seq(i, "fetch", "("), t.seq(i, "import", "("):
	case s.module && (t.is(i, "from") || t.is(i, "import")):
		at = i + 1
	default:
		return
	}
	url, ok := t.str(at)
	if !ok || t.is(i-1, ".") && !t.is(i-2, "window") {
		return
	}
	k := t.list[at]
	switch {
	case isRemote(url):
		c.report("check/remote-url", s.File, k.start, k.end, fmt.Sprintf("%q comes from the network, so rendering needs a connection", url), "copy the file into the project")
	case t.is(i, "fetch") && !isInline(url) && !isPlaceholder(url):
		c.report("check/late-data", s.File, t.list[i].start, k.end, fmt.Sprintf("%q may arrive after the first frame is drawn", url), "write the data into the script")
	}
}

var (
	randomValue   = regexp.MustCompile(`^(?:[+-]=)?random\(\s*[-\d\[]`)
	splitSelector = regexp.MustCompile(`\[data-composition-id=["']?[^"'\]]+["']?\s+data-[\w:-]+=`)
)

// strings looks at strings that are more than text: values that GSAP makes up, selectors.
func (c *checker) strings(s *script) {
	t := &s.toks
	for i, k := range t.list {
		if k.kind != tokString && k.kind != tokChunk {
			continue
		}
		text := string(bytes.Trim(t.src[k.start:k.end], "\"'`"))
		if randomValue.MatchString(text) {
			c.report("check/random", s.File, k.start, k.end, "a value of random(…) differs from run to run", seeded)
		}
		if strings.Contains(text, "[data-composition-id=") && splitSelector.MatchString(text) {
			c.report("check/split-selector", s.File, k.start, k.end, "two attributes in one pair of brackets are no valid selector", "give each attribute its own brackets")
		}
		if k.kind == tokChunk && text != "" && strings.HasSuffix(text, "${") && t.is(i-1, "(") && (t.is(i-2, "querySelector") || t.is(i-2, "querySelectorAll")) {
			c.report("check/template-selector", s.File, k.start, k.end, "the official bundler cannot read a selector with ${…} in it", "use getElementById, or join strings with +")
		}
	}
}

// mediaControl finds scripts that play, pause or seek media, which the renderer must own.
func (c *checker) mediaControl(p *page, s *script) {
	t := &s.toks
	vars := map[string]bool{}
	for i := range t.list {
		end := -1 // index of the token after an expression that is a media element
		switch {
		case t.is(i, "getElementById") || t.is(i, "querySelector"):
			if sel, ok := t.str(i + 2); ok && t.is(i+1, "(") && t.is(i+3, ")") && p.isMediaSelector(sel, t.is(i, "getElementById")) {
				end = i + 4
				if name := t.assignedName(i); name != "" {
					vars[name] = true
				}
			}
		case t.kind(i) == tokIdent && len(vars) > 0 && vars[t.text(i)] && !t.is(i-1, "."):
			end = i + 1
		}
		if end < 0 || !t.is(end, ".") {
			continue
		}
		switch name := t.text(end + 1); {
		case (name == "play" || name == "pause") && t.is(end+2, "("), (name == "currentTime" || name == "muted") && t.assigned(end+2):
			k := t.list[end+1]
			c.report("check/media-control", s.File, k.start, k.end, fmt.Sprintf("the script sets %s of a video or sound: playback belongs to the renderer", name),
				"use data-start, data-duration and data-media-start")
		}
	}
}

// assignedName returns x of "x = … .call(" where the call is token i.
func (t *tokens) assignedName(i int) string {
	for i--; i >= 0 && (t.is(i, ".") || t.is(i, "document") || t.is(i, "window")); i-- {
	}
	if t.is(i, "=") && t.kind(i-1) == tokIdent {
		return t.text(i - 1)
	}
	return ""
}

// isMediaSelector reports whether a selector, or an id, means a video or sound of the page.
func (p *page) isMediaSelector(sel string, isID bool) bool {
	for i := range p.doc.Tags {
		n := p.tag(i).Name
		if n != "video" && n != "audio" {
			continue
		}
		id := p.attr(i, "id")
		if isID && id == sel || !isID && (sel == n || id != "" && sel == "#"+id) {
			return true
		}
		for _, class := range strings.Fields(p.attr(i, "class")) {
			if !isID && sel == "."+class {
				return true
			}
		}
	}
	return false
}
