package chrome

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// killLeftovers kills the processes of a browser that outlive it: helpers are seen for some milliseconds after the main
// process was killed, and one that was just being started comes up later still. They are known by the browser's folder
// in their command line or environment. It looks until a few looks in a row find none.
func killLeftovers(dir string) {
	const quietLooks, pause, limit = 3, 10 * time.Millisecond, 2 * time.Second
	deadline := time.Now().Add(limit)
	for quiet := 0; quiet < quietLooks && time.Now().Before(deadline); time.Sleep(pause) {
		quiet++
		for _, pid := range processesOf(dir) {
			syscall.Kill(pid, syscall.SIGKILL)
			quiet = 0
		}
	}
}

// processesOf returns the processes that run with a browser's folder.
func processesOf(dir string) []int {
	var found []int
	procs, _ := filepath.Glob("/proc/[0-9]*")
	for _, proc := range procs {
		pid, err := strconv.Atoi(filepath.Base(proc))
		if err != nil || pid == os.Getpid() {
			continue
		}
		for _, file := range []string{"cmdline", "environ"} {
			if text, _ := os.ReadFile(filepath.Join(proc, file)); mentions(text, dir) {
				found = append(found, pid)
				break
			}
		}
	}
	return found
}

// mentions reports whether a value is the folder or lies in it. Values are ended by NUL bytes, or by spaces: helpers write
// their command line anew, as one text, over the environment too.
func mentions(text []byte, dir string) bool {
	value := []byte("=" + dir)
	for {
		at := bytes.Index(text, value)
		if at < 0 {
			return false
		}
		if text = text[at+len(value):]; len(text) == 0 || bytes.IndexByte([]byte{0, ' ', filepath.Separator}, text[0]) >= 0 {
			return true
		}
	}
}
