//go:build unix

package main

import (
	"os/exec"
	"runtime"
	"syscall"
)

// browserCommand returns the command that opens an address in the user's browser. It is in no group with us, so that
// our Ctrl-C is not the browser's.
func browserCommand(address string) *exec.Cmd {
	name := "xdg-open"
	if runtime.GOOS == "darwin" {
		name = "open"
	}
	cmd := exec.Command(name, address)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}
