package main

import (
	"fmt"
	"math"
	"testing"
)

// Times are written as people and the preview write them.
func TestParseRange(t *testing.T) {
	for text, want := range map[string]string{
		"3s-7s": "3 7", "3-7": "3 7", "3.5s-7.25": "3.5 7.25", "1:02-1:10": "62 70", "1:02.5-": "62.5 end", "-4s": "0 4", "90f-120f": "3 4",
		"0:12:15-0:13": "12.5 13", "5s-": "5 end", " 5s - 6s ": "5 6", ".5-1.": "0.5 1", "61:00-62:00": "3660 3720",
		"": "", "-": "", "3": "", "3s": "", "a-b": "", "3s-7x": "", "1e3-2e3": "", "+1-2": "", "1:60-2:00": "", "1:2:3:4-5": "", "1.5f-2f": "",
		"1:02.5:03-2": "", "NaN-Inf": "", "--": "", "0x1-2": "", "1_0-20": "", ":-:": "", "f-s": "", ".-1": "", "99999999-": "", "3s-7s-9s": "",
	} {
		from, to, err := parseRange(text)
		got := ""
		if err == nil {
			got = fmt.Sprintf("%g %g", from.seconds(30), to.seconds(30))
			if to == openEnd {
				got = fmt.Sprintf("%g end", from.seconds(30))
			}
		} else if hintOf(err) == "" {
			t.Errorf("%q: no hint", text)
		}
		if got != want {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}

// Whatever is written, it is two times of a film, or a fault with a hint.
func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"3s-7s", "1:02-1:10", "90f-120f", "5s-", "-5s", "0:12:15-1:00", "", "-", "1e9-", "\xff-1", "1:-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		from, to, err := parseRange(text)
		if err != nil {
			if hintOf(err) == "" {
				t.Fatalf("%q: %v has no hint", text, err)
			}
			return
		}
		for _, m := range []moment{from, to} {
			if s := m.seconds(24); m != openEnd && !(s >= 0 && s < 1e8) || math.IsNaN(s) {
				t.Fatalf("%q: %v", text, m)
			}
		}
	})
}

// A film is made larger by whole numbers, in any shape.
func TestScaleTo(t *testing.T) {
	for _, c := range []struct {
		resolution    string
		width, height int
		want          int
	}{
		{"4k", 1920, 1080, 2}, {"4k", 1080, 1920, 2}, {"4k", 1080, 1080, 2}, {"4k", 3840, 2160, 1}, {"4k", 1280, 720, 3}, {"4k", 960, 540, 4}, {"4k", 1920, 800, 2},
		{"1080p", 1920, 1080, 1}, {"1080p", 960, 540, 2}, {"1080p", 1080, 1350, 1},
		{"4k", 640, 360, 0}, {"4k", 1600, 900, 0}, {"1080p", 3840, 2160, 0}, {"1080p", 1280, 720, 0},
	} {
		got, err := scaleTo(c.resolution, c.width, c.height)
		if got != c.want || (err == nil) != (c.want > 0) || err != nil && hintOf(err) == "" {
			t.Errorf("%s of %dx%d: %d, %v, want %d", c.resolution, c.width, c.height, got, err, c.want)
		}
	}
}

func TestStillName(t *testing.T) {
	for want, s := range map[string]still{
		"012.500s-speed.png": {Time: 12.5, Scene: "speed"}, "000.000s.png": {}, "3661.040s-a - b.png": {Time: 3661.04, Scene: "a / b"},
	} {
		if got := stillName(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := shortClock(62.34); got != "1:02.3" {
		t.Error(got)
	}
}
