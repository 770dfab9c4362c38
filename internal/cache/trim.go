package cache

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Usage is what a cache holds.
type Usage struct {
	Entries int
	Bytes   int64
	Oldest  time.Time // when the entry that was used longest ago was used; zero = there is none
}

// add counts one more entry.
func (u *Usage) add(bytes int64, used time.Time) {
	u.Entries++
	u.Bytes += bytes
	if u.Oldest.IsZero() || used.Before(u.Oldest) {
		u.Oldest = used
	}
}

// orphaned is the age of a file without a header that nobody can be at work on any more.
const orphaned = time.Hour

// An item is what a store has under one key: an entry, or one on its way, or what is left of one.
type item struct {
	path  string   // what the names of its files begin with
	exts  []string // how they end
	bytes int64    // of all of them
	used  time.Time
	whole bool // it has a header, which was touched when it was used
}

// Usage looks at the whole store. A folder that is not there holds nothing.
func (s *Store) Usage() (Usage, error) {
	items, err := s.items()
	var u Usage
	for _, it := range items {
		if it.whole {
			u.add(it.bytes, it.used)
		}
	}
	return u, err
}

// Trim removes what was used longest ago until the rest takes no more than so many bytes, and what killed processes
// left. It returns what it removed.
func (s *Store) Trim(most int64) (Usage, error) {
	items, err := s.items()
	gone, _, e := evict(items, most, time.Time{})
	return gone, errors.Join(err, e)
}

// Clear removes every entry, and nothing else that may lie in the folder. It returns what it removed.
func (s *Store) Clear() (Usage, error) {
	gone, err := s.Trim(-1)
	shards, _ := s.shards()
	for _, dir := range shards {
		os.Remove(dir) // if it is empty
	}
	return gone, err
}

// makeRoom makes room for a file of so many bytes.
func (s *Store) makeRoom(size int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.looked) > lookAgain {
		items, err := s.items()
		if err != nil {
			return err
		}
		_, s.total, _ = evict(items, math.MaxInt64, s.began)
		s.looked = time.Now()
	}
	limit := s.Max
	if limit == 0 {
		limit = defaultLimit(s.Dir, s.total)
	}
	most := limit - size
	if most < 0 || time.Since(s.full) < fullFor {
		return ErrNoRoom
	}
	if s.total > most {
		items, err := s.items()
		if err == nil {
			_, s.total, err = evict(items, most/10*9, s.began) // some more than needed, since each search for room costs
		}
		if s.total > most {
			s.full = time.Now()
			return errors.Join(ErrNoRoom, err)
		}
	}
	s.total += size
	return nil
}

func totalOf(items []item) (bytes int64) {
	for _, it := range items {
		bytes += it.bytes
	}
	return bytes
}

// evict removes entries that were not used since a time (zero = whenever they were used), the one that was used longest
// ago first, until the rest of the items takes no more than so many bytes. What is abandoned goes in any case. It returns
// what is gone and how many bytes are left.
func evict(items []item, most int64, since time.Time) (gone Usage, left int64, err error) {
	slices.SortFunc(items, func(a, b item) int { return a.used.Compare(b.used) })
	left = totalOf(items)
	for _, it := range items {
		goes := left > most && (since.IsZero() || it.used.Before(since))
		if !it.whole {
			goes = time.Since(it.used) > orphaned
		}
		if !goes {
			continue
		}
		if e := it.remove(); e != nil {
			err = e
			continue
		}
		left -= it.bytes
		if it.whole {
			gone.add(it.bytes, it.used)
		}
	}
	return gone, left, err
}

// remove removes an item, the header first: without it there is no entry. What somebody else removed is gone as well.
func (it item) remove() error {
	for _, ext := range append([]string{headerExt}, it.exts...) {
		if err := os.Remove(it.path + ext); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// shards returns the folders that the entries are spread over.
func (s *Store) shards() ([]string, error) {
	if s.Dir == "" {
		return nil, nil
	}
	list, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var dirs []string
	for _, e := range list {
		if name := e.Name(); e.IsDir() && len(name) == shardLen && isHex(name) {
			dirs = append(dirs, filepath.Join(s.Dir, name))
		}
	}
	return dirs, err
}

// items returns what the store has, in no order. What is there and not a store's is left out.
func (s *Store) items() ([]item, error) {
	shards, err := s.shards()
	var all []item
	for _, dir := range shards {
		list, e := os.ReadDir(dir)
		if e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = e
		}
		var it item
		add := func() {
			if it.look() {
				all = append(all, it)
			}
		}
		for _, e := range list { // sorted, so that the files of an item follow each other
			id, ext, ok := split(e.Name())
			if !ok || e.IsDir() {
				continue
			}
			if path := filepath.Join(dir, id); path != it.path {
				add()
				it = item{path: path}
			}
			it.exts = append(it.exts, ext)
		}
		add()
	}
	return all, err
}

// look fills in what the names of an item's files do not tell, from one of them, as thousands may have to be looked at.
// It reports whether the item is there still.
func (it *item) look() bool {
	if len(it.exts) == 0 {
		return false
	}
	it.whole = slices.Contains(it.exts, headerExt)
	at := it.exts[0]
	if it.whole {
		at = headerExt
	}
	info, err := os.Lstat(it.path + at)
	if err != nil {
		return false
	}
	it.used = info.ModTime()
	for _, ext := range it.exts {
		if size, isData := dataSize(ext); isData {
			it.bytes += size
		} else {
			it.bytes += info.Size()
		}
	}
	return true
}

// split cuts the name of a store's file into what is its item's and what tells the files of one apart.
func split(name string) (id, ext string, ok bool) {
	if strings.HasPrefix(name, partPrefix) {
		return name, "", true
	}
	if len(name) <= idLen || !isHex(name[:idLen]) {
		return "", "", false
	}
	id, ext = name[:idLen], name[idLen:]
	_, isData := dataSize(ext)
	return id, ext, isData || ext == headerExt
}

// isHex reports whether s is digits and lower-case letters of hexadecimal numbers.
func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// Measure looks at any folder of files. What lies so many folders deep is an entry, one folder deep what the folder
// itself holds; its age is that of its name's last change. A folder that is not there holds nothing.
func Measure(dir string, depth int) (Usage, error) {
	var u Usage
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // there is none, or somebody removed it
		}
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		rel, _ := filepath.Rel(dir, path)
		if strings.Count(rel, string(filepath.Separator)) == depth-1 {
			u.add(0, info.ModTime())
		}
		if info.Mode().IsRegular() {
			u.Bytes += info.Size()
		}
		return nil
	})
	return u, err
}
