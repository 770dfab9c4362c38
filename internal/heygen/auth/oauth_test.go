package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// TestMain lets the tests start other processes that use a credential: this program itself, when AUTH_TEST_URL is set.
func TestMain(m *testing.M) {
	if address := os.Getenv("AUTH_TEST_URL"); address != "" {
		c, err := Find(Options{})
		if err == nil {
			err = me(context.Background(), address, c)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// me asks the service who a credential belongs to.
func me(ctx context.Context, address string, c *Credential) error {
	client, err := heygen.New(heygen.Options{BaseURL: address, Auth: c})
	if err != nil {
		return err
	}
	_, err = client.Me(ctx)
	return err
}

// at returns variables that send all of OAuth to one place.
func at(address string) map[string]string {
	return map[string]string{
		"HYPERFRAMES_OAUTH_AUTHORIZE_URL": address + "/oauth/authorize",
		"HYPERFRAMES_OAUTH_TOKEN_URL":     address + "/v1/oauth/token",
		"HYPERFRAMES_OAUTH_REVOKE_URL":    address + "/v1/oauth/revoke",
		"HYPERFRAMES_OAUTH_DEVICE_URL":    address + "/v1/oauth/device_authorization",
	}
}

// calls returns how often the fake was asked for something.
func calls(fake *heygentest.Server, operation string) int { return fake.State().Requests[operation] }

// browse is a browser whose user agrees to everything.
func browse(address string) error {
	answer, err := http.Get(address)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err == nil && (answer.StatusCode != http.StatusOK || !strings.Contains(string(page), "go back to the terminal") || answer.Header.Get("Cache-Control") != "no-store") {
		err = fmt.Errorf("the page at the end: %s\n%s", answer.Status, page)
	}
	return err
}

// loggedIn returns Options whose file has a session that the fake knows and that ended an hour ago.
func loggedIn(t *testing.T, fake *heygentest.Server) (Options, Token) {
	t.Helper()
	o := in(t, at(fake.URL))
	o.Now = nil
	s, err := NewService(o, "test-client")
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.Browser(t.Context(), browse)
	if err != nil {
		t.Fatal(err)
	}
	if err := me(t.Context(), fake.URL, WithToken(token)); err != nil {
		t.Fatal(err)
	}
	old := token
	old.Expires = time.Now().Add(-time.Hour)
	if err := SaveToken(t.Context(), o, old, User{Email: "ann@example.com"}); err != nil {
		t.Fatal(err)
	}
	return o, token
}

func TestBrowserLoginAndRefresh(t *testing.T) {
	for _, keep := range []bool{false, true} {
		fake := heygentest.Start(t, heygentest.Options{KeepRefresh: keep})
		o, first := loggedIn(t, fake)
		c, err := Find(o)
		if err != nil {
			t.Fatal(err)
		}
		account := c.Account()
		if err := me(t.Context(), fake.URL, c); err != nil {
			t.Fatal(err)
		}
		store, _ := Open(o)
		f, err := store.Read()
		if err != nil {
			t.Fatal(err)
		}
		if f.OAuth.Access == first.Access || f.OAuth.Refresh == "" || (f.OAuth.Refresh == first.Refresh) != keep || f.OAuth.ClientID != "test-client" {
			t.Errorf("keep %v: the file has %+v after %+v", keep, f.OAuth, first)
		}
		if life := time.Until(f.OAuth.Expires); life < 9*24*time.Hour {
			t.Errorf("the new token lives for %v", life)
		}
		again, err := Find(o)
		if err != nil || again.Account() != account || c.Account() != account {
			t.Errorf("the account is %s, then %s: %v", account, again.Account(), err)
		}
		if err := c.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
		if n := calls(fake, "POST /v1/oauth/token"); n != 3 { // login, expired, asked for
			t.Errorf("%d calls for tokens", n)
		}
	}
}

// However many need a new token at once, in one process or in several, one of them gets it.
func TestOneRefresh(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{Plan: heygentest.Plan{Rules: []heygentest.Rule{{Match: "POST /v1/oauth/token", Do: heygentest.DoDelay, Seconds: 0.1}}}})
	o, _ := loggedIn(t, fake)
	before := calls(fake, "POST /v1/oauth/token")
	store, _ := Open(o)
	var all sync.WaitGroup
	for range 3 {
		c, err := Find(o)
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			all.Go(func() {
				if err := me(t.Context(), fake.URL, c); err != nil {
					t.Error(err)
				}
			})
		}
	}
	for range 3 {
		all.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), "AUTH_TEST_URL="+fake.URL, "HEYGEN_CONFIG_DIR="+filepath.Dir(store.Path), EnvKey+"=", EnvAlias+"=")
			for name, value := range at(fake.URL) {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	all.Wait()
	if n := calls(fake, "POST /v1/oauth/token") - before; n != 1 {
		t.Errorf("%d refreshes", n)
	}
}

// A token that the service no longer takes is renewed once, and the call goes through.
func TestRenew(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	o, token := loggedIn(t, fake)
	dead := token
	dead.Access = "dead-token"
	dead.Expires = time.Time{} // not known
	if err := SaveToken(t.Context(), o, dead, User{}); err != nil {
		t.Fatal(err)
	}
	c, err := Find(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := me(t.Context(), fake.URL, c); err != nil {
		t.Error(err)
	}
	// When its refresh token is dead as well, only another login helps.
	dead.Refresh = "dead-refresh"
	if err := SaveToken(t.Context(), o, dead, User{}); err != nil {
		t.Fatal(err)
	}
	if c, err = Find(o); err != nil {
		t.Fatal(err)
	}
	err = me(t.Context(), fake.URL, c)
	var refused *OAuthError
	if !errors.As(err, &refused) || refused.Code != "invalid_grant" || refused.ExitCode() != exitDenied || !strings.Contains(refused.Hint(), "log in") {
		t.Errorf("got %v", err)
	}
	for _, secret := range []string{"dead-token", "dead-refresh"} {
		if strings.Contains(err.Error()+refused.Error(), secret) {
			t.Errorf("%v shows a token", err)
		}
	}
}

func TestRefreshGivesWay(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	o, token := loggedIn(t, fake)
	find := func() *Credential {
		c, err := Find(o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	signedOut, otherAccount := find(), find()
	if err := SaveToken(t.Context(), o, token, User{Email: "bob@example.com"}); err != nil {
		t.Fatal(err)
	}
	var denied *DeniedError
	if err := otherAccount.Refresh(t.Context()); !errors.As(err, &denied) || !strings.Contains(err.Error(), "another account") {
		t.Errorf("another account: %v", err)
	}
	if _, err := Logout(t.Context(), o, false); err != nil {
		t.Fatal(err)
	}
	if err := signedOut.Refresh(t.Context()); !errors.As(err, &denied) || !strings.Contains(err.Error(), "ended by another") {
		t.Errorf("signed out: %v", err)
	}
}

// A service that has a bad moment does not end a token that is still good.
func TestRefreshFails(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	o, token := loggedIn(t, fake)
	if err := fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{{Match: "POST /v1/oauth/token", Do: heygentest.DoStatus, Status: 503}}}); err != nil {
		t.Fatal(err)
	}
	token.Expires = time.Now().Add(30 * time.Second) // within the minute
	if err := SaveToken(t.Context(), o, token, User{}); err != nil {
		t.Fatal(err)
	}
	c, err := Find(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := me(t.Context(), fake.URL, c); err != nil {
		t.Errorf("with half a minute left: %v", err)
	}
	token.Expires = time.Now().Add(-time.Second)
	if err := SaveToken(t.Context(), o, token, User{}); err != nil {
		t.Fatal(err)
	}
	if c, err = Find(o); err != nil {
		t.Fatal(err)
	}
	err = c.Refresh(t.Context())
	var refused *OAuthError
	if !errors.As(err, &refused) || refused.Status != 503 || refused.ExitCode() != 1 || !strings.Contains(refused.Hint(), "later") && !strings.Contains(refused.Hint(), "again") {
		t.Errorf("after its end: %v", err)
	}
}

func TestLogout(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	o, token := loggedIn(t, fake)
	if ahead, err := SaveKey(t.Context(), o, "key-12345", User{}); err != nil || !ahead {
		t.Fatal(ahead, err)
	}
	e, err := Logout(t.Context(), o, true)
	if err != nil || !e.OAuth || e.Key || e.Revoked != nil {
		t.Fatalf("%+v %v", e, err)
	}
	if n := calls(fake, "POST /v1/oauth/revoke"); n != 2 {
		t.Errorf("%d tokens revoked", n)
	}
	if err := me(t.Context(), fake.URL, WithToken(token)); err == nil {
		t.Error("the token is still good")
	}
	if c, err := Find(o); err != nil || c.Kind != APIKey {
		t.Errorf("left: %v %v", c, err)
	}
	if e, err := Logout(t.Context(), o, false); err != nil || e.OAuth || !e.Key {
		t.Errorf("%+v %v", e, err)
	}
	if _, err := Find(o); !errors.Is(err, ErrNone) {
		t.Errorf("left: %v", err)
	}
}

// A session that was started by HeyGen's own program, which notes no client id, goes on under that program's.
func TestOfficialSession(t *testing.T) {
	var forms []url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		forms = append(forms, r.PostForm)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"access_token":"tok2","expires_in":600,"token_type":"Bearer"}`)
	}))
	t.Cleanup(server.Close)
	env := at(server.URL)
	env["file"] = `{"oauth":{"access_token":"tok1","refresh_token":"ref1","expires_at":"2026-03-01T11:00:00.000Z","scope":"openid"}}`
	o := in(t, env)
	c, err := Find(o)
	if err != nil {
		t.Fatal(err)
	}
	if got := header(t, c); got != "Bearer tok2" {
		t.Errorf("header %q", got)
	}
	want := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"ref1"}, "client_id": {officialClient}}
	if len(forms) != 1 || !maps.EqualFunc(forms[0], want, func(a, b []string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
		t.Errorf("sent %v, want %v", forms, want)
	}
	store, _ := Open(o)
	f, err := store.Read()
	if err != nil || f.OAuth.ClientID != "" || f.OAuth.Refresh != "ref1" || f.OAuth.Scope != "openid" || !f.OAuth.Expires.Equal(noon.Add(10*time.Minute).Truncate(time.Second)) && !f.OAuth.Expires.Equal(noon.Add(10*time.Minute-time.Second)) {
		t.Errorf("kept %+v %v", f.OAuth, err)
	}
}

func TestServiceRefuses(t *testing.T) {
	if _, err := NewService(in(t, nil), ""); err == nil || !strings.Contains(err.(interface{ Hint() string }).Hint(), envClient) {
		t.Errorf("no client id: %v", err)
	}
	for _, address := range []string{"http://api2.heygen.com/token", "ftp://127.0.0.1/", "https://ann@example.com/", "token", "http://127.0.0.1.example.com/"} {
		_, err := NewService(in(t, map[string]string{"HYPERFRAMES_OAUTH_TOKEN_URL": address}), "id")
		if err == nil || !strings.Contains(err.Error(), "HYPERFRAMES_OAUTH_TOKEN_URL") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// quick makes a Service that does not wait for people.
func quick(t *testing.T, address string) *Service {
	t.Helper()
	s, err := NewService(in(t, at(address)), "test-client")
	if err != nil {
		t.Fatal(err)
	}
	s.minInterval = time.Second
	return s
}

func TestDeviceLogin(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{DevicePolls: 1, DeviceInterval: 1, Plan: heygentest.Plan{Rules: []heygentest.Rule{
		{Match: "POST /v1/oauth/token", Times: 1, Do: heygentest.DoDrop},
		{Match: "POST /v1/oauth/token", Times: 1, Do: heygentest.DoStatus, Status: 503},
	}}})
	var code DeviceCode
	token, err := quick(t, fake.URL).Device(t.Context(), func(d DeviceCode) { code = d })
	if err != nil {
		t.Fatal(err)
	}
	if code.Code != "FAKE-CODE" || code.URL != fake.URL+"/oauth/device" || code.FullURL == "" || code.Life != 10*time.Minute {
		t.Errorf("shown: %+v", code)
	}
	if err := me(t.Context(), fake.URL, WithToken(token)); err != nil {
		t.Error(err)
	}
}

func TestDeviceRefuses(t *testing.T) {
	const good = `{"device_code":"dc","user_code":"uc","verification_uri":"https://example.com/","expires_in":600,"interval":1}`
	for name, c := range map[string]struct{ start, poll, want string }{
		"no JSON":        {"hello", "", "not one that can be used"},
		"no code":        {strings.Replace(good, "uc", "", 1), "", "not one that can be used"},
		"control":        {strings.Replace(good, "uc", `\u001b[2J`, 1), "", "not one that can be used"},
		"no life":        {strings.Replace(good, "600", "0", 1), "", "not one that can be used"},
		"clear text":     {strings.Replace(good, "https:", "http:", 1), "", "not safe to open"},
		"odd scheme":     {strings.Replace(good, "https:", "file:", 1), "", "not safe to open"},
		"denied":         {good, `{"error":"access_denied","error_description":"user said no"}`, "did not allow the login: access_denied (user said no)"},
		"too late":       {good, `{"error":"expired_token"}`, "not used in time"},
		"life ends":      {strings.Replace(good, "600", "1.5", 1), `{"error":"authorization_pending"}`, "not used in time"},
		"something else": {good, `{"error":"invalid_grant","error_description":"dc is wrong"}`, "HTTP status 400, invalid_grant ([redacted] is wrong)"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if strings.HasSuffix(r.URL.Path, "/token") {
					w.WriteHeader(http.StatusBadRequest)
					io.WriteString(w, c.poll)
					return
				}
				io.WriteString(w, c.start)
			}))
			t.Cleanup(server.Close)
			_, err := quick(t, server.URL).Device(t.Context(), func(DeviceCode) {})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// What comes to the callback that is not HeyGen's answer to this login is sent away, and the login goes on.
func TestCallback(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	get := func(method, address, host string) int {
		r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	_, err := quick(t, fake.URL).Browser(t.Context(), func(address string) error {
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		q := u.Query()
		back, state := q.Get("redirect_uri"), q.Get("state")
		if q.Get("code_challenge_method") != "S256" || q.Get("scope") != "openid profile email" || q.Get("response_type") != "code" || len(state) < 40 {
			t.Errorf("address %s", address)
		}
		for _, c := range []struct {
			method, address, host string
			want                  int
		}{
			{"POST", back + "?code=c&state=" + state, "", 405},
			{"HEAD", back + "?code=c&state=" + state, "", 405},
			{"GET", back + "x?code=c&state=" + state, "", 404},
			{"GET", back + "?code=c&state=" + state, "example.com", 404},
			{"GET", back + "?code=c", "", 400},
			{"GET", back + "?code=c&state=" + state + "x", "", 400},
			{"GET", back + "?state=" + state, "", 400},
			{"GET", back + "?code=a%0Ab&state=" + state, "", 400},
		} {
			if got := get(c.method, c.address, c.host); got != c.want {
				t.Errorf("%s %s: %d, want %d", c.method, c.address, got, c.want)
			}
		}
		return browse(address)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = quick(t, fake.URL).Browser(t.Context(), func(address string) error {
		u, _ := url.Parse(address)
		get("GET", u.Query().Get("redirect_uri")+"?error=access_denied&error_description=no&state="+u.Query().Get("state"), "")
		return nil
	})
	var denied *DeniedError
	if !errors.As(err, &denied) || !strings.Contains(err.Error(), "access_denied (no)") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := quick(t, fake.URL).Browser(ctx, func(string) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}
