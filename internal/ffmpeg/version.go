package ffmpeg

import (
	"context"
	"strings"
)

// Version returns what FFmpeg says of itself, its own version and those of its libraries and how it was built, on one
// line. Two FFmpegs that say the same make the same bytes of the same pictures, as far as they know themselves: x264
// and libvpx do not say their versions.
func (t Tools) Version(ctx context.Context) (string, error) {
	out, err := output(ctx, t.FFmpeg, []string{"-version"})
	if err != nil {
		return "", err
	}
	return strings.Join(strings.Fields(string(out)), " "), nil
}
