package render

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hframes/hframes/internal/ffmpeg"
)

func TestParseLanes(t *testing.T) {
	for _, c := range []struct {
		text   string
		want   []ffmpeg.Point
		others []string
		err    string
	}{
		{"", nil, nil, ""},
		{`{"version":1,"lanes":[]}`, nil, nil, ""},
		{`{"version":1,"lanes":[{"target":"rate","points":[{"t":0,"v":2}]},{"target":"volume","points":[{"t":2,"v":0.5},{"t":"1","v":9,"curve":-3},{"t":-1,"v":-1}]}]}`,
			[]ffmpeg.Point{{T: 0, V: 0}, {T: 1, V: maxGain, Curve: -1}, {T: 2, V: 0.5}}, []string{"rate"}, ""},
		{`{"version":1,"lanes":[{"target":"volume","points":[{"t":1,"v":0.2},{"t":1,"v":0.3,"viaX":0,"viaY":2},{"t":null,"v":1},{"t":2},7,{"t":3,"v":1,"viaX":0.5,"viaY":0.5},{"t":4,"v":1,"viaX":0.5}]},{"target":"volume","points":[{"t":0,"v":3}]}]}`,
			[]ffmpeg.Point{{T: 1, V: 0.3, Via: ffmpeg.Via{X: 0.001, Y: 0.999}}, {T: 3, V: 1}, {T: 4, V: 1}}, nil, ""},
		{`{"version":2,"lanes":[]}`, nil, nil, "its version is not 1"},
		{`{"lanes":[]}`, nil, nil, "its version is not 1"},
		{`volume`, nil, nil, "it is not JSON of lanes: invalid character 'v' looking for beginning of value"},
	} {
		got, others, err := parseLanes(c.text)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if diff := cmp.Diff(c.want, got) + cmp.Diff(c.others, others) + cmp.Diff(c.err, text); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
	}
}

func FuzzParseLanes(f *testing.F) {
	f.Add(`{"version":1,"lanes":[{"target":"volume","points":[{"t":1,"v":0.2,"curve":0.5},{"t":"2","v":1,"viaX":0.1,"viaY":0.9}]}]}`)
	f.Add(`{"version":1,"lanes":[{"target":"fx.n1.gain","points":null}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		points, _, _ := parseLanes(text)
		if len(points) > maxPoints {
			t.Fatalf("%d points", len(points))
		}
		for i, p := range points {
			if i > 0 && p.T <= points[i-1].T || p.T < 0 || p.V < 0 || p.V > maxGain || math.Abs(p.Curve) > 1 || p.Via.X > 0.999 || p.Via.Y > 0.999 {
				t.Fatalf("point %d is %+v in %v", i, p, points)
			}
		}
	})
}
