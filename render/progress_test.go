package render

import "testing"

// A film that is cut anew, since the browser is another one than was thought, has none of the frames that were counted
// before.
func TestReporterBeginsAnew(t *testing.T) {
	var last Progress
	r := newReporter(func(p Progress) { last = p })
	for range 2 {
		r.length(60)
		r.reuse(&piece{Segment: Segment{First: 0, End: 45}})
	}
	r.stage(StageCapture)
	if last.Frames != 60 || last.Frame != 45 || last.Reused != 45 {
		t.Errorf("%+v", last)
	}
}
