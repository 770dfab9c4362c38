package compose

import (
	"encoding/json"
	"math"
)

// assertion is one claim of index.motion.json, which the official check holds the film to (contract §18).
type assertion struct {
	Kind     string  `json:"kind"`
	Selector string  `json:"selector"`
	BySec    float64 `json:"bySec"` // s, of the film
}

// arrival is how long what a cue triggers may take to be seen: an entrance, and the distance between two samples of
// the official check in a long film.
const arrival = 1.2 // s

// assertions claims that everything a cue triggers is there when it is spoken of. Nil when there are no cues.
func (f *film) assertions(plans []*plan, pages []*rendered) []byte {
	var spec struct {
		Version    int         `json:"version"`
		Assertions []assertion `json:"assertions"`
	}
	spec.Version = 1
	for i := range plans {
		clip := &f.line.Clips[i]
		for _, c := range pages[i].cued {
			by := clip.Start.Seconds() + min(c.At+arrival, clip.Duration.Seconds())
			spec.Assertions = append(spec.Assertions, assertion{"appearsBy", "#" + c.ID, math.Round(by*1000) / 1000})
		}
	}
	if spec.Assertions == nil {
		return nil
	}
	b, err := json.Marshal(spec)
	if err != nil {
		panic(err) // plain structs of our own
	}
	return b
}
