package hframes

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hframes/hframes/internal/cache"
)

// A Cache is one kind of things that hframes keeps on disk because they can be made again.
type Cache struct {
	Kind    string // segments, notes, code or npm: the folder's name
	Dir     string // absolute
	Entries int
	Bytes   int64
	Oldest  time.Time // of an entry, when it was used last if that is known, else made; zero = there is none
	Max     int64     // bytes that there may be; -1 = there is no limit

	depth int // of an entry in Dir
}

// kinds are what there is: rendered parts of films, what was noted of renders, highlighted code, npm packages.
var kinds = [...]Cache{
	{Kind: segmentsDir},
	{Kind: notesDir, depth: 2},
	{Kind: codeDir, depth: 2},
	{Kind: npmDir, depth: 1},
}

const segmentsDir, notesDir, codeDir, npmDir = "segments", "notes", "code", "npm"

// Notes returns where renders leave word for the next one, in a cache folder; "" = the user's, see [CacheDir].
func Notes(dir string) (cache.Dir, error) {
	if dir == "" {
		var err error
		if dir, err = CacheDir(); err != nil {
			return "", err
		}
	}
	return cache.Dir(filepath.Join(dir, notesDir)), nil
}

// Segments returns the store of rendered segments in a cache folder; "" = the user's, see [CacheDir]. HFRAMES_CACHE_SIZE
// sets how much it keeps; 0 means nothing.
func Segments(dir string) (*cache.Store, error) {
	if dir == "" {
		var err error
		if dir, err = CacheDir(); err != nil {
			return nil, err
		}
	}
	s := &cache.Store{Dir: filepath.Join(dir, segmentsDir)}
	if text := os.Getenv("HFRAMES_CACHE_SIZE"); text != "" {
		most, err := cache.ParseSize(text)
		if err != nil {
			return nil, fmt.Errorf("HFRAMES_CACHE_SIZE: %w", err)
		}
		if s.Max = most; most == 0 {
			s.Max = -1
		}
	}
	return s, nil
}

// Caches returns what is in the user's cache folder, by kind.
func Caches() ([]Cache, error) {
	store, err := Segments("")
	if err != nil {
		return nil, err
	}
	var all []Cache
	for _, c := range kinds {
		c.Dir, c.Max = filepath.Join(filepath.Dir(store.Dir), c.Kind), -1
		var u cache.Usage
		if c.Kind == segmentsDir {
			c.Max = store.Limit()
			u, err = store.Usage()
		} else {
			u, err = cache.Measure(c.Dir, c.depth)
		}
		if err != nil {
			return nil, fmt.Errorf("look at the cache: %w", err)
		}
		c.Entries, c.Bytes, c.Oldest = u.Entries, u.Bytes, u.Oldest
		all = append(all, c)
	}
	return all, nil
}

// ClearCache removes the rendered segments, and with all also everything else. It returns what it removed.
func ClearCache(all bool) ([]Cache, error) {
	there, err := Caches()
	if err != nil {
		return nil, err
	}
	var gone []Cache
	for _, c := range there {
		switch {
		case c.Kind == segmentsDir:
			var u cache.Usage
			u, err = (&cache.Store{Dir: c.Dir}).Clear()
			c.Entries, c.Bytes, c.Oldest = u.Entries, u.Bytes, u.Oldest
		case all:
			err = os.RemoveAll(c.Dir)
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("clear the cache: %w", err)
		}
		gone = append(gone, c)
	}
	return gone, nil
}

// TrimCache removes the segments that were used longest ago until the rest takes no more than so many bytes. It returns
// how many it removed and what is left.
func TrimCache(most int64) (removed int, left Cache, err error) {
	store, err := Segments("")
	if err != nil {
		return 0, Cache{}, err
	}
	gone, err := store.Trim(most)
	if err != nil {
		return 0, Cache{}, fmt.Errorf("trim the cache: %w", err)
	}
	there, err := Caches()
	if err != nil {
		return 0, Cache{}, err
	}
	return gone.Entries, there[0], nil
}
