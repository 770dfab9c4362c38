package heygen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"sync"
	"time"
)

const (
	slowest       = 500_000          // bytes a second: a transfer that is slower is given up
	unknownLength = 10 * time.Minute // for a download that does not say how long it is
	maxUnknown    = 4 << 30          // bytes of such a one: it must not fill the disk
	expectFrom    = 1 << 20          // bytes from which on an upload first asks whether it will be taken
	progressStep  = 256 << 10        // bytes between two reports
)

// transferTime returns how long a transfer of so many bytes may take.
func transferTime(size int64) time.Duration {
	return max(writeTimeout, time.Duration(float64(size)/slowest*float64(time.Second)))
}

// Put sends the file to where StartUpload said, without any credential, and at most once for each call. Errors of
// the store are [*Error] with the store's own code, such as SignatureDoesNotMatch or AccessDenied. sent is called
// now and then with the bytes sent so far; it may be nil.
func (c *Client) Put(ctx context.Context, u *Upload, body io.ReaderAt, size int64, sent func(int64)) error {
	const call = "PUT upload"
	if u.MaxBytes > 0 && size > u.MaxBytes {
		return fmt.Errorf("%s: the file has %d bytes, and HeyGen takes at most %d", call, size, u.MaxBytes)
	}
	limit := transferTime(size)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, err := c.storeRequest(limited, "PUT", u.URL)
	if err != nil {
		return fmt.Errorf("%s: %w", call, err)
	}
	for name, value := range u.Headers {
		switch textproto.CanonicalMIMEHeaderKey(name) {
		case "Host":
			r.Host = value
		case "Content-Length", "Transfer-Encoding", "Connection": // follow from the body
		default:
			r.Header.Set(name, value)
		}
	}
	if r.Header.Get("Content-Type") == "" && u.mime != "" {
		r.Header.Set("Content-Type", u.mime)
	}
	r.ContentLength = size
	r.Body = http.NoBody
	up := new(upload)
	if size > 0 {
		r.GetBody = func() (io.ReadCloser, error) { return up.body(body, size, sent), nil }
		r.Body = up.body(body, size, sent)
	}
	if size >= expectFrom {
		r.Header.Set("Expect", "100-continue")
	}
	a, err := c.store.Do(r)
	up.shut()
	if err != nil && up.err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: read the file: %w", call, up.err)
	}
	if err != nil {
		return transferError(ctx, limited, call, limit, reached(err), err)
	}
	defer discard(a.Body)
	if a.StatusCode/100 != 2 {
		return storeRefusal(a, call)
	}
	if sent != nil {
		sent(size)
	}
	return nil
}

// Download writes the file behind a result URL to w, without any credential, and returns the number of bytes. It is
// tried again only as long as nothing was written. A body that is shorter than its Content-Length is an error. An
// expired URL is an [*Error] with [Error.Expired]. got is called now and then with the bytes so far and those in all, -1
// if that is not known; it may be nil.
func (c *Client) Download(ctx context.Context, url string, w io.Writer, got func(done, total int64)) (int64, error) {
	q := &request{method: "GET", path: "result", safe: true}
	t := &tries{end: time.Now().Add(c.o.Budget)}
	for {
		t.made++
		n, err := c.download(ctx, url, w, got)
		if no, ok := errors.AsType[*Error](err); ok {
			no.Tries = t.made
		} else if lost, ok := errors.AsType[*NetworkError](err); ok {
			lost.Tries = t.made
		}
		if err == nil || n > 0 || ctx.Err() != nil {
			return n, err
		}
		pause, again := c.pause(q, t, err)
		if !again {
			return n, err
		}
		if c.o.Retried != nil {
			c.o.Retried(Retry{Call: q.call(), Try: t.made, Pause: pause, Err: err})
		}
		if err := sleep(ctx, pause); err != nil {
			return n, fmt.Errorf("%s: %w", q.call(), err)
		}
	}
}

