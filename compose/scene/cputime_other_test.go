//go:build !unix

package scene

import "time"

var started = time.Now()

// cpuTime returns the time since the tests began.
func cpuTime() time.Duration { return time.Since(started) }
