package heygen

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// An Error is an answer that says no: from the service, or from the store that files are uploaded to.
type Error struct {
	Call       string        // "POST /v3/hyperframes/renders"; "PUT upload" and "GET result" for the store
	Status     int           // HTTP status
	Code       string        // the service's, such as insufficient_credit; never empty: made from Status where it sent none
	Message    string        // the service's own words, without secrets; may be ""
	Param      string        // the field that is meant; may be ""
	RequestID  string        // for HeyGen's support; may be ""
	RetryAfter time.Duration // asked for by the service, at most 2 minutes; 0 = it did not
	Tries      int           // how often the call was made
	Doubt      bool          // a try of the call may have been carried out: this one, or one before it

	store   bool  // said by the store, not by the service
	renewal error // why there is no new credential
}

// Error says what went wrong in the catalogue's sentence, then in the service's words, with the request id.
func (e *Error) Error() string {
	a := e.Advice()
	var b strings.Builder
	b.WriteString(a.Sentence)
	if _, ok := known(e.Code); !ok {
		fmt.Fprintf(&b, " [%d", e.Status)
		if e.Code != statusCode(e.Status) {
			b.WriteString(" " + e.Code)
		}
		b.WriteString("]")
	}
	if e.Param != "" && !strings.Contains(e.Message, e.Param) {
		fmt.Fprintf(&b, " (field %s)", e.Param)
	}
	if e.adds(a) {
		fmt.Fprintf(&b, ": \"%s\"", e.Message)
	}
	if e.renewal != nil && !errors.Is(e.renewal, errFixedKey) {
		fmt.Fprintf(&b, "; and there is no new credential: %s", words(e.renewal.Error(), 500))
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request ID %s)", e.RequestID)
	}
	return b.String()
}

// adds reports whether the service's words say more than the status, the code and the catalogue's sentence.
func (e *Error) adds(a Advice) bool {
	plain := func(s string) string {
		return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}), " ")
	}
	m := plain(e.Message)
	return m != "" && m != plain(e.Code) && m != plain(http.StatusText(e.Status)) && m != plain(a.Sentence)
}

// Hint says what to do about it.
func (e *Error) Hint() string {
	hint := e.Advice().Hint
	if e.RetryAfter > 0 {
		hint += fmt.Sprintf(" (HeyGen asks to wait %v)", e.RetryAfter.Round(time.Second))
	}
	return hint
}

// Advice returns the catalogue's entry for the error's code, or that of its class of status for a code that is not known.
func (e *Error) Advice() Advice {
	if a, ok := known(e.Code); ok {
		return a
	}
	return class(e.Status, e.store)
}

// ExitCode is that of a command that ends with the error: 3 for key and permission, else 1.
func (e *Error) ExitCode() int { return e.Advice().Exit }

// Unwrap returns why a credential that was refused could not be renewed, or nil.
func (e *Error) Unwrap() error { return e.renewal }

// Expired reports whether a presigned URL, for upload or download, is no longer valid and a new one should be asked for.
func (e *Error) Expired() bool {
	if !e.store {
		return false
	}
	switch e.Code {
	case "ExpiredToken", "InvalidToken":
		return true
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return true
	}
	return false
}

// A NetworkError says that no whole answer came.
type NetworkError struct {
	Call  string
	Tries int
	Sent  bool // a try may have reached the service, and been carried out
	Err   error

	once bool // it is not known that doing it twice is doing it once
}

// Error says what was called, what happened, and how often it was tried.
func (e *NetworkError) Error() string {
	tried := ""
	if e.Tries > 1 {
		tried = fmt.Sprintf(" (tried %d times)", e.Tries)
	}
	return fmt.Sprintf("no good answer to %s: %v%s", e.Call, e.Err, tried)
}

