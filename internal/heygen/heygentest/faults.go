package heygentest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// A Plan says what goes wrong: the first rule that wants a request gets it.
type Plan struct {
	Seed  uint64 `json:"seed,omitempty"` // of the probabilities
	Rules []Rule `json:"rules"`
}

// A Rule is one kind of fault. The requests that match it are counted from 1.
type Rule struct {
	Match string  `json:"match"`           // method and path, such as "GET /v3/hyperframes/renders/*"; * is any method, * any segment, ** any rest
	From  int     `json:"from,omitempty"`  // the first that is hit; 0 = 1
	Times int     `json:"times,omitempty"` // how many are hit; 0 = all from there on
	P     float64 `json:"p,omitempty"`     // probability that one of them is hit; 0 = 1

	Do         Action  `json:"do"`
	After      bool    `json:"after,omitempty"`       // do the work first, then lose or spoil the answer: drop, reset, status, garbage
	Status     int     `json:"status,omitempty"`      // of the answer; 0 = that of Code
	Code       string  `json:"code,omitempty"`        // of the answer; "" = that of Status
	RetryAfter int     `json:"retry_after,omitempty"` // s
	Seconds    float64 `json:"seconds,omitempty"`     // of delay, slow (for the whole body) and skew
}

// An Action is what a fault does.
type Action string

// The actions.
const (
	DoDrop     Action = "drop"     // closes the connection without an answer
	DoReset    Action = "reset"    // the same, with a reset
	DoDelay    Action = "delay"    // the answer comes later; a request with the same idempotency key meets it in flight
	DoStatus   Action = "status"   // answers with Status and Code
	DoGarbage  Action = "garbage"  // answers with 200 and what is no JSON
	DoTruncate Action = "truncate" // the connection ends in the middle of the body
	DoShort    Action = "short"    // half the body, with a Content-Length that fits
	DoLong     Action = "long"     // the whole body, with a Content-Length that promises more
	DoSlow     Action = "slow"     // the body comes in drops
	DoCorrupt  Action = "corrupt"  // the bytes of the first half of the body are others
	DoExpire   Action = "expire"   // a store URL has expired; elsewhere, the URLs in the answer have
	DoSkew     Action = "skew"     // from now on the service's clock is off by Seconds
)

// faults is a Plan at work.
type faults struct {
	rules  []Rule
	seen   []int // requests that matched, by rule
	random *rand.Rand
}

func newFaults(p Plan) faults {
	return faults{rules: p.Rules, seen: make([]int, len(p.Rules)), random: rand.New(rand.NewPCG(p.Seed, 0))}
}

// next counts a request and returns the rule that hits it, or nil.
func (f *faults) next(method, path string) *Rule {
	var hit *Rule
	for i := range f.rules {
		r := &f.rules[i]
		if !matches(r.Match, method, path) {
			continue
		}
		f.seen[i]++
		n := f.seen[i] - max(r.From, 1)
		if n < 0 || r.Times > 0 && n >= r.Times {
			continue
		}
		if r.P > 0 && f.random.Float64() >= r.P {
			continue
		}
		if hit == nil {
			hit = r
		}
	}
	return hit
}

// matches reports whether a rule's pattern is that of a request.
func matches(pattern, method, name string) bool {
	verb, glob, ok := strings.Cut(pattern, " ")
	if !ok {
		verb, glob = "*", pattern
	}
	if verb != "*" && verb != method {
		return false
	}
	if prefix, ok := strings.CutSuffix(glob, "**"); ok {
		return strings.HasPrefix(name, prefix)
	}
	ok, err := path.Match(glob, name)
	return err == nil && ok
}

// Check returns what is wrong with a plan, or nil.
func (p Plan) Check() error {
	for i, r := range p.Rules {
		_, glob, ok := strings.Cut(r.Match, " ")
		if !ok {
			glob = r.Match
		}
		if _, err := path.Match(strings.TrimSuffix(glob, "**"), ""); err != nil || !strings.HasPrefix(glob, "/") {
			return fmt.Errorf("rule %d of the plan of faults: %q is no method and path", i+1, r.Match)
		}
		switch r.Do {
		case DoDrop, DoReset, DoDelay, DoGarbage, DoTruncate, DoShort, DoLong, DoSlow, DoCorrupt, DoExpire, DoSkew:
		case DoStatus:
			if r.Status == 0 && codes[r.Code] == 0 {
				return fmt.Errorf("rule %d of the plan of faults: the status of %q is not known", i+1, r.Code)
			}
			if r.Status != 0 && (r.Status < 300 || r.Status > 599) {
				return fmt.Errorf("rule %d of the plan of faults: %d is no status of a failure", i+1, r.Status)
			}
		default:
			return fmt.Errorf("rule %d of the plan of faults: unknown action %q", i+1, r.Do)
		}
	}
	return nil
}

