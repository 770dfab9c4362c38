package cloud

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/lock"
)

// A State is how far a render is, as far as it was written down.
type State string

// The states of a render. Whoever finds one of them after a crash knows what may have happened since: only the step
// that comes next.
const (
	Creating   State = "creating"   // the request may have reached the service
	Refused    State = "refused"    // the service said no: there is no render
	Created    State = "created"    // the service has taken it
	Completed  State = "completed"  // the video can be downloaded
	Failed     State = "failed"     // the service could not render it
	Gone       State = "gone"       // deleted at the service
	Downloaded State = "downloaded" // the video is here

	Uploaded     State = "uploaded"     // of a zip, not of a render
	Registered   State = "registered"   // of a webhook, see [Service.Register]: it may be at the service
	Unregistered State = "unregistered" // of a webhook: it is no longer there
)

// A Record is what is known of one render. A later record of the same account and key replaces it.
type Record struct {
	Time    time.Time `json:"time"`
	Account string    `json:"account"`
	Key     string    `json:"key"` // of the input, see [Job.Key]
	State   State     `json:"state"`

	Idempotency string               `json:"idempotency_key,omitempty"`
	Request     heygen.RenderRequest `json:"request,omitzero"`
	Asked       time.Time            `json:"asked,omitzero"` // when the service was first asked, with this idempotency key
	Render      string               `json:"render_id,omitempty"`
	Message     string               `json:"message,omitempty"` // why it was refused or failed

	Archive string  `json:"archive,omitempty"` // sha256 of the zip, hex
	Source  string  `json:"source,omitempty"`  // the deck, for people
	Output  string  `json:"output,omitempty"`  // absolute path
	Expect  Expect  `json:"expect,omitzero"`
	Bytes   int64   `json:"bytes,omitempty"`
	SHA256  string  `json:"sha256,omitempty"` // of the video, hex
	Seconds float64 `json:"seconds,omitempty"`
}

// Open reports whether something is left to do for the render.
func (r *Record) Open() bool {
	return r.State == Creating || r.State == Created || r.State == Completed
}

// render reports whether the record is one of a render.
func (r *Record) render() bool {
	return r.State != Uploaded && r.State != Registered && r.State != Unregistered
}

// A Journal is the file that remembers renders: a JSON document a line, appended to, on the disk before Append returns.
// Several processes may use one file at a time, and each sees what the others wrote. A last line that a crash cut off
// counts for nothing. A Journal is safe for concurrent use.
type Journal struct {
	path string

	mu      sync.Mutex
	file    *os.File
	read    int64               // bytes of the file that latest knows
	latest  map[journalKey]line // where the newest record of a key stands: records stay on the disk
	version int                 // grows with each record that was written

	syncMu sync.Mutex
	synced int // version that is on the disk
}

// A journalKey is a hash of an account and a key.
type journalKey [16]byte

func keyOf(account, key string) journalKey {
	sum := sha256.Sum256([]byte(account + "\x00" + key))
	return journalKey(sum[:])
}

// A line is a place in the file, without the line's end.
type line struct {
	at   int64
	size int32
}

// maxLine bounds a line, in bytes: a record with the largest request that the service takes is far shorter.
const maxLine = 64 << 20

// keepFor is how long the journal remembers what needs nothing more.
const keepFor = 90 * 24 * time.Hour

// compactAt is the size in bytes above which an opened journal is written anew without what nobody needs, if that is half
// of it.
const compactAt = 4 << 20

// JournalPath returns where the journal lies: in HFRAMES_STATE if that is set, else in the user's folder for state.
func JournalPath() (string, error) {
	if dir := os.Getenv("HFRAMES_STATE"); dir != "" {
		abs, err := filepath.Abs(dir)
		return filepath.Join(abs, "journal.jsonl"), err
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "hframes", "journal.jsonl"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the folder for the journal: %w (set HFRAMES_STATE)", err)
	}
	switch runtime.GOOS {
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "hframes", "journal.jsonl"), nil
	case "windows":
		if dir := os.Getenv("LocalAppData"); dir != "" {
			return filepath.Join(dir, "hframes", "journal.jsonl"), nil
		}
	}
	return filepath.Join(home, ".local", "state", "hframes", "journal.jsonl"), nil
}

