package render

import (
	"context"
	"fmt"
	"math"
)

// What was captured may be wrong without any program having failed: a black picture, a film that stands still. Both may
// also be as meant. So a piece in which one lasts is compared with what the page itself says is to be seen.

// doubtSeconds is how long pictures may be black or the same before the page is asked.
const doubtSeconds = 1

// blackest is the brightest luma of a black picture: 16, and what a gradient down to it leaves.
const blackest = 20

// certainMove is by how many px of the page something must move for pictures that stay the same to be wrong.
const certainMove = 8

// doubt returns what is wrong with a piece that was just captured in f.
func (f *film) doubt(ctx context.Context, p *piece, j *job) ([]string, error) {
	least := int(math.Ceil(doubtSeconds * j.rate.Float()))
	var faults []string
	at := func(i int) float64 { return j.rate.Time(p.First + i) }
	for _, r := range p.seen.runs(func(s seen, _ int) bool { return s.measured && s.brightest <= blackest }) {
		if r[1]-r[0] < least {
			continue
		}
		things, err := f.look(ctx, j, p.First+(r[0]+r[1])/2)
		if err != nil {
			return nil, err
		}
		if len(things) > 0 {
			faults = append(faults, fmt.Sprintf("black from %.2f s to %.2f s, though %s is on screen", at(r[0]), at(r[1]), things[0].name))
		}
	}
	for _, r := range p.seen.runs(func(s seen, i int) bool { return s.measured && !s.changed && i > 0 }) {
		if r[1]-r[0] < least {
			continue
		}
		before, err := f.look(ctx, j, p.First+r[0])
		if err != nil {
			return nil, err
		}
		after, err := f.look(ctx, j, p.First+r[1]-1)
		if err != nil {
			return nil, err
		}
		if name := moved(before, after); name != "" {
			faults = append(faults, fmt.Sprintf("frozen from %.2f s to %.2f s, though %s moves", at(r[0]), at(r[1]), name))
		}
	}
	return faults, nil
}

// A thing is something on the page that is certainly to be seen.
type thing struct {
	name string
	x, y float64 // its middle, px of the page
}

// look returns what is to be seen in a frame of the film.
func (f *film) look(ctx context.Context, j *job, frame int) ([]thing, error) {
	if err := f.stageAt(ctx, j.rate.Time(frame), j.clips.at(frame, 1), 0, nil); err != nil {
		return nil, err
	}
	var list [][3]any
	if err := f.page.Eval(ctx, "stage.film().look()", &list); err != nil {
		return nil, fmt.Errorf("look at frame %d: %w", frame, err)
	}
	var out []thing
	for _, l := range list {
		name, _ := l[0].(string)
		x, _ := l[1].(float64)
		y, _ := l[2].(float64)
		out = append(out, thing{name, x, y})
	}
	return out, nil
}

// moved returns the name of something that is not where it was, "" = nothing is known to have moved. Two things of one
// name are not told apart.
func moved(before, after []thing) string {
	where := map[string]thing{}
	count := map[string]int{}
	for _, t := range before {
		where[t.name] = t
		count[t.name]++
	}
	for _, t := range after {
		if was, ok := where[t.name]; ok && count[t.name] == 1 && math.Hypot(t.x-was.x, t.y-was.y) >= certainMove {
			return t.name
		}
	}
	return ""
}
