package heygen

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxRetryAfter   = 2 * time.Minute
	maxBackoff      = 60 // times Options.Backoff: 30 s
	maxProgressWait = 12 // pauses for a request that is in progress, where retries are allowed at all: some minutes
)

// tries is what happened to a call so far.
type tries struct {
	made     int
	end      time.Time // when the budget is used up
	repeats  int       // of made, those after a failure
	progress int       // of made, those after "request in progress"
	renewed  bool
	doubt    bool // a try that was not answered may have been carried out
}

// pause returns how long to wait after err before the next try, and false if there is to be none.
func (c *Client) pause(q *request, t *tries, err error) (time.Duration, bool) {
	backoff := c.backoff(t.repeats + t.progress)
	wait := rand.N(backoff)
	var asked time.Duration
	no, answered := errors.AsType[*Error](err)
	lost, unanswered := errors.AsType[*NetworkError](err)
	switch {
	case answered && no.Code == "request_in_progress" && q.key != "":
		// The first call with this key is still being worked on: no failure, and no use in asking soon.
		if t.progress++; t.progress > maxProgressWait || c.o.Retries == 0 {
			return 0, false
		}
		wait, asked = backoff, no.RetryAfter
	case answered && no.Status == http.StatusConflict && q.complete:
		t.repeats++
		wait, asked = time.Duration(t.repeats)*c.o.Backoff, no.RetryAfter
	case answered && no.Status == http.StatusTooManyRequests && no.Advice().Retry:
		t.repeats++
		asked = no.RetryAfter
	case answered && passing(no.Status) && q.repeatable():
		t.repeats++
		t.doubt = true
		asked = no.RetryAfter
	case unanswered && !lost.permanent() && (q.repeatable() || !lost.Sent):
		t.repeats++
		t.doubt = t.doubt || lost.Sent
	default:
		return 0, false
	}
	wait = max(wait, asked)
	return wait, t.repeats <= c.o.Retries && time.Now().Add(wait).Before(t.end)
}

// backoff returns the longest pause after n tries that failed before this one.
func (c *Client) backoff(n int) time.Duration {
	return min(c.o.Backoff<<min(n, 10), c.o.Backoff*maxBackoff)
}

// passing reports whether a status tells of a fault that may be over soon: the service's own, or of the edge before it.
func passing(status int) bool {
	return slices.Contains([]int{500, 502, 503, 504, 520, 521, 522, 523, 524}, status)
}

// retryAfter reads a Retry-After header, in seconds or as a date, into 0 to 2 minutes.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	var wait time.Duration
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		wait = time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	} else if date, err := http.ParseTime(text); err == nil {
		wait = date.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// reached reports whether a request that ended with err may have arrived: unless it is certain that it did not.
func reached(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return false
	}
	_, dns := errors.AsType[*net.DNSError](err)
	return !dns && !untrusted(err)
}

// untrusted reports whether err says that the other side's certificate is not good.
func untrusted(err error) bool {
	_, bad := errors.AsType[*tls.CertificateVerificationError](err)
	return bad
}

func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
