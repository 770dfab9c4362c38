package templates

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// A rgba is an sRGB colour, not premultiplied; every channel is 0–1.
type rgba struct{ r, g, b, a float64 }

// String returns #rrggbb, or #rrggbbaa where the colour is not opaque.
func (c rgba) String() string {
	byte := func(f float64) int { return int(math.Round(max(0, min(1, f)) * 255)) }
	s := fmt.Sprintf("#%02x%02x%02x", byte(c.r), byte(c.g), byte(c.b))
	if c.a < 1 {
		s += fmt.Sprintf("%02x", byte(c.a))
	}
	return s
}

var functionForm = regexp.MustCompile(`^([a-z]+)\(([^()]*)\)$`)

// parseColor reads a CSS colour that stands for itself: a hex number, a name, rgb(), hsl(), oklab() or oklch().
func parseColor(s string) (rgba, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.HasPrefix(s, "#") {
		return parseHex(s[1:])
	}
	if at := strings.Index(" "+colorNames, " "+s+" "); at >= 0 && !strings.ContainsAny(s, " #") && s != "" {
		return parseHex(colorNames[at+len(s)+1:][:6])
	}
	if s == "transparent" {
		return rgba{}, true
	}
	m := functionForm.FindStringSubmatch(s)
	if m == nil {
		return rgba{}, false
	}
	args := strings.FieldsFunc(m[2], func(c rune) bool { return c == ' ' || c == ',' || c == '/' })
	if len(args) != 3 && len(args) != 4 {
		return rgba{}, false
	}
	return colorFunction(m[1], args)
}

func parseHex(h string) (rgba, bool) {
	if len(h) == 3 || len(h) == 4 {
		var long strings.Builder
		for _, c := range h {
			long.WriteString(strings.Repeat(string(c), 2))
		}
		h = long.String()
	}
	if len(h) == 6 {
		h += "ff"
	}
	n, err := strconv.ParseUint(h, 16, 32)
	if err != nil || len(h) != 8 {
		return rgba{}, false
	}
	ch := func(shift uint) float64 { return float64(n>>shift&0xff) / 255 }
	return rgba{ch(24), ch(16), ch(8), ch(0)}, true
}

func colorFunction(name string, args []string) (rgba, bool) {
	ok := true
	// num reads a number; 100 % of it is whole.
	num := func(i int, whole float64) float64 {
		s, percent := strings.CutSuffix(strings.TrimSuffix(args[i], "deg"), "%")
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			ok = false
		}
		if percent {
			return f / 100 * whole
		}
		return f
	}
	alpha := 1.0
	if len(args) == 4 {
		alpha = max(0, min(1, num(3, 1)))
	}
	var c rgba
	switch name {
	case "rgb", "rgba":
		c = rgba{num(0, 255) / 255, num(1, 255) / 255, num(2, 255) / 255, alpha}
	case "hsl", "hsla":
		sat, light := strings.TrimSuffix(args[1], "%"), strings.TrimSuffix(args[2], "%")
		args[1], args[2] = sat, light
		c = fromHSL(num(0, 360), num(1, 100)/100, num(2, 100)/100, alpha)
	case "oklab":
		c = fromOklab([3]float64{num(0, 1), num(1, 0.4), num(2, 0.4)}, alpha)
	case "oklch":
		l, chroma, hue := num(0, 1), num(1, 0.4), num(2, 360)*math.Pi/180
		c = fromOklab([3]float64{l, chroma * math.Cos(hue), chroma * math.Sin(hue)}, alpha)
	default:
		return rgba{}, false
	}
	return c, ok
}

func fromHSL(h, s, l, a float64) rgba {
	f := func(n float64) float64 {
		k := math.Mod(math.Mod(n+h/30, 12)+12, 12)
		return l - s*min(l, 1-l)*max(-1, min(k-3, 9-k, 1))
	}
	return rgba{f(0), f(8), f(4), a}
}

func linear(f float64) float64 {
	if f <= 0.04045 {
		return f / 12.92
	}
	return math.Pow((f+0.055)/1.055, 2.4)
}

func encoded(f float64) float64 {
	if f <= 0.0031308 {
		return f * 12.92
	}
	return 1.055*math.Pow(f, 1/2.4) - 0.055
}

// oklab returns the colour in Oklab (CSS Color 4 §9.2).
func (c rgba) oklab() [3]float64 {
	r, g, b := linear(c.r), linear(c.g), linear(c.b)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// shift returns a colour lighter by light (0–1), but no darker than least, and vivid times as vivid, less vivid where
// sRGB has no such colour.
func (c rgba) shift(light, least, vivid float64) rgba {
	v := c.oklab()
	v[0] = max(least, min(1, v[0]+light))
	for k := vivid; ; k *= 0.96 {
		w := [3]float64{v[0], v[1] * k, v[2] * k}
		lin := oklabLinear(w)
		if k < 0.02 || min(lin[0], lin[1], lin[2]) > -0.002 && max(lin[0], lin[1], lin[2]) < 1.002 {
			return fromOklab(w, c.a)
		}
	}
}

func oklabLinear(v [3]float64) [3]float64 {
	cube := func(f float64) float64 { return f * f * f }
	l := cube(v[0] + 0.3963377774*v[1] + 0.2158037573*v[2])
	m := cube(v[0] - 0.1055613458*v[1] - 0.0638541728*v[2])
	s := cube(v[0] - 0.0894841775*v[1] - 1.2914855480*v[2])
	return [3]float64{
		4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s,
	}
}

func fromOklab(v [3]float64, alpha float64) rgba {
	lin := oklabLinear(v)
	clamp := func(f float64) float64 { return encoded(max(0, min(1, f))) }
	return rgba{clamp(lin[0]), clamp(lin[1]), clamp(lin[2]), alpha}
}

// mix returns share of c (0–1) and the rest of d, as color-mix(in oklab, …) does.
func (c rgba) mix(share float64, d rgba) rgba {
	x, y := c.oklab(), d.oklab()
	a := c.a*share + d.a*(1-share)
	if a == 0 {
		return rgba{}
	}
	var v [3]float64
	for i := range v {
		v[i] = (x[i]*c.a*share + y[i]*d.a*(1-share)) / a
	}
	return fromOklab(v, a)
}

// over returns c laid over an opaque colour.
func (c rgba) over(d rgba) rgba {
	ch := func(x, y float64) float64 { return x*c.a + y*(1-c.a) }
	return rgba{ch(c.r, d.r), ch(c.g, d.g), ch(c.b, d.b), 1}
}

// contrast returns WCAG's contrast ratio, 1–21.
func contrast(c, d rgba) float64 {
	lum := func(c rgba) float64 { return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b) }
	x, y := lum(c), lum(d)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
