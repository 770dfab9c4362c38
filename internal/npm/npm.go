// Package npm hands out the files of a pinned npm package.
//
// A package is named by its version and by the sha512 of its tarball, both constants in our code. The first [Cache.Fetch]
// runs `npm pack` once, checks the hash, and unpacks the wanted files into the user's cache; every later one reads them
// from there and starts no process. Going through npm means that the user's registry, scopes, tokens and proxy apply.
//
// Nothing from the tarball is ever executed, links are refused, and a cache entry appears whole or not at all, also
// when several processes fetch the same package at once.
package npm

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Package is one version of an npm package.
type Package struct {
	Name      string   // as in package.json, with its scope: "gsap", "@fontsource/inter"
	Version   string   // exact: "3.15.0"
	Integrity string   // of the tarball, as the registry states it: "sha512-<base64>"
	Files     []string // slash paths or path.Match patterns of the files to keep; a pattern that ends in "/**" keeps a folder; empty = all
}

// Runtime is the official HyperFrames runtime and player. Both come from the one tarball, so that they match.
var Runtime = Package{
	Name:      "hyperframes",
	Version:   "0.8.170",
	Integrity: "sha512-4In43ONNCEBNcDqLzS1VR/MVkiCMW7Wi0ZSXbv2rGijog4Xex8G6ZuY8Aekaqz7jhzVeA5iR9vv7Q3WdUNRajw==",
	Files:     []string{RuntimeFile, PlayerFile},
}

// Files of [Runtime].
const (
	RuntimeFile = "dist/hyperframe.runtime.iife.js"
	PlayerFile  = "dist/hyperframes-player.global.js"
)

// String returns "name@version".
func (p Package) String() string { return p.Name + "@" + p.Version }

// A Cache is a folder of unpacked packages. The zero Cache is the user's own. A Cache holds no state and may be used
// from several goroutines and processes at once.
type Cache struct {
	Dir     string // "" = hframes/npm in the user's cache folder
	Offline bool   // never start npm: what is not cached is [Missing]
}

// Fetch returns the files of p, with slash paths relative to the package's own folder. If they are not in the cache,
// or if a file there is not what was unpacked, they are fetched with npm. Every call reads all of them: who builds again
// and again keeps the fs.FS. The errors are [*Missing] when the package could not be had, [*Mismatch] when what came is
// not what was pinned.
func (c Cache) Fetch(ctx context.Context, p Package) (fs.FS, error) {
	e, err := c.entry(p)
	if err != nil {
		return nil, err
	}
	if e.verify() == nil {
		return os.DirFS(e.files), nil
	}
	if c.Offline {
		return nil, &Missing{Package: p, Cause: errOffline}
	}
	if err := c.fill(ctx, p, e); err != nil {
		return nil, err
	}
	return os.DirFS(e.files), nil
}

// State says what the cache holds of a package.
type State string

const (
	Absent  State = "absent"
	Cached  State = "cached"
	Damaged State = "damaged" // a file is missing or was changed; the next Fetch makes it anew
)

// Status is what `hframes doctor` shows of one package.
type Status struct {
	Package string `json:"package"` // name@version
	State   State  `json:"state"`
	Dir     string `json:"dir"` // of its files
	Files   int    `json:"files"`
	Size    int64  `json:"size"` // bytes
}

// Status looks p up in the cache and reads its files. It changes nothing and starts no process.
func (c Cache) Status(p Package) (Status, error) {
	e, err := c.entry(p)
	if err != nil {
		return Status{}, err
	}
	s := Status{Package: p.String(), State: Absent, Dir: e.files}
	m, err := e.manifest()
	if os.IsNotExist(err) {
		return s, nil
	}
	s.Files, s.State = len(m.Files), Cached
	for _, f := range m.Files {
		s.Size += f.Size
	}
	if e.verify() != nil {
		s.State = Damaged
	}
	return s, nil
}

// An entry is the place of one package in the cache.
type entry struct {
	base  string // the cache folder
	dir   string // the entry's own folder
	files string // dir/node_modules/<name>
}

func (c Cache) entry(p Package) (entry, error) {
	if !filepath.IsLocal(filepath.FromSlash(p.Name)) || strings.ContainsAny(p.Name, `\:`) || p.Version == "" || strings.ContainsAny(p.Version, `/\:`) {
		return entry{}, fmt.Errorf("%q is not an npm package", p.String())
	}
	base := c.Dir
	if base == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return entry{}, fmt.Errorf("find the npm cache: %w", err)
		}
		base = filepath.Join(user, "hframes", "npm")
	}
	// The wanted files are part of the key: a list that grew in a newer hframes must not find the shorter entry.
	key := sha256.Sum256([]byte(p.Integrity + "\n" + strings.Join(p.Files, "\n")))
	dir := filepath.Join(base, strings.ReplaceAll(p.String(), "/", "+")+"-"+hex.EncodeToString(key[:4]))
	return entry{base: base, dir: dir, files: filepath.Join(dir, "node_modules", filepath.FromSlash(p.Name))}, nil
}

// sha512Of returns the hash that an integrity string demands.
func sha512Of(integrity string) ([]byte, error) {
	text, ok := strings.CutPrefix(integrity, "sha512-")
	sum, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(sum) != 64 {
		return nil, fmt.Errorf("integrity %q is not a sha512", integrity)
	}
	return sum, nil
}
