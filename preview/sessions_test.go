package preview

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
	if s.watch, err = newWatcher(dir); err != nil {
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
