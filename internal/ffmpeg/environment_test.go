package ffmpeg

import (
	"slices"
	"testing"
)

func TestEnvironment(t *testing.T) {
	got := environment([]string{"PATH=/bin", "HTTP_PROXY=http://p", "https_proxy=http://p", "HEYGEN_API_KEY=hunter2", "HYPERFRAMES_API_KEY=hunter2", "HEYGEN_WEBHOOK_SECRET=hunter2", "HOME=/root"})
	if !slices.Equal(got, []string{"PATH=/bin", "HOME=/root"}) {
		t.Errorf("%q", got)
	}
}
