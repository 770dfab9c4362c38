package templates

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// Metrics says how wide a font runs, in thousandths of an em, at the weight its role is mostly set in. Text is fitted
// from it at build time, without a browser, so it must never be narrower than the font is.
type Metrics struct {
	ASCII [95]int // U+0020 to U+007E
	Upper int     // a capital that is not in ASCII and has no accent
	Lower int     // any other letter
	Wide  int     // Chinese, Japanese, Korean, emoji

	ranges [][2]rune // what the font's files hold; nil = everything
}

// holds reports whether the font has a character. Where it has not, the browser takes another font.
func (m *Metrics) holds(c rune) bool {
	return m.ranges == nil || slices.ContainsFunc(m.ranges, func(r [2]rune) bool { return r[0] <= c && c <= r[1] })
}

// plainMetrics is a wide sans, for fonts that were never measured.
var plainMetrics = func() *Metrics {
	m := &Metrics{Upper: 760, Lower: 660, Wide: 1000}
	for i := range m.ASCII {
		switch c := rune(i + ' '); {
		case c == ' ', strings.ContainsRune("ijl.,:;'!|()[]", c):
			m.ASCII[i] = 340
		case c == 'm', c == 'w', c == 'M', c == 'W', c == '@', c == '%':
			m.ASCII[i] = 960
		case c >= 'A' && c <= 'Z', c == '&', c == '#':
			m.ASCII[i] = 740
		default:
			m.ASCII[i] = 620
		}
	}
	return m
}()

// advance returns a character's width in em.
func (m *Metrics) advance(c rune) float64 {
	switch {
	case c >= ' ' && c <= '~':
		return float64(m.ASCII[c-' ']) / 1000
	case c < ' ', unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case c == '\u00a0', c == '\u202f', c == '\u2009':
		return float64(m.ASCII[0]) / 1000
	case c == '–':
		return m.advance('0')
	case c == '—', c == '…', c == '™':
		return 1
	case strings.ContainsRune("’‘‚‹›·", c):
		return m.advance('"')
	case isWide(c):
		return float64(m.Wide) / 1000
	case !m.holds(c):
		m = plainMetrics
	}
	if base := strings.IndexRune(accented, c); base >= 0 {
		i := len([]rune(accented[:base]))
		return m.advance(rune(accentedBase[i]))
	}
	if unicode.IsUpper(c) {
		return float64(m.Upper) / 1000
	}
	return float64(m.Lower) / 1000
}

// Letters with accents run as wide as those without.
const (
	accented     = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćČčĎďĐđĒēĖėĘęĚěĞğĢģĪīĮįİıĶķĹĺĻļŁłŃńŅņŇňŌōŐőŔŕŘřŚśŞşŠšŤťŪūŮůŰűŲųŹźŻżŽžȘșȚț"
	accentedBase = "AAAAAACEEEEIIIINOOOOOUUUUYaaaaaaceeeeiiiinooooouuuuyyAaAaAaCcCcDdDdEeEeEeEeGgGgIiIiIiKkLlLlLlNnNnNnOoOoRrRrSsSsSsTtUuUuUuUuZzZzZzSsTt"
)

func isWide(c rune) bool {
	return c >= 0x1100 && c <= 0x115f || c >= 0x2e80 && c <= 0x303e || c >= 0x3041 && c <= 0xa4cf || c >= 0xac00 && c <= 0xd7a3 ||
		c >= 0xf900 && c <= 0xfaff || c >= 0xfe30 && c <= 0xfe6f || c >= 0xff00 && c <= 0xff60 || c >= 0xffe0 && c <= 0xffe6 ||
		c >= 0x1f000 && c <= 0x1faff || c >= 0x2600 && c <= 0x27bf || c >= 0x20000 && c <= 0x3fffd
}

// Width returns how wide a text runs on one line, in em.
func (m *Metrics) Width(text string) float64 {
	w := 0.0
	for _, c := range text {
		w += m.advance(c)
	}
	return w
}

// A piece is what stays on one line: a word, or one character of a script without spaces.
type piece struct {
	width float64 // em
	space float64 // em, of the space before it
	hard  bool    // a line break stands before it
}

// pieces cuts a text where a browser may break it. Breaks it might also find are not used.
func (m *Metrics) pieces(text string, tracking float64) []piece {
	var out []piece
	var next piece // what the next piece begins with
	prev := ' '
	for _, c := range text {
		switch {
		case c == '\n':
			next.hard = true
		case isSpace(c):
			next.space = m.advance(' ') + tracking
		default:
			if prev == '\n' || isSpace(prev) || mayBreak(prev, c) {
				out, next = append(out, next), piece{}
			}
			out[len(out)-1].width += m.advance(c) + tracking
		}
		prev = c
	}
	return out
}

