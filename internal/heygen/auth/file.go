package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/lock"
)

// maxFile is how long a credentials file may be, in bytes. Real ones have a few hundred.
const maxFile = 1 << 20

// A Store is the place of a credentials file. The file need not exist.
type Store struct {
	Path string // of the file
}

// Open returns the Store that the environment names: $HEYGEN_CONFIG_DIR/credentials or ~/.heygen/credentials.
func Open(o Options) (*Store, error) {
	dir := o.env("HEYGEN_CONFIG_DIR")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("find the credentials file: %w", err)
		}
		dir = filepath.Join(home, ".heygen")
	}
	return &Store{filepath.Join(dir, "credentials")}, nil
}

// A File is what a credentials file says. Keys that are not known here stay as they are.
type File struct {
	Key     string // API key; "" = none
	OAuth   *Token // nil = none
	User    User
	Legacy  bool   // the file is one line with the key; the next write makes it JSON
	Warning string // what is wrong with the file itself; "" = nothing. The next write mends it

	root object
}

// A Token is an OAuth session.
type Token struct {
	Access   string
	Refresh  string    // "" = it cannot be refreshed
	Expires  time.Time // zero = not known
	Scope    string
	Type     string // "Bearer"
	ClientID string // whom it was given to; "" = a program that does not note that
}

// skew is how long before its end a token counts as ended.
const skew = time.Minute

// expired reports whether the token has ended or is about to.
func (t Token) expired(now time.Time) bool {
	return !t.Expires.IsZero() && t.Expires.Add(-skew).Before(now)
}

