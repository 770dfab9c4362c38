package heygen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
)

// Me returns the account behind the credential.
func (c *Client) Me(ctx context.Context) (*User, error) {
	return fetch[User](ctx, c, &request{method: "GET", path: "/v3/users/me", safe: true}, nil)
}

// KeySelf returns what the service knows of the API key in use, or nil without an error where the service is older
// than scoped keys and has no such call.
func (c *Client) KeySelf(ctx context.Context) (*KeyInfo, error) {
	k, err := fetch[KeyInfo](ctx, c, &request{method: "GET", path: "/v3/api_keys/self", safe: true}, nil)
	if no, ok := errors.AsType[*Error](err); ok && no.Status == http.StatusNotFound {
		return nil, nil
	}
	return k, err
}

// StartUpload asks for a place to put a file of exactly r.Size bytes. The idempotency key must be made from the
// file's bytes: the service answers a known key with the old URL, whatever the body says (heygen-api §3.4). Without a
// key, "", the call is not repeated when it is not known whether it was carried out.
func (c *Client) StartUpload(ctx context.Context, r UploadRequest, idempotencyKey string) (*Upload, error) {
	u, err := fetch(ctx, c, &request{method: "POST", path: "/v3/assets/direct-uploads", body: r, key: idempotencyKey},
		func(u *Upload) bool { return goodID.MatchString(u.AssetID) && u.URL != "" })
	if err != nil {
		return nil, err
	}
	u.mime = r.MIME
	return u, nil
}

// CompleteUpload makes the asset usable; 409 (not visible yet) is tried again. The checksum is hex, or "".
func (c *Client) CompleteUpload(ctx context.Context, assetID, sha256 string) error {
	path, err := pathTo("/v3/assets/", assetID, "/complete")
	if err != nil {
		return err
	}
	body := struct {
		SHA256 string `json:"checksum_sha256,omitempty"`
	}{sha256}
	return c.do(ctx, &request{method: "POST", path: path, body: body, safe: true, complete: true, read: nothing})
}

// Asset returns an asset. One that is not there is an [*Error] with status 404.
func (c *Client) Asset(ctx context.Context, id string) (*AssetDetail, error) {
	path, err := pathTo("/v3/assets/", id, "")
	if err != nil {
		return nil, err
	}
	return fetch(ctx, c, &request{method: "GET", path: path, safe: true}, func(a *AssetDetail) bool { return a.ID != "" })
}

// DeleteAsset deletes an asset. One that is not there is an [*Error] with status 404.
func (c *Client) DeleteAsset(ctx context.Context, id string) error {
	return c.delete(ctx, "/v3/assets/", id)
}

// CreateRender starts a render, which is paid for, and returns its id. With an idempotency key (1–255 letters, digits,
// and - _ : . characters) the service starts one render for all calls of 24 hours, and answers with its id also where
// the body is another. Without a key, "", the call is not repeated when it is not known whether it was carried out.
func (c *Client) CreateRender(ctx context.Context, r RenderRequest, idempotencyKey string) (id string, err error) {
	if r.CallbackURL != "" {
		if err := c.public(r.CallbackURL); err != nil {
			return "", fmt.Errorf("callback: %w", err)
		}
	}
	made, err := fetch(ctx, c, &request{method: "POST", path: "/v3/hyperframes/renders", body: r, key: idempotencyKey},
		func(d *RenderDetail) bool { return goodID.MatchString(d.ID) })
	if err != nil {
		return "", err
	}
	return made.ID, nil
}

// Render returns what is known of a render. One that is not there is an [*Error] with status 404.
func (c *Client) Render(ctx context.Context, id string) (*RenderDetail, error) {
	path, err := pathTo("/v3/hyperframes/renders/", id, "")
	if err != nil {
		return nil, err
	}
	return fetch(ctx, c, &request{method: "GET", path: path, safe: true},
		func(d *RenderDetail) bool {
			d.tidy()
			return goodID.MatchString(d.ID) && d.Status != ""
		})
}

