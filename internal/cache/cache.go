// Package cache keeps on disk what can be made again: small results in a [Dir], files in a [Store].
//
// In goes a key, which must change with everything that the result depends on, and the result; the same comes out until
// somebody deletes it. Nothing here is a reason to fail: what cannot be read is not there, what cannot be written is
// forgotten. Several processes may share a folder, since each entry appears whole or not at all.
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// A Dir is a cache in the folder of that name. The zero Dir keeps nothing.
type Dir string

// Get returns what was put under key.
func (d Dir) Get(key string) ([]byte, bool) {
	if d == "" {
		return nil, false
	}
	data, err := os.ReadFile(d.path(key))
	return data, err == nil
}

// Put keeps data under key.
func (d Dir) Put(key string, data []byte) {
	if d == "" {
		return
	}
	path := d.path(key)
	if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	writeWhole(path, data)
}

// path spreads entries over 256 folders.
func (d Dir) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	name := hex.EncodeToString(sum[:16])
	return filepath.Join(string(d), name[:shardLen], name[shardLen:])
}

// How long the names of an entry are, that of its folder and its own.
const shardLen, idLen = 2, 30
