package heygen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

func TestSecretIsNotPrinted(t *testing.T) {
	const text = "hunter2hunter2"
	c, err := New(Options{Auth: Key(text)})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	for _, v := range []any{Secret(text), Key(text), Endpoint{Secret: text}, &Endpoint{Secret: text}, []Key{text}, map[string]Secret{"a": text}, Options{Auth: Key(text)}, c} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s", "%T"} {
			got := fmt.Sprintf(verb, v)
			if strings.Contains(got, text) || strings.Contains(strings.ToLower(got), fmt.Sprintf("%x", text)) {
				t.Errorf("%s of %T: %s", verb, v, got)
			}
		}
		if j, err := json.Marshal(v); err == nil && strings.Contains(string(j), text) {
			t.Errorf("%T: %s", v, j)
		}
		logger.Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
	}
	if strings.Contains(log.String(), text) {
		t.Errorf("log: %s", log.String())
	}
	for _, v := range []fmt.Stringer{Secret(text), Key(text)} {
		if v.String() != hidden || fmt.Sprint(v) != hidden {
			t.Errorf("%v", v)
		}
	}
}

func TestRedact(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"the key sk_V2_abcDEF123 is bad", "the key [secret] is bad"},
		{"hg_0123456789, whsec_abcdef", "[secret], [secret]"},
		{"task_identifier and disk_space stay", "task_identifier and disk_space stay"},
		{"insufficient_credit, asset_id and render_id stay", "insufficient_credit, asset_id and render_id stay"},
		{"X-Api-Key: abc def\nHost: x", "X-Api-Key: [secret]\nHost: x"},
		{`{"x-api-key": "abc def", "a": 1}`, `{"x-api-key": [secret], "a": 1}`},
		{"Authorization: Basic dXNlcjpwYXNz", "Authorization: [secret]"},
		{"got Bearer abcdefgh.ijk", "got Bearer [secret]"},
		{`{"access_token":"abc","refresh_token":"d e","code":1}`, `{"access_token":[secret],"refresh_token":[secret],"code":1}`},
		{"refresh_token=abc&grant_type=x", "refresh_token=[secret]&grant_type=x"},
		{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln rest", "[secret] rest"},
		{"see https://b.s3.example.com/a/b.zip?X-Amz-Signature=12&X-Amz-Date=3 now", "see https://b.s3.example.com/a/b.zip?[secret] now"},
		{`"https:\/\/x.example.com\/a?b=c\u0026d=e"`, `"https:\/\/x.example.com\/a?[secret]"`},
		{"https://u:p@x.example.com/a", "https://[secret]@x.example.com/a"},
		{"X-Amz-Signature=abc X-Amz-Credential=AKIA/1", "X-Amz-Signature=[secret] X-Amz-Credential=[secret]"},
		{"<AWSAccessKeyId>AKIA1</AWSAccessKeyId><SignatureProvided>ab</SignatureProvided>", "<AWSAccessKeyId>[secret]</AWSAccessKeyId><SignatureProvided>[secret]</SignatureProvided>"},
		{"plain-old-credential", "plain [secret]"},
		{"a+b%2Fc", "[secret]"},
	} {
		want := tt.want
		if tt.in == "plain-old-credential" {
			want = "plain-[secret]"
		}
		if got := redact(tt.in, "old-credential", "a b/c"); got != want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		in   string
		max  int
		want string
	}{
		{" a\n\tb\x1b[31mc\u202e \x00", 99, "a b [31mc"},
		{"\xff\xfeab", 99, "ab"},
		{"ääää", 7, "ää…"},
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6, "abc…"},
		{"Authorization:\u00a0abcdefgh", 99, "Authorization:[secret]"},
	} {
		if got := words(tt.in, tt.max); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}

var plainSecret = regexp.MustCompile(`^[A-Za-z0-9_\-]{8,200}$`)

// FuzzRedact: whatever stands around it, a credential that is in use is never left in a text, and neither is one of a
// known shape that stands by itself.
func FuzzRedact(f *testing.F) {
	f.Add("invalid key ", "sk_V2_abcdefgh", " for X-Api-Key: ")
	f.Add(`{"token":"`, "0123456789abcdef", `"}`)
	f.Add("https://x/y?X-Amz-Signature=", "abcdefgh12345678", "&a=b")
	f.Add("Authorization: Bearer ", "eyJabcdefghi", "\n")
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		if !plainSecret.MatchString(secret) {
			return
		}
		if got := words(before+secret+after, 500, secret); strings.Contains(got, secret) && !strings.Contains(words(before+" "+after, 1000), secret) {
			t.Errorf("left in: %q", got)
		}
		for _, shaped := range []string{"sk_" + secret, "Bearer " + secret, "X-Api-Key: " + secret, "https://x.example.com/y?sig=" + secret, "refresh_token=" + secret} {
			got := words(before+" "+shaped+" "+after, 1<<20)
			if strings.Contains(got, shaped) {
				t.Errorf("%s left in: %q", shaped, got)
			}
		}
		got := words(before, 100)
		if len(got) > 100 || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q", got)
		}
	})
}
