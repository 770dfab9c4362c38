package cloud

import (
	"testing"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

func TestChoose(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		state         State
		age           time.Duration
		force, noWait bool
		want          choice
	}{
		{"", 0, false, false, ask},
		{"", 0, true, false, ask},
		{Creating, time.Second, false, false, again},
		{Creating, time.Second, true, false, again}, // a forced run that was killed is not paid for twice, either
		{Creating, 48 * time.Hour, false, false, again},
		{Refused, time.Second, false, false, anew},
		{Created, time.Second, false, false, follow},
		{Created, 48 * time.Hour, false, false, follow},
		{Created, time.Second, true, false, follow},
		{Created, time.Second, true, true, anew},
		{Completed, 48 * time.Hour, true, false, follow},
		{Downloaded, time.Second, false, false, follow},
		{Downloaded, 48 * time.Hour, false, false, follow},
		{Downloaded, time.Second, true, false, anew},
		{Failed, 23 * time.Hour, false, false, stop},
		{Failed, 25 * time.Hour, false, false, anew},
		{Failed, time.Second, true, false, anew},
		{Gone, time.Second, false, false, stop},
		{Gone, time.Second, true, false, anew},
		{"of a later version", time.Second, false, false, follow},
	} {
		var last *Record
		if c.state != "" {
			last = &Record{State: c.state, Time: now.Add(-c.age)}
		}
		if got := choose(last, c.force, c.noWait, now); got != c.want {
			t.Errorf("%s, %s old, force %t, no-wait %t: %d, want %d", c.state, c.age, c.force, c.noWait, got, c.want)
		}
	}
}

// One key is one picture: what does not change it does not change the key, and what does, does.
func TestKey(t *testing.T) {
	job := func(zip string, r heygen.RenderRequest) string {
		j := Job{Archive: &Archive{SHA256: zip}, Request: r}
		return j.Key()
	}
	base := job("z", heygen.RenderRequest{})
	for _, r := range []heygen.RenderRequest{
		{FPS: 30, Quality: "standard", Format: "mp4", Resolution: "1080p", AspectRatio: "16:9"},
		{Title: "another", CallbackID: "x", CallbackURL: "https://example.org", Project: heygen.AssetID("a")},
		{Variables: map[string]any{}},
	} {
		if job("z", r) != base {
			t.Errorf("%+v has another key", r)
		}
	}
	seen := map[string]bool{base: true, job("y", heygen.RenderRequest{}): true}
	others := []heygen.RenderRequest{
		{FPS: 60}, {Quality: "high"}, {Format: "webm"}, {Resolution: "4k"}, {AspectRatio: "1:1"}, {Composition: "a.html"},
		{Variables: map[string]any{"a": 1}}, {Variables: map[string]any{"a": "1"}}, {Variables: map[string]any{"b": 1}},
	}
	for _, r := range others {
		seen[job("z", r)] = true
	}
	if len(seen) != 2+len(others) {
		t.Errorf("%d keys for %d inputs", len(seen), 2+len(others))
	}
}

func TestPrice(t *testing.T) {
	for _, c := range []struct {
		seconds    float64
		resolution string
		fps        int
		usd, rate  float64
		exact      bool
	}{
		{60, "", 0, 0.10, 0.10, true},
		{60, "1080p", 30, 0.10, 0.10, true},
		{60, "4k", 60, 0.30, 0.30, true},
		{60, "1080p", 60, 0.20, 0.20, false},
		{60, "4k", 30, 0.15, 0.15, false},
		{60, "1080p", 24, 0.10, 0.10, false},
		{13, "1080p", 30, 0.0217, 0.10, true},
		{0, "1080p", 30, 0, 0.10, true},
	} {
		got := Price(c.seconds, c.resolution, c.fps)
		if want := (Estimate{c.usd, c.rate, pricesAsOf, c.exact}); got != want {
			t.Errorf("%v s, %s, %d: %+v, want %+v", c.seconds, c.resolution, c.fps, got, want)
		}
	}
}
