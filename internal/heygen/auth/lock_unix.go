//go:build unix

package auth

import (
	"errors"
	"os"
	"syscall"
)

// tryLock opens the file path and takes its lock, which ends with the process at the latest; busy reports whether
// another one has it.
func tryLock(path string) (f *os.File, busy bool, err error) {
	f, err = os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		f.Close()
		return nil, errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR), err
	}
	return f, false, nil
}
