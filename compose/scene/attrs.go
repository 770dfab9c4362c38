package scene

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hframes/hframes/source"
)

// The grammar of attributes:
//
//	attrs = "{" item* "}"           blanks and line ends between items
//	item  = "#" name | "." name | key "=" value | key
//	name  = letter, then letters digits _ -
//	key   = letter, then letters digits _ - . :
//	value = token | '"' chars '"' | "{{" path "}}"
//	token = letters digits . _ : / % + # -      and every byte above ASCII
//	chars = any; \" and \\ stand for " and \
//
// A key alone is a flag; its value is "true".

// attrs is what one or more "{...}" hold. Places are those of the file.
type attrs struct {
	id       word
	classes  []word
	settings []Setting
	pos, end source.Pos // of the first and the last brace
	found    bool
	bound    bool // holds an id, a class or a value, so it can hardly be prose
}

type word struct {
	text     string
	pos, end source.Pos
}

// An attrFault says what keeps a "{...}" from being attributes.
type attrFault struct {
	span      span
	msg, hint string
	sure      bool // whatever it looks like, it was meant as attributes
	loose     bool // key = value or duration: value, which may be prose where something follows it
}

// meant reports whether a faulty "{...}" at the start of a line's rest was meant as attributes.
func (f *attrFault) meant(rest []byte) bool {
	rest = rest[:trimEnd(rest)]
	return f.sure || looksLikeAttrs(rest) || f.loose && bytes.IndexByte(rest, '}') == len(rest)-1
}

// attrReader reads one "{...}". Offsets are those of src.
type attrReader struct {
	src []byte
	i   int
	out attrs
	pos func(int) source.Pos
	// scene reports whether a word is a key that every scene has.
	scene func(key string) bool
	// value replaces variables in a value.
	value func(s string, at span) string
}

// parseAttrs reads the attributes that begin with the brace at src[at]. It returns the offset just past the closing
// brace. When the bytes are no attributes the fault is set and nothing else.
func (c *chunk) parseAttrs(src []byte, at int) (attrs, int, *attrFault) {
	r := attrReader{src: src, i: at + 1, pos: c.pos, scene: c.isSceneKey, value: c.expand}
	for {
		for r.i < len(src) && (isBlank(src[r.i]) || src[r.i] == '\n') {
			r.i++
		}
		if r.i >= len(src) {
			return attrs{}, 0, r.fault(span{at, at + 1}, `"{" is not closed`, `write "}" after the last attribute`)
		}
		if src[r.i] == '}' {
			r.i++
			r.out.pos, r.out.end, r.out.found = c.pos(at), c.pos(r.i), true
			return r.out, r.i, nil
		}
		if f := r.item(); f != nil {
			return attrs{}, 0, f
		}
		if r.out.count() > maxItems {
			return attrs{}, 0, &attrFault{span: span{at, at + 1}, msg: fmt.Sprintf("more than %d attributes", maxItems), hint: "keep fewer", sure: true}
		}
	}
}

// maxItems bounds the attributes of one block.
const maxItems = 100

// empty reports whether it is only a pair of braces, which is text where nothing calls for attributes.
func (a *attrs) empty() bool { return a.id.text == "" && a.count() == 0 }

func (a *attrs) count() int { return len(a.classes) + len(a.settings) }

func (r *attrReader) fault(at span, msg, hint string) *attrFault {
	return &attrFault{span: at, msg: msg, hint: hint}
}

