package scene

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"

	"github.com/hframes/hframes/source"
)

// voiceName is the directive that holds narration.
const voiceName = "voice"

// cueWords are the cues that begin with a word.
var cueWords = []string{"next", "bar", "pause"}

// cue reads the inside of a "{...}" in spoken text. It reports whether it is a cue.
func (c *chunk) cue(s string, at span) (Cue, bool) {
	cue := Cue{Pos: c.pos(at.start), End: c.pos(at.end)}
	s = strings.TrimSpace(s)
	word, rest, _ := strings.Cut(s, " ")
	rest = strings.TrimSpace(rest)
	var bad *badValue
	switch {
	case isDigits(s):
		cue.Kind = CueItem
		cue.N, _ = strconv.Atoi(s[:min(len(s), 6)])
		if cue.N == 0 {
			bad = &badValue{"item 0 does not exist", "items are counted from 1"}
		}
	case word == "next" && rest == "":
		cue.Kind = CueNext
	case len(s) > 1 && (s[0] == 'L' || s[0] == 'l') && isDigit(s[1]):
		var lines [2]int
		if lines, bad = parseRange(s[1:]); bad != nil {
			bad.hint = "write {L4} or {L4-6}"
		}
		cue.Kind, cue.From, cue.To = CueLine, lines[0], lines[1]
	case strings.HasPrefix(s, "#"):
		cue.Kind, cue.Name = CueID, s[1:]
		if !nameRegexp.MatchString(cue.Name) {
			bad = &badValue{fmt.Sprintf("%q is no id", cue.Name), idHint}
		}
	case word == "bar":
		cue.Kind, cue.Name = CueBar, unquoted(rest)
		if cue.Name == "" {
			bad = &badValue{`"bar" needs the name of a row`, `write {bar "3.0"}`}
		}
	case word == "pause":
		cue.Kind = CuePause
		cue.Pause, bad = parseDuration(rest, c.env.meta.FPS)
		if rest == "" {
			bad = &badValue{`"pause" needs a time`, "write {pause 400ms}"}
		}
	default:
		c.unknownCue(s, word, at)
		return Cue{}, false
	}
	if bad != nil {
		c.list.Add(c.at(at, "scene/bad-cue", bad.msg).WithHint(bad.hint))
	}
	return cue, bad == nil
}

func (c *chunk) unknownCue(s, word string, at span) {
	hint := "cues are {1}, {next}, {L4-6}, {#id}, {bar \"name\"} and {pause 400ms}"
	if near := source.Nearest(word, cueWords); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	} else if c.env.defaults[s] != "" {
		hint = fmt.Sprintf("a variable has two braces: {{ %s }}", s)
	}
	c.list.Add(c.at(at, "scene/unknown-cue", fmt.Sprintf("unknown cue %q", s)).WithHint(hint))
}

func unquoted(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// A speaker collects what is spoken in a `::: voice`.
type speaker struct {
	c    *chunk
	text strings.Builder
	gap  string // what stands before the next word: "", " " or "\n"
	cues []cueAt
	some bool // there was something that should have been spoken or done
}

type cueAt struct {
	cue Cue
	at  int // in the text, without the gap
}

// voice adds a `::: voice` to the scene's narration. Several in one scene are spoken one after the other.
func (c *chunk) voice(n *directiveNode, pending attrs) {
	pending.add(n.attrs)
	s := speaker{c: c}
	if label, ok := n.FirstChild().(*labelNode); ok {
		s.inline(label) // ::voice[Hello]
		s.pause("\n")
	}
	s.blocks(n)
	text := s.text.String()
	words, ends := splitWords(text)
	v := c.scene.Voice
	if v == nil {
		v = &Voice{Pos: c.pos(n.at.start)}
		c.scene.Voice = v
	}
	w := 0
	for _, cue := range s.cues {
		for w < len(ends) && ends[w] <= cue.at {
			w++
		}
		cue.cue.Word = len(v.Words) + w
		v.Cues = append(v.Cues, cue.cue)
	}
	if text != "" {
		c.spoken = append(c.spoken, text)
	}
	if v.Words == nil {
		v.Words = words
	} else {
		v.Words = append(v.Words, words...)
	}
	v.Settings = mergeSettings(v.Settings, pending.settings)
	c.voiceAttrs(pending)
	v.End = c.pos(n.end)
	if text == "" && !s.some {
		d := c.at(n.at, "scene/empty-voice", "nothing is spoken here")
		c.list.Add(d.Warn().WithHint("write the narration between ::: voice and :::"))
	}
}

// voiceAttrs warns of attributes of narration: nothing reads them.
func (c *chunk) voiceAttrs(a attrs) {
	warn := func(pos, end source.Pos, what, hint string) {
		d := c.in.atPos(pos, end, "scene/unknown-attribute", "narration has no "+what)
		c.list.Add(d.Warn().WithHint(hint))
	}
	const unseen = "leave it out: narration is heard, not seen"
	if a.id.text != "" {
		warn(a.id.pos, a.id.end, "id", unseen)
	}
	for _, w := range a.classes {
		warn(w.pos, w.end, "class", unseen)
	}
	for _, s := range a.settings {
		warn(s.Pos, s.End, strconv.Quote(s.Key), "who speaks is said in the front matter, for the whole film: voice: {name: Ada, speed: 1.1}")
	}
}

// checkCues warns of cues in a scene in which nothing is spoken: they have no words to wait for.
func (c *chunk) checkCues(v *Voice) {
	if len(v.Words) > 0 || len(v.Cues) == 0 {
		return
	}
	first := v.Cues[0]
	d := c.in.atPos(first.Pos, first.End, "scene/empty-voice", "nothing is spoken in this scene, so its cues trigger nothing")
	c.list.Add(d.Warn().WithHint("write the word that a cue stands before"))
}

func (s *speaker) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n.Kind() {
		case ast.KindParagraph, ast.KindTextBlock, ast.KindHeading:
			s.inline(n)
			s.pause("\n")
		case ast.KindList, ast.KindListItem, ast.KindBlockquote:
			s.blocks(n)
		case kindAttrs, kindLabel, ast.KindLinkReferenceDefinition:
		default:
			s.silent(n)
		}
	}
}

