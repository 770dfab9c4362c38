package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// SaveKey keeps a key in the credentials file, beside an OAuth session that is there; ahead reports whether there is
// one, which is used before the key. Check the key first: the one that was there is gone.
func SaveKey(ctx context.Context, o Options, key string, user User) (ahead bool, err error) {
	if _, err := WithKey(key); err != nil {
		return false, err
	}
	err = update(ctx, o, func(f *File) error {
		f.Key = key
		if ahead = f.OAuth != nil; !ahead {
			f.User = user // else the block tells whose the session is
		}
		return nil
	})
	return ahead, err
}

// SaveToken keeps an OAuth session in the credentials file, beside a key that is there. Check the token first. One that
// cannot be kept is revoked, as nobody could do so later.
func SaveToken(ctx context.Context, o Options, t Token, user User) error {
	err := update(ctx, o, func(f *File) error {
		f.OAuth, f.User = &t, user
		return nil
	})
	if err != nil {
		Revoke(ctx, o, t) // or it ends by itself
	}
	return err
}

// Session returns the OAuth session of the credentials file, whatever else there is that comes before it. Errors are
// those of [Find].
func Session(o Options) (*Credential, error) {
	o.Key = ""
	env := o.env
	o.Env = func(name string) string {
		if name == EnvKey || name == EnvAlias {
			return ""
		}
		return env(name)
	}
	c, err := Find(o)
	if err == nil && c.Kind != OAuth {
		err = &DeniedError{"there is no OAuth session", "a key does not expire and is not refreshed; a session starts with hframes auth login --oauth"}
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Ended says what a logout removed.
type Ended struct {
	OAuth, Key bool
	Revoked    error // why the service could not be told; nil = it was, or had not to be
}

// Logout tells the service that the OAuth session is over and removes it from the credentials file, and the key as well
// unless keepKey is set. The service has 5 s for that; we go on without it.
func Logout(ctx context.Context, o Options, keepKey bool) (Ended, error) {
	var e Ended
	store, err := Open(o)
	if err != nil {
		return e, err
	}
	if f, err := store.Read(); err != nil || f.OAuth == nil && (f.Key == "" || keepKey) {
		return e, err // and no folder is made for that
	}
	err = store.Update(ctx, func(f *File) error {
		e.OAuth = f.OAuth != nil
		e.Key = f.Key != "" && !keepKey
		if e.OAuth {
			e.Revoked = Revoke(ctx, o, *f.OAuth)
		}
		f.OAuth = nil
		if e.Key || f.Key == "" {
			f.Key, f.User = "", User{}
		}
		return nil
	})
	return e, err
}

func update(ctx context.Context, o Options, change func(*File) error) error {
	store, err := Open(o)
	if err != nil {
		return err
	}
	return store.Update(ctx, change)
}

// Revoke tells the service that a session is over: its refresh token first, as that ends the rest as well where the
// service follows RFC 7009. It takes at most 5 s.
func Revoke(ctx context.Context, o Options, t Token) error {
	s, err := NewService(o, t.client(o))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var faults []error
	for _, one := range []struct{ token, hint string }{{t.Refresh, "refresh_token"}, {t.Access, "access_token"}} {
		if one.token == "" {
			continue
		}
		status, _, err := s.post(ctx, s.revoke, url.Values{"token": {one.token}, "token_type_hint": {one.hint}})
		if err == nil && status != http.StatusOK {
			err = &OAuthError{Doing: "revoke", Status: status}
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("end the session at HeyGen: %w", err))
		}
	}
	return errors.Join(faults...)
}
