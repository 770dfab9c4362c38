package auth

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func read(t *testing.T, o Options) string {
	t.Helper()
	store, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(store.Path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What other programs keep in the file stays as they wrote it, in its place.
func TestUnknownKeysStay(t *testing.T) {
	const before = `{
  "$schema": "https://example.com/<s>",
  "api_key": "file-key-1",
  "big": 12345678901234567890.10,
  "oauth": {
    "x_device": {
      "id": "d&1"
    },
    "access_token": "tok1",
    "refresh_token": "ref1",
    "expires_at": "2026-03-01T11:00:00Z",
    "audience": null
  },
  "profiles": [
    {
      "api_key": "not ours"
    }
  ],
  "user": {
    "email": "ann@example.com",
    "avatar": "é ☃"
  }
}
`
	o := in(t, map[string]string{"file": before})
	if _, err := SaveKey(t.Context(), o, "file-key-1", User{}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, o); got != before {
		t.Errorf("written anew:\n%s", got)
	}
	token := Token{Access: "tok2", Refresh: "ref2", Expires: noon, Scope: "openid", Type: "Bearer", ClientID: "mine"}
	if err := SaveToken(t.Context(), o, token, User{Username: "bob"}); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("tok1", "tok2", "ref1", "ref2", "T11:", "T12:", `"audience": null`, `"audience": null,
    "scope": "openid",
    "token_type": "Bearer",
    "client_id": "mine"`, `    "email": "ann@example.com",
`, "", `☃"`, `☃",
    "username": "bob"`).Replace(before)
	if got := read(t, o); got != want {
		t.Errorf("after a login:\n%s\nwant:\n%s", got, want)
	}
	o.Transport = nowhere{}
	if e, err := Logout(t.Context(), o, false); err != nil || e.Revoked == nil {
		t.Fatal(e, err)
	}
	want = `{
  "$schema": "https://example.com/<s>",
  "big": 12345678901234567890.10,
  "profiles": [
    {
      "api_key": "not ours"
    }
  ],
  "user": {
    "avatar": "é ☃"
  }
}
`
	if got := read(t, o); got != want {
		t.Errorf("after the logout:\n%s", got)
	}
}

func TestFileComesAndGoes(t *testing.T) {
	o := in(t, nil)
	store, _ := Open(o)
	dir := filepath.Dir(store.Path)
	if _, err := SaveKey(t.Context(), o, "file-key-1", User{Email: "ann@example.com"}); err != nil {
		t.Fatal(err)
	}
	modes(t, store.Path)
	c, err := Find(o)
	if err != nil || c.Warning != "" || c.User.Name() != "ann@example.com" || c.Path != store.Path {
		t.Errorf("%v %v", c, err)
	}
	// Wide permissions are told of, and mended by the next write; what a killed process left is removed.
	left := filepath.Join(dir, ".credentials.123.part")
	for _, name := range []string{store.Path, left} {
		if err := os.WriteFile(name, []byte("file-key-2\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c, err = Find(o)
	if err != nil || c.Source != FromLegacy || runtime.GOOS != "windows" && !strings.Contains(c.Warning, "mode 0644") {
		t.Errorf("%v %q %v", c, c.Warning, err)
	}
	if _, err := SaveKey(t.Context(), o, "file-key-3", User{}); err != nil {
		t.Fatal(err)
	}
	modes(t, store.Path)
	if got := read(t, o); got != "{\n  \"api_key\": \"file-key-3\"\n}\n" {
		t.Errorf("one line became %q", got)
	}
	if e, err := Logout(t.Context(), o, false); err != nil || !e.Key {
		t.Errorf("%+v %v", e, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "credentials.lock" {
		t.Errorf("left: %v %v", entries, err)
	}
	if e, err := Logout(t.Context(), o, false); err != nil || e.Key || e.OAuth {
		t.Errorf("once more: %+v %v", e, err)
	}
	o = in(t, nil)
	store, _ = Open(o)
	if e, err := Logout(t.Context(), o, false); err != nil || e.Key || e.OAuth {
		t.Errorf("where nothing is: %+v %v", e, err)
	}
	if _, err := os.Stat(filepath.Dir(store.Path)); err == nil {
		t.Error("a logout made the folder")
	}
}

func modes(t *testing.T, file string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", name, info.Mode(), err, want)
		}
	}
}

// A broken file is an error that points into it, shows nothing of it, and is not written over.
func TestBrokenFile(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no end":       {"{\n  \"api_key\": \"sk_secret\"\n", "2:24: the file is not valid JSON"},
		"no quote":     {"{\n  \"api_key\": \"sk_secret\n\"}", "2:24: the file is not valid JSON"},
		"comma":        {`{"api_key": "sk_secret",}`, "1:25: the file is not valid JSON"},
		"two":          {"{}\n{\"api_key\": \"sk_secret\"}", "2:1: the file is not valid JSON"},
		"list":         {`["sk_secret"]x y`, "1:1: the file is neither JSON nor one line with an API key"},
		"two lines":    {"\n sk_secret1\nsk_secret2\n", "2:2: the file is neither JSON nor one line with an API key"},
		"short":        {"secret", "1:1: the file is neither JSON nor one line with an API key"},
		"not ASCII":    {"sk_secret_é", "1:1: the file is neither JSON nor one line with an API key"},
		"key a number": {"{\n \"api_key\": 1234}", "2:13: api_key is not text that can be a key"},
		"key empty":    {`{"api_key": ""}`, "1:13: api_key is not text that can be a key"},
		"key control":  {`{"api_key": "sk_secret\r\nX: y"}`, "1:13: api_key is not text that can be a key"},
		"oauth text":   {`{"oauth": "secret"}`, "1:11: oauth is not an object"},
		"no token":     {`{"oauth": {"refresh_token": "secret"}}`, "1:11: oauth.access_token is not text that can be a token"},
		"token number": {"{\"oauth\": {\n  \"refresh_token\": \"secret\",\n  \"access_token\": 1}}", "3:19: oauth.access_token is not text that can be a token"},
		"user list":    {`{"api_key": "sk_secret", "user": []}`, "1:34: user is not an object"},
		"long":         {strings.Repeat("k", maxFile+1), "1:1: the file is longer than 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			o := in(t, map[string]string{"file": c.text})
			store, _ := Open(o)
			_, err := Find(o)
			var broken *FileError
			if !errors.As(err, &broken) || err.Error() != store.Path+":"+c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%v shows a secret", err)
			}
			if _, err := SaveKey(t.Context(), o, "file-key-1", User{}); !errors.As(err, &broken) {
				t.Errorf("saved over it: %v", err)
			}
			if read(t, o) != c.text {
				t.Error("the file is another")
			}
		})
	}
}

func TestUnreadableFile(t *testing.T) {
	o := in(t, nil)
	store, _ := Open(o)
	if err := os.MkdirAll(store.Path, 0o700); err != nil { // a folder
		t.Fatal(err)
	}
	if _, err := Find(o); err == nil || errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
}

// Writers wait for each other, and none of their changes is lost.
func TestUpdateTogether(t *testing.T) {
	o := in(t, nil)
	store, _ := Open(o)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := store.Update(t.Context(), func(f *File) error { f.User.Username += "x"; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if f, err := store.Read(); err != nil || len(f.User.Username) != 20 {
		t.Errorf("%+v %v", f, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := store.Update(t.Context(), func(*File) error {
		cancel()
		return store.Update(ctx, func(*File) error { return nil })
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("stopped while waiting: %v", err)
	}
}

func TestExpired(t *testing.T) {
	for _, c := range []struct {
		left time.Duration
		want bool
	}{{-time.Hour, true}, {59 * time.Second, true}, {time.Minute, false}, {time.Hour, false}} {
		if got := (Token{Expires: noon.Add(c.left)}).expired(noon); got != c.want {
			t.Errorf("%v before its end: %v", c.left, got)
		}
	}
}

// Any text is read or refused with a place in it, and what was read is the same after it was written.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{"", "{}", "file-key-1", `{"api_key":"k","oauth":{"access_token":"a","expires_at":"2026-03-01T12:00:00Z","x":[1e9]},"user":{"email":"e"}}`,
		`{"a":1,"a":2}`, "{\"a\":\"\\ud800\"}", "\uFEFF{}", `{"oauth":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parse("credentials", data)
		if err != nil {
			var broken *FileError
			if !errors.As(err, &broken) || broken.Line < 1 || broken.Line > 1+bytes.Count(data, []byte("\n")) || broken.Col < 1 || broken.Col > len(data)+1 {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		text := file.format()
		again, err := parse("credentials", text)
		if err != nil {
			t.Fatalf("%q became %q: %v", data, text, err)
		}
		if again.Key != file.Key || again.User != file.User || (again.OAuth == nil) != (file.OAuth == nil) || again.OAuth != nil && again.OAuth.Access != file.OAuth.Access {
			t.Errorf("%q became %q", data, text)
		}
		if once := again.format(); !bytes.Equal(once, text) {
			t.Errorf("%q, then %q", text, once)
		}
	})
}
