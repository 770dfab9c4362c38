// Package git takes a folder out of a revision of a git repository.
//
// In go a folder of a working tree and the name of a revision; out come the folder's files as they were, written to
// another folder. The work is done by the git program. The repository itself is only read.
package git

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"time"
)

// ErrNotInstalled is returned when there is no git program.
var ErrNotInstalled = errors.New("git is not installed")

// An Error says that a revision could not be read.
type Error struct {
	Revision, Folder string
	Reason           string // "no such revision"
	Advice           string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s at revision %q: %s", e.Folder, e.Revision, e.Reason)
}

// Hint says what to do about it.
func (e *Error) Hint() string { return e.Advice }

// Export writes the files that the folder dir had in a revision to the empty folder dst. What git would not pack
// (export-ignore) is left out. The error is [ErrNotInstalled], an [*Error] or one of writing.
func Export(ctx context.Context, dir, revision, dst string) error {
	fault := func(reason, advice string) error {
		return &Error{Revision: revision, Folder: dir, Reason: reason, Advice: advice}
	}
	if _, err := run(ctx, dir, nil, "rev-parse", "--git-dir"); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return err
		}
		return fault(said(exit, "it is not in a git repository"), "revisions are those of the repository that the deck is in")
	}
	commit, err := run(ctx, dir, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil || len(bytes.TrimSpace(commit)) == 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fault("no such revision", "name a commit, a branch or a tag, such as HEAD~1")
	}
	root, err := os.OpenRoot(dst)
	if err != nil {
		return err
	}
	defer root.Close()
	_, err = run(ctx, dir, func(r io.Reader) error { return unpack(r, root) }, "archive", "--format=tar", strings.TrimSpace(string(commit)))
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return fault(said(exit, "the folder was not there"), "the deck may have had another name then")
	}
	return err
}

// said returns the last thing that git said, or a sentence of our own where it speaks of what we know better.
func said(exit *exec.ExitError, own string) string {
	lines := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
	last := strings.TrimPrefix(lines[len(lines)-1], "fatal: ")
	if last == "" || strings.Contains(last, "not a git repository") || strings.Contains(last, "untracked") || strings.Contains(last, "not a valid") || strings.Contains(last, "did not match") {
		return own
	}
	return last
}

// run runs git in dir and returns its output, or hands it to read. An [exec.ExitError] holds what git said.
func run(ctx context.Context, dir string, read func(io.Reader) error, args ...string) ([]byte, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, ErrNotInstalled
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0")
	var out, complaint bytes.Buffer
	cmd.Stderr = &complaint
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start git: %w", err)
	}
	if read == nil {
		read = func(r io.Reader) error { _, err := out.ReadFrom(r); return err }
	}
	failed := read(pipe)
	if failed != nil {
		cancel() // it may wait for its output to be read
	}
	err = cmd.Wait()
	if failed != nil {
		return nil, failed
	}
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		exit.Stderr = complaint.Bytes()
	}
	return out.Bytes(), err
}

// unpack writes the files of a tar archive into a folder. Nothing gets out of it.
func unpack(r io.Reader, root *os.Root) error {
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if err == io.EOF {
			_, err = io.Copy(io.Discard, r) // the padding
			return err
		}
		if err != nil {
			return fmt.Errorf("read git's archive: %w", err)
		}
		name := path.Clean(h.Name)
		switch h.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(name, 0o755)
		case tar.TypeReg:
			err = writeFile(root, name, t)
		case tar.TypeSymlink:
			if err = root.MkdirAll(path.Dir(name), 0o755); err == nil {
				err = root.Symlink(h.Linkname, name)
			}
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
}

func writeFile(root *os.Root, name string, r io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := root.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
