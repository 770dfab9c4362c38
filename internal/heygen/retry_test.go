package heygen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// wire answers requests without a network, so that time can be synctest's.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w(r)
}

func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// broken is a body that ends too soon.
func broken(status int, body string) *http.Response {
	a := answer(status, "")
	a.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), failing{io.ErrUnexpectedEOF}))
	return a
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

const (
	queued = `{"data":{"render_id":"r","status":"queued","format":"mp4"}}`
	busy   = `{"error":{"code":"request_in_progress","message":"still at it"}}`
)

var (
	get   = func(ctx context.Context, c *Client) error { _, err := c.Render(ctx, "r"); return err }
	keyed = func(ctx context.Context, c *Client) error {
		_, err := c.CreateRender(ctx, RenderRequest{Title: "t"}, "key")
		return err
	}
	keyless = func(ctx context.Context, c *Client) error {
		_, err := c.CreateRender(ctx, RenderRequest{Title: "t"}, "")
		return err
	}
	complete = func(ctx context.Context, c *Client) error { return c.CompleteUpload(ctx, "a", "") }
	remove   = func(ctx context.Context, c *Client) error { return c.DeleteRender(ctx, "r") }
)

func TestRetries(t *testing.T) {
	reset := func() (*http.Response, error) {
		return nil, fmt.Errorf("read tcp 127.0.0.1:1: %w", syscall.ECONNRESET)
	}
	status := func(n int, header ...string) func() (*http.Response, error) {
		return func() (*http.Response, error) {
			return answer(n, `{"error":{"code":"","message":"m"}}`, header...), nil
		}
	}
	body := func(text string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return answer(200, text), nil }
	}
	short := func() (*http.Response, error) { return broken(200, queued[:20]), nil }
	hang := func() (*http.Response, error) { return nil, nil } // until the request's context is over
	wait := func() (*http.Response, error) { return answer(409, busy), nil }
	ok := body(queued)
	type answers = []func() (*http.Response, error)
	for _, tt := range []struct {
		name     string
		call     func(context.Context, *Client) error
		answers  answers // the last one for ever
		tries    int
		ok       bool
		min, max time.Duration
	}{
		{"ok", get, answers{ok}, 1, true, 0, 0},
		{"get 500", get, answers{status(500), ok}, 2, true, 0, 500 * time.Millisecond},
		{"get 502 503 504 522", get, answers{status(502), status(503), status(504), status(522), ok}, 5, true, 0, 7500 * time.Millisecond},
		{"get 500 for ever", get, answers{status(500)}, 5, false, 0, 7500 * time.Millisecond},
		{"get 501", get, answers{status(501), ok}, 1, false, 0, 0},
		{"get 400", get, answers{status(400), ok}, 1, false, 0, 0},
		{"get 404", get, answers{status(404), ok}, 1, false, 0, 0},
		{"get 409", get, answers{status(409), ok}, 1, false, 0, 0},
		{"get reset", get, answers{reset, ok}, 2, true, 0, 500 * time.Millisecond},
		{"get truncated", get, answers{short, ok}, 2, true, 0, 500 * time.Millisecond},
		{"get garbage", get, answers{body("<html>Welcome to the hotel"), body(""), body(`{"data":{}}`), body(`{"data":"x"}`), ok}, 5, true, 0, 7500 * time.Millisecond},
		{"get endless", get, answers{body(strings.Repeat(" ", maxAnswer+1)), ok}, 2, true, 0, 500 * time.Millisecond},
		{"get hangs", get, answers{hang, ok}, 2, true, readTimeout, readTimeout + 500*time.Millisecond},
		{"keyed post 503", keyed, answers{status(503), ok}, 2, true, 0, 500 * time.Millisecond},
		{"keyed post reset", keyed, answers{reset, ok}, 2, true, 0, 500 * time.Millisecond},
		{"keyed post truncated", keyed, answers{short, ok}, 2, true, 0, 500 * time.Millisecond},
		{"keyed post without id", keyed, answers{body(`{"data":{"status":"queued"}}`), ok}, 2, true, 0, 500 * time.Millisecond},
		{"keyed post hangs", keyed, answers{hang, ok}, 2, true, writeTimeout, writeTimeout + 500*time.Millisecond},
		{"keyless post 503", keyless, answers{status(503), ok}, 1, false, 0, 0},
		{"keyless post reset", keyless, answers{reset, ok}, 1, false, 0, 0},
		{"keyless post garbage", keyless, answers{body("x"), ok}, 1, false, 0, 0},
		{"keyless post 429", keyless, answers{status(429), ok}, 2, true, 0, 500 * time.Millisecond},
		{"keyless post 409", keyless, answers{wait, ok}, 1, false, 0, 0},
		{"429 for a quota", get, answers{func() (*http.Response, error) { return answer(429, `{"error":{"code":"quota_exceeded"}}`), nil }, ok}, 1, false, 0, 0},
		{"429 with seconds", get, answers{status(429, "Retry-After", "7"), ok}, 2, true, 7 * time.Second, 7 * time.Second},
		{"429 with too many seconds", get, answers{status(429, "Retry-After", "86400"), ok}, 2, true, 2 * time.Minute, 2 * time.Minute},
		{"503 with seconds", get, answers{status(503, "Retry-After", "7"), ok}, 2, true, 7 * time.Second, 7 * time.Second},
		{"429 beyond the budget", get, answers{status(429, "Retry-After", "120")}, 3, false, 4 * time.Minute, 4 * time.Minute},
		{"in progress", keyed, answers{wait, wait, wait, ok}, 4, true, 3500 * time.Millisecond, 3500 * time.Millisecond},
		{"in progress for ever", keyed, answers{wait}, 13, false, 2 * time.Minute, 5 * time.Minute},
		{"complete too early", complete, answers{status(409), status(409), status(409), ok}, 4, true, 3 * time.Second, 3 * time.Second},
		{"complete too early for ever", complete, answers{status(409)}, 5, false, 5 * time.Second, 5 * time.Second},
		{"delete, done by the first try", remove, answers{reset, status(404)}, 2, true, 0, 500 * time.Millisecond},
		{"delete, not there", remove, answers{status(404)}, 1, false, 0, 0},
		{"delete, too fast, not there", remove, answers{status(429), status(404)}, 2, false, 0, 500 * time.Millisecond},
		{"dial refused", keyless, answers{func() (*http.Response, error) { return nil, dialRefused() }, ok}, 2, true, 0, 500 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries, retried := 0, 0
				first := ""
				c, err := New(Options{Auth: Key(testKey), Rate: 1e9, Retried: func(r Retry) {
					retried++
					if r.Try != retried || r.Err == nil || r.Call == "" {
						t.Errorf("%+v", r)
					}
				}, Transport: wire(func(r *http.Request) (*http.Response, error) {
					sent := r.Method + " " + r.URL.Path + " " + r.Header.Get("Idempotency-Key") + " "
					if r.Body != nil {
						b, _ := io.ReadAll(r.Body)
						sent += string(b)
					}
					if tries == 0 {
						first = sent
					} else if sent != first {
						t.Errorf("sent %q, then %q", first, sent)
					}
					f := tt.answers[min(tries, len(tt.answers)-1)]
					tries++
					a, err := f()
					if a == nil && err == nil {
						<-r.Context().Done()
						return nil, r.Context().Err()
					}
					return a, err
				})})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				err = tt.call(t.Context(), c)
				took := time.Since(start)
				if (err == nil) != tt.ok || tries != tt.tries || took < tt.min || took > tt.max+time.Millisecond {
					t.Errorf("%d tries in %v: %v\nwant %d in %v to %v", tries, took, err, tt.tries, tt.min, tt.max)
				}
				if no, ok := errors.AsType[*Error](err); ok && no.Tries != tries {
					t.Errorf("%+v", no)
				}
				if lost, ok := errors.AsType[*NetworkError](err); ok && (lost.Tries != tries || !lost.Sent) {
					t.Errorf("%+v", lost)
				}
			})
		})
	}
}

