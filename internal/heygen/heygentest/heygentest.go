// Package heygentest is a service that answers as HeyGen's API v3 does, with the state that this takes: accounts, assets,
// HyperFrames renders, webhooks, OAuth.
//
//	fake := heygentest.Start(t, heygentest.Options{})
//	client, err := heygen.New(heygen.Options{BaseURL: fake.URL, Auth: heygen.Key(heygentest.DefaultKey)})
//
// In go requests, which are held to the schemas in openapi.json, and faults that a [Plan] wants; out come the answers of
// the service, its webhooks, and videos of the size, length and rate that were asked for: plain ones made by FFmpeg, or
// those that Options.Render makes. Everything is kept in memory but the uploaded files, which lie in a folder that Close
// removes. The package has nothing to do with the real service and never talks to it.
package heygentest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hframes/hframes/internal/heygen"
)

// DefaultKey is the API key of a Server whose Options name no accounts.
const DefaultKey = "sk_V2_fake_0123456789abcdef"

// MaxBytes is the largest file that a direct upload takes, unless Options say otherwise.
const MaxBytes = 200 << 20

// fullWallet is the balance, in USD, that no test empties by accident.
const fullWallet = 100_000

// Options of a Server. The zero value is a service that does everything at once and never refuses.
type Options struct {
	Accounts []Account // nil = one with [DefaultKey] and a full wallet; the first is also the one behind OAuth

	// A render is queued until both Queue and QueuePolls are over, then renders until Rendering and RenderPolls are.
	// Polls are GETs of the render. With 0 for all it is done as soon as its video is made.
	Queue, Rendering        time.Duration
	QueuePolls, RenderPolls int

	// Render makes the video of a project's zip and returns the file, which the Server takes over, and its length in
	// seconds. An error is the render's failure_message. nil = a plain video as described by the project's entry page.
	// It is called for one render at a time.
	Render func(ctx context.Context, zip string, r heygen.RenderRequest) (file string, seconds float64, err error)

	Rate           float64       // requests a second for each account; 0 = any
	Concurrent     int           // renders that are not done, for each account; 0 = any
	EarlyCompletes int           // how often completing an upload is answered with 409 at first
	MaxBytes       int64         // of a direct upload; 0 = [MaxBytes]
	UploadLife     time.Duration // how long an upload URL is valid; 0 = an hour
	ResultLife     time.Duration // how long a video URL is valid; 0 = an hour
	WebhookPause   time.Duration // before the second try of a delivery, then doubled; 0 = 1 s
	TokenLife      time.Duration // of an OAuth access token; 0 = 10 days
	KeepRefresh    bool          // a refresh keeps its token, and is answered without one
	DevicePolls    int           // how often a device is told to wait before it is let in
	DeviceSlow     int           // how often it is told to slow down before that
	DeviceInterval int           // seconds between polls that a device is told; 0 = 5
	Plan           Plan          // what goes wrong

	Now func() time.Time // nil = time.Now
}

// An Account is who owns assets and renders.
type Account struct {
	Key     string   // its API key
	Name    string   // "" = made from its place in the list
	Scopes  []string // of the key; nil = everything
	Balance float64  // USD in its wallet; completed renders are taken from it. Not above 0 = 402 for a new render
}

// A Server is the service. It is safe for concurrent use.
type Server struct {
	URL string // where it listens, after Listen

	o      Options
	mux    *http.ServeMux
	schema *contract
	secret []byte // of the signatures in presigned URLs
	dir    string // uploaded and rendered files
	studio chan struct{}
	ctx    context.Context // ends with Close
	stop   context.CancelFunc
	work   sync.WaitGroup // renders and deliveries under way
	server *http.Server

	mu sync.Mutex // guards all that follows, and everything that it leads to
	state
}

// state is what a reset forgets.
type state struct {
	accounts  []*account
	assets    map[string]*asset
	renders   map[string]*render
	order     []*render        // as created
	live      map[*render]bool // those that are not done
	pages     map[pageKey]*page
	endpoints []*endpoint
	events    []event
	answers   map[string]*answer // by idempotency key in its scope
	grants    grants
	faults    faults
	skew      time.Duration // by which the service's clock is wrong
	requests  map[string]int
	received  int64 // bytes of bodies
	sent      int64
}

// account is an Account with what the service keeps of it.
type account struct {
	Account
	id     string
	tokens float64 // of the rate limiter
	filled time.Time
	active int // renders that are not done
}

// New returns a Server that listens nowhere: use it as an [http.Handler]. Errors: that of
// [Plan.Check]; the folder for its files cannot be made.
func New(o Options) (*Server, error) {
	if o.Accounts == nil {
		o.Accounts = []Account{{Key: DefaultKey, Balance: fullWallet}}
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = MaxBytes
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.UploadLife, time.Hour}, {&o.ResultLife, time.Hour}, {&o.WebhookPause, time.Second}, {&o.TokenLife, 240 * time.Hour}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if o.DeviceInterval == 0 {
		o.DeviceInterval = 5
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := o.Plan.Check(); err != nil {
		return nil, err
	}
	schema, err := readContract()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "heygentest-")
	if err != nil {
		return nil, fmt.Errorf("start the fake service: %w", err)
	}
	s := &Server{o: o, schema: schema, secret: randomBytes(32), dir: dir, studio: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.routes()
	s.forget()
	return s, nil
}

// forget makes the state that of a new Server. Files that were uploaded stay until Close.
func (s *Server) forget() {
	s.state = state{
		assets: map[string]*asset{}, renders: map[string]*render{}, live: map[*render]bool{}, pages: map[pageKey]*page{}, answers: map[string]*answer{},
		grants: newGrants(), faults: newFaults(s.o.Plan), requests: map[string]int{},
	}
	for i, a := range s.o.Accounts {
		if a.Name == "" {
			a.Name = "user" + strconv.Itoa(i+1)
		}
		s.accounts = append(s.accounts, &account{Account: a, id: "space_" + strconv.Itoa(i+1), tokens: burst(s.o.Rate), filled: s.o.Now()})
	}
}

// A T is what Start needs of a [testing.T].
type T interface {
	Helper()
	Cleanup(func())
	Fatal(args ...any)
}

// Start returns a Server that listens on a free port of this machine until the test ends.
func Start(t T, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Listen(0); err != nil {
		t.Fatal(err)
	}
	return s
}

// Listen makes the Server answer on a port of this machine, 0 = a free one, that only this machine reaches. It sets URL.
func (s *Server) Listen(port int) error {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.URL = "http://" + l.Addr().String()
	s.server = &http.Server{Handler: http.HandlerFunc(s.local), ReadHeaderTimeout: time.Minute}
	s.work.Go(func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.stop()
		}
	})
	return nil
}

