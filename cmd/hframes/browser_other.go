//go:build !unix

package main

import "os/exec"

// browserCommand returns the command that opens an address in the user's browser.
func browserCommand(address string) *exec.Cmd {
	return exec.Command("rundll32", "url.dll,FileProtocolHandler", address)
}
