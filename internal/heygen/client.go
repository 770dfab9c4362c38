package heygen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

const (
	readTimeout  = 30 * time.Second  // for one try of a GET
	writeTimeout = 120 * time.Second // for one try of any other method
	maxAnswer    = 4 << 20           // bytes of JSON
	maxRefusal   = 64 << 10          // bytes of an answer that says no
	maxRedirects = 5
	atOnce       = 5 // calls that need not wait for one another after a pause: as many as one render takes, and one more
)

// A Client makes calls. It is safe for concurrent use.
type Client struct {
	o        Options // complete: no field is zero but Retried
	base     string  // without a slash at the end
	loopback bool    // base is this machine
	unknown  int64   // maxUnknown; tests have less disk
	turns    *rate.Limiter
	api      *http.Client
	store    *http.Client
}

// New returns a Client. Errors: no Auth, a negative or senseless number, or a BaseURL that is no address, has a user or
// a query in it, or would send the credential in the clear.
func New(o Options) (*Client, error) {
	if o.Auth == nil {
		return nil, errors.New("heygen: no credential")
	}
	if o.BaseURL == "" {
		o.BaseURL = DefaultURL
	}
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("heygen: the address of the service must look like %q, without a user or a query", DefaultURL)
	}
	if !private(base, true) {
		return nil, fmt.Errorf("heygen: the address of the service must begin with https:// (http:// only for this machine), not %q",
			base.Scheme+"://"+base.Host)
	}
	if o.Retries < -1 || o.Budget < 0 || o.Backoff < 0 || o.Rate < 0 || math.IsNaN(o.Rate) {
		return nil, errors.New("heygen: retries, budget, backoff and rate cannot be negative")
	}
	switch o.Retries {
	case 0:
		o.Retries = 4
	case -1:
		o.Retries = 0
	}
	if o.UserAgent == "" {
		o.UserAgent = "hframes"
	}
	if o.Budget == 0 {
		o.Budget = 5 * time.Minute
	}
	if o.Backoff == 0 {
		o.Backoff = 500 * time.Millisecond
	}
	if o.Rate == 0 {
		o.Rate = 10
	}
	if o.Transport == nil {
		o.Transport = transport()
	}
	c := &Client{
		o:        o,
		base:     strings.TrimRight(base.String(), "/"),
		loopback: loopback(base.Hostname()),
		unknown:  maxUnknown,
		turns:    rate.NewLimiter(rate.Limit(o.Rate), atOnce),
	}
	c.api = &http.Client{Transport: o.Transport, CheckRedirect: sameOrigin}
	c.store = &http.Client{Transport: o.Transport, CheckRedirect: c.samePrivacy}
	return c, nil
}

// Format prints where the Client calls, and never its credential.
func (c *Client) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "heygen.Client(%s)", c.base) }

func transport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    20,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    15 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		WriteBufferSize:        64 << 10,
		ReadBufferSize:         64 << 10,
	}
}

// Secure reports whether what is sent to an address cannot be read on the way: it is https, or http to this machine.
func Secure(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && private(u, true)
}

