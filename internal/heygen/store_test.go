package heygen

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func dialRefused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

const signed = "/bucket/a.zip?X-Amz-Signature=hunter2hunter2&X-Amz-Date=1"

// bare checks that a request to the store carries nothing of ours.
func bare(t *testing.T, r *http.Request) {
	for _, name := range []string{"X-Api-Key", "Authorization", "Idempotency-Key", "Referer", "X-Heygen-Client-Source"} {
		if v := r.Header.Get(name); v != "" {
			t.Errorf("%s %s carries %s: %s", r.Method, r.URL.Path, name, v)
		}
	}
}

func TestPut(t *testing.T) {
	for _, size := range []int{0, 5, 3 << 20} {
		data := bytes.Repeat([]byte("x"), size)
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			bare(t, r)
			body, err := io.ReadAll(r.Body)
			if err != nil || !bytes.Equal(body, data) || r.ContentLength != int64(size) || len(r.TransferEncoding) > 0 || r.Method != "PUT" || r.RequestURI != signed {
				t.Errorf("%d bytes (%d), %v, %s %s", len(body), r.ContentLength, err, r.Method, r.RequestURI)
			}
			if r.Header.Get("X-Amz-Checksum-Sha256") != "abc=" || r.Header.Get("Content-Type") != "application/zip" || r.Host != "store.example.com" {
				t.Errorf("%s %v", r.Host, r.Header)
			}
		})
		var reports []int64
		u := &Upload{URL: c.base + signed, MaxBytes: int64(size), mime: "application/zip",
			Headers: map[string]string{"x-amz-checksum-sha256": "abc=", "content-length": fmt.Sprint(size), "host": "store.example.com"}}
		if err := c.Put(t.Context(), u, bytes.NewReader(data), int64(size), func(n int64) { reports = append(reports, n) }); err != nil {
			t.Error(err)
		}
		if n := len(reports); n < 1 || n > size/progressStep+1 || reports[n-1] != int64(size) {
			t.Errorf("reports %v", reports)
		}
		if err := c.Put(t.Context(), u, bytes.NewReader(data), int64(size), nil); err != nil {
			t.Error(err)
		}
	}
}

func TestPutOfAFileThatCannotBeRead(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	bad := errors.New("disk fault")
	if err := c.Put(t.Context(), &Upload{URL: c.base}, failingFile{bad}, 9, nil); !errors.Is(err, bad) {
		t.Errorf("%v", err)
	}
	err := c.Put(t.Context(), &Upload{URL: c.base}, strings.NewReader("abc"), 9, nil)
	if _, ok := errors.AsType[*NetworkError](err); ok || err == nil || !strings.Contains(err.Error(), "3 bytes, not 9") {
		t.Errorf("%v", err)
	}
}

type failingFile struct{ err error }

func (f failingFile) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestStoreRefuses(t *testing.T) {
	const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>see https://b.example.com/a?X-Amz-Signature=hunter2hunter2 now</Message>` +
		`<StringToSign>hunter2hunter2</StringToSign><AWSAccessKeyId>hunter2hunter2</AWSAccessKeyId><RequestId>S3R</RequestId></Error>`
	for _, tt := range []struct {
		status  int
		body    string
		code    string
		expired bool
	}{
		{403, fmt.Sprintf(xml, "SignatureDoesNotMatch"), "SignatureDoesNotMatch", true},
		{403, fmt.Sprintf(xml, "AccessDenied"), "AccessDenied", true},
		{400, fmt.Sprintf(xml, "ExpiredToken"), "ExpiredToken", true},
		{400, fmt.Sprintf(xml, "BadDigest"), "BadDigest", false},
		{403, fmt.Sprintf(xml, "Brandnew"), "Brandnew", true},
		{404, "", "http_404", true},
		{410, "", "http_410", true},
		{500, "<html>hunter2 <Error>", "http_500", false},
		{302, "", "http_302", false},
	} {
		calls := 0
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			calls++
			bare(t, r)
			w.Header().Set("Location", "/other")
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		}, func(o *Options) { o.Retries = 1 })
		err := c.Put(t.Context(), &Upload{URL: c.base + signed}, strings.NewReader("abc"), 3, nil)
		no, ok := errors.AsType[*Error](err)
		if !ok || no.Status != tt.status || no.Code != tt.code || no.Expired() != tt.expired || no.Call != "PUT upload" || no.Hint() == "" || no.ExitCode() != 1 ||
			strings.Contains(err.Error(), "hunter2hunter2") {
			t.Errorf("put %d: %+v", tt.status, err)
		}
		if strings.Contains(tt.body, "<RequestId>") && no.RequestID != "S3R" {
			t.Errorf("put: %+v", no)
		}
		if calls != 1 {
			t.Errorf("put %d: %d calls", tt.status, calls)
		}
		if tt.status == 302 {
			continue
		}
		_, err = c.Download(t.Context(), c.base+signed, io.Discard, nil)
		if no, ok = errors.AsType[*Error](err); !ok || no.Code != tt.code || no.Expired() != tt.expired || no.Call != "GET result" || strings.Contains(err.Error(), "hunter2hunter2") {
			t.Errorf("get %d: %+v", tt.status, err)
		}
		if want := map[bool]int{true: 3, false: 2}[tt.status == 500]; calls != want {
			t.Errorf("get %d: %d calls", tt.status, calls)
		}
	}
	if (&Error{Status: 403, Code: "AccessDenied"}).Expired() {
		t.Error("the service's 403 is not about an address")
	}
}

