package scene

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hframes/hframes/source"
)

// prettier formats Markdown with the real tool, which must be on the PATH.
func prettier(t *testing.T, data []byte) []byte {
	t.Helper()
	cmd := exec.Command("prettier", "--parser", "markdown", "--no-config")
	cmd.Stdin = bytes.NewReader(data)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return out
}

// TestPrettierLeavesAlone formats the worked example, which is written in the canonical form: not a byte may change.
func TestPrettierLeavesAlone(t *testing.T) {
	if _, err := exec.LookPath("prettier"); err != nil {
		t.Skip("no prettier")
	}
	for _, file := range []string{"testdata/launch.txtar", "testdata/canonical.txtar"} {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		in := section(a, "input.md")
		if diff := cmp.Diff(string(in), string(prettier(t, in))); diff != "" {
			t.Errorf("%s (-ours +prettier):\n%s", file, diff)
		}
	}
}

var places = regexp.MustCompile(`\b\d+:\d+(-\d+(:\d+)?)?`)

// TestPrettierKeepsMeaning formats every golden: whatever Prettier moves, the film stays the same.
func TestPrettierKeepsMeaning(t *testing.T) {
	if _, err := exec.LookPath("prettier"); err != nil {
		t.Skip("no prettier")
	}
	for _, file := range goldens(t, "testdata/*.txtar") {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(a.Comment), "transform:") || strings.Contains(string(a.Comment), "not for prettier") {
			continue
		}
		in := section(a, "input.md")
		before, _ := Parse(source.NewFile("video.md", in))
		after, _ := Parse(source.NewFile("video.md", prettier(t, in)))
		want, got := places.ReplaceAllString(dump(before), ""), places.ReplaceAllString(dump(after), "")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-before +after):\n%s", filepath.Base(file), diff)
		}
	}
}
