package cloud_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

const hookSecret = "whsec_a_secret_that_nobody_may_see"

var hookTime = time.Unix(1_790_000_000, 0)

// A hook is a Receiver with what came of its requests.
type hook struct {
	cloud.Receiver
	got     []heygen.Delivery
	full    bool
	refused []string
	mu      sync.Mutex // guards refused
}

func newHook(secret heygen.Secret) *hook {
	h := &hook{}
	h.Now = func() time.Time { return hookTime }
	h.Received = func(d heygen.Delivery) bool {
		if !h.full {
			h.got = append(h.got, d)
		}
		return !h.full
	}
	h.Refused = func(_ string, status int, err error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.refused = append(h.refused, fmt.Sprint(status, " ", err))
	}
	if secret != "" {
		h.Trust(secret)
	}
	return h
}

func event(render string) []byte {
	return fmt.Appendf(nil, `{"event_type":"hyperframes_video.success","event_data":{"render_id":%q}}`, render)
}

// post sends a body with headers and returns the answer.
func (h *hook) post(body []byte, header http.Header) *httptest.ResponseRecorder {
	q := httptest.NewRequest("POST", "/any/path", bytes.NewReader(body))
	q.Header = header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w
}

func signed(body []byte, id string) http.Header {
	return heygentest.Sign(hookSecret, body, id, hookTime)
}

func TestReceiver(t *testing.T) {
	body := event("r")
	at := func(stamp string) http.Header {
		h := signed(body, "e")
		h.Set("Heygen-Timestamp", stamp)
		return h
	}
	seconds := func(off int64) http.Header { return at(strconv.FormatInt(hookTime.Unix()+off, 10)) }
	legacy := http.Header{"Signature": {signed(body, "").Get("Heygen-Signature")}}
	large := append(event("r"), bytes.Repeat([]byte(" "), heygen.MaxDelivery)...)
	whole := append(event("r"), bytes.Repeat([]byte(" "), heygen.MaxDelivery-len(event("r")))...)
	for _, c := range []struct {
		name   string
		body   []byte
		header http.Header
		status int
	}{
		{"good", body, signed(body, "e"), 200},
		{"without an id", body, signed(body, ""), 200},
		{"the older signature", body, legacy, 200},
		{"milliseconds", body, at(strconv.FormatInt(hookTime.UnixMilli()-300_000, 10)), 200},
		{"300 s late", body, seconds(-300), 200},
		{"301 s late", body, seconds(-301), 401},
		{"300 s early", body, seconds(300), 200},
		{"301 s early", body, seconds(301), 401},
		{"no time", body, at(""), 401},
		{"another secret", body, heygentest.Sign("whsec_another", body, "e", hookTime), 401},
		{"another body", event("s"), signed(body, "e"), 401},
		{"no signature", body, http.Header{}, 401},
		{"no event", []byte("[1]"), signed([]byte("[1]"), "e"), 400},
		{"as large as may be", whole, signed(whole, "e"), 200},
		{"too large", large, signed(large, "e"), 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHook(hookSecret)
			w := h.post(c.body, c.header)
			if w.Code != c.status || (len(h.got) == 1) != (c.status == 200) || (len(h.refused) == 1) != (c.status != 200) {
				t.Errorf("status %d, want %d; got %v, refused %v", w.Code, c.status, h.got, h.refused)
			}
			if said := w.Body.String() + fmt.Sprint(w.Header(), h.refused); strings.Contains(said, hookSecret) || strings.Contains(said, c.header.Get("Heygen-Signature")) && c.header.Get("Heygen-Signature") != "" {
				t.Errorf("a secret is shown: %s", said)
			}
		})
	}
	for method, status := range map[string]int{"OPTIONS": 200, "GET": 405, "HEAD": 405, "PUT": 405} {
		w := httptest.NewRecorder()
		h := newHook(hookSecret)
		h.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		if w.Code != status || w.Header().Get("Allow") != "OPTIONS, POST" || len(h.got) != 0 {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
}

// A delivery counts once: neither its id nor its time is signed, so that its body tells it as well.
func TestReceiverReplay(t *testing.T) {
	h := newHook(hookSecret)
	now := hookTime
	h.Now = func() time.Time { return now }
	one, two := event("one"), event("two")
	send := func(body []byte, id string, news int) {
		t.Helper()
		before := len(h.got)
		if w := h.post(body, heygentest.Sign(hookSecret, body, id, now)); w.Code != 200 || len(h.got)-before != news {
			t.Errorf("status %d, %d new, want %d", w.Code, len(h.got)-before, news)
		}
	}
	send(one, "a", 1)
	send(one, "a", 0)
	send(one, "b", 0)
	send(one, "", 0)
	send(two, "b", 1) // a copy under its id did not keep it away
	send(event("three"), "b", 0)
	now = now.Add(24 * time.Hour)
	send(one, "a", 0)
	now = now.Add(2 * time.Hour)
	send(one, "a", 1)
}

// What cannot be taken now is to come again.
func TestReceiverLater(t *testing.T) {
	body := event("r")
	h := newHook("")
	if w := h.post(body, signed(body, "e")); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("without a secret: %d", w.Code)
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest("OPTIONS", "/", nil)); w.Code != 200 {
		t.Errorf("OPTIONS without a secret: %d", w.Code)
	}
	h.Trust(hookSecret)
	h.full = true
	if w := h.post(body, signed(body, "e")); w.Code != 503 {
		t.Errorf("full: %d", w.Code)
	}
	h.full = false
	if w := h.post(body, signed(body, "e")); w.Code != 200 || len(h.got) != 1 {
		t.Errorf("again: %d, %v", w.Code, h.got)
	}
}

