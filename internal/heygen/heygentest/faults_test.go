package heygentest

import (
	"bytes"
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

// plan sets a plan of one rule.
func (u *user) plan(r Rule) {
	u.t.Helper()
	if err := u.fake.SetPlan(Plan{Rules: []Rule{r}}); err != nil {
		u.t.Fatal(err)
	}
}

// raw makes a call of which anything may come.
func (u *user) raw(method, url string, body string) (int, []byte, error) {
	u.t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		u.t.Fatal(err)
	}
	if !strings.Contains(url, "/store/") {
		r.Header.Set("X-Api-Key", u.key)
		r.Header.Set("Content-Type", "application/json")
	}
	// A transport of its own: the shared one tries again by itself when a connection that it kept breaks.
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return res.StatusCode, data, err
}

// TestCodes shows that every documented code can be had, as the API's envelope says it.
func TestCodes(t *testing.T) {
	u := newUser(t, Options{})
	if len(Codes()) < 45 {
		t.Errorf("%d codes", len(Codes()))
	}
	for _, code := range Codes() {
		u.plan(Rule{Match: "GET /v3/users/me", Do: DoStatus, Code: code, RetryAfter: 7})
		e := u.refused(codes[code], code, "", "GET", "/v3/users/me", nil)
		if url := fmt.Sprint(e["doc_url"]); !strings.HasSuffix(url, "#"+strings.ReplaceAll(code, "_", "-")) {
			t.Errorf("%s: doc_url %s", code, url)
		}
	}
	_, _, header := u.try("GET", "/v3/users/me", nil)
	if header.Get("Retry-After") != "7" {
		t.Errorf("Retry-After %q", header.Get("Retry-After"))
	}
}

func TestFaults(t *testing.T) {
	u := newUser(t, Options{})
	asset := u.film()
	id := u.render(asset, nil)
	video := fmt.Sprint(u.call("GET", "/v3/hyperframes/renders/"+id, nil)["video_url"])
	_, whole := u.get(video)
	me := u.fake.URL + "/v3/users/me"
	const all = "* /**"

	for _, after := range []bool{false, true} {
		for _, do := range []Action{DoDrop, DoReset, DoGarbage, DoStatus} {
			before := len(u.fake.State().Renders)
			u.plan(Rule{Match: all, Do: do, After: after, Status: 502})
			status, body, err := u.raw("POST", u.fake.URL+"/v3/hyperframes/renders", `{"project":{"type":"asset_id","asset_id":"`+asset+`"}}`)
			switch do {
			case DoGarbage:
				if status != 200 || json.Valid(body) || err != nil {
					t.Errorf("%s: %d %s %v", do, status, body, err)
				}
			case DoStatus:
				if status != 502 || err != nil {
					t.Errorf("%s: %d %s %v", do, status, body, err)
				}
			default:
				if err == nil {
					t.Errorf("%s: %d %s", do, status, body)
				}
			}
			if made := len(u.fake.State().Renders) - before; made == 1 != after {
				t.Errorf("%s, after %v: %d renders were made", do, after, made)
			}
		}
	}

	for _, do := range []Action{DoTruncate, DoLong} {
		u.plan(Rule{Match: all, Do: do})
		if status, body, err := u.raw("GET", video, ""); err == nil || status != 200 || len(body) == 0 {
			t.Errorf("%s: %d, %d bytes, %v", do, status, len(body), err)
		}
		if _, _, err := u.raw("GET", me, ""); err == nil {
			t.Errorf("%s of JSON: no error", do)
		}
	}
	u.plan(Rule{Match: all, Do: DoShort})
	if _, body, err := u.raw("GET", video, ""); err != nil || !bytes.Equal(body, whole[:len(whole)/2]) {
		t.Errorf("short: %d bytes, %v", len(body), err)
	}
	u.plan(Rule{Match: all, Do: DoCorrupt})
	if _, body, err := u.raw("GET", video, ""); err != nil || len(body) != len(whole) || bytes.Equal(body, whole) {
		t.Errorf("corrupt: %d bytes, %v", len(body), err)
	}
	u.plan(Rule{Match: all, Do: DoSlow, Seconds: 0.05})
	if _, body, err := u.raw("GET", video, ""); err != nil || !bytes.Equal(body, whole) {
		t.Errorf("slow: %d bytes, %v", len(body), err)
	}
	u.plan(Rule{Match: all, Do: DoExpire})
	if status, body, _ := u.raw("GET", video, ""); status != 403 || !bytes.Contains(body, []byte("Request has expired")) {
		t.Errorf("expire: %d %s", status, body)
	}
	u.plan(Rule{Match: "GET /v3/hyperframes/renders/*", Times: 1, Do: DoExpire})
	stale := u.call("GET", "/v3/hyperframes/renders/"+id, nil)["video_url"]
	if status, _ := u.get(stale); status != 403 {
		t.Errorf("a stale URL: %d", status)
	}
	u.plan(Rule{Match: all, Do: DoSkew, Seconds: -3600})
	_, _, header := u.try("GET", "/v3/users/me", nil)
	if date, err := http.ParseTime(header.Get("Date")); err != nil || time.Since(date) < 59*time.Minute {
		t.Errorf("skew: Date %s", header.Get("Date"))
	}
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		want string // of ten calls, one letter each: x is hit
	}{
		{Rule{Match: "GET /v3/users/me"}, "xxxxxxxxxx"},
		{Rule{Match: "/v3/users/me"}, "xxxxxxxxxx"},
		{Rule{Match: "POST /v3/users/me"}, ".........."},
		{Rule{Match: "* /v3/**", From: 3}, "..xxxxxxxx"},
		{Rule{Match: "* /v3/*", From: 3}, ".........."},
		{Rule{Match: "* /v3/*/me", From: 3, Times: 2}, "..xx......"},
		{Rule{Match: "* /**", Times: 1}, "x........."},
	} {
		f := newFaults(Plan{Rules: []Rule{c.rule}})
		got := ""
		for range 10 {
			if f.next("GET", "/v3/users/me") != nil {
				got += "x"
			} else {
				got += "."
			}
		}
		if got != c.want {
			t.Errorf("%+v: %s, want %s", c.rule, got, c.want)
		}
	}
	hits := func(seed uint64) (n int, which string) {
		f := newFaults(Plan{Seed: seed, Rules: []Rule{{Match: "* /**", P: 0.3}}})
		for range 1000 {
			if f.next("GET", "/") != nil {
				n++
				which += "x"
			} else {
				which += "."
			}
		}
		return n, which
	}
	n, first := hits(1)
	_, again := hits(1)
	_, other := hits(2)
	if n < 250 || n > 350 || first != again || first == other {
		t.Errorf("%d hits; the same again: %v; others with another seed: %v", n, first == again, first != other)
	}
}

