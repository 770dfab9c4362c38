package auth

import (
	"context"
	"errors"
	"time"
)

// lockPatience is how long another process may hold the lock: longer than a refresh takes at most.
const lockPatience = 30 * time.Second

// lock waits for the lock of the file path and returns what gives it back. The file stays: removing it would let two
// processes lock two files of the same name.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lockPatience, errors.New("another process holds "+path))
	defer cancel()
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		f, busy, err := tryLock(path)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !busy {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}