// Bodies that never end take no more than so much memory: who comes on top of very many is to come again.
func TestReceiverCrowd(t *testing.T) {
	h := newHook(hookSecret)
	var group sync.WaitGroup
	var ends []io.Closer
	for range 256 {
		r, w := io.Pipe()
		ends = append(ends, w)
		q := httptest.NewRequest("POST", "/", r)
		q.Header.Set("Signature", "00")
		group.Go(func() { h.ServeHTTP(httptest.NewRecorder(), q) })
		w.Write([]byte("{")) // returns when it is read
	}
	body := event("r")
	if w := h.post(body, signed(body, "e")); w.Code != 503 {
		t.Errorf("in a crowd: %d", w.Code)
	}
	for _, e := range ends {
		e.Close()
	}
	group.Wait()
	if w := h.post(body, signed(body, "e")); w.Code != 200 {
		t.Errorf("after it: %d", w.Code)
	}
}

// What is remembered does not grow without end: after very many, the first is forgotten.
func TestReceiverForgets(t *testing.T) {
	h := newHook(hookSecret)
	for i := range 4100 {
		body := event(strconv.Itoa(i))
		h.post(body, signed(body, ""))
	}
	last, first := event("4099"), event("0")
	h.got = nil
	h.post(last, signed(last, ""))
	h.post(first, signed(first, ""))
	if len(h.got) != 1 || h.got[0].RenderID != "0" {
		t.Errorf("got %v", h.got)
	}
}

