package chrome

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// fake returns a finder for a machine with these programs in PATH and these files; scripts are files that begin with #!.
func fake(goos string, inPath, files, scripts []string, env map[string]string) finder {
	return finder{
		goos: goos, goarch: "amd64", home: "/home/me", getenv: func(k string) string { return env[k] },
		lookPath: func(p string) (string, error) {
			if slices.Contains(inPath, p) {
				return "/usr/bin/" + strings.TrimPrefix(p, "/usr/bin/"), nil
			}
			if slices.Contains(files, p) {
				return p, nil
			}
			return "", exec.ErrNotFound
		},
		isFile: func(p string) bool { return slices.Contains(files, p) },
		glob: func(pattern string) ([]string, error) {
			var out []string
			for _, f := range files {
				if before, after, ok := strings.Cut(pattern, "*"); f == pattern || ok && strings.HasPrefix(f, before) && strings.HasSuffix(f, after) {
					out = append(out, f)
				}
			}
			return out, nil
		},
		head: func(p string) []byte {
			if slices.Contains(scripts, p) {
				return []byte("#!")
			}
			return []byte("\x7fE")
		},
	}
}

func TestFind(t *testing.T) {
	const cached = "/home/me/.cache/puppeteer/chrome-headless-shell/linux-%s/chrome-headless-shell-linux64/chrome-headless-shell"
	old, newer := strings.Replace(cached, "%s", "131.0", 1), strings.Replace(cached, "%s", "144.0", 1)
	for _, c := range []struct {
		name string
		f    finder
		path string
		kind Kind
		want string
	}{
		{"a shell comes first", fake("linux", []string{"chromium", "chromium-headless-shell"}, nil, nil, nil), "", Any, "/usr/bin/chromium-headless-shell"},
		{"a full one when asked", fake("linux", []string{"chromium", "chromium-headless-shell"}, nil, nil, nil), "", Full, "/usr/bin/chromium"},
		{"a full one when there is no shell", fake("linux", []string{"google-chrome"}, nil, nil, nil), "", Any, "/usr/bin/google-chrome"},
		{"not in PATH", fake("linux", nil, []string{"/opt/google/chrome/chrome"}, nil, nil), "", Any, "/opt/google/chrome/chrome"},
		{"Puppeteer's newest", fake("linux", nil, []string{old, newer}, nil, nil), "", Any, newer},
		{"behind a launcher", fake("linux", []string{"chromium"}, []string{"/usr/lib/chromium/chromium"}, []string{"/usr/bin/chromium"}, nil), "", Full, "/usr/lib/chromium/chromium"},
		{"a launcher with nothing behind it", fake("linux", []string{"chromium"}, nil, []string{"/usr/bin/chromium"}, nil), "", Full, "/usr/bin/chromium"},
		{"asked for", fake("linux", []string{"chromium"}, []string{"/my/chrome"}, nil, map[string]string{"HFRAMES_BROWSER": "/other"}), "/my/chrome", Any, "/my/chrome"},
		{"our variable", fake("linux", nil, []string{"/a", "/b"}, nil, map[string]string{"HFRAMES_BROWSER": "/a", "HYPERFRAMES_BROWSER_PATH": "/b"}), "", Any, "/a"},
		{"the official one", fake("linux", nil, []string{"/b"}, nil, map[string]string{"HYPERFRAMES_BROWSER_PATH": "/b"}), "", Any, "/b"},
		{"macOS", fake("darwin", nil, []string{"/Applications/Chromium.app/Contents/MacOS/Chromium"}, nil, nil), "", Any, "/Applications/Chromium.app/Contents/MacOS/Chromium"},
	} {
		if got, err := c.f.find(c.path, c.kind); err != nil || got != c.want {
			t.Errorf("%s: %q %v, want %q", c.name, got, err, c.want)
		}
	}
}

func TestNotFound(t *testing.T) {
	for _, c := range []struct {
		f                finder
		path, want, hint string
	}{
		{fake("linux", nil, nil, nil, nil), "", "no Chromium found", "install it: sudo apt install chromium chromium-headless-shell (Debian), sudo dnf install chromium chromium-headless (Fedora), sudo pacman -S chromium (Arch)"},
		{fake("darwin", nil, nil, nil, nil), "", "no Chromium found", "install it: brew install --cask chromium"},
		{fake("windows", nil, nil, nil, nil), "", "no Chromium found", "install it: winget install --id Google.Chrome"},
		{fake("linux", []string{"chromium"}, nil, nil, nil), "/no", `no browser at "/no"`, "install it: sudo apt install"},
		{fake("linux", []string{"chromium"}, nil, nil, map[string]string{"HFRAMES_BROWSER": "/no"}), "", `no browser at "/no" (from HFRAMES_BROWSER)`, "correct or unset HFRAMES_BROWSER, or install it: sudo apt install"},
	} {
		_, err := c.f.find(c.path, Any)
		var nf *NotFound
		if !errors.As(err, &nf) || err.Error() != c.want || !strings.HasPrefix(nf.Hint(), c.hint) {
			t.Errorf("error %#v, want %s, hint %s", err, c.want, c.hint)
		}
	}
	if _, err := fake("linux", []string{"chromium"}, nil, nil, nil).find("", Shell); err == nil {
		t.Error("a full browser was taken for a shell")
	}
}

func TestIsShell(t *testing.T) {
	for path, want := range map[string]bool{
		"/usr/lib/chromium/chromium-headless-shell": true, "/x/headless_shell": true, "/x/chrome-headless-shell": true,
		"/usr/lib/chromium/chromium": false, "/headless-shell/chrome": false,
	} {
		if IsShell(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}
