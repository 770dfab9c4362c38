package heygen

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
)

// A Client makes calls. It is safe for concurrent use.
type Client struct{ o Options }

var errTODO = errors.New("not yet")

// New returns a Client. Errors: no Auth, or a BaseURL that would send the credential in the clear.
func New(o Options) (*Client, error) { return &Client{o}, nil }

func (k Key) Authorize(r *http.Request) error                  { r.Header.Set("X-Api-Key", string(k)); return nil }
func (k Key) Renew(ctx context.Context, r *http.Request) error { return errTODO }

func (c *Client) Me(ctx context.Context) (*User, error)         { return nil, errTODO }
func (c *Client) KeySelf(ctx context.Context) (*KeyInfo, error) { return nil, errTODO }
func (c *Client) StartUpload(ctx context.Context, r UploadRequest, key string) (*Upload, error) {
	return nil, errTODO
}
func (c *Client) Put(ctx context.Context, u *Upload, body io.ReaderAt, size int64, sent func(int64)) error {
	return errTODO
}
func (c *Client) CompleteUpload(ctx context.Context, assetID, sha256 string) error { return errTODO }
func (c *Client) Asset(ctx context.Context, id string) (*AssetDetail, error)       { return nil, errTODO }
func (c *Client) DeleteAsset(ctx context.Context, id string) error                 { return errTODO }
func (c *Client) CreateRender(ctx context.Context, r RenderRequest, key string) (string, error) {
	return "", errTODO
}
func (c *Client) Render(ctx context.Context, id string) (*RenderDetail, error) { return nil, errTODO }
func (c *Client) Renders(ctx context.Context, limit int, token string) (*Page[RenderDetail], error) {
	return nil, errTODO
}
func (c *Client) DeleteRender(ctx context.Context, id string) error { return errTODO }
func (c *Client) Download(ctx context.Context, url string, w io.Writer, got func(done, total int64)) (int64, error) {
	return 0, errTODO
}
func (c *Client) CreateEndpoint(ctx context.Context, url string, events []string) (*Endpoint, error) {
	return nil, errTODO
}
func (c *Client) UpdateEndpoint(ctx context.Context, id, url string, events []string) (*Endpoint, error) {
	return nil, errTODO
}
func (c *Client) Endpoints(ctx context.Context, limit int, token string) (*Page[Endpoint], error) {
	return nil, errTODO
}
func (c *Client) DeleteEndpoint(ctx context.Context, id string) error { return errTODO }
func (c *Client) RotateSecret(ctx context.Context, id, key string) (Secret, error) {
	return "", errTODO
}
func (c *Client) Events(ctx context.Context, eventType string, limit int, token string) (*Page[Event], error) {
	return nil, errTODO
}

func (c *Client) EachRender(ctx context.Context) iter.Seq2[RenderDetail, error] { return nil }
