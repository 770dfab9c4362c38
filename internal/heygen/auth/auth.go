// Package auth finds the credential that calls of HeyGen's API are made with, and keeps it.
//
//	credential, err := auth.Find(auth.Options{})
//	client, err := heygen.New(heygen.Options{Auth: credential})
//
// In go a key, environment variables, the credentials file that HeyGen's own command lines use too (heygen-api §2.5),
// and the answers of the service that hands out OAuth tokens (§2.2). Out come a [Credential], and a file that is
// replaced whole and keeps what other programs wrote to it. Nothing here prints, and no error or value that it returns
// shows a key or a token.
//
// The first of these that is there is used: a key that is handed in, HEYGEN_API_KEY, HYPERFRAMES_API_KEY, the file. In
// the file, an OAuth session that is valid or can be refreshed comes before the API key, as in HyperFrames.
package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// Options say where to look. The zero value looks where HeyGen's own tools do.
type Options struct {
	Key       string              // an API key that is used before all others; "" = none
	Env       func(string) string // environment variables; nil = os.Getenv
	UserAgent string              // for calls of the OAuth service; "" = "hframes"
	Transport http.RoundTripper   // for calls of the OAuth service; nil = one of its own
	Now       func() time.Time    // nil = time.Now
}

func (o Options) env(name string) string {
	if o.Env == nil {
		return os.Getenv(name)
	}
	return o.Env(name)
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// Kind says what a credential is. It decides who pays: a key draws on the API's wallet, OAuth on the plan of the web app.
type Kind string

// The kinds of credentials.
const (
	APIKey Kind = "api_key"
	OAuth  Kind = "oauth"
)

// Source says where a credential was found. The words are those of HyperFrames' "auth status", but for a flag.
type Source string

// The sources of credentials, first come first.
const (
	FromFlag     Source = "flag"
	FromEnv      Source = "env"         // HEYGEN_API_KEY
	FromEnvAlias Source = "env_alias"   // HYPERFRAMES_API_KEY
	FromFile     Source = "file_json"   // the credentials file
	FromLegacy   Source = "file_legacy" // the credentials file in its old form: one line with the key
)

// The variables that hold a key; the first one that is not empty is used.
const (
	EnvKey   = "HEYGEN_API_KEY"
	EnvAlias = "HYPERFRAMES_API_KEY"
)

// ErrNone says that there is no credential anywhere.
var ErrNone error = noneError{}

type noneError struct{}

func (noneError) Error() string { return "no HeyGen key" }
func (noneError) Hint() string {
	return "set " + EnvKey + " (or " + EnvAlias + "), or run hframes auth login, which keeps a key, or a session with --oauth or --device; keys are made at app.heygen.com/settings/api"
}
func (noneError) ExitCode() int { return exitDenied }

// exitDenied is the exit code of a command that ends for want of a key or a permission.
const exitDenied = 3

// DeniedError says that there is a credential and it is of no use any more.
type DeniedError struct {
	Msg    string
	Advice string
}

func (e *DeniedError) Error() string { return e.Msg }

// Hint says what to do about it.
func (e *DeniedError) Hint() string { return e.Advice }

// ExitCode returns the exit code of a command that ends with it.
func (e *DeniedError) ExitCode() int { return exitDenied }

// InvalidError says that a key cannot be one. It tells where the key was, and never shows it.
type InvalidError struct {
	Name string // of the variable, or of what else held the key
	Msg  string
}

func (e *InvalidError) Error() string { return e.Name + " " + e.Msg }

// Hint says what to do about it.
func (e *InvalidError) Hint() string {
	return "copy the key once more, without quotes or line breaks; keys are made at app.heygen.com/settings/api"
}

// ExitCode returns the exit code of a command that ends with it.
func (e *InvalidError) ExitCode() int { return exitDenied }

// A Credential is put on requests; it is a [heygen.Authorizer] and safe for concurrent use. No format verb shows what is
// secret in it.
type Credential struct {
	Kind    Kind
	Source  Source
	Path    string // of the credentials file; "" if it is not from there
	User    User   // what the file says of the account; for display only
	Warning string // about the file, for whoever can print it; "" = all is well

	account string
	key     string

	store *Store // where refreshed tokens go; nil = this session cannot be refreshed
	o     Options
	mu    sync.Mutex // held while refreshing; guards token
	token Token
}

// Find returns the credential to use. Errors: [ErrNone], an *[InvalidError], a *[FileError] for a file that is there and
// broken, or what the system said when it was read.
func Find(o Options) (*Credential, error) {
	for _, from := range []struct {
		key, name string
		source    Source
	}{
		{o.Key, "the key that was handed in", FromFlag},
		{o.env(EnvKey), EnvKey, FromEnv},
		{o.env(EnvAlias), EnvAlias, FromEnvAlias},
	} {
		if from.key == "" {
			continue
		}
		if !headerSafe(from.key) {
			return nil, &InvalidError{from.name, "holds a control character"}
		}
		return newKey(from.key, from.source), nil
	}
	store, err := Open(o)
	if err != nil {
		return nil, err
	}
	f, err := store.Read()
	if err != nil {
		return nil, err
	}
	c := f.credential(store, o)
	if c == nil {
		return nil, ErrNone
	}
	return c, nil
}

// credential returns what in the file is to be used; nil if there is nothing.
func (f *File) credential(store *Store, o Options) *Credential {
	var c *Credential
	switch {
	case f.OAuth != nil && (f.OAuth.Refresh != "" || !f.OAuth.expired(o.now())):
		c = &Credential{Kind: OAuth, Source: FromFile, account: f.account(o), store: store, o: o, token: *f.OAuth}
	case f.Key != "" && f.Legacy:
		c = newKey(f.Key, FromLegacy)
	case f.Key != "":
		c = newKey(f.Key, FromFile)
	default:
		return nil
	}
	c.Path, c.User, c.Warning = store.Path, f.User, f.Warning
	return c
}

// WithKey returns a credential for a key that is not kept anywhere yet. Errors: an *[InvalidError].
func WithKey(key string) (*Credential, error) {
	switch {
	case !headerSafe(key):
		return nil, &InvalidError{"the key", "holds a control character"}
	case len(key) < 8:
		return nil, &InvalidError{"the key", "is shorter than 8 characters"}
	case strings.Contains(key, " "):
		return nil, &InvalidError{"the key", "holds a space"}
	}
	return newKey(key, FromFlag), nil
}

// WithToken returns a credential for a token that is not kept anywhere yet. It is not refreshed.
func WithToken(t Token) *Credential {
	return &Credential{Kind: OAuth, Source: FromFlag, account: fingerprint("oauth", t.ClientID), token: t}
}

func newKey(key string, from Source) *Credential {
	return &Credential{Kind: APIKey, Source: from, key: key, account: fingerprint("api_key", key)}
}

// fingerprint returns 16 hexadecimal digits that tell a secret from others of its kind, and tell nothing about it.
func fingerprint(kind, value string) string {
	sum := sha256.Sum256([]byte("hframes account\x00" + kind + "\x00" + value))
	return hex.EncodeToString(sum[:8])
}

// account returns the fingerprint of the file's OAuth session: of whom it belongs to, else of the program that it was
// given to. Tokens come and go.
func (f *File) account(o Options) string {
	if who := f.User.id(); who != "" {
		return fingerprint("oauth", who)
	}
	return fingerprint("oauth", f.OAuth.client(o))
}

// Account returns 16 hexadecimal digits that are the same as long as the account is, also after a refresh, and tell
// nothing about the secret.
func (c *Credential) Account() string { return c.account }

// Expires returns when the token ends; the zero time for a key, and where that is not known.
func (c *Credential) Expires() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token.Expires
}

