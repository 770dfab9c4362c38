package heygentest

import (
	"encoding/base64"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// A render is a job of an account.
type render struct {
	id      string
	owner   *account
	request heygen.RenderRequest // with the service's defaults for what was left out
	zip     *asset               // of the project
	page    *page
	key     string    // idempotency key; "" = none
	base    string    // the address that the caller knows us by
	began   time.Time // by the true clock
	created int64     // Unix s, as done
	done    int64
	status  heygen.Status
	polls   int
	ready   chan struct{} // closed when film or reason is there
	film    *film
	reason  string // of a failure
	deleted bool
}

// createRender is POST /v3/hyperframes/renders.
func (s *Server) createRender(c *call) (any, error) {
	var r heygen.RenderRequest
	if err := c.decode(&r); err != nil {
		return nil, err
	}
	r.Defaults()
	switch {
	case r.Resolution == "4k" && r.Format != "mp4":
		return nil, invalid("resolution", "4k is for the format mp4 only.")
	case r.CallbackURL != "" && !public(r.CallbackURL):
		return nil, invalid("callback_url", "The URL must be https.")
	}
	zip, err := s.project(c, r.Project)
	if err != nil {
		return nil, err
	}
	entry, err := s.entry(zip, r.Composition)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.o.Concurrent > 0 {
		for job := range s.live {
			s.settle(job)
		}
	}
	switch {
	case c.account.Balance <= 0 && !c.oauth:
		return nil, &failure{Status: http.StatusPaymentRequired, Code: "insufficient_credit", Message: "The wallet is empty."}
	case s.o.Concurrent > 0 && c.account.active >= s.o.Concurrent:
		return nil, &failure{Status: http.StatusTooManyRequests, Code: "rate_limit_exceeded", Message: "Too many renders at once.", RetryAfter: 1}
	}
	job := &render{id: newID("hfr_"), owner: c.account, request: r, zip: zip, page: entry, key: c.key, base: c.base,
		began: s.o.Now(), created: s.now().Unix(), status: heygen.Queued, ready: make(chan struct{})}
	s.renders[job.id] = job
	s.order = append(s.order, job)
	s.live[job] = true
	job.owner.active++
	s.spawn(func() { s.produce(job) })
	return map[string]any{"render_id": job.id}, nil // docs also show a status, which the schema does not promise
}

// project returns the zip that a request names.
func (s *Server) project(c *call, where heygen.Asset) (*asset, error) {
	switch where.Type {
	case "asset_id":
		s.mu.Lock()
		defer s.mu.Unlock()
		a, f := c.owned(where.ID)
		switch {
		case f != nil:
			f.Param = "project"
			return nil, f
		case !a.completed:
			return nil, &failure{Status: http.StatusConflict, Code: "asset_not_available", Param: "project",
				Message: "The asset's upload was not completed."}
		}
		return a, nil
	case "url":
		s.mu.Lock()
		defer s.mu.Unlock()
		// The fake fetches nothing, so that it knows only what it serves itself.
		if a := s.assets[strings.TrimPrefix(where.URL, c.base+"/store/assets/")]; a != nil && a.completed {
			return a, nil
		}
		return nil, &failure{Status: http.StatusBadRequest, Code: "download_failed", Message: "The URL could not be fetched.", Param: "project"}
	}
	var in struct {
		Project struct {
			MediaType string `json:"media_type"`
			Data      string `json:"data"`
		} `json:"project"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Project.MediaType != "application/zip" {
		return nil, invalid("project.media_type", "The project must be application/zip.")
	}
	a := &asset{id: newID("asset_"), name: "project.zip", mime: "application/zip", owner: c.account, completed: true}
	a.path = filepath.Join(s.dir, a.id)
	var err error
	a.size, a.sha256, err = save(a.path, base64.NewDecoder(base64.StdEncoding, strings.NewReader(in.Project.Data)))
	if err != nil {
		return nil, invalid("project.data", "The data is no base64.")
	}
	return a, nil
}

// produce makes a render's video.
func (s *Server) produce(job *render) {
	video, err := s.shoot(job)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		job.film = video
	case !job.status.Final():
		job.reason = err.Error()
	}
	close(job.ready)
	s.settle(job)
	if job.status.Final() || s.o.QueuePolls+s.o.RenderPolls > 0 {
		return
	}
	// Webhooks are sent also when nobody asks.
	time.AfterFunc(s.o.Queue+s.o.Rendering-s.o.Now().Sub(job.began), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.settle(job)
	})
}

// due reports whether a render has been queued, and rendered, for as long as it takes. The lock must be held.
func (s *Server) due(job *render) (started, over bool) {
	age := s.o.Now().Sub(job.began)
	started = age >= s.o.Queue && job.polls >= s.o.QueuePolls
	over = age >= s.o.Queue+s.o.Rendering && job.polls >= s.o.QueuePolls+s.o.RenderPolls
	return started, over
}

// settle brings a render's status up to date. The lock must be held.
func (s *Server) settle(job *render) {
	if job.status.Final() || s.ctx.Err() != nil {
		return
	}
	started, over := s.due(job)
	if started {
		job.status = heygen.Rendering
	}
	switch {
	case !over:
	case job.reason != "":
		s.finish(job, heygen.Failed)
	case job.film != nil:
		s.finish(job, heygen.Completed)
	}
}

// finish ends a render. The lock must be held.
func (s *Server) finish(job *render, status heygen.Status) {
	job.status, job.done = status, s.now().Unix()
	job.owner.active--
	delete(s.live, job)
	if status == heygen.Completed {
		job.owner.Balance -= job.film.seconds / 60 * 0.10
	}
	if !job.deleted {
		s.announce(job)
	}
}

// detail is what the API says of a render. The lock must be held.
func (s *Server) detail(c *call, job *render) map[string]any {
	q := job.request
	d := map[string]any{
		"render_id": job.id, "status": job.status, "title": orNull(q.Title), "callback_id": orNull(q.CallbackID), "video_url": nil,
		"thumbnail_url": nil, "duration": nil, "fps": q.FPS, "quality": q.Quality, "format": q.Format, "resolution": q.Resolution,
		"aspect_ratio": q.AspectRatio, "composition": orNull(q.Composition), "created_at": job.created, "completed_at": nil, "failure_message": nil,
	}
	switch job.status {
	case heygen.Completed:
		d["video_url"] = s.presign(c.base, "GET", "/store/videos/"+job.id, s.life(c.r, s.o.ResultLife), nil)
		d["duration"], d["completed_at"] = job.film.seconds, job.done
	case heygen.Failed:
		d["failure_message"], d["completed_at"] = orNull(job.reason), job.done
	}
	return d
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// job returns a render of the caller. The lock must be held.
func (c *call) job() (*render, *failure) {
	job := c.s.renders[c.r.PathValue("render_id")]
	if job == nil || job.deleted || job.owner != c.account {
		return nil, &failure{Status: http.StatusNotFound, Code: "not_found", Message: "There is no such render."}
	}
	return job, nil
}

// getRender is GET /v3/hyperframes/renders/{render_id}.
func (s *Server) getRender(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, f := c.job()
	if f != nil {
		return nil, f
	}
	if _, over := s.due(job); over && s.o.Render == nil {
		// A plain video takes a moment when it is the first of its kind: that is no reason to answer otherwise.
		s.mu.Unlock()
		select {
		case <-job.ready:
		case <-c.r.Context().Done():
		}
		s.mu.Lock()
	}
	s.settle(job)
	job.polls++
	return s.detail(c, job), nil
}

// listRenders is GET /v3/hyperframes/renders.
func (s *Server) listRenders(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	start := len(s.order) - 1
	if token := c.r.URL.Query().Get("token"); token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		n, e := strconv.Atoi(string(raw))
		if err != nil || e != nil || n < 0 || n > start {
			return nil, invalid("token", "The token is none that was given out.")
		}
		start = n
	}
	out := list{Data: []any{}}
	for i := start; i >= 0; i-- {
		job := s.order[i]
		if job.deleted || job.owner != c.account {
			continue
		}
		if len(out.Data) == c.limit() {
			next := base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(i)))
			out.More, out.Next = true, &next
			break
		}
		s.settle(job)
		out.Data = append(out.Data, s.detail(c, job))
	}
	return out, nil
}

// deleteRender is DELETE /v3/hyperframes/renders/{render_id}.
func (s *Server) deleteRender(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, f := c.job()
	if f != nil {
		return nil, f
	}
	job.deleted = true
	return map[string]any{"render_id": job.id}, nil
}
