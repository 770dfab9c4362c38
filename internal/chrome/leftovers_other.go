//go:build !linux

package chrome

// killLeftovers does nothing: there is no /proc to find processes by.
func killLeftovers(string) {}
