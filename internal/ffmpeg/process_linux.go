package ffmpeg

import (
	"os/exec"
	"runtime"
	"syscall"
)

// diesWithParent makes the kernel kill the process when the thread that starts it ends, see [locked].
func diesWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// locked runs f on a thread that lives at least as long as f.
func locked(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return f()
}
