package preview

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/hframes/hframes"
)

// A fakeDisk is files and the events about them, for tests whose clock stands still between them.
type fakeDisk struct {
	*Watcher
	dir    string
	events chan fsnotify.Event
	errors chan error

	mu      sync.Mutex
	files   map[string]string
	batches []string // "120ms a.css b.css"
	began   time.Time
	build   time.Duration // how long a batch is worked on
}

// onFakeDisk watches paths of which files holds the contents, in a bubble of synctest. It ends with the test.
func onFakeDisk(t *testing.T, files map[string]string, paths ...string) *fakeDisk {
	t.Helper()
	d := &fakeDisk{files: files, began: time.Now(), events: make(chan fsnotify.Event), errors: make(chan error)}
	nothing := func(string) error { return nil }
	w, err := watchWith(t.TempDir(), notifier{d.events, d.errors, nothing, nothing, func() error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	d.Watcher, d.dir = w, w.dir
	w.look = func(path string, contents bool) state {
		d.mu.Lock()
		defer d.mu.Unlock()
		text, ok := d.files[path]
		if !ok {
			return state{kind: missing}
		}
		return state{kind: file, size: int64(len(text)), sum: text}
	}
	if err := w.Watch(paths); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.Run(ctx, d.changed) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *fakeDisk) changed(paths []string) {
	d.mu.Lock()
	d.batches = append(d.batches, fmt.Sprintf("%v %s", time.Since(d.began), strings.Join(paths, " ")))
	d.mu.Unlock()
	time.Sleep(d.build)
}

func (d *fakeDisk) got() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.batches
}

// put changes a file and reports it.
func (d *fakeDisk) put(name, text string, op fsnotify.Op) {
	d.mu.Lock()
	d.files[name] = text
	d.mu.Unlock()
	d.report(name, op)
}

func (d *fakeDisk) remove(name string) {
	d.mu.Lock()
	delete(d.files, name)
	d.mu.Unlock()
	d.report(name, fsnotify.Remove)
}

func (d *fakeDisk) report(name string, op fsnotify.Op) {
	d.events <- fsnotify.Event{Name: filepath.Join(d.dir, name), Op: op}
}

const (
	created = fsnotify.Create
	wrote   = fsnotify.Write
)

// TestSettle plays what editors and tools do to files, and reads when which batch comes, in time since the first event.
func TestSettle(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name string
		do   func(d *fakeDisk)
		want []string
	}{
		{"renamed into place", func(d *fakeDisk) { d.put("a.css", "b", created) }, []string{"10ms a.css"}},
		{"written", func(d *fakeDisk) { d.put("a.css", "b", wrote) }, []string{"25ms a.css"}},
		{"burst", func(d *fakeDisk) {
			d.put("a.css", "b", created)
			time.Sleep(8 * ms)
			d.put("b.css", "b", created)
			time.Sleep(8 * ms)
			d.put("video.md", "b", wrote)
		}, []string{"41ms a.css b.css video.md"}},
		{"two saves", func(d *fakeDisk) {
			d.put("a.css", "b", created)
			time.Sleep(100 * ms)
			d.put("a.css", "c", created)
		}, []string{"10ms a.css", "110ms a.css"}},
		{"truncated first", func(d *fakeDisk) {
			d.put("a.css", "", wrote)
			time.Sleep(200 * ms)
			d.put("a.css", "b", wrote)
		}, []string{"225ms a.css"}},
		{"truncated for good", func(d *fakeDisk) { d.put("a.css", "", wrote) }, []string{"250ms a.css"}},
		{"deleted and made again", func(d *fakeDisk) {
			d.remove("a.css")
			time.Sleep(150 * ms)
			d.put("a.css", "", created)
			time.Sleep(ms)
			d.put("a.css", "b", wrote)
		}, []string{"176ms a.css"}},
		{"deleted", func(d *fakeDisk) { d.remove("a.css") }, []string{"250ms a.css"}},
		{"vim", func(d *fakeDisk) {
			d.remove("a.css") // renamed to a.css~
			d.put("a.css", "", created)
			d.put("a.css", "b", wrote)
			d.report("a.css", fsnotify.Chmod)
			d.report("a.css~", fsnotify.Remove)
		}, []string{"25ms a.css"}},
		{"appears", func(d *fakeDisk) { d.put("new.css", "b", created) }, []string{"10ms new.css"}},
		{"steady stream", func(d *fakeDisk) {
			for i := range 60 {
				d.put("a.css", fmt.Sprint(i), wrote)
				time.Sleep(10 * ms)
			}
		}, []string{"500ms a.css", "615ms a.css"}},
		{"grows without a word", func(d *fakeDisk) {
			d.put("a.css", "b", wrote)
			time.Sleep(12 * ms)
			d.mu.Lock()
			d.files["a.css"] = "bb"
			d.mu.Unlock()
		}, []string{"35ms a.css"}},
		{"touched", func(d *fakeDisk) { d.put("a.css", "a", wrote) }, nil},
		{"changed and back", func(d *fakeDisk) {
			d.put("a.css", "b", wrote)
			d.put("a.css", "a", wrote)
		}, nil},
		{"chmod", func(d *fakeDisk) { d.put("a.css", "b", fsnotify.Chmod) }, nil},
		{"unrelated", func(d *fakeDisk) {
			for i := range 1000 {
				d.put(fmt.Sprintf("x%d.css", i), "b", created)
			}
		}, nil},
		{"overflow", func(d *fakeDisk) {
			d.mu.Lock()
			d.files["a.css"], d.files["b.css"] = "b", "b"
			d.mu.Unlock()
			d.errors <- fsnotify.ErrEventOverflow
		}, []string{"25ms a.css b.css"}},
		{"a harmless error", func(d *fakeDisk) {
			d.errors <- syscall.EINVAL
			d.put("a.css", "b", created)
		}, []string{"10ms a.css"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := onFakeDisk(t, map[string]string{"a.css": "a", "b.css": "a", "video.md": "a"}, "a.css", "b.css", "video.md", "new.css")
				c.do(d)
				time.Sleep(time.Second)
				if got := d.got(); !slices.Equal(got, c.want) {
					t.Errorf("batches %q, want %q", got, c.want)
				}
			})
		})
	}
}

