package sheet

import (
	"fmt"
	"html/template"
	"image/color"
)

// A light is the colours of a page.
type light struct{ paper, ink, quiet, line template.CSS }

// lightOf returns colours that suit a film. The paper is a quiet shade of the film's ground: a little darker than that of
// a light film, lighter than that of a dark one, so that pictures stand out from it.
func lightOf(list []Picture) light {
	ground := groundOf(list)
	grey := luma(ground)
	muted := mix(ground, color.NRGBA{uint8(grey), uint8(grey), uint8(grey), 255}, 0.3)
	black, white := color.NRGBA{A: 255}, color.NRGBA{255, 255, 255, 255}
	paper, ink := mix(muted, black, 0.055), mix(muted, black, 0.88)
	switch {
	case grey < 128:
		paper, ink = mix(mix(muted, black, 0.25), white, 0.09), mix(muted, white, 0.92)
	case grey < 215: // neither light nor dark: paper as for a light film
		paper = mix(muted, white, 0.72)
	}
	r, g, b := ink.R, ink.G, ink.B
	return light{hex(paper), hex(ink), hex(mix(ink, paper, 0.38)), template.CSS(fmt.Sprintf("rgb(%d %d %d / 14%%)", r, g, b))}
}

// groundOf returns the colour that is seen most at the pictures' edges; white without any.
func groundOf(list []Picture) color.NRGBA {
	type sum struct{ r, g, b, n int }
	buckets := map[int]*sum{}
	var most *sum
	look := func(c color.NRGBA) {
		key := int(c.R>>4)<<8 | int(c.G>>4)<<4 | int(c.B>>4)
		s := buckets[key]
		if s == nil {
			s = &sum{}
			buckets[key] = s
		}
		s.r, s.g, s.b, s.n = s.r+int(c.R), s.g+int(c.G), s.b+int(c.B), s.n+1
		if most == nil || s.n > most.n {
			most = s
		}
	}
	for _, p := range list {
		r := p.Image.Bounds()
		for x := r.Min.X; x < r.Max.X; x++ {
			look(p.Image.NRGBAAt(x, r.Min.Y))
			look(p.Image.NRGBAAt(x, r.Max.Y-1))
		}
		for y := r.Min.Y; y < r.Max.Y; y++ {
			look(p.Image.NRGBAAt(r.Min.X, y))
			look(p.Image.NRGBAAt(r.Max.X-1, y))
		}
	}
	if most == nil {
		return color.NRGBA{255, 255, 255, 255}
	}
	return color.NRGBA{uint8(most.r / most.n), uint8(most.g / most.n), uint8(most.b / most.n), 255}
}

// luma returns how light a colour is, 0–255.
func luma(c color.NRGBA) float64 {
	return 0.2126*float64(c.R) + 0.7152*float64(c.G) + 0.0722*float64(c.B)
}

// mix returns a colour between two: share 0 is a, 1 is b.
func mix(a, b color.NRGBA, share float64) color.NRGBA {
	m := func(x, y uint8) uint8 { return uint8(float64(x) + (float64(y)-float64(x))*share + 0.5) }
	return color.NRGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), 255}
}

func hex(c color.NRGBA) template.CSS {
	return template.CSS(fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B))
}
