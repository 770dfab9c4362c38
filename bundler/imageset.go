package bundler

import (
	"strings"

	"github.com/hframes/hframes/source"
)

// image-set("a.png" 1x) names a file as url("a.png") does, but esbuild takes it for a mere string. So the string is put
// into url(…) before esbuild sees it, and what esbuild says about places behind it is moved back.

const (
	urlOpen  = "url("
	urlClose = ")"
)

// bareImages returns where the strings stand that name files in the image-set(…) of a stylesheet: [start, end) each.
func bareImages(css string) [][2]int {
	if !strings.Contains(css, "image-set(") {
		return nil
	}
	var out [][2]int
	var inSet []bool // for each parenthesis that is open
	for i := 0; i < len(css); {
		switch c := css[i]; {
		case strings.HasPrefix(css[i:], "/*"):
			n := strings.Index(css[i+2:], "*/")
			if n < 0 {
				return out
			}
			i += 2 + n + 2
			continue
		case c == '\\':
			i++
		case c == '"' || c == '\'':
			end := stringEnd(css, i)
			if len(inSet) > 0 && inSet[len(inSet)-1] {
				out = append(out, [2]int{i, end})
			}
			i = end
			continue
		case c == '(':
			inSet = append(inSet, strings.HasSuffix(css[:i], "image-set"))
		case c == ')' && len(inSet) > 0:
			inSet = inSet[:len(inSet)-1]
		case c == '{' || c == '}':
			inSet = nil
		}
		i++
	}
	return out
}

// withURLs puts the strings at these places into url(…).
func withURLs(css string, images [][2]int) string {
	var b strings.Builder
	at := 0
	for _, m := range images {
		b.WriteString(css[at:m[0]] + urlOpen + css[m[0]:m[1]] + urlClose)
		at = m[1]
	}
	return b.String() + css[at:]
}

// stylesheet returns the text of a stylesheet as esbuild is to see it. file is "" for an inline one.
func (t *trace) stylesheet(file, css string) string {
	images := bareImages(css)
	if images == nil {
		return css
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.written == nil {
		t.written = map[string]string{}
	}
	t.written[file] = css
	return withURLs(css, images)
}

// asWritten moves messages to the places that the author knows.
func (t *trace) asWritten(msgs []message) []message {
	for i := range msgs {
		pos := &msgs[i].Pos
		css, ok := t.written[pos.File]
		if !ok || pos.Line == 0 {
			continue
		}
		images := bareImages(css)
		at := source.NewFile(pos.File, []byte(withURLs(css, images))).Offset(*pos)
		moved := 0
		for _, m := range images {
			if at >= m[0]+moved+len(urlOpen) {
				moved += len(urlOpen)
			}
			if at > m[1]+moved {
				moved += len(urlClose)
			}
		}
		*pos = source.NewFile(pos.File, []byte(css)).Pos(at - moved)
	}
	return msgs
}
