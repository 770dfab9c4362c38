package chart

import (
	"math"
	"strings"
)

// curve writes a line through points. A smooth one never goes beyond its points: between two of them it only rises or
// only falls (monotone cubic interpolation after Fritsch and Carlson).
func curve(b *strings.Builder, points []pt, begin string, smooth bool) {
	slope := slopes(points)
	for i, p := range points {
		switch {
		case i == 0:
			b.WriteString(begin + px(p.x) + " " + px(p.y))
		case !smooth:
			b.WriteString("L" + px(p.x) + " " + px(p.y))
		default:
			q := points[i-1]
			d := (p.x - q.x) / 3
			b.WriteString("C" + px(q.x+d) + " " + px(q.y+slope[i-1]*d) + " " + px(p.x-d) + " " + px(p.y-slope[i]*d) + " " + px(p.x) + " " + px(p.y))
		}
	}
}

// slopes returns the slope of a smooth line at each of its points.
func slopes(points []pt) []float64 {
	n := len(points)
	out := make([]float64, n)
	if n < 2 {
		return out
	}
	secant := make([]float64, n-1)
	for i := range secant {
		secant[i] = (points[i+1].y - points[i].y) / (points[i+1].x - points[i].x)
	}
	out[0], out[n-1] = secant[0], secant[n-2]
	for i := 1; i < n-1; i++ {
		if secant[i-1]*secant[i] > 0 {
			out[i] = (secant[i-1] + secant[i]) / 2
		}
	}
	for i, s := range secant {
		if s == 0 {
			out[i], out[i+1] = 0, 0
			continue
		}
		a, b := out[i]/s, out[i+1]/s
		if r := math.Hypot(a, b); r > 3 {
			out[i], out[i+1] = 3*s*a/r, 3*s*b/r
		}
	}
	return out
}

// arrival returns when the line reaches x, as a part of the time it takes: the inverse of the timing function that
// chart.css draws it with, cubic-bezier(0.45, 0, 0.2, 1).
func arrival(x float64) float64 {
	lo, hi := 0.0, 1.0
	for range 40 {
		mid := (lo + hi) / 2
		if bezier(mid, 0, 1) < x {
			lo = mid
		} else {
			hi = mid
		}
	}
	return bezier((lo+hi)/2, 0.45, 0.2)
}

// bezier returns a coordinate of the cubic from 0 to 1 with control values a and b.
func bezier(t, a, b float64) float64 {
	u := 1 - t
	return 3*u*u*t*a + 3*u*t*t*b + t*t*t
}
