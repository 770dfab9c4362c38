package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

const (
	minInterval = 5 * time.Second // between two questions, also where the service allows more of them
	maxInterval = time.Minute
	maxDevice   = 30 * time.Minute // for a whole login
	// maxFailures is how many questions in a row may go without an answer.
	maxFailures = 5
)

// A DeviceCode is what a person needs who logs in on another device.
type DeviceCode struct {
	Code    string        // to be typed in
	URL     string        // where
	FullURL string        // the same with the code in it; may be ""
	Life    time.Duration // how long the code is valid
}

// Device logs in through a browser on any device (RFC 8628). show is called once with what the person needs, and Device
// waits until that is done, at most half an hour. The token is kept nowhere yet. Errors are those of
// [Service.Browser]. It is for a person who waits: the caller makes sure that there is one.
func (s *Service) Device(ctx context.Context, show func(DeviceCode)) (Token, error) {
	const doing = "log in"
	asked, code, err := s.startDevice(ctx)
	if err != nil {
		return Token{}, fmt.Errorf("%s: %w", doing, err)
	}
	show(code)

	ctx, cancel := context.WithTimeoutCause(ctx, code.Life, &DeniedError{"log in: the code was not used in time", "run the command again"})
	defer cancel()
	config := s.config
	config.Scopes = nil // are asked for with the code
	polls := &http.Client{Transport: &patient{next: s.http.Transport}, CheckRedirect: s.http.CheckRedirect, Timeout: maxInterval + callTimeout}
	got, err := config.DeviceAccessToken(context.WithValue(ctx, oauth2.HTTPClient, polls), asked)
	if err != nil && ctx.Err() != nil {
		return Token{}, context.Cause(ctx)
	}
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) {
		switch refused.ErrorCode {
		case "expired_token":
			return Token{}, &DeniedError{"log in: the code was not used in time", "run the command again"}
		case "access_denied":
			return Token{}, refusedLogin(refused.ErrorCode, refused.ErrorDescription)
		}
	}
	if err != nil {
		return Token{}, fault(doing, err, asked.DeviceCode)
	}
	return s.token(got)
}

// startDevice asks for a code.
func (s *Service) startDevice(ctx context.Context) (*oauth2.DeviceAuthResponse, DeviceCode, error) {
	status, body, err := s.post(ctx, s.config.Endpoint.DeviceAuthURL, url.Values{"scope": {strings.Join(scopes, " ")}})
	if err != nil {
		return nil, DeviceCode{}, err
	}
	var answer struct {
		DeviceCode string      `json:"device_code"`
		UserCode   string      `json:"user_code"`
		URL        string      `json:"verification_uri"`
		FullURL    string      `json:"verification_uri_complete"`
		Expires    json.Number `json:"expires_in"` // text in quotes is taken, too
		Interval   json.Number `json:"interval"`
		Error      string      `json:"error"`
		ErrorText  string      `json:"error_description"`
	}
	bad := json.Unmarshal(body, &answer) != nil
	if status != http.StatusOK {
		return nil, DeviceCode{}, &OAuthError{"ask for a code", status, quotable(answer.Error, nil), quotable(answer.ErrorText, nil)}
	}
	life, err := answer.Expires.Float64()
	if bad || err != nil || life <= 0 || !shown(answer.UserCode) || !shown(answer.DeviceCode) {
		return nil, DeviceCode{}, errors.New("HeyGen's answer is not one that can be used")
	}
	if !safeURL(answer.URL) || answer.FullURL != "" && !safeURL(answer.FullURL) {
		return nil, DeviceCode{}, errors.New("the address that HeyGen sent is not safe to open")
	}
	pause, _ := answer.Interval.Float64()
	code := DeviceCode{
		Code: answer.UserCode, URL: answer.URL, FullURL: answer.FullURL,
		Life: time.Duration(min(life, maxDevice.Seconds()) * float64(time.Second)),
	}
	pause = min(max(pause, s.minInterval.Seconds()), maxInterval.Seconds())
	return &oauth2.DeviceAuthResponse{DeviceCode: answer.DeviceCode, Interval: int64(pause)}, code, nil
}

// shown reports whether s is text that can be shown and sent.
func shown(s string) bool { return s != "" && len(s) < 2048 && headerSafe(s) }

// post sends a form under our client id and returns the answer.
func (s *Service) post(ctx context.Context, address string, form url.Values) (status int, body []byte, err error) {
	form.Set("client_id", s.config.ClientID)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := s.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// patient goes between the library, which gives up at the first question without an answer, and a network and a
// service that have bad moments.
type patient struct {
	next     http.RoundTripper
	failures int // in a row; questions come one after the other
}

func (p *patient) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := p.next.RoundTrip(r)
	if err == nil && answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode < 500 {
		p.failures = 0
		return answer, nil
	}
	if p.failures++; p.failures >= maxFailures || r.Context().Err() != nil {
		return answer, err
	}
	say := `{"error":"authorization_pending"}` // that is: ask again
	if err == nil {
		answer.Body.Close()
		if answer.StatusCode == http.StatusTooManyRequests {
			say = `{"error":"slow_down"}`
		}
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		select {
		case <-time.After(min(time.Duration(max(seconds, 0))*time.Second, maxInterval)):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return &http.Response{
		StatusCode: http.StatusBadRequest, Status: "400 Bad Request", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader([]byte(say))),
	}, nil
}