// failure returns the answer that a rule wants.
func (r *Rule) failure() *failure {
	f := &failure{Status: r.Status, Code: r.Code, Message: "A fault of the plan.", RetryAfter: r.RetryAfter}
	if f.Status == 0 {
		f.Status = codes[f.Code]
	}
	if f.Code == "" {
		f.Code = codeOf(f.Status)
	}
	return f
}

type contextKey int

const (
	holdKey  contextKey = iota // time.Duration: how long the work takes
	staleKey                   // presigned URLs are born expired
)

// hold waits as long as a fault wants the work to take.
func hold(r *http.Request) {
	if d, ok := r.Context().Value(holdKey).(time.Duration); ok {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
		}
	}
}

// life returns how long a presigned URL in the answer to r is valid.
func (s *Server) life(r *http.Request, life time.Duration) time.Duration {
	if r.Context().Value(staleKey) != nil {
		return -time.Minute
	}
	return life
}

// misbehave answers a request in the way that a rule wants.
func (s *Server) misbehave(rule *Rule, w http.ResponseWriter, r *http.Request) {
	wait := time.Duration(rule.Seconds * float64(time.Second))
	switch rule.Do {
	case DoSkew:
		s.mux.ServeHTTP(w, r)
	case DoDelay:
		r = r.WithContext(context.WithValue(r.Context(), holdKey, wait))
		if !strings.HasPrefix(r.URL.Path, "/v3/") {
			hold(r) // an operation of the API holds by itself, once it has begun
		}
		s.mux.ServeHTTP(w, r)
	case DoExpire:
		if strings.HasPrefix(r.URL.Path, "/store/") {
			s.refuse(w, r, &failure{Status: http.StatusForbidden, Code: "AccessDenied", Message: "Request has expired"})
			return
		}
		s.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), staleKey, true)))
	case DoDrop, DoReset, DoStatus, DoGarbage:
		if rule.After {
			s.mux.ServeHTTP(newRecorder(w), r)
		}
		s.spoil(rule, w, r)
	default:
		rec := newRecorder(w)
		s.mux.ServeHTTP(rec, r)
		rec.WriteHeader(http.StatusOK)
		for k, v := range rec.header {
			w.Header()[k] = v
		}
		send(rule, w, rec.status, rec.body.Bytes(), wait)
	}
}

// spoil answers with something else than what was asked for, or not at all.
func (s *Server) spoil(rule *Rule, w http.ResponseWriter, r *http.Request) {
	switch rule.Do {
	case DoStatus:
		s.refuse(w, r, rule.failure())
	case DoGarbage:
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<!doctype html><title>One moment</title>{\"data\":"))
	default:
		hangUp(w, rule.Do == DoReset)
	}
}

// send sends a body, but not as it is.
func send(rule *Rule, w http.ResponseWriter, status int, body []byte, wait time.Duration) {
	half := len(body) / 2
	length := len(body)
	switch rule.Do {
	case DoShort:
		body, length = body[:half], half
	case DoTruncate:
		body = body[:half]
	case DoLong:
		length += 1 + length/10
	case DoCorrupt:
		body = append([]byte{}, body...)
		for i := range half {
			body[i] ^= 0x5a
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(length))
	w.WriteHeader(status)
	if rule.Do == DoSlow {
		const drops = 10
		flush := http.NewResponseController(w)
		for i := range drops {
			w.Write(body[len(body)*i/drops : len(body)*(i+1)/drops])
			flush.Flush()
			time.Sleep(wait / drops)
		}
		return
	}
	w.Write(body)
	if length > len(body) {
		http.NewResponseController(w).Flush()
		hangUp(w, false)
	}
}

// hangUp ends the connection.
func hangUp(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // how net/http is told to end a connection that it does not hand over
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		tcp.SetLinger(0)
	}
	conn.Close()
}
