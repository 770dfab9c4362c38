package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// A Receiver takes HeyGen's webhooks: an [http.Handler] that believes what is signed with its secret, and each delivery
// once (heygen-api §8.3). A delivery is a signal and no more: what became of the render is asked of the service. It
// answers on any path, since a proxy in front may keep or cut what the public address has.
type Receiver struct {
	// Received is called for each good delivery, one at a time, and must be quick. It reports whether the delivery was
	// taken; one that was not is answered with 503, so that the service sends it again.
	Received func(heygen.Delivery) bool
	Refused  func(remote string, status int, err error) // called for each request that is refused, from many goroutines; may be nil
	Now      func() time.Time                           // nil = time.Now

	active atomic.Int64 // requests whose bodies are being read
	mu     sync.Mutex   // guards what follows
	secret heygen.Secret
	known  map[string]bool // digests and ids of deliveries
	order  []mark          // of known, the oldest first
}

// A mark is something that tells a delivery from others.
type mark struct {
	text string
	at   time.Time // when it came
}

const (
	remembered  = 25 * time.Hour // how long a delivery is known: the service sends one again for up to a day
	maxMarks    = 4000           // of what is remembered; the oldest goes first
	maxTogether = 256            // requests at a time, each with up to heygen.MaxDelivery bytes
)

// Trust sets the secret that deliveries are signed with. Until it is called, they are answered with 503.
func (r *Receiver) Trust(secret heygen.Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = secret
}

// ServeHTTP answers 200 to a good delivery and to one that came before, 401 to one that is not signed, 503 to one that
// should come again later, 400, 405 or 413 to what is no delivery. OPTIONS is answered with 200, since a registration may
// ask that first.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if q.Method != http.MethodPost {
		w.Header().Set("Allow", "OPTIONS, POST")
	}
	if q.Method == http.MethodOptions {
		return
	}
	if status, err := r.take(w, q); err != nil {
		if r.Refused != nil {
			r.Refused(q.RemoteAddr, status, err)
		}
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "5")
		}
		http.Error(w, http.StatusText(status), status)
	}
}

// take reads a delivery. An error says, with the status to answer, why it was not taken.
func (r *Receiver) take(w http.ResponseWriter, q *http.Request) (status int, err error) {
	defer r.active.Add(-1)
	together := r.active.Add(1)
	r.mu.Lock()
	secret := r.secret
	r.mu.Unlock()
	switch {
	case q.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, errors.New("webhooks are POSTs")
	case secret == "":
		return http.StatusServiceUnavailable, errors.New("the webhook's secret is not known yet")
	case together > maxTogether:
		return http.StatusServiceUnavailable, errors.New("too many requests at a time")
	case q.Header.Get("Heygen-Signature") == "" && q.Header.Get("Signature") == "":
		return http.StatusUnauthorized, fmt.Errorf("webhook: %w: no signature", heygen.ErrSignature)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, heygen.MaxDelivery))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return http.StatusRequestEntityTooLarge, errors.New("the body is too large for a webhook")
	}
	if err != nil {
		return http.StatusBadRequest, errors.New("the body did not come whole")
	}
	now := time.Now()
	if r.Now != nil {
		now = r.Now()
	}
	d, err := heygen.VerifySignature(secret, q.Header, body, now)
	if errors.Is(err, heygen.ErrSignature) {
		return http.StatusUnauthorized, err
	}
	if err != nil {
		return http.StatusBadRequest, err
	}
	// The id is not signed, so that the body counts as well.
	marks := []string{"body " + d.Digest}
	if d.ID != "" {
		marks = append(marks, "id "+d.ID)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(now)
	if slices.ContainsFunc(marks, func(m string) bool { return r.known[m] }) {
		return http.StatusOK, nil
	}
	if !r.Received(*d) {
		return http.StatusServiceUnavailable, errors.New("there is no room for more webhooks")
	}
	r.remember(marks, now)
	return http.StatusOK, nil
}

func (r *Receiver) remember(marks []string, now time.Time) {
	if r.known == nil {
		r.known = map[string]bool{}
	}
	for _, m := range marks {
		r.known[m] = true
		r.order = append(r.order, mark{m, now})
	}
}

// forget drops what is too old, and the oldest of what is too much.
func (r *Receiver) forget(now time.Time) {
	n := 0
	for n < len(r.order) && (len(r.order)-n > maxMarks || now.Sub(r.order[n].at) >= remembered) {
		delete(r.known, r.order[n].text)
		n++
	}
	r.order = r.order[n:]
}

// Hear asks the service about the render that a delivery names, by its id or our callback id, and notes what became of
// it. It returns the journal's record, nil for a render that the journal does not know. The errors are those of [Service.Look].
func (s *Service) Hear(ctx context.Context, d heygen.Delivery) (*Record, error) {
	list, err := s.Journal.Renders(s.Account)
	if err != nil {
		return nil, err
	}
	rec := meant(list, d)
	if rec == nil {
		return nil, nil
	}
	return rec, s.Look(ctx, rec)
}

// meant returns the record that a delivery is about, nil if there is none. A callback id that the user chose may be that
// of many renders, so that the render's id goes before it; and a request whose answer was lost is only found by a
// callback id of our own making, which no other request has.
func meant(list []Record, d heygen.Delivery) *Record {
	var other *Record
	for i := range list {
		rec := &list[i]
		mine := d.CallbackID != "" && rec.Request.CallbackID == d.CallbackID
		switch {
		case d.RenderID != "" && rec.Render == d.RenderID:
			return rec
		case d.RenderID != "" && mine && rec.State == Creating && rec.Request.CallbackID == rec.Idempotency:
			other = rec
			other.Render = d.RenderID
		case d.RenderID == "" && mine && rec.Render != "" && (other == nil || rec.Open() && !other.Open()):
			other = rec
		}
	}
	return other
}

// Look asks the service once about a render that is under way, as far as rec knows, and notes what has changed, in rec
// too. What another command noted meanwhile counts. A render that failed is no error here. Errors: a [*heygen.Error] or
// [*heygen.NetworkError], those of the journal, the context's.
func (s *Service) Look(ctx context.Context, rec *Record) error {
	if !rec.Open() {
		return nil
	}
	d, err := s.Client.Render(ctx, rec.Render)
	if err != nil && !isStatus(err, 404) {
		return err
	}
	last, e := s.Journal.Last(rec.Account, rec.Key)
	if e != nil {
		return e
	}
	switch {
	case last == nil:
	case last.Idempotency != rec.Idempotency:
		return nil // the film was asked for anew: what becomes of the render before is of no use
	case last.Render == rec.Render:
		*rec = *last
	}
	switch {
	case !rec.Open():
		return nil
	case rec.State == Creating && (err != nil || d.CallbackID != rec.Request.CallbackID):
		return nil // somebody named another render
	case err != nil:
		rec.State = Gone
		return s.note(rec)
	case rec.State == Creating:
		rec.State = Created
		if err := s.note(rec); err != nil {
			return err
		}
	}
	_, err = s.settle(rec, d)
	return err
}
