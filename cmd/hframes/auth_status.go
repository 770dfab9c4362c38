package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/auth"
	"github.com/spf13/cobra"
)

func statusCommand(t *terminal) *cobra.Command {
	var key keyFlag
	c := &cobra.Command{
		Use:   "status",
		Short: "Show which credential is used, and for whom",
		Long: `status shows the credential that is used, asks HeyGen whose it is, and shows the balance and what the key may do. It
exits 3 when there is none or HeyGen does not accept it.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			credential, err := key.find()
			if errors.Is(err, auth.ErrNone) && t.json {
				t.result("", map[string]bool{"configured": false})
			}
			if err != nil {
				return err
			}
			if credential.Warning != "" {
				t.note("warning: %s", credential.Warning)
			}
			s, refused := look(c.Context(), t, credential)
			if err := t.result(s.text(), s); err != nil {
				return err
			}
			return refused
		},
	}
	key.add(c)
	return c
}

// authStatus is what auth status shows. Its JSON is that of the HyperFrames CLI, with more in it.
type authStatus struct {
	Configured  bool            `json:"configured"`
	Source      auth.Source     `json:"source"`
	Type        auth.Kind       `json:"type"`
	Account     string          `json:"account"` // tells accounts apart
	User        *heygen.User    `json:"user"`    // null if HeyGen did not say
	Persisted   auth.User       `json:"persisted_user"`
	Key         *heygen.KeyInfo `json:"key"` // null for OAuth, and where the service is too old to say
	Scopes      []string        `json:"scopes"`
	ExpiresAt   *time.Time      `json:"expires_at"`
	Refreshable bool            `json:"refreshable"`
	APIError    *string         `json:"api_error"`
}

// look asks HeyGen about a credential. The error is nil if the credential is good, also where it may not see who owns
// it; the status is never nil.
func look(ctx context.Context, t *terminal, c *auth.Credential) (*authStatus, error) {
	s := &authStatus{Configured: true, Source: c.Source, Type: c.Kind, Account: c.Account(), Persisted: c.User, Scopes: []string{}}
	err := s.ask(ctx, t, c)
	if err != nil {
		msg := err.Error()
		s.APIError = &msg
	}
	s.ExpiresAt, s.Refreshable = instant(c.Expires()), c.Refreshable()
	if c.Kind == auth.OAuth {
		s.Scopes = strings.Fields(c.Scope())
	}
	if s.Key != nil {
		s.Scopes = append(s.Scopes, s.Key.Scopes...)
	}
	return s, err
}

func (s *authStatus) ask(ctx context.Context, t *terminal, c *auth.Credential) error {
	client, err := clientFor(t, c)
	if err != nil {
		return err
	}
	s.User, err = client.Me(ctx)
	var refused *heygen.Error
	if err != nil && !(errors.As(err, &refused) && refused.Status == http.StatusForbidden) || c.Kind == auth.OAuth {
		return err
	}
	key, keyErr := client.KeySelf(ctx)
	switch {
	case keyErr == nil && key != nil:
		s.Key = key
		return nil // a good key, which may be one that must not see the account
	case errors.As(keyErr, &refused) && refused.Status == http.StatusUnauthorized:
		return keyErr
	}
	return err // a service that does not know scoped keys
}

// person returns what is known of the account.
func (s *authStatus) person() auth.User {
	if s.User == nil {
		return s.Persisted
	}
	return auth.User{Email: s.User.Email, FirstName: s.User.FirstName, LastName: s.User.LastName, Username: s.User.Username}
}

func (s *authStatus) text() string {
	var b strings.Builder
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-9s %s\n", name, oneLine(value))
		}
	}
	row("source", s.Source.Text())
	row("kind", map[auth.Kind]string{auth.APIKey: "API key", auth.OAuth: "OAuth session"}[s.Type])
	row("account", cmp.Or(s.person().Name(), "not known"))
	if s.User != nil {
		billing(s.User, row)
	}
	if s.Key != nil {
		row("key", fmt.Sprintf("%s (%s)", cmp.Or(s.Key.Name, s.Key.ID), s.Key.Status))
		row("expires", s.Key.ExpiresAt)
	}
	row("scopes", strings.Join(s.Scopes, ", "))
	if s.ExpiresAt != nil {
		row("expires", until(*s.ExpiresAt)+map[bool]string{true: ", refreshed by itself"}[s.Refreshable])
	}
	return b.String()
}

// billing shows what is left to spend.
func billing(u *heygen.User, row func(name, value string)) {
	if w := u.Wallet; w != nil && w.RemainingBalance != nil {
		row("balance", fmt.Sprintf("%.2f %s", *w.RemainingBalance, cmp.Or(strings.ToUpper(w.Currency), "of an unknown currency")))
	}
	if s := u.Subscription; s != nil {
		row("plan", s.Plan)
		for _, pool := range []struct {
			name string
			*heygen.Credits
		}{{"premium", s.Credits.Premium}, {"add-on", s.Credits.AddOn}} {
			if pool.Credits != nil && pool.Remaining != nil {
				row("credits", fmt.Sprintf("%d %s", *pool.Remaining, pool.name))
			}
		}
	}
	if m := u.UsageBased; m != nil && m.SpendingCurrentUSD != nil {
		spent := fmt.Sprintf("%.2f USD", *m.SpendingCurrentUSD)
		if m.SpendingCapUSD != nil {
			spent += fmt.Sprintf(" of %.2f", *m.SpendingCapUSD)
		}
		row("spent", spent)
	}
}

// instant returns t for JSON; nil if it is not known.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func until(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
