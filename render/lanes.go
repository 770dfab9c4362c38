package render

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hframes/hframes/internal/ffmpeg"
)

// Bounds of a lane (contract §8).
const (
	maxGain   = 3.9810717055349722 // +12 dB
	maxPoints = 512
)

// parseLanes reads data-automation: the points of the lane for the volume, nil without one, and the targets of other
// lanes. Points come out in order, no two at one time; what is no number is left out, and what is out of range is
// brought into it.
func parseLanes(text string) (volume []ffmpeg.Point, others []string, err error) {
	if text == "" {
		return nil, nil, nil
	}
	var in struct {
		Version any `json:"version"`
		Lanes   []struct {
			Target string `json:"target"`
			Points []any  `json:"points"`
		} `json:"lanes"`
	}
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return nil, nil, fmt.Errorf("it is not JSON of lanes: %w", err)
	}
	if in.Version != 1.0 {
		return nil, nil, errors.New("its version is not 1")
	}
	for _, lane := range in.Lanes {
		if lane.Target != "volume" {
			others = append(others, lane.Target)
		} else if volume == nil {
			volume = lanePoints(lane.Points)
		}
	}
	return volume, others, nil
}

func lanePoints(list []any) []ffmpeg.Point {
	var points []ffmpeg.Point
	for _, entry := range list {
		p, _ := entry.(map[string]any)
		t, ok1 := laneNumber(p["t"])
		v, ok2 := laneNumber(p["v"])
		if !ok1 || !ok2 {
			continue
		}
		point := ffmpeg.Point{T: max(0, t), V: min(maxGain, max(0, v))}
		if c, ok := laneNumber(p["curve"]); ok {
			point.Curve = min(1, max(-1, c))
		}
		x, ok1 := laneNumber(p["viaX"])
		y, ok2 := laneNumber(p["viaY"])
		if ok1 && ok2 {
			x, y = min(0.999, max(0.001, x)), min(0.999, max(0.001, y))
			if math.Abs(x-y) >= 1e-6 {
				point.Via = ffmpeg.Via{X: x, Y: y}
			}
		}
		points = append(points, point)
	}
	slices.SortStableFunc(points, func(a, b ffmpeg.Point) int { return cmp.Compare(a.T, b.T) })
	out := points[:0]
	for _, p := range points { // of two at one time the later one counts
		if n := len(out); n > 0 && out[n-1].T == p.T {
			out[n-1] = p
		} else {
			out = append(out, p)
		}
	}
	return out[:min(len(out), maxPoints)]
}

// laneNumber reads a number, also one that is written as text.
func laneNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
	}
	return 0, false
}