func (r *attrReader) item() *attrFault {
	from := r.i
	switch c := r.src[r.i]; {
	case c == '#' || c == '.':
		r.i++
		name := r.name()
		if name == "" {
			what := map[byte]string{'#': "an id", '.': "a class"}[c]
			return r.fault(r.here(from), fmt.Sprintf("expected %s after %q", what, string(c)), "names begin with a letter and hold letters, digits, _ and -")
		}
		w := word{name, r.pos(from), r.pos(r.i)}
		r.out.bound = true
		if c == '.' {
			r.out.classes = append(r.out.classes, w)
			break
		}
		if r.out.id.text != "" {
			return r.fault(span{from, r.i}, fmt.Sprintf("two ids, %q and %q", r.out.id.text, name), "keep one")
		}
		r.out.id = w
	case isLetter(c):
		if f := r.setting(); f != nil {
			return f
		}
	default:
		return r.fault(r.here(from), fmt.Sprintf("unexpected %q among attributes", r.character()), `write #id, .class, key=value or key="value"`)
	}
	if r.i < len(r.src) && !isBlank(r.src[r.i]) && r.src[r.i] != '\n' && r.src[r.i] != '}' {
		at := r.i
		return r.fault(r.here(at), fmt.Sprintf("unexpected %q after %q", r.character(), r.src[from:at]), `put values with spaces or signs into quotes: key="a, b"`)
	}
	return nil
}

// setting reads key=value or a flag.
func (r *attrReader) setting() *attrFault {
	from := r.i
	for r.i < len(r.src) && (isNameByte(r.src[r.i]) || r.src[r.i] == '.' || r.src[r.i] == ':') {
		r.i++
	}
	s := Setting{Key: string(r.src[from:r.i]), Value: "true", Pos: r.pos(from), End: r.pos(r.i)}
	s.ValuePos, s.ValEnd = s.Pos, s.End
	for _, other := range r.out.settings {
		if other.Key == s.Key {
			return r.fault(span{from, r.i}, fmt.Sprintf("%q is given twice", s.Key), "keep one")
		}
	}
	if f := r.looseSetting(from); f != nil {
		return f
	}
	if r.i < len(r.src) && r.src[r.i] == '=' {
		r.i++
		if f := r.settingValue(&s, from); f != nil {
			return f
		}
		r.out.bound = true
	}
	r.out.settings = append(r.out.settings, s)
	return nil
}

// looseSetting returns the fault of a key at an offset that is written as "key = value" or, if scenes have it, as
// "key: value".
func (r *attrReader) looseSetting(from int) *attrFault {
	key, colon := strings.CutSuffix(string(r.src[from:r.i]), ":")
	at := skipBlanks(r.src, r.i)
	if at < len(r.src) && r.src[at] == '=' {
		value := skipBlanks(r.src, at+1)
		if at == r.i && value == at+1 {
			return nil
		}
		at = value
	} else if !colon || r.scene == nil || !r.scene(key) {
		return nil
	}
	end := at
	for end < len(r.src) && isTokenByte(r.src[end]) {
		end++
	}
	if at < len(r.src) && r.src[at] == '"' {
		end = at + 2 + bytes.IndexByte(r.src[at+1:min(len(r.src), at+maxPath)], '"')
	}
	if end <= at+1 && (end == at || r.src[at] == '"') {
		return nil // it has no value
	}
	f := r.fault(span{from, end}, fmt.Sprintf("%q is not how a setting is written", visible(r.src[from:end])),
		fmt.Sprintf("write %s=%s", key, visible(r.src[at:end])))
	f.loose = true
	return f
}

func (r *attrReader) settingValue(s *Setting, from int) *attrFault {
	at := r.i
	switch {
	case at < len(r.src) && r.src[at] == '"':
		text, ok := r.quoted()
		if !ok {
			return r.fault(span{at, at + 1}, fmt.Sprintf("the value of %q is not closed", s.Key), `write " where it ends`)
		}
		s.Value = r.value(text, span{at, r.i})
	case strings.HasPrefix(string(r.src[at:min(at+2, len(r.src))]), "{{"):
		end := strings.Index(string(r.src[at:min(at+maxPath, len(r.src))]), "}}")
		if end < 0 {
			return r.fault(span{at, at + 2}, `"{{" is not closed`, `write "}}" after the variable's name`)
		}
		r.i = at + end + 2
		s.Value = r.value(string(r.src[at:r.i]), span{at, r.i})
	default:
		for r.i < len(r.src) && isTokenByte(r.src[r.i]) {
			r.i++
		}
		if r.i == at {
			if r.i < len(r.src) && r.src[r.i] == '\'' {
				return r.fault(r.here(at), "single quotes do not hold a value", fmt.Sprintf(`write %s="..."`, s.Key))
			}
			return r.fault(span{from, at}, fmt.Sprintf("%q has no value", s.Key), fmt.Sprintf(`write %s=value or %s="value"`, s.Key, s.Key))
		}
		s.Value = string(visible(r.src[at:r.i]))
	}
	s.ValuePos, s.ValEnd = r.pos(at), r.pos(r.i)
	return nil
}

