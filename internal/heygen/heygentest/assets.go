package heygentest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hframes/hframes/internal/media"
)

// maxMultipart is the largest file that goes through the API itself.
const maxMultipart = 32 << 20

// asset is a file of an account.
type asset struct {
	id, name, mime string
	owner          *account
	size           int64  // as declared, bytes
	declared       string // SHA-256 in hex; "" = not declared
	sha256         string // of what was stored; "" = nothing was
	path           string
	early          int // refusals to complete so far
	completed      bool
	uploaded       int64 // Unix s
}

// owned returns an asset of the caller. The lock must be held.
func (c *call) owned(id string) (*asset, *failure) {
	a := c.s.assets[id]
	if a == nil || a.owner != c.account {
		return nil, &failure{Status: http.StatusNotFound, Code: "asset_not_found", Message: "There is no asset " + strconv.Quote(id) + "."}
	}
	return a, nil
}

// startUpload is POST /v3/assets/direct-uploads.
func (s *Server) startUpload(c *call) (any, error) {
	var in struct {
		Filename string `json:"filename"`
		MIME     string `json:"content_type"`
		Size     int64  `json:"size_bytes"`
		SHA256   string `json:"checksum_sha256"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	sum, err := hex.DecodeString(in.SHA256)
	switch {
	case in.Filename == "":
		return nil, invalid("filename", "The file needs a name.")
	case in.Size < 1:
		return nil, invalid("size_bytes", "The file is empty.")
	case in.Size > s.o.MaxBytes:
		return nil, &failure{Status: http.StatusRequestEntityTooLarge, Code: "payload_too_large", Param: "size_bytes",
			Message: fmt.Sprintf("The file is larger than %d bytes.", s.o.MaxBytes)}
	case err != nil || len(sum) != 0 && len(sum) != sha256.Size:
		return nil, invalid("checksum_sha256", "The checksum is no SHA-256 in hex.")
	}
	a := &asset{id: newID("asset_"), name: in.Filename, mime: in.MIME, owner: c.account, size: in.Size, declared: strings.ToLower(in.SHA256)}
	// Names in lower case: the official client adds one of its own in that form, and sends both when they differ.
	headers := map[string]string{"content-type": in.MIME, "x-amz-server-side-encryption": "AES256"}
	if len(sum) > 0 {
		headers["x-amz-checksum-sha256"] = base64.StdEncoding.EncodeToString(sum)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assets[a.id] = a
	signed := map[string]string{"content-length": strconv.FormatInt(in.Size, 10)}
	for k, v := range headers {
		signed[k] = v
	}
	return map[string]any{
		"asset_id": a.id, "upload_url": s.presign(c.base, "PUT", "/store/uploads/"+a.id, s.life(c.r, s.o.UploadLife), signed),
		"upload_headers": headers, "expires_in_seconds": int(s.o.UploadLife.Seconds()), "max_bytes": s.o.MaxBytes, "status": "pending_upload",
	}, nil
}

// completeUpload is POST /v3/assets/{asset_id}/complete.
func (s *Server) completeUpload(c *call) (any, error) {
	var in struct {
		SHA256 string `json:"checksum_sha256"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, f := c.owned(c.r.PathValue("asset_id"))
	if f != nil {
		return nil, f
	}
	if !a.completed {
		if a.sha256 == "" || a.early < s.o.EarlyCompletes {
			a.early++
			return nil, &failure{Status: http.StatusConflict, Code: "conflict", Message: "Uploaded object not found yet."}
		}
		if in.SHA256 != "" && !strings.EqualFold(in.SHA256, a.sha256) {
			return nil, invalid("checksum_sha256", "The checksum is not that of the uploaded file.")
		}
		a.completed, a.uploaded = true, s.now().Unix()
	}
	return map[string]any{"asset_id": a.id, "url": a.url(c.base), "mime_type": a.mime, "size_bytes": a.size, "status": "processing"}, nil
}

// getAsset is GET /v3/assets/{asset_id}.
func (s *Server) getAsset(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, f := c.owned(c.r.PathValue("asset_id"))
	if f == nil && !a.completed {
		f = &failure{Status: http.StatusNotFound, Code: "asset_not_found", Message: "The asset's file was not uploaded."}
	}
	if f != nil {
		return nil, f
	}
	family, _, _ := strings.Cut(a.mime, "/")
	return map[string]any{"id": a.id, "name": a.name, "type": family, "owner": a.owner.Name, "space_id": a.owner.id,
		"folder_id": nil, "uploaded_at": a.uploaded, "url": a.url(c.base)}, nil
}

// deleteAsset is DELETE /v3/assets/{asset_id}.
func (s *Server) deleteAsset(c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, f := c.owned(c.r.PathValue("asset_id"))
	if f != nil {
		return nil, f
	}
	delete(s.assets, a.id)
	return map[string]any{"id": a.id}, nil
}

// postAsset is POST /v3/assets.
func (s *Server) postAsset(c *call) (any, error) {
	c.r.Body = http.MaxBytesReader(nil, c.r.Body, maxMultipart+1<<20)
	parts, err := c.r.MultipartReader()
	if err != nil {
		return nil, invalid("file", "The body is no multipart form.")
	}
	part, err := parts.NextPart()
	if err != nil || part.FormName() != "file" || part.FileName() == "" {
		return nil, invalid("file", "The form must have one part, file, with a file name.")
	}
	a := &asset{id: newID("asset_"), name: path.Base(part.FileName()), owner: c.account, completed: true}
	a.mime, _, _ = mime.ParseMediaType(media.MIME(a.name))
	a.path = filepath.Join(s.dir, a.id)
	if a.size, a.sha256, err = save(a.path, io.LimitReader(part, maxMultipart+1)); err != nil {
		return nil, invalid("file", "The file ends too soon.")
	}
	if a.size > maxMultipart {
		os.Remove(a.path)
		return nil, &failure{Status: http.StatusRequestEntityTooLarge, Code: "payload_too_large", Param: "file",
			Message: "The file is larger than 32 MB."}
	}
	if extra, err := parts.NextPart(); err == nil {
		os.Remove(a.path)
		return nil, invalid(extra.FormName(), "The form has a part too many.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.uploaded = s.now().Unix()
	s.assets[a.id] = a
	return map[string]any{"asset_id": a.id, "url": a.url(c.base), "mime_type": a.mime, "size_bytes": a.size}, nil
}

// url is where anyone can read the asset.
func (a *asset) url(base string) string { return base + "/store/assets/" + a.id }

// save writes a file and returns its size and SHA-256. On an error there is no file.
func save(path string, r io.Reader) (size int64, sum string, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, "", err
	}
	hash := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, hash), r)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(path)
		return 0, "", err
	}
	return size, hex.EncodeToString(hash.Sum(nil)), nil
}
