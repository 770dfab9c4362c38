package render

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hframes/hframes/internal/cache"
	"github.com/hframes/hframes/internal/chrome"
)

// maxRestarts is how often browsers that crashed or hang are replaced in one render.
const maxRestarts = 2

// mayRestart counts restarts of all workers.
func (j *job) mayRestart() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.restarts == maxRestarts {
		return false
	}
	j.restarts++
	return true
}

// browserFailed reports whether another browser might do it.
func browserFailed(err error) bool {
	var hang *chrome.HangError
	var step *OutOfStepError
	var full *DiskFullError
	return !errors.As(err, &full) && (errors.Is(err, chrome.ErrCrashed) || errors.As(err, &hang) || errors.As(err, &step))
}

// A BrowserError says that browsers failed more often than they are replaced.
type BrowserError struct {
	Err error // how the last one failed
}

// Error tells how.
func (e *BrowserError) Error() string {
	return fmt.Sprintf("the browser failed again and again: %v", e.Err)
}

// Unwrap returns how the last one failed.
func (e *BrowserError) Unwrap() error { return e.Err }

// Hint says what helps.
func (e *BrowserError) Hint() string {
	if hang := (*chrome.HangError)(nil); errors.As(e.Err, &hang) {
		return "on a slow machine, wait longer for each picture: set HFRAMES_PATIENCE=2m"
	}
	return "a browser that runs out of memory crashes: close other programs, or render with fewer workers"
}

// A DiskFullError says that there is no room left in a folder.
type DiskFullError struct {
	Dir  string
	Err  error // what failed for it
	temp bool  // it is for what a render needs meanwhile
}

// Error names the folder first.
func (e *DiskFullError) Error() string {
	return fmt.Sprintf("no space left on device in %s: %v", e.Dir, e.Err)
}

// Unwrap returns what failed.
func (e *DiskFullError) Unwrap() error { return e.Err }

// Hint says where else the files could go.
func (e *DiskFullError) Hint() string {
	if e.temp {
		return "free some space, or set TMPDIR to a folder of another disk"
	}
	return "free some space, or write the film to another disk"
}

// noRoom is how little free space makes a disk a full one, in bytes. Who failed for it may have left some.
const noRoom = 1 << 20

// tempFull says so if a full disk is the reason of an error of something that works in the folder for temporary files.
func tempFull(err error) error {
	dir := os.TempDir()
	free, known := cache.FreeSpace(dir)
	if err == nil || !saysFull(err) && !(known && free < noRoom) {
		return err
	}
	if full := (*DiskFullError)(nil); errors.As(err, &full) {
		return err
	}
	return &DiskFullError{Dir: dir, Err: err, temp: true}
}

// outFull says so if a full disk is the reason why the film in dir could not be made from what is in the folder for
// temporary files. FFmpeg was seen to be content with half a file.
func outFull(err error, dir string) error {
	free, known := cache.FreeSpace(dir)
	if err == nil || !saysFull(err) && !(known && free < noRoom) {
		return err
	}
	if left, known := cache.FreeSpace(os.TempDir()); known && left < noRoom {
		return tempFull(err)
	}
	return &DiskFullError{Dir: dir, Err: err}
}

// saysFull reports whether the system told us or another program that a disk is full.
func saysFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		strings.Contains(err.Error(), "No space left on device") || strings.Contains(err.Error(), "Disk quota exceeded")
}

// defaultPatience is how long a picture may take.
const defaultPatience = 30 * time.Second

// slowFactor is how much longer than the slowest picture before it a picture may take, at least.
const slowFactor = 10

// encoderFactor is how much longer than a browser an encoder may take over a frame: the last of a piece waits for all
// before it.
const encoderFactor = 10

// A patience knows how long to wait for a picture.
type patience struct {
	least time.Duration // 0 = defaultPatience

	mu      sync.Mutex
	slowest time.Duration // that a picture took in any browser
}

// base is how long any picture may take.
func (p *patience) base() time.Duration {
	if p.least > 0 {
		return p.least
	}
	return defaultPatience
}

// limit is how long the next picture may take. The first of a browser comes with fonts and images to be decoded.
func (p *patience) limit(first bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	limit := max(p.base(), slowFactor*p.slowest)
	if first {
		limit *= 2
	}
	return limit
}

// took notes how long a picture has taken.
func (p *patience) took(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slowest = max(p.slowest, d)
}

// A queue hands pieces to workers. A worker that has to leave gives its piece back, so that nobody leaves before the last
// piece is made.
type queue struct {
	mu      sync.Mutex
	changed *sync.Cond
	todo    []*piece
	inHand  int // pieces being made
	workers int // that have not left
}

func newQueue(todo []*piece, workers int) *queue {
	q := &queue{todo: todo, workers: workers}
	q.changed = sync.NewCond(&q.mu)
	return q
}

// take returns the next piece, nil when all are made.
func (q *queue) take() *piece {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.todo) == 0 && q.inHand > 0 {
		q.changed.Wait()
	}
	if len(q.todo) == 0 {
		return nil
	}
	p := q.todo[0]
	q.todo = q.todo[1:]
	q.inHand++
	return p
}

// done says that a piece is made, or that it cannot be.
func (q *queue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inHand--
	q.changed.Broadcast()
}

// leave gives a worker's piece back, unless it is the last worker.
func (q *queue) leave(p *piece) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.workers == 1 {
		return false
	}
	q.workers--
	q.inHand--
	q.todo = append([]*piece{p}, q.todo...)
	q.changed.Broadcast()
	return true
}
