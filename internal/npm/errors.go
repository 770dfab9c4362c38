package npm

import (
	"errors"
	"fmt"
	"regexp"
)

// FetchCommand is the command that fills the cache with everything hframes may need. It is named in the text of [Missing].
const FetchCommand = "hframes doctor --fetch"

var (
	errOffline = errors.New("working offline")
	errNoNPM   = errors.New("npm was not found on the PATH")
)

// Missing is the error of a package that is neither cached nor could be fetched.
type Missing struct {
	Package Package
	Cause   error // why it could not be fetched
}

func (e *Missing) Error() string {
	return fmt.Sprintf("%s is not cached and was not fetched: %v", e.Package, e.Cause)
}

// Hint says which one command to run to be able to work offline from then on.
func (e *Missing) Hint() string {
	if errors.Is(e.Cause, errNoNPM) {
		return fmt.Sprintf("install Node.js, which brings npm, then run %q once while online", FetchCommand)
	}
	return fmt.Sprintf("run %q once while online", FetchCommand)
}

func (e *Missing) Unwrap() error { return e.Cause }

// noNetwork matches the codes by which npm says that it did not get through to the registry.
var noNetwork = regexp.MustCompile(`\b(?:ENOTFOUND|EAI_AGAIN|ECONN[A-Z]+|ENETUNREACH|EHOSTUNREACH|E[A-Z]*TIMEDOUT|E[A-Z]+TIMEOUT|ERR_SOCKET_TIMEOUT)\b|network timeout`)

// Unreachable reports whether the registry could not be reached, so that it is no use to ask it for another package.
func (e *Missing) Unreachable() bool { return noNetwork.MatchString(e.Cause.Error()) }

// Mismatch is the error of a tarball that is not the pinned one. Nothing of it is kept.
type Mismatch struct {
	Package Package
	Got     string // integrity of what came
}

func (e *Mismatch) Error() string {
	return fmt.Sprintf("%s has the wrong contents: its integrity is %q, not the pinned %q", e.Package, e.Got, e.Package.Integrity)
}

// Hint says what to look at.
func (e *Mismatch) Hint() string {
	return "the registry or a proxy served another file under this version; check the registry that npm is set to"
}
