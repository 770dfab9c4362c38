package heygen

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

func sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestVerifySignature(t *testing.T) {
	now := time.Unix(1_790_000_000, 0)
	const secret = "whsec_abc"
	const body = `{"event_type":"hyperframes_video.success","event_data":{"render_id":"r","video_url":"https://v","callback_id":"c","message":"ok"}}`
	header := func(signature string, at int64) http.Header {
		return http.Header{"Heygen-Signature": {signature}, "Heygen-Timestamp": {strconv.FormatInt(at, 10)}, "Heygen-Event-Id": {"e"}}
	}
	good := sign(secret, body)
	for _, tt := range []struct {
		name   string
		secret Secret
		h      http.Header
		body   string
		ok     bool
	}{
		{"good", secret, header(good, now.Unix()), body, true},
		{"upper case", secret, header(strings.ToUpper(good), now.Unix()), body, true},
		{"milliseconds", secret, header(good, now.UnixMilli()), body, true},
		{"just in time", secret, header(good, now.Unix()-300), body, true},
		{"just too old", secret, header(good, now.Unix()-301), body, false},
		{"just not too new", secret, header(good, now.Unix()+300), body, true},
		{"too new", secret, header(good, now.Unix()+301), body, false},
		{"far future", secret, header(good, 9_223_372_036_854_775_807), body, false},
		{"negative", secret, header(good, -1), body, false},
		{"legacy", secret, http.Header{"Signature": {good}}, body, true},
		{"legacy with an old time", secret, http.Header{"Signature": {good}, "Heygen-Timestamp": {"1"}}, body, false},
		{"no time", secret, http.Header{"Heygen-Signature": {good}}, body, false},
		{"bad time", secret, http.Header{"Heygen-Signature": {good}, "Heygen-Timestamp": {"x"}}, body, false},
		{"other secret", "whsec_abd", header(good, now.Unix()), body, false},
		{"other body", secret, header(good, now.Unix()), body + " ", false},
		{"no signature", secret, http.Header{}, body, false},
		{"half a signature", secret, header(good[:32], now.Unix()), body, false},
		{"no hex", secret, header("zz"+good[2:], now.Unix()), body, false},
		{"both, the newer bad", secret, http.Header{"Heygen-Signature": {sign("x", body)}, "Signature": {good}, "Heygen-Timestamp": {"1790000000"}}, body, false},
		{"no secret", "", header(sign("", body), now.Unix()), body, false},
	} {
		d, err := VerifySignature(tt.secret, tt.h, []byte(tt.body), now)
		if (err == nil) != tt.ok || (d == nil) == tt.ok || err != nil && !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %+v, %v", tt.name, d, err)
		}
	}
	d, err := VerifySignature(secret, header(good, now.Unix()), []byte(body), now)
	if err != nil {
		t.Fatal(err)
	}
	d.Data = nil
	want := &Delivery{ID: "e", Digest: fmt.Sprintf("%x", sha256.Sum256([]byte(body))), Time: now, Type: "hyperframes_video.success", RenderID: "r", CallbackID: "c", VideoURL: "https://v"}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got  %+v\nwant %+v", d, want)
	}
}

func TestDeliverySpellings(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{`{"event_type":"hyperframes_video.fail","event_data":{"video_id":"v","url":"u","error_message":"m"},"event_id":"i"}`, "i hyperframes_video.fail v u m"},
		{`{"type":"t","data":{"id":"v","failure_reason":"m"}}`, " t v  m"},
		{`{"event_type":"x.fail","event_data":{"render_id":"r","failure_message":null,"error":{"message":"m sk_V2_secretsecret"}}}`, " x.fail r  m [secret]"},
		{`{"event_type":"x.fail","event_data":{"render_id":7,"msg":"m"}}`, " x.fail   m"},
		{`{"event_type":"x.success","event_data":[]}`, " x.success   "},
		{`{}`, "    "},
		{`[]`, "error"}, {`null`, "error"}, {`{`, "error"}, {``, "error"},
	} {
		d, err := VerifySignature("s", http.Header{"Signature": {sign("s", tt.body)}}, []byte(tt.body), time.Now())
		got := "error"
		if err == nil {
			got = strings.Join([]string{d.ID, d.Type, d.RenderID, d.VideoURL, d.Failure}, " ")
		} else if errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", tt.body, err)
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.body, got, tt.want)
		}
	}
}

// FuzzVerifySignature: no delivery is taken but with the right signature of exactly its body.
func FuzzVerifySignature(f *testing.F) {
	f.Add("whsec_a", `{"event_type":"hyperframes_video.success","event_data":{"render_id":"r"}}`, "1790000000", "00ff")
	f.Add("s", `{"event_data":{"error":{"message":"x"}}}`, "1790000000000", "")
	f.Fuzz(func(t *testing.T, secret, body, stamp, signature string) {
		now := time.Unix(1_790_000_000, 0)
		h := http.Header{"Heygen-Signature": {signature}, "Heygen-Timestamp": {stamp}}
		if d, err := VerifySignature(Secret(secret), h, []byte(body), now); err == nil && (secret == "" || !strings.EqualFold(strings.TrimSpace(signature), sign(secret, body)) || d.Time.IsZero()) {
			t.Errorf("taken: %+v", d)
		}
		h.Set("Heygen-Signature", sign(secret, body))
		if d, err := VerifySignature(Secret(secret), h, []byte(body), now); err == nil {
			if skew := now.Sub(d.Time).Abs(); skew > maxSkew || len(d.Failure) > 500 {
				t.Errorf("%+v", d)
			}
		}
	})
}