// TestOneMore proves that whatever changes while a batch is worked on makes exactly one more.
func TestOneMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := onFakeDisk(t, map[string]string{"a.css": "a", "b.css": "a"}, "a.css", "b.css")
		d.build = time.Second
		d.put("a.css", "b", created)
		for i := range 9 {
			time.Sleep(100 * time.Millisecond)
			d.put("b.css", fmt.Sprint(i), created)
		}
		d.put("a.css", "c", created)
		time.Sleep(5 * time.Second)
		if got, want := d.got(), []string{"10ms a.css", "1.01s a.css b.css"}; !slices.Equal(got, want) {
			t.Errorf("batches %q, want %q", got, want)
		}
	})
}

// TestErrors proves that what ends the watching is said, with what to do about it.
func TestErrors(t *testing.T) {
	nothing := func(string) error { return nil }
	closing := func() error { return nil }
	full := func(string) error { return syscall.ENOSPC }
	w, err := watchWith(t.TempDir(), notifier{nil, nil, full, nothing, closing})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for range 2 {
		err = w.Watch([]string{"video.md"})
		var hint interface{ Hint() string }
		if !errors.Is(err, syscall.ENOSPC) || !errors.As(err, &hint) || !strings.Contains(hint.Hint(), "max_user_watches") {
			t.Errorf("at the system's limit: %v", err)
		}
	}
	broken := make(chan error, 1)
	broken <- syscall.EIO
	w, err = watchWith(t.TempDir(), notifier{nil, broken, nothing, nothing, closing})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context(), nil); !errors.Is(err, syscall.EIO) {
		t.Errorf("a broken notifier: %v", err)
	}
}

// A live watcher runs on a real folder.
type live struct {
	*Watcher
	t       *testing.T
	batches chan []string
	before  []string // what was expected last: the end of it may be in the next batch
	stop    func()
}

