package hframes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/examples"
	"github.com/hframes/hframes/templates"
)

// The official HyperFrames CLI is the judge of what we build: tools/package.json pins the oldest and the newest version
// that we promise. It needs a newer Node than many machines have, so that is pinned there, too.

var sizes = []string{"landscape", "portrait", "square"}

// officialCommand returns a run of a pinned official CLI ("hyperframes" or "hyperframes-oldest") that ends with the test.
func officialCommand(t testing.TB, cli string, args ...string) *exec.Cmd {
	t.Helper()
	tools, err := filepath.Abs("tools/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	cmd := pinnedNode(t, append([]string{filepath.Join(tools, cli, "dist", "cli.js")}, args...)...)
	cmd.Env = append(os.Environ(), "HYPERFRAMES_TELEMETRY_DISABLED=1", "DO_NOT_TRACK=1", "HYPERFRAMES_NO_UPDATE_CHECK=1", "CI=true",
		"PATH="+filepath.Dir(cmd.Path)+string(os.PathListSeparator)+os.Getenv("PATH"), "HYPERFRAMES_BROWSER_PATH="+browser(t))
	return cmd
}

// pinnedNode returns a run of the pinned Node that ends with the test.
func pinnedNode(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	tools, err := filepath.Abs("tools/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	node := filepath.Join(tools, "node-"+runtime.GOOS+"-"+strings.Replace(runtime.GOARCH, "amd64", "x64", 1), "bin", "node")
	if _, err := os.Stat(node); err != nil {
		t.Fatalf("the tools are not installed: run scripts/setup test (%v)", err)
	}
	return exec.CommandContext(t.Context(), node, args...)
}

// official runs a pinned official CLI and returns its stdout.
func official(t testing.TB, cli string, args ...string) []byte {
	t.Helper()
	cmd := officialCommand(t, cli, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && stdout.Len() == 0 {
		t.Fatalf("%s %s: %v\n%s", cli, strings.Join(args, " "), err, stderr.Bytes())
	}
	return stdout.Bytes()
}

func browser(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("Chromium is not installed: run scripts/setup run (%v)", err)
	}
	return path
}

// verdict is what we read of the official tools' JSON.
type verdict struct {
	OK                       bool
	ErrorCount, WarningCount int
	Findings                 []finding
}

type finding struct{ Code, Severity, Message, Selector, File string }

// judge reads the JSON document that follows whatever a tool printed before it.
func judge[T any](t *testing.T, out []byte) T {
	t.Helper()
	var v T
	start := bytes.IndexByte(out, '{')
	if start < 0 {
		t.Fatalf("no JSON in %q", out)
	}
	if err := json.NewDecoder(bytes.NewReader(out[start:])).Decode(&v); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return v
}

// deckIn is a deck and one size to build it in.
type deckIn struct{ name, path, size string }

// decks returns every example in its own sizes and a deck of every built-in layout in all three.
func decks(t *testing.T) []deckIn {
	t.Helper()
	var out []deckIn
	for _, name := range examples.Names() {
		out = append(out, deckIn{name, filepath.Join("examples", name), ""})
	}
	gallery := layoutDeck(t)
	for _, size := range sizes {
		out = append(out, deckIn{"layouts", gallery, size})
	}
	return out
}

// layoutDeck writes a deck that shows every built-in layout by the example in its layout.yaml.
func layoutDeck(t testing.TB) string {
	t.Helper()
	set, _ := templates.Load(nil)
	deck := "---\ntitle: Every layout\nsize: [landscape, portrait, square]\n---\n"
	for i, name := range set.Layouts() {
		example := strings.TrimSpace(set.Layout(name).Example)
		if example == "" {
			t.Errorf("layout %q has no example", name)
			continue
		}
		if i > 0 {
			deck += "\n---\n"
		}
		deck += "\n" + example + "\n"
	}
	dir := t.TempDir()
	clip, err := os.ReadFile("examples/launch/media/flow.mp4")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range mediaNames.FindAllString(deck, -1) {
		data := clip
		if filepath.Ext(name) == ".jpg" {
			data = photo(t)
		}
		writeFile(t, filepath.Join(dir, name), data)
	}
	writeFile(t, filepath.Join(dir, hframes.Deck), []byte(deck))
	return dir
}

var mediaNames = regexp.MustCompile(`[a-z]+\.(jpg|mp4)`)

// photo draws a picture for the layouts that show one.
func photo(t testing.TB) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1600, 1000))
	for y := range 1000 {
		for x := range 1600 {
			c := color.RGBA{26, 14, 51, 255}
			switch {
			case (x-1180)*(x-1180)+(y-330)*(y-330) < 210*210:
				c = color.RGBA{255, 111, 69, 255}
			case y > 640+x/8:
				c = color.RGBA{90, 53, 232, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// build builds a deck into a fresh folder and returns it.
func build(t testing.TB, deck, size string) (dir string, film *hframes.Film) {
	t.Helper()
	p, err := hframes.Open(deck, hframes.Options{Size: size})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	film, err = p.Build(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "build")
	if err := film.Bundle.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	return dir, film
}

func TestOfficialLint(t *testing.T) {
	for _, d := range decks(t) {
		t.Run(d.name+"/"+d.size, func(t *testing.T) {
			dir, film := build(t, d.path, d.size)
			for _, w := range film.Diagnostics {
				t.Errorf("our own: %s", w.Headline())
			}
			newest := judge[verdict](t, official(t, "hyperframes", "lint", "--json", dir))
			for _, f := range newest.Findings {
				t.Errorf("newest: %s %s: %s (%s)", f.Severity, f.Code, f.Message, f.File)
			}
			if newest.ErrorCount+newest.WarningCount > 0 {
				t.Errorf("newest: %d errors, %d warnings", newest.ErrorCount, newest.WarningCount)
			}
			oldest := judge[verdict](t, official(t, "hyperframes-oldest", "lint", "--json", dir))
			for _, f := range oldest.Findings {
				if f.Severity == "error" {
					t.Errorf("oldest: %s: %s (%s)", f.Code, f.Message, f.File)
				}
			}
			if oldest.ErrorCount > 0 {
				t.Errorf("oldest: %d errors", oldest.ErrorCount)
			}
		})
	}
}

// audit is the part of `check --json` that we read.
type audit struct {
	OK                                      bool
	Lint, Runtime, Layout, Motion, Contrast struct {
		OK                       bool
		ErrorCount, WarningCount int
		Findings                 []json.RawMessage
	}
}

func TestOfficialCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes of headless Chromium")
	}
	for _, d := range decks(t) {
		t.Run(d.name+"/"+d.size, func(t *testing.T) {
			dir, _ := build(t, d.path, d.size)
			a := judge[audit](t, official(t, "hyperframes", "check", "--strict", "--json", dir))
			for name, part := range map[string][]json.RawMessage{"lint": a.Lint.Findings, "runtime": a.Runtime.Findings,
				"layout": a.Layout.Findings, "motion": a.Motion.Findings, "contrast": a.Contrast.Findings} {
				for _, f := range part {
					var sev struct{ Severity string }
					if json.Unmarshal(f, &sev) == nil && sev.Severity != "info" {
						t.Errorf("%s: %s", name, f)
					}
				}
			}
			if !a.OK {
				t.Error("check --strict did not pass")
			}
		})
	}
}

// TestPrettier holds the examples to the form that the most used Markdown formatter gives them.
func TestPrettier(t *testing.T) {
	node := filepath.Join("tools/node_modules", "node-"+runtime.GOOS+"-"+strings.Replace(runtime.GOARCH, "amd64", "x64", 1), "bin", "node")
	files, err := filepath.Glob("examples/*/*.md")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d decks, %v", len(files), err)
	}
	for _, ext := range []string{"css", "js", "yaml"} {
		more, _ := filepath.Glob("examples/*/templates/*/*/*." + ext)
		files = append(files, more...)
	}
	out, err := exec.Command(node, append([]string{"tools/node_modules/prettier/bin/prettier.cjs", "--check"}, files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
