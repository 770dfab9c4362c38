package chrome

import "testing"

func TestMentions(t *testing.T) {
	for text, want := range map[string]bool{
		"TMPDIR=/tmp/a\x00HOME=/":                                           true,
		"chromium\x00--user-data-dir=/tmp/a/profile\x00":                    true,
		"chromium --type=renderer --user-data-dir=/tmp/a/profile --lang=en": true, // as helpers write it
		"X=/tmp/a":         true,
		"X=/tmp/ab":        false,
		"X=/tmp/ab Y=/tmp": false,
		"vi /tmp/a":        false, // somebody looks at it
		"":                 false,
	} {
		if got := mentions([]byte(text), "/tmp/a"); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
