package heygen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const hidden = "[secret]"

// Secret is text that is printed as "[secret]" by every format verb, by encoding/json and by log/slog. Convert it to a
// string to use it.
type Secret string

// Format prints "[secret]".
func (Secret) Format(s fmt.State, _ rune) { io.WriteString(s, hidden) }

// String returns "[secret]".
func (Secret) String() string { return hidden }

// MarshalText returns "[secret]".
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns "[secret]".
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// UnmarshalText takes the text as it is.
func (s *Secret) UnmarshalText(text []byte) error { *s = Secret(text); return nil }

// Key is an API key. As an [Authorizer] it is sent as X-Api-Key; it is printed like a [Secret].
type Key string

var errFixedKey = errors.New("an API key cannot be renewed")

// Authorize sets X-Api-Key. Errors: the key is empty or has characters that no header can have.
func (k Key) Authorize(r *http.Request) error {
	if k == "" || strings.ContainsFunc(string(k), func(c rune) bool { return c < 0x20 || c == 0x7F }) {
		return errors.New("the API key is empty or has control characters")
	}
	r.Header.Set("X-Api-Key", string(k))
	return nil
}

// Renew returns an error: there is no other key.
func (k Key) Renew(context.Context, *http.Request) error { return errFixedKey }

// Format prints "[secret]".
func (Key) Format(s fmt.State, _ rune) { io.WriteString(s, hidden) }

// String returns "[secret]".
func (Key) String() string { return hidden }

// MarshalText returns "[secret]".
func (Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns "[secret]".
func (Key) LogValue() slog.Value { return slog.StringValue(hidden) }

// secrets are the shapes of what must not be shown, each with what is shown for it. Order matters: addresses and header
// lines go whole before what may be in them.
var secrets = []struct {
	shape *regexp.Regexp
	shown string
}{
	{regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*:(?:\\?/){2})[^\s/"'<>@]+@`), "${1}" + hidden + "@"},         // user and password of a URL
	{regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*:(?:\\?/){2}[^\s"'<>?#]*)[?#][^\s"'<>]*`), "${1}?" + hidden}, // its query
	{regexp.MustCompile(`(?i)((?:proxy-)?authorization|x-api-key|(?:set-)?cookie|x-amz-security-token)(\\?["']?\s*[:=]\s*)(\\?"[^"\r\n]*"?|'[^'\r\n]*'?|[^\r\n]*)`), "${1}${2}" + hidden},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}`), "${1} " + hidden},
	{regexp.MustCompile(`(?i)((?:api|access|secret|client)[_-]?(?:key|token|secret)|[a-z]*_?token|[a-z]*_?secret|password|code_verifier|device_code|x-amz-[a-z0-9-]+)(\\?["']?\s*[:=]\s*)(\\?"[^"\r\n]*"?|'[^'\r\n]*'?|[^\s&,;"'<>})]+)`), "${1}${2}" + hidden},
	{regexp.MustCompile(`(?i)((?:signature|policy|key-pair-id|awsaccesskeyid)=)[^\s&"'<>]+`), "${1}" + hidden},
	{regexp.MustCompile(`<(AWSAccessKeyId|SignatureProvided|StringToSign|StringToSignBytes|CanonicalRequest|CanonicalRequestBytes)>[^<]*`), "<${1}>" + hidden},
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*`), hidden}, // JWT
	{regexp.MustCompile(`\b(?:sk|hg|whsec)_[A-Za-z0-9_\-]{4,}`), hidden},
}

// redact takes from a text what looks like a secret, and each of the texts in hide. What is left can be shown.
func redact(s string, hide ...string) string {
	for _, h := range hide {
		for _, form := range []string{h, url.QueryEscape(h), url.PathEscape(h)} {
			s = strings.ReplaceAll(s, form, hidden)
		}
	}
	for _, p := range secrets {
		s = p.shape.ReplaceAllString(s, p.shown)
	}
	return s
}

// words makes a text of the service fit for one line of a terminal: without secrets, without characters that a terminal
// would act on, and at most max bytes long.
func words(s string, max int, hide ...string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, redact(s, hide...))
	// Again: what was taken out may have stood in the way of a shape.
	s = redact(strings.Join(strings.Fields(s), " "), hide...)
	if len(s) <= max {
		return s
	}
	cut := max - len("…")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// credentials returns what in a request's header must never be shown: 4 bytes or more, since less is no secret.
func credentials(h http.Header) []string {
	all := slices.Concat(h.Values("X-Api-Key"), h.Values("Authorization"))
	for _, v := range h.Values("Authorization") {
		if _, token, ok := strings.Cut(v, " "); ok {
			all = append(all, token)
		}
	}
	return slices.DeleteFunc(all, func(s string) bool { return len(s) < 4 })
}

// clean returns err with a text that has no secrets in it, and that is still found by errors.Is and errors.As.
func clean(err error, hide ...string) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the address, which may be presigned
	}
	return &cleaned{words(err.Error(), 500, hide...), err}
}

type cleaned struct {
	text  string
	cause error
}

func (c *cleaned) Error() string        { return c.text }
func (c *cleaned) Is(target error) bool { return errors.Is(c.cause, target) }
func (c *cleaned) As(target any) bool   { return errors.As(c.cause, target) }
