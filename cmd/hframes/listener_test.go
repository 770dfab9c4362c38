package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
)

// unwritable is a stdout that nobody reads.
type unwritable struct{}

var errNobody = errors.New("nobody reads")

func (unwritable) Write([]byte) (int, error) { return 0, errNobody }

func TestListensOn(t *testing.T) {
	for _, c := range []struct{ ip, want string }{
		{"127.0.0.1", "http://127.0.0.1:8787/"},
		{"0.0.0.0", "http://localhost:8787/"},
		{"::", "http://localhost:8787/"},
		{"::1", "http://[::1]:8787/"},
		{"192.0.2.7", "http://192.0.2.7:8787/"},
	} {
		if got := listensOn(&net.TCPAddr{IP: net.ParseIP(c.ip), Port: 8787}); got != c.want {
			t.Errorf("%s: %s, want %s", c.ip, got, c.want)
		}
	}
}

// What finds the queue full, or listen at its end, is not taken, so that it comes again.
func TestListenerQueue(t *testing.T) {
	l := newListener(newTerminal(nil, nil), nil, false, nil)
	for range queued {
		if !l.enqueue(t.Context(), heygen.Delivery{}) {
			t.Fatal("no room")
		}
	}
	if l.enqueue(t.Context(), heygen.Delivery{}) {
		t.Error("taken into a full queue")
	}
	<-l.queue
	ended, end := context.WithCancel(t.Context())
	end()
	if l.enqueue(ended, heygen.Delivery{}) {
		t.Error("taken at the end")
	}
}

// A download that failed is tried again after a rest, one that brings a wrong file is not.
func TestListenerSetbacks(t *testing.T) {
	l := newListener(newTerminal(nil, nil), nil, true, nil)
	if !l.begin("r") || l.begin("r") || l.due("r") {
		t.Error("two downloads of one video")
	}
	for n := range 20 {
		l.end("r", errors.New("no network"))
		if rest := time.Until(l.failed["r"].until); l.due("r") || rest > time.Hour || rest < min(time.Minute<<n, time.Hour)-10*time.Second {
			t.Errorf("after %d failures: a rest of %v", n+1, rest)
		}
	}
	l.failed["r"] = setback{1, time.Now().Add(-time.Second)}
	if !l.due("r") {
		t.Error("not due after its rest")
	}
	if l.end("r", nil); !l.due("r") || len(l.failed) != 0 {
		t.Error("a failure is kept after a success")
	}
	l.end("r", fmt.Errorf("x: %w", &cloud.WrongFile{}))
	if l.due("r") {
		t.Error("a wrong file is downloaded again")
	}
}

// A line is printed once for what a webhook and a look found at the same time; nobody to read it ends the command.
func TestListenerTell(t *testing.T) {
	var out, errs bytes.Buffer
	l := newListener(newTerminal(&out, &errs), nil, false, nil)
	for _, h := range []heard{
		{Render: "r", State: "completed"}, {Render: "r", State: "completed", Event: "e"},
		{Render: "r", State: "completed", Error: "write: no room\x1b[2J"}, {Render: "r", State: "completed", Error: "write: no room"},
		{Render: "r", State: "downloaded", Output: "/film.mp4"}, {Render: "s", State: "failed", Error: "no"}, {Render: "s", State: "failed", Error: "no"},
	} {
		l.tell(h)
	}
	want := "r  completed\nr  completed  write: no room·[2J\nr  completed  write: no room\nr  downloaded  /film.mp4\ns  failed  no\n"
	if out.String() != want || errs.Len() > 0 {
		t.Errorf("got %q, %q", &out, &errs)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	newListener(newTerminal(unwritable{}, &errs), nil, false, stop).tell(heard{})
	if err := context.Cause(ctx); !errors.Is(err, errNobody) {
		t.Errorf("got %v", err)
	}
}

// A journal that cannot be read is a warning, told once until there is another.
func TestListenerJournal(t *testing.T) {
	journal, err := cloud.OpenJournal(filepath.Join(t.TempDir(), "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	journal.Close()
	var out, errs bytes.Buffer
	l := newListener(newTerminal(&out, &errs), &cloud.Service{Journal: journal}, false, nil)
	if err := l.look(t.Context()); err == nil {
		t.Error("no error")
	}
	l.delivered(t.Context(), heygen.Delivery{RenderID: "r"})
	l.delivered(t.Context(), heygen.Delivery{RenderID: "r"})
	if out.Len() > 0 || strings.Count(errs.String(), "warning: ") != 1 {
		t.Errorf("got %q, %q", &out, &errs)
	}
}

func TestRefusals(t *testing.T) {
	var said []string
	r := refusals{tell: func(format string, a ...any) { said = append(said, fmt.Sprintf(format, a...)) }}
	for range 1000 {
		r.add("192.0.2.1:99", 401, errors.New("no\nsignature"))
	}
	if len(said) != shown || said[0] != "refused a request from 192.0.2.1:99 with 401: no·signature\n" {
		t.Errorf("got %q", said)
	}
	r.since = r.since.Add(-2 * time.Minute)
	r.add("192.0.2.1:99", 405, errors.New("no"))
	r.flush(true)
	r.flush(true)
	if len(said) != shown+2 || said[shown] != "refused 995 more requests in the same minute\n" {
		t.Errorf("got %q", said[shown:])
	}
}
