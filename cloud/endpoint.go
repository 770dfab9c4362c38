package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hframes/hframes/internal/heygen"
)

// events are what a webhook of ours is sent.
var events = []string{"hyperframes_video.success", "hyperframes_video.fail"}

// Register has the service send webhooks for renders to a public https URL, and returns what they are signed with. The
// journal is told before the service, so that a webhook that a killed process left is known as our own: it is replaced.
// Whatever Register returned, [Service.Unregister] takes back what it did. Errors: a [*Taken]; those of the client and
// of the journal.
func (s *Service) Register(ctx context.Context, url string) (heygen.Secret, error) {
	mine, err := s.registered(url)
	if err != nil {
		return "", err
	}
	if err := s.removeWebhook(ctx, url, mine); err != nil {
		return "", err
	}
	if err := s.noteWebhook(url, Registered); err != nil {
		return "", err
	}
	e, err := s.Client.CreateEndpoint(ctx, url, events)
	if err == nil && e.Secret == "" {
		err = errors.New("HeyGen told no secret")
	}
	if err == nil {
		return e.Secret, nil
	}
	if !mine && refused(err) {
		if e := s.noteWebhook(url, Unregistered); e != nil {
			return "", e
		}
	}
	if isStatus(err, 409) {
		return "", &Taken{URL: url}
	}
	return "", fmt.Errorf("register the webhook: %w", err)
}

// Unregister deletes the webhook that [Service.Register] made for a URL, if it did. One that is not at the service is
// deleted already.
func (s *Service) Unregister(ctx context.Context, url string) error {
	if mine, err := s.registered(url); err != nil || !mine {
		return err
	}
	if err := s.removeWebhook(ctx, url, true); err != nil {
		return err
	}
	return s.noteWebhook(url, Unregistered)
}

// registered reports whether what the service has registered for a URL is of our doing.
func (s *Service) registered(url string) (bool, error) {
	last, err := s.Journal.Last(s.Account, webhookKey(url))
	return last != nil && last.State == Registered, err
}

// removeWebhook deletes what is registered for a URL if it is ours; if not, its being there is a *Taken.
func (s *Service) removeWebhook(ctx context.Context, url string, mine bool) error {
	for e, err := range s.Client.EachEndpoint(ctx) {
		if err != nil {
			return fmt.Errorf("look for the webhook: %w", err)
		}
		if strings.TrimSuffix(e.URL, "/") != strings.TrimSuffix(url, "/") {
			continue
		}
		if !mine {
			return &Taken{URL: url, ID: e.ID}
		}
		if err := s.Client.DeleteEndpoint(ctx, e.ID); err != nil && !isStatus(err, 404) {
			return fmt.Errorf("delete the webhook %s: %w", e.ID, err)
		}
	}
	return nil
}

func (s *Service) noteWebhook(url string, state State) error {
	return s.note(&Record{Account: s.Account, Key: webhookKey(url), State: state})
}

func webhookKey(url string) string { return "webhook " + url }

// Taken says that a URL is registered for webhooks, and not by us.
type Taken struct {
	URL string
	ID  string // of the endpoint, "" if it is not known
}

func (e *Taken) Error() string {
	s := fmt.Sprintf("HeyGen sends webhooks to %s already", e.URL)
	if e.ID != "" {
		s += fmt.Sprintf(" (endpoint %s)", e.ID)
	}
	return s + ", and hframes on this machine did not register that"
}

// Hint says what to do about it.
func (e *Taken) Hint() string {
	return "give the endpoint's secret instead of registering, or register the address with another path"
}
