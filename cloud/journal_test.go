package cloud

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func openTestJournal(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func last(t *testing.T, j *Journal, account, key string) *Record {
	t.Helper()
	r, err := j.Last(account, key)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestJournalNewest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "journal.jsonl")
	j := openTestJournal(t, path)
	for _, r := range []Record{
		{Account: "a", Key: "1", State: Creating},
		{Account: "b", Key: "1", State: Creating},
		{Account: "a", Key: "1", State: Created, Render: "r1"},
		{Account: "a", Key: "zip x", State: Uploaded},
	} {
		if err := j.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	check := func(j *Journal) {
		t.Helper()
		if r := last(t, j, "a", "1"); r == nil || r.State != Created || r.Render != "r1" || time.Since(r.Time) > time.Minute {
			t.Errorf("a/1 is %+v", r)
		}
		if r := last(t, j, "b", "1"); r == nil || r.State != Creating {
			t.Errorf("b/1 is %+v", r)
		}
		if r := last(t, j, "c", "1"); r != nil {
			t.Errorf("c/1 is %+v", r)
		}
		list, err := j.Renders("a")
		if err != nil || len(list) != 1 || list[0].Render != "r1" {
			t.Errorf("renders of a: %v, %v", list, err)
		}
	}
	check(j)
	check(openTestJournal(t, path))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// What a crash cut off counts for nothing, whatever its length, and the next record is whole.
func TestJournalTorn(t *testing.T) {
	dir := t.TempDir()
	j := openTestJournal(t, filepath.Join(dir, "whole"))
	for i := range 2 {
		if err := j.Append(Record{Account: "a", Key: fmt.Sprint(i), State: Created, Render: "r"}); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(filepath.Join(dir, "whole"))
	if err != nil {
		t.Fatal(err)
	}
	first := len(whole) / 2
	for cut := first; cut < len(whole); cut++ {
		path := filepath.Join(dir, "torn")
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := OpenJournal(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if last(t, j, "a", "0") == nil || last(t, j, "a", "1") != nil {
			t.Errorf("cut at %d: wrong records", cut)
		}
		if err := j.Append(Record{Account: "a", Key: "2", State: Created}); err != nil {
			t.Fatal(err)
		}
		j.Close()
		if j = openTestJournal(t, path); last(t, j, "a", "0") == nil || last(t, j, "a", "2") == nil {
			t.Errorf("cut at %d: what was appended is lost", cut)
		}
	}
}

// A record that the disk had no room for is cut off by the next one, also in the same process, and is not glued to it.
func TestJournalNoRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := openTestJournal(t, path)
	other := openTestJournal(t, path)
	for i := range 3 {
		if err := j.Append(Record{Account: "a", Key: fmt.Sprint(i), State: Creating}); err != nil {
			t.Fatal(err)
		}
		if _, err := j.file.WriteString(`{"account":"a","key":"torn`); err != nil { // as a full disk leaves it
			t.Fatal(err)
		}
		if err := other.Append(Record{Account: "a", Key: fmt.Sprint(i), State: Created, Render: "r"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, j := range []*Journal{j, other, openTestJournal(t, path)} {
		list, err := j.Renders("a")
		if err != nil || len(list) != 3 {
			t.Errorf("%d records, %v", len(list), err)
		}
	}
}

// A long journal is written anew when it is opened, unless that would make it little shorter.
func TestJournalCompactsWhenWorthIt(t *testing.T) {
	for _, c := range []struct {
		keys, lines int
		want        bool
	}{{10, 40, true}, {40, 40, false}} {
		path := filepath.Join(t.TempDir(), "journal")
		j := openTestJournal(t, path)
		for i := range c.lines {
			if err := j.Append(Record{Account: "a", Key: fmt.Sprint(i % c.keys), State: Created, Message: strings.Repeat("x", compactAt/32)}); err != nil {
				t.Fatal(err)
			}
		}
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		openTestJournal(t, path)
		after, err := os.Stat(path)
		if err != nil || (after.Size() < before.Size()) != c.want {
			t.Errorf("%d keys: %d bytes, then %d, %v", c.keys, before.Size(), after.Size(), err)
		}
	}
}

// Where there can be no journal, it is said what to do.
func TestJournalHasNoPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(file, "journal"), filepath.Dir(file)} {
		_, err := OpenJournal(path)
		if h, ok := err.(interface{ Hint() string }); !ok || !strings.Contains(h.Hint(), "HFRAMES_STATE") {
			t.Errorf("%v", err)
		}
	}
}

// A journal may be a link to elsewhere, and stays one.
func TestJournalLink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	openTestJournal(t, real)
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	j := openTestJournal(t, link)
	if err := j.Append(Record{Account: "a", Key: "1", State: Created}); err != nil {
		t.Fatal(err)
	}
	if err := j.compact(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v", info, err)
	}
	if last(t, openTestJournal(t, real), "a", "1") == nil {
		t.Error("the record is elsewhere")
	}
}

// Fields and states of a later version outlive a compaction by this one.
func TestJournalLaterVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	line := fmt.Sprintf(`{"time":%q,"account":"a","key":"1","state":"paused","render_id":"r","later":{"x":[1,2]}}`+"\n", time.Now().UTC().Format(time.RFC3339))
	if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := openTestJournal(t, path).compact(); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != line {
		t.Errorf("%s, %v", data, err)
	}
}

// A journal that somebody empties or removes under a running process starts anew.
func TestJournalEmptied(t *testing.T) {
	for name, do := range map[string]func(path string) error{
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"removed": os.Remove,
	} {
		path := filepath.Join(t.TempDir(), "journal")
		j := openTestJournal(t, path)
		for i := range 3 {
			if err := j.Append(Record{Account: "a", Key: fmt.Sprint(i), State: Created}); err != nil {
				t.Fatal(err)
			}
		}
		if err := do(path); err != nil {
			t.Fatal(err)
		}
		if r := last(t, j, "a", "1"); r != nil {
			t.Errorf("%s: %+v", name, r)
		}
		if err := j.Append(Record{Account: "a", Key: "new", State: Created}); err != nil {
			t.Fatal(err)
		}
		for _, j := range []*Journal{j, openTestJournal(t, path)} {
			if list, err := j.Renders("a"); err != nil || len(list) != 1 {
				t.Errorf("%s: %v, %v", name, list, err)
			}
		}
	}
}

func TestJournalDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	if err := os.WriteFile(path, []byte("{\"key\":\"1\"}\nnonsense\n{\"key\":\"2\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenJournal(path)
	var damaged *DamagedJournal
	if !errors.As(err, &damaged) || damaged.Offset != 12 {
		t.Errorf("got %v", err)
	}
	if data, _ := os.ReadFile(path); len(data) != 33 {
		t.Errorf("the file was changed: %q", data)
	}
}

// Journals of one file, as several processes have them, see each other's records, also across a compaction.
func TestJournalShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	const writers, each = 4, 50
	var group sync.WaitGroup
	for w := range writers {
		j := openTestJournal(t, path)
		group.Go(func() {
			for i := range each {
				if err := j.Append(Record{Account: "a", Key: fmt.Sprintf("%d-%d", w, i), State: Created}); err != nil {
					t.Error(err)
				}
				if i == each/2 {
					if err := j.compact(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	list, err := openTestJournal(t, path).Renders("a")
	if err != nil || len(list) != writers*each {
		t.Errorf("%d records, %v", len(list), err)
	}
}

func TestJournalCompacts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := openTestJournal(t, path)
	old := time.Now().Add(-2 * keepFor).UTC()
	records := []Record{
		{Account: "a", Key: "old", State: Downloaded, Time: old},
		{Account: "a", Key: "open", State: Created, Time: old},
		{Account: "a", Key: "new", State: Creating},
		{Account: "a", Key: "new", State: Failed},
	}
	if err := j.Append(records...); err != nil {
		t.Fatal(err)
	}
	if err := j.compact(); err != nil {
		t.Fatal(err)
	}
	var keys []string
	list, err := j.Renders("")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		keys = append(keys, r.Key+" "+string(r.State))
	}
	if diff := cmp.Diff([]string{"new failed", "open created"}, keys); diff != "" {
		t.Error(diff)
	}
}

// Whatever stands in a journal, opening it is an error or a journal, never a panic, and records survive.
func FuzzJournal(f *testing.F) {
	f.Add([]byte("{\"account\":\"a\",\"key\":\"1\",\"state\":\"created\",\"render_id\":\"r\"}\n"))
	f.Add([]byte("{}\n{\"time\":\"x\"}\n"))
	f.Add([]byte("null\n[]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := OpenJournal(path)
		if err != nil {
			return
		}
		defer j.Close()
		if err := j.Append(Record{Account: "a", Key: "k", State: Created}); err != nil {
			t.Fatal(err)
		}
		again, err := OpenJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if r, err := again.Last("a", "k"); err != nil || r == nil {
			t.Errorf("%v, %v", r, err)
		}
	})
}