// Renders returns a page of the account's renders, newest first: limit is 1–100, or 0 for the service's own choice;
// token is the Next of the page before, or "".
func (c *Client) Renders(ctx context.Context, limit int, token string) (*Page[RenderDetail], error) {
	p, err := page[RenderDetail](ctx, c, "/v3/hyperframes/renders", url.Values{}, limit, token)
	if err != nil {
		return nil, err
	}
	for i := range p.Items {
		p.Items[i].tidy()
	}
	return p, nil
}

// EachRender goes over all renders of the account, newest first. An error ends it.
func (c *Client) EachRender(ctx context.Context) iter.Seq2[RenderDetail, error] {
	return each(func(token string) (*Page[RenderDetail], error) { return c.Renders(ctx, 100, token) })
}

// DeleteRender deletes a render from the account's list. One that is not there is an [*Error] with status 404.
func (c *Client) DeleteRender(ctx context.Context, id string) error {
	return c.delete(ctx, "/v3/hyperframes/renders/", id)
}

// CreateEndpoint registers a receiver of webhooks: a public https URL, and the types of events that it wants, nil for
// all. The answer alone has the Secret that deliveries are signed with. The call carries no key and is not repeated
// when it is not known whether it was carried out: look at the list of endpoints then.
func (c *Client) CreateEndpoint(ctx context.Context, url string, events []string) (*Endpoint, error) {
	if err := c.public(url); err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	return fetch(ctx, c, &request{method: "POST", path: "/v3/webhooks/endpoints", body: endpoint{url, events}},
		func(e *Endpoint) bool { return e.ID != "" })
}

// UpdateEndpoint changes a receiver: its URL unless that is "", the types of events it wants unless they are nil.
func (c *Client) UpdateEndpoint(ctx context.Context, id, url string, events []string) (*Endpoint, error) {
	path, err := pathTo("/v3/webhooks/endpoints/", id, "")
	if err != nil {
		return nil, err
	}
	if url != "" {
		if err := c.public(url); err != nil {
			return nil, fmt.Errorf("webhook: %w", err)
		}
	}
	return fetch(ctx, c, &request{method: "PATCH", path: path, body: endpoint{url, events}, safe: true},
		func(e *Endpoint) bool { return e.ID != "" })
}

type endpoint struct {
	URL    string   `json:"url,omitempty"`
	Events []string `json:"events,omitempty"`
}

// Endpoints returns a page of the receivers, without their secrets; limit and token are those of [Client.Renders].
func (c *Client) Endpoints(ctx context.Context, limit int, token string) (*Page[Endpoint], error) {
	return page[Endpoint](ctx, c, "/v3/webhooks/endpoints", url.Values{}, limit, token)
}

// EachEndpoint goes over all receivers. An error ends it.
func (c *Client) EachEndpoint(ctx context.Context) iter.Seq2[Endpoint, error] {
	return each(func(token string) (*Page[Endpoint], error) { return c.Endpoints(ctx, 100, token) })
}

// DeleteEndpoint deletes a receiver for good. One that is not there is an [*Error] with status 404.
func (c *Client) DeleteEndpoint(ctx context.Context, id string) error {
	return c.delete(ctx, "/v3/webhooks/endpoints/", id)
}

// RotateSecret gives a receiver a new secret and returns it; the old one is dead at once. A key makes the call
// repeatable, as for [Client.CreateRender].
func (c *Client) RotateSecret(ctx context.Context, id, idempotencyKey string) (Secret, error) {
	path, err := pathTo("/v3/webhooks/endpoints/", id, "/rotate-secret")
	if err != nil {
		return "", err
	}
	e, err := fetch(ctx, c, &request{method: "POST", path: path, key: idempotencyKey},
		func(e *Endpoint) bool { return e.Secret != "" })
	if err != nil {
		return "", err
	}
	return e.Secret, nil
}

// Events returns a page of the history of deliveries, of one type of event or, with "", of all; limit and token are
// those of [Client.Renders].
func (c *Client) Events(ctx context.Context, eventType string, limit int, token string) (*Page[Event], error) {
	query := url.Values{}
	if eventType != "" {
		query.Set("event_type", eventType)
	}
	return page[Event](ctx, c, "/v3/webhooks/events", query, limit, token)
}

