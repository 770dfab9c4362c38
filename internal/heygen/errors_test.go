package heygen

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

var update = flag.Bool("update", false, "rewrite testdata")

// TestCatalogue shows every code, as a service or a store sends it, with its message, hint and exit code.
func TestCatalogue(t *testing.T) {
	var status int
	var body string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "req-1")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}, func(o *Options) { o.Retries = -1 })
	all := Catalogue()
	if !slices.IsSortedFunc(all, func(a, b Advice) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("not sorted")
	}
	var got bytes.Buffer
	show := func(a Advice, code string, store bool) {
		status = a.Status
		if status == 0 {
			status = map[string]int{"3xx": 300, "4xx": 418, "5xx": 501, "xxx": 600}[a.Code[len(a.Code)-3:]]
		}
		var err error
		if store {
			body = fmt.Sprintf("<Error><Code>%s</Code><Message>in the store's words</Message></Error>", code)
			err = c.Put(t.Context(), &Upload{URL: c.base + signed}, strings.NewReader("x"), 1, nil)
		} else {
			body = fmt.Sprintf(`{"error":{"code":%q,"message":"in HeyGen's words","param":null}}`, code)
			err = get(t.Context(), c)
		}
		no, ok := errors.AsType[*Error](err)
		if !ok || no.Code != code && code != "" || no.Advice() != a || no.ExitCode() != a.Exit || no.RequestID != "req-1" {
			t.Errorf("%s: %+v", a.Code, err)
			return
		}
		fmt.Fprintf(&got, "%s %d, exit %d%s\n  %s\n  hint: %s\n", a.Code, status, no.ExitCode(), map[bool]string{true: ", may pass"}[a.Retry], no, no.Hint())
		if a.Sentence == "" || a.Hint == "" || strings.HasSuffix(a.Sentence, ".") || a.Exit != 1 && a.Exit != 3 {
			t.Errorf("%+v", a)
		}
	}
	for _, a := range all {
		show(a, a.Code, unicode.IsUpper(rune(a.Code[0])))
	}
	got.WriteString("\ncodes that are not known\n\n")
	for _, a := range classes {
		show(a, "brand_new", strings.HasPrefix(a.Code, "store"))
	}
	const golden = "testdata/catalogue.txt"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got.String() != string(want) {
		t.Errorf("%s is not what the catalogue says (-update rewrites it): %v\n%s", golden, err, got.String())
	}
}

func TestRefusals(t *testing.T) {
	long := strings.Repeat("long ", 1000)
	for _, tt := range []struct {
		name, body string
		status     int
		want       string // code, message, param
		text       string
	}{
		{"v3", `{"error":{"code":"invalid_parameter","message":"fps is wrong","param":"fps","doc_url":null}}`, 400, "invalid_parameter|fps is wrong|fps",
			`HeyGen does not accept a field of the request: "fps is wrong" (request ID R)`},
		{"param not in the message", `{"error":{"code":"invalid_parameter","message":"wrong","param":"fps"}}`, 400, "invalid_parameter|wrong|fps",
			`HeyGen does not accept a field of the request (field fps): "wrong" (request ID R)`},
		{"nothing to add", `{"error":{"code":"unauthorized","message":"Unauthorized."}}`, 401, "unauthorized|Unauthorized.|",
			`HeyGen does not accept the credential (request ID R)`},
		{"no code", `{"error":{"code":null,"message":"m","param":null}}`, 400, "http_400|m|", `HeyGen does not accept the request [400]: "m" (request ID R)`},
		{"unknown code", `{"error":{"code":"teapot","message":"m"}}`, 418, "teapot|m|", `HeyGen does not accept the request [418 teapot]: "m" (request ID R)`},
		{"v1", `{"code":400112,"message":"Unauthorized"}`, 401, "400112|Unauthorized|", `HeyGen does not accept the credential (request ID R)`},
		{"v2", `{"error":{"code":"40009","message":"m"},"data":null}`, 401, "40009|m|", `HeyGen does not accept the credential: "m" (request ID R)`},
		{"other script", `{"error":{"code":"not_found","message":"没有 \"x\""}}`, 404, `not_found|没有 "x"|`, `HeyGen does not know this id: "没有 "x"" (request ID R)`},
		{"text for an error", `{"error":"not so"}`, 400, "http_400|not so|", ""},
		{"OAuth", `{"error":"invalid_grant","error_description":"gone"}`, 400, "http_400|gone|", ""},
		{"detail", `{"detail":"Not Found"}`, 404, "http_404|Not Found|", `HeyGen does not know what was asked for [404] (request ID R)`},
		{"odd types", `{"error":{"code":{},"message":[1],"param":{}}}`, 400, "http_400||", ""},
		{"error null", `{"error":null}`, 500, "http_500||", ""},
		{"array", `[1]`, 500, "http_500|[1]|", ""},
		{"nothing", ``, 503, "http_503||", "HeyGen has a fault of its own [503] (request ID R)"},
		{"page", `<!DOCTYPE html><html><head><style>b{}</style><title>Attention</title></head><body>Sorry, you have been blocked</body></html>`, 403,
			"http_403|Attention Sorry, you have been blocked|", ""},
		{"text", long, 502, "http_502|" + long[:197] + "…|", ""},
		{"long message", `{"error":{"message":"` + long + `"}}`, 500, "http_500|" + long[:497] + "…|", ""},
		{"half JSON", `{"error":{"code":"x"`, 500, `http_500|{"error":{"code":"x"|`, ""},
		{"code with the key", `{"error":{"code":"` + testKey + `","message":"key ` + testKey + ` is bad"}}`, 401, "http_401|key [secret] is bad|", ""},
		{"code with a line", `{"error":{"code":"a\nb","message":"\u001b[2Jm\nn"}}`, 400, "http_400|[2Jm n|", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Request-Id", "R")
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			}, func(o *Options) { o.Retries = -1 })
			err := get(t.Context(), c)
			no, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatal(err)
			}
			if got := strings.Join([]string{no.Code, no.Message, no.Param}, "|"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if tt.text != "" && err.Error() != tt.text {
				t.Errorf("got  %s\nwant %s", err, tt.text)
			}
			if no.Call != "GET /v3/hyperframes/renders/r" || no.Tries != 1 {
				t.Errorf("%+v", no)
			}
		})
	}
}

