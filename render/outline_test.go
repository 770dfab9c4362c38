package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReasons: what a person is told of a segment that is not in the cache.
func TestReasons(t *testing.T) {
	page := func(hash string) Input { return Input{Name: "compositions/a.html", Hash: hash, Scene: "a"} }
	font := Input{Name: "assets/sans-0123abcd.woff2", Hash: "1"}
	before := []Segment{
		{Key: "k1", Shows: []string{"a"}, Inputs: []Input{{Name: "FFmpeg", Hash: "8.0"}, font, page("1"), {Name: "assets/dot-00000001.svg", Hash: "1", Scene: "a"}}},
		{Key: "k2", Shows: []string{"b"}, Inputs: []Input{font}},
	}
	p := pastOf(before)
	for name, c := range map[string]struct {
		past *past
		s    Segment
		want []string
	}{
		"first time":   {nil, before[0], []string{"not rendered before"}},
		"thrown away":  {&p, before[0], []string{"no longer in the cache"}},
		"a page":       {&p, Segment{Key: "x", Shows: []string{"a"}, Inputs: []Input{font, page("2")}}, []string{"a: compositions/a.html changed"}},
		"a picture":    {&p, Segment{Key: "x", Shows: []string{"a"}, Inputs: []Input{page("1"), {Name: "assets/dot-00000002.svg", Hash: "2", Scene: "a"}}}, []string{"a: dot.svg changed"}},
		"a new one":    {&p, Segment{Key: "x", Shows: []string{"a"}, Inputs: []Input{page("1"), {Name: "assets/new-00000002.svg", Hash: "2", Scene: "a"}}}, []string{"a: new.svg is new"}},
		"all of it":    {&p, Segment{Key: "x", Shows: []string{"b"}, Inputs: []Input{{Name: "FFmpeg", Hash: "8.1"}, font}}, []string{"FFmpeg changed"}},
		"together":     {&p, Segment{Key: "x", Shows: []string{"a", "b"}, Inputs: []Input{font, page("1")}}, []string{"a and b were not seen together before"}},
		"other frames": {&p, Segment{Key: "x", Shows: []string{"a"}, Inputs: []Input{font, page("1")}}, []string{"begins or ends at other frames than before"}},
	} {
		if d := cmp.Diff(c.want, newReasons(c.past).of(c.s)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