// watchFiles writes files to a new folder, an hour ago, and watches paths in it.
func watchFiles(t *testing.T, files map[string]string, paths ...string) *live {
	t.Helper()
	dir := t.TempDir()
	l := &live{t: t, batches: make(chan []string, 1000)}
	for name, text := range files {
		l.write(filepath.Join(dir, name), text)
		l.must(os.Chtimes(filepath.Join(dir, name), time.Time{}, time.Now().Add(-time.Hour)))
	}
	w, err := NewWatcher(dir)
	if err != nil {
		t.Fatal(err)
	}
	l.Watcher = w
	if err := w.Watch(paths); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, func(paths []string) { l.batches <- paths }) }()
	l.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(l.stop)
	return l
}

// path returns where a name is.
func (l *live) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.dir, filepath.FromSlash(name))
}

func (l *live) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *live) write(name, text string) {
	l.t.Helper()
	name = l.path(name)
	l.must(os.MkdirAll(filepath.Dir(name), 0o755))
	l.must(os.WriteFile(name, []byte(text), 0o644))
}

// save replaces a file as editors do.
func (l *live) save(name, text string) {
	l.t.Helper()
	l.write(name+".tmp", text)
	l.must(os.Rename(l.path(name+".tmp"), l.path(name)))
}

func (l *live) move(from, to string) {
	l.t.Helper()
	l.must(os.Rename(l.path(from), l.path(to)))
}

// expect waits until all paths were in batches, and none but them. What takes the test long may come in several batches.
func (l *live) expect(paths ...string) {
	l.t.Helper()
	l.seen(paths, append(l.before, paths...))
	l.before = paths
	l.upToDate()
}

// nothing proves that no batch is under way: one that is asked for now is the next.
func (l *live) nothing(witness string) {
	l.t.Helper()
	l.save(witness, time.Now().String())
	l.expect(witness)
}

// seen waits until all paths were in batches, with no others in them than allowed ones.
func (l *live) seen(paths, allowed []string) {
	l.t.Helper()
	missing := map[string]bool{}
	for _, p := range paths {
		missing[p] = true
	}
	deadline := time.After(20 * time.Second)
	for len(missing) > 0 {
		select {
		case batch := <-l.batches:
			for _, p := range batch {
				if !slices.Contains(allowed, p) {
					l.t.Errorf("%q in %q, want %q", p, batch, paths)
				}
				delete(missing, p)
			}
		case <-deadline:
			l.t.Fatalf("no batch with %v", missing)
		}
	}
}

