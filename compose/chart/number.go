package chart

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Format is how numbers of a series are written. The zero Format writes "1234".
type Format struct {
	Prefix   string // "$", "CHF "
	Suffix   string // "%", " ms"
	Decimals int
	Group    string // between thousands: "", ",", ".", " ", "'" and their kin
	Point    string // "" = "."
	Plus     bool   // + before positive numbers
	Compact  bool   // 1.2M
}

// Write writes x.
func (f Format) Write(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "–"
	}
	scale := ""
	decimals := f.Decimals
	if f.Compact {
		x, scale, decimals = compact(x)
	}
	s := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, part, _ := strings.Cut(s, ".")
	if f.Compact {
		part = strings.TrimRight(part, "0")
	}
	s = group(whole, f.Group)
	if part != "" {
		point := f.Point
		if point == "" {
			point = "."
		}
		s += point + part
	}
	sign := ""
	switch {
	case x < 0 && strings.Trim(s, "0.,") != "":
		sign = "−"
	case x > 0 && f.Plus:
		sign = "+"
	}
	return sign + f.Prefix + s + scale + f.Suffix
}

// compact splits x into a number below a thousand and the letter of its power, with three digits at most.
func compact(x float64) (short float64, letter string, decimals int) {
	a := math.Abs(x)
	for _, p := range []struct {
		power  float64
		letter string
	}{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "k"}} {
		if a >= p.power*0.9995 {
			x, letter = x/p.power, p.letter
			break
		}
	}
	switch a = math.Abs(x); {
	case a >= 99.95:
		return x, letter, 0
	case a >= 9.995:
		return x, letter, 1
	}
	return x, letter, 2
}

// group puts a separator between thousands. Four digits that stand alone need one too: it is how the source does it.
func group(digits, sep string) string {
	if sep == "" || len(digits) <= 3 {
		return digits
	}
	head := len(digits) % 3
	parts := []string{}
	if head > 0 {
		parts = append(parts, digits[:head])
	}
	for i := head; i < len(digits); i += 3 {
		parts = append(parts, digits[i:i+3])
	}
	return strings.Join(parts, sep)
}

// written is a cell taken apart: "(about) −$1,234.50 ms*".
type written struct {
	negative, plus bool
	prefix, suffix string // with the space between them and the digits
	core           string // digits and what stands between them
}

// take takes a cell apart, or reports that it is no number.
func take(cell string) (written, bool) {
	cell = strings.TrimSpace(cell)
	from := strings.IndexFunc(cell, unicode.IsDigit)
	if from < 0 {
		return written{}, false
	}
	if from > 0 && cell[from-1] == '.' {
		from-- // ".5"
	}
	to := strings.LastIndexFunc(cell, unicode.IsDigit)
	_, size := utf8.DecodeRuneInString(cell[to:])
	w := written{prefix: cell[:from], core: cell[from : to+size], suffix: cell[to+size:]}
	for _, r := range w.core {
		if (r < '0' || r > '9') && !strings.ContainsRune(between, r) {
			return written{}, false
		}
	}
	return w, w.sign() && w.units()
}

// between is what may stand between the digits of one number: points, commas, and what sets thousands apart.
const between = ".,'’_ \u00a0\u2009\u202f"

// sign takes the sign out of the prefix: "−", "-$", "+", "(12)".
func (w *written) sign() bool {
	p := strings.TrimLeft(w.prefix, "~≈<>≤≥ ")
	if strings.HasPrefix(p, "(") && strings.HasSuffix(w.suffix, ")") {
		w.negative = true
		p, w.suffix = p[1:], strings.TrimSuffix(w.suffix, ")")
	}
	for _, s := range []string{"-", "−", "–", "+"} {
		if i := strings.Index(p, s); i >= 0 {
			w.negative, w.plus = s != "+" || w.negative, s == "+"
			p = p[:i] + p[i+len(s):]
			break
		}
	}
	w.prefix = strings.TrimLeft(p, " ")
	return true
}

// maxUnit bounds a unit after a number, in characters.
const maxUnit = 16

// units checks what stands before and after the digits: a currency, and a unit without digits.
func (w *written) units() bool {
	w.suffix = strings.TrimRight(w.suffix, " *†‡")
	name := strings.TrimSpace(w.prefix)
	if !currency(name) {
		return false
	}
	unit := strings.TrimSpace(w.suffix)
	if strings.ContainsAny(unit, ":;=\"?!|") || utf8.RuneCountInString(unit) > maxUnit {
		return false
	}
	return unit == "" || !strings.ContainsAny(unit[:1], "/-–—+.,")
}

// currency reports whether s may stand before a number: nothing, a currency sign, or a short code.
func currency(s string) bool {
	if s == "" {
		return true
	}
	letters, signs := 0, 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Sc, r):
			signs++
		case unicode.IsUpper(r):
			letters++
		case r == '.' || r == ' ':
		default:
			return s == "kr" || s == "Fr." || s == "Fr" || s == "Rs" || s == "Rs." || s == "zł"
		}
	}
	return signs == 1 && letters <= 3 || signs == 0 && letters == 3
}

