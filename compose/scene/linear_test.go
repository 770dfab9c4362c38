package scene

import (
	"strings"
	"testing"
	"time"

	"github.com/hframes/hframes/source"
)

// hostile are pieces that, repeated, make careless parsers slow.
var hostile = map[string]string{
	"open brackets":    "[",
	"open spans":       "[a",
	"closed brackets":  "[a]",
	"links":            "[a](b) ",
	"half links":       "[a](b",
	"reference":        "[a][b",
	"nested spans":     "[a]{.x",
	"spans":            "[a]{.x} ",
	"directives":       ":a[b]{c=d} ",
	"half directives":  ":a[",
	"braces":           "{",
	"half attributes":  "{.a b=\"",
	"flags":            "{a b c d ",
	"variables":        "{{ a }} ",
	"half variables":   "{{ a ",
	"emphasis":         "*a **b _c __d ",
	"stars":            "**",
	"star underscore":  "*_",
	"emphasis mixed":   "a**b*c_d ",
	"backticks":        "`a ``b ",
	"tag":              "<a b='",
	"tags":             "<b>",
	"cdata":            "<![CDATA[",
	"processing":       "<?",
	"comment":          "a <!-- b -->",
	"open comments":    "<!-- ",
	"quotes":           "> ",
	"quote lines":      "> a\n",
	"lists":            "- ",
	"list lines":       "- a\n",
	"loose items":      "- a\n\n",
	"tables":           "| a |\n",
	"table escaped":    "| `a\\|b` |\n",
	"table columns":    "a|",
	"delimiter rows":   "a\n-|-\n",
	"fences":           "```\n",
	"open fences":      "```a\n",
	"fences apart":     "```a\n\n~~~\n",
	"directive lines":  "::: a\n",
	"directive nest":   ":::: a\n::: b\n",
	"closers":          ":::\n",
	"mixed closers":    "::: a\n::::\n",
	"unclosed":         "::: a\n\n---\n\n",
	"leaf":             "::a[b]\n",
	"voices":           "::: voice\n{1} a\n:::\n",
	"cues":             "{1} a ",
	"headings":         "## a\n",
	"headings attrs":   "## a {#b .c d=e}\n",
	"heading braces":   "# {a",
	"setext":           "a\n===\n",
	"separators":       "---\n",
	"scenes":           "## a\n\n---\n\n",
	"scene blocks":     "```scene\na: b\n```\n",
	"attr lines":       "{.a}\n",
	"open attr lines":  "{.a\n",
	"definitions":      "[a]: b\n",
	"definition paras": "[a]: b\n\n",
	"defs and scenes":  "[a]: b\n\n---\n\n",
	"html":             "<div>\n",
	"pre":              "<pre>\n",
	"pre style":        "<pre>\n<style>\n",
	"script":           "<script>\n",
	"lines":            "a\n",
	"one line":         "a",
	"spaces":           " ",
	"blank lines":      "\n",
	"addresses":        "http://a.b ",
	"address parens":   "http://a(((",
	"www":              "www.",
	"entities":         "&a",
	"backslashes":      "\\",
	"tabs":             "\t",
	"invalid":          "\xff",
	"nul":              "\x00",
	"cr":               "\r",
	"crlf":             "\r\n",
	"images":           "![a](b)\n\n",
	"quote by":         "> a\n> — b\n\n",
	"strike":           "~~a~",
	"yaml":             "a: b\n",
	"autolinks":        "<http://a",
	"indented":         "    a\n",
	"deep indent":      "  - a\n",
	"tasks":            "- [ ] a\n",
}

// starts are put before the pieces.
var starts = []string{"", "::: voice\n\n", "| a |\n| - |\n", "---\nvariables: {a: b}\n---\n"}

// timeOf returns the CPU time of parsing data so many times, the best of a few runs: the machine may be busy with
// something else.
func timeOf(data []byte, times, runs int) time.Duration {
	best := time.Duration(1<<63 - 1)
	for range runs {
		start := cpuTime()
		for range times {
			Parse(source.NewFile("video.md", data))
		}
		best = min(best, cpuTime()-start)
	}
	return best
}

// TestLinear parses as much hostile input in small pieces and in one: the time may grow with the size, not with its
// square. Both take about as long, so that a clock that counts in ticks judges them alike.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const small, factor = 8 << 10, 8
	for _, start := range starts {
		for name, piece := range hostile {
			data := func(size int) []byte { return []byte(start + strings.Repeat(piece, size/len(piece))) }
			slow := func(runs int) bool {
				pieces, whole := timeOf(data(small), factor, runs), timeOf(data(small*factor), 1, runs)
				return whole > 30*time.Millisecond && whole > 3*pieces // by the square it would be factor
			}
			if slow(1) && slow(3) && slow(5) {
				t.Errorf("%q, %s: the time grows faster than the input", start, name)
			}
		}
	}
}
