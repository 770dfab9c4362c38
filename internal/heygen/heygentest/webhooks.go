package heygentest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// endpoint is a receiver of webhooks.
type endpoint struct {
	id, url, secret string
	owner           *account
	events          []string // nil = all
	created         time.Time
}

// event is one of an account's history.
type event struct {
	owner *account
	ID    string         `json:"event_id"`
	Type  string         `json:"event_type"`
	Data  map[string]any `json:"event_data"`
	At    string         `json:"created_at"`
}

// maxEvents is how many events are remembered.
const maxEvents = 10_000

// view is what the API says of an endpoint.
func (e *endpoint) view(secret bool) map[string]any {
	v := map[string]any{"endpoint_id": e.id, "url": e.url, "events": e.events, "status": "enabled",
		"created_at": e.created.UTC().Format(time.RFC3339), "secret": nil}
	if secret {
		v["secret"] = e.secret
	}
	return v
}

// createEndpoint is POST /v3/webhooks/endpoints.
func (s *Server) createEndpoint(c *call) (any, error) {
	var in struct {
		URL    string   `json:"url"`
		Events []string `json:"events"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !public(in.URL) {
		return nil, invalid("url", "The URL must be https.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.endpoints {
		if e.owner == c.account && e.url == in.URL {
			return nil, &failure{Status: http.StatusConflict, Code: "conflict", Message: "The URL is registered already.", Param: "url"}
		}
	}
	e := &endpoint{id: newID("whe_"), url: in.URL, secret: newID("whsec_"), owner: c.account, events: in.Events, created: s.now()}
	s.endpoints = append(s.endpoints, e)
	return e.view(true), nil
}

// listEndpoints is GET /v3/webhooks/endpoints.
func (s *Server) listEndpoints(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []any
	for _, e := range s.endpoints {
		if e.owner == c.account {
			all = append(all, e.view(false))
		}
	}
	return c.page(all)
}

// page cuts a page out of a list.
func (c *call) page(all []any) (any, error) {
	start := 0
	if token := c.r.URL.Query().Get("token"); token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		n, e := strconv.Atoi(string(raw))
		if err != nil || e != nil || n < 0 || n > len(all) {
			return nil, invalid("token", "The token is none that was given out.")
		}
		start = n
	}
	end := min(start+c.limit(), len(all))
	out := list{Data: append([]any{}, all[start:end]...), More: end < len(all)}
	if out.More {
		next := base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end)))
		out.Next = &next
	}
	return out, nil
}

// endpoint returns an endpoint of the caller and its place. The lock must be held.
func (c *call) endpoint() (int, *endpoint, *failure) {
	for i, e := range c.s.endpoints {
		if e.id == c.r.PathValue("endpoint_id") && e.owner == c.account {
			return i, e, nil
		}
	}
	return 0, nil, &failure{Status: http.StatusNotFound, Code: "webhook_not_found", Message: "There is no such endpoint."}
}

// updateEndpoint is PATCH /v3/webhooks/endpoints/{endpoint_id}.
func (s *Server) updateEndpoint(c *call) (any, error) {
	var in struct {
		URL    string   `json:"url"`
		Events []string `json:"events"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.URL != "" && !public(in.URL) {
		return nil, invalid("url", "The URL must be https.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, e, f := c.endpoint()
	if f != nil {
		return nil, f
	}
	if in.URL != "" {
		e.url = in.URL
	}
	if in.Events != nil {
		e.events = in.Events
	}
	return e.view(false), nil
}

// deleteEndpoint is DELETE /v3/webhooks/endpoints/{endpoint_id}.
func (s *Server) deleteEndpoint(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _, f := c.endpoint()
	if f != nil {
		return nil, f
	}
	s.endpoints = slices.Delete(s.endpoints, i, i+1)
	return map[string]any{}, nil
}

// rotateSecret is POST /v3/webhooks/endpoints/{endpoint_id}/rotate-secret.
func (s *Server) rotateSecret(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, e, f := c.endpoint()
	if f != nil {
		return nil, f
	}
	e.secret = newID("whsec_")
	return map[string]any{"endpoint_id": e.id, "secret": e.secret}, nil
}

// eventTypes is GET /v3/webhooks/event-types.
func (s *Server) eventTypes(*call) (any, error) {
	out := list{Data: []any{}}
	for _, name := range s.schema.events {
		out.Data = append(out.Data, map[string]any{"event_type": name, "description": strings.NewReplacer(".", " ", "_", " ").Replace(name)})
	}
	return out, nil
}

// listEvents is GET /v3/webhooks/events.
func (s *Server) listEvents(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := c.r.URL.Query().Get("event_type")
	var all []any
	for _, e := range slices.Backward(s.events) {
		if e.owner == c.account && (kind == "" || kind == e.Type) {
			all = append(all, e)
		}
	}
	return c.page(all)
}

// announce sends the webhooks of a render that is done. The lock must be held.
func (s *Server) announce(job *render) {
	e := event{owner: job.owner, ID: newID("evt_"), Type: "hyperframes_video.success", At: s.now().UTC().Format(time.RFC3339),
		Data: map[string]any{"render_id": job.id, "callback_id": orNull(job.request.CallbackID)}}
	if job.status == heygen.Completed {
		e.Data["video_url"] = s.presign(job.base, "GET", "/store/videos/"+job.id, s.o.ResultLife, nil)
	} else {
		e.Type, e.Data["failure_message"] = "hyperframes_video.fail", orNull(job.reason)
	}
	s.events = append(s.events, e)
	if extra := len(s.events) - maxEvents; extra > 0 {
		s.events = slices.Delete(s.events, 0, extra)
	}
	body, err := json.Marshal(e)
	if err != nil || s.ctx.Err() != nil {
		return
	}
	for _, to := range s.endpoints {
		if to.owner == job.owner && (to.events == nil || slices.Contains(to.events, e.Type)) {
			url, secret, at := to.url, to.secret, s.now()
			s.spawn(func() { s.deliver(url, body, Sign(secret, body, e.ID, at)) })
		}
	}
	if url := job.request.CallbackURL; url != "" {
		s.spawn(func() { s.deliver(url, body, http.Header{}) })
	}
}

// Sign returns the headers that a delivery to a registered endpoint carries.
func Sign(secret string, body []byte, eventID string, at time.Time) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	h := http.Header{}
	h.Set("Heygen-Signature", hex.EncodeToString(mac.Sum(nil)))
	h.Set("Heygen-Timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("Heygen-Event-Id", eventID)
	return h
}

// maxDeliveries is how often a delivery is tried.
const maxDeliveries = 4

// deliver posts an event until it is taken, a few times. Only this machine is ever called.
func (s *Server) deliver(url string, body []byte, header http.Header) {
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	pause := s.o.WebhookPause
	for try := 1; ; try++ {
		if s.post(client, url, body, header) || try == maxDeliveries {
			return
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-s.ctx.Done():
			return
		}
	}
}

// post makes one delivery and reports whether it was taken, or never can be.
func (s *Server) post(client *http.Client, url string, body []byte, header http.Header) bool {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil || !loopback(r.URL.Hostname()) {
		return true
	}
	r.Header = header.Clone()
	r.Header.Set("Content-Type", "application/json")
	res, err := client.Do(r)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 4<<10))
	return res.StatusCode/100 == 2
}
