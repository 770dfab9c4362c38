// Package ffmpeg turns pictures and sounds into an MP4, and video clips into pictures, by running FFmpeg.
//
// What FFmpeg is told is the work of pure functions ([Encode.Args], [Frames.Args]); what runs it is [Tools.Run] and
// [Tools.Start]. Sounds are decoded and encoded by FFmpeg and mixed here, sample by sample ([Tools.Mix]). In go structs and bytes; out come files and an [Info] about a file. The package knows
// nothing of pages or of HyperFrames, and prints nothing.
package ffmpeg

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Tools are the two programs of FFmpeg.
type Tools struct {
	FFmpeg  string // executable
	FFprobe string // executable
}

// A NotFound error says which program is missing.
type NotFound struct {
	Name    string // ffmpeg or ffprobe
	Path    string // what was asked for, "" = anything
	From    string // who asked: "" or the name of an environment variable
	install string // the command that installs it on this system
}

// Error says what was looked for.
func (e *NotFound) Error() string {
	switch {
	case e.From != "":
		return fmt.Sprintf("no %s at %q (from %s)", e.Name, e.Path, e.From)
	case e.Path != "":
		return fmt.Sprintf("no %s at %q", e.Name, e.Path)
	}
	return fmt.Sprintf("no %s found", e.Name)
}

// Hint says how to get it.
func (e *NotFound) Hint() string {
	if e.From != "" {
		return fmt.Sprintf("correct or unset %s, or install it: %s", e.From, e.install)
	}
	return "install it: " + e.install
}

// Find returns the programs. The first of these that is set decides, even if it leads nowhere: path (ffmpeg's, a name
// or a file), the environment variables HFRAMES_FFMPEG and HYPERFRAMES_FFMPEG_PATH. Else PATH is searched, then the
// usual places. ffprobe is looked for in HFRAMES_FFPROBE and HYPERFRAMES_FFPROBE_PATH, beside ffmpeg, in PATH and in
// the usual places. The error is a [*NotFound].
func Find(path string) (Tools, error) {
	f := finder{goos: runtime.GOOS, getenv: os.Getenv, lookPath: exec.LookPath}
	var t Tools
	var err error
	if t.FFmpeg, err = f.find("ffmpeg", path, ""); err != nil {
		return Tools{}, err
	}
	beside := filepath.Dir(t.FFmpeg)
	if t.FFprobe, err = f.find("ffprobe", "", beside); err != nil {
		return Tools{}, err
	}
	return t, nil
}

// A finder is Find with the machine handed in.
type finder struct {
	goos     string
	getenv   func(string) string
	lookPath func(string) (string, error)
}

// find returns the program of that name; beside is a folder to look in before PATH.
func (f finder) find(name, path, beside string) (string, error) {
	from := ""
	for _, env := range []string{"HFRAMES_" + strings.ToUpper(name), "HYPERFRAMES_" + strings.ToUpper(name) + "_PATH"} {
		if path == "" && f.getenv(env) != "" {
			path, from = f.getenv(env), env
		}
	}
	if path != "" {
		if found, err := f.lookPath(path); err == nil {
			return found, nil
		}
		return "", &NotFound{Name: name, Path: path, From: from, install: installCommand(f.goos)}
	}
	places := []string{name}
	if beside != "" {
		places = append([]string{filepath.Join(beside, name)}, places...)
	}
	for _, dir := range usualPlaces(f.goos) {
		places = append(places, filepath.Join(dir, name))
	}
	for _, p := range places {
		if found, err := f.lookPath(p); err == nil {
			return found, nil
		}
	}
	return "", &NotFound{Name: name, install: installCommand(f.goos)}
}

func usualPlaces(goos string) []string {
	switch goos {
	case "darwin":
		return []string{"/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin"}
	case "windows":
		return []string{`C:\ffmpeg\bin`, `C:\Program Files\ffmpeg\bin`, `C:\ProgramData\chocolatey\bin`}
	}
	return []string{"/usr/bin", "/usr/local/bin", "/snap/bin"}
}

// installCommand returns the command that installs FFmpeg.
func installCommand(goos string) string {
	switch goos {
	case "darwin":
		return "brew install ffmpeg"
	case "windows":
		return "winget install --id Gyan.FFmpeg"
	}
	return "sudo apt install ffmpeg (Debian), sudo dnf install ffmpeg-free (Fedora), sudo pacman -S ffmpeg (Arch)"
}