// isSpace reports whether a line may end at the character.
func isSpace(c rune) bool {
	return unicode.IsSpace(c) && c != '\u00a0' && c != '\u202f' && c != '\u2007'
}

// mayBreak reports whether a line may end between two characters that are not spaces: the rules of UAX 14 that matter
// to headlines. [Words] cuts where it says so, so that text cut in words breaks where it was measured to.
func mayBreak(prev, c rune) bool {
	switch {
	case unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf), c >= 0x1f3fb && c <= 0x1f3ff, prev == '\u200d', isFlag(prev) && isFlag(c):
		return prev == '\u200b' // parts of one character, emoji of several among them
	case strings.ContainsRune(closers, c), strings.ContainsRune(openers, prev):
		return false
	case isWide(prev), isWide(c):
		return true
	case prev == '-', prev == '?', prev == '–':
		return unicode.IsLetter(c)
	}
	return prev == '—' || prev == '\u200b'
}

// closers may not begin a line, openers may not end one.
const (
	closers = ".,:;!?%)]}…’”»›-–—'\"、。，．：；！？）」』】〉》〕ー々〜ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
	openers = "([{‘“«‹¿¡#$€£（「『【〈《〔'\""
)

func isFlag(c rune) bool { return c >= 0x1f1e6 && c <= 0x1f1ff }

// Lines returns how many lines a text takes in a box of the given width, and whether its longest word fits; both in
// em of the text.
func (m *Metrics) Lines(text string, width, tracking float64) (lines int, fits bool) {
	fits = true
	at := 0.0 // how far the last line runs; a word that has to be cut has its lines to itself
	for i, p := range m.pieces(text, tracking) {
		cut := p.width > width
		if i == 0 || p.hard || cut || at+p.space+p.width > width {
			lines++
			at = p.width
		} else {
			at += p.space + p.width
		}
		if cut {
			fits = false
			lines += int(p.width / max(width-0.5, width/2, 0.01)) // half a character is lost where it is cut
			at = width
		}
	}
	return max(lines, 1), fits
}

// Fit returns the largest factor, at most 1 and at least least, at which a text set in a box of widthEm (the box's
// width over the font size at factor 1) takes no more than so many lines and no word is cut. When not even the least
// is small enough it returns least and false.
func (m *Metrics) Fit(text string, widthEm float64, lines int, tracking, least float64) (float64, bool) {
	return shrink(least, func(f float64) bool {
		n, fits := m.Lines(text, widthEm/f, tracking)
		return fits && n <= lines
	})
}

// shrink returns the largest of 101 factors from 1 down to least that is good. What is smaller than a good one is good.
func shrink(least float64, good func(float64) bool) (float64, bool) {
	const steps = 100
	factor := func(i int) float64 { return 1 - (1-least)*float64(i)/steps }
	i := 0
	if !good(1) {
		i = 1 + sort.Search(steps, func(i int) bool { return good(factor(i + 1)) })
	}
	if i > steps {
		return least, false
	}
	return max(least, math.Floor(factor(i)*1000)/1000), true
}

// runes returns the characters that the font's files hold, by their unicode-range; nil if a file holds any.
func (f *Font) runes() [][2]rune {
	var out [][2]rune
	for _, file := range f.Files {
		if file.Range == "" {
			return nil
		}
		for part := range strings.SplitSeq(file.Range, ",") {
			low, high, many := strings.Cut(strings.TrimPrefix(strings.TrimSpace(part), "U+"), "-")
			if !many {
				high = low
			}
			a, errA := strconv.ParseUint(low, 16, 21)
			b, errB := strconv.ParseUint(high, 16, 21)
			if errA == nil && errB == nil {
				out = append(out, [2]rune{rune(a), rune(b)})
			}
		}
	}
	return out
}

// readWidths reads the advances of U+0020 to U+007E, then those of other capitals, other letters and wide characters.
func (r reader) readWidths(into **Metrics) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var all []int
		r.items(n, "widths", func(c *yaml.Node) {
			var f float64
			r.number(&f, "a width")(c)
			all = append(all, int(f))
		})
		if len(all) != 98 {
			r.fail(n, "bad-value", "one for each of U+0020 to U+007E, then for other capitals, other letters, wide characters", "widths holds %d numbers, not 98", len(all))
			return
		}
		m := &Metrics{Upper: all[95], Lower: all[96], Wide: all[97]}
		copy(m.ASCII[:], all)
		*into = m
	}
}
