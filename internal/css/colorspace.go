package css

import "math"

// toLinear takes the gamma of sRGB off, fromLinear puts it on. Both go on below 0 as they do above.
func toLinear(x float64) float64 {
	if a := math.Abs(x); a > 0.04045 {
		return math.Copysign(math.Pow((a+0.055)/1.055, 2.4), x)
	}
	return x / 12.92
}

func fromLinear(x float64) float64 {
	if a := math.Abs(x); a > 0.0031308 {
		return math.Copysign(1.055*math.Pow(a, 1/2.4)-0.055, x)
	}
	return x * 12.92
}

// A vec is a colour in some space of three dimensions.
type vec [3]float64

type matrix [3]vec

func (m *matrix) mul(v vec) vec {
	var out vec
	for i := range out {
		out[i] = m[i][0]*v[0] + m[i][1]*v[1] + m[i][2]*v[2]
	}
	return out
}

var (
	xyzToRGB = matrix{{3.2409699419045226, -1.5373831775700939, -0.4986107602930034},
		{-0.9692436362808796, 1.8759675015077202, 0.0415550574071756}, {0.0556300796969936, -0.2039769588889765, 1.0569715142428786}}
	rgbToXYZ = matrix{{0.4123907992659593, 0.3575843393838780, 0.1804807884018343},
		{0.2126390058715103, 0.7151686787677559, 0.0721923153607337}, {0.0193308187155918, 0.1191947797946259, 0.9505321522496608}}
	p3ToXYZ = matrix{{0.4865709486482162, 0.2656676931690931, 0.1982172852343625},
		{0.2289745640697488, 0.6917385218365064, 0.0792869140937450}, {0, 0.0451133818589026, 1.0439443689009757}}
	d50ToD65 = matrix{{0.9554734527042182, -0.0230985368742614, 0.0632593086610217},
		{-0.0283697069632081, 1.0099954580058226, 0.0210413989669430}, {0.0123140016883199, -0.0205076964334779, 1.3303659366080753}}
	lmsToRGB = matrix{{4.0767416360759574, -3.3077115392580616, 0.2309699031821043},
		{-1.2684379732850317, 2.6097573492876887, -0.3413193760026573}, {-0.0041960761386756, -0.7034186179359362, 1.7076146940746117}}
	rgbToLMS = matrix{{0.4122214694707630, 0.5363325372617349, 0.0514459932675022},
		{0.2119034958178252, 0.6806995506452344, 0.1073969535369406}, {0.0883024591900564, 0.2817188391361215, 0.6299787016738222}}
	oklabToLMS = matrix{{1, 0.3963377773761749, 0.2158037573099136}, {1, -0.1055613458156586, -0.0638541728258133},
		{1, -0.0894841775298119, -1.2914855480194092}}
	lmsToOklab = matrix{{0.2104542683093140, 0.7936177747023054, -0.0040720430116193}, {1.9779985324311684, -2.4285922420485799, 0.4505937096174110},
		{0.0259040424655478, 0.7827717124575296, -0.8086757549230774}}
)

func gamma(v vec) RGBA { return RGBA{R: fromLinear(v[0]), G: fromLinear(v[1]), B: fromLinear(v[2])} }

func linear(c RGBA) vec { return vec{toLinear(c.R), toLinear(c.G), toLinear(c.B)} }

// polar turns chroma and hue (degrees) into a and b.
func polar(chroma, hue float64) (a, b float64) {
	sin, cos := math.Sincos(hue * math.Pi / 180)
	return chroma * cos, chroma * sin
}

func fromOklab(l, a, b float64) RGBA {
	v := oklabToLMS.mul(vec{l, a, b})
	for i := range v {
		v[i] = v[i] * v[i] * v[i]
	}
	return gamma(lmsToRGB.mul(v))
}

func toOklab(c RGBA) vec {
	v := rgbToLMS.mul(linear(c))
	for i := range v {
		v[i] = math.Cbrt(v[i])
	}
	return lmsToOklab.mul(v)
}

// fromLab converts CIE Lab, whose white is D50.
func fromLab(l, a, b float64) RGBA {
	const kappa, epsilon = 24389.0 / 27, 216.0 / 24389
	white := vec{0.3457 / 0.3585, 1, (1 - 0.3457 - 0.3585) / 0.3585}
	fy := (l + 16) / 116
	f := vec{a/500 + fy, fy, fy - b/200}
	var xyz vec
	for i, x := range f {
		xyz[i] = (116*x - 16) / kappa
		if x*x*x > epsilon {
			xyz[i] = x * x * x
		}
		xyz[i] *= white[i]
	}
	if l <= kappa*epsilon {
		xyz[1] = l / kappa
	}
	return gamma(xyzToRGB.mul(d50ToD65.mul(xyz)))
}

