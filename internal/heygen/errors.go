package heygen

import "time"

// An Error is an answer that says no: from the service, or from the store that files are uploaded to.
type Error struct {
	Call       string        // "POST /v3/hyperframes/renders"
	Status     int           // HTTP status
	Code       string        // the service's, such as insufficient_credit; never empty: made from Status where it sent none
	Message    string        // the service's own words, without secrets; may be ""
	Param      string        // the field that is meant; may be ""
	RequestID  string        // for HeyGen's support; may be ""
	RetryAfter time.Duration // asked for by the service; 0 = it did not
	Tries      int           // how often the call was made
}

// Error says what went wrong in the catalogue's sentence, then in the service's words, with the request id.
func (e *Error) Error() string { return e.Code }

// Hint says what to do about it.
func (e *Error) Hint() string { return "" }

// Advice returns the catalogue's entry for the error's code, or that of its class of status for a code that is not known.
func (e *Error) Advice() Advice { return Advice{} }

// Expired reports whether a presigned URL, for upload or download, is no longer valid and a new one should be asked for.
func (e *Error) Expired() bool { return false }

// A NetworkError says that no whole answer came.
type NetworkError struct {
	Call  string
	Tries int
	Sent  bool // the request may have reached the service
	Err   error
}

func (e *NetworkError) Error() string { return e.Err.Error() }
func (e *NetworkError) Unwrap() error { return e.Err }
func (e *NetworkError) Hint() string  { return "" }

// Advice is what is known about a code of the service.
type Advice struct {
	Code     string
	Status   int    // HTTP status it comes with; 0 = not documented
	Sentence string // what it means, as a whole sentence without the full stop
	Hint     string // what to do
	Retry    bool   // the same call may succeed later
	Exit     int    // exit code of a command that ends with it: 1, or 3 for key and permission
}

// Catalogue returns all codes that are known, sorted (heygen-api §3.2).
func Catalogue() []Advice { return nil }
