package npm

import (
	"bytes"
	"context"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fill makes the cache entry of p: pack, check, unpack beside, rename.
func (c Cache) fill(ctx context.Context, p Package, e entry) error {
	want, err := sha512Of(p.Integrity)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", p, err)
	}
	if err := os.MkdirAll(e.base, 0o755); err != nil {
		return fmt.Errorf("fetch %s: %w", p, err)
	}
	sweep(e.base)
	tmp, err := os.MkdirTemp(e.base, tempPrefix)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", p, err)
	}
	defer os.RemoveAll(tmp)

	tarball, err := pack(ctx, p, tmp)
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("fetch %s: %w", p, context.Cause(ctx))
		}
		return &Missing{Package: p, Cause: err}
	}
	got, err := sha512File(tarball)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", p, err)
	}
	if subtle.ConstantTimeCompare(want, got) != 1 {
		return &Mismatch{Package: p, Got: "sha512-" + base64.StdEncoding.EncodeToString(got)}
	}
	fresh := filepath.Join(tmp, "entry")
	if err := unpackTo(fresh, tarball, p); err != nil {
		return fmt.Errorf("unpack %s: %w", p, err)
	}
	if err := install(fresh, e, tmp); err != nil {
		return fmt.Errorf("store %s: %w", p, err)
	}
	return nil
}

func unpackTo(dir, tarball string, p Package) error {
	files, err := unpack(tarball, filepath.Join(dir, "node_modules", filepath.FromSlash(p.Name)), p.Files)
	if err != nil {
		return err
	}
	return manifest{Package: p.String(), Integrity: p.Integrity, Files: files}.write(dir)
}

// install renames a fresh entry to its place. If another process was faster, its entry stays; a damaged one is moved
// out of the way first.
func install(fresh string, e entry, tmp string) error {
	var err error
	for try := range 5 {
		if err = os.Rename(fresh, e.dir); err == nil {
			return nil
		}
		if e.verify() == nil {
			return nil
		}
		if moved := os.Rename(e.dir, filepath.Join(tmp, fmt.Sprintf("damaged-%d", try))); moved != nil && !os.IsNotExist(moved) {
			return moved
		}
	}
	return err
}

const (
	tempPrefix = "tmp-"
	staleAfter = 24 * time.Hour
)

// sweep removes what killed processes left behind, once it is old enough that none can still be at work in it.
func sweep(base string) {
	left, _ := filepath.Glob(filepath.Join(base, tempPrefix+"*"))
	for _, dir := range left {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > staleAfter {
			os.RemoveAll(dir)
		}
	}
}

// pack runs `npm pack` in dir and returns the path of the tarball. npm's own cache is asked first: a version never
// changes, and what is wrong in that cache is found by the hash.
func pack(ctx context.Context, p Package, dir string) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", errNoNPM
	}
	out, err := runNPM(ctx, npm, dir, p, "--prefer-offline")
	if err != nil && strings.Contains(err.Error(), "ETARGET") {
		// npm's cached list of versions is older than the version.
		out, err = runNPM(ctx, npm, dir, p, "--prefer-online")
	}
	if err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("npm pack left no tarball (it printed %q)", clip(out))
	}
	return found[0], nil
}

func runNPM(ctx context.Context, npm, dir string, p Package, how string) (stdout string, err error) {
	cmd := exec.CommandContext(ctx, npm, "pack", p.String(), "--json", "--ignore-scripts", how, "--pack-destination", dir)
	cmd.Dir = dir // no project's .npmrc
	cmd.Env = append(os.Environ(), "npm_config_update_notifier=false", "npm_config_fund=false", "npm_config_audit=false",
		// By itself npm tries three times, for minutes: too long for a build that can do without.
		"npm_config_fetch_retries=0", "npm_config_fetch_timeout=20000")
	cmd.WaitDelay = time.Second // npm's children may hold its pipes open
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return o.String(), fmt.Errorf("npm pack: %s", reason(o.Bytes(), e.String(), err))
	}
	return o.String(), nil
}

// reason takes the cause out of what npm printed: with --json an error object on stdout, always some text on stderr.
func reason(stdout []byte, stderr string, err error) string {
	var doc struct {
		Error struct{ Code, Summary string }
	}
	if json.Unmarshal(stdout, &doc) == nil && doc.Error.Code+doc.Error.Summary != "" {
		first, _, _ := strings.Cut(doc.Error.Summary, "\n")
		return strings.TrimSpace(doc.Error.Code + " " + first)
	}
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "npm warn") && !strings.HasPrefix(line, "npm notice") {
			return clip(line)
		}
	}
	return err.Error()
}

func clip(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}

func sha512File(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha512.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}
