// Package heygen speaks HeyGen's API v3: who am I, assets, HyperFrames renders, webhooks.
//
//	client, err := heygen.New(heygen.Options{Auth: heygen.Key(key)})
//	id, err := client.CreateRender(ctx, heygen.RenderRequest{Project: heygen.AssetID(asset)}, idempotencyKey)
//	detail, err := client.Render(ctx, id)
//
// In go contexts and plain structs; out come plain structs and errors that say what the service said: [*Error] for an
// answer, [*NetworkError] for none. A call is tried again only where that cannot do its work twice: reads, deletes,
// writes that carry an idempotency key, and whatever the service did not take (heygen-api §3.3). All calls of a Client
// share one rate limiter. A credential is never printed, never follows a redirect to another host, and never goes over
// plain http except to loopback.
package heygen

import (
	"context"
	"net/http"
	"time"
)

// DefaultURL is where the service answers.
const DefaultURL = "https://api.heygen.com"

// Options of a Client. The zero value of each field but Auth is a good choice.
type Options struct {
	BaseURL   string            // "" = [DefaultURL]; https, or http to a loopback address
	Auth      Authorizer        // required
	UserAgent string            // "" = "hframes"
	Retries   int               // tries after the first, at most; 0 = 4, -1 = none
	Budget    time.Duration     // for one call with all its tries and pauses, an upload or download apart; 0 = 5 minutes
	Backoff   time.Duration     // longest pause after the first try, doubled for each further one; 0 = 0.5 s
	Rate      float64           // calls a second over all goroutines, after a pause five at once; 0 = 10; uploads and downloads are not counted
	Transport http.RoundTripper // nil = a transport of its own
	Retried   func(Retry)       // called before each pause; may be nil, and must be safe for concurrent use
}

// Retry tells that a call did not succeed and is tried again.
type Retry struct {
	Call  string        // "POST /v3/hyperframes/renders"
	Try   int           // how many tries were made
	Pause time.Duration // until the next one
	Err   error         // why: an *Error or a *NetworkError
}

// An Authorizer puts a credential on requests. It must be safe for concurrent use.
type Authorizer interface {
	// Authorize sets the header of one request.
	Authorize(r *http.Request) error
	// Renew is called once for a call that was answered with 401; r is the request that was refused. It returns nil
	// if a new credential was got, so that the call is worth one more try, else why there is none.
	Renew(ctx context.Context, r *http.Request) error
}

// RenderRequest is the body of a new render (heygen-api §6.1). Fields left empty take the service's default.
type RenderRequest struct {
	Project     Asset          `json:"project"`
	FPS         int            `json:"fps,omitempty"`          // frames a second, 1–240
	Quality     string         `json:"quality,omitempty"`      // draft, standard, high
	Format      string         `json:"format,omitempty"`       // mp4, webm, mov
	Resolution  string         `json:"resolution,omitempty"`   // 1080p, 4k
	AspectRatio string         `json:"aspect_ratio,omitempty"` // 16:9, 9:16, 1:1
	Composition string         `json:"composition,omitempty"`  // path in the zip, at most 512 characters
	Variables   map[string]any `json:"variables,omitempty"`
	Title       string         `json:"title,omitempty"`       // at most 500 characters
	CallbackID  string         `json:"callback_id,omitempty"` // at most 256 characters
	CallbackURL string         `json:"callback_url,omitempty"`
}

// Defaults fills in what the service takes for fields that are left out (heygen-api §6.1).
func (r *RenderRequest) Defaults() {
	if r.FPS == 0 {
		r.FPS = 30
	}
	for _, d := range []struct {
		field *string
		value string
	}{{&r.Quality, "standard"}, {&r.Format, "mp4"}, {&r.Resolution, "1080p"}, {&r.AspectRatio, "16:9"}} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
}

// Asset says where a project's zip is.
type Asset struct {
	Type string `json:"type"` // asset_id, url
	ID   string `json:"asset_id,omitempty"`
	URL  string `json:"url,omitempty"`
}

// AssetID returns the Asset with that id.
func AssetID(id string) Asset { return Asset{Type: "asset_id", ID: id} }

// Status of a render. One that is not known here is none that ends it.
type Status string

// The documented statuses.
const (
	Queued    Status = "queued"
	Rendering Status = "rendering"
	Completed Status = "completed"
	Failed    Status = "failed"
)

// Final reports whether a render with this status changes no more.
func (s Status) Final() bool { return s == Completed || s == Failed }