// OpenJournal opens the journal at path, or starts one. A line that cannot be read, other than the last, is an error:
// what it says may have been paid for.
func OpenJournal(path string) (*Journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, &noJournal{err}
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // so that a link stays one when the file is replaced
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, &noJournal{err}
	}
	syncDir(path)
	j := &Journal{path: path, file: f, latest: map[journalKey]line{}}
	if err := j.locked(j.refresh); err != nil {
		f.Close()
		return nil, err
	}
	if j.read > compactAt && j.read > 2*j.needed() {
		j.compact() // where it fails, as where an open file cannot be replaced, the journal stays long and as good
	}
	return j, nil
}

// needed returns how many bytes of the file are the newest record of a key.
func (j *Journal) needed() (n int64) {
	for _, l := range j.latest {
		n += int64(l.size) + 1
	}
	return n
}

// Close closes the file. Everything that was appended is on the disk already.
func (j *Journal) Close() error { return j.file.Close() }

// Last returns the newest record of a key, nil if there is none.
func (j *Journal) Last(account, key string) (rec *Record, err error) {
	err = j.locked(func() error {
		if err := j.refresh(); err != nil {
			return err
		}
		if l, ok := j.latest[keyOf(account, key)]; ok {
			rec, err = j.record(l)
		}
		return err
	})
	return rec, err
}

// Render returns the newest record of the render with an id, nil if there is none.
func (j *Journal) Render(account, id string) (*Record, error) {
	list, err := j.Renders(account)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Render == id {
			return &list[i], nil
		}
	}
	return nil, nil
}

// Renders returns the newest records of an account's renders, the latest first. An empty account means all.
func (j *Journal) Renders(account string) (list []Record, err error) {
	err = j.locked(func() error {
		if err := j.refresh(); err != nil {
			return err
		}
		for _, l := range j.latest {
			r, err := j.record(l)
			if err != nil {
				return err
			}
			if r.render() && (account == "" || r.Account == account) {
				list = append(list, *r)
			}
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Record) int { return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(a.Key, b.Key)) })
	return list, err
}

// text returns a line of the file.
func (j *Journal) text(l line) ([]byte, error) {
	b := make([]byte, l.size)
	if _, err := j.file.ReadAt(b, l.at); err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return b, nil
}

func (j *Journal) record(l line) (*Record, error) {
	b, err := j.text(l)
	if err != nil {
		return nil, err
	}
	var r Record
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, &DamagedJournal{j.path, l.at}
	}
	return &r, nil
}

// Append writes records and returns when they are on the disk. Calls that come together share one wait for it.
func (j *Journal) Append(records ...Record) error {
	var buf bytes.Buffer
	for i := range records {
		if records[i].Time.IsZero() {
			records[i].Time = time.Now().UTC().Truncate(time.Millisecond)
		}
		line, err := json.Marshal(records[i])
		if err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		buf.Write(line)
		buf.WriteByte('\n')
	}
	var mine int
	err := j.locked(func() error {
		if err := j.refresh(); err != nil {
			return err
		}
		if _, err := j.file.Write(buf.Bytes()); err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		j.version++
		mine = j.version
		return j.refresh()
	})
	if err != nil {
		return err
	}
	return j.sync(mine)
}

// sync waits until the records up to version are on the disk.
func (j *Journal) sync(version int) error {
	j.syncMu.Lock()
	defer j.syncMu.Unlock()
	if j.synced >= version {
		return nil
	}
	j.mu.Lock()
	now, f := j.version, j.file
	j.mu.Unlock()
	// A file that was closed meanwhile was replaced by one that holds our records and was on the disk before it got its name.
	if err := f.Sync(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("write journal: %w", err)
	}
	j.synced = now
	return nil
}

// locked runs f with the journal's memory and file to itself, among goroutines and among processes.
func (j *Journal) locked(f func() error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for {
		if err := lock.Hold(context.Background(), j.file); err != nil {
			return fmt.Errorf("lock journal: %w", err)
		}
		same, err := j.current()
		if err != nil {
			lock.Release(j.file)
			return err
		}
		if same {
			defer lock.Release(j.file)
			return f()
		}
		lock.Release(j.file)
		if err := j.reopen(); err != nil {
			return err
		}
	}
}

