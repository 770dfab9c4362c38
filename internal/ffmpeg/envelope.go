package ffmpeg

import "math"

// An Envelope is a gain that changes with time. Before its first point it has that point's gain, behind its last the
// last one's. Without points it is 1.
type Envelope struct {
	At     float64 // the film's time at which its own is 0, s; may be negative
	Points []Point // in rising order of T
}

// A Point is a place that an envelope goes through. What lies between it and the next one is a straight line, unless it
// says otherwise.
type Point struct {
	T     float64 // s
	V     float64 // linear gain, ≥ 0
	Curve float64 // bend of what follows, -1 to 1: with more than 0 the change comes late, with less early
	Via   Via     // takes the place of Curve
}

// A Via is a place within a segment that its curve goes through, as a share of the segment's time and of its change;
// both from 0.001 to 0.999. The zero Via is none.
type Via struct{ X, Y float64 }

// apply multiplies gains with those of the envelope, from a sample of the film on.
func (e Envelope) apply(gain []float64, from int64) {
	if len(e.Points) == 0 {
		return
	}
	k := 0 // the last point that is not behind t
	for i := range gain {
		t := float64(from+int64(i))/SampleRate - e.At
		for k+1 < len(e.Points) && e.Points[k+1].T <= t {
			k++
		}
		gain[i] *= e.between(k, t)
	}
}

// between returns the gain at time t, which lies between point k and the next, or before the first.
func (e Envelope) between(k int, t float64) float64 {
	a := e.Points[k]
	if t <= a.T || k+1 == len(e.Points) {
		return a.V
	}
	b := e.Points[k+1]
	return a.V + (b.V-a.V)*a.progress((t-a.T)/(b.T-a.T))
}

// progress returns how much of a segment's change has been made after the share x of its time.
func (p Point) progress(x float64) float64 {
	switch {
	case p.Via != Via{}:
		return p.Via.progress(x)
	case p.Curve != 0:
		return math.Pow(x, math.Pow(2, 2*p.Curve))
	}
	return x
}

// progress follows the arc of a conic from (0,0) to (1,1) that is at the via point half way: a rational quadratic Bézier
// curve whose control point c has the least weight w ≥ 1 that keeps c within the square.
func (v Via) progress(x float64) float64 {
	const edge, heaviest = 0.999, 1e6
	dx, dy := v.X-0.5, v.Y-0.5
	need := func(d, at float64) float64 {
		switch {
		case d > 0:
			return d / (edge - at)
		case d < 0:
			return -d / (at - (1 - edge))
		}
		return 0
	}
	w := min(heaviest, max(1, need(dx, v.X), need(dy, v.Y)))
	cx, cy := v.X+dx/w, v.Y+dy/w
	// x(t) = x, solved for the curve's own parameter t.
	a := x*(2-2*w) - 1 + 2*w*cx
	b := -x*(2-2*w) - 2*w*cx
	t := root(a, b, x)
	weight := (1-t)*(1-t) + 2*w*t*(1-t) + t*t
	return (2*w*cy*t*(1-t) + t*t) / weight
}

// root returns the solution of a·t² + b·t + c = 0 from 0 to 1.
func root(a, b, c float64) float64 {
	if math.Abs(a) < 1e-12 {
		if math.Abs(b) < 1e-12 {
			return c
		}
		return -c / b
	}
	d := math.Sqrt(max(0, b*b-4*a*c))
	for _, t := range []float64{(-b + d) / (2 * a), (-b - d) / (2 * a)} {
		if t >= -1e-9 && t <= 1+1e-9 {
			return min(1, max(0, t))
		}
	}
	return c
}
