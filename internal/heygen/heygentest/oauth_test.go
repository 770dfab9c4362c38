package heygentest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// form posts to one of OAuth's endpoints.
func (u *user) form(path string, values url.Values) (int, object) {
	u.t.Helper()
	res, err := http.PostForm(u.fake.URL+path, values)
	if err != nil {
		u.t.Fatal(err)
	}
	defer res.Body.Close()
	var out object
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		u.t.Fatal(err)
	}
	return res.StatusCode, out
}

// login asks for an authorization code and returns what the browser is sent back with.
func (u *user) login(more url.Values) url.Values {
	u.t.Helper()
	proof := sha256.Sum256([]byte("verifier"))
	q := url.Values{"response_type": {"code"}, "client_id": {"app"}, "redirect_uri": {"http://127.0.0.1:1234/oauth/callback"}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(proof[:])}, "code_challenge_method": {"S256"}, "scope": {"openid"}}
	for k, v := range more {
		q[k] = v
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(u.fake.URL + "/oauth/authorize?" + q.Encode())
	if err != nil {
		u.t.Fatal(err)
	}
	res.Body.Close()
	back, err := res.Location()
	if err != nil {
		return nil
	}
	if back.Host != "127.0.0.1:1234" || back.Query().Get("state") != q.Get("state") {
		u.t.Errorf("sent back to %s", back)
	}
	return back.Query()
}

func (u *user) bearer(token any) int {
	u.t.Helper()
	key := u.key
	u.key = ""
	defer func() { u.key = key }()
	status, _, _ := u.try("GET", "/v3/users/me", nil, "Authorization", "Bearer "+token.(string))
	return status
}

func TestAuthorizationCode(t *testing.T) {
	now := new(clock)
	u := newUser(t, Options{Now: now.Now})
	if back := u.login(url.Values{"redirect_uri": {"https://example.com/"}}); back != nil {
		t.Errorf("another host was sent %v", back)
	}
	for _, wrong := range []url.Values{{"code_challenge_method": {"plain"}}, {"code_challenge": {"short"}}, {"response_type": {"token"}}, {"state": {""}}} {
		if back := u.login(wrong); back.Get("error") == "" || back.Get("code") != "" {
			t.Errorf("%v: %v", wrong, back)
		}
	}
	exchange := func(code, verifier, redirect string) (int, object) {
		return u.form("/v1/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier},
			"client_id": {"app"}, "redirect_uri": {redirect}})
	}
	const back = "http://127.0.0.1:1234/oauth/callback"
	for _, c := range []struct{ verifier, redirect string }{{"guess", back}, {"verifier", "http://127.0.0.1:1234/"}} {
		if status, out := exchange(u.login(nil).Get("code"), c.verifier, c.redirect); status != 400 || out["error"] != "invalid_grant" {
			t.Errorf("%v: %d %v", c, status, out)
		}
	}
	code := u.login(nil).Get("code")
	_, tokens := exchange(code, "verifier", back)
	if status := u.bearer(tokens["access_token"]); status != 200 {
		t.Fatalf("users/me with %v: %d", tokens, status)
	}
	if status, _ := exchange(code, "verifier", back); status != 400 {
		t.Errorf("a code was taken twice: %d", status)
	}
	now.Add(int64(241 * time.Hour))
	if status := u.bearer(tokens["access_token"]); status != 401 {
		t.Errorf("an old token: %d", status)
	}
	refresh := func(token any) (int, object) {
		return u.form("/v1/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.(string)}, "client_id": {"app"}})
	}
	_, renewed := refresh(tokens["refresh_token"])
	if status := u.bearer(renewed["access_token"]); status != 200 || renewed["refresh_token"] == tokens["refresh_token"] {
		t.Errorf("renewed: %d %v", status, renewed)
	}
	if status, out := refresh(tokens["refresh_token"]); status != 400 || out["error"] != "invalid_grant" {
		t.Errorf("an old refresh token: %d %v", status, out)
	}
	for _, kind := range []string{"refresh_token", "access_token"} {
		u.form("/v1/oauth/revoke", url.Values{"token": {renewed[kind].(string)}, "client_id": {"app"}})
	}
	if status := u.bearer(renewed["access_token"]); status != 401 {
		t.Errorf("a revoked token: %d", status)
	}
	if status, _ := refresh(renewed["refresh_token"]); status != 400 {
		t.Errorf("a revoked refresh token: %d", status)
	}
	if status, out := u.form("/v1/oauth/token", url.Values{"grant_type": {"password"}}); status != 400 || out["error"] != "unsupported_grant_type" {
		t.Errorf("another grant: %d %v", status, out)
	}
}

func TestKeptRefreshToken(t *testing.T) {
	u := newUser(t, Options{KeepRefresh: true})
	_, tokens := u.form("/v1/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {u.login(nil).Get("code")},
		"code_verifier": {"verifier"}, "client_id": {"app"}, "redirect_uri": {"http://127.0.0.1:1234/oauth/callback"}})
	for range 2 {
		status, out := u.form("/v1/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}, "client_id": {"app"}})
		if _, there := out["refresh_token"]; status != 200 || there {
			t.Errorf("refresh: %d %v", status, out)
		}
	}
}

func TestDevice(t *testing.T) {
	u := newUser(t, Options{DevicePolls: 2, DeviceSlow: 1})
	_, d := u.form("/v1/oauth/device_authorization", url.Values{"client_id": {"app"}, "scope": {"openid"}})
	var got []any
	for {
		status, out := u.form("/v1/oauth/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {d["device_code"].(string)}, "client_id": {"app"}})
		if status == 200 {
			if u.bearer(out["access_token"]) != 200 {
				t.Errorf("tokens: %v", out)
			}
			break
		}
		got = append(got, out["error"])
	}
	if len(got) != 3 || got[0] != "slow_down" || got[1] != "authorization_pending" {
		t.Errorf("polls: %v", got)
	}
}
