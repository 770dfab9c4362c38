package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/source"
)

// A listener does what webhooks ask for. What can take long never keeps another render waiting: webhooks are taken into
// a queue, looks at renders have goroutines of their own, and so has each download.
type listener struct {
	t        *terminal
	service  *cloud.Service
	download bool
	stop     context.CancelCauseFunc // ends the command
	receiver *cloud.Receiver
	queue    chan heygen.Delivery // one that finds it full is refused, and comes again
	slots    chan struct{}        // holds a value for each download under way
	refusals refusals
	work     sync.WaitGroup

	mu     sync.Mutex // guards what follows
	busy   map[string]bool
	failed map[string]setback // downloads, by render
	told   map[string]bool    // lines that were printed, by render and state
	warned string             // the last warning
}

// A setback is a download that failed.
type setback struct {
	times int
	until time.Time // when it is tried again; zero = never
}

const (
	queued      = 1000 // webhooks
	askers      = 4    // webhooks that are acted on at a time
	downloads   = 16   // at a time
	longestRest = time.Hour

	downloadWait = 5 * time.Minute // for a render that was said to be complete
)

func newListener(t *terminal, service *cloud.Service, download bool, stop context.CancelCauseFunc) *listener {
	return &listener{t: t, service: service, download: download, stop: stop, receiver: &cloud.Receiver{}, queue: make(chan heygen.Delivery, queued),
		slots: make(chan struct{}, downloads), refusals: refusals{tell: t.tell}, busy: map[string]bool{}, failed: map[string]setback{}, told: map[string]bool{}}
}

// serve takes webhooks from a socket. The function that it returns ends the command's work and waits for all of it.
func (l *listener) serve(ctx context.Context, socket net.Listener) (end func()) {
	l.receiver.Received = func(d heygen.Delivery) bool { return l.enqueue(ctx, d) }
	l.receiver.Refused = l.refusals.add
	server := &http.Server{Handler: l.receiver, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: log.New(io.Discard, "", 0)}
	l.work.Go(func() {
		if err := server.Serve(socket); !errors.Is(err, http.ErrServerClosed) {
			l.stop(fmt.Errorf("listen: %w", err))
		}
	})
	for range askers {
		l.work.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case d := <-l.queue:
					l.delivered(ctx, d)
				}
			}
		})
	}
	return func() {
		l.stop(nil)
		server.Close()
		l.work.Wait()
		l.refusals.flush(true)
	}
}

// enqueue reports whether there is room for a webhook, and time left to act on it.
func (l *listener) enqueue(ctx context.Context, d heygen.Delivery) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case l.queue <- d:
		return true
	default:
		return false
	}
}

// heard is a line of cloud listen's output: what became of a render.
type heard struct {
	Render string `json:"render_id"`
	Event  string `json:"event,omitempty"` // the webhook's type; "" for a render that was looked at unasked
	State  string `json:"state"`           // of the journal; "unknown" for a render that this machine did not ask for
	Source string `json:"source,omitempty"`
	Output string `json:"output,omitempty"` // of a video that is downloaded
	Error  string `json:"error,omitempty"`
}

// delivered acts on a webhook.
func (l *listener) delivered(ctx context.Context, d heygen.Delivery) {
	rec, err := l.service.Hear(ctx, d)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		l.warn("webhook for render %s, which is looked at again later: %v", d.RenderID, err)
	case rec == nil:
		l.tell(heard{Render: d.RenderID, Event: d.Type, State: "unknown"})
	default:
		l.act(ctx, rec, d.Type)
	}
}

