package heygentest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"

	"github.com/hframes/hframes/internal/heygen"
)

// A State is what a Server knows, for tests to look at.
type State struct {
	Renders   []RenderState  `json:"renders"` // as they were created, deleted ones too
	Assets    []AssetState   `json:"assets"`
	Endpoints int            `json:"endpoints"`
	Events    int            `json:"events"`
	Requests  map[string]int `json:"requests"` // by operation, faults and replays too
	Received  int64          `json:"received"` // bytes of bodies
	Sent      int64          `json:"sent"`     // bytes of bodies
}

// RenderState is a render in a [State].
type RenderState struct {
	ID          string               `json:"id"`
	Account     string               `json:"account"`
	Key         string               `json:"idempotency_key"`
	Request     heygen.RenderRequest `json:"request"` // with the defaults for what was left out
	ZipSHA256   string               `json:"zip_sha256"`
	Status      heygen.Status        `json:"status"`
	Failure     string               `json:"failure,omitempty"`
	Polls       int                  `json:"polls"`
	Created     int64                `json:"created_at"`   // Unix s
	Done        int64                `json:"completed_at"` // Unix s; 0 = not yet
	Deleted     bool                 `json:"deleted"`
	VideoSHA256 string               `json:"video_sha256,omitempty"`
	VideoSize   int64                `json:"video_bytes,omitempty"`
}

// AssetState is an asset in a [State].
type AssetState struct {
	ID        string `json:"id"`
	Account   string `json:"account"`
	Name      string `json:"name"`
	Size      int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"` // of the stored file; "" = none was stored
	Completed bool   `json:"completed"`
}

// State returns what the Server knows now.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := State{Renders: []RenderState{}, Assets: []AssetState{}, Endpoints: len(s.endpoints), Events: len(s.events),
		Requests: maps.Clone(s.requests), Received: s.received, Sent: s.sent}
	for _, job := range s.order {
		s.settle(job)
		r := RenderState{ID: job.id, Account: job.owner.Name, Key: job.key, Request: job.request, ZipSHA256: job.zip.sha256, Status: job.status,
			Polls: job.polls, Created: job.created, Done: job.done, Deleted: job.deleted}
		if job.status == heygen.Failed {
			r.Failure = job.reason
		}
		if job.film != nil {
			r.VideoSHA256, r.VideoSize = job.film.sha256, job.film.size
		}
		out.Renders = append(out.Renders, r)
	}
	for _, id := range slices.Sorted(maps.Keys(s.assets)) {
		a := s.assets[id]
		out.Assets = append(out.Assets, AssetState{a.id, a.owner.Name, a.name, a.size, a.sha256, a.completed})
	}
	return out
}

// SetPlan replaces the plan of faults; counting starts anew. The error is that of [Plan.Check].
func (s *Server) SetPlan(p Plan) error {
	if err := p.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.skew = newFaults(p), 0
	return nil
}

// Reset forgets everything that was done to the Server, and its plan of faults.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	s.faults = newFaults(Plan{})
}

// End ends a render as [heygen.Completed] or [heygen.Failed], for a reason that may be "". It reports whether there is
// such a render that was not done, and that, to be completed, has its video.
func (s *Server) End(id string, status heygen.Status, reason string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	job := s.renders[id]
	if job == nil || job.status.Final() || !status.Final() || status == heygen.Completed && job.film == nil {
		return false
	}
	job.reason = reason
	s.finish(job, status)
	return true
}

// control binds the endpoints through which another process does what State, SetPlan, Reset and End do.
func (s *Server) control() {
	for pattern, do := range map[string]http.HandlerFunc{
		"GET /_fake/state": func(w http.ResponseWriter, r *http.Request) { writeJSON(w, http.StatusOK, s.State()) },
		"PUT /_fake/faults": func(w http.ResponseWriter, r *http.Request) {
			p, err := ReadPlan(http.MaxBytesReader(w, r.Body, 1<<20))
			if err == nil {
				err = s.SetPlan(p)
			}
			report(w, err)
		},
		"POST /_fake/reset": func(w http.ResponseWriter, r *http.Request) {
			s.Reset()
			report(w, nil)
		},
		"POST /_fake/renders/{render_id}": func(w http.ResponseWriter, r *http.Request) {
			var in struct {
				Status heygen.Status `json:"status"`
				Reason string        `json:"failure_message"`
			}
			err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in)
			if err == nil && !s.End(r.PathValue("render_id"), in.Status, in.Reason) {
				err = invalid("status", "there is no such render, or it cannot end so")
			}
			report(w, err)
		},
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if host, _, err := net.SplitHostPort(r.RemoteAddr); err != nil || !loopback(host) {
				writeJSON(w, http.StatusForbidden, map[string]string{"error": "only for this machine"})
				return
			}
			do(w, r)
		})
	}
}

// report answers a request to a control endpoint.
func report(w http.ResponseWriter, err error) {
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"ok": true})
}

// ReadPlan reads a [Plan] from JSON and checks it.
func ReadPlan(r io.Reader) (Plan, error) {
	var p Plan
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Plan{}, fmt.Errorf("read the plan of faults: %w", err)
	}
	return p, p.Check()
}

// Zip returns the project that a render is made from.
func (s *Server) Zip(render string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job := s.renders[render]
	if job == nil {
		return nil, fmt.Errorf("there is no render %q", render)
	}
	return os.ReadFile(job.zip.path)
}