// TestPutEndsWithItsAnswer: when the store answers before it has the whole file, nobody reads the file after Put.
func TestPutEndsWithItsAnswer(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.CopyN(io.Discard, r.Body, 1<<20)
		w.WriteHeader(403)
	})
	for range 20 {
		file := bytes.Repeat([]byte("x"), 8<<20)
		over := false
		err := c.Put(t.Context(), &Upload{URL: c.base}, bytes.NewReader(file), int64(len(file)), func(int64) { over = false })
		if err == nil {
			t.Error("no error")
		}
		over = true // the race detector sees a report that comes now
		clear(file) // or a read
		_ = over
	}
}

func TestDownload(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	for _, chunked := range []bool{false, true} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			bare(t, r)
			if r.RequestURI != signed || r.Header.Get("Accept-Encoding") != "identity" {
				t.Errorf("%s %v", r.RequestURI, r.Header)
			}
			if !chunked {
				w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			}
			w.Write(data)
		})
		var got bytes.Buffer
		last, total := int64(0), int64(0)
		n, err := c.Download(t.Context(), c.base+signed, &got, func(d, all int64) { last, total = d, all })
		want := int64(len(data))
		if err != nil || n != want || !bytes.Equal(got.Bytes(), data) || last != want || !chunked && total != want || chunked && total != -1 {
			t.Errorf("%d bytes, %v; %d of %d", n, err, last, total)
		}
	}
}

func TestDownloadIsCutShort(t *testing.T) {
	calls := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		if calls == 1 {
			panic(http.ErrAbortHandler) // before the first byte: can be tried again
		}
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "12345")
	})
	var got bytes.Buffer
	n, err := c.Download(t.Context(), c.base+signed, &got, nil)
	if lost, ok := errors.AsType[*NetworkError](err); !ok || !errors.Is(err, io.ErrUnexpectedEOF) || n != 5 || lost.Tries != 2 || calls != 2 || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%d bytes, %d calls, %v", n, calls, err)
	}
	full := errors.New("disk full")
	if _, err := c.Download(t.Context(), c.base, failingWriter{full}, nil); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

func TestTransferTimes(t *testing.T) {
	for size, want := range map[int64]time.Duration{0: 2 * time.Minute, 60e6: 2 * time.Minute, 200e6: 400 * time.Second} {
		if got := transferTime(size); got != want {
			t.Errorf("%d: %v, want %v", size, got, want)
		}
	}
	stuck := wire(func(r *http.Request) (*http.Response, error) {
		if r.Method == "PUT" {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		a := answer(200, "")
		a.ContentLength = 100e6
		a.Body = io.NopCloser(io.MultiReader(strings.NewReader("x"), until(r.Context())))
		return a, nil
	})
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{Auth: Key(testKey), Transport: stuck})
		if err != nil {
			t.Fatal(err)
		}
		for name, call := range map[string]func(context.Context) error{
			"put": func(ctx context.Context) error {
				return c.Put(ctx, &Upload{URL: "https://s.example.com/"}, nil, 100e6, nil)
			},
			"get": func(ctx context.Context) error {
				_, err := c.Download(ctx, "https://s.example.com/", io.Discard, nil)
				return err
			},
		} {
			start := time.Now()
			if _, ok := errors.AsType[*NetworkError](call(t.Context())); !ok || time.Since(start) != 200*time.Second {
				t.Errorf("%s: %v", name, time.Since(start))
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
			cancel()
		}
	})
}

func TestRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/file" {
			t.Errorf("the other host got %s %s", r.Method, r.URL)
		}
		bare(t, r)
		io.WriteString(w, "data")
	}))
	defer other.Close()
	target, status := "", 302
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/moved") {
			if r.Header.Get("X-Api-Key") != testKey {
				t.Error("no key after a redirect on the same host")
			}
			io.WriteString(w, queued)
			return
		}
		w.Header().Set("Location", target)
		w.WriteHeader(status)
	})
	moved := func(err error) bool {
		no, ok := errors.AsType[*Error](err)
		return ok && no.Status/100 == 3 && no.Hint() != ""
	}
	for _, status = range []int{301, 302, 303, 307, 308} {
		target = other.URL + "/secret?token=hunter2"
		for _, call := range []func(context.Context, *Client) error{get, keyed, keyless, remove} {
			if err := call(t.Context(), c); !moved(err) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%d to another host: %v", status, err)
			}
		}
		if err := c.Put(t.Context(), &Upload{URL: c.base}, strings.NewReader("x"), 1, nil); !moved(err) {
			t.Errorf("put, %d: %v", status, err)
		}
		target = "/v3/moved"
		if err := get(t.Context(), c); err != nil {
			t.Errorf("get, %d to the same host: %v", status, err)
		}
		if err := keyed(t.Context(), c); (status >= 307) != (err == nil) || err != nil && !moved(err) {
			t.Errorf("post, %d to the same host: %v", status, err)
		}
		target = other.URL + "/file"
		if n, err := c.Download(t.Context(), c.base+signed, io.Discard, nil); n != 4 || err != nil {
			t.Errorf("download, %d: %v", status, err)
		}
		for _, target = range []string{"https://example.com/", "ftp://example.com/", "http://example.com/"} {
			if _, err := c.Download(t.Context(), c.base+signed, io.Discard, nil); !moved(err) {
				t.Errorf("download to %s: %v", target, err)
			}
		}
	}
	target = "/loop"
	if err := get(t.Context(), c); !moved(err) {
		t.Errorf("loop: %v", err)
	}
}

func TestPlainHTTP(t *testing.T) {
	sent := false
	c, err := New(Options{Auth: Key(testKey), Transport: wire(func(*http.Request) (*http.Response, error) {
		sent = true
		return answer(200, ""), nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{"http://store.example.com" + signed, "http://127.0.0.1" + signed, "ftp://x" + signed, "//x" + signed, ""} {
		err := c.Put(t.Context(), &Upload{URL: u}, strings.NewReader("x"), 1, nil)
		_, err2 := c.Download(t.Context(), u, io.Discard, nil)
		if err == nil || err2 == nil || sent || strings.Contains(err.Error()+err2.Error(), "hunter2") {
			t.Errorf("%s: %v, %v", u, err, err2)
		}
	}
	local := serve(t, func(http.ResponseWriter, *http.Request) {})
	if err := local.Put(t.Context(), &Upload{URL: "http://store.example.com/"}, strings.NewReader("x"), 1, nil); err == nil {
		t.Error("a service on this machine sent a file elsewhere in the clear")
	}
}

func TestHintsForNoAnswer(t *testing.T) {
	c, err := New(Options{Auth: Key(testKey), Retries: -1, Transport: wire(func(r *http.Request) (*http.Response, error) {
		if r.Method == "DELETE" {
			return answer(200, "<html>Welcome to the hotel"), nil
		}
		return nil, syscall.ECONNRESET
	})})
	if err != nil {
		t.Fatal(err)
	}
	for want, call := range map[string]func(context.Context, *Client) error{
		"run the same command again": get, "with the same key": keyed, "before you do it again": keyless, "login page": remove,
		"then run the same": func(ctx context.Context, c *Client) error {
			return c.Put(ctx, &Upload{URL: "https://s.example.com/"}, strings.NewReader("x"), 1, nil)
		},
	} {
		lost, ok := errors.AsType[*NetworkError](call(t.Context(), c))
		if !ok || !strings.Contains(lost.Hint(), want) {
			t.Errorf("%v: %s", lost, lost.Hint())
		}
	}
}

func TestNetworkErrors(t *testing.T) {
	for _, tt := range []struct {
		err   error
		sent  bool
		tries int
		hint  string
	}{
		{dialRefused(), false, 2, "nothing was sent"},
		{&net.DNSError{Name: "api.heygen.com", IsNotFound: true}, false, 2, "not known"},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, false, 1, "clock"},
		{fmt.Errorf("write: %w", syscall.EPIPE), true, 2, "with the same key"},
		{errors.New("bad header X-Api-Key: " + testKey + " at https://x/y?sig=hunter2"), true, 2, "with the same key"},
	} {
		c, err := New(Options{Auth: Key(testKey), Retries: 1, Backoff: time.Millisecond, Transport: wire(func(*http.Request) (*http.Response, error) { return nil, tt.err })})
		if err != nil {
			t.Fatal(err)
		}
		err = keyed(t.Context(), c)
		lost, ok := errors.AsType[*NetworkError](err)
		if !ok || lost.Sent != tt.sent || lost.Tries != tt.tries || !strings.Contains(lost.Hint(), tt.hint) || !errors.Is(err, tt.err) {
			t.Errorf("%v: %+v, %s", tt.err, lost, lost.Hint())
		}
		if text := fmt.Sprintf("%v %+v", err, *lost); strings.Contains(text, testKey) || strings.Contains(text, "hunter2") {
			t.Errorf("%s", text)
		}
	}
}