// lookAgain looks at all renders that run, for which a webhook may be lost, now and after each pause.
func (l *listener) lookAgain(ctx context.Context, pause time.Duration) {
	for {
		if err := l.look(ctx); err != nil && ctx.Err() == nil {
			l.warn("look at the renders that run: %v", err)
		}
		l.refusals.flush(false)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// look looks at all renders that run, the oldest first. An error ends it unless it is about one render.
func (l *listener) look(ctx context.Context) error {
	list, err := l.service.Journal.Renders(l.service.Account)
	if err != nil {
		return err
	}
	for _, rec := range slices.Backward(list) {
		if l.download && rec.State == cloud.Completed && rec.Output != "" && l.due(rec.Render) {
			l.act(ctx, &rec, "")
		}
		if rec.State != cloud.Created {
			continue
		}
		err := l.service.Look(ctx, &rec)
		if no, ok := errors.AsType[*heygen.Error](err); ok && no.Status == http.StatusBadRequest {
			l.warn("look at render %s: %v", rec.Render, err)
			continue
		}
		if err != nil {
			return err
		}
		if rec.State != cloud.Created {
			l.act(ctx, &rec, "")
		}
	}
	return nil
}

// act tells what became of a render, or starts the download of its video, which tells it at its end.
func (l *listener) act(ctx context.Context, rec *cloud.Record, event string) {
	line := heard{Render: rec.Render, Event: event, State: string(rec.State), Source: rec.Source}
	switch {
	case rec.State == cloud.Failed:
		line.Error = rec.Message
	case rec.State == cloud.Downloaded:
		line.Output = rec.Output
	case rec.State == cloud.Completed && l.download && rec.Output != "":
		if l.begin(rec.Render) { // else somebody does
			l.work.Go(func() { l.fetch(ctx, *rec, line) })
		}
		return
	}
	l.tell(line)
}

// fetch downloads a video.
func (l *listener) fetch(ctx context.Context, rec cloud.Record, line heard) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return
	}
	res, err := l.service.Resume(ctx, rec, cloud.Job{Output: rec.Output, Timeout: downloadWait})
	if ctx.Err() != nil {
		return
	}
	l.end(rec.Render, err)
	if err != nil {
		line.Error = err.Error()
	} else {
		line.State, line.Output = string(cloud.Downloaded), res.Output
	}
	l.tell(line)
}

// begin reports whether nobody downloads a render's video yet, and makes the caller the one who does.
func (l *listener) begin(render string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[render] {
		return false
	}
	l.busy[render] = true
	return true
}

// end ends what begin began. After a failure there is a rest, each time a longer one; a video that is wrong stays wrong.
func (l *listener) end(render string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.busy, render)
	if err == nil {
		delete(l.failed, render)
		return
	}
	s := l.failed[render]
	s.times++
	s.until = time.Now().Add(min(time.Minute<<min(s.times-1, 10), longestRest))
	if _, wrong := errors.AsType[*cloud.WrongFile](err); wrong {
		s.until = time.Time{}
	}
	l.failed[render] = s
}

// due reports whether a render's video may be downloaded now.
func (l *listener) due(render string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.failed[render]
	return !l.busy[render] && (s.times == 0 || !s.until.IsZero() && time.Now().After(s.until))
}

// tell prints a line, once for each state of a render: a webhook and a look may have come upon it at the same time. If
// nobody is there to read it, the command ends.
func (l *listener) tell(h heard) {
	if h.State == string(cloud.Failed) || h.Error == "" {
		l.mu.Lock()
		known := l.told[h.Render+" "+h.State]
		l.told[h.Render+" "+h.State] = true
		l.mu.Unlock()
		if known {
			return
		}
	}
	text := fmt.Sprintf("%s  %s", either(source.Cut(h.Render, lineRoom), "-"), h.State)
	for _, s := range []string{h.Output, h.Error} {
		if s != "" {
			text += "  " + source.Cut(s, lineRoom)
		}
	}
	if err := l.t.line(text, h); err != nil {
		l.stop(err)
	}
}

// warn prints a warning, unless it is the one before again.
func (l *listener) warn(format string, a ...any) {
	text := source.Cut(fmt.Sprintf(format, a...), lineRoom)
	l.mu.Lock()
	defer l.mu.Unlock()
	if text != l.warned {
		l.t.tell("warning: %s\n", text)
	}
	l.warned = text
}

// refusals tells of requests that are refused: of a few each minute, and of how many more there were.
type refusals struct {
	tell func(format string, a ...any)

	mu    sync.Mutex // guards what follows
	since time.Time  // when this minute began
	n     int        // in it
}

// shown is how many refusals are told one by one in a minute.
const shown = 5

func (r *refusals) add(remote string, status int, err error) {
	r.flush(false)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n == 0 {
		r.since = time.Now()
	}
	if r.n++; r.n <= shown {
		r.tell("refused a request from %s with %d: %s\n", remote, status, source.Cut(err.Error(), lineRoom))
	}
}

// flush ends a minute that is over, or the last one.
func (r *refusals) flush(last bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !last && time.Since(r.since) < time.Minute {
		return
	}
	if r.n > shown {
		r.tell("refused %d more requests in the same minute\n", r.n-shown)
	}
	r.n = 0
}