// private reports whether what is sent to u cannot be read on the way: it goes over https, or, where that is allowed,
// stays on this machine.
func private(u *url.URL, local bool) bool {
	return u.Scheme == "https" || u.Scheme == "http" && local && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// sameOrigin lets a call be redirected only where its credential may go and where it stays the same call.
func sameOrigin(r *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || r.URL.Scheme != first.URL.Scheme || r.URL.Host != first.URL.Host || r.Method != first.Method {
		return http.ErrUseLastResponse
	}
	return nil
}

// samePrivacy lets a download be redirected to another host: it carries no credential. An upload is not.
func (c *Client) samePrivacy(r *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || first.Method != http.MethodGet || r.URL.Scheme != first.URL.Scheme || !private(r.URL, c.loopback) {
		return http.ErrUseLastResponse
	}
	r.Header.Del("Referer") // would hand the presigned address on
	return nil
}

// A request is a call before it is made.
type request struct {
	method   string
	path     string // escaped, from /v3 on
	query    url.Values
	body     any                // sent as JSON; nil = no body
	key      string             // idempotency key; "" = none
	safe     bool               // doing it twice is doing it once
	complete bool               // 409 says: not yet
	read     func([]byte) error // takes the answer of a try; an error says that it is none
}

func (q *request) call() string { return q.method + " " + q.path }

// repeatable reports whether the call may be made again though it may have been carried out.
func (q *request) repeatable() bool { return q.safe || q.key != "" }

// public checks an address that the service is to send something to.
func (c *Client) public(address string) error {
	if u, err := url.Parse(address); err != nil || u.Host == "" || !private(u, c.loopback) {
		return errors.New("the URL that HeyGen is to call must begin with https://")
	}
	return nil
}

var keyPattern = regexp.MustCompile(`^[A-Za-z0-9_\-:.]{1,255}$`)

// do makes a call, again and again where that is right, until it is answered.
func (c *Client) do(ctx context.Context, q *request) error {
	if q.key != "" && !keyPattern.MatchString(q.key) {
		return fmt.Errorf("%s: an idempotency key has 1 to 255 letters, digits, and - _ : . characters", q.call())
	}
	var body []byte
	if q.body != nil {
		var err error
		if body, err = json.Marshal(q.body); err != nil {
			return fmt.Errorf("%s: %w", q.call(), err)
		}
	}
	t := &tries{}
	for {
		if err := c.turn(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", q.call(), err)
		}
		r, err := c.try(ctx, q, body, t)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", q.call(), ctx.Err())
		}
		if no, ok := errors.AsType[*Error](err); ok {
			no.Doubt = t.doubt || no.Status >= 500
			if no.Status == http.StatusNotFound && q.method == http.MethodDelete && t.doubt {
				return nil // an earlier try did it
			}
			if no.Status == http.StatusUnauthorized && !t.renewed {
				t.renewed = true
				if no.renewal = c.o.Auth.Renew(ctx, r); no.renewal == nil {
					continue
				}
				if ctx.Err() != nil {
					return fmt.Errorf("%s: %w", q.call(), ctx.Err())
				}
			}
		}
		pause, again := c.pause(q, t, err)
		if !again {
			return err
		}
		if c.o.Retried != nil {
			c.o.Retried(Retry{Call: q.call(), Try: t.made, Pause: pause, Err: err})
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("%s: %w", q.call(), err)
		}
	}
}

// turn waits until the call may be made, and starts its budget when that is its first try.
func (c *Client) turn(ctx context.Context, t *tries) error {
	turn := c.turns.Reserve()
	if err := sleep(ctx, turn.Delay()); err != nil {
		turn.Cancel()
		return err
	}
	if t.made == 0 {
		t.end = time.Now().Add(c.o.Budget)
	}
	t.made++
	return nil
}

// try makes a call once. It returns the request that it made, if it got that far.
func (c *Client) try(ctx context.Context, q *request, body []byte, t *tries) (*http.Request, error) {
	timeout := writeTimeout
	if q.method == http.MethodGet {
		timeout = readTimeout
	}
	timeout = min(timeout, max(time.Until(t.end), time.Second))
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	address := c.base + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	r, err := http.NewRequestWithContext(limited, q.method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", q.call(), clean(err))
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", c.o.UserAgent)
	r.Header.Set("X-HeyGen-Client-Source", "hframes")
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.key != "" {
		r.Header.Set("Idempotency-Key", q.key)
	}
	if err := c.o.Auth.Authorize(r); err != nil {
		return r, fmt.Errorf("%s: %w", q.call(), err)
	}
	hide := credentials(r.Header)
	lost := func(err error, sent bool) error {
		if limited.Err() != nil && ctx.Err() == nil {
			err = fmt.Errorf("no answer within %v", timeout.Round(time.Millisecond))
		}
		return &NetworkError{Call: q.call(), Tries: t.made, Sent: sent || t.doubt, Err: clean(err, hide...), once: !q.repeatable()}
	}
	a, err := c.api.Do(r)
	if err != nil {
		return r, lost(err, reached(err))
	}
	defer discard(a.Body)
	if a.StatusCode/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(a.Body, maxRefusal)) // the status says it, also without a whole body
		e := refusal(a, text, hide...)
		e.Call, e.Tries = q.call(), t.made
		return r, e
	}
	text, err := io.ReadAll(io.LimitReader(a.Body, maxAnswer+1))
	if err != nil {
		return r, lost(err, true)
	}
	if len(text) > maxAnswer {
		return r, lost(fmt.Errorf("the answer is longer than %d MiB", maxAnswer>>20), true)
	}
	if err := q.read(text); err != nil {
		return r, lost(err, true)
	}
	return r, nil
}

// discard reads what little may be left, so that the connection can be used again, and closes.
func discard(body io.ReadCloser) {
	io.CopyN(io.Discard, body, 4<<10)
	body.Close()
}
