package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// killDelay is how long a process that was told to stop may hold its pipes before they are closed on it.
const killDelay = 5 * time.Second

// Run runs FFmpeg and waits for it. When ctx ends it is killed, and the error is the context's cause.
func (t Tools) Run(ctx context.Context, args []string) error {
	_, err := output(ctx, t.FFmpeg, args)
	return err
}

// output runs a program to its end and returns what it printed.
func output(ctx context.Context, program string, args []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.WaitDelay = killDelay
	cmd.Env = environment(os.Environ())
	diesWithParent(cmd)
	var stdout bytes.Buffer
	stderr := &tail{}
	cmd.Stdout, cmd.Stderr = &stdout, stderr
	err := locked(cmd.Run)
	if err == nil {
		err = stderr.half()
	}
	if err != nil {
		return nil, failure(ctx, program, err, stderr)
	}
	return stdout.Bytes(), nil
}

// environment leaves out the proxies, since what FFmpeg reads by address is on loopback, and what is a secret of HeyGen's.
func environment(all []string) []string {
	return slices.DeleteFunc(all, func(kv string) bool {
		name, _, _ := strings.Cut(strings.ToLower(kv), "=")
		return strings.HasSuffix(name, "_proxy") || strings.HasPrefix(name, "heygen_") || strings.HasPrefix(name, "hyperframes_")
	})
}

// failure says why a program ended badly: because ctx did, or in its own last words.
func failure(ctx context.Context, program string, err error, stderr *tail) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	name := "ffmpeg"
	if strings.Contains(program, "ffprobe") {
		name = "ffprobe"
	}
	return &EndError{Program: name, Words: stderr.String(), Err: err}
}

// An EndError says how a program ended that should have done its work.
type EndError struct {
	Program string // ffmpeg or ffprobe
	Words   string // its last ones; may be ""
	Err     error  // how it ended, mostly an [*exec.ExitError]
}

// Error begins with the program's own words.
func (e *EndError) Error() string {
	if e.Words != "" {
		return fmt.Sprintf("%s: %s (%v)", e.Program, e.Words, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Program, e.Err)
}

// Unwrap returns how the program ended.
func (e *EndError) Unwrap() error { return e.Err }

// Hint says what helps when somebody else ended it, "" if nobody did.
func (e *EndError) Hint() string {
	if e.Err.Error() != "signal: killed" {
		return ""
	}
	return "the system ends programs when memory runs out: close others, or render with fewer workers"
}

// A Process is a running FFmpeg that takes pictures.
type Process struct {
	in     io.WriteCloser
	out    io.ReadCloser // nil if nobody reads it
	stderr *tail
	ctx    context.Context
	path   string
	done   chan struct{} // closed when the process has ended and err is set
	err    error
}

// Start starts FFmpeg with arguments that read pictures from standard input, such as those of [Encode.Args]. The process ends with ctx; Wait must be called in any case.
func (t Tools) Start(ctx context.Context, args []string) (*Process, error) {
	return t.start(ctx, args, false)
}

// start starts FFmpeg; read says whether its standard output is read.
func (t Tools) start(ctx context.Context, args []string, read bool) (*Process, error) {
	cmd := exec.CommandContext(ctx, t.FFmpeg, args...)
	cmd.WaitDelay = killDelay
	cmd.Env = environment(os.Environ())
	diesWithParent(cmd)
	p := &Process{stderr: &tail{}, ctx: ctx, path: t.FFmpeg, done: make(chan struct{})}
	cmd.Stderr = p.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	p.in = in
	if read {
		ours, theirs, err := os.Pipe() // not StdoutPipe, which Wait would close while it is read
		if err != nil {
			return nil, fmt.Errorf("start ffmpeg: %w", err)
		}
		defer theirs.Close()
		p.out, cmd.Stdout = ours, theirs
	}
	started := make(chan error, 1)
	go func() {
		defer close(p.done)
		p.err = locked(func() error {
			err := cmd.Start()
			started <- err
			if err != nil {
				return err
			}
			if err := cmd.Wait(); err != nil {
				return err
			}
			return p.stderr.half()
		})
	}()
	if err := <-started; err != nil {
		<-p.done
		if p.out != nil {
			p.out.Close()
		}
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	return p, nil
}

// Write hands one picture over. It blocks while FFmpeg is busy, which is what keeps memory bounded. An error means that
// FFmpeg has ended; its reason is in the error.
func (p *Process) Write(picture []byte) error {
	if _, err := p.in.Write(picture); err != nil {
		if ended := p.Wait(); ended != nil {
			return ended
		}
		return fmt.Errorf("write to ffmpeg: %w", err)
	}
	return nil
}

// Wait closes the input and waits until the process has ended. It may be called more than once.
func (p *Process) Wait() error {
	p.in.Close()
	<-p.done
	if p.err != nil {
		return failure(p.ctx, p.path, p.err, p.stderr)
	}
	if p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	return nil
}

// maxTail bounds what is kept of a program's last words.
const maxTail = 4096

// A tail keeps the last bytes written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// Write never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if n := len(t.buf) - maxTail; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(b), nil
}

// errHalf is how a program ended that left half a file and took it for a whole one.
var errHalf = errors.New("the file is not whole")

// half returns errHalf if the end of a file could not be written: FFmpeg 5 says so and ends well.
func (t *tail) half() error {
	text := t.String()
	if strings.Contains(text, "Error writing trailer") || strings.Contains(text, "Error closing file") {
		return errHalf
	}
	return nil
}

// String returns the last lines in one, without the addresses of FFmpeg's internal structures.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.buf)), "\n")
	if len(lines) > 6 {
		lines = lines[len(lines)-6:]
	}
	for i, l := range lines {
		if at := strings.Index(l, " @ 0x"); at >= 0 {
			if end := strings.Index(l[at:], "]"); end >= 0 {
				l = l[:at] + l[at+end:]
			}
		}
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "; ")
}