func (l *live) folders() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for name := range l.watched {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// TestSaves saves in the ways of editors.
func TestSaves(t *testing.T) {
	l := watchFiles(t, map[string]string{"video.md": "a", "assets/a.css": "a"}, "video.md", "assets/a.css")
	for i := range 3 {
		text := strings.Repeat("b", i+1)
		l.save("video.md", text)
		l.expect("video.md")
		l.write("assets/a.css", text)
		l.expect("assets/a.css")
		l.move("video.md", "video.md~")
		l.write("video.md", text+"v")
		l.must(os.Remove(l.path("video.md~")))
		l.expect("video.md")
	}
	l.must(os.Chmod(l.path("video.md"), 0o600))
	l.must(os.Chtimes(l.path("assets/a.css"), time.Now(), time.Now()))
	l.nothing("video.md")
	l.must(os.Remove(l.path("video.md")))
	l.expect("video.md")
	l.save("video.md", "again")
	l.expect("video.md")
}

// TestFolders moves, deletes and makes the folders on the way to what is watched.
func TestFolders(t *testing.T) {
	l := watchFiles(t, map[string]string{"video.md": "a", "a/b/c.png": "c", "a/b/d/e.png": "e"},
		"video.md", "a/b/c.png", "a/b/d/e.png", "new/deep/er/x.png", "templates/themes/")
	if got, want := l.folders(), []string{".", "a", "a/b", "a/b/d"}; !slices.Equal(got, want) {
		t.Errorf("watched are %q, want %q", got, want)
	}
	for range 3 {
		l.move("a", "away")
		l.expect("a/b/c.png", "a/b/d/e.png")
		l.write("away/b/c.png", "not ours")
		l.move("away", "a")
		l.expect("a/b/c.png", "a/b/d/e.png")
		l.write("a/b/c.png", "c")
		l.expect("a/b/c.png")
		l.move("a/b", "away")
		l.expect("a/b/c.png", "a/b/d/e.png")
		l.write("a/b/c.png", "another") // in a new folder of that name
		l.expect("a/b/c.png")
		l.must(os.RemoveAll(l.path("a/b")))
		l.expect("a/b/c.png")
		l.move("away", "a/b")
		l.expect("a/b/c.png", "a/b/d/e.png")
		l.save("a/b/d/e.png", time.Now().String())
		l.expect("a/b/d/e.png")

		l.write("new/deep/er/x.png", "x")
		l.expect("new/deep/er/x.png")
		l.write("new/deep/er/x.png", "y")
		l.expect("new/deep/er/x.png")
		l.must(os.RemoveAll(l.path("new")))
		l.expect("new/deep/er/x.png")

		l.write("templates/themes/one/theme.css", "")
		l.expect("templates/themes/")
		l.write("templates/themes/two/theme.css", "")
		l.expect("templates/themes/")
		l.write("templates/layouts/two/theme.css", "")
		l.nothing("video.md")
		l.must(os.RemoveAll(l.path("templates")))
		l.expect("templates/themes/")
	}
	l.must(os.RemoveAll(l.path("a")))
	l.expect("a/b/c.png", "a/b/d/e.png")
	l.write("a/b/c.png", "c")
	l.write("a/b/d/e.png", "e")
	l.expect("a/b/c.png", "a/b/d/e.png")
}

// TestMoves moves a watched folder to where another watched one lies by the time that the watcher looks: there it is watched
// under its old name, and would be let go under that.
func TestMoves(t *testing.T) {
	l := watchFiles(t, map[string]string{"a/b/x.css": "x", "new/y": "", "other/x.css": "x"}, "a/b/x.css", "c/d/x.css")
	move := func(names ...[2]string) {
		t.Helper()
		l.mu.Lock() // the watcher looks when all is done
		for _, n := range names {
			l.move(n[0], n[1])
		}
		l.mu.Unlock()
		l.expect("a/b/x.css", "c/d/x.css")
		for i := range 3 {
			l.save("c/d/x.css", strings.Repeat("y", i+2))
			l.expect("c/d/x.css")
		}
	}
	move([2]string{"new", "c"}, [2]string{"a/b", "c/d"})
	l.move("c/d", "a/b")
	l.move("c", "new")
	l.expect("a/b/x.css", "c/d/x.css")
	move([2]string{"new", "c"}, [2]string{"a/b", "c/d"}, [2]string{"other", "a/b"}) // the old name is a folder, too
}

// TestLinks proves that what a link leads to counts, and another target too.
func TestLinks(t *testing.T) {
	l := watchFiles(t, map[string]string{"video.md": "a", "real/a.css": "a", "real/b.css": "b", "store/pkg/main.js": "m"}, "video.md")
	l.must(os.Symlink("real/a.css", l.path("a.css")))
	l.must(os.Symlink("a.css", l.path("twice.css")))
	l.must(os.Symlink("store", l.path("modules")))
	l.must(os.Symlink("later/x.css", l.path("dangling.css")))
	l.must(os.Symlink("loop", l.path("loop")))
	l.must(os.Symlink(t.TempDir(), l.path("outside")))
	l.must(l.Watch([]string{"video.md", "a.css", "twice.css", "modules/pkg/main.js", "dangling.css", "loop", "outside/x", "outside/"}))
	l.nothing("video.md")
	l.write("real/a.css", "aa")
	l.expect("a.css", "twice.css")
	l.save("real/a.css", "aaa")
	l.expect("a.css", "twice.css")
	l.must(os.Symlink("real/b.css", l.path("a.css.new")))
	l.move("a.css.new", "a.css")
	l.expect("a.css", "twice.css")
	l.write("real/b.css", "bb")
	l.expect("a.css", "twice.css")
	l.write("real/a.css", "unrelated now")
	l.nothing("video.md")
	l.write("store/pkg/main.js", "mm")
	l.expect("modules/pkg/main.js")
	l.move("store", "gone")
	l.expect("modules/pkg/main.js")
	l.move("gone", "store")
	l.expect("modules/pkg/main.js")
	l.write("later/x.css", "x")
	l.expect("dangling.css")
}

// TestUnrelated proves that what no build asked for costs neither a batch nor a watch.
func TestUnrelated(t *testing.T) {
	l := watchFiles(t, map[string]string{"video.md": "a", "node_modules/pkg/index.js": "", "assets/a.png": "a"},
		"video.md", "assets/a.png", "node_modules/pkg/index.js", "templates/themes/")
	before := l.folders()
	for i := range 10_000 {
		dir := []string{"", "assets/", "node_modules/pkg/", "other/", fmt.Sprintf("node_modules/p%d/", i/10)}[i%5]
		l.write(fmt.Sprintf("%sunrelated-%d.css", dir, i), "x")
	}
	l.nothing("video.md")
	if after := l.folders(); !slices.Equal(before, after) {
		t.Errorf("watched are %q, before %q", after, before)
	}
}

// TestWatchAgain replaces the set while the watcher runs.
func TestWatchAgain(t *testing.T) {
	l := watchFiles(t, map[string]string{"video.md": "a", "a/a.css": "a", "b/b.css": "b"}, "video.md", "a/a.css")
	l.must(l.Watch([]string{"b/b.css", "video.md", "video.md"}))
	if got, want := l.folders(), []string{".", "b"}; !slices.Equal(got, want) {
		t.Errorf("watched are %q, want %q", got, want)
	}
	l.write("a/a.css", "aa")
	l.nothing("video.md")
	l.write("b/b.css", "bb")
	l.expect("b/b.css")

	// A build that was under way may have read it before or after: it is handed over.
	l.write("late/late.css", "late")
	l.must(l.Watch([]string{"b/b.css", "late/late.css", "video.md"}))
	l.expect("late/late.css")
	l.nothing("video.md")
}

// TestRandom does 1,000 random things to files, folders and links. Each time that it waits, what was handed over last must
// become what is there.
func TestRandom(t *testing.T) {
	names := []string{"a", "b"} // of files, folders and links alike
	var paths []string
	for _, x := range names {
		paths = append(paths, x, x+"/")
		for _, y := range names {
			paths = append(paths, x+"/"+y, x+"/"+y+"/")
			for _, z := range names {
				paths = append(paths, x+"/"+y+"/"+z)
			}
		}
	}
	l := watchFiles(t, nil, paths...)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	some := func() string {
		parts := make([]string, 1+dice.IntN(3))
		for i := range parts {
			parts[i] = names[dice.IntN(len(names))]
		}
		return l.path(strings.Join(parts, "/"))
	}
	for i := range 1000 {
		name := some()
		text := []byte(strings.Repeat("x", dice.IntN(5)))
		switch dice.IntN(8) { // most of it is impossible at times: that is part of it
		case 0, 1:
			os.WriteFile(name, text, 0o644)
		case 2:
			os.WriteFile(l.path("tmp"), text, 0o644)
			os.Rename(l.path("tmp"), name)
		case 3, 4:
			os.MkdirAll(name, 0o755)
		case 5:
			os.RemoveAll(name)
		case 6:
			os.Rename(name, some())
		case 7:
			to, _ := filepath.Rel(filepath.Dir(name), some())
			os.Symlink(to, name)
		}
		if i%20 == 19 {
			l.upToDate()
			l.drain()
		}
	}
}

func (l *live) drain() {
	for len(l.batches) > 0 {
		<-l.batches
	}
}

// upToDate waits until what was handed over last is what is there.
func (l *live) upToDate() {
	l.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		var old []string
		l.mu.Lock()
		for _, p := range l.paths {
			if is := l.look(p, true); !is.same(l.known[p]) {
				old = append(old, p)
			}
		}
		l.mu.Unlock()
		if old == nil {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("nobody told of %q; watched are %q", old, l.folders())
		}
		time.Sleep(time.Millisecond)
	}
}

