package heygentest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// grants is what OAuth gave out.
type grants struct {
	codes   map[string]grant // by authorization code
	access  map[string]grant // by access token
	refresh map[string]*account
	devices map[string]*device
}

// grant is a code or a token.
type grant struct {
	owner     *account
	client    string
	redirect  string // of a code
	challenge string // of a code
	until     time.Time
}

// device is one that waits to be let in.
type device struct {
	client string
	polls  int
	until  time.Time
}

func newGrants() grants {
	return grants{map[string]grant{}, map[string]grant{}, map[string]*account{}, map[string]*device{}}
}

// account returns whose access token it is, or nil.
func (g grants) account(token string, now time.Time) *account {
	if t, ok := g.access[token]; ok && now.Before(t.until) {
		return t.owner
	}
	return nil
}

// codeLife is how long an authorization code, and a device, may wait.
const codeLife = 10 * time.Minute

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// authorize is the page on which a user would log in. It lets everyone in at once.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || back.Scheme != "http" || !loopback(back.Hostname()) || q.Get("client_id") == "" {
		http.Error(w, "redirect_uri must be a loopback address, and client_id must be there", http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": {q.Get("state")}}
	challenge, err := base64.RawURLEncoding.DecodeString(q.Get("code_challenge"))
	switch {
	case q.Get("response_type") != "code":
		answer.Set("error", "unsupported_response_type")
	case err != nil || len(challenge) != sha256.Size || q.Get("code_challenge_method") != "S256" || q.Get("state") == "":
		answer.Set("error", "invalid_request")
		answer.Set("error_description", "state and an S256 code_challenge are needed")
	default:
		code := newID("code_")
		s.mu.Lock()
		s.grants.codes[code] = grant{s.accounts[0], q.Get("client_id"), q.Get("redirect_uri"), q.Get("code_challenge"), s.now().Add(codeLife)}
		s.mu.Unlock()
		answer.Set("code", code)
	}
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// devicePage is where a user would enter a device's code.
func (s *Server) devicePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "The device is let in after a few polls.\n")
}

func denied(code, message string) *failure {
	return &failure{Status: http.StatusBadRequest, Code: code, Message: message}
}

// token is POST /v1/oauth/token.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	var t *tokens
	var f *failure
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		t, f = s.exchange(r)
	case "refresh_token":
		t, f = s.refresh(r)
	case "urn:ietf:params:oauth:grant-type:device_code":
		t, f = s.deviceToken(r)
	default:
		f = denied("unsupported_grant_type", "the grant_type is not known")
	}
	if f != nil {
		s.refuse(w, r, f)
		return
	}
	writeJSON(w, http.StatusOK, t)
}

// tokens is what the token endpoint answers.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token,omitempty"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"` // s
	Scope   string `json:"scope"`
}

// issue gives out tokens. The lock must be held.
func (s *Server) issue(owner *account, client string, renewable bool) *tokens {
	t := &tokens{Access: newID("at_"), Type: "Bearer", Expires: int(s.o.TokenLife.Seconds()), Scope: "openid profile email"}
	s.grants.access[t.Access] = grant{owner: owner, client: client, until: s.now().Add(s.o.TokenLife)}
	if renewable {
		t.Refresh = newID("rt_")
		s.grants.refresh[t.Refresh] = owner
	}
	return t
}

// exchange gives tokens for an authorization code, once.
func (s *Server) exchange(r *http.Request) (*tokens, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := r.PostFormValue("code")
	g, ok := s.grants.codes[code]
	delete(s.grants.codes, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	proof := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case !ok || s.now().After(g.until):
		return nil, denied("invalid_grant", "the code is not known, used or too old")
	case g.client != r.PostFormValue("client_id") || g.redirect != r.PostFormValue("redirect_uri"):
		return nil, denied("invalid_grant", "client_id or redirect_uri is not that of the code")
	case subtle.ConstantTimeCompare([]byte(proof), []byte(g.challenge)) != 1:
		return nil, denied("invalid_grant", "code_verifier is not that of the code")
	}
	return s.issue(g.owner, g.client, true), nil
}

// refresh gives a new access token, and in most cases a new refresh token for the old one.
func (s *Server) refresh(r *http.Request) (*tokens, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := r.PostFormValue("refresh_token")
	owner := s.grants.refresh[old]
	if owner == nil || r.PostFormValue("client_id") == "" {
		return nil, denied("invalid_grant", "the refresh token is not known or was used")
	}
	if !s.o.KeepRefresh {
		delete(s.grants.refresh, old)
	}
	return s.issue(owner, r.PostFormValue("client_id"), !s.o.KeepRefresh), nil
}

// deviceAuthorization is POST /v1/oauth/device_authorization.
func (s *Server) deviceAuthorization(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if r.PostFormValue("client_id") == "" {
		s.refuse(w, r, denied("invalid_client", "client_id is needed"))
		return
	}
	code := newID("dc_")
	s.mu.Lock()
	s.grants.devices[code] = &device{client: r.PostFormValue("client_id"), until: s.now().Add(codeLife)}
	s.mu.Unlock()
	page := "http://" + r.Host + "/oauth/device"
	writeJSON(w, http.StatusOK, map[string]any{"device_code": code, "user_code": "FAKE-CODE", "verification_uri": page,
		"verification_uri_complete": page + "?user_code=FAKE-CODE", "expires_in": int(codeLife.Seconds()), "interval": s.o.DeviceInterval})
}

// deviceToken gives a device its tokens once it has waited long enough.
func (s *Server) deviceToken(r *http.Request) (*tokens, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := r.PostFormValue("device_code")
	d := s.grants.devices[code]
	switch {
	case d == nil || d.client != r.PostFormValue("client_id"):
		return nil, denied("invalid_grant", "the device code is not known")
	case s.now().After(d.until):
		return nil, denied("expired_token", "the device code is too old")
	}
	d.polls++
	switch {
	case d.polls <= s.o.DeviceSlow:
		return nil, denied("slow_down", "polls come too fast")
	case d.polls <= s.o.DeviceSlow+s.o.DevicePolls:
		return nil, denied("authorization_pending", "the user has not let the device in")
	}
	delete(s.grants.devices, code)
	return s.issue(s.accounts[0], d.client, true), nil
}

// revoke is POST /v1/oauth/revoke. It says yes to any token.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	token := r.PostFormValue("token")
	s.mu.Lock()
	delete(s.grants.access, token)
	delete(s.grants.refresh, token)
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{})
}

// Login gives out tokens of the first account, as if somebody had logged in.
func (s *Server) Login() (access, refresh string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.issue(s.accounts[0], "test", true)
	return t.Access, t.Refresh
}

// Expire ends all access tokens. Refresh tokens stay good.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.grants.access)
}