// Scope returns the scopes of an OAuth session, separated by spaces; "" where they are not known.
func (c *Credential) Scope() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token.Scope
}

// Refreshable reports whether there is a way to go on when the token ends.
func (c *Credential) Refreshable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refreshable()
}

func (c *Credential) refreshable() bool { return c.store != nil && c.token.Refresh != "" }

// Format implements fmt.Formatter for all verbs.
func (c *Credential) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "%s from %s", c.Kind, c.Source.Text())
}

// Text returns the source in words.
func (s Source) Text() string {
	switch s {
	case FromEnv:
		return EnvKey
	case FromEnvAlias:
		return EnvAlias
	case FromFile:
		return "the credentials file"
	case FromLegacy:
		return "the credentials file (one line with the key)"
	}
	return "the file that the command line names"
}

// Authorize sets the header of r. A token that ends within a minute is refreshed first.
func (c *Credential) Authorize(r *http.Request) error {
	if c.Kind == APIKey {
		r.Header.Set("X-Api-Key", c.key)
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.o.now(); c.token.expired(now) && c.refreshable() {
		err := c.refresh(r.Context(), c.token.Access)
		if err != nil && !c.token.Expires.After(now) {
			return err // else the token is good for a few seconds more, or it is new and could not be kept
		}
	}
	r.Header.Set("Authorization", "Bearer "+c.token.Access)
	return nil
}

// Renew gets a new token after r was answered with 401. Errors: a *[DeniedError] if there is none to be had, an
// *[OAuthError] or an error of the network if that is not known.
func (c *Credential) Renew(ctx context.Context, r *http.Request) error {
	if c.Kind == APIKey {
		which := "the key from " + c.Source.Text()
		if c.Source == FromFlag {
			which = "the key that was given"
		}
		return &DeniedError{which + " has to be replaced", c.anew()}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.refreshable() {
		return &DeniedError{"the OAuth session has ended", c.anew()}
	}
	refused := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if err := c.refresh(ctx, refused); err != nil && c.token.Access == refused {
		return err // else it is new and could not be kept, and this run can go on
	}
	return nil
}

// anew says how to get another credential into the place that this one is from.
func (c *Credential) anew() string {
	switch {
	case c.Source == FromEnv, c.Source == FromEnvAlias:
		return "set " + c.Source.Text() + " to another key; keys are made at app.heygen.com/settings/api"
	case c.Kind == OAuth:
		return "log in once more: hframes auth login --oauth, or use a key, which does not expire: hframes auth login"
	}
	return "log in with another key: hframes auth login; keys are made at app.heygen.com/settings/api"
}

// Refresh gets a new token and keeps it, however long the present one is valid.
func (c *Credential) Refresh(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.refreshable() {
		return &DeniedError{"there is no OAuth session that can be refreshed", c.anew()}
	}
	return c.refresh(ctx, c.token.Access)
}

// refresh replaces the token with the access token stale, which c.mu guards. Others may be doing the same at this
// moment, in this process and in others: who comes second takes what the first one got, as a refresh token may be good
// for one use only. An error with a new c.token says that it could not be kept.
func (c *Credential) refresh(ctx context.Context, stale string) error {
	if c.token.Access != stale {
		return nil
	}
	return c.store.Update(ctx, func(f *File) error {
		switch {
		case f.OAuth == nil:
			return &DeniedError{"the OAuth session was ended by another program", c.anew()}
		case c.User.id() != "" && f.User.id() != "" && c.User.id() != f.User.id():
			return &DeniedError{"another account has logged in meanwhile", "run the command again to go on with that account"}
		case f.OAuth.Access != stale && !f.OAuth.expired(c.o.now()):
			c.token = *f.OAuth
			return errUnchanged
		case f.OAuth.Refresh == "":
			return &DeniedError{"the OAuth session has ended", c.anew()}
		}
		service, err := NewService(c.o, f.OAuth.client(c.o))
		if err != nil {
			return err
		}
		fresh, err := service.refresh(ctx, *f.OAuth)
		if err != nil {
			return err
		}
		c.token = fresh
		f.OAuth = &fresh
		return nil
	})
}

// headerSafe reports whether s can stand in a header.
func headerSafe(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
