// Package wayland is a display server for one program whose windows nobody looks at.
//
// In go the names under which a window's size is asked for; out come the pictures that a program draws, as the shared
// memory in which it drew them: no copy, no codec. It speaks as much of the Wayland protocol (core, xdg-shell,
// viewporter) as a Chromium with software drawing needs, and nothing that takes input.
//
//	program ── commit ──▶ Frame (its own memory) ── Release ──▶ program may draw into it again
//
// A program draws its next picture when it was told that the last one was seen; that is the moment of the commit.
package wayland

import (
	"errors"
	"fmt"
	"image"
	"net"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// A Frame is one picture of a window. It is valid until Release.
type Frame struct {
	Pix           []byte // rows of 4 bytes a pixel: blue, green, red, alpha
	Stride        int    // bytes from row to row
	Width, Height int    // px
	Damage        image.Rectangle

	release func()
}

// Release gives the memory back to the program.
func (f *Frame) Release() { f.release() }

// A Display is a running server. Its methods may be called from several goroutines.
type Display struct {
	dir      string
	listener *net.UnixListener
	size     image.Point
	scale    int
	frames   func(window int, f *Frame)
	wait     sync.WaitGroup

	mu    sync.Mutex
	conns map[*client]bool
	done  bool
}

// socketName is that of the display within its folder.
const socketName = "wayland-0"

// Listen starts a server whose windows are all size px large and have scale px per unit of length. frames is called
// for each picture, in the order of each window, from one goroutine per program; windows are numbered from 0 in the order in which they appear.
func Listen(size image.Point, scale int, frames func(window int, f *Frame)) (*Display, error) {
	dir, err := os.MkdirTemp("", "hf-wl-")
	if err != nil {
		return nil, fmt.Errorf("display: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socketName), Net: "unix"})
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("display: %w", err)
	}
	d := &Display{dir: dir, listener: l, size: size, scale: scale, frames: frames, conns: map[*client]bool{}}
	d.wait.Add(1)
	go d.accept()
	return d, nil
}

// Env returns the environment in which a program finds the display, and no other one.
func (d *Display) Env() []string {
	return []string{"XDG_RUNTIME_DIR=" + d.dir, "WAYLAND_DISPLAY=" + socketName, "DISPLAY=", "XDG_SESSION_TYPE=wayland", "DBUS_SESSION_BUS_ADDRESS=disabled:", "DBUS_SYSTEM_BUS_ADDRESS=disabled:"}
}

// Close ends the server and waits for it. Frames that are still held stay readable until their Release.
func (d *Display) Close() {
	d.mu.Lock()
	d.done = true
	d.listener.Close()
	for c := range d.conns {
		c.conn.sock.Close()
	}
	d.mu.Unlock()
	d.wait.Wait()
	os.RemoveAll(d.dir)
}

func (d *Display) accept() {
	defer d.wait.Done()
	for {
		sock, err := d.listener.AcceptUnix()
		if err != nil {
			return
		}
		c := newClient(d, sock)
		d.mu.Lock()
		if d.done {
			d.mu.Unlock()
			sock.Close()
			return
		}
		d.conns[c] = true
		d.wait.Add(1)
		d.mu.Unlock()
		go func() {
			defer d.wait.Done()
			c.run()
			d.mu.Lock()
			delete(d.conns, c)
			d.mu.Unlock()
		}()
	}
}

// A pool is memory that the program shares. It lives as long as a buffer of it does.
type pool struct {
	mu   sync.Mutex
	fd   int
	data []byte
	refs int
}

func newPool(fd, size int) (*pool, error) {
	if size <= 0 {
		unix.Close(fd)
		return nil, errors.New("a pool without memory")
	}
	p := &pool{fd: fd, refs: 1}
	if err := p.resize(size); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return p, nil
}

// resize maps the file anew. What was mapped stays until its last picture is released.
func (p *pool) resize(size int) error {
	data, err := unix.Mmap(p.fd, 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map shared memory: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.data != nil {
		unix.Munmap(p.data)
	}
	p.data = data
	return nil
}

func (p *pool) hold() {
	p.mu.Lock()
	p.refs++
	p.mu.Unlock()
}

func (p *pool) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refs--; p.refs == 0 {
		unix.Munmap(p.data)
		unix.Close(p.fd)
		p.data = nil
	}
}
