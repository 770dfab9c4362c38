package css

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	lexer "github.com/tdewolff/parse/v2/css"
)

// ErrDynamic is in the chain of the errors for values that are colours only on a page: var(), currentcolor, light-dark(),
// system colours, relative colours.
var ErrDynamic = errors.New("it is known only on a page")

// RGBA is a colour in sRGB with its gamma, not premultiplied. All parts are from 0 to 1.
type RGBA struct{ R, G, B, A float64 }

// Over returns the opaque mixture that is seen when c lies on bg. Browsers mix in sRGB with its gamma, and so does this.
func (c RGBA) Over(bg RGBA) RGBA {
	a := c.A + bg.A*(1-c.A)
	if a == 0 {
		return RGBA{}
	}
	mix := func(x, y float64) float64 { return (x*c.A + y*bg.A*(1-c.A)) / a }
	return RGBA{mix(c.R, bg.R), mix(c.G, bg.G), mix(c.B, bg.B), a}
}

// Luminance returns the relative luminance of WCAG 2, from 0 (black) to 1 (white). Alpha does not count.
func (c RGBA) Luminance() float64 {
	return 0.2126*toLinear(c.R) + 0.7152*toLinear(c.G) + 0.0722*toLinear(c.B)
}

// String returns the colour as #rrggbb, or #rrggbbaa if it is not opaque.
func (c RGBA) String() string {
	b := func(x float64) int { return int(math.Round(x * 255)) }
	s := fmt.Sprintf("#%02x%02x%02x", b(c.R), b(c.G), b(c.B))
	if b(c.A) < 255 {
		s += fmt.Sprintf("%02x", b(c.A))
	}
	return s
}

// Mix returns share of c (0–1) and the rest of d, as color-mix(in oklab, …) does.
func (c RGBA) Mix(share float64, d RGBA) RGBA {
	m, _ := interpolate("oklab", c, d, 1-share)
	return m.clip()
}

// Shift returns a colour lighter by light (0–1 of Oklab's lightness), but no darker than least, and vivid times as
// vivid, less vivid where sRGB has no such colour.
func (c RGBA) Shift(light, least, vivid float64) RGBA {
	v := toOklab(c)
	l := max(least, min(1, v[0]+light))
	for {
		out := fromOklab(l, v[1]*vivid, v[2]*vivid)
		if vivid < 0.02 || out.inGamut() {
			out.A = c.A
			return out.clip()
		}
		vivid *= 0.96
	}
}

func (c RGBA) inGamut() bool {
	const near = 0.002 // of linear light
	v := linear(c)
	return min(v[0], v[1], v[2]) > -near && max(v[0], v[1], v[2]) < 1+near
}

func (c RGBA) clip() RGBA {
	part := func(x float64) float64 { return max(0, min(x, 1)) }
	return RGBA{part(c.R), part(c.G), part(c.B), part(c.A)}
}

