package chart

import (
	"strings"
	"unicode"
)

// average is the width of a character of an average sans, in em: what is known when a theme's own metrics are not.
func average(text string) float64 {
	w := 0.0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case strings.ContainsRune("ijl.,:;'’|!()[] \u00a0\u2009\u202f", r):
			w += 0.3
		case strings.ContainsRune("ftrI-", r):
			w += 0.4
		case strings.ContainsRune("mwMW@%", r):
			w += 0.9
		case r >= 0x1100:
			w++
		case unicode.IsUpper(r):
			w += 0.7
		default:
			w += 0.58
		}
	}
	return w
}

// measure returns the width of a text in em, with a hair to spare.
func (c *canvas) measure(text string) float64 {
	if c.o.Measure != nil {
		return c.o.Measure(text) * 1.02
	}
	return average(text) * 1.04
}

// widest returns the greatest width of the texts, in em.
func (c *canvas) widest(texts []string) float64 {
	w := 0.0
	for _, t := range texts {
		w = max(w, c.measure(t))
	}
	return w
}

// labels returns the labels in the order of drawing.
func (c *canvas) labels() []string {
	out := make([]string, len(c.order))
	for i, r := range c.order {
		out[i] = c.data.Rows[r].Label
	}
	return out
}

// timely reports whether most labels are points in time.
func (c *canvas) timely() bool {
	n := 0
	for _, r := range c.order {
		if isTime(c.data.Rows[r].Label) {
			n++
		}
	}
	return n > 0 && n*5 >= len(c.order)*4
}

// isTime reports whether a label names a year, a quarter, a month, a week, a day or a date.
func isTime(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	digits := strings.Trim(s, "0123456789'/-.–: ")
	switch {
	case s == "":
		return false
	case digits == "" && len(s) >= 4:
		return s[0] == '1' || s[0] == '2' || strings.ContainsAny(s, "/-.:")
	case digits == "":
		return s[0] == '\''
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if len(words) == 0 {
		return false
	}
	word := strings.TrimRight(words[0], "s")
	switch word {
	case "q", "h", "fy", "cw", "kw", "w", "week", "day", "month", "year", "quarter", "woche", "tag", "jahr":
		return strings.ContainsAny(s, "0123456789")
	}
	return len([]rune(word)) >= 3 && len([]rune(word)) <= 10 && isMonthOrDay(word)
}

// isMonthOrDay reports whether a word is the name of a month or of a weekday, or its beginning, in a few languages.
func isMonthOrDay(word string) bool {
	for _, name := range strings.Fields(calendar) {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}

const calendar = `january february march april may june july august september october november december
	januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre novembre
	décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
	monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag`
