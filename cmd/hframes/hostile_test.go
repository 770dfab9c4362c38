package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/hframes/hframes/internal/heygen"
)

// escapes is text that would change the terminal's title, its colours and its order of letters.
const escapes = "\x1b]0;owned\a \u009b31m red \u202e gnp.\r\nhframes: done"

// hostile is a service that says what a terminal must not get, and whose ids and formats are paths.
func hostile(t *testing.T, render map[string]any) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		one := map[string]any{"render_id": "r1", "status": "failed", "format": "mp4", "title": escapes, "callback_id": escapes,
			"failure_message": escapes + " https://x.example.org/a?X-Amz-Signature=0123456789abcdef"}
		for k, v := range render {
			one[k] = v
		}
		switch {
		case r.URL.Path == "/v3/users/me":
			json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"username": escapes, "email": escapes, "subscription": map[string]any{"plan": escapes, "credits": map[string]any{}}}})
		case r.URL.Path == "/v3/api_keys/self":
			json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"key_name": escapes, "status": escapes, "scopes": []string{escapes}}})
		case r.URL.Path == "/v3/hyperframes/renders":
			json.NewEncoder(w).Encode(map[string]any{"data": []any{one}, "has_more": true, "next_token": escapes})
		case strings.HasSuffix(r.URL.Path, "/r1"):
			json.NewEncoder(w).Encode(map[string]any{"data": one})
		default:
			w.Header().Set("X-Request-Id", "\u009b31m")
			w.WriteHeader(http.StatusNotFound)
			json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"code": "not_found", "message": escapes, "param": escapes}})
		}
	}))
	t.Cleanup(s.Close)
	t.Setenv("HEYGEN_API_URL", s.URL)
	t.Setenv("HEYGEN_API_KEY", "sk_V2_hostile_0123456789")
	t.Setenv("HFRAMES_STATE", t.TempDir())
	t.Setenv("HFRAMES_HEYGEN_BACKOFF", "1ms")
	return s
}

// What the service says reaches the terminal without its power over it, and without secrets.
func TestHostileWords(t *testing.T) {
	for _, render := range []map[string]any{nil, {"status": escapes}, {"status": escapes, "render_id": escapes}, {"status": "completed", "video_url": "https://x.example.org/" + escapes}} {
		hostile(t, render)
		for _, command := range []string{"cloud list", "cloud get r1", "cloud get r1 --url", "cloud get r2", "cloud watch r1 --timeout 1ms",
			"cloud download r1 --timeout 1ms -o x.mp4", "cloud delete r2 --yes", "auth status"} {
			t.Chdir(t.TempDir())
			var stdout, stderr bytes.Buffer
			run(strings.Fields(command), &stdout, &stderr)
			out := stdout.String() + stderr.String()
			if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
				t.Errorf("%s: %q", command, out)
			}
			if strings.Contains(out, "\nhframes: done") {
				t.Errorf("%s: a line of the service's own: %q", command, out)
			}
			if strings.Contains(out, "0123456789") {
				t.Errorf("%s: a secret: %q", command, out)
			}
		}
	}
}

// An id or a format is no way out of the folder.
func TestHostileNames(t *testing.T) {
	for _, c := range []struct {
		title, id, format, want string
	}{
		{"A film: part 1/2", "r", "mp4", "A film- part 1-2.mp4"},
		{"../../etc/cron.d/x", "r", "webm", "-..-etc-cron.d-x.webm"},
		{"", "../../x", "mp4", "-..-x.mp4"},
		{"-rf", "r", "mp4", "rf.mp4"},
		{"film", "r", "mp4/../../../x", "film.mp4"},
		{"\x1b[2J\u009b31m\u202e", "...", "mp4", "[2J 31m.mp4"},
		{"..", "", "", "film.mp4"},
		{strings.Repeat("é", 300), "r", "mov", strings.Repeat("é", 100) + ".mov"},
	} {
		got := cloudName(&heygen.RenderDetail{Title: c.title, ID: c.id, Format: c.format})
		if strings.TrimLeft(got, "-.") != strings.TrimLeft(c.want, "-.") || filepath.Base(got) != got || strings.HasPrefix(got, ".") {
			t.Errorf("%q, %q, %q: %q, want %q", c.title, c.id, c.format, got, c.want)
		}
	}
	hostile(t, map[string]any{"status": "completed", "video_url": "https://x.example.org/", "format": "mp4/../../x"})
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, "here"), 0o755)
	t.Chdir(filepath.Join(dir, "here"))
	var out bytes.Buffer
	run([]string{"cloud", "download", "r1"}, &out, &out)
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Error(fmt.Sprint(list), out.String())
	}
}