// Over the wire: a body in chunks is a body, one that ends too early is none, and of many at once each counts once.
func TestReceiverWire(t *testing.T) {
	h := newHook(hookSecret)
	s := httptest.NewServer(h)
	defer s.Close()
	raw := func(text string) (status int) {
		t.Helper()
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, text)
		c.(*net.TCPConn).CloseWrite()
		a, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		return a.StatusCode
	}
	var head strings.Builder
	body := event("chunks")
	signed(body, "e").Write(&head)
	start := "POST / HTTP/1.1\r\nHost: x\r\n" + head.String()
	chunked := fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", start, body[:5], len(body)-5, body[5:])
	for _, c := range []struct {
		text   string
		status int
	}{
		{strings.TrimSuffix(chunked, "0\r\n\r\n"), 400},
		{fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", start, len(body)+1, body), 400},
		{start + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		{chunked, 200},
	} {
		if status := raw(c.text); status != c.status {
			t.Errorf("%d, want %d, for %q", status, c.status, c.text)
		}
	}
	if len(h.got) != 1 {
		t.Errorf("got %v", h.got)
	}

	var group sync.WaitGroup
	var bad atomic.Int64
	const many, events = 64, 8
	for i := range many {
		group.Go(func() {
			body := event(strconv.Itoa(i % events))
			q, _ := http.NewRequest("POST", s.URL, bytes.NewReader(body))
			q.Header = signed(body, strconv.Itoa(i))
			a, err := http.DefaultClient.Do(q)
			if err != nil || a.StatusCode != 200 {
				bad.Add(1)
				return
			}
			a.Body.Close()
		})
	}
	group.Wait()
	if bad.Load() > 0 || len(h.got) != 1+events {
		t.Errorf("%d bad, %d taken", bad.Load(), len(h.got))
	}
}

// FuzzReceiver: whatever comes, only what is signed is taken, and a secret never appears.
func FuzzReceiver(f *testing.F) {
	f.Add("POST", string(event("r")), "1790000000", "e", "", true)
	f.Add("POST", "{}", "1790000000000", "", "00ff", false)
	f.Add("GET", "", "x", "e", "", false)
	f.Fuzz(func(t *testing.T, method, body, stamp, id, signature string, sign bool) {
		q := httptest.NewRequest("POST", "/", strings.NewReader(body))
		q.Method = method
		if signature != "" {
			q.Header.Set("Heygen-Signature", signature)
		}
		if sign {
			q.Header.Set("Heygen-Signature", signed([]byte(body), "").Get("Heygen-Signature"))
		}
		q.Header.Set("Heygen-Timestamp", stamp)
		q.Header.Set("Heygen-Event-Id", id)
		h := newHook(hookSecret)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, q)
		if len(h.got) > 0 && (!sign || method != "POST" || w.Code != 200) {
			t.Errorf("taken: %v", h.got)
		}
		if w.Code >= 500 || strings.Contains(w.Body.String()+fmt.Sprint(h.refused), hookSecret) {
			t.Errorf("answered %d: %s%v", w.Code, w.Body, h.refused)
		}
	})
}

// heard sends the news of a render and returns what the journal then holds of it.
func heard(t *testing.T, s *cloud.Service, d heygen.Delivery) (rec *cloud.Record, journal string) {
	t.Helper()
	rec, err := s.Hear(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Journal.Renders(s.Account)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		journal += string(r.State) + " " + r.Message + "\n"
	}
	return rec, strings.TrimSpace(journal)
}

