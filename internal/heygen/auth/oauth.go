package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Where the service answers (heygen-api §2.2), and the variables that name another place.
var endpoints = []struct{ env, url string }{
	authorizeURL: {"HYPERFRAMES_OAUTH_AUTHORIZE_URL", "https://app.heygen.com/oauth/authorize"},
	tokenURL:     {"HYPERFRAMES_OAUTH_TOKEN_URL", "https://api2.heygen.com/v1/oauth/token"},
	revokeURL:    {"HYPERFRAMES_OAUTH_REVOKE_URL", "https://api2.heygen.com/v1/oauth/revoke"},
	deviceURL:    {"HYPERFRAMES_OAUTH_DEVICE_URL", "https://api2.heygen.com/v1/oauth/device_authorization"},
}

const (
	authorizeURL = iota
	tokenURL
	revokeURL
	deviceURL
)

const (
	envClient = "HYPERFRAMES_OAUTH_CLIENT_ID"
	// officialClient is the public id of HeyGen's own command lines. Sessions that they started can only be refreshed
	// and ended under it. We start none under it: whether others may is not settled.
	officialClient = "q2A2QRSke2LrFTPJhoDbHtXh"

	callTimeout = 15 * time.Second
	maxAnswer   = 64 << 10 // bytes
)

var scopes = []string{"openid", "profile", "email"}

// A Service hands out, refreshes and revokes OAuth tokens for one client id.
type Service struct {
	config oauth2.Config
	revoke string
	http   *http.Client
	now    func() time.Time

	minInterval time.Duration // as the constant; tests have less time
}

// NewService returns the Service for a client id; "" takes it from HYPERFRAMES_OAUTH_CLIENT_ID. Errors: no client id, or
// an endpoint from the environment that would send tokens in the clear.
func NewService(o Options, clientID string) (*Service, error) {
	if clientID == "" {
		clientID = o.env(envClient)
	}
	if clientID == "" {
		return nil, errNoClient{}
	}
	var urls [4]string
	for i, e := range endpoints {
		urls[i] = e.url
		if other := o.env(e.env); other != "" {
			if !safeURL(other) {
				return nil, fmt.Errorf("%s must be an https address without a user name", e.env)
			}
			urls[i] = other
		}
	}
	transport := o.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	agent := o.UserAgent
	if agent == "" {
		agent = "hframes"
	}
	return &Service{
		config: oauth2.Config{
			ClientID: clientID,
			Endpoint: oauth2.Endpoint{
				AuthURL: urls[authorizeURL], TokenURL: urls[tokenURL], DeviceAuthURL: urls[deviceURL],
				AuthStyle: oauth2.AuthStyleInParams, // finding it out would cost a refused call
			},
			Scopes: scopes,
		},
		revoke: urls[revokeURL],
		http: &http.Client{
			Transport:     &jsonTransport{transport, agent},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       callTimeout,
		},
		now:         o.now,
		minInterval: minInterval,
	}, nil
}

// client returns the id that the token was given to: the one noted beside it; else it was given to one of HeyGen's own
// programs, which note none.
func (t Token) client(o Options) string {
	if t.ClientID != "" {
		return t.ClientID
	}
	if id := o.env(envClient); id != "" {
		return id
	}
	return officialClient
}

type errNoClient struct{}

func (errNoClient) Error() string { return "no OAuth client id" }
func (errNoClient) Hint() string {
	return "HeyGen gives programs an id of their own: set " + envClient + " or --client-id to yours, or log in with an API key: hframes auth login"
}

// safeURL reports whether a secret may be sent to an address: https, or http that does not leave this machine.
func safeURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Hostname() == "" || !headerSafe(address) {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// jsonTransport asks for JSON, says who asks, and reads no answer past its limit.
type jsonTransport struct {
	next  http.RoundTripper
	agent string
}

func (t *jsonTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", t.agent)
	answer, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	return answer, nil
}

// OAuthError is a refusal of the service that hands out tokens, in a few of its words and without any secret.
type OAuthError struct {
	Doing  string // "refresh the OAuth session"
	Status int    // HTTP status
	Code   string // such as invalid_grant; may be ""
	Text   string // the service's description; may be ""
}

func (e *OAuthError) Error() string {
	s := fmt.Sprintf("%s: HeyGen answered with HTTP status %d", e.Doing, e.Status)
	if e.Code != "" {
		s += ", " + e.Code
	}
	if e.Text != "" {
		s += " (" + e.Text + ")"
	}
	return s
}

// Denied reports whether only another login helps; else it may work later.
func (e *OAuthError) Denied() bool { return e.Status == 400 || e.Status == 401 }

// Hint says what to do about it.
func (e *OAuthError) Hint() string {
	if e.Denied() {
		return "log in once more: hframes auth login --oauth, or use a key, which does not expire: hframes auth login"
	}
	return "try again in a while"
}

// ExitCode returns the exit code of a command that ends with it.
func (e *OAuthError) ExitCode() int {
	if e.Denied() {
		return exitDenied
	}
	return 1
}

// fault turns an error of the library, which may quote the whole answer, into one of ours. None of the secrets is in it.
func fault(doing string, err error, secrets ...string) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return &OAuthError{doing, refused.Response.StatusCode, quotable(refused.ErrorCode, secrets), quotable(refused.ErrorDescription, secrets)}
}

// quotable returns up to 200 characters of text on one line, without secrets.
func quotable(text string, secrets []string) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "[redacted]")
		}
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	if r := []rune(text); len(r) > 200 {
		text = string(r[:200]) + "…"
	}
	return text
}

func (s *Service) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, s.http)
}

// token turns the library's token into ours. A life under half a minute is taken for half a minute, so that a token is
// used at least once.
func (s *Service) token(t *oauth2.Token) (Token, error) {
	if !headerSafe(t.AccessToken) || !headerSafe(t.RefreshToken) {
		return Token{}, errors.New("the token that HeyGen sent holds a control character")
	}
	scope, _ := t.Extra("scope").(string)
	out := Token{Access: t.AccessToken, Refresh: t.RefreshToken, Scope: scope, Type: "Bearer", ClientID: s.config.ClientID}
	if !t.Expiry.IsZero() {
		life := max(time.Until(t.Expiry), 30*time.Second)
		out.Expires = s.now().Add(life).Truncate(time.Second)
	}
	return out, nil
}

// refresh returns the token that follows old. It is not stopped half way, since the service may have put old out of use
// by then.
func (s *Service) refresh(ctx context.Context, old Token) (Token, error) {
	const doing = "refresh the OAuth session"
	got, err := s.config.TokenSource(s.context(context.WithoutCancel(ctx)), &oauth2.Token{RefreshToken: old.Refresh}).Token()
	if err != nil {
		return Token{}, fault(doing, err, old.Refresh, old.Access)
	}
	fresh, err := s.token(got) // the library puts the old refresh token in where none came
	if err != nil {
		return Token{}, fmt.Errorf("%s: %w", doing, err)
	}
	if fresh.Scope == "" {
		fresh.Scope = old.Scope
	}
	if old.ClientID == "" {
		fresh.ClientID = "" // the session stays that of the program that started it
	}
	return fresh, nil
}