func (s *speaker) silent(n ast.Node) {
	what := map[ast.NodeKind]string{ast.KindFencedCodeBlock: "code", ast.KindCodeBlock: "indented code", ast.KindHTMLBlock: "HTML",
		ast.KindThematicBreak: "a line", kindDirective: "a directive"}[n.Kind()]
	if what == "" {
		what = "a table"
	}
	at := s.c.start(n)
	d := s.c.at(span{at, at + lineRest(s.c.src, at)}, "scene/not-spoken", what+" cannot be spoken")
	s.c.list.Add(d.Warn().WithHint("leave it out, or put it outside of ::: voice"))
}

// inline collects the words of a block's inline content. Markup makes no sound.
func (s *speaker) inline(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			s.say(string(s.c.plain(n)))
			if n.SoftLineBreak() || n.HardLineBreak() {
				s.pause(" ")
			}
		case *ast.AutoLink:
			s.say(string(n.Label(s.c.src)))
		case *hiddenNode:
			s.some = true
		case *varNode:
			s.some = true
			if _, ok := s.c.env.defaults[n.path]; ok || n.path == "" {
				s.say(s.c.env.defaults[n.path])
			} else {
				s.say("{{" + n.path + "}}")
			}
		case *cueNode:
			s.some = true
			s.cues = append(s.cues, cueAt{n.cue, s.text.Len()})
		case *ast.RawHTML:
			s.pause(" ")
		case *spanNode:
			if n.image == nil {
				s.inline(n)
			}
		default:
			s.inline(n)
		}
	}
}

func (s *speaker) pause(gap string) {
	if s.text.Len() > 0 && s.gap != "\n" {
		s.gap = gap
	}
}

func (s *speaker) say(text string) {
	for text != "" {
		n := strings.IndexFunc(text, unicode.IsSpace)
		if n == 0 {
			s.pause(" ")
			text = strings.TrimLeftFunc(text, unicode.IsSpace)
			continue
		}
		if n < 0 {
			n = len(text)
		}
		s.text.WriteString(s.gap)
		s.gap = ""
		s.text.WriteString(text[:n])
		text = text[n:]
	}
}

// splitWords splits spoken text into words, and says where each ends. A word is what stands between spaces; dashes
// and other signs with no letter or digit belong to the word before them, "one—two" is two words, and a character of
// a script that writes no spaces is a word of its own.
func splitWords(text string) (words []string, ends []int) {
	if text == "" {
		return nil, nil
	}
	words, ends = make([]string, 0, 1+len(text)/5), make([]int, 0, 1+len(text)/5)
	start, spoken, ideograph := 0, false, false
	var before rune
	flush := func(end int) {
		word := strings.TrimSpace(text[start:end])
		if word == "" {
			start = end
			return
		}
		if spoken {
			words, ends = append(words, word), append(ends, end)
		} else if last := len(words) - 1; last >= 0 && !strings.Contains(text[ends[last]:end], "\n") {
			words[last], ends[last] = text[ends[last]-len(words[last]):end], end
		} else {
			return // signs before the first word of a paragraph belong to it
		}
		start, spoken, ideograph = end, false, false
	}
	for i, r := range text {
		switch {
		case unicode.IsSpace(r):
			flush(i)
		case isIdeograph(r):
			if spoken {
				flush(i)
			}
			ideograph, spoken = true, true
		case isSpoken(r):
			if spoken && (ideograph || isDash(before)) {
				flush(i)
			}
			spoken = true
		}
		before = r
	}
	flush(len(text))
	return words, ends
}

// isSpoken reports whether a character makes a sound: letters, digits, and signs that have a name of their own.
func isSpoken(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("%&+$€£¥°§@#=", r)
}

// isIdeograph reports whether a character is written without spaces to its neighbours.
func isIdeograph(r rune) bool {
	return r > 0x2e7f && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー' || (r >= 0xff66 && r <= 0xff9f))
}

func isDash(r rune) bool { return r == '—' || r == '…' }
