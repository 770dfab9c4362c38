package heygen

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

const testKey = "sk_V2_testKEYtestKEY0123456789"

// serve starts a server and returns a client for it that wastes no time.
func serve(t *testing.T, h http.HandlerFunc, change ...func(*Options)) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	o := Options{BaseURL: s.URL, Auth: Key(testKey), Backoff: time.Millisecond, Rate: 1e6}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCalls(t *testing.T) {
	ctx := t.Context()
	f := func(v float64) *float64 { return &v }
	tests := []struct {
		name         string
		call         func(*Client) (any, error)
		method, path string
		body         string // "" = none
		key          string
		status       int
		answer       string
		want         any
	}{
		{"me", func(c *Client) (any, error) { return c.Me(ctx) }, "GET", "/v3/users/me", "", "", 200,
			`{"data":{"username":"u","email":null,"billing_type":"wallet","wallet":{"currency":"usd","remaining_balance":1.5},"subscription":null}}`,
			&User{Username: "u", BillingType: "wallet", Wallet: &Wallet{Currency: "usd", RemainingBalance: f(1.5)}}},
		{"key", func(c *Client) (any, error) { return c.KeySelf(ctx) }, "GET", "/v3/api_keys/self", "", "", 200,
			`{"data":{"key_id":"k","scopes":["a","b"],"expires_at":null}}`, &KeyInfo{ID: "k", Scopes: []string{"a", "b"}}},
		{"key of an older server", func(c *Client) (any, error) { return c.KeySelf(ctx) }, "GET", "/v3/api_keys/self", "", "", 404,
			`{"error":{"code":"not_found"}}`, (*KeyInfo)(nil)},
		{"start upload", func(c *Client) (any, error) {
			return c.StartUpload(ctx, UploadRequest{"a.zip", "application/zip", 7, "ab"}, "k.1:-_")
		}, "POST", "/v3/assets/direct-uploads",
			`{"filename":"a.zip","content_type":"application/zip","size_bytes":7,"checksum_sha256":"ab"}`, "k.1:-_", 200,
			`{"data":{"asset_id":"a","upload_url":"https://s/x?y=z","upload_headers":{"X-A":"b"},"expires_in_seconds":9,"max_bytes":10,"status":"pending_upload"}}`,
			&Upload{AssetID: "a", URL: "https://s/x?y=z", Headers: map[string]string{"X-A": "b"}, Expires: 9, MaxBytes: 10, mime: "application/zip"}},
		{"complete", func(c *Client) (any, error) { return nil, c.CompleteUpload(ctx, "a/1", "ab") }, "POST", "/v3/assets/a%2F1/complete",
			`{"checksum_sha256":"ab"}`, "", 200, `{"data":{"asset_id":"a"}}`, nil},
		{"complete without a checksum", func(c *Client) (any, error) { return nil, c.CompleteUpload(ctx, "a", "") }, "POST", "/v3/assets/a/complete",
			`{}`, "", 200, `{"data":{}}`, nil},
		{"asset", func(c *Client) (any, error) { return c.Asset(ctx, "a") }, "GET", "/v3/assets/a", "", "", 200,
			`{"data":{"id":"a","name":"n","type":"zip","owner":"o","folder_id":null,"uploaded_at":12}}`,
			&AssetDetail{ID: "a", Name: "n", Type: "zip", Owner: "o", UploadedAt: 12}},
		{"delete asset", func(c *Client) (any, error) { return nil, c.DeleteAsset(ctx, "a") }, "DELETE", "/v3/assets/a", "", "", 200, `{"data":{"id":"a"}}`, nil},
		{"create render", func(c *Client) (any, error) {
			return c.CreateRender(ctx, RenderRequest{Project: AssetID("a"), FPS: 30, Variables: map[string]any{"v": 1}}, "key")
		}, "POST", "/v3/hyperframes/renders", `{"project":{"type":"asset_id","asset_id":"a"},"fps":30,"variables":{"v":1}}`, "key", 202,
			`{"data":{"render_id":"r"}}`, "r"},
		{"render", func(c *Client) (any, error) { return c.Render(ctx, "../r?x") }, "GET", "/v3/hyperframes/renders/..%2Fr%3Fx", "", "", 200,
			`{"data":{"render_id":"r","status":"completed","format":"mp4","title":null,"duration":1.5,"fps":null,"created_at":5,"failure_message":null}}`,
			&RenderDetail{ID: "r", Status: Completed, Format: "mp4", Duration: 1.5, CreatedAt: 5}},
		{"render with oddities", func(c *Client) (any, error) { return c.Render(ctx, "r") }, "GET", "/v3/hyperframes/renders/r", "", "", 200,
			`{"data":{"created_at":"2026-01-01T00:00:00Z","fps":29.97,"render_id":"r","status":"paused","format":"mp4","new":[1]}}`,
			&RenderDetail{ID: "r", Status: "paused", Format: "mp4"}},
		{"renders", func(c *Client) (any, error) { return c.Renders(ctx, 2, "t&1") }, "GET", "/v3/hyperframes/renders?limit=2&token=t%261", "", "", 200,
			`{"data":[{"render_id":"r","status":"queued","format":"mp4"}],"has_more":true,"next_token":"n"}`,
			&Page[RenderDetail]{Items: []RenderDetail{{ID: "r", Status: Queued, Format: "mp4"}}, Next: "n"}},
		{"last page", func(c *Client) (any, error) { return c.Renders(ctx, 0, "") }, "GET", "/v3/hyperframes/renders", "", "", 200,
			`{"data":[],"has_more":false,"next_token":null}`, &Page[RenderDetail]{Items: []RenderDetail{}}},
		{"delete render", func(c *Client) (any, error) { return nil, c.DeleteRender(ctx, "r") }, "DELETE", "/v3/hyperframes/renders/r", "", "", 204, ``, nil},
		{"create endpoint", func(c *Client) (any, error) { return c.CreateEndpoint(ctx, "https://x/y", []string{"e"}) }, "POST", "/v3/webhooks/endpoints",
			`{"url":"https://x/y","events":["e"]}`, "", 200, `{"data":{"endpoint_id":"e","url":"https://x/y","events":["e"],"status":"enabled","created_at":"c","secret":"whsec_1"}}`,
			&Endpoint{ID: "e", URL: "https://x/y", Events: []string{"e"}, Status: "enabled", CreatedAt: "c", Secret: "whsec_1"}},
		{"update endpoint", func(c *Client) (any, error) { return c.UpdateEndpoint(ctx, "e", "https://x/z", nil) }, "PATCH", "/v3/webhooks/endpoints/e",
			`{"url":"https://x/z"}`, "", 200, `{"data":{"endpoint_id":"e","events":null,"secret":null}}`, &Endpoint{ID: "e"}},
		{"endpoints", func(c *Client) (any, error) { return c.Endpoints(ctx, 100, "") }, "GET", "/v3/webhooks/endpoints?limit=100", "", "", 200,
			`{"data":[{"endpoint_id":"e"}]}`, &Page[Endpoint]{Items: []Endpoint{{ID: "e"}}}},
		{"delete endpoint", func(c *Client) (any, error) { return nil, c.DeleteEndpoint(ctx, "e") }, "DELETE", "/v3/webhooks/endpoints/e", "", "", 200, `{"data":{}}`, nil},
		{"rotate secret", func(c *Client) (any, error) { return c.RotateSecret(ctx, "e", "k") }, "POST", "/v3/webhooks/endpoints/e/rotate-secret", "", "k", 200,
			`{"data":{"endpoint_id":"e","secret":"whsec_2"}}`, Secret("whsec_2")},
		{"events", func(c *Client) (any, error) { return c.Events(ctx, "hyperframes_video.fail", 1, "") }, "GET", "/v3/webhooks/events?event_type=hyperframes_video.fail&limit=1", "", "", 200,
			`{"data":[{"event_id":"i","event_type":"t","event_data":{"a":"b"},"created_at":"c"}],"has_more":false,"next_token":"ignored"}`,
			&Page[Event]{Items: []Event{{ID: "i", Type: "t", Data: map[string]any{"a": "b"}, CreatedAt: "c"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			calls := 0
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				calls++
				body, _ := io.ReadAll(r.Body)
				if r.Method != tt.method || r.RequestURI != tt.path || string(body) != tt.body {
					t.Errorf("sent %s %s %s\nwant %s %s %s", r.Method, r.RequestURI, body, tt.method, tt.path, tt.body)
				}
				wantType := ""
				if tt.body != "" {
					wantType = "application/json"
				}
				for name, want := range map[string]string{"X-Api-Key": testKey, "Authorization": "", "Idempotency-Key": tt.key, "Content-Type": wantType,
					"Accept": "application/json", "User-Agent": "hframes", "X-Heygen-Client-Source": "hframes", "X-Heygen-Source": ""} {
					if got := r.Header.Get(name); got != want {
						t.Errorf("header %s: %q, want %q", name, got, want)
					}
				}
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.answer)
			})
			got, err := tt.call(c)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if calls != 1 {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

func TestRefusedBeforeSent(t *testing.T) {
	ctx := t.Context()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("%s %s was sent", r.Method, r.URL) })
	for name, call := range map[string]func() error{
		"empty id":       func() error { _, err := c.Render(ctx, ""); return err },
		"id ..":          func() error { return c.DeleteAsset(ctx, "..") },
		"id .":           func() error { return c.CompleteUpload(ctx, ".", "") },
		"page of 101":    func() error { _, err := c.Renders(ctx, 101, ""); return err },
		"key with space": func() error { _, err := c.CreateRender(ctx, RenderRequest{}, "a b"); return err },
		"long key":       func() error { _, err := c.RotateSecret(ctx, "e", strings.Repeat("k", 256)); return err },
		"no JSON": func() error {
			_, err := c.CreateRender(ctx, RenderRequest{Variables: map[string]any{"f": func() {}}}, "k")
			return err
		},
		"plain callback": func() error {
			_, err := c.CreateRender(ctx, RenderRequest{CallbackURL: "http://example.com/"}, "k")
			return err
		},
		"plain webhook":     func() error { _, err := c.CreateEndpoint(ctx, "http://example.com/", nil); return err },
		"plain new webhook": func() error { _, err := c.UpdateEndpoint(ctx, "e", "http://example.com/", nil); return err },
		"too long":          func() error { return c.Put(ctx, &Upload{URL: c.base, MaxBytes: 1}, strings.NewReader("ab"), 2, nil) },
		"no URL":            func() error { return c.Put(ctx, &Upload{URL: "x"}, strings.NewReader("ab"), 2, nil) },
		"no host":           func() error { _, err := c.Download(ctx, "https:///x", io.Discard, nil); return err },
	} {
		if err := call(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNew(t *testing.T) {
	for _, good := range []string{"", "https://api.example.com", "https://api.example.com/heygen/", "http://127.0.0.1:80", "http://127.9.9.9", "http://[::1]:8", "http://localhost:9"} {
		if _, err := New(Options{Auth: Key("k"), BaseURL: good}); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"http://api.example.com", "http://10.0.0.1", "http://localhost.example.com", "http://0.0.0.0", "ftp://x", "api.example.com", "https://", "::",
		"https://user:hunter2hunter2@x", "https://x?key=hunter2hunter2", "https://x#a"} {
		if _, err := New(Options{Auth: Key("k"), BaseURL: bad}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, bad := range []Options{{}, {Auth: Key("k"), Retries: -2}, {Auth: Key("k"), Budget: -1}, {Auth: Key("k"), Backoff: -1}, {Auth: Key("k"), Rate: -1}} {
		if _, err := New(bad); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

func TestEach(t *testing.T) {
	pages := map[string]string{
		"":  `{"data":[{"render_id":"1"},{"render_id":"2"}],"has_more":true,"next_token":"b"}`,
		"b": `{"data":[{"render_id":"3"}],"has_more":true,"next_token":"c"}`,
		"c": `{"data":null,"has_more":false,"next_token":null}`,
	}
	circle := map[string]string{
		"":  `{"data":[{"render_id":"1"}],"has_more":true,"next_token":"b"}`,
		"b": `{"data":[{"render_id":"2"}],"has_more":true,"next_token":"b"}`,
	}
	for _, tt := range []struct {
		pages map[string]string
		stop  int
		want  string
	}{
		{map[string]string{"": pages[""], "b": pages["b"], "c": `{"data":[],"has_more":false}`}, 9, "1 2 3 "},
		{pages, 3, "1 2 3 "},
		{pages, 9, "1 2 3 error"}, // data null is no list
		{circle, 9, "1 2 error"},
		{map[string]string{"": `{"data":[],"has_more":true}`}, 9, "error"},
	} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, tt.pages[r.URL.Query().Get("token")]) })
		got := ""
		n := 0
		for d, err := range c.EachRender(t.Context()) {
			if err != nil {
				got += "error"
				break
			}
			got += d.ID + " "
			if n++; n == tt.stop {
				break
			}
		}
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"data":[{"endpoint_id":"e","event_id":%q}]}`, r.URL.Query().Get("event_type"))
	})
	for e, err := range c.EachEndpoint(t.Context()) {
		if e.ID != "e" || err != nil {
			t.Error(e, err)
		}
	}
	for e, err := range c.EachEvent(t.Context(), "x") {
		if e.ID != "x" || err != nil {
			t.Error(e, err)
		}
	}
}

// TestConcurrent is for the race detector: one client, many goroutines.
func TestConcurrent(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"data":{"render_id":"r","status":"queued"}}`)
	})
	errs := make(chan error)
	for range 20 {
		go func() {
			_, err := c.Render(context.Background(), "r")
			errs <- err
		}()
	}
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestEndpointKeepsItsSecret(t *testing.T) {
	var e Endpoint
	if err := json.Unmarshal([]byte(`{"endpoint_id":"e","secret":null}`), &e); err != nil || e.Secret != "" {
		t.Errorf("%v, %v", e, err)
	}
	if err := json.Unmarshal([]byte(`{"endpoint_id":"e","secret":"whsec_abc"}`), &e); err != nil || string(e.Secret) != "whsec_abc" {
		t.Errorf("%v, %v", e, err)
	}
}