// local is ServeHTTP for programs of this machine. Web pages of elsewhere could reach us through the browser of whoever
// looks at them: by a name that they let lead here, or by a form.
func (s *Server) local(w http.ResponseWriter, r *http.Request) {
	here := func(host string) bool { return loopback((&url.URL{Host: host}).Hostname()) }
	origin, err := url.Parse(r.Header.Get("Origin"))
	if !here(r.Host) || err != nil || r.Header.Get("Origin") != "" && !here(origin.Host) {
		writeJSON(w, http.StatusForbidden, map[string]string{"error": "only for this machine"})
		return
	}
	s.ServeHTTP(w, r)
}

// Close ends what the Server does, waits for that, and removes its files.
func (s *Server) Close() {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	if s.server != nil {
		s.server.Close()
	}
	s.work.Wait()
	os.RemoveAll(s.dir)
}

// spawn does something beside the request that wants it, unless the Server is closing. The lock must be held.
func (s *Server) spawn(do func()) {
	if s.ctx.Err() == nil {
		s.work.Go(do)
	}
}

// now is the service's clock, which a fault may set wrong.
func (s *Server) now() time.Time { return s.o.Now().Add(s.skew) }

// routes binds the operations.
func (s *Server) routes() {
	s.mux = http.NewServeMux()
	for operation, do := range map[string]func(*call) (any, error){
		"GET /v3/users/me":                                        s.me,
		"GET /v3/api_keys/self":                                   s.keySelf,
		"POST /v3/assets":                                         s.postAsset,
		"GET /v3/assets/{asset_id}":                               s.getAsset,
		"DELETE /v3/assets/{asset_id}":                            s.deleteAsset,
		"POST /v3/assets/direct-uploads":                          s.startUpload,
		"POST /v3/assets/{asset_id}/complete":                     s.completeUpload,
		"POST /v3/hyperframes/renders":                            s.createRender,
		"GET /v3/hyperframes/renders":                             s.listRenders,
		"GET /v3/hyperframes/renders/{render_id}":                 s.getRender,
		"DELETE /v3/hyperframes/renders/{render_id}":              s.deleteRender,
		"POST /v3/webhooks/endpoints":                             s.createEndpoint,
		"GET /v3/webhooks/endpoints":                              s.listEndpoints,
		"PATCH /v3/webhooks/endpoints/{endpoint_id}":              s.updateEndpoint,
		"DELETE /v3/webhooks/endpoints/{endpoint_id}":             s.deleteEndpoint,
		"POST /v3/webhooks/endpoints/{endpoint_id}/rotate-secret": s.rotateSecret,
		"GET /v3/webhooks/event-types":                            s.eventTypes,
		"GET /v3/webhooks/events":                                 s.listEvents,
	} {
		s.mux.Handle(operation, s.operation(operation, do))
	}
	for pattern, do := range map[string]http.HandlerFunc{
		"PUT /store/uploads/{asset_id}":       s.storeUpload,
		"GET /store/assets/{asset_id}":        s.storeAsset,
		"GET /store/videos/{render_id}":       s.storeVideo,
		"GET /oauth/authorize":                s.authorize,
		"GET /oauth/device":                   s.devicePage,
		"POST /v1/oauth/token":                s.token,
		"POST /v1/oauth/revoke":               s.revoke,
		"POST /v1/oauth/device_authorization": s.deviceAuthorization,
	} {
		s.mux.Handle(pattern, s.counted(pattern, do))
	}
	s.control()
	s.mux.Handle("/", s.counted("none", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, &failure{Status: http.StatusNotFound, Code: "not_found", Message: "no operation " + r.Method + " " + r.URL.Path})
	}))
}

// counted counts a request under the name of what it asked for.
func (s *Server) counted(name string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests[name]++
		s.mu.Unlock()
		next(w, r)
	})
}

// ServeHTTP answers a request, or does to it what the plan of faults wants.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	var rule *Rule
	if !strings.HasPrefix(r.URL.Path, "/_fake/") {
		rule = s.faults.next(r.Method, r.URL.Path)
	}
	if rule != nil && rule.Do == DoSkew {
		s.skew = time.Duration(rule.Seconds * float64(time.Second))
	}
	now := s.now()
	s.mu.Unlock()

	meter := &meter{ResponseWriter: w}
	body := &countedBody{ReadCloser: r.Body}
	r.Body = body
	w.Header().Set("X-Request-Id", newID("req_"))
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.received += body.n
		s.sent += meter.n
	}()
	if rule == nil {
		s.mux.ServeHTTP(meter, r)
		return
	}
	s.misbehave(rule, meter, r)
}
