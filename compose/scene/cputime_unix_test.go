//go:build unix

package scene

import (
	"syscall"
	"time"
)

// cpuTime returns the time that this process has computed. Other work on the machine does not count.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano())
}
