package cloud

import (
	"fmt"
	"math"
	"strings"
)

// The price list as it was known on pricesAsOf, in USD a minute of video (heygen-api §4.2). It names two prices; those
// between follow from them: the rate grows with the frame rate, and 4k costs half as much again.
const (
	pricesAsOf    = "2026-09-07"
	usdPerMinute  = 0.10 // 1080p at 30 frames a second
	factor4K      = 1.5
	baseRate      = 30
	resolution4K  = "4k"
	exactHighRate = 60 // 4k at 60 frames a second is the other price on the list
)

// An Estimate is what a render is expected to cost. The service itself never says.
type Estimate struct {
	USD   float64 `json:"usd"`
	Rate  float64 `json:"usd_per_minute"`
	AsOf  string  `json:"prices_as_of"` // date of the price list
	Exact bool    `json:"exact"`        // false: the rate was derived, not read from the price list
}

// Price estimates what seconds of video cost in a resolution ("1080p" or "4k"; "" = 1080p) at fps frames a second
// (0 = 30). Fewer than 30 cost as much as 30. It is rounded up to a hundredth of a cent.
func Price(seconds float64, resolution string, fps int) Estimate {
	if fps == 0 {
		fps = baseRate
	}
	e := Estimate{Rate: usdPerMinute * float64(max(fps, baseRate)) / baseRate, AsOf: pricesAsOf}
	if resolution == resolution4K {
		e.Rate *= factor4K
	}
	e.Rate = math.Round(e.Rate*1e6) / 1e6
	e.Exact = resolution != resolution4K && fps == baseRate || resolution == resolution4K && fps == exactHighRate
	e.USD = math.Ceil(seconds/60*e.Rate*1e4-1e-9) / 1e4
	return e
}

// TooExpensive says that an estimate is above what may be spent.
type TooExpensive struct {
	Estimate float64 // USD
	Limit    float64 // USD
	Renders  int
}

func (e *TooExpensive) Error() string {
	renders := "a render"
	if e.Renders != 1 {
		renders = fmt.Sprintf("%d renders", e.Renders)
	}
	return fmt.Sprintf("the estimate is %s for %s, and --max-cost is %s", Dollars(e.Estimate), renders, Dollars(e.Limit))
}

// Dollars writes an amount in USD: to the cent, or to a hundredth of it where that is more.
func Dollars(usd float64) string {
	return strings.TrimSuffix(fmt.Sprintf("$%.4f", usd), "00")
}

// Hint says what to do about it.
func (e *TooExpensive) Hint() string {
	return "nothing was sent; raise --max-cost, or render with --on local"
}
