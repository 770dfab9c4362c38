package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/markup"
)

// keyVersion changes when the same key would mean other pictures.
const keyVersion = 1

// A keyer gives segments their keys.
type keyer struct {
	settings []Input
	all      string // of every file
	frames   int
}

func newKeyer(files fs.FS, entry string, page *markup.Doc, root *markup.Tag, clips []timedElement, rate ffmpeg.Rate, frames int, settings []Input) (*keyer, error) {
	k := &keyer{settings: settings, frames: frames}
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %x\n", name, sha256.Sum256(data))
		return nil
	})
	k.all = hex.EncodeToString(h.Sum(nil))
	return k, err
}

// key sets what the pictures of a segment depend on, and its key.
func (k *keyer) key(s *Segment) {
	s.Inputs = append(s.Inputs, k.settings...)
	text, _ := json.Marshal([]any{keyVersion, k.settings, k.all, k.frames, s.First, s.End})
	sum := sha256.Sum256(text)
	s.Key = hex.EncodeToString(sum[:])
}