// TestDoubt: a no that comes after a try without an answer does not say that nothing was done.
func TestDoubt(t *testing.T) {
	lost := func() (*http.Response, error) { return nil, syscall.ECONNRESET }
	no := func(status int) func() (*http.Response, error) {
		return func() (*http.Response, error) { return answer(status, ""), nil }
	}
	for _, tt := range []struct {
		name  string
		tries []func() (*http.Response, error)
		doubt bool
	}{
		{"no at once", []func() (*http.Response, error){no(401)}, false},
		{"too fast, then no", []func() (*http.Response, error){no(429), no(402)}, false},
		{"lost, then no", []func() (*http.Response, error){lost, no(401)}, true},
		{"fault, then no", []func() (*http.Response, error){no(502), no(403)}, true},
		{"fault", []func() (*http.Response, error){no(501)}, true},
		{"not connected", []func() (*http.Response, error){func() (*http.Response, error) { return nil, dialRefused() }}, false},
		{"lost, then not connected", []func() (*http.Response, error){lost, func() (*http.Response, error) { return nil, dialRefused() }}, true},
	} {
		tries := 0
		c, err := New(Options{Auth: Key(testKey), Backoff: time.Millisecond, Rate: 1e9, Transport: wire(func(*http.Request) (*http.Response, error) {
			f := tt.tries[min(tries, len(tt.tries)-1)]
			tries++
			return f()
		})})
		if err != nil {
			t.Fatal(err)
		}
		err = keyed(t.Context(), c)
		no, answered := errors.AsType[*Error](err)
		lost, unanswered := errors.AsType[*NetworkError](err)
		if answered && no.Doubt != tt.doubt || unanswered && lost.Sent != tt.doubt || answered == unanswered {
			t.Errorf("%s: %+v", tt.name, err)
		}
	}
}

