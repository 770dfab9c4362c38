package timeline

import (
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Count is how much there is to read in a text.
type Count struct {
	Words float64 // of scripts that put space between words
	Chars int     // of Chinese, Japanese and Korean
}

// Add returns the sum of two counts.
func (c Count) Add(o Count) Count { return Count{c.Words + o.Words, c.Chars + o.Chars} }

// At returns how long the count takes at so many words a minute and characters a second; mixed text takes both.
func (c Count) At(words, chars float64) time.Duration {
	return time.Duration(math.Round((c.Words*60/words + float64(c.Chars)/chars) * float64(time.Second)))
}

// CountText counts what there is to read. A word is a run without space; runs of punctuation and emoji are none, they
// are seen at a glance. What takes longer than a word counts as several: a number one more for every three digits
// after the fourth, a web address one for each part (six at most), a long compound one for every 15 letters.
// Thai, Lao, Khmer and Burmese, which do without spaces, count a word for every five letters.
func CountText(text string) Count {
	var c Count
	start := -1 // of the run of a word
	end := func(i int) {
		if start >= 0 {
			c.Words += word(text[start:i])
			start = -1
		}
	}
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case r <= ' ' || r >= utf8.RuneSelf && (unicode.IsSpace(r) || r == '—' || r == '–' || r == '…' || r == '·'):
			end(i)
		case isCJK(r):
			end(i)
			c.Chars++
		case start < 0:
			start = i
		}
		i += n
	}
	end(len(text))
	return c
}

// word returns how many words a run without space counts as.
func word(run string) float64 {
	var letters, digits, marks, spaceless int
	for _, r := range run {
		switch {
		case r < utf8.RuneSelf && (r|0x20 >= 'a' && r|0x20 <= 'z'):
			letters++
		case r >= '0' && r <= '9':
			digits++
		case r < utf8.RuneSelf:
			marks++
		case unicode.Is(unicode.Mn, r):
		case isSpaceless(r):
			spaceless++
		case unicode.IsLetter(r):
			letters++
		case unicode.IsNumber(r):
			digits++
		}
	}
	switch {
	case letters+digits+spaceless == 0:
		return 0
	case marks > 0 && letters > 0 && isAddress(run):
		return address(run)
	case spaceless > 0:
		return float64(spaceless)/5 + float64((letters+14)/15)
	case digits > letters:
		return float64(1 + (max(0, digits-4)+2)/3)
	case marks > 0 && strings.ContainsAny(run, "/|"):
		return slashed(run)
	}
	return float64((letters + digits + 14) / 15)
}

// slashed counts the parts of "and/or".
func slashed(run string) float64 {
	n := 0.0
	for part := range strings.FieldsFuncSeq(run, func(r rune) bool { return r == '/' || r == '|' }) {
		n += word(part)
	}
	return max(1, n)
}

func isAddress(run string) bool {
	return strings.Contains(run, "://") || strings.HasPrefix(run, "www.") ||
		strings.IndexByte(run, '@') > 0 && strings.IndexByte(run, '.') > 0
}

// address counts the parts of a web or mail address, the scheme left out.
func address(run string) float64 {
	if _, rest, ok := strings.Cut(run, "://"); ok {
		run = rest
	}
	parts := 0
	for range strings.FieldsFuncSeq(run, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		parts++
	}
	return float64(min(max(parts, 1), 6))
}

func isCJK(r rune) bool {
	switch {
	case r < 0x1100:
		return false
	case r <= 0x11ff, r >= 0xac00 && r <= 0xd7ff: // Hangul
		return true
	case r < 0x2e80:
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) || r == 'ー'
}

func isSpaceless(r rune) bool {
	return (r >= 0x0e00 && r <= 0x0eff || r >= 0x1000 && r <= 0x109f || r >= 0x1780 && r <= 0x17ff) && unicode.IsLetter(r)
}
