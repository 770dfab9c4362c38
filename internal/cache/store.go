package cache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A Store is a cache of whole files, such as rendered segments, in a folder that several processes may share. Of what
// was put there it keeps what was used last, up to a size. It must not be copied once it is used; its methods may be
// called from several goroutines.
//
// What Get returns was compared with what Put was given: an entry that was cut off or has changed is removed, and is
// not there. That is a guard against broken disks, not against somebody who may write to the folder.
type Store struct {
	Dir string // made when there is something to keep; "" = nothing is kept
	Max int64  // bytes that the entries may take; 0 = what [Store.Limit] says, negative = nothing is kept

	mu     sync.Mutex
	began  time.Time // what was used since is not removed to make room
	total  int64     // bytes, as of the last look and with what was put since
	looked time.Time // when the whole folder was looked at
	full   time.Time // when there was no room, whatever might be removed
}

// ErrNoRoom is the error of [Store.Put] when the store is full of what was just used, or the file larger than all of it.
var ErrNoRoom = errors.New("the cache has no room")

const (
	defaultMax = 10e9             // bytes
	freeShare  = 4                // of a disk with little room, one part in so many
	lookAgain  = time.Minute      // other processes put things there as well
	fullFor    = 10 * time.Second // a full store is not searched for room at each Put
	tries      = 10               // another process may remove the folder that we write to
)

// Get makes the file dst of what was put under key, verifies it, marks the entry as used and returns its meta. dst is
// another name of the file in the store where that can be, so it must be read only; it stays whatever happens to the
// store. When false is returned, dst is as it was.
func (s *Store) Get(key, dst string) (meta []byte, ok bool) {
	if s.off() {
		return nil, false
	}
	s.start()
	path := s.path(key)
	h, err := readHeader(path + headerExt)
	if errors.Is(err, errForeign) {
		os.Remove(path + headerExt)
	}
	if err != nil {
		return nil, false
	}
	data := path + h.dataExt()
	tmp := fmt.Sprintf("%s.%08x.part", dst, rand.Uint32())
	defer os.Remove(tmp)
	if err := linkOrCopy(data, tmp); err != nil {
		if _, err := os.Lstat(data); errors.Is(err, fs.ErrNotExist) {
			os.Remove(path + headerExt)
		}
		return nil, false
	}
	if h.verify(key, tmp) != nil {
		os.Remove(path + headerExt)
		os.Remove(data)
		return nil, false
	}
	if os.Rename(tmp, dst) != nil {
		return nil, false
	}
	now := time.Now()
	os.Chtimes(path+headerExt, now, now)
	return h.Meta, true
}

// Has reports whether Get would find something under key, unless it is damaged.
func (s *Store) Has(key string) bool {
	if s.off() {
		return false
	}
	path := s.path(key)
	h, err := readHeader(path + headerExt)
	if err != nil {
		return false
	}
	info, err := os.Lstat(path + h.dataExt())
	return err == nil && info.Mode().IsRegular() && info.Size() == h.Size
}

// Put keeps file, and up to [MaxMeta] bytes of meta, under key, in place of what was there. The store may take file
// under another name, so it must not be written to any more; it can be removed. What was used longest ago makes room,
// but nothing that was used since this Store was: a film that is larger than the cache finds its beginning there the
// next time, rather than nothing. The errors, [ErrNoRoom] and the system's, are no reason to stop: the file is not kept.
func (s *Store) Put(key, file string, meta []byte) error {
	if s.off() {
		return nil
	}
	s.start()
	if err := s.put(key, file, meta); err != nil {
		return fmt.Errorf("keep in the cache %s: %w", s.Dir, err)
	}
	return nil
}

func (s *Store) put(key, file string, meta []byte) error {
	h, err := describe(key, file, meta)
	if err != nil {
		return err
	}
	if err := s.makeRoom(h.Size); err != nil {
		return err
	}
	path := s.path(key)
	for range tries {
		err = h.install(path, file)
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) { // the folder was removed, the latter within MkdirAll
			return err
		}
	}
	return err
}

// install puts the data beside its header, which makes the two an entry when it appears.
func (h header) install(path, file string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	old, oldErr := readHeader(path + headerExt)
	tmp := filepath.Join(filepath.Dir(path), fmt.Sprintf("%s%016x", partPrefix, rand.Uint64()))
	defer os.Remove(tmp)
	if err := linkOrCopy(file, tmp); err != nil {
		return err
	}
	os.Chmod(tmp, 0o600)
	now := time.Now()
	os.Chtimes(tmp, now, now) // it may be an old file, and those without a header are swept
	if err := os.Rename(tmp, path+h.dataExt()); err != nil {
		return err
	}
	if err := writeWhole(path+headerExt, h.encode()); err != nil {
		return err
	}
	if oldErr == nil && old.dataExt() != h.dataExt() {
		os.Remove(path + old.dataExt())
	}
	return nil
}

// Drop forgets what was put under key.
func (s *Store) Drop(key string) {
	if s.off() {
		return
	}
	path := s.path(key)
	h, err := readHeader(path + headerExt)
	os.Remove(path + headerExt)
	if err == nil {
		os.Remove(path + h.dataExt())
	}
}

// Limit returns how many bytes the entries may take: Max, or else 10 GB, and no more than a quarter of the disk's free
// space and what they take already.
func (s *Store) Limit() int64 {
	switch {
	case s.Max < 0:
		return 0
	case s.Max > 0:
		return s.Max
	}
	u, _ := s.Usage()
	return defaultLimit(s.Dir, u.Bytes)
}

// defaultLimit is the limit of a store at dir that holds so many bytes.
func defaultLimit(dir string, holds int64) int64 {
	for at := dir; ; at = filepath.Dir(at) { // the folder may have to be made yet
		if free, ok := FreeSpace(at); ok {
			return min(defaultMax, (free+holds)/freeShare)
		}
		if at == filepath.Dir(at) {
			return defaultMax
		}
	}
}

// off reports whether nothing is kept.
func (s *Store) off() bool { return s.Dir == "" || s.Max < 0 }

// start notes that the store is used. Clocks of file systems are coarse and late.
func (s *Store) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.began.IsZero() {
		s.began = time.Now().Add(-2 * time.Second)
	}
}

// path returns what the names of an entry's files begin with.
func (s *Store) path(key string) string { return Dir(s.Dir).path(key) }

// linkOrCopy gives a file one more name, or else makes a copy of that name. to must not exist, and is not there after
// an error.
func linkOrCopy(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &fs.PathError{Op: "read", Path: from, Err: errors.New("it is not a file")}
	}
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if e := out.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(to)
	}
	return err
}

// writeWhole makes a file that appears whole or not at all.
func writeWhole(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), partPrefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
