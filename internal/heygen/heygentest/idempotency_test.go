package heygentest

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

func TestIdempotency(t *testing.T) {
	now := new(clock)
	u := newUser(t, Options{Now: now.Now, Accounts: []Account{{Key: DefaultKey, Balance: 1}, {Key: "sk_other", Balance: 1}}})
	asset := u.film()
	first := u.render(asset, nil, "Idempotency-Key", "k1")
	if again := u.render(asset, object{"title": "another body"}, "Idempotency-Key", "k1"); again != first {
		t.Errorf("the same key made %s and %s", first, again)
	}
	if other := u.render(asset, nil, "Idempotency-Key", "k2"); other == first {
		t.Error("another key made the same render")
	}
	they := &user{t, u.fake, "sk_other"}
	if theirs := they.render(they.film(), nil, "Idempotency-Key", "k1"); theirs == first {
		t.Error("another account got the same render")
	}
	// A failure is not kept, and the key stays usable.
	u.refused(404, "asset_not_found", "", "POST", "/v3/hyperframes/renders", object{"project": object{"type": "asset_id", "asset_id": "none"}}, "Idempotency-Key", "k3")
	u.render(asset, nil, "Idempotency-Key", "k3")
	now.Add(int64(25 * time.Hour))
	if late := u.render(asset, nil, "Idempotency-Key", "k1"); late == first {
		t.Error("a key was known after 25 hours")
	}
	if n := len(u.fake.State().Renders); n != 5 {
		t.Errorf("%d renders, want 5", n)
	}
}

// TestUploadTrap is the trap of heygen-api §3.4: a key that was used for another zip gives the old URL.
func TestUploadTrap(t *testing.T) {
	u := newUser(t, Options{})
	old, changed := archive(t, "index.html", smallPage), archive(t, "index.html", smallPage+"<!-- new -->")
	first := u.start(old, "Idempotency-Key", "same")
	second := u.start(changed, "Idempotency-Key", "same")
	if first["upload_url"] != second["upload_url"] || first["asset_id"] != second["asset_id"] {
		t.Errorf("the same key was answered with %v and %v", first, second)
	}
	if status, code := u.put(second, changed); status != 403 || code != "SignatureDoesNotMatch" {
		t.Errorf("PUT: %d %s", status, code)
	}
}

func TestInProgress(t *testing.T) {
	u := newUser(t, Options{})
	asset := u.film()
	if err := u.fake.SetPlan(Plan{Rules: []Rule{{Match: "POST /v3/hyperframes/renders", Times: 1, Do: DoDelay, Seconds: 0.5}}}); err != nil {
		t.Fatal(err)
	}
	var slow sync.WaitGroup
	slow.Go(func() { u.render(asset, nil, "Idempotency-Key", "k") })
	body := object{"project": object{"type": "asset_id", "asset_id": asset}}
	for u.fake.State().Requests["POST /v3/hyperframes/renders"] == 0 {
		time.Sleep(time.Millisecond)
	}
	for {
		status, out, _ := u.try("POST", "/v3/hyperframes/renders", body, "Idempotency-Key", "k")
		if status == http.StatusConflict && out["error"].(object)["code"] == "request_in_progress" {
			break
		}
		if status == http.StatusAccepted {
			t.Fatalf("the second request was never told to wait: %v", out)
		}
	}
	slow.Wait()
	u.render(asset, nil, "Idempotency-Key", "k")
	if n := len(u.fake.State().Renders); n != 1 {
		t.Errorf("%d renders, want 1", n)
	}
}

func TestRates(t *testing.T) {
	now := new(clock)
	u := newUser(t, Options{Rate: 2, Now: now.Now})
	for range 2 {
		u.call("GET", "/v3/users/me", nil)
	}
	_, _, header := u.try("GET", "/v3/users/me", nil)
	if header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", header.Get("Retry-After"))
	}
	u.refused(429, "rate_limit_exceeded", "", "GET", "/v3/users/me", nil)
	now.Add(int64(500 * time.Millisecond))
	u.call("GET", "/v3/users/me", nil)
	u.refused(429, "rate_limit_exceeded", "", "GET", "/v3/users/me", nil)
}

func TestConcurrentRenders(t *testing.T) {
	u := newUser(t, Options{Concurrent: 2, RenderPolls: 1})
	asset := u.film()
	body := object{"project": object{"type": "asset_id", "asset_id": asset}}
	first := u.render(asset, nil)
	u.render(asset, nil)
	u.refused(429, "rate_limit_exceeded", "", "POST", "/v3/hyperframes/renders", body)
	for range 2 {
		u.call("GET", "/v3/hyperframes/renders/"+first, nil)
	}
	u.render(asset, nil)
	u.refused(429, "rate_limit_exceeded", "", "POST", "/v3/hyperframes/renders", body)
}

func TestTime(t *testing.T) {
	now := new(clock)
	u := newUser(t, Options{Queue: time.Minute, Rendering: time.Hour, Now: now.Now})
	id := u.render(u.film(), nil)
	for _, c := range []struct {
		status string
		then   time.Duration
	}{{"queued", time.Minute}, {"rendering", time.Hour - time.Second}, {"rendering", time.Second}, {"completed", 0}} {
		if got := u.call("GET", "/v3/hyperframes/renders/"+id, nil)["status"]; got != c.status {
			t.Errorf("status %v, want %s", got, c.status)
		}
		now.Add(int64(c.then))
	}
}
