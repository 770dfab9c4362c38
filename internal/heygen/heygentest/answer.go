package heygentest

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// failure is an answer that says no.
type failure struct {
	Status     int
	Code       string
	Message    string
	Param      string
	RetryAfter int // seconds; 0 = not said
}

func (f *failure) Error() string { return f.Code + ": " + f.Message }

func invalid(param, format string, a ...any) *failure {
	return &failure{Status: http.StatusBadRequest, Code: "invalid_parameter", Message: fmt.Sprintf(format, a...), Param: param}
}

// refuse writes a failure in the form of what was asked: the API's envelope, OAuth's, or the store's XML.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, f *failure) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/v1/oauth/"):
		writeJSON(w, f.Status, map[string]any{"error": f.Code, "error_description": f.Message})
	case strings.HasPrefix(r.URL.Path, "/store/"):
		type storeError struct {
			XMLName   xml.Name `xml:"Error"`
			Code      string
			Message   string
			RequestID string `xml:"RequestId"`
		}
		body, err := xml.Marshal(storeError{Code: f.Code, Message: f.Message, RequestID: w.Header().Get("X-Request-Id")})
		if err != nil {
			body = nil
		}
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(f.Status)
		io.WriteString(w, xml.Header+string(body))
	default:
		e := map[string]any{"code": f.Code, "message": f.Message, "param": nil,
			"doc_url": "https://developers.heygen.com/docs/error-codes#" + strings.ReplaceAll(f.Code, "_", "-")}
		if f.Param != "" {
			e["param"] = f.Param
		}
		writeJSON(w, f.Status, map[string]any{"error": e})
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":{"code":"internal_error","message":"the answer is no JSON"}}`)
	}
	writeBody(w, status, body)
}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

// A call is a request to an operation, past everything that is alike for all of them.
type call struct {
	s       *Server
	r       *http.Request
	account *account
	body    []byte // JSON that the operation's schema allows; nil if the operation takes none
	key     string // idempotency key; "" = none
	base    string // the address that the caller knows us by
	oauth   bool   // the caller has a token, not a key
}

// decode reads the body, which is known to be what the schema says.
func (c *call) decode(v any) error {
	if err := json.Unmarshal(c.body, v); err != nil {
		return invalid("", "the body cannot be read: %v", err)
	}
	return nil
}

// limit returns how many items a page has.
func (c *call) limit() int {
	if n, err := strconv.Atoi(c.r.URL.Query().Get("limit")); err == nil {
		return n
	}
	return 10
}

// list is a page of a list: its fields stand beside data.
type list struct {
	Data []any   `json:"data"`
	More bool    `json:"has_more"`
	Next *string `json:"next_token"`
}

// operation wraps what an operation does in what all of them have: who calls, how often, with what, and whether it was
// done already.
func (s *Server) operation(name string, do func(*call) (any, error)) http.Handler {
	op := s.schema.operations[name]
	return s.counted(name, func(w http.ResponseWriter, r *http.Request) {
		c := &call{s: s, r: r, base: "http://" + r.Host}
		if f := s.admit(c, op); f != nil {
			s.refuse(w, r, f)
			return
		}
		if f := s.check(c, op); f != nil {
			s.refuse(w, r, f)
			return
		}
		ans, f := s.begin(c, name)
		switch {
		case f != nil:
			s.refuse(w, r, f)
			return
		case ans.body != nil: // a replay
			writeBody(w, ans.status, ans.body)
			return
		}
		var body []byte
		defer func() {
			if body == nil {
				s.end(ans, 0, nil)
			}
		}()
		hold(r)
		result, err := do(c)
		if err != nil {
			f, ok := err.(*failure)
			if !ok {
				f = &failure{Status: http.StatusInternalServerError, Code: "internal_error", Message: err.Error()}
			}
			s.refuse(w, r, f)
			return
		}
		if _, paged := result.(list); !paged {
			result = map[string]any{"data": result}
		}
		if body, err = json.Marshal(result); err != nil {
			s.refuse(w, r, &failure{Status: http.StatusInternalServerError, Code: "internal_error", Message: err.Error()})
			return
		}
		s.end(ans, op.Status, body) // before the caller can know
		writeBody(w, op.Status, body)
	})
}

// admit finds out who calls, and refuses who may not, or not so often.
func (s *Server) admit(c *call, op *operation) *failure {
	key, token := c.r.Header.Get("X-Api-Key"), ""
	if bearer, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if key != "" && a.Key == key {
			c.account = a
		}
	}
	if c.account == nil && key == "" && token != "" {
		c.account, c.oauth = s.grants.account(token, s.now()), true
	}
	if c.account == nil {
		return &failure{Status: http.StatusUnauthorized, Code: "unauthorized", Message: "The credential is missing, wrong or no longer valid."}
	}
	if wait := c.account.take(s.o.Rate, s.o.Now()); wait > 0 {
		return &failure{Status: http.StatusTooManyRequests, Code: "rate_limit_exceeded", Message: "Too many requests.", RetryAfter: wait}
	}
	if c.account.Scopes != nil && !c.oauth {
		for _, scope := range op.Scopes {
			if !slices.Contains(c.account.Scopes, scope) {
				return &failure{Status: http.StatusForbidden, Code: "insufficient_api_key_scope", Message: "The API key lacks the scope " + scope + "."}
			}
		}
	}
	return nil
}

// burst is how many requests may come at once.
func burst(rate float64) float64 { return max(1, rate) }

// take takes one request from the account's allowance and returns the seconds to wait if there is none, else 0.
func (a *account) take(rate float64, now time.Time) int {
	if rate <= 0 {
		return 0
	}
	a.tokens = min(burst(rate), a.tokens+rate*now.Sub(a.filled).Seconds())
	a.filled = now
	if a.tokens >= 1 {
		a.tokens--
		return 0
	}
	return max(1, int(math.Ceil((1-a.tokens)/rate)))
}

// randomBytes returns n bytes that nobody can guess.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

// newID returns an id that no other has.
func newID(prefix string) string { return prefix + hex.EncodeToString(randomBytes(12)) }

// A meter counts the bytes of an answer.
type meter struct {
	http.ResponseWriter
	n int64
}

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.ResponseWriter.Write(b)
	m.n += int64(n)
	return n, err
}

// Unwrap lets [http.ResponseController] reach the connection.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// countedBody counts the bytes of a request's body.
type countedBody struct {
	io.ReadCloser
	n int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	return n, err
}

// A recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecorder(w http.ResponseWriter) *recorder { return &recorder{header: w.Header().Clone()} }

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}
