package cloud

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// A Receiver takes HeyGen's webhooks: an [http.Handler] that believes what is signed with its secret, and each delivery
// once (heygen-api §8.3). A delivery is a signal and no more: what became of the render is asked of the service.
type Receiver struct {
	Secret   heygen.Secret
	Received func(heygen.Delivery)                      // called for each good delivery, one at a time; must be quick
	Refused  func(remote string, status int, err error) // called for each bad one; may be nil
	Now      func() time.Time                           // nil = time.Now

	mu   sync.Mutex
	seen map[string]time.Time // digests and ids of deliveries, and when they came
}

// remembered is how long a delivery is known: the service sends one again for up to a day.
const remembered = 25 * time.Hour

// maxSeen bounds what is remembered; the oldest goes first.
const maxSeen = 20000

// ServeHTTP answers 200 to a good delivery and to one that came before, 401 to one that is not signed, 400, 405 or 413 to
// what is no delivery. OPTIONS is answered with 200, since a registration may ask that first.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	switch q.Method {
	case http.MethodOptions:
		w.Header().Set("Allow", "OPTIONS, POST")
		return
	case http.MethodPost:
	default:
		w.Header().Set("Allow", "OPTIONS, POST")
		r.refuse(w, q, http.StatusMethodNotAllowed, errors.New("webhooks are POSTs"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, heygen.MaxDelivery))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		r.refuse(w, q, http.StatusRequestEntityTooLarge, errors.New("the body is too large for a webhook"))
		return
	}
	if err != nil {
		r.refuse(w, q, http.StatusBadRequest, errors.New("the body did not come whole"))
		return
	}
	d, err := heygen.VerifySignature(r.Secret, q.Header, body, r.now())
	if err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, heygen.ErrSignature) {
			status = http.StatusUnauthorized
		}
		r.refuse(w, q, status, err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first(d) {
		r.Received(*d)
	}
}

func (r *Receiver) refuse(w http.ResponseWriter, q *http.Request, status int, err error) {
	if r.Refused != nil {
		r.Refused(q.RemoteAddr, status, err)
	}
	http.Error(w, http.StatusText(status), status)
}

func (r *Receiver) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

// first reports whether a delivery did not come before, and remembers it. Its id is not signed, so that its body counts
// as well.
func (r *Receiver) first(d *heygen.Delivery) bool {
	now := r.now()
	if r.seen == nil {
		r.seen = map[string]time.Time{}
	}
	marks := []string{"body " + d.Digest}
	if d.ID != "" {
		marks = append(marks, "id "+d.ID)
	}
	for _, m := range marks {
		if at, ok := r.seen[m]; ok && now.Sub(at) < remembered {
			return false
		}
	}
	for _, m := range marks {
		r.seen[m] = now
	}
	r.forget(now)
	return true
}

// forget drops what is too old, and the oldest of what is too much.
func (r *Receiver) forget(now time.Time) {
	for len(r.seen) > maxSeen {
		oldest, at := "", now
		for m, t := range r.seen {
			if now.Sub(t) >= remembered {
				delete(r.seen, m)
			} else if !t.After(at) {
				oldest, at = m, t
			}
		}
		if len(r.seen) <= maxSeen {
			return
		}
		delete(r.seen, oldest)
	}
}

// Hear asks the service about the render that a delivery names, by its id or our own callback id, and notes what became of
// it: a callback id that a caller chose may be that of several renders. It returns the journal's record, nil for a render that the journal does not know.
func (s *Service) Hear(ctx context.Context, d heygen.Delivery) (*Record, error) {
	list, err := s.Journal.Renders(s.Account)
	if err != nil {
		return nil, err
	}
	for _, rec := range list {
		if rec.Render != "" && rec.Render == d.RenderID || d.CallbackID != "" && rec.Idempotency == d.CallbackID {
			if rec.Render == "" { // the answer to our request was lost, and here it is
				if d.RenderID == "" {
					continue
				}
				rec.Render = d.RenderID
			}
			return &rec, s.Look(ctx, &rec)
		}
	}
	return nil, nil
}

// Look asks the service once about a render and notes what has changed. A render that failed is no error here.
func (s *Service) Look(ctx context.Context, rec *Record) error {
	d, err := s.Client.Render(ctx, rec.Render)
	if isStatus(err, 404) {
		rec.State = Gone
		return s.note(rec)
	}
	if err != nil {
		return err
	}
	if rec.State == Creating {
		if d.CallbackID != rec.Request.CallbackID {
			return nil // somebody named another render
		}
		rec.State = Created
		if err := s.note(rec); err != nil {
			return err
		}
	}
	_, err = s.settle(rec, d)
	var failed *FailedError
	if errors.As(err, &failed) && rec.State == Failed {
		return nil
	}
	return err
}