func TestNoRetries(t *testing.T) {
	for _, call := range []func(context.Context, *Client) error{get, keyed, complete} {
		tries := 0
		c, err := New(Options{Auth: Key(testKey), Retries: -1, Transport: wire(func(*http.Request) (*http.Response, error) {
			tries++
			return answer(409, busy), nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		if err := call(t.Context(), c); err == nil || tries != 1 {
			t.Errorf("%d tries: %v", tries, err)
		}
	}
}

func TestCancel(t *testing.T) {
	for name, f := range map[string]wire{
		"while it waits for an answer": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"in a pause": func(r *http.Request) (*http.Response, error) { return answer(429, "", "Retry-After", "60"), nil },
		"while it reads": func(r *http.Request) (*http.Response, error) {
			a := answer(200, "")
			a.Body = io.NopCloser(until(r.Context()))
			return a, nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, err := New(Options{Auth: Key(testKey), Transport: f})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			start := time.Now()
			time.AfterFunc(10*time.Second, cancel)
			if err := get(ctx, c); !errors.Is(err, context.Canceled) || time.Since(start) != 10*time.Second {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
			if err := get(ctx, c); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, before it starts: %v", name, err)
			}
			late, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := get(late, c); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s, with a deadline: %v", name, err)
			}
		})
	}
}

// until is a body that ends with its context.
func until(ctx context.Context) io.Reader { return contextReader{ctx} }

type contextReader struct{ ctx context.Context }

func (r contextReader) Read([]byte) (int, error) { <-r.ctx.Done(); return 0, r.ctx.Err() }

// TestOurTimeoutIsNotTheCallers: who gave no deadline must not be told of one.
func TestOurTimeoutIsNotTheCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{Auth: Key(testKey), Transport: wire(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		err = get(t.Context(), c)
		lost, ok := errors.AsType[*NetworkError](err)
		if !ok || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(lost.Error(), "no answer within 30s") {
			t.Errorf("%v", err)
		}
		if took := time.Since(start); took > 5*time.Minute {
			t.Errorf("took %v of a budget of 5 minutes", took)
		}
	})
}

// renewing is a credential that can be renewed so often.
type renewing struct {
	mu   sync.Mutex
	left int
	now  int
	err  error
}

func (a *renewing) Authorize(r *http.Request) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	r.Header.Set("Authorization", fmt.Sprintf("Bearer tokentoken%d", a.now))
	return nil
}

func (a *renewing) Renew(ctx context.Context, r *http.Request) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Header.Get("Authorization") != fmt.Sprintf("Bearer tokentoken%d", a.now) {
		return errors.New("not the request that was refused")
	}
	if a.left == 0 {
		return a.err
	}
	a.left--
	a.now++
	return nil
}

func TestUnauthorized(t *testing.T) {
	gone := errors.New("the session is over")
	for _, tt := range []struct {
		name    string
		good, n int // the token that is good, the tokens there are
		tries   int
		ok      bool
		why     bool
	}{
		{"renewed", 1, 1, 2, true, false},
		{"renewed in vain", 9, 5, 2, false, false},
		{"not renewed", 9, 0, 1, false, true},
	} {
		for _, call := range []func(context.Context, *Client) error{get, keyless} {
			tries := 0
			auth := &renewing{left: tt.n, err: gone}
			c, err := New(Options{Auth: auth, Rate: 1e9, Transport: wire(func(r *http.Request) (*http.Response, error) {
				tries++
				if r.Header.Get("Authorization") == fmt.Sprintf("Bearer tokentoken%d", tt.good) {
					return answer(200, queued), nil
				}
				return answer(401, `{"error":{"code":"unauthorized","message":"bad `+r.Header.Get("Authorization")+`"}}`), nil
			})})
			if err != nil {
				t.Fatal(err)
			}
			err = call(t.Context(), c)
			if (err == nil) != tt.ok || tries != tt.tries || errors.Is(err, gone) != tt.why {
				t.Errorf("%s: %d tries, %v", tt.name, tries, err)
			}
			if no, ok := errors.AsType[*Error](err); !tt.ok && (!ok || no.ExitCode() != 3 || strings.Contains(err.Error(), "tokentoken")) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "3": 3 * time.Second, " 1.5 ": 1500 * time.Millisecond, "-3": 0, "121": 2 * time.Minute, "1e300": 2 * time.Minute,
		"NaN": 0, "Inf": 2 * time.Minute, "-Inf": 0, "soon": 0,
		"Tue, 01 Sep 2026 12:00:30 GMT": 30 * time.Second, "Tue, 01 Sep 2026 11:00:00 GMT": 0, "Tue, 01 Sep 2099 12:00:00 GMT": 2 * time.Minute,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestRateIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{Auth: Key(testKey), Rate: 5, Transport: wire(func(*http.Request) (*http.Response, error) { return answer(200, queued), nil })})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var all sync.WaitGroup
		for range 7 {
			all.Go(func() {
				for range 3 {
					if err := get(t.Context(), c); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if took := time.Since(start); took != 3200*time.Millisecond { // 21 calls: 5 at once, then one each 0.2 s
			t.Errorf("took %v", took)
		}
	})
}
