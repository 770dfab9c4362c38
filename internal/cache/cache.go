// Package cache keeps small results on disk under a key.
//
// In go a key, which must change with everything that the result depends on, and bytes; the same bytes come out until
// somebody deletes the folder. Nothing here fails: what cannot be read is not there, what cannot be written is
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
	tmp, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if e := tmp.Close(); err == nil && e == nil {
		os.Rename(tmp.Name(), path)
	}
}

// path spreads entries over 256 folders.
func (d Dir) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	name := hex.EncodeToString(sum[:16])
	return filepath.Join(string(d), name[:2], name[2:])
}
