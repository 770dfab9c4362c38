//go:build linux

package wayland

import (
	"time"

	"golang.org/x/sys/unix"
)

// The screen that is not there is refreshed as fast as pictures come. Chromium begins a frame only at one of its ticks: it
// hears of them with every picture that was shown, and without that they are a sixtieth of a second apart. Each costs about
// 0.1 ms of CPU, whether there is anything to draw or not, and what is ready waits for the next.
const (
	ticksPerPicture = 4
	leastRefresh    = 2 * time.Millisecond
	mostRefresh     = 8 * time.Millisecond
)

// refresh returns the time between ticks when a picture came so long after the one before.
func refresh(after time.Duration) time.Duration {
	return min(max(after/ticksPerPicture, leastRefresh), mostRefresh)
}

var (
	presentationKind = &kind{"wp_presentation", []method{
		{"destroy", "", 0, destroy},
		{"feedback", "on", 0, func(c *client, o *object, a []value) error {
			s, err := surfaceOf(o, a[0])
			if err != nil {
				return err
			}
			s.pending.feedbacks = append(s.pending.feedbacks, c.create(a[1].id(), feedbackKind, 1, nil))
			return nil
		}},
	}}
	feedbackKind = &kind{"wp_presentation_feedback", nil}
)

func tellClock(c *client, o *object) { c.conn.send(o.id, 0, uint32(unix.CLOCK_MONOTONIC)) }

// shown answers all who asked when a picture was shown: now. It ends their objects.
func (c *client) shown(feedbacks []*object) {
	if len(feedbacks) == 0 {
		return
	}
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // it has that clock: Chromium is told of no other
	at := time.Duration(now.Nano())
	next := refresh(at - c.shownAt)
	c.shownAt = at
	for _, o := range feedbacks {
		sec := uint64(now.Sec)
		c.conn.send(o.id, 1, uint32(sec>>32), uint32(sec), uint32(now.Nsec), uint32(next), uint32(0), uint32(0), uint32(0))
		c.remove(o)
	}
}

// neverShown answers those whose picture was replaced before it was shown.
func (c *client) neverShown(feedbacks []*object) {
	for _, o := range feedbacks {
		c.conn.send(o.id, 2)
		c.remove(o)
	}
}
