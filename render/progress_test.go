package render

import (
	"context"
	"errors"
	"os"
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

// Who renders to what is being rendered to is told to wait, and ends when told to.
func TestWaits(t *testing.T) {
	page := `<div id="root" data-composition-id="main" data-start="0" data-duration="1" data-width="64" data-height="64"></div>`
	for name, format := range map[string]ffmpeg.Format{"film.mp4": ffmpeg.MP4, "frames": ffmpeg.PNG} {
		dst := filepath.Join(t.TempDir(), name)
		first, err := createOutput(t.Context(), dst, format)
		if err != nil {
			t.Fatal(err)
		}
		defer first.Close()
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		stop := errors.New("stopped")
		var stages []Stage
		o := Options{Format: format, Runtime: []byte("1"), Progress: func(p Progress) {
			stages = append(stages, p.Stage)
			cancel(stop)
		}}
		_, err = Local(ctx, fstest.MapFS{"index.html": {Data: []byte(page)}}, "index.html", dst, o)
		if !errors.Is(err, stop) || !slices.Equal(stages, []Stage{StageWait}) {
			t.Errorf("%s: %v after %q", name, err, stages)
		}
		if _, err := os.Stat(first.Name()); err != nil {
			t.Errorf("%s: what is under way was removed: %v", name, err)
		}
	}
}
