package chrome

import (
	"bytes"
	"image"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A screencast shows what changes, also in a frame of another origin, and not before it was asked for.
func TestScreencast(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<!doctype html><body style="background:#fff"><script>onmessage = function (e) { document.body.style.background = e.data }</script>`))
	}))
	t.Cleanup(other.Close)
	for _, kind := range []Kind{Shell, Full} {
		p := open(t, start(t, kind, false), `<!doctype html><body style="margin:0"><iframe style="border:0;width:120px;height:80px" src="`+other.URL+`"></iframe>`, PageOptions{})
		if err := p.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		cast, err := p.Screencast(t.Context(), PNG, 60, 60)
		if err != nil {
			t.Fatal(err)
		}
		untilLuma(t, cast, 255)
		for _, step := range []struct {
			colour string
			luma   uint32
		}{{"#000", 0}, {"#fff", 255}, {"#000", 0}} {
			before := time.Now()
			if err := p.Eval(t.Context(), "frames[0].postMessage('"+step.colour+"', '*')", nil); err != nil {
				t.Fatal(err)
			}
			if at := untilLuma(t, cast, step.luma); at.Before(before) || at.After(time.Now()) {
				t.Errorf("changed at %v, asked for at %v", at, before)
			}
		}
		cast.Stop()
		if _, more := <-cast.Frames; more {
			t.Error("a frame after the end")
		}
	}
}

// untilLuma waits for a frame whose middle has a brightness, 0–255, and returns when it came.
func untilLuma(t *testing.T, cast *Screencast, want uint32) time.Time {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		select {
		case f, ok := <-cast.Frames:
			if !ok {
				t.Fatal("the screencast ended")
			}
			m, _, err := image.Decode(bytes.NewReader(f.Data))
			if err != nil {
				t.Fatal(err)
			}
			if size := m.Bounds().Size(); size != image.Pt(60, 40) {
				t.Fatalf("a frame of %v", size)
			}
			if r, _, _, _ := m.At(30, 20).RGBA(); r>>8 == want {
				return f.At
			}
		case <-late:
			t.Fatalf("no frame with %d", want)
		}
	}
}