// current reports whether the file that is open is still the one at the journal's path: another process may have
// replaced it by a shorter one.
func (j *Journal) current() (bool, error) {
	mine, err := j.file.Stat()
	if err != nil {
		return false, fmt.Errorf("read journal: %w", err)
	}
	there, err := os.Stat(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read journal: %w", err)
	}
	return os.SameFile(mine, there), nil
}

func (j *Journal) reopen() error {
	f, err := os.OpenFile(j.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	j.file.Close()
	j.file, j.read, j.latest = f, 0, map[journalKey]line{}
	return nil
}

// refresh reads what was appended since the last time, and cuts off a line that a crash left unfinished. It needs the
// file's lock.
func (j *Journal) refresh() error {
	info, err := j.file.Stat()
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	if info.Size() < j.read { // somebody has emptied it
		j.read, j.latest = 0, map[journalKey]line{}
	}
	if info.Size() == j.read {
		return nil
	}
	lines := bufio.NewReaderSize(io.NewSectionReader(j.file, j.read, info.Size()-j.read), 64<<10)
	for {
		text, err := lines.ReadBytes('\n')
		if err == io.EOF {
			if len(text) == 0 {
				return nil
			}
			if err := j.file.Truncate(j.read); err != nil {
				return fmt.Errorf("mend journal: %w", err)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		var r struct{ Account, Key string }
		if err := json.Unmarshal(text, &r); err != nil || len(text) > maxLine {
			return &DamagedJournal{j.path, j.read}
		}
		j.latest[keyOf(r.Account, r.Key)] = line{j.read, int32(len(text) - 1)}
		j.read += int64(len(text))
	}
}

// compact replaces the file by one that holds each key once, in the old order, and nothing finished that is older than
// keepFor. Lines are copied as they are, since a later version may have written them.
func (j *Journal) compact() error {
	return j.locked(func() error {
		if err := j.refresh(); err != nil {
			return err
		}
		tmp, err := os.OpenFile(j.path+".part", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return fmt.Errorf("shorten journal: %w", err)
		}
		defer tmp.Close()
		w := bufio.NewWriter(tmp)
		lines := slices.SortedFunc(maps.Values(j.latest), func(a, b line) int { return cmp.Compare(a.at, b.at) })
		for _, l := range lines {
			r, err := j.record(l)
			if err != nil {
				return err
			}
			if !r.Open() && r.State != Registered && time.Since(r.Time) >= keepFor {
				continue
			}
			text, err := j.text(l)
			if err != nil {
				return err
			}
			w.Write(append(text, '\n'))
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("shorten journal: %w", err)
		}
		if err := tmp.Sync(); err != nil {
			return fmt.Errorf("shorten journal: %w", err)
		}
		if err := os.Rename(tmp.Name(), j.path); err != nil {
			return fmt.Errorf("shorten journal: %w", err)
		}
		syncDir(j.path) // before anybody appends to the new file: a power cut must not bring back the old one
		return nil
	})
}

// syncDir puts the name of a file on the disk, where the system can do that.
func syncDir(path string) {
	if d, err := os.Open(filepath.Dir(path)); err == nil {
		d.Sync()
		d.Close()
	}
}

// noJournal says that there can be no journal where it belongs.
type noJournal struct{ err error }

func (e *noJournal) Error() string { return "open journal: " + e.err.Error() }
func (e *noJournal) Unwrap() error { return e.err }

// Hint says what to do about it.
func (e *noJournal) Hint() string {
	return "set HFRAMES_STATE to a folder that can be written to and is kept: without a journal, a render could be paid for twice"
}

// A DamagedJournal says that a line in the middle of the journal is none.
type DamagedJournal struct {
	Path   string
	Offset int64 // bytes
}

func (e *DamagedJournal) Error() string {
	return fmt.Sprintf("the journal %s is damaged at byte %d", e.Path, e.Offset)
}

// Hint says what to do about it.
func (e *DamagedJournal) Hint() string {
	return "move the file away to start anew; renders of the last 24 hours are then found by their idempotency keys"
}
