package scene

import "errors"

// ParseSize reads the name of a canvas (landscape, portrait, square) or its width and height in px, such as "1280x720".
func ParseSize(s string) (Size, error) {
	size, bad := parseSize(s)
	if bad != nil {
		return Size{}, errors.New(bad.msg)
	}
	return size, nil
}
