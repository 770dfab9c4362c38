//go:build !linux

package ffmpeg

import "os/exec"

// diesWithParent does nothing here: FFmpeg ends when its input does, which the system closes when we die.
func diesWithParent(*exec.Cmd) {}

func locked(f func() error) error { return f() }
