package heygentest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The store is where presigned URLs lead. It knows no accounts: the signature in a URL says what may be done, until when,
// and with which headers.

// amzTime is how the store writes times.
const amzTime = "20060102T150405Z"

// presign returns a URL that allows one method on a path until life is over. signed are the headers, in lower case, that
// a request must carry exactly so. The lock must be held.
func (s *Server) presign(base, method, path string, life time.Duration, signed map[string]string) string {
	q := url.Values{
		"X-Amz-Algorithm":     {"AWS4-HMAC-SHA256"},
		"X-Amz-Date":          {s.now().UTC().Format(amzTime)},
		"X-Amz-Expires":       {strconv.Itoa(int(life.Seconds()))},
		"X-Amz-SignedHeaders": {strings.Join(slices.Sorted(maps.Keys(signed)), ";")},
		"X-Amz-Credential":    {newID("ASIA")},
	}
	q.Set("X-Amz-Signature", s.signature(method, path, q, func(name string) string { return signed[name] }))
	return base + path + "?" + q.Encode()
}

// signature signs what a presigned URL says, with the values of the headers that it names.
func (s *Server) signature(method, path string, q url.Values, header func(string) string) string {
	mac := hmac.New(sha256.New, s.secret)
	fmt.Fprintln(mac, method, path, q.Get("X-Amz-Date"), q.Get("X-Amz-Expires"), q.Get("X-Amz-Credential"))
	for _, name := range strings.Split(q.Get("X-Amz-SignedHeaders"), ";") {
		fmt.Fprintf(mac, "%s:%s\n", name, header(name))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// verify checks a request to the store against its URL.
func (s *Server) verify(r *http.Request) *failure {
	denied := func(message string) *failure {
		return &failure{Status: http.StatusForbidden, Code: "AccessDenied", Message: message}
	}
	if r.Header.Get("Authorization") != "" || r.Header.Get("X-Api-Key") != "" {
		return denied("A presigned request must carry no other credential")
	}
	q := r.URL.Query()
	signed := strings.Split(q.Get("X-Amz-SignedHeaders"), ";")
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") && !slices.Contains(signed, name) {
			return denied("There were headers present in the request which were not signed: " + name)
		}
	}
	want := s.signature(r.Method, r.URL.Path, q, func(name string) string {
		if name == "content-length" {
			return strconv.FormatInt(r.ContentLength, 10)
		}
		return strings.Join(r.Header.Values(name), ",")
	})
	if !hmac.Equal([]byte(want), []byte(q.Get("X-Amz-Signature"))) {
		return &failure{Status: http.StatusForbidden, Code: "SignatureDoesNotMatch",
			Message: "The request signature we calculated does not match the signature you provided."}
	}
	at, err := time.Parse(amzTime, q.Get("X-Amz-Date"))
	life, _ := strconv.Atoi(q.Get("X-Amz-Expires"))
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || s.now().After(at.Add(time.Duration(life)*time.Second)) {
		return denied("Request has expired")
	}
	return nil
}

func noSuchKey() *failure {
	return &failure{Status: http.StatusNotFound, Code: "NoSuchKey", Message: "The specified key does not exist."}
}

// storeUpload is PUT to an upload URL.
func (s *Server) storeUpload(w http.ResponseWriter, r *http.Request) {
	if f := s.verify(r); f != nil {
		s.refuse(w, r, f)
		return
	}
	s.mu.Lock()
	a := s.assets[r.PathValue("asset_id")]
	s.mu.Unlock()
	if a == nil {
		s.refuse(w, r, noSuchKey())
		return
	}
	tmp := filepath.Join(s.dir, newID("part-"))
	size, sum, err := save(tmp, r.Body)
	switch {
	case err != nil || size != a.size:
		os.Remove(tmp)
		s.refuse(w, r, &failure{Status: http.StatusBadRequest, Code: "IncompleteBody", Message: "The request body terminated unexpectedly"})
		return
	case a.declared != "" && sum != a.declared:
		os.Remove(tmp)
		s.refuse(w, r, &failure{Status: http.StatusBadRequest, Code: "BadDigest",
			Message: "The SHA256 you specified did not match the calculated checksum."})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to := filepath.Join(s.dir, a.id)
	if err := os.Rename(tmp, to); err != nil {
		s.refuse(w, r, &failure{Status: http.StatusInternalServerError, Code: "InternalError", Message: "The file could not be kept."})
		return
	}
	a.path, a.sha256 = to, sum
	w.Header().Set("ETag", strconv.Quote(sum[:32]))
}

// storeAsset is GET of an asset's public URL.
func (s *Server) storeAsset(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	var kind, file string
	if a := s.assets[r.PathValue("asset_id")]; a != nil {
		kind, file = a.mime, a.path
	}
	s.mu.Unlock()
	if file == "" {
		s.refuse(w, r, noSuchKey())
		return
	}
	w.Header().Set("Content-Type", kind)
	http.ServeFile(w, r, file)
}

// storeVideo is GET of a result's URL.
func (s *Server) storeVideo(w http.ResponseWriter, r *http.Request) {
	if f := s.verify(r); f != nil {
		s.refuse(w, r, f)
		return
	}
	s.mu.Lock()
	var video *film
	var format string
	if job := s.renders[r.PathValue("render_id")]; job != nil {
		video, format = job.film, job.request.Format
	}
	s.mu.Unlock()
	if video == nil {
		s.refuse(w, r, noSuchKey())
		return
	}
	content := io.ReadSeeker(bytes.NewReader(video.data))
	if video.path != "" {
		f, err := os.Open(video.path)
		if err != nil {
			s.refuse(w, r, noSuchKey())
			return
		}
		defer f.Close()
		content = f
	}
	w.Header().Set("Content-Type", map[string]string{"mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime"}[format])
	w.Header().Set("ETag", strconv.Quote(video.sha256[:32]))
	http.ServeContent(w, r, "", time.Time{}, content)
}