// quoted reads "chars" at r.i and returns what it stands for.
func (r *attrReader) quoted() (string, bool) {
	var b strings.Builder
	for i := r.i + 1; i < len(r.src); i++ {
		switch c := r.src[i]; {
		case c == '"':
			r.i = i + 1
			return b.String(), true
		case c == '\\' && i+1 < len(r.src) && (r.src[i+1] == '"' || r.src[i+1] == '\\'):
			i++
			b.WriteByte(r.src[i])
		case c == '\n':
			if i+1 < len(r.src) && r.src[i+1] == '\n' {
				return "", false // a blank line ends the paragraph, and with it the attributes
			}
			joined := strings.TrimRight(b.String(), " \t")
			b.Reset()
			b.WriteString(joined + " ")
			i = skipBlanks(r.src, i+1) - 1
		case c != filler:
			b.WriteByte(c)
		}
	}
	return "", false
}

func (r *attrReader) name() string {
	end := nameEnd(r.src, r.i)
	name := string(r.src[r.i:end])
	r.i = end
	return name
}

// character returns the character at r.i as text.
func (r *attrReader) character() string {
	for _, c := range string(r.src[r.i:min(r.i+4, len(r.src))]) {
		return string(c)
	}
	return ""
}

func (r *attrReader) here(at int) span {
	return span{at, min(at+max(len(r.character()), 1), len(r.src))}
}

func isNameByte(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' || c == '-' }

func isTokenByte(c byte) bool {
	return isNameByte(c) || c >= 0x80 || c == filler || strings.IndexByte("./:%+#", c) >= 0
}

// looksLikeAttrs reports whether a "{...}" that could not be read was meant as attributes: prose has no id, class or
// key=value right after the brace.
func looksLikeAttrs(b []byte) bool {
	i := 1
	for i < len(b) && (isBlank(b[i]) || b[i] == '\n') {
		i++
	}
	if i >= len(b) {
		return false
	}
	if b[i] == '#' && i+1 < len(b) && isDigit(b[i+1]) {
		return true
	}
	if b[i] == '#' || b[i] == '.' {
		return nameEnd(b, i+1) > i+1
	}
	end := i
	for end < len(b) && (isNameByte(b[end]) || b[end] == '.' || b[end] == ':') {
		end++
	}
	return end > i && isLetter(b[i]) && end < len(b) && b[end] == '='
}

// add merges the attributes of another "{...}" of the same block: classes add up, keys of the later one win.
func (a *attrs) add(b attrs) {
	if !b.found {
		return
	}
	if !a.found {
		*a = b
		return
	}
	if a.count() > maxItems {
		return
	}
	if b.id.text != "" {
		a.id = b.id
	}
	a.classes = append(a.classes[:len(a.classes):len(a.classes)], b.classes...)
	a.settings = mergeSettings(a.settings, b.settings)
	a.end = b.end
}

// mergeSettings returns low with the settings of high laid over it.
func mergeSettings(low, high []Setting) []Setting {
	out := low[:len(low):len(low)]
	for _, s := range high {
		replaced := false
		for i := range out {
			if out[i].Key == s.Key {
				if !replaced {
					out = append([]Setting(nil), out...)
				}
				out[i], replaced = s, true
			}
		}
		if !replaced {
			out = append(out, s)
		}
	}
	return out
}

func (a *attrs) classNames() []string {
	var names []string
	for _, c := range a.classes {
		names = append(names, c.text)
	}
	return names
}