// RenderDetail is what the service knows of a render (heygen-api §6.2). Of the fields, only ID, Status and Format are
// always there.
type RenderDetail struct {
	ID             string  `json:"render_id"`
	Status         Status  `json:"status"`
	Title          string  `json:"title,omitempty"`
	CallbackID     string  `json:"callback_id,omitempty"`
	VideoURL       string  `json:"video_url,omitempty"` // presigned, for minutes; never printed or kept
	ThumbnailURL   string  `json:"thumbnail_url,omitempty"`
	Duration       float64 `json:"duration,omitempty"` // s
	FPS            int     `json:"fps,omitempty"`
	Quality        string  `json:"quality,omitempty"`
	Format         string  `json:"format"`
	Resolution     string  `json:"resolution,omitempty"`
	AspectRatio    string  `json:"aspect_ratio,omitempty"`
	Composition    string  `json:"composition,omitempty"`
	CreatedAt      int64   `json:"created_at,omitempty"`   // Unix s
	CompletedAt    int64   `json:"completed_at,omitempty"` // Unix s
	FailureMessage string  `json:"failure_message,omitempty"`
	FailureReason  string  `json:"failure_reason,omitempty"` // seen in place of failure_message (§22)
}

// Failure returns why a render failed, in the service's words; "" when it gave none.
func (d *RenderDetail) Failure() string {
	if d.FailureMessage != "" {
		return d.FailureMessage
	}
	return d.FailureReason
}

// maxFailure is how much of a render's failure is kept, in bytes.
const maxFailure = 2000

// tidy makes one line without secrets of the service's words on a failure, which may quote an address that it could not
// fetch, and one word of a status.
func (d *RenderDetail) tidy() {
	d.Status = Status(words(string(d.Status), 50))
	d.FailureMessage, d.FailureReason = words(d.FailureMessage, maxFailure), words(d.FailureReason, maxFailure)
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	Next  string // token of the next page; "" = this is the last
}

// Upload is a granted direct upload (heygen-api §5).
type Upload struct {
	AssetID  string            `json:"asset_id"`
	URL      string            `json:"upload_url"`
	Headers  map[string]string `json:"upload_headers"`
	Expires  int               `json:"expires_in_seconds"`
	MaxBytes int64             `json:"max_bytes"`

	mime string // what StartUpload was asked for
}

// UploadRequest asks for a direct upload.
type UploadRequest struct {
	Filename string `json:"filename"`
	MIME     string `json:"content_type"`
	Size     int64  `json:"size_bytes"`
	SHA256   string `json:"checksum_sha256,omitempty"` // hex
}

// AssetDetail is an asset of the account.
type AssetDetail struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	Owner      string `json:"owner"`
	UploadedAt int64  `json:"uploaded_at"` // Unix s
}

// User is the account behind a credential (heygen-api §16).
type User struct {
	Username     string        `json:"username"`
	Email        string        `json:"email"`
	FirstName    string        `json:"first_name"`
	LastName     string        `json:"last_name"`
	BillingType  string        `json:"billing_type,omitempty"` // wallet, subscription, usage_based
	Wallet       *Wallet       `json:"wallet,omitempty"`
	Subscription *Subscription `json:"subscription,omitempty"`
	UsageBased   *UsageBased   `json:"usage_based,omitempty"`
}

// Wallet is a prepaid balance.
type Wallet struct {
	Currency         string   `json:"currency"` // usd, credits
	RemainingBalance *float64 `json:"remaining_balance,omitempty"`
}

// Subscription is a plan with pools of credits.
type Subscription struct {
	Plan    string `json:"plan"`
	Credits struct {
		Premium *Credits `json:"premium_credits,omitempty"`
		AddOn   *Credits `json:"add_on_credits,omitempty"`
	} `json:"credits"`
}

// Credits is one pool.
type Credits struct {
	Remaining *int   `json:"remaining,omitempty"`
	ResetsAt  string `json:"resets_at,omitempty"`
}

// UsageBased is metered billing.
type UsageBased struct {
	SpendingCurrentUSD *float64 `json:"spending_current_usd,omitempty"`
	SpendingCapUSD     *float64 `json:"spending_cap_usd,omitempty"`
	IncludedCredits    *float64 `json:"included_credits,omitempty"`
	RemainingCredits   *float64 `json:"remaining_credits,omitempty"`
}

// KeyInfo describes the API key in use (heygen-api §2.1).
type KeyInfo struct {
	ID        string   `json:"key_id"`
	Name      string   `json:"key_name"`
	Status    string   `json:"status"`
	ScopeMode string   `json:"scope_mode"`
	Scopes    []string `json:"scopes"`
	ExpiresAt string   `json:"expires_at,omitempty"`
}

// Endpoint is a registered receiver of webhooks (heygen-api §8.1).
type Endpoint struct {
	ID        string   `json:"endpoint_id"`
	URL       string   `json:"url"`
	Events    []string `json:"events,omitempty"` // nil = all
	Status    string   `json:"status"`           // enabled, disabled
	CreatedAt string   `json:"created_at"`
	Secret    Secret   `json:"secret,omitempty"` // only from CreateEndpoint and RotateSecret
}

// Event is a delivery of the history.
type Event struct {
	ID        string         `json:"event_id"`
	Type      string         `json:"event_type"`
	Data      map[string]any `json:"event_data"`
	CreatedAt string         `json:"created_at"`
}
