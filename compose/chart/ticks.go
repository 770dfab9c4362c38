package chart

import "math"

// axis is a scale of round numbers.
type axis struct {
	lo, hi float64
	steps  []float64
}

// at returns where x is on the axis, 0 at its low end and 1 at its high end.
func (a axis) at(x float64) float64 {
	if a.hi <= a.lo {
		return 0
	}
	return (x - a.lo) / (a.hi - a.lo)
}

// round returns an axis that holds lo to hi in about so many steps of 1, 2 or 5 times a power of ten.
func round(lo, hi float64, steps int) axis {
	if !(hi > lo) {
		lo, hi = lo-pad(lo), lo+pad(lo)
	}
	step := nice((hi - lo) / float64(max(steps, 1)))
	from, to := math.Floor(lo/step+1e-9), math.Ceil(hi/step-1e-9)
	a := axis{lo: from * step, hi: to * step}
	for i := from; i <= to && len(a.steps) < 50; i++ {
		a.steps = append(a.steps, clean(i*step, step))
	}
	return a
}

// pad is half the length of an axis on which everything has one value.
func pad(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Abs(x) / 2
}

// nice returns the least of 1, 2, 5 and 10 times a power of ten that is not less than x.
func nice(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if x <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// clean rounds x to the decimals of step, so that 0.30000000000000004 is 0.3.
func clean(x, step float64) float64 {
	digits := max(0, -int(math.Floor(math.Log10(step))))
	if digits > 300 {
		return x
	}
	p := math.Pow(10, float64(digits))
	return math.Round(x*p)/p + 0
}

// decimals returns how many decimals the steps of an axis need.
func (a axis) decimals() int {
	if len(a.steps) < 2 {
		return 0
	}
	return min(6, max(0, -int(math.Floor(math.Log10(a.steps[1]-a.steps[0])+1e-9))))
}
