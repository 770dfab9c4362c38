package cloud

import (
	"os"

	"golang.org/x/sys/unix"
)

// spool opens a temporary file that has no name, so that nothing of it is left whatever ends the process. Where the file
// system has no such files, it has one for an instant.
func spool() (*os.File, error) {
	fd, err := unix.Open(os.TempDir(), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return named()
	}
	return os.NewFile(uintptr(fd), ""), nil
}
