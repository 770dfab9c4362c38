package hframes_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/auth"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// foreign is what programs that neither of us knows keep in the credentials file.
const foreign = `{"x_root": {"n": 12345678901234567, "s": "é<>&"}, "user": {"avatar": [1, null]}, "oauth": {"access_token": "t", "x_session": true}}`

// foreignKept fails unless the file still has what foreign put into it.
func foreignKept(t *testing.T, file, after string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Root  json.RawMessage `json:"x_root"`
		User  map[string]any
		OAuth map[string]any
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("after %s: %v", after, err)
	}
	var root bytes.Buffer
	if err := json.Compact(&root, got.Root); err != nil || !bytes.Contains(root.Bytes(), []byte(`"s":"é<>&"`)) {
		t.Errorf("after %s the foreign root key is %s", after, got.Root)
	}
	if got.User["avatar"] == nil || got.OAuth["x_session"] != true {
		t.Errorf("after %s user has %v, oauth has %v", after, got.User, got.OAuth)
	}
}

// TestOfficialCredentials shows that the credentials file has one meaning for the official client and for us: each goes
// on with the key or the session that the other one left, and keeps what neither knows.
func TestOfficialCredentials(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	u := &cloudUser{t, "hyperframes", fake, t.TempDir(), nil}
	env := map[string]string{
		"HEYGEN_CONFIG_DIR":               u.config,
		"HYPERFRAMES_OAUTH_CLIENT_ID":     "test-client",
		"HYPERFRAMES_OAUTH_AUTHORIZE_URL": fake.URL + "/oauth/authorize",
		"HYPERFRAMES_OAUTH_TOKEN_URL":     fake.URL + "/v1/oauth/token",
		"HYPERFRAMES_OAUTH_REVOKE_URL":    fake.URL + "/v1/oauth/revoke",
	}
	for name, value := range env {
		u.env = append(u.env, name+"="+value)
	}
	o := auth.Options{Env: func(name string) string { return env[name] }}
	file := filepath.Join(u.config, "credentials")
	if err := os.WriteFile(file, []byte(foreign), 0o600); err != nil {
		t.Fatal(err)
	}
	type status struct {
		Source, Type string
		User         *heygen.User
		Persisted    struct{ Email string } `json:"persisted_user"`
		Refreshable  bool
	}
	// theirs is what the official client makes of the file, ours what we make of it.
	theirs := func(when, kind string) {
		t.Helper()
		var s status
		u.json(&s, "auth", "status")
		if s.Source != "file_json" || s.Type != kind || s.User == nil {
			t.Errorf("%s, the official client has %+v", when, s)
		}
	}
	ours := func(when string, kind auth.Kind) *auth.Credential {
		t.Helper()
		c, err := auth.Find(o)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		client, err := heygen.New(heygen.Options{BaseURL: fake.URL, Auth: c})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Me(t.Context()); err != nil || c.Kind != kind || c.Source != auth.FromFile {
			t.Errorf("%s, we have %v: %v", when, c, err)
		}
		return c
	}

	// Our session, refreshed by the official client, then by us.
	service, err := auth.NewService(o, "")
	if err != nil {
		t.Fatal(err)
	}
	token, err := service.Browser(t.Context(), func(address string) error {
		answer, err := http.Get(address)
		if err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	token.Expires = time.Now().Add(-time.Hour)
	if err := auth.SaveToken(t.Context(), o, token, auth.User{Email: "ann@example.com"}); err != nil {
		t.Fatal(err)
	}
	foreignKept(t, file, "our login")
	theirs("after our login", "oauth")
	if code, stdout, stderr := u.run("auth", "refresh"); code != 0 {
		t.Fatalf("their refresh: exit code %d\n%s%s", code, stdout, stderr)
	}
	foreignKept(t, file, "their refresh")
	asked := fake.State().Requests["POST /v1/oauth/token"]
	c := ours("after their refresh", auth.OAuth)
	if c.User.Email != "ann@example.com" || !c.Refreshable() || time.Until(c.Expires()) < time.Hour || fake.State().Requests["POST /v1/oauth/token"] != asked {
		t.Errorf("their refresh left %+v until %v", c.User, c.Expires())
	}
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	foreignKept(t, file, "our refresh")
	theirs("after our refresh", "oauth")

	// A key beside it: theirs, then ours.
	if code, stdout, stderr := u.run("auth", "login", "--api-key", heygentest.DefaultKey); code != 0 {
		t.Fatalf("their login: exit code %d\n%s%s", code, stdout, stderr)
	}
	ours("after their login with a key", auth.OAuth)
	if _, err := auth.Logout(t.Context(), o, true); err != nil {
		t.Fatal(err)
	}
	ours("after the session's end", auth.APIKey)
	theirs("after the session's end", "api_key")
	if _, err := auth.SaveKey(t.Context(), o, heygentest.DefaultKey, auth.User{Email: "ann@example.com"}); err != nil {
		t.Fatal(err)
	}
	theirs("after our login with a key", "api_key")

	// With nothing but foreign keys left, both are signed out.
	if _, err := auth.Logout(t.Context(), o, false); err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := u.run("auth", "status", "--json"); code != 1 || !bytes.Contains(stdout, []byte(`"configured":false`)) && !bytes.Contains(stdout, []byte(`"configured": false`)) {
		t.Errorf("after our logout the official client says %d %s", code, stdout)
	}
	if data, err := os.ReadFile(file); err != nil || !bytes.Contains(data, []byte("x_root")) {
		t.Errorf("after our logout: %s %v", data, err)
	}
	// One line with the key is read by both.
	if err := os.WriteFile(file, []byte(heygentest.DefaultKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var s status
	u.json(&s, "auth", "status")
	if c, err := auth.Find(o); s.Source != "file_legacy" || err != nil || c.Source != auth.FromLegacy {
		t.Errorf("one line: the official client has %+v, we %v %v", s, c, err)
	}
}
