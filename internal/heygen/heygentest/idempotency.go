package heygentest

import (
	"net/http"
	"regexp"
	"time"
)

// keyLife is how long the service remembers an idempotency key.
const keyLife = 24 * time.Hour

var keyPattern = regexp.MustCompile(`^[A-Za-z0-9_\-:.]{1,255}$`)

// An answer is what was said to a request with an idempotency key, or will be.
type answer struct {
	scope  string // what the key is for; "" = the request has none
	status int
	body   []byte // nil while the request is worked on
	until  time.Time
}

// begin looks up what was said to the same key, whatever the body was. The answer without a body is to be given to end.
func (s *Server) begin(c *call, operation string) (*answer, *failure) {
	key := c.r.Header.Get("Idempotency-Key")
	if key == "" || !s.schema.operations[operation].Idempotent {
		return &answer{}, nil
	}
	if !keyPattern.MatchString(key) {
		return nil, invalid("Idempotency-Key", "The idempotency key must be 1 to 255 letters, digits or _-:. characters.")
	}
	c.key = key
	s.mu.Lock()
	defer s.mu.Unlock()
	scope := c.account.id + "\n" + c.r.Method + " " + c.r.URL.Path + "\n" + key
	if a := s.answers[scope]; a != nil && (a.body == nil || s.o.Now().Before(a.until)) {
		if a.body == nil {
			return nil, &failure{Status: http.StatusConflict, Code: "request_in_progress", Message: "A request with this key is still being worked on."}
		}
		return &answer{status: a.status, body: a.body}, nil
	}
	a := &answer{scope: scope, until: s.o.Now().Add(keyLife)}
	s.answers[scope] = a
	return a, nil
}

// end keeps what was said, or forgets the key if the request did not succeed.
func (s *Server) end(a *answer, status int, body []byte) {
	if a.scope == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if body == nil {
		if s.answers[a.scope] == a {
			delete(s.answers, a.scope)
		}
		return
	}
	a.status, a.body = status, body
}