// User is how an account calls itself. It is no credential.
type User struct {
	Email     string `json:"email,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
}

// Name returns the best name there is; "" if there is none.
func (u User) Name() string {
	for _, name := range []string{u.Email, strings.TrimSpace(u.FirstName + " " + u.LastName)} {
		if name != "" {
			return name
		}
	}
	return u.Username
}

// id returns what tells accounts apart; "" if nothing does.
func (u User) id() string {
	if u.Email != "" {
		return strings.ToLower(u.Email)
	}
	return u.Username
}

// FileError says what is wrong with a credentials file, never what is in it.
type FileError struct {
	Path      string
	Line, Col int // 1-based, Col in bytes
	Msg       string
}

func (e *FileError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Col, e.Msg)
}

// Hint says what to do about it.
func (e *FileError) Hint() string {
	return "mend the file, or remove it and run hframes auth login"
}

// ExitCode returns the exit code of a command that ends with it.
func (e *FileError) ExitCode() int { return exitDenied }

// Read returns what the file says; an empty File if there is none. Errors: a *[FileError], or what the system said.
func (s *Store) Read() (*File, error) {
	in, err := os.Open(s.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return &File{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	f, err := parse(s.Path, data)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		f.Warning = fmt.Sprintf("%s can be read by others (mode %04o): run chmod 600 on it", s.Path, mode)
	}
	return f, nil
}

// parse reads the text of a credentials file.
func parse(path string, data []byte) (*File, error) {
	if len(data) > maxFile {
		return nil, &FileError{path, 1, 1, "the file is longer than 1 MiB"}
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\uFEFF")))
	if len(text) == 0 {
		return &File{}, nil
	}
	start := bytes.Index(data, text)
	fault := func(at int, msg string) error {
		before := data[:min(start+at, len(data))]
		return &FileError{path, 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n'), msg}
	}
	if text[0] != '{' {
		line := string(text)
		if len(line) < 8 || strings.ContainsFunc(line, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, fault(0, "the file is neither JSON nor one line with an API key")
		}
		return &File{Key: line, Legacy: true}, nil
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &syntax) {
		return nil, fault(max(int(syntax.Offset)-1, 0), "the file is not valid JSON")
	}
	f := &File{root: parseObject(text, 0)}
	if err := f.read(fault); err != nil {
		return nil, err
	}
	return f, nil
}

// read fills the fields from the root object. It is as strict about each of them as HyperFrames is.
func (f *File) read(fault func(at int, msg string) error) error {
	if m := f.root.get("api_key"); m.set() {
		f.Key = m.text()
		if f.Key == "" || !headerSafe(f.Key) {
			return fault(m.at, "api_key is not text that can be a key")
		}
	}
	if m := f.root.get("oauth"); m.set() {
		if m.value[0] != '{' {
			return fault(m.at, "oauth is not an object")
		}
		o := parseObject(m.value, m.at)
		t := Token{
			Access:   o.get("access_token").text(),
			Refresh:  o.get("refresh_token").text(),
			Scope:    o.get("scope").text(),
			Type:     o.get("token_type").text(),
			ClientID: o.get("client_id").text(),
		}
		if t.Access == "" || !headerSafe(t.Access) {
			at := m.at
			if access := o.get("access_token"); access != nil {
				at = access.at
			}
			return fault(at, "oauth.access_token is not text that can be a token")
		}
		if !headerSafe(t.Refresh) {
			t.Refresh = ""
		}
		t.Expires, _ = time.Parse(time.RFC3339, o.get("expires_at").text())
		f.OAuth = &t
	}
	if m := f.root.get("user"); m.set() {
		if m.value[0] != '{' {
			return fault(m.at, "user is not an object")
		}
		o := parseObject(m.value, m.at)
		f.User = User{
			Email: o.get("email").text(), FirstName: o.get("first_name").text(),
			LastName: o.get("last_name").text(), Username: o.get("username").text(),
		}
	}
	return nil
}

// format returns the text of the file; nil if nothing is left that is worth a file.
func (f *File) format() []byte {
	root := f.root
	root.setText("api_key", f.Key)
	if f.OAuth == nil {
		root.remove("oauth") // whole: HyperFrames takes one without a token for a broken file
	} else {
		var o object
		if m := root.get("oauth"); m.set() {
			o = parseObject(m.value, 0)
		}
		expires := ""
		if !f.OAuth.Expires.IsZero() {
			expires = f.OAuth.Expires.UTC().Format(time.RFC3339)
		}
		o.setText("access_token", f.OAuth.Access)
		o.setText("refresh_token", f.OAuth.Refresh)
		o.setText("expires_at", expires)
		o.setText("scope", f.OAuth.Scope)
		o.setText("token_type", f.OAuth.Type)
		o.setText("client_id", f.OAuth.ClientID)
		root.set("oauth", o.bytes())
	}
	var u object
	if m := root.get("user"); m.set() {
		u = parseObject(m.value, 0)
	}
	u.setText("email", f.User.Email)
	u.setText("first_name", f.User.FirstName)
	u.setText("last_name", f.User.LastName)
	u.setText("username", f.User.Username)
	if len(u) == 0 {
		root.remove("user")
	} else {
		root.set("user", u.bytes())
	}
	if len(root) == 0 {
		return nil
	}
	var out bytes.Buffer
	json.Indent(&out, root.bytes(), "", "  ")
	out.WriteByte('\n')
	return out.Bytes()
}

// lockPatience is how long another process may hold the lock: longer than a refresh takes at most.
const lockPatience = 30 * time.Second

// errUnchanged is what a change returns that changed nothing.
var errUnchanged = errors.New("unchanged")

// Update changes the file: no other program that keeps to the lock beside it changes it meanwhile. The file appears
// whole or stays as it was, readable by its owner alone, and is removed when nothing is left in it. An error of change
// is returned and leaves the file alone.
func (s *Store) Update(ctx context.Context, change func(*File) error) error {
	dir := filepath.Dir(s.Path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep credentials: %w", err)
	}
	held, err := os.OpenFile(s.Path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock credentials: %w", err)
	}
	defer held.Close() // it stays, as removing it would let two processes lock two files of one name
	wait, cancel := context.WithTimeoutCause(ctx, lockPatience, errors.New("another process is at it"))
	defer cancel()
	if err := lock.Hold(wait, held); err != nil {
		return fmt.Errorf("lock credentials: %w", err)
	}
	f, err := s.Read()
	if err != nil {
		return err
	}
	if err := change(f); errors.Is(err, errUnchanged) {
		return nil
	} else if err != nil {
		return err
	}
	if err := s.write(f.format()); err != nil {
		return fmt.Errorf("keep credentials: %w", err)
	}
	return nil
}

// write replaces the file; nil removes it. The lock is held.
func (s *Store) write(data []byte) error {
	dir, base := filepath.Split(s.Path)
	left, _ := filepath.Glob(filepath.Join(dir, "."+base+".*.part")) // of a process that was killed
	for _, name := range left {
		os.Remove(name)
	}
	if data == nil {
		if err := os.Remove(s.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if info, err := os.Stat(dir); err == nil && info.Mode()&fs.ModeSticky == 0 && info.Mode().Perm()&0o077 != 0 {
		os.Chmod(dir, 0o700) // a file system without modes is no reason to fail
	}
	tmp, err := os.CreateTemp(dir, "."+base+".*.part")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(0o600)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), s.Path)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return err
	}
	if d, err := os.Open(dir); err == nil {
		d.Sync() // so that a new token outlives a power cut; not every file system can
		d.Close()
	}
	return nil
}