// EachEvent goes over the whole history of deliveries, as [Client.Events] has it. An error ends it.
func (c *Client) EachEvent(ctx context.Context, eventType string) iter.Seq2[Event, error] {
	return each(func(token string) (*Page[Event], error) { return c.Events(ctx, eventType, 100, token) })
}

// fetch makes a call whose answer is one object; whole, if not nil, says whether what must be there is.
func fetch[T any](ctx context.Context, c *Client, q *request, whole func(*T) bool) (*T, error) {
	v := new(T)
	q.read = one(v, whole)
	if err := c.do(ctx, q); err != nil {
		return nil, err
	}
	return v, nil
}

func (c *Client) delete(ctx context.Context, prefix, id string) error {
	path, err := pathTo(prefix, id, "")
	if err != nil {
		return err
	}
	return c.do(ctx, &request{method: "DELETE", path: path, safe: true, read: nothing})
}

func page[T any](ctx context.Context, c *Client, path string, query url.Values, limit int, token string) (*Page[T], error) {
	if limit < 0 || limit > 100 {
		return nil, fmt.Errorf("GET %s: a page has 1 to 100 items, not %d", path, limit)
	}
	if limit > 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	if token != "" {
		query.Set("token", token)
	}
	p := new(Page[T])
	if err := c.do(ctx, &request{method: "GET", path: path, query: query, safe: true, read: many(p)}); err != nil {
		return nil, err
	}
	return p, nil
}

// each follows the pages of a list, and refuses to go in a circle.
func each[T any](next func(token string) (*Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen := map[string]bool{}
		for token := ""; ; {
			p, err := next(token)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range p.Items {
				if !yield(item, nil) {
					return
				}
			}
			if token = p.Next; token == "" {
				return
			}
			if seen[token] {
				yield(none, errors.New("HeyGen's list goes in a circle: a page names one that was there as the next"))
				return
			}
			seen[token] = true
		}
	}
}

// goodID is what an id must look like that we keep, print and name files by.
var goodID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~:=+@-]{0,254}$`)

// pathTo puts an id that the service gave out into a path, as one segment.
func pathTo(prefix, id, suffix string) (string, error) {
	if id == "" || id == "." || id == ".." {
		return "", fmt.Errorf("%s…%s: %q is no id", prefix, suffix, id)
	}
	return prefix + url.PathEscape(id) + suffix, nil
}

var (
	errNoJSON  = errors.New("the answer is not the JSON that was expected")
	errMissing = errors.New("the answer does not have what it must have")
)

// one returns a reader of {"data": {…}} into v.
func one[T any](v *T, whole func(*T) bool) func([]byte) error {
	return func(answer []byte) error {
		var e struct {
			Data json.RawMessage `json:"data"`
		}
		if err := decode(answer, &e); err != nil {
			return err
		}
		var got T
		if !bytes.HasPrefix(e.Data, []byte("{")) {
			return errMissing
		}
		if err := decode(e.Data, &got); err != nil {
			return err
		}
		*v = got
		if whole != nil && !whole(v) {
			return errMissing
		}
		return nil
	}
}

// many returns a reader of {"data": […], "has_more": …, "next_token": …} into p.
func many[T any](p *Page[T]) func([]byte) error {
	return func(answer []byte) error {
		var e struct {
			Data []T    `json:"data"`
			More *bool  `json:"has_more"`
			Next string `json:"next_token"`
		}
		if err := decode(answer, &e); err != nil {
			return err
		}
		if e.Data == nil || e.More != nil && *e.More && e.Next == "" {
			return errMissing
		}
		if e.More != nil && !*e.More {
			e.Next = ""
		}
		*p = Page[T]{Items: e.Data, Next: e.Next}
		return nil
	}
}

// nothing reads an answer that has nothing to say but that it is the service's own.
func nothing(answer []byte) error {
	if len(bytes.TrimSpace(answer)) == 0 {
		return nil
	}
	var e struct{}
	return decode(answer, &e)
}

// decode reads JSON. A field of another type than expected is left empty, so that one oddity in what nobody needs does
// not hide a paid render; what must be there is asked for by the caller.
func decode(text []byte, v any) error {
	err := json.Unmarshal(text, v)
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); odd || err == nil {
		return nil
	}
	return fmt.Errorf("%w: %v", errNoJSON, err)
}
