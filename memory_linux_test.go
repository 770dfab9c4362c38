package hframes_test

import (
	"os"
	"syscall"
)

// peakMemory returns how much memory a process that has ended had at most, in bytes.
func peakMemory(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}