// ContrastOf returns the contrast ratio of WCAG 2 between two colours, from 1 to 21. A translucent foreground is seen
// over the background, which counts as opaque.
func ContrastOf(fg, bg RGBA) float64 {
	bg.A = 1
	a, b := fg.Over(bg).Luminance(), bg.Luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// ParseColor reads a CSS colour: hex, names, transparent, rgb(), hsl(), hwb(), lab(), lch(), oklab(), oklch(), color() in
// srgb, srgb-linear, display-p3 and xyz, and color-mix() of such. Colours outside of sRGB are clipped into it, as
// browsers do. An error says that the value is no colour, or wraps [ErrDynamic].
func ParseColor(s string) (RGBA, error) {
	words := Words(s)
	if len(words) != 1 {
		return RGBA{}, fmt.Errorf("%q is not a colour", s)
	}
	c, err := parseColor(words[0].Text, 0)
	if err != nil {
		return RGBA{}, err
	}
	return c.clip(), nil
}

// parseColor reads a colour without clipping it.
func parseColor(s string, depth int) (RGBA, error) {
	bad := fmt.Errorf("%q is not a colour", s)
	tokens := lex([]byte(s))
	switch tokens[0].kind {
	case lexer.HashToken:
		return hex(s[1:], bad)
	case lexer.IdentToken:
		return named(strings.ToLower(s), bad)
	case lexer.FunctionToken:
		open := strings.IndexByte(s, '(')
		if !strings.HasSuffix(s, ")") || depth > 8 {
			return RGBA{}, bad
		}
		name, args := strings.ToLower(s[:open]), s[open+1:len(s)-1]
		if name == "color-mix" {
			return mix(args, bad, depth)
		}
		return function(name, args, bad)
	}
	return RGBA{}, bad
}

func named(name string, bad error) (RGBA, error) {
	if name == "transparent" {
		return RGBA{}, nil
	}
	if v, ok := names[name]; ok {
		return RGBA{float64(v>>16) / 255, float64(v>>8&255) / 255, float64(v&255) / 255, 1}, nil
	}
	const onPage = " currentcolor inherit initial unset revert revert-layer accentcolor accentcolortext activetext buttonborder buttonface " +
		"buttontext canvas canvastext field fieldtext graytext highlight highlighttext linktext mark marktext selecteditem " +
		"selecteditemtext visitedtext "
	if strings.Contains(onPage, " "+name+" ") {
		return RGBA{}, fmt.Errorf("%q: %w", name, ErrDynamic)
	}
	return RGBA{}, bad
}

func hex(s string, bad error) (RGBA, error) {
	if n := len(s); n == 3 || n == 4 {
		long := ""
		for _, c := range s {
			long += string(c) + string(c)
		}
		s = long
	}
	if len(s) == 6 {
		s += "ff"
	}
	v, err := strconv.ParseUint(s, 16, 32)
	if len(s) != 8 || err != nil {
		return RGBA{}, bad
	}
	return RGBA{float64(v>>24) / 255, float64(v>>16&255) / 255, float64(v>>8&255) / 255, float64(v&255) / 255}, nil
}

// function reads a colour function. Its arguments are three parts and, behind a slash or a third comma, alpha.
func function(name, args string, bad error) (RGBA, error) {
	var space string
	var parts []Word
	words := Words(args)
	for i, w := range words {
		switch k := w.tokens[0].kind; {
		case k == lexer.CommaToken || w.Text == "/":
			continue
		case name == "color" && i == 0:
			space = strings.ToLower(w.Text)
			if k == lexer.FunctionToken || space == "from" {
				return RGBA{}, fmt.Errorf("%q: %w", w.Text, ErrDynamic)
			}
			continue
		case k == lexer.FunctionToken, i == 0 && strings.EqualFold(w.Text, "from"):
			return RGBA{}, fmt.Errorf("%q: %w", w.Text, ErrDynamic)
		}
		parts = append(parts, w)
	}
	if len(parts) != 3 && len(parts) != 4 {
		return RGBA{}, dynamicOr(name, bad)
	}
	alpha, ok := 1.0, true
	if len(parts) == 4 {
		alpha, ok = number(parts[3], 1)
		alpha = max(0, min(alpha, 1))
	}
	c, known := components(name, space, parts, &ok)
	if !ok || !known {
		return RGBA{}, dynamicOr(name, bad)
	}
	c.A = alpha
	return c, nil
}

// dynamicOr returns ErrDynamic for functions that only a page can resolve.
func dynamicOr(name string, bad error) error {
	switch name {
	case "var", "env", "attr", "if", "light-dark", "contrast-color", "device-cmyk", "alpha", "color-layers":
		return fmt.Errorf("%q: %w", name+"()", ErrDynamic)
	}
	return bad
}

// components converts the three parts of a function to sRGB. ok becomes false when one cannot be read.
func components(name, space string, p []Word, ok *bool) (RGBA, bool) {
	num := func(i int, percent float64) float64 {
		v, good := number(p[i], percent)
		*ok = *ok && good
		return v
	}
	hue := func(i int) float64 {
		v, good := angle(p[i])
		*ok = *ok && good
		return v
	}
	unit := func(i int) float64 { return max(0, min(num(i, 100)/100, 1)) }
	switch name {
	case "rgb", "rgba":
		byte255 := func(i int) float64 { return max(0, min(num(i, 255)/255, 1)) }
		return RGBA{R: byte255(0), G: byte255(1), B: byte255(2)}, true
	case "hsl", "hsla":
		return hsl(hue(0), unit(1), unit(2)), true
	case "hwb":
		return hwb(hue(0), unit(1), unit(2)), true
	case "lab":
		return fromLab(max(0, min(num(0, 100), 100)), num(1, 125), num(2, 125)), true
	case "lch":
		a, b := polar(max(0, num(1, 150)), hue(2))
		return fromLab(max(0, min(num(0, 100), 100)), a, b), true
	case "oklab":
		return fromOklab(max(0, min(num(0, 1), 1)), num(1, 0.4), num(2, 0.4)), true
	case "oklch":
		a, b := polar(max(0, num(1, 0.4)), hue(2))
		return fromOklab(max(0, min(num(0, 1), 1)), a, b), true
	case "color":
		return fromSpace(space, num(0, 1), num(1, 1), num(2, 1))
	}
	return RGBA{}, false
}

// number reads a number, none (0), or a percentage of percent.
func number(w Word, percent float64) (float64, bool) {
	if strings.EqualFold(w.Text, "none") {
		return 0, true
	}
	n, unit, ok := Dimension(w.Text)
	n = max(-1e6, min(n, 1e6))
	switch {
	case !ok:
		return 0, false
	case unit == "%":
		return n * percent / 100, true
	}
	return n, unit == ""
}

// angle reads an angle in degrees.
func angle(w Word) (float64, bool) {
	if strings.EqualFold(w.Text, "none") {
		return 0, true
	}
	n, unit, ok := Dimension(w.Text)
	switch unit {
	case "", "deg":
	case "grad":
		n *= 0.9
	case "rad":
		n *= 180 / math.Pi
	case "turn":
		n *= 360
	default:
		ok = false
	}
	return math.Mod(math.Mod(n, 360)+360, 360), ok
}

// mix reads color-mix(in space, a p%, b q%). Spaces are srgb, srgb-linear, lab, oklab, and oklch and hsl by the shorter way.
func mix(args string, bad error, depth int) (RGBA, error) {
	parts := Split(args)
	if len(parts) != 3 {
		return RGBA{}, bad
	}
	in := Words(parts[0])
	if len(in) != 2 || !strings.EqualFold(in[0].Text, "in") {
		return RGBA{}, bad
	}
	var colours [2]RGBA
	var shares [2]float64
	for i, part := range parts[1:] {
		shares[i] = -1
		for _, w := range Words(part) {
			if n, unit, ok := Dimension(w.Text); ok && unit == "%" && n >= 0 && n <= 100 {
				shares[i] = n / 100
				continue
			}
			c, err := parseColor(w.Text, depth+1)
			if err != nil {
				return RGBA{}, err
			}
			colours[i] = c
		}
	}
	switch {
	case shares[0] < 0 && shares[1] < 0:
		shares = [2]float64{0.5, 0.5}
	case shares[0] < 0:
		shares[0] = 1 - shares[1]
	case shares[1] < 0:
		shares[1] = 1 - shares[0]
	}
	sum := shares[0] + shares[1]
	if sum == 0 {
		return RGBA{}, bad
	}
	c, ok := interpolate(strings.ToLower(in[1].Text), colours[0], colours[1], shares[1]/sum)
	if !ok {
		return RGBA{}, fmt.Errorf("color-mix in %q: %w", in[1].Text, ErrDynamic)
	}
	c.A *= min(sum, 1)
	return c, nil
}