// Unwrap returns the cause. Its text has no secrets.
func (e *NetworkError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *NetworkError) Hint() string {
	dns, unknown := errors.AsType[*net.DNSError](e.Err)
	switch {
	case untrusted(e.Err):
		return "the certificate of the other side is not trusted: check this machine's clock and certificates, and whether a proxy opens https"
	case unknown && dns.IsNotFound:
		return "the name is not known: check the address of the service, the network, and DNS"
	case !e.Sent:
		return "nothing was sent: check the network, a proxy (HTTPS_PROXY), and the address of the service"
	case errors.Is(e.Err, errNoJSON), errors.Is(e.Err, errMissing):
		return "something else may have answered, such as the login page of a network or a proxy: check that, and the address of the service, then run the same command again"
	case e.once:
		return "HeyGen may have got the request: look whether it was done before you do it again"
	case strings.HasPrefix(e.Call, "POST "):
		return "check the network, then run the same command again: it asks with the same key, so nothing is done twice"
	}
	return "check the network and a proxy (HTTPS_PROXY), then run the same command again"
}

// permanent reports whether the same call will end in the same way.
func (e *NetworkError) permanent() bool { return untrusted(e.Err) }

var goodCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$`)

// statusCode is the code of an answer without one.
func statusCode(status int) string { return "http_" + strconv.Itoa(status) }

// refusal reads an answer that is not 2xx: the error envelopes of API v3, v2 and v1, S3's XML, or whatever stands
// between (heygen-api §3.1). What it takes is short and has no secrets in it.
func refusal(a *http.Response, body []byte, hide ...string) *Error {
	e := &Error{Status: a.StatusCode, RetryAfter: retryAfter(a.Header, time.Now())}
	said := read(body)
	if said.RequestID == "" {
		said.RequestID = a.Header.Get("X-Request-Id")
	}
	if said.RequestID == "" {
		said.RequestID = a.Header.Get("X-Amz-Request-Id")
	}
	e.Code = said.Code
	if !goodCode.MatchString(e.Code) || redact(e.Code, hide...) != e.Code {
		e.Code = statusCode(e.Status)
	}
	limit := 500
	if said.Raw {
		limit = 200
	}
	e.Message = words(said.Message, limit, hide...)
	e.Param = words(said.Param, 100, hide...)
	e.RequestID = words(said.RequestID, 100, hide...)
	return e
}

// saidNo is what an answer says about its refusal, as it is.
type saidNo struct {
	Code, Message, Param, RequestID string
	Raw                             bool // Message is the whole body, which is none of the service's envelopes
}

func read(body []byte) saidNo {
	body = bytes.TrimSpace(body)
	if bytes.HasPrefix(body, []byte("{")) {
		if no, ok := readJSON(body); ok {
			return no
		}
	}
	if no, ok := readXML(body); ok {
		return no
	}
	text := string(body)
	if bytes.HasPrefix(body, []byte("<")) {
		text = tags.ReplaceAllString(text, " ")
	}
	return saidNo{Message: text, Raw: true}
}

// tags are the parts of a page that are not its text.
var tags = regexp.MustCompile(`(?is)<(?:script|style)\b.*?</(?:script|style)>|<!--.*?-->|<[^>]*>?`)

func readJSON(body []byte) (saidNo, bool) {
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil {
		return saidNo{}, false
	}
	from := top
	var inner map[string]json.RawMessage
	if json.Unmarshal(top["error"], &inner) == nil && inner != nil {
		from = inner
	}
	no := saidNo{Code: text(from["code"]), Message: text(from["message"]), Param: text(from["param"])}
	for _, name := range []string{"error_description", "error", "detail", "msg"} {
		if no.Message == "" {
			no.Message = text(top[name])
		}
	}
	no.RequestID = text(top["request_id"])
	return no, true
}

// text is a JSON string or number as text, else "".
func text(v json.RawMessage) string {
	var s string
	var n json.Number
	if json.Unmarshal(v, &s) != nil && json.Unmarshal(v, &n) == nil {
		return n.String()
	}
	return s
}

func readXML(body []byte) (saidNo, bool) {
	var s3 struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		RequestID string `xml:"RequestId"`
	}
	if !bytes.Contains(body, []byte("<Error>")) || xml.Unmarshal(body, &s3) != nil {
		return saidNo{}, false
	}
	return saidNo{Code: strings.TrimSpace(s3.Code), Message: s3.Message, RequestID: s3.RequestID}, true
}
