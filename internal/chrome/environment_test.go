//go:build unix

package chrome

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A browser runs pages of other people and gets no secret to lose.
func TestEnvironment(t *testing.T) {
	dir := t.TempDir()
	browser, out := filepath.Join(dir, "browser"), filepath.Join(dir, "out")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\nenv >"+out+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HEYGEN_API_KEY", "HYPERFRAMES_API_KEY", "HEYGEN_WEBHOOK_SECRET"} {
		t.Setenv(name, "hunter2")
	}
	if b, err := Start(t.Context(), Options{Path: browser}); err == nil {
		b.Close()
		t.Fatal("a script is a browser")
	}
	env, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(env), "TZ=UTC") || strings.Contains(string(env), "hunter2") {
		t.Errorf("%v\n%s", err, env)
	}
}
