package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"regexp"
	"strconv"
)

// An entry of a [Store] is two files, whose names begin with the hash of its key:
//
//	ab/cdef….entry         the header: JSON with the size, the sum and the meta
//	ab/cdef….0123abcd.8f   the data; sum and size end its name, so that a header never belongs to other data
//
// The data comes first and the header makes it an entry, so that whoever reads a header finds all of its data, or none
// where it was just removed.

const (
	headerExt  = ".entry"
	partPrefix = ".part-"
	format     = 1 // of a header

	// MaxMeta is how many bytes of meta an entry may have.
	MaxMeta = 1 << 20
)

// A header describes an entry.
type header struct {
	Format int    `json:"format"`
	Size   int64  `json:"size"` // bytes of data
	Sum    uint32 `json:"sum"`  // of the key, the meta and the data
	Meta   []byte `json:"meta,omitempty"`
}

// errForeign is the error of what is no entry, or no longer one.
var errForeign = errors.New("not an entry of the cache")

// castagnoli has an instruction on common processors: 200 MB take some 20 ms.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// describe returns the header of an entry to be.
func describe(key, file string, meta []byte) (header, error) {
	if len(meta) > MaxMeta {
		return header{}, fmt.Errorf("%d bytes of meta: the most is %d", len(meta), MaxMeta)
	}
	h := header{Format: format, Meta: meta}
	var err error
	h.Size, h.Sum, err = h.measure(key, file)
	return h, err
}

// verify returns errForeign unless file is what the header describes.
func (h header) verify(key, file string) error {
	info, err := os.Lstat(file)
	if err != nil {
		return err
	}
	if info.Size() != h.Size {
		return errForeign
	}
	size, sum, err := h.measure(key, file)
	if err == nil && (size != h.Size || sum != h.Sum) {
		err = errForeign
	}
	return err
}

// measure reads a file.
func (h header) measure(key, file string) (size int64, sum uint32, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	s := crc32.New(castagnoli)
	fmt.Fprintf(s, "%d %d\n%s", len(key), len(h.Meta), key)
	s.Write(h.Meta)
	// The file's own way to be copied would take smaller bites.
	size, err = io.CopyBuffer(s, struct{ io.Reader }{f}, make([]byte, 256<<10))
	return size, s.Sum32(), err
}

// dataExt returns how the name of the data ends.
func (h header) dataExt() string { return fmt.Sprintf(".%08x.%x", h.Sum, h.Size) }

// dataSize returns the size that an end of a name tells.
func dataSize(ext string) (bytes int64, ok bool) {
	m := dataExts.FindStringSubmatch(ext)
	if m == nil {
		return 0, false
	}
	bytes, err := strconv.ParseInt(m[1], 16, 64)
	return bytes, err == nil
}

var dataExts = regexp.MustCompile(`^\.[0-9a-f]{8}\.([0-9a-f]{1,12})$`)

func (h header) encode() []byte {
	data, _ := json.Marshal(h) // numbers and bytes: there is nothing that could fail
	return data
}

// decode reads a header, or returns errForeign.
func decode(data []byte) (header, error) {
	var h header
	if json.Unmarshal(data, &h) != nil || h.Format != format || h.Size < 0 || len(h.Meta) > MaxMeta {
		return header{}, errForeign
	}
	return h, nil
}

// readHeader reads the header at path. The error is errForeign when what is there is no header, and the system's when
// nothing is there or it cannot be read.
func readHeader(path string) (header, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return header{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > 2*MaxMeta {
		return header{}, errForeign
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return header{}, err
	}
	return decode(data)
}
