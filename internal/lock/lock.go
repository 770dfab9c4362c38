// Package lock keeps processes of one machine out of each other's way.
//
// A lock is held on an open file and ends with it, so that a killed process lets go. Where the system has no such locks
// everything is granted at once ([Supported] is false): callers use them to spare work, or beside something else that
// keeps data whole.
package lock

import (
	"context"
	"os"
	"time"
)

// A held lock is tried again after a pause that grows from the shortest to the longest.
const shortest, longest = time.Millisecond, 50 * time.Millisecond

// Hold waits until no other open file has the lock and takes it, or returns the context's cause.
func Hold(ctx context.Context, f *os.File) error {
	for pause := shortest; ; pause = min(2*pause, longest) {
		ok, err := Try(f)
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// Try takes the lock if no other open file has it, and reports whether it did.
func Try(f *os.File) (bool, error) { return try(f) }

// Release gives the lock back. Closing the file does so too.
func Release(f *os.File) error { return release(f) }
