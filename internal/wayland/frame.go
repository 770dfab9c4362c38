// Package wayland is a display server for one program whose windows nobody looks at.
//
// In go the size that every window is to have; out come the pictures that the program draws, as the shared memory in
// which it drew them: no copy, no codec. It speaks as much of the Wayland protocol (core, xdg-shell, viewporter) as a
// Chromium with software drawing needs. It shows nothing, takes no input and never composes several surfaces into one
// picture.
//
//	program ── commit ──▶ Frame (its own memory) ── Release ──▶ program may draw into it again
//
// It runs on Linux only; elsewhere Listen returns ErrSystem.
package wayland

import (
	"errors"
	"image"
)

// ErrSystem says that this system has no Wayland.
var ErrSystem = errors.New("display: Wayland needs Linux")

// A Frame is one picture of a window. Its memory is valid until Release.
type Frame struct {
	Pix           []byte // rows of 4 bytes a pixel: blue, green, red, alpha; the last row ends with its last pixel
	Stride        int    // bytes from row to row
	Width, Height int    // px, the display's size

	// Damage is what differs from the window's picture before, in px. It may be empty, and is all of the first one.
	Damage image.Rectangle

	release func()
}

// Release gives the memory back to the program, which has only a few such pieces and waits when all are held. It may be
// called from any goroutine, at any time and more than once.
func (f *Frame) Release() { f.release() }
