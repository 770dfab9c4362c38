package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReadme holds the README to its word: its deck has no fault and takes the variable that its commands set, its
// mistake is reported as it shows, and its layout is one.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	deck := block(t, text, "````markdown\n")
	dir := t.TempDir()
	put(t, dir, "video.md", deck)
	if out, exit := command("check", dir, "--strict"); exit != exitDone {
		t.Errorf("the sample:\n%s", out)
	}
	// What is wrong with the last variable is said before a browser is looked for.
	if out, _ := command("render", dir, "--size", "portrait", "--var", "accent=#0a7a5c", "--var", "x=y"); !strings.Contains(out, `variable "x"`) {
		t.Errorf("the sample's variable:\n%s", out)
	}

	put(t, dir, "video.md", strings.Replace(deck, "{.chart", "{.chrat", 1))
	if out, _ := command("check", dir); !strings.Contains(out, block(t, text, "where you made it:\n\n```\n")) {
		t.Errorf("the mistake:\n%s", out)
	}

	put(t, dir, "video.md", "# Quiet {.quiet}\n\nA word.\n")
	put(t, dir, "templates/layouts/quiet/layout.yaml", "description: A word.\n")
	put(t, dir, "templates/layouts/quiet/layout.html", block(t, text, "```html\n"))
	put(t, dir, "templates/layouts/quiet/style.css", block(t, text, "```css\n"))
	if out, exit := command("check", dir, "--strict"); exit != exitDone {
		t.Errorf("the layout:\n%s", out)
	}
}

// TestReadmeCommands: every command line of the README has a command and flags that exist.
func TestReadmeCommands(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "hframes" {
			continue
		}
		if i := slices.Index(words, "#"); i >= 0 {
			words = words[:i]
		}
		seen++
		if out, exit := command(append(words[1:], "--help")...); exit != exitDone || strings.HasPrefix(out, "hframes turns") {
			t.Errorf("%s%s", line, out)
		}
	}
	if seen < 10 {
		t.Errorf("%d command lines", seen)
	}
}

// block returns the code block that begins with what ends in open.
func block(t *testing.T, text, open string) string {
	t.Helper()
	_, rest, _ := strings.Cut(text, open)
	fence := "```"
	if strings.HasPrefix(open, "````") {
		fence = "````"
	}
	code, _, ok := strings.Cut(rest, "\n"+fence+"\n")
	if !ok {
		t.Fatalf("no block begins with %q", open)
	}
	return code + "\n"
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// command runs one command line and returns what it printed.
func command(words ...string) (string, int) {
	var out bytes.Buffer
	exit := run(words, &out, &out)
	return out.String(), exit
}
