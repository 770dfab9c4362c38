//go:build !linux

package wayland

import "image"

// A Display is a running server.
type Display struct{}

// Listen returns ErrSystem.
func Listen(image.Point, int, func(int, *Frame)) (*Display, error) { return nil, ErrSystem }

// Env returns nothing.
func (*Display) Env() []string { return nil }

// Close does nothing.
func (*Display) Close() {}
