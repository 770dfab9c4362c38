package heygentest

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestUploadSignature(t *testing.T) {
	u := newUser(t, Options{})
	data := archive(t, "index.html", smallPage)
	for _, c := range []struct {
		name   string
		body   []byte
		extra  []string
		status int
		code   string
	}{
		{"as it must be", data, nil, 200, ""},
		{"another type", data, []string{"content-type", "text/plain"}, 403, "SignatureDoesNotMatch"},
		{"a header left out", data, []string{"x-amz-server-side-encryption", ""}, 403, "SignatureDoesNotMatch"},
		{"a header changed", data, []string{"x-amz-checksum-sha256", "AAAA"}, 403, "SignatureDoesNotMatch"},
		{"a header too many", data, []string{"x-amz-acl", "public-read"}, 403, "AccessDenied"},
		{"a credential", data, []string{"X-Api-Key", DefaultKey}, 403, "AccessDenied"},
		{"a token", data, []string{"Authorization", "Bearer x"}, 403, "AccessDenied"},
		{"another length", data[1:], nil, 403, "SignatureDoesNotMatch"},
		{"other bytes", bytes.Repeat([]byte{1}, len(data)), nil, 400, "BadDigest"},
	} {
		if status, code := u.put(u.start(data), c.body, c.extra...); status != c.status || code != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, status, code, c.status, c.code)
		}
	}
	for name, change := range map[string]func(string) string{
		"another asset": func(url string) string { return strings.Replace(url, "asset_", "asset_0", 1) },
		"another life":  func(url string) string { return strings.Replace(url, "X-Amz-Expires=3600", "X-Amz-Expires=36000", 1) },
		"no signature":  func(url string) string { return url[:strings.Index(url, "?")] },
		"fewer headers": func(url string) string { return strings.Replace(url, "content-length%3B", "", 1) },
	} {
		grant := u.start(data)
		grant["upload_url"] = change(fmt.Sprint(grant["upload_url"]))
		if status, _ := u.put(grant, data); status != http.StatusForbidden {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestURLsExpire(t *testing.T) {
	now := new(clock)
	u := newUser(t, Options{UploadLife: time.Minute, ResultLife: time.Minute, Now: now.Now})
	data := archive(t, "index.html", smallPage)
	grant := u.start(data)
	id := u.render(u.upload(data), nil)
	first := u.call("GET", "/v3/hyperframes/renders/"+id, nil)["video_url"]
	now.Add(int64(2 * time.Minute))
	if status, code := u.put(grant, data); status != 403 || code != "AccessDenied" {
		t.Errorf("upload: %d %s", status, code)
	}
	if status, body := u.get(first); status != 403 || !bytes.Contains(body, []byte("Request has expired")) {
		t.Errorf("download: %d %s", status, body)
	}
	second := u.call("GET", "/v3/hyperframes/renders/"+id, nil)["video_url"]
	if status, _ := u.get(second); status != 200 || first == second {
		t.Errorf("a new URL: %d", status)
	}
}

func TestComplete(t *testing.T) {
	u := newUser(t, Options{EarlyCompletes: 2})
	data := archive(t, "index.html", smallPage)
	grant := u.start(data)
	path := fmt.Sprint("/v3/assets/", grant["asset_id"], "/complete")
	u.put(grant, data)
	u.refused(409, "conflict", "", "POST", path, object{})
	u.refused(409, "conflict", "", "POST", path, object{})
	u.refused(400, "invalid_parameter", "checksum_sha256", "POST", path, object{"checksum_sha256": sum(nil)})
	for range 2 {
		if a := u.call("POST", path, object{"checksum_sha256": sum(data)}); a["status"] != "processing" || a["size_bytes"] != float64(len(data)) {
			t.Errorf("completed: %v", a)
		}
	}
	pending := u.start(data)["asset_id"]
	u.refused(409, "conflict", "", "POST", fmt.Sprint("/v3/assets/", pending, "/complete"), object{})
	u.refused(404, "asset_not_found", "", "POST", "/v3/assets/none/complete", object{})
	u.refused(400, "invalid_parameter", "sha256", "POST", path, object{"sha256": ""})
}

func TestUploadLimits(t *testing.T) {
	u := newUser(t, Options{MaxBytes: 1000})
	ask := func(size any) object {
		return object{"filename": "a.zip", "content_type": "application/zip", "size_bytes": size}
	}
	const path = "/v3/assets/direct-uploads"
	u.refused(413, "payload_too_large", "size_bytes", "POST", path, ask(1001))
	u.refused(400, "invalid_parameter", "size_bytes", "POST", path, ask(0))
	u.refused(400, "invalid_parameter", "size_bytes", "POST", path, ask("many"))
	u.refused(400, "invalid_parameter", "filename", "POST", path, object{"content_type": "application/zip", "size_bytes": 1})
	u.refused(400, "invalid_parameter", "checksum_sha256", "POST", path, object{"filename": "a", "content_type": "b", "size_bytes": 1, "checksum_sha256": "12"})
	if grant := u.call("POST", path, ask(1000)); grant["max_bytes"] != 1000.0 || grant["status"] != "pending_upload" {
		t.Errorf("grant: %v", grant)
	}
}

func TestMultipart(t *testing.T) {
	u := newUser(t, Options{})
	post := func(size int, field string) (int, string) {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		part, err := form.CreateFormFile(field, "photo.png")
		if err != nil {
			t.Fatal(err)
		}
		part.Write(make([]byte, size))
		form.Close()
		r, err := http.NewRequest(http.MethodPost, u.fake.URL+"/v3/assets", &b)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("X-Api-Key", DefaultKey)
		status, body, _ := u.fetch(r)
		u.conforms(r, status, body)
		return status, string(body)
	}
	if status, body := post(1000, "file"); status != 200 || !strings.Contains(body, `"image/png"`) {
		t.Errorf("a file: %d %s", status, body)
	}
	if status, body := post(1000, "photo"); status != 400 || !strings.Contains(body, "invalid_parameter") {
		t.Errorf("another field: %d %s", status, body)
	}
	if status, body := post(maxMultipart+1, "file"); status != 413 || !strings.Contains(body, "payload_too_large") {
		t.Errorf("a large file: %d %s", status, body)
	}
}
