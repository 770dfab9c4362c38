package chart

import (
	"fmt"
	"html/template"
	"math"
	"sort"
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

// name is a label or the name of a series: the text that is measured, and the HTML that is drawn.
type name struct {
	Text string
	HTML template.HTML
}

// setNames writes the labels and the names of the series, shortened where the chart has no room for them.
func (c *canvas) setNames(k Type) {
	c.labels, c.names = make([]name, len(c.data.Rows)), make([]name, len(c.data.Series))
	room := c.labelRoom(k)
	for _, r := range c.order {
		x := c.data.Rows[r]
		c.labels[r] = c.fit(x.Label, x.HTML, room, r, c.data.Col)
	}
	for s, x := range c.data.Series {
		room := c.width/keySize/bold - swatch // a line of the legend
		if k == Donut || len(c.data.Series) < 2 {
			room = math.Inf(1) // it is not drawn
		}
		c.names[s] = c.fit(x.Name, x.HTML, room, Header, x.Col)
	}
}

// labelRoom returns how wide a label may be at the least size, in em.
func (c *canvas) labelRoom(k Type) float64 {
	switch k {
	case Line, Area:
		return c.width * 0.3 / largest
	case Donut:
		_, keys, _ := c.disc()
		values := 0.0
		for _, r := range c.order {
			values = max(values, c.measure(c.text(r, 0))*bold)
		}
		return max(keys/least-values-keySpace, 4)
	}
	return c.width * 1.8 / least // two lines above the bar
}

// fit shortens a name to the room that it has. One that follows a variable is left to it.
func (c *canvas) fit(text string, html template.HTML, room float64, row, col int) name {
	short := c.shorten(text, room)
	if short != text {
		c.problems = append(c.problems, Problem{Row: row, Col: col, Warning: true, Code: "chart/long-name",
			Msg: fmt.Sprintf("there is no room for all of %q", short), Hint: "write a shorter name"})
	}
	if html == "" {
		html = template.HTML(template.HTMLEscapeString(short))
	}
	return name{short, html}
}

// shorten cuts a text that is wider than room, in em.
func (c *canvas) shorten(text string, room float64) string {
	if c.measure(text) <= room {
		return text
	}
	all := []rune(text)
	n := sort.Search(len(all), func(i int) bool { return c.measure(string(all[:i+1])+"…") > room })
	return strings.TrimSpace(string(all[:n])) + "…"
}

// drawn returns the labels in the order of drawing.
func (c *canvas) drawn() []string {
	out := make([]string, len(c.order))
	for i, r := range c.order {
		out[i] = c.labels[r].Text
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
