package chrome

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Kind is a kind of Chromium.
type Kind int

const (
	Any   Kind = iota // a headless shell if there is one, else a full browser
	Shell             // a headless shell only: smaller, starts faster, can draw on command ([Page.BeginFrame])
	Full              // a full browser only
)

// A NotFound error says that no browser is installed. Path is set when a certain one was asked for.
type NotFound struct {
	Path    string // what was asked for, "" = anything
	From    string // who asked: "" or the name of an environment variable
	install string // the command that installs one on this system
}

// Error says what was looked for.
func (e *NotFound) Error() string {
	switch {
	case e.From != "":
		return fmt.Sprintf("no browser at %q (from %s)", e.Path, e.From)
	case e.Path != "":
		return fmt.Sprintf("no browser at %q", e.Path)
	}
	return "no Chromium found"
}

// Hint says how to get it.
func (e *NotFound) Hint() string {
	if e.From != "" {
		return fmt.Sprintf("correct or unset %s, or install it: %s", e.From, e.install)
	}
	return "install it: " + e.install
}

// Find returns the executable of a browser. The first of these that is set decides, even if it leads nowhere: path
// (a name looked up in PATH, or a file), the environment variables HFRAMES_BROWSER and HYPERFRAMES_BROWSER_PATH. Else
// PATH is searched, then the places where systems, Puppeteer and HyperFrames put browsers. When there is none the
// error is a [*NotFound].
func Find(path string, kind Kind) (string, error) {
	home, _ := os.UserHomeDir()
	return finder{
		goos: runtime.GOOS, goarch: runtime.GOARCH, home: home, getenv: os.Getenv,
		lookPath: exec.LookPath, isFile: isFile, glob: filepath.Glob, head: head,
	}.find(path, kind)
}

// IsShell reports whether an executable is a headless shell, by its name.
func IsShell(path string) bool {
	base := strings.ToLower(filepath.Base(path))
	return strings.Contains(base, "headless-shell") || strings.Contains(base, "headless_shell")
}

// A finder is Find with the machine handed in.
type finder struct {
	goos, goarch, home string
	getenv             func(string) string
	lookPath           func(string) (string, error)
	isFile             func(string) bool
	glob               func(string) ([]string, error)
	head               func(string) []byte
}

func (f finder) find(path string, kind Kind) (string, error) {
	from := ""
	for _, name := range []string{"HFRAMES_BROWSER", "HYPERFRAMES_BROWSER_PATH"} {
		if path == "" && f.getenv(name) != "" {
			path, from = f.getenv(name), name
		}
	}
	if path != "" {
		if found, err := f.lookPath(path); err == nil {
			return f.unwrap(found), nil
		}
		return "", &NotFound{Path: path, From: from, install: installCommand(f.goos)}
	}
	if kind != Full {
		if found := f.first(shellNames, f.shellPlaces()); found != "" {
			return found, nil
		}
	}
	if kind != Shell {
		if found := f.first(fullNames, f.fullPlaces()); found != "" {
			return found, nil
		}
	}
	return "", &NotFound{install: installCommand(f.goos)}
}

// first returns the first of names found in PATH, else the first of the places (patterns) that is there.
func (f finder) first(names, places []string) string {
	for _, n := range names {
		if found, err := f.lookPath(n); err == nil {
			return f.unwrap(found)
		}
	}
	for _, p := range places {
		found, _ := f.glob(p)
		slices.Sort(found)
		slices.Reverse(found) // the newest of several versions, near enough
		for _, x := range found {
			if f.isFile(x) {
				return x
			}
		}
	}
	return ""
}

// unwrap returns the program behind a distribution's launcher script. The script adds flags of the machine's owner,
// and the one for the headless shell stays in between as a process that does not pass signals on.
func (f finder) unwrap(path string) string {
	if f.goos != "linux" || !bytes.HasPrefix(f.head(path), []byte("#!")) {
		return path
	}
	base := filepath.Base(path)
	for _, dir := range []string{"/usr/lib/chromium", "/usr/lib64/chromium", "/usr/lib/chromium-browser", "/usr/lib64/chromium-browser"} {
		if p := filepath.Join(dir, base); f.isFile(p) && !bytes.HasPrefix(f.head(p), []byte("#!")) {
			return p
		}
	}
	return path
}

var shellNames = []string{"chrome-headless-shell", "chromium-headless-shell", "headless_shell", "headless-shell"}

var fullNames = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge", "msedge"}

// shellPlaces returns the patterns of files that are headless shells when they exist.
func (f finder) shellPlaces() []string {
	platform, exe := f.platform()
	out := []string{"/usr/lib/chromium/chromium-headless-shell", "/usr/lib64/chromium-browser/headless_shell", "/headless-shell/headless-shell"}
	if f.home != "" {
		for _, cache := range []string{"puppeteer", "hyperframes"} {
			out = append(out, filepath.Join(f.home, ".cache", cache, "chrome-headless-shell", "*", "chrome-headless-shell-"+platform, "chrome-headless-shell"+exe))
		}
	}
	return out
}

// fullPlaces returns the patterns of files that are full browsers when they exist.
func (f finder) fullPlaces() []string {
	switch f.goos {
	case "darwin":
		app := "Applications/%s.app/Contents/MacOS/%[1]s"
		var out []string
		for _, name := range []string{"Google Chrome", "Chromium", "Microsoft Edge"} {
			out = append(out, "/"+fmt.Sprintf(app, name), filepath.Join(f.home, fmt.Sprintf(app, name)))
		}
		return out
	case "windows":
		var out []string
		for _, root := range []string{f.getenv("PROGRAMFILES"), f.getenv("PROGRAMFILES(X86)"), f.getenv("LOCALAPPDATA")} {
			if root != "" {
				out = append(out, filepath.Join(root, "Google", "Chrome", "Application", "chrome.exe"),
					filepath.Join(root, "Chromium", "Application", "chrome.exe"),
					filepath.Join(root, "Microsoft", "Edge", "Application", "msedge.exe"))
			}
		}
		return out
	}
	return []string{"/usr/lib/chromium/chromium", "/usr/lib64/chromium-browser/chromium-browser", "/opt/google/chrome/chrome", "/snap/bin/chromium"}
}

// platform returns the name that Chrome's own downloads give this system, and the ending of its programs.
func (f finder) platform() (name, exe string) {
	switch f.goos {
	case "darwin":
		if f.goarch == "arm64" {
			return "mac-arm64", ""
		}
		return "mac-x64", ""
	case "windows":
		return "win64", ".exe"
	}
	return "linux64", ""
}

// installCommand returns the command that installs a browser.
func installCommand(goos string) string {
	switch goos {
	case "darwin":
		return "brew install --cask chromium"
	case "windows":
		return "winget install --id Google.Chrome"
	}
	return "sudo apt install chromium chromium-headless-shell (Debian), sudo dnf install chromium chromium-headless (Fedora), sudo pacman -S chromium (Arch)"
}

func isFile(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular()
}

// head returns the first two bytes of a file.
func head(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	b := make([]byte, 2)
	n, _ := io.ReadFull(f, b)
	return b[:n]
}