// hsl converts a hue in degrees, saturation and lightness.
func hsl(h, s, l float64) RGBA {
	part := func(n float64) float64 {
		k := math.Mod(n+h/30, 12)
		return l - s*min(l, 1-l)*max(-1, min(k-3, 9-k, 1))
	}
	return RGBA{R: part(0), G: part(8), B: part(4)}
}

func hwb(h, white, black float64) RGBA {
	if sum := white + black; sum >= 1 {
		return RGBA{R: white / sum, G: white / sum, B: white / sum}
	}
	c := hsl(h, 1, 0.5)
	f := func(x float64) float64 { return x*(1-white-black) + white }
	return RGBA{R: f(c.R), G: f(c.G), B: f(c.B)}
}

// toHSL returns hue in degrees, saturation and lightness; grey has no hue (NaN).
func toHSL(c RGBA) vec {
	high, low := max(c.R, c.G, c.B), min(c.R, c.G, c.B)
	l, d := (high+low)/2, high-low
	if d < 1e-9 {
		return vec{math.NaN(), 0, l}
	}
	s := d / (1 - math.Abs(2*l-1))
	h := 0.0
	switch high {
	case c.R:
		h = math.Mod((c.G-c.B)/d+6, 6)
	case c.G:
		h = (c.B-c.R)/d + 2
	default:
		h = (c.R-c.G)/d + 4
	}
	return vec{h * 60, s, l}
}

// fromSpace converts the arguments of color().
func fromSpace(space string, x, y, z float64) (RGBA, bool) {
	v := vec{x, y, z}
	switch space {
	case "srgb":
		return RGBA{R: x, G: y, B: z}, true
	case "srgb-linear":
		return gamma(v), true
	case "display-p3":
		v = vec{toLinear(x), toLinear(y), toLinear(z)}
		return gamma(xyzToRGB.mul(p3ToXYZ.mul(v))), true
	case "xyz", "xyz-d65":
		return gamma(xyzToRGB.mul(v)), true
	case "xyz-d50":
		return gamma(xyzToRGB.mul(d50ToD65.mul(v))), true
	}
	return RGBA{}, false
}

// interpolate mixes two colours, share of b, premultiplied by their alphas.
func interpolate(space string, a, b RGBA, share float64) (RGBA, bool) {
	var to func(RGBA) vec
	var from func(vec) RGBA
	hue := -1
	switch space {
	case "srgb":
		to, from = func(c RGBA) vec { return vec{c.R, c.G, c.B} }, func(v vec) RGBA { return RGBA{R: v[0], G: v[1], B: v[2]} }
	case "srgb-linear":
		to, from = linear, gamma
	case "xyz", "xyz-d65":
		to, from = func(c RGBA) vec { return rgbToXYZ.mul(linear(c)) }, func(v vec) RGBA { return gamma(xyzToRGB.mul(v)) }
	case "oklab":
		to, from = toOklab, func(v vec) RGBA { return fromOklab(v[0], v[1], v[2]) }
	case "oklch":
		to, from, hue = toOklch, fromOklch, 2
	case "hsl":
		to, from, hue = toHSL, func(v vec) RGBA { return hsl(v[0], v[1], v[2]) }, 0
	default:
		return RGBA{}, false
	}
	va, vb := to(a), to(b)
	if a.A == 0 { // transparent has no colour of its own to add
		va = vb
	} else if b.A == 0 {
		vb = va
	}
	alpha := a.A*(1-share) + b.A*share
	if alpha == 0 {
		return RGBA{}, true
	}
	var v vec
	for i := range v {
		if i == hue {
			v[i] = mixHue(va[i], vb[i], share)
			continue
		}
		v[i] = (va[i]*a.A*(1-share) + vb[i]*b.A*share) / alpha
	}
	c := from(v)
	c.A = alpha
	return c, true
}

// mixHue goes the shorter way round. A colour without hue takes the other's.
func mixHue(a, b, share float64) float64 {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return b
	case math.IsNaN(b):
		return a
	}
	d := math.Mod(b-a+540, 360) - 180
	return math.Mod(a+d*share+360, 360)
}

func toOklch(c RGBA) vec {
	v := toOklab(c)
	chroma := math.Hypot(v[1], v[2])
	if chroma < 1e-4 {
		return vec{v[0], chroma, math.NaN()}
	}
	return vec{v[0], chroma, math.Mod(math.Atan2(v[2], v[1])*180/math.Pi+360, 360)}
}

func fromOklch(v vec) RGBA {
	a, b := polar(v[1], v[2])
	return fromOklab(v[0], a, b)
}