func TestPlans(t *testing.T) {
	for _, text := range []string{``, `[]`, `{"rules":[{"match":"GET /","do":"explode"}]}`, `{"rules":[{"match":"GET","do":"drop"}]}`,
		`{"rules":[{"match":"GET /[","do":"drop"}]}`, `{"rules":[{"match":"GET /","do":"status"}]}`, `{"rules":[{"match":"GET /","do":"status","status":200}]}`,
		`{"rules":[{"match":"GET /","do":"status","code":"none"}]}`, `{"rule":[]}`} {
		if _, err := ReadPlan(strings.NewReader(text)); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	lasting := 0
	for seed := range uint64(500) {
		p := RandomPlan(seed)
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ReadPlan(bytes.NewReader(data))
		if err != nil || !reflect.DeepEqual(p, back) || !reflect.DeepEqual(p, RandomPlan(seed)) {
			t.Fatalf("seed %d: %s, %v", seed, data, err)
		}
		if r := p.Rules[0]; r.Times == 0 && r.P == 0 {
			lasting++
		}
	}
	if lasting < 40 || lasting > 90 {
		t.Errorf("%d of 500 plans hold a fault that does not end", lasting)
	}
}

func FuzzReadPlan(f *testing.F) {
	f.Add([]byte(`{"seed":1,"rules":[{"match":"GET /v3/**","do":"status","status":500,"p":0.5}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ReadPlan(bytes.NewReader(data))
		if err != nil {
			return
		}
		faults := newFaults(p)
		for range 3 {
			if r := faults.next("GET", "/v3/users/me"); r != nil && r.Do == DoStatus && r.failure().Status < 300 {
				t.Errorf("%+v answers with success", r)
			}
		}
	})
}

func TestControl(t *testing.T) {
	u := newUser(t, Options{RenderPolls: 1000})
	id := u.render(u.film(), object{"title": "A"}, "Idempotency-Key", "k")
	control := func(method, path, body string) (int, string) {
		t.Helper()
		status, data, err := u.raw(method, u.fake.URL+"/_fake/"+path, body)
		if err != nil {
			t.Fatal(err)
		}
		return status, string(data)
	}
	if status, body := control("POST", "renders/"+id, `{"status":"failed","failure_message":"no"}`); status != 200 {
		t.Errorf("end: %d %s", status, body)
	}
	if status, body := control("POST", "renders/"+id, `{"status":"failed"}`); status != 400 {
		t.Errorf("end again: %d %s", status, body)
	}
	var state State
	_, body := control("GET", "state", "")
	if err := json.Unmarshal([]byte(body), &state); err != nil || len(state.Renders) != 1 {
		t.Fatalf("state: %s %v", body, err)
	}
	if r := state.Renders[0]; r.ID != id || r.Key != "k" || r.Status != "failed" || r.Failure != "no" || r.Request.Title != "A" ||
		state.Requests["PUT /store/uploads/{asset_id}"] != 1 || state.Received == 0 || state.Sent == 0 {
		t.Errorf("state: %s", body)
	}
	if status, body := control("PUT", "faults", `{"rules":[{"match":"* /v3/**","do":"status","code":"quota_exceeded"}]}`); status != 200 {
		t.Errorf("faults: %d %s", status, body)
	}
	u.refused(429, "quota_exceeded", "", "GET", "/v3/users/me", nil)
	if status, body := control("PUT", "faults", `{"rules":[{"match":"* /v3/**","do":"nothing"}]}`); status != 400 || !strings.Contains(body, "unknown action") {
		t.Errorf("wrong faults: %d %s", status, body)
	}
	control("POST", "reset", "")
	if s := u.fake.State(); len(s.Renders)+len(s.Assets) != 0 {
		t.Errorf("after a reset: %+v", s)
	}
	u.call("GET", "/v3/users/me", nil)
	// From another machine there is nothing to control.
	w := httptest.NewRecorder()
	u.fake.ServeHTTP(w, httptest.NewRequest("GET", "/_fake/state", nil))
	if w.Code != http.StatusForbidden {
		t.Errorf("state for another machine: %d", w.Code)
	}
}
