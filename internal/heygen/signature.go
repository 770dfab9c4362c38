package heygen

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxDelivery is how many bytes of a webhook's body a receiver should read before it refuses the rest.
const MaxDelivery = 256 << 10

// maxSkew is how far a delivery's time may be from ours.
const maxSkew = 5 * time.Minute

// ErrSignature is in the errors for a delivery that is not proved to come from the service, or to be of now.
var ErrSignature = errors.New("not signed by HeyGen")

// A Delivery is a webhook of the service whose signature is good (heygen-api §8.3). It is a signal: what it says of a
// render is to be asked for anew with [Client.Render]. Only the body is signed, and so neither the ID nor the time:
// whoever once saw a delivery can send its body again under another ID. Digest tells such a copy.
type Delivery struct {
	ID         string         // of the delivery; "" where the service sent none
	Digest     string         // SHA-256 of the body, hex: deliveries with the same digest say the same
	Time       time.Time      // when it was sent; zero where the service did not say
	Legacy     bool           // signed in the older way, which has no ID and no time
	Type       string         // hyperframes_video.success; "" where the service did not say
	Data       map[string]any // the event's data; nil where there is none
	RenderID   string         // of the render, "" if none is named
	CallbackID string         // that the render was created with
	VideoURL   string         // presigned, for minutes
	Failure    string         // why the render failed, in the service's words; "" for a success
}

// VerifySignature reads a delivery: its header, and its body as it came, at most [MaxDelivery] bytes. now is the time
// of the receiver, from which the delivery's may differ by 5 minutes. Errors: one with [ErrSignature] in it, to be
// answered with 401; another for a body that is signed but no event, to be answered with 400.
func VerifySignature(secret Secret, h http.Header, body []byte, now time.Time) (*Delivery, error) {
	if secret == "" {
		return nil, fmt.Errorf("webhook: %w: there is no secret to check with", ErrSignature)
	}
	signature, legacy := h.Get("Heygen-Signature"), false
	if signature == "" {
		signature, legacy = h.Get("Signature"), true
	}
	given, err := hex.DecodeString(strings.TrimSpace(signature))
	if err != nil || len(given) == 0 {
		return nil, fmt.Errorf("webhook: %w: no signature, or one that is no hex", ErrSignature)
	}
	mac := hmac.New(sha256.New, []byte(string(secret)))
	mac.Write(body)
	if !hmac.Equal(given, mac.Sum(nil)) {
		return nil, fmt.Errorf("webhook: %w: the signature is not that of the body", ErrSignature)
	}
	d := &Delivery{ID: words(h.Get("Heygen-Event-Id"), 200), Legacy: legacy}
	if stamp := strings.TrimSpace(h.Get("Heygen-Timestamp")); stamp != "" || !legacy {
		if d.Time, err = stampTime(stamp); err != nil {
			return nil, fmt.Errorf("webhook: %w: %v", ErrSignature, err)
		}
		if skew := now.Sub(d.Time); skew > maxSkew || skew < -maxSkew {
			return nil, fmt.Errorf("webhook: %w: its time is off by more than %v; is this machine's clock right?", ErrSignature, maxSkew)
		}
	}
	digest := sha256.Sum256(body)
	d.Digest = hex.EncodeToString(digest[:])
	var event map[string]any
	if err := json.Unmarshal(body, &event); err != nil || event == nil {
		return nil, errors.New("webhook: the body is no JSON object")
	}
	d.read(event)
	return d, nil
}

// stampTime reads Unix seconds, or milliseconds where there are 13 digits.
func stampTime(stamp string) (time.Time, error) {
	n, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || n < 0 || len(stamp) > 13 {
		return time.Time{}, errors.New("it has no time, or one that is no number of seconds")
	}
	if len(stamp) == 13 {
		return time.UnixMilli(n), nil
	}
	return time.Unix(n, 0), nil
}

// read takes what an event says, in the several spellings that were seen.
func (d *Delivery) read(event map[string]any) {
	if d.ID == "" {
		d.ID = words(first(event, "event_id"), 200)
	}
	d.Type = words(first(event, "event_type", "type"), 100)
	for _, name := range []string{"event_data", "data"} {
		if data, ok := event[name].(map[string]any); ok && d.Data == nil {
			d.Data = data
		}
	}
	d.RenderID = first(d.Data, "render_id", "video_id", "id")
	d.CallbackID = first(d.Data, "callback_id")
	d.VideoURL = first(d.Data, "video_url", "url")
	if !strings.HasSuffix(d.Type, ".success") {
		d.Failure = words(first(d.Data, "failure_message", "failure_reason", "error_message", "error", "message", "msg"), 500)
	}
}

// first returns the first of the fields that has a text, also where it is the message of an object.
func first(from map[string]any, names ...string) string {
	for _, name := range names {
		switch v := from[name].(type) {
		case string:
			if v != "" {
				return v
			}
		case map[string]any:
			if s, ok := v["message"].(string); ok && s != "" {
				return s
			}
		}
	}
	return ""
}
