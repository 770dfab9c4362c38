package heygen

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// An answer is bounded by what it is once unpacked, and so are its headers.
func TestBombs(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 32 {
		z.Write(zeros)
	}
	z.Close()
	for name, h := range map[string]http.HandlerFunc{
		"a packed answer": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		},
		"a packed refusal": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(http.StatusBadRequest)
			w.Write(bomb.Bytes())
		},
		"headers": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Bomb", strings.Repeat("x", 1<<20))
			io.WriteString(w, queued)
		},
		"depth": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"data":`+strings.Repeat("[", 1<<20))
		},
	} {
		c := serve(t, h)
		c.o.Retries = 0
		if _, err := c.Render(t.Context(), "r"); err == nil || len(err.Error()) > 1000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A download that neither says how long it is nor ends does not fill the disk.
func TestEndlessDownload(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	c.unknown = 1 << 20
	n, err := c.Download(t.Context(), c.base+"/film.mp4", io.Discard, nil)
	if _, again := errors.AsType[*NetworkError](err); err == nil || again || n != c.unknown+1 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// An id names files and is printed: one that could do more than that is no id.
func TestIDs(t *testing.T) {
	for id, good := range map[string]bool{
		"hfr_0123": true, "0f8fad5b-d9cb-469f-a165-70867728950e": true, "a.b:c~d=e@f+g": true,
		"": false, "../x": false, "a/b": false, `a\\b`: false, "-rf": false, ".x": false, "a b": false, "a\\u001b[2J": false, "é": false, strings.Repeat("x", 256): false,
	} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"data":{"render_id":"`+id+`","status":"queued"}}`)
		})
		c.o.Retries = 0
		_, err := c.Render(t.Context(), "r")
		_, e := c.CreateRender(t.Context(), RenderRequest{}, "k")
		if (err == nil) != good || (e == nil) != good {
			t.Errorf("%q: %v, %v", id, err, e)
		}
	}
}

// A failure may quote an address that could not be fetched, with all that is secret in it.
func TestFailureIsTidy(t *testing.T) {
	const one = `{"render_id":"r","status":"failed\u001b[2J","failure_message":"no \u001b[2J https://a.example.org/x?X-Amz-Signature=hunter2","failure_reason":"token=hunter2"}`
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/r") {
			io.WriteString(w, `{"data":`+one+`}`)
			return
		}
		io.WriteString(w, `{"data":[`+one+`],"has_more":false}`)
	})
	d, err := c.Render(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Renders(t.Context(), 0, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*RenderDetail{d, &p.Items[0]} {
		if text := d.FailureMessage + d.FailureReason + string(d.Status); strings.Contains(text, "hunter2") || strings.Contains(text, "\x1b") || !strings.Contains(text, "https://a.example.org/x") {
			t.Errorf("%q", text)
		}
	}
}
