package ffmpeg

import (
	"fmt"
	"strconv"
)

// A Rate is a frame rate, Num/Den frames a second. Both are greater than 0.
type Rate struct{ Num, Den int }

// Float returns the rate in frames a second.
func (r Rate) Float() float64 { return float64(r.Num) / float64(r.Den) }

// String returns the rate as FFmpeg writes it: "30" or "30000/1001".
func (r Rate) String() string {
	if r.Den == 1 {
		return strconv.Itoa(r.Num)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

// Time returns the time at which frame n begins, in seconds.
func (r Rate) Time(n int) float64 { return float64(n) * float64(r.Den) / float64(r.Num) }

// timescale returns the number of units a second in which every frame begins at a whole number: a frame is
// timescale·Den/Num of them. Files of few units a second trouble some players.
func (r Rate) timescale() int {
	scale := r.Num
	for scale < 10000 {
		scale *= 2
	}
	return scale
}