// TestProject watches what the builds of a deck ask for, from a build that fails on, and builds again whenever told to.
func TestProject(t *testing.T) {
	deck := func(picture string) string { return "# One\n\n---\n\n## Two\n\n![a](" + picture + ")\n" }
	svg := func(n int) string {
		return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="4"/>`, n)
	}
	l := watchFiles(t, map[string]string{"video.md": deck("pictures/a.svg")})
	l.stop()
	p, err := hframes.Open(l.dir, hframes.Options{Offline: true, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	w, err := NewWatcher(p.Dir)
	if err != nil {
		t.Fatal(err)
	}
	built := make(chan string, 100)
	build := func([]string) {
		film, err := p.Build(t.Context())
		if err := w.Watch(p.Watched()); err != nil {
			t.Error(err)
		}
		if err != nil {
			built <- ""
		} else {
			built <- film.Bundle.Hash
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	build(nil)
	go func() { ended <- w.Run(ctx, build) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	last := "none yet"
	next := func(what string, good bool) { // waits for a build with another result that is good or not
		t.Helper()
		for deadline := time.After(20 * time.Second); ; {
			select {
			case hash := <-built:
				if hash != last && (hash != "") == good {
					last = hash
					return
				}
			case <-deadline:
				t.Fatalf("%s: no new film", what)
			}
		}
	}
	next("no picture", false)
	for i := range 3 {
		l.write("pictures/a.svg", svg(4*i+1))
		next("picture is there", true)
		l.save("pictures/a.svg", svg(4*i+2))
		next("picture is another", true)
		l.save("video.md", deck("pictures/b.svg"))
		next("no such picture", false)
		l.save("pictures/b.svg", svg(4*i+3))
		next("now there is", true)
		l.move("pictures", "away")
		next("pictures moved away", false)
		l.move("away", "pictures")
		next("pictures moved back", true)
		l.write("templates/themes/tangent/theme.yaml", "colors: {}\n")
		next("a theme of its own that is not right", false)
		l.must(os.RemoveAll(l.path("templates")))
		next("without it", true)
		l.must(os.RemoveAll(l.path("pictures")))
		next("no pictures", false)
		l.save("video.md", deck("pictures/a.svg"))
	}
}

// TestLeaks starts and ends many watchers: no goroutine and no descriptor stays.
func TestLeaks(t *testing.T) {
	goroutines, descriptors := runtime.NumGoroutine(), openFiles(t)
	for i := range 50 {
		l := watchFiles(t, map[string]string{"a/b/c.css": "a"}, "a/b/c.css", "x/")
		if i%2 == 0 {
			l.save("a/b/c.css", "b")
		}
		if i%4 == 0 {
			l.expect("a/b/c.css")
		}
		l.stop()
		if err := l.Watch([]string{"other"}); err == nil {
			t.Error("a watcher that has ended watches something")
		}
	}
	w, err := NewWatcher(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := NewWatcher(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("watches a folder that is not there")
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines || openFiles(t) > descriptors; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, before %d; %d descriptors, before %d", runtime.NumGoroutine(), goroutines, openFiles(t), descriptors)
		}
	}
}

// openFiles counts this process's descriptors, where the system tells.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

// BenchmarkSave measures from a file's rename into place to its batch, in a set of 2,000 paths.
func BenchmarkSave(b *testing.B) {
	dir := b.TempDir()
	paths := []string{"video.md"}
	for i := range 2000 {
		paths = append(paths, fmt.Sprintf("folder%d/file%d.css", i%100, i))
	}
	for i, name := range paths {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, fmt.Append(nil, i), 0o644)); err != nil {
			b.Fatal(err)
		}
	}
	w, err := NewWatcher(dir)
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := w.Watch(paths); err != nil {
		b.Fatal(err)
	}
	first := time.Since(began)
	ctx, cancel := context.WithCancel(b.Context())
	batches, ended := make(chan []string), make(chan error)
	go func() { ended <- w.Run(ctx, func(paths []string) { batches <- paths }) }()
	target, i := filepath.Join(dir, "folder7", "file7.css"), 0
	for b.Loop() {
		i++
		b.StopTimer()
		if err := os.WriteFile(target+"~", fmt.Append(nil, "again", i), 0o644); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := os.Rename(target+"~", target); err != nil {
			b.Fatal(err)
		}
		for !slices.Contains(<-batches, "folder7/file7.css") { // what was written just before the watcher began comes once
		}
	}
	b.ReportMetric(first.Seconds()*1000, "ms-first-watch")
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}
