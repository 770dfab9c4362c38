package ignore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// git asks git which of the paths its own rules leave out.
func git(t *testing.T, dir, rules string, paths []string) map[string]bool {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(rules), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "git", "check-ignore", "--no-index", "--stdin", "-z")
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(strings.Join(paths, "\x00") + "\x00")
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && cmd.ProcessState.ExitCode() != 1 { // 1: none of them
		t.Fatalf("git check-ignore: %v\n%s", err, stderr.Bytes())
	}
	ignored := map[string]bool{}
	for name := range strings.SplitSeq(string(out), "\x00") {
		ignored[name] = true
	}
	return ignored
}

// trees are two repositories, since git looks whether a path is a folder: one where the folders are, and an empty one.
type trees struct {
	files, folders     string
	fileList, dirsList []string
}

// plant makes them for these paths; one with "/" at the end is a folder.
func plant(t *testing.T, paths []string) *trees {
	t.Helper()
	w := &trees{files: t.TempDir(), folders: t.TempDir()}
	for _, dir := range []string{w.files, w.folders} {
		cmd := exec.CommandContext(t.Context(), "git", "init", "-q", dir)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git init: %v\n%s", err, out)
		}
	}
	for _, p := range paths {
		name, folder := strings.CutSuffix(p, "/")
		if !folder {
			w.fileList = append(w.fileList, name)
			continue
		}
		w.dirsList = append(w.dirsList, name)
		if err := os.MkdirAll(filepath.Join(w.folders, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// compare judges all paths by the rules and by git, and returns how many are left out.
func (w *trees) compare(t *testing.T, rules string) (left int) {
	t.Helper()
	r := Parse(".hframesignore", []byte(rules))
	for _, tree := range []struct {
		dir    string
		paths  []string
		folder bool
	}{{w.files, w.fileList, false}, {w.folders, w.dirsList, true}} {
		want := git(t, tree.dir, rules, tree.paths)
		for _, name := range tree.paths {
			if want[name] {
				left++
			}
			if got := r.Skip(name, tree.folder); got != want[name] {
				t.Errorf("rules %q, path %q, folder %v: left out %v, git says %v", rules, name, tree.folder, got, want[name])
			}
		}
	}
	return left
}

func TestAsGit(t *testing.T) {
	w := plant(t, []string{
		"a", "b", "a/", "a/b", "a/b/", "a/b/c", "x/a", "x/a/", "x/a/b", "x/y/a", "x/y/a/b", "a.txt", "x/a.txt", "foo.bar", "foobar",
		"#a", "!a", "a b", "a ", "a  ", "a\\", "[a]", "*", "x/*", "a]", "a-", "-", "]", "\\", "?", "é", "ab/c/d/e", "foo/bar/baz", ".a", "x/.a", "A", "1", "a\tb",
	})
	for _, rules := range []string{
		"", "\n\n", "# a", "\\#a", "\\!a", "!a", "a", "a/", "/a", "/a/", "x/a", "x/a/", "*", "/*", "*/", "*.txt", "a*", "*a", "**", "**/a", "a/**", "x/**/a", "**/a/**",
		"/**", "**/", "/**/a", "a**", "**a", "x/**a", "a**/b", "x**/a", "x/a**", "***", "***/a", "a/***", "foo**bar", "foo?bar", "foo*bar", "foo[.]bar",
		"[a]", "\\[a]", "[!a]", "[^a]", "[a-b]", "[a", "[]a]", "[!]a]", "[]]", "[a-]", "[-a]", "[\\a]", "[\\]]", "a]", "[]", "[!]", "[[:alpha:]]", "[[:digit:]a]", "[[:nope:]]", "[[:alpha:]",
		"a ", "a  ", "a\\ ", "a\\  ", "a \\", "a\\\\ ", "a b", " a", "a\\", "a\\\\", "\\a", "\\*", "\\?", "?", "??", "x/?",
		"*\n!a", "*\n!*/\n!a", "a\n!a/b", "a/*\n!a/b", "/*\n!/x\n/x/*\n!/x/a", "a\r\nb\r\n", "\uFEFFa\nb", "!", "/", "//", "a//", "//a", "x//a", "./a", "a/.", "../a", "!!a", "! a", "!/a", "\t", "a\t", "[a-b]/", "[A-z]", "[b-a]", "é", "?\n", "??\n", "[é]",
		"**/**/a", "**/*", "*/**", "*/*/a", "a/**/b/**/c", "a/**/**/c", "**/b/c", "a\\/b", "x\\/a", "[x/]a", "x[/]a", "x?a", "[[:space:]]", "a[[:blank:]]b", "[!/]", "[--a]", "[a-a-c]", "[[a]", "[[]a]", "[[:a]", "[[:a]b:]", "[![:nope:]]", "[[:digit:]-z]", "**\\/a", "x/**\\/a", "a[b", "**[a", "x**", "x**/",
	} {
		w.compare(t, rules)
	}
}

// Rules and paths of a few characters, so that they meet often, are judged as git judges them.
func TestAsGitRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2026))
	pieces := []string{"a", "b", "a", "b", "c", ".", "/", "/", "*", "*", "**", "**/", "/**", "?", "[ab]", "[!a]", "[a-c]", "[]", "]", "[", "\\", " ", "!", "#", "-", "[^", "[[:alpha:]]", "\\ ", "\\*"}
	word := func(from []string, most int) string {
		var b strings.Builder
		for range 1 + rng.IntN(most) {
			b.WriteString(from[rng.IntN(len(from))])
		}
		return b.String()
	}
	paths := map[string]bool{}
	for len(paths) < 400 {
		var parts []string
		for range 1 + rng.IntN(4) {
			parts = append(parts, word([]string{"a", "b", "c", "a", "b", "d", " ", "-", "]", "*", "\\", "#", "!"}, 3))
		}
		p := strings.Join(parts, "/")
		if rng.IntN(3) == 0 {
			p += "/"
		}
		paths[p] = true
	}
	var all []string
	for p := range paths {
		all = append(all, p)
	}
	slices.Sort(all)
	w := plant(t, all)
	left, cases := 0, 0
	for range 200 {
		var lines []string
		for range 1 + rng.IntN(4) {
			line := word(pieces, 5)
			if rng.IntN(3) == 0 {
				line = "!" + line
			}
			lines = append(lines, line)
		}
		left += w.compare(t, strings.Join(lines, "\n"))
		cases += len(all)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d judgements, %d of them to leave out", cases, left)
	if left < cases/20 || left > cases*19/20 {
		t.Errorf("%d of %d left out: the cases say little", left, cases)
	}
}

// A pattern of many stars takes no time to speak of.
func TestManyStars(t *testing.T) {
	r := Parse("", []byte(strings.Repeat("*a", 500)+"b\n"+strings.Repeat("**/", 500)+"x"))
	if r.Skip(strings.Repeat("a", 2000), false) || r.Skip(strings.Repeat("a/", 1000)+"y", false) {
		t.Error("left out")
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"a", "!a/**/b", "[!a-b]/", "\\", "[[:alpha:]", "***", "a\\ "} {
		f.Add(seed, "a/b c")
	}
	f.Fuzz(func(t *testing.T, rules, name string) {
		r := Parse("rules", []byte(rules))
		skip, match := r.Skip(name, false), r.Match(name, false)
		if match && !skip {
			t.Errorf("rules %q: %q matches and is not left out", rules, name)
		}
		if more := Parse("rules", []byte(rules+"\n!*\n!**")); !strings.Contains(name, "/") && name != "" && more.Match(name, false) {
			t.Errorf("rules %q: %q is not taken back", rules, name)
		}
	})
}

func Example() {
	r := Parse(".hframesignore", []byte("*.psd\nraw/\n!raw/keep.mov\n"))
	fmt.Println(r.Skip("logo.psd", false), r.Skip("raw/keep.mov", false), r.Skip("logo.svg", false))
	// Output: true true false
}