func TestHear(t *testing.T) {
	for _, c := range []struct {
		name    string
		end     heygen.Status // of the render, "" = it runs
		deleted bool
		event   func(r cloud.Record) heygen.Delivery
		known   bool
		journal string
	}{
		{"by its id", heygen.Completed, false, func(r cloud.Record) heygen.Delivery { return heygen.Delivery{RenderID: r.Render} }, true, "completed"},
		{"by the callback id", heygen.Completed, false, func(r cloud.Record) heygen.Delivery { return heygen.Delivery{CallbackID: r.Request.CallbackID} }, true, "completed"},
		{"that failed", heygen.Failed, false, func(r cloud.Record) heygen.Delivery { return heygen.Delivery{RenderID: r.Render} }, true, "failed no luck"},
		{"of somebody else", heygen.Completed, false, func(cloud.Record) heygen.Delivery {
			return heygen.Delivery{RenderID: "hfr_other", CallbackID: "theirs"}
		}, false, "created"},
		{"another with our callback id", heygen.Completed, false, func(r cloud.Record) heygen.Delivery {
			return heygen.Delivery{RenderID: "hfr_other", CallbackID: r.Request.CallbackID}
		}, false, "created"},
		{"a lie about one that runs", "", false, func(r cloud.Record) heygen.Delivery {
			return heygen.Delivery{RenderID: r.Render, Type: "hyperframes_video.success", VideoURL: "https://example.org/evil.mp4"}
		}, true, "created"},
		{"a lie about one that failed", heygen.Failed, false, func(r cloud.Record) heygen.Delivery {
			return heygen.Delivery{RenderID: r.Render, Type: "hyperframes_video.success"}
		}, true, "failed no luck"},
		{"a lie about one that is done", heygen.Completed, false, func(r cloud.Record) heygen.Delivery {
			return heygen.Delivery{RenderID: r.Render, Type: "hyperframes_video.fail", Failure: "ha"}
		}, true, "completed"},
		{"deleted", heygen.Completed, true, func(r cloud.Record) heygen.Delivery { return heygen.Delivery{RenderID: r.Render} }, true, "gone"},
		{"empty", heygen.Completed, false, func(cloud.Record) heygen.Delivery { return heygen.Delivery{} }, false, "created"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1000})
			dir := t.TempDir()
			s := at(t, fake, dir)
			j := job(pack(t, "one"), filepath.Join(dir, "film.mp4"))
			j.NoWait = true
			res, err := s.Render(t.Context(), j)
			if err != nil {
				t.Fatal(err)
			}
			if c.end != "" {
				finish(t, fake, res.Render, c.end)
			}
			if c.deleted {
				if err := s.Client.DeleteRender(t.Context(), res.Render); err != nil {
					t.Fatal(err)
				}
			}
			list, err := s.Journal.Renders(s.Account)
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			rec, journal := heard(t, s, c.event(list[0]))
			if (rec != nil) != c.known || journal != c.journal {
				t.Errorf("record %+v, journal %q, want %q", rec, journal, c.journal)
			}
		})
	}
}

// finish ends a render, once the fake has its video.
func finish(t *testing.T, fake *heygentest.Server, id string, status heygen.Status) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !fake.End(id, status, "no luck"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the fake has no video")
		}
	}
}

// A render whose answer was lost is known from its webhook, if the callback id is one that we made up for it alone.
func TestHearLost(t *testing.T) {
	for _, callback := range []string{"", "of the user"} {
		fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1000})
		dir := t.TempDir()
		s := at(t, fake, dir)
		fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{{Match: "POST /v3/hyperframes/renders", Do: heygentest.DoDrop, After: true}}})
		j := job(pack(t, "one"), filepath.Join(dir, "film.mp4"))
		j.NoWait, j.Request.CallbackID = true, callback
		if _, err := s.Render(t.Context(), j); err == nil {
			t.Fatal("the answer came")
		}
		fake.SetPlan(heygentest.Plan{})
		r := fake.State().Renders[0]
		finish(t, fake, r.ID, heygen.Completed)

		if rec, journal := heard(t, s, heygen.Delivery{RenderID: "hfr_none", CallbackID: r.Request.CallbackID}); journal != "creating" {
			t.Errorf("a render that is none: %+v, %s", rec, journal)
		}
		_, journal := heard(t, s, heygen.Delivery{RenderID: r.ID, CallbackID: r.Request.CallbackID})
		if want := map[bool]string{true: "completed", false: "creating"}[callback == ""]; journal != want {
			t.Errorf("callback id %q: journal %q, want %q", callback, journal, want)
		}
		j.NoWait = false
		if res, err := at(t, fake, dir).Render(t.Context(), j); err != nil || res.Render != r.ID || len(fake.State().Renders) != 1 {
			t.Errorf("%+v, %v", res, err)
		}
	}
}

