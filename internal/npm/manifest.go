package npm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// manifest.json lies in each entry and lists what was unpacked. It is written last, so an entry without it is none.
const manifestName = "manifest.json"

type manifest struct {
	Package   string `json:"package"`
	Integrity string `json:"integrity"`
	Files     []file `json:"files"` // sorted by path
}

type file struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func (e entry) manifest() (manifest, error) {
	var m manifest
	data, err := os.ReadFile(filepath.Join(e.dir, manifestName))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(data, &m); err != nil || len(m.Files) == 0 {
		return m, fmt.Errorf("%s is damaged", manifestName)
	}
	return m, nil
}

// verify is the check of every Fetch: all files are there and are what was unpacked.
func (e entry) verify() error {
	m, err := e.manifest()
	if err != nil {
		return err
	}
	for _, f := range m.Files {
		name := filepath.Join(e.files, filepath.FromSlash(f.Path))
		info, err := os.Lstat(name)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || info.Size() != f.Size {
			return fmt.Errorf("%s is damaged", f.Path)
		}
		sum, err := sha256File(name)
		if err != nil {
			return err
		}
		if sum != f.SHA256 {
			return fmt.Errorf("%s was changed after it was unpacked", f.Path)
		}
	}
	return nil
}

func sha256File(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (m manifest) write(dir string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, manifestName), b.Bytes(), 0o644)
}
