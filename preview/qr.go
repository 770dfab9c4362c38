package preview

import (
	"fmt"
	"io"
	"strings"

	"rsc.io/qr"
)

// margin is the width of the light border that a reader needs, in modules.
const margin = 4

// QR prints an address as a QR code: two modules a character, one above the other. With color it is black on white,
// whatever the colours of the terminal are. Without, the light modules are in the colour of text, which makes the code
// dark on light where that is light; on a light terminal it is inverted, which cameras read as well.
func QR(w io.Writer, url string, color bool) error {
	code, err := qr.Encode(url, qr.L) // a screen has no scratches to correct
	if err != nil {
		return fmt.Errorf("encode %q: %w", url, err)
	}
	before, after := "", "\n"
	if color {
		before, after = "\x1b[38;5;231;48;5;16m", "\x1b[0m\n" // white and black that no theme of a terminal changes
	}
	var b strings.Builder
	for y := -margin; y < code.Size+margin; y += 2 {
		b.WriteString(before)
		for x := -margin; x < code.Size+margin; x++ {
			b.WriteString(block(!code.Black(x, y), !code.Black(x, y+1)))
		}
		b.WriteString(after)
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// block returns the character with a light upper and lower half, or dark ones.
func block(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