// point is which of "." and "," ends the whole part of a number.
type point byte

const (
	unsure point = 0
	dot    point = '.'
	comma  point = ','
)

// marks returns which point a number certainly has, and which groups.
func marks(core string) point {
	d, c := strings.Count(core, "."), strings.Count(core, ",")
	switch {
	case d > 0 && c > 0:
		if strings.LastIndexByte(core, '.') > strings.LastIndexByte(core, ',') {
			return dot
		}
		return comma
	case d > 1:
		return comma
	case c > 1:
		return dot
	case d == 1 && !threes(core, '.'):
		return dot
	case c == 1 && !threes(core, ','):
		return comma
	}
	return unsure
}

// threes reports whether the only sep of core could set a thousand apart: "1,234" could, "0,234" and "1,23" could not.
func threes(core string, sep byte) bool {
	i := strings.IndexByte(core, sep)
	return len(core)-i-1 == 3 && i > 0 && core[0] != '0'
}

// number is what a core of digits stands for under a point.
type number struct {
	value    float64
	decimals int
	group    string
}

// read reads a core of digits. An unsure point is a dot, which makes "1.234" a little more than one and "1,234" a
// thousand and more.
func read(core string, p point) (number, bool) {
	if certain := marks(core); certain != unsure {
		p = certain
	}
	if p == unsure {
		p = dot
	}
	whole, part, _ := strings.Cut(core, string(rune(p)))
	if part != "" && strings.Trim(part, "0123456789") != "" {
		return number{}, false
	}
	n := number{decimals: len(part)}
	groups := strings.FieldsFunc(whole, func(r rune) bool { return r < '0' || r > '9' })
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && len(g) > 3 {
			return number{}, false
		}
	}
	if len(groups) > 1 {
		_, size := utf8.DecodeRuneInString(whole[len(groups[0]):])
		n.group = whole[len(groups[0]) : len(groups[0])+size]
	}
	value, err := strconv.ParseFloat("0"+strings.Join(groups, "")+"."+part+"0", 64)
	n.value = value
	return n, err == nil && !math.IsInf(value, 0)
}

// power returns what a unit multiplies by when a column mixes them ("900k" beside "1.2M"), and the rest of the unit.
func power(unit string) (factor float64, rest string) {
	unit = strings.TrimSpace(unit)
	for _, p := range []struct {
		name   string
		factor float64
	}{
		{"thousand", 1e3}, {"million", 1e6}, {"billion", 1e9}, {"trillion", 1e12}, {"Tsd.", 1e3}, {"Mio.", 1e6}, {"Mrd.", 1e9},
		{"mn", 1e6}, {"bn", 1e9}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"B", 1e9}, {"T", 1e12},
	} {
		after, ok := strings.CutPrefix(unit, p.name)
		if r, _ := utf8.DecodeRuneInString(after); ok && !unicode.IsLetter(r) {
			return p.factor, strings.TrimSpace(after)
		}
	}
	return 1, unit
}

// measure is a unit that can be turned into others of its family.
type measure struct {
	family string
	factor float64
}

// measureOf returns what is known of a unit; the zero measure is of no family.
func measureOf(unit string) measure {
	switch strings.TrimSpace(unit) {
	case "ns":
		return measure{"time", 1e-9}
	case "µs", "μs", "us":
		return measure{"time", 1e-6}
	case "ms":
		return measure{"time", 1e-3}
	case "s", "sec", "secs", "second", "seconds":
		return measure{"time", 1}
	case "min", "mins", "minute", "minutes":
		return measure{"time", 60}
	case "h", "hr", "hrs", "hour", "hours":
		return measure{"time", 3600}
	case "d", "day", "days":
		return measure{"time", 86400}
	case "B", "bytes":
		return measure{"bytes", 1}
	case "kB", "KB":
		return measure{"bytes", 1e3}
	case "MB":
		return measure{"bytes", 1e6}
	case "GB":
		return measure{"bytes", 1e9}
	case "TB":
		return measure{"bytes", 1e12}
	case "KiB":
		return measure{"bytes", 1 << 10}
	case "MiB":
		return measure{"bytes", 1 << 20}
	case "GiB":
		return measure{"bytes", 1 << 30}
	case "mm":
		return measure{"length", 1e-3}
	case "cm":
		return measure{"length", 1e-2}
	case "m":
		return measure{"length", 1}
	case "km":
		return measure{"length", 1e3}
	case "mg":
		return measure{"weight", 1e-3}
	case "g":
		return measure{"weight", 1}
	case "kg":
		return measure{"weight", 1e3}
	case "t":
		return measure{"weight", 1e6}
	}
	return measure{}
}
