//go:build !unix

package main

import (
	"errors"
	"syscall"
)

// What Windows says of a disk that is full.
const (
	handleDiskFull syscall.Errno = 39
	diskFull       syscall.Errno = 112
)

// isFull reports whether an error says that there is no room left.
func isFull(err error) bool { return errors.Is(err, diskFull) || errors.Is(err, handleDiskFull) }
