package cache

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain runs the tests, or is the process that TestProcesses starts beside itself.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HFRAMES_TEST_STORE"); dir != "" {
		if err := storm(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// put puts bytes under a key.
func put(t testing.TB, s *Store, key string, data []byte) {
	t.Helper()
	if err := s.Put(key, write(t, "file", data), []byte("about "+key)); err != nil {
		t.Fatal(err)
	}
}

// holds fails the test unless just these keys have what put gave them.
func holds(t testing.TB, s *Store, data []byte, keys ...string) {
	t.Helper()
	for _, key := range []string{"a", "b", "c", "d"} {
		dst := filepath.Join(t.TempDir(), "dst")
		want := slices.Contains(keys, key)
		if has := s.Has(key); has != want {
			t.Errorf("Has(%q) = %v", key, has)
		}
		meta, ok := s.Get(key, dst)
		got, _ := os.ReadFile(dst)
		if ok != want || ok && (string(meta) != "about "+key || !bytes.Equal(got, data)) {
			t.Errorf("Get(%q) = %q, %v with %d bytes", key, meta, ok, len(got))
		}
		if left, _ := os.ReadDir(filepath.Dir(dst)); !ok && len(left) > 0 {
			t.Errorf("Get(%q) left %s", key, left[0].Name())
		}
	}
}

// used sets when an entry was used.
func used(t testing.TB, s *Store, key string, ago time.Duration) {
	t.Helper()
	at := time.Now().Add(-ago)
	if err := os.Chtimes(s.path(key)+headerExt, at, at); err != nil {
		t.Fatal(err)
	}
}

// files returns every file in the store's folder.
func files(t testing.TB, s *Store) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(s.Dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestStore(t *testing.T) {
	s := &Store{Dir: filepath.Join(t.TempDir(), "deep", "store")}
	data := []byte("one segment")
	holds(t, s, data)
	if u, err := s.Usage(); err != nil || u != (Usage{}) {
		t.Errorf("a store that is not there: %+v, %v", u, err)
	}
	put(t, s, "a", data)
	put(t, s, "b", data)
	holds(t, s, data, "a", "b")
	for _, key := range []string{"", "../../etc", "a\x00b", "\xff\xfe", strings.Repeat("long ", 1e5), "naïve/日本"} {
		put(t, s, key, data)
		dst := filepath.Join(t.TempDir(), "dst")
		if meta, ok := s.Get(key, dst); !ok || string(meta) != "about "+key {
			t.Errorf("key %.20q: %v", key, ok)
		}
	}
	put(t, s, "a", []byte("other"))
	dst := write(t, "dst", []byte("old"))
	for range 2 { // the second time dst is the same file already
		if _, ok := s.Get("a", dst); !ok {
			t.Error("no entry")
		}
		if got, _ := os.ReadFile(dst); string(got) != "other" {
			t.Errorf("got %q", got)
		}
	}
	if err := s.Put("a", dst, nil); err != nil { // what was taken out is put in again
		t.Error(err)
	}
	u, err := s.Usage()
	if err != nil || u.Entries != 8 || len(files(t, s)) != 16 || time.Since(u.Oldest) > time.Minute {
		t.Errorf("%+v, %v, files %v", u, err, files(t, s))
	}
	if list, _ := os.ReadDir(filepath.Dir(dst)); len(list) != 1 {
		t.Errorf("beside dst: %v", list)
	}
	note := filepath.Join(s.Dir, "note.txt")
	os.WriteFile(note, nil, 0o600)
	if gone, err := s.Clear(); err != nil || gone.Entries != 8 || gone.Bytes != u.Bytes {
		t.Errorf("%+v, %v", gone, err)
	}
	if got, _ := os.ReadFile(dst); string(got) != "other" {
		t.Errorf("what was taken out is %q", got)
	}
	if list, _ := os.ReadDir(s.Dir); len(list) != 1 || list[0].Name() != "note.txt" {
		t.Errorf("left: %v", list)
	}
}

func TestPrivate(t *testing.T) {
	s := &Store{Dir: filepath.Join(t.TempDir(), "store")}
	put(t, s, "a", []byte("x"))
	filepath.WalkDir(s.Dir, func(path string, d os.DirEntry, err error) error {
		if info, e := d.Info(); err != nil || e != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v, %v", path, info.Mode(), err, e)
		}
		return nil
	})
}

// A store that is off keeps nothing and has no faults.
func TestOff(t *testing.T) {
	dir := t.TempDir()
	for _, s := range []*Store{{}, {Dir: dir, Max: -1}} {
		put(t, s, "a", []byte("x"))
		holds(t, s, nil)
		if _, err := s.Clear(); err != nil {
			t.Error(err)
		}
		if s.Max < 0 && s.Limit() != 0 {
			t.Errorf("limit %d", s.Limit())
		}
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("kept: %v", list)
	}
}

// Whatever happens to an entry's files, it is either what was put there or not there, and can be made anew.
func TestDamage(t *testing.T) {
	data := bytes.Repeat([]byte("segment "), 1e4)
	header := func(s *Store) string { return s.path("a") + headerExt }
	body := func(s *Store) string {
		for _, f := range files(t, s) {
			if strings.HasPrefix(f, s.path("a")) && f != header(s) {
				return f
			}
		}
		t.Fatal("no data")
		return ""
	}
	flip := func(path string, at int) {
		b, _ := os.ReadFile(path)
		b[(at+len(b))%len(b)] ^= 1
		os.Remove(path) // the file may have another name, outside
		os.WriteFile(path, b, 0o600)
	}
	for name, damage := range map[string]func(s *Store){
		"first bit":         func(s *Store) { flip(body(s), 0) },
		"last bit":          func(s *Store) { flip(body(s), -1) },
		"cut off":           func(s *Store) { os.Truncate(body(s), 100) },
		"nothing":           func(s *Store) { os.Truncate(body(s), 0) },
		"longer":            func(s *Store) { os.Truncate(body(s), int64(len(data))+1) },
		"data gone":         func(s *Store) { os.Remove(body(s)) },
		"data a folder":     func(s *Store) { f := body(s); os.Remove(f); os.Mkdir(f, 0o700) },
		"data a link":       func(s *Store) { f := body(s); os.Rename(f, f+"x"); os.Symlink(f+"x", f) },
		"header gone":       func(s *Store) { os.Remove(header(s)) },
		"header empty":      func(s *Store) { os.Truncate(header(s), 0) },
		"header cut off":    func(s *Store) { os.Truncate(header(s), 30) },
		"header zeroed":     func(s *Store) { os.WriteFile(header(s), make([]byte, 60), 0o600) },
		"header huge":       func(s *Store) { os.Truncate(header(s), 1<<40) },
		"header a folder":   func(s *Store) { os.Remove(header(s)); os.Mkdir(header(s), 0o700) },
		"header of another": func(s *Store) { put(t, s, "z", data); os.Rename(s.path("z")+headerExt, header(s)) },
		"meta of another": func(s *Store) {
			b, _ := os.ReadFile(header(s))
			os.WriteFile(header(s), bytes.Replace(b, []byte(`"meta":"Y`), []byte(`"meta":"Z`), 1), 0o600)
		},
		"newer format": func(s *Store) {
			b, _ := os.ReadFile(header(s))
			os.WriteFile(header(s), bytes.Replace(b, []byte(`"format":1`), []byte(`"format":2`), 1), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Store{Dir: t.TempDir()}
			put(t, s, "a", data)
			put(t, s, "b", data)
			damage(s)
			dst := filepath.Join(t.TempDir(), "dst")
			if meta, ok := s.Get("a", dst); ok {
				t.Errorf("got %q", meta)
			}
			if list, _ := os.ReadDir(filepath.Dir(dst)); len(list) > 0 {
				t.Errorf("made %s", list[0].Name())
			}
			if name == "data a folder" || name == "data a link" {
				return // nothing of ours: Put says what is in the way, or replaces it
			}
			if s.Has("a") {
				t.Error("it is there still")
			}
			put(t, s, "a", data)
			holds(t, s, data, "a", "b")
		})
	}
}

// Put takes a file in whole or not at all, and says why not.
func TestPutErrors(t *testing.T) {
	dir := t.TempDir()
	file := write(t, "file", []byte("x"))
	for name, c := range map[string]struct {
		s          *Store
		file, want string
		meta       int
	}{
		"no file":     {&Store{Dir: dir}, filepath.Join(dir, "gone"), "no such file", 0},
		"a folder":    {&Store{Dir: dir}, dir, "is a directory", 0},
		"not a place": {&Store{Dir: file}, file, "not a directory", 0},
		"much meta":   {&Store{Dir: dir}, file, "the most is 1048576", MaxMeta + 1},
		"no room":     {&Store{Dir: dir, Max: 1}, write(t, "file", []byte("xx")), "the cache has no room", 0},
	} {
		if err := c.s.Put("a", c.file, make([]byte, c.meta)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if c.s.Has("a") {
			t.Errorf("%s: there is an entry", name)
		}
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("left: %v", list)
	}
}

// What was used longest ago makes room, but nothing that was used since the store was.
func TestRoom(t *testing.T) {
	data := make([]byte, 1000)
	one := func() int64 { // what an entry takes, header and all
		s := &Store{Dir: t.TempDir()}
		put(t, s, "a", data)
		u, _ := s.Usage()
		return u.Bytes
	}()
	dir := t.TempDir()
	old := &Store{Dir: dir}
	for i, key := range []string{"a", "b", "c"} {
		put(t, old, key, data)
		used(t, old, key, time.Duration(10-i)*time.Minute)
	}
	s := &Store{Dir: dir, Max: 7 * one / 2}
	if _, ok := s.Get("a", filepath.Join(t.TempDir(), "dst")); !ok {
		t.Fatal("no entry")
	}
	put(t, s, "d", data) // b goes
	s = &Store{Dir: dir, Max: 7 * one / 2}
	holds(t, s, data, "a", "c", "d") // and now all were used
	for _, key := range []string{"b", "e"} {
		if err := s.Put(key, write(t, "file", data), nil); !errors.Is(err, ErrNoRoom) {
			t.Errorf("%s: %v", key, err)
		}
	}
	holds(t, s, data, "a", "c", "d")
	if gone, err := s.Trim(one); err != nil || gone.Entries != 2 {
		t.Errorf("%+v, %v", gone, err)
	}
	if u, err := s.Usage(); err != nil || u.Entries != 1 || u.Bytes != one {
		t.Errorf("%+v, %v", u, err)
	}
}

// A store never grows far beyond its size, however many are put there.
func TestManyPuts(t *testing.T) {
	s := &Store{Dir: t.TempDir(), Max: 50_000}
	for i := range 200 {
		file := write(t, "file", make([]byte, 1000))
		if err := s.Put(fmt.Sprint(i), file, nil); err != nil && !errors.Is(err, ErrNoRoom) {
			t.Fatal(err)
		}
		s.began, s.full = time.Now().Add(time.Hour), time.Time{} // as if each were a process of its own
	}
	u, err := s.Usage()
	if err != nil || u.Bytes > 55_000 || u.Entries < 40 || !s.Has("199") || s.Has("0") {
		t.Errorf("%+v, %v", u, err)
	}
}

// What a killed process left goes once it is old; what may be under way stays.
func TestOrphans(t *testing.T) {
	t.Run("Trim", func(t *testing.T) {
		testOrphans(t, func(s *Store) error { _, err := s.Trim(1 << 30); return err })
	})
	t.Run("Put", func(t *testing.T) {
		file := write(t, "file", []byte("x"))
		testOrphans(t, func(s *Store) error { return (&Store{Dir: s.Dir}).Put("a", file, nil) })
	})
}

func testOrphans(t *testing.T, sweep func(*Store) error) {
	s := &Store{Dir: t.TempDir()}
	put(t, s, "a", []byte("x"))
	shard := filepath.Dir(s.path("a"))
	var old []string
	for i, name := range []string{partPrefix + "1", partPrefix + "2", strings.Repeat("0", idLen) + ".01234567.1", strings.Repeat("1", idLen) + ".01234567.1"} {
		path := filepath.Join(shard, name)
		os.WriteFile(path, []byte("x"), 0o600)
		if i%2 == 0 {
			at := time.Now().Add(-2 * orphaned)
			os.Chtimes(path, at, at)
			old = append(old, path)
		}
	}
	if err := sweep(s); err != nil || !s.Has("a") {
		t.Error(err)
	}
	if got := files(t, s); len(got) != 4 || slices.Contains(got, old[0]) || slices.Contains(got, old[1]) {
		t.Errorf("left %v", got)
	}
}

// storm uses a store in every way from several goroutines, and demands that whatever Get returns is whole.
func storm(dir string) error {
	s := &Store{Dir: filepath.Join(dir, "store"), Max: 400_000}
	tmp, err := os.MkdirTemp(dir, "storm")
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	errs := make(chan error, 8)
	for n := range 8 {
		group.Go(func() { errs <- gust(s, filepath.Join(tmp, fmt.Sprint(n))) })
	}
	group.Wait()
	for range 8 {
		err = errors.Join(err, <-errs)
	}
	return err
}

func gust(s *Store, at string) error {
	for range 60 {
		key := fmt.Sprint(rand.IntN(12))
		switch n := rand.IntN(100); {
		case n < 50:
			meta, ok := s.Get(key, at)
			if !ok {
				continue
			}
			data, err := os.ReadFile(at)
			if err != nil || string(meta) != fmt.Sprintf("%s %d", key, len(data)) || len(data) < 1000 || bytes.Count(data, data[:1]) != len(data) {
				return fmt.Errorf("key %s: meta %q, %d bytes, %v", key, meta, len(data), err)
			}
		case n < 90:
			// The value differs from one time to the next, so that a mixture would be seen.
			data := bytes.Repeat([]byte{byte(rand.IntN(256))}, 1000+rand.IntN(100_000))
			file := at + ".new"
			os.Remove(file)
			if err := os.WriteFile(file, data, 0o600); err != nil {
				return err
			}
			if err := s.Put(key, file, fmt.Appendf(nil, "%s %d", key, len(data))); err != nil && !errors.Is(err, ErrNoRoom) {
				return err
			}
		case n < 97:
			s.Has(key)
			s.Usage()
		case n < 99:
			s.Trim(100_000)
		default:
			s.Clear()
		}
	}
	return nil
}

// Several processes, each with several goroutines, share a store.
func TestProcesses(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			cmd := exec.Command(self)
			cmd.Env = append(os.Environ(), "HFRAMES_TEST_STORE="+dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	if err := storm(dir); err != nil {
		t.Error(err)
	}
	group.Wait()
	s := &Store{Dir: filepath.Join(dir, "store")}
	for _, f := range files(t, s) {
		if strings.HasPrefix(filepath.Base(f), partPrefix) {
			t.Errorf("left: %s", f)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1048576": 1 << 20, "500MB": 500e6, "500m": 500e6, "1.5 GiB": 3 << 29, "4g": 4e9, "2kb": 2000, "1TiB": 1 << 40, "7B": 7,
		"": -1, "GB": -1, "-1": -1, "1PB": -1, "1ib": -1, "1e9": -1, "1.GB": -1, " 1": -1, "999999999999999999TB": -1, "NaN": -1,
	} {
		got, err := ParseSize(text)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(`{"format":1,"size":3,"sum":7,"meta":"YQ=="}`))
	f.Add([]byte(`{"format":1,"size":-3}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := decode(data)
		if err != nil {
			if !errors.Is(err, errForeign) {
				t.Error(err)
			}
			return
		}
		again, err := decode(h.encode())
		if err != nil || h.Size < 0 || again.Size != h.Size || again.Sum != h.Sum || !bytes.Equal(again.Meta, h.Meta) {
			t.Errorf("%+v becomes %+v, %v", h, again, err)
		}
	})
}

func FuzzParseSize(f *testing.F) {
	f.Add("1.5 GiB")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := ParseSize(text); n < 0 || err != nil && n != 0 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// BenchmarkGet takes 200 MB out of a store.
func BenchmarkGet(b *testing.B) {
	s := &Store{Dir: b.TempDir()}
	data := make([]byte, 2e6)
	for i := range 100 {
		data[i] = 1
		put(b, s, fmt.Sprint(i), data)
	}
	dst := filepath.Join(b.TempDir(), "dst")
	b.SetBytes(100 * int64(len(data)))
	for b.Loop() {
		for i := range 100 {
			if _, ok := s.Get(fmt.Sprint(i), dst); !ok {
				b.Fatal("no entry")
			}
		}
	}
}

// BenchmarkRoom looks for room in a store of 10 000 entries.
func BenchmarkRoom(b *testing.B) {
	s := &Store{Dir: b.TempDir(), Max: 1 << 40}
	file := write(b, "file", []byte("x"))
	for i := range 10_000 {
		if err := s.Put(fmt.Sprint(i), file, nil); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		s.looked = time.Time{}
		if err := s.makeRoom(1); err != nil {
			b.Fatal(err)
		}
	}
}

// What was dropped is not there, and leaves nothing.
func TestDrop(t *testing.T) {
	s := &Store{Dir: t.TempDir()}
	file := filepath.Join(t.TempDir(), "piece")
	if err := os.WriteFile(file, []byte("wrong"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("key", file, nil); err != nil {
		t.Fatal(err)
	}
	s.Drop("key")
	s.Drop("key")
	if u, err := s.Usage(); s.Has("key") || u.Bytes != 0 || err != nil {
		t.Errorf("still there: %+v, %v", u, err)
	}
	(&Store{}).Drop("key")
}
