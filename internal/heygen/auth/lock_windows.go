package auth

import (
	"errors"
	"os"
	"syscall"
)

// sharingViolation is what Windows says of a file that another process has to itself.
const sharingViolation = syscall.Errno(32)

// tryLock opens the file path to itself, which ends with the process at the latest; busy reports whether another one
// has it.
func tryLock(path string) (f *os.File, busy bool, err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, false, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, errors.Is(err, sharingViolation), err
	}
	return os.NewFile(uintptr(handle), path), false, nil
}
