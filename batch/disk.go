package batch

import (
	"errors"
	"syscall"
)

// diskFault reports whether a file could not be written for a reason that holds for the next one, too.
func diskFault(err error) bool {
	for _, fault := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS} {
		if errors.Is(err, fault) {
			return true
		}
	}
	return false
}
