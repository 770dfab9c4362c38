package heygentest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// delivery is a webhook as it arrived.
type delivery struct {
	path   string
	header http.Header
	body   []byte
}

// receive listens for webhooks; it refuses the first few.
func receive(t *testing.T, refuse int) (url string, got <-chan delivery) {
	t.Helper()
	c := make(chan delivery, 100)
	var seen atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c <- delivery{r.URL.Path, r.Header, body}
		if seen.Add(1) <= int64(refuse) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, c
}

func TestEndpoints(t *testing.T) {
	u := newUser(t, Options{})
	const path = "/v3/webhooks/endpoints"
	u.refused(400, "invalid_parameter", "url", "POST", path, object{"url": "http://example.com"})
	u.refused(400, "invalid_parameter", "events.0", "POST", path, object{"url": "https://example.com", "events": []string{"film.done"}})
	e := u.call("POST", path, object{"url": "https://example.com/a", "events": []string{"hyperframes_video.fail"}})
	u.refused(409, "conflict", "url", "POST", path, object{"url": "https://example.com/a"})
	id, secret := fmt.Sprint(e["endpoint_id"]), fmt.Sprint(e["secret"])
	for i := range 11 {
		u.call("POST", path, object{"url": fmt.Sprint("https://example.com/", i)})
	}
	_, page, _ := u.try("GET", path, nil)
	if items := page["data"].([]any); len(items) != 10 || page["has_more"] != true || items[0].(object)["secret"] != nil {
		t.Errorf("list: %v", page)
	}
	_, page, _ = u.try("GET", fmt.Sprint(path, "?token=", page["next_token"]), nil)
	if len(page["data"].([]any)) != 2 || page["has_more"] != false {
		t.Errorf("second page: %v", page)
	}
	if e := u.call("PATCH", path+"/"+id, object{"url": "https://example.com/b"}); e["url"] != "https://example.com/b" || len(e["events"].([]any)) != 1 {
		t.Errorf("updated: %v", e)
	}
	rotated := u.call("POST", path+"/"+id+"/rotate-secret", nil, "Idempotency-Key", "r1")
	again := u.call("POST", path+"/"+id+"/rotate-secret", nil, "Idempotency-Key", "r1")
	if rotated["secret"] == secret || rotated["secret"] != again["secret"] {
		t.Errorf("secrets: %s, %v, %v", secret, rotated, again)
	}
	u.call("DELETE", path+"/"+id, nil)
	u.refused(404, "webhook_not_found", "", "PATCH", path+"/"+id, object{})
	u.refused(404, "webhook_not_found", "", "DELETE", path+"/"+id, nil)
	_, types, _ := u.try("GET", "/v3/webhooks/event-types", nil)
	if len(types["data"].([]any)) != 30 {
		t.Errorf("event types: %v", types)
	}
}

func TestDeliveries(t *testing.T) {
	u := newUser(t, Options{WebhookPause: time.Millisecond})
	url, got := receive(t, 2)
	e := u.call("POST", "/v3/webhooks/endpoints", object{"url": url + "/signed"})
	u.call("POST", "/v3/webhooks/endpoints", object{"url": url + "/fails", "events": []string{"hyperframes_video.fail"}})
	id := u.render(u.film(), object{"callback_url": url + "/callback", "callback_id": "mine"})
	signed, plain := 0, 0
	for range 4 { // two, of which two tries are refused
		d := <-got
		switch d.path {
		case "/callback":
			plain++
			if d.header.Get("Heygen-Signature") != "" {
				t.Error("the callback is signed")
			}
		case "/signed":
			signed++
			if _, err := heygen.VerifySignature(heygen.Secret(fmt.Sprint(e["secret"])), d.header, d.body, time.Now()); err != nil {
				t.Errorf("%v: %v", err, d.header)
			}
			if _, err := heygen.VerifySignature("whsec_another", d.header, d.body, time.Now()); err == nil {
				t.Error("the delivery is signed with any secret")
			}
		default:
			t.Errorf("delivery to %s", d.path)
		}
	}
	if signed < 1 || plain < 1 {
		t.Errorf("%d signed and %d plain deliveries", signed, plain)
	}
	_, page, _ := u.try("GET", "/v3/webhooks/events?event_type=hyperframes_video.success", nil)
	events := page["data"].([]any)
	if len(events) != 1 || events[0].(object)["event_data"].(object)["render_id"] != id || events[0].(object)["event_data"].(object)["callback_id"] != "mine" {
		t.Errorf("events: %v", page)
	}
	u.refused(400, "invalid_parameter", "event_type", "GET", "/v3/webhooks/events?event_type=none", nil)
}

func TestFailedRender(t *testing.T) {
	u := newUser(t, Options{RenderPolls: 1000})
	url, got := receive(t, 0)
	u.call("POST", "/v3/webhooks/endpoints", object{"url": url, "events": []string{"hyperframes_video.fail"}})
	id := u.render(u.film(), nil)
	if !u.fake.End(id, "failed", "the page threw an error") || u.fake.End(id, "completed", "") {
		t.Error("a render ended never, or twice")
	}
	<-got
	if d := u.call("GET", "/v3/hyperframes/renders/"+id, nil); d["status"] != "failed" || d["failure_message"] != "the page threw an error" || d["video_url"] != nil {
		t.Errorf("render: %v", d)
	}
}
