package check

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// officialCLI is the environment variable that holds the path of the official tool's cli.js. Without it the tests that
// need the official tool are skipped; the harness at the root of the repository takes that for a failure.
const officialCLI = "HFRAMES_OFFICIAL_CLI"

// officialLint writes a golden's project to disk and returns what the official linter says of it.
func officialLint(t *testing.T, cli, node, file string) (findings []officialFinding) {
	t.Helper()
	_, fsys, _, _ := read(t, file)
	dir := t.TempDir()
	for name, f := range fsys {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(node, cli, "lint", "--json", dir)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "HYPERFRAMES_TELEMETRY=0", "DO_NOT_TRACK=1")
	out, err := cmd.Output() // a finding makes it exit with 1
	start := strings.IndexByte(string(out), '{')
	if start < 0 {
		t.Fatalf("lint %s: no JSON in %q (%v)", file, out, err)
	}
	var report struct {
		Findings []officialFinding `json:"findings"`
	}
	if err := json.Unmarshal(out[start:], &report); err != nil {
		t.Fatalf("read the report of %s: %v", file, err)
	}
	return report.Findings
}

type officialFinding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

// official returns the paths of the official tool and of Node, or skips the test.
func official(t *testing.T) (cli, node string) {
	t.Helper()
	cli = os.Getenv(officialCLI)
	if cli == "" {
		t.Skipf("%s is not set: it holds the path of the official tool's cli.js", officialCLI)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("%s is set, but there is no node in PATH: %v", officialCLI, err)
	}
	return cli, node
}

// TestOfficialCorrect asks the official linter about the projects that our check is silent on: it must find no error.
func TestOfficialCorrect(t *testing.T) {
	cli, node := official(t)
	for _, file := range goldens(t, "ok/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			for _, f := range officialLint(t, cli, node, file) {
				if f.Severity == "error" {
					t.Errorf("%s: %s", f.Code, f.Message)
				}
			}
		})
	}
}

// TestOfficialErrors asks the official linter about the faulty projects: where it finds an error, so do we.
func TestOfficialErrors(t *testing.T) {
	cli, node := official(t)
	for _, file := range goldens(t, "*.txtar") {
		_, fsys, o, _ := read(t, file)
		if _, ok := fsys["index.html"]; !ok {
			continue // the official linter reads nothing else
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			errors, _ := Folder(fsys, "", o).Count()
			for _, f := range officialLint(t, cli, node, file) {
				if f.Severity == "error" && errors == 0 {
					t.Errorf("we find no error, the official linter does: %s: %s", f.Code, f.Message)
				}
			}
		})
	}
}
