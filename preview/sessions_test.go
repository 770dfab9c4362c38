package preview

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hframes/hframes"
)

// sizesServer is a server that watches a small deck, without doors: what its viewers make of it is all in the sessions.
func sizesServer(t *testing.T) *server {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "video.md", "# A film\n")
	s := &server{stop: func(error) {}, options: Options{Open: func(size string) (*hframes.Project, error) {
		return hframes.Open(dir, hframes.Options{Size: size, Offline: true})
	}}}
	first, err := s.open("")
	if err != nil {
		t.Fatal(err)
	}
	s.add(first)
	if s.watch, err = NewWatcher(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// TestSizesComeAndGo asks for many sizes, most of which no film has: what nobody looks at any more is not kept.
func TestSizesComeAndGo(t *testing.T) {
	s := sizesServer(t)
	before := openFiles(t)
	for i := range 20 {
		one, v, err := s.join(t.Context(), fmt.Sprintf("size %d", i))
		if err != nil {
			t.Fatal(err)
		}
		one.leave(v)
	}
	if got := openFiles(t); got > before+2 || len(s.sessions) != 2 {
		t.Errorf("%d files are open, %d before; %d sessions", got, before, len(s.sessions))
	}
}

// TestMostSizes has viewers of more sizes than are shown at once.
func TestMostSizes(t *testing.T) {
	s := sizesServer(t)
	for i := range mostSizes + 2 {
		_, _, err := s.join(t.Context(), fmt.Sprintf("size %d", i))
		if (err == nil) != (i < mostSizes-1) { // the deck's own is there already
			t.Errorf("size %d: %v", i, err)
		}
	}
	if _, _, err := s.join(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

// TestJoinDoesNotWait joins a size that is shown while another build takes its time.
func TestJoinDoesNotWait(t *testing.T) {
	s := sizesServer(t)
	s.rebuild(t.Context())
	s.building.Lock()
	defer s.building.Unlock()
	one, v, err := s.join(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if film, _ := one.news(v); film == nil {
		t.Error("no film")
	}
}

// TestJoinAndDrop has viewers come and go while builds drop what nobody looks at: who has joined hears of the next build.
func TestJoinAndDrop(t *testing.T) {
	s := sizesServer(t)
	ctx, stop := context.WithCancel(t.Context())
	var builds sync.WaitGroup
	builds.Go(func() {
		for ctx.Err() == nil {
			s.rebuild(ctx)
		}
	})
	var viewers sync.WaitGroup
	for range 8 {
		viewers.Go(func() {
			for i := range 10 {
				one, v, err := s.join(ctx, []string{"", "portrait"}[i%2])
				if err != nil {
					t.Error(err)
					return
				}
				for range 2 {
					select {
					case <-v.wake:
						one.news(v)
					case <-time.After(20 * time.Second):
						t.Error("no news")
					}
				}
				one.leave(v)
			}
		})
	}
	viewers.Wait()
	stop()
	builds.Wait()
}

// TestCrowd has many browsers come and go, and one that never reads: the film goes on for the others.
func TestCrowd(t *testing.T) {
	r := runs(t, smallDeck, "")
	deaf, err := http.Get(r.URL + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Body.Close()
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { r.film(t, "") })
	}
	all.Wait()
	write(t, r.dir, "video.md", "# Another film\n")
	for end := time.Now().Add(20 * time.Second); r.film(t, "").Hash == r.hash; {
		if time.Now().After(end) {
			t.Fatal("the change does not come")
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFolderIsPrivate looks at a film from this machine and from another: only here the folder is named.
func TestFolderIsPrivate(t *testing.T) {
	s := sizesServer(t)
	s.doors = local()
	s.rebuild(t.Context())
	one := s.session("")
	for from, want := range map[string]bool{"127.0.0.1:5": true, "[::1]:5": true, "192.168.1.9:5": false} {
		r := httptest.NewRequest("GET", "/events", nil)
		r.RemoteAddr = from
		film := s.addressed(r, one, one.event)
		if got := bytes.Contains(film, []byte(one.project.Dir)); got != want || !json.Valid(film) {
			t.Errorf("from %s: %s", from, film)
		}
	}
}

// TestMediaReplaced puts another picture in the place of one that a browser has: it may not keep it for the first, which
// it has to ask for again, and a part of the one never goes with the rest of the other.
func TestMediaReplaced(t *testing.T) {
	r := runs(t, smallDeck, "")
	picture := r.picture(t)
	get := func(lines ...string) *http.Response {
		ask, err := http.NewRequest("GET", picture, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			key, value, _ := strings.Cut(line, ": ")
			if key != "" {
				ask.Header.Set(key, value)
			}
		}
		answer, err := http.DefaultClient.Do(ask)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 416 && strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%q: %v", lines, answer.Header)
		}
		return answer
	}
	tag := get().Header.Get("ETag")
	for lines, want := range map[[2]string]int{
		{"If-None-Match: " + tag}:                     304,
		{"Range: bytes=0-3"}:                          206,
		{"Range: bytes=0-3", "If-Range: " + tag}:      206,
		{"Range: bytes=0-3", `If-Range: "other"`}:     200,
		{"Range: bytes=-4"}:                           206,
		{"Range: bytes=9999-"}:                        416,
		{"Range: bytes=3-1"}:                          416,
		{"If-None-Match: " + tag, "Range: bytes=0-3"}: 304,
	} {
		if got := get(lines[:]...).StatusCode; got != want {
			t.Errorf("%q: %d, want %d", lines, got, want)
		}
	}
	write(t, r.dir, "media/a.png", string(pixel)+"another")
	if got := get("If-None-Match: " + tag).StatusCode; got != 200 {
		t.Errorf("the other picture: %d", got)
	}
	if got := get("Range: bytes=0-3", "If-Range: "+tag).StatusCode; got != 200 {
		t.Errorf("a part of the other picture: %d", got)
	}
}

// TestFolderGone takes the project's folder away while it is shown, and puts it, or another one, in its place.
func TestFolderGone(t *testing.T) {
	r := runs(t, smallDeck, "")
	shows := func(what string, want func(Film) bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !want(r.film(t, "")); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: %+v", what, r.film(t, ""))
			}
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	gone := func(f Film) bool { return f.Broken && strings.Contains(f.Diagnostics[0].Msg, "folder is gone") }
	last := r.hash
	edited := func(f Film) bool { return !f.Broken && f.Hash != last }

	must(os.Rename(r.dir, r.dir+"2"))
	shows("moved away", gone)
	must(os.Rename(r.dir+"2", r.dir))
	shows("back", func(f Film) bool { return !f.Broken && f.Hash == r.hash })
	write(t, r.dir, "video.md", "# Edited\n")
	shows("edited", edited)

	last = r.film(t, "").Hash
	must(os.RemoveAll(r.dir))
	shows("removed", gone)
	must(os.Mkdir(r.dir, 0o755))
	write(t, r.dir, "video.md", "# Anew\n")
	shows("made anew", edited)
	last = r.film(t, "").Hash
	write(t, r.dir, "video.md", "# Anew, and edited\n")
	shows("edited", edited)

	must(os.Rename(r.dir, r.dir+"2"))
	must(os.Rename(r.dir+"2", r.dir)) // at once
	last = r.film(t, "").Hash
	write(t, r.dir, "video.md", "# Edited once more\n")
	shows("edited", edited)
}

// TestStoppedEarly ends a preview before its first build: nobody is told to come.
func TestStoppedEarly(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "video.md", "# A film\n")
	ctx, stop := context.WithCancel(t.Context())
	err := Run(ctx, Options{
		Open: func(string) (*hframes.Project, error) {
			stop()
			return hframes.Open(dir, hframes.Options{Offline: true})
		},
		Ready: func(a Address) { t.Errorf("ready at %s", a.URL) },
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestLeave ends a preview of which somebody has read the beginning of a large file and waits with the rest, and somebody
// else has never read an event: runs fails the test if it does not end well.
func TestLeave(t *testing.T) {
	r := runs(t, map[string]string{"video.md": smallDeck["video.md"], "media/a.png": string(pixel) + strings.Repeat("\x00", 30<<20)}, "")
	for _, address := range []string{r.URL + "events", r.picture(t)} {
		answer, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Errorf("%s: %s", address, answer.Status)
		}
	}
}

// picture returns the address of the picture in smallDeck.
func (r *running) picture(t *testing.T) string {
	t.Helper()
	_, page := send(t, r.Stage, "GET", "/landscape/"+r.hash+"/index.html?scenes=a-picture")
	_, rest, _ := strings.Cut(page, "assets/a-")
	name, _, ok := strings.Cut(rest, ".png")
	if !ok {
		t.Fatalf("no picture in %s", page)
	}
	return r.Stage + "/landscape/" + r.hash + "/assets/a-" + name + ".png"
}
