package auth

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// in returns Options with these variables alone, and a clock that stands still. A "file" becomes the credentials file.
func in(t *testing.T, env map[string]string) Options {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "heygen")
	if text, ok := env["file"]; ok {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "credentials"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Options{
		Env: func(name string) string {
			if name == "HEYGEN_CONFIG_DIR" {
				return dir
			}
			return env[name]
		},
		Now: func() time.Time { return noon },
	}
}

// header returns what a credential puts on a request.
func header(t *testing.T, c *Credential) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Authorize(r); err != nil {
		t.Fatal(err)
	}
	return r.Header.Get("X-Api-Key") + r.Header.Get("Authorization")
}

func TestFind(t *testing.T) {
	const key, oauth = `"api_key":"file-key-1"`, `"oauth":{"access_token":"tok1","refresh_token":"ref1"`
	for name, c := range map[string]struct {
		flag   string
		env    map[string]string
		source Source
		header string
	}{
		"flag first":       {"flag-key", map[string]string{EnvKey: "k1", EnvAlias: "k2", "file": "file-key-1"}, FromFlag, "flag-key"},
		"then the key":     {"", map[string]string{EnvKey: "k1", EnvAlias: "k2", "file": "file-key-1"}, FromEnv, "k1"},
		"then the alias":   {"", map[string]string{EnvAlias: "k2", "file": "file-key-1"}, FromEnvAlias, "k2"},
		"env, broken file": {"", map[string]string{EnvAlias: "k2", "file": "{"}, FromEnvAlias, "k2"},
		"one line":         {"", map[string]string{"file": "file-key-1\n"}, FromLegacy, "file-key-1"},
		"JSON":             {"", map[string]string{"file": "{" + key + "}"}, FromFile, "file-key-1"},
		"byte order mark":  {"", map[string]string{"file": "\uFEFF{" + key + "}\n"}, FromFile, "file-key-1"},
		"OAuth, no end":    {"", map[string]string{"file": "{" + key + "," + oauth + "}}"}, FromFile, "Bearer tok1"},
		"OAuth, valid":     {"", map[string]string{"file": "{" + key + "," + oauth + `,"expires_at":"2026-03-01T12:01:01Z"}}`}, FromFile, "Bearer tok1"},
		"OAuth, odd end":   {"", map[string]string{"file": "{" + oauth + `,"expires_at":"soon"}}`}, FromFile, "Bearer tok1"},
		"OAuth, ended":     {"", map[string]string{"file": "{" + key + `,"oauth":{"access_token":"tok1","expires_at":"2026-03-01T12:00:59Z"}}`}, FromFile, "file-key-1"},
		"nulls":            {"", map[string]string{"file": "{" + key + `,"oauth":null,"user":null}`}, FromFile, "file-key-1"},
		"twice":            {"", map[string]string{"file": `{"api_key":"first-key",` + key + "}"}, FromFile, "file-key-1"},
	} {
		t.Run(name, func(t *testing.T) {
			o := in(t, c.env)
			o.Key = c.flag
			got, err := Find(o)
			if err != nil {
				t.Fatal(err)
			}
			if got.Source != c.source || header(t, got) != c.header {
				t.Errorf("got %s with header %q, want %s with %q", got.Source, header(t, got), c.source, c.header)
			}
		})
	}
	for name, env := range map[string]map[string]string{
		"nothing":    {},
		"empty":      {"file": " \n"},
		"no key":     {"file": "{}"},
		"all ended":  {"file": `{"oauth":{"access_token":"tok1","expires_at":"2026-03-01T12:00:00Z"}}`},
		"other keys": {"file": `{"someone":{"else":1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Find(in(t, env)); !errors.Is(err, ErrNone) {
				t.Errorf("got %v, want ErrNone", err)
			}
		})
	}
}

func TestFindRefuses(t *testing.T) {
	for _, name := range []string{EnvKey, EnvAlias} {
		_, err := Find(in(t, map[string]string{name: "sk_secret\n"}))
		var invalid *InvalidError
		if !errors.As(err, &invalid) || invalid.Name != name || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Nothing that prints a credential prints a secret, and what tells accounts apart is none.
func TestSecrets(t *testing.T) {
	o := in(t, map[string]string{"file": `{"oauth":{"access_token":"tok-secret","refresh_token":"ref-secret"},"user":{"email":"Ann@example.com"}}`})
	session, err := Find(o)
	if err != nil {
		t.Fatal(err)
	}
	key, err := WithKey("key-secret")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Credential{session, key} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x"} {
			if s := fmt.Sprintf(verb, c); strings.Contains(s, "secret") || strings.Contains(s, "736563726574") {
				t.Errorf("%s prints %s", verb, s)
			}
		}
		if a := c.Account(); len(a) != 16 || strings.Contains(a, "secret") {
			t.Errorf("account %q", a)
		}
	}
	other, _ := WithKey("key-secret2")
	if key.Account() == other.Account() {
		t.Error("two keys have one account")
	}
}

// nowhere is a network without anybody in it.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no network")
}

func TestWithKey(t *testing.T) {
	for key, want := range map[string]string{"sk_1234567": "", "sk_1": "shorter", "sk_1234\n567": "control character", "sk_1234 567": "space"} {
		_, err := WithKey(key)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// A key that is refused is not asked for again, and the advice fits where it is from.
func TestRenewKey(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{{map[string]string{EnvKey: "key-12345"}, "set HEYGEN_API_KEY"}, {map[string]string{"file": "key-12345"}, "hframes auth login"}} {
		found, err := Find(in(t, c.env))
		if err != nil {
			t.Fatal(err)
		}
		var denied *DeniedError
		if err := found.Renew(t.Context(), nil); !errors.As(err, &denied) || !strings.Contains(denied.Hint(), c.want) || strings.Contains(denied.Error(), "12345") {
			t.Errorf("got %v", err)
		}
	}
}