// TestEcho: a service that sends back everything it got does not make an error show a credential.
func TestEcho(t *testing.T) {
	const odd = "partner:key/with+odd=characters"
	for _, status := range []int{400, 401, 403, 404, 409, 429, 500} {
		for _, form := range []string{"%s", `{"error":{"code":"x","message":%q}}`, `{"error":{"code":%q,"param":%[1]q,"message":%[1]q}}`, "<html><b>%s", "<Error><Code>%s</Code></Error>"} {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				var head bytes.Buffer
				r.Header.Write(&head)
				w.Header().Set("X-Request-Id", r.Header.Get("X-Api-Key"))
				w.WriteHeader(status)
				fmt.Fprintf(w, form, r.URL.String()+"\n"+head.String())
			}, func(o *Options) { o.Auth, o.Retries = Key(odd), -1 })
			err := get(t.Context(), c)
			no, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatal(err)
			}
			j, _ := json.Marshal(no)
			for _, text := range []string{err.Error(), no.Hint(), fmt.Sprintf("%+v %#v", no, *no), string(j)} {
				if strings.Contains(text, "with+odd") {
					t.Errorf("%d: %s", status, text)
				}
			}
		}
	}
}

func TestRetryAfterIsInTheHint(t *testing.T) {
	e := &Error{Status: 429, Code: "rate_limit_exceeded", RetryAfter: 30 * time.Second}
	if !strings.HasSuffix(e.Hint(), "(HeyGen asks to wait 30s)") {
		t.Error(e.Hint())
	}
}

// FuzzRefusal: whatever an answer says, the error is short, printable, and never without a code.
func FuzzRefusal(f *testing.F) {
	f.Add([]byte(`{"error":{"code":"invalid_parameter","message":"m","param":"fps"}}`), 400)
	f.Add([]byte(`{"code":400112,"message":"Unauthorized"}`), 401)
	f.Add([]byte(`<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>`), 403)
	f.Add([]byte(`<html><script>x</script>blocked`), 403)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		const secret = "fuzzKEYfuzzKEYfuzzKEY"
		e := refusal(&http.Response{StatusCode: status, Header: http.Header{"X-Request-Id": {string(body)}}}, append(body, secret...), secret)
		if e.Code == "" || len(e.Code) > 64 || len(e.Message) > 500 || len(e.RequestID) > 100 || len(e.Param) > 100 {
			t.Errorf("%+v", e)
		}
		if text := e.Error() + e.Hint() + fmt.Sprintf("%+v", *e); strings.Contains(text, secret) || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%q", text)
		}
		if a := e.Advice(); a.Sentence == "" || e.ExitCode() != 1 && e.ExitCode() != 3 {
			t.Errorf("%+v", a)
		}
	})
}
