package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
)

const (
	callbackPath = "/oauth/callback"
	// browserPatience is how long a person has for logging in, with a password to look up and a second factor to fetch.
	browserPatience = 5 * time.Minute
)

// Browser logs in through the user's browser (authorization code with PKCE). open is called with the address to go to,
// as soon as we listen on loopback for the browser to come back; an error of it ends the login. The token is kept
// nowhere yet. Errors: a *[DeniedError], an *[OAuthError], one of the network, or that nobody came back in five minutes.
func (s *Service) Browser(ctx context.Context, open func(address string) error) (Token, error) {
	const doing = "log in"
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return Token{}, fmt.Errorf("wait for the browser: %w", err)
	}
	config := s.config
	config.RedirectURL = "http://" + l.Addr().String() + callbackPath
	c := &callback{host: l.Addr().String(), state: rand.Text() + rand.Text(), came: make(chan url.Values, 1)}
	server := &http.Server{Handler: c, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 32 << 10, ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(l) // until Close
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second) // the page is on its way
		defer cancel()
		if server.Shutdown(end) != nil {
			server.Close()
		}
	}()

	verifier := newVerifier()
	if err := open(config.AuthCodeURL(c.state, oauth2.S256ChallengeOption(verifier))); err != nil {
		return Token{}, err
	}
	wait, cancel := context.WithTimeoutCause(ctx, browserPatience, errTimeout{})
	defer cancel()
	var answer url.Values
	select {
	case <-wait.Done():
		return Token{}, context.Cause(wait)
	case answer = <-c.came:
	}
	if code := answer.Get("error"); code != "" {
		return Token{}, refusedLogin(code, answer.Get("error_description"))
	}
	got, err := config.Exchange(s.context(ctx), answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return Token{}, fault(doing, err, answer.Get("code"), verifier)
	}
	return s.token(got)
}

// newVerifier returns 86 random characters.
func newVerifier() string {
	var b [64]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func refusedLogin(code, text string) error {
	msg := "HeyGen did not allow the login: " + quotable(code, nil)
	if text != "" {
		msg += " (" + quotable(text, nil) + ")"
	}
	return &DeniedError{msg, "log in again and agree, or use an API key: hframes auth login"}
}

type errTimeout struct{}

func (errTimeout) Error() string { return "log in: nobody came back from the browser within 5 minutes" }
func (errTimeout) Hint() string {
	return "run the command again; where this machine has no browser, use --device or an API key"
}

// callback is what the browser comes back to. It takes one answer, the first with our state: any page that the user has
// open can send requests here.
type callback struct {
	host  string
	state string
	came  chan url.Values // has room for one
}

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Connection", "close")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	status, title, text := c.answer(r)
	if status == http.StatusMethodNotAllowed {
		h.Set("Allow", "GET")
	}
	w.WriteHeader(status)
	page.Execute(w, struct {
		OK          bool
		Title, Text string
	}{status == http.StatusOK, title, text})
}

// answer takes what the browser brings, and returns what to tell the user.
func (c *callback) answer(r *http.Request) (status int, title, text string) {
	q := r.URL.Query()
	switch {
	case r.URL.Path != callbackPath || r.Host != c.host:
		return http.StatusNotFound, "Nothing here", "This address is for the end of a login only."
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, "Nothing here", "This address is for the end of a login only."
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(c.state)) != 1:
		return http.StatusBadRequest, "Not this login", "This answer belongs to another login. Go on in the page that the terminal opened."
	case q.Get("error") == "" && (q.Get("code") == "" || !headerSafe(q.Get("code"))):
		return http.StatusBadRequest, "Something is missing", "HeyGen sent no code. Run the command again."
	}
	select {
	case c.came <- q:
	default:
		return http.StatusBadRequest, "Done already", "This login has ended. Go back to the terminal."
	}
	if q.Get("error") != "" {
		return http.StatusBadRequest, "Not logged in", "HeyGen did not allow the login. The terminal says more."
	}
	return http.StatusOK, "Almost there", "HeyGen has answered. Close this page and go back to the terminal, which does the rest."
}