// What another command did meanwhile is not undone, and a render that is over is over.
func TestLookStale(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	dir := t.TempDir()
	s := at(t, fake, dir)
	j := job(pack(t, "one"), filepath.Join(dir, "film.mp4"))
	j.NoWait = true
	if _, err := s.Render(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	list, err := s.Journal.Renders(s.Account)
	if err != nil {
		t.Fatal(err)
	}
	stale := list[0]
	j.NoWait = false
	res, err := at(t, fake, dir).Render(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	again := stale
	if err := s.Look(t.Context(), &again); err != nil || again.State != cloud.Downloaded || again.Output != res.Output {
		t.Errorf("%+v, %v", again, err)
	}
	before := fake.State().Requests["GET /store/videos/{render_id}"]
	if got, err := s.Resume(t.Context(), stale, cloud.Job{Output: stale.Output}); err != nil || got.Fetched {
		t.Errorf("%+v, %v", got, err)
	}
	if after := fake.State().Requests["GET /store/videos/{render_id}"]; after != before {
		t.Errorf("the video was downloaded %d times more", after-before)
	}
	if err := s.Client.DeleteRender(t.Context(), res.Render); err != nil {
		t.Fatal(err)
	}
	if _, journal := heard(t, s, heygen.Delivery{RenderID: res.Render}); journal != "downloaded" {
		t.Errorf("a late webhook made %q of a video that is here", journal)
	}

	j.NoWait, j.Force = true, true
	if _, err := s.Render(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	s.Look(t.Context(), &stale)
	if list, err := s.Journal.Renders(s.Account); err != nil || len(list) != 1 || list[0].Render == res.Render {
		t.Errorf("the render before took the place of the new one: %+v, %v", list, err)
	}
}

// A webhook is registered once, also after a process that registered it was killed; one of somebody else's is left alone.
func TestRegister(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	dir := t.TempDir()
	s := at(t, fake, dir)
	const url = "https://hooks.example.org/heygen"
	endpoints := func(want int) {
		t.Helper()
		if n := fake.State().Endpoints; n != want {
			t.Errorf("%d endpoints, want %d", n, want)
		}
	}
	register := func(s *cloud.Service) heygen.Secret {
		t.Helper()
		secret, err := s.Register(t.Context(), url)
		if err != nil || secret == "" {
			t.Fatal(err)
		}
		return secret
	}
	first := register(s)
	if second := register(at(t, fake, dir)); second == first { // the first was killed
		t.Error("the secret that a killed process knew still holds")
	}
	endpoints(1)
	if list, err := s.Journal.Renders(s.Account); err != nil || len(list) != 0 {
		t.Errorf("renders %v, %v", list, err)
	}
	for range 2 {
		if err := s.Unregister(t.Context(), url); err != nil {
			t.Error(err)
		}
		endpoints(0)
	}

	for _, rule := range []heygentest.Rule{{Do: heygentest.DoDrop, After: true}, {Do: heygentest.DoStatus, Status: 500, After: true}} {
		rule.Match = "POST /v3/webhooks/endpoints"
		fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{rule}})
		if _, err := s.Register(t.Context(), url); err == nil {
			t.Error("the answer came")
		}
		fake.SetPlan(heygentest.Plan{})
		endpoints(1)
		register(s) // the same command again
		endpoints(1)
	}
	if err := s.Unregister(t.Context(), url); err != nil {
		t.Error(err)
	}

	if _, err := s.Client.CreateEndpoint(t.Context(), url, nil); err != nil {
		t.Fatal(err)
	}
	var taken *cloud.Taken
	if _, err := s.Register(t.Context(), url); !errors.As(err, &taken) || taken.ID == "" || !strings.Contains(err.Error(), url) || taken.Hint() == "" {
		t.Errorf("got %v", err)
	}
	if err := s.Unregister(context.Background(), url); err != nil {
		t.Error(err)
	}
	endpoints(1)
}
