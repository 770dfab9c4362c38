package compose

import (
	"math"
	"testing"
)

// at returns the volume of a lane, as a player reads it.
func (l *lanes) at(t float64) float64 {
	p := l.Lanes[0].Points
	if t <= p[0].T {
		return p[0].V
	}
	for i := 1; i < len(p); i++ {
		if t <= p[i].T {
			return p[i-1].V + (p[i].V-p[i-1].V)*(t-p[i-1].T)/(p[i].T-p[i-1].T)
		}
	}
	return p[len(p)-1].V
}

// Where a bed plays again, its clips take up one course where the last one left it.
func TestDuckAcrossClips(t *testing.T) {
	course := duck([][2]float64{{0, 2}, {4, 7}, {9, 9.5}, {20, 22}}, 1, 20)
	want := func(t float64) float64 {
		v := 1.0
		for _, s := range [][2]float64{{-9, 2}, {4, 7}, {9, 9.5}, {20, 22}} {
			v = min(v, max(0.1, 1-0.9*min((t-s[0]+attack)/attack, (s[1]+release-t)/release)))
		}
		return v
	}
	for _, cut := range []float64{1.99, 2.3, 3.9, 5, 7.61, 30} {
		for at := 0.0; at < 24; at += cut {
			l := volumeLane(course, at, cut)
			for x := 0.0; x < cut && at+x < 24; x += 0.01 {
				got := 1.0
				if l != nil {
					got = l.at(x)
				}
				if math.Abs(got-want(at+x)) > 1e-4 {
					t.Fatalf("clips of %g s: at %.2f s the volume is %g, want %g (%v)", cut, at+x, got, want(at+x), l)
				}
			}
		}
	}
}

// A film of very many words has no more points than a lane may have, and the music is down under each of them.
func TestDuckManySounds(t *testing.T) {
	var heard [][2]float64
	for i := range 1000 {
		heard = append(heard, [2]float64{float64(3 * i), float64(3*i) + 1})
	}
	l := volumeLane(duck(heard, 0.5, 6), 0, 3000)
	if n := len(l.Lanes[0].Points); n > maxPoints {
		t.Errorf("%d points", n)
	}
	for _, s := range heard {
		if v := l.at(s[0] + 0.5); v > 0.26 {
			t.Fatalf("at %g s the volume is %g", s[0]+0.5, v)
		}
	}
}
