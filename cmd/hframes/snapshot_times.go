package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/render"
	"github.com/spf13/cobra"
)

// maxShots bounds the stills of one command.
const maxShots = 2000

// shots returns the stills that are asked for, in the film's order, each frame once. rate is in frames a second.
func (f *snapshotFlags) shots(c *cobra.Command, film *hframes.Film, fps int, rate float64) ([]shot, error) {
	scenes, err := scenesOf(film, fps)
	var noLength *render.NoLength
	if err != nil && (!errors.As(err, &noLength) || f.at == "") {
		return nil, err
	}
	if f.part.scene != "" {
		one, err := findScene(f.part.scene, scenes)
		if err != nil {
			return nil, usageError{c, err}
		}
		scenes = []render.Scene{one}
	}
	var list []shot
	switch {
	case f.at != "":
		for _, text := range strings.Split(f.at, ",") {
			m, err := parseMoment(strings.TrimSpace(text))
			if err != nil {
				return nil, usageError{c, hinted{fmt.Errorf("--at: %w", err), "write times as 1.5s, 90f or 1:02.5, with commas between them"}}
			}
			list = append(list, shotAt(m.seconds(rate), rate, scenes))
		}
	case f.every != "":
		m, err := parseMoment(f.every)
		if err != nil || m.seconds(rate) < 1/rate {
			return nil, usageError{c, hinted{fmt.Errorf("--every: %q is no length of a frame or more", f.every), "write one as 2s or 30f"}}
		}
		if list, err = f.series(film, scenes, m.seconds(rate), rate); err != nil {
			return nil, usageError{c, err}
		}
	default:
		list = f.moments(film, scenes, rate)
	}
	slices.SortStableFunc(list, func(a, b shot) int { return cmp.Compare(a.frame, b.frame) })
	var out []shot
	for _, s := range list {
		if n := len(out); n > 0 && out[n-1].frame == s.frame {
			if before := &out[n-1]; s.scene != "" && s.scene != before.scene {
				before.scene = strings.TrimPrefix(before.scene+" + "+s.scene, " + ")
			}
			continue
		}
		out = append(out, s)
	}
	return out, nil
}

// shotAt returns the still at a time, s: that of the frame which is seen then.
func shotAt(t, rate float64, scenes []render.Scene) shot {
	s := shot{frame: int(t*rate + 1e-6)}
	begun := math.Inf(-1)
	for _, one := range scenes { // where two are seen at once, the one that comes
		if one.Start <= t+1e-6 && t < one.End-1e-6 && one.Start >= begun {
			s.scene, begun = one.Name, one.Start
		}
	}
	return s
}

// series returns a still every so many seconds, of the film or the one scene that is asked for.
func (f *snapshotFlags) series(film *hframes.Film, scenes []render.Scene, step, rate float64) ([]shot, error) {
	from, to := 0.0, lengthOf(film)
	if f.part.scene != "" {
		from, to = scenes[0].Start, scenes[0].End
	}
	if (to-from)/step > maxShots {
		return nil, hinted{fmt.Errorf("--every %s makes %d stills", f.every, int((to-from)/step)), fmt.Sprintf("choose a longer time: %d is the most", maxShots)}
	}
	var list []shot
	for i := 0; ; i++ {
		t := from + float64(i)*step
		if t*rate >= math.Round(to*rate)-1e-6 {
			return list, nil
		}
		list = append(list, shotAt(t, rate, scenes))
	}
}

// lengthOf returns how long a film is, in s; 0 = its page does not say.
func lengthOf(film *hframes.Film) float64 {
	if c := film.Composition; c != nil {
		return c.Timeline.Duration.Seconds()
	}
	facts, err := render.About(film.Bundle.FS(), film.Bundle.Entry)
	if err != nil {
		return 0
	}
	return facts.Seconds
}

// moments returns one still of each scene: of a deck, that before the scene begins to leave, when everything in it has
// arrived; else the one in the middle.
func (f *snapshotFlags) moments(film *hframes.Film, scenes []render.Scene, rate float64) []shot {
	var list []shot
	if c := film.Composition; c != nil {
		own := float64(c.Timeline.FPS)
		for _, clip := range c.Timeline.Clips {
			if f.part.scene == "" || clip.Scene == f.part.scene {
				last := clip.StartFrame + max(clip.Frames-clip.Exit.Frames, 1) - 1
				list = append(list, shot{int(float64(last)*rate/own + 1e-6), clip.Scene})
			}
		}
		return list
	}
	for _, s := range scenes {
		list = append(list, shot{int((s.Start+s.End)/2*rate + 1e-6), s.Name})
	}
	if len(list) == 0 {
		list = append(list, shot{frame: int(lengthOf(film) / 2 * rate)})
	}
	return list
}
