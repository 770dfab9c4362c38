package render

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/hframes/hframes/internal/ffmpeg"
)

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

// Who renders to a file that is being rendered to is told to wait, and ends when told to.
func TestWaits(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "film.mp4")
	first, err := createOutput(t.Context(), dst, ffmpeg.MP4)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	stop := errors.New("stopped")
	var stages []Stage
	o := Options{Runtime: []byte("1"), Progress: func(p Progress) {
		stages = append(stages, p.Stage)
		cancel(stop)
	}}
	page := `<div id="root" data-composition-id="main" data-start="0" data-duration="1" data-width="64" data-height="64"></div>`
	_, err = Local(ctx, fstest.MapFS{"index.html": {Data: []byte(page)}}, "index.html", dst, o)
	if !errors.Is(err, stop) || !slices.Equal(stages, []Stage{StageWait}) {
		t.Errorf("%v after %q", err, stages)
	}
}
