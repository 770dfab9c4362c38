package render

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/chrome"
)

// Pieces of workers that leave are made by the others, even if those have nothing to do any more; the last cannot leave.
func TestQueue(t *testing.T) {
	const workers, count = 4, 40
	todo := make([]*piece, count)
	for i := range todo {
		todo[i] = &piece{Segment: Segment{First: i}}
	}
	q := newQueue(todo, workers)
	var mu sync.Mutex
	made := map[int]int{}
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			for p := q.take(); p != nil; p = q.take() {
				if i > 0 {
					time.Sleep(time.Duration(i) * 5 * time.Millisecond)
					if q.leave(p) {
						return
					}
				}
				mu.Lock()
				made[p.First]++
				mu.Unlock()
				q.done()
			}
		})
	}
	group.Wait()
	for i := range count {
		if made[i] != 1 {
			t.Errorf("piece %d is made %d times", i, made[i])
		}
	}
	last := newQueue(todo, 1)
	if last.leave(last.take()) {
		t.Error("the last worker leaves")
	}
}

// A picture may take as long as others lead to expect.
func TestPatience(t *testing.T) {
	var p patience
	if p.limit(false) != defaultPatience || p.limit(true) != 2*defaultPatience {
		t.Errorf("%s, at first %s", p.limit(false), p.limit(true))
	}
	p.took(time.Minute)
	p.took(time.Second)
	if p.limit(false) != slowFactor*time.Minute {
		t.Errorf("%s after a slow picture", p.limit(false))
	}
	short := patience{least: time.Second}
	short.took(time.Millisecond)
	if short.limit(false) != time.Second || short.base() != time.Second {
		t.Errorf("%s where a second is said", short.limit(false))
	}
}

// A full disk is told by its folder, and is no reason to try again.
func TestDiskFull(t *testing.T) {
	said := errors.New("ffmpeg: Error writing trailer of x: No space left on device")
	for _, c := range []struct {
		err  error
		want string
		hint string
	}{
		{tempFull(said), "no space left on device in " + os.TempDir() + ": ffmpeg: ", "TMPDIR"},
		{tempFull(fmt.Errorf("%w: %w", chrome.ErrCrashed, syscall.ENOSPC)), "no space left on device in ", "TMPDIR"},
		{tempFull(tempFull(said)), "no space left on device in " + os.TempDir() + ": ffmpeg: ", "TMPDIR"},
		{outFull(&os.PathError{Op: "write", Path: "film", Err: syscall.EDQUOT}, t.TempDir()), "no space left on device in ", "another disk"},
	} {
		var full *DiskFullError
		if !errors.As(c.err, &full) || !strings.HasPrefix(c.err.Error(), c.want) || !strings.Contains(full.Hint(), c.hint) || browserFailed(c.err) {
			t.Errorf("%v", c.err)
		}
	}
	if err := errors.New("something else"); tempFull(err) != err || outFull(err, t.TempDir()) != err || tempFull(nil) != nil {
		t.Errorf("another error is taken for a full disk")
	}
	for err, want := range map[error]string{chrome.ErrCrashed: "memory", &chrome.HangError{After: time.Second}: "HFRAMES_PATIENCE"} {
		if e := (&BrowserError{err}); !errors.Is(e, err) || !strings.Contains(e.Hint(), want) || !strings.Contains(e.Error(), err.Error()) {
			t.Errorf("%v, hint %s", e, e.Hint())
		}
	}
}