func (c *Client) download(ctx context.Context, url string, w io.Writer, got func(done, total int64)) (int64, error) {
	const call = "GET result"
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	limit := writeTimeout // until the length is known
	timer := time.AfterFunc(limit, cancel)
	defer timer.Stop()
	r, err := c.storeRequest(limited, "GET", url)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", call, err)
	}
	r.Header.Set("Accept-Encoding", "identity") // as it is, so that its length can be checked
	a, err := c.store.Do(r)
	if err != nil {
		return 0, transferError(ctx, limited, call, limit, true, err)
	}
	defer discard(a.Body)
	if a.StatusCode != http.StatusOK {
		return 0, storeRefusal(a, call)
	}
	if limit = unknownLength; a.ContentLength >= 0 {
		limit = transferTime(a.ContentLength)
	}
	timer.Reset(limit)
	in := &counted{r: a.Body}
	if a.ContentLength < 0 {
		in.r = io.LimitReader(a.Body, c.unknown+1)
	}
	if got != nil {
		in.report = func(n int64) { got(n, a.ContentLength) }
	}
	n, err := io.Copy(w, in)
	switch {
	case err != nil && in.err == nil:
		return n, fmt.Errorf("%s: write: %w", call, err)
	case err != nil:
		return n, transferError(ctx, limited, call, limit, true, err)
	case a.ContentLength < 0 && n > c.unknown:
		return n, fmt.Errorf("%s: the file does not end, and does not say how long it is", call)
	case a.ContentLength >= 0 && n != a.ContentLength:
		return n, transferError(ctx, limited, call, limit, true, io.ErrUnexpectedEOF)
	}
	if got != nil {
		got(n, a.ContentLength)
	}
	return n, nil
}

// storeRequest returns a request to a presigned address. An error does not show the address.
func (c *Client) storeRequest(ctx context.Context, method, address string) (*http.Request, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, errors.New("HeyGen gave an address that is none")
	}
	if !private(u, c.loopback) {
		return nil, fmt.Errorf("HeyGen gave an address that is not https: %s", words(u.Scheme+"://"+u.Host, 100))
	}
	r, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, clean(err)
	}
	r.Header.Set("User-Agent", c.o.UserAgent)
	return r, nil
}

func storeRefusal(a *http.Response, call string) *Error {
	text, _ := io.ReadAll(io.LimitReader(a.Body, maxRefusal))
	e := refusal(a, text)
	e.Call, e.Tries, e.store = call, 1, true
	return e
}

// transferError says why a transfer did not come to its end: the caller's context, our own limit, or the network.
func transferError(ctx, limited context.Context, call string, limit time.Duration, sent bool, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", call, ctx.Err())
	case limited.Err() != nil:
		err = fmt.Errorf("not done within %v", limit.Round(time.Second))
	}
	return &NetworkError{Call: call, Tries: 1, Sent: sent, Err: clean(err)}
}

// counted is a reader that reports how much was read, now and then, and remembers its own error.
type counted struct {
	r        io.Reader
	report   func(int64) // may be nil
	n        int64
	reported int64
	err      error // other than io.EOF
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.report != nil && c.n-c.reported >= progressStep {
		c.reported = c.n
		c.report(c.n)
	}
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// An upload is the body of a PUT. When the store answers before it has the whole file, the transport may still read: after
// shut it gets no more, so that the file and the report are the caller's again.
type upload struct {
	mu   sync.Mutex
	over bool
	err  error // of the file, not of the network
}

func (u *upload) shut() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over = true
}

// body returns the file from its start, as often as the transport needs it.
func (u *upload) body(file io.ReaderAt, size int64, sent func(int64)) io.ReadCloser {
	return &uploadBody{u, size, counted{r: io.NewSectionReader(file, 0, size), report: sent}}
}

type uploadBody struct {
	of   *upload
	size int64
	counted
}

func (b *uploadBody) Read(p []byte) (int, error) {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	if b.of.over {
		return 0, errors.New("the upload is over")
	}
	n, err := b.counted.Read(p)
	if err == io.EOF && b.n < b.size {
		err = fmt.Errorf("it has %d bytes, not %d", b.n, b.size)
	}
	if err != nil && err != io.EOF {
		b.of.err = err
	}
	return n, err
}

func (b *uploadBody) Close() error { return nil }
