package cache

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// A folder that may not be written to is read, and no reason to fail.
func TestReadOnly(t *testing.T) {
	if os.Geteuid() == 0 { // whom nothing is forbidden: this thread's files are somebody else's
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		syscall.Syscall(syscall.SYS_SETFSUID, 65534, 0, 0)
		defer syscall.Syscall(syscall.SYS_SETFSUID, 0, 0, 0)
	}
	s := &Store{Dir: t.TempDir()}
	data := []byte("x")
	put(t, s, "a", data)
	chmod := func(mode fs.FileMode) {
		os.Chmod(s.Dir, mode)
		os.Chmod(filepath.Dir(s.path("a")), mode)
	}
	chmod(0o500)
	defer chmod(0o700)
	holds(t, s, data, "a")
	if err := s.Put("b", write(t, "file", data), nil); err == nil {
		t.Error("no error")
	}
	if _, err := s.Clear(); err == nil {
		t.Error("no error")
	}
	holds(t, s, data, "a")
}
