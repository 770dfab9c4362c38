package heygentest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A user calls the fake as a client does.
type user struct {
	t    *testing.T
	fake *Server
	key  string
}

func newUser(t *testing.T, o Options) *user {
	t.Helper()
	return &user{t, Start(t, o), DefaultKey}
}

// A clock stands still but for what is added to it.
type clock struct{ atomic.Int64 }

func (c *clock) Now() time.Time { return time.Unix(1_800_000_000, c.Load()) }

// object is a JSON object.
type object = map[string]any

// try makes a call; body may be nil, headers are name, value, …
func (u *user) try(method, path string, body any, headers ...string) (status int, out object, header http.Header) {
	u.t.Helper()
	var r io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			u.t.Fatal(err)
		}
		r = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, u.fake.URL+path, r)
	if err != nil {
		u.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("X-Api-Key", u.key)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		u.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		u.t.Fatal(err)
	}
	if res.Header.Get("X-Request-Id") == "" {
		u.t.Errorf("%s %s: no X-Request-Id", method, path)
	}
	if err := json.Unmarshal(data, &out); err != nil {
		u.t.Fatalf("%s %s: %d %q", method, path, res.StatusCode, data)
	}
	u.conforms(req, res.StatusCode, data)
	return res.StatusCode, out, res.Header
}

// conforms holds an answer to the schema of what it answers.
func (u *user) conforms(r *http.Request, status int, body []byte) {
	u.t.Helper()
	_, name := u.fake.mux.Handler(r)
	op := u.fake.schema.operations[name]
	if op == nil {
		return
	}
	schema := op.answer
	if status >= 400 {
		schema = u.fake.schema.failure
	} else if status != op.Status {
		u.t.Errorf("%s: status %d, want %d", name, status, op.Status)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		u.t.Errorf("%s: %d %s: %v", name, status, body, err)
	}
}

// call is try for what must succeed; it returns data.
func (u *user) call(method, path string, body any, headers ...string) object {
	u.t.Helper()
	status, out, _ := u.try(method, path, body, headers...)
	if status >= 300 {
		u.t.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	data, _ := out["data"].(object)
	return data
}

// refused is try for what must fail with a status, a code and, unless it is "", a param.
func (u *user) refused(status int, code, param, method, path string, body any, headers ...string) object {
	u.t.Helper()
	got, out, _ := u.try(method, path, body, headers...)
	e, _ := out["error"].(object)
	if got != status || e["code"] != code || param != "" && e["param"] != param {
		u.t.Errorf("%s %s %v: %d %v, want %d %s %s", method, path, body, got, out, status, code, param)
	}
	return e
}

const smallPage = `<html><body><div data-composition-id="main" data-width="1920" data-height="1080" data-duration="0.5"></div></body></html>`

// archive makes a zip of files: name, content, …
func archive(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := z.Create(files[i])
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// start begins a direct upload.
func (u *user) start(data []byte, headers ...string) object {
	u.t.Helper()
	return u.call("POST", "/v3/assets/direct-uploads", object{"filename": "film.zip", "content_type": "application/zip",
		"size_bytes": len(data), "checksum_sha256": sum(data)}, headers...)
}

// put sends a file to where an upload was granted, and returns the status and the store's code.
func (u *user) put(grant object, data []byte, extra ...string) (int, string) {
	u.t.Helper()
	r, err := http.NewRequest(http.MethodPut, fmt.Sprint(grant["upload_url"]), bytes.NewReader(data))
	if err != nil {
		u.t.Fatal(err)
	}
	for k, v := range grant["upload_headers"].(object) {
		r.Header.Set(k, fmt.Sprint(v))
	}
	for i := 0; i < len(extra); i += 2 {
		if extra[i+1] == "" {
			r.Header.Del(extra[i])
			continue
		}
		r.Header.Set(extra[i], extra[i+1])
	}
	status, body, _ := u.fetch(r)
	_, code, _ := strings.Cut(string(body), "<Code>")
	code, _, _ = strings.Cut(code, "</Code>")
	return status, code
}

func (u *user) fetch(r *http.Request) (int, []byte, http.Header) {
	u.t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		u.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		u.t.Fatal(err)
	}
	return res.StatusCode, body, res.Header
}

// get downloads what is behind a URL.
func (u *user) get(url any) (int, []byte) {
	u.t.Helper()
	r, err := http.NewRequest(http.MethodGet, fmt.Sprint(url), nil)
	if err != nil {
		u.t.Fatal(err)
	}
	status, body, _ := u.fetch(r)
	return status, body
}

// upload makes an asset of a zip and returns its id.
func (u *user) upload(data []byte) string {
	u.t.Helper()
	grant := u.start(data)
	if status, code := u.put(grant, data); status != http.StatusOK {
		u.t.Fatalf("PUT: %d %s", status, code)
	}
	id := fmt.Sprint(grant["asset_id"])
	u.call("POST", "/v3/assets/"+id+"/complete", object{"checksum_sha256": sum(data)})
	return id
}

// film uploads a small project.
func (u *user) film() string { return u.upload(archive(u.t, "index.html", smallPage)) }

// render creates a render of an asset and returns its id.
func (u *user) render(asset string, more object, headers ...string) string {
	u.t.Helper()
	body := object{"project": object{"type": "asset_id", "asset_id": asset}}
	for k, v := range more {
		body[k] = v
	}
	return fmt.Sprint(u.call("POST", "/v3/hyperframes/renders", body, headers...)["render_id"])
}
